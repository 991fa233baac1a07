//! Where things are defined, what they are computed from, and where memory changes.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::{
    ArgValue, Block, Branch, Call, Func, Head, Init, Loop, LoopId, Name, Op, Stmt, Term, Touch, VarId,
    each_name, each_name_in,
};

/// A point of the program: its place in the order of the text, and the loops around it, outermost first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Site {
    pub(crate) order: usize,
    pub(crate) loops: Vec<LoopId>,
}

/// What one walk over a function finds.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// Where each variable is defined (of an array: made), parameters apart.
    pub(crate) sites: BTreeMap<VarId, Site>,
    /// The operation that defines a scalar.
    pub(crate) ops: BTreeMap<VarId, Op>,
    /// How a local array is made.
    pub(crate) inits: BTreeMap<VarId, Init>,
    /// All that a value, or the contents of an array, is computed from, conditions included.
    pub(crate) sources: BTreeMap<VarId, BTreeSet<VarId>>,
    /// Where elements of an array are overwritten.
    pub(crate) writes: BTreeMap<VarId, Vec<Site>>,
    /// Arrays whose length changes, or that change places.
    pub(crate) resized: BTreeSet<VarId>,
    /// Where elements are appended to an array or taken from it.
    pub(crate) growths: BTreeMap<VarId, Vec<Site>>,
    /// Arrays that change places, and where.
    pub(crate) swaps: Vec<(VarId, VarId, Site)>,
    /// Where each call stands; calls are told apart by their address in the function that was walked.
    calls: BTreeMap<*const Call, Site>,
}

impl Facts {
    pub(crate) fn gather(func: &Func) -> Facts {
        let mut walk = Walk { facts: Facts::default(), here: Site::default(), control: Vec::new() };
        walk.block(&func.body, &[]);
        walk.facts
    }

    /// Where `call` stands, which is one of the function that was walked and no copy.
    pub(crate) fn call_site(&self, call: &Call) -> Site {
        let site = self.calls.get(&std::ptr::from_ref(call));
        site.cloned().unwrap_or_else(|| unreachable!("the walk comes by every call of the function"))
    }

    /// Whether the elements of `array` that are read at `site` are still the same when everything has run: no write comes
    /// later in the text, and no loop around both can bring one. The loops up to `repeated` are not counted: their iteration
    /// runs again just before.
    pub(crate) fn is_stable(&self, array: VarId, site: &Site, repeated: Option<LoopId>) -> bool {
        self.come_before(&self.writes, array, site, repeated)
    }

    /// The same of the length of `array`, and of its elements if all are read.
    pub(crate) fn keeps_length(&self, array: VarId, site: &Site, repeated: Option<LoopId>) -> bool {
        self.come_before(&self.growths, array, site, repeated)
    }

    fn come_before(
        &self,
        changes: &BTreeMap<VarId, Vec<Site>>,
        array: VarId,
        site: &Site,
        repeated: Option<LoopId>,
    ) -> bool {
        let made = self.sites.get(&array).map_or(0, |made| made.loops.len());
        let again = repeated.and_then(|id| site.loops.iter().position(|l| *l == id)).map_or(0, |at| at + 1);
        let skip = made.max(again);
        changes.get(&array).is_none_or(|changes| {
            changes.iter().all(|write| {
                let together = repeated.is_none_or(|id| write.loops.contains(&id)) || again == 0;
                let shares_loop =
                    write.loops.iter().skip(skip).any(|l| site.loops.iter().skip(skip).any(|s| s == l));
                !together || (write.order < site.order && !shares_loop)
            })
        })
    }

    /// Whether `array` is not written after `site` in the same iteration of the loops around it.
    pub(crate) fn is_last_in_iteration(&self, array: VarId, site: &Site) -> bool {
        self.writes.get(&array).is_none_or(|writes| {
            writes.iter().all(|write| !write.loops.starts_with(&site.loops) || write.order < site.order)
        })
    }

    /// Everything that `roots` are computed from, themselves included.
    pub(crate) fn closure(&self, roots: impl IntoIterator<Item = VarId>) -> BTreeSet<VarId> {
        let mut found = BTreeSet::new();
        let mut open: Vec<VarId> = roots.into_iter().collect();
        while let Some(var) = open.pop() {
            if found.insert(var) {
                open.extend(self.sources.get(&var).into_iter().flatten());
            }
        }
        found
    }
}

