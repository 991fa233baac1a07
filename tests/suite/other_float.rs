//! Numbers of the float type that is not differentiated are data, and have its precision.

use crate::support::*;
use hvp::differentiable;

#[differentiable]
fn of_single(x: &[f64]) -> f64 {
    let v: Vec<f32> = vec![0.1, 0.2];
    let u: [f32; 2] = [0.1; 2];
    let third: f32 = 1.0 / 3.0;
    let both: (f32, [f32; 2]) = (0.1, [0.1, 0.2]);
    let maybe: Option<f32> = Some(0.1);
    let mut sum: f32 = 0.1;
    sum += 0.2;
    v[0] as f64 * x[0]
        + u[1] as f64 * x[1] * x[1]
        + third as f64 * x[0] * x[1]
        + f64::from(both.0) * x[1].sin()
        + both.1[1] as f64 * x[0] * x[0]
        + maybe.unwrap_or(0.2) as f64 * x[1]
        + sum as f64 * x[0].exp()
}

#[test]
fn keep_their_precision() {
    check_everywhere(&derived!(alone | x | of_single(&x)), &points(921, 3, 2, 0.2, 1.2), 1e-9);
}
