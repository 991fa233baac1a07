//! Values that do something when they are dropped.
//!
//! Where a variable ends, what is emitted may go on: blocks are taken apart, and what nobody asks for is gone. So a type whose
//! `Drop` stands in the file is refused where a function makes a value of it.

use syn::visit::{self, Visit};

use crate::diag::Diag;
use crate::neighbours::Neighbours;

/// Refuses each path in a body that names a type with a `Drop`.
pub(super) fn check(body: &syn::Block, neighbours: &Neighbours, diag: &mut Diag) {
    let mut made = Made { neighbours, paths: Vec::new() };
    made.visit_block(body);
    for path in made.paths {
        diag.error(path, message(path));
    }
}

/// What is said of a function that is inlined, if it makes such a value.
pub(super) fn of_inlined(body: &syn::Expr, neighbours: &Neighbours) -> Option<String> {
    let mut made = Made { neighbours, paths: Vec::new() };
    made.visit_expr(body);
    made.paths.first().map(|path| message(path))
}

fn message(path: &syn::Path) -> String {
    let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    format!(
        "`{}` does something when it is dropped, which is not understood here; make such values outside of this function",
        names.join("::")
    )
}

struct Made<'a> {
    neighbours: &'a Neighbours,
    paths: Vec<&'a syn::Path>,
}

impl<'a> Made<'a> {
    fn path(&mut self, path: &'a syn::Path) {
        let drops = |segment: &syn::PathSegment| self.neighbours.drops(&segment.ident.to_string());
        if path.segments.iter().any(drops) {
            self.paths.push(path);
        }
    }
}

impl<'a> Visit<'a> for Made<'a> {
    fn visit_expr_path(&mut self, path: &'a syn::ExprPath) {
        self.path(&path.path);
        visit::visit_expr_path(self, path);
    }

    fn visit_expr_struct(&mut self, node: &'a syn::ExprStruct) {
        self.path(&node.path);
        visit::visit_expr_struct(self, node);
    }
}
