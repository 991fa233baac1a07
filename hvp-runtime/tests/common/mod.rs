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

/// A symmetric matrix with a known spectrum: a diagonal one seen in a mirror, so that no axis is an eigenvector.
pub(crate) struct Mirrored {
    pub(crate) spectrum: Vec<f64>,
    normal: Vec<f64>,
}

impl Mirrored {
    pub(crate) fn new(spectrum: Vec<f64>) -> Self {
        let mut normal: Vec<f64> = (0..spectrum.len()).map(|i| (1.0 + 1.7 * i as f64).sin() + 0.1).collect();
        let length = normal.iter().map(|entry| entry * entry).sum::<f64>().sqrt();
        for entry in &mut normal {
            *entry /= length;
        }
        Self { spectrum, normal }
    }

    fn reflect(&self, v: &mut [f64]) {
        let along: f64 = self.normal.iter().zip(&*v).map(|(a, b)| a * b).sum();
        for (v, normal) in v.iter_mut().zip(&self.normal) {
            *v -= 2.0 * along * normal;
        }
    }

    /// The diagonal of the mirrored matrix.
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

impl LinearOperator for Mirrored {
    fn dim(&self) -> usize {
        self.spectrum.len()
    }
    fn apply(&self, v: &[f64], out: &mut [f64]) {
        out.copy_from_slice(v);
        self.reflect(out);
        out.iter_mut().zip(&self.spectrum).for_each(|(out, value)| *out *= value);
        self.reflect(out);
    }
}

/// n numbers from `low` to `high` at equal distances.
pub(crate) fn linspace(low: f64, high: f64, n: usize) -> Vec<f64> {
    (0..n).map(|i| low + (high - low) * i as f64 / (n - 1) as f64).collect()
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
