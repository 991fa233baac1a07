//! Integers of all types beside real numbers: counts that helpers give, arguments, exponents, constants.

use crate::support::*;
use hvp::differentiable;

const BLANK: usize = 0;
const NEGATED: bool = true;

#[differentiable]
fn positive(x: &[f64]) -> (f64, u32) {
    let mut sum = 0.0;
    let mut count = 0u32;
    for v in x {
        if *v > 0.0 {
            sum += v * v;
            count += 1;
        }
    }
    (sum, count)
}

#[differentiable]
fn nearest(x: &[f64], to: f64) -> (usize, f64, bool) {
    let mut best = (0, f64::INFINITY);
    for (i, v) in x.iter().enumerate() {
        let distance = (v - to).powi(2);
        if distance < best.1 {
            best = (i, distance);
        }
    }
    (best.0, best.1, best.1 < 1.0)
}

#[differentiable]
fn with_counts(x: &[f64]) -> f64 {
    let (sum, count) = positive(x);
    let (at, distance, near) = nearest(x, x[0] * x[1]);
    let scaled = if near { distance * x[at] } else { distance };
    sum / f64::from(count + 1) + scaled * (count as f64 + 0.5)
}

#[differentiable(wrt(x))]
fn by_value(x: &[f64], weights: Vec<u8>, powers: [i32; 2], rows: Vec<Vec<u16>>) -> f64 {
    let mut weights = weights;
    weights[0] += 1;
    let weighted: f64 = x.iter().zip(&weights).map(|(v, w)| v.powi(powers[0]) * f64::from(*w)).sum();
    weighted * f64::from(rows[0][1]).sqrt() + x[0].powi(powers[1])
}

#[differentiable]
fn passing_values(x: &[f64]) -> f64 {
    let squares: Vec<f64> = x.iter().map(|v| v * v).collect();
    by_value(&squares, vec![1, 2, 3], [2, 3], vec![vec![1, 2]])
        + by_value(x, vec![3; 3], [1, 2], vec![vec![4, 5]])
}

#[differentiable(wrt(rates))]
fn simulated(rates: &[f64], draws: &[(f64, f64)], start: [u32; 2]) -> f64 {
    let mut n = start;
    let (mut t, mut reward) = (0.1, 0.0);
    for &(first, second) in draws {
        let rate = [rates[0] * n[0] as f64, rates[1] * f64::from(n[1])];
        let all: f64 = rate.iter().sum();
        let step = -first.ln() / all;
        t += step;
        reward += step * n[1] as f64;
        if rate[0] > second * all {
            n[0] -= 1;
            n[1] += 1;
        } else {
            n[1] -= 1;
        }
    }
    reward / t
}

#[differentiable(wrt(x))]
fn chosen_once(x: &[f64], powers: &[i32], on: &[bool; 2], scale: &[u8]) -> f64 {
    let mut sum = 0.0;
    for v in x {
        sum += v.powi(powers[1]) * f64::from(scale[0]);
        if on[0] {
            sum += v.sin() * scale[1] as f64;
        }
    }
    sum
}

#[differentiable(wrt(scores))]
fn with_blanks(scores: &[f64], labels: &[usize]) -> f64 {
    let mut path = vec![BLANK];
    for &label in labels {
        path.push(label);
        path.push(BLANK);
    }
    let flags = [NEGATED, false];
    path.iter()
        .enumerate()
        .map(|(i, &at)| scores[at] * scores[at] * if flags[i % 2] { -1.5 } else { 0.5 })
        .sum()
}

#[test]
fn counts_that_helpers_give_have_no_tangent() {
    let points = points(61, 4, 3, -0.9, 0.9);
    check_everywhere(&derived!(alone | x | with_counts(&x)), &points, 1e-9);
    let (rows, nothing) = positive_jacobian(&[0.5, -1.0, 2.0]);
    assert_eq!((rows, nothing), (vec![1.0, 0.0, 4.0], ()));
}

#[test]
fn arrays_of_integers_keep_their_types() {
    let points = points(62, 3, 3, 0.3, 1.2);
    let draws = [(0.3, 0.2), (0.6, 0.7), (0.2, 0.9)];
    check_everywhere(
        &derived!(alone | x | by_value(&x, vec![1, 2, 3], [2, 3], vec![vec![1, 2]])),
        &points,
        1e-9,
    );
    check_everywhere(&derived!(alone | x | passing_values(&x)), &points, 1e-9);
    check_everywhere(&derived!(alone | x | simulated(&x, &draws, [5, 3])), &points, 1e-9);
    check_everywhere(&derived!(alone | x | chosen_once(&x, &[2, 3], &[true, false], &[4, 5])), &points, 1e-9);
}

#[test]
fn constants_are_what_they_are_declared_as() {
    check_everywhere(&derived!(alone | x | with_blanks(&x, &[1, 2, 1])), &points(63, 3, 3, -0.9, 0.9), 1e-9);
}
