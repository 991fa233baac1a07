//! The ends of a loop apart from its middle.
//!
//! ```text
//! for i in 0..n {                                          for i in 0..from { y[i] = u[0]; }
//!     let left = if i == 0 { u[0] } else { u[i - 1] };  →  for i in from..n { y[i] = u[i - 1]; }
//!     y[i] = left;
//! }
//! ```
//!
//! Stencils ask in each iteration whether they are at the first place or the last, or wrap around by a remainder. In the middle the
//! answers are known: without the questions the loop has windows, and its adjoint gathers where it scattered. The loops at the ends
//! have at most one iteration each, and the order of all is the same.

mod answers;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::answers::{Answers, Ends, Part};
use super::copying::{copy, rename};
use super::simplify::indices;
use crate::analysis::facts::Facts;
use crate::ir::{
    Atom, Block, Carried, Compare, Func, Head, Kind, Loop, Op, SpanId, Stmt, Term, Var, VarId, VarSet,
    any_stmt, uses,
};

/// A body with more statements than this is not written three times.
const LONG: usize = 60;

/// Splits the loops of `func`, which is in value form.
pub(crate) fn split(mut func: Func) -> Func {
    let mut splitting = Splitting { known: indices(&func), facts: Facts::gather(&func), func: &mut func };
    let mut body = std::mem::take(&mut splitting.func.body);
    splitting.block(&mut body);
    func.body = body;
    func
}

struct Splitting<'f> {
    func: &'f mut Func,
    known: VarSet,
    facts: Facts,
}

