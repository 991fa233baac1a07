//! What an array holds when it is no longer read need not be written.
//!
//! ```text
//! let mut s_bar = vec![0.0; n];
//! …                                  …
//! for i in 0..n {                    for i in 0..n {
//!     let t = s_bar[i];         →        let t = s_bar[i];
//!     s_bar[i] = 0.0;                    x_bar[i] += t * a;
//!     x_bar[i] += t * a;             }
//! }
//! ```
//!
//! A reverse sweep takes an adjoint away where it hands it on. Where the array ends with the block that made it, the last statement
//! that touches it may leave this out, if no iteration touches the element of another. What is written is read at the same place
//! before, so no panic leaves with it.

use super::facts::Facts;
use crate::ir::{
    Atom, Block, Func, Head, Loop, Name, Op, Stmt, Term, Update, VarId, VarMap, each_name, each_name_in,
    each_name_of_term, takes_each,
};

/// Removes the stores that nobody reads from the last statements that touch local arrays; whether there were any.
pub(super) fn remove(func: &mut Func, _: &mut Facts) -> bool {
    block(&mut func.body)
}

fn block(body: &mut Block) -> bool {
    let mut changed = false;
    for (array, at) in last_touches(body) {
        changed |= without_leftover(&mut body.stmts, at, array, &mut Vec::new());
    }
    for inner in body.stmts.iter_mut().flat_map(Stmt::blocks_mut) {
        changed |= block(inner);
    }
    if let Term::Branch(branch) = &mut body.term {
        for inner in branch.blocks_mut() {
            changed |= block(inner);
        }
    }
    changed
}

/// The arrays that the statements of `body` make and that end with it, and the last statement that touches each.
fn last_touches(body: &Block) -> Vec<(VarId, usize)> {
    let made = body.stmts.iter().filter_map(|stmt| match stmt {
        Stmt::Alloc { var, .. } => Some(*var),
        _ => None,
    });
    let made: Vec<VarId> = made.collect();
    if made.is_empty() {
        return Vec::new();
    }
    let mut last: VarMap<usize> = VarMap::default();
    for (at, stmt) in body.stmts.iter().enumerate() {
        each_array(stmt, |array| last.insert(array, at));
    }
    let mut given = Vec::new();
    each_name_of_term(&body.term, |name| given.extend(array_of(&name)));
    let is_done = |array: &VarId| !given.contains(array);
    let last = |array: VarId| last.get(array).map(|at| (array, *at));
    let mut found: Vec<(VarId, usize)> = made.into_iter().filter(is_done).filter_map(last).collect();
    // What is removed does not move what comes after.
    found.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
    found
}

/// The array that stands behind `name`, be it that the user's own code takes it.
fn array_of(name: &Name<'_>) -> Option<VarId> {
    match name {
        Name::Array(array, _) => Some(*array),
        Name::Use(atom) => atom.var(),
        Name::Def(_) => None,
    }
}

fn each_array(stmt: &Stmt, mut report: impl FnMut(VarId)) {
    each_name(stmt, |name| array_of(&name).into_iter().for_each(&mut report));
}

/// Goes into the statement at `at` to where all that touches `array` stands side by side, and removes a store that is the last of it.
/// `around` are the variables of the loops on the way, whose iterations must differ in the element.
fn without_leftover(stmts: &mut Vec<Stmt>, at: usize, array: VarId, around: &mut Vec<VarId>) -> bool {
    match &mut stmts[at] {
        Stmt::Store { .. } => {
            let removed = is_leftover(stmts, at, array, around);
            if removed {
                stmts.remove(at);
            }
            removed
        }
        Stmt::Loop(Loop { head: Head::Range { var, adaptors, .. }, body, .. }) if takes_each(adaptors) => {
            around.push(*var);
            without_leftover_in(body, array, around)
        }
        Stmt::Branch { branch, .. } => {
            let mut arms: Vec<&mut Block> =
                branch.blocks_mut().into_iter().filter(|arm| names_in(arm, array)).collect();
            match arms.as_mut_slice() {
                [arm] => without_leftover_in(arm, array, around),
                _ => false,
            }
        }
        _ => false,
    }
}

/// The same for the last statement of `body` that touches `array`. In a loop another iteration may come by what stands before.
fn without_leftover_in(body: &mut Block, array: VarId, around: &mut Vec<VarId>) -> bool {
    let touching: Vec<usize> = (0..body.stmts.len()).filter(|at| names(&body.stmts[*at], array)).collect();
    let Some(last) = touching.last().copied() else { return false };
    let mut at_end = false;
    each_name_of_term(&body.term, |name| at_end |= array_of(&name) == Some(array));
    let side_by_side = matches!(body.stmts[last], Stmt::Store { .. });
    let alone = touching.len() == 1 || side_by_side || around.is_empty();
    !at_end && alone && without_leftover(&mut body.stmts, last, array, around)
}

fn names(stmt: &Stmt, array: VarId) -> bool {
    let mut found = false;
    each_array(stmt, |other| found |= other == array);
    found
}

fn names_in(body: &Block, array: VarId) -> bool {
    let mut found = false;
    each_name_in(body, |name| found |= array_of(&name) == Some(array));
    found
}

/// Whether the store at `at` overwrites what was read in the same place before. In loops nothing else may be done with `array`.
fn is_leftover(stmts: &[Stmt], at: usize, array: VarId, around: &[VarId]) -> bool {
    let Stmt::Store { place, update: Update::Set, .. } = &stmts[at] else { return false };
    let own = |var: &VarId| place.path.iter().any(|index| goes_with(index, *var, stmts));
    let is_read = |stmt: &Stmt| matches!(stmt, Stmt::Let { op: Op::Load(other), .. } if other == place);
    let alike = |stmt: &Stmt| match stmt {
        Stmt::Store { place: other, .. } if other.base == array => other == place,
        other => is_read(other) || !names(other, array),
    };
    let before = &stmts[..at];
    place.base == array
        && before.iter().any(is_read)
        && around.iter().all(own)
        && (around.is_empty() || before.iter().all(alike))
}

/// Whether `index` is another one in each iteration of the loop over `var`.
fn goes_with(index: &Atom, var: VarId, stmts: &[Stmt]) -> bool {
    if index.var() == Some(var) {
        return true;
    }
    let op = stmts.iter().find_map(|stmt| match stmt {
        Stmt::Let { var: defined, op } if index.var() == Some(*defined) => Some(op),
        _ => None,
    });
    match op {
        Some(Op::Copy(a)) => goes_with(a, var, stmts),
        Some(Op::Add(a, by) | Op::Sub(a, by)) if by.integer().is_some() => goes_with(a, var, stmts),
        _ => false,
    }
}
