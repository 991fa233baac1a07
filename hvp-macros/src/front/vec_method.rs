//! Methods of `Vec`s that change how many elements there are.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Expr, ExprMethodCall};

use super::array_method::GROWING;
use super::iter::{Iter, one, zero};
use super::lower::Lower;
use super::names;
use super::source::Shape;
use super::value::{Bounds, Maybe, Num, Value, View};
use crate::ir::{Atom, Init, Kind, Op, Selector, Stmt};

const GROWING_ROW: &str = "a row grows or shrinks where it is `rows[i]` of a `Vec` of `Vec`s; write it so, or make it of the right size";

impl Lower<'_> {
    /// `None` if the method is none of these.
    pub(super) fn vec_method(&mut self, view: &View, call: &ExprMethodCall) -> Option<Value> {
        let name = call.method.to_string();
        let mut args = call.args.iter();
        let (first, second) = (args.next(), args.next());
        if !is_resizing(&name) || args.next().is_some() {
            return None;
        }
        if self.is_param(view.slice.base) {
            return Some(self.error(&call.method, GROWING));
        }
        if !view.is_whole() {
            return self.row_method(view, call);
        }
        let span = call.span();
        Some(match (name.as_str(), first, second) {
            ("push" | "push_back", Some(item), None) => {
                let value = self.expr(item, None);
                self.append(view, value, item);
                Value::Unit
            }
            ("push_front", Some(item), None) => self.insert(view, &syn::parse_quote!(0usize), item),
            ("pop" | "pop_back", None, None) => self.pop_item(view, span),
            ("pop_front", None, None) => self.pop_front(view, span),
            ("clear", None, None) => {
                let empty = self.alloc(view.shape.clone(), Init::Empty(Vec::new()), span);
                self.push(Stmt::Swap { a: view.slice.base, b: empty.slice.base });
                Value::Unit
            }
            ("extend" | "extend_from_slice", Some(items), None) => self.extend(view, items),
            ("append", Some(other), None) => self.append_all(view, other),
            ("insert", Some(at), Some(item)) => self.insert(view, at, item),
            ("remove" | "swap_remove", Some(at), None) => self.remove(view, at, name == "swap_remove"),
            ("truncate", Some(len), None) => match self.index_argument(len) {
                Some(len) => self.truncate(view, &len, span),
                None => self.stopped(),
            },
            ("resize", Some(len), Some(item)) => self.resize(view, len, item),
            ("drain", Some(range), None) => self.drain(view, range),
            ("split_off", Some(at), None) => self.split_off(view, at),
            ("retain", Some(function), None) => self.retain(view, function),
            ("dedup", None, None) => self.dedup(view, None, &call.method),
            ("dedup_by", Some(function), None) => self.dedup(view, Some(function), &call.method),
            _ => return None,
        })
    }

    /// A method of `rows[i]`: of a copy of the row, which then takes its place.
    fn row_method(&mut self, row: &View, call: &ExprMethodCall) -> Option<Value> {
        let rows = match names::bare(&call.receiver) {
            Expr::Index(index) => self.rows_again(&index.expr),
            _ => None,
        };
        let (Some(rows), [at], None) = (rows, row.slice.path.as_slice(), &row.slice.range) else {
            return Some(self.error(&call.method, GROWING_ROW));
        };
        if !rows.is_whole() || !matches!((&rows.shape, &row.shape), (Shape::Vec(_), Shape::Vec(_))) {
            return Some(self.error(&call.method, GROWING_ROW));
        }
        let span = call.span();
        let at = self.freeze(at.clone(), span);
        let own = View { fresh: false, ..self.copy_of(row, span) };
        self.mutable_arrays.insert(own.slice.base);
        let value = self.vec_method(&own, call)?;
        self.with_row(&rows, at, Value::Array(own), span);
        Some(value)
    }

    /// Puts `row` in the place of the row `at`, whatever its length.
    pub(super) fn with_row(&mut self, rows: &View, at: Atom, row: Value, span: Span) {
        let node: Expr = syn::parse_quote_spanned!(span=> rows);
        self.rebuild(rows, span, |cx, new| {
            let head = cx.between(rows, zero(), Some(at.clone()), span);
            cx.append_part(new, &head, &node);
            cx.append(new, row, &node);
            let next = cx.add_int(at, one(), span);
            let tail = cx.between(rows, next, None, span);
            cx.append_part(new, &tail, &node);
        });
    }

    /// An index or a length, where there is one.
    fn index_argument(&mut self, arg: &Expr) -> Option<Atom> {
        match self.expr(arg, None) {
            Value::Never | Value::Poison => None,
            value => {
                let at = self.passive(value, arg);
                Some(self.freeze(at, arg.span()))
            }
        }
    }

    /// What an expression is worth of which a part has left or was refused.
    fn stopped(&self) -> Value {
        if self.reachable() { Value::Poison } else { Value::Never }
    }

    fn pop_item(&mut self, view: &View, span: Span) -> Value {
        let len = self.len(view, span);
        let present = self.temp(Kind::Bool, Op::Compare(crate::ir::Compare::Gt, len, zero()), span);
        let some = self.arm(|cx| Maybe::of(Atom::Bool(true), cx.popped(view, span)), span);
        let none = super::join::Lowered { open: super::lower::Open::default(), value: Maybe::absent(), span };
        let node = syn::Ident::new("pop", span);
        self.branch(Selector::Bool(present), vec![None, None], vec![some, none], &node)
    }

    /// A `VecDeque` is kept as a `Vec`: what is taken from its front moves the rest.
    fn pop_front(&mut self, view: &View, span: Span) -> Value {
        let len = self.len(view, span);
        let present = self.temp(Kind::Bool, Op::Compare(crate::ir::Compare::Gt, len, zero()), span);
        let first = syn::parse_quote!(0usize);
        let some = self.arm(|cx| Maybe::of(Atom::Bool(true), cx.remove(view, &first, false)), span);
        let none = super::join::Lowered { open: super::lower::Open::default(), value: Maybe::absent(), span };
        let node = syn::Ident::new("pop_front", span);
        self.branch(Selector::Bool(present), vec![None, None], vec![some, none], &node)
    }

    /// The last number or row, which is known to be there.
    fn popped(&mut self, view: &View, span: Span) -> Value {
        if view.shape.element().is_some_and(Shape::is_array) {
            let len = self.len(view, span);
            let last = self.sub_int(len, one(), span);
            let row = match self.load_element(view, last.clone(), span) {
                Value::Array(row) => Value::Array(self.copy_of(&row, span)),
                other => other,
            };
            self.truncate(view, &last, span);
            return row;
        }
        let kind = view.shape.element().map_or(Kind::Real, Shape::kind);
        let var = self.fresh("t", kind.clone(), false, span);
        self.push(Stmt::VecPop { array: view.slice.base, var });
        Value::Num(Num { atom: var.into(), kind, refs: 0 })
    }

    fn extend(&mut self, view: &View, items: &Expr) -> Value {
        let value = self.expr(items, None);
        let Some(iter) = self.iterate(value, items) else {
            return Value::Poison;
        };
        self.drive(&iter, items.span(), &mut |cx, item, _| cx.append(view, item, items));
        Value::Unit
    }

    /// `a.append(&mut b)` leaves `b` empty.
    fn append_all(&mut self, view: &View, other: &Expr) -> Value {
        let span = other.span();
        let from = match self.expr(other, None) {
            Value::Array(from) if from.is_whole() && !self.is_param(from.slice.base) => from,
            stop @ (Value::Never | Value::Poison) => return stop,
            _ => {
                return self.error(
                    other,
                    "`append` takes another `Vec` of this function and empties it; write `extend_from_slice`",
                );
            }
        };
        self.append_part(view, &from, other);
        let empty = self.alloc(from.shape.clone(), Init::Empty(Vec::new()), span);
        self.push(Stmt::Swap { a: from.slice.base, b: empty.slice.base });
        Value::Unit
    }

    /// Pushes each element of `from`.
    fn append_part(&mut self, view: &View, from: &View, node: &Expr) {
        let iter = Iter::Array(View { refs: 1, mutable: false, ..from.clone() });
        self.drive(&iter, node.span(), &mut |cx, item, _| cx.append(view, item, node));
    }

    /// Makes a new `Vec` of the elements that `fill` pushes, which then takes the place of `view`.
    fn rebuild(&mut self, view: &View, span: Span, fill: impl FnOnce(&mut Self, &View)) -> Value {
        let new = self.alloc(view.shape.clone(), Init::Empty(Vec::new()), span);
        fill(self, &new);
        self.push(Stmt::Swap { a: view.slice.base, b: new.slice.base });
        Value::Unit
    }

    /// The elements `lo..hi` of a `Vec` that is about to change, or of one that is.
    fn between(&mut self, view: &View, lo: Atom, hi: Option<Atom>, span: Span) -> View {
        let hi = match hi {
            Some(hi) => hi,
            None => self.len(view, span),
        };
        self.range_of(view, lo, hi, span)
    }

    fn insert(&mut self, view: &View, at: &Expr, item: &Expr) -> Value {
        let Some(index) = self.index_argument(at) else { return self.stopped() };
        let value = self.expr(item, None);
        if matches!(value, Value::Never | Value::Poison) {
            return value;
        }
        let value = self.freeze_value(value, item.span());
        let span = at.span();
        self.rebuild(view, span, |cx, new| {
            let head = cx.between(view, zero(), Some(index.clone()), span);
            cx.append_part(new, &head, at);
            cx.append(new, value, item);
            let tail = cx.between(view, index, None, span);
            cx.append_part(new, &tail, at);
        })
    }

    fn remove(&mut self, view: &View, at: &Expr, swapping: bool) -> Value {
        let span = at.span();
        let Some(index) = self.index_argument(at) else { return self.stopped() };
        let removed = match self.load_element(view, index.clone(), span) {
            Value::Array(row) => Value::Array(self.copy_of(&row, span)),
            other => other,
        };
        let len = self.len(view, span);
        let last = self.sub_int(len, one(), span);
        self.rebuild(view, span, |cx, new| {
            let head = cx.between(view, zero(), Some(index.clone()), span);
            cx.append_part(new, &head, at);
            let next = cx.add_int(index.clone(), one(), span);
            if swapping {
                let moves =
                    cx.temp(Kind::Bool, Op::Compare(crate::ir::Compare::Lt, index, last.clone()), span);
                cx.when(
                    moves,
                    span,
                    |cx| {
                        let moved = cx.load_element(view, last.clone(), span);
                        cx.append(new, moved, at);
                        let tail = cx.between(view, next, Some(last), span);
                        cx.append_part(new, &tail, at);
                    },
                    |_| {},
                );
            } else {
                let tail = cx.between(view, next, None, span);
                cx.append_part(new, &tail, at);
            }
        });
        removed
    }

    fn truncate(&mut self, view: &View, len: &Atom, span: Span) -> Value {
        let now = self.len(view, span);
        if view.shape.element().is_some_and(Shape::is_array) {
            let kept = self.int_code(&[now, len.clone()], span, |idents| {
                let [now, len] = idents else { return quote::quote!() };
                quote::quote!(::core::cmp::Ord::min(#now, #len))
            });
            let node: Expr = syn::parse_quote_spanned!(span=> rows);
            return self.rebuild(view, span, |cx, new| {
                let head = cx.between(view, zero(), Some(kept), span);
                cx.append_part(new, &head, &node);
            });
        }
        self.counted(len.clone(), now, span, |cx, _| {
            cx.popped(view, span);
        });
        Value::Unit
    }

    fn resize(&mut self, view: &View, len: &Expr, item: &Expr) -> Value {
        let span = len.span();
        let Some(to) = self.index_argument(len) else { return self.stopped() };
        let value = self.expr(item, None);
        if matches!(value, Value::Never | Value::Poison) {
            return value;
        }
        let value = self.freeze_value(value, item.span());
        let now = self.len(view, span);
        let now = self.freeze(now, span);
        self.counted(now, to.clone(), span, |cx, _| cx.append(view, value.clone(), item));
        self.truncate(view, &to, span)
    }

    /// The part as a `Vec` of its own, whose elements are then the items.
    fn drain(&mut self, view: &View, range: &Expr) -> Value {
        let span = range.span();
        let bounds = match self.expr(range, None) {
            Value::Range(bounds) => bounds,
            stop @ (Value::Never | Value::Poison) => return stop,
            _ => return self.error(range, "`drain` takes a range; write its ends here"),
        };
        let part = self.part(view, &bounds, range);
        let taken = self.copy_of(&part, span);
        let (lo, hi) = part.slice.range.unwrap_or((zero(), zero()));
        self.rebuild(view, span, |cx, new| {
            let head = cx.between(view, zero(), Some(lo), span);
            cx.append_part(new, &head, range);
            let tail = cx.between(view, hi, None, span);
            cx.append_part(new, &tail, range);
        });
        Value::Iter(Box::new(Iter::Array(View { fresh: false, ..taken })))
    }

    fn split_off(&mut self, view: &View, at: &Expr) -> Value {
        let span = at.span();
        let Some(index) = self.index_argument(at) else { return self.stopped() };
        let bounds = Bounds { lo: Some(Box::new(Value::int(index.clone()))), hi: None, inclusive: false };
        let part = self.part(view, &bounds, at);
        let copy = self.copy_of(&part, span);
        self.truncate(view, &index, span);
        let inner = view.shape.element().cloned().unwrap_or(Shape::Real);
        Value::Array(View { shape: Shape::vec_of(inner), ..copy })
    }

    /// Keeps the first of neighbours that are equal, or of which the function says so.
    fn dedup(&mut self, view: &View, same: Option<&Expr>, node: &syn::Ident) -> Value {
        let span = node.span();
        let function = match same {
            Some(same) => match self.function(same) {
                Some(function) => Some(function),
                None => return Value::Poison,
            },
            None if view.shape.element().is_some_and(Shape::is_array) => {
                return self.error(node, "rows cannot be compared; write `dedup_by`");
            }
            None => None,
        };
        let iter = Iter::Array(View { refs: 1, mutable: false, ..view.clone() });
        let at: Expr = syn::parse_quote_spanned!(span=> items);
        self.rebuild(view, span, |cx, new| {
            cx.drive(&iter, span, &mut |cx, item, _| {
                let len = cx.len(new, span);
                let first =
                    cx.temp(Kind::Bool, Op::Compare(crate::ir::Compare::Eq, len.clone(), zero()), span);
                let again = item.clone();
                let unless_same = |cx: &mut Lower<'_>| {
                    let last = cx.sub_int(len, one(), span);
                    let kept = cx.item(&View { refs: 1, ..new.clone() }, last, span);
                    let same = match &function {
                        Some(function) => cx.apply(function, vec![again.clone(), kept], span),
                        None => cx.binary(&syn::parse_quote!(==), (again.clone(), &at), (kept, &at), &at),
                    };
                    let same = cx.truth(same, span);
                    cx.when(same, span, |_| {}, |cx| cx.append(new, again, node));
                };
                cx.when(first, span, |cx| cx.append(new, item, node), unless_same);
            });
        })
    }

    fn retain(&mut self, view: &View, predicate: &Expr) -> Value {
        let span = predicate.span();
        let Some(function) = self.function(predicate) else {
            return Value::Poison;
        };
        let iter = Iter::Array(View { refs: 1, mutable: false, ..view.clone() });
        self.rebuild(view, span, |cx, new| {
            cx.drive(&iter, span, &mut |cx, item, _| {
                let kept = cx.asked(&function, item.clone(), span);
                cx.when(kept, span, |cx| cx.append(new, item, predicate), |_| {});
            });
        })
    }
}

pub(super) fn is_resizing(name: &str) -> bool {
    const NAMES: [&str; 20] = [
        "push",
        "push_back",
        "push_front",
        "pop",
        "pop_back",
        "pop_front",
        "clear",
        "extend",
        "extend_from_slice",
        "append",
        "insert",
        "remove",
        "swap_remove",
        "truncate",
        "resize",
        "drain",
        "split_off",
        "retain",
        "dedup",
        "dedup_by",
    ];
    NAMES.contains(&name)
}