struct Walk {
    facts: Facts,
    here: Site,
    /// What the conditions and bounds around this point depend on.
    control: Vec<VarId>,
}

impl Walk {
    fn define(&mut self, var: VarId, sources: impl IntoIterator<Item = VarId>) {
        self.facts.sites.entry(var).or_insert_with(|| self.here.clone());
        self.facts.sources.entry(var).or_default().extend(sources);
    }

    /// An array changes here.
    fn write(&mut self, array: VarId, sources: &[VarId], touch: Touch) {
        let control = self.control.clone();
        self.facts.sources.entry(array).or_default().extend(sources.iter().chain(&control));
        match touch {
            Touch::Read => {}
            Touch::Grow => {
                self.facts.resized.insert(array);
                self.facts.growths.entry(array).or_default().push(self.here.clone());
            }
            Touch::Set | Touch::Update => self.facts.writes.entry(array).or_default().push(self.here.clone()),
        }
    }

    /// `targets` are the variables that take the values of the leaves.
    fn block(&mut self, block: &Block, targets: &[Vec<VarId>]) {
        for stmt in &block.stmts {
            self.here.order += 1;
            self.stmt(stmt);
        }
        match &block.term {
            Term::Yield(values) | Term::Continue(_, values) | Term::Break(_, values) => {
                for (targets, value) in targets.iter().zip(values) {
                    for target in targets {
                        let control = self.control.clone();
                        self.facts
                            .sources
                            .entry(*target)
                            .or_default()
                            .extend(value.var().into_iter().chain(control));
                    }
                }
            }
            Term::Branch(branch) => self.branch(branch, targets),
            Term::Return(_) | Term::Escape(_) | Term::Panic(_) => {}
        }
    }

    fn branch(&mut self, branch: &Branch, targets: &[Vec<VarId>]) {
        let depth = self.control.len();
        self.control.extend(selector_vars(branch));
        for arm in &branch.arms {
            if let Some(pattern) = &arm.pattern {
                let scrutinee = selector_vars(branch);
                for bind in &pattern.binds {
                    self.define(*bind, scrutinee.iter().copied());
                }
                if let Some(guard) = &pattern.guard {
                    self.block(guard, &[]);
                    named(guard, &mut self.control);
                }
            }
            self.block(&arm.body, targets);
        }
        self.control.truncate(depth);
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Branch { branch, results } => {
                let targets: Vec<Vec<VarId>> = results.iter().map(|result| vec![*result]).collect();
                results.iter().for_each(|result| self.define(*result, []));
                self.branch(branch, &targets);
            }
            Stmt::Loop(l) => self.looped(l),
            Stmt::Call(call) => self.call(call),
            Stmt::Let { var, op } => {
                self.facts.ops.insert(*var, op.clone());
                self.simple(stmt);
            }
            Stmt::Alloc { var, init } => {
                self.facts.inits.insert(*var, init.clone());
                self.simple(stmt);
            }
            Stmt::Assign { .. }
            | Stmt::Effect(_)
            | Stmt::Store { .. }
            | Stmt::CopySlice { .. }
            | Stmt::AddSlice { .. }
            | Stmt::Fill { .. }
            | Stmt::Swap { .. }
            | Stmt::VecPush { .. }
            | Stmt::VecPop { .. }
            | Stmt::NewTape { .. }
            | Stmt::Turn
            | Stmt::Push { .. }
            | Stmt::Pop { .. } => self.simple(stmt),
        }
        if let Stmt::VecPop { array, .. } = stmt {
            self.facts.resized.insert(*array);
            self.facts.growths.entry(*array).or_default().push(self.here.clone());
        } else if let Stmt::Swap { a, b } = stmt {
            self.facts.resized.extend([a, b]);
            self.facts.swaps.push((*a, *b, self.here.clone()));
        }
    }

    /// A statement without blocks: what it defines and changes depends on all that it reads.
    fn simple(&mut self, stmt: &Stmt) {
        let (mut sources, mut defs, mut touched) = (Vec::new(), Vec::new(), Vec::new());
        each_name(stmt, |name| match name {
            Name::Use(atom) => sources.extend(atom.var()),
            Name::Array(array, Touch::Read) => sources.push(array),
            Name::Array(array, touch) => {
                sources.push(array);
                touched.push((array, touch));
            }
            Name::Def(var) => defs.push(var),
        });
        for var in defs {
            self.define(var, sources.iter().copied());
        }
        for (array, touch) in touched {
            self.write(array, &sources, touch);
        }
    }

    fn call(&mut self, call: &Call) {
        self.facts.calls.insert(std::ptr::from_ref(call), self.here.clone());
        self.simple(&Stmt::Call(call.clone()));
    }

    fn looped(&mut self, l: &Loop) {
        let mut head = Vec::new();
        if let Head::Range { var, .. } = &l.head {
            head = head_vars(&l.head);
            self.here.loops.push(l.id);
            self.define(*var, head.iter().copied());
            self.here.loops.pop();
        }
        let mut targets = Vec::new();
        for carried in &l.carried {
            self.here.loops.push(l.id);
            self.define(carried.param, carried.init.var());
            self.here.loops.pop();
            self.define(carried.result, carried.init.var().into_iter().chain(head.iter().copied()));
            targets.push(vec![carried.param, carried.result]);
        }
        let depth = self.control.len();
        self.control.extend(head);
        ends_early(&l.body.term, &mut self.control);
        self.here.loops.push(l.id);
        self.block(&l.body, &targets);
        self.here.loops.pop();
        self.control.truncate(depth);
    }
}

