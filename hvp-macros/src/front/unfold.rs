//! Iterators that end when their items say so: `from_fn`, `successors`, and those that stop at a `None` or an `Err`.

use std::cell::RefCell;
use std::rc::Rc;

use proc_macro2::Span;
use syn::{Expr, ExprMethodCall};

use super::absence::{Absence, AllThere};
use super::catch;
use super::consume::turbofish;
use super::drive::{Body, Ctl};
use super::iter::Iter;
use super::lower::Lower;
use super::names;
use super::referenced::referenced_for;
use super::source::Shape;
use super::types::{self, Ty};
use super::value::{Function, Value};
use crate::ir::Term;

impl Lower<'_> {
    /// Runs `body` with what `item` gives, again and again until that is `None`.
    fn until_none(&mut self, span: Span, item: &mut dyn FnMut(&mut Lower<'_>) -> Value, body: Body<'_>) {
        self.drive(&Iter::Repeat(Value::Unit), span, &mut |cx, _, ctl| {
            let value = item(cx);
            cx.when_some(value, span, |cx, item| body(cx, item, ctl), |cx| cx.stop(ctl));
        });
    }

    fn stop(&mut self, ctl: Ctl) {
        self.leave(Term::Break(ctl.outer, Vec::new()));
    }

    pub(super) fn drive_from_fn(&mut self, function: &Function, span: Span, body: Body<'_>) {
        self.until_none(span, &mut |cx| cx.apply(function, Vec::new(), span), body);
    }

    /// The successor of an item is computed before the item is used, as the standard library does.
    pub(super) fn drive_successors(
        &mut self,
        first: &Value,
        function: &Function,
        span: Span,
        body: Body<'_>,
    ) {
        let name = syn::Ident::new("successor", span);
        let next = self.slots(&name, first.clone());
        let mut item = |cx: &mut Lower<'_>| cx.freeze_value(next.clone(), span);
        self.until_none(span, &mut item, &mut |cx, item, ctl| {
            let following = cx.apply(function, vec![referenced_for(function, 0, item.clone())], span);
            cx.store_into(&next, following, &name);
            body(cx, item, ctl);
        });
    }

    pub(super) fn drive_present(
        &mut self,
        inner: &Iter,
        all: &RefCell<AllThere>,
        span: Span,
        body: Body<'_>,
    ) {
        let node = placeholder(span);
        self.drive(inner, span, &mut |cx, item, ctl| {
            let item = cx.as_option(item, span);
            let item = cx.catch(item, &node);
            let absence = match &item {
                Value::Option(maybe) => maybe.absence.clone(),
                _ => Absence::None,
            };
            let missing = |cx: &mut Lower<'_>| {
                cx.one_missing(&mut all.borrow_mut(), absence);
                cx.stop(ctl);
            };
            cx.when_some(item, span, |cx, item| body(cx, item, ctl), missing);
        });
    }

    pub(super) fn drive_question(&mut self, inner: &Iter, span: Span, body: Body<'_>) {
        let node = placeholder(span);
        self.drive(inner, span, &mut |cx, item, ctl| {
            let item = cx.as_option(item, span);
            let item = cx.question_on(item, &node);
            if cx.reachable() {
                body(cx, item, ctl);
            }
        });
    }

    /// The type that a `sum`, `product` or `collect` shall give.
    fn wanted(&self, call: &ExprMethodCall, hint: Option<&Ty>) -> Option<Ty> {
        let scalar = self.source.signature.scalar.clone();
        turbofish(call).map(|ty| types::read(ty, &scalar)).or_else(|| hint.cloned())
    }

    /// `sum`, `product` and `collect`, also of items that may be missing.
    pub(super) fn gather(&mut self, iter: &Iter, call: &ExprMethodCall, hint: Option<&Ty>) -> Value {
        let wanted = self.wanted(call, hint);
        let Some(content) = wanted.as_ref().and_then(content_of) else {
            return self.gather_as(iter, call, wanted);
        };
        let content = match content {
            syn::Type::Infer(_) => hint.cloned(),
            content => Some(types::read(content, &self.source.signature.scalar)),
        };
        let all = Rc::new(RefCell::new(self.all_there(call.method.span())));
        let items = Iter::Present(Box::new(iter.clone()), Rc::clone(&all));
        let value = self.gather_as(&items, call, content);
        let all = all.borrow().clone();
        all.of(value)
    }

    fn gather_as(&mut self, iter: &Iter, call: &ExprMethodCall, wanted: Option<Ty>) -> Value {
        match call.method.to_string().as_str() {
            "collect" => self.collect(iter, call, wanted),
            name => self.accumulate(iter, call, wanted, name == "sum"),
        }
    }

    /// `iter.collect::<Result<Vec<_>, _>>()?` has `?` on each item.
    pub(super) fn question_of_items(&mut self, inner: &Expr, hint: Option<&Ty>) -> Option<Value> {
        let Expr::MethodCall(call) = names::bare(inner) else {
            return None;
        };
        if !gathers(inner) || self.is_passive(&call.receiver) {
            return None;
        }
        let content = match turbofish(call) {
            Some(ty) => match catch::content_of(ty)? {
                syn::Type::Infer(_) => hint.cloned(),
                content => Some(types::read(content, &self.source.signature.scalar)),
            },
            None => hint.cloned(),
        };
        let receiver = self.expr(&call.receiver, None);
        let iter = self.iterate(receiver, &call.receiver)?;
        Some(self.gather_as(&Iter::Question(Box::new(iter)), call, content))
    }
}

/// Whether `expr` sums or collects the items of an iterator.
pub(super) fn gathers(expr: &Expr) -> bool {
    match names::bare(expr) {
        Expr::MethodCall(call) => {
            call.args.is_empty() && ["sum", "product", "collect"].iter().any(|name| call.method == name)
        }
        _ => false,
    }
}

fn content_of(ty: &Ty) -> Option<&syn::Type> {
    match &ty.shape {
        Shape::Opaque(ty) => catch::content_of(ty),
        Shape::Real
        | Shape::Int
        | Shape::Bool
        | Shape::Slice(_)
        | Shape::Array(..)
        | Shape::Vec(_)
        | Shape::Tuple(_) => None,
    }
}

/// An expression that stands for the item of an iterator, where only its place matters.
fn placeholder(span: Span) -> Expr {
    let name = syn::Ident::new("item", span);
    syn::parse_quote!(#name)
}
