//! Jacobians: each column is the derivative along a unit direction, however many there are and however the rows come about.

use crate::support::*;
use hvp::differentiable;

/// A row times any number of columns is told by `f_jvp`.
macro_rules! assert_columns {
    ($jvp:expr, $rows:expr, $n:expr) => {{
        let rows: Vec<Vec<f64>> = $rows.iter().map(|row| row.to_vec()).collect();
        let n: usize = $n;
        assert!(rows.iter().all(|row| row.len() == n), "a gradient is as long as the parameter");
        for j in 0..n {
            let mut unit = vec![0.0; n];
            unit[j] = 1.0;
            let want: Vec<f64> = $jvp(&unit).to_vec();
            let have: Vec<f64> = rows.iter().map(|row| row[j]).collect();
            assert_close(&have, &want, 1e-13, &format!("column {j} of {n}"));
        }
    }};
}

#[differentiable]
fn products(x: &[f64]) -> [f64; 2] {
    let (mut sum, mut product) = (0.0, 1.0);
    for (i, x) in x.iter().enumerate() {
        sum += x.sin() * i as f64;
        product *= 1.0 + x * x;
    }
    [sum, product]
}

#[test]
fn any_number_of_columns() {
    for n in [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 16, 19] {
        let x = point(&mut rng(n as u64), n, -1.0, 1.0);
        let rows: [Vec<f64>; 2] = products_jacobian(&x);
        assert_columns!(|v: &[f64]| products_jvp(&x, v).1, rows, n);
    }
}

#[differentiable(wrt(p))]
fn decay(p: &[f64], times: &[f64], measured: &[f64]) -> Vec<f64> {
    times.iter().zip(measured).map(|(t, y)| p[0] * (-p[1] * t).exp() + p[2] - y).collect()
}

#[test]
fn residuals_of_a_fit() {
    let (p, times, measured) = ([1.5, 0.7, 0.2], [0.0, 0.5, 2.0, 7.0], [1.6, 1.2, 0.6, 0.3]);
    let rows: Vec<Vec<f64>> = decay_jacobian(&p, &times, &measured);
    assert_eq!(rows.len(), 4);
    for (row, t) in rows.iter().zip(times) {
        let share = (-0.7 * t).exp();
        assert_close(row, &[share, -1.5 * t * share, 1.0], 1e-14, "a row");
    }
    assert_eq!(decay_jacobian(&p, &[], &[]), Vec::<Vec<f64>>::new());
}

#[differentiable(wrt(p))]
fn peaks(p: &[f64], spectrum: &[[f64; 2]]) -> Vec<f64> {
    let mut misfits = vec![0.0; spectrum.len()];
    for (i, &[at, counts]) in spectrum.iter().enumerate() {
        let mut sum = p[p.len() - 1];
        for k in 0..p.len() / 3 {
            let z = (at - p[3 * k + 1]) / p[3 * k + 2];
            sum += if z.abs() < 3.0 { p[3 * k] * (-0.5 * z * z).exp() } else { 0.0 };
        }
        misfits[i] = (sum - counts).max(-0.5);
    }
    misfits
}

#[test]
fn rows_with_loops_and_choices_in_them() {
    let p = [1.0, 0.2, 0.1, 2.0, 0.7, 0.05, 0.3];
    let spectrum: Vec<[f64; 2]> = (0..20).map(|i| [i as f64 / 20.0, (i % 4) as f64 * 0.4]).collect();
    let rows = peaks_jacobian(&p, &spectrum);
    assert!(rows.iter().any(|row| row.iter().all(|entry| *entry == 0.0)), "some misfits are cut off");
    assert_columns!(|v: &[f64]| peaks_jvp(&p, &spectrum, v).1, rows, 7);
}

