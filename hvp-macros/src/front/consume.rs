//! What consumes an iterator: sums, folds, searches, collections.

use proc_macro2::Span;
use syn::{ExprMethodCall, GenericArgument, Type};

use super::expr::scalar_shape;
use super::iter::{Iter, one, zero};
use super::lower::Lower;
use super::source::Shape;
use super::types::{self, Ty};
use super::value::{Maybe, Num, Target, Value, View};
use crate::ir::{Atom, Compare, Elem, Init, Kind, Len, Op, Stmt, Term, Update, VarId};

impl Lower<'_> {
    /// The value of `iter.name(…)`; `None` if the method is not known.
    pub(super) fn consume(&mut self, iter: &Iter, call: &ExprMethodCall, hint: Option<&Ty>) -> Option<Value> {
        let name = call.method.to_string();
        let span = call.method.span();
        Some(match (name.as_str(), call.args.len()) {
            ("sum" | "product", 0) => self.accumulate(iter, call, hint, name == "sum"),
            ("fold", 2) => self.fold(iter, call, hint)?,
            ("reduce", 1) => self.reduce(iter, call)?,
            ("for_each", 1) => {
                let function = self.function(call.args.first()?)?;
                self.drive(iter, span, &mut |cx, item, _| {
                    let _ = cx.apply(&function, vec![item], span);
                });
                Value::Unit
            }
            ("collect", 0) => self.collect(iter, call, hint),
            ("count", 0) => self.count_items(iter, span),
            ("len", 0) => {
                let (_, len) = self.prepare(iter, span)?;
                Value::int(len?)
            }
            ("last", 0) => self.keep_last(iter, span),
            ("next", 0) => self.first_item(iter, span),
            ("any" | "all", 1) => self.any(iter, call, name == "any")?,
            ("position", 1) => self.position(iter, call)?,
            ("find", 1) => self.find(iter, call)?,
            ("min_by" | "max_by", 1) => self.extreme(iter, call, name == "max_by")?,
            ("min" | "max", 0) => self.int_extreme(iter, span, name == "max"),
            _ => return None,
        })
    }

    /// `sum` starts at -0.0, `product` at 1.0, as the standard library does.
    fn accumulate(&mut self, iter: &Iter, call: &ExprMethodCall, hint: Option<&Ty>, sum: bool) -> Value {
        let span = call.method.span();
        let scalar = self.source.signature.scalar.clone();
        let wanted = turbofish(call).map(|ty| types::read(ty, &scalar)).or_else(|| hint.cloned());
        let wanted = wanted.map(|ty| ty.shape.kind()).filter(|kind| matches!(kind, Kind::Real | Kind::Int));
        let var = self.fresh("t", wanted.clone().unwrap_or(Kind::Real), false, span);
        let at = self.open.stmts.len();
        self.push(Stmt::Let { var, op: Op::Copy(Atom::Undef) });
        let mut kind = wanted;
        self.drive(iter, span, &mut |cx, item, _| {
            let known = kind.get_or_insert_with(|| match item.kind() {
                Some(Kind::Int) => Kind::Int,
                _ => Kind::Real,
            });
            let item = cx.element_atom(item, &known.clone(), &call.method);
            let op = if sum { Op::Add(var.into(), item) } else { Op::Mul(var.into(), item) };
            cx.push(Stmt::Assign { var, op });
        });
        let kind = kind.unwrap_or(Kind::Real);
        let start = match (&kind, sum) {
            (Kind::Int, true) => zero(),
            (Kind::Int, false) => one(),
            (_, true) => Atom::Real("-0.0".to_owned()),
            (_, false) => Atom::Real("1.0".to_owned()),
        };
        self.set_kind(var, kind.clone());
        if let Some(Stmt::Let { op, .. }) = self.open.stmts.get_mut(at) {
            *op = Op::Copy(start);
        }
        Value::num(var.into(), kind)
    }

    fn fold(&mut self, iter: &Iter, call: &ExprMethodCall, hint: Option<&Ty>) -> Option<Value> {
        let span = call.method.span();
        let first = call.args.first()?;
        let init = self.expr(first, hint);
        let function = self.function(call.args.last()?)?;
        let init = match init {
            Value::Code(code) if code.kind == Kind::Opaque => Value::real(self.real(Value::Code(code), first)),
            Value::Num(num) if num.kind == Kind::Opaque => Value::real(self.real(Value::Num(num), first)),
            other => other,
        };
        let name = syn::Ident::new("acc", span);
        let acc = self.slots(&name, init);
        self.drive(iter, span, &mut |cx, item, _| {
            let next = cx.apply(&function, vec![acc.clone(), item], span);
            cx.store_into(&acc, next, &call.method);
        });
        Some(acc)
    }

    /// Assigns a value to variables made by [`Lower::slots`].
    pub(super) fn store_into(&mut self, slots: &Value, value: Value, node: &syn::Ident) {
        if matches!(value, Value::Never | Value::Poison) {
            return;
        }
        match slots {
            Value::Num(num) => {
                if let Some(var) = num.atom.var() {
                    self.assign_target(Target::Slot(var), &num.kind, value, node);
                }
            }
            Value::Tuple(parts) => {
                self.assign_tuple(parts, value, node);
            }
            Value::Array(view) => {
                let same = matches!(&value, Value::Array(from) if from.slice == view.slice);
                if !same {
                    self.assign_array(view, value, node);
                }
            }
            Value::Option(maybe) => {
                self.assign_option(maybe, value, node);
            }
            Value::Never | Value::Poison => {}
            other => {
                self.error(node, format!("{} cannot be accumulated", other.what()));
            }
        }
    }

    /// Variables for an item that may not come: a flag, and the value once the kind is known.
    fn reduce(&mut self, iter: &Iter, call: &ExprMethodCall) -> Option<Value> {
        let span = call.method.span();
        let function = self.function(call.args.first()?)?;
        let (found, best) = self.candidate(span);
        let mut kind = None;
        self.drive(iter, span, &mut |cx, item, _| {
            let item_kind = item.kind().cloned().unwrap_or(Kind::Real);
            kind = Some(item_kind.clone());
            cx.set_kind(best, item_kind.clone());
            let first = cx.element_atom(item.clone(), &item_kind, &call.method);
            let again = first.clone();
            cx.when(
                found.into(),
                span,
                |cx| {
                    let old = Value::num(best.into(), item_kind.clone());
                    let next = cx.apply(&function, vec![old, Value::num(again, item_kind.clone())], span);
                    let next = cx.element_atom(next, &item_kind, &call.method);
                    cx.push(Stmt::Assign { var: best, op: Op::Copy(next) });
                },
                |cx| {
                    cx.push(Stmt::Assign { var: best, op: Op::Copy(first) });
                    cx.push(Stmt::Assign { var: found, op: Op::Copy(Atom::Bool(true)) });
                },
            );
        });
        Some(maybe(found, best, kind))
    }

    /// A flag that starts as false, and a variable without a value.
    fn candidate(&mut self, span: Span) -> (VarId, VarId) {
        let found = self.fresh("found", Kind::Bool, false, span);
        self.push(Stmt::Let { var: found, op: Op::Copy(Atom::Bool(false)) });
        let best = self.fresh("t", Kind::Real, false, span);
        (found, best)
    }

    fn take(&mut self, found: VarId, best: VarId, item: Value, node: &syn::Ident) -> Option<Kind> {
        let kind = item.kind().cloned();
        let Some(kind) = kind else {
            if !matches!(item, Value::Never | Value::Poison) {
                self.error(node, format!("{} cannot be kept here; use its index", item.what()));
            }
            return None;
        };
        self.set_kind(best, kind.clone());
        let atom = self.element_atom(item, &kind, node);
        self.push(Stmt::Assign { var: best, op: Op::Copy(atom) });
        self.push(Stmt::Assign { var: found, op: Op::Copy(Atom::Bool(true)) });
        Some(kind)
    }

    fn keep_last(&mut self, iter: &Iter, span: Span) -> Value {
        let (found, best) = self.candidate(span);
        let node = syn::Ident::new("last", span);
        let mut kind = None;
        self.drive(iter, span, &mut |cx, item, _| kind = cx.take(found, best, item, &node));
        maybe(found, best, kind)
    }

    fn first_item(&mut self, iter: &Iter, span: Span) -> Value {
        let (found, best) = self.candidate(span);
        let node = syn::Ident::new("next", span);
        let mut kind = None;
        self.drive(iter, span, &mut |cx, item, ctl| {
            kind = cx.take(found, best, item, &node);
            cx.leave(Term::Break(ctl.outer, Vec::new()));
        });
        maybe(found, best, kind)
    }

    fn find(&mut self, iter: &Iter, call: &ExprMethodCall) -> Option<Value> {
        let span = call.method.span();
        let function = self.function(call.args.first()?)?;
        let (found, best) = self.candidate(span);
        let mut kind = None;
        self.drive(iter, span, &mut |cx, item, ctl| {
            let cond = cx.asked(&function, item.clone(), span);
            cx.when(
                cond,
                span,
                |cx| {
                    kind = cx.take(found, best, item, &call.method);
                    cx.leave(Term::Break(ctl.outer, Vec::new()));
                },
                |_| {},
            );
        });
        Some(maybe(found, best, kind))
    }

    fn position(&mut self, iter: &Iter, call: &ExprMethodCall) -> Option<Value> {
        let span = call.method.span();
        let function = self.function(call.args.first()?)?;
        let (found, best) = self.candidate(span);
        let numbered = Iter::Enumerate(Box::new(iter.clone()));
        self.drive(&numbered, span, &mut |cx, item, ctl| {
            let Value::Tuple(parts) = item else { return };
            let [at, item] = parts.as_slice() else { return };
            let answer = cx.apply(&function, vec![item.clone()], span);
            let cond = cx.truth(answer, span);
            cx.when(
                cond,
                span,
                |cx| {
                    cx.take(found, best, at.clone(), &call.method);
                    cx.leave(Term::Break(ctl.outer, Vec::new()));
                },
                |_| {},
            );
        });
        Some(maybe(found, best, Some(Kind::Int)))
    }

    fn any(&mut self, iter: &Iter, call: &ExprMethodCall, any: bool) -> Option<Value> {
        let span = call.method.span();
        let function = self.function(call.args.first()?)?;
        let var = self.fresh("t", Kind::Bool, false, span);
        self.push(Stmt::Let { var, op: Op::Copy(Atom::Bool(!any)) });
        self.drive(iter, span, &mut |cx, item, ctl| {
            let answer = cx.apply(&function, vec![item], span);
            let mut cond = cx.truth(answer, span);
            if !any {
                cond = cx.not_atom(cond, span);
            }
            cx.when(
                cond,
                span,
                |cx| {
                    cx.push(Stmt::Assign { var, op: Op::Copy(Atom::Bool(any)) });
                    cx.leave(Term::Break(ctl.outer, Vec::new()));
                },
                |_| {},
            );
        });
        Some(Value::boolean(var.into()))
    }

    fn count_items(&mut self, iter: &Iter, span: Span) -> Value {
        if iter.is_indexed()
            && let Some((_, Some(len))) = self.prepare(iter, span)
        {
            return Value::int(len);
        }
        let var = self.fresh("t", Kind::Int, false, span);
        self.push(Stmt::Let { var, op: Op::Copy(Atom::Int("0usize".to_owned())) });
        self.drive(iter, span, &mut |cx, _, _| cx.push(Stmt::Assign { var, op: Op::Add(var.into(), one()) }));
        Value::int(var.into())
    }

    /// `min_by` and `max_by`: the first least, the last greatest.
    fn extreme(&mut self, iter: &Iter, call: &ExprMethodCall, greatest: bool) -> Option<Value> {
        let span = call.method.span();
        let function = self.function(call.args.first()?)?;
        if !super::closure::is_order(&function) {
            self.error(&call.args, "this order is not understood; write `|a, b| a.partial_cmp(b).unwrap()` or `total_cmp`");
            return Some(Value::Poison);
        }
        let (found, best) = self.candidate(span);
        let mut kind = None;
        self.drive(iter, span, &mut |cx, item, _| {
            let item_kind = item.kind().cloned().unwrap_or(Kind::Real);
            let atom = cx.element_atom(item, &item_kind, &call.method);
            kind = Some(item_kind.clone());
            cx.set_kind(best, item_kind.clone());
            let fresh = cx.not_atom(found.into(), span);
            let how = if greatest { Compare::Ge } else { Compare::Lt };
            let again = atom.clone();
            let better = Op::Compare(how, again, best.into());
            let known = cx.arm(|cx| Value::boolean(cx.temp(Kind::Bool, better, span)), span);
            let first = super::join::Lowered {
                open: super::lower::Open::default(),
                value: Value::boolean(Atom::Bool(true)),
                span,
            };
            let on = crate::ir::Selector::Bool(fresh);
            let replace = cx.branch(on, vec![None, None], vec![first, known], &call.method);
            let replace = cx.truth(replace, span);
            cx.when(
                replace,
                span,
                |cx| {
                    cx.push(Stmt::Assign { var: best, op: Op::Copy(atom) });
                    cx.push(Stmt::Assign { var: found, op: Op::Copy(Atom::Bool(true)) });
                },
                |_| {},
            );
        });
        Some(maybe(found, best, kind))
    }

    fn int_extreme(&mut self, iter: &Iter, span: Span, greatest: bool) -> Value {
        let (found, best) = self.candidate(span);
        let node = syn::Ident::new(if greatest { "max" } else { "min" }, span);
        self.set_kind(best, Kind::Int);
        self.drive(iter, span, &mut |cx, item, _| {
            let atom = cx.passive(item, &node);
            let again = atom.clone();
            cx.when(
                found.into(),
                span,
                |cx| {
                    let pair = cx.int_code(&[best.into(), again], span, |idents| {
                        let [a, b] = idents else { return quote::quote!() };
                        if greatest { quote::quote!(::core::cmp::Ord::max(#a, #b)) } else { quote::quote!(::core::cmp::Ord::min(#a, #b)) }
                    });
                    cx.push(Stmt::Assign { var: best, op: Op::Copy(pair) });
                },
                |cx| {
                    cx.push(Stmt::Assign { var: best, op: Op::Copy(atom) });
                    cx.push(Stmt::Assign { var: found, op: Op::Copy(Atom::Bool(true)) });
                },
            );
        });
        maybe(found, best, Some(Kind::Int))
    }

    fn collect(&mut self, iter: &Iter, call: &ExprMethodCall, hint: Option<&Ty>) -> Value {
        let span = call.method.span();
        let scalar = self.source.signature.scalar.clone();
        let wanted = turbofish(call).map(|ty| types::read(ty, &scalar)).or_else(|| hint.cloned());
        if let Some(Ty { shape: Shape::Opaque(ty), .. }) = &wanted
            && types::argument_of(ty, "Vec").is_none()
        {
            return self.error(&call.method, "numbers are collected into a `Vec` only; write `collect::<Vec<_>>()`");
        }
        let element = wanted.and_then(|ty| ty.element().cloned()).filter(|shape| !matches!(shape, Shape::Opaque(_)));
        self.collect_into(iter, element, span)
    }

    /// With a known length the array is made at once and filled; else it grows.
    fn collect_into(&mut self, iter: &Iter, element: Option<Shape>, span: Span) -> Value {
        let node = syn::Ident::new("collect", span);
        let var = self.fresh("t", Kind::array(Kind::Real), false, span);
        let prepared = if iter.is_indexed() { self.prepare(iter, span) } else { None };
        let at = self.open.stmts.len();
        self.push(Stmt::Alloc { var, init: Init::Empty });
        let mut shape = element;
        if let Some((access, Some(len))) = prepared {
            let mut init = None;
            self.ranged(zero(), len.clone(), false, Vec::new(), span, |cx, _, index| {
                let item = access(cx, index.clone());
                init = cx.fill_item(var, index, item, &mut shape, &node);
            });
            if let (Some(value), Some(Stmt::Alloc { init, .. })) = (init, self.open.stmts.get_mut(at)) {
                *init = Init::Repeat { value: Box::new(value), len: Len::Value(len), vec: true };
            }
        } else {
            self.drive(iter, span, &mut |cx, item, _| {
                let kind = item.kind().cloned();
                let Some(kind) = shape.as_ref().map(Shape::kind).or(kind) else {
                    if !matches!(item, Value::Never | Value::Poison) {
                        cx.error(&node, "arrays of a number not known before cannot be collected; make a `Vec` of the right size and fill it");
                    }
                    return;
                };
                shape.get_or_insert_with(|| scalar_shape(&kind));
                let value = cx.element_atom(item, &kind, &node);
                cx.push(Stmt::VecPush { array: var, value });
            });
        }
        let shape = Shape::vec_of(shape.unwrap_or(Shape::Real));
        self.set_kind(var, shape.kind());
        Value::Array(View::fresh(var, shape))
    }

    /// Stores `item` at `index`; gives what the array must be filled with at first.
    fn fill_item(&mut self, array: VarId, index: Atom, item: Value, shape: &mut Option<Shape>, node: &syn::Ident) -> Option<Elem> {
        let span = node.span();
        if let Value::Array(row) = item {
            let zeros = self.row_of_zeros(&row, node)?;
            let elem = match shape {
                Some(known) if known.is_array() => known.clone(),
                _ => row.shape.clone(),
            };
            *shape = Some(elem.clone());
            let whole = View::whole(array, Shape::vec_of(elem), 0);
            if let Value::Array(dst) = self.element(&whole, index, span) {
                self.push(Stmt::CopySlice { dst: dst.slice, src: row.slice });
            }
            return Some(Elem::Array(zeros));
        }
        let kind = shape.as_ref().map(Shape::kind).or_else(|| item.kind().cloned())?;
        let kind = if kind == Kind::Opaque { Kind::Real } else { kind };
        *shape = Some(scalar_shape(&kind));
        let value = self.element_atom(item, &kind, node);
        let place = crate::ir::Place { base: array, path: vec![index] };
        self.push(Stmt::Store { place, value, update: Update::Set });
        Some(Elem::Atom(match kind {
            Kind::Int => zero(),
            Kind::Bool => Atom::Bool(false),
            _ => Atom::real(0.0),
        }))
    }

    /// Zeros of the shape of `row`, whose length must not depend on the iteration.
    fn row_of_zeros(&mut self, row: &View, node: &syn::Ident) -> Option<Init> {
        if let Some(zeros) = self.zeros(&row.shape) {
            return Some(zeros);
        }
        let made = self.open.stmts.iter().find_map(|stmt| match stmt {
            Stmt::Alloc { var, init: Init::Repeat { value, len: Len::Value(len), vec } } if *var == row.slice.base => {
                Some((value.clone(), len.clone(), *vec))
            }
            _ => None,
        });
        let inside = |atom: &Atom, stmts: &[Stmt]| {
            stmts.iter().any(|stmt| {
                let mut found = false;
                crate::ir::each_name(stmt, |name| found |= name == crate::ir::Name::Def(atom.var().unwrap_or(VarId(u32::MAX))));
                found
            })
        };
        match made {
            Some((value, len, vec)) if !inside(&len, &self.open.stmts) && matches!(*value, Elem::Atom(ref atom) if atom.var().is_none()) => {
                Some(Init::Repeat { value, len: Len::Value(len), vec })
            }
            _ => {
                self.error(node, "rows whose length is not known before the loop cannot be collected; make a `Vec` of rows of the right size and fill it");
                None
            }
        }
    }
}

fn maybe(found: VarId, best: VarId, kind: Option<Kind>) -> Value {
    let value = kind.map_or(Value::Never, |kind| Value::Num(Num { atom: best.into(), kind, refs: 0 }));
    Maybe::of(found.into(), value)
}

/// The type in `name::<T>()`.
pub(super) fn turbofish(call: &ExprMethodCall) -> Option<&Type> {
    call.turbofish.as_ref()?.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}
