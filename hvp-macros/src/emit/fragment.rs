//! The user's text with its holes filled.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

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

/// `tokens` without parentheses around all of them, which the argument of a function does not need.
pub(super) fn bare(tokens: TokenStream) -> TokenStream {
    let mut all = tokens.clone().into_iter();
    match (all.next(), all.next()) {
        (Some(TokenTree::Group(group)), None) if is_needless(&group) => bare(group.stream()),
        _ => tokens,
    }
}

/// Parentheses around an expression that is no tuple.
fn is_needless(group: &Group) -> bool {
    let comma = |token: TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    match group.delimiter() {
        Delimiter::Parenthesis => !group.stream().is_empty() && !group.stream().into_iter().any(comma),
        Delimiter::None | Delimiter::Brace | Delimiter::Bracket => false,
    }
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
