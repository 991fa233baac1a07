//! A loop that spreads over several places of an array becomes a loop for each place.
//!
//! ```text
//! for j in lo..hi {                     for j in lo..hi { g[j + 1] += f(b[j]); }
//!     g[j + 1] += f(b[j]);              for j in lo..hi { g[j - 1] += h(b[j]); }
//!     g[j - 1] += h(b[j]);        →     for j in lo..hi {
//!     g[j] += b[j];                         g[j] += b[j];
//!     b[j] = 0.0;                           b[j] = 0.0;
//! }                                     }
//! ```
//!
//! Of one array, a loop can look at one place only through a window that is written. Such loops are the reverse of stencils. The additions are
//! to derivatives, which may be summed in another order; what an iteration computes for them is cheap, and computed again.
//! Other elements belong to one iteration each, so that the iterations may change places.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::copying::copy;
use super::simplify::{exact, is_sum};
use crate::analysis::facts::Facts;
use crate::analysis::polynomial::Polynomial;
use crate::ir::{
    Atom, Block, Func, Head, Loop, Name, Op, Place, Stmt, Term, Update, VarId, VarSet, each_name, takes_each,
};

/// What is computed again for all loops together has at most so many statements.
const LONG: usize = 64;

/// Distributes the innermost loops of `func` that can be; whether there were any.
pub(crate) fn distribute(func: &mut Func) -> bool {
    let n_loops = func.n_loops;
    let (facts, exact) = (Facts::gather(func), exact(func));
    let empty = Block::default();
    let mut body = std::mem::replace(&mut func.body, empty);
    Distribute { func, facts, exact }.block(&mut body);
    func.body = body;
    func.n_loops > n_loops
}

struct Distribute<'f> {
    func: &'f mut Func,
    facts: Facts,
    exact: VarSet,
}

/// The statements of a body that go into a loop of their own, by their places.
type Part = BTreeSet<usize>;

impl Distribute<'_> {
    fn block(&mut self, block: &mut Block) {
        for mut stmt in std::mem::take(&mut block.stmts) {
            if let Stmt::Loop(l) = &mut stmt {
                let parts = self.parts(l).unwrap_or_default();
                for part in &parts {
                    block.stmts.push(Stmt::Loop(self.loop_of(l, part)));
                }
                keep_rest(l, &parts);
            }
            stmt.blocks_mut().into_iter().for_each(|inner| self.block(inner));
            block.stmts.push(stmt);
        }
        if let Term::Branch(branch) = &mut block.term {
            branch.blocks_mut().into_iter().for_each(|inner| self.block(inner));
        }
    }

    /// What of `l` goes into loops of its own: for each array that it spreads over, all places but the dearest.
    fn parts(&self, l: &Loop) -> Option<Vec<Part>> {
        let Head::Range { var, lo, hi, adaptors, .. } = &l.head else { return None };
        let short = matches!((lo, hi), (Atom::Int(_), Atom::Int(_)));
        let sums = (0..l.carried.len()).all(|at| is_sum(l, at, &self.exact));
        let plain = matches!(l.body.term, Term::Continue(..)) && l.body.stmts.iter().all(Self::is_plain);
        if !takes_each(adaptors) || short || !sums || !plain {
            return None;
        }
        let mut parts = Vec::new();
        for (array, accesses) in accesses(l) {
            let mut places: BTreeMap<Polynomial, Part> = BTreeMap::new();
            for (at, place) in &accesses {
                places.entry(self.place(place, *var, l)?).or_default().insert(*at);
            }
            if places.len() < 2 {
                continue;
            }
            let adds = |at: &usize| matches!(l.body.stmts[*at], Stmt::Store { update: Update::Add, .. });
            if self.exact.contains(array) || !accesses.iter().all(|(at, _)| adds(at)) {
                return None;
            }
            let mut of_array = Vec::new();
            for stores in places.into_values() {
                of_array.push(slice(l, stores)?);
            }
            of_array.sort_by_key(BTreeSet::len);
            of_array.pop();
            parts.append(&mut of_array);
        }
        (parts.iter().map(BTreeSet::len).sum::<usize>() <= LONG).then_some(parts)
    }

    /// A load, a store, or arithmetic, of which loads alone read memory.
    fn is_plain(stmt: &Stmt) -> bool {
        if let Stmt::Let { op: Op::Opaque(opaque), .. } = stmt {
            opaque.repeatable && opaque.args.iter().all(|arg| arg.atom().is_some())
        } else if let Stmt::Let { op, .. } = stmt {
            !matches!(op, Op::Sum(_))
        } else {
            matches!(stmt, Stmt::Store { .. })
        }
    }

    /// The index of `place` less the loop's variable, if each iteration has its own.
    fn place(&self, place: &Place, var: VarId, l: &Loop) -> Option<Polynomial> {
        let [index] = place.path.as_slice() else { return None };
        let rest = Polynomial::of(index, &self.facts.ops)?.less(var)?;
        Some(rest).filter(|rest| rest.stays_in(l.id, &self.facts))
    }

    fn loop_of(&mut self, l: &Loop, part: &Part) -> Loop {
        let Head::Range { var, lo, hi, inclusive, .. } = &l.head else {
            unreachable!("`parts` asks for a range")
        };
        let own = self.func.var(*var).clone();
        let own = self.func.fresh(own);
        let head = Head::Range {
            var: own,
            lo: lo.clone(),
            hi: hi.clone(),
            inclusive: *inclusive,
            adaptors: Vec::new(),
        };
        let stmts: Vec<Stmt> = part.iter().map(|at| l.body.stmts[*at].clone()).collect();
        let mut body = Vec::new();
        copy(self.func, &stmts, &mut BTreeMap::from([(*var, own)]), &mut body);
        let id = self.func.fresh_loop();
        Loop::new(id, head, Vec::new(), Block { stmts: body, term: Term::Continue(id, Vec::new()) })
    }
}

