//! What is known of the questions of an iteration in a part of a loop.

use std::collections::BTreeMap;

use crate::analysis::polynomial::Polynomial;
use crate::ir::{Atom, Block, Compare, Func, Kind, Op, Selector, Stmt, Term, Var, VarId, VarSet};

/// A loop's variable and its range, and at which ends the loop is split.
#[derive(Clone, Debug)]
pub(super) struct Ends {
    pub(super) var: VarId,
    pub(super) lo: Atom,
    pub(super) hi: Atom,
    pub(super) first: bool,
    pub(super) last: bool,
    /// The ends as the numbers that they are computed from.
    from: Polynomial,
    to: Polynomial,
}

impl Ends {
    pub(super) fn new(var: VarId, (lo, hi): (&Atom, &Atom), ops: &BTreeMap<VarId, Op>) -> Option<Ends> {
        let of = |atom| Polynomial::by(atom, ops, &Polynomial::only_adds);
        Some(Ends {
            var,
            lo: lo.clone(),
            hi: hi.clone(),
            first: false,
            last: false,
            from: of(lo)?,
            to: of(hi)?,
        })
    }

    pub(super) fn split_at(self, first: bool, last: bool) -> Ends {
        Ends { first, last, ..self }
    }
}

/// The iteration that is split off at an end, or what is left.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    First,
    Middle,
    Last,
}

/// From the least to the greatest of the numbers that an integer may be.
type Interval = (Option<i64>, Option<i64>);

/// What is known in a part of a loop.
pub(super) struct Answers<'a> {
    ends: &'a Ends,
    /// How far the loop's variable is from the first number of the range, at least and at most.
    after_first: (i64, Option<i64>),
    /// The same from the last number, which it is not above.
    up_to_last: (Option<i64>, i64),
    /// How many iterations the whole loop has at least.
    count: i64,
    known: &'a VarSet,
    ops: &'a BTreeMap<VarId, Op>,
    /// The questions that have an answer.
    answered: BTreeMap<VarId, bool>,
}

