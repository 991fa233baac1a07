//! A body as its spelling means it.
//!
//! `match x { LIMIT => …, y => … }`  compares with the path `LIMIT` and binds `y`. Where a pattern must match, each identifier is a
//! new name. `<f64>::sin` is `f64::sin`.

use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Pat};

use super::{late, names};

/// Makes a path of each constant among the patterns in `body` that may not match, writes paths without angles, and gives variables
/// their first value where they are declared.
pub(super) fn spell_out(body: &mut syn::Block) {
    Places.visit_block_mut(body);
    late::join(body);
}

/// The same in an expression.
pub(super) fn spell_out_in(expr: &mut Expr) {
    Places.visit_expr_mut(expr);
}

struct Places;

impl VisitMut for Places {
    fn visit_arm_mut(&mut self, arm: &mut syn::Arm) {
        Constants.visit_pat_mut(&mut arm.pat);
        visit_mut::visit_arm_mut(self, arm);
    }

    fn visit_expr_let_mut(&mut self, node: &mut syn::ExprLet) {
        Constants.visit_pat_mut(&mut node.pat);
        visit_mut::visit_expr_let_mut(self, node);
    }

    fn visit_local_mut(&mut self, local: &mut syn::Local) {
        if local.init.as_ref().is_some_and(|init| init.diverge.is_some()) {
            Constants.visit_pat_mut(&mut local.pat);
        }
        visit_mut::visit_local_mut(self, local);
    }

    fn visit_expr_path_mut(&mut self, path: &mut syn::ExprPath) {
        if let Some(syn::QSelf { ty, position: 0, .. }) = &path.qself
            && let syn::Type::Path(syn::TypePath { qself: None, path: of, .. }) = &**ty
            && of.segments.iter().all(|segment| segment.arguments.is_none())
        {
            let behind = &path.path;
            *path = syn::parse_quote!(#of #behind);
        }
        visit_mut::visit_expr_path_mut(self, path);
    }
}

struct Constants;

impl VisitMut for Constants {
    fn visit_pat_mut(&mut self, pat: &mut Pat) {
        if let Pat::Ident(ident) = pat
            && names::is_constant(ident)
        {
            let name = &ident.ident;
            *pat = Pat::Path(syn::parse_quote!(#name));
        }
        visit_mut::visit_pat_mut(self, pat);
    }

    fn visit_expr_mut(&mut self, _: &mut Expr) {}
}