/// Whether an iteration that ends with `term` may be the last before its time; `deciding` gets the variables that decide it, on which
/// all depends that later iterations do.
fn ends_early(term: &Term, deciding: &mut Vec<VarId>) -> bool {
    match term {
        Term::Branch(branch) => {
            let early = branch.arms.iter().filter(|arm| ends_early(&arm.body.term, deciding)).count() > 0;
            if early {
                deciding.extend(selector_vars(branch));
                let patterns = branch.arms.iter().filter_map(|arm| arm.pattern.as_ref());
                patterns
                    .filter_map(|pattern| pattern.guard.as_ref())
                    .for_each(|guard| named(guard, deciding));
            }
            early
        }
        Term::Break(..) | Term::Return(_) | Term::Escape(_) => true,
        Term::Yield(_) | Term::Continue(..) | Term::Panic(_) => false,
    }
}

/// What a guard reads and computes.
fn named(guard: &Block, vars: &mut Vec<VarId>) {
    each_name_in(guard, |name| match name {
        Name::Use(atom) => vars.extend(atom.var()),
        Name::Def(var) | Name::Array(var, _) => vars.push(var),
    });
}

/// The variables that decide which arm is taken, guards apart.
pub(crate) fn selector_vars(branch: &Branch) -> Vec<VarId> {
    match &branch.on {
        crate::ir::Selector::Bool(cond) => cond.var().into_iter().collect(),
        crate::ir::Selector::Match(scrutinee) => scrutinee.vars().collect(),
    }
}

/// The variables in a loop's bounds and steps.
pub(crate) fn head_vars(head: &Head) -> Vec<VarId> {
    match head {
        Head::Forever => Vec::new(),
        Head::Range { lo, hi, adaptors, .. } => {
            let steps = adaptors.iter().filter_map(|adaptor| match adaptor {
                crate::ir::Adaptor::Rev => None,
                crate::ir::Adaptor::StepBy(step) => Some(step),
            });
            [lo, hi].into_iter().chain(steps).filter_map(crate::ir::Atom::var).collect()
        }
    }
}

/// The arrays that a call writes to.
pub(crate) fn written_by(call: &Call) -> Vec<VarId> {
    let written = call.args.iter().filter_map(|arg| match &arg.value {
        ArgValue::ArrayMut(slice) => Some(slice.base),
        ArgValue::Scalar(_)
        | ArgValue::Array(_)
        | ArgValue::ArrayByValue(_)
        | ArgValue::ScalarMut { .. }
        | ArgValue::ArrayGone
        | ArgValue::ScalarGone => None,
    });
    written.collect()
}
