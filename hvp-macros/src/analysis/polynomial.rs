//! Integers as polynomials of others, of the same type.

use std::collections::BTreeMap;

use super::facts::Facts;
use crate::ir::{Atom, LoopId, Op, VarId};

/// A sum of products of variables, each with its coefficient, which is not zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Polynomial(BTreeMap<Vec<VarId>, i64>);

/// A polynomial with more terms is not looked at.
const TERMS: usize = 16;

impl Polynomial {
    /// What `atom` is computed from by the additions and multiplications in `ops`.
    pub(crate) fn of(atom: &Atom, ops: &BTreeMap<VarId, Op>) -> Option<Polynomial> {
        Polynomial::by(atom, ops, &|_| true)
    }

    /// The same, with what a subtraction gives as a variable where `is_natural` does not say that it is not below zero: an unsigned
    /// integer goes on with a large number there, or panics.
    pub(crate) fn by(
        atom: &Atom,
        ops: &BTreeMap<VarId, Op>,
        is_natural: &dyn Fn(&Polynomial) -> bool,
    ) -> Option<Polynomial> {
        let Some(var) = atom.var() else { return atom.integer().map(Polynomial::from) };
        let of = |atom: &Atom| Polynomial::by(atom, ops, is_natural);
        match ops.get(&var) {
            Some(Op::Copy(a)) => of(a),
            Some(Op::Add(a, b)) => of(a)?.plus(&of(b)?, 1),
            Some(Op::Sub(a, b)) => {
                let rest = of(a)?.plus(&of(b)?, -1)?;
                Some(if is_natural(&rest) { rest } else { Polynomial::from(var) })
            }
            Some(Op::Mul(a, b)) => of(a)?.times(&of(b)?),
            Some(_) | None => Some(Polynomial::from(var)),
        }
    }

    /// `self + times * other`.
    pub(crate) fn plus(mut self, other: &Polynomial, times: i64) -> Option<Polynomial> {
        for (product, coefficient) in &other.0 {
            let sum = self.0.entry(product.clone()).or_default();
            *sum = sum.checked_add(coefficient.checked_mul(times)?)?;
        }
        self.0.retain(|_, coefficient| *coefficient != 0);
        (self.0.len() <= TERMS).then_some(self)
    }

    pub(crate) fn times(&self, other: &Polynomial) -> Option<Polynomial> {
        let mut all = Polynomial::default();
        for (a, by) in &self.0 {
            let mut part = Polynomial::default();
            for (b, coefficient) in &other.0 {
                let mut product = [a.as_slice(), b.as_slice()].concat();
                product.sort_unstable();
                part.0.insert(product, coefficient.checked_mul(*by)?);
            }
            all = all.plus(&part, 1)?;
        }
        Some(all)
    }

    /// The rest, if `self` is `var` and a rest in which it does not occur.
    pub(crate) fn less(mut self, var: VarId) -> Option<Polynomial> {
        let once = self.0.remove(&vec![var]) == Some(1);
        (once && self.variables().all(|other| other != var)).then_some(self)
    }

    /// Its value, if it is a number.
    pub(crate) fn number(&self) -> Option<i64> {
        match (self.0.len(), self.0.get(&Vec::new())) {
            (0, None) => Some(0),
            (1, number) => number.copied(),
            (_, _) => None,
        }
    }

    /// The variable that it is, if it is one.
    pub(crate) fn variable(&self) -> Option<VarId> {
        let mut terms = self.0.iter();
        match (terms.next(), terms.next()) {
            (Some((product, 1)), None) => product.first().copied().filter(|_| product.len() == 1),
            (_, _) => None,
        }
    }

    /// How often it has `var` by itself.
    pub(crate) fn coefficient(&self, var: VarId) -> i64 {
        self.0.get(&vec![var]).copied().unwrap_or(0)
    }

    /// Whether it is a sum alone: not below zero where its variables are not.
    pub(crate) fn only_adds(&self) -> bool {
        self.0.values().all(|coefficient| *coefficient >= 0)
    }

    /// Whether it is the same in all iterations of a loop.
    pub(crate) fn stays_in(&self, id: LoopId, facts: &Facts) -> bool {
        self.variables().all(|var| facts.sites.get(&var).is_none_or(|site| !site.loops.contains(&id)))
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = VarId> {
        self.0.keys().flatten().copied()
    }

    /// Its value, computed from what `find` gives for the variables. The products with coefficients above zero come first: summed up
    /// in this order, an index is never below zero.
    pub(crate) fn written(&self, find: &dyn Fn(VarId) -> Atom, compute: &mut dyn FnMut(Op) -> Atom) -> Atom {
        let with = |above: bool| self.0.iter().filter(move |(_, coefficient)| (**coefficient > 0) == above);
        let mut sum: Option<Atom> = None;
        for (product, coefficient) in with(true).chain(with(false)) {
            let mut factors: Vec<Atom> = product.iter().map(|var| find(*var)).collect();
            if coefficient.abs() != 1 || factors.is_empty() {
                factors.push(Atom::Int(coefficient.abs().to_string()));
            }
            let term = factors.into_iter().reduce(|a, b| compute(Op::Mul(a, b)));
            sum = match (sum, term) {
                (Some(sum), Some(term)) if *coefficient > 0 => Some(compute(Op::Add(sum, term))),
                (Some(sum), Some(term)) => Some(compute(Op::Sub(sum, term))),
                (_, term) => term,
            };
        }
        sum.unwrap_or_else(|| Atom::Int("0".to_owned()))
    }
}

/// A variable.
impl From<VarId> for Polynomial {
    fn from(var: VarId) -> Polynomial {
        Polynomial(BTreeMap::from([(vec![var], 1)]))
    }
}

/// A number.
impl From<i64> for Polynomial {
    fn from(number: i64) -> Polynomial {
        Polynomial([(Vec::new(), number)].into_iter().filter(|(_, number)| *number != 0).collect())
    }
}
