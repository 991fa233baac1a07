//! Values that the executed path may not have used.
//!
//! `let e = x.exp(); let y = e * c; if y < 1e9 { y } else { 0.0 }`: where `e` overflowed, the adjoint of `y` is zero, and must stay
//! zero through the factor `e`. An ordinary product would make a NaN of it.
//!
//! Only where both can happen, an adjoint that is zero for want of a use and a factor that is infinite, is the product one
//! that keeps zeros.

use super::Reverse;
use crate::ir::{Atom, Binary, Kind, Op, Range, VarId};
use crate::rules::Factor;

/// How deep a definition is looked into; what lies deeper may be anything.
const DEPTH: usize = 8;

impl Reverse<'_> {
    /// Notes that `bar` is zero where a branch that was taken did not use the value.
    pub(super) fn mark_unused(&mut self, bar: VarId) {
        self.unused.insert(bar);
    }

    /// An adjoint that is taken from memory: nobody may have read the element.
    pub(super) fn memory_bar(&mut self, op: Op) -> Atom {
        let bar = self.emit(Kind::Real, op);
        bar.var().into_iter().for_each(|var| self.mark_unused(var));
        bar
    }

    /// Whether `bar` may be zero for want of a use: structurally, or depending on the branches taken.
    pub(super) fn may_be_unused(&self, bar: &Atom) -> bool {
        bar.is_zero() || bar.var().is_some_and(|var| self.unused.contains(&var))
    }

    /// The factor of the adjoint `bar` with respect to operand `index`, which keeps zeros where it may be infinite or not a number
    /// because what it is computed from is.
    pub(super) fn guarded(&self, bar: &Atom, op: &Op, index: usize, factor: Factor) -> Factor {
        let Factor::Value(by) = factor else { return factor };
        let from: Vec<Atom> = match op {
            Op::Mul(a, b) | Op::MulAdd(a, b, _) => [b, a].get(index).copied().into_iter().cloned().collect(),
            _ => op.operands(),
        };
        if self.may_be_unused(bar) && from.iter().any(|atom| self.may_be_infinite(atom, DEPTH)) {
            Factor::Singular(by)
        } else {
            Factor::Value(by)
        }
    }

    /// Whether the primal value can be infinite or not a number although all inputs, and what memory holds, are finite and of
    /// ordinary size.
    fn may_be_infinite(&self, atom: &Atom, depth: usize) -> bool {
        let Some(var) = atom.var().filter(|var| !self.out.var(*var).element) else { return false };
        let Some(op) = self.facts.ops.get(&var) else {
            return !self.source.params.iter().any(|param| param.var == var);
        };
        if depth == 0 {
            return true;
        }
        let deeper = |atom: &Atom| self.may_be_infinite(atom, depth - 1);
        match op {
            Op::Copy(a) | Op::Neg(a) => deeper(a),
            Op::Unary(function, a) => match function.range() {
                Range::Bounded => false,
                Range::Finite => deeper(a),
                Range::Partial => true,
            },
            Op::Add(a, b)
            | Op::Sub(a, b)
            | Op::Mul(a, b)
            | Op::ScaleOrZero(a, b)
            | Op::ScaleUnlessZero(a, b) => deeper(a) || deeper(b),
            Op::Div(a, b) | Op::Rem(a, b) => deeper(a) || b.var().is_some() || b.is_zero(),
            Op::Select(_, a, b) => deeper(a) || deeper(b),
            Op::MulAdd(a, b, c) | Op::Clamp(a, b, c) => deeper(a) || deeper(b) || deeper(c),
            Op::Binary(Binary::Powi | Binary::Powf | Binary::Log | Binary::RemEuclid, ..) => true,
            Op::Binary(_, a, b) => deeper(a) || deeper(b),
            Op::Load(_)
            | Op::Field(..)
            | Op::Sum(_)
            | Op::Opaque(_)
            | Op::ToReal(_)
            | Op::Len(_)
            | Op::Compare(..)
            | Op::Test(..)
            | Op::Not(_)
            | Op::And(..)
            | Op::Or(..) => false,
        }
    }
}
