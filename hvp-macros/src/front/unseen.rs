//! Which variables nothing sees but one closure: `let mut level = 0.0; xs.iter().map(|x| { level += x; level })…`.
//!
//! How often an iterator calls such a closure at its end does not matter.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};
use syn::{Expr, Ident, Pat, Stmt};

use super::names;

/// The names of such variables, each of which stands for one `mut` variable alone in all that is inlined.
#[derive(Default)]
pub(super) struct Unseen {
    names: BTreeSet<String>,
    mutable: BTreeSet<String>,
    mutable_again: BTreeSet<String>,
}

impl Unseen {
    pub(super) fn contains(&self, name: &Ident) -> bool {
        let name = name.to_string();
        self.names.contains(&name) && !self.mutable_again.contains(&name)
    }
}

impl<'ast> Visit<'ast> for Unseen {
    fn visit_block(&mut self, block: &'ast syn::Block) {
        for (at, stmt) in block.stmts.iter().enumerate() {
            if let Stmt::Local(local) = stmt
                && let Some(name) = name_of(&local.pat)
                && sees_once(name, &block.stmts[at + 1..])
            {
                self.names.insert(name.to_string());
            }
        }
        visit::visit_block(self, block);
    }

    fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
        let name = pat.ident.to_string();
        if pat.mutability.is_some() && !self.mutable.insert(name.clone()) {
            self.mutable_again.insert(name);
        }
        visit::visit_pat_ident(self, pat);
    }
}

fn name_of(pat: &Pat) -> Option<&Ident> {
    match pat {
        Pat::Ident(pat) => pat.mutability.and(Some(&pat.ident)),
        Pat::Type(typed) => name_of(&typed.pat),
        _ => None,
    }
}

/// Whether one closure alone mentions `name`, which is an argument of a method that is called once.
fn sees_once(name: &Ident, stmts: &[Stmt]) -> bool {
    let mut finder = Finder { name, place: Place::Outside, looped: false, closures: 0, elsewhere: false };
    stmts.iter().for_each(|stmt| finder.visit_stmt(stmt));
    finder.closures == 1 && !finder.elsewhere
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Outside,
    /// In a closure that is an argument.
    Argument,
    /// In a closure that may be called by others, or often.
    Other,
}

struct Finder<'n> {
    name: &'n Ident,
    place: Place,
    looped: bool,
    closures: usize,
    elsewhere: bool,
}

impl<'ast> Finder<'_> {
    /// A closure has nothing to do with the variable where it binds the name itself.
    fn closure(&mut self, closure: &'ast Expr, place: Place) {
        if !names::free(closure).contains(self.name) {
            return;
        }
        self.closures += usize::from(place == Place::Argument);
        let outer = std::mem::replace(&mut self.place, place);
        visit::visit_expr(self, names::bare(closure));
        self.place = outer;
    }

    fn looped(&mut self, visit: impl FnOnce(&mut Self)) {
        let outer = self.looped;
        self.looped |= self.place == Place::Outside;
        visit(self);
        self.looped = outer;
    }

    fn found(&mut self) {
        self.elsewhere |= self.looped || self.place != Place::Argument;
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.visit_expr(&call.receiver);
        for arg in &call.args {
            match names::bare(arg) {
                Expr::Closure(_) if self.place == Place::Outside => self.closure(arg, Place::Argument),
                other => self.visit_expr(other),
            }
        }
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Closure(_) => self.closure(expr, Place::Other),
            other => visit::visit_expr(self, other),
        }
    }

    fn visit_expr_for_loop(&mut self, node: &'ast syn::ExprForLoop) {
        self.looped(|this| visit::visit_expr_for_loop(this, node));
    }

    fn visit_expr_while(&mut self, node: &'ast syn::ExprWhile) {
        self.looped(|this| visit::visit_expr_while(this, node));
    }

    fn visit_expr_loop(&mut self, node: &'ast syn::ExprLoop) {
        self.looped(|this| visit::visit_expr_loop(this, node));
    }

    fn visit_ident(&mut self, ident: &'ast Ident) {
        if ident == self.name {
            self.found();
        }
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        if names::plain_words(&mac.tokens).contains(self.name) {
            self.found();
        }
    }
}
