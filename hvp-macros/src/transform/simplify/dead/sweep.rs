//! Removes what is not needed.

use super::needs::Needs;
use crate::ir::{Block, Branch, Func, LoopId, Stmt, Term, VarId};
use crate::transform::simplify::walk::{leaves_mut, retain_at};

/// Whether anything was removed.
pub(super) fn sweep(func: &mut Func, needs: &Needs) -> bool {
    let mut sweep = Sweep { needs, changed: false };
    sweep.block(&mut func.body);
    sweep.changed
}

struct Sweep<'n> {
    needs: &'n Needs,
    changed: bool,
}

impl Sweep<'_> {
    fn block(&mut self, block: &mut Block) {
        let before = block.stmts.len();
        block.stmts.retain(|stmt| self.needs.keeps(stmt));
        self.changed |= block.stmts.len() < before;
        block.stmts.iter_mut().for_each(|stmt| self.stmt(stmt));
        if let Term::Branch(branch) = &mut block.term {
            self.branch(branch);
            if let Some(end) = common_end(branch) {
                (block.term, self.changed) = (end, true);
            }
        }
    }

    fn branch(&mut self, branch: &mut Branch) {
        for arm in &mut branch.arms {
            if let Some(guard) = arm.pattern.as_mut().and_then(|pattern| pattern.guard.as_mut()) {
                self.block(guard);
            }
            self.block(&mut arm.body);
        }
    }

    fn stmt(&mut self, stmt: &mut Stmt) {
        match stmt {
            Stmt::Branch { branch, results } => {
                let keep: Vec<bool> = results.iter().map(|result| self.needs.has(*result)).collect();
                self.retain(results, &keep);
                for arm in &mut branch.arms {
                    shrink(&mut arm.body, None, &keep);
                }
                self.branch(branch);
            }
            Stmt::Loop(l) => {
                let keep: Vec<bool> = l.carried.iter().map(|item| self.needs.carries(item)).collect();
                self.retain(&mut l.carried, &keep);
                shrink(&mut l.body, Some(l.id), &keep);
                self.block(&mut l.body);
            }
            Stmt::Push { tape, values } => {
                let keep = self.kept_items(*tape, values.len());
                self.retain(values, &keep);
            }
            Stmt::Pop { tape, vars } => {
                let keep = self.kept_items(*tape, vars.len());
                self.retain(vars, &keep);
            }
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
            | Stmt::Call(_)
            | Stmt::NewTape { .. }
            | Stmt::Turn => {}
        }
    }

    fn kept_items(&self, tape: VarId, count: usize) -> Vec<bool> {
        (0..count).map(|index| self.needs.has_item(tape, index)).collect()
    }

    fn retain<T>(&mut self, items: &mut Vec<T>, keep: &[bool]) {
        self.changed |= keep.contains(&false);
        retain_at(items, keep);
    }
}

/// How a block goes on behind a branch whose arms do nothing, if all end alike.
fn common_end(branch: &Branch) -> Option<Term> {
    let (first, others) = branch.arms.split_first()?;
    let is_idle = |block: &&Block| block.stmts.is_empty();
    let idle = branch.blocks().iter().all(is_idle);
    let binds =
        branch.arms.iter().any(|arm| arm.pattern.as_ref().is_some_and(|pattern| !pattern.binds.is_empty()));
    let alike = others.iter().all(|arm| is_same_end(&arm.body.term, &first.body.term));
    (idle && !binds && alike).then(|| first.body.term.clone())
}

fn is_same_end(a: &Term, b: &Term) -> bool {
    match (a, b) {
        (Term::Yield(a), Term::Yield(b)) => a == b,
        (Term::Continue(a, values), Term::Continue(b, others)) => a == b && values == others,
        (Term::Break(a, values), Term::Break(b, others)) => a == b && values == others,
        _ => false,
    }
}

fn shrink(body: &mut Block, id: Option<LoopId>, keep: &[bool]) {
    if keep.contains(&false) {
        leaves_mut(body, id).into_iter().for_each(|values| retain_at(values, keep));
    }
}