#[differentiable(wrt(p))]
fn running(p: &[f64], steps: &[f64]) -> Vec<f64> {
    let mut state = p[0];
    let mut states = vec![0.0; steps.len()];
    for i in 0..steps.len() {
        state += steps[i] * (p[1] * state).sin();
        states[i] = state * p[2];
    }
    states
}

#[differentiable(wrt(p))]
fn neighbours(p: &[f64], n: usize) -> Vec<f64> {
    let mut out = vec![0.0; n];
    for i in 0..n - 1 {
        let flow = p[0] * (p[1] * i as f64).cos();
        out[i] += flow * p[2];
        out[i + 1] -= flow * flow;
    }
    out
}

#[differentiable(wrt(p))]
fn overwritten(p: &[f64], n: usize) -> Vec<f64> {
    let mut out = vec![0.0; n];
    for i in 0..n {
        out[i] = p[0] * i as f64;
    }
    for i in 0..n / 2 {
        out[i] = out[i] * out[i] + p[1].exp();
    }
    out[0] *= p[2];
    out
}

#[test]
fn rows_that_hang_together() {
    let (p, steps) = ([0.4, 1.3, -0.8], [0.1, 0.2, 0.3, 0.1, 0.5]);
    assert_columns!(|v: &[f64]| running_jvp(&p, &steps, v).1, running_jacobian(&p, &steps), 3);
    assert_columns!(|v: &[f64]| neighbours_jvp(&p, 6, v).1, neighbours_jacobian(&p, 6), 3);
    assert_columns!(|v: &[f64]| overwritten_jvp(&p, 7, v).1, overwritten_jacobian(&p, 7), 3);
}

#[differentiable(wrt(p))]
fn pushed(p: &[f64], data: &[(f64, f64)]) -> Vec<f64> {
    let mut out = Vec::new();
    for (t, y) in data {
        let f = p[0] * (p[1] * t).sin();
        out.push(f - y);
        if *y > 0.0 {
            out.push((f - y) * p[2]);
        }
    }
    out
}

#[differentiable(wrt(p))]
fn weighted(p: &[f64; 2], data: &[f64], weights: &[f64]) -> [f64; 3] {
    let mut out = [0.0; 3];
    for i in 0..3 {
        for (x, w) in data.iter().zip(weights) {
            out[i] += w * (p[0] * x + i as f64).tanh() * p[1];
        }
    }
    out
}

#[differentiable(wrt(p))]
fn scratched(p: &[f64], data: &[f64]) -> Vec<f64> {
    let mut powers = vec![0.0; p.len()];
    let mut out = vec![0.0; data.len()];
    for (i, x) in data.iter().enumerate() {
        powers[0] = p[0];
        for k in 1..p.len() {
            powers[k] = powers[k - 1] * x + p[k];
        }
        out[i] = powers[p.len() - 1].sin();
    }
    out
}

#[test]
fn rows_of_every_making() {
    let (p, data) = ([1.2, 0.7, 0.3], [(0.1, 1.0), (0.4, -1.0), (0.9, 2.0)]);
    assert_columns!(|v: &[f64]| pushed_jvp(&p, &data, v).1, pushed_jacobian(&p, &data), 3);
    let (q, x, w) = ([0.6, -1.1], [0.3, 0.8, -0.4], [1.0, 0.5, 2.0]);
    let rows: [[f64; 2]; 3] = weighted_jacobian(&q, &x, &w);
    assert_columns!(|v: &[f64]| weighted_jvp(&q, &x, &w, &array(v)).1, rows, 2);
    assert_columns!(|v: &[f64]| scratched_jvp(&p, &x, v).1, scratched_jacobian(&p, &x), 3);
}

#[differentiable]
fn arm(q: &[f64; 4]) -> [f64; 3] {
    let (a, b) = (q[0], q[0] + q[1]);
    let reach = q[2] * a.cos() + b.cos();
    [reach * q[3].cos(), reach * q[3].sin(), q[2] * a.sin() + b.sin()]
}

