//! Which variables must keep their bits: those that a result of the user's, a condition, a call or the user's own code depends
//! on. What else there is serves derivatives alone.

use super::walk::each_block;
use crate::ir::{
    Atom, Block, Branch, Func, Head, Name, Op, Operand, Selector, Stmt, Term, Touch, VarGraph, VarId, VarMap,
    VarSet, each_name, each_name_of, leaves,
};

/// The variables, scalars and arrays, whose bits matter.
pub(in crate::transform) fn exact(func: &Func) -> VarSet {
    let mut flow = Flow::default();
    flow.gather(func);
    flow.sources.reached(&flow.roots, |_| true)
}

#[derive(Default)]
struct Flow {
    /// What each variable, or the contents of an array, is computed from.
    sources: VarGraph,
    roots: Vec<VarId>,
    /// What is pushed at each place of a tape's records.
    pushes: VarMap<Vec<Vec<VarId>>>,
}

impl Flow {
    fn gather(&mut self, func: &Func) {
        let primal = func.params.iter().filter(|p| p.mutable && !p.role.bar && !p.role.dot).map(|p| p.var);
        self.roots.extend(primal);
        let mut blocks = Vec::new();
        each_block(&func.body, &mut |block| blocks.push(block));
        for block in &blocks {
            block.stmts.iter().for_each(|stmt| self.push(stmt));
        }
        for block in blocks {
            block.stmts.iter().for_each(|stmt| self.stmt(stmt));
            self.term(func, block);
        }
    }

    fn root(&mut self, atom: &Atom) {
        self.roots.extend(atom.var());
    }

    fn link(&mut self, to: VarId, from: impl IntoIterator<Item = VarId>) {
        for source in from {
            self.sources.link(to, source);
        }
    }

    fn link_leaves(&mut self, targets: &[VarId], leaves: &[&Vec<Atom>]) {
        for values in leaves {
            for (target, value) in targets.iter().zip(*values) {
                self.link(*target, value.var());
            }
        }
    }

    fn branch(&mut self, branch: &Branch) {
        match &branch.on {
            Selector::Bool(cond) => self.root(cond),
            Selector::Match(opaque) => self.roots.extend(opaque.vars()),
        }
        for guard in branch.arms.iter().filter_map(|arm| arm.pattern.as_ref()?.guard.as_ref()) {
            for values in leaves(guard, None) {
                for value in values {
                    self.root(value);
                }
            }
        }
    }

    fn push(&mut self, stmt: &Stmt) {
        if let Stmt::Push { tape, values } = stmt {
            let items = self.pushes.slot(*tape);
            items.resize(values.len().max(items.len()), Vec::new());
            for (item, value) in items.iter_mut().zip(values) {
                item.extend(match value {
                    Operand::Atom(atom) => atom.var(),
                    Operand::Array(slice) => Some(slice.base),
                });
            }
        }
    }

    fn sees(&mut self, op: &Op) {
        each_name_of(op, |name| match name {
            Name::Use(operand) => self.root(operand),
            Name::Array(array, _) => self.roots.push(array),
            Name::Def(_) => {}
        });
    }

    /// Comparisons, jumps and the user's code see bits, whether or not their results are used.
    fn op(&mut self, var: VarId, op: &Op) {
        match op {
            Op::Compare(..) | Op::Test(..) | Op::Opaque(_) | Op::ToReal(_) => self.sees(op),
            Op::Unary(function, _) if function.jumps() => self.sees(op),
            Op::Binary(function, ..) if function.jumps() => self.sees(op),
            Op::Rem(..) => self.sees(op),
            Op::Load(place) => {
                place.path.iter().for_each(|index| self.root(index));
                self.link(var, [place.base]);
            }
            Op::Sum(slice) => self.link(var, [slice.base]),
            Op::Len(_) | Op::Field(..) => {}
            Op::Copy(_)
            | Op::Neg(_)
            | Op::Add(..)
            | Op::Sub(..)
            | Op::Mul(..)
            | Op::Div(..)
            | Op::Unary(..)
            | Op::Binary(..)
            | Op::MulAdd(..)
            | Op::Clamp(..)
            | Op::ScaleOrZero(..)
            | Op::ScaleUnlessZero(..)
            | Op::Select(..)
            | Op::Not(_)
            | Op::And(..)
            | Op::Or(..) => each_name_of(op, |name| {
                if let Name::Use(Atom::Var(operand)) = name {
                    self.sources.link(var, *operand);
                }
            }),
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Let { var, op } | Stmt::Assign { var, op } => self.op(*var, op),
            Stmt::Effect(opaque) => self.roots.extend(opaque.vars()),
            Stmt::Branch { branch, results } => {
                self.branch(branch);
                for arm in &branch.arms {
                    self.link_leaves(results, &leaves(&arm.body, None));
                }
            }
            Stmt::Loop(l) => self.looped(l),
            Stmt::Call(_) => self.call(stmt),
            Stmt::Swap { a, b } => {
                self.link(*a, [*b]);
                self.link(*b, [*a]);
            }
            Stmt::VecPop { array, var } => self.link(*var, [*array]),
            Stmt::Pop { tape, vars } => {
                let items = self.pushes.get(*tape).into_iter().flatten();
                for (var, item) in vars.iter().zip(items) {
                    item.iter().for_each(|pushed| self.sources.link(*var, *pushed));
                }
            }
            Stmt::Alloc { .. }
            | Stmt::Store { .. }
            | Stmt::CopySlice { .. }
            | Stmt::AddSlice { .. }
            | Stmt::Fill { .. }
            | Stmt::VecPush { .. } => self.memory(stmt),
            Stmt::NewTape { .. } | Stmt::Turn | Stmt::Push { .. } => {}
        }
    }

    /// What is written comes from all that the statement uses.
    fn memory(&mut self, stmt: &Stmt) {
        let (mut to, mut from) = (Vec::new(), Vec::new());
        each_name(stmt, |name| match name {
            Name::Def(var) => to.push(var),
            Name::Array(array, Touch::Read) => from.push(array),
            Name::Array(array, Touch::Set | Touch::Update | Touch::Grow) => to.push(array),
            Name::Use(atom) => from.extend(atom.var()),
        });
        for array in to {
            self.link(array, from.iter().copied());
        }
    }

    /// What the callee does with its arguments cannot be seen.
    fn call(&mut self, stmt: &Stmt) {
        each_name(stmt, |name| match name {
            Name::Use(atom) => self.root(atom),
            Name::Array(array, Touch::Read) => {
                self.roots.push(array);
            }
            Name::Array(_, Touch::Set | Touch::Update | Touch::Grow) | Name::Def(_) => {}
        });
    }

    fn looped(&mut self, l: &crate::ir::Loop) {
        if let Head::Range { lo, hi, .. } = &l.head {
            self.root(lo);
            self.root(hi);
        }
        let params: Vec<VarId> = l.carried.iter().map(|item| item.param).collect();
        self.link_leaves(&params, &leaves(&l.body, Some(l.id)));
        for item in &l.carried {
            self.link(item.param, item.init.var());
            self.link(item.result, [item.param]);
        }
    }

    fn term(&mut self, func: &Func, block: &Block) {
        match &block.term {
            Term::Return(values) => {
                for (role, value) in func.results.iter().zip(values) {
                    if !role.bar && !role.dot {
                        self.root(value);
                    }
                }
            }
            Term::Branch(branch) => self.branch(branch),
            Term::Escape(opaque) | Term::Panic(opaque) => self.roots.extend(opaque.vars()),
            Term::Yield(_) | Term::Continue(..) | Term::Break(..) => {}
        }
    }
}
