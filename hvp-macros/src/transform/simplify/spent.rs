//! An arm that only spreads an adjoint does nothing where the adjoint is spent.
//!
//! ```text
//! for k in … {                                                    for k in … {
//!     a_bar = if c[k] {                                               a_bar = if c[k] && a_bar != 0.0 {
//!         for j in 0..n { g[j] += a_bar * x[j]; }              →          for j in 0..n { g[j] += a_bar * x[j]; }
//!         0.0                                                             0.0
//!     } else { a_bar };                                               } else { a_bar };
//! }                                                               }
//! ```
//!
//! So it is where a search keeps the best it has met: what came before the last find was kept for nothing.

use std::rc::Rc;

use super::facts::Facts;
use super::skip::only_adds;
use super::walk::{each_block, each_block_mut};
use crate::ir::{
    Arm, Atom, Block, Branch, Compare, Func, Kind, Op, Selector, SpanId, Stmt, Term, Var, VarId, VarSet,
    declare,
};

pub(super) fn guard(func: &mut Func, facts: &mut Facts) -> bool {
    let mut carried = VarSet::default();
    each_block(&func.body, &mut |block| {
        for stmt in &block.stmts {
            if let Stmt::Loop(l) = stmt {
                l.carried.iter().for_each(|item| {
                    carried.insert(item.param);
                });
            }
        }
    });
    let exact = facts.exact(func);
    let mut guard = Guard { carried, exact, vars: std::mem::take(&mut func.vars), changed: false };
    each_block_mut(&mut func.body, &mut |block| guard.block(block));
    func.vars = guard.vars;
    guard.changed
}

struct Guard {
    /// What loops hand on from iteration to iteration: only that may be spent by the time it is asked for.
    carried: VarSet,
    exact: Rc<VarSet>,
    vars: Vec<Var>,
    changed: bool,
}

impl Guard {
    fn block(&mut self, block: &mut Block) {
        let mut stmts = Vec::new();
        for mut stmt in std::mem::take(&mut block.stmts) {
            if let Stmt::Branch { branch, .. } = &mut stmt
                && let Some((arm, adjoint)) = self.spends(branch)
                && let Selector::Bool(condition) = &mut branch.on
                && !asks(&stmts, condition, adjoint)
            {
                *condition = self.guarded(condition, arm, adjoint, &mut stmts);
                self.changed = true;
            }
            stmts.push(stmt);
        }
        block.stmts = stmts;
    }

    /// The arm that only spreads an adjoint, and the adjoint, where the other arm hands it on.
    fn spends(&self, branch: &Branch) -> Option<(usize, VarId)> {
        let [first, second] = branch.arms.as_slice() else { return None };
        [(0, first, second), (1, second, first)].into_iter().find_map(|(at, arm, other)| {
            let adjoint = handed_on(arm, other).filter(|adjoint| self.is_adjoint(*adjoint))?;
            (self.only_spreads(&arm.body, adjoint) && arm.body.stmts.iter().any(is_loop))
                .then_some((at, adjoint))
        })
    }

    fn only_spreads(&self, block: &Block, adjoint: VarId) -> bool {
        block.stmts.iter().all(|stmt| match stmt {
            Stmt::Let { op: Op::Opaque(opaque), .. } => opaque.repeatable,
            Stmt::Let { .. } => true,
            Stmt::Loop(l) => {
                l.carried.is_empty() && only_adds(&l.body, VarSet::from_iter([adjoint]), &self.exact)
            }
            _ => false,
        })
    }

    fn is_adjoint(&self, var: VarId) -> bool {
        self.carried.contains(var)
            && !self.exact.contains(var)
            && self.vars[var.0 as usize].kind == Kind::Real
    }

    /// The condition under which arm `arm` is taken as before, but not where the adjoint is zero.
    fn guarded(&mut self, condition: &Atom, arm: usize, adjoint: VarId, stmts: &mut Vec<Stmt>) -> Atom {
        let how = if arm == 0 { Compare::Ne } else { Compare::Eq };
        let test = self.boolean(Op::Compare(how, adjoint.into(), Atom::real(0.0)), stmts);
        let both = if arm == 0 { Op::And(condition.clone(), test) } else { Op::Or(condition.clone(), test) };
        self.boolean(both, stmts)
    }

    fn boolean(&mut self, op: Op, stmts: &mut Vec<Stmt>) -> Atom {
        let info = Var { name: "t".to_owned(), kind: Kind::Bool, named: false, span: SpanId(0) };
        let var = declare(&mut self.vars, info);
        stmts.push(Stmt::Let { var, op });
        var.into()
    }
}

fn is_loop(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::Loop(_))
}

/// What `other`, which does nothing else, hands on where `arm` leaves zero.
fn handed_on(arm: &Arm, other: &Arm) -> Option<VarId> {
    let (Term::Yield(values), Term::Yield(others)) = (&arm.body.term, &other.body.term) else { return None };
    let mut handed_on = None;
    for (value, other) in values.iter().zip(others).filter(|(value, other)| value != other) {
        let adjoint =
            other.var().filter(|adjoint| value.is_zero() && handed_on.is_none_or(|var| var == *adjoint));
        handed_on = Some(adjoint?);
    }
    handed_on.filter(|_| other.body.stmts.is_empty())
}

/// Whether the condition, made by `stmts`, asks already whether the adjoint is zero.
fn asks(stmts: &[Stmt], condition: &Atom, adjoint: VarId) -> bool {
    let definition = |atom: &Atom| {
        stmts.iter().find_map(|stmt| match stmt {
            Stmt::Let { var, op } if Atom::Var(*var) == *atom => Some(op),
            _ => None,
        })
    };
    let tests =
        |atom: &Atom| matches!(definition(atom), Some(Op::Compare(_, a, _)) if *a == Atom::Var(adjoint));
    matches!(definition(condition), Some(Op::And(_, test) | Op::Or(_, test)) if tests(test))
}
