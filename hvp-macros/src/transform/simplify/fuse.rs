//! Two loops over one range become one:  `for i in r { A } for i in r { B }`  →  `for i in r { A; B }`.
//!
//! So the value and the gradient share what they both compute. The second loop must need nothing of the first but the memory
//! that neither writes, or to which both only add.

use std::collections::{BTreeMap, BTreeSet};

use super::exact::exact;
use super::walk::{Substitution, each_block, each_block_mut, leaves_mut};
use crate::ir::{Atom, Block, Func, Head, Loop, Name, Op, Stmt, Term, Touch, Update, VarId, each_name};

pub(super) fn fuse(func: &mut Func) {
    let exact = exact(func);
    let mut same = BTreeMap::new();
    each_block_mut(&mut func.body, &mut |block| while fuse_one(block, &exact, &mut same) {});
    Substitution(same).apply(func);
}

/// Fuses the first pair that fits.
fn fuse_one(block: &mut Block, exact: &BTreeSet<VarId>, same: &mut BTreeMap<VarId, Atom>) -> bool {
    for second in 0..block.stmts.len() {
        for first in (0..second).rev() {
            let (Stmt::Loop(a), Stmt::Loop(b)) = (&block.stmts[first], &block.stmts[second]) else { continue };
            if same_range(a, b)
                && let Some(before) = split_between(a, b, &block.stmts[first + 1..second])
                && independent(a, b, exact)
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
            Head::Range { lo, hi, inclusive, adaptors, .. },
            Head::Range { lo: lo_b, hi: hi_b, inclusive: inclusive_b, adaptors: adaptors_b, .. },
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

/// Which of the statements between can stand before both loops, and whether the others can stand behind them.
fn split_between(a: &Loop, b: &Loop, between: &[Stmt]) -> Option<Vec<bool>> {
    let (first, second) = (Touched::by(&Stmt::Loop(a.clone())), Touched::by(&Stmt::Loop(b.clone())));
    let mut late = first.defined.clone();
    let mut before = Vec::new();
    for stmt in between {
        let is_pure = match stmt {
            Stmt::Let { op: Op::Opaque(opaque), .. } => opaque.repeatable,
            Stmt::Let { .. } => true,
            Stmt::Alloc { .. } | Stmt::NewTape { .. } => true,
            _ => false,
        };
        let touched = Touched::by(stmt);
        let depends = touched.used.intersection(&late).next().is_some()
            || touched.read.iter().any(|array| first.written(*array) || late.contains(array));
        if !is_pure || depends && (touched.read.iter().any(|array| second.written(*array))) {
            return None;
        }
        if depends {
            late.extend(touched.defined);
        }
        before.push(!depends);
    }
    let waits = second.used.intersection(&late).next().is_some() || second.read.iter().any(|array| late.contains(array));
    (!waits && !second.touches_any(&late)).then_some(before)
}

/// What a statement names.
#[derive(Default)]
struct Touched {
    used: BTreeSet<VarId>,
    defined: BTreeSet<VarId>,
    read: BTreeSet<VarId>,
    added: BTreeSet<VarId>,
    changed: BTreeSet<VarId>,
}

impl Touched {
    fn by(stmt: &Stmt) -> Touched {
        let mut touched = Touched::default();
        each_name(stmt, |name| match name {
            Name::Use(atom) => touched.used.extend(atom.var()),
            Name::Def(var) => {
                touched.defined.insert(var);
            }
            Name::Array(array, Touch::Read) => {
                touched.read.insert(array);
            }
            Name::Array(array, Touch::Set | Touch::Update | Touch::Grow) => {
                touched.changed.insert(array);
            }
        });
        if let Stmt::Loop(l) = stmt {
            touched.added = only_added(&l.body, &touched);
        }
        touched
    }

    fn written(&self, array: VarId) -> bool {
        self.changed.contains(&array)
    }

    fn touches_any(&self, vars: &BTreeSet<VarId>) -> bool {
        self.read.iter().chain(&self.changed).any(|array| vars.contains(array))
    }
}

/// The arrays that `body` changes by additions only, and does not read.
fn only_added(body: &Block, touched: &Touched) -> BTreeSet<VarId> {
    let mut otherwise = touched.read.clone();
    each_block(body, &mut |block| {
        for stmt in &block.stmts {
            let adds = match stmt {
                Stmt::Store { update: Update::Add, .. } | Stmt::AddSlice { .. } => true,
                Stmt::Branch { .. } | Stmt::Loop(_) => continue,
                _ => false,
            };
            each_name(stmt, |name| {
                if let Name::Array(array, Touch::Set | Touch::Update | Touch::Grow) = name
                    && !adds
                {
                    otherwise.insert(array);
                }
            });
        }
    });
    touched.changed.difference(&otherwise).copied().collect()
}

/// Whether an iteration of `b` may come before a later one of `a`, and shares with `a` what it reads.
fn independent(a: &Loop, b: &Loop, exact: &BTreeSet<VarId>) -> bool {
    let (first, second) = (Touched::by(&Stmt::Loop(a.clone())), Touched::by(&Stmt::Loop(b.clone())));
    let mut effects = false;
    each_block(&b.body, &mut |block| {
        effects |= block.stmts.iter().any(|stmt| match stmt {
            Stmt::Effect(_) | Stmt::Turn => true,
            Stmt::Let { op: Op::Opaque(opaque), .. } => !opaque.repeatable,
            Stmt::Call(call) => call.question || call.results.is_empty(),
            _ => false,
        });
    });
    let commutes = |array: &VarId| {
        first.added.contains(array) && second.added.contains(array) && !exact.contains(array)
    };
    !effects
        && second.read.intersection(&first.read).next().is_some()
        && second.read.iter().all(|array| !first.written(*array))
        && second.changed.iter().all(|array| commutes(array) || !first.written(*array) && !first.read.contains(array))
}

fn merge(block: &mut Block, first: usize, second: usize, before: &[bool], same: &mut BTreeMap<VarId, Atom>) {
    let rest = block.stmts.split_off(second + 1);
    let Some(Stmt::Loop(b)) = block.stmts.pop() else { return };
    let between = block.stmts.split_off(first + 1);
    let Some(Stmt::Loop(mut a)) = block.stmts.pop() else { return };
    let (mut early, mut late) = (Vec::new(), Vec::new());
    for (stmt, is_early) in between.into_iter().zip(before) {
        if *is_early { early.push(stmt) } else { late.push(stmt) }
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

