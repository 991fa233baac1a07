//! The user's errors, collected: all of a function are reported at once, each at the token that must change.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;

/// Errors in the order in which they were found.
#[derive(Debug, Default)]
pub(crate) struct Diag {
    errors: Vec<syn::Error>,
}

impl Diag {
    pub(crate) fn new() -> Diag {
        Diag::default()
    }

    /// An error over all of `node`. The message is lower case, without a full stop: what is wrong, then what to write instead.
    pub(crate) fn error(&mut self, node: &impl ToTokens, message: impl Display) {
        self.errors.push(syn::Error::new_spanned(node, message));
    }

    /// An error over the user's own tokens among `tokens`; those that the macro has put between them have no place.
    pub(crate) fn error_in(&mut self, tokens: &TokenStream, message: impl Display) {
        let mut places = Vec::new();
        own_tokens(tokens, &mut places);
        match (places.first(), places.last()) {
            (Some(first), Some(last)) => {
                let ends: TokenStream = [first.clone(), last.clone()].into_iter().collect();
                self.error(&ends, message);
            }
            _ => self.error(tokens, message),
        }
    }

    /// An error at `span`.
    pub(crate) fn error_at(&mut self, span: Span, message: impl Display) {
        self.errors.push(syn::Error::new(span, message));
    }

    pub(crate) fn push(&mut self, error: syn::Error) {
        self.errors.push(error);
    }

    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// How many errors there are.
    pub(crate) fn count(&self) -> usize {
        self.errors.len()
    }

    /// Takes back all errors behind the first `count`.
    pub(crate) fn forget(&mut self, count: usize) {
        self.errors.truncate(count);
    }

    /// All errors as one, if there are any.
    pub(crate) fn into_error(self) -> Option<syn::Error> {
        self.errors.into_iter().reduce(|mut all, error| {
            all.combine(error);
            all
        })
    }

    /// The messages, for tests.
    #[cfg(test)]
    pub(crate) fn messages(&self) -> Vec<String> {
        self.errors.iter().map(ToString::to_string).collect()
    }
}

/// The tokens that have a place in the user's file; of a group that has none, those in it.
fn own_tokens(tokens: &TokenStream, out: &mut Vec<TokenTree>) {
    let ours = format!("{:?}", Span::call_site());
    for tree in tokens.clone() {
        match tree {
            TokenTree::Group(group) if format!("{:?}", group.span()) == ours => {
                own_tokens(&group.stream(), out);
            }
            other if format!("{:?}", other.span()) == ours => {}
            other => out.push(other),
        }
    }
}