#[differentiable]
fn spiral<const N: usize>(x: &[f64; N]) -> [f64; 2] {
    let mut out = [1.0, 0.0];
    for k in 0..N {
        let (sin, cos) = x[k].sin_cos();
        out = [out[0] * cos - out[1] * sin, out[0] * sin + out[1] * cos * x[k]];
    }
    out
}

#[differentiable]
fn turned(x: [f64; 3]) -> (f64, f64) {
    if x[0] < 0.0 {
        return (x[1] * x[2], x[0]);
    }
    (x[1] / x[2], x[0].sqrt() * x[1])
}

#[differentiable]
fn unit(x: &[f64]) -> Option<[f64; 2]> {
    let norm = (x[0] * x[0] + x[1] * x[1]).sqrt();
    if norm == 0.0 { None } else { Some([x[0] / norm, x[1] / norm]) }
}

#[test]
fn few_results() {
    let q = [0.3, 0.8, 1.4, -0.6];
    let rows: [[f64; 4]; 3] = arm_jacobian(&q);
    assert_columns!(|v: &[f64]| arm_jvp(&q, &array(v)).1, rows, 4);
    let x: [f64; 9] = array(&point(&mut rng(31), 9, -1.0, 1.0));
    let rows: [[f64; 9]; 2] = spiral_jacobian(&x);
    assert_columns!(|v: &[f64]| spiral_jvp(&x, &array(v)).1, rows, 9);
    for x in [[0.5, 1.5, 0.7], [-0.5, 1.5, 0.7]] {
        let (first, second): ([f64; 3], [f64; 3]) = turned_jacobian(x);
        let both = |v: &[f64]| {
            let (first, second) = turned_jvp(x, &array(v)).1;
            [first, second]
        };
        assert_columns!(both, [first, second], 3);
    }
    let x = [0.6, -0.8];
    let rows = unit_jacobian(&x).unwrap();
    assert_columns!(|v: &[f64]| unit_jvp(&x, v).unwrap().1, rows, 2);
    assert_eq!(unit_jacobian(&[0.0, 0.0]), None);
}

#[differentiable]
fn roots(x: &[f64; 2]) -> [f64; 3] {
    [x[0].sqrt(), (x[0] * x[1]).sqrt(), x[1]]
}

#[test]
fn a_zero_direction_stays_zero_through_an_infinite_slope() {
    let rows = roots_jacobian(&[0.0, 4.0]);
    assert_eq!(rows[0], [f64::INFINITY, 0.0]);
    assert_eq!(rows[1][0], f64::INFINITY);
    assert_eq!(rows[1][1], 0.0);
    assert_eq!(rows[2], [0.0, 1.0]);
}

#[differentiable]
fn single(x: &[f32]) -> Vec<f32> {
    x.iter().map(|x| x * x).collect()
}

#[test]
fn in_single_precision() {
    let rows: Vec<Vec<f32>> = single_jacobian(&[1.0, 2.0, -3.0]);
    assert_eq!(rows, [[2.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, -6.0]]);
}

#[differentiable]
fn model(p: &[f64], t: f64) -> f64 {
    p[0] * (-p[1] * t).exp() + p[2] * (p[3] * t).sin()
}

#[differentiable(wrt(p))]
fn helped(p: &[f64], times: &[f64], measured: &[f64]) -> Vec<f64> {
    times.iter().zip(measured).map(|(t, y)| model(&p[1..], *t) * p[0] - y).collect()
}

#[differentiable(wrt(p))]
fn twos(p: &[f64], times: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; 2 * times.len()];
    for i in 0..times.len() {
        let f = p[0] * (p[1] * times[i]).sin();
        out[2 * i] = f;
        out[2 * i + 1] = f * p[2] + p[0];
    }
    out
}

#[differentiable(wrt(p))]
fn in_steps(p: &[f64], n: usize) -> Vec<f64> {
    let mut out = vec![0.0; n];
    for i in (0..n - 2).step_by(2) {
        out[i] = p[0] * i as f64;
        out[i + 2] += p[1] * p[0];
    }
    out
}

