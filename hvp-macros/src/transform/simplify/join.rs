//! Two branches on one condition become one:  `if c { A } else { B } if c { C } else { D }`  →  `if c { A; C } else { B; D }`.
//!
//! What an arm of the first hands to the same arm of the second need not leave it.

use super::facts::Facts;
use super::touched::{Touched, split_between};
use super::walk::{Substitution, each_block_mut};
use crate::ir::{Atom, Block, Branch, Func, Op, Selector, Stmt, Term, Var, VarId, VarSet, declare};

pub(super) fn join(func: &mut Func, facts: &mut Facts) -> bool {
    let exact = facts.exact(func);
    let mut vars = std::mem::take(&mut func.vars);
    let mut changed = false;
    each_block_mut(&mut func.body, &mut |block| {
        while join_one(block, &exact, &mut vars) {
            changed = true;
        }
    });
    func.vars = vars;
    changed
}

/// Joins the first pair that fits.
fn join_one(block: &mut Block, exact: &VarSet, vars: &mut Vec<Var>) -> bool {
    let pairs = pairs(&block.stmts);
    if pairs.is_empty() {
        return false;
    }
    let touched: Vec<Touched> = block.stmts.iter().map(|stmt| Touched::by(stmt, exact)).collect();
    for (first, second) in pairs {
        if let Some(before) = split_between(&touched[first], &touched[second], &touched[first + 1..second]) {
            merge(block, first, second, &before, vars);
            return true;
        }
    }
    false
}

/// Each branch with the next one on its condition.
fn pairs(stmts: &[Stmt]) -> Vec<(usize, usize)> {
    let mut branches: Vec<(usize, &Branch)> = Vec::new();
    for (at, stmt) in stmts.iter().enumerate() {
        if let Stmt::Branch { branch, .. } = stmt {
            branches.push((at, branch));
        }
    }
    let next = |(at, (first, a)): (usize, &(usize, &Branch))| {
        let mut later = branches[at + 1..].iter();
        later.find(|(_, b)| on_the_same(a, b)).map(|(second, _)| (*first, *second))
    };
    branches.iter().enumerate().filter_map(next).collect()
}

fn on_the_same(a: &Branch, b: &Branch) -> bool {
    let mut both = a.arms.iter().chain(&b.arms);
    let straight = both.all(|arm| !matches!(arm.body.term, Term::Branch(_)));
    straight && matches!((&a.on, &b.on), (Selector::Bool(a), Selector::Bool(b)) if a == b)
}

fn merge(block: &mut Block, first: usize, second: usize, before: &[bool], vars: &mut Vec<Var>) {
    let rest = block.stmts.split_off(second + 1);
    let Some(Stmt::Branch { branch: b, results: more }) = block.stmts.pop() else {
        return;
    };
    let between = block.stmts.split_off(first + 1);
    let Some(Stmt::Branch { branch: mut a, mut results }) = block.stmts.pop() else {
        return;
    };
    let mut late = Vec::new();
    for (stmt, is_early) in between.into_iter().zip(before) {
        if *is_early {
            block.stmts.push(stmt);
        } else {
            late.push(stmt);
        }
    }
    append(&mut a, b, &results, vars);
    results.extend(more);
    block.stmts.push(Stmt::Branch { branch: a, results });
    block.stmts.extend(late);
    block.stmts.extend(rest);
}

/// Each arm of `b` goes on where the arm of `a` ends; there, the results of `a` are what that arm gives.
fn append(a: &mut Branch, b: Branch, results: &[VarId], vars: &mut Vec<Var>) {
    for (arm, more) in a.arms.iter_mut().zip(b.arms) {
        let Term::Yield(values) = &arm.body.term else {
            continue;
        };
        let mut values = values.clone();
        let mut body = more.body;
        let mut given = Substitution::default();
        for (result, value) in results.iter().zip(&values) {
            let info = vars[result.0 as usize].clone();
            let var = declare(vars, info);
            arm.body.stmts.push(Stmt::Let { var, op: Op::Copy(value.clone()) });
            given.insert(*result, Atom::Var(var));
        }
        crate::ir::rewrite_block(&mut given, &mut body);
        arm.body.stmts.extend(body.stmts);
        arm.body.term = match body.term {
            Term::Yield(more) => {
                values.extend(more);
                Term::Yield(values)
            }
            diverging => diverging,
        };
    }
}
