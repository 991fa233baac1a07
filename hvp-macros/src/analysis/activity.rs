//! Which variables depend on the differentiated inputs.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::{
    ArgValue, Atom, Binary, Block, Branch, Call, Elem, Func, Init, Kind, Op, Operand, Stmt, Term, VarId,
};

/// The variables of `func` whose value varies with that of `inputs`, which are among them: scalars, arrays (as soon as one
/// element varies) and pullbacks. Integers, Booleans and opaque values never vary: where they depend on an input, they are
/// constant almost everywhere or have been refused.
pub(crate) fn varied(func: &Func, inputs: &BTreeSet<VarId>) -> BTreeSet<VarId> {
    let mut flow = Flow { func, varied: inputs.clone(), tapes: BTreeMap::new(), changed: true };
    while flow.changed {
        flow.changed = false;
        flow.block(&func.body, &[]);
    }
    flow.varied
}

/// The differentiated parameters.
pub(crate) fn inputs(func: &Func) -> BTreeSet<VarId> {
    func.params.iter().filter(|param| param.differentiated).map(|param| param.var).collect()
}

struct Flow<'f> {
    func: &'f Func,
    varied: BTreeSet<VarId>,
    /// For each tape, which positions of its records vary.
    tapes: BTreeMap<VarId, Vec<bool>>,
    changed: bool,
}