#[differentiable(wrt(p))]
fn sized<const M: usize>(p: &[f64; 4], x: &[f64; M]) -> [f64; M] {
    let mut out = [0.0; M];
    for i in 0..M {
        out[i] = p[0] * (p[1] * x[i]).tanh() + p[2] * (p[3] * x[i]).cos();
    }
    out
}

#[differentiable(wrt(p))]
fn distances(p: &[f64; 2], points: &[[f64; 2]]) -> Vec<f64> {
    points.iter().map(|q| ((q[0] - p[0]) * (q[0] - p[0]) + (q[1] - p[1]) * (q[1] - p[1])).sqrt()).collect()
}

#[differentiable(wrt(p))]
fn rows_of_vecs(p: &[f64], x: &[f64; 2]) -> [f64; 2] {
    let mut out = [0.0; 2];
    for i in 0..2 {
        out[i] = (p[0] * x[i]).sin() * p[1];
    }
    out
}

#[test]
fn an_iteration_with_calls_or_several_rows() {
    let (p, t, y) = ([1.2, 0.7, 0.3, -0.4, 0.9], [0.1, 0.4, 0.9], [1.0, 0.5, 0.2]);
    assert_columns!(|v: &[f64]| helped_jvp(&p, &t, &y, v).1, helped_jacobian(&p, &t, &y), 5);
    assert_columns!(|v: &[f64]| twos_jvp(&p, &t, v).1, twos_jacobian(&p, &t), 5);
    assert_columns!(|v: &[f64]| in_steps_jvp(&p, 7, v).1, in_steps_jacobian(&p, 7), 5);
    let q: [f64; 4] = array(&p[..4]);
    let rows: [[f64; 4]; 3] = sized_jacobian(&q, &t);
    assert_columns!(|v: &[f64]| sized_jvp(&q, &t, &array(v)).1, rows, 4);
    let rows: [Vec<f64>; 2] = rows_of_vecs_jacobian(&p, &[0.3, -0.8]);
    assert_columns!(|v: &[f64]| rows_of_vecs_jvp(&p, &[0.3, -0.8], v).1, rows, 5);
    let rows = distances_jacobian(&[0.5, 1.0], &[[0.5, 1.0], [3.5, 5.0]]);
    assert_eq!(rows[0], [0.0, 0.0], "all directions are zero at the root");
    assert_close(&rows[1], &[-0.6, -0.8], 1e-14, "away from it");
}

#[differentiable(wrt(p))]
fn one_push(p: &[f64], times: &[f64]) -> Vec<f64> {
    let mut out = Vec::with_capacity(times.len());
    for t in times {
        out.push(p[0] * (p[1] * t).sin());
    }
    out
}

#[differentiable(wrt(p))]
fn two_pushes(p: &[f64], n: usize) -> Vec<f64> {
    let mut out = vec![];
    for i in 0..n {
        let f = p[0] * (p[1] * i as f64).sin();
        out.push(f);
        out.push(f * p[2]);
    }
    out
}

#[differentiable(wrt(p))]
fn pushes_of_two_loops(p: &[f64], n: i32, m: usize) -> Vec<f64> {
    let mut out = Vec::new();
    for i in 0..m {
        out.push(p[0] * i as f64);
    }
    for i in 0..n {
        out.push(p[1] * p[2] * i as f64 + out[0]);
    }
    out
}

#[differentiable(wrt(p))]
fn pushes_that_end(p: &[f64], limit: f64) -> Vec<f64> {
    let mut out = Vec::new();
    for i in 0..p.len() {
        if p[i] > limit {
            break;
        }
        out.push(p[i].exp() * p[0]);
    }
    out
}

