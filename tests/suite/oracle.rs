//! The tests' own definition of a derivative, against hand-written derivatives.

use crate::support::*;

twin! {
    fn rosenbrock(x: &[f64]) -> f64 {
        let mut sum = 0.0;
        for i in 0..x.len() - 1 {
            let a = x[i + 1] - x[i] * x[i];
            let b = 1.0 - x[i];
            sum += 100.0 * a * a + b * b;
        }
        sum
    }
}

fn rosenbrock_grad(x: &[f64]) -> Vec<f64> {
    let mut g = vec![0.0; x.len()];
    for i in 0..x.len() - 1 {
        let a = x[i + 1] - x[i] * x[i];
        g[i + 1] += 200.0 * a;
        g[i] -= 400.0 * a * x[i] + 2.0 * (1.0 - x[i]);
    }
    g
}

fn rosenbrock_hvp(x: &[f64], v: &[f64]) -> Vec<f64> {
    let mut h = vec![0.0; x.len()];
    for i in 0..x.len() - 1 {
        h[i] += (1200.0 * x[i] * x[i] - 400.0 * x[i + 1] + 2.0) * v[i] - 400.0 * x[i] * v[i + 1];
        h[i + 1] += 200.0 * v[i + 1] - 400.0 * x[i] * v[i];
    }
    h
}

fn rosenbrock_value_and_grad(x: &[f64]) -> (f64, Vec<f64>) {
    (rosenbrock(x), rosenbrock_grad(x))
}

fn rosenbrock_jvp(x: &[f64], v: &[f64]) -> (f64, f64) {
    (rosenbrock(x), dot(&rosenbrock_grad(x), v))
}

fn rosenbrock_grad_and_hvp(x: &[f64], v: &[f64]) -> (Vec<f64>, Vec<f64>) {
    (rosenbrock_grad(x), rosenbrock_hvp(x, v))
}

#[test]
fn hand_written_derivatives_pass() {
    check_everywhere(&derived!(functions | x | rosenbrock(x)), &points(1, 5, 6, -2.0, 2.0), 1e-13);
}

fn scaled(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| 1.001 * x).collect()
}

/// Rosenbrock's function with a gradient that is consistently wrong.
fn with_a_wrong_gradient() -> Derived<'static> {
    let mut f = derived!(functions | x | rosenbrock(x));
    f.grad = Box::new(|x| scaled(&rosenbrock_grad(x)));
    f.value_and_grad = Box::new(|x| (rosenbrock(x), scaled(&rosenbrock_grad(x))));
    f.jvp = Box::new(|x, v| (rosenbrock(x), dot(&scaled(&rosenbrock_grad(x)), v)));
    f.grad_and_hvp = Box::new(|x, v| (scaled(&rosenbrock_grad(x)), rosenbrock_hvp(x, v)));
    f
}

#[test]
#[should_panic(expected = "gradient at")]
fn a_wrong_gradient_fails() {
    check(&with_a_wrong_gradient(), &[0.3, -1.2, 0.7], 1e-13);
}

#[test]
#[should_panic(expected = "finite difference of the value")]
fn finite_differences_alone_find_a_wrong_gradient() {
    let f = Derived { twin: None, ..with_a_wrong_gradient() };
    check(&f, &[0.3, -1.2, 0.7], 1e-13);
}

#[test]
#[should_panic(expected = "Hessian-vector product at")]
fn a_wrong_product_fails() {
    let mut f = derived!(functions | x | rosenbrock(x));
    f.hvp = Box::new(|x, v| scaled(&rosenbrock_hvp(x, v)));
    f.grad_and_hvp = Box::new(|x, v| (rosenbrock_grad(x), scaled(&rosenbrock_hvp(x, v))));
    check(&f, &[0.3, -1.2, 0.7], 1e-13);
}

/// First and second derivative of a function of one number, by the tests' numbers and by finite differences.
fn compare(name: &str, f: impl Fn(HyperDual) -> HyperDual, x: f64) {
    let at = |x: f64| f(HyperDual::variable(x, 1.0, 1.0));
    let h = 1e-4;
    let first = (at(x + h).value - at(x - h).value) / (2.0 * h);
    let second = (at(x + h).first - at(x - h).first) / (2.0 * h);
    let y = at(x);
    // Central differences with a step of 1e-4 are right to 1e-7 here.
    assert!((y.first - first).abs() <= 1e-6 * (1.0 + first.abs()), "{name}: {} for {first}", y.first);
    assert!((y.cross - second).abs() <= 1e-6 * (1.0 + second.abs()), "{name}: {} for {second}", y.cross);
}

