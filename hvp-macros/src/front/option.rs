//! Methods of an `Option` whose content the IR knows.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Expr, ExprMethodCall};

use super::absence::Absence;
use super::join::Lowered;
use super::lower::{Lower, Open};
use super::names;
use super::value::{Function, Maybe, Num, Target, Value, View};
use crate::ir::{Atom, Kind, Op, Selector};

impl Lower<'_> {
    pub(super) fn option_method(&mut self, maybe: Maybe, call: &ExprMethodCall) -> Value {
        let name = call.method.to_string();
        let span = call.span();
        let args: Vec<&Expr> = call.args.iter().collect();
        if let Some(value) = self.option_exchange(&maybe, call) {
            return value;
        }
        match (name.as_str(), args.as_slice()) {
            ("unwrap", []) => {
                self.require_or(maybe.present.clone(), maybe.absence.panic(None, span));
                self.content(maybe, span)
            }
            ("expect", [message]) => {
                let Some(message) = self.substitute(message) else { return Value::Poison };
                self.require_or(maybe.present.clone(), maybe.absence.panic(Some(message), span));
                self.content(maybe, span)
            }
            ("copied" | "cloned", []) => self.option_copied(maybe, span),
            ("as_ref" | "as_deref", []) => self.option_lent(maybe, false, span),
            ("as_mut" | "as_deref_mut", []) => self.option_lent(maybe, true, span),
            ("clone" | "ok", []) => {
                let absence = if name == "ok" { Absence::None } else { maybe.absence };
                let value = if name == "clone" { self.cloned(maybe.value, span) } else { maybe.value };
                Value::Option(Box::new(Maybe { value, absence, ..maybe }))
            }
            ("is_some" | "is_ok", []) => Value::boolean(maybe.present),
            ("is_none" | "is_err", []) => Value::boolean(self.not_atom(maybe.present, span)),
            ("is_some_and" | "is_ok_and" | "is_none_or", [function]) => {
                let otherwise = Atom::Bool(name == "is_none_or");
                self.map_or(maybe, function, call, |_, _| Value::boolean(otherwise))
            }
            ("or", [other]) => {
                let value = self.expr(other, None);
                let value = self.catch(value, other);
                let value = self.freeze_value(value, span);
                self.or_option(maybe, call, |_, _| value)
            }
            ("or_else", [function]) => {
                let Some(function) = self.function(function) else {
                    return Value::Poison;
                };
                self.or_option(maybe, call, |cx, absence| cx.apply_to_error(&function, absence, span))
            }
            ("zip", [other]) => self.option_zip(maybe, other, span),
            ("filter", [function]) => self.option_filter(maybe, function, call),
            ("unwrap_or", [default]) => {
                let default_value = self.expr(default, None);
                let default_value = self.freeze_value(default_value, default.span());
                self.either(maybe, call, |_, _| default_value)
            }
            ("unwrap_or_else", [function]) => {
                let Some(function) = self.function(function) else {
                    return Value::Poison;
                };
                self.either(maybe, call, |cx, absence| cx.apply_to_error(&function, absence, span))
            }
            ("unwrap_or_default", []) => {
                let like = maybe.value.clone();
                self.either(maybe, call, |cx, _| cx.default_like(&like, call).unwrap_or(Value::Poison))
            }
            ("flatten", []) => {
                let (present, absence) = (maybe.present.clone(), maybe.absence.clone());
                let some = self.arm(|cx| cx.content(maybe, span), span);
                let none = Lowered { open: Open::default(), value: Maybe::missing(absence), span };
                self.branch(Selector::Bool(present), vec![None, None], vec![some, none], call)
            }
            ("map" | "and_then", [function]) => {
                let Some(function) = self.function(function) else {
                    return Value::Poison;
                };
                let wrap = name == "map";
                let (present, absence) = (maybe.present.clone(), maybe.absence.clone());
                let some = self.arm(
                    |cx| {
                        let content = cx.content(maybe, span);
                        let value = cx.apply(&function, vec![content], span);
                        if wrap { Maybe::there(value) } else { value }
                    },
                    span,
                );
                let none = Lowered { open: Open::default(), value: Maybe::missing(absence), span };
                self.branch(Selector::Bool(present), vec![None, None], vec![some, none], call)
            }
            ("map_or", [default, function]) => {
                let default_value = self.expr(default, None);
                let default_value = self.freeze_value(default_value, default.span());
                self.map_or(maybe, function, call, |_, _| default_value)
            }
            ("map_or_else", [default, function]) => {
                let Some(default) = self.function(default) else {
                    return Value::Poison;
                };
                self.map_or(maybe, function, call, |cx, absence| cx.apply_to_error(&default, absence, span))
            }
            ("map_err" | "ok_or" | "ok_or_else", [_]) => self.with_error(maybe, call),
            _ => {
                let name = &call.method;
                self.error(name, format!("`{name}` of an `Option` is not understood here; use `match`"))
            }
        }
    }

    /// A copy of what the reference in it points to, made here, where there is one.
    fn option_copied(&mut self, maybe: Maybe, span: Span) -> Value {
        let present = self.freeze(maybe.present.clone(), span);
        let absence = maybe.absence.clone();
        let value = if holds_memory(&maybe.value) {
            self.where_present(&present, span, |cx| {
                let content = cx.read(maybe.value, span);
                cx.cloned(shallow(content), span)
            })
        } else {
            self.freeze_value(shallow(maybe.value), span)
        };
        Value::Option(Box::new(Maybe { present, value, shared: false, absence }))
    }

    /// An `Option` that a later statement finds as it is here: the elements in it are read, where they are there.
    pub(super) fn option_read(&mut self, maybe: Maybe, span: Span) -> Maybe {
        if !maybe.shared || !holds_memory(&maybe.value) {
            return maybe;
        }
        let value = self.where_present(&maybe.present, span, |cx| cx.read(maybe.value, span));
        Maybe { value, shared: false, ..maybe }
    }

    /// `&option` as what it is used as: an `Option` of a reference.
    pub(super) fn option_lent(&mut self, maybe: Maybe, mutable: bool, span: Span) -> Value {
        let value = self.lent(maybe.value, mutable, span);
        Value::Option(Box::new(Maybe { value, ..maybe }))
    }

    pub(super) fn lent(&mut self, value: Value, mutable: bool, span: Span) -> Value {
        let all = |cx: &mut Self, parts: Vec<Value>| {
            Value::Tuple(parts.into_iter().map(|part| cx.lent(part, mutable, span)).collect())
        };
        match value {
            Value::Num(num) => match num.atom.var().filter(|var| mutable && self.assigned.contains(var)) {
                Some(var) => Value::Ref(Target::Slot(var), num.kind),
                None => Value::Num(Num { refs: num.refs.saturating_add(1), ..num }),
            },
            Value::Array(view) => match self.borrow(view, span) {
                Value::Array(view) => Value::Array(View { mutable, ..view }),
                other => other,
            },
            Value::Table(table) => self.borrow_table(&table, mutable, span),
            Value::Tuple(parts) => all(self, parts),
            Value::Struct(names, fields) => match *fields {
                Value::Tuple(parts) => Value::Struct(names, Box::new(all(self, parts))),
                other => Value::Struct(names, Box::new(other)),
            },
            other => other,
        }
    }

    /// What `content` gives where `present` holds; never used elsewhere.
    fn where_present(
        &mut self,
        present: &Atom,
        span: Span,
        content: impl FnOnce(&mut Self) -> Value,
    ) -> Value {
        if *present == Atom::Bool(true) {
            return content(self);
        }
        let some = self.arm(content, span);
        let none = Lowered { open: Open::default(), value: Value::Never, span };
        let node = syn::Ident::new("copied", span);
        self.branch(Selector::Bool(present.clone()), vec![None, None], vec![some, none], &node)
    }

    /// The content, where the predicate holds of it.
    fn option_filter(&mut self, maybe: Maybe, function: &Expr, call: &ExprMethodCall) -> Value {
        let span = call.span();
        let Some(function) = self.function(function) else {
            return Value::Poison;
        };
        let present = maybe.present.clone();
        let some = self.arm(
            |cx| {
                let content = cx.content(maybe, span);
                let kept = cx.asked(&function, content.clone(), span);
                Maybe::of(kept, content)
            },
            span,
        );
        let none = Lowered { open: Open::default(), value: Maybe::absent(), span };
        self.branch(Selector::Bool(present), vec![None, None], vec![some, none], call)
    }

    /// A pair, where both are there.
    fn option_zip(&mut self, maybe: Maybe, other: &Expr, span: Span) -> Value {
        let second = self.expr(other, None);
        match self.catch(second, other) {
            Value::Option(second) => {
                let present = Op::And(maybe.present.clone(), second.present.clone());
                let present = self.temp(Kind::Bool, present, span);
                let shared = maybe.shared || second.shared;
                let value = Value::Tuple(vec![maybe.value, second.value]);
                Value::Option(Box::new(Maybe { present, value, shared, absence: Absence::None }))
            }
            value @ (Value::Never | Value::Poison) => value,
            value => {
                let message =
                    format!("this is {}, where an `Option` of numbers is needed; use `match`", value.what());
                self.error(other, message)
            }
        }
    }

    /// The function of an `unwrap_or_else`; that of a `Result` gets the error.
    fn apply_to_error(&mut self, function: &Function, absence: &Absence, span: Span) -> Value {
        let args = match function {
            Function::Closure(closure) => match closure.params.as_slice() {
                [] => Vec::new(),
                [syn::Pat::Wild(_), ..] => vec![Value::Error(None)],
                [..] => vec![self.error_of(absence, span)],
            },
            Function::Path(_) => Vec::new(),
            Function::Choice(_) => {
                self.diag.error_at(span, "a function that is chosen among several is not understood here; call it in a closure, `|| f()`");
                return Value::Poison;
            }
        };
        self.apply(function, args, span)
    }

    /// What is in a `Some`, where it is known to be there.
    pub(super) fn content(&mut self, maybe: Maybe, span: Span) -> Value {
        if maybe.shared { self.read(maybe.value, span) } else { maybe.value }
    }

    pub(super) fn read(&mut self, value: Value, span: Span) -> Value {
        match value {
            Value::Ref(target, kind) => {
                let atom = self.load(&target, &kind, span);
                Value::num(atom, kind)
            }
            Value::Tuple(parts) => {
                Value::Tuple(parts.into_iter().map(|part| self.read(part, span)).collect())
            }
            Value::Struct(names, fields) => Value::Struct(names, Box::new(self.read(*fields, span))),
            other => other,
        }
    }

    /// The `Option` itself where it holds something, else another.
    fn or_option(
        &mut self,
        maybe: Maybe,
        call: &ExprMethodCall,
        other: impl FnOnce(&mut Self, &Absence) -> Value,
    ) -> Value {
        let span = call.span();
        let (present, absence) = (maybe.present.clone(), maybe.absence.clone());
        let some = self.arm(|cx| Maybe::there(cx.content(maybe, span)), span);
        let none = self.arm(|cx| other(cx, &absence), span);
        self.branch(Selector::Bool(present), vec![None, None], vec![some, none], call)
    }

    fn either(
        &mut self,
        maybe: Maybe,
        call: &ExprMethodCall,
        default: impl FnOnce(&mut Self, &Absence) -> Value,
    ) -> Value {
        let span = call.span();
        let (present, absence) = (maybe.present.clone(), maybe.absence.clone());
        let some = self.arm(|cx| cx.content(maybe, span), span);
        let none = self.arm(|cx| default(cx, &absence), span);
        self.branch(Selector::Bool(present), vec![None, None], vec![some, none], call)
    }

    fn map_or(
        &mut self,
        maybe: Maybe,
        function: &Expr,
        call: &ExprMethodCall,
        default: impl FnOnce(&mut Self, &Absence) -> Value,
    ) -> Value {
        let span = call.span();
        let Some(function) = self.function(function) else {
            return Value::Poison;
        };
        let (present, absence) = (maybe.present.clone(), maybe.absence.clone());
        let some = self.arm(
            |cx| {
                let content = cx.content(maybe, span);
                cx.apply(&function, vec![content], span)
            },
            span,
        );
        let none = self.arm(|cx| default(cx, &absence), span);
        self.branch(Selector::Bool(present), vec![None, None], vec![some, none], call)
    }
}

