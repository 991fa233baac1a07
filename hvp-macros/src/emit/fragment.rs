//! The user's text with its holes filled.

use proc_macro2::{Group, TokenStream, TokenTree};

use crate::front::Source;

/// How often hole `index` occurs.
pub(super) fn holes(tokens: &TokenStream, index: usize) -> usize {
    tokens
        .clone()
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(group) => holes(&group.stream(), index),
            TokenTree::Ident(ident) => usize::from(Source::hole_index(&ident) == Some(index)),
            TokenTree::Punct(_) | TokenTree::Literal(_) => 0,
        })
        .sum()
}

/// `tokens` with hole `k` replaced by `args[k]`.
pub(super) fn fill(tokens: TokenStream, args: &[TokenStream]) -> TokenStream {
    let mut filled = TokenStream::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), fill(group.stream(), args));
                inner.set_span(group.span());
                filled.extend([TokenTree::Group(inner)]);
            }
            TokenTree::Ident(ident) => match Source::hole_index(&ident).and_then(|index| args.get(index)) {
                Some(arg) => filled.extend(arg.clone()),
                None => filled.extend([TokenTree::Ident(ident)]),
            },
            TokenTree::Punct(_) | TokenTree::Literal(_) => filled.extend([token]),
        }
    }
    filled
}
