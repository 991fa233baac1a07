//! `&value`.

use quote::quote;
use syn::Pat;

use super::pattern::is_rest;
use super::value::{Code, Function, Num, Value, View};

/// `&value`, as the parameter of `function` at `place` takes it apart: a tuple pattern binds references to the components.
pub(super) fn referenced_for(function: &Function, place: usize, value: Value) -> Value {
    match function {
        Function::Closure(closure) => match closure.params.get(place) {
            Some(pat) => referenced_by(pat, value),
            None => referenced(value),
        },
        Function::Path(_) | Function::Choice(_) => referenced(value),
    }
}

fn referenced_by(pat: &Pat, value: Value) -> Value {
    match (pat, value) {
        (Pat::Paren(inner), value) => referenced_by(&inner.pat, value),
        (Pat::Type(typed), value) => referenced_by(&typed.pat, value),
        (Pat::Reference(_), value) => referenced_within(value),
        (Pat::Tuple(tuple), Value::Tuple(parts)) => {
            let named = tuple.elems.len() - usize::from(tuple.elems.iter().any(is_rest));
            let rest = tuple.elems.iter().position(is_rest).unwrap_or(named);
            let skipped = parts.len().saturating_sub(named);
            let by_place = |(at, part): (usize, Value)| {
                let pat =
                    if at < rest { Some(at) } else { (at + 1).checked_sub(skipped).filter(|at| *at > rest) };
                match pat.and_then(|at| tuple.elems.get(at)) {
                    Some(pat) => referenced_by(pat, part),
                    None => referenced(part),
                }
            };
            Value::Tuple(parts.into_iter().enumerate().map(by_place).collect())
        }
        (_, value) => referenced(value),
    }
}

/// `&value`, whose components are known by reference: the pattern `&…` takes these away again.
fn referenced_within(value: Value) -> Value {
    match value {
        Value::Tuple(parts) => Value::Tuple(parts.into_iter().map(referenced_within).collect()),
        other => referenced(other),
    }
}

/// `&value`, as the closures of `filter` and its kin get their item.
pub(super) fn referenced(value: Value) -> Value {
    match value {
        Value::Num(num) => Value::Num(Num { refs: num.refs.saturating_add(1), ..num }),
        Value::Array(view) => Value::Array(View { refs: view.refs.saturating_add(1), ..view }),
        Value::Code(code) => {
            let shape = code.shape.clone().map(|(refs, shape)| (refs.saturating_add(1), shape));
            let kind = code.kind.clone();
            let code = code.wrap(kind, |tokens| quote!(&(#tokens)));
            Value::Code(Code { shape, ..code })
        }
        other => other,
    }
}
