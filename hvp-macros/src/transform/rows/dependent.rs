//! What depends on the weights, and whether it can be written for each of them.

use std::collections::BTreeSet;

use super::weights::{Seed, Weights, literal};
use super::{Gradient, touches};
use crate::ir::{
    Arg, ArgValue, Atom, Block, Call, Func, Name, Op, Operand, Stmt, Term, Touch, Update, VarId, each_name,
};

pub(super) fn returns_early(block: &Block) -> bool {
    let ends = |block: &Block| matches!(block.term, Term::Return(_)) || returns_early(block);
    block.stmts.iter().flat_map(Stmt::blocks).chain(block.term.blocks()).any(ends)
}

/// Weights that meet at most.
const MOST: usize = 8;

/// Which of `stmts` depend on a weight, or change what such a statement changes; none if that reaches out of the region.
pub(super) fn dependent(stmts: &[Stmt], seeds: &[Seed], gradient: Gradient) -> Option<Vec<bool>> {
    let mut own = BTreeSet::new();
    let mut touched: BTreeSet<VarId> = seeds.iter().map(|seed| seed.weight).collect();
    touched.insert(gradient.bar);
    own.extend(&touched);
    let mut dependent = vec![false; stmts.len()];
    let mut changed = true;
    while changed {
        changed = false;
        for (stmt, on) in stmts.iter().zip(&mut dependent) {
            let mut named = false;
            let mut gives = Vec::new();
            each_name(stmt, |name| {
                let var = match name {
                    Name::Use(atom) => atom.var(),
                    Name::Array(array, touch) => {
                        gives.extend((touch != Touch::Read).then_some(array));
                        Some(array)
                    }
                    Name::Def(var) => {
                        own.insert(var);
                        gives.push(var);
                        Some(var)
                    }
                };
                named |= var.is_some_and(|var| touched.contains(&var));
            });
            if named && !*on {
                *on = true;
                changed = true;
                touched.extend(gives);
            }
        }
    }
    touched.is_subset(&own).then_some(dependent)
}

/// Whether the rows are worth while: nothing happens twice that must not, a call is not made for each of several weights, the
/// gradient is added to and nothing else, and there are no more rows than columns.
pub(super) fn pays(
    func: &Func,
    stmts: &[Stmt],
    dependent: &[bool],
    (weights, bar): (&Weights, VarId),
) -> bool {
    let mut uses =
        Uses { bar, columns: BTreeSet::new(), fits: true, tapes: false, alone: weights.seeds.len() == 1 };
    stmts.iter().zip(dependent).filter(|(_, on)| **on).for_each(|(stmt, _)| uses.stmt(stmt));
    let elsewhere = touches(&func.body.stmts, bar);
    let literal = uses.columns.iter().all(|column| literal(column).is_some());
    let few = weights.place.is_some() || !literal || weights.seeds.len() <= uses.columns.len();
    uses.fits && elsewhere == 0 && weights.seeds.len() <= MOST && few && !(uses.tapes && literal)
}

/// What the dependent statements do.
struct Uses {
    bar: VarId,
    /// The indices of the gradient to which is added.
    columns: BTreeSet<Atom>,
    fits: bool,
    tapes: bool,
    /// There is one weight.
    alone: bool,
}

impl Uses {
    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Store { place, update: Update::Add, .. } if place.base == self.bar => {
                self.columns.extend(place.path.first().cloned());
            }
            Stmt::AddSlice { dst, src } if dst.base == self.bar && src.base != self.bar => {
                self.columns.insert(Atom::Undef);
            }
            Stmt::Let { op: Op::Opaque(opaque), .. } => self.fits &= opaque.repeatable,
            Stmt::Call(call) => self.fits &= self.alone && !call.leaves() && self.adds(stmt),
            Stmt::Effect(_) | Stmt::Turn => self.fits = false,
            Stmt::NewTape { .. } | Stmt::Push { .. } | Stmt::Pop { .. } => self.tapes = true,
            Stmt::Branch { .. } | Stmt::Loop(_) => {
                for block in stmt.blocks() {
                    self.fits &= matches!(block.term, Term::Yield(_) | Term::Continue(..) | Term::Break(..));
                    block.stmts.iter().for_each(|stmt| self.stmt(stmt));
                }
            }
            Stmt::Let { .. }
            | Stmt::Assign { .. }
            | Stmt::Alloc { .. }
            | Stmt::Store { .. }
            | Stmt::CopySlice { .. }
            | Stmt::AddSlice { .. }
            | Stmt::Fill { .. }
            | Stmt::Swap { .. }
            | Stmt::VecPush { .. }
            | Stmt::VecPop { .. } => self.fits &= touches(std::slice::from_ref(stmt), self.bar) == 0,
        }
    }

    /// Whether a call only adds to the gradient.
    fn adds(&mut self, call: &Stmt) -> bool {
        let Stmt::Call(Call { args, .. }) = call else { return false };
        let to_bar = |arg: &&Arg| matches!(&arg.bar, Some(Operand::Array(bar)) if bar.base == self.bar);
        let read_only = |arg: &&Arg| matches!(arg.value, ArgValue::Array(_));
        let added = args.iter().filter(to_bar).filter(read_only).count();
        if added > 0 {
            self.columns.insert(Atom::Undef);
        }
        touches(std::slice::from_ref(call), self.bar) == added
    }
}
