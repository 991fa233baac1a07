//! Whether control can leave a block other than by its end.

use super::lower::Open;
use crate::ir::{Block, LoopId, Stmt, Term};

/// Whether a `break`, `continue` or `return` in the open block goes beyond it.
pub(super) fn leaves_open(open: &Open) -> bool {
    let mut inner = Vec::new();
    open.term.as_ref().is_some_and(|term| term_leaves(term, &mut inner))
        || stmts_leave(&open.stmts, &mut inner)
}

fn leaves(block: &Block, inner: &mut Vec<LoopId>) -> bool {
    term_leaves(&block.term, inner) || stmts_leave(&block.stmts, inner)
}

fn term_leaves(term: &Term, inner: &mut Vec<LoopId>) -> bool {
    match term {
        Term::Return(_) => true,
        Term::Continue(id, _) | Term::Break(id, _) => !inner.contains(id),
        Term::Branch(branch) => branch.arms.iter().any(|arm| leaves(&arm.body, inner)),
        Term::Yield(_) | Term::Escape(_) | Term::Panic(_) => false,
    }
}

fn stmts_leave(stmts: &[Stmt], inner: &mut Vec<LoopId>) -> bool {
    stmts.iter().any(|stmt| {
        let depth = inner.len();
        if let Stmt::Loop(l) = stmt {
            inner.push(l.id);
        }
        let found = stmt.blocks().into_iter().any(|block| leaves(block, inner));
        inner.truncate(depth);
        found
    })
}

/// Whether a `break` of the loop `id` is in the statement.
pub(super) fn breaks(stmt: &Stmt, id: LoopId) -> bool {
    fn in_block(block: &Block, id: LoopId) -> bool {
        let ends = match &block.term {
            Term::Break(left, _) => *left == id,
            Term::Branch(branch) => branch.arms.iter().any(|arm| in_block(&arm.body, id)),
            Term::Yield(_) | Term::Continue(..) | Term::Return(_) | Term::Escape(_) | Term::Panic(_) => false,
        };
        ends || block.stmts.iter().any(|stmt| breaks(stmt, id))
    }
    stmt.blocks().into_iter().any(|block| in_block(block, id))
}
