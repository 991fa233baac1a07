//! Which integers are known to be `usize`: what indexes, counts or steps, and all that must be of the same type.

use super::walk::each_block;
use crate::ir::{
    Adaptor, Atom, Block, Func, Head, Init, Kind, Len, Loop, Op, Operand, Stmt, VarGraph, VarId, VarMap,
    VarSet, leaves,
};

pub(in crate::transform) fn indices(func: &Func) -> VarSet {
    let mut types = Types::default();
    let mut blocks = Vec::new();
    each_block(&func.body, &mut |block| blocks.push(block));
    for block in blocks {
        block.stmts.iter().for_each(|stmt| types.stmt(stmt));
    }
    types.same.reached(&types.known, |var| *func.kind(var) == Kind::Int)
}

#[derive(Default)]
struct Types {
    same: VarGraph,
    known: Vec<VarId>,
    /// What was pushed to each tape last.
    pushed: VarMap<Vec<Operand>>,
}

impl Types {
    fn unify(&mut self, a: &Atom, b: &Atom) {
        if let (Atom::Var(a), Atom::Var(b)) = (a, b) {
            self.same.link(*a, *b);
            self.same.link(*b, *a);
        }
    }

    fn index(&mut self, atom: &Atom) {
        self.known.extend(atom.var());
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Let { var, op } => self.op(&Atom::Var(*var), op),
            Stmt::Store { place, .. } => place.path.iter().for_each(|index| self.index(index)),
            Stmt::Alloc { init: Init::Repeat { len: Len::Value(len), .. }, .. } => self.index(len),
            Stmt::Branch { branch, results } => {
                for arm in &branch.arms {
                    self.leaves(&arm.body, None, results);
                }
            }
            Stmt::Loop(l) => self.looped(l),
            Stmt::Push { tape, values } => {
                self.pushed.insert(*tape, values.clone());
            }
            Stmt::Pop { tape, vars } => {
                let values = self.pushed.get(*tape).cloned().unwrap_or_default();
                for (var, value) in vars.iter().zip(values) {
                    if let Operand::Atom(value) = value {
                        self.unify(&Atom::Var(*var), &value);
                    }
                }
            }
            Stmt::Assign { .. }
            | Stmt::Effect(_)
            | Stmt::Alloc { .. }
            | Stmt::CopySlice { .. }
            | Stmt::AddSlice { .. }
            | Stmt::Fill { .. }
            | Stmt::Swap { .. }
            | Stmt::VecPush { .. }
            | Stmt::VecPop { .. }
            | Stmt::Call(_)
            | Stmt::NewTape { .. }
            | Stmt::Turn => {}
        }
    }

    fn op(&mut self, var: &Atom, op: &Op) {
        match op {
            Op::Len(_) => self.index(var),
            Op::Load(place) => place.path.iter().for_each(|index| self.index(index)),
            Op::Copy(a) | Op::Neg(a) => self.unify(var, a),
            Op::Add(a, b)
            | Op::Sub(a, b)
            | Op::Mul(a, b)
            | Op::Div(a, b)
            | Op::Rem(a, b)
            | Op::Select(_, a, b) => {
                self.unify(var, a);
                self.unify(var, b);
            }
            Op::Compare(_, a, b) => self.unify(a, b),
            Op::Unary(..)
            | Op::Binary(..)
            | Op::MulAdd(..)
            | Op::Clamp(..)
            | Op::ScaleOrZero(..)
            | Op::ScaleUnlessZero(..)
            | Op::Test(..)
            | Op::Not(_)
            | Op::And(..)
            | Op::Or(..)
            | Op::Opaque(_)
            | Op::ToReal(_)
            | Op::Sum(_)
            | Op::Field(..) => {}
        }
    }

    fn leaves(&mut self, block: &Block, id: Option<crate::ir::LoopId>, targets: &[VarId]) {
        for values in leaves(block, id) {
            for (target, value) in targets.iter().zip(values) {
                self.unify(&Atom::Var(*target), value);
            }
        }
    }

    fn looped(&mut self, l: &Loop) {
        if let Head::Range { var, lo, hi, adaptors, .. } = &l.head {
            self.unify(&Atom::Var(*var), lo);
            self.unify(&Atom::Var(*var), hi);
            self.unify(lo, hi);
            for adaptor in adaptors {
                if let Adaptor::StepBy(step) = adaptor {
                    self.index(step);
                }
            }
        }
        let params: Vec<VarId> = l.carried.iter().map(|item| item.param).collect();
        self.leaves(&l.body, Some(l.id), &params);
        for item in &l.carried {
            self.unify(&Atom::Var(item.param), &item.init);
            self.unify(&Atom::Var(item.param), &Atom::Var(item.result));
        }
    }
}
