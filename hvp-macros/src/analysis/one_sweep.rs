//! Loops whose value and whose adjoints come out of one run, each iteration followed by its reverse.
//!
//! ```text
//! for i in 0..n { s += g(x[i]); }        for i in 0..n { s += g(x[i]); x_bar[i] += …; }
//! s / n                             →    s / n
//! ```
//!
//! The adjoint of `s` must be known before the loop: then nothing is recorded, and nothing is computed twice. What is computed
//! from `s` waits until behind the loop.

use std::collections::BTreeSet;

use super::facts::Facts;
use super::record::{self, Need, Repeat};
use crate::ir::{
    Atom, Block, Branch, Func, Loop, LoopId, Name, Op, Stmt, Term, VarId, VarMap, VarSet, each_name,
    each_name_of, leaves, touches, uses,
};

/// Such loops of a function's own block.
#[derive(Debug, Default)]
pub(crate) struct OneSweep {
    pub(crate) loops: BTreeSet<LoopId>,
    /// What is computed from the loops' results.
    pub(crate) late: BTreeSet<VarId>,
}

impl OneSweep {
    /// Those of `func`, whose value is `wanted`.
    pub(crate) fn find(
        func: &Func,
        facts: &Facts,
        needs: &[Need],
        wanted: &[VarId],
        saved: &BTreeSet<VarId>,
        active: &BTreeSet<VarId>,
    ) -> OneSweep {
        let mut found = OneSweep::default();
        for (at, stmt) in func.body.stmts.iter().enumerate() {
            let Stmt::Loop(l) = stmt else { continue };
            let later = &func.body.stmts[at + 1..];
            let repeat = record::repeat(l, facts, needs, wanted, saved, active, None);
            if repeat.is_some_and(|repeat| is_orderless(l, &repeat, later, active))
                && let Some(late) = computed_from(l, later, &func.body.term)
            {
                found.loops.insert(l.id);
                found.late.extend(late);
            }
        }
        found
    }
}

/// Whether the reverse of the iterations can run in the order of the iterations: their values with adjoints are sums, and nobody
/// reads after the loop what they leave in memory.
fn is_orderless(l: &Loop, repeat: &Repeat, later: &[Stmt], active: &BTreeSet<VarId>) -> bool {
    let is_active = |var: VarId| active.contains(&var);
    let sums = l
        .carried
        .iter()
        .enumerate()
        .all(|(at, item)| !is_active(item.param) && !is_active(item.result) || is_sum(l, at));
    let gone = |array: &VarId| !later.iter().any(|stmt| touches(stmt, *array));
    repeat.gives_values_alone
        && matches!(l.body.term, Term::Continue(..))
        && runs_to_its_end(&l.body)
        && sums
        && repeat.arrays.iter().all(gone)
}

/// Whether nothing in `block` ends a loop or the function early.
fn runs_to_its_end(block: &Block) -> bool {
    let ends = match &block.term {
        Term::Yield(_) | Term::Continue(..) | Term::Branch(_) => false,
        Term::Break(..) | Term::Return(_) | Term::Escape(_) | Term::Panic(_) => true,
    };
    let inner = block.stmts.iter().flat_map(Stmt::blocks).chain(block.term.blocks());
    !ends && inner.into_iter().all(runs_to_its_end)
}

/// What the statements behind `l` compute from its results, if these serve nothing but operations and what the function returns.
fn computed_from(l: &Loop, later: &[Stmt], end: &Term) -> Option<BTreeSet<VarId>> {
    let mut known: VarSet = l.carried.iter().map(|item| item.result).collect();
    let mut late = BTreeSet::new();
    for stmt in later {
        let mut depends = false;
        each_name(stmt, |name| {
            depends |= matches!(name, Name::Use(Atom::Var(var)) if known.contains(*var));
        });
        if !depends {
            continue;
        }
        let Stmt::Let { var, op } = stmt else { return None };
        if !is_pure(op) {
            return None;
        }
        known.insert(*var);
        late.insert(*var);
    }
    matches!(end, Term::Return(_)).then_some(late)
}

