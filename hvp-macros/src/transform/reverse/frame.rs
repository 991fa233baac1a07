//! Where reverse code finds the values of the primal sweep.
//!
//! The reverse code of a region (function, loop body, arm) runs in another scope than its primal code, unless the region is
//! *visible*. A value of a region that is not is repeated at the head of the region's reverse code, if that is cheap and gives
//! the same number, or else handed over: through a tape, or, from an arm, as one more result of its branch.

use std::collections::{BTreeMap, BTreeSet};

use super::{Reverse, Storage};
use crate::analysis::facts::Site;
use crate::ir::{
    Atom, Block, Kind, LoopId, Name, Op, Operand, Rewrite, Slice, Stmt, Touch, Var, VarId, each_name,
    each_name_of, rewrite_op,
};

/// How the reverse code of a region is placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Behind the primal code, in one scope.
    Visible,
    /// In a loop of its own.
    Loop,
    /// In an arm of a branch that follows later in the same region.
    Arm,
    /// In an arm of a branch at the end of a loop body or arm.
    Tail,
}

/// A region whose reverse code is being written.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) mode: Mode,
    /// What the region itself defines, regions inside apart.
    pub(super) defs: BTreeSet<VarId>,
    /// What stands for a value of the region in its reverse code.
    pub(super) known: BTreeMap<VarId, Atom>,
    /// The same, for what is found in the course of the reverse code and so is no use at its head.
    pub(super) late: BTreeMap<VarId, Atom>,
    /// Repeated computations, with their place in the original order.
    pub(super) prologue: Vec<(usize, Stmt)>,
    /// Adjoints of the arrays that the region makes.
    pub(super) opening: Vec<Stmt>,
    /// Pushed at the end of the region, popped at the head of its reverse: the original and what it is popped as.
    pub(super) recorded: Vec<(VarId, VarId)>,
    /// What stands for the arrays that the region makes and its reverse code restores.
    pub(super) restored: BTreeMap<VarId, VarId>,
    /// Results that an arm gives beyond its own: the original and the result.
    pub(super) hoisted: Vec<(VarId, VarId)>,
    /// Tapes to be declared before the statement at hand (outermost frame only).
    pub(super) new_tapes: Vec<VarId>,
    /// The loop whose iteration runs again in this scope, just before its reverse.
    pub(super) repeated: Option<LoopId>,
}

impl Frame {
    pub(super) fn new(mode: Mode, block: &Block, more: impl IntoIterator<Item = VarId>) -> Frame {
        let mut defs = own_definitions(block);
        defs.extend(more);
        Frame {
            mode,
            defs,
            known: BTreeMap::new(),
            late: BTreeMap::new(),
            prologue: Vec::new(),
            opening: Vec::new(),
            recorded: Vec::new(),
            restored: BTreeMap::new(),
            hoisted: Vec::new(),
            new_tapes: Vec::new(),
            repeated: None,
        }
    }

    /// The head of the region's reverse code, `pop` apart.
    pub(super) fn head(&mut self) -> Vec<Stmt> {
        self.prologue.sort_by_key(|(order, _)| *order);
        let mut stmts: Vec<Stmt> = self.prologue.drain(..).map(|(_, stmt)| stmt).collect();
        stmts.append(&mut self.opening);
        stmts
    }
}

/// Whether a tape, or a result of a branch, can hold such a value whatever it is.
fn is_plain(kind: &Kind) -> bool {
    match kind {
        Kind::Real | Kind::Tangent | Kind::Int | Kind::Bool => true,
        Kind::Opaque | Kind::Array(_) | Kind::Tuple(_) | Kind::Tape | Kind::Pullback => false,
    }
}

/// What `block` defines at its own level.
fn own_definitions(block: &Block) -> BTreeSet<VarId> {
    let mut defs = BTreeSet::new();
    for stmt in &block.stmts {
        match stmt {
            Stmt::Branch { results, .. } => defs.extend(results),
            Stmt::Loop(l) => defs.extend(l.carried.iter().map(|carried| carried.result)),
            other => each_name(other, |name| {
                if let Name::Def(var) = name {
                    defs.insert(var);
                }
            }),
        }
    }
    defs
}