/// `*value` inside an `Option`.
pub(super) fn shallow(value: Value) -> Value {
    match value {
        Value::Num(num) => Value::Num(Num { refs: num.refs.saturating_sub(1), ..num }),
        Value::Array(view) => Value::Array(View { refs: view.refs.saturating_sub(1), ..view }),
        Value::Tuple(parts) => Value::Tuple(parts.into_iter().map(shallow).collect()),
        Value::Struct(names, fields) => Value::Struct(names, Box::new(shallow(*fields))),
        other => other,
    }
}

/// Whether it is an element that is not yet read, or an array, or has one in it.
fn holds_memory(value: &Value) -> bool {
    match value {
        Value::Ref(..) | Value::Array(_) | Value::Table(_) => true,
        Value::Tuple(parts) => parts.iter().any(holds_memory),
        Value::Struct(_, fields) => holds_memory(fields),
        Value::Option(inner) => holds_memory(&inner.value),
        Value::Num(_)
        | Value::Code(_)
        | Value::Func(_)
        | Value::Iter(_)
        | Value::Range(_)
        | Value::Late(_)
        | Value::Error(_)
        | Value::Unit
        | Value::Never
        | Value::Poison => false,
    }
}

/// `e.copied()` in `e.copied().unwrap()`: nothing changes between the two, so that the element is read by the second.
pub(super) fn copy_that_is_used_at_once(call: &ExprMethodCall) -> Option<&ExprMethodCall> {
    const USES: [&str; 12] = [
        "unwrap",
        "expect",
        "unwrap_or",
        "unwrap_or_default",
        "unwrap_or_else",
        "map",
        "map_or",
        "map_or_else",
        "and_then",
        "is_some_and",
        "filter",
        "or",
    ];
    let copies = |method: &syn::Ident| method == "copied" || method == "cloned";
    match names::bare(&call.receiver) {
        Expr::MethodCall(copy)
            if copies(&copy.method)
                && copy.args.is_empty()
                && USES.contains(&call.method.to_string().as_str())
                && call
                    .args
                    .iter()
                    .all(|arg| matches!(names::bare(arg), Expr::Closure(_)) || !names::may_assign(arg)) =>
        {
            Some(copy)
        }
        _ => None,
    }
}
