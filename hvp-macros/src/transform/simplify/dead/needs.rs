//! What something observable depends on.

use crate::ir::{
    Arg, ArgValue, Atom, Block, Branch, Call, Carried, Elem, Entry, Func, Head, Init, Kind, Len, Loop, Name,
    Op, Operand, Outcome, Selector, Slice, Stmt, Term, Touch, VarId, VarMap, VarSet, each_name, each_name_of,
    visit_opaque,
};

/// The answer of [`needs`].
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// Scalars; arrays whose contents are read or are an output; tapes and pullbacks that are used.
    vars: VarSet,
    /// Arrays of which only the shape is asked.
    shapes: VarSet,
    /// Which items of each tape's records are needed.
    items: VarMap<Vec<usize>>,
    changed: bool,
}

/// Walks `func` until no more is found to be needed.
pub(super) fn needs(func: &Func) -> Needs {
    let mut needs = Needs::default();
    for param in func.params.iter().filter(|param| param.mutable) {
        needs.vars.insert(param.var);
    }
    let mut walk = Walk { func, needs };
    loop {
        walk.needs.changed = false;
        walk.block(&func.body, &[]);
        if !walk.needs.changed {
            return walk.needs;
        }
    }
}

impl Needs {
    pub(super) fn has(&self, var: VarId) -> bool {
        self.vars.contains(var)
    }

    /// Whether the array has to be there, be it for its shape.
    pub(super) fn exists(&self, array: VarId) -> bool {
        self.has(array) || self.shapes.contains(array)
    }

    pub(super) fn carries(&self, item: &Carried) -> bool {
        self.has(item.param) || self.has(item.result)
    }

    pub(super) fn has_item(&self, tape: VarId, index: usize) -> bool {
        self.items.get(tape).is_some_and(|items| items.contains(&index))
    }

    fn need_item(&mut self, tape: VarId, index: usize) {
        if !self.has_item(tape, index) {
            self.items.slot(tape).push(index);
            self.changed = true;
        }
    }

    /// Whether a branch or loop around `block` has to stay for what happens in it.
    pub(super) fn acts(&self, block: &Block) -> bool {
        block.stmts.iter().any(|stmt| self.keeps(stmt))
            || match &block.term {
                Term::Escape(_) | Term::Panic(_) | Term::Return(_) => true,
                Term::Branch(branch) => {
                    branch.asks_once() || branch.blocks().into_iter().any(|inner| self.acts(inner))
                }
                Term::Yield(_) | Term::Continue(..) | Term::Break(..) => false,
            }
    }

    /// Whether `stmt` has to stay.
    pub(super) fn keeps(&self, stmt: &Stmt) -> bool {
        match stmt {
            Stmt::Let { var, op } => self.has(*var) || matches!(op, Op::Opaque(opaque) if !opaque.repeatable),
            Stmt::Effect(_) | Stmt::Turn | Stmt::Assign { .. } => true,
            Stmt::Alloc { var, .. } => self.exists(*var),
            Stmt::Store { place, .. } => self.has(place.base),
            Stmt::CopySlice { dst, .. } | Stmt::AddSlice { dst, .. } | Stmt::Fill { dst, .. } => {
                self.has(dst.base)
            }
            Stmt::Swap { a, b } => self.exists(*a) || self.exists(*b),
            Stmt::VecPush { array, .. } => self.exists(*array),
            Stmt::VecPop { array, var } => self.exists(*array) || self.has(*var),
            Stmt::Branch { branch, results } => {
                branch.asks_once()
                    || results.iter().any(|result| self.has(*result))
                    || branch.blocks().into_iter().any(|block| self.acts(block))
            }
            Stmt::Loop(l) => l.carried.iter().any(|item| self.has(item.result)) || self.acts(&l.body),
            Stmt::Call(call) => self.keeps_call(call),
            Stmt::NewTape { tape } | Stmt::Push { tape, .. } => self.has(*tape),
            Stmt::Pop { tape, vars } => self.has(*tape) || vars.iter().any(|var| self.exists(*var)),
        }
    }