/// Computations that cost more than this are recorded instead of repeated; the unit is about one addition.
const CHEAP: u32 = 12;

/// The same for what is computed from other values that the reverse sweep asks for, be they recorded or not.
const NEAR: u32 = 2;

impl Reverse<'_> {
    /// What stands for `atom` of the primal sweep at this point of the reverse sweep.
    pub(super) fn primal(&mut self, atom: &Atom) -> Atom {
        match atom.var() {
            Some(var) => self.value(var),
            None => atom.clone(),
        }
    }

    fn frame_of(&self, var: VarId) -> Option<usize> {
        self.frames.iter().rposition(|frame| frame.defs.contains(&var))
    }

    /// Whether reverse code finds `var` where it was: not what is passed by `&mut` to a function whose reverse sweep runs later.
    pub(super) fn is_visible(&self, var: VarId) -> bool {
        !self.is_gone(var) && self.frame_of(var).is_none_or(|at| self.frames[at].mode == Mode::Visible)
    }

    pub(super) fn is_gone(&self, var: VarId) -> bool {
        self.goal.splits() && self.source.params.iter().any(|param| param.mutable && param.var == var)
    }

    pub(super) fn value(&mut self, var: VarId) -> Atom {
        let late = self.frame_of(var).and_then(|at| self.frames[at].late.get(&var));
        late.cloned().unwrap_or_else(|| self.value_at_head(var))
    }

    /// The same, but only what is there at the head of the region's reverse code.
    fn value_at_head(&mut self, var: VarId) -> Atom {
        let Some(at) = self.frame_of(var) else {
            return Atom::Var(var);
        };
        if let Some(known) = self.frames[at].known.get(&var) {
            return known.clone();
        }
        if self.frames[at].mode == Mode::Visible {
            if !(self.goal.splits() && self.is_borrowed(var)) {
                return Atom::Var(var);
            }
            let again = self.repeat_value(var, at);
            self.frames[at].known.insert(var, again.clone());
            return again;
        }
        // A value of unknown type may not be one that can be recorded.
        let repeats = self.storage == Storage::Cheapest || *self.out.kind(var) == Kind::Opaque;
        let within = |cost: Option<u32>, most| cost.is_some_and(|cost| cost <= most);
        let cheap = within(self.cost(var), CHEAP) || within(self.cost_within(var, at, true), NEAR);
        let atom = if repeats && cheap { self.repeat_value(var, at) } else { self.hand_over(var, at) };
        self.frames[at].known.insert(var, atom.clone());
        atom
    }

    /// Whether `var` may borrow from an argument and can be found again from the arguments: a reverse sweep that runs later gets
    /// them once more, and must not hold on to the first ones.
    fn is_borrowed(&self, var: VarId) -> bool {
        match self.facts.ops.get(&var) {
            Some(Op::Opaque(opaque)) => {
                let outermost = self.frame_of(var) == Some(0);
                outermost && *self.out.kind(var) == Kind::Opaque && opaque.repeatable
            }
            Some(_) | None => false,
        }
    }

    /// What it costs to compute `var` again at the head of its region's reverse code; `None` where that is not possible, or
    /// known to be dear.
    fn cost(&self, var: VarId) -> Option<u32> {
        self.cost_within(var, self.frame_of(var)?, false)
    }

    /// The same at the head of the reverse code of the region `inner`, which may stand in that of `var`. There, what a loop around
    /// records once for all of its iterations costs nothing, and neither does what the reverse sweep `asks` for itself.
    fn cost_within(&self, var: VarId, inner: usize, asks: bool) -> Option<u32> {
        let Some(at) = self.frame_of(var) else {
            return Some(0);
        };
        let between = self.frames.get(at + 1..=inner).unwrap_or_default();
        let once = is_plain(self.out.kind(var)) && between.iter().any(|frame| frame.mode == Mode::Loop);
        if once || self.frames[at].mode == Mode::Visible || self.frames[at].known.contains_key(&var) {
            return Some(0);
        }
        let op = self.facts.ops.get(&var)?;
        let own = match op {
            Op::Copy(_) | Op::Field(..) => 0,
            Op::Neg(_)
            | Op::Add(..)
            | Op::Sub(..)
            | Op::Mul(..)
            | Op::MulAdd(..)
            | Op::Clamp(..)
            | Op::Select(..)
            | Op::Compare(..)
            | Op::Test(..)
            | Op::Not(_)
            | Op::And(..)
            | Op::Or(..)
            | Op::ScaleOrZero(..)
            | Op::ScaleUnlessZero(..)
            | Op::ToReal(_) => 1,
            Op::Div(..) | Op::Rem(..) if *self.out.kind(var) == Kind::Int => 3,
            Op::Div(a, b) if self.is_constant(a) && self.is_constant(b) => 1,
            Op::Div(..) | Op::Rem(..) | Op::Sum(_) => return None,
            Op::Unary(function, _) => function.is_cheap().then_some(1)?,
            Op::Binary(function, _, _) => function.is_cheap().then_some(1)?,
            Op::Opaque(opaque) => opaque.repeatable.then_some(2)?,
            Op::Len(slice) => (!self.facts.resized.contains(&slice.base)
                || self.saved.arrays.contains(&slice.base))
            .then_some(1)?,
            Op::Load(_) => 1,
        };
        let site = self.facts.sites.get(&var)?;
        let repeated = self.frames.iter().rev().find_map(|frame| frame.repeated);
        let reads_contents = !matches!(op, Op::Len(slice) if !self.facts.resized.contains(&slice.base));
        // The adjoint of an element needs its index as well.
        let scattered = matches!(op, Op::Load(_)) && self.active.contains(&var);
        let mut total = Some(own);
        each_name_of(op, |name| {
            total = total.and_then(|sum: u32| match name {
                Name::Use(atom) => match atom.var() {
                    Some(operand) => {
                        let asked = asks && self.is_needed(operand);
                        let cost = if asked { Some(0) } else { self.cost_within(operand, inner, asks) };
                        cost.map(|cost| if scattered { sum } else { sum + cost })
                    }
                    None => Some(sum),
                },
                Name::Array(array, _) => {
                    let shape_only = !reads_contents && (self.is_visible(array) || self.is_restored(array));
                    let whole = !matches!(op, Op::Load(_));
                    let is_there = self.can_read(array, site, repeated)
                        && (!whole || self.facts.keeps_length(array, site, repeated));
                    (shape_only || is_there).then_some(sum)
                }
                Name::Def(_) => Some(sum),
            });
        });
        total
    }

    /// Whether the reverse sweep asks for the number itself, so that it is at hand for what is computed from it.
    fn is_needed(&self, var: VarId) -> bool {
        self.needed.contains(&var) && is_plain(self.out.kind(var))
    }

    /// Whether the compiler knows the number.
    fn is_constant(&self, atom: &Atom) -> bool {
        match atom.var().map(|var| self.facts.ops.get(&var)) {
            None => true,
            Some(Some(Op::Copy(value))) => self.is_constant(value),
            Some(_) => false,
        }
    }

    /// Whether the head of the reverse code of the region around `site` finds in `array` what was there at `site`.
    fn can_read(&self, array: VarId, site: &Site, repeated: Option<LoopId>) -> bool {
        let restored = self.saved.arrays.contains(&array) && self.facts.is_last_in_iteration(array, site);
        let kept = || self.is_kept(array, site);
        self.is_visible(array) && (restored || self.facts.is_stable(array, site, repeated) || kept())
            || self.is_restored(array) && kept()
    }

    /// Whether the iteration around is recorded, and its reverse restores `array`, which the iteration made.
    pub(super) fn is_restored(&self, array: VarId) -> bool {
        self.frame_of(array).is_some_and(|at| self.frames[at].restored.contains_key(&array))
    }

    /// Whether a recorded loop around restores what `array` held at `site`.
    fn is_kept(&self, array: VarId, site: &Site) -> bool {
        self.kept.get(&array).is_some_and(|id| {
            let recorded = self.loops.iter().any(|l| l.id == *id);
            recorded && site.loops.contains(id) && self.facts.is_stable(array, site, Some(*id))
        })
    }

    fn repeat_value(&mut self, var: VarId, at: usize) -> Atom {
        let mut op = self.facts.ops.get(&var).cloned().unwrap_or(Op::Copy(Atom::Undef));
        rewrite_op(&mut AtHead(self), &mut op);
        let again = self.copy_of(var);
        let order = self.facts.sites.get(&var).map_or(0, |site| site.order);
        self.frames[at].prologue.push((order, Stmt::Let { var: again, op }));
        Atom::Var(again)
    }

    fn hand_over(&mut self, var: VarId, at: usize) -> Atom {
        let plain = is_plain(self.out.kind(var));
        let other = self.copy_of(var);
        if self.frames[at].mode == Mode::Arm && plain {
            self.frames[at].hoisted.push((var, other));
            self.frames[at - 1].defs.insert(other);
            return self.value(other);
        }
        self.frames[at].recorded.push((var, other));
        Atom::Var(other)
    }

    /// The array `array` as its region leaves it: its shape, and, if nothing is written later, its contents.
    pub(super) fn array_value(&mut self, array: VarId) -> VarId {
        match self.frame_of(array) {
            Some(at) if self.frames[at].mode != Mode::Visible => {
                let known = self.frames[at].known.get(&array).and_then(Atom::var);
                known.unwrap_or_else(|| {
                    let other = self.copy_of(array);
                    self.frames[at].recorded.push((array, other));
                    self.frames[at].known.insert(array, Atom::Var(other));
                    other
                })
            }
            Some(_) | None => array,
        }
    }

    /// Another variable like `var`.
    pub(super) fn copy_of(&mut self, var: VarId) -> VarId {
        self.out.fresh_like(var)
    }

    /// The statements that hand a region's recorded values over, for the end of the primal and the head of the reverse code.
    pub(super) fn record(&mut self, frame: &Frame) -> (Option<Stmt>, Option<Stmt>) {
        if frame.recorded.is_empty() {
            return (None, None);
        }
        let tape = self.new_tape();
        let operand = |(var, _): &(VarId, VarId)| {
            if self.out.kind(*var).is_array() {
                Operand::Array(Slice::whole(*var))
            } else {
                Operand::Atom(Atom::Var(*var))
            }
        };
        let values = frame.recorded.iter().map(operand).collect();
        let vars = frame.recorded.iter().map(|(_, popped)| *popped).collect();
        (Some(Stmt::Push { tape, values }), Some(Stmt::Pop { tape, vars }))
    }

    /// A tape, declared outside of everything that uses it: whoever pushes pops, so it is empty in between.
    pub(super) fn new_tape(&mut self) -> VarId {
        let tape = self.out.fresh(Var::named("tape", Kind::Tape, crate::ir::SpanId(0)));
        if let Some(frame) = self.frames.first_mut() {
            frame.new_tapes.push(tape);
        }
        tape
    }
}

/// Replaces each value of the primal sweep by what stands for it in the reverse sweep. Arrays stay: whoever rewrites has seen
/// to it that they are visible.
pub(super) struct Primals<'r, 'a>(pub(super) &'r mut Reverse<'a>);

impl Rewrite for Primals<'_, '_> {
    fn atom(&mut self, atom: &mut Atom) {
        *atom = self.0.primal(atom);
    }

    fn array(&mut self, _: &mut VarId, _: Touch) {}

    fn def(&mut self, _: &mut VarId) {}
}

/// The same for code at the head of a region's reverse code.
struct AtHead<'r, 'a>(&'r mut Reverse<'a>);

impl Rewrite for AtHead<'_, '_> {
    fn atom(&mut self, atom: &mut Atom) {
        if let Atom::Var(var) = atom {
            *atom = self.0.value_at_head(*var);
        }
    }

    fn array(&mut self, _: &mut VarId, _: Touch) {}

    fn def(&mut self, _: &mut VarId) {}
}
