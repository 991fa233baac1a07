//! Each operation in first and second order, by both modes, simplified: against differences, and at its edges.

use super::reverse::{self, Goal, Storage};
use super::simplify::simplify;
use super::tangent::{self, Keep};
use crate::ir::interp::{Value, passive, run};
use crate::ir::{
    Atom, Binary, Block, Func, Kind, Op, Param, Role, SpanId, Stmt, Term, Unary, Var, VarId, What, verify,
};

/// `fn f(x, y) -> op(x, y)`; the literals in `op` are constants.
struct Operation {
    func: Func,
}

impl Operation {
    fn new(make: impl Fn(Atom, Atom) -> Op) -> Operation {
        let body = Block { stmts: Vec::new(), term: Term::Return(Vec::new()) };
        let name = "f".to_owned();
        let mut func =
            Func { name, vars: Vec::new(), params: Vec::new(), results: Vec::new(), body, n_loops: 0 };
        let real = |name: &str| Var::named(name, Kind::Real, SpanId(0));
        let [x, y, r] = ["x", "y", "r"].map(|name| func.fresh(real(name)));
        func.params = [x, y].into_iter().enumerate().map(param).collect();
        func.results = vec![Role::primal(What::Result(0))];
        func.body.stmts.push(Stmt::Let { var: r, op: make(x.into(), y.into()) });
        func.body.term = Term::Return(vec![r.into()]);
        Operation { func }
    }

    fn value(&self, at: [f64; 2]) -> f64 {
        run(&self.func, reals(&at), &passive).0[0].real()
    }

    fn gradient(&self, at: [f64; 2]) -> [f64; 2] {
        results(&simple(&reverse::transform(&self.func, Goal::Gradient, Storage::Cheapest)), &at)
    }

    fn slope(&self, at: [f64; 2], along: [f64; 2]) -> f64 {
        let func = simple(&tangent::transform(&self.func, Keep { primal: true }));
        let [value, slope] = results(&func, &[at[0], along[0], at[1], along[1]]);
        assert_eq!(value.to_bits(), self.value(at).to_bits(), "the value has its own bits");
        slope
    }

    fn product(&self, at: [f64; 2], along: [f64; 2]) -> [f64; 2] {
        let gradient = simple(&reverse::transform(&self.func, Goal::Gradient, Storage::Cheapest));
        let func = simple(&tangent::transform(&gradient, Keep { primal: false }));
        results(&func, &[at[0], along[0], at[1], along[1]])
    }
}

fn param((index, var): (usize, VarId)) -> Param {
    Param { var, role: Role::primal(What::Param(index)), differentiated: true, mutable: false }
}

fn reals(values: &[f64]) -> Vec<Value> {
    values.iter().copied().map(Value::Real).collect()
}

fn simple(func: &Func) -> Func {
    let func = simplify(func.clone());
    verify(&func).expect("a well-formed function");
    func
}

fn results(func: &Func, args: &[f64]) -> [f64; 2] {
    let (results, _) = run(func, reals(args), &passive);
    [results[0].real(), results[1].real()]
}

#[track_caller]
fn close(found: f64, expected: f64, what: &str) {
    // Central differences with step 1e-4 have an error of about 1e-9 of the third derivative.
    assert!((found - expected).abs() <= 1e-6 * (1.0 + expected.abs()), "{what}: {found} is not {expected}");
}

/// The first derivatives against differences of the value, the second against differences of the first.
#[track_caller]
fn check(what: &str, at: [f64; 2], make: impl Fn(Atom, Atom) -> Op) {
    let f = Operation::new(make);
    let h = 1e-4;
    for along in [[1.0, 0.0], [0.0, 1.0], [0.6, -0.8]] {
        let moved = |t: f64| [at[0] + t * along[0], at[1] + t * along[1]];
        let slope = (f.value(moved(h)) - f.value(moved(-h))) / (2.0 * h);
        let gradient = f.gradient(at);
        close(f.slope(at, along), slope, what);
        close(gradient[0] * along[0] + gradient[1] * along[1], slope, what);
        let (up, down) = (f.gradient(moved(h)), f.gradient(moved(-h)));
        let product = f.product(at, along);
        for index in 0..2 {
            close(product[index], (up[index] - down[index]) / (2.0 * h), what);
        }
    }
}

