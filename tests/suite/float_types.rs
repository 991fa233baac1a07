//! Passive numbers of another float type than the differentiated ones.

use crate::support::*;
use hvp::differentiable;

struct Data {
    scale: f32,
    weights: Vec<f32>,
}

#[differentiable(wrt(x))]
fn single_beside_double(x: &[f64], data: &Data, offset: f32, levels: &[f32]) -> f64 {
    let mut total: f32 = 0.0;
    let mut sum = 0.0;
    for i in 0..x.len() {
        total += levels[i] * 2.0;
        if total > 3.0 {
            total = 1.0;
        }
        let inverse = 1.0 / (data.weights[i] + 0.5);
        sum += x[i] * x[i] * (data.scale * 2.0) as f64 * f64::from(total) + x[i] * inverse as f64;
    }
    sum * f64::from(offset * 0.5)
}

#[differentiable(wrt(x))]
fn double_beside_single(x: &[f32], measured: &[f64], n: usize) -> f32 {
    let mut sum = 0.0;
    let mut phase = 0.25f64;
    for (v, y) in x.iter().zip(measured) {
        phase += 0.5 * n as f64;
        sum += v * v * (y * 2.0) as f32 * phase as f32;
    }
    let mean = (measured.iter().sum::<f64>() / measured.len() as f64) as f32;
    sum * mean
}

#[test]
fn is_computed_in_its_own_type() {
    let data = Data { scale: 0.75, weights: vec![0.5, 1.5, 3.5] };
    let levels = [0.5, 0.25, 1.5];
    let derived = derived!(alone | x | single_beside_double(&x, &data, 1.5, &levels));
    check_everywhere(&derived, &points(1, 3, 3, -1.0, 1.0), 1e-9);
    let (value, gradient) = double_beside_single_value_and_grad(&[1.0, 2.0], &[1.0, 3.0], 1);
    // The phases are 0.75 and 1.25, the mean is 2.
    assert_eq!(value.to_bits(), double_beside_single(&[1.0, 2.0], &[1.0, 3.0], 1).to_bits());
    assert_eq!((value, gradient), (63.0, vec![6.0, 60.0]));
}
