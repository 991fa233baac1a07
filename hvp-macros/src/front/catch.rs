//! A call that may fail, and what comes of it: `match g(x) { Ok(y) => …, Err(_) => … }`, `g(x).unwrap_or(0.0)`.

use quote::{ToTokens, quote};
use syn::{Expr, Pat};

use super::absence::Absence;
use super::lower::Lower;
use super::names;
use super::types::Ty;
use super::value::{Maybe, Value};
use crate::ir::{ArgValue, Call, Kind, Outcome, Stmt, VarId};

/// Methods that tell that a call gives a `Result` or an `Option`.
pub(super) fn is_outcome_method(name: &str) -> bool {
    const NAMES: [&str; 24] = [
        "unwrap",
        "expect",
        "unwrap_or",
        "unwrap_or_else",
        "unwrap_or_default",
        "is_some",
        "is_none",
        "is_ok",
        "is_err",
        "ok",
        "map",
        "map_or",
        "map_or_else",
        "and_then",
        "or",
        "or_else",
        "filter",
        "map_err",
        "ok_or",
        "ok_or_else",
        "zip",
        "is_some_and",
        "is_ok_and",
        "is_none_or",
    ];
    NAMES.contains(&name)
}

/// A pattern of a `Result` or an `Option`.
#[derive(Clone, Copy)]
pub(super) enum Case<'p> {
    /// `Some(…)` or `Ok(…)`, with what stands in it.
    Present(&'p Pat),
    /// `None` or `Err(…)`.
    Absent,
}

/// What `pat` says of a `Result` or an `Option`, if it is about one.
pub(super) fn outcome_pattern(pat: &Pat) -> Option<Case<'_>> {
    match pat {
        Pat::Paren(inner) => outcome_pattern(&inner.pat),
        Pat::Guard(guard) => outcome_pattern(&guard.pat),
        Pat::Or(or) => or.cases.iter().find_map(outcome_pattern),
        Pat::TupleStruct(tuple) => {
            let name = tuple.path.segments.last()?.ident.to_string();
            match name.as_str() {
                "Some" | "Ok" => tuple.elems.first().map(Case::Present),
                "Err" => Some(Case::Absent),
                _ => None,
            }
        }
        Pat::Path(path) => {
            path.path.segments.last().is_some_and(|last| last.ident == "None").then_some(Case::Absent)
        }
        _ => None,
    }
}

/// Whether `expr` calls something.
pub(super) fn is_call(expr: &Expr) -> bool {
    matches!(names::bare(expr), Expr::Call(_) | Expr::MethodCall(_))
}

