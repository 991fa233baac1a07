//! Like terms of a sum meet:  `a - c - c` → `a - 2.0 * c`,  `t * c + u - t * d` → `t * (c - d) + u`,
//! `40.0 * b + b * x` → `(40.0 + x) * b`.
//!
//! A sum is taken apart through all that serves nothing but it, also through literals that a sum is multiplied with. It is put
//! together again, positive terms first, if some terms were alike; the order in which derivatives are added is free.

use super::facts::Facts;
use super::rewrite::{self, Rewrite};
use crate::ir::{Atom, Func, Kind, Op, SpanId, Stmt, Var, VarId};

pub(super) fn collect(func: &mut Func, facts: &mut Facts) -> bool {
    let late = facts.late(func);
    rewrite::each_op(func, facts, late, Rewrite::collected)
}

/// `factor * atom`, which stands `count` times in the sum.
struct Summand {
    atom: Atom,
    factor: f64,
    count: usize,
}

/// Summands with a common `base`: the sum of `factor * with * base`.
struct Group {
    base: Atom,
    parts: Vec<(f64, Option<Atom>)>,
    /// The one summand, as it was.
    whole: Option<(f64, Atom)>,
}

impl Rewrite {
    fn is_free(&self, var: VarId) -> bool {
        let is_number = matches!(self.vars[var.0 as usize].kind, Kind::Real | Kind::Tangent);
        is_number && !self.exact.contains(var)
    }

    fn part(&self, atom: &Atom) -> Option<&Op> {
        atom.var().filter(|var| self.local.contains(*var) && self.is_free(*var))?;
        self.ops.of(atom)
    }

    fn collected(&mut self, var: VarId, op: &Op, before: &mut Vec<Stmt>) -> Option<Op> {
        if !self.is_free(var) || !matches!(op, Op::Add(..) | Op::Sub(..)) {
            return None;
        }
        let (summands, merged) = self.summands(op);
        let n_summands = summands.len();
        let groups = self.groups(summands);
        if !merged && groups.len() == n_summands {
            return None;
        }
        let Var { kind, span, .. } = self.vars[var.0 as usize].clone();
        Some(self.rebuilt(groups, &kind, span, before))
    }

    /// Takes the sum apart; whether summands were alike.
    fn summands(&self, op: &Op) -> (Vec<Summand>, bool) {
        let mut summands = Vec::new();
        let mut merged = add_parts(&mut summands, op, 1.0);
        while let Some((at, scale, inner)) = self.inner_sum(&summands) {
            let rest = summands.split_off(at + 1);
            let Some(summand) = summands.pop() else {
                return (summands, merged);
            };
            merged |= add_parts(&mut summands, inner, summand.factor * scale);
            for summand in rest {
                merged |= add(&mut summands, summand);
            }
        }
        (summands, merged)
    }

    /// The first summand that is a sum itself, or a literal times a sum, and serves this sum alone.
    fn inner_sum(&self, summands: &[Summand]) -> Option<(usize, f64, &Op)> {
        summands.iter().enumerate().find_map(|(at, Summand { atom, count, .. })| {
            let (scale, sum) = match self.part(atom)? {
                Op::Mul(a, b) => match (a.number(), b.number()) {
                    (Some(c), None) if self.is_used(b, 1) => (c, self.part(b)?),
                    (None, Some(c)) if self.is_used(a, 1) => (c, self.part(a)?),
                    (_, _) => return None,
                },
                op => (1.0, op),
            };
            let is_sum = matches!(sum, Op::Add(..) | Op::Sub(..) | Op::Neg(_));
            (is_sum && self.is_used(atom, *count)).then_some((at, scale, sum))
        })
    }

    fn is_used(&self, atom: &Atom, times: usize) -> bool {
        atom.var().and_then(|var| self.uses.get(var)) == Some(&times)
    }

