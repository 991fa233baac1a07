//! The parts of a product that do not depend on the direction: what each is computed from, and what that costs.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::{Atom, Block, Func, Kind, LoopId, Operand, Term, VarId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// A scalar, or what an array contains at any time.
    Value(VarId),
    /// An array's shape.
    Shape(VarId),
    /// One item of a tape's records.
    Item(VarId, usize),
    /// That a loop runs as often as it does.
    Loop(LoopId),
}

#[derive(Debug)]
pub(super) struct Part {
    /// The cost of computing it again; nothing if that cannot be done.
    pub(super) compute: Option<u64>,
    /// The cost of reading it from the record; nothing if it cannot be recorded.
    pub(super) read: Option<u64>,
    /// What it is computed from.
    pub(super) needs: BTreeSet<Key>,
    /// The conditions and loops around it.
    pub(super) way: BTreeSet<Key>,
}

#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) parts: BTreeMap<Key, Part>,
    /// What statements that depend on the direction read, and the way to them.
    pub(super) roots: BTreeSet<Key>,
    /// The cost of those statements.
    pub(super) rest: u64,
}

impl Graph {
    /// All that can be recorded.
    #[cfg(test)]
    pub(super) fn recordable(&self) -> BTreeSet<VarId> {
        let recordable =
            self.parts.iter().filter(|(_, part)| part.read.is_some()).filter_map(|(key, _)| match key {
                Key::Value(var) => Some(*var),
                Key::Shape(_) | Key::Item(..) | Key::Loop(_) => None,
            });
        recordable.collect()
    }

    /// The parts that computing all of the roots takes.
    pub(super) fn needed(&self) -> BTreeMap<Key, &Part> {
        let (mut needed, mut open) = (BTreeMap::new(), self.roots.iter().copied().collect::<Vec<Key>>());
        while let Some(key) = open.pop() {
            if let Some(part) = self.parts.get(&key).filter(|_| !needed.contains_key(&key)) {
                needed.insert(key, part);
                open.extend(part.needs.iter().chain(&part.way));
            }
        }
        needed
    }
}

/// Whether a variable holds tangents.
pub(super) fn is_tangent(func: &Func, var: VarId) -> bool {
    *func.kind(var).scalar() == Kind::Tangent
}

fn is_tangent_atom(func: &Func, atom: &Atom) -> bool {
    *atom == Atom::ZeroTangent || atom.var().is_some_and(|var| is_tangent(func, var))
}

pub(super) fn is_tangent_operand(func: &Func, operand: &Operand) -> bool {
    match operand {
        Operand::Atom(atom) => is_tangent_atom(func, atom),
        Operand::Array(slice) => is_tangent(func, slice.base),
    }
}

/// The values at the ends of `block` that belong to it.
pub(super) fn leaves(block: &Block) -> Vec<&Vec<Atom>> {
    match &block.term {
        Term::Yield(values) | Term::Continue(_, values) | Term::Break(_, values) => vec![values],
        Term::Branch(branch) => branch.arms.iter().flat_map(|arm| leaves(&arm.body)).collect(),
        Term::Return(_) | Term::Escape(_) | Term::Panic(_) => Vec::new(),
    }
}