impl<'a> Answers<'a> {
    pub(super) fn in_part(
        ends: &'a Ends,
        part: Part,
        known: &'a VarSet,
        ops: &'a BTreeMap<VarId, Op>,
    ) -> Answers<'a> {
        let (first, last) = (i64::from(ends.first), i64::from(ends.last));
        let (after_first, up_to_last) = match part {
            Part::First => ((0, Some(0)), (None, 0)),
            Part::Middle => ((first, None), (None, -last)),
            Part::Last => ((first, None), (Some(0), 0)),
        };
        let count = 1 + after_first.0 - up_to_last.1;
        Answers { ends, after_first, up_to_last, count, known, ops, answered: BTreeMap::new() }
    }

    /// Whether what `op` asks, or which multiple a remainder leaves out, is known.
    pub(super) fn tells(&self, op: &Op) -> bool {
        match op {
            Op::Compare(how, a, b) => self.compared(*how, a, b).is_some(),
            Op::Rem(a, b) => self.remainder(a, b).is_some(),
            _ => false,
        }
    }

    /// Puts the answers into `block`, and the arms that they choose in the place of branches.
    pub(super) fn put_into(&mut self, func: &mut Func, block: &mut Block) {
        for mut stmt in std::mem::take(&mut block.stmts) {
            if let Stmt::Let { var, op } = &mut stmt {
                self.answer(func, *var, op, &mut block.stmts);
            }
            let chosen = self.chosen(func, &stmt);
            if let (Some(arm), Stmt::Branch { branch, results }) = (chosen, &mut stmt) {
                let mut body = std::mem::take(&mut branch.arms[arm].body);
                self.put_into(func, &mut body);
                block.stmts.extend(body.stmts);
                if let Term::Yield(values) = body.term {
                    let copies = results.iter().zip(values);
                    for (var, value) in copies {
                        self.note(*var, &value);
                        block.stmts.push(Stmt::Let { var: *var, op: Op::Copy(value) });
                    }
                }
                continue;
            }
            stmt.blocks_mut().into_iter().for_each(|inner| self.put_into(func, inner));
            block.stmts.push(stmt);
        }
    }

    /// Whether `op`, which gives something of this kind, may end in a panic.
    pub(super) fn may_fail(&self, kind: &Kind, op: &Op) -> bool {
        match op {
            Op::Load(_) | Op::Opaque(_) | Op::Clamp(..) | Op::Sum(_) => true,
            Op::Div(..) | Op::Rem(..) => *kind == Kind::Int,
            Op::Sub(a, b) => {
                let rest = || self.number(a)?.plus(&self.number(b)?, -1);
                *kind == Kind::Int && !rest().is_some_and(|rest| self.is_natural(&rest))
            }
            Op::Copy(_)
            | Op::Neg(_)
            | Op::Add(..)
            | Op::Mul(..)
            | Op::Unary(..)
            | Op::Binary(..)
            | Op::MulAdd(..)
            | Op::ScaleOrZero(..)
            | Op::ScaleUnlessZero(..)
            | Op::Select(..)
            | Op::Compare(..)
            | Op::Test(..)
            | Op::Not(_)
            | Op::And(..)
            | Op::Or(..)
            | Op::ToReal(_)
            | Op::Len(_)
            | Op::Field(..) => false,
        }
    }

    fn answer(&mut self, func: &mut Func, var: VarId, op: &mut Op, before: &mut Vec<Stmt>) {
        let answer = match &*op {
            Op::Compare(how, a, b) => self.compared(*how, a, b).map(Atom::Bool),
            Op::Not(a) => self.truth(a).map(|truth| Atom::Bool(!truth)),
            Op::Select(condition, a, b) => {
                self.truth(condition).map(|truth| if truth { a } else { b }.clone())
            }
            Op::Rem(a, b) => self.remainder(a, b).map(|rest| {
                let span = func.var(var).span;
                rest.written(&|var| var.into(), &mut |op| {
                    let part = func.fresh(Var::temporary(Kind::Int, span));
                    before.push(Stmt::Let { var: part, op });
                    part.into()
                })
            }),
            _ => None,
        };
        if let Some(answer) = answer {
            *op = Op::Copy(answer);
        }
        if let Op::Copy(value) = op {
            self.note(var, value);
        }
    }

    fn note(&mut self, var: VarId, value: &Atom) {
        if let Some(truth) = self.truth(value) {
            self.answered.insert(var, truth);
        }
    }

    fn truth(&self, atom: &Atom) -> Option<bool> {
        match atom {
            Atom::Bool(truth) => Some(*truth),
            Atom::Var(var) => self.answered.get(var).copied(),
            Atom::Real(_) | Atom::ZeroTangent | Atom::Int(_) | Atom::Undef => None,
        }
    }

    /// The arm of a branch that runs, if it is known and gives nothing but numbers and Booleans.
    fn chosen(&self, func: &Func, stmt: &Stmt) -> Option<usize> {
        let Stmt::Branch { branch, results } = stmt else { return None };
        let Selector::Bool(condition) = &branch.on else { return None };
        let plain = results.iter().all(|var| matches!(func.kind(*var), Kind::Real | Kind::Int | Kind::Bool));
        self.truth(condition).filter(|_| plain).map(usize::from).map(|truth| 1 - truth)
    }

    fn compared(&self, how: Compare, a: &Atom, b: &Atom) -> Option<bool> {
        let (least, most) = self.interval(&self.number(a)?.plus(&self.number(b)?, -1)?)?;
        let (below, above) = (most.is_some_and(|most| most < 0), least.is_some_and(|least| least > 0));
        let (not_above, not_below) =
            (most.is_some_and(|most| most <= 0), least.is_some_and(|least| least >= 0));
        let apart = (below || above).then_some(true);
        let equal = (not_above && not_below).then_some(true);
        let either = |yes: bool, no: bool| yes.then_some(true).or(no.then_some(false));
        match how {
            Compare::Lt => either(below, not_below),
            Compare::Le => either(not_above, above),
            Compare::Gt => either(above, not_above),
            Compare::Ge => either(not_below, below),
            Compare::Eq => equal.or(apart.map(|_| false)),
            Compare::Ne => apart.or(equal.map(|_| false)),
        }
    }

    /// `a % b`, if it is known how often `b` goes into `a`: not at all, or once.
    fn remainder(&self, a: &Atom, b: &Atom) -> Option<Polynomial> {
        let (of, by) = (self.number(a)?, self.number(b)?);
        let rest = of.clone().plus(&by, -1)?;
        let (least, most) = self.interval(&rest)?;
        if most.is_some_and(|most| most < 0) {
            return Some(of);
        }
        let least = least.filter(|least| *least >= 0)?;
        if (least, most) == (0, Some(0)) {
            // An iteration runs, so the range ends above zero.
            let above = by.plus(&self.ends.to, -1)?.number()?;
            return (above >= 0).then(Polynomial::default);
        }
        let (_, over) = self.interval(&rest.clone().plus(&by, -1)?)?;
        over.filter(|over| *over < 0).map(|_| rest)
    }

    /// What an integer is computed from, if all of that is counted in `usize`.
    fn number(&self, atom: &Atom) -> Option<Polynomial> {
        let counted = atom.var().is_none_or(|var| self.known.contains(var));
        Polynomial::by(atom, self.ops, &|number| self.is_natural(number)).filter(|_| counted)
    }

    /// Whether `number` is not below zero in any iteration. The loop's variable is not below the first number of the range nor above
    /// the last, and these are as far apart as there are iterations.
    fn is_natural(&self, number: &Polynomial) -> bool {
        number.only_adds() || self.least(number).is_some_and(|least| least.only_adds())
    }

    fn least(&self, number: &Polynomial) -> Option<Polynomial> {
        let Ends { var, from, to, .. } = self.ends;
        let by = number.coefficient(*var);
        let place = if by > 0 {
            from.clone().plus(&Polynomial::from(self.after_first.0), 1)?
        } else {
            to.clone().plus(&Polynomial::from(self.up_to_last.1 - 1), 1)?
        };
        let mut least = number.clone().plus(&Polynomial::from(*var), -by)?.plus(&place, by)?;
        for end in to.variables() {
            let (by, Some(rest)) = (least.coefficient(end), to.clone().less(end)) else { continue };
            if by > 0 {
                let end_at_least = from.clone().plus(&Polynomial::from(self.count), 1)?.plus(&rest, -1)?;
                least = least.plus(&Polynomial::from(end), -by)?.plus(&end_at_least, by)?;
            }
        }
        Some(least)
    }

    /// What `number` may be, if it is the loop's variable, or less it, and an end of the range.
    fn interval(&self, number: &Polynomial) -> Option<Interval> {
        if let Some(number) = number.number() {
            return Some((Some(number), Some(number)));
        }
        let var = Polynomial::from(self.ends.var);
        let last = self.ends.to.clone().plus(&Polynomial::from(1), -1)?;
        let sides = [
            (&self.ends.from, (Some(self.after_first.0), self.after_first.1)),
            (&last, (self.up_to_last.0, Some(self.up_to_last.1))),
        ];
        let mut found: Interval = (None, None);
        for (end, (least, most)) in sides {
            for sign in [1, -1] {
                let rest = number.clone().plus(&var, -sign)?.plus(end, sign)?;
                let Some(by) = rest.number() else { continue };
                let (least, most) =
                    if sign == 1 { (least, most) } else { (most.map(|x| -x), least.map(|x| -x)) };
                found = (found.0.max(least.map(|x| x + by)), lesser(found.1, most.map(|x| x + by)));
            }
        }
        (found != (None, None)).then_some(found)
    }
}

fn lesser(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    a.into_iter().chain(b).min()
}
