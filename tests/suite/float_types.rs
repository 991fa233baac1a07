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

struct Robust<T> {
    scale: T,
    rows: Vec<Vec<T>>,
}

impl<T> Robust<T>
where
    T: num_traits::Float + std::iter::Sum,
{
    #[hvp::differentiable(wrt(r))]
    fn rho(&self, r: T) -> T {
        (r / self.scale).powi(2).ln_1p()
    }

    #[hvp::differentiable(wrt(x))]
    fn loss(&self, x: &[T]) -> T {
        let residual = |row: &Vec<T>| row.iter().zip(x).map(|(a, b)| *a * *b).sum::<T>() - T::one();
        self.rows.iter().map(|row| self.rho(residual(row))).sum()
    }

    #[hvp::differentiable(wrt(x))]
    fn predicted(&self, x: &[T]) -> Vec<T> {
        self.rows.iter().map(|row| row.iter().zip(x).map(|(&a, &b)| a * b.sin()).sum::<T>()).collect()
    }

    #[hvp::differentiable(associated)]
    fn soft(x: T) -> T {
        x.exp().ln_1p()
    }
}

/// The bound stands in the `impl`, which the file shows.
#[test]
fn the_float_is_a_parameter_of_the_impl() {
    let model = Robust { scale: 0.7, rows: vec![vec![0.3, 0.1, 0.2], vec![1.0, -0.4, 0.9]] };
    for x in points(5, 3, 3, -1.0, 1.0) {
        check_map(
            "predicted",
            &x,
            |x| model.predicted(x),
            |x, v| model.predicted_jvp(x, v),
            |x, w| model.predicted_vjp(x, w),
        );
        let plain = |x: &[f64]| model.loss(x);
        let slope = model.loss_jvp(&x, &[1.0, 0.0, 0.0]).1;
        let difference = (plain(&[x[0] + 1e-5, x[1], x[2]]) - plain(&[x[0] - 1e-5, x[1], x[2]])) / 2e-5;
        assert_near(slope, difference, 1e-6, "a finite difference");
        let (gradient, product) = model.loss_grad_and_hvp(&x, &[1.0, 0.0, 0.0]);
        assert_near(gradient[0], slope, 1e-12, "the gradient");
        assert_close(&model.loss_hessian(&x)[..3], &product, 1e-12, "a row of the Hessian");
    }
    let single: Vec<f32> = Robust { scale: 0.5_f32, rows: vec![vec![1.0]] }.loss_grad(&[1.5]);
    assert!((single[0] - 2.0).abs() < 1e-6);
    assert_near(Robust::<f64>::soft_grad(0.3), 1.0 / (1.0 + (-0.3_f64).exp()), 1e-12, "a slope");
}
