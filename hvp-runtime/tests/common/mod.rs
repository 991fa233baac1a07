//! Objectives and matrices that several tests share.
#![allow(dead_code, reason = "each test takes what it needs")]

use hvp_runtime::{DenseOperator, LinearOperator};

/// The Hessian of the Rosenbrock function at (2.2, 0.21).
pub(crate) const SADDLE: [[f64; 2]; 2] = [[5726.0, -880.0], [-880.0, 200.0]];

/// A full symmetric matrix of dimension `n` without structure.
pub(crate) fn symmetric(n: usize) -> DenseOperator {
    let entry = |i: usize, j: usize| {
        let (low, high) = (i.min(j) as f64, i.max(j) as f64);
        (1.0 + low * 1.7 + high * high * 0.3).sin() + if i == j { 3.0 } else { 0.0 }
    };
    DenseOperator::new(n, (0..n * n).map(|k| entry(k / n, k % n)).collect())
}

/// A symmetric matrix with a known spectrum, whose eigenvectors have no preference for any axis: Q diag(spectrum) Qᵀ, where Q
/// turns pairs of entries at the distances 1, 2, 4, …, as a fast Fourier transform does.
pub(crate) struct Turned {
    pub(crate) spectrum: Vec<f64>,
    /// Two places, and the sine and the cosine of the angle by which they turn.
    turns: Vec<(usize, usize, f64, f64)>,
}

impl Turned {
    pub(crate) fn new(spectrum: Vec<f64>) -> Self {
        let n = spectrum.len();
        let strides = (0..usize::BITS).map(|level| 1_usize << level).take_while(|stride| *stride < n);
        let turns = strides.flat_map(|stride| {
            (0..n - stride).filter(move |i| i & stride == 0).map(move |i| {
                let angle = 0.6 + 0.4 * (1.0 + 1.7 * i as f64 + 0.9 * stride as f64).sin();
                (i, i + stride, angle.sin(), angle.cos())
            })
        });
        Self { turns: turns.collect(), spectrum }
    }

    /// The diagonal of the matrix.
    pub(crate) fn diagonal(&self) -> Vec<f64> {
        let mut column = vec![0.0; self.dim()];
        let mut axis = column.clone();
        let mut entry = |i: usize| {
            axis.fill(0.0);
            axis[i] = 1.0;
            self.apply(&axis, &mut column);
            column[i]
        };
        (0..self.dim()).map(&mut entry).collect()
    }
}

impl LinearOperator for Turned {
    fn dim(&self) -> usize {
        self.spectrum.len()
    }
    fn apply(&self, v: &[f64], out: &mut [f64]) {
        out.copy_from_slice(v);
        for &(i, j, sine, cosine) in self.turns.iter().rev() {
            (out[i], out[j]) = (cosine * out[i] + sine * out[j], cosine * out[j] - sine * out[i]);
        }
        out.iter_mut().zip(&self.spectrum).for_each(|(out, value)| *out *= value);
        for &(i, j, sine, cosine) in &self.turns {
            (out[i], out[j]) = (cosine * out[i] - sine * out[j], cosine * out[j] + sine * out[i]);
        }
    }
}

/// n numbers from `low` to `high` at equal distances.
pub(crate) fn linspace(low: f64, high: f64, n: usize) -> Vec<f64> {
    (0..n).map(|i| low + (high - low) * i as f64 / (n - 1) as f64).collect()
}

/// base⁰, base¹, base², …
pub(crate) fn powers(base: f64) -> Vec<f64> {
    (0..1000).map(|k| base.powi(k)).collect()
}

/// 1, 1/4, 1/9, …
pub(crate) fn inverse_squares() -> Vec<f64> {
    (1..=1000).map(|k| f64::from(k).powi(-2)).collect()
}

/// Fifty ones above many equal small numbers.
pub(crate) fn step(low: f64) -> Vec<f64> {
    (0..1000).map(|k| if k < 50 { 1.0 } else { low }).collect()
}

/// Five large numbers above a dense interval.
pub(crate) fn bulk_with_outliers() -> Vec<f64> {
    [100.0, 50.0, 25.0, 12.0, 6.0].into_iter().chain(linspace(-1.0, 1.0, 995)).collect()
}

/// The matrix of an operator, column by column, from its products with the axes as one block.
pub(crate) fn columns(op: &impl LinearOperator) -> Vec<f64> {
    let n = op.dim();
    let mut identity = vec![0.0; n * n];
    identity.iter_mut().step_by(n + 1).for_each(|entry| *entry = 1.0);
    let mut out = vec![f64::NAN; n * n];
    op.apply_block(&identity, &mut out);
    out
}
