//! Powers.

use super::{Context, Factor};
use crate::ir::{Atom, Binary, Compare, Kind, Op, Unary};

/// `x.powi(n)`: `n * x.powi(n - 1)`.
pub(super) fn powi(cx: &mut dyn Context, exponent: &Atom) -> Factor {
    match integer(exponent) {
        Some(n) => literal_powi(cx, n),
        None => dynamic_powi(cx),
    }
}

/// The value of an integer literal, whatever its suffix.
fn integer(atom: &Atom) -> Option<i32> {
    atom.integer().and_then(|value| i32::try_from(value).ok())
}

fn literal_powi(cx: &mut dyn Context, n: i32) -> Factor {
    let times = Atom::real(f64::from(n));
    let power = match n {
        0 => return Factor::Zero,
        1 => return Factor::One,
        2 => cx.operand(0),
        i32::MIN => {
            let (r, x) = (cx.result(), cx.operand(0));
            cx.div(r, x)
        }
        _ => {
            let x = cx.operand(0);
            cx.real(Op::Binary(Binary::Powi, x, Atom::Int((n - 1).to_string())))
        }
    };
    let slope = cx.mul(times, power);
    if n == 2 { Factor::Value(slope) } else { Factor::Singular(slope) }
}

/// An exponent of 0 gives 0, even where `x.powi(-1)` is infinite. Below `i32::MIN` there is no exponent: there a division takes
/// one factor away.
fn dynamic_powi(cx: &mut dyn Context) -> Factor {
    let (x, n) = (cx.operand(0), cx.operand(1));
    let is_least = cx.compare(Compare::Eq, n.clone(), Atom::Int(i32::MIN.to_string()));
    let one = Op::Select(is_least.clone(), Atom::Int("0".to_owned()), Atom::Int("1".to_owned()));
    let one = cx.emit(Kind::Int, one);
    let less = cx.emit(Kind::Int, Op::Sub(n.clone(), one));
    let power = cx.real(Op::Binary(Binary::Powi, x.clone(), less));
    let divided = cx.div(power.clone(), x);
    let power = cx.select(is_least, divided, power);
    let times = cx.real(Op::ToReal(n));
    Factor::Singular(cx.real(Op::ScaleOrZero(times, power)))
}

/// `x.powf(y)`: `y * x.powf(y - 1)` and `x.powf(y) * ln x`.
pub(super) fn powf(cx: &mut dyn Context, [x, y]: [&Atom; 2], index: usize) -> Factor {
    match (index, x.number(), y.number()) {
        (0, _, Some(exponent)) => literal_powf(cx, y, exponent),
        (0, _, None) => dynamic_powf(cx),
        (_, Some(base), _) if base > 0.0 => {
            let r = cx.result();
            Factor::Singular(cx.mul(r, Atom::real(base.ln())))
        }
        (_, _, _) => exponent_of_powf(cx),
    }
}

/// Whole numbers are those of `powi`; others have no derivative left of 0.
fn literal_powf(cx: &mut dyn Context, text: &Atom, exponent: f64) -> Factor {
    if exponent.fract() == 0.0 && exponent.abs() < 2_147_483_648.0 {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number in range")]
        return literal_powi(cx, exponent as i32);
    }
    let x = cx.operand(0);
    let power = cx.real(Op::Binary(Binary::Powf, x, one_less(text, exponent)));
    Factor::Singular(cx.mul(Atom::real(exponent), power))
}

/// `exponent - 1` with the digits that the decimal number has, which the binary difference may lack.
pub(super) fn one_less(text: &Atom, exponent: f64) -> Atom {
    let decimals = match text {
        Atom::Real(text) if !text.contains(['e', 'E']) => text.split('.').nth(1).map(str::len),
        Atom::Real(_) | Atom::Var(_) | Atom::ZeroTangent | Atom::Int(_) | Atom::Bool(_) | Atom::Undef => None,
    };
    let difference = exponent - 1.0;
    let rounded = decimals.and_then(|n| format!("{difference:.n$}").parse::<f64>().ok());
    Atom::real(rounded.filter(|value| (value - difference).abs() < 1e-15).unwrap_or(difference))
}

/// An exponent of 0 gives 0, even where `x.powf(-1)` is infinite.
fn dynamic_powf(cx: &mut dyn Context) -> Factor {
    let (x, y) = (cx.operand(0), cx.operand(1));
    let less = cx.sub(y.clone(), Atom::real(1.0));
    let power = cx.real(Op::Binary(Binary::Powf, x, less));
    Factor::Singular(cx.real(Op::ScaleOrZero(y, power)))
}

/// A base that is not positive has no logarithm; the power is finite there at isolated exponents only.
fn exponent_of_powf(cx: &mut dyn Context) -> Factor {
    let (x, r) = (cx.operand(0), cx.result());
    let positive = cx.compare(Compare::Gt, x.clone(), Atom::real(0.0));
    let ln = cx.unary(Unary::Ln, x);
    let slope = cx.mul(r, ln);
    Factor::Singular(cx.select(positive, slope, Atom::real(0.0)))
}
