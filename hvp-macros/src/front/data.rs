//! Iterators over passive data, whose types only rustc may know.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use super::code::mentions;
use super::iter::Iter;
use super::lower::Lower;
use super::names;
use super::source::Shape;
use super::value::{Code, Num, Value};
use crate::ir::{Atom, Kind};

impl Lower<'_> {
    /// References, and the type of the elements, of what is known to be a slice, an array or a `Vec`.
    pub(super) fn elements_of_data(&self, value: &Value) -> Option<(u8, Shape)> {
        let (refs, shape) = match value {
            Value::Code(code) => code.shape.as_ref()?,
            Value::Num(num) => self.known_shapes.get(&num.atom.var()?)?,
            _ => return None,
        };
        Some((*refs, shape.element()?.clone()))
    }

    /// The items of what is an iterator, or is made one.
    pub(super) fn iterate_code(&mut self, value: &Value, span: Span) -> Option<Iter> {
        if let Value::Code(code) = value
            && takes_items(&code.tokens)
        {
            self.diag.error_at(
                span,
                "how many items are taken from this iterator is not known here; take a fixed number with `take`, or write the loop",
            );
            return None;
        }
        self.collect_items(value, None, span)
    }

    /// The same of what must be an iterator itself, and not only be made one.
    pub(super) fn iterate_iterator(&mut self, value: &Value, span: Span) -> Option<Iter> {
        let (code, krate) = (self.code_of(value, span)?, self.facade());
        let code = self.with_lender(code, span);
        let code =
            code.wrap(Kind::Opaque, |tokens| quote_spanned!(span=> #krate::__private::iterator(#tokens)));
        self.iterate_code(&Value::Code(code), span)
    }

    /// Whether a value is a variable of the body's, out of which it is taken.
    pub(super) fn is_moved(&self, value: &Value) -> bool {
        match value {
            Value::Num(Num { atom: Atom::Var(var), refs: 0, .. }) => !self.is_param(*var),
            _ => false,
        }
    }

    /// What `zip` asks of `value` beside `inner`.
    pub(super) fn iterate_beside(&mut self, inner: &Iter, value: Value, node: &Expr) -> Option<Iter> {
        let limit = self.length_beside(inner, &value, node);
        match value {
            Value::Num(Num { kind: Kind::Opaque, .. }) | Value::Code(_) if limit.is_some() => {
                self.collect_items(&value, limit, node.to_token_stream().span())
            }
            value => self.iterate(value, node),
        }
    }

    /// All items of an iterator that only rustc knows, or the first `limit` of them.
    fn collect_items(&mut self, value: &Value, limit: Option<Atom>, span: Span) -> Option<Iter> {
        let mut code = self.code_of(value, span)?;
        if let Some((1.., element)) = self.elements_of_data(value) {
            return Some(Iter::Data { code: self.held_data(code, span), element });
        }
        // Numbers are copied out of what is asked again later.
        if let (true, Some((0, element @ (Shape::Real | Shape::Int | Shape::Bool)))) =
            (self.is_moved(value), self.elements_of_data(value))
        {
            let code = code.wrap(Kind::Opaque, |data| quote!((&#data)));
            return Some(Iter::Copied(Box::new(Iter::Data { code, element })));
        }
        code.pure &= !self.is_moved(value);
        code = self.with_lender(code, span);
        let limit = limit.map(|limit| code.absorb(&Code::hole(limit, Kind::Int, span)));
        let take = limit.map(|limit| quote!(.take(#limit)));
        let pure = code.pure;
        let code = code.wrap(Kind::Opaque, |tokens| {
            quote!(::core::iter::Iterator::collect::<::std::vec::Vec<_>>(::core::iter::IntoIterator::into_iter(#tokens) #take))
        });
        let items = self.materialize(Code { pure, ..code }, span);
        Some(Iter::Items(items.atom))
    }

    /// How many items `iter` has, where the other side of a `zip` is an iterator that only rustc knows.
    fn length_beside(&mut self, iter: &Iter, other: &Value, node: &Expr) -> Option<Atom> {
        let unknown = matches!(other, Value::Code(_) | Value::Num(Num { kind: Kind::Opaque, .. }));
        let needed = unknown && iter.is_indexed() && !names::is_in_memory(node);
        if needed { self.prepare(&iter.unmapped(), node.span())?.1 } else { None }
    }
}

/// Whether an iterator of the user's is asked for items and used later, as often as its consumer happens to ask.
fn takes_items(tokens: &TokenStream) -> bool {
    let mut first = tokens.clone().into_iter().take(2).map(|tree| tree.to_string());
    let borrows =
        first.next().is_some_and(|tree| tree == "&") && first.next().is_some_and(|tree| tree == "mut");
    (borrows || mentions(tokens, &["by_ref"])) && !mentions(tokens, &["take", "collect"])
}
