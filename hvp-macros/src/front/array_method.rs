//! Methods of slices, arrays and `Vec`s.

use proc_macro2::Span;
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Expr, ExprMethodCall};

use super::absence::Absence;
use super::iter::{Iter, one, zero};
use super::lower::Lower;
use super::passive_method::is_search;
use super::source::Shape;
use super::table_value;
use super::types::Ty;
use super::value::{Bounds, Code, Maybe, Num, Value, View};
use crate::ir::{Atom, Compare, Init, Kind, Len, Op, Operand, Stmt, Term};

pub(super) const GROWING: &str = "a `Vec` that is passed in cannot grow or shrink here; return a new one, or write into one of the right size";

impl Lower<'_> {
    pub(super) fn array_method(&mut self, view: &View, call: &ExprMethodCall) -> Value {
        if let Some(value) = self.vec_method(view, call) {
            return value;
        }
        let name = call.method.to_string();
        let span = call.span();
        match (name.as_str(), call.args.len()) {
            ("len", 0) => Value::int(self.len(view, span)),
            ("is_empty", 0) => {
                let len = self.len(view, span);
                Value::boolean(self.temp(Kind::Bool, Op::Compare(Compare::Eq, len, zero()), span))
            }
            ("iter", 0) => self.iter_of(view, 1, false, span),
            ("iter_mut", 0) => self.iter_of(view, 1, true, span),
            ("into_iter", 0) => {
                let view = self.freeze_array(view.clone(), span);
                self.iter_of(&view, view.refs, view.mutable, span)
            }
            ("as_slice" | "as_ref" | "borrow" | "as_deref" | "deref", 0) => self.reborrow(view, false, span),
            ("as_mut_slice" | "as_mut" | "borrow_mut", 0) => self.reborrow(view, true, span),
            ("to_vec" | "into_vec" | "into_boxed_slice" | "to_owned" | "clone", 0) => self.copied_array(view, &name, span),
            (
                "windows" | "chunks" | "chunks_exact" | "chunks_mut" | "chunks_exact_mut" | "rchunks"
                | "rchunks_exact",
                1,
            ) => {
                self.parts(view, call)
            }
            (
                "first" | "last" | "first_mut" | "last_mut" | "get" | "get_mut" | "front" | "back" | "front_mut"
                | "back_mut",
                _,
            ) => {
                self.maybe_element(view, call)
            }
            ("split_at" | "split_at_mut", 1) => self.split_at(view, call),
            ("split_first" | "split_last", 0) => self.split_end(view, name == "split_first", false, span),
            ("split_first_mut" | "split_last_mut", 0) => {
                self.split_end(view, name == "split_first_mut", true, span)
            }
            ("reserve" | "reserve_exact" | "shrink_to_fit", _) => {
                let mut end = Value::Unit;
                for arg in self.method_args(call) {
                    match arg {
                        Value::Code(code) if !code.pure => drop(self.materialize(code, span)),
                        stop @ (Value::Never | Value::Poison) => end = stop,
                        _ => {}
                    }
                }
                end
            }
            ("fill", 1) => self.fill(view, call),
            ("copy_from_slice" | "clone_from_slice", 1) => self.copy_from(view, call),
            ("swap", 2) => self.swap_elements(view, call),
            ("map", 1) => self.map_array(view, call),
            ("concat", 0) => self.concat(view, call),
            (
                "sort_by" | "sort_unstable_by" | "sort_by_key" | "sort_unstable_by_key" | "sort_by_cached_key",
                1,
            ) => self.sort(view, call),
            ("sort" | "sort_unstable", 0) => self.sort_integers(view, call),
            ("copy_within", 2) => self.copy_within(view, call),
            ("swap_with_slice", 1) => self.swap_with_slice(view, call),
            ("is_sorted", 0) | ("is_sorted_by" | "is_sorted_by_key", 1) => self.is_sorted(view, call),
            ("reverse", 0) => self.reverse(view, span),
            ("rotate_left" | "rotate_right", 1) => self.rotate(view, call),
            _ if is_search(&name) => self.search(call),
            ("contains", 1) if !view.shape.is_real() => self.contains(view, call),
            ("sum" | "product" | "fold" | "for_each" | "map_or", _) => {
                self.error(&call.method, "an array is no iterator; write `.iter()` before this")
            }
            ("try_into", 0) => self.error(
                &call.method,
                "the length of this array is not known to the macro; annotate it, `let a: [f64; 3] = part.try_into().unwrap()`, or write `<[f64; 3]>::try_from(part)`",
            ),
            ("split" | "split_inclusive" | "rsplit" | "chunk_by", 1) if !view.shape.is_real() => {
                self.closure_on_passive(&Value::Array(view.clone()), call)
            }
            _ => {
                let name = &call.method;
                self.error(name, format!("`{name}` of an array is not understood; write the loop, or a function marked `#[differentiable]`"))
            }
        }
    }

    fn iter_of(&mut self, view: &View, refs: u8, mutable: bool, span: Span) -> Value {
        let slice = self.freeze_slice(view.slice.clone(), span);
        Value::Iter(Box::new(Iter::Array(View { slice, refs, mutable, ..view.clone() })))
    }

    fn reborrow(&mut self, view: &View, mutable: bool, span: Span) -> Value {
        let slice = self.freeze_slice(view.slice.clone(), span);
        Value::Array(View { slice, refs: 1, mutable, fresh: false, ..view.clone() })
    }

    fn copied_array(&mut self, view: &View, name: &str, span: Span) -> Value {
        let fixed = matches!(view.shape, Shape::Array(..)) && (name == "clone" || name == "to_owned");
        Value::Array(if fixed { self.copy_of(view, span) } else { self.copy_as_vec(view, span) })
    }

    /// A copy that is a `Vec`, whatever is copied: a part of an array is no array.
    pub(super) fn copy_as_vec(&mut self, view: &View, span: Span) -> View {
        let inner = view.shape.element().cloned().unwrap_or(Shape::Real);
        let copy = if matches!(view.shape, Shape::Vec(_)) || view.slice.range.is_some() {
            self.copy_of(view, span)
        } else {
            let len = self.len(view, span);
            let whole = self.range_of(view, zero(), len, span);
            self.copy_of(&whole, span)
        };
        View { shape: Shape::vec_of(inner), ..copy }
    }

    fn parts(&mut self, view: &View, call: &ExprMethodCall) -> Value {
        let Some(arg) = call.args.first() else {
            return Value::Poison;
        };
        let size = self.expr(arg, None);
        if matches!(size, Value::Never | Value::Poison) {
            return size;
        }
        let size = self.passive(size, arg);
        let size = self.freeze(size, arg.span());
        let name = call.method.to_string();
        let slice = self.freeze_slice(view.slice.clone(), call.span());
        let view = View { slice, mutable: name.ends_with("mut"), refs: 1, ..view.clone() };
        Value::Iter(Box::new(if name == "windows" {
            Iter::Windows { view, size }
        } else {
            Iter::Chunks { view, size, exact: name.contains("exact"), from_end: name.starts_with('r') }
        }))
    }

    /// `first`, `last` and `get`: the element, if it is there.
    fn maybe_element(&mut self, view: &View, call: &ExprMethodCall) -> Value {
        let span = call.span();
        let name = call.method.to_string();
        let len = self.len(view, span);
        let (present, at) = if let Some(arg) = call.args.first() {
            match self.expr(arg, None) {
                Value::Range(bounds) => return self.maybe_part(view, &bounds, len, arg),
                value @ (Value::Never | Value::Poison) => return value,
                value => {
                    let at = self.passive(value, arg);
                    let at = self.freeze(at, span);
                    (self.temp(Kind::Bool, Op::Compare(Compare::Lt, at.clone(), len), span), at)
                }
            }
        } else {
            let present = self.temp(Kind::Bool, Op::Compare(Compare::Gt, len.clone(), zero()), span);
            let at = if name.starts_with("first") || name.starts_with("front") {
                zero()
            } else {
                self.int_code(
                    &[len],
                    span,
                    |idents| quote!(::core::primitive::usize::wrapping_sub(#(#idents)*, 1)),
                )
            };
            (present, at)
        };
        let at = if view.slice.range.is_some() { self.or_zero(&present, at, span) } else { at };
        let value = match self.element(view, at, span) {
            Value::Array(inner) => Value::Array(View { refs: 1, mutable: name.ends_with("mut"), ..inner }),
            other => other,
        };
        Value::Option(Box::new(Maybe {
            present,
            value,
            shared: !name.ends_with("mut"),
            absence: Absence::None,
        }))
    }

    /// `get(lo..hi)`: the ends are compared as they are, and move to the part's own place only where they lie in it.
    fn maybe_part(&mut self, view: &View, bounds: &Bounds, len: Atom, arg: &Expr) -> Value {
        let span = arg.span();
        let lo = bounds.lo.as_ref().map_or(zero(), |lo| self.passive((**lo).clone(), arg));
        let (within, hi) = match &bounds.hi {
            Some(hi) => {
                let hi = self.passive((**hi).clone(), arg);
                let hi = self.freeze(hi, span);
                let how = if bounds.inclusive { Compare::Lt } else { Compare::Le };
                let within = self.temp(Kind::Bool, Op::Compare(how, hi.clone(), len), span);
                if bounds.inclusive {
                    let last = self.or_zero(&within, hi, span);
                    (within, self.add_int(last, Atom::Int("1".to_owned()), span))
                } else {
                    (within, hi)
                }
            }
            None => (Atom::Bool(true), len),
        };
        let lo = self.freeze(lo, span);
        let ordered = match &lo {
            Atom::Int(zero) if zero == "0" => Atom::Bool(true),
            _ => self.temp(Kind::Bool, Op::Compare(Compare::Le, lo.clone(), hi.clone()), span),
        };
        let present = self.and(ordered, within, span);
        let (lo, hi) = match &view.slice.range {
            Some(_) => (self.or_zero(&present, lo, span), self.or_zero(&present, hi, span)),
            None => (lo, hi),
        };
        let part = self.range_of(view, lo, hi, span);
        Maybe::of(present, Value::Array(View { refs: 1, ..part }))
    }

    /// An index that is there, else one to which the place of a part can be added.
    fn or_zero(&mut self, present: &Atom, at: Atom, span: Span) -> Atom {
        match present {
            Atom::Bool(true) => at,
            present => self.temp(Kind::Int, Op::Select(present.clone(), at, zero()), span),
        }
    }

    fn split_at(&mut self, view: &View, call: &ExprMethodCall) -> Value {
        let Some(arg) = call.args.first() else {
            return Value::Poison;
        };
        let span = call.span();
        let at = self.expr(arg, None);
        if matches!(at, Value::Never | Value::Poison) {
            return at;
        }
        let at = self.passive(at, arg);
        let at = self.freeze(at, span);
        let len = self.len(view, span);
        let mutable = call.method == "split_at_mut";
        let part = |part: View| Value::Array(View { refs: 1, mutable, ..part });
        let first = self.range_of(view, zero(), at.clone(), span);
        let second = self.range_of(view, at, len, span);
        Value::Tuple(vec![part(first), part(second)])
    }

    fn split_end(&mut self, view: &View, first: bool, mutable: bool, span: Span) -> Value {
        let len = self.len(view, span);
        let present = self.temp(Kind::Bool, Op::Compare(Compare::Gt, len.clone(), zero()), span);
        let last = self.int_code(
            std::slice::from_ref(&len),
            span,
            |idents| quote!(::core::primitive::usize::wrapping_sub(#(#idents)*, 1)),
        );
        let (at, lo, hi) = if first { (zero(), one(), len) } else { (last.clone(), zero(), last) };
        let element = match self.element(view, at, span) {
            Value::Array(row) => Value::Array(View { refs: 1, mutable, ..row }),
            number => number,
        };
        let rest = self.range_of(view, lo, hi, span);
        let value = Value::Tuple(vec![element, Value::Array(View { refs: 1, mutable, ..rest })]);
        Value::Option(Box::new(Maybe { present, value, shared: !mutable, absence: Absence::None }))
    }

    /// Appends a number to a `Vec`, whose element type the first one decides.
    pub(super) fn append(&mut self, view: &View, value: Value, node: &impl ToTokens) {
        if matches!(value, Value::Never | Value::Poison) {
            return;
        }
        let base = view.slice.base;
        if self.is_param(base) {
            self.error(node, GROWING);
            return;
        }
        if self.undecided.contains(&base) && self.learns_rows(base, &value) {
            return;
        }
        if self.undecided.remove(&base) {
            let shape = match (&value, value.kind()) {
                (Value::Array(row), _) => self.row_shape(base, row),
                (_, Some(Kind::Int)) => Shape::Int,
                (_, Some(Kind::Bool)) => Shape::Bool,
                _ => Shape::Real,
            };
            let shape = Shape::vec_of(shape);
            self.set_kind(base, shape.kind());
            self.decided.insert(base, shape);
        }
        let shape = self.decided.get(&base).cloned().unwrap_or_else(|| view.shape.clone());
        let Some(element) = shape.element() else { return };
        let value = match value {
            Value::Array(row) if element.is_array() => Operand::Array(row.slice),
            other if element.is_array() => {
                self.error(
                    node,
                    format!("this is {}, where a row is needed; push an array or a `Vec`", other.what()),
                );
                return;
            }
            other => Operand::Atom(self.element_atom(other, &element.kind(), node)),
        };
        self.push(Stmt::VecPush { array: base, value });
    }

    fn fill(&mut self, view: &View, call: &ExprMethodCall) -> Value {
        let Some(arg) = call.args.first() else {
            return Value::Poison;
        };
        let value = self.expr(arg, None);
        let Some(element) = view.shape.element() else {
            return Value::Poison;
        };
        if element.is_array() {
            let iter = Iter::Array(View { mutable: true, refs: 1, ..view.clone() });
            self.drive(&iter, call.span(), &mut |cx, item, _| {
                if let (Value::Array(row), Value::Array(from)) = (item, &value) {
                    cx.copy_between(&row.slice, from, call.span());
                }
            });
            return Value::Unit;
        }
        let value = self.element_atom(value, &element.kind(), arg);
        self.push(Stmt::Fill { dst: view.slice.clone(), value });
        Value::Unit
    }

    fn copy_from(&mut self, view: &View, call: &ExprMethodCall) -> Value {
        let Some(arg) = call.args.first() else {
            return Value::Poison;
        };
        match self.expr(arg, None) {
            Value::Array(from) => {
                self.copy_between(&view.slice, &from, call.span());
                Value::Unit
            }
            value @ (Value::Code(_) | Value::Num(Num { kind: Kind::Opaque, .. })) => {
                let Some(iter) = self.iterate_code(&value, arg.span()) else {
                    return Value::Poison;
                };
                let Some((access, _)) = self.prepare(&iter, arg.span()) else {
                    return Value::Poison;
                };
                let len = self.len(view, call.span());
                self.counted(zero(), len, call.span(), |cx, at| {
                    let value = access(cx, at.clone());
                    let value = cx.pointee(value, arg.span());
                    if let Value::Ref(target, kind) = cx.element(view, at, arg.span()) {
                        let value = cx.element_atom(value, &kind, arg);
                        cx.store(&target, value);
                    }
                });
                Value::Unit
            }
            value @ (Value::Never | Value::Poison) => value,
            other => {
                self.error(arg, format!("{} cannot be copied from; give a slice or an array", other.what()))
            }
        }
    }

    /// `array.map(f)`; the type of its elements is that of what `f` gives.
    fn map_array(&mut self, view: &View, call: &ExprMethodCall) -> Value {
        let span = call.span();
        let Shape::Array(_, length) = &view.shape else {
            return self.error(&call.method, "`map` is understood on arrays; write `.iter().map(…)`");
        };
        let source = View { refs: 0, mutable: false, ..view.clone() };
        let n = self.len(view, span);
        self.map_items(length, n, call, |cx, index| cx.item(&source, index, span))
    }

    /// `map` of an array of this length, by the items of it.
    pub(super) fn map_items(
        &mut self,
        length: &Expr,
        n: Atom,
        call: &ExprMethodCall,
        item: impl Fn(&mut Self, Atom) -> Value,
    ) -> Value {
        let span = call.span();
        let Some(function) = call.args.first().and_then(|arg| self.function(arg)) else {
            return Value::Poison;
        };
        let var = self.fresh("t", Kind::array(Kind::Real), false, span);
        let at = self.open.stmts.len();
        self.push(Stmt::Alloc { var, init: Init::Empty(Vec::new()) });
        let (mut shape, mut filler, mut rows, mut reported) = (None, None, None, false);
        self.counted(zero(), n, span, |cx, index| {
            let item = item(cx, index.clone());
            let value = cx.apply(&function, vec![item], span);
            reported = matches!(value, Value::Never | Value::Poison);
            if table_value::parts_of(&value).is_some() {
                cx.collect_row(&mut rows, value, &call.method);
            } else if !reported {
                filler = cx.fill_item(var, index, value, &mut shape, &call.method);
            }
        });
        if let Some(table) = rows {
            return self.collected_rows(&table.fixed(length), at);
        }
        let (Some(filler), Some(shape)) = (filler, shape) else {
            return if reported {
                Value::Poison
            } else {
                self.error(&call.method, "`map` is understood where the closure gives numbers or rows of them; write `.iter().map(…).collect::<Vec<_>>()`")
            };
        };
        let len = Len::Const(self.source.add_fragment(length.to_token_stream()));
        if let Some(Stmt::Alloc { init, .. }) = self.open.stmts.get_mut(at) {
            *init = Init::Repeat { value: Box::new(filler), len, vec: false };
        }
        let shape = Shape::Array(Box::new(shape), Box::new(length.clone()));
        self.set_kind(var, shape.kind());
        Value::Array(View::fresh(var, shape))
    }

    /// `map` of data that is an array: its type tells, or what becomes of it.
    pub(super) fn map_data(
        &mut self,
        data: &Value,
        call: &ExprMethodCall,
        hint: Option<&Ty>,
    ) -> Option<Value> {
        if call.method != "map" {
            return None;
        }
        let span = call.span();
        let known = match data {
            Value::Code(Code { shape: Some((_, shape)), .. }) => Some(shape.clone()),
            _ => None,
        };
        let shape = known.or_else(|| hint.map(|ty| ty.shape.clone()))?;
        let Shape::Array(_, length) = shape else { return None };
        let code = self.code_of(data, span)?;
        let data = self.materialize(code, span).atom;
        let n = self.int_code(&[], span, |_| quote!(#length));
        Some(self.map_items(&length, n, call, |cx, index| {
            let mut code = Code::hole(data.clone(), Kind::Opaque, span);
            let index = code.absorb(&Code::hole(index, Kind::Int, span));
            Value::Num(cx.materialize(code.wrap(Kind::Opaque, |data| quote!(#data[#index])), span))
        }))
    }

    /// The rows one after another.
    fn concat(&mut self, view: &View, call: &ExprMethodCall) -> Value {
        let span = call.span();
        let Some(element) = view.shape.element().and_then(Shape::element).cloned() else {
            return self.error(&call.method, "only rows can be put together; write `to_vec`");
        };
        let whole = self.alloc(Shape::vec_of(element), Init::Empty(Vec::new()), span);
        let rows = Iter::Array(View { refs: 1, mutable: false, ..view.clone() });
        self.drive(&rows, span, &mut |cx, row, _| {
            let Value::Array(row) = row else { return };
            let numbers = Iter::Array(View { refs: 1, mutable: false, ..row });
            cx.drive(&numbers, span, &mut |cx, item, _| cx.append(&whole, item, &call.method));
        });
        Value::Array(whole)
    }

    fn contains(&mut self, view: &View, call: &ExprMethodCall) -> Value {
        let Some(arg) = call.args.first() else {
            return Value::Poison;
        };
        let value = self.expr(arg, None);
        let wanted = self.passive(value, arg);
        let span = call.span();
        let var = self.fresh("t", Kind::Bool, false, span);
        self.push(Stmt::Let { var, op: Op::Copy(Atom::Bool(false)) });
        let iter = Iter::Array(View { refs: 0, mutable: false, ..view.clone() });
        self.drive(&iter, span, &mut |cx, item, ctl| {
            let item = cx.passive(item, arg);
            let same = cx.temp(Kind::Bool, Op::Compare(Compare::Eq, item, wanted.clone()), span);
            cx.when(
                same,
                span,
                |cx| {
                    cx.push(Stmt::Assign { var, op: Op::Copy(Atom::Bool(true)) });
                    cx.leave(Term::Break(ctl.outer, Vec::new()));
                },
                |_| {},
            );
        });
        Value::boolean(var.into())
    }
}