#[test]
fn elementary_functions_agree_with_finite_differences() {
    macro_rules! compare_all {
        ($($name:ident $x:expr;)*) => { $(compare(stringify!($name), |x| x.$name(), $x);)* };
    }
    compare_all! {
        sqrt 0.7; cbrt 0.7; cbrt -0.7; recip 0.7; exp 0.7; exp2 0.7; exp_m1 0.7; ln 0.7; ln_1p 0.7; log2 0.7; log10 0.7; sin 0.7;
        cos 0.7; tan 0.7; asin 0.6; acos 0.6; atan 0.7; sinh 0.7; cosh 0.7; tanh 0.7; asinh 0.7; acosh 1.7; atanh 0.6; abs -0.7;
        fract 0.7; to_degrees 0.7; to_radians 0.7;
    }
    let c = HyperDual::constant(1.3);
    compare("powi", |x| x.powi(5), 0.7);
    compare("powi", |x| x.powi(-3), -0.7);
    compare("powf", |x| x.powf(c), 0.7);
    compare("powf exponent", |x| c.powf(x), 0.7);
    compare("powf both", |x| x.sin().powf(x * x), 0.7);
    compare("log", |x| x.log(c), 0.7);
    compare("log base", |x| c.log(x), 0.7);
    compare("log both", |x| x.log(x + 1.0), 0.7);
    compare("atan2", |x| x.atan2(x * x + 1.0), 0.7);
    compare("hypot", |x| x.hypot(x * x + 1.0), 0.7);
    compare("mul_add", |x| x.mul_add(x * x, x.sin()), 0.7);
    compare("div", |x| x.sin() / (x * x + 1.0), 0.7);
    compare("rem", |x| (x * 5.0) % (x * x + 1.0), 0.7);
    compare("rem_euclid", |x| (x * -5.0).rem_euclid(x * x + 1.0), 0.7);
    compare("copysign", |x| (x * x).copysign(-x), 0.7);
    compare("clamp", |x| (x * x).clamp(-x, x * x * x), 0.7);
}

/// Value and derivatives of one function by the tests' numbers and by num-dual's.
macro_rules! both {
    ($x:expr, |$a:ident| $body:expr) => {{
        let x: f64 = $x;
        let ours = {
            let $a = HyperDual { value: x, first: 1.3, second: -0.7, cross: 0.4 };
            $body
        };
        let theirs = {
            let $a = num_dual::HyperDual64::new(x, 1.3, -0.7, 0.4);
            $body
        };
        let have = [ours.value, ours.first, ours.second, ours.cross];
        let want = [theirs.re, theirs.eps1, theirs.eps2, theirs.eps1eps2];
        // Two forms of one derivative, a few roundings apart.
        assert_close(&have, &want, 1e-13, stringify!($body));
    }};
}

#[test]
#[rustfmt::skip]
fn numbers_agree_with_num_dual() {
    use num_dual::DualNum as _;
    for x in [0.2, 0.55, 0.9] {
        both!(x, |a| a.sqrt()); both!(x, |a| a.cbrt()); both!(x, |a| a.recip()); both!(x, |a| a.exp()); both!(x, |a| a.exp2());
        both!(x, |a| a.exp_m1()); both!(x, |a| a.ln()); both!(x, |a| a.ln_1p()); both!(x, |a| a.log2()); both!(x, |a| a.log10());
        both!(x, |a| a.sin()); both!(x, |a| a.cos()); both!(x, |a| a.tan()); both!(x, |a| a.asin()); both!(x, |a| a.acos());
        both!(x, |a| a.atan()); both!(x, |a| a.sinh()); both!(x, |a| a.cosh()); both!(x, |a| a.tanh()); both!(x, |a| a.asinh());
        both!(x + 1.0, |a| a.acosh()); both!(x, |a| a.atanh()); both!(x, |a| a.powi(5)); both!(-x, |a| a.powi(-3));
        both!(x, |a| a.powf(2.5)); both!(x, |a| a.log(3.0)); both!(x, |a| a.atan2(a * a + 1.0)); both!(x, |a| a.mul_add(a * a, a.sin()));
        both!(x, |a| a.sin() / (a * a + 1.0) - a.exp() * a); both!(x, |a| (a * 2.0 - a.recip()).sin_cos().1);
    }
}

/// What the random programs ask of these numbers: how large those were that cancelled.
#[test]
fn cancelled_numbers_are_noticed() {
    take_largest();
    let x = HyperDual::variable(2.0, 1.0, 0.5);
    let y = (x * 1e8 + 1.0) - x * 1e8;
    let largest = take_largest();
    assert_eq!((y.value, y.first, largest.value, largest.first), (1.0, 0.0, 200_000_001.0, 1e8));
    assert_eq!(take_largest().value, 0.0);
}