    fn groups(&self, summands: Vec<Summand>) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        let factors: Vec<Atom> = summands.iter().flat_map(|summand| self.factors(&summand.atom)).collect();
        for Summand { atom, factor, .. } in summands.into_iter().filter(|summand| summand.factor != 0.0) {
            let (inner, base, with) = self.taken_apart(&atom, &factors);
            match groups.iter_mut().find(|group| group.base == base) {
                Some(group) => {
                    group.parts.push((factor * inner, with));
                    group.whole = None;
                }
                None => groups.push(Group {
                    base,
                    parts: vec![(factor * inner, with)],
                    whole: Some((factor, atom)),
                }),
            }
        }
        groups
    }

    /// A product of something that waits for the iteration before, and of something that does not.
    fn late_part(&self, atom: &Atom) -> Option<(Atom, Atom)> {
        self.late_factor(atom.var()?, self.part(atom)?)
    }

    /// The factors of a summand that is a product of reals.
    fn real_factors(&self, atom: &Atom) -> Option<(&Atom, &Atom)> {
        let is_real =
            |atom: &Atom| atom.var().is_some_and(|var| self.vars[var.0 as usize].kind == Kind::Real);
        match self.part(atom)? {
            Op::Mul(a, b) if is_real(a) && is_real(b) => Some((a, b)),
            _ => None,
        }
    }

    /// What a summand may have in common with others.
    fn factors(&self, atom: &Atom) -> Vec<Atom> {
        match self.real_factors(atom) {
            Some((a, b)) if a != b => [a, b].map(|factor| self.without_sign(factor).1.clone()).into(),
            Some(_) | None => vec![self.taken_apart(atom, &[]).1],
        }
    }

    /// `±1.0 * atom`
    fn without_sign<'a>(&'a self, atom: &'a Atom) -> (f64, &'a Atom) {
        match self.part(atom) {
            Some(Op::Neg(inner)) => (-1.0, inner),
            Some(_) | None => (1.0, atom),
        }
    }

    /// The factor of a product that most of `factors` are, if it is not the only one, and the other factor.
    fn common_part(&self, atom: &Atom, factors: &[Atom]) -> Option<(Atom, Atom)> {
        let (a, b) = self.real_factors(atom)?;
        let shared = |factor: &Atom| {
            let factor = self.without_sign(factor).1;
            factors.iter().filter(|other| *other == factor).count()
        };
        match (shared(a), shared(b)) {
            (0 | 1, 0 | 1) => None,
            (of_a, of_b) if of_a >= of_b => Some((a.clone(), b.clone())),
            (_, _) => Some((b.clone(), a.clone())),
        }
    }

    /// A summand as a literal times something, of a tangent times a real, of a number that comes late times one that does not, or of
    /// one of the `factors` of all summands times another number.
    fn taken_apart(&self, atom: &Atom, factors: &[Atom]) -> (f64, Atom, Option<Atom>) {
        let Some(Op::Mul(a, b)) = self.part(atom) else {
            return (1.0, atom.clone(), None);
        };
        match (a.number(), b.number()) {
            (Some(c), None) => (c, b.clone(), None),
            (None, Some(c)) => (c, a.clone(), None),
            (_, _) => {
                let is_tangent = a.var().is_some_and(|var| self.vars[var.0 as usize].kind == Kind::Tangent);
                let parts = if is_tangent {
                    Some((a.clone(), b.clone()))
                } else {
                    self.late_part(atom).or_else(|| self.common_part(atom, factors))
                };
                match parts.filter(|_| self.is_used(atom, 1)) {
                    Some((base, with)) => {
                        let (sign, base) = self.without_sign(&base);
                        (sign, base.clone(), Some(with))
                    }
                    None => (1.0, atom.clone(), None),
                }
            }
        }
    }

    /// The sum of the groups, positive ones first.
    fn rebuilt(&mut self, groups: Vec<Group>, kind: &Kind, span: SpanId, before: &mut Vec<Stmt>) -> Op {
        let mut terms: Vec<(bool, Op)> =
            groups.into_iter().filter_map(|group| self.group_value(group, kind, span, before)).collect();
        terms.sort_by_key(|(negative, _)| *negative);
        let all_negative = terms.first().is_some_and(|(negative, _)| *negative);
        let mut terms = terms.into_iter();
        let Some((_, mut sum)) = terms.next() else {
            return Op::Copy(Atom::zero(kind));
        };
        for (negative, term) in terms {
            let (so_far, term) =
                (self.atom_of(sum, kind, span, before), self.atom_of(term, kind, span, before));
            sum = if negative == all_negative { Op::Add(so_far, term) } else { Op::Sub(so_far, term) };
        }
        if all_negative { Op::Neg(self.atom_of(sum, kind, span, before)) } else { sum }
    }

    /// The value of a group, and whether it is subtracted. Nothing, if the parts cancel.
    fn group_value(
        &mut self,
        group: Group,
        kind: &Kind,
        span: SpanId,
        before: &mut Vec<Stmt>,
    ) -> Option<(bool, Op)> {
        match group.whole {
            Some((1.0, atom)) => return Some((false, Op::Copy(atom))),
            Some((-1.0, atom)) => return Some((true, Op::Copy(atom))),
            Some(_) | None => {}
        }
        let plain: f64 =
            group.parts.iter().filter(|(_, with)| with.is_none()).map(|(factor, _)| factor).sum();
        let mut parts: Vec<(f64, Option<Atom>)> =
            group.parts.into_iter().filter(|(_, with)| with.is_some()).collect();
        if plain != 0.0 {
            parts.insert(0, (plain, None));
        }
        let negative = parts.first()?.0 < 0.0;
        let sign = if negative { -1.0 } else { 1.0 };
        let mut factor: Option<Atom> = None;
        for (c, with) in parts {
            factor = Some(self.plus(factor, c * sign, with, span, before));
        }
        let factor = factor?;
        if factor.is_real(1.0) {
            return Some((negative, Op::Copy(group.base)));
        }
        let is_tangent = *kind == Kind::Tangent;
        Some((negative, if is_tangent { Op::Mul(group.base, factor) } else { Op::Mul(factor, group.base) }))
    }

    /// `sum + c * with`
    fn plus(
        &mut self,
        sum: Option<Atom>,
        c: f64,
        with: Option<Atom>,
        span: SpanId,
        before: &mut Vec<Stmt>,
    ) -> Atom {
        let size = if sum.is_some() { c.abs() } else { c };
        let term = match with {
            None => Atom::real(size),
            Some(with) if size == 1.0 => with,
            Some(with) => self.atom_of(Op::Mul(Atom::real(size), with), &Kind::Real, span, before),
        };
        match sum {
            None => term,
            Some(sum) => {
                let op = if c < 0.0 { Op::Sub(sum, term) } else { Op::Add(sum, term) };
                self.atom_of(op, &Kind::Real, span, before)
            }
        }
    }

    fn atom_of(&mut self, op: Op, kind: &Kind, span: SpanId, before: &mut Vec<Stmt>) -> Atom {
        if let Op::Copy(atom) = op {
            return atom;
        }
        self.temp(kind.clone(), op, span, before)
    }
}

/// Adds `factor` times the operands of a sum to `summands`; whether one was there already.
fn add_parts(summands: &mut Vec<Summand>, op: &Op, factor: f64) -> bool {
    let once = |atom: &Atom, factor| Summand { atom: atom.clone(), factor, count: 1 };
    match op {
        Op::Add(a, b) => add(summands, once(a, factor)) | add(summands, once(b, factor)),
        Op::Sub(a, b) => add(summands, once(a, factor)) | add(summands, once(b, -factor)),
        Op::Neg(a) => add(summands, once(a, -factor)),
        _ => unreachable!("only sums are taken apart"),
    }
}

fn add(summands: &mut Vec<Summand>, summand: Summand) -> bool {
    if let Some(other) = summands.iter_mut().find(|other| other.atom == summand.atom) {
        other.factor += summand.factor;
        other.count += summand.count;
        true
    } else {
        summands.push(summand);
        false
    }
}
