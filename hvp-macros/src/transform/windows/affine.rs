//! Indices that go up by one with each iteration.

use std::collections::{BTreeMap, BTreeSet};

use super::Seen;
use crate::ir::{Atom, Op, Place, VarId};

/// What the body of a loop computes its indices from.
#[derive(Debug)]
pub(super) struct Affine {
    pub(super) var: VarId,
    pub(super) lo: Atom,
    /// What the body defines, the loop's variable and the carried values.
    pub(super) own: BTreeSet<VarId>,
    /// How the body computes its integers.
    pub(super) ops: BTreeMap<VarId, Op>,
    /// Carried integers that go up by one, with their first value.
    pub(super) counters: BTreeMap<VarId, Atom>,
    /// Products that are the same in every iteration, with the variable that holds them before the loop.
    pub(super) hoisted: BTreeMap<VarId, VarId>,
}

/// `plus + times * j - minus`.
#[derive(Clone, Default)]
struct Sum {
    plus: Vec<Atom>,
    minus: Vec<Atom>,
    times: i32,
}

impl Affine {
    /// What `base[path]` is in the iterations, if one of its indices goes up by one and the others stay.
    pub(super) fn seen(&self, base: VarId, path: &[Atom]) -> Option<Seen> {
        let stays = |atom: &Atom| atom.var().is_none_or(|var| !self.own.contains(&var));
        let at = path.iter().position(|index| !stays(index))?;
        let (outer, inner) = (&path[..at], &path[at + 1..]);
        let sum = self.sum(&path[at])?;
        if sum.times != 1 || !inner.iter().all(stays) {
            return None;
        }
        let (mut plus, mut minus) = (sum.plus, sum.minus);
        let is_zero = |atom: &Atom| atom.integer() == Some(0);
        plus.retain(|atom| !is_zero(atom));
        minus.retain(|atom| !is_zero(atom));
        minus.retain(|atom| match plus.iter().position(|other| other == atom) {
            Some(at) => {
                plus.remove(at);
                false
            }
            None => true,
        });
        plus.sort();
        minus.sort();
        Some(Seen { of: Place { base, path: outer.to_vec() }, plus, minus })
    }

    fn sum(&self, atom: &Atom) -> Option<Sum> {
        let var = match atom {
            Atom::Int(_) => return Some(Sum { plus: vec![atom.clone()], ..Sum::default() }),
            Atom::Var(var) => *var,
            Atom::Real(_) | Atom::ZeroTangent | Atom::Bool(_) | Atom::Undef => return None,
        };
        if var == self.var {
            return Some(Sum { times: 1, ..Sum::default() });
        }
        if let Some(init) = self.counters.get(&var) {
            return Some(Sum { plus: vec![init.clone()], minus: vec![self.lo.clone()], times: 1 });
        }
        if !self.own.contains(&var) {
            return Some(Sum { plus: vec![atom.clone()], ..Sum::default() });
        }
        if let Some(before) = self.hoisted.get(&var) {
            return Some(Sum { plus: vec![Atom::Var(*before)], ..Sum::default() });
        }
        match self.ops.get(&var)? {
            Op::Copy(a) => self.sum(a),
            Op::Add(a, b) => {
                let (mut a, b) = (self.sum(a)?, self.sum(b)?);
                a.plus.extend(b.plus);
                a.minus.extend(b.minus);
                Some(Sum { times: a.times + b.times, ..a })
            }
            Op::Sub(a, b) => {
                let (mut a, b) = (self.sum(a)?, self.sum(b)?);
                a.plus.extend(b.minus);
                a.minus.extend(b.plus);
                Some(Sum { times: a.times - b.times, ..a })
            }
            _ => None,
        }
    }
}
