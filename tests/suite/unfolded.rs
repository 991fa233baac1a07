//! Iterators that end when their items say so, and items that may be missing.

use crate::support::*;
use hvp::differentiable;

#[differentiable]
fn series(x: f64) -> f64 {
    let mut term = 1.0;
    let mut k = 0;
    let cosine = std::iter::from_fn(|| {
        if k > 12 {
            return None;
        }
        let out = term;
        k += 1;
        term *= -x * x / ((2 * k) * (2 * k - 1)) as f64;
        Some(out)
    });
    cosine.sum()
}

#[differentiable]
fn geometric(x: f64) -> f64 {
    let powers = std::iter::successors(Some(x), |t| if *t > 1e-4 { Some(t * x) } else { None });
    powers.take(6).map(|p| p.sin()).sum::<f64>()
        + std::iter::successors(Some(1.0), |&t| (t > 0.01).then_some(t * x)).sum::<f64>()
}

#[differentiable]
fn logarithm(x: f64) -> Result<f64, String> {
    if x > 0.0 { Ok(x.ln()) } else { Err(format!("{x} is not positive")) }
}

#[differentiable]
fn all_or_none(x: &[f64]) -> Option<f64> {
    let logs: Option<Vec<f64>> = x.iter().map(|&v| if v > 0.0 { Some(v.ln()) } else { None }).collect();
    let roots: Option<f64> = x.iter().map(|&v| (v > 0.0).then(|| v.sqrt())).sum();
    let pair = x.first().zip(x.get(1)).map(|(a, b)| a * b)?;
    Some(logs?.iter().map(|l| l * l).sum::<f64>() * roots? + pair)
}

#[differentiable]
fn all_or_error(x: &[f64]) -> Result<f64, String> {
    let logs = x.iter().map(|&v| logarithm(v)).collect::<Result<Vec<_>, _>>()?;
    let total: f64 = x.iter().map(|v| logarithm(*v)).sum::<Result<f64, _>>()?;
    Ok(logs.iter().map(|l| l.exp() * l).sum::<f64>() * total)
}

/// An interval's number is known from its uses in sums of indices.
fn interval(t: f64, knots: &[f64]) -> usize {
    knots.iter().rposition(|k| *k <= t).unwrap_or(0)
}

#[differentiable(wrt(c))]
fn spline(c: &[f64], at: &[f64], knots: &[f64]) -> f64 {
    at.iter()
        .map(|&t| {
            let k = interval(t, knots);
            let part: [f64; 2] = std::array::from_fn(|j| c[j + k]);
            let u = (t - knots[k]) / (knots[k + 1] - knots[k]);
            ((1.0 - u) * part[0] + u * part[1]).powi(2)
        })
        .sum()
}

#[test]
fn what_is_made_item_by_item() {
    let at = points(311, 3, 1, 0.2, 0.8);
    check_everywhere(&derived!(alone | x | series(x[0])), &at, 1e-9);
    check_everywhere(&derived!(alone | x | geometric(x[0])), &at, 1e-9);
    assert!((series_grad(0.7) + 0.7_f64.sin()).abs() < 1e-12);
}

#[test]
fn items_that_are_there() {
    let x = [0.7, 1.3, 0.4];
    let h = 1e-6;
    let slopes = |f: &dyn Fn(&[f64]) -> f64| -> Vec<f64> {
        let along = |i: usize, t: f64| {
            let mut y = x;
            y[i] += t;
            f(&y)
        };
        (0..3).map(|i| (along(i, h) - along(i, -h)) / (2.0 * h)).collect()
    };
    let option = all_or_none_grad(&x).expect("all are positive");
    assert_close(&option, &slopes(&|y| all_or_none(y).expect("positive")), 1e-8, "gradient");
    let result = all_or_error_grad(&x).expect("all are positive");
    assert_close(&result, &slopes(&|y| all_or_error(y).expect("positive")), 1e-8, "gradient");
    let v = [0.3, -1.0, 0.5];
    let hv = all_or_error_hvp(&x, &v).expect("all are positive");
    let by_difference = slopes(&|y| dot(&all_or_error_grad(y).expect("positive"), &v));
    assert_close(&hv, &by_difference, 1e-7, "product");
    assert!(all_or_none_grad(&[0.7, -1.0, 0.2]).is_none());
    assert_eq!(all_or_error_grad(&[0.7, -1.0, 0.2]), Err("-1 is not positive".to_owned()));
}

#[test]
fn indices_from_a_function_of_data() {
    let (at, knots) = ([0.3, 1.2, 1.9], [0.0, 1.0, 2.0]);
    check_everywhere(&derived!(alone | x | spline(x, &at, &knots)), &points(312, 3, 3, -1.0, 1.0), 1e-9);
}