impl Splitting<'_> {
    fn block(&mut self, block: &mut Block) {
        for mut stmt in std::mem::take(&mut block.stmts) {
            stmt.blocks_mut().into_iter().for_each(|inner| self.block(inner));
            match stmt {
                Stmt::Loop(l) => match self.ends(&l).and_then(|ends| self.split(&l, &ends)) {
                    Some(stmts) => block.stmts.extend(stmts),
                    None => block.stmts.push(Stmt::Loop(l)),
                },
                other => block.stmts.push(other),
            }
        }
        if let Term::Branch(branch) = &mut block.term {
            branch.blocks_mut().into_iter().for_each(|inner| self.block(inner));
        }
    }

    /// The ends that the iterations of `l` ask for, if they do and `l` can be split there.
    fn ends(&self, l: &Loop) -> Option<Ends> {
        let Head::Range { var, lo, hi, inclusive: false, adaptors } = &l.head else { return None };
        let whole = matches!(l.body.term, Term::Continue(..)) && l.body.length() <= LONG;
        let fits =
            whole && adaptors.is_empty() && self.known.contains(*var) && !any_stmt(&l.body, &mut stays);
        let ends = Ends::new(*var, (lo, hi), &self.facts.ops).filter(|_| fits)?;
        let tells = |op: &Op, first, last| {
            let ends = ends.clone().split_at(first, last);
            Answers::in_part(&ends, Part::Middle, &self.known, &self.facts.ops).tells(op)
        };
        let (mut first, mut last) = (false, false);
        any_stmt(&l.body, &mut |stmt| {
            if let Stmt::Let { op, .. } = stmt
                && !tells(op, false, false)
            {
                first |= tells(op, true, false);
                last |= tells(op, false, true);
            }
            false
        });
        (first || last).then(|| ends.split_at(first, last))
    }

    /// The loops for the ends and for the middle, if nothing that may fail has an answer for its only reader.
    fn split(&mut self, l: &Loop, ends: &Ends) -> Option<Vec<Stmt>> {
        let parts = [ends.first.then_some(Part::First), Some(Part::Middle), ends.last.then_some(Part::Last)];
        let bodies = parts.into_iter().flatten().map(|part| self.answered(l, ends, part));
        let bodies = bodies.collect::<Option<Vec<Block>>>()?;
        let mut out = Vec::new();
        let mut bounds = vec![ends.lo.clone()];
        if ends.first {
            bounds.push(self.beside("from", (&ends.lo, &ends.hi), (ends.lo.clone(), Op::Add), &mut out));
        }
        if ends.last {
            let from = bounds[bounds.len() - 1].clone();
            bounds.push(self.beside("to", (&from, &ends.hi), (ends.hi.clone(), Op::Sub), &mut out));
        }
        bounds.push(ends.hi.clone());
        let mut values: Vec<Atom> = l.carried.iter().map(|item| item.init.clone()).collect();
        let count = bodies.len();
        for (number, body) in bodies.into_iter().enumerate() {
            let own = l.carried.iter().map(|item| item.result);
            let results: Vec<VarId> = if number + 1 == count {
                own.collect()
            } else {
                own.map(|result| self.func.fresh_like(result)).collect()
            };
            let range = (bounds[number].clone(), bounds[number + 1].clone());
            out.push(Stmt::Loop(self.part(l, body, (ends.var, range), (&values, &results))));
            values = results.into_iter().map(Atom::Var).collect();
        }
        Some(out)
    }

    /// The body of `l` with the answers of a part. Where nobody reads any more what a load or a subtraction gives, it would not be
    /// computed, and not fail where the user's function does: then there is none.
    fn answered(&mut self, l: &Loop, ends: &Ends, part: Part) -> Option<Block> {
        let mut body = l.body.clone();
        let mut answers = Answers::in_part(ends, part, &self.known, &self.facts.ops);
        answers.put_into(self.func, &mut body);
        let (before, mut after) = (uses(&l.body), uses(&body));
        let mut lets = Vec::new();
        any_stmt(&body, &mut |stmt| {
            if let Stmt::Let { var, op } = stmt {
                lets.push((*var, op.clone()));
            }
            false
        });
        for (var, op) in lets.into_iter().rev() {
            if *after.slot(var) > 0 || before.get(var).is_none_or(|times| *times == 0) {
                continue;
            }
            if answers.may_fail(self.func.kind(var), &op) {
                return None;
            }
            op.operands().iter().filter_map(Atom::var).for_each(|read| *after.slot(read) -= 1);
        }
        Some(body)
    }

    /// The number beside `end`, if there are any between the ends: `end` plus or minus `if lo < hi { 1 } else { 0 }`.
    fn beside(
        &mut self,
        name: &str,
        (lo, hi): (&Atom, &Atom),
        (end, step): (Atom, fn(Atom, Atom) -> Op),
        out: &mut Vec<Stmt>,
    ) -> Atom {
        let [some, by] = [Kind::Bool, Kind::Int].map(|kind| self.func.fresh(Var::temporary(kind, SpanId(0))));
        let result = self.func.fresh(Var::named(name, Kind::Int, SpanId(0)));
        let number = |number: i64| Atom::Int(number.to_string());
        out.push(Stmt::Let { var: some, op: Op::Compare(Compare::Lt, lo.clone(), hi.clone()) });
        out.push(Stmt::Let { var: by, op: Op::Select(some.into(), number(1), number(0)) });
        out.push(Stmt::Let { var: result, op: step(end, by.into()) });
        result.into()
    }

    fn part(
        &mut self,
        l: &Loop,
        body: Block,
        (place, (lo, hi)): (VarId, (Atom, Atom)),
        (values, results): (&[Atom], &[VarId]),
    ) -> Loop {
        let id = self.func.fresh_loop();
        let var = self.func.fresh_like(place);
        let mut names = BTreeMap::from([(place, var)]);
        let mut carried = Vec::new();
        for (item, (init, result)) in l.carried.iter().zip(values.iter().zip(results)) {
            let param = self.func.fresh_like(item.param);
            names.insert(item.param, param);
            carried.push(Carried { param, init: init.clone(), result: *result });
        }
        let mut stmts = Vec::new();
        copy(self.func, &body.stmts, &mut names, &mut stmts);
        let Term::Continue(_, mut handed_on) = body.term else {
            unreachable!("only loops whose iterations run to their end are split")
        };
        handed_on.iter_mut().for_each(|value| rename(value, &names));
        let head = Head::Range { var, lo, hi, inclusive: false, adaptors: Vec::new() };
        Loop::new(id, head, carried, Block { stmts, term: Term::Continue(id, handed_on) })
    }
}

/// Whether a statement is better not written several times: the user's own text, calls, and what leaves an iteration in its middle.
fn stays(stmt: &Stmt) -> bool {
    let own = match stmt {
        Stmt::Let { op: Op::Opaque(opaque), .. } => !opaque.repeatable,
        Stmt::Effect(_) | Stmt::Call(_) => true,
        Stmt::Let { .. }
        | Stmt::Assign { .. }
        | Stmt::Alloc { .. }
        | Stmt::Store { .. }
        | Stmt::CopySlice { .. }
        | Stmt::AddSlice { .. }
        | Stmt::Fill { .. }
        | Stmt::Swap { .. }
        | Stmt::VecPush { .. }
        | Stmt::VecPop { .. }
        | Stmt::Branch { .. }
        | Stmt::Loop(_)
        | Stmt::NewTape { .. }
        | Stmt::Turn
        | Stmt::Push { .. }
        | Stmt::Pop { .. } => false,
    };
    own || stmt.blocks().into_iter().any(|block| match &block.term {
        Term::Yield(_) => false,
        Term::Continue(..) => !matches!(stmt, Stmt::Loop(_)),
        Term::Break(..) | Term::Return(_) | Term::Branch(_) | Term::Escape(_) | Term::Panic(_) => true,
    })
}
