//! What changes places: `mem::swap`, `mem::replace`, `mem::take`, and their kin of an `Option`.

use std::collections::BTreeSet;

use proc_macro2::Span;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ExprMethodCall};

use super::array_method::GROWING;
use super::call::tail_of;
use super::expr::place_behind;
use super::format;
use super::join::Lowered;
use super::lower::{Lower, Open};
use super::names;
use super::source::Shape;
use super::table_value::Table;
use super::value::{Maybe, Num, Target, Value, View};
use crate::ir::{Atom, Compare, Init, Kind, Op, Selector, Slice, Stmt, Update};

/// The names of `Vec`s of which a row is exchanged for one that may have another length: `mem::take(&mut rows[i])`, or any
/// assignment where the rows start empty.
#[derive(Default)]
pub(super) struct Exchanged {
    names: BTreeSet<String>,
    /// The names of which an element, which may be a row, is assigned.
    assigned: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Exchanged {
    fn visit_local(&mut self, local: &'ast syn::Local) {
        let pat = match &local.pat {
            syn::Pat::Type(typed) => &*typed.pat,
            other => other,
        };
        if let (syn::Pat::Ident(name), Some(init)) = (pat, &local.init)
            && is_of_empty_rows(&init.expr)
        {
            self.names.insert(name.ident.to_string());
        }
        visit::visit_local(self, local);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(path) = names::bare(&call.func)
            && ["swap", "replace", "take"].contains(&tail_of(path).1.as_str())
        {
            let roots = call.args.iter().filter_map(row_of).filter_map(names::ident_of);
            self.names.extend(roots.map(ToString::to_string));
        }
        visit::visit_expr_call(self, call);
    }

    /// `rows[i] = row`
    fn visit_expr_assign(&mut self, assign: &'ast syn::ExprAssign) {
        if let Expr::Index(index) = names::bare(&assign.left) {
            self.assigned.extend(names::ident_of(&index.expr).map(ToString::to_string));
        }
        visit::visit_expr_assign(self, assign);
    }

    /// `rows[i].push(v)`
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if let Expr::Index(index) = names::bare(&call.receiver)
            && super::vec_method::is_resizing(&call.method.to_string())
        {
            self.names.extend(names::ident_of(&index.expr).map(ToString::to_string));
        }
        visit::visit_expr_method_call(self, call);
    }
}

/// `vec![Vec::new(); n]`, `vec![vec![]; n]`
fn is_of_empty_rows(expr: &Expr) -> bool {
    let Expr::Macro(mac) = names::bare(expr) else { return false };
    names::macro_name(&mac.mac) == "vec"
        && format::repeat(&mac.mac).is_some_and(|(row, _)| is_empty_row(&row))
}

/// `vec![]`, `Vec::new()`, `Vec::with_capacity(n)`
pub(super) fn is_empty_row(row: &Expr) -> bool {
    match names::bare(row) {
        Expr::Macro(row) => names::macro_name(&row.mac) == "vec" && row.mac.tokens.is_empty(),
        Expr::Call(call) => match names::bare(&call.func) {
            Expr::Path(path) => matches!(
                (tail_of(path).0.as_str(), tail_of(path).1.as_str()),
                ("Vec", "new" | "with_capacity")
            ),
            _ => false,
        },
        _ => false,
    }
}

/// `rows` of `&mut rows[i]`.
fn row_of(expr: &Expr) -> Option<&Expr> {
    match names::bare(expr) {
        Expr::Reference(reference) => match names::bare(&reference.expr) {
            Expr::Index(index) => Some(&index.expr),
            _ => None,
        },
        _ => None,
    }
}

const NOT_SWAPPED: &str =
    "only two variables, elements or arrays can be swapped; exchange them by a third variable";

const REFERENCES_STAY: &str =
    "these are references, and their exchange is not understood; bind new names with `let`";

