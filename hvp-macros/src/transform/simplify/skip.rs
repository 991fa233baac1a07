//! A loop that only passes on an adjoint that another choice left zero does not run.
//!
//! ```text
//! let (a_bar, b_bar) = if c { (y_bar, 0.0) } else { (0.0, y_bar) };
//! for j in 0..n { g[j] += a_bar * x[j]; }                              →    if c { for j in 0..n { g[j] += a_bar * x[j]; } }
//! ```
//!
//! What the loop adds are products with an adjoint that is zero where the choice was another: so a minimum over many candidates has an
//! adjoint for the one that was chosen, and the others cost nothing.

use std::collections::BTreeMap;

use super::facts::Facts;
use super::walk::each_block_mut;
use crate::ir::{
    Arm, Atom, Block, Branch, Func, Loop, Op, Selector, Stmt, Term, Update, VarId, VarSet, each_name_of,
};

pub(super) fn skip(func: &mut Func, facts: &mut Facts) -> bool {
    let exact = facts.exact(func);
    let mut changed = false;
    each_block_mut(&mut func.body, &mut |block| changed |= in_block(block, &exact));
    changed
}

fn in_block(block: &mut Block, exact: &VarSet) -> bool {
    // The variables that are zero in one arm: the condition, and whether the arm is the second.
    let mut zeros: BTreeMap<VarId, (Atom, usize)> = BTreeMap::new();
    let mut changed = false;
    for stmt in &mut block.stmts {
        if let Stmt::Branch { branch, results } = stmt {
            note_zeros(branch, results, &mut zeros);
        } else if let Stmt::Loop(l) = stmt
            && l.carried.is_empty()
            && let Some((condition, zero_arm)) = idle(l, &zeros, exact)
        {
            skip_if(stmt, condition, zero_arm);
            changed = true;
        }
    }
    changed
}

/// `stmt` in the other arm than `empty_arm`.
fn skip_if(stmt: &mut Stmt, condition: Atom, empty_arm: usize) {
    let runs = Block::yielding(vec![std::mem::replace(stmt, Stmt::Turn)], Vec::new());
    let arms = if empty_arm == 1 { [runs, Block::default()] } else { [Block::default(), runs] };
    *stmt = Stmt::choice(condition, arms, Vec::new());
}

fn note_zeros(branch: &Branch, results: &[VarId], zeros: &mut BTreeMap<VarId, (Atom, usize)>) {
    let (Selector::Bool(condition), [then, otherwise]) = (&branch.on, branch.arms.as_slice()) else {
        return;
    };
    for (at, result) in results.iter().enumerate() {
        let is_zero = |arm: &Arm| matches!(&arm.body.term, Term::Yield(values) if values[at].is_zero());
        match (is_zero(then), is_zero(otherwise)) {
            (true, false) => zeros.insert(*result, (condition.clone(), 0)),
            (false, true) => zeros.insert(*result, (condition.clone(), 1)),
            (true, true) | (false, false) => None,
        };
    }
}

/// The choice under which `l` adds nothing but zeros.
fn idle(l: &Loop, zeros: &BTreeMap<VarId, (Atom, usize)>, exact: &VarSet) -> Option<(Atom, usize)> {
    let choices = zeros.values();
    choices.into_iter().find(|choice| adds_zeros(&l.body, choice, zeros, exact)).cloned()
}

/// Whether all that `block` does is to add to derivatives what is zero under the choice.
fn adds_zeros(
    block: &Block,
    choice: &(Atom, usize),
    zeros: &BTreeMap<VarId, (Atom, usize)>,
    exact: &VarSet,
) -> bool {
    let zero = zeros.iter().filter(|(_, other)| *other == choice).map(|(var, _)| *var);
    only_adds(block, zero.collect(), exact)
}

/// Whether all that the iteration `block` does is to add to derivatives what is zero where the variables in `zero` are.
pub(super) fn only_adds(block: &Block, mut zero: VarSet, exact: &VarSet) -> bool {
    let mut adds = 0;
    let plain = block.stmts.iter().all(|stmt| match stmt {
        Stmt::Let { var, op } => {
            if vanishes(op, &zero) {
                zero.insert(*var);
            }
            !matches!(op, Op::Opaque(opaque) if !opaque.repeatable)
        }
        Stmt::Store { place, value, update: Update::Add } => {
            adds += 1;
            is_in(value, &zero) && !exact.contains(place.base)
        }
        _ => false,
    });
    plain && adds > 0 && matches!(&block.term, Term::Continue(..))
}

fn is_in(atom: &Atom, zero: &VarSet) -> bool {
    atom.is_zero() || atom.var().is_some_and(|var| zero.contains(var))
}

/// Whether `op` gives zero where the variables in `zero` are zero.
fn vanishes(op: &Op, zero: &VarSet) -> bool {
    match op {
        Op::Copy(a) | Op::Neg(a) | Op::Div(a, _) | Op::ScaleOrZero(a, _) | Op::ScaleUnlessZero(a, _) => {
            is_in(a, zero)
        }
        Op::Mul(a, b) => is_in(a, zero) || is_in(b, zero),
        Op::Add(..) | Op::Sub(..) | Op::Select(..) => {
            let mut all = true;
            let mut first = matches!(op, Op::Select(..));
            each_name_of(op, |name| {
                if let crate::ir::Name::Use(atom) = name {
                    all &= first || is_in(atom, zero);
                    first = false;
                }
            });
            all
        }
        _ => false,
    }
}
