//! Sums of derivatives leave loops whose other sums must keep their order.
//!
//! ```text
//! for j in 0..d {                     for j in 0..d { z += w[j] * x[j]; }
//!     z += w[j] * x[j];          →    for each (w_dot_j, x_j) in strips { z_dot += w_dot_j * x_j; }
//!     z_dot += w_dot[j] * x[j];
//! }
//! ```
//!
//! A value's sum has one order, so several of them run side by side (`jam`), each in its order. What is added to a tangent may be added
//! in another: in a loop of its own it runs in strips, with several elements of a row in one vector.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::copying::copy_of_loop;
use super::simplify::{exact, is_sum};
use crate::ir::{Atom, Block, Func, Head, Loop, Op, Stmt, Term, VarId, VarSet, uses};

/// Takes the sums of derivatives out of loops with exact sums; whether there were any.
pub(crate) fn apart(func: &mut Func) -> bool {
    let n_loops = func.n_loops;
    let exact = exact(func);
    let mut body = std::mem::take(&mut func.body);
    block(func, &mut body, &exact);
    func.body = body;
    func.n_loops > n_loops
}

fn block(func: &mut Func, body: &mut Block, exact: &VarSet) {
    for mut stmt in std::mem::take(&mut body.stmts) {
        stmt.blocks_mut().into_iter().for_each(|inner| block(func, inner, exact));
        let own = match &mut stmt {
            Stmt::Loop(l) => leaving(func, l, exact),
            _ => Vec::new(),
        };
        body.stmts.push(stmt);
        body.stmts.extend(own);
    }
    if let Term::Branch(branch) = &mut body.term {
        branch.blocks_mut().into_iter().for_each(|inner| block(func, inner, exact));
    }
}

/// The loops of the sums that leave `l`.
fn leaving(func: &mut Func, l: &mut Loop, exact: &VarSet) -> Vec<Stmt> {
    let Head::Range { adaptors, .. } = &l.head else { return Vec::new() };
    let lets = l.body.stmts.iter().filter_map(|stmt| match stmt {
        Stmt::Let { op: Op::Opaque(opaque), .. } if !opaque.repeatable => None,
        Stmt::Let { var, op } => Some((*var, op.clone())),
        _ => None,
    });
    let lets: BTreeMap<VarId, Op> = lets.collect();
    if !adaptors.is_empty() || lets.len() < l.body.stmts.len() || !matches!(l.body.term, Term::Continue(..)) {
        return Vec::new();
    }
    let others = |at: usize| (0..l.carried.len()).filter(move |other| *other != at);
    let needs: Vec<BTreeSet<VarId>> = (0..l.carried.len()).map(|at| needs(l, at, &lets)).collect();
    let is_apart = |at: usize| {
        others(at).all(|other| {
            !needs[at].contains(&l.carried[other].param) && !needs[other].contains(&l.carried[at].param)
        })
    };
    let leaves: Vec<bool> = (0..l.carried.len()).map(|at| is_sum(l, at, exact) && is_apart(at)).collect();
    if leaves.iter().all(|leaves| *leaves) {
        return Vec::new();
    }
    let mut own = Vec::new();
    for at in (0..leaves.len()).filter(|at| leaves[*at]) {
        let mut copy = copy_of_loop(func, l);
        copy.id = func.fresh_loop();
        let Term::Continue(id, values) = &mut copy.body.term else { unreachable!("it was looked at") };
        *id = copy.id;
        *values = vec![values[at].clone()];
        copy.carried = vec![copy.carried[at].clone()];
        without_unused(&mut copy.body);
        own.push(Stmt::Loop(copy));
    }
    stay(&mut l.carried, &leaves);
    if let Term::Continue(_, values) = &mut l.body.term {
        stay(values, &leaves);
    }
    without_unused(&mut l.body);
    own
}

fn stay<T>(items: &mut Vec<T>, leaves: &[bool]) {
    let mut leaves = leaves.iter();
    items.retain(|_| leaves.next() == Some(&false));
}

/// Removes what served sums that are gone.
fn without_unused(body: &mut Block) {
    loop {
        let (used, before) = (uses(body), body.stmts.len());
        body.stmts.retain(|stmt| !matches!(stmt, Stmt::Let { var, .. } if !used.contains(*var)));
        if body.stmts.len() == before {
            return;
        }
    }
}

/// All that what the loop hands on at `at` is computed from in an iteration.
fn needs(l: &Loop, at: usize, lets: &BTreeMap<VarId, Op>) -> BTreeSet<VarId> {
    let Term::Continue(_, values) = &l.body.term else { return BTreeSet::new() };
    let mut open: Vec<Atom> = vec![values[at].clone()];
    let mut seen = BTreeSet::new();
    while let Some(atom) = open.pop() {
        if let Some(var) = atom.var().filter(|var| seen.insert(*var)) {
            open.extend(lets.get(&var).into_iter().flat_map(Op::operands));
        }
    }
    seen
}
