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
use crate::ir::{Branch, Func, Name, Op, Opaque, Param, Selector, Stmt, VarSet, What, each_name};

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
        let mut own: VarSet = func.params.iter().filter(is_moved).map(|param| param.var).collect();
        let mut lent = VarSet::default();
        for stmt in primal {
            match stmt {
                Stmt::Let { var, op: Op::Opaque(opaque) } => match self.makes(opaque, &own, &lent) {
                    Some(Makes::Own) => drop(own.insert(*var)),
                    Some(Makes::Lent) => drop(lent.insert(*var)),
                    None => {}
                },
                Stmt::Branch { branch: Branch { on: Selector::Match(scrutinee), .. }, results }
                    if self.makes(scrutinee, &own, &lent) == Some(Makes::Own) =>
                {
                    own.extend(results.iter().copied());
                }
                _ => {}
            }
        }
        let mut keeps = false;
        let mut look = |name: Name<'_>| {
            keeps |= matches!(name, Name::Use(atom) if atom.var().is_some_and(|var| lent.contains(var)));
        };
        reverse.iter().for_each(|stmt| each_name(stmt, &mut look));
        keeps
    }

    fn makes(&self, opaque: &Opaque, own: &VarSet, lent: &VarSet) -> Option<Makes> {
        if opaque.vars().any(|arg| lent.contains(arg)) {
            return Some(Makes::Lent);
        }
        let text = syn::parse2(self.source.fragment(opaque.code)).ok()?;
        match opaque.vars().any(|arg| own.contains(arg)) {
            true if lends(&text) => Some(Makes::Lent),
            true => Some(Makes::Own),
            false => is_own(&text).then_some(Makes::Own),
        }
    }
}

/// What an expression of the user's gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Makes {
    /// A value that the function owns, or a part of one.
    Own,
    /// A reference into such.
    Lent,
}
