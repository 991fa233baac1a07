//! Whether a pullback would have to keep what the function makes together with references into it, which no Rust value can.
//!
//! ```text
//! let ids = ids_of(n);                       // made by the primal sweep
//! let items = ids.iter().collect();          // refers to it
//! let pullback = move |…| { … items[i] … };  // would outlive `ids`
//! ```

use super::item::Item;
use super::lifetimes::is_data;
use crate::front::{Passing, is_own, lends};
use crate::ir::{
    Block, Branch, Func, Kind, Name, Op, Opaque, Operand, Param, Selector, Stmt, Term, VarId, VarSet, What,
    any_stmt, each_name,
};

impl Item<'_> {
    /// The same of `func`, the split reverse. What makes a value is told from the user's text.
    pub(super) fn keeps_parts_of_its_own(&self, func: &Func) -> bool {
        let turn = func.body.stmts.iter().position(|stmt| matches!(stmt, Stmt::Turn)).unwrap_or(0);
        let (primal, reverse) = func.body.stmts.split_at(turn);
        let is_moved = |param: &&Param| match param.role.what {
            What::Param(index) => {
                let user = &self.signature.params[index];
                user.passing == Passing::Value && is_data(user)
            }
            What::Result(_) | What::Record(_) => false,
        };
        let own = func.params.iter().filter(is_moved).map(|param| param.var).collect();
        let mut parts = Parts { item: self, func, own, lent: VarSet::default() };
        primal.iter().for_each(|stmt| parts.stmt(stmt));
        let mut keeps = false;
        let mut look = |name: Name<'_>| {
            keeps |=
                matches!(name, Name::Use(atom) if atom.var().is_some_and(|var| parts.lent.contains(var)));
        };
        reverse.iter().for_each(|stmt| each_name(stmt, &mut look));
        keeps || reverse.iter().any(|stmt| parts.takes_lent(stmt))
    }
}

/// The data that the primal sweep makes, and what refers to it.
struct Parts<'i> {
    item: &'i Item<'i>,
    func: &'i Func,
    own: VarSet,
    lent: VarSet,
}

impl Parts<'_> {
    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Let { var, op: Op::Opaque(opaque) } if self.is_data(*var) => match self.makes(opaque) {
                Some(Makes::Own) => drop(self.own.insert(*var)),
                Some(Makes::Lent) => drop(self.lent.insert(*var)),
                None => {}
            },
            Stmt::Let { var, op: Op::Copy(from) } => {
                let from = from.var();
                self.own.extend(from.filter(|from| self.own.contains(*from)).map(|_| *var));
                self.lent.extend(from.filter(|from| self.lent.contains(*from)).map(|_| *var));
            }
            Stmt::Branch { branch, results } => self.branch(branch, results),
            Stmt::Loop(inner) => self.block(&inner.body),
            // A record with a reference in it.
            Stmt::Push { tape, values } if values.iter().any(|value| self.is_lent(value)) => {
                self.lent.insert(*tape);
            }
            _ => {}
        }
    }

    fn is_data(&self, var: VarId) -> bool {
        *self.func.kind(var) == Kind::Opaque
    }

    fn is_lent(&self, value: &Operand) -> bool {
        matches!(value, Operand::Atom(atom) if atom.var().is_some_and(|var| self.lent.contains(var)))
    }

    fn block(&mut self, block: &Block) {
        block.stmts.iter().for_each(|stmt| self.stmt(stmt));
        if let Term::Branch(branch) = &block.term {
            self.branch(branch, &[]);
        }
    }

    fn branch(&mut self, branch: &Branch, results: &[VarId]) {
        let bound = branch.arms.iter().filter_map(|arm| arm.pattern.as_ref()).flat_map(|pat| &pat.binds);
        let parts: Vec<VarId> = bound.chain(results).copied().filter(|var| self.is_data(*var)).collect();
        match &branch.on {
            Selector::Match(scrutinee) => match self.makes(scrutinee) {
                Some(Makes::Own) => self.own.extend(parts),
                Some(Makes::Lent) => self.lent.extend(parts),
                None => {}
            },
            Selector::Bool(_) => {}
        }
        branch.arms.iter().for_each(|arm| self.block(&arm.body));
    }

    /// Whether `stmt` takes a record with references in it, or a statement in it does.
    fn takes_lent(&self, stmt: &Stmt) -> bool {
        let within = |block: &Block| any_stmt(block, &mut |stmt| self.takes_lent(stmt));
        match stmt {
            Stmt::Pop { tape, .. } => self.lent.contains(*tape),
            Stmt::Loop(inner) => within(&inner.body),
            Stmt::Branch { branch, .. } => branch.arms.iter().any(|arm| within(&arm.body)),
            _ => false,
        }
    }

    fn makes(&self, opaque: &Opaque) -> Option<Makes> {
        if opaque.vars().any(|arg| self.lent.contains(arg)) {
            return Some(Makes::Lent);
        }
        let text = syn::parse2(self.item.source.fragment(opaque.code)).ok()?;
        match opaque.vars().any(|arg| self.own.contains(arg)) {
            true if lends(&text) && !calls(&text, "clone") => Some(Makes::Lent),
            true => Some(Makes::Own),
            // What is collected, or copied out of that, may be references to what others own.
            false if (calls(&text, "collect") || calls(&text, "clone")) && lends(&text) => None,
            false => is_own(&text).then_some(Makes::Own),
        }
    }
}

/// Whether an expression is a call of the function `name` of a trait: `Clone::clone(&items[i])`.
fn calls(expr: &syn::Expr, name: &str) -> bool {
    let syn::Expr::Call(call) = expr else { return false };
    matches!(&*call.func, syn::Expr::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == name))
}

/// What an expression of the user's gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Makes {
    /// A value that the function owns, or a part of one.
    Own,
    /// A reference into such.
    Lent,
}
