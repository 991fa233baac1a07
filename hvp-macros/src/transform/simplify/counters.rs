//! A counter that a reversed loop runs backwards is computed from the loop's variable, so that the loop can run forward.
//!
//! ```text
//! for j in (lo..hi).rev() {          for j in lo..hi {
//!     k -= 1;                 →          let k = k0 + j - hi;
//!     g[k] += a;                         g[k] += a;
//! }                                  }
//! ```

use super::facts::Facts;
use super::forward;
use super::indices::indices;
use super::walk::{each_block, each_block_mut, leaves_mut};
use crate::ir::{
    Adaptor, Atom, Carried, Compare, Func, Head, Kind, Loop, Op, Stmt, Term, Var, VarId, VarSet, declare,
};

pub(super) fn compute(func: &mut Func, facts: &mut Facts) -> bool {
    let mut any = false;
    each_block(&func.body, &mut |block| {
        any |= block.stmts.iter().any(|stmt| matches!(stmt, Stmt::Loop(l) if has_counter(l)));
    });
    if !any {
        return false;
    }
    let (exact, indices) = (facts.exact(func), indices(func));
    let mut changed = false;
    let mut vars = std::mem::take(&mut func.vars);
    each_block_mut(&mut func.body, &mut |block| {
        let mut out = Vec::new();
        for stmt in std::mem::take(&mut block.stmts) {
            let Stmt::Loop(mut l) = stmt else {
                out.push(stmt);
                continue;
            };
            let mut after = Vec::new();
            if has_counter(&l) {
                let counters = Counters { indices: &indices, vars: &mut vars };
                if let Some((forward, results)) = counters.turned(&l, &exact) {
                    l = forward;
                    changed = true;
                    after = results;
                }
            }
            out.push(Stmt::Loop(l));
            out.extend(after);
        }
        block.stmts = out;
    });
    func.vars = vars;
    changed
}

fn has_counter(l: &Loop) -> bool {
    let Head::Range { adaptors, inclusive: false, .. } = &l.head else {
        return false;
    };
    *adaptors == [Adaptor::Rev] && (0..l.carried.len()).any(|index| step(l, index).is_some())
}

/// How a counter goes.
#[derive(Clone, Copy)]
enum Step {
    Up,
    Down,
}

/// The next value of the carried value at `index`, if it is a counter.
fn step(l: &Loop, index: usize) -> Option<(VarId, Step)> {
    let Term::Continue(_, values) = &l.body.term else {
        return None;
    };
    let next = values[index].var()?;
    let param = Atom::Var(l.carried[index].param);
    let one = |atom: &Atom| atom.integer() == Some(1);
    l.body.stmts.iter().find_map(|stmt| match stmt {
        Stmt::Let { var, op: Op::Add(a, b) } if *var == next && *a == param && one(b) => {
            Some((next, Step::Up))
        }
        Stmt::Let { var, op: Op::Sub(a, b) } if *var == next && *a == param && one(b) => {
            Some((next, Step::Down))
        }
        _ => None,
    })
}

struct Counters<'v> {
    indices: &'v VarSet,
    vars: &'v mut Vec<Var>,
}

impl Counters<'_> {
    /// The loop with its counters computed, if it can then run forward, and what comes after it.
    fn turned(mut self, l: &Loop, exact: &VarSet) -> Option<(Loop, Vec<Stmt>)> {
        let Head::Range { var, lo, hi, .. } = &l.head else {
            return None;
        };
        let mut forward = l.clone();
        let mut after = Vec::new();
        for index in (0..l.carried.len()).rev() {
            let Some((next, step)) = step(l, index) else {
                continue;
            };
            let item = &l.carried[index];
            if !self.indices.contains(item.param) || !self.indices.contains(*var) {
                continue;
            }
            self.replace(&mut forward, index, (next, step), (*var, hi));
            after.extend(self.result(item, step, (lo, hi)));
        }
        if after.is_empty() || !forward::is_orderless(&forward, exact) {
            return None;
        }
        if let Head::Range { adaptors, .. } = &mut forward.head {
            adaptors.clear();
        }
        Some((forward, after))
    }

    fn temp(&mut self, kind: Kind, like: VarId) -> VarId {
        let span = self.vars[like.0 as usize].span;
        declare(self.vars, Var::temporary(kind, span))
    }

    /// Downwards, the next value is `init + j - hi`, upwards `init + hi - j`; the value before differs from it by one.
    fn replace(
        &mut self,
        l: &mut Loop,
        index: usize,
        (next, step): (VarId, Step),
        (var, hi): (VarId, &Atom),
    ) {
        let Carried { param, init, .. } = l.carried.remove(index);
        for values in leaves_mut(&mut l.body, Some(l.id)) {
            values.remove(index);
        }
        l.body.stmts.retain(|stmt| !matches!(stmt, Stmt::Let { var, .. } if *var == next));
        let sum = self.temp(Kind::Int, param);
        let one = Atom::Int("1".to_owned());
        let ops = match step {
            Step::Down => [
                (sum, Op::Add(init, var.into())),
                (next, Op::Sub(sum.into(), hi.clone())),
                (param, Op::Add(next.into(), one)),
            ],
            Step::Up => [
                (sum, Op::Add(init, hi.clone())),
                (next, Op::Sub(sum.into(), var.into())),
                (param, Op::Sub(next.into(), one)),
            ],
        };
        l.body.stmts.splice(0..0, ops.map(|(var, op)| Stmt::Let { var, op }));
    }

    /// `if lo < hi { init - (hi - lo) } else { init }`
    fn result(&mut self, item: &Carried, step: Step, (lo, hi): (&Atom, &Atom)) -> Vec<Stmt> {
        let [count, last] = [(); 2].map(|()| self.temp(Kind::Int, item.param));
        let last_op = match step {
            Step::Down => Op::Sub(item.init.clone(), count.into()),
            Step::Up => Op::Add(item.init.clone(), count.into()),
        };
        let stmts = vec![
            Stmt::Let { var: count, op: Op::Sub(hi.clone(), lo.clone()) },
            Stmt::Let { var: last, op: last_op },
        ];
        let ran = self.temp(Kind::Bool, item.param);
        vec![
            Stmt::Let { var: ran, op: Op::Compare(Compare::Lt, lo.clone(), hi.clone()) },
            Stmt::value_if(ran, (stmts, last.into()), item.init.clone(), item.result),
        ]
    }
}