#[test]
fn functions_of_one_real() {
    for f in Unary::ALL {
        for x in f.samples() {
            check(&format!("{f:?} at {x}"), [*x, 0.5], |x, _| Op::Unary(f, x));
        }
    }
}

#[test]
fn functions_of_two_reals() {
    for f in Binary::OF_REALS {
        for at in f.samples() {
            check(&format!("{f:?} at {at:?}"), *at, |x, y| Op::Binary(f, x, y));
        }
    }
}

#[test]
fn arithmetic() {
    for at in [[1.7, 2.3], [-2.9, 0.6]] {
        check("+", at, Op::Add);
        check("-", at, Op::Sub);
        check("*", at, Op::Mul);
        check("/", at, Op::Div);
        check("%", at, Op::Rem);
        check("square", at, |x, _| Op::Mul(x.clone(), x));
        check("mul_add", at, |x, y| Op::MulAdd(x.clone(), y, x));
        check("clamp", at, |x, y| Op::Clamp(x, Atom::real(-5.0), y));
        check("or zero", at, Op::ScaleOrZero);
        check("unless zero", at, Op::ScaleUnlessZero);
    }
}

#[test]
fn powers() {
    for n in [-3, -1, 0, 1, 2, 3, 7] {
        check(&format!("powi {n}"), [1.3, 0.0], |x, _| Op::Binary(Binary::Powi, x, Atom::Int(n.to_string())));
        check(&format!("powi {n}"), [-1.3, 0.0], |x, _| {
            Op::Binary(Binary::Powi, x, Atom::Int(n.to_string()))
        });
        let text = Atom::real(f64::from(n));
        check(&format!("powf {n}"), [-1.3, 0.0], |x, _| Op::Binary(Binary::Powf, x, text.clone()));
    }
    for exponent in ["0.5", "1.5", "2.7", "-0.3"] {
        let text = Atom::Real(exponent.to_owned());
        check(exponent, [1.3, 0.0], |x, _| Op::Binary(Binary::Powf, x, text.clone()));
    }
    check("2^y", [0.0, 1.4], |_, y| Op::Binary(Binary::Powf, Atom::real(2.0), y));
}

const X: [f64; 2] = [1.0, 0.0];
const Y: [f64; 2] = [0.0, 1.0];

#[test]
fn second_derivatives_at_kinks() {
    let abs = Operation::new(|x, _| Op::Unary(Unary::Abs, x));
    assert_eq!(abs.product([0.0, 0.0], X), [0.0, 0.0]);
    for (f, at) in [(Binary::Hypot, [0.0; 2]), (Binary::Atan2, [0.0; 2]), (Binary::Copysign, [0.0, -1.0])] {
        let operation = Operation::new(|x, y| Op::Binary(f, x, y));
        assert_eq!(operation.gradient(at), [0.0, 0.0], "{f:?}");
        assert_eq!(operation.slope(at, X), 0.0, "{f:?}");
        assert_eq!(operation.product(at, X), [0.0, 0.0], "{f:?}");
        assert_eq!(operation.product(at, Y), [0.0, 0.0], "{f:?}");
    }
    for f in [Binary::Max, Binary::Min] {
        let operation = Operation::new(|x, y| Op::Binary(f, x, y));
        assert_eq!(operation.gradient([2.0, 2.0]), [0.5, 0.5]);
        assert_eq!(operation.product([2.0, 2.0], X), [0.0, 0.0]);
    }
}

