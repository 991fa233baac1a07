//! Functions that call themselves, and functions whose values cannot be computed twice.

use std::cell::Cell;

use hvp::differentiable;

use crate::support::{assert_close, assert_near};

#[differentiable]
fn halves(x: &[f64]) -> f64 {
    if x.len() == 1 {
        return x[0].sin();
    }
    let h = x.len() / 2;
    halves(&x[..h]) * halves(&x[h..]) + x[0]
}

#[differentiable(wrt(x))]
fn horner(x: &[f64], w: &[f64]) -> f64 {
    if x.is_empty() {
        return 1.0;
    }
    x[0].exp() * w[0] + horner(&x[1..], &w[1..]) * x[0]
}

/// The same without recursion.
#[differentiable(wrt(x))]
fn horner_by_loop(x: &[f64], w: &[f64]) -> f64 {
    let mut y = 1.0;
    for i in (0..x.len()).rev() {
        y = x[i].exp() * w[i] + y * x[i];
    }
    y
}

#[differentiable(wrt(a))]
fn both(a: &[f64], b: &[f64]) -> f64 {
    horner(a, b) + halves(b) * a[0] + halves(a)
}

const X: [f64; 5] = [0.3, 0.7, -0.4, 0.9, -0.2];
const W: [f64; 5] = [0.5, 0.25, 2.0, 1.0, -0.6];
const V: [f64; 5] = [0.1, -0.2, 0.3, 0.4, -0.5];

#[test]
fn a_recursion_on_sub_slices_is_its_loop() {
    assert_close(&horner_grad(&X, &W), &horner_by_loop_grad(&X, &W), 1e-14, "gradient");
    assert_close(&horner_hvp(&X, &W, &V), &horner_by_loop_hvp(&X, &W, &V), 1e-14, "product");
}

#[test]
fn two_calls_of_itself_in_one_expression() {
    // halves(x, y) = sin x sin y + x.
    let (x, y) = (0.3_f64, 0.7_f64);
    assert_close(&halves_grad(&[x, y]), &[x.cos() * y.sin() + 1.0, x.sin() * y.cos()], 1e-14, "gradient");
    let (a, b) = (1.2, -0.4);
    let want =
        [-x.sin() * y.sin() * a + x.cos() * y.cos() * b, x.cos() * y.cos() * a - x.sin() * y.sin() * b];
    assert_close(&halves_hvp(&[x, y], &[a, b]), &want, 1e-14, "product");
}

#[test]
fn a_recursive_function_is_called_with_active_and_passive_arguments() {
    let add = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a + b).collect::<Vec<f64>>();
    let mut want = add(&horner_by_loop_grad(&X, &W), &halves_grad(&X));
    want[0] += halves(&W);
    assert_close(&both_grad(&X, &W), &want, 1e-14, "gradient");
    let want = add(&horner_by_loop_hvp(&X, &W, &V), &halves_hvp(&X, &V));
    assert_close(&both_hvp(&X, &W, &V), &want, 1e-14, "product");
}

/// A source of numbers that never gives the same twice, and counts how often it was asked.
struct Source {
    state: Cell<u64>,
    asked: Cell<usize>,
}

impl Source {
    fn new() -> Source {
        Source { state: Cell::new(7), asked: Cell::new(0) }
    }
}

fn draw(source: &Source) -> f64 {
    source.asked.set(source.asked.get() + 1);
    source.state.set(source.state.get() * 48_271 % 2_147_483_647);
    source.state.get() as f64 / 2_147_483_647.0
}

#[differentiable(wrt(x))]
fn noisy(x: &[f64], source: &Source) -> f64 {
    let mut s = 0.0;
    for i in 0..x.len() {
        let z = draw(source);
        s += (x[i] * z).sin();
    }
    s
}

#[differentiable(wrt(x))]
fn squared(x: &[f64], source: &Source) -> f64 {
    let y = noisy(x, source);
    y * y
}

#[test]
fn a_passive_call_runs_once_also_in_a_called_function() {
    let draws: Vec<f64> = {
        let source = Source::new();
        X.iter().map(|_| draw(&source)).collect()
    };
    let sum: f64 = X.iter().zip(&draws).map(|(x, z)| (x * z).sin()).sum();
    let slopes: Vec<f64> = X.iter().zip(&draws).map(|(x, z)| z * (x * z).cos()).collect();
    let source = Source::new();
    let gradient: Vec<f64> = slopes.iter().map(|slope| 2.0 * sum * slope).collect();
    assert_close(&squared_grad(&X, &source), &gradient, 1e-14, "gradient");
    assert_eq!(source.asked.get(), X.len(), "each number is drawn once");
    let source = Source::new();
    let along: f64 = slopes.iter().zip(&V).map(|(s, v)| s * v).sum();
    let product: Vec<f64> = (0..X.len())
        .map(|i| 2.0 * (along * slopes[i] - sum * draws[i].powi(2) * (X[i] * draws[i]).sin() * V[i]))
        .collect();
    assert_close(&squared_hvp(&X, &source, &V), &product, 1e-14, "product");
    assert_eq!(source.asked.get(), X.len(), "each number is drawn once");
    assert_near(
        squared_jvp(&X, &Source::new(), &V).1,
        2.0 * sum * along,
        1e-14,
        "derivative along the direction",
    );
}
