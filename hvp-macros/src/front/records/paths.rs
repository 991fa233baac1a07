//! The names that types, traits and their functions have in this module.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Type;

/// The path of a trait without the arguments, and without the modules of the standard library.
pub(super) fn name_of_trait(path: &syn::Path) -> String {
    let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    match names.as_slice() {
        [root, .., last] if ["std", "core"].contains(&root.as_str()) => last.clone(),
        names => names.join("::"),
    }
}

/// The name of something of this module, without arguments. What another module declares under the same name is another thing.
pub(super) fn own_name(path: &syn::Path) -> Option<String> {
    let mut names =
        path.segments.iter().map(|segment| segment.ident.to_string()).filter(|name| name != "self");
    names.next().filter(|_| names.next().is_none())
}

/// The same, or the whole path of something of another module.
pub(in crate::front) fn name_of_path(path: &syn::Path) -> String {
    own_name(path).unwrap_or_else(|| path.to_token_stream().to_string())
}

/// Whether a path of a function or a constant is one of this module's.
pub(super) fn is_of_own_type(path: &syn::Path) -> bool {
    path.segments.iter().filter(|segment| segment.ident != "self").count() <= 2
}

/// The name of a type behind its references.
pub(super) fn name_of(ty: &Type) -> String {
    match ty {
        Type::Reference(reference) => name_of(&reference.elem),
        Type::Paren(inner) => name_of(&inner.elem),
        Type::Group(inner) => name_of(&inner.elem),
        Type::Path(path) => name_of_path(&path.path),
        other => other.to_token_stream().to_string(),
    }
}

/// The path of a type that has this name, where it is one.
pub(in crate::front) fn spelled(name: &str, span: Span) -> Option<syn::Path> {
    let mut path: syn::Path = syn::parse_str(name).ok()?;
    path.segments.iter_mut().for_each(|segment| segment.ident.set_span(span));
    Some(path)
}

/// The identifiers in `tokens`.
pub(super) fn words(tokens: &TokenStream) -> Vec<String> {
    let of = |tree: TokenTree| match tree {
        TokenTree::Ident(ident) => vec![ident.to_string()],
        TokenTree::Group(group) => words(&group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => Vec::new(),
    };
    tokens.clone().into_iter().flat_map(of).collect()
}