#[test]
fn rows_of_what_is_pushed() {
    let (p, t) = ([1.2, 0.7, 0.3], [0.1, 0.4, 0.9, 1.6]);
    assert_columns!(|v: &[f64]| one_push_jvp(&p, &t, v).1, one_push_jacobian(&p, &t), 3);
    assert_columns!(|v: &[f64]| two_pushes_jvp(&p, 4, v).1, two_pushes_jacobian(&p, 4), 3);
    assert_columns!(
        |v: &[f64]| pushes_of_two_loops_jvp(&p, 3, 2, v).1,
        pushes_of_two_loops_jacobian(&p, 3, 2),
        3
    );
    for limit in [0.5, 1.0, 2.0] {
        assert_columns!(
            |v: &[f64]| pushes_that_end_jvp(&p, limit, v).1,
            pushes_that_end_jacobian(&p, limit),
            3
        );
    }
    assert_eq!(two_pushes_jvp(&p, 4, &[0.1, 0.2, 0.3]).0, two_pushes(&p, 4));
    let rows = one_push_jacobian(&p, &t);
    let weights = [0.3, -1.0, 0.5, 2.0];
    let pulled: Vec<f64> = one_push_vjp(&p, &t, &weights);
    for j in 0..3 {
        let column: Vec<f64> = rows.iter().map(|row| row[j]).collect();
        assert_near(pulled[j], dot(&column, &weights), 1e-13, "weighted rows");
    }
}

#[differentiable]
fn fisheye(x: &[f64; 5]) -> [f64; 2] {
    let radius = (x[0] * x[0] + x[1] * x[1]).sqrt();
    let scale = x[2] * (1.0 + x[3] * radius);
    [scale * x[0], scale * x[1] * x[4]]
}

#[test]
fn a_root_of_zero_has_no_slope_along_what_is_zero() {
    let rows = fisheye_jacobian(&[0.0, 0.0, 2.0, 0.1, 3.0]);
    assert_eq!(rows, [[2.0, 0.0, 0.0, 0.0, 0.0], [0.0, 6.0, 0.0, 0.0, 0.0]]);
    let x = [0.3, -0.4, 2.0, 0.1, 3.0];
    assert_columns!(|v: &[f64]| fisheye_jvp(&x, &array(v)).1, fisheye_jacobian(&x), 5);
}

#[differentiable]
#[inline(never)]
fn product(a: f64, b: f64) -> f64 {
    a * b
}

#[differentiable]
#[inline(never)]
fn multiply(y: &mut [f64], b: f64) {
    y[0] *= b;
}

#[differentiable(wrt(p))]
fn roots_of_products(p: &[f64], t: &[f64]) -> Vec<f64> {
    t.iter().map(|t| product(p[0] * p[0], *t).sqrt() + p[1]).collect()
}

#[differentiable(wrt(p))]
fn roots_of_multiples(p: &[f64], t: &[f64]) -> Vec<f64> {
    let mut roots = vec![0.0; t.len()];
    for i in 0..t.len() {
        let mut y = [t[i]];
        multiply(&mut y, p[0] * p[0]);
        roots[i] = y[0].sqrt() + p[1];
    }
    roots
}

/// The infinite slope of the root comes to the zero direction by way of a call.
#[test]
fn a_root_of_what_a_call_gives_has_no_slope_along_what_is_zero() {
    let (zero, t) = ([0.0, 2.0], [4.0, 9.0]);
    assert_eq!(roots_of_products_jacobian(&zero, &t), [[0.0, 1.0]; 2]);
    assert_eq!(roots_of_multiples_jacobian(&zero, &t), [[0.0, 1.0]; 2]);
    let p = [0.7, 2.0];
    assert_columns!(|v: &[f64]| roots_of_products_jvp(&p, &t, v).1, roots_of_products_jacobian(&p, &t), 2);
    assert_columns!(|v: &[f64]| roots_of_multiples_jvp(&p, &t, v).1, roots_of_multiples_jacobian(&p, &t), 2);
}
