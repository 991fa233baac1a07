//! Items by their number.

use std::rc::Rc;

use proc_macro2::Span;
use quote::quote;

use super::iter::{Access, Iter, one, zero};
use super::lower::Lower;
use super::referenced::referenced_for;
use super::source::Shape;
use super::table_value::{Rows, Table};
use super::value::{Code, Num, Value, View};
use crate::ir::{Atom, Kind, Op};

impl Lower<'_> {
    /// How to get the items by number, and how many there are (`None` where there is no end).
    pub(super) fn prepare(&mut self, iter: &Iter, span: Span) -> Option<(Access, Option<Atom>)> {
        Some(match iter {
            Iter::Array(view) => {
                let len = self.len(view, span);
                let view = view.clone();
                (Rc::new(move |cx: &mut Lower<'_>, at| cx.item(&view, at, span)), Some(len))
            }
            Iter::Range { lo, hi, inclusive, .. } => self.prepare_range(lo, hi.as_ref(), *inclusive, span),
            Iter::Data { code, element } => self.prepare_data(code, element, span),
            Iter::Items(items) => {
                let len =
                    self.int_code(std::slice::from_ref(items), span, |idents| quote!(#(#idents)*.len()));
                let items = items.clone();
                let access = move |_: &mut Lower<'_>, at: Atom| {
                    let mut code = Code::hole(items.clone(), Kind::Opaque, span);
                    let at = code.absorb(&Code::hole(at, Kind::Int, span));
                    Value::Code(
                        code.wrap(Kind::Opaque, |items| quote!(::core::clone::Clone::clone(&#items[#at]))),
                    )
                };
                (Rc::new(access), Some(len))
            }
            Iter::Windows { view, size } => self.prepare_windows(view, size, span),
            Iter::Chunks { view, size, exact, from_end } => {
                self.prepare_chunks(view, size, (*exact, *from_end), span)
            }
            Iter::Repeat(value) => {
                let value = value.clone();
                (Rc::new(move |_: &mut Lower<'_>, _| value.clone()), None)
            }
            Iter::Table { columns, rows, whole } => {
                return self.prepare_table(columns, rows, *whole, span);
            }
            adaptor => return self.prepare_adaptor(adaptor, span),
        })
    }

    /// The items of `inner`, each with its number made another value.
    fn each_item(
        &mut self,
        inner: &Iter,
        span: Span,
        change: impl Fn(&mut Lower<'_>, Atom, Value) -> Value + 'static,
    ) -> Option<(Access, Option<Atom>)> {
        let (access, len) = self.prepare(inner, span)?;
        let access = move |cx: &mut Lower<'_>, at: Atom| {
            let item = access(cx, at.clone());
            change(cx, at, item)
        };
        Some((Rc::new(access), len))
    }

    fn prepare_adaptor(&mut self, iter: &Iter, span: Span) -> Option<(Access, Option<Atom>)> {
        Some(match iter {
            Iter::Cursor(inner, position) => {
                let at = self.temp(Kind::Int, Op::Copy((*position).into()), span);
                let (access, len) = self.prepare(inner, span)?;
                self.skipped(access, len, &at, span)
            }
            Iter::Cycle(inner) => {
                let (access, len) = self.prepare(inner, span)?;
                let len = len?;
                // Of nothing there is no item, of anything else there is no end.
                let end = self.int_code(std::slice::from_ref(&len), span, |len| {
                    let len = &len[0];
                    quote!(::core::primitive::usize::saturating_mul(#len, ::core::primitive::usize::MAX))
                });
                let access = move |cx: &mut Lower<'_>, at: Atom| {
                    let at = cx.temp(Kind::Int, Op::Rem(at, len.clone()), span);
                    access(cx, at)
                };
                (Rc::new(access), Some(end))
            }
            Iter::Zip(a, b) => self.prepare_zip(a, b, span)?,
            Iter::Enumerate(inner) => {
                self.each_item(inner, span, |_, at, item| Value::Tuple(vec![Value::int(at), item]))?
            }
            Iter::Rev(inner) => {
                let (access, len) = self.prepare_backwards(inner, span)?;
                let len = len?;
                let end = len.clone();
                let access = move |cx: &mut Lower<'_>, at: Atom| {
                    let last = cx.sub_int(end.clone(), one(), span);
                    let at = cx.sub_int(last, at, span);
                    access(cx, at)
                };
                (Rc::new(access), Some(len))
            }
            Iter::Skip(inner, n) => {
                let (access, len) = self.prepare(inner, span)?;
                self.pass_over(inner, &access, (zero(), n.clone()), len.as_ref(), span);
                self.skipped(access, len, n, span)
            }
            Iter::Take(inner, n) => {
                let (access, len) = self.prepare(inner, span)?;
                let len = len.map_or(n.clone(), |len| self.least(len, n.clone(), span));
                (access, Some(len))
            }
            Iter::StepBy(inner, n) => self.prepare_steps(inner, n, span)?,
            Iter::Copied(inner) => self.each_item(inner, span, move |cx, _, item| cx.copied(item, span))?,
            Iter::Map(inner, function) => {
                let function = function.clone();
                self.each_item(inner, span, move |cx, _, item| {
                    let item = cx.apply(&function, vec![item], span);
                    cx.evaluated(item, span)
                })?
            }
            Iter::Inspect(inner, function) => {
                let function = function.clone();
                self.each_item(inner, span, move |cx, _, item| {
                    let seen = referenced_for(&function, 0, item.clone());
                    let _ = cx.apply(&function, vec![seen], span);
                    item
                })?
            }
            Iter::Array(_)
            | Iter::Range { .. }
            | Iter::Data { .. }
            | Iter::Items(_)
            | Iter::Table { .. }
            | Iter::Windows { .. }
            | Iter::Chunks { .. }
            | Iter::Repeat(_)
            | Iter::Once(_)
            | Iter::Rest(..)
            | Iter::Chain(..)
            | Iter::Filter(..)
            | Iter::FilterMap(..)
            | Iter::TakeWhile(..)
            | Iter::SkipWhile(..)
            | Iter::MapWhile(..)
            | Iter::FlatMap(..)
            | Iter::Flatten(_)
            | Iter::Scan(..)
            | Iter::FromFn(_)
            | Iter::Successors(..)
            | Iter::Present(..)
            | Iter::Question(_) => return None,
        })
    }

    fn prepare_data(&mut self, code: &Code, element: &Shape, span: Span) -> (Access, Option<Atom>) {
        let len = self.materialize(code.clone().wrap(Kind::Int, |data| quote!(#data.len())), span).atom;
        let (code, element) = (code.clone(), element.clone());
        let access = move |_: &mut Lower<'_>, at: Atom| {
            let mut code = code.clone();
            let at = code.absorb(&Code::hole(at, Kind::Int, span));
            let code = code.wrap(Kind::Opaque, |data| quote!(&#data[#at]));
            Value::Code(Code { shape: Some((1, element.clone())), ..code })
        };
        (Rc::new(access), Some(len))
    }

    fn prepare_windows(&mut self, view: &View, size: &Atom, span: Span) -> (Access, Option<Atom>) {
        let n = self.len(view, span);
        let len = self.int_code(&[n, size.clone()], span, |idents| {
            let [n, size] = idents else { return quote!() };
            quote!(::core::primitive::usize::saturating_sub(#n + 1, #size))
        });
        let (view, size) = (view.clone(), size.clone());
        let access = move |cx: &mut Lower<'_>, at: Atom| {
            let end = cx.add_int(at.clone(), size.clone(), span);
            let part = cx.range_of(&view, at, end, span);
            Value::Array(View { refs: 1, ..part })
        };
        (Rc::new(access), Some(len))
    }

    fn prepare_chunks(
        &mut self,
        view: &View,
        size: &Atom,
        (exact, from_end): (bool, bool),
        span: Span,
    ) -> (Access, Option<Atom>) {
        let n = self.len(view, span);
        let len = if exact {
            self.temp(Kind::Int, Op::Div(n.clone(), size.clone()), span)
        } else {
            self.int_code(&[n.clone(), size.clone()], span, |idents| {
                let [n, size] = idents else { return quote!() };
                quote!(::core::primitive::usize::div_ceil(#n, #size))
            })
        };
        let (view, size) = (view.clone(), size.clone());
        let access = move |cx: &mut Lower<'_>, at: Atom| {
            let passed = cx.temp(Kind::Int, Op::Mul(at, size.clone()), span);
            let (lo, end) = if from_end {
                let end = cx.sub_int(n.clone(), passed, span);
                let lo = cx.int_code(&[end.clone(), size.clone()], span, |idents| {
                    let [end, size] = idents else { return quote!() };
                    quote!(::core::primitive::usize::saturating_sub(#end, #size))
                });
                (lo, end)
            } else {
                let end = cx.add_int(passed.clone(), size.clone(), span);
                let end = if exact { end } else { cx.least(end, n.clone(), span) };
                (passed, end)
            };
            let part = cx.range_of(&view, lo, end, span);
            Value::Array(View { refs: 1, ..part })
        };
        (Rc::new(access), Some(len))
    }

    fn prepare_table(
        &mut self,
        columns: &[Iter],
        rows: &Rows,
        whole: bool,
        span: Span,
    ) -> Option<(Access, Option<Atom>)> {
        let (mut accesses, mut len) = (Vec::new(), None);
        for column in columns {
            let (access, n) = self.prepare(column, span)?;
            accesses.push(access);
            len = len.or(n);
        }
        let rows = rows.clone();
        let access = move |cx: &mut Lower<'_>, at: Atom| {
            let parts = accesses.iter().map(|access| access(cx, at.clone())).collect();
            if whole {
                return Value::Table(Table { columns: parts, rows: rows.clone() });
            }
            rows.row(parts)
        };
        Some((Rc::new(access), len))
    }

    fn prepare_zip(&mut self, a: &Iter, b: &Iter, span: Span) -> Option<(Access, Option<Atom>)> {
        let (first, n) = self.prepare(a, span)?;
        let (second, m) = self.prepare(b, span)?;
        let len = match (n, m) {
            (Some(n), Some(m)) => Some(self.least(n, m, span)),
            (n, m) => n.or(m),
        };
        let access = move |cx: &mut Lower<'_>, at: Atom| {
            let left = first(cx, at.clone());
            let right = second(cx, at);
            Value::Tuple(vec![left, right])
        };
        Some((Rc::new(access), len))
    }

    /// From the end, items that are skipped at the beginning are never asked for.
    pub(super) fn prepare_backwards(&mut self, iter: &Iter, span: Span) -> Option<(Access, Option<Atom>)> {
        let Iter::Skip(inner, n) = iter else {
            return self.prepare(iter, span);
        };
        let (access, len) = self.prepare_backwards(inner, span)?;
        Some(self.skipped(access, len, n, span))
    }

    /// Asks for items, for what the functions of `iter` do when they are asked.
    pub(super) fn pass_over(
        &mut self,
        iter: &Iter,
        access: &Access,
        (from, to): (Atom, Atom),
        len: Option<&Atom>,
        span: Span,
    ) {
        if iter.calls() {
            let end = len.map_or(to.clone(), |len| self.least(to, len.clone(), span));
            self.ranged(from, end, false, Vec::new(), span, |cx, _, at| {
                access(cx, at);
            });
        }
    }

    fn skipped(&mut self, access: Access, len: Option<Atom>, n: &Atom, span: Span) -> (Access, Option<Atom>) {
        let n = n.clone();
        let len = len.map(|len| {
            self.int_code(&[len, n.clone()], span, |idents| {
                let [len, n] = idents else { return quote!() };
                quote!(::core::primitive::usize::saturating_sub(#len, #n))
            })
        });
        let access = move |cx: &mut Lower<'_>, at: Atom| {
            let at = cx.add_int(n.clone(), at, span);
            access(cx, at)
        };
        (Rc::new(access), len)
    }

    fn prepare_steps(&mut self, inner: &Iter, n: &Atom, span: Span) -> Option<(Access, Option<Atom>)> {
        let (access, len) = self.prepare(inner, span)?;
        let len = len.map(|len| {
            self.int_code(&[len, n.clone()], span, |idents| {
                let [len, n] = idents else { return quote!() };
                quote!(::core::primitive::usize::div_ceil(#len, #n))
            })
        });
        let n = n.clone();
        let access = move |cx: &mut Lower<'_>, at: Atom| {
            let at = cx.temp(Kind::Int, Op::Mul(at, n.clone()), span);
            access(cx, at)
        };
        Some((Rc::new(access), len))
    }

    /// `*item` of an item that may be a reference.
    pub(super) fn copied(&mut self, item: Value, span: Span) -> Value {
        match item {
            Value::Num(num) if num.refs > 0 => Value::Num(Num { refs: num.refs - 1, ..num }),
            Value::Array(view) => Value::Array(View { refs: view.refs.saturating_sub(1), ..view }),
            Value::Code(code) => {
                let shape = code.shape.clone().map(|(refs, shape)| (refs.saturating_sub(1), shape));
                let code = code.wrap(Kind::Opaque, |tokens| quote!(::core::clone::Clone::clone(#tokens)));
                Value::Code(Code { shape, ..code })
            }
            Value::Ref(target, kind) => {
                let atom = self.load(&target, &kind, span);
                Value::num(atom, kind)
            }
            other => other,
        }
    }
}
