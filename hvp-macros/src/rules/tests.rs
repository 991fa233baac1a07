//! Every entry against a central difference, and at its edge.

use std::collections::BTreeMap;

use super::{Context, Factor, partial};
use crate::ir::{Atom, Binary, Compare, Kind, Op, Unary, VarId};

/// Evaluates what a rule emits at once.
struct Evaluator {
    operands: Vec<Atom>,
    result: Option<f64>,
    values: BTreeMap<VarId, f64>,
}

impl Evaluator {
    fn value(&self, atom: &Atom) -> f64 {
        match atom {
            Atom::Var(var) => self.values[var],
            Atom::Int(text) => text.parse().expect("an integer"),
            other => other.number().expect("a literal"),
        }
    }

    fn apply(&self, op: &Op) -> f64 {
        let v = |atom| self.value(atom);
        let truth = |holds| if holds { 1.0 } else { 0.0 };
        match op {
            Op::Neg(a) => -v(a),
            Op::Add(a, b) => v(a) + v(b),
            Op::Sub(a, b) => v(a) - v(b),
            Op::Mul(a, b) => v(a) * v(b),
            Op::Div(a, b) => v(a) / v(b),
            Op::Rem(a, b) => v(a) % v(b),
            Op::Unary(function, a) => unary(*function, v(a)),
            Op::Binary(function, a, b) => binary(*function, v(a), v(b)),
            Op::MulAdd(a, b, c) => v(a).mul_add(v(b), v(c)),
            Op::Clamp(x, lo, hi) => v(x).clamp(v(lo), v(hi)),
            Op::Select(c, a, b) => v(if v(c) == 1.0 { a } else { b }),
            Op::Compare(Compare::Eq, a, b) => truth(v(a) == v(b)),
            Op::Compare(Compare::Lt, a, b) => truth(v(a) < v(b)),
            Op::Compare(Compare::Gt, a, b) => truth(v(a) > v(b)),
            Op::ScaleOrZero(a, b) => {
                if v(a) == 0.0 {
                    0.0
                } else {
                    v(a) * v(b)
                }
            }
            Op::ToReal(a) => v(a),
            other => panic!("no rule emits {other}"),
        }
    }
}

impl Context for Evaluator {
    fn operand(&mut self, index: usize) -> Atom {
        self.operands[index].clone()
    }

    fn result(&mut self) -> Atom {
        let var = VarId(99);
        self.values.insert(var, self.result.expect("the operation's value"));
        Atom::Var(var)
    }

    fn emit(&mut self, _: Kind, op: Op) -> Atom {
        let var = VarId(100 + u32::try_from(self.values.len()).expect("few values"));
        let value = self.apply(&op);
        self.values.insert(var, value);
        Atom::Var(var)
    }
}

