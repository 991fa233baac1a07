//! Forward mode.  `let y = x * x.sin();`  becomes  `let y = x * x.sin(); let y_dot = x_dot * x.sin() + …;`
//!
//! Every statement stays and is followed by the statement of its tangent; where a value stands in a list (the results of a
//! branch, the values that a loop carries, the items of a tape, the results of a call), its tangent stands right behind it.
//! A variable that does not vary with the inputs has no tangent: it is zero by structure and never emitted.

mod call;
mod op;
mod stmt;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::activity;
use crate::ir::{
    Atom, Block, Branch, Func, Init, Kind, Op, Operand, Param, Role, Slice, Stmt, Term, Var, VarId, Visit,
};

/// What the result gives beside the tangents.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keep {
    /// The results and the adjoints of `func` itself. Without them, an adjoint array that is only added to is no
    /// parameter but local, so that dead code elimination removes it.
    pub(crate) primal: bool,
}

/// The tangent of `func` with respect to its differentiated parameters and, if it is a derivative, its adjoint parameters.
pub(crate) fn transform(func: &Func, keep: Keep) -> Func {
    let inputs = func.params.iter().filter(|param| is_input(func, param)).map(|param| param.var).collect();
    let varied = activity::varied(func, &inputs);
    let out = Func { params: Vec::new(), results: Vec::new(), ..func.clone() };
    let tapes = tapes(func, &varied);
    let mut tangent = Tangent { func, out, keep, varied, tapes, dots: BTreeMap::new(), stmts: Vec::new() };
    tangent.params();
    tangent.results();
    tangent.out.body = tangent.block(&func.body, &[]);
    tangent.out
}

fn is_input(func: &Func, param: &Param) -> bool {
    func.kind(param.var).is_real() && (param.differentiated || param.role.bar)
}

/// Which items of each tape's records have tangents: those that vary where they are taken out.
fn tapes(func: &Func, varied: &BTreeSet<VarId>) -> BTreeMap<VarId, Vec<bool>> {
    let mut pops = Pops { func, varied, tapes: BTreeMap::new() };
    crate::ir::visit_block(&mut pops, &func.body);
    pops.tapes
}

struct Pops<'f> {
    func: &'f Func,
    varied: &'f BTreeSet<VarId>,
    tapes: BTreeMap<VarId, Vec<bool>>,
}

impl Visit for Pops<'_> {
    fn atom(&mut self, _: &Atom) {}

    fn array(&mut self, _: &VarId, _: crate::ir::Touch) {}

    fn def(&mut self, _: &VarId) {}

    fn stmt(&mut self, stmt: &Stmt) {
        if let Stmt::Pop { tape, vars } = stmt {
            let items = self.tapes.entry(*tape).or_insert_with(|| vec![false; vars.len()]);
            for (item, var) in items.iter_mut().zip(vars) {
                *item |= self.varied.contains(var) && self.func.kind(*var).is_real();
            }
        }
        crate::ir::visit_stmt(self, stmt);
    }
}

struct Tangent<'f> {
    func: &'f Func,
    out: Func,
    keep: Keep,
    varied: BTreeSet<VarId>,
    tapes: BTreeMap<VarId, Vec<bool>>,
    dots: BTreeMap<VarId, VarId>,
    /// The block that is being written.
    stmts: Vec<Stmt>,
}

