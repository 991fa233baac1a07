//! What is known of a value's size from how it is computed: `1.0 + z.exp()` is at least 1, so its reciprocal is finite.
//!
//! A NaN among the operands is not considered: then the value itself is NaN.

use super::facts::Definitions;
use crate::ir::{Atom, Binary, Op, Range, Unary};

/// How deep a definition is looked into.
const DEPTH: usize = 12;

pub(super) struct Bounds<'o> {
    pub(super) ops: &'o Definitions,
}

impl Bounds<'_> {
    /// Whether the value is finite whatever the inputs are.
    pub(super) fn is_finite(&self, atom: &Atom) -> bool {
        self.finite(atom, DEPTH)
    }

    fn finite(&self, atom: &Atom, depth: usize) -> bool {
        if let Some(value) = atom.number() {
            return value.is_finite();
        }
        let Some(op) = self.ops.of(atom).filter(|_| depth > 0) else {
            return false;
        };
        let finite = |atom| self.finite(atom, depth - 1);
        // Far enough from zero, so that products of such reciprocals are finite too.
        let away = |atom| self.least(atom, depth - 1).is_some_and(|least| least >= 1e-9);
        match op {
            Op::Copy(a) | Op::Neg(a) => finite(a),
            Op::Unary(Unary::Recip, a) => away(a),
            Op::Div(a, b) => finite(a) && away(b),
            Op::Add(a, b) | Op::Sub(a, b) | Op::Mul(a, b) | Op::Select(_, a, b) => finite(a) && finite(b),
            Op::Unary(function, a) => match function.range() {
                Range::Bounded => true,
                Range::Finite => finite(a),
                Range::Partial => false,
            },
            _ => false,
        }
    }

    /// A lower bound.
    fn least(&self, atom: &Atom, depth: usize) -> Option<f64> {
        if let Some(value) = atom.number() {
            return Some(value);
        }
        let op = self.ops.of(atom).filter(|_| depth > 0)?;
        let least = |atom| self.least(atom, depth - 1);
        let is_positive = |atom| least(atom).is_some_and(|least| least >= 0.0);
        match op {
            Op::Copy(a) => least(a),
            Op::Add(a, b) => Some(least(a)? + least(b)?),
            Op::Mul(a, b) if a == b => Some(least(a).map_or(0.0, |least| least.max(0.0).powi(2))),
            Op::Mul(a, b) if is_positive(a) && is_positive(b) => Some(least(a)? * least(b)?),
            Op::Div(a, b) if is_positive(a) && is_positive(b) => Some(0.0),
            Op::Select(_, a, b) => Some(least(a)?.min(least(b)?)),
            Op::Unary(Unary::Sqrt, a) => Some(least(a).unwrap_or(0.0).max(0.0).sqrt()),
            Op::Unary(Unary::Exp | Unary::Exp2 | Unary::Abs, _) | Op::Binary(Binary::Hypot, ..) => Some(0.0),
            Op::Unary(Unary::Cosh, _) => Some(1.0),
            Op::Unary(Unary::Sin | Unary::Cos | Unary::Tanh, _) => Some(-1.0),
            Op::Binary(Binary::Max, a, b) => match (least(a), least(b)) {
                (Some(a), Some(b)) => Some(a.max(b)),
                (one, other) => one.or(other),
            },
            _ => None,
        }
    }
}