fn unary(function: Unary, x: f64) -> f64 {
    match function {
        Unary::Sqrt => x.sqrt(),
        Unary::Cbrt => x.cbrt(),
        Unary::Recip => x.recip(),
        Unary::Exp => x.exp(),
        Unary::Exp2 => x.exp2(),
        Unary::ExpM1 => x.exp_m1(),
        Unary::Ln => x.ln(),
        Unary::Ln1p => x.ln_1p(),
        Unary::Log2 => x.log2(),
        Unary::Log10 => x.log10(),
        Unary::Sin => x.sin(),
        Unary::Cos => x.cos(),
        Unary::Tan => x.tan(),
        Unary::Asin => x.asin(),
        Unary::Acos => x.acos(),
        Unary::Atan => x.atan(),
        Unary::Sinh => x.sinh(),
        Unary::Cosh => x.cosh(),
        Unary::Tanh => x.tanh(),
        Unary::Asinh => x.asinh(),
        Unary::Acosh => x.acosh(),
        Unary::Atanh => x.atanh(),
        Unary::Abs => x.abs(),
        Unary::Signum => x.signum(),
        Unary::Floor => x.floor(),
        Unary::Ceil => x.ceil(),
        Unary::Round => x.round(),
        Unary::RoundTiesEven => x.round_ties_even(),
        Unary::Trunc => x.trunc(),
        Unary::Fract => x.fract(),
        Unary::ToDegrees => x.to_degrees(),
        Unary::ToRadians => x.to_radians(),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the second operand of `powi` is a whole number")]
fn binary(function: Binary, a: f64, b: f64) -> f64 {
    match function {
        Binary::Powf => a.powf(b),
        Binary::Powi => a.powi(b as i32),
        Binary::Log => a.log(b),
        Binary::Atan2 => a.atan2(b),
        Binary::Hypot => a.hypot(b),
        Binary::Copysign => a.copysign(b),
        Binary::Max => a.max(b),
        Binary::Min => a.min(b),
        Binary::RemEuclid => a.rem_euclid(b),
        Binary::DivEuclid => a.div_euclid(b),
    }
}

/// The operands by value, literals where `op` has them.
fn slope(make: impl Fn(&[Atom]) -> Op, operands: &[f64], index: usize) -> f64 {
    marked(make, operands, index).1
}

/// The partial derivative as the table gives it, and its value.
fn marked(make: impl Fn(&[Atom]) -> Op, operands: &[f64], index: usize) -> (Factor, f64) {
    let vars: Vec<Atom> = (0..operands.len()).map(|i| VarId(u32::try_from(i).expect("few")).into()).collect();
    let values = vars.iter().filter_map(Atom::var).zip(operands.iter().copied()).collect();
    let op = make(&vars);
    let mut cx = Evaluator { operands: op.operands(), result: None, values };
    cx.result = Some(cx.apply(&op));
    let factor = partial(&mut cx, &op, index);
    let value = match &factor {
        Factor::Zero => 0.0,
        Factor::One => 1.0,
        Factor::MinusOne => -1.0,
        Factor::Value(atom) | Factor::Singular(atom) | Factor::Choice(atom) => cx.value(atom),
    };
    (factor, value)
}

fn function(f: Unary) -> impl Fn(&[Atom]) -> Op {
    move |x| Op::Unary(f, x[0].clone())
}

fn function2(f: Binary) -> impl Fn(&[Atom]) -> Op {
    move |x| Op::Binary(f, x[0].clone(), x[1].clone())
}

#[track_caller]
fn check_close(found: f64, expected: f64) {
    // A central difference with step 1e-5 has an error of about 1e-10 of the third derivative.
    assert!((found - expected).abs() <= 1e-7 * (1.0 + expected.abs()), "{found} is not {expected}");
}

#[track_caller]
fn check_difference(make: impl Fn(&[Atom]) -> Op, operands: &[f64]) {
    let evaluate = |x: &[f64]| {
        let vars: Vec<Atom> = (0..x.len()).map(|i| VarId(u32::try_from(i).expect("few")).into()).collect();
        let values = vars.iter().filter_map(Atom::var).zip(x.iter().copied()).collect();
        Evaluator { operands: Vec::new(), result: None, values }.apply(&make(&vars))
    };
    for index in 0..operands.len() {
        let h = 1e-5;
        let [mut up, mut down] = [operands.to_vec(), operands.to_vec()];
        up[index] += h;
        down[index] -= h;
        check_close(slope(&make, operands, index), (evaluate(&up) - evaluate(&down)) / (2.0 * h));
    }
}

#[test]
fn unary_partials_are_central_differences() {
    for f in Unary::ALL {
        f.samples().iter().for_each(|x| check_difference(function(f), &[*x]));
    }
}

#[test]
fn binary_partials_are_central_differences() {
    for f in Binary::OF_REALS {
        f.samples().iter().for_each(|operands| check_difference(function2(f), operands));
    }
}

#[test]
fn arithmetic_partials_are_central_differences() {
    for x in [[1.7, 2.3], [-2.9, 0.6]] {
        check_difference(|x| Op::Add(x[0].clone(), x[1].clone()), &x);
        check_difference(|x| Op::Sub(x[0].clone(), x[1].clone()), &x);
        check_difference(|x| Op::Mul(x[0].clone(), x[1].clone()), &x);
        check_difference(|x| Op::Div(x[0].clone(), x[1].clone()), &x);
        check_difference(|x| Op::Rem(x[0].clone(), x[1].clone()), &x);
    }
    check_difference(|x| Op::MulAdd(x[0].clone(), x[1].clone(), x[2].clone()), &[1.5, -2.0, 0.7]);
    for x in [-1.0, 0.5, 3.0] {
        check_difference(|x| Op::Clamp(x[0].clone(), x[1].clone(), x[2].clone()), &[x, 0.0, 2.0]);
    }
}

#[test]
fn kinks_follow_the_conventions() {
    let at = |f, x: f64| slope(function(f), &[x], 0);
    assert_eq!(at(Unary::Abs, 0.0), 0.0);
    assert_eq!(at(Unary::Abs, -0.0), 0.0);
    assert_eq!(at(Unary::Sqrt, 0.0), f64::INFINITY);
    let both = |f, a: f64, b: f64| [slope(function2(f), &[a, b], 0), slope(function2(f), &[a, b], 1)];
    for f in [Binary::Max, Binary::Min] {
        assert_eq!(both(f, 2.0, 2.0), [0.5, 0.5]);
        assert_eq!(both(f, 0.0, -0.0), [0.5, 0.5]);
        assert_eq!(both(f, f64::NAN, 2.0), [0.0, 1.0]);
        assert_eq!(both(f, 2.0, f64::NAN), [1.0, 0.0]);
    }
    assert_eq!(both(Binary::Hypot, 0.0, 0.0), [0.0, 0.0]);
    assert_eq!(both(Binary::Atan2, 0.0, 0.0), [0.0, 0.0]);
    assert_eq!(both(Binary::Copysign, 0.0, -1.0), [0.0, 0.0]);
    let clamp = |x| slope(|x| Op::Clamp(x[0].clone(), Atom::real(0.0), Atom::real(1.0)), &[x], 0);
    assert_eq!([-0.5, 0.0, 1.0, 1.5].map(clamp), [0.0, 1.0, 1.0, 0.0]);
}

/// The partial derivative is marked as singular if, and only if, it is infinite or NaN at one of the finite `points`.
#[track_caller]
fn check_mark<const N: usize>(what: &str, points: &[[f64; N]], make: impl Fn(&[Atom]) -> Op) {
    for index in 0..N {
        let found = points.iter().map(|at| marked(&make, at, index));
        let (mut singular, mut infinite) = (false, false);
        found.for_each(|(factor, value)| {
            singular |= matches!(factor, Factor::Singular(_));
            infinite |= !value.is_finite();
        });
        assert_eq!(singular, infinite, "partial {index} of {what}");
    }
}

#[test]
fn what_may_be_infinite_is_marked() {
    use Unary::*;
    let points = [-1e300, -2000.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 2000.0, 1e300];
    let one = points.map(|x| [x]);
    for f in [
        Sqrt, Cbrt, Recip, Exp, Exp2, ExpM1, Ln, Ln1p, Log2, Log10, Sin, Cos, Tan, Asin, Acos, Atan, Sinh,
        Cosh, Tanh, Asinh, Acosh, Atanh, Abs, Fract, ToDegrees, ToRadians,
    ] {
        check_mark(&format!("{f:?}"), &one, function(f));
    }
    for n in [-1, 0, 1, 2, 3] {
        let power = |x: &[Atom]| Op::Binary(Binary::Powi, x[0].clone(), Atom::Int(n.to_string()));
        check_mark(&format!("powi {n}"), &one, power);
    }
    for exponent in ["2.0", "3.0", "0.5", "1e10"] {
        let literal = Atom::Real(exponent.to_owned());
        check_mark(exponent, &one, |x| Op::Binary(Binary::Powf, x[0].clone(), literal.clone()));
    }
    check_mark("a quotient by a literal", &one, |x| Op::Div(x[0].clone(), Atom::real(3.0)));
    let two = points.map(|x| points.map(|y| [x, y])).concat();
    for f in [
        Binary::Powf,
        Binary::Log,
        Binary::Atan2,
        Binary::Hypot,
        Binary::Copysign,
        Binary::Max,
        Binary::Min,
        Binary::RemEuclid,
    ] {
        check_mark(&format!("{f:?}"), &two, function2(f));
    }
    check_mark("2^y", &two, |x| Op::Binary(Binary::Powf, Atom::real(2.0), x[1].clone()));
    let whole = points.map(|x| [-1.0, 0.0, 2.0, 3.0].map(|n| [x, n])).concat();
    check_mark("powi", &whole, function2(Binary::Powi));
    check_mark("+", &two, |x| Op::Add(x[0].clone(), x[1].clone()));
    check_mark("-", &two, |x| Op::Sub(x[0].clone(), x[1].clone()));
    check_mark("*", &two, |x| Op::Mul(x[0].clone(), x[1].clone()));
    check_mark("/", &two, |x| Op::Div(x[0].clone(), x[1].clone()));
    check_mark("%", &two, |x| Op::Rem(x[0].clone(), x[1].clone()));
}

#[test]
fn a_selection_gives_all_to_the_operand_that_it_takes() {
    let select = |x: &[Atom]| Op::Select(x[0].clone(), x[1].clone(), x[2].clone());
    for (cond, taken) in [(1.0, 1), (0.0, 2)] {
        for index in [1, 2] {
            let (factor, value) = marked(select, &[cond, 0.7, -1.3], index);
            assert!(matches!(factor, Factor::Choice(_)));
            assert_eq!(value, if index == taken { 1.0 } else { 0.0 });
        }
    }
}

#[test]
fn a_reciprocal_has_the_partial_of_recip() {
    for x in [-2.9, 0.6, 0.0, 1e-200] {
        let (factor, value) = marked(|x| Op::Div(Atom::real(1.0), x[1].clone()), &[1.0, x], 1);
        assert!(matches!(factor, Factor::Singular(_)));
        assert_eq!(value, slope(function(Unary::Recip), &[x], 0), "at {x}");
    }
}

#[test]
fn remainder_follows_the_executed_quotient() {
    // 1.0 / 0.1 rounds to 10, but 1.0 % 0.1 has subtracted 0.1 nine times.
    assert_eq!(slope(|x| Op::Rem(x[0].clone(), x[1].clone()), &[1.0, 0.1], 1), -9.0);
    assert_eq!(slope(function2(Binary::RemEuclid), &[1.0, 0.1], 1), -9.0);
    assert_eq!(slope(function2(Binary::RemEuclid), &[-5.5, 2.0], 1), 3.0);
}

#[test]
fn powi_is_right_at_the_edges_of_its_exponent() {
    let least = f64::from(i32::MIN);
    for literal in [true, false] {
        let at = |x: f64, n: i32| {
            let make = |atoms: &[Atom]| {
                let exponent = if literal { Atom::Int(n.to_string()) } else { atoms[1].clone() };
                Op::Binary(Binary::Powi, atoms[0].clone(), exponent)
            };
            slope(make, &[x, f64::from(n)], 0)
        };
        assert_eq!([at(0.0, 0), at(3.0, 0)], [0.0, 0.0]);
        assert_eq!([at(0.0, 1), at(-3.0, 1)], [1.0, 1.0]);
        assert_eq!([at(0.0, 2), at(-3.0, 2), at(-3.0, 3)], [0.0, -6.0, 27.0]);
        assert_eq!([at(2.0, -1), at(-2.0, -2)], [-0.25, 0.25]);
        assert_eq!([at(1.0, i32::MIN), at(-1.0, i32::MIN)], [least, -least]);
        assert_eq!(at(-1.0, i32::MIN + 1), least + 1.0);
        assert_eq!(at(-1.0, i32::MAX), -least - 1.0);
    }
}

#[test]
fn powf_with_a_whole_literal_behaves_like_powi() {
    let at = |x: f64, exponent: &str| {
        slope(|a| Op::Binary(Binary::Powf, a[0].clone(), Atom::Real(exponent.to_owned())), &[x], 0)
    };
    assert_eq!([at(0.0, "0.0"), at(0.0, "1.0"), at(0.0, "2.0")], [0.0, 1.0, 0.0]);
    assert_eq!([at(-3.0, "2."), at(-3.0, "3e0")], [-6.0, 27.0]);
    assert_eq!(at(0.0, "0.5"), f64::INFINITY);
    check_close(at(4.0, "1.5"), 3.0);
}

#[test]
fn powf_makes_no_nan_of_a_finite_value() {
    let both = |x: f64, y: f64| [0, 1].map(|index| slope(function2(Binary::Powf), &[x, y], index));
    assert_eq!(both(0.0, 0.0), [0.0, 0.0]);
    assert_eq!(both(0.0, 1.0), [1.0, 0.0]);
    assert_eq!(both(0.0, 3.0), [0.0, 0.0]);
    assert_eq!(both(0.0, 0.5), [f64::INFINITY, 0.0]);
    assert_eq!(both(-2.0, 3.0), [12.0, 0.0]);
    assert_eq!(both(-2.0, 0.0), [0.0, 0.0]);
    assert_eq!(both(-2.0, -1.0), [-0.25, 0.0]);
}

#[test]
fn the_exponent_less_one_keeps_its_decimal_digits() {
    let less =
        |text: &str| super::power::one_less(&Atom::Real(text.to_owned()), text.parse().expect("a number"));
    assert_eq!(less("1.1"), Atom::real(0.1));
    assert_eq!(less("2.3e0"), Atom::real(2.3 - 1.0));
    assert_eq!(less("-0.7"), Atom::real(-1.7));
}
