//! The second run of an iteration, just before its reverse.

use std::collections::BTreeSet;

use crate::ir::{Arm, Atom, Block, Branch, Loop, Op, Selector, Stmt, Term, VarId};

/// Makes of a loop's body what the second run has: nothing is printed or asserted again, what cannot be asked again is left open,
/// nothing leaves the function where it did not leave in the first run, and of the user's memory only `arrays` change.
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
        stmts.into_iter().flat_map(|stmt| self.stmt(stmt)).collect()
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

    fn stmt(&mut self, stmt: Stmt) -> Vec<Stmt> {
        let keeps = match stmt {
            Stmt::Let { var, op: Op::Opaque(opaque) } if !opaque.repeatable => {
                self.open.insert(var);
                return vec![Stmt::Let { var, op: Op::Copy(Atom::Undef) }];
            }
            Stmt::Let { var, op: Op::ToReal(Atom::Var(of)) } if self.open.contains(&of) => {
                return vec![Stmt::Let { var, op: Op::Copy(Atom::Undef) }];
            }
            Stmt::Branch { branch, results } => return self.branch_stmt(branch, results),
            Stmt::Loop(l) => return vec![Stmt::Loop(Loop { body: self.block(l.body.clone()), ..l })],
            Stmt::Effect(_) => false,
            Stmt::Store { ref place, .. } => self.keeps(place.base),
            Stmt::CopySlice { ref dst, .. } | Stmt::AddSlice { ref dst, .. } | Stmt::Fill { ref dst, .. } => {
                self.keeps(dst.base)
            }
            Stmt::Swap { a, b } => self.keeps(a) && self.keeps(b),
            Stmt::VecPush { array, .. } => self.keeps(array),
            Stmt::Let { .. }
            | Stmt::Assign { .. }
            | Stmt::Alloc { .. }
            | Stmt::VecPop { .. }
            | Stmt::Call(_)
            | Stmt::NewTape { .. }
            | Stmt::Turn
            | Stmt::Push { .. }
            | Stmt::Pop { .. } => true,
        };
        if keeps { vec![stmt] } else { Vec::new() }
    }

    fn branch_stmt(&mut self, branch: Branch, results: Vec<VarId>) -> Vec<Stmt> {
        let Some((arm, values)) = staying(&branch) else {
            return vec![Stmt::Branch { branch: self.branch(branch), results }];
        };
        let mut stmts = self.stmts(arm.body.stmts.clone());
        let copies = results.into_iter().zip(values);
        stmts.extend(copies.map(|(var, value)| Stmt::Let { var, op: Op::Copy(value.clone()) }));
        stmts
    }
}

/// The only arm of an `if` that does not leave the function, and what it yields.
fn staying(branch: &Branch) -> Option<(&Arm, &[Atom])> {
    let leaves = |arm: &&Arm| matches!(arm.body.term, Term::Escape(_) | Term::Panic(_));
    let mut staying = branch.arms.iter().filter(|arm| !leaves(arm));
    let (arm, None) = (staying.next()?, staying.next()) else { return None };
    match (&branch.on, &arm.body.term) {
        (Selector::Bool(_), Term::Yield(values)) => Some((arm, values)),
        _ => None,
    }
}
