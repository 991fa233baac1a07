//! Two loops over one range become one:  `for i in r { A } for i in r { B }`  →  `for i in r { A; B }`.
//!
//! So the value and the gradient share what they both compute. The second loop must need nothing of the first but the memory
//! that neither writes, or to which both only add; and, where it runs in reverse, what the first recorded in the same
//! iteration, which then need not be recorded.

use std::rc::Rc;

use super::facts::Facts;
use super::forward;
use super::touched::{Touched, acts, split_between};
use super::walk::{Substitution, each_block, each_block_mut, leaves_mut};
use crate::ir::{Adaptor, Atom, Block, Func, Head, Loop, Op, Operand, Stmt, Term, VarId, VarMap, VarSet};

pub(super) fn fuse(func: &mut Func, facts: &mut Facts) -> bool {
    let fusing = Fusing { exact: facts.exact(func), mentions: mentions(func) };
    let mut same = VarMap::default();
    let mut changed = false;
    each_block_mut(&mut func.body, &mut |block| {
        while fusing.one(block, &mut same) {
            changed = true;
        }
    });
    Substitution::of(same).apply(func);
    changed
}

/// How often each tape is pushed to or popped from.
fn mentions(func: &Func) -> VarMap<usize> {
    let mut mentions = VarMap::default();
    each_block(&func.body, &mut |block| {
        for stmt in &block.stmts {
            if let Stmt::Push { tape, .. } | Stmt::Pop { tape, .. } = stmt {
                *mentions.slot(*tape) += 1;
            }
        }
    });
    mentions
}

struct Fusing {
    exact: Rc<VarSet>,
    mentions: VarMap<usize>,
}

impl Fusing {
    /// Fuses the first pair that fits.
    fn one(&self, block: &mut Block, same: &mut VarMap<Atom>) -> bool {
        let mut touched = Vec::new();
        for second in 0..block.stmts.len() {
            for first in (0..second).rev() {
                let (Stmt::Loop(a), Stmt::Loop(b)) = (&block.stmts[first], &block.stmts[second]) else {
                    continue;
                };
                let Some((mut a, mut b, records)) = self.on_one_range(a, b) else {
                    continue;
                };
                if touched.is_empty() {
                    touched = block.stmts.iter().map(|stmt| Touched::by(stmt, &self.exact)).collect();
                }
                if let Some(before) = independent(&a, &b, &self.exact, &touched[first + 1..second]) {
                    hand_over(&mut a, &mut b, records);
                    merge(block, (first, a), (second, b), &before, same);
                    return true;
                }
            }
        }
        false
    }

    /// The two loops, if they run over one range and can run in one order. What the first records for a reversed second is left
    /// out of both.
    fn on_one_range(&self, a: &Loop, b: &Loop) -> Option<(Loop, Loop, Vec<Record>)> {
        if !is_plain(a) || !is_plain(b) {
            return None;
        }
        let (
            Head::Range { lo, hi, inclusive, adaptors, .. },
            Head::Range { lo: lo_b, hi: hi_b, inclusive: inclusive_b, adaptors: adaptors_b, .. },
        ) = (&a.head, &b.head)
        else {
            return None;
        };
        if (lo, hi, inclusive) != (lo_b, hi_b, inclusive_b) {
            return None;
        }
        let (mut a, mut b) = (a.clone(), b.clone());
        if adaptors == adaptors_b {
            return Some((a, b, Vec::new()));
        }
        let reversed =
            adaptors_b.split_last().is_some_and(|(last, rest)| *last == Adaptor::Rev && rest == adaptors);
        let records = self.take_records(&mut a, &mut b);
        (reversed && forward::is_orderless(&b, &self.exact)).then_some((a, b, records))
    }

    /// Takes out what each iteration of `a` pushes and the same iteration of `b` pops.
    fn take_records(&self, a: &mut Loop, b: &mut Loop) -> Vec<Record> {
        let mut records = Vec::new();
        a.body.stmts.retain(|stmt| {
            let Stmt::Push { tape, values } = stmt else {
                return true;
            };
            let popped = b
                .body
                .stmts
                .iter()
                .position(|stmt| matches!(stmt, Stmt::Pop { tape: other, .. } if other == tape));
            let values: Option<Vec<Atom>> = values.iter().map(scalar).collect();
            let (Some(at), Some(values), Some(2)) = (popped, values, self.mentions.get(*tape)) else {
                return true;
            };
            if let Stmt::Pop { vars, .. } = b.body.stmts.remove(at) {
                records.push(Record { vars, values });
            }
            false
        });
        records
    }
}

/// What an iteration hands to its reverse: `vars` become `values`.
struct Record {
    vars: Vec<VarId>,
    values: Vec<Atom>,
}

fn scalar(operand: &Operand) -> Option<Atom> {
    match operand {
        Operand::Atom(atom) => Some(atom.clone()),
        Operand::Array(_) => None,
    }
}

/// In one body the values need no record.
fn hand_over(a: &mut Loop, b: &mut Loop, records: Vec<Record>) {
    for Record { vars, values } in records {
        let copies = vars.into_iter().zip(values).map(|(var, value)| Stmt::Let { var, op: Op::Copy(value) });
        b.body.stmts.splice(0..0, copies);
    }
    if let (Head::Range { adaptors, .. }, Head::Range { adaptors: order, .. }) = (&mut b.head, &a.head) {
        adaptors.clone_from(order);
    }
}

/// Whether the body ends in one place and nothing leaves the loop.
fn is_plain(l: &Loop) -> bool {
    matches!(l.body.term, Term::Continue(..)) && !leaves_early(&l.body, l)
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
fn independent(a: &Loop, b: &Loop, exact: &VarSet, between: &[Touched]) -> Option<Vec<bool>> {
    let [a, b] = [a, b].map(|l| Stmt::Loop(l.clone()));
    let (first, second) = (Touched::by(&a, exact), Touched::by(&b, exact));
    if !second.read.meets(&first.read) || acts(&b) || first.conflicts(&second) {
        return None;
    }
    split_between(&first, &second, between)
}

fn merge(
    block: &mut Block,
    (first, mut a): (usize, Loop),
    (second, b): (usize, Loop),
    before: &[bool],
    same: &mut VarMap<Atom>,
) {
    let rest = block.stmts.split_off(second + 1);
    let between = block.stmts.drain(first..).skip(1).take(second - first - 1).collect::<Vec<_>>();
    let mut late = Vec::new();
    for (stmt, is_early) in between.into_iter().zip(before) {
        if *is_early {
            block.stmts.push(stmt);
        } else {
            late.push(stmt);
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
    block.stmts.push(Stmt::Loop(a));
    block.stmts.extend(late);
    block.stmts.extend(rest);
}