impl Tangent<'_> {
    fn params(&mut self) {
        for param in &self.func.params {
            if self.keep.primal || !self.is_local(param) {
                self.out.params.push(param.clone());
            }
            if let Some(dot) = self.dot_of(param.var) {
                let role = Role { dot: true, ..param.role };
                self.out.params.push(Param { var: dot, role, differentiated: false, mutable: param.mutable });
            }
        }
    }

    /// Whether `param` is the adjoint of something that `func` only reads, and so only added to.
    fn is_local(&self, param: &Param) -> bool {
        param.role.bar && param.mutable && self.primal_of(param).is_some_and(|primal| !primal.mutable)
    }

    fn primal_of(&self, param: &Param) -> Option<&Param> {
        let role = Role { bar: false, ..param.role };
        self.func.params.iter().find(|other| other.role == role)
    }

    /// Allocates the adjoint arrays that are no parameters.
    fn locals(&mut self) {
        let locals: Vec<&Param> = self.func.params.iter().filter(|param| self.is_local(param)).collect();
        for param in locals {
            if let Some(primal) = self.primal_of(param) {
                let init = Init::ZerosLike(Slice::whole(primal.var));
                self.stmts.push(Stmt::Alloc { var: param.var, init });
            }
        }
    }

    fn results(&mut self) {
        for role in &self.func.results {
            if self.keep.primal {
                self.out.results.push(*role);
            }
            self.out.results.push(Role { dot: true, ..*role });
        }
    }

    /// The tangent variable of `var`, if it has one.
    fn dot_of(&mut self, var: VarId) -> Option<VarId> {
        if !self.varied.contains(&var) || !self.func.kind(var).is_real() {
            return None;
        }
        if let Some(dot) = self.dots.get(&var) {
            return Some(*dot);
        }
        let Var { name, kind, named, span, .. } = self.func.var(var).clone();
        let dot = self.out.fresh(Var {
            name: format!("{name}_dot"),
            kind: kind.tangent(),
            named,
            span,
            element: false,
        });
        self.dots.insert(var, dot);
        Some(dot)
    }

    /// The tangent of a scalar, if it has one.
    fn dot(&mut self, atom: &Atom) -> Option<Atom> {
        atom.var().and_then(|var| self.dot_of(var)).map(Atom::Var)
    }

    fn dot_or_zero(&mut self, atom: &Atom) -> Atom {
        self.dot(atom).unwrap_or(Atom::ZeroTangent)
    }

    /// The same part of the tangent array, if there is one.
    fn dot_slice(&mut self, slice: &Slice) -> Option<Slice> {
        self.dot_of(slice.base).map(|base| Slice { base, ..slice.clone() })
    }

    /// The same part of the tangent array; an array without tangent gets a new one, of zeros.
    fn slice_or_zeros(&mut self, slice: &Slice) -> Slice {
        match self.dot_slice(slice) {
            Some(dot) => dot,
            None => Slice::whole(self.zeros(slice)),
        }
    }

    fn zeros(&mut self, like: &Slice) -> VarId {
        let of = self.func.var(like.base);
        let depth = like.path.len();
        let kind = of.kind.element(depth).tangent();
        let (name, span) = (format!("{}_dot", of.name), of.span);
        let var = self.out.fresh(Var { name, kind, named: false, span, element: false });
        self.stmts.push(Stmt::Alloc { var, init: Init::ZerosLike(like.clone()) });
        var
    }

    fn operand_or_zero(&mut self, operand: &Operand) -> Operand {
        match operand {
            Operand::Atom(atom) => Operand::Atom(self.dot_or_zero(atom)),
            Operand::Array(slice) => Operand::Array(self.slice_or_zeros(slice)),
        }
    }

    /// `let t = op;`
    fn temp(&mut self, kind: Kind, op: Op, like: VarId) -> Atom {
        let span = self.func.var(like).span;
        let var = self.out.fresh(Var::temporary(kind, span));
        self.stmts.push(Stmt::Let { var, op });
        Atom::Var(var)
    }

    /// `targets` are the variables that a leaf hands its values to.
    fn block(&mut self, block: &Block, targets: &[VarId]) -> Block {
        let outer = std::mem::take(&mut self.stmts);
        if std::ptr::eq(block, &raw const self.func.body) && !self.keep.primal {
            self.locals();
        }
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
        let term = self.term(&block.term, targets);
        Block { stmts: std::mem::replace(&mut self.stmts, outer), term }
    }

    fn term(&mut self, term: &Term, targets: &[VarId]) -> Term {
        match term {
            Term::Yield(values) => Term::Yield(self.with_dots(values, targets)),
            Term::Continue(id, values) => Term::Continue(*id, self.with_dots(values, targets)),
            Term::Break(id, values) => Term::Break(*id, self.with_dots(values, targets)),
            Term::Return(values) => Term::Return(self.returned_at_the_turn(values)),
            Term::Branch(branch) => Term::Branch(self.branch(branch, targets)),
            Term::Escape(opaque) => Term::Escape(opaque.clone()),
            Term::Panic(opaque) => Term::Panic(opaque.clone()),
        }
    }

    fn with_dots(&mut self, values: &[Atom], targets: &[VarId]) -> Vec<Atom> {
        let mut all = Vec::new();
        for (value, target) in values.iter().zip(targets) {
            all.push(value.clone());
            if self.dot_of(*target).is_some() {
                all.push(if *value == Atom::Undef { Atom::Undef } else { self.dot_or_zero(value) });
            }
        }
        all
    }

    /// Zeros that are returned are there before the reverse sweep begins.
    fn returned_at_the_turn(&mut self, values: &[Atom]) -> Vec<Atom> {
        let turn = self.stmts.iter().position(|stmt| matches!(stmt, Stmt::Turn));
        let later = self.stmts.split_off(turn.unwrap_or(self.stmts.len()));
        let all = self.returned(values);
        self.stmts.extend(later);
        all
    }

    fn returned(&mut self, values: &[Atom]) -> Vec<Atom> {
        let mut all = Vec::new();
        for value in values {
            if self.keep.primal {
                all.push(value.clone());
            }
            all.push(match value.var().filter(|var| self.func.kind(*var).is_array()) {
                Some(array) => Atom::Var(self.whole_or_zeros(array)),
                None => self.dot_or_zero(value),
            });
        }
        all
    }

    fn whole_or_zeros(&mut self, array: VarId) -> VarId {
        match self.dot_of(array) {
            Some(dot) => dot,
            None => self.zeros(&Slice::whole(array)),
        }
    }

    /// A guard gives a Boolean and stays as it is.
    fn branch(&mut self, branch: &Branch, targets: &[VarId]) -> Branch {
        let mut out = branch.clone();
        for (arm, original) in out.arms.iter_mut().zip(&branch.arms) {
            arm.body = self.block(&original.body, targets);
        }
        out
    }
}
