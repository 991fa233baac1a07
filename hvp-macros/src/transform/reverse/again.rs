//! The second run of an iteration, just before its reverse.

use std::collections::BTreeSet;

use crate::ir::{Arm, Atom, Block, Branch, Loop, Op, Stmt, Term, VarId};

/// Makes of a loop's body what the second run has: nothing is printed or asserted again, what cannot be asked again is left open,
/// and of the user's memory only `arrays` change.
pub(super) struct Again<'a> {
    arrays: &'a BTreeSet<VarId>,
    /// How many variables the user's function has.
    originals: usize,
    /// Values of unknown kind that are left open.
    open: BTreeSet<VarId>,
}

impl<'a> Again<'a> {
    pub(super) fn new(arrays: &'a BTreeSet<VarId>, originals: usize) -> Again<'a> {
        Again { arrays, originals, open: BTreeSet::new() }
    }

    fn keeps(&self, array: VarId) -> bool {
        array.0 as usize >= self.originals || self.arrays.contains(&array)
    }

    pub(super) fn stmts(&mut self, stmts: Vec<Stmt>) -> Vec<Stmt> {
        stmts.into_iter().filter_map(|stmt| self.stmt(stmt)).collect()
    }

    fn block(&mut self, block: Block) -> Block {
        let stmts = self.stmts(block.stmts);
        let term = match block.term {
            Term::Branch(branch) => Term::Branch(self.branch(branch)),
            other => other,
        };
        Block { stmts, term }
    }

    fn branch(&mut self, branch: Branch) -> Branch {
        let arms =
            branch.arms.into_iter().map(|arm| Arm { pattern: arm.pattern, body: self.block(arm.body) });
        Branch { on: branch.on, arms: arms.collect() }
    }

    fn stmt(&mut self, stmt: Stmt) -> Option<Stmt> {
        match stmt {
            Stmt::Let { var, op: Op::Opaque(opaque) } if !opaque.repeatable => {
                self.open.insert(var);
                Some(Stmt::Let { var, op: Op::Copy(Atom::Undef) })
            }
            Stmt::Let { var, op: Op::ToReal(Atom::Var(of)) } if self.open.contains(&of) => {
                Some(Stmt::Let { var, op: Op::Copy(Atom::Undef) })
            }
            Stmt::Effect(_) => None,
            Stmt::Store { ref place, .. } => self.keeps(place.base).then_some(stmt),
            Stmt::CopySlice { ref dst, .. } | Stmt::AddSlice { ref dst, .. } | Stmt::Fill { ref dst, .. } => {
                self.keeps(dst.base).then_some(stmt)
            }
            Stmt::Swap { a, b } => (self.keeps(a) && self.keeps(b)).then_some(stmt),
            Stmt::VecPush { array, .. } => self.keeps(array).then_some(stmt),
            Stmt::Branch { branch, results } => Some(Stmt::Branch { branch: self.branch(branch), results }),
            Stmt::Loop(l) => Some(Stmt::Loop(Loop { body: self.block(l.body.clone()), ..l })),
            Stmt::Let { .. }
            | Stmt::Assign { .. }
            | Stmt::Alloc { .. }
            | Stmt::VecPop { .. }
            | Stmt::Call(_)
            | Stmt::NewTape { .. }
            | Stmt::Turn
            | Stmt::Push { .. }
            | Stmt::Pop { .. } => Some(stmt),
        }
    }
}
