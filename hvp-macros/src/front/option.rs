//! Methods of an `Option` whose content the IR knows.

use syn::spanned::Spanned;
use syn::{Expr, ExprMethodCall};

use super::join::Lowered;
use super::lower::{Lower, Open};
use super::method::absent;
use super::value::{Maybe, Value};
use crate::ir::{Atom, Selector};

impl Lower<'_> {
    pub(super) fn option_method(&mut self, maybe: Maybe, call: &ExprMethodCall) -> Value {
        let name = call.method.to_string();
        let span = call.span();
        let args: Vec<&Expr> = call.args.iter().collect();
        match (name.as_str(), args.as_slice()) {
            ("unwrap", []) => {
                self.require(maybe.present, "called `Option::unwrap()` on a `None` value");
                maybe.value
            }
            ("expect", [_]) => {
                self.require(maybe.present, "a value that was expected is not there");
                maybe.value
            }
            ("copied" | "cloned" | "as_ref" | "clone" | "as_mut", []) => {
                let value = match maybe.value {
                    Value::Num(_) if name == "as_ref" => maybe.value,
                    value => self.shallow(value),
                };
                Value::Option(Box::new(Maybe { present: maybe.present, value }))
            }
            ("is_some", []) => Value::boolean(maybe.present),
            ("is_none", []) => Value::boolean(self.not_atom(maybe.present, span)),
            ("unwrap_or", [default]) => {
                let default_value = self.expr(default, None);
                let default_value = self.freeze_value(default_value, default.span());
                self.either(maybe, call, |_| default_value)
            }
            ("unwrap_or_else", [function]) => {
                let Some(function) = self.function(function) else { return Value::Poison };
                self.either(maybe, call, |cx| cx.apply(&function, Vec::new(), span))
            }
            ("unwrap_or_default", []) if maybe.value.is_real() => {
                self.either(maybe, call, |_| Value::real(Atom::real(0.0)))
            }
            ("map" | "and_then", [function]) => {
                let Some(function) = self.function(function) else { return Value::Poison };
                let wrap = name == "map";
                let some = self.arm(
                    |cx| {
                        let value = cx.apply(&function, vec![maybe.value], span);
                        if wrap { Value::Option(Box::new(Maybe { present: Atom::Bool(true), value })) } else { value }
                    },
                    span,
                );
                let none = Lowered { open: Open::default(), value: absent(), span };
                self.branch(Selector::Bool(maybe.present), vec![None, None], vec![some, none], call)
            }
            ("map_or", [default, function]) => {
                let default_value = self.expr(default, None);
                let default_value = self.freeze_value(default_value, default.span());
                self.map_or(maybe, function, call, |_| default_value)
            }
            ("map_or_else", [default, function]) => {
                let Some(default) = self.function(default) else { return Value::Poison };
                self.map_or(maybe, function, call, |cx| cx.apply(&default, Vec::new(), span))
            }
            _ => {
                let name = &call.method;
                self.error(name, format!("`{name}` of an `Option` is not understood here; use `match`"))
            }
        }
    }

    /// A value instead of a lazy reference to an element stays lazy: it is read where it is there.
    fn shallow(&mut self, value: Value) -> Value {
        match value {
            Value::Num(num) => Value::Num(super::value::Num { refs: num.refs.saturating_sub(1), ..num }),
            Value::Array(view) => Value::Array(super::value::View { refs: view.refs.saturating_sub(1), ..view }),
            other => other,
        }
    }

    fn either(&mut self, maybe: Maybe, call: &ExprMethodCall, default: impl FnOnce(&mut Self) -> Value) -> Value {
        let span = call.span();
        let some = self.arm(|_| maybe.value, span);
        let none = self.arm(default, span);
        self.branch(Selector::Bool(maybe.present), vec![None, None], vec![some, none], call)
    }

    fn map_or(
        &mut self,
        maybe: Maybe,
        function: &Expr,
        call: &ExprMethodCall,
        default: impl FnOnce(&mut Self) -> Value,
    ) -> Value {
        let span = call.span();
        let Some(function) = self.function(function) else { return Value::Poison };
        let some = self.arm(|cx| cx.apply(&function, vec![maybe.value], span), span);
        let none = self.arm(default, span);
        self.branch(Selector::Bool(maybe.present), vec![None, None], vec![some, none], call)
    }
}
