//! Methods of passive data.

use quote::quote;
use syn::spanned::Spanned;
use syn::{Expr, ExprMethodCall};

use super::lower::Lower;
use super::types::Ty;
use super::value::{Code, Maybe, Value, blank};
use super::{names, table};
use crate::ir::{Atom, Callee, Kind};

impl Lower<'_> {
    /// A method of passive data.
    pub(super) fn passive_method(
        &mut self,
        receiver: &Value,
        call: &ExprMethodCall,
        hint: Option<&Ty>,
    ) -> Value {
        let name = call.method.to_string();
        let whole = Expr::MethodCall(call.clone());
        let active = call.args.iter().any(|arg| !self.is_passive(arg));
        let on_iterator = names::is_iterator_source(&call.receiver);
        if names::is_iterator(&whole) || on_iterator && is_consumer(&name) && active {
            return match self.iterate_code(receiver, call.receiver.span()) {
                Some(iter) => self.iter_method(&iter, call, hint),
                None => Value::Poison,
            };
        }
        let is_chain = |arg: &Expr| matches!(names::bare(arg), Expr::MethodCall(_));
        if call.args.iter().any(is_chain) && call.args.iter().all(|arg| self.names_no_real(arg)) {
            return self.closure_on_passive(receiver, call);
        }
        if active && let Some(value) = self.map_data(receiver, call, hint) {
            return value;
        }
        if active && let Some(value) = self.passive_option(receiver, call) {
            return value;
        }
        if active && is_search(&name) {
            return self.search_in_data(receiver, call);
        }
        if call.args.iter().any(has_closure) {
            return self.closure_on_passive(receiver, call);
        }
        let args = self.method_args(call);
        if args.iter().any(|arg| matches!(arg, Value::Never | Value::Poison)) {
            return if self.reachable() { Value::Poison } else { Value::Never };
        }
        let real = args.iter().any(Value::holds_real);
        if receiver.is_real() || real && table::is_real_method(&name) {
            return self.mixed_method(receiver, &args, call);
        }
        if real && name == "contains" {
            return self.contained(receiver, &args, call);
        }
        if real && (args.iter().any(is_of_several) || self.records.are_only_inlined(&name)) {
            let receiver = self.as_record(receiver, call);
            if matches!(receiver, Value::Struct(..)) {
                return self.record_method_with(receiver, args, call);
            }
        }
        if real
            && puts_into(&name)
            && self.is_changing(&call.receiver)
            && !self.neighbours.has_function(&name)
        {
            return self.error(
                &call.method,
                "differentiated numbers cannot be put into a collection of data; keep them in a `Vec`, and their places in the collection",
            );
        }
        if real {
            return self.method_of_data(receiver, call, args, hint);
        }
        let pure = self.repeats(call);
        self.passive_call_of(receiver, call, Kind::Opaque, pure)
    }

    /// `bounds.contains(&x)`: a Boolean is constant almost everywhere.
    fn contained(&mut self, receiver: &Value, args: &[Value], call: &ExprMethodCall) -> Value {
        let span = call.span();
        let ([arg], Some(mut code)) = (args, self.code_of(receiver, call.receiver.span())) else {
            return self.error(&call.method, "`contains` is understood with one argument; give one");
        };
        let Some(arg) = self.code_of(arg, span) else {
            return Value::Poison;
        };
        let (arg, name) = (code.absorb(&arg), &call.method);
        let code = code.wrap(
            Kind::Bool,
            |own| quote!(::core::convert::identity::<::core::primitive::bool>(#own.#name(#arg))),
        );
        Value::boolean(self.materialize(Code { inert: true, ..code }, span).atom)
    }

    /// A method of a passive `Option` whose argument is not passive.
    pub(super) fn passive_option(&mut self, receiver: &Value, call: &ExprMethodCall) -> Option<Value> {
        let span = call.span();
        let mark = self.func.vars.len();
        let some: syn::Pat = syn::parse_quote_spanned!(span=> Some(content));
        let content = |cx: &Self| cx.scopes.get("content").cloned().unwrap_or(Value::Poison);
        let first = call.args.first()?;
        match call.method.to_string().as_str() {
            "map" | "and_then" => {
                let function = self.function(first)?;
                let wrap = call.method == "map";
                let then = |cx: &mut Self| {
                    let value = cx.apply(&function, vec![content(cx)], span);
                    if wrap { Maybe::of(Atom::Bool(true), value) } else { value }
                };
                Some(self.test(&some, receiver.clone(), mark, call, then, |_| Maybe::absent()))
            }
            "map_or" => {
                let default = self.expr(first, None);
                let default = self.freeze_value(default, first.span());
                let function = self.function(call.args.last()?)?;
                let then = |cx: &mut Self| cx.apply(&function, vec![content(cx)], span);
                Some(self.test(&some, receiver.clone(), mark, call, then, |_| default))
            }
            "map_or_else" => {
                let default = self.function(first)?;
                let function = self.function(call.args.last()?)?;
                let then = |cx: &mut Self| cx.apply(&function, vec![content(cx)], span);
                Some(self.test(&some, receiver.clone(), mark, call, then, |cx| {
                    cx.apply(&default, Vec::new(), span)
                }))
            }
            "unwrap_or" => {
                let default = self.expr(first, None);
                let default = self.freeze_value(default, first.span());
                Some(self.test(&some, receiver.clone(), mark, call, |cx| content(cx), |_| default))
            }
            "unwrap_or_else" => {
                let default = self.function(first)?;
                let otherwise = |cx: &mut Self| cx.apply(&default, Vec::new(), span);
                Some(self.test(&some, receiver.clone(), mark, call, |cx| content(cx), otherwise))
            }
            _ => None,
        }
    }

    /// A closure that sees only passive values stays as it is.
    pub(super) fn closure_on_passive(&mut self, receiver: &Value, call: &ExprMethodCall) -> Value {
        let pure = self.repeats(call);
        let Some(mut code) = self.code_of(receiver, call.receiver.span()) else { return Value::Poison };
        code.pure &= pure;
        let mut pieces = Vec::new();
        for arg in &call.args {
            let Some(arg) = self.substitute(arg) else { return Value::Poison };
            pieces.push(code.absorb(&arg));
        }
        let (name, turbofish) = (&call.method, &call.turbofish);
        Value::Code(code.wrap(Kind::Opaque, |own| quote!(#own.#name #turbofish (#(#pieces),*))))
    }

    /// `self.scale.max(x)`
    pub(super) fn mixed_method(&mut self, receiver: &Value, args: &[Value], call: &ExprMethodCall) -> Value {
        let x = self.real(receiver.clone(), &call.receiver);
        let exprs: Vec<&Expr> = call.args.iter().collect();
        match self.real_method(&call.method.to_string(), Value::real(x), &call.receiver, args, &exprs, call) {
            Some(value) => value,
            None => self.unknown_real_method(&call.method),
        }
    }

    /// `self.pair(r2)`: a method that carries the attribute.
    pub(super) fn method_of_data(
        &mut self,
        receiver: &Value,
        call: &ExprMethodCall,
        args: Vec<Value>,
        hint: Option<&Ty>,
    ) -> Value {
        let Some(code) = self.code_of(receiver, call.receiver.span()) else {
            return Value::Poison;
        };
        let receiver = self.opaque(code);
        let (name, turbofish) = (&call.method, &call.turbofish);
        let known = match hint {
            Some(hint) if !hint.guessed => None,
            _ => self.result_of_name(&name.to_string()),
        };
        let signature = self.method_beside(&name.to_string());
        let name = self.source.add_fragment(quote!(#name #turbofish));
        let exprs: Vec<&Expr> = call.args.iter().collect();
        let callee = Callee::Method { receiver, name };
        self.call_beside(callee, signature.as_ref(), args, &exprs, call, known.as_ref().or(hint))
    }

    /// `receiver.name(args)` in the user's tokens, on values that the IR knows.
    pub(super) fn passive_call_of(
        &mut self,
        receiver: &Value,
        call: &ExprMethodCall,
        kind: Kind,
        pure: bool,
    ) -> Value {
        let span = call.span();
        let receiver = match receiver {
            Value::Ref(target, kind) => Value::num(self.load(target, kind, span), kind.clone()),
            other => other.clone(),
        };
        let args = self.method_args(call);
        if args.iter().any(|arg| matches!(arg, Value::Never | Value::Poison)) {
            return if self.reachable() { Value::Poison } else { Value::Never };
        }
        let mut code = blank(Kind::Opaque);
        let Some(own) = self.code_of(&receiver, span) else {
            return Value::Poison;
        };
        let own = code.absorb(&own);
        let mut pieces = Vec::new();
        for (arg, expr) in args.iter().zip(&call.args) {
            let Some(arg_code) = self.code_of_arg(arg, expr) else {
                return self.error(
                    expr,
                    format!(
                        "{} cannot be passed to a method that is not known; pass numbers, slices and arrays",
                        arg.what()
                    ),
                );
            };
            pieces.push(code.absorb(&arg_code));
        }
        let (name, turbofish) = (&call.method, &call.turbofish);
        code.pure &= pure;
        let code = code.wrap(kind, |_| quote!(#own.#name #turbofish (#(#pieces),*)));
        if code.pure {
            return Value::Code(code);
        }
        let code = self.with_lender(code, span);
        Value::Num(self.materialize(code, span))
    }
}

fn has_closure(expr: &Expr) -> bool {
    matches!(names::bare(expr), Expr::Closure(_))
}

/// A method by which collections of the standard library take an item.
fn puts_into(name: &str) -> bool {
    ["insert", "push", "push_back", "push_front", "extend"].contains(&name)
}

fn is_consumer(name: &str) -> bool {
    const NAMES: [&str; 14] = [
        "fold",
        "rfold",
        "for_each",
        "any",
        "all",
        "position",
        "rposition",
        "find",
        "rfind",
        "find_map",
        "reduce",
        "min_by",
        "max_by",
        "try_fold",
    ];
    NAMES.contains(&name)
}

/// What finds a place in a slice that is in order.
pub(super) fn is_search(name: &str) -> bool {
    ["binary_search", "binary_search_by", "binary_search_by_key", "partition_point"].contains(&name)
}

/// What cannot be passed to another function as a whole.
fn is_of_several(arg: &Value) -> bool {
    matches!(arg, Value::Struct(..) | Value::Table(_))
}