    /// A call without results is made for what it does; one that may return early, for that.
    fn keeps_call(&self, call: &Call) -> bool {
        let writes = |arg: &Arg| {
            let value = match &arg.value {
                ArgValue::ArrayMut(slice) => self.exists(slice.base),
                ArgValue::ScalarMut { after, .. } => self.has(*after),
                ArgValue::Scalar(_)
                | ArgValue::Array(_)
                | ArgValue::ArrayByValue(_)
                | ArgValue::ArrayGone
                | ArgValue::ScalarGone => false,
            };
            let adjoint =
                [&arg.bar, &arg.bar_dot, &arg.dot].into_iter().flatten().any(|operand| match operand {
                    Operand::Array(slice) => self.has(slice.base),
                    Operand::Atom(_) => false,
                });
            value || adjoint && (call.entry == Entry::Pull || matches!(arg.value, ArgValue::ArrayMut(_)))
        };
        let caught = matches!(call.outcome, Outcome::Caught { present, error } if self.exists(present) || self.exists(error));
        let for_effect = call.entry != Entry::Pull && (call.leaves() || call.results.is_empty());
        for_effect
            || caught
            || call.results.iter().any(|result| self.exists(*result))
            || call.args.iter().any(writes)
    }
}

struct Walk<'f> {
    func: &'f Func,
    needs: Needs,
}

