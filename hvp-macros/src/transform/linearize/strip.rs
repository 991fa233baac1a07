//! A product without its tangents: the gradient's own statements, as far as the product has them.

use super::graph::{is_tangent, is_tangent_operand};
use crate::ir::{Block, Branch, Call, Func, Loop, Stmt, Term, VarId};

/// Takes everything out of `func` that holds or makes tangents.
pub(super) fn strip(func: &mut Func) {
    let mut body =
        std::mem::replace(&mut func.body, Block { stmts: Vec::new(), term: Term::Return(Vec::new()) });
    let strip = Strip { func };
    strip.block(&mut body, None);
    func.body = body;
    let params = std::mem::take(&mut func.params);
    func.params = params.into_iter().filter(|param| !is_tangent(func, param.var)).collect();
    func.results.clear();
}

struct Strip<'f> {
    func: &'f Func,
}

impl Strip<'_> {
    fn is_tangent(&self, var: VarId) -> bool {
        is_tangent(self.func, var)
    }

    /// `keep` says which values the ends of the block hand on.
    fn block(&self, block: &mut Block, keep: Option<&[bool]>) {
        block.stmts.retain(|stmt| !self.makes_tangents(stmt));
        block.stmts.iter_mut().for_each(|stmt| self.stmt(stmt));
        match &mut block.term {
            Term::Yield(values) | Term::Continue(_, values) | Term::Break(_, values) => {
                retain(values, keep.unwrap_or_default());
            }
            Term::Return(values) => values.clear(),
            Term::Branch(branch) => self.branch(branch, keep),
            Term::Escape(_) | Term::Panic(_) => {}
        }
    }

    fn branch(&self, branch: &mut Branch, keep: Option<&[bool]>) {
        branch.arms.iter_mut().for_each(|arm| self.block(&mut arm.body, keep));
    }

    /// Whether `stmt`, which has no blocks, makes or changes tangents and nothing else.
    fn makes_tangents(&self, stmt: &Stmt) -> bool {
        match stmt {
            Stmt::Let { var, .. } | Stmt::Alloc { var, .. } => self.is_tangent(*var),
            Stmt::Store { place, .. } => self.is_tangent(place.base),
            Stmt::CopySlice { dst, .. } | Stmt::AddSlice { dst, .. } | Stmt::Fill { dst, .. } => {
                self.is_tangent(dst.base)
            }
            Stmt::Swap { a, .. } => self.is_tangent(*a),
            Stmt::VecPush { array, .. } | Stmt::VecPop { array, .. } => self.is_tangent(*array),
            Stmt::Assign { .. }
            | Stmt::Effect(_)
            | Stmt::Branch { .. }
            | Stmt::Loop(_)
            | Stmt::Call(_)
            | Stmt::NewTape { .. }
            | Stmt::Turn
            | Stmt::Push { .. }
            | Stmt::Pop { .. } => false,
        }
    }

    fn stmt(&self, stmt: &mut Stmt) {
        match stmt {
            Stmt::Branch { branch, results } => {
                let keep: Vec<bool> = results.iter().map(|result| !self.is_tangent(*result)).collect();
                retain(results, &keep);
                self.branch(branch, Some(&keep));
            }
            Stmt::Loop(l) => self.looped(l),
            Stmt::Call(call) => self.call(call),
            Stmt::Push { values, .. } => values.retain(|value| !is_tangent_operand(self.func, value)),
            Stmt::Pop { vars, .. } => vars.retain(|var| !self.is_tangent(*var)),
            Stmt::Let { .. }
            | Stmt::Assign { .. }
            | Stmt::Effect(_)
            | Stmt::Alloc { .. }
            | Stmt::Store { .. }
            | Stmt::CopySlice { .. }
            | Stmt::AddSlice { .. }
            | Stmt::Fill { .. }
            | Stmt::Swap { .. }
            | Stmt::VecPush { .. }
            | Stmt::VecPop { .. }
            | Stmt::NewTape { .. }
            | Stmt::Turn => {}
        }
    }

    fn looped(&self, l: &mut Loop) {
        let keep: Vec<bool> = l.carried.iter().map(|item| !self.is_tangent(item.param)).collect();
        retain(&mut l.carried, &keep);
        self.block(&mut l.body, Some(&keep));
    }

    fn call(&self, call: &mut Call) {
        call.tangent = false;
        for arg in &mut call.args {
            arg.dot = None;
            arg.bar_dot = None;
        }
        call.seeds.retain(|seed| !is_tangent_operand(self.func, seed));
        call.results.retain(|result| !self.is_tangent(*result));
    }
}

fn retain<T>(items: &mut Vec<T>, keep: &[bool]) {
    let mut keep = keep.iter();
    items.retain(|_| keep.next().is_none_or(|keep| *keep));
}
