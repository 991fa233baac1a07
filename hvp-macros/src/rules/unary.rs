//! Functions of one real. Where the value of the function itself serves, it is used again.

use std::f64::consts::{LN_2, LOG2_E, LOG10_E, PI};

use super::{Context, Factor};
use crate::ir::{Atom, Compare, Unary};

/// The derivative of `function` at its operand.
pub(super) fn partial(cx: &mut dyn Context, function: Unary) -> Factor {
    match function {
        Unary::Sqrt => Factor::Singular(sqrt(cx)),
        Unary::Cbrt => Factor::Singular(cbrt(cx)),
        Unary::Recip => Factor::Singular(recip(cx)),
        Unary::Exp => Factor::Singular(cx.result()),
        Unary::Exp2 => Factor::Singular(exp2(cx)),
        // `r + 1` has lost the digits of a small exponential.
        Unary::ExpM1 => Factor::Singular(of_operand(cx, Unary::Exp)),
        Unary::Ln => Factor::Singular(of_operand(cx, Unary::Recip)),
        Unary::Ln1p => Factor::Singular(ln_1p(cx)),
        Unary::Log2 => Factor::Singular(over_operand(cx, LOG2_E)),
        Unary::Log10 => Factor::Singular(over_operand(cx, LOG10_E)),
        Unary::Sin => Factor::Value(of_operand(cx, Unary::Cos)),
        Unary::Cos => Factor::Value(cos(cx)),
        Unary::Tan => Factor::Value(tan(cx)),
        Unary::Asin => Factor::Singular(asin(cx)),
        Unary::Acos => Factor::Singular(acos(cx)),
        Unary::Atan => Factor::Value(atan(cx)),
        Unary::Sinh => Factor::Singular(of_operand(cx, Unary::Cosh)),
        Unary::Cosh => Factor::Singular(of_operand(cx, Unary::Sinh)),
        Unary::Tanh => Factor::Value(tanh(cx)),
        Unary::Asinh => Factor::Value(asinh(cx)),
        Unary::Acosh => Factor::Singular(acosh(cx)),
        Unary::Atanh => Factor::Singular(atanh(cx)),
        Unary::Abs => Factor::Choice(sign(cx)),
        Unary::Signum | Unary::Floor | Unary::Ceil | Unary::Round | Unary::RoundTiesEven | Unary::Trunc => {
            Factor::Zero
        }
        Unary::Fract => Factor::One,
        Unary::ToDegrees => Factor::Value(Atom::real(180.0 / PI)),
        Unary::ToRadians => Factor::Value(Atom::real(PI / 180.0)),
    }
}

fn of_operand(cx: &mut dyn Context, function: Unary) -> Atom {
    let x = cx.operand(0);
    cx.unary(function, x)
}

fn over_operand(cx: &mut dyn Context, numerator: f64) -> Atom {
    let x = cx.operand(0);
    cx.div(Atom::real(numerator), x)
}

/// `r²` of the result `r`.
fn squared_result(cx: &mut dyn Context) -> Atom {
    let r = cx.result();
    cx.mul(r.clone(), r)
}

/// `1 / (2 r)`
fn sqrt(cx: &mut dyn Context) -> Atom {
    let r = cx.result();
    cx.div(Atom::real(0.5), r)
}

/// `1 / (3 r²)`
fn cbrt(cx: &mut dyn Context) -> Atom {
    let square = squared_result(cx);
    let square = cx.mul(Atom::real(3.0), square);
    cx.recip(square)
}

/// `-r²`
pub(super) fn recip(cx: &mut dyn Context) -> Atom {
    let r = cx.result();
    let square = cx.square(r);
    cx.neg(square)
}

/// `r ln 2`
fn exp2(cx: &mut dyn Context) -> Atom {
    let r = cx.result();
    cx.mul(r, Atom::real(LN_2))
}

/// `1 / (1 + x)`
fn ln_1p(cx: &mut dyn Context) -> Atom {
    let x = cx.operand(0);
    let sum = cx.add(Atom::real(1.0), x);
    cx.recip(sum)
}

/// `-sin x`
fn cos(cx: &mut dyn Context) -> Atom {
    let sine = of_operand(cx, Unary::Sin);
    cx.neg(sine)
}

/// `1 + r²`
fn tan(cx: &mut dyn Context) -> Atom {
    let square = squared_result(cx);
    cx.add(Atom::real(1.0), square)
}

/// `1 - r²`
fn tanh(cx: &mut dyn Context) -> Atom {
    let square = squared_result(cx);
    cx.sub(Atom::real(1.0), square)
}

/// `1 - x²`, in factors, since the difference of the squares would lose digits near 1.
fn one_minus_square(cx: &mut dyn Context) -> Atom {
    let x = cx.operand(0);
    let below = cx.sub(Atom::real(1.0), x.clone());
    let above = cx.add(Atom::real(1.0), x);
    cx.mul(below, above)
}

/// `1 + x²`
fn one_plus_square(cx: &mut dyn Context) -> Atom {
    let x = cx.operand(0);
    let square = cx.mul(x.clone(), x);
    cx.add(Atom::real(1.0), square)
}

fn reciprocal_root(cx: &mut dyn Context, square: Atom) -> Atom {
    let root = cx.unary(Unary::Sqrt, square);
    cx.recip(root)
}

fn asin(cx: &mut dyn Context) -> Atom {
    let square = one_minus_square(cx);
    reciprocal_root(cx, square)
}

fn acos(cx: &mut dyn Context) -> Atom {
    let slope = asin(cx);
    cx.neg(slope)
}

fn atan(cx: &mut dyn Context) -> Atom {
    let square = one_plus_square(cx);
    cx.recip(square)
}

fn asinh(cx: &mut dyn Context) -> Atom {
    let square = one_plus_square(cx);
    reciprocal_root(cx, square)
}

/// `1 / sqrt(x² - 1)`, the difference in factors.
fn acosh(cx: &mut dyn Context) -> Atom {
    let x = cx.operand(0);
    let below = cx.sub(x.clone(), Atom::real(1.0));
    let above = cx.add(x, Atom::real(1.0));
    let square = cx.mul(below, above);
    reciprocal_root(cx, square)
}

fn atanh(cx: &mut dyn Context) -> Atom {
    let square = one_minus_square(cx);
    cx.recip(square)
}

/// The sign of the operand, zero at zero.
pub(super) fn sign(cx: &mut dyn Context) -> Atom {
    let x = cx.operand(0);
    let at_zero = cx.compare(Compare::Eq, x.clone(), Atom::real(0.0));
    let sign = cx.unary(Unary::Signum, x);
    cx.select(at_zero, Atom::real(0.0), sign)
}
