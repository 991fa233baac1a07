//! Vectors that are returned early, from inside loops and from among other arms.

use crate::support::*;
use hvp::differentiable;

twin! {
#[differentiable]
pub fn found(x: &[f64], limit: usize) -> Vec<f64> {
    let mut sum = x[0] * x[0];
    for i in 0..limit {
        let step = (sum * x[i % x.len()]).sin();
        let both = vec![sum * step, step.exp()];
        if i > 2 && step < 0.9 {
            return both;
        }
        if i == 7 {
            return vec![x[1]];
        }
        sum += step;
    }
    vec![sum, sum * x[1], x[0]]
}

#[differentiable]
pub fn matched(x: &[f64; 2], k: usize) -> [f64; 2] {
    let mut scale = x[0].exp();
    match k {
        0 => return [x[1], scale],
        1 => scale *= x[1],
        2 => {
            let swapped = [x[1] * scale, x[0]];
            scale = swapped[0];
            if scale > 0.0 {
                return swapped;
            }
        }
        _ => {}
    }
    [scale, scale * scale]
}

#[differentiable]
pub fn checked(x: &[f64], limit: usize) -> Result<(f64, Vec<f64>), usize> {
    let mut y = x.to_vec();
    let mut round = 0;
    while round < limit {
        round += 1;
        for i in 0..y.len() {
            let next = y[i] * x[0];
            if next > 10.0 {
                return Ok((next, vec![next * next, y[0]]));
            }
            if next.is_nan() {
                return Err(round);
            }
            y[i] = next;
        }
    }
    Ok((y[0], y))
}
}

/// The Jacobian, the products of `jvp` and the columns over hyper-dual numbers.
macro_rules! assert_derivatives {
    ($twin:expr, $jvp:expr, $jacobian:expr, $vjp:expr, $x:expr) => {{
        let x = $x;
        let rows: Vec<Vec<f64>> = $jacobian(&x).iter().map(|row| row.to_vec()).collect();
        for j in 0..x.len() {
            let unit = |k: usize| if k == j { 1.0 } else { 0.0 };
            let lifted: Vec<HyperDual> =
                (0..x.len()).map(|k| HyperDual::variable(x[k], unit(k), 0.0)).collect();
            let want: Vec<f64> = $twin(lifted).iter().map(|y| y.first).collect();
            let mut direction = x.clone();
            (0..x.len()).for_each(|k| direction[k] = unit(k));
            let column: Vec<f64> = rows.iter().map(|row| row[j]).collect();
            assert_close(&$jvp(&x, &direction), &want, 1e-13, "jvp");
            assert_close(&column, &want, 1e-13, "Jacobian");
        }
        for (i, row) in rows.iter().enumerate() {
            let weights: Vec<f64> = (0..rows.len()).map(|k| if k == i { 1.0 } else { 0.0 }).collect();
            assert_close(&$vjp(&x, &weights), row, 1e-13, "vjp");
        }
    }};
}

#[test]
fn a_vector_made_in_the_loop_that_is_left() {
    // Left at a step, at the seventh, and not at all.
    for (x, limit, len) in [([0.3, -0.8, 0.5], 9, 2), ([1.2, 1.0, 1.1], 4, 2), ([0.3, 0.2, 0.5], 2, 3)] {
        assert_eq!(found(&x, limit).len(), len);
        assert_derivatives!(
            |x: Vec<HyperDual>| twin::found(&x, limit),
            |x: &[f64], v: &[f64]| found_jvp(x, limit, v).1,
            |x: &[f64]| found_jacobian(x, limit),
            |x: &[f64], w: &[f64]| found_vjp(x, limit, w),
            x.to_vec()
        );
    }
}

#[test]
fn an_array_made_in_one_of_several_arms() {
    for (x, k) in [([0.4, 0.7], 0), ([0.4, 0.7], 1), ([0.4, 0.7], 2), ([0.4, -0.7], 2), ([0.4, 0.7], 3)] {
        assert_derivatives!(
            |x: Vec<HyperDual>| twin::matched(&array(&x), k),
            |x: &[f64; 2], v: &[f64; 2]| matched_jvp(x, k, v).1,
            |x: &[f64; 2]| matched_jacobian(x, k),
            |x: &[f64; 2], w: &[f64]| matched_vjp(x, k, &array(w)),
            x
        );
    }
}

#[test]
fn a_result_with_a_vector_made_in_an_inner_loop() {
    assert_eq!(checked(&[f64::NAN, 1.0], 3), Err(1));
    assert!(checked_jvp(&[f64::NAN, 1.0], 3, &[1.0, 0.0]).is_err());
    for (x, limit) in [([2.5, 1.5], 4), ([1.1, 0.3], 3)] {
        let flat = |(first, rest): (f64, Vec<f64>)| [vec![first], rest].concat();
        assert_derivatives!(
            |x: Vec<HyperDual>| {
                let (first, rest) = twin::checked(&x, limit).unwrap();
                [vec![first], rest].concat()
            },
            |x: &[f64], v: &[f64]| flat(checked_jvp(x, limit, v).unwrap().1),
            |x: &[f64]| {
                let (first, rest) = checked_jacobian(x, limit).unwrap();
                [vec![first], rest].concat()
            },
            |x: &[f64], w: &[f64]| checked_vjp(x, limit, (w[0], w[1..].to_vec())).unwrap(),
            x.to_vec()
        );
    }
}

#[differentiable]
fn half(a: f64) -> f64 {
    0.5 * a
}

#[differentiable(wrt(_x))]
fn constants(_x: &[f64], w: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; w.len()];
    for i in 0..w.len() {
        out[i] = half(w[i]);
    }
    out
}

#[test]
fn a_vector_that_depends_on_nothing_but_calls_with_constants() {
    let (x, w) = ([1.0, 2.0], [3.0, 4.0, 5.0]);
    assert_eq!(constants_jvp(&x, &w, &[1.0, 1.0]), (vec![1.5, 2.0, 2.5], vec![0.0; 3]));
    assert_eq!(constants_vjp(&x, &w, &[1.0, 1.0, 1.0]), [0.0, 0.0]);
    assert_eq!(constants_jacobian(&x, &w), vec![vec![0.0; 2]; 3]);
}
