//! The Rosenbrock function: a Hessian-vector product that the compiler wrote, beside the one written by hand.
//!
//! `cargo run --release --example rosenbrock`

use std::hint::black_box;
use std::time::Instant;

use hvp::reference::{rosen, rosen_der, rosen_hess, rosen_hess_prod};
use hvp::{HessianOperator, LinearOperator, Objective, differentiable, hutchinson_diagonal};
use rand::SeedableRng;
use rand::rngs::StdRng;

/// f(x) = Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)²
#[differentiable]
fn rosenbrock(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 0..x.len() - 1 {
        let a = x[i + 1] - x[i] * x[i];
        let b = 1.0 - x[i];
        sum += 100.0 * a * a + b * b;
    }
    sum
}

fn main() {
    println!("The Rosenbrock function  f(x) = sum of 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2");
    println!("written as plain Rust; gradient and Hessian-vector product written by #[differentiable].");
    exact_derivatives();
    estimated_diagonal();
    times_in_two_variables();
    a_thousand_variables();
    growth();
}

fn exact_derivatives() {
    let (x, v) = ([2.2, 0.21], [1.2, 3.1]);
    heading("Exact derivatives at x = (2.2, 0.21), v = (1.2, 3.1)");
    println!("                  {:>24}  {:>24}   relative difference", "generated", "derived by hand");
    compare("f(x)", &[rosenbrock(&x)], &[rosen(&x)]);
    compare("gradient", &rosenbrock_grad(&x), &rosen_der(&x));
    let generated = rosenbrock_hvp(&x, &v);
    let by_hand: Vec<f64> = rosen_hess(&x).chunks(2).map(|row| row[0] * v[0] + row[1] * v[1]).collect();
    compare("H v", &generated, &by_hand);
    assert!(relative_difference(&generated, &by_hand) <= 1e-14);
}

/// The diagonal of a Hessian from products alone: exactly, and from random signs.
fn estimated_diagonal() {
    let x = [2.2, 0.21];
    let f = rosenbrock::objective();
    let hessian = HessianOperator::new(&f, &x);
    heading("The Hessian's diagonal, from products alone");
    let exact: Vec<f64> = (0..2).map(|i| diagonal_entry(&hessian, i)).collect();
    println!("exact, by 2 products with the axes     {:>12.2}            {:>12.2}", exact[0], exact[1]);
    println!("Hutchinson, from random signs            estimate   error bar    estimate   error bar");
    for samples in [30, 300, 3_000, 30_000] {
        let estimate = hutchinson_diagonal(&hessian, samples, &mut StdRng::seed_from_u64(1));
        let [(a, da), (b, db)] = [0, 1].map(|i| (estimate.value[i], estimate.std_error[i]));
        println!("{samples:>8} samples                     {a:>12.2}   ± {da:<7.2} {b:>12.2}   ± {db:.2}");
    }
    println!("In theory each entry's standard deviation is 880 / sqrt(samples), 880 being the size of the");
    println!(
        "entry beside the diagonal: {:.1} from 30 samples, however small the entry.",
        880.0 / 30_f64.sqrt()
    );
}

fn diagonal_entry(op: &impl LinearOperator, i: usize) -> f64 {
    let (mut axis, mut column) = (vec![0.0; op.dim()], vec![0.0; op.dim()]);
    axis[i] = 1.0;
    op.apply(&axis, &mut column);
    column[i]
}

fn times_in_two_variables() {
    let (x, v) = ([2.2, 0.21], [1.2, 3.1]);
    let f = rosenbrock::objective();
    let (mut grad, mut hv) = ([0.0; 2], [0.0; 2]);
    heading("Time of each in two variables");
    let row = |name: &str, seconds: f64| println!("{name:<48} {:>10}", readable(seconds));
    row("f(x)", best_time(|| f.value(black_box(&x))));
    row("gradient", best_time(|| f.grad(black_box(&x), black_box(&mut grad))));
    row("H v, generated", best_time(|| f.hvp(black_box(&x), black_box(&v), black_box(&mut hv))));
    row("H v, generated, as a new vector", best_time(|| rosenbrock_hvp(black_box(&x), black_box(&v))));
    row("H v, derived by hand, as a new vector", best_time(|| rosen_hess_prod(black_box(&x), black_box(&v))));
    let hessian = HessianOperator::new(&f, &x);
    let estimate = || hutchinson_diagonal(&hessian, 30, &mut StdRng::seed_from_u64(1));
    row("Hutchinson's diagonal from 30 samples", best_time(estimate));
}

