//! Reverse mode.
//!
//! `let y = x * x.sin();` becomes, behind the primal sweep, `x_bar += y_bar * (s + x * c);`.
//!
//! A block is walked from its last statement to its first. Each statement gives primal code, which is itself but for what it
//! must hand over, and reverse code, which takes the adjoints of what the statement defines and adds to the adjoints of
//! what it uses. Adjoints of scalars are values, and structurally zero until something is added; adjoints of arrays are arrays.

mod again;
mod branch;
mod call;
mod exit;
mod frame;
mod induction;
mod looped;
mod memory;
mod operation;
mod part;
mod repeated;
mod save;
#[cfg(test)]
mod tests;
mod unused;

pub(crate) use self::exit::can_split;

use std::collections::{BTreeMap, BTreeSet};

use self::frame::{Frame, Mode};
use crate::analysis::activity;
use crate::analysis::facts::Facts;
use crate::analysis::one_sweep::OneSweep;
use crate::analysis::record::{self, Need};
use crate::analysis::saved::Saved;
use crate::ir::{
    Atom, Block, Func, Init, Kind, LoopId, Op, Param, Role, Slice, Stmt, Term, Var, VarId, What,
};
use crate::transform::search;

/// What a reverse sweep is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// The gradient of the one result.
    Gradient,
    /// The one result and its gradient.
    ValueAndGradient,
    /// The adjoints for given adjoints of the results, which are parameters.
    Pull,
    /// The results, and later, when the arguments passed by `&mut` are no longer there, the adjoints for given adjoints of
    /// the results: [`Stmt::Turn`] stands between the sweeps, and the function has one exit.
    ValueThenPull,
}

impl Goal {
    /// Whether the results are returned too.
    pub(crate) fn gives_value(self) -> bool {
        match self {
            Goal::ValueAndGradient | Goal::ValueThenPull => true,
            Goal::Gradient | Goal::Pull => false,
        }
    }

    /// Whether the adjoints of the results are parameters; else the one result's is 1.
    pub(crate) fn takes_seeds(self) -> bool {
        match self {
            Goal::Pull | Goal::ValueThenPull => true,
            Goal::Gradient | Goal::ValueAndGradient => false,
        }
    }

    fn splits(self) -> bool {
        self == Goal::ValueThenPull
    }
}

/// How the reverse sweep gets at what it needs and does not see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Storage {
    /// In the cheapest way: repeated, saved, counted back or recorded, and of a search at its place alone.
    Cheapest,
    /// All of it is recorded. The numbers are the same; tests compare.
    RecordAll,
}

/// What has an adjoint that is a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Var(VarId),
    /// A component of a tuple parameter.
    Field(VarId, usize),
    /// Not an adjoint: a component of the function's value on its way to the end.
    Value(usize),
}

/// Adds the reverse sweep to `func`.
pub(crate) fn transform(func: &Func, goal: Goal, storage: Storage) -> Func {
    let func = match storage {
        Storage::Cheapest => search::find(func.clone()),
        Storage::RecordAll => func.clone(),
    };
    let func = &if goal.splits() { exit::single(&func) } else { func };
    let active = activity::varied(func, &activity::inputs(func));
    let facts = Facts::gather(func);
    let needs = record::needs(func, &facts, &active);
    let (kept, mut saved) = if storage == Storage::RecordAll {
        Default::default()
    } else {
        (record::kept(func, &facts, &needs), Saved::find(func, &facts, &needs))
    };
    saved.arrays.retain(|array| !kept.contains_key(array));
    if goal.splits() {
        // The results are given away before the reverse sweep, which must not restore what they were.
        let returned = record::returned(func);
        saved.arrays.retain(|array| !returned.contains(array));
    }
    let one_sweep = if storage == Storage::Cheapest && goal == Goal::ValueAndGradient {
        let wanted = looped::wanted(func, goal);
        OneSweep::find(func, &facts, &needs, &wanted, &saved.arrays, &active)
    } else {
        OneSweep::default()
    };
    let mut pass = Reverse {
        source: func,
        out: func.clone(),
        active,
        facts,
        needed: needs.iter().map(|need| need.var).collect(),
        needs,
        saved,
        kept,
        one_sweep,
        late: Vec::new(),
        goal,
        storage,
        seeds: Vec::new(),
        bars: BTreeMap::new(),
        array_bars: BTreeMap::new(),
        frames: Vec::new(),
        code: Vec::new(),
        loops: Vec::new(),
        last_hoisted: Vec::new(),
        unused: BTreeSet::new(),
    };
    pass.parameters();
    let stmts = pass.visible(&func.body, None, &mut |pass, term| pass.returned(term));
    pass.finish(stmts)
}