impl Walk<'_> {
    fn need(&mut self, var: VarId) {
        self.needs.changed |= self.needs.vars.insert(var);
    }

    fn atom(&mut self, atom: &Atom) {
        if let Atom::Var(var) = atom {
            self.need(*var);
        }
    }

    fn shape(&mut self, slice: &Slice) {
        self.needs.changed |= self.needs.shapes.insert(slice.base);
        slice.path.iter().for_each(|atom| self.atom(atom));
        if let Some((start, end)) = &slice.range {
            self.atom(start);
            self.atom(end);
        }
    }

    /// Everything that the statement names.
    fn all(&mut self, stmt: &Stmt) {
        each_name(stmt, |name| match name {
            Name::Use(atom) => self.atom(atom),
            Name::Array(array, _) => self.need(array),
            Name::Def(_) => {}
        });
    }

    /// `targets` are the variables that take the values of the leaves.
    fn block(&mut self, block: &Block, targets: &[Vec<VarId>]) {
        for stmt in block.stmts.iter().rev() {
            if self.needs.keeps(stmt) {
                self.stmt(stmt);
            }
        }
        match &block.term {
            Term::Yield(values) | Term::Continue(_, values) | Term::Break(_, values) => {
                for (targets, value) in targets.iter().zip(values) {
                    if targets.iter().any(|target| self.needs.has(*target)) {
                        self.atom(value);
                    }
                }
            }
            Term::Return(values) => values.iter().for_each(|value| self.atom(value)),
            Term::Branch(branch) => self.branch(branch, targets),
            Term::Escape(opaque) | Term::Panic(opaque) => visit_opaque(self, opaque),
        }
    }

    fn branch(&mut self, branch: &Branch, targets: &[Vec<VarId>]) {
        match &branch.on {
            Selector::Bool(cond) => self.atom(cond),
            Selector::Match(opaque) => visit_opaque(self, opaque),
        }
        for arm in &branch.arms {
            if let Some(guard) = arm.pattern.as_ref().and_then(|pattern| pattern.guard.as_ref()) {
                if let Term::Yield(values) = &guard.term {
                    for value in values {
                        self.atom(value);
                    }
                }
                self.block(guard, &[]);
            }
            self.block(&arm.body, targets);
        }
    }

    /// What a statement that stays depends on.
    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Let { op, .. } => self.op(op),
            Stmt::Alloc { var, init } => self.init(*var, init),
            Stmt::Branch { branch, results } => {
                let targets: Vec<Vec<VarId>> = results.iter().map(|result| vec![*result]).collect();
                self.branch(branch, &targets);
            }
            Stmt::Loop(l) => self.looped(l),
            Stmt::Pop { tape, vars } => {
                for (index, var) in vars.iter().enumerate() {
                    if self.needs.exists(*var) {
                        self.needs.need_item(*tape, index);
                        self.need(*tape);
                    }
                }
            }
            Stmt::Push { tape, values } => {
                for (index, value) in values.iter().enumerate() {
                    if self.needs.has_item(*tape, index) {
                        self.operand(value);
                    }
                }
            }
            Stmt::VecPush { value, .. } => self.operand(value),
            Stmt::VecPop { array, var } => {
                if self.needs.has(*var) {
                    self.need(*array);
                }
                self.needs.changed |= self.needs.shapes.insert(*array);
            }
            Stmt::Call(call) => self.call(stmt, call),
            Stmt::Effect(_)
            | Stmt::Assign { .. }
            | Stmt::Turn
            | Stmt::Store { .. }
            | Stmt::CopySlice { .. }
            | Stmt::AddSlice { .. }
            | Stmt::Fill { .. }
            | Stmt::Swap { .. }
            | Stmt::NewTape { .. } => self.all(stmt),
        }
    }

    /// Adjoints that the call adds to have to be there, whether or not anyone reads them.
    fn call(&mut self, stmt: &Stmt, call: &Call) {
        let added: Vec<&Slice> = call.args.iter().flat_map(Arg::added_to).collect();
        added.iter().for_each(|slice| self.shape(slice));
        each_name(stmt, |name| match name {
            Name::Use(atom) => self.atom(atom),
            Name::Array(array, Touch::Update) if added.iter().any(|slice| slice.base == array) => {}
            Name::Array(array, _) => self.need(array),
            Name::Def(_) => {}
        });
    }

    fn operand(&mut self, operand: &Operand) {
        match operand {
            Operand::Atom(atom) => self.atom(atom),
            Operand::Array(slice) => {
                self.shape(slice);
                self.need(slice.base);
            }
        }
    }

    fn op(&mut self, op: &Op) {
        if let Op::Len(slice) = op {
            return self.shape(slice);
        }
        if let Op::Opaque(opaque) = op {
            return visit_opaque(self, opaque);
        }
        each_name_of(op, |name| match name {
            Name::Use(atom) => self.atom(atom),
            Name::Array(array, _) => self.need(array),
            Name::Def(_) => {}
        });
    }

    fn init(&mut self, var: VarId, init: &Init) {
        match init {
            Init::Repeat { value, len, .. } => {
                self.elem(var, value);
                if let Len::Value(atom) = len {
                    self.atom(atom);
                }
            }
            Init::List { elems, .. } => elems.iter().for_each(|elem| self.elem(var, elem)),
            Init::CopyOf(slice) => {
                self.shape(slice);
                if self.needs.has(var) || self.func.kind(slice.base).scalar() == &Kind::Opaque {
                    self.need(slice.base);
                }
            }
            Init::ZerosLike(slice) => self.shape(slice),
            Init::Empty(_) => {}
        }
    }

    fn elem(&mut self, var: VarId, elem: &Elem) {
        match elem {
            Elem::Atom(atom) => self.atom(atom),
            Elem::Array(init) => self.init(var, init),
        }
    }

    fn looped(&mut self, l: &Loop) {
        if let Head::Range { lo, hi, adaptors, .. } = &l.head {
            self.atom(lo);
            self.atom(hi);
            for adaptor in adaptors {
                if let crate::ir::Adaptor::StepBy(step) = adaptor {
                    self.atom(step);
                }
            }
        }
        let targets: Vec<Vec<VarId>> = l.carried.iter().map(|item| vec![item.param, item.result]).collect();
        for item in &l.carried {
            if self.needs.carries(item) {
                self.atom(&item.init);
            }
        }
        self.block(&l.body, &targets);
    }
}

impl crate::ir::Visit for Walk<'_> {
    fn atom(&mut self, atom: &Atom) {
        Walk::atom(self, atom);
    }

    fn array(&mut self, array: &VarId, _: Touch) {
        self.need(*array);
    }

    fn def(&mut self, _: &VarId) {}
}
