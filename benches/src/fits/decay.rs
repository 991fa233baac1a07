//! Chemistry: the rate, the size and the rest of a decay, fitted to a curve.

use hvp::differentiable;

use super::{Fit, weight};
use crate::sample::Sample;

/// What the model says less what was measured, for each time.
#[differentiable(wrt(p))]
fn misfits(p: &[f64], times: &[f64], measured: &[f64]) -> Vec<f64> {
    times.iter().zip(measured).map(|(t, y)| p[0] * (-p[1] * t).exp() + p[2] - y).collect()
}

/// A curve to fit.
#[derive(Debug)]
pub struct Decay {
    times: Vec<f64>,
    measured: Vec<f64>,
}

impl Decay {
    /// A curve of `count` points.
    #[must_use]
    pub fn new(count: usize) -> Decay {
        let mut sample = Sample::new(21);
        let times: Vec<f64> = (0..count).map(|i| 4.0 * i as f64 / count as f64).collect();
        let measured = times.iter().map(|t| 2.0 * (-t).exp() + 0.5 + 0.05 * sample.draw()).collect();
        Decay { times, measured }
    }
}

impl Fit for Decay {
    type Values = Vec<f64>;
    type Rows = Vec<Vec<f64>>;

    fn name(&self) -> String {
        format!("decay {}x3", self.times.len())
    }

    fn point(&self) -> Vec<f64> {
        vec![1.7, 1.2, 0.4]
    }

    fn value(&self, p: &[f64]) -> Vec<f64> {
        misfits(p, &self.times, &self.measured)
    }

    fn jacobian(&self, p: &[f64]) -> Vec<Vec<f64>> {
        misfits_jacobian(p, &self.times, &self.measured)
    }

    fn hand_jacobian(&self, p: &[f64]) -> Vec<Vec<f64>> {
        let row = |t: &f64| {
            let share = (-p[1] * t).exp();
            vec![share, -p[0] * t * share, 1.0]
        };
        self.times.iter().map(row).collect()
    }

    fn jvp(&self, p: &[f64], v: &[f64]) -> (Vec<f64>, Vec<f64>) {
        misfits_jvp(p, &self.times, &self.measured, v)
    }

    fn hand_jvp(&self, p: &[f64], v: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let one = |(t, y): (&f64, &f64)| {
            let share = (-p[1] * t).exp();
            (p[0] * share + p[2] - y, share * (v[0] - p[0] * t * v[1]) + v[2])
        };
        self.times.iter().zip(&self.measured).map(one).unzip()
    }

    fn vjp(&self, p: &[f64]) -> Vec<f64> {
        let weights: Vec<f64> = (0..self.times.len()).map(weight).collect();
        misfits_vjp(p, &self.times, &self.measured, &weights)
    }

    fn hand_vjp(&self, p: &[f64]) -> Vec<f64> {
        let weights: Vec<f64> = (0..self.times.len()).map(weight).collect();
        let mut sum = [0.0; 3];
        for (t, w) in self.times.iter().zip(weights) {
            let share = w * (-p[1] * t).exp();
            sum[0] += share;
            sum[1] -= p[0] * t * share;
            sum[2] += w;
        }
        sum.to_vec()
    }

    fn numbers(values: &Vec<f64>) -> Vec<f64> {
        values.clone()
    }

    fn entries(rows: &Vec<Vec<f64>>) -> Vec<f64> {
        rows.concat()
    }
}