/// How the values at the leaves of a block are taken: by the adjoints of what they become.
type Leaf<'l> = &'l mut dyn FnMut(&mut Reverse<'_>, &Term);

struct Reverse<'a> {
    source: &'a Func,
    out: Func,
    active: BTreeSet<VarId>,
    facts: Facts,
    needs: Vec<Need>,
    /// The variables of `needs`.
    needed: BTreeSet<VarId>,
    /// Arrays whose overwritten elements are saved and restored.
    saved: Saved,
    /// Arrays that a loop, if it is recorded, keeps whole.
    kept: BTreeMap<VarId, LoopId>,
    one_sweep: OneSweep,
    /// Primal code that waits for a loop in one sweep, last statement first.
    late: Vec<Stmt>,
    goal: Goal,
    storage: Storage,
    /// The adjoint of each component of the result.
    seeds: Vec<Atom>,
    bars: BTreeMap<Key, Atom>,
    array_bars: BTreeMap<VarId, VarId>,
    frames: Vec<Frame>,
    /// The reverse code of each region, innermost last.
    code: Vec<Vec<Stmt>>,
    /// The recorded loops around, innermost last.
    loops: Vec<looped::Recorded>,
    /// What the arm that was reversed last gives beyond its own results.
    last_hoisted: Vec<(VarId, VarId)>,
    /// Adjoints that are zero where the path that was taken did not use the value.
    unused: BTreeSet<VarId>,
}

