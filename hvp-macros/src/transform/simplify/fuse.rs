//! Two loops over one range become one:  `for i in r { A } for i in r { B }`  →  `for i in r { A; B }`.
//!
//! So the value and the gradient share what they both compute. The second loop must need nothing of the first but the memory
//! that neither writes, or to which both only add.

use std::collections::{BTreeMap, BTreeSet};

use super::exact::exact;
use super::touched::{Touched, split_between};
use super::walk::{Substitution, each_block, each_block_mut, leaves_mut};
use crate::ir::{Atom, Block, Func, Head, Loop, Op, Stmt, Term, VarId};

pub(super) fn fuse(func: &mut Func) {
    let exact = exact(func);
    let mut same = BTreeMap::new();
    each_block_mut(&mut func.body, &mut |block| {
        while fuse_one(block, &exact, &mut same) {}
    });
    Substitution(same).apply(func);
}

/// Fuses the first pair that fits.
fn fuse_one(block: &mut Block, exact: &BTreeSet<VarId>, same: &mut BTreeMap<VarId, Atom>) -> bool {
    for second in 0..block.stmts.len() {
        for first in (0..second).rev() {
            let (Stmt::Loop(a), Stmt::Loop(b)) = (&block.stmts[first], &block.stmts[second]) else {
                continue;
            };
            if same_range(a, b)
                && let Some(before) = independent(a, b, exact, &block.stmts[first + 1..second])
            {
                merge(block, first, second, &before, same);
                return true;
            }
        }
    }
    false
}

fn same_range(a: &Loop, b: &Loop) -> bool {
    let plain = |l: &Loop| matches!(l.body.term, Term::Continue(..)) && !leaves_early(&l.body, l);
    match (&a.head, &b.head) {
        (
            Head::Range {
                lo,
                hi,
                inclusive,
                adaptors,
                ..
            },
            Head::Range {
                lo: lo_b,
                hi: hi_b,
                inclusive: inclusive_b,
                adaptors: adaptors_b,
                ..
            },
        ) => (lo, hi, inclusive, adaptors) == (lo_b, hi_b, inclusive_b, adaptors_b) && plain(a) && plain(b),
        (_, _) => false,
    }
}

fn leaves_early(body: &Block, l: &Loop) -> bool {
    let mut early = false;
    each_block(body, &mut |block| {
        early |= match &block.term {
            Term::Escape(_) | Term::Panic(_) | Term::Return(_) => true,
            Term::Break(id, _) => *id == l.id,
            Term::Yield(_) | Term::Continue(..) | Term::Branch(_) => false,
        };
    });
    early
}

/// If an iteration of `b` may come before a later one of `a`, and shares with `a` what it reads: which of the statements
/// between can stand before both.
fn independent(a: &Loop, b: &Loop, exact: &BTreeSet<VarId>, between: &[Stmt]) -> Option<Vec<bool>> {
    let (first, second) = (
        Touched::by(&Stmt::Loop(a.clone())),
        Touched::by(&Stmt::Loop(b.clone())),
    );
    let mut fits = second.used.intersection(&first.defined).next().is_none();
    each_block(&b.body, &mut |block| fits &= !block.stmts.iter().any(acts));
    let commutes =
        |array: &VarId| first.added.contains(array) && second.added.contains(array) && !exact.contains(array);
    fits &= second.read.intersection(&first.read).next().is_some();
    fits &= second.read.iter().all(|array| !first.written(*array));
    fits &= second
        .changed
        .iter()
        .all(|array| commutes(array) || !first.written(*array) && !first.read.contains(array));
    if fits {
        split_between(&first, &second, between)
    } else {
        None
    }
}

/// Whether the user sees when `stmt` happens.
fn acts(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Effect(_) | Stmt::Turn => true,
        Stmt::Let {
            op: Op::Opaque(opaque),
            ..
        } => !opaque.repeatable,
        Stmt::Call(call) => call.question || call.results.is_empty(),
        _ => false,
    }
}

fn merge(block: &mut Block, first: usize, second: usize, before: &[bool], same: &mut BTreeMap<VarId, Atom>) {
    let rest = block.stmts.split_off(second + 1);
    let Some(Stmt::Loop(b)) = block.stmts.pop() else {
        return;
    };
    let between = block.stmts.split_off(first + 1);
    let Some(Stmt::Loop(mut a)) = block.stmts.pop() else {
        return;
    };
    let (mut early, mut late) = (Vec::new(), Vec::new());
    for (stmt, is_early) in between.into_iter().zip(before) {
        if *is_early {
            early.push(stmt)
        } else {
            late.push(stmt)
        }
    }
    if let (Head::Range { var, .. }, Head::Range { var: other, .. }) = (&a.head, &b.head) {
        same.insert(*other, Atom::Var(*var));
    }
    let handed_on: Vec<Atom> = match b.body.term {
        Term::Continue(_, values) => values,
        _ => Vec::new(),
    };
    a.carried.extend(b.carried);
    a.body.stmts.extend(b.body.stmts);
    for values in leaves_mut(&mut a.body, Some(a.id)) {
        values.extend(handed_on.iter().cloned());
    }
    block.stmts.extend(early);
    block.stmts.push(Stmt::Loop(a));
    block.stmts.extend(late);
    block.stmts.extend(rest);
}