fn a_thousand_variables() {
    let (x, v) = point_and_direction(1000);
    heading("The chained function in 1,000 variables");
    let (generated, by_hand) = (rosenbrock_hvp(&x, &v), rosen_hess_prod(&x, &v));
    let difference = relative_difference(&generated, &by_hand);
    println!("H v against the tridiagonal product by hand: relative difference {difference:.1e}");
    assert!(difference <= 1e-14);
}

fn growth() {
    heading("How the cost grows");
    println!(
        "{:>9}  {:>10}  {:>10}  {:>10}  {:>16}  {:>10}",
        "n", "f", "gradient", "H v", "H v per variable", "H v / f"
    );
    let f = rosenbrock::objective();
    for n in [10, 100, 1_000, 10_000, 100_000, 1_000_000] {
        let (x, v) = point_and_direction(n);
        let (mut grad, mut hv) = (vec![0.0; n], vec![0.0; n]);
        let value = best_time(|| f.value(black_box(&x)));
        let gradient = best_time(|| f.grad(black_box(&x), black_box(&mut grad)));
        let product = best_time(|| f.hvp(black_box(&x), black_box(&v), black_box(&mut hv)));
        let (per_variable, ratio) = (product * 1e9 / n as f64, product / value);
        println!(
            "{n:>9}  {:>10}  {:>10}  {:>10}  {per_variable:>13.2} ns  {ratio:>10.1}",
            readable(value),
            readable(gradient),
            readable(product),
        );
    }
    println!(
        "The dense Hessian at n = 1,000,000 would fill 8 terabytes; the product reads and writes vectors."
    );
}

/// The usual start (−1.2, 1, −1.2, 1, …) and a direction without pattern.
fn point_and_direction(n: usize) -> (Vec<f64>, Vec<f64>) {
    let x = (0..n).map(|i| if i % 2 == 0 { -1.2 } else { 1.0 }).collect();
    let v = (0..n).map(|i| (i as f64 * 0.7).sin()).collect();
    (x, v)
}

fn heading(text: &str) {
    println!("\n{text}\n{}", "-".repeat(text.len()));
}

fn compare(name: &str, generated: &[f64], by_hand: &[f64]) {
    let column = |values: &[f64]| {
        let entries: Vec<String> = values.iter().map(|value| format!("{value:.4}")).collect();
        format!("({})", entries.join(", "))
    };
    let difference = relative_difference(generated, by_hand);
    println!("{name:<16}  {:>24}  {:>24}   {difference:.1e}", column(generated), column(by_hand));
}

/// ‖a − b‖ / ‖b‖
fn relative_difference(a: &[f64], b: &[f64]) -> f64 {
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
    norm(&mut a.iter().zip(b).map(|(a, b)| a - b)) / norm(&mut b.iter().copied())
}

/// The least time of a call in seconds, over seven batches of some two milliseconds.
fn best_time<T>(mut call: impl FnMut() -> T) -> f64 {
    let mut timed = |calls: u32| {
        let start = Instant::now();
        for _ in 0..calls {
            black_box(call());
        }
        start.elapsed().as_secs_f64()
    };
    let mut calls = 1;
    while timed(calls) < 2e-3 {
        calls *= 2;
    }
    (0..7).map(|_| timed(calls)).fold(f64::INFINITY, f64::min) / f64::from(calls)
}

fn readable(seconds: f64) -> String {
    match seconds {
        ..1e-6 => format!("{:.1} ns", seconds * 1e9),
        1e-6..1e-3 => format!("{:.1} us", seconds * 1e6),
        _ => format!("{:.2} ms", seconds * 1e3),
    }
}