impl Reverse<'_> {
    /// The parameters of the new function, the user's first.
    fn parameters(&mut self) {
        for (index, role) in self.source.results.iter().enumerate() {
            if !self.goal.takes_seeds() {
                self.seeds.push(Atom::real(1.0));
                continue;
            }
            let kind = result_kind(self.source, index);
            let seed = self.out.fresh(Var::named("y_bar", kind, crate::ir::SpanId(0)));
            self.out.params.push(param(seed, Role { bar: true, ..*role }, false));
            self.mark_unused(seed);
            self.seeds.push(Atom::Var(seed));
        }
        for old in &self.source.params {
            if old.differentiated && self.source.kind(old.var).is_array() {
                let bar = self.bar_variable(old.var);
                self.array_bars.insert(old.var, bar);
                self.out.params.push(param(bar, Role { bar: true, ..old.role }, true));
            }
        }
    }

    /// A new variable for the adjoint of `var`.
    fn bar_variable(&mut self, var: VarId) -> VarId {
        let info = self.out.var(var);
        let info = Var::named(format!("{}_bar", info.name), info.kind.clone(), info.span);
        self.out.fresh(info)
    }

    /// The adjoints of what a `return` returns.
    fn returned(&mut self, term: &Term) {
        let Term::Return(values) = term else { return };
        for (index, value) in values.iter().enumerate() {
            if self.goal.gives_value() {
                self.bars.insert(Key::Value(index), value.clone());
            }
            let seed = self.seeds[index].clone();
            match value.var() {
                Some(array) if self.out.kind(array).is_array() => self.seed_array(array, &seed),
                Some(_) | None => self.contribute(value, seed),
            }
        }
    }

    fn finish(mut self, mut stmts: Vec<Stmt>) -> Func {
        let mut values = Vec::new();
        let mut roles = Vec::new();
        if self.goal.gives_value() {
            for (index, role) in self.source.results.iter().enumerate() {
                values.push(self.bars.remove(&Key::Value(index)).unwrap_or(Atom::Undef));
                roles.push(*role);
            }
        }
        for old in self.source.params.iter().filter(|param| param.differentiated) {
            let keys: Vec<Key> = match self.source.kind(old.var) {
                Kind::Array(_) => continue,
                Kind::Tuple(kinds) => (0..kinds.len()).map(|index| Key::Field(old.var, index)).collect(),
                Kind::Real
                | Kind::Tangent
                | Kind::Int
                | Kind::Bool
                | Kind::Opaque
                | Kind::Tape
                | Kind::Pullback => {
                    vec![Key::Var(old.var)]
                }
            };
            for key in keys {
                values.push(self.bars.remove(&key).unwrap_or(Atom::real(0.0)));
                roles.push(Role { bar: true, ..old.role });
            }
        }
        stmts.extend(self.late.drain(..).rev());
        self.out.results = roles;
        self.out.body = Block { stmts, term: Term::Return(values) };
        self.out
    }

    /// A region whose reverse code follows its primal code in one scope: both, in order.
    fn visible(&mut self, block: &Block, repeated: Option<LoopId>, leaf: Leaf<'_>) -> Vec<Stmt> {
        let mut frame = Frame::new(Mode::Visible, block, []);
        frame.repeated = repeated;
        self.frames.push(frame);
        self.code.push(Vec::new());
        let tail = match &block.term {
            Term::Branch(branch) => self.visible_tail(branch, leaf),
            other => {
                leaf(self, other);
                Vec::new()
            }
        };
        let early = self.take_tapes();
        let mut stmts = self.block(&block.stmts);
        let reverse = self.code.pop().unwrap_or_default();
        if let Some(mut frame) = self.frames.pop() {
            stmts.extend(early);
            if self.goal.splits() && self.frames.is_empty() {
                stmts.push(Stmt::Turn);
            }
            stmts.append(&mut frame.head());
            // In an arm that ends a region nothing has been added to them; in an iteration, by later ones.
            if self.frames.last().is_some_and(|outer| outer.repeated == repeated) {
                stmts.extend(self.lengthened(block));
            }
        }
        stmts.extend(tail);
        stmts.extend(reverse);
        stmts
    }

    /// The adjoints of arrays from outside that get another length in `block`, zero so far, in the new length.
    fn lengthened(&mut self, block: &Block) -> Vec<Stmt> {
        let mut stmts = Vec::new();
        for array in record::resized_in(block) {
            let outside = self.frames.iter().any(|frame| frame.defs.contains(&array));
            let Some(bar) = self.array_bars.get(&array).copied().filter(|_| outside) else { continue };
            let zeros = self.bar_variable(array);
            stmts.push(Stmt::Alloc { var: zeros, init: Init::ZerosLike(Slice::whole(array)) });
            stmts.push(Stmt::Swap { a: bar, b: zeros });
        }
        stmts
    }

    /// Declarations of the tapes that are new since the last call, if this is the outermost region.
    fn take_tapes(&mut self) -> Vec<Stmt> {
        match self.frames.as_mut_slice() {
            [outermost] => outermost.new_tapes.drain(..).map(|tape| Stmt::NewTape { tape }).collect(),
            _ => Vec::new(),
        }
    }

    /// A region whose reverse code runs elsewhere: its primal code. The reverse code is appended to the current one.
    fn region(&mut self, block: &Block, leaf: Leaf<'_>) -> Block {
        let term = match &block.term {
            Term::Branch(branch) => Term::Branch(self.tail(branch, leaf)),
            other => {
                leaf(self, other);
                other.clone()
            }
        };
        Block { stmts: self.block(&block.stmts), term }
    }

    /// Walks `stmts` from the last to the first; gives their primal code.
    fn block(&mut self, stmts: &[Stmt]) -> Vec<Stmt> {
        let mut primal = Vec::new();
        for stmt in stmts.iter().rev() {
            let mut code = self.stmt(stmt);
            if matches!(stmt, Stmt::Let { var, .. } if self.one_sweep.late.contains(var)) {
                self.late.append(&mut code);
            }
            let mut tapes = self.take_tapes();
            tapes.append(&mut code);
            primal.push(tapes);
        }
        primal.into_iter().rev().flatten().collect()
    }

    fn stmt(&mut self, stmt: &Stmt) -> Vec<Stmt> {
        let spans = self.spans(stmt);
        let mut primal = self.save(stmt);
        spans.iter().for_each(|span| {
            self.saved.arrays.remove(&span.array);
        });
        let behind = if let Stmt::Swap { a, b } = stmt { self.swap_back(*a, *b) } else { None };
        let own = self.reversed_stmt(stmt);
        spans.iter().for_each(|span| primal.extend(self.save_span(span)));
        primal.extend(own);
        primal.extend(behind);
        self.saved.arrays.extend(spans.iter().map(|span| span.array));
        primal
    }

    /// The primal code of `stmt`, whose reverse goes into the reverse code.
    fn reversed_stmt(&mut self, stmt: &Stmt) -> Vec<Stmt> {
        let mut primal = Vec::new();
        let reversed =
            record::is_active_stmt(stmt, &self.active) || has_blocks(stmt) && self.saves_inside(stmt);
        if !reversed {
            primal.push(stmt.clone());
            return primal;
        }
        match stmt {
            Stmt::Let { var, op } => self.operation(*var, op),
            Stmt::Branch { branch, results } => return vec![self.branch(branch, results)],
            Stmt::Loop(l) if self.is_idle(l) => {}
            Stmt::Loop(l) => return self.looped(l),
            Stmt::Call(call) => {
                primal.extend(self.call(call));
                return primal;
            }
            Stmt::Alloc { var, init } => self.alloc(*var, init),
            Stmt::Store { place, value, update } => self.store(place, value, *update),
            Stmt::CopySlice { dst, src } => self.copy_slice(dst, src),
            Stmt::AddSlice { dst, src } => self.add_slice(dst, src),
            Stmt::Fill { dst, value } => self.fill(dst, value),
            Stmt::Swap { a, b } => self.swap(*a, *b),
            Stmt::VecPush { array, value } => self.vec_push(*array, value),
            Stmt::VecPop { array, var } => self.vec_pop(*array, *var),
            Stmt::Effect(_)
            | Stmt::Assign { .. }
            | Stmt::NewTape { .. }
            | Stmt::Turn
            | Stmt::Push { .. }
            | Stmt::Pop { .. } => {}
        }
        primal.push(stmt.clone());
        primal
    }

    fn is_active(&self, atom: &Atom) -> bool {
        atom.var().is_some_and(|var| self.active.contains(&var))
    }

    /// Writes `let t = op;` into the reverse code.
    fn emit(&mut self, kind: Kind, op: Op) -> Atom {
        let span = crate::ir::SpanId(0);
        let var = self.out.fresh(Var::temporary(kind, span));
        self.push(Stmt::Let { var, op });
        Atom::Var(var)
    }

    /// Writes `stmt` into the reverse code.
    fn push(&mut self, stmt: Stmt) {
        if let Some(code) = self.code.last_mut() {
            code.push(stmt);
        }
    }
}