impl Lower<'_> {
    /// The type of the content of a call that is matched with `pats`, as far as they tell.
    pub(super) fn hint_of_outcome<'p>(
        &self,
        expr: &Expr,
        mut pats: impl Iterator<Item = (&'p Pat, Option<&'p Expr>)>,
    ) -> Option<Ty> {
        if !is_call(expr) || self.is_passive(expr) {
            return None;
        }
        pats.find_map(|(pat, body)| {
            let Case::Present(content) = outcome_pattern(pat)? else {
                return None;
            };
            let rest: Vec<syn::Stmt> =
                body.map(|body| syn::Stmt::Expr(body.clone(), None)).into_iter().collect();
            self.look_ahead(content, None, &rest)
        })
    }

    /// `value` of the call `expr`, which is matched with `pats`.
    pub(super) fn caught_by(&mut self, expr: &Expr, value: Value, pats: &[&Pat]) -> Value {
        let asked = is_call(expr) && pats.iter().any(|pat| outcome_pattern(pat).is_some());
        if asked { self.catch(value, expr) } else { value }
    }

    /// The value of a differentiable call as a `Result` or an `Option`; any other value as it is.
    pub(super) fn catch(&mut self, value: Value, node: &Expr) -> Value {
        let Some(at) = self.call_of(&value) else {
            return value;
        };
        let span = syn::spanned::Spanned::span(node);
        let present = self.fresh("t", Kind::Bool, false, span);
        let error = self.fresh("error", Kind::Opaque, false, span);
        let Some(Stmt::Call(call)) = self.open.stmts.get_mut(at) else {
            return value;
        };
        let writes = |call: &Call| {
            call.args
                .iter()
                .any(|arg| matches!(arg.value, ArgValue::ArrayMut(_) | ArgValue::ScalarMut { .. }))
        };
        let writes = writes(call);
        call.outcome = Outcome::Caught { present, error };
        let results = call.results.clone();
        let is_real = |result: &VarId| *self.func.kind(*result).scalar() == Kind::Real;
        if writes || !results.iter().all(is_real) {
            return self.error(
                node,
                "a call that may fail is caught where it gives numbers or arrays of them and writes nothing; let its error pass out with `?`",
            );
        }
        let absence = Absence::Held(error.into());
        Value::Option(Box::new(Maybe { present: present.into(), value, shared: false, absence }))
    }

    /// The statement that calls the function which gives `value`.
    pub(super) fn call_of(&self, value: &Value) -> Option<usize> {
        fn vars(value: &Value, found: &mut Vec<VarId>) {
            match value {
                Value::Num(num) => found.extend(num.atom.var()),
                Value::Array(view) => found.push(view.slice.base),
                Value::Tuple(parts) => parts.iter().for_each(|part| vars(part, found)),
                Value::Struct(_, parts) => vars(parts, found),
                Value::Table(_)
                | Value::Code(_)
                | Value::Ref(..)
                | Value::Option(_)
                | Value::Func(_)
                | Value::Iter(_)
                | Value::Range(_)
                | Value::Late(_)
                | Value::Error(_)
                | Value::Unit
                | Value::Never
                | Value::Poison => {}
            }
        }
        let mut wanted = Vec::new();
        vars(value, &mut wanted);
        if wanted.is_empty() && !matches!(value, Value::Unit) {
            return None;
        }
        self.open.stmts.iter().rposition(|stmt| match stmt {
            Stmt::Call(call) => call.results == wanted && call.outcome == Outcome::Plain,
            _ => false,
        })
    }

    /// Whether `expr` names no variable of the body.
    fn is_closed(&self, expr: &Expr) -> bool {
        names::mentioned(expr).iter().all(|name| self.scopes.get(&name.to_string()).is_none())
    }

    /// `g(x).map_err(f)?`
    pub(super) fn question_behind(&mut self, inner: &Expr, hint: Option<&Ty>) -> Option<Value> {
        let Expr::MethodCall(method) = names::bare(inner) else {
            return None;
        };
        let name = method.method.to_string();
        if !["map_err", "ok", "ok_or", "ok_or_else"].contains(&name.as_str())
            || !is_call(&method.receiver)
            || self.is_passive(&method.receiver)
        {
            return None;
        }
        let before = self.open.stmts.len();
        let value = self.expr(&method.receiver, hint);
        let value = match self.call_of(&value).filter(|at| *at >= before) {
            Some(at) if method.args.iter().all(|arg| self.is_closed(arg)) => {
                let (dot, name, args) = (&method.dot_token, &method.method, &method.args);
                let fragment = self.source.add_fragment(quote!(#dot #name(#args)));
                if let Some(Stmt::Call(call)) = self.open.stmts.get_mut(at) {
                    call.outcome = Outcome::Question(Some(fragment));
                }
                return Some(value);
            }
            Some(_) => self.catch(value, &method.receiver),
            None => value,
        };
        match (value, method.args.first()) {
            (Value::Option(maybe), Some(_)) if name != "map_err" => {
                let code = self.error_of_ok_or(method)?;
                Some(self.escape_unless(*maybe, code, inner))
            }
            (Value::Option(maybe), _) => {
                let value = self.option_method(*maybe, method);
                Some(self.question_on(value, inner))
            }
            (value @ (Value::Never | Value::Poison), _) => Some(value),
            (other, _) => {
                let message = format!("`{name}` is not understood on {}; use `match`", other.what());
                Some(self.error(&method.method.to_token_stream(), message))
            }
        }
    }
}

/// The type in `Option<…>` or `Result<…, E>`.
pub(super) fn content_of(ty: &syn::Type) -> Option<&syn::Type> {
    super::types::argument_of(ty, "Option").or_else(|| super::types::argument_of(ty, "Result"))
}
