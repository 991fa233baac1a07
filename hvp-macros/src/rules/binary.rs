//! Functions of two reals.

use super::{Context, Factor, power, unary};
use crate::ir::{Atom, Binary, Compare, Op, Unary};

pub(super) fn partial(cx: &mut dyn Context, function: Binary, operands: [&Atom; 2], index: usize) -> Factor {
    match function {
        Binary::Powf => power::powf(cx, operands, index),
        Binary::Powi if index == 0 => power::powi(cx, operands[1]),
        Binary::Powi | Binary::DivEuclid => Factor::Zero,
        Binary::Log => log(cx, index),
        Binary::Atan2 => Factor::Choice(atan2(cx, index)),
        Binary::Hypot => Factor::Choice(hypot(cx, index)),
        Binary::Copysign => copysign(cx, index),
        Binary::Max | Binary::Min => Factor::Choice(share(cx, index)),
        Binary::RemEuclid => remainder(cx, index),
    }
}

/// `ln a / ln b`: `1 / (a ln b)` and `-r / (b ln b)` with `r` the result.
fn log(cx: &mut dyn Context, index: usize) -> Factor {
    let base = cx.operand(1);
    let ln_base = cx.unary(Unary::Ln, base.clone());
    if index == 0 {
        let a = cx.operand(0);
        let product = cx.mul(a, ln_base);
        return Factor::Singular(cx.recip(product));
    }
    let product = cx.mul(base, ln_base);
    let r = cx.result();
    let ratio = cx.div(r, product);
    Factor::Singular(cx.neg(ratio))
}

/// `y.atan2(x)`: `x / h²` and `-y / h²` with `h = hypot(y, x)`, divided twice so that `h²` cannot overflow; 0 at the origin.
fn atan2(cx: &mut dyn Context, index: usize) -> Atom {
    let (y, x) = (cx.operand(0), cx.operand(1));
    let other = if index == 0 { x.clone() } else { y.clone() };
    let h = cx.real(Op::Binary(Binary::Hypot, y, x));
    let slope = cx.div(other, h.clone());
    let slope = cx.div(slope, h.clone());
    let slope = if index == 0 { slope } else { cx.neg(slope) };
    zero_unless(cx, h, slope)
}

/// The operand over the result, 0 at the origin.
fn hypot(cx: &mut dyn Context, index: usize) -> Atom {
    let (x, r) = (cx.operand(index), cx.result());
    let slope = cx.div(x, r.clone());
    zero_unless(cx, r, slope)
}

/// `value` where `guard` is not zero.
fn zero_unless(cx: &mut dyn Context, guard: Atom, value: Atom) -> Atom {
    let at_zero = cx.compare(Compare::Eq, guard, Atom::real(0.0));
    cx.select(at_zero, Atom::real(0.0), value)
}

/// `a.copysign(s)`: the product of the signs, 0 at `a = 0`; nothing to `s`.
fn copysign(cx: &mut dyn Context, index: usize) -> Factor {
    if index == 1 {
        return Factor::Zero;
    }
    let s = cx.operand(1);
    let wanted = cx.unary(Unary::Signum, s);
    let own = unary::sign(cx);
    Factor::Choice(cx.mul(own, wanted))
}

/// Of `max` and `min`: 1 if the operand is the result, ½ if both are, else 0. A NaN is never the result.
fn share(cx: &mut dyn Context, index: usize) -> Atom {
    let (own, other, r) = (cx.operand(index), cx.operand(1 - index), cx.result());
    let other_too = cx.compare(Compare::Eq, other, r.clone());
    let part = cx.select(other_too, Atom::real(0.5), Atom::real(1.0));
    let chosen = cx.compare(Compare::Eq, own, r);
    cx.select(chosen, part, Atom::real(0.0))
}

/// `a % b` and `a.rem_euclid(b)`, with `r` the result, are `a - q b` for the whole number `q = (a - r) / b`, which the
/// rounded quotient `(a / b).trunc()` need not be.
pub(super) fn remainder(cx: &mut dyn Context, index: usize) -> Factor {
    if index == 0 {
        return Factor::One;
    }
    let (a, b, r) = (cx.operand(0), cx.operand(1), cx.result());
    let difference = cx.sub(r, a);
    let quotient = cx.div(difference, b);
    Factor::Singular(cx.unary(Unary::Round, quotient))
}
