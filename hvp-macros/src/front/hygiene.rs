//! Names that look alike and are not.
//!
//! In a function that a `macro_rules!` macro writes, an identifier of the macro's and one of its caller's may have one text and be
//! two variables. Scopes here are kept by text, so such a function is refused.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span};
use syn::visit::{self, Visit};

use crate::diag::Diag;

/// Refuses each variable whose text also names another one.
pub(super) fn check(item: &syn::ItemFn, diag: &mut Diag) {
    let mut binders = Binders::default();
    binders.visit_item_fn(item);
    let mut uses = Uses { contexts: binders.contexts, diag };
    uses.visit_item_fn(item);
}

/// What tells the identifiers of a macro from those of its caller, as the compiler prints it.
fn context(span: Span) -> String {
    let text = format!("{span:?}");
    text.split_once(" bytes").map_or_else(String::new, |(context, _)| context.to_owned())
}

/// The variables that the function binds, with the context of the first binding of each text.
#[derive(Default)]
struct Binders {
    contexts: BTreeMap<String, String>,
}

impl<'ast> Visit<'ast> for Binders {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        let ident = &pattern.ident;
        self.contexts.entry(ident.to_string()).or_insert_with(|| context(ident.span()));
        visit::visit_pat_ident(self, pattern);
    }
}

struct Uses<'d> {
    contexts: BTreeMap<String, String>,
    diag: &'d mut Diag,
}

impl Uses<'_> {
    fn ident(&mut self, ident: &Ident) {
        if self.contexts.get(&ident.to_string()).is_some_and(|known| *known != context(ident.span())) {
            let message = format!(
                "`{ident}` of a macro and `{ident}` of its caller are two variables of one name; give one another name"
            );
            self.diag.error(ident, message);
        }
    }
}

impl<'ast> Visit<'ast> for Uses<'_> {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.ident(&pattern.ident);
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        if let Some(ident) = path.path.get_ident() {
            self.ident(ident);
        }
    }
}