#[test]
fn a_whole_power_of_zero() {
    for literal in [Atom::real(2.0), Atom::real(3.0)] {
        let f = Operation::new(|x, _| Op::Binary(Binary::Powf, x, literal.clone()));
        assert_eq!(f.gradient([0.0, 0.0]), [0.0, 0.0]);
        let second = if literal == Atom::real(2.0) { 2.0 } else { 0.0 };
        assert_eq!(f.product([0.0, 0.0], X), [second, 0.0]);
    }
}

#[test]
fn a_power_is_not_made_nan() {
    let f = Operation::new(|x, y| Op::Binary(Binary::Powf, x, y));
    for at in
        [[0.0, 0.0], [0.0, 1.0], [0.0, 2.0], [0.0, 3.5], [-2.0, 0.0], [-2.0, 1.0], [-2.0, 3.0], [-2.0, -2.0]]
    {
        for along in [X, Y, [0.6, -0.8]] {
            assert!(!f.slope(at, along).is_nan(), "slope at {at:?}");
            assert!(f.product(at, along).iter().all(|value| !value.is_nan()), "product at {at:?}");
        }
        assert!(f.gradient(at).iter().all(|value| !value.is_nan()), "gradient at {at:?}");
    }
}

/// The root is infinite or undefined, but nothing depends on it.
#[test]
fn an_unused_singular_value_makes_no_nan() {
    for at in [[-1.0, 0.5], [0.0, 0.5]] {
        for inner in [Unary::Sqrt, Unary::Ln, Unary::Acosh] {
            let mut f = Operation::new(|x, _| Op::Unary(inner, x));
            let used = f.func.fresh(Var::named("u", Kind::Real, SpanId(0)));
            let (y, r) = (f.func.params[1].var, VarId(2));
            let op = Op::Binary(Binary::Max, Atom::Var(y), Atom::Var(r));
            f.func.body.stmts.push(Stmt::Let { var: used, op });
            f.func.body.term = Term::Return(vec![used.into()]);
            assert_eq!(f.gradient(at), [0.0, 1.0], "{inner:?}");
            assert_eq!(f.slope(at, [0.3, 2.0]), 2.0, "{inner:?}");
            assert_eq!(f.product(at, [0.3, 2.0]), [0.0, 0.0], "{inner:?}");
        }
    }
}

#[test]
fn a_zero_direction_stays_zero_at_a_singular_point() {
    for f in [Unary::Sqrt, Unary::Cbrt, Unary::Ln] {
        let operation = Operation::new(|x, _| Op::Unary(f, x));
        assert_eq!(operation.slope([0.0, 1.0], Y), 0.0, "{f:?}");
        assert_eq!(operation.product([0.0, 1.0], Y), [0.0, 0.0], "{f:?}");
    }
}

/// Nothing passes to an operand that was not chosen, even from a direction that is infinite.
#[test]
fn an_infinite_direction_of_what_is_not_chosen_leaves_no_trace() {
    let inf = f64::INFINITY;
    let clamp = Operation::new(|x, y| Op::Clamp(x, Atom::real(-5.0), y));
    assert_eq!(clamp.slope([9.0, 2.0], [inf, 3.0]), 3.0);
    assert_eq!(clamp.slope([1.0, 2.0], [3.0, inf]), 3.0);
    for (f, at) in [(Binary::Hypot, [0.0; 2]), (Binary::Atan2, [0.0; 2]), (Binary::Copysign, [0.0, -1.0])] {
        let operation = Operation::new(|x, y| Op::Binary(f, x, y));
        assert_eq!(operation.slope(at, [inf, 0.0]), 0.0, "{f:?}");
        assert_eq!(operation.slope(at, [0.0, inf]), 0.0, "{f:?}");
    }
    let scaled = Operation::new(Op::ScaleUnlessZero);
    assert_eq!(scaled.slope([2.0, 0.0], [inf, 3.0]), 6.0);
    assert_eq!(scaled.slope([inf, 2.0], [3.0, 0.0]), 6.0);
}