fn has_blocks(stmt: &Stmt) -> bool {
    !stmt.blocks().is_empty()
}

fn param(var: VarId, role: Role, mutable: bool) -> Param {
    Param { var, role, differentiated: false, mutable }
}

/// The kind of a component of the result, from the first `return`.
fn result_kind(func: &Func, index: usize) -> Kind {
    fn find(func: &Func, block: &Block, index: usize) -> Option<Kind> {
        match &block.term {
            Term::Return(values) => values.get(index).map(|value| func.atom_kind(value)),
            Term::Branch(branch) => branch.arms.iter().find_map(|arm| find(func, &arm.body, index)),
            Term::Yield(_) | Term::Continue(..) | Term::Break(..) | Term::Escape(_) | Term::Panic(_) => None,
        }
    }
    find(func, &func.body, index).unwrap_or(Kind::Real)
}

impl Key {
    /// The name of the adjoint.
    fn name(self, func: &Func) -> String {
        match self {
            Key::Var(var) | Key::Field(var, _) => format!("{}_bar", func.var(var).name),
            Key::Value(index) => What::Result(index).name(),
        }
    }
}

impl What {
    fn name(self) -> String {
        match self {
            What::Param(index) => format!("param_{index}"),
            What::Result(_) => "value".to_owned(),
            What::Record(_) => unreachable!("only a product is linearised"),
        }
    }
}
