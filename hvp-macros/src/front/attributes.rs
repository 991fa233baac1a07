//! Attributes inside the body: they change nothing about what is computed, or are refused.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Attribute, Item};

use crate::diag::Diag;

/// Attributes that change nothing about what is computed.
const HARMLESS: [&str; 8] = ["allow", "expect", "warn", "deny", "doc", "rustfmt", "inline", "must_use"];

/// The attribute on a nested function.
pub(super) fn is_ours(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "differentiable")
}

/// Refuses every other attribute in `body`, of which the conditions are decided.
pub(super) fn check(body: &syn::Block, diag: &mut Diag) {
    Attributes { diag }.visit_block(body);
}

struct Attributes<'d> {
    diag: &'d mut Diag,
}

impl Attributes<'_> {
    fn condition(&mut self, node: &impl ToTokens) {
        self.diag.error(
            node,
            "a condition is not understood here; choose by `if cfg!(…)`, or put `#[cfg]` on a statement",
        );
    }

    /// An argument of a macro may stand under a condition, which the macro would see.
    fn conditions_among(&mut self, tokens: TokenStream) {
        let mut hash = false;
        for tree in tokens {
            if let TokenTree::Group(group) = &tree {
                let first = group.stream().into_iter().next().map(|tree| tree.to_string());
                if hash && first.is_some_and(|first| first == "cfg" || first == "cfg_attr") {
                    self.condition(group);
                }
                self.conditions_among(group.stream());
            }
            hash = matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == '#');
        }
    }
}

impl<'ast> Visit<'ast> for Attributes<'_> {
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let first = attribute.path().segments.first();
        let name = first.map(|segment| segment.ident.to_string()).unwrap_or_default();
        if name == "cfg" || name == "cfg_attr" {
            self.condition(attribute);
        } else if !HARMLESS.contains(&name.as_str()) && !is_ours(attribute) {
            self.diag
                .error(attribute, "this attribute is not understood inside a differentiated body; remove it");
        }
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.conditions_among(mac.tokens.clone());
    }

    /// Other items go into the output as they are.
    fn visit_item(&mut self, item: &'ast Item) {
        if let Item::Fn(_) | Item::Const(_) = item {
            visit::visit_item(self, item);
        }
    }
}
