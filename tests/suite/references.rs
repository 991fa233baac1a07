//! Numbers behind references: parameters, arguments of helpers, items that are handed to functions by name.

use crate::support::*;
use hvp::differentiable;

mod scalar {
    use hvp::differentiable;

    #[differentiable]
    pub fn square(a: &f64) -> f64 {
        a * a
    }

    #[differentiable]
    pub fn horner(sum: f64, c: &f64) -> f64 {
        sum * 0.7 + c
    }

    #[differentiable]
    pub fn of_neighbours(w: &[f64]) -> f64 {
        w[0] * w[1]
    }

    #[differentiable]
    pub fn pulled(a: &f64, b: &f64) -> f64 {
        if a > b {
            return a * *b * b;
        }
        let mut sum = *a;
        for _ in 0..3 {
            sum = sum * b + sum.sin();
        }
        sum
    }
}

#[differentiable]
fn by_name(x: &[f64]) -> f64 {
    let squares: f64 = x.iter().map(scalar::square).sum();
    let of_pairs: f64 = x.windows(2).map(scalar::of_neighbours).sum();
    squares * x.iter().rev().fold(0.0, scalar::horner) + of_pairs
}

#[differentiable]
fn passed_on(a: &f64, b: &f64, x: &[f64]) -> f64 {
    let own = |u: &f64| u * u * a;
    let along: f64 = x.iter().map(|v| v * b + scalar::pulled(v, a)).sum();
    along + own(b) + scalar::pulled(a, b) * scalar::pulled(&x[0], &2.0) + scalar::pulled(&(a * b), a)
}

#[differentiable]
fn recursive(a: &f64, n: usize) -> f64 {
    if n == 0 { *a } else { recursive(&(a * 0.5 + a.sin()), n - 1) * a }
}

struct Scale {
    by: f64,
}

impl Scale {
    #[differentiable(wrt(a, b))]
    fn product(&self, a: &f64, b: &f64) -> f64 {
        self.by * a * b + a.exp()
    }

    #[differentiable(wrt(x))]
    fn sum(&self, x: &[f64]) -> f64 {
        x.iter().map(|v| self.product(v, &x[0])).sum()
    }
}

#[differentiable(wrt(a))]
fn beside_a_constant(a: &f64, k: &f64) -> f64 {
    a * k + scalar::pulled(a, k)
}

#[differentiable(derivative = |a, b| (b * b, 2.0 * a * b))]
fn by_rule(a: &f64, b: &f64) -> f64 {
    a * b * b
}

#[differentiable(jvp = given_jvp, vjp = given_vjp)]
fn given(a: &f64, b: f64) -> f64 {
    a * a * b
}

fn given_jvp(a: &f64, b: f64, a_dot: f64, b_dot: f64) -> (f64, f64) {
    (a * a * b, 2.0 * a * b * a_dot + a * a * b_dot)
}

#[differentiable]
fn given_vjp(a: &f64, b: f64, weight: f64) -> (f64, f64) {
    (2.0 * a * b * weight, a * a * weight)
}

#[differentiable]
fn ruled_and_given(x: &[f64]) -> f64 {
    by_rule(&x[0], &x[1]) * given(&x[1], x[0])
}

#[test]
fn items_are_handed_to_functions_by_name() {
    check_everywhere(&derived!(alone | x | by_name(&x)), &points(1, 3, 4, -1.0, 1.0), 1e-9);
}

#[test]
fn numbers_are_read_through() {
    let points = points(2, 4, 4, 0.2, 1.3);
    check_everywhere(&derived!(alone | x | passed_on(&x[0], &x[1], &x[2..])), &points, 1e-9);
    check_everywhere(&derived!(alone | x | recursive(&x[0], 4)), &points, 1e-9);
    check_everywhere(&derived!(alone | x | beside_a_constant(&x[0], &0.6)), &points, 1e-9);
    check_everywhere(&derived!(alone | x | by_rule(&x[0], &x[1])), &points, 1e-9);
    check_everywhere(&derived!(alone | x | given(&x[0], x[1])), &points, 1e-9);
    check_everywhere(&derived!(alone | x | ruled_and_given(&x)), &points, 1e-9);
    let scale = Scale { by: 3.0 };
    check_everywhere(&derived!(alone | x | scale.product(&x[0], &x[1])), &points, 1e-9);
    check_everywhere(&derived!(alone | x | scale.sum(&x)), &points, 1e-9);
}

struct Series {
    scale: f64,
    weights: Vec<f64>,
    marks: [f64; 2],
    steps: Vec<i64>,
}

/// What `ref` binds stays in its place, and changes there later.
#[differentiable]
fn lent_by_patterns(x: &[f64]) -> f64 {
    let mut series = Series { scale: x[0], weights: vec![x[1], x[2]], marks: [x[0], x[2]], steps: vec![1] };
    let Series { scale, ref weights, ref marks, ref steps } = series;
    let mut sum = scale * weights[0] * weights.iter().sum::<f64>() * marks[1] * steps.len() as f64;
    series.weights.push(x[0]);
    series.marks[0] *= 2.0;
    series.steps.push(4);
    sum *= series.weights[2] * series.marks[0] * series.steps.len() as f64;
    let pair = (x[1], vec![x[2], x[0]]);
    let (ref y, ref list) = pair;
    let z = *y * list[0];
    match pair {
        (ref a, ref b) if b.len() > 1 => a * b[1] * z + sum,
        _ => sum,
    }
}

#[test]
fn patterns_lend() {
    check_everywhere(&derived!(alone | x | lent_by_patterns(&x)), &points(3, 3, 3, 0.2, 1.3), 1e-9);
}
