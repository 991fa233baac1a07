//! Removes what is not needed.

use super::needs::Needs;
use crate::ir::{Atom, Block, Branch, Func, Loop, LoopId, Stmt, Term};
use crate::transform::simplify::walk::{leaves_mut, retain_at};

pub(super) fn sweep(func: &mut Func, needs: &Needs) {
    block(&mut func.body, needs);
}

fn block(block: &mut Block, needs: &Needs) {
    block.stmts.retain(|stmt| needs.keeps(stmt));
    block.stmts.iter_mut().for_each(|one| stmt(one, needs));
    if let Term::Branch(inner) = &mut block.term {
        branch(inner, needs);
    }
}

fn branch(branch: &mut Branch, needs: &Needs) {
    for arm in &mut branch.arms {
        if let Some(guard) = arm.pattern.as_mut().and_then(|pattern| pattern.guard.as_mut()) {
            block(guard, needs);
        }
        block(&mut arm.body, needs);
    }
}

fn stmt(stmt: &mut Stmt, needs: &Needs) {
    match stmt {
        Stmt::Branch { branch: inner, results } => {
            let keep: Vec<bool> = results.iter().map(|result| needs.has(*result)).collect();
            retain_at(results, &keep);
            for arm in &mut inner.arms {
                shrink(&mut arm.body, None, &keep);
            }
            branch(inner, needs);
        }
        Stmt::Loop(l) => looped(l, needs),
        Stmt::Push { tape, values } => {
            let keep: Vec<bool> = (0..values.len()).map(|index| needs.has_item(*tape, index)).collect();
            retain_at(values, &keep);
        }
        Stmt::Pop { tape, vars } => {
            let keep: Vec<bool> = (0..vars.len()).map(|index| needs.has_item(*tape, index)).collect();
            retain_at(vars, &keep);
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

fn looped(l: &mut Loop, needs: &Needs) {
    let keep: Vec<bool> = l.carried.iter().map(|item| needs.carries(item)).collect();
    retain_at(&mut l.carried, &keep);
    shrink(&mut l.body, Some(l.id), &keep);
    block(&mut l.body, needs);
}

fn shrink(body: &mut Block, id: Option<LoopId>, keep: &[bool]) {
    for values in leaves_mut(body, id) {
        let values: &mut Vec<Atom> = values;
        retain_at(values, keep);
    }
}
