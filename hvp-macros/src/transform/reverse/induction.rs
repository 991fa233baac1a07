//! Counters that run backwards.
//!
//! A carried integer that every iteration changes by the same amount (`o += 1`) is not recorded: the reverse loop starts from its
//! final value and takes the amount off again. So is one that an inner loop changes in this way.

use std::collections::{BTreeMap, BTreeSet};

use super::branch::each_leaf;
use super::frame::Frame;
use super::{Reverse, Storage};
use crate::analysis::record;
use crate::ir::{Atom, Block, Kind, Loop, Op, Stmt, Term, VarId};

/// How an iteration changes a counter.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Up(Atom),
    Down(Atom),
    /// As the inner loop with this result does.
    Inner(VarId),
}

/// A counter on its way back.
#[derive(Debug)]
pub(super) struct Counter {
    at: usize,
    original: VarId,
    /// Its value after the iteration, which the reverse loop carries.
    pub(super) after: VarId,
    pub(super) init: Atom,
    /// Its value before the iteration, where that is known at the head already.
    before: Option<Atom>,
}

impl Counter {
    /// Its value before the iteration, whose reverse is written: `late` is what was found on the way.
    pub(super) fn before(&self, late: &BTreeMap<VarId, Atom>) -> Option<Atom> {
        self.before.clone().or_else(|| late.get(&self.original).cloned())
    }
}

impl Reverse<'_> {
    /// The counters of a recorded loop whose frame is about to be pushed.
    pub(super) fn counters(&mut self, l: &Loop, idle: &[bool], frame: &mut Frame) -> Vec<Counter> {
        let mut counters = Vec::new();
        if self.storage == Storage::RecordAll {
            return counters;
        }
        for (at, carried) in l.carried.iter().enumerate() {
            let Some(step) = self.step(l, at, idle) else {
                continue;
            };
            let init = self.value(carried.result);
            let after = self.copy_of(carried.param);
            let mut back = |pass: &mut Self, op: fn(Atom, Atom) -> Op, by: &Atom| {
                let by = pass.primal(by);
                let before = pass.copy_of(carried.param);
                frame.prologue.push((0, Stmt::Let { var: before, op: op(Atom::Var(after), by) }));
                frame.known.insert(carried.param, Atom::Var(before));
                Some(Atom::Var(before))
            };
            let before = match &step {
                Step::Up(by) => back(self, Op::Sub, by),
                Step::Down(by) => back(self, Op::Add, by),
                Step::Inner(result) => {
                    frame.known.insert(*result, Atom::Var(after));
                    None
                }
            };
            counters.push(Counter { at, original: carried.param, after, init, before });
        }
        counters
    }

    fn step(&self, l: &Loop, at: usize, idle: &[bool]) -> Option<Step> {
        let carried = &l.carried[at];
        if *self.out.kind(carried.param) != Kind::Int {
            return None;
        }
        let inside = definitions(l);
        let (mut steps, mut rests) = (Vec::new(), true);
        each_ending(&l.body, idle, &mut |term, idle| {
            if let Term::Continue(_, values) | Term::Break(_, values) = term {
                // The reverse loop starts from the last value, and an iteration that ends the loop idly has no reverse.
                if idle {
                    rests &= values[at] == Atom::Var(carried.param);
                } else {
                    steps.push(self.step_to(l, carried.param, &values[at]));
                }
            }
        });
        let first = steps.first().cloned().flatten()?;
        let fixed = match &first {
            Step::Up(by) | Step::Down(by) => by.var().is_none_or(|var| !inside.contains(&var)),
            Step::Inner(_) => true,
        };
        (fixed && rests && steps.iter().all(|step| step.as_ref() == Some(&first))).then_some(first)
    }

    fn step_to(&self, l: &Loop, param: VarId, next: &Atom) -> Option<Step> {
        let next = next.var()?;
        if let Some(inner) = inner_loop(&l.body, next) {
            let at = inner.carried.iter().position(|carried| carried.result == next)?;
            let starts_here = inner.carried[at].init == Atom::Var(param);
            let runs_back = starts_here
                && record::is_active_stmt(&Stmt::Loop(inner.clone()), &self.active)
                && self.step(inner, at, &[]).is_some()
                && !ends_early(&inner.body);
            return runs_back.then_some(Step::Inner(next));
        }
        match self.facts.ops.get(&next)? {
            Op::Add(a, by) if *a == Atom::Var(param) => Some(Step::Up(by.clone())),
            Op::Add(by, a) if *a == Atom::Var(param) => Some(Step::Up(by.clone())),
            Op::Sub(a, by) if *a == Atom::Var(param) => Some(Step::Down(by.clone())),
            _ => None,
        }
    }

    /// The start of a counter is known behind the reverse loop.
    pub(super) fn counted_back(&mut self, l: &Loop, counter: &Counter, start: VarId) {
        if let Atom::Var(init) = l.carried[counter.at].init
            && let Some(frame) = self.frames.last_mut()
            && frame.defs.contains(&init)
            && frame.mode != super::frame::Mode::Visible
        {
            frame.late.insert(init, Atom::Var(start));
        }
    }
}

/// The ends of `block`, and whether they are in an arm at its end that is `idle`.
fn each_ending(block: &Block, idle: &[bool], visit: &mut dyn FnMut(&Term, bool)) {
    match &block.term {
        Term::Branch(branch) => {
            for (number, arm) in branch.arms.iter().enumerate() {
                let idle = idle.get(number) == Some(&true);
                each_leaf(&arm.body, &mut |term| visit(term, idle));
            }
        }
        other => visit(other, false),
    }
}

fn ends_early(block: &Block) -> bool {
    let mut found = false;
    each_leaf(block, &mut |term| found |= matches!(term, Term::Break(..)));
    found
}

/// The loop directly in `block` or an arm at its end that gives `result`.
fn inner_loop(block: &Block, result: VarId) -> Option<&Loop> {
    let here = block.stmts.iter().find_map(|stmt| match stmt {
        Stmt::Loop(l) if l.carried.iter().any(|carried| carried.result == result) => Some(l),
        _ => None,
    });
    here.or_else(|| block.term.blocks().into_iter().find_map(|inner| inner_loop(inner, result)))
}

fn definitions(l: &Loop) -> BTreeSet<VarId> {
    let mut defs = BTreeSet::new();
    crate::ir::each_name(&Stmt::Loop(l.clone()), |name| {
        if let crate::ir::Name::Def(var) = name {
            defs.insert(var);
        }
    });
    defs
}
