//! Values that do something when they are dropped.
//!
//! Where a variable ends, what is emitted may go on: blocks are taken apart, and what nobody asks for is gone. So a type whose
//! `Drop` stands in the file is refused where a function makes a value of it.

use syn::visit::{self, Visit};

use crate::diag::Diag;
use crate::neighbours::Neighbours;

/// Refuses each call and literal that names a type with a `Drop`.
pub(super) fn check(item: &syn::ItemFn, neighbours: &Neighbours, diag: &mut Diag) {
    Makers { neighbours, diag }.visit_item_fn(item);
}

struct Makers<'a> {
    neighbours: &'a Neighbours,
    diag: &'a mut Diag,
}

impl Makers<'_> {
    fn path(&mut self, path: &syn::Path) {
        let types = path.segments.iter().filter(|segment| self.neighbours.drops(&segment.ident.to_string()));
        if let Some(ty) = types.last() {
            let message = format!(
                "`{}` does something when it is dropped, which is not understood here; make such values outside of this function",
                ty.ident
            );
            self.diag.error(path, message);
        }
    }
}

impl<'ast> Visit<'ast> for Makers<'_> {
    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        self.path(&path.path);
        visit::visit_expr_path(self, path);
    }

    fn visit_expr_struct(&mut self, node: &'ast syn::ExprStruct) {
        self.path(&node.path);
        visit::visit_expr_struct(self, node);
    }
}
