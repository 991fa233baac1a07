//! The adjoints of loops.
//!
//! `for i in 0..n { s = g(s, x[i]); }` becomes `for i in (0..n).rev() { let s = tape.pop(); x_bar[i] += …; s_bar = …; }`, with
//! the values of `s` pushed by the primal sweep. Where no iteration needs what another one left, nothing is pushed: the primal
//! iteration runs again just before its reverse.

use std::collections::{BTreeMap, BTreeSet};

use super::again::Again;
use super::branch::{push_at_end, push_in_arm};
use super::frame::{Frame, Mode};
use super::{Goal, Key, Reverse, Storage};
use crate::analysis::record;
use crate::ir::{
    Adaptor, Atom, Block, Carried, Func, Head, Kind, Loop, LoopId, Name, Op, Operand, Rewrite, Slice, Stmt,
    Term, Touch, Var, VarId, each_name_in, rewrite_stmt,
};
use crate::transform::copying::copy_of_loop;

/// A recorded loop whose body is being reversed.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) id: LoopId,
    /// The carried variables that have adjoints, with their place among all.
    active: Vec<(usize, VarId)>,
    /// Nothing in the body's own statements has an adjoint.
    idle: bool,
    variables: BTreeSet<VarId>,
}

impl Recorded {
    /// Whether `block` ends the loop without having done anything that has an adjoint: such an iteration has no reverse.
    pub(super) fn ends_idly(&self, block: &Block) -> bool {
        match &block.term {
            Term::Break(_, values) => {
                let same = self.active.iter().all(|(at, param)| values[*at] == Atom::Var(*param));
                self.idle && same && !record::is_active(block, &self.variables)
            }
            Term::Yield(_)
            | Term::Continue(..)
            | Term::Return(_)
            | Term::Branch(_)
            | Term::Escape(_)
            | Term::Panic(_) => false,
        }
    }
}

/// The adjoint of a carried variable on its way back through the iterations.
struct Back {
    at: usize,
    original: VarId,
    init: Atom,
    param: VarId,
}

