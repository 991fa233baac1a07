//! Variables of one name that are two to the compiler: `macro_rules!` gives the names that it writes a context of their own.
//!
//! Everything here goes by the text of a name, so that `let x = $y * 2.0;` with `$y` an `x` of the caller's would mix both up.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};

use crate::diag::Diag;

/// Refuses a function in which one name of a variable has two contexts.
pub(super) fn check(item: &syn::ItemFn, diag: &mut Diag) {
    let mut bound = Bound(BTreeSet::new());
    bound.visit_signature(&item.sig);
    bound.visit_block(&item.block);
    let mut contexts = BTreeMap::new();
    let mut refused = BTreeSet::new();
    for_each_name(item.sig.inputs.to_token_stream(), &mut |name| note(name, &bound.0, &mut contexts, &mut refused, diag));
    for_each_name(item.block.to_token_stream(), &mut |name| note(name, &bound.0, &mut contexts, &mut refused, diag));
}

fn note(
    name: &Ident,
    bound: &BTreeSet<String>,
    contexts: &mut BTreeMap<String, String>,
    refused: &mut BTreeSet<String>,
    diag: &mut Diag,
) {
    let text = name.to_string();
    let Some(context) = context(name).filter(|_| bound.contains(&text)) else { return };
    let first = contexts.entry(text.clone()).or_insert_with(|| context.clone());
    if *first != context && refused.insert(text.clone()) {
        let message = format!("one `{text}` is the macro's and another is its caller's; give one of them another name");
        diag.error(name, message);
    }
}

/// The number of the context, which only the debugging form of a span shows: `#0 bytes(3..4)`.
fn context(name: &Ident) -> Option<String> {
    let text = format!("{:?}", name.span());
    let (context, _) = text.strip_prefix('#')?.split_once(' ')?;
    Some(context.to_owned())
}

/// The names that patterns bind.
struct Bound(BTreeSet<String>);

impl<'ast> Visit<'ast> for Bound {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.0.insert(pattern.ident.to_string());
        visit::visit_pat_ident(self, pattern);
    }
}

/// All names but those of fields and methods.
fn for_each_name(tokens: TokenStream, visit: &mut dyn FnMut(&Ident)) {
    let mut dots = 0;
    for tree in tokens {
        match &tree {
            TokenTree::Punct(punct) if punct.as_char() == '.' => {
                dots += 1;
                continue;
            }
            TokenTree::Ident(name) if dots != 1 => visit(name),
            TokenTree::Group(group) => for_each_name(group.stream(), visit),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
        dots = 0;
    }
}
