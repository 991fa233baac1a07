//! The Gauss-Newton operator from the derivatives that the attribute generates for a function of residuals.

use hvp::{
    ConjugateGradients, Error, GaussNewton, HessianOperator, Lanczos, LinearOperator, Which, differentiable,
};
use rand::SeedableRng;
use rand::rngs::StdRng;

/// A decay with a height and a rate, less what was measured at some times.
#[differentiable(wrt(p))]
fn residuals(p: &[f64], times: &[f64], measured: &[f64]) -> Vec<f64> {
    times.iter().zip(measured).map(|(t, y)| p[0] * (-p[1] * t).exp() - y).collect()
}

/// The same into an output.
#[differentiable(wrt(p, out))]
fn residuals_into(p: &[f64], times: &[f64], measured: &[f64], out: &mut [f64]) {
    for i in 0..times.len() {
        out[i] = p[0] * (-p[1] * times[i]).exp() - measured[i];
    }
}

#[differentiable(wrt(p))]
fn half_square(p: &[f64], times: &[f64], measured: &[f64]) -> f64 {
    residuals(p, times, measured).iter().map(|r| 0.5 * r * r).sum()
}

/// Rosenbrock's function is the sum of squares of these.
#[differentiable]
fn banana(x: &[f64; 2]) -> [f64; 2] {
    [10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]]
}

const TRUTH: [f64; 2] = [2.5, 1.3];

fn times() -> Vec<f64> {
    (0..20).map(|i| 0.2 * f64::from(i)).collect()
}

fn measured() -> Vec<f64> {
    residuals(&TRUTH, &times(), &[0.0; 20])
}

/// The matrix, row by row.
fn dense(op: &impl LinearOperator) -> Vec<f64> {
    let n = op.dim();
    let mut identity = vec![0.0; n * n];
    identity.iter_mut().step_by(n + 1).for_each(|entry| *entry = 1.0);
    let mut columns = vec![f64::NAN; n * n];
    op.apply_block(&identity, &mut columns);
    columns
}

fn assert_near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        // A dozen roundings of sums whose terms have one sign.
        assert!((found - expected).abs() <= 1e-14 * expected.abs(), "{found} is not {expected}");
    }
}

#[test]
fn products_are_those_of_the_jacobian_by_hand() {
    let (p, times, measured) = ([2.0, 1.0], times(), measured());
    let op = GaussNewton::new(
        2,
        |v: &[f64]| residuals_jvp(&p, &times, &measured, v).1,
        |w: &[f64]| residuals_vjp(&p, &times, &measured, w),
    );
    let mut expected = [0.0; 4];
    for t in &times {
        let row = [(-t).exp(), -2.0 * t * (-t).exp()];
        for k in 0..4 {
            expected[k] += row[k / 2] * row[k % 2];
        }
    }
    assert_near(&dense(&op), &expected);
}

#[test]
fn an_output_parameter_serves_as_a_result() {
    let (p, times, measured) = ([2.0, 1.0], times(), measured());
    let by_result = GaussNewton::new(
        2,
        |v: &[f64]| residuals_jvp(&p, &times, &measured, v).1,
        |w: &[f64]| residuals_vjp(&p, &times, &measured, w),
    );
    let by_output = GaussNewton::new(
        2,
        |v: &[f64]| {
            let (mut out, mut out_dot) = (vec![0.0; 20], vec![0.0; 20]);
            residuals_into_jvp(&p, &times, &measured, &mut out, &mut out_dot, v);
            out_dot
        },
        |w: &[f64]| residuals_into_vjp(&p, &times, &measured, &mut [0.0; 20], w),
    );
    assert_near(&dense(&by_output), &dense(&by_result));
}

#[test]
fn it_is_the_hessian_where_the_residuals_vanish_and_not_elsewhere() {
    let (times, measured) = (times(), measured());
    let f = half_square::objective(&times, &measured);
    for (p, is_the_hessian) in [(TRUTH, true), ([2.0, 1.0], false)] {
        let op = GaussNewton::new(
            2,
            |v: &[f64]| residuals_jvp(&p, &times, &measured, v).1,
            |w: &[f64]| residuals_vjp(&p, &times, &measured, w),
        );
        let (approximate, hessian) = (dense(&op), dense(&HessianOperator::new(&f, &p)));
        let distance = approximate.iter().zip(&hessian).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert_eq!(distance < 1e-13, is_the_hessian, "{distance}");
    }
}

/// Its smallest eigenvalue is not negative where that of the Hessian is.
#[test]
fn it_stays_positive_where_the_hessian_is_not() {
    let x = [0.0, 1.0];
    let op = GaussNewton::new(
        2,
        |v: &[f64]| banana_jvp(&x, &[v[0], v[1]]).1.to_vec(),
        |w: &[f64]| banana_vjp(&x, &[w[0], w[1]]).to_vec(),
    );
    // J = [[-20 x, 10], [-1, 0]]
    assert_eq!(dense(&op), [1.0, 0.0, 0.0, 100.0]);
    let hessian = hvp::reference::rosen_hess(&x);
    assert!(hessian[0] < 0.0);
    let mut rng = StdRng::seed_from_u64(1);
    let least = Lanczos::default().eigenpairs(&op, 1, Which::SmallestAlgebraic, &mut rng);
    assert!((least.expect("finite").values[0] - 1.0).abs() < 1e-12);
}

/// Steps that solve Jᵀ J s = −Jᵀ r: the error of each is of the order of the square of the last.
#[test]
fn iterations_with_it_converge_quadratically() {
    let (times, measured) = (times(), measured());
    let mut p = vec![2.0, 1.0];
    let mut errors = Vec::new();
    for _ in 0..5 {
        let point = p.clone();
        let op = GaussNewton::new(
            2,
            |v: &[f64]| residuals_jvp(&point, &times, &measured, v).1,
            |w: &[f64]| residuals_vjp(&point, &times, &measured, w),
        );
        let gradient = residuals_vjp(&p, &times, &measured, &residuals(&p, &times, &measured));
        let step = ConjugateGradients::default().solve(&op, &gradient).expect("positive definite");
        p.iter_mut().zip(step.x).for_each(|(p, step)| *p -= step);
        errors.push(p.iter().zip(TRUTH).map(|(p, truth)| (p - truth).abs()).fold(0.0, f64::max));
    }
    for pair in errors.windows(2) {
        assert!(pair[1] <= 2.0 * pair[0] * pair[0] + 1e-12, "{errors:?}");
    }
    assert!(errors[4] < 1e-12, "{errors:?}");
}

/// A parameter that no residual depends on leaves Jᵀ J singular, which conjugate gradients name.
#[test]
fn a_direction_without_effect_is_no_positive_definite_matrix() {
    let (times, measured) = (times(), measured());
    let p = [0.0, 1.0];
    let op = GaussNewton::new(
        2,
        |v: &[f64]| residuals_jvp(&p, &times, &measured, v).1,
        |w: &[f64]| residuals_vjp(&p, &times, &measured, w),
    );
    let end = ConjugateGradients::default().solve(&op, &[0.0, 1.0]);
    assert_eq!(end, Err(Error::NotPositiveDefinite));
}