impl Reverse<'_> {
    /// A loop: its primal code.
    pub(super) fn looped(&mut self, l: &Loop) -> Vec<Stmt> {
        if self.one_sweep.loops.contains(&l.id) {
            return self.in_one_sweep(l);
        }
        let seen =
            self.storage == Storage::Cheapest && self.frames.iter().all(|frame| frame.mode == Mode::Visible);
        let outer = self.frames.iter().rev().find_map(|frame| frame.repeated);
        // What runs again does so for the adjoints alone.
        let again = outer.is_some_and(|id| !self.one_sweep.loops.contains(&id));
        let wanted = if again { Vec::new() } else { wanted(self.source, self.goal) };
        match record::repeat(l, &self.facts, &self.needs, &wanted, &self.saved.arrays, &self.active, outer) {
            Some(repeat) if repeat.pays() && seen && !self.names_gone(l) => self.repeated(l, &repeat),
            Some(_) | None => self.recorded(l),
        }
    }

    /// Whether nothing that has an adjoint leaves the loop: no result of it, and no memory.
    pub(super) fn is_idle(&self, l: &Loop) -> bool {
        let has_adjoint = |carried: &Carried| self.bars.contains_key(&Key::Var(carried.result));
        !record::changes_outside(&l.body) && !l.carried.iter().any(has_adjoint)
    }

    /// Whether the loop, also if only for a length, asks for memory that the reverse sweep does not find any more.
    fn names_gone(&self, l: &Loop) -> bool {
        let mut gone = false;
        each_name_in(&l.body, |name| {
            gone |= match name {
                Name::Use(atom) => atom.var().is_some_and(|var| self.is_gone(var)),
                Name::Array(array, _) => self.is_gone(array),
                Name::Def(_) => false,
            };
        });
        gone
    }

    /// Takes the adjoints of the loop's results, and sets those of everything else aside.
    fn begin(&mut self, l: &Loop) -> (Vec<Back>, BTreeMap<Key, Atom>) {
        let mut backs = Vec::new();
        for (at, carried) in l.carried.iter().enumerate() {
            if self.active.contains(&carried.result) || self.active.contains(&carried.param) {
                let init = self.take_bar(carried.result).unwrap_or(Atom::real(0.0));
                let param = self.bar_variable(carried.param);
                if self.may_be_unused(&init) {
                    self.mark_unused(param);
                }
                backs.push(Back { at, original: carried.param, init, param });
            }
        }
        (backs, std::mem::take(&mut self.bars))
    }

    /// Writes the reverse loop: what the body added to the adjoints of variables from outside goes on from iteration to iteration,
    /// and so do `others`.
    fn end(
        &mut self,
        l: &Loop,
        head: Head,
        (backs, outside): (Vec<Back>, BTreeMap<Key, Atom>),
        others: Vec<(Carried, Atom)>,
        mut body: Vec<Stmt>,
    ) {
        let mut inside = std::mem::replace(&mut self.bars, outside);
        let mut carried = Vec::new();
        let mut values = Vec::new();
        let mut to_inits = Vec::new();
        for back in backs {
            values.push(inside.remove(&Key::Var(back.original)).unwrap_or(Atom::real(0.0)));
            let result = self.copy_of(back.param);
            if self.may_be_unused(&back.init) {
                self.mark_unused(result);
            }
            carried.push(Carried { param: back.param, init: back.init, result });
            to_inits.push((l.carried[back.at].init.clone(), Atom::Var(result)));
        }
        for (key, contribution) in inside {
            let init = self.bars.get(&key).cloned().unwrap_or(Atom::real(0.0));
            let name = key.name(&self.out);
            let mut fresh = || {
                let span = crate::ir::SpanId(0);
                self.out.fresh(Var::named(name.clone(), Kind::Real, span))
            };
            let (param, sum, result) = (fresh(), fresh(), fresh());
            body.push(Stmt::Let { var: sum, op: Op::Add(Atom::Var(param), contribution) });
            carried.push(Carried { param, init, result });
            values.push(Atom::Var(sum));
            self.bars.insert(key, Atom::Var(result));
        }
        for (other, value) in others {
            carried.push(other);
            values.push(value);
        }
        let id = self.out.fresh_loop();
        let body = Block { stmts: body, term: Term::Continue(id, values) };
        self.push(Stmt::Loop(Loop::new(id, head, carried, body)));
        for (init, bar) in to_inits {
            self.contribute(&init, bar);
        }
    }

    /// Each iteration runs again before its reverse. The first run serves its effects, and whatever else needs its results.
    fn repeated(&mut self, l: &Loop, repeat: &record::Repeat) -> Vec<Stmt> {
        let head = self.reversed(&l.head, |index| index);
        let begun = self.begin(l);
        let mut body: Vec<Stmt> = l
            .carried
            .iter()
            .map(|carried| Stmt::Let { var: carried.param, op: Op::Copy(Atom::Undef) })
            .collect();
        let combined = {
            let (backs, _) = &begun;
            self.visible(&l.body, Some(l.id), &mut |pass, term| {
                hand_back(pass, term, backs);
            })
        };
        let originals = self.source.vars.len();
        body.extend(Again::new(&repeat.arrays, originals).stmts(combined));
        self.end(l, head, begun, Vec::new(), body);
        if repeat.runs_twice || record::has_effects(&l.body) {
            return vec![Stmt::Loop(copy_of_loop(&mut self.out, l))];
        }
        let results = l.carried.iter().map(|carried| carried.result);
        results.map(|var| Stmt::Let { var, op: Op::Copy(Atom::Undef) }).collect()
    }

    /// Each iteration is followed by its reverse, where the reverse sweep comes to the loop; the value waits for that.
    fn in_one_sweep(&mut self, l: &Loop) -> Vec<Stmt> {
        let begun = self.begin(l);
        let body = {
            let (backs, _) = &begun;
            self.visible(&l.body, Some(l.id), &mut |pass, term| hand_back(pass, term, backs))
        };
        let Term::Continue(_, values) = &l.body.term else {
            unreachable!("the body of such a loop has one end");
        };
        let own = l.carried.iter().cloned().zip(values.iter().cloned());
        self.end(l, l.head.clone(), begun, own.collect(), body);
        Vec::new()
    }

    /// The primal loop pushes what its reverse pops.
    fn recorded(&mut self, l: &Loop) -> Vec<Stmt> {
        self.forget_arrays_of(l);
        let counted = has_break(&l.body.term) || matches!(l.head, Head::Forever);
        let trips = counted.then(|| self.trips());
        let mut frame = Frame::new(Mode::Loop, &l.body, l.carried.iter().map(|carried| carried.param));
        let head = match (&l.head, &trips) {
            (Head::Range { var, .. }, None) => {
                let again = self.copy_of(*var);
                frame.known.insert(*var, Atom::Var(again));
                self.reversed(&l.head, |_| again)
            }
            (_, trips) => self.countdown(trips.as_ref()),
        };
        if let Head::Range { var, .. } = &l.head {
            frame.defs.insert(*var);
        }
        let (backs, outside) = self.begin(l);
        let context = self.context(l, &backs);
        let idle = context.idle_arms(&l.body.term);
        let counters = self.counters(l, &idle, &mut frame);
        self.loops.push(context);
        self.frames.push(frame);
        let keeping = self.restore_made(l);
        let (mut body, mut code, late) = self.iteration(l, &backs, &idle);
        body.stmts.extend(keeping);
        self.keep_whole(l, &mut body, &mut code);
        self.loops.pop();
        let (mut starts, mut counted) = (Vec::new(), Vec::new());
        for counter in counters {
            let Some(before) = counter.before(&late) else { continue };
            let result = self.copy_of(counter.after);
            counted.push((Carried { param: counter.after, init: counter.init.clone(), result }, before));
            starts.push((counter, result));
        }
        self.end(l, head, (backs, outside), counted, code);
        for (counter, start) in starts {
            self.counted_back(l, &counter, start);
        }
        let mut carried = l.carried.clone();
        if let Some(Trips { param, result }) = trips {
            self.count(&mut body, param, &idle);
            carried.push(Carried { param, init: Atom::Int("0usize".to_owned()), result });
        }
        vec![Stmt::Loop(Loop { carried, body, ..l.clone() })]
    }

    /// The arrays that `l` keeps whole: those that an iteration has `made`, or those from outside.
    fn kept_by(&self, l: &Loop, made: bool) -> Vec<VarId> {
        let is_made = |array| self.facts.sites.get(array).is_some_and(|site| site.loops.contains(&l.id));
        let here = self.kept.iter().filter(|(array, id)| **id == l.id && is_made(*array) == made);
        here.map(|(array, _)| *array).filter(|array| made || self.is_visible(*array)).collect()
    }

    /// Records the arrays from outside that `l` keeps whole at the end of the primal iteration, and restores them at the head of the reverse one.
    fn keep_whole(&mut self, l: &Loop, body: &mut Block, code: &mut Vec<Stmt>) {
        for array in self.kept_by(l, false) {
            let tape = self.new_tape();
            let back = self.copy_of(array);
            body.stmts.push(Stmt::Push { tape, values: vec![Operand::Array(Slice::whole(array))] });
            let restore = Stmt::CopySlice { dst: Slice::whole(array), src: Slice::whole(back) };
            code.splice(0..0, [Stmt::Pop { tape, vars: vec![back] }, restore]);
        }
    }

    /// Restores, at their places, the arrays that an iteration of `l` makes and the loop keeps whole; gives what records them.
    fn restore_made(&mut self, l: &Loop) -> Vec<Stmt> {
        let mut keeping = Vec::new();
        for array in self.kept_by(l, true) {
            let (tape, back, again) = (self.new_tape(), self.copy_of(array), self.copy_of(array));
            let init = self.zeros(array);
            let order = self.facts.sites.get(&array).map_or(0, |site| site.order);
            let Some(frame) = self.frames.last_mut() else { unreachable!("the caller pushed a frame") };
            frame.restored.insert(array, again);
            frame.known.insert(array, Atom::Var(again));
            frame.prologue.extend(
                [
                    Stmt::Alloc { var: again, init },
                    Stmt::Pop { tape, vars: vec![back] },
                    Stmt::CopySlice { dst: Slice::whole(again), src: Slice::whole(back) },
                ]
                .map(|stmt| (order, stmt)),
            );
            keeping.push(Stmt::Push { tape, values: vec![Operand::Array(Slice::whole(array))] });
        }
        keeping
    }

    /// Both codes of the body of a recorded loop whose frame has just been pushed.
    fn iteration(
        &mut self,
        l: &Loop,
        backs: &[Back],
        idle: &[bool],
    ) -> (Block, Vec<Stmt>, BTreeMap<VarId, Atom>) {
        self.code.push(Vec::new());
        let mut body = self.region(&l.body, &mut |pass, term| hand_back(pass, term, backs));
        let code = self.code.pop().unwrap_or_default();
        let Some(mut frame) = self.frames.pop() else { unreachable!("the caller pushed a frame") };
        let (push, pop) = self.record(&frame);
        match &mut body.term {
            Term::Branch(branch) if idle.contains(&true) => {
                for (arm, idle) in branch.arms.iter_mut().zip(idle) {
                    if !idle && let Some(push) = &push {
                        push_in_arm(&mut arm.body, push.clone());
                    }
                }
            }
            _ => push.into_iter().for_each(|push| push_at_end(&mut body, push)),
        }
        let mut reverse: Vec<Stmt> = pop.into_iter().collect();
        reverse.append(&mut frame.head());
        reverse.extend(code);
        let mut restored = Renamed(&frame.restored);
        reverse.iter_mut().for_each(|stmt| rewrite_stmt(&mut restored, stmt));
        (body, reverse, frame.late)
    }

    fn context(&self, l: &Loop, backs: &[Back]) -> Recorded {
        let active = backs.iter().map(|back| (back.at, back.original)).collect();
        let idle = !l
            .body
            .stmts
            .iter()
            .any(|stmt| record::is_active_stmt(stmt, &self.active) || self.saves_inside(stmt));
        Recorded {
            id: l.id,
            active,
            idle,
            variables: self.active.union(&self.saved.arrays).copied().collect(),
        }
    }

    fn trips(&mut self) -> Trips {
        let mut fresh = || {
            let span = crate::ir::SpanId(0);
            self.out.fresh(Var::named("trips", Kind::Int, span))
        };
        let (param, result) = (fresh(), fresh());
        if let Some(frame) = self.frames.last_mut() {
            frame.defs.insert(result);
        }
        Trips { param, result }
    }

    /// Adds one to the trip count at each leaf but the idle ones.
    fn count(&mut self, body: &mut Block, param: VarId, idle: &[bool]) {
        match &mut body.term {
            Term::Continue(_, values) | Term::Break(_, values) => {
                let span = crate::ir::SpanId(0);
                let next = self.out.fresh(Var::named("trips", Kind::Int, span));
                let op = Op::Add(Atom::Var(param), Atom::Int("1".to_owned()));
                body.stmts.push(Stmt::Let { var: next, op });
                values.push(Atom::Var(next));
            }
            Term::Branch(branch) => {
                for (number, arm) in branch.arms.iter_mut().enumerate() {
                    match &mut arm.body.term {
                        Term::Break(_, values) if idle.get(number) == Some(&true) => {
                            values.push(Atom::Var(param));
                        }
                        _ => self.count(&mut arm.body, param, &[]),
                    }
                }
            }
            Term::Yield(_) | Term::Return(_) | Term::Escape(_) | Term::Panic(_) => {}
        }
    }

    /// As many iterations as there were.
    fn countdown(&mut self, trips: Option<&Trips>) -> Head {
        let hi = trips.map_or(Atom::Undef, |trips| self.value(trips.result));
        let span = crate::ir::SpanId(0);
        let var = self.out.fresh(Var::named("_", Kind::Int, span));
        Head::Range { var, lo: Atom::Int("0".to_owned()), hi, inclusive: false, adaptors: Vec::new() }
    }

    /// The same indices from the last to the first.
    fn reversed(&mut self, head: &Head, index: impl FnOnce(VarId) -> VarId) -> Head {
        match head {
            Head::Forever => Head::Forever,
            Head::Range { var, lo, hi, inclusive, adaptors } => {
                let mut adaptors: Vec<Adaptor> = adaptors
                    .iter()
                    .map(|adaptor| match adaptor {
                        Adaptor::Rev => Adaptor::Rev,
                        Adaptor::StepBy(step) => Adaptor::StepBy(self.primal(step)),
                    })
                    .collect();
                if adaptors.last() == Some(&Adaptor::Rev) {
                    adaptors.pop();
                } else {
                    adaptors.push(Adaptor::Rev);
                }
                let (lo, mut hi) = (self.primal(lo), self.primal(hi));
                // Steps through a range with its end do not know their number, and so cannot be reversed.
                let stepped = adaptors.iter().any(|adaptor| matches!(adaptor, Adaptor::StepBy(_)));
                if *inclusive && stepped {
                    hi = self.emit(Kind::Int, Op::Add(hi, Atom::Int("1".to_owned())));
                }
                Head::Range { var: index(*var), lo, hi, inclusive: *inclusive && !stepped, adaptors }
            }
        }
    }
}

