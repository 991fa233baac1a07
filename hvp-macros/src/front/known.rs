//! Calls of functions of the standard library that have a meaning of their own: `Vec::new`, `mem::swap`, `array::from_fn`, …

use proc_macro2::Span;
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Expr, ExprCall, ExprPath};

use super::iter::Iter;
use super::lower::Lower;
use super::names;
use super::source::Shape;
use super::table_value;
use super::types::{self, Ty};
use super::value::{Code, Maybe, Value};
use crate::ir::{Atom, Init, Kind, Row};

impl Lower<'_> {
    pub(super) fn known_call(
        &mut self,
        path: &ExprPath,
        call: &ExprCall,
        hint: Option<&Ty>,
    ) -> Option<Value> {
        if !self.is_known_call(path) {
            return None;
        }
        if self.records.knows(path) {
            let exprs: Vec<&Expr> = call.args.iter().collect();
            let hints = self.records.hints_of_call(path, &self.source.signature.scalar);
            let args = self.exprs(&exprs, &hints);
            return Some(self.record_call(path, args, &exprs));
        }
        let (owner, name) = self.known_name(path);
        let span = call.span();
        self.check_known(path);
        Some(match (owner.as_str(), name.as_str()) {
            ("Vec", _) => self.new_vec(Some(path), call.span(), hint),
            ("VecDeque", _) => match hint {
                Some(ty) if ty.shape.is_array() => self.new_vec(Some(path), call.span(), hint),
                _ => self.substitute(&Expr::Call(call.clone())).map_or(Value::Poison, Value::Code),
            },
            (_, "swap") => self.swap(call),
            (_, "drop") => {
                let _ = self.call_args(call);
                Value::Unit
            }
            (_, "replace") => self.replace(call),
            (_, "take") => self.take_out(call),
            ("iter", "from_fn") => {
                let function = self.function(call.args.first()?)?;
                Value::Iter(Box::new(Iter::FromFn(function)))
            }
            ("iter", "successors") => {
                let first = self.first_of_successors(call.args.first()?);
                let function = self.function(call.args.last()?)?;
                Value::Iter(Box::new(Iter::Successors(Box::new(first), function)))
            }
            (_, "from_fn") => self.array_from_fn(call, hint),
            ("iter", "repeat") => {
                let value = self.expr(call.args.first()?, None);
                Value::Iter(Box::new(Iter::Repeat(self.freeze_value(value, span))))
            }
            ("iter", "once") => {
                let value = self.expr(call.args.first()?, None);
                Value::Iter(Box::new(Iter::Once(self.freeze_value(value, span))))
            }
            ("iter", "zip") => {
                let (first, second) = (call.args.first()?, call.args.last()?);
                let value = self.expr(first, None);
                let a = self.iterate(value, first)?;
                let value = self.expr(second, None);
                let b = self.iterate_beside(&a, value, second)?;
                self.zipped(a, b, second)
            }
            ("iter", "repeat_n") => {
                let value = self.expr(call.args.first()?, None);
                let value = self.freeze_value(value, span);
                let n = self.expr(call.args.last()?, None);
                let n = self.passive(n, call);
                Value::Iter(Box::new(Iter::Take(Box::new(Iter::Repeat(value)), n)))
            }
            (_, "stop_gradient") => self.stop_gradient(call.args.first()?),
            _ => return None,
        })
    }

    /// The first item: `Some(1.0)` starts what may become active.
    fn first_of_successors(&mut self, expr: &Expr) -> Value {
        let content = match names::bare(expr) {
            Expr::Call(call) if names::ident_of(&call.func).is_some_and(|name| name == "Some") => {
                call.args.first()
            }
            _ => None,
        };
        let value = match content {
            Some(content) => match self.expr(content, None) {
                value @ (Value::Never | Value::Poison) => value,
                value => Maybe::of(Atom::Bool(true), value),
            },
            None => self.expr(expr, None).none_as_option(),
        };
        self.freeze_value(value, expr.span())
    }

    /// `hvp::stop_gradient(e)` is `e` as a constant.
    pub(super) fn stop_gradient(&mut self, expr: &Expr) -> Value {
        match self.expr(expr, None) {
            Value::Num(num) if num.kind == Kind::Real => {
                let code = Code::hole(num.atom, Kind::Real, expr.span());
                let code = Code { inert: true, ..code.wrap(Kind::Real, |hole| quote!((#hole))) };
                Value::Num(self.materialize(code, expr.span()))
            }
            Value::Array(_) => {
                self.error(expr, "`stop_gradient` takes a number; stop each element where it is used")
            }
            other => other,
        }
    }

    /// `Vec::new()`, where `path` may tell the type of the elements, and what means the same.
    pub(super) fn new_vec(&mut self, path: Option<&ExprPath>, span: Span, hint: Option<&Ty>) -> Value {
        let mut segments = path.iter().flat_map(|path| &path.path.segments);
        let turbofish = segments.find(|segment| segment.ident == "Vec").and_then(|segment| {
            let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments else {
                return None;
            };
            arguments.args.iter().find_map(|argument| match argument {
                syn::GenericArgument::Type(ty) => Some(types::read(ty, &self.source.signature.scalar).shape),
                _ => None,
            })
        });
        let rows = hint.filter(|ty| Self::tuple_element(ty).is_some()).and_then(|ty| ty.shape.element());
        let element = turbofish.or_else(|| hint.and_then(Ty::element).or(rows).cloned());
        let known = element.is_some();
        let rows = element.as_ref().map_or_else(Vec::new, |element| self.rows(element));
        let element = element.unwrap_or(Shape::Real);
        if let Some((parts, depth)) = table_value::tuples_in(&element)
            && parts.iter().all(is_number)
        {
            let certain = hint.is_none_or(|ty| !ty.guessed);
            return self.table_new((parts, depth), certain, span);
        }
        if matches!(element, Shape::Opaque(_) | Shape::Tuple(_)) {
            return Value::Code(Code {
                pure: true,
                ..Code::constant(quote!(::std::vec::Vec::new()), Kind::Opaque)
            });
        }
        let view = self.alloc(Shape::vec_of(element), Init::Empty(rows), span);
        if !known {
            self.undecided.insert(view.slice.base);
        }
        Value::Array(view)
    }

    /// What the rows of an array of `element`s are.
    pub(super) fn rows(&mut self, element: &Shape) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut at = element;
        loop {
            at = match at {
                Shape::Vec(inner) => {
                    rows.push(Row::Grown);
                    inner
                }
                Shape::Array(inner, len) => {
                    rows.push(Row::Fixed(self.source.add_fragment(len.to_token_stream())));
                    inner
                }
                Shape::Real
                | Shape::Int
                | Shape::Bool
                | Shape::Slice(_)
                | Shape::Tuple(_)
                | Shape::Opaque(_) => return rows,
            };
        }
    }

    /// `std::array::from_fn(|i| e)`, whose length the annotation gives.
    pub(super) fn array_from_fn(&mut self, call: &ExprCall, hint: Option<&Ty>) -> Value {
        let span = call.span();
        let Some(function) = call.args.first().and_then(|arg| self.function(arg)) else {
            return Value::Poison;
        };
        let Some(shape @ Shape::Array(..)) = hint.map(|ty| ty.shape.clone()) else {
            return self.error(
                call,
                "the length of this array is not known to the macro; annotate it: `let a: [f64; 3] = …`",
            );
        };
        let Some(init) = self.zeros(&shape) else {
            return self.error(
                call,
                "the elements of this array are not known to be numbers; annotate it: `let a: [f64; 3] = …`",
            );
        };
        let inner = shape.element().cloned().map(Ty::value);
        let view = self.alloc(shape, init, span);
        let len = self.len(&view, span);
        self.counted(Atom::Int("0".to_owned()), len, span, |cx, at| {
            cx.expected.clone_from(&inner);
            let value = cx.apply(&function, vec![Value::int(at.clone())], span);
            cx.expected = None;
            cx.put(&view, at, value, call, span);
        });
        Value::Array(view)
    }
}

pub(super) fn is_number(shape: &Shape) -> bool {
    match shape {
        Shape::Real | Shape::Int | Shape::Bool => true,
        Shape::Array(inner, _) | Shape::Vec(inner) => is_number(inner),
        Shape::Tuple(parts) => !parts.is_empty() && parts.iter().all(is_number),
        Shape::Slice(_) | Shape::Opaque(_) => false,
    }
}
