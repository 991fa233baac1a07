//! Overwritten memory that is worth restoring in the reverse sweep.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Facts, Site};
use super::polynomial::Polynomial;
use super::record::{Need, has_effects};
use crate::ir::{
    Atom, Block, Func, Head, Kind, Loop, LoopId, Name, Op, Stmt, Term, Touch, VarId, any_stmt, each_loop,
    each_name, takes_each,
};

/// The local arrays that the reverse sweep restores, so that it can read them where the primal sweep did.
#[derive(Debug, Default)]
pub(crate) struct Saved {
    pub(crate) arrays: BTreeSet<VarId>,
    /// What the reverse sweep reads of such arrays, and where it was read.
    reads: Vec<(VarId, Site)>,
}

/// A computation of more operations is not looked through for the memory that it reads.
const OPERATIONS: usize = 12;

impl Saved {
    /// Those that are read more often, in deeper loops, than they are written. Arrays that change places share their fate.
    pub(crate) fn find(func: &Func, facts: &Facts, needs: &[Need]) -> Saved {
        let mut made = BTreeSet::new();
        made_outside_branches(&func.body, &mut made);
        let is_lost = |array, site: &Site| !facts.is_stable(array, site, None);
        let reads = reads(facts, needs, &made, &is_lost);
        let mut saved = Saved { arrays: BTreeSet::new(), reads };
        let mut loops = BTreeMap::new();
        each_loop(&func.body, &mut |l| {
            loops.insert(l.id, l);
        });
        for group in groups(&made, facts) {
            let possible =
                group.iter().all(|array| made.contains(array) && !facts.growths.contains_key(array));
            let gain: u64 = group.iter().map(|array| saved.gain(*array)).sum();
            let cost: u64 = group.iter().map(|array| saved.cost(func, facts, &loops, *array)).sum();
            if possible && gain > cost {
                saved.arrays.extend(group);
            }
        }
        saved
    }

    /// Where the reverse sweep reads what `array` held.
    fn reads_of(&self, array: VarId) -> impl Iterator<Item = &Site> {
        self.reads.iter().filter(move |(read, _)| *read == array).map(|(_, site)| site)
    }

    /// What would be recorded of `array` otherwise.
    fn gain(&self, array: VarId) -> u64 {
        self.reads_of(array).map(|site| 2 * times(site.loops.len())).sum()
    }

    /// What is recorded to restore `array`. One after another in one step, elements cost half of what they cost one by one.
    fn cost(&self, func: &Func, facts: &Facts, loops: &BTreeMap<LoopId, &Loop>, array: VarId) -> u64 {
        let writes = facts.writes.get(&array).into_iter().flatten();
        let writes = writes.filter(|write| !facts.swaps.iter().any(|(_, _, site)| site.order == write.order));
        let one = |write: &Site| {
            let in_span =
                |id: &LoopId| loops.get(id).is_some_and(|l| self.span(func, facts, l, array).is_some());
            let weight = if write.loops.iter().any(in_span) { 1 } else { 2 };
            weight * times(write.loops.len())
        };
        writes.map(one).sum()
    }

    /// The part of `array` that is recorded before `l` and restored behind its reverse: each iteration of `l` writes one element of
    /// the part, and the reverse of `l` does not read the array.
    pub(crate) fn span(&self, func: &Func, facts: &Facts, l: &Loop, array: VarId) -> Option<Span> {
        let Head::Range { var, lo, hi, inclusive: false, adaptors } = &l.head else { return None };
        let flat = matches!(func.kind(array), Kind::Array(inner) if **inner == Kind::Real);
        let read_inside = self.reads_of(array).any(|site| site.loops.contains(&l.id));
        let always =
            l.body.stmts.iter().any(|stmt| matches!(stmt, Stmt::Store { place, .. } if place.base == array));
        if !flat || !takes_each(adaptors) || read_inside || !always || !runs_to_its_end(l) {
            return None;
        }
        let (mut index, mut fits) = (None, true);
        any_stmt(&l.body, &mut |stmt| {
            if let Stmt::Store { place, .. } = stmt
                && place.base == array
            {
                let [at] = place.path.as_slice() else { unreachable!("a flat array has one index") };
                let at = Polynomial::of(at, &facts.ops);
                fits &= at.is_some() && (index.is_none() || index == at);
                index = at;
            } else if stmt.blocks().is_empty() {
                fits &= !writes(stmt, array);
            }
            false
        });
        let start = index.filter(|_| fits)?.less(*var)?;
        let first = start.plus(&Polynomial::of(lo, &facts.ops)?, 1)?;
        first.stays_in(l.id, facts).then(|| Span { array, first, lo: lo.clone(), hi: hi.clone() })
    }
}

