//! Which variables get another value: `x = e`, `x.0 = e`, `(x, y) = e`.

use std::collections::BTreeSet;

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Expr, Ident};

use super::names;

/// The names on the left of `=`, but for those of which an element is assigned. A name that stands for two variables counts for both.
#[derive(Default)]
pub(super) struct Renewed(BTreeSet<String>);

impl Renewed {
    pub(super) fn contains(&self, name: &Ident) -> bool {
        self.0.contains(&name.to_string())
    }

    fn assign(&mut self, left: &Expr) {
        match names::bare(left) {
            Expr::Tuple(tuple) => tuple.elems.iter().for_each(|elem| self.assign(elem)),
            Expr::Array(array) => array.elems.iter().for_each(|elem| self.assign(elem)),
            place if names::has_index(place) => {}
            place => self.0.extend(names::mentioned(place).iter().map(ToString::to_string)),
        }
    }

    /// All names in tokens that only rustc can read.
    fn extend(&mut self, tokens: &TokenStream) {
        for tree in tokens.clone() {
            match tree {
                TokenTree::Ident(ident) => {
                    self.0.insert(ident.to_string());
                }
                TokenTree::Group(group) => self.extend(&group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Renewed {
    fn visit_expr_assign(&mut self, assign: &'ast syn::ExprAssign) {
        self.assign(&assign.left);
        visit::visit_expr_assign(self, assign);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        if assigns(&mac.tokens) {
            self.extend(&mac.tokens);
        }
    }
}

/// Whether there is an `=` by itself in `tokens`.
fn assigns(tokens: &TokenStream) -> bool {
    let mut joint = false;
    tokens.clone().into_iter().any(|tree| match tree {
        TokenTree::Punct(punct) => {
            let follows = std::mem::replace(&mut joint, punct.spacing() == Spacing::Joint);
            punct.as_char() == '=' && !follows && !joint
        }
        TokenTree::Group(group) => {
            joint = false;
            assigns(&group.stream())
        }
        TokenTree::Ident(_) | TokenTree::Literal(_) => {
            joint = false;
            false
        }
    })
}