impl Lower<'_> {
    /// `mem::swap(&mut a, &mut b)`
    pub(super) fn swap(&mut self, call: &ExprCall) -> Value {
        let args = self.exchanged_args(call);
        let [a, b] = args.as_slice() else {
            return Value::Poison;
        };
        if self.is_slot_of_a_reference(a) || self.is_slot_of_a_reference(b) {
            return self.error(call, REFERENCES_STAY);
        }
        self.swap_values(a, b, call)
    }

    /// Whether `value` is `&mut r` of a variable that is itself a reference to an array, which then stands for another array.
    fn is_slot_of_a_reference(&self, value: &Value) -> bool {
        matches!(value, Value::Array(view) if view.refs > 1 && !self.is_borrowed_row(&view.slice))
    }

    pub(super) fn swap_values(&mut self, a: &Value, b: &Value, node: &impl ToTokens) -> Value {
        let span = node.to_token_stream().span();
        match (a, b) {
            (Value::Ref(first, kind), Value::Ref(second, _)) => {
                let old = self.load(first, kind, span);
                let old = if matches!(first, Target::Slot(_)) {
                    self.temp(kind.clone(), Op::Copy(old), span)
                } else {
                    old
                };
                let other = self.load(second, kind, span);
                self.store(first, other);
                self.store(second, old);
            }
            (Value::Array(first), Value::Array(second))
                if [first, second].iter().all(|view| view.is_whole() && !self.is_param(view.slice.base)) =>
            {
                self.push(Stmt::Swap { a: first.slice.base, b: second.slice.base });
            }
            (Value::Array(first), Value::Array(second)) if self.swap_rows(first, second, span) => {}
            (Value::Array(first), Value::Array(second)) => {
                let copy = self.copy_of(first, span);
                self.copy_between(&first.slice, second, span);
                self.push(Stmt::CopySlice { dst: second.slice.clone(), src: copy.slice });
            }
            (Value::Tuple(first), Value::Tuple(second)) => self.swap_parts(first, second, node),
            (Value::Struct(names, first), Value::Struct(others, second)) if names == others => {
                self.swap_values(first, second, node);
            }
            (Value::Table(first), Value::Table(second)) => {
                self.swap_parts(&first.columns, &second.columns, node);
            }
            (Value::Num(_), Value::Num(_)) => {
                let (first, second) = (self.lent(a.clone(), true, span), self.lent(b.clone(), true, span));
                match (&first, &second) {
                    (Value::Ref(..), Value::Ref(..)) => {
                        self.swap_values(&first, &second, node);
                    }
                    _ => {
                        self.error(node, NOT_SWAPPED);
                    }
                }
            }
            (Value::Never | Value::Poison, _) | (_, Value::Never | Value::Poison) => {}
            _ => {
                self.error(node, NOT_SWAPPED);
            }
        }
        Value::Unit
    }

    /// `mem::replace(&mut a, b)`
    pub(super) fn replace(&mut self, call: &ExprCall) -> Value {
        let args = self.exchanged_args(call);
        match args.as_slice() {
            [Value::Poison | Value::Never, ..] | [_, Value::Poison | Value::Never] => Value::Poison,
            [place, value] => self.exchange(place, Some(value.clone()), call),
            _ => Value::Poison,
        }
    }

    /// `mem::take(&mut a)`
    pub(super) fn take_out(&mut self, call: &ExprCall) -> Value {
        let args = self.exchanged_args(call);
        match args.as_slice() {
            [place] => self.exchange(place, None, call),
            _ => Value::Poison,
        }
    }

    /// Gives what is in `place`, where `value` takes its place, or its default.
    fn exchange(&mut self, place: &Value, value: Option<Value>, call: &ExprCall) -> Value {
        if self.is_slot_of_a_reference(place) {
            return self.error(
                call,
                "this is a reference, and its exchange is not understood; bind a new name with `let`",
            );
        }
        let Some(value) = value.or_else(|| self.default_like(place, call)) else {
            return Value::Poison;
        };
        let old = self.moved_out(place, call.span());
        let row = call.args.first().filter(|_| matches!(place, Value::Array(view) if !view.is_whole()));
        match (place, row.and_then(row_of)) {
            (Value::Array(view), Some(rows)) if matches!(view.shape, Shape::Vec(_)) => {
                self.put_row(rows, view, value, call);
            }
            _ => self.put_in(place, value, call),
        }
        old
    }

    /// Stores `value` where `place` is.
    fn put_in(&mut self, place: &Value, value: Value, node: &impl ToTokens) {
        match place {
            Value::Ref(target, kind) => {
                self.assign_target(target.clone(), kind, value, node);
            }
            Value::Array(view) => {
                self.assign_array(&View { refs: 0, ..view.clone() }, value, node);
            }
            Value::Tuple(parts) => {
                self.assign_tuple(parts, value, node);
            }
            Value::Table(table) => {
                self.assign_table(table, &value, node);
            }
            slots => {
                let exchanged = syn::Ident::new("exchanged", node.to_token_stream().span());
                self.store_into(slots, value, &exchanged);
            }
        }
    }

    /// What is in `place`, in memory of its own.
    fn moved_out(&mut self, place: &Value, span: Span) -> Value {
        match place {
            Value::Ref(target, kind) => {
                let old = self.load(target, kind, span);
                Value::num(self.temp(kind.clone(), Op::Copy(old), span), kind.clone())
            }
            Value::Array(view)
                if view.is_whole()
                    && matches!(view.shape, Shape::Vec(_))
                    && !self.is_param(view.slice.base) =>
            {
                Value::Array(self.taken(view, span))
            }
            Value::Array(view) => Value::Array(View { refs: 0, mutable: false, ..self.copy_of(view, span) }),
            Value::Tuple(parts) => {
                Value::Tuple(parts.iter().map(|part| self.moved_out(part, span)).collect())
            }
            Value::Struct(names, fields) => {
                Value::Struct(names.clone(), Box::new(self.moved_out(fields, span)))
            }
            Value::Table(table) => {
                let columns = table.columns.iter().map(|column| self.moved_out(column, span)).collect();
                Value::Table(Table { columns, rows: table.rows.clone() })
            }
            Value::Option(maybe) => {
                let present = self.freeze(maybe.present.clone(), span);
                let value = self.moved_out(&maybe.value, span);
                Value::Option(Box::new(Maybe { present, value, ..(**maybe).clone() }))
            }
            other => self.freeze_value(other.clone(), span),
        }
    }

    /// What `Default` gives in the place of `value`.
    pub(super) fn default_like(&mut self, value: &Value, node: &impl ToTokens) -> Option<Value> {
        let span = node.to_token_stream().span();
        let number = |cx: &Self, kind: &Kind| match kind {
            Kind::Real if cx.scalar_param().is_none() => Some(Value::real(Atom::real(0.0))),
            Kind::Int => Some(Value::int(Atom::Int("0".to_owned()))),
            Kind::Bool => Some(Value::boolean(Atom::Bool(false))),
            Kind::Real
            | Kind::Tangent
            | Kind::Opaque
            | Kind::Array(_)
            | Kind::Tuple(_)
            | Kind::Tape
            | Kind::Pullback => None,
        };
        let default = match value {
            Value::Num(Num { kind, .. }) | Value::Ref(_, kind) => number(self, kind),
            Value::Array(view)
                if view.is_whole()
                    && self.is_param(view.slice.base)
                    && matches!(view.shape, Shape::Vec(_)) =>
            {
                return Some(self.error(node, GROWING));
            }
            Value::Array(view) => {
                let init = match &view.shape {
                    Shape::Vec(inner) => Some(Init::Empty(self.rows(inner))),
                    fixed => self.zeros(fixed),
                };
                init.map(|init| Value::Array(self.alloc(view.shape.clone(), init, span)))
            }
            Value::Tuple(parts) => {
                let parts: Option<Vec<Value>> =
                    parts.iter().map(|part| self.default_like(part, node)).collect();
                return parts.map(Value::Tuple);
            }
            Value::Table(table) => {
                let columns: Option<Vec<Value>> =
                    table.columns.iter().map(|column| self.default_like(column, node)).collect();
                let rows = table.rows.clone();
                return columns.map(|columns| Value::Table(Table { columns, rows }));
            }
            Value::Option(_) => Some(Maybe::absent()),
            Value::Code(_)
            | Value::Struct(..)
            | Value::Func(_)
            | Value::Iter(_)
            | Value::Range(_)
            | Value::Late(_)
            | Value::Error(_)
            | Value::Unit
            | Value::Never
            | Value::Poison => None,
        };
        if default.is_none() {
            self.error(node, "the default of this type is not known here; write the value itself: `mem::replace(…, value)`, `unwrap_or(value)`");
        }
        default
    }

    /// `rows[i] = value`, where the new row may have another length: all rows are copied.
    pub(super) fn put_row(&mut self, rows: &Expr, row: &View, value: Value, node: &impl ToTokens) {
        let span = node.to_token_stream().span();
        match (self.rows_again(rows), row.slice.path.as_slice()) {
            (Some(rows), [at])
                if rows.is_whole()
                    && matches!(rows.shape, Shape::Vec(_))
                    && !self.is_param(rows.slice.base) =>
            {
                let at = self.freeze(at.clone(), span);
                self.with_row(&rows, at, value, span);
            }
            _ => {
                self.error(node, "a row is exchanged where it is `rows[i]` of a local `Vec` of `Vec`s; write it so, or copy the elements");
            }
        }
    }

    /// `left = value`, where `left` is an array. Of a row that has another length than the one in its place all rows are copied.
    pub(super) fn assign_row(
        &mut self,
        left: &Expr,
        row: &View,
        value: Value,
        node: &impl ToTokens,
    ) -> Value {
        let rows = match (names::bare(left), &value) {
            (Expr::Index(index), Value::Array(from)) if matches!(from.shape, Shape::Vec(_)) => {
                self.rows_again(&index.expr)
            }
            _ => None,
        };
        let (Some(rows), [at], Value::Array(from)) = (rows, row.slice.path.as_slice(), &value) else {
            return self.assign_array(row, value, node);
        };
        if !self.is_table_of_rows(&rows) || self.uniform.contains(&rows.slice.base) {
            return self.assign_array(row, value, node);
        }
        let span = node.to_token_stream().span();
        let at = self.freeze(at.clone(), span);
        let row = View { slice: Slice { path: vec![at.clone()], ..row.slice.clone() }, ..row.clone() };
        let same = self.are_as_long(&row, from, span);
        let again = value.clone();
        let copied = |cx: &mut Self| {
            cx.assign_array(&row, value, node);
        };
        self.when(same, span, copied, |cx| cx.with_row(&rows, at, again, span));
        Value::Unit
    }

    /// The array that `rows` of `rows[i]` names, which has been evaluated once; `None` if evaluating it again does something.
    pub(super) fn rows_again(&mut self, rows: &Expr) -> Option<View> {
        if names::may_assign(rows) {
            return None;
        }
        let Value::Array(rows) = self.place(rows) else { return None };
        Some(rows)
    }

    /// Whether a row of `rows` can be replaced by one of another length.
    fn is_table_of_rows(&self, rows: &View) -> bool {
        let of_rows = matches!(&rows.shape, Shape::Vec(row) if matches!(**row, Shape::Vec(_)));
        of_rows && rows.is_whole() && !self.is_param(rows.slice.base)
    }

    fn are_as_long(&mut self, a: &View, b: &View, span: Span) -> Atom {
        let (a, b) = (self.len(a, span), self.len(b, span));
        self.temp(Kind::Bool, Op::Compare(Compare::Eq, a, b), span)
    }

    /// Exchanges two rows of a `Vec` of which the rows are likely to have different lengths; whether these are two.
    fn swap_rows(&mut self, a: &View, b: &View, span: Span) -> bool {
        let is_row = |row: &View| row.slice.range.is_none() && matches!(row.shape, Shape::Vec(_));
        let base = a.slice.base;
        let ([i], [j], true) = (
            a.slice.path.as_slice(),
            b.slice.path.as_slice(),
            base == b.slice.base && self.ragged.contains(&base) && is_row(a) && is_row(b),
        ) else {
            return false;
        };
        let rows = View::whole(base, Shape::vec_of(a.shape.clone()), 0);
        let (i, j) = (self.freeze(i.clone(), span), self.freeze(j.clone(), span));
        let [first, second] = [a, b].map(|row| Value::Array(self.copy_of(row, span)));
        self.with_row(&rows, i, second, span);
        self.with_row(&rows, j, first, span);
        true
    }

    /// Whether an assignment to `left`, which is `row`, may change the length of a row.
    pub(super) fn may_change_length(&self, left: &Expr, row: &View) -> bool {
        let Expr::Index(index) = names::bare(left) else { return false };
        let name = names::ident_of(&index.expr).map(ToString::to_string);
        matches!(row.shape, Shape::Vec(_)) && name.is_some_and(|name| self.exchanged.names.contains(&name))
    }

    /// Remembers that the rows of `value`, which has this name, are exchanged or replaced.
    pub(super) fn mark_ragged(&mut self, name: &syn::Ident, value: &Value) {
        if let Value::Table(table) = value {
            table.columns.iter().for_each(|column| self.mark_ragged(name, column));
        }
        let Value::Array(view) = value else { return };
        let (name, base) = (name.to_string(), view.slice.base);
        let assigned = self.exchanged.assigned.contains(&name) && !self.uniform.contains(&base);
        if (assigned || self.exchanged.names.contains(&name)) && self.is_table_of_rows(view) {
            self.ragged.insert(base);
        }
    }

    /// `take`, `replace`, `insert` and `get_or_insert` of an `Option` that is a variable; `None` if the method is none of these.
    pub(super) fn option_exchange(&mut self, maybe: &Maybe, call: &ExprMethodCall) -> Option<Value> {
        let name = call.method.to_string();
        let args: Vec<&Expr> = call.args.iter().collect();
        let span = call.span();
        let slots = Value::Option(Box::new(maybe.clone()));
        Some(match (name.as_str(), args.as_slice()) {
            ("take", []) => {
                let old = self.moved_out(&slots, span);
                self.assign_option(maybe, Maybe::absent(), call);
                old
            }
            ("replace" | "insert", [value]) => {
                let value = self.expr(value, None);
                let old = if name == "replace" { self.moved_out(&slots, span) } else { Value::Unit };
                let value = self.freeze_value(value, span);
                self.assign_option(maybe, Maybe::there(value), call);
                if name == "replace" { old } else { self.lent(maybe.value.clone(), true, span) }
            }
            ("get_or_insert" | "get_or_insert_with", [value]) => {
                let lazy = if name == "get_or_insert_with" { Some(self.function(value)?) } else { None };
                let eager = match &lazy {
                    Some(_) => Value::Unit,
                    None => {
                        let value = self.expr(value, None);
                        self.freeze_value(value, span)
                    }
                };
                let insert = self.arm(
                    |cx| {
                        let value = match &lazy {
                            Some(function) => cx.apply(function, Vec::new(), span),
                            None => eager,
                        };
                        cx.assign_option(maybe, Maybe::there(value), call)
                    },
                    span,
                );
                let keep = Lowered { open: Open::default(), value: Value::Unit, span };
                let arms = vec![keep, insert];
                self.branch(Selector::Bool(maybe.present.clone()), vec![None, None], arms, call);
                self.lent(maybe.value.clone(), true, span)
            }
            _ => return None,
        })
    }

    /// The arguments; a place stays one while the next is evaluated, since it is borrowed.
    fn exchanged_args(&mut self, call: &ExprCall) -> Vec<Value> {
        let place = |value| match value {
            parts @ (Value::Tuple(_) | Value::Struct(..)) => place_behind(parts),
            other => other,
        };
        if call.args.iter().any(|arg| self.is_place_of_a_reference(arg)) {
            self.error(call, REFERENCES_STAY);
            return Vec::new();
        }
        call.args.iter().map(|arg| place(self.expr(arg, None))).collect()
    }

    /// Whether `arg` is `&mut r` of a variable, a field or a component that is itself a reference, or holds one.
    fn is_place_of_a_reference(&self, arg: &Expr) -> bool {
        let Expr::Reference(reference) = names::bare(arg) else { return false };
        match names::bare(&reference.expr) {
            Expr::Field(field) => {
                let of_tuple = match (names::ident_of(&field.base), &field.member) {
                    (Some(name), syn::Member::Unnamed(_)) => self.scopes.get(&name.to_string()),
                    _ => None,
                };
                let ty = self.type_of_place(&reference.expr);
                matches!(ty, Some(syn::Type::Reference(_)))
                    || matches!(of_tuple, Some(Value::Tuple(parts)) if parts.iter().any(Value::refers))
            }
            other => names::ident_of(other)
                .and_then(|name| self.scopes.get(&name.to_string()))
                .is_some_and(Value::refers),
        }
    }

    fn swap_parts(&mut self, first: &[Value], second: &[Value], node: &impl ToTokens) {
        for (a, b) in first.iter().zip(second) {
            self.swap_values(a, b, node);
        }
    }

    pub(super) fn store(&mut self, target: &Target, value: Atom) {
        match target {
            Target::Slot(var) => self.push(Stmt::Assign { var: *var, op: Op::Copy(value) }),
            Target::Elem(place) => {
                self.push(Stmt::Store { place: place.clone(), value, update: Update::Set });
            }
        }
    }
}