/// Whether each iteration of `l` comes to its last statement.
fn runs_to_its_end(l: &Loop) -> bool {
    matches!(l.body.term, Term::Continue(..)) && !has_effects(&l.body)
}

/// As many elements of an array as there are numbers from `lo` to `hi`.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) array: VarId,
    /// The index of the first, if there is one.
    pub(crate) first: Polynomial,
    pub(crate) lo: Atom,
    pub(crate) hi: Atom,
}

/// Whether `stmt`, in which no other stands, writes to `array`.
fn writes(stmt: &Stmt, array: VarId) -> bool {
    let mut found = false;
    each_name(stmt, |name| {
        found |= matches!(name, Name::Array(other, touch) if other == array && touch != Touch::Read);
    });
    found
}

/// What the reverse sweep reads of the arrays `made` where it `is_lost`, but once for each value that is computed from it.
fn reads(
    facts: &Facts,
    needs: &[Need],
    made: &BTreeSet<VarId>,
    is_lost: &dyn Fn(VarId, &Site) -> bool,
) -> Vec<(VarId, Site)> {
    let mut seen = BTreeSet::new();
    let mut reads = Vec::new();
    for need in needs {
        if made.contains(&need.var) && is_lost(need.var, &need.site) {
            let mut site = need.site.clone();
            // An argument of a call is read as if by a loop.
            site.loops.extend(site.loops.last().copied());
            reads.push((need.var, site));
        } else if seen.insert(need.var) {
            let mut loads = BTreeSet::new();
            let mut left = OPERATIONS;
            memory(facts, need.var, &mut left, &mut loads);
            for load in loads {
                let (Some(Op::Load(place)), Some(site)) = (facts.ops.get(&load), facts.sites.get(&load))
                else {
                    continue;
                };
                let array = place.base;
                if made.contains(&array) && is_lost(array, site) && facts.is_last_in_iteration(array, site) {
                    reads.push((array, site.clone()));
                }
            }
        }
    }
    reads
}

/// Whether the reverse of each iteration of the loop `id` reads more, in deeper loops, of the `array` that the iteration makes than
/// is written into it, and all of what it reads is there at the end of the iteration.
pub(super) fn is_worth_keeping(array: VarId, id: LoopId, facts: &Facts, needs: &[Need]) -> bool {
    let reads = reads(facts, needs, &BTreeSet::from([array]), &|_, _| true);
    let writes = facts.writes.get(&array).into_iter().flatten();
    let gain: u64 = reads.iter().map(|(_, site)| 2 * times(site.loops.len())).sum();
    let cost: u64 = writes.map(|site| times(site.loops.len())).sum();
    gain > cost && reads.iter().all(|(_, site)| facts.is_stable(array, site, Some(id)))
}

/// The loads that `var` is computed from by cheap operations.
fn memory(facts: &Facts, var: VarId, left: &mut usize, loads: &mut BTreeSet<VarId>) {
    let Some(op) = facts.ops.get(&var).filter(|_| *left > 0) else { return };
    *left -= 1;
    if let Op::Load(_) = op {
        loads.insert(var);
    } else if matches!(op, Op::Copy(_) | Op::Neg(_) | Op::Add(..) | Op::Sub(..) | Op::Mul(..)) {
        for operand in op.operands().iter().filter_map(Atom::var) {
            memory(facts, operand, left, loads);
        }
    }
}

/// Arrays that change places with each other, and each other array by itself.
fn groups(made: &BTreeSet<VarId>, facts: &Facts) -> Vec<BTreeSet<VarId>> {
    let mut groups: Vec<BTreeSet<VarId>> = made.iter().map(|array| BTreeSet::from([*array])).collect();
    for (a, b, _) in &facts.swaps {
        let pair = [*a, *b];
        let (with, mut without): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group| pair.iter().any(|array| group.contains(array)));
        without.push(with.into_iter().flatten().chain(pair).collect());
        groups = without;
    }
    groups
}

/// How often a statement in so many loops is taken to run.
fn times(depth: usize) -> u64 {
    16_u64.saturating_pow(u32::try_from(depth).unwrap_or(u32::MAX)).min(1 << 48)
}

/// The arrays that are made outside of branches that go on.
fn made_outside_branches(block: &Block, made: &mut BTreeSet<VarId>) {
    for stmt in &block.stmts {
        if let Stmt::Alloc { var, .. } = stmt {
            made.insert(*var);
        } else if let Stmt::Loop(l) = stmt {
            made_outside_branches(&l.body, made);
        }
    }
    if let Term::Branch(branch) = &block.term {
        branch.arms.iter().for_each(|arm| made_outside_branches(&arm.body, made));
    }
}
