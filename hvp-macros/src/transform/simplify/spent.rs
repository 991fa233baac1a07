//! An arm that only spreads an adjoint, and leaves zero, does so once.
//!
//! ```text
//! for k in … {                                                    unspent = true;
//!     a_bar = if c[k] {                                           for k in … {
//!         for j in 0..n { g[j] += a_bar * x[j]; }                     (a_bar, unspent) = if c[k] && unspent {
//!         0.0                                                  →          for j in 0..n { g[j] += a_bar * x[j]; }
//!     } else { a_bar };                                                   (0.0, false)
//! }                                                                   } else { (a_bar, unspent) };
//!                                                                 }
//! ```
//!
//! So it is where a search keeps the best it has met: what came before the last find was kept for nothing.
//! The adjoint itself does not say whether it is spent: it may be zero by chance, where its tangent is not.

use std::rc::Rc;

use super::facts::Facts;
use super::skip::only_adds;
use super::walk::each_block_mut;
use crate::ir::{
    Arm, Atom, Block, Branch, Carried, Func, Kind, Loop, Op, Selector, SpanId, Stmt, Term, Var, VarId,
    VarSet, declare,
};

pub(super) fn guard(func: &mut Func, facts: &mut Facts) -> bool {
    let exact = facts.exact(func);
    let mut guard = Guard { exact, vars: std::mem::take(&mut func.vars), changed: false };
    each_block_mut(&mut func.body, &mut |block| {
        for stmt in &mut block.stmts {
            if let Stmt::Loop(l) = stmt {
                guard.body(l);
            }
        }
    });
    func.vars = guard.vars;
    guard.changed
}

struct Guard {
    exact: Rc<VarSet>,
    vars: Vec<Var>,
    changed: bool,
}

impl Guard {
    fn body(&mut self, l: &mut Loop) {
        while let Some((at, arm)) = self.spending(l) {
            self.spend_once(l, at, arm);
            self.changed = true;
        }
    }

    /// The place of a branch in the body one arm of which only spreads an adjoint that `l` carries, and that arm.
    fn spending(&self, l: &Loop) -> Option<(usize, usize)> {
        let Term::Continue(_, values) = &l.body.term else { return None };
        l.body.stmts.iter().enumerate().find_map(|(at, stmt)| {
            let Stmt::Branch { branch, results } = stmt else { return None };
            let (arm, adjoint, result) = self.spends(branch)?;
            let goes_on = l.carried.iter().zip(values).any(|(item, value)| {
                item.param == adjoint
                    && results.get(result).is_some_and(|result| *value == Atom::Var(*result))
            });
            goes_on.then_some((at, arm))
        })
    }

    /// The arm that only spreads an adjoint, the adjoint, and which result hands it on where the other arm is taken.
    fn spends(&self, branch: &Branch) -> Option<(usize, VarId, usize)> {
        let ([first, second], Selector::Bool(_)) = (branch.arms.as_slice(), &branch.on) else { return None };
        [(0, first, second), (1, second, first)].into_iter().find_map(|(at, arm, other)| {
            let (adjoint, result) = handed_on(arm, other).filter(|(adjoint, _)| self.is_adjoint(*adjoint))?;
            (self.only_spreads(&arm.body, adjoint) && arm.body.stmts.iter().any(is_loop))
                .then_some((at, adjoint, result))
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
        !self.exact.contains(var) && self.vars[var.0 as usize].kind == Kind::Real
    }

    /// Has `l` carry whether arm `arm` of the branch at `at` was not taken yet, and take it only then.
    fn spend_once(&mut self, l: &mut Loop, at: usize, arm: usize) {
        let [param, result, next] = [(); 3].map(|()| self.boolean("unspent"));
        let mut before = Vec::new();
        if let Stmt::Branch { branch, results } = &mut l.body.stmts[at]
            && let Selector::Bool(condition) = &mut branch.on
        {
            *condition = self.guarded(condition, arm, param, &mut before);
            results.push(next);
            for (index, other) in branch.arms.iter_mut().enumerate() {
                if let Term::Yield(values) = &mut other.body.term {
                    values.push(if index == arm { Atom::Bool(false) } else { param.into() });
                }
            }
        }
        l.body.stmts.splice(at..at, before);
        l.carried.push(Carried { param, init: Atom::Bool(true), result });
        if let Term::Continue(_, values) = &mut l.body.term {
            values.push(next.into());
        }
    }

    /// The condition under which arm `arm` is taken as before, but only where `unspent`.
    fn guarded(&mut self, condition: &Atom, arm: usize, unspent: VarId, stmts: &mut Vec<Stmt>) -> Atom {
        let op = if arm == 0 {
            Op::And(condition.clone(), unspent.into())
        } else {
            let spent = self.boolean("t");
            stmts.push(Stmt::Let { var: spent, op: Op::Not(unspent.into()) });
            Op::Or(condition.clone(), spent.into())
        };
        let both = self.boolean("t");
        stmts.push(Stmt::Let { var: both, op });
        both.into()
    }

    fn boolean(&mut self, name: &str) -> VarId {
        let info =
            Var { name: name.to_owned(), kind: Kind::Bool, named: false, span: SpanId(0), element: false };
        declare(&mut self.vars, info)
    }
}

fn is_loop(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::Loop(_))
}

/// What `other`, which does nothing else, hands on where `arm` leaves zero, and as which result.
fn handed_on(arm: &Arm, other: &Arm) -> Option<(VarId, usize)> {
    let (Term::Yield(values), Term::Yield(others)) = (&arm.body.term, &other.body.term) else { return None };
    let mut different = values.iter().zip(others).enumerate().filter(|(_, (value, other))| value != other);
    let (result, (value, handed_on)) = different.next()?;
    let only = different.next().is_none() && other.body.stmts.is_empty() && value.is_zero();
    Some((handed_on.var().filter(|_| only)?, result))
}
