//! A counter that the windows have made superfluous is computed behind the loop.
//!
//! `for j in lo..hi { …; k += 1; }` becomes `for j in lo..hi { … } k = if lo < hi { k + (hi - lo) } else { k };`.

use super::Opening;
use crate::ir::{Atom, Compare, Head, Kind, Loop, Op, Stmt, Term, VarId, uses};

impl Opening<'_> {
    /// Takes such counters out of `l`; gives what goes behind it.
    pub(super) fn counted(&mut self, l: &mut Loop) -> Vec<Stmt> {
        let mut behind = Vec::new();
        while let Some(at) = superfluous(l) {
            let item = l.carried.remove(at);
            if let Term::Continue(_, values) = &mut l.body.term
                && let Some(next) = values.remove(at).var()
            {
                l.body.stmts.retain(|stmt| !matches!(stmt, Stmt::Let { var, .. } if *var == next));
            }
            behind.extend(self.after_all(&l.head, &item.init, item.result));
        }
        behind
    }

    /// Whether a loop has iterations, as a condition.
    pub(super) fn any(&mut self, head: &Head) -> (Stmt, VarId) {
        let Head::Range { var, lo, hi, .. } = head else { unreachable!("windows belong to counted loops") };
        let any = self.temporary(Kind::Bool, *var);
        (Stmt::Let { var: any, op: Op::Compare(Compare::Lt, lo.clone(), hi.clone()) }, any)
    }

    fn after_all(&mut self, head: &Head, init: &Atom, result: VarId) -> Vec<Stmt> {
        let Head::Range { var, lo, hi, .. } = head else { unreachable!("windows belong to counted loops") };
        let [count, end] = [(); 2].map(|()| self.temporary(Kind::Int, *var));
        let ops = vec![
            Stmt::Let { var: count, op: Op::Sub(hi.clone(), lo.clone()) },
            Stmt::Let { var: end, op: Op::Add(init.clone(), count.into()) },
        ];
        let (test, any) = self.any(head);
        vec![test, Stmt::value_if(any, (ops, end.into()), init.clone(), result)]
    }
}

/// The place of a carried integer that goes up by one and serves nothing else.
fn superfluous(l: &Loop) -> Option<usize> {
    let (Term::Continue(_, values), Head::Range { adaptors, .. }) = (&l.body.term, &l.head) else {
        return None;
    };
    let uses = uses(&l.body);
    let only_once = |var: VarId| uses.get(var) == Some(&1);
    l.carried.iter().zip(values).position(|(item, value)| {
        let counts = l.body.stmts.iter().any(|stmt| match stmt {
            Stmt::Let { var, op: Op::Add(a, Atom::Int(one)) } => {
                *value == Atom::Var(*var) && *a == Atom::Var(item.param) && super::body::is_one(one)
            }
            _ => false,
        });
        counts && adaptors.is_empty() && only_once(item.param) && value.var().is_some_and(only_once)
    })
}
