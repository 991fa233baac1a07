//! A loop that hands on what it was given, and a branch whose arms all give the same.

use std::collections::{BTreeMap, BTreeSet};

use super::walk::{Substitution, each_block_mut, leaves, leaves_mut, pinned, retain_at};
use crate::ir::{Atom, Block, Branch, Func, Loop, Name, Stmt, VarId, each_name_in};

/// Replaces each carried value that no iteration changes by the value from before the loop, and each result of a branch that is
/// the same in all arms by that value.
pub(super) fn remove_invariant(func: &mut Func) {
    let pinned = pinned(func);
    let mut same = BTreeMap::new();
    each_block_mut(&mut func.body, &mut |block| {
        for stmt in &mut block.stmts {
            match stmt {
                Stmt::Loop(l) => in_loop(l, &pinned, &mut same),
                Stmt::Branch { branch, results } => in_branch(branch, results, &pinned, &mut same),
                Stmt::Let { .. }
                | Stmt::Assign { .. }
                | Stmt::Effect(_)
                | Stmt::Alloc { .. }
                | Stmt::Store { .. }
                | Stmt::CopySlice { .. }
                | Stmt::AddSlice { .. }
                | Stmt::Fill { .. }
                | Stmt::Swap { .. }
                | Stmt::VecPush { .. }
                | Stmt::VecPop { .. }
                | Stmt::Call(_)
                | Stmt::NewTape { .. }
                | Stmt::Turn
                | Stmt::Push { .. }
                | Stmt::Pop { .. } => {}
            }
        }
    });
    Substitution(same).apply(func);
}

fn in_loop(l: &mut Loop, pinned: &BTreeSet<VarId>, same: &mut BTreeMap<VarId, Atom>) {
    let mut keep = vec![true; l.carried.len()];
    for (index, item) in l.carried.iter().enumerate() {
        let unchanged = |atom: &Atom| *atom == Atom::Var(item.param) || *atom == item.init;
        let loose = !pinned.contains(&item.param) && !pinned.contains(&item.result);
        let allowed = match item.init {
            Atom::Var(_) => true,
            Atom::Real(_) | Atom::ZeroTangent | Atom::Bool(_) => loose,
            Atom::Int(_) | Atom::Undef => false,
        };
        if allowed && leaves(&l.body, Some(l.id)).iter().all(|values| unchanged(&values[index])) {
            keep[index] = false;
            same.insert(item.param, item.init.clone());
            same.insert(item.result, item.init.clone());
        }
    }
    retain_at(&mut l.carried, &keep);
    for values in leaves_mut(&mut l.body, Some(l.id)) {
        retain_at(values, &keep);
    }
}

fn in_branch(branch: &mut Branch, results: &mut Vec<VarId>, pinned: &BTreeSet<VarId>, same: &mut BTreeMap<VarId, Atom>) {
    let inside = defined_in(branch);
    let mut keep = vec![true; results.len()];
    for (index, result) in results.iter().enumerate() {
        // An inner branch may just have lost the result that stands here.
        let values: BTreeSet<Atom> = branch
            .arms
            .iter()
            .flat_map(|arm| leaves(&arm.body, None))
            .map(|values| resolved(&values[index], same))
            .filter(|value| *value != Atom::Undef)
            .collect();
        let [value] = &values.into_iter().collect::<Vec<_>>()[..] else { continue };
        let allowed = match value {
            Atom::Var(var) => !inside.contains(var),
            Atom::Real(_) | Atom::ZeroTangent | Atom::Bool(_) => !pinned.contains(result),
            Atom::Int(_) | Atom::Undef => false,
        };
        if allowed {
            keep[index] = false;
            same.insert(*result, value.clone());
        }
    }
    retain_at(results, &keep);
    for arm in &mut branch.arms {
        for values in leaves_mut(&mut arm.body, None) {
            retain_at(values, &keep);
        }
    }
}

fn resolved(atom: &Atom, same: &BTreeMap<VarId, Atom>) -> Atom {
    match atom.var().and_then(|var| same.get(&var)) {
        Some(other) => resolved(other, same),
        None => atom.clone(),
    }
}

fn defined_in(branch: &Branch) -> BTreeSet<VarId> {
    let mut defined = BTreeSet::new();
    let mut collect = |block: &Block| {
        each_name_in(block, |name| {
            if let Name::Def(var) = name {
                defined.insert(var);
            }
        });
    };
    for arm in &branch.arms {
        collect(&arm.body);
    }
    for bind in branch.arms.iter().filter_map(|arm| arm.pattern.as_ref()).flat_map(|pattern| &pattern.binds) {
        defined.insert(*bind);
    }
    defined
}
