//! A loop that hands on what it was given, and a branch whose arms all give the same.

use std::collections::BTreeSet;

use super::facts::Facts;
use super::walk::{Substitution, each_block_mut, leaves_mut, retain_at};
use crate::ir::{
    Atom, Block, Branch, Func, Loop, Name, Op, Stmt, Var, VarId, VarMap, VarSet, declare, each_name_in,
    leaves,
};

/// Replaces each carried value that no iteration changes by the value from before the loop, and each result of a branch that is
/// the same in all arms by that value.
pub(super) fn remove_invariant(func: &mut Func, facts: &mut Facts) -> bool {
    let pinned = facts.pinned(func);
    let mut same = VarMap::default();
    let mut vars = std::mem::take(&mut func.vars);
    each_block_mut(&mut func.body, &mut |block| {
        let mut out = Vec::new();
        for mut stmt in std::mem::take(&mut block.stmts) {
            match &mut stmt {
                Stmt::Loop(l) => in_loop(l, &pinned, &mut same, (&mut vars, &mut out)),
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
            out.push(stmt);
        }
        block.stmts = out;
    });
    func.vars = vars;
    let changed = !same.is_empty();
    Substitution::of(same).apply(func);
    changed
}

/// A literal that stands in the user's text gets a variable before the loop.
fn in_loop(
    l: &mut Loop,
    pinned: &VarSet,
    same: &mut VarMap<Atom>,
    (vars, before): (&mut Vec<Var>, &mut Vec<Stmt>),
) {
    let mut keep = vec![true; l.carried.len()];
    for (index, item) in l.carried.iter().enumerate() {
        let unchanged = |atom: &Atom| *atom == Atom::Var(item.param) || *atom == item.init;
        if !leaves(&l.body, Some(l.id)).iter().all(|values| unchanged(&values[index])) {
            continue;
        }
        let loose = !pinned.contains(item.param) && !pinned.contains(item.result);
        let value = match item.init {
            Atom::Real(_) | Atom::ZeroTangent | Atom::Bool(_) if !loose => {
                let info = vars[item.param.0 as usize].clone();
                let var = declare(vars, info);
                before.push(Stmt::Let { var, op: Op::Copy(item.init.clone()) });
                Atom::Var(var)
            }
            Atom::Var(_) | Atom::Real(_) | Atom::ZeroTangent | Atom::Bool(_) => item.init.clone(),
            Atom::Int(_) | Atom::Undef => continue,
        };
        keep[index] = false;
        same.insert(item.param, value.clone());
        same.insert(item.result, value);
    }
    retain_at(&mut l.carried, &keep);
    for values in leaves_mut(&mut l.body, Some(l.id)) {
        retain_at(values, &keep);
    }
}

fn in_branch(branch: &mut Branch, results: &mut Vec<VarId>, pinned: &VarSet, same: &mut VarMap<Atom>) {
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
        let [value] = &values.into_iter().collect::<Vec<_>>()[..] else {
            continue;
        };
        let allowed = match value {
            Atom::Var(var) => !inside.contains(*var),
            Atom::Real(_) | Atom::ZeroTangent | Atom::Bool(_) => !pinned.contains(*result),
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

fn resolved(atom: &Atom, same: &VarMap<Atom>) -> Atom {
    match atom.var().and_then(|var| same.get(var)) {
        Some(other) => resolved(other, same),
        None => atom.clone(),
    }
}

fn defined_in(branch: &Branch) -> VarSet {
    let mut defined = VarSet::default();
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