/// Whether `op` computes a number from numbers.
fn is_pure(op: &Op) -> bool {
    let mut pure = !matches!(op, Op::Opaque(_));
    each_name_of(op, |name| pure &= matches!(name, Name::Use(_)));
    pure
}

/// Whether each iteration of `l` hands on what it carries at place `at` with something added, and uses it for nothing else: then
/// the adjoint is the same in all iterations.
fn is_sum(l: &Loop, at: usize) -> bool {
    let mut sum = Sum { partial: VarSet::from_iter([l.carried[at].param]), passed: VarMap::default() };
    sum.walk(&l.body);
    if !sum.passes(&leaves(&l.body, Some(l.id)), at) {
        return false;
    }
    let used = uses(&l.body);
    used.iter().filter(|(var, _)| sum.partial.contains(*var)).eq(sum.passed.iter())
}

/// A sum on its way through an iteration.
struct Sum {
    /// Its values so far.
    partial: VarSet,
    /// How often each of them is used to go on.
    passed: VarMap<usize>,
}

impl Sum {
    /// Follows the sum; what else uses it is noticed by the count.
    fn walk(&mut self, block: &Block) {
        for stmt in &block.stmts {
            if let Stmt::Let { var, op } = stmt {
                if let Some(before) = self.continued(op) {
                    self.count(before);
                    self.partial.insert(*var);
                }
            } else if let Stmt::Loop(inner) = stmt {
                self.inner_loop(inner);
            } else if let Stmt::Branch { branch, results } = stmt {
                self.choice(branch, results);
            }
        }
        block.term.blocks().into_iter().for_each(|arm| self.walk(arm));
    }

    fn choice(&mut self, branch: &Branch, results: &[VarId]) {
        branch.arms.iter().for_each(|arm| self.walk(&arm.body));
        let ends: Vec<&Vec<Atom>> = branch.arms.iter().flat_map(|arm| leaves(&arm.body, None)).collect();
        for (at, result) in results.iter().enumerate() {
            if self.passes(&ends, at) {
                self.partial.insert(*result);
            }
        }
    }

    fn inner_loop(&mut self, l: &Loop) {
        let given: Vec<Option<VarId>> = l.carried.iter().map(|item| self.partial_var(&item.init)).collect();
        for (item, _) in l.carried.iter().zip(&given).filter(|(_, given)| given.is_some()) {
            self.partial.insert(item.param);
        }
        self.walk(&l.body);
        let ends = leaves(&l.body, Some(l.id));
        for (at, (item, given)) in l.carried.iter().zip(given).enumerate() {
            if let Some(init) = given
                && self.passes(&ends, at)
            {
                self.count(init);
                self.partial.insert(item.result);
            }
        }
    }

    fn partial_var(&self, atom: &Atom) -> Option<VarId> {
        atom.var().filter(|var| self.partial.contains(*var))
    }

    fn count(&mut self, var: VarId) {
        *self.passed.slot(var) += 1;
    }

    /// The sum to which `op` adds.
    fn continued(&self, op: &Op) -> Option<VarId> {
        let (sum, others) = match op {
            Op::Copy(a) => (a, vec![]),
            Op::Add(a, b) if self.partial_var(a).is_some() => (a, vec![b]),
            Op::Add(a, b) => (b, vec![a]),
            Op::Sub(a, b) => (a, vec![b]),
            Op::MulAdd(a, b, c) => (c, vec![a, b]),
            _ => return None,
        };
        self.partial_var(sum).filter(|_| others.into_iter().all(|other| self.partial_var(other).is_none()))
    }

    /// Whether all `ends` hand the sum on at place `at`; if so, they are counted.
    fn passes(&mut self, ends: &[&Vec<Atom>], at: usize) -> bool {
        let vars: Option<Vec<VarId>> = ends.iter().map(|values| self.partial_var(&values[at])).collect();
        let Some(vars) = vars else { return false };
        vars.into_iter().for_each(|var| self.count(var));
        true
    }
}