impl Flow<'_> {
    fn has(&self, atom: &Atom) -> bool {
        atom.var().is_some_and(|var| self.varied.contains(&var))
    }

    fn operand(&self, operand: &Operand) -> bool {
        match operand {
            Operand::Atom(atom) => self.has(atom),
            Operand::Array(slice) => self.varied.contains(&slice.base),
        }
    }

    /// Marks `var` if `on` and if its kind can vary.
    fn mark(&mut self, var: VarId, on: bool) {
        let can = match self.func.kind(var).scalar() {
            Kind::Real | Kind::Tangent | Kind::Pullback | Kind::Tuple(_) => true,
            Kind::Int | Kind::Bool | Kind::Opaque | Kind::Tape | Kind::Array(_) => false,
        };
        if on && can && self.varied.insert(var) {
            self.changed = true;
        }
    }

    fn op(&self, op: &Op) -> bool {
        match op {
            Op::Unary(function, a) => !function.is_step() && self.has(a),
            Op::Binary(Binary::DivEuclid, _, _)
            | Op::Compare(..)
            | Op::Test(..)
            | Op::Not(_)
            | Op::And(..)
            | Op::Or(..)
            | Op::Opaque(_)
            | Op::ToReal(_)
            | Op::Len(_) => false,
            Op::Binary(Binary::Copysign, a, _) => self.has(a),
            Op::Copy(a) | Op::Neg(a) => self.has(a),
            Op::Add(a, b)
            | Op::Sub(a, b)
            | Op::Mul(a, b)
            | Op::Div(a, b)
            | Op::Rem(a, b)
            | Op::Binary(_, a, b)
            | Op::ScaleOrZero(a, b)
            | Op::ScaleUnlessZero(a, b)
            | Op::Select(_, a, b) => self.has(a) || self.has(b),
            Op::MulAdd(a, b, c) | Op::Clamp(a, b, c) => self.has(a) || self.has(b) || self.has(c),
            Op::Load(place) => self.varied.contains(&place.base),
            Op::Field(tuple, _) => self.varied.contains(tuple),
            Op::Sum(slice) => self.varied.contains(&slice.base),
        }
    }

    fn elem(&self, elem: &Elem) -> bool {
        match elem {
            Elem::Atom(atom) => self.has(atom),
            Elem::Array(init) => self.init(init),
        }
    }

    fn init(&self, init: &Init) -> bool {
        match init {
            Init::Repeat { value, .. } => self.elem(value),
            Init::List { elems, .. } => elems.iter().any(|elem| self.elem(elem)),
            Init::CopyOf(slice) => self.varied.contains(&slice.base),
            Init::ZerosLike(_) | Init::Empty(_) => false,
        }
    }

    /// `targets` are the variables that a leaf hands its values to.
    fn block(&mut self, block: &Block, targets: &[VarId]) {
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
        match &block.term {
            Term::Yield(values) | Term::Continue(_, values) | Term::Break(_, values) => {
                for (target, value) in targets.iter().zip(values) {
                    self.mark(*target, self.has(value));
                }
            }
            Term::Branch(branch) => self.branch(branch, targets),
            Term::Return(_) | Term::Escape(_) | Term::Panic(_) => {}
        }
    }

    fn branch(&mut self, branch: &Branch, targets: &[VarId]) {
        for arm in &branch.arms {
            if let Some(guard) = arm.pattern.as_ref().and_then(|pattern| pattern.guard.as_ref()) {
                self.block(guard, &[]);
            }
            self.block(&arm.body, targets);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Let { var, op } | Stmt::Assign { var, op } => self.mark(*var, self.op(op)),
            Stmt::Effect(_) | Stmt::NewTape { .. } | Stmt::Turn => {}
            Stmt::Alloc { var, init } => self.mark(*var, self.init(init)),
            Stmt::Store { place, value, .. } => self.mark(place.base, self.has(value)),
            Stmt::CopySlice { dst, src } | Stmt::AddSlice { dst, src } => {
                self.mark(dst.base, self.varied.contains(&src.base));
            }
            Stmt::Fill { dst, value } => self.mark(dst.base, self.has(value)),
            Stmt::Swap { a, b } => {
                let on = self.varied.contains(a) || self.varied.contains(b);
                self.mark(*a, on);
                self.mark(*b, on);
            }
            Stmt::VecPush { array, value } => self.mark(*array, self.operand(value)),
            Stmt::VecPop { array, var } => self.mark(*var, self.varied.contains(array)),
            Stmt::Branch { branch, results } => self.branch(branch, results),
            Stmt::Loop(l) => self.looped(l),
            Stmt::Call(call) => self.call(call),
            Stmt::Push { tape, values } => {
                let on: Vec<bool> = values.iter().map(|value| self.operand(value)).collect();
                let entry = self.tapes.entry(*tape).or_insert_with(|| vec![false; on.len()]);
                // What is pushed is popped further down, in the same round.
                for (old, new) in entry.iter_mut().zip(on) {
                    *old |= new;
                }
            }
            Stmt::Pop { tape, vars } => {
                let on = self.tapes.get(tape).cloned().unwrap_or_default();
                for (var, on) in vars.iter().zip(on) {
                    self.mark(*var, on);
                }
            }
        }
    }

    fn looped(&mut self, l: &crate::ir::Loop) {
        let params: Vec<VarId> = l.carried.iter().map(|carried| carried.param).collect();
        for carried in &l.carried {
            self.mark(carried.param, self.has(&carried.init));
        }
        self.block(&l.body, &params);
        for carried in &l.carried {
            self.mark(carried.result, self.varied.contains(&carried.param));
        }
    }

    /// All that a call gives varies as soon as something it takes does.
    fn call(&mut self, call: &Call) {
        let mut on = call.pullback.is_some_and(|pullback| self.varied.contains(&pullback));
        on |= call.seeds.iter().any(|seed| self.operand(seed));
        for arg in &call.args {
            on |= match &arg.value {
                ArgValue::Scalar(atom) | ArgValue::ScalarMut { before: atom, .. } => self.has(atom),
                ArgValue::Array(slice) | ArgValue::ArrayMut(slice) => self.varied.contains(&slice.base),
                ArgValue::ArrayByValue(array) => self.varied.contains(array),
                ArgValue::ArrayGone | ArgValue::ScalarGone => false,
            };
            on |= arg.bar.as_ref().is_some_and(|bar| self.operand(bar));
        }
        for arg in &call.args {
            match &arg.value {
                ArgValue::ArrayMut(slice) => self.mark(slice.base, on),
                ArgValue::ScalarMut { after, .. } => self.mark(*after, on),
                ArgValue::Scalar(_)
                | ArgValue::Array(_)
                | ArgValue::ArrayByValue(_)
                | ArgValue::ArrayGone
                | ArgValue::ScalarGone => {}
            }
            if let Some(Operand::Array(bar)) = &arg.bar {
                self.mark(bar.base, on);
            }
        }
        for result in &call.results {
            self.mark(*result, on);
        }
    }
}