/// Takes the stores of `parts` out of `l`, whose iterations may change places.
fn keep_rest(l: &mut Loop, parts: &[Part]) {
    if parts.is_empty() {
        return;
    }
    if let Head::Range { adaptors, .. } = &mut l.head {
        adaptors.clear();
    }
    let gone: BTreeSet<usize> = parts.iter().flatten().copied().collect();
    let mut at = 0;
    l.body.stmts.retain(|stmt| {
        at += 1;
        !(gone.contains(&(at - 1)) && matches!(stmt, Stmt::Store { .. }))
    });
}

/// The loads and stores of the arrays that `l` writes, by their place in the body.
fn accesses(l: &Loop) -> BTreeMap<VarId, Vec<(usize, Place)>> {
    let mut accesses: BTreeMap<VarId, Vec<(usize, Place)>> = BTreeMap::new();
    let mut written = BTreeSet::new();
    for (at, stmt) in l.body.stmts.iter().enumerate() {
        if let Stmt::Store { place, .. } = stmt {
            written.insert(place.base);
        }
        if let Stmt::Store { place, .. } | Stmt::Let { op: Op::Load(place), .. } = stmt {
            accesses.entry(place.base).or_default().push((at, place.clone()));
        }
    }
    accesses.retain(|array, _| written.contains(array));
    accesses
}

/// `stores` and what they are computed from, if that is cheap and the same before the body has written anything.
fn slice(l: &Loop, stores: Part) -> Option<Part> {
    let mut part = stores;
    let mut open: Vec<usize> = part.iter().copied().collect();
    let carried: BTreeSet<VarId> = l.carried.iter().map(|item| item.param).collect();
    while let Some(at) = open.pop() {
        let (mut operands, mut read) = (Vec::new(), Vec::new());
        each_name(&l.body.stmts[at], |name| match name {
            Name::Use(atom) => operands.extend(atom.var()),
            Name::Array(array, _) => read.push(array),
            Name::Def(_) => {}
        });
        let is_store = matches!(l.body.stmts[at], Stmt::Store { .. });
        let changed = |array: &VarId| {
            let before = &l.body.stmts[..at];
            before.iter().any(|stmt| matches!(stmt, Stmt::Store { place, .. } if place.base == *array))
        };
        if operands.iter().any(|var| carried.contains(var)) || !is_store && read.iter().any(changed) {
            return None;
        }
        for (from, stmt) in l.body.stmts.iter().enumerate() {
            let Stmt::Let { var, op } = stmt else { continue };
            if operands.contains(var) && part.insert(from) {
                if !is_cheap(op) {
                    return None;
                }
                open.push(from);
            }
        }
    }
    Some(part)
}

/// Whether `op` may be computed once more in a loop of its own.
pub(super) fn is_cheap(op: &Op) -> bool {
    match op {
        Op::Copy(_)
        | Op::Neg(_)
        | Op::Add(..)
        | Op::Sub(..)
        | Op::Mul(..)
        | Op::MulAdd(..)
        | Op::Load(_)
        | Op::ToReal(_) => true,
        // A constant of the user's, say.
        Op::Opaque(opaque) => opaque.repeatable,
        _ => false,
    }
}