struct Trips {
    param: VarId,
    result: VarId,
}

impl Recorded {
    /// Which arms of a branch at the end of the body end the loop idly.
    fn idle_arms(&self, term: &Term) -> Vec<bool> {
        match term {
            Term::Branch(branch) => branch.arms.iter().map(|arm| self.ends_idly(&arm.body)).collect(),
            Term::Yield(_)
            | Term::Continue(..)
            | Term::Break(..)
            | Term::Return(_)
            | Term::Escape(_)
            | Term::Panic(_) => Vec::new(),
        }
    }
}

/// Arrays under the names that they have in reverse code.
struct Renamed<'n>(&'n BTreeMap<VarId, VarId>);

impl Rewrite for Renamed<'_> {
    fn atom(&mut self, _: &mut Atom) {}

    fn array(&mut self, array: &mut VarId, _: Touch) {
        *array = self.0.get(array).copied().unwrap_or(*array);
    }

    fn def(&mut self, _: &mut VarId) {}
}

/// The adjoints of the next iteration's carried values are those of what this one hands on.
fn hand_back(pass: &mut Reverse<'_>, term: &Term, backs: &[Back]) {
    if let Term::Continue(_, values) | Term::Break(_, values) = term {
        for back in backs {
            pass.contribute(&values[back.at], Atom::Var(back.param));
        }
    }
}

fn has_break(term: &Term) -> bool {
    match term {
        Term::Break(..) => true,
        Term::Branch(branch) => branch.arms.iter().any(|arm| has_break(&arm.body.term)),
        Term::Yield(_) | Term::Continue(..) | Term::Return(_) | Term::Escape(_) | Term::Panic(_) => false,
    }
}

/// The variables that the derived function returns as its value, the memory that its caller sees, and what effects depend on.
pub(super) fn wanted(source: &Func, goal: Goal) -> Vec<VarId> {
    let mut wanted: Vec<VarId> =
        source.params.iter().filter(|param| param.mutable).map(|param| param.var).collect();
    if goal.gives_value() {
        returned_by(&source.body, &mut wanted);
    }
    record::used_by_effects(&source.body, &mut wanted);
    wanted
}

fn returned_by(block: &Block, found: &mut Vec<VarId>) {
    match &block.term {
        Term::Return(values) => found.extend(values.iter().filter_map(Atom::var)),
        Term::Branch(branch) => branch.arms.iter().for_each(|arm| returned_by(&arm.body, found)),
        Term::Yield(_) | Term::Continue(..) | Term::Break(..) | Term::Escape(_) | Term::Panic(_) => {}
    }
}
