//! Dense matrices as operators.

use crate::LinearOperator;
use crate::shape::expect_len;
use crate::vector::dot;

/// A dense square matrix, held row by row, as `f_hessian` returns it for a slice. A product costs n² operations.
///
/// Arrays of rows `[[f64; N]; N]` are operators as they stand.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{DenseOperator, LinearOperator};
///
/// let matrix = DenseOperator::new(2, vec![2.0, 1.0, 1.0, 3.0]);
/// let mut out = [0.0; 2];
/// matrix.apply(&[1.0, 10.0], &mut out);
/// assert_eq!(out, [12.0, 31.0]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct DenseOperator {
    dim: usize,
    entries: Vec<f64>,
}

impl DenseOperator {
    /// The matrix of dimension `n` with these n·n entries, row by row.
    ///
    /// # Panics
    /// If `entries` is not of length n·n.
    #[must_use]
    pub fn new(n: usize, entries: Vec<f64>) -> Self {
        expect_len("entries", entries.len(), n * n);
        Self { dim: n, entries }
    }

    /// The entries, row by row.
    #[must_use]
    pub fn entries(&self) -> &[f64] {
        &self.entries
    }
}

impl LinearOperator for DenseOperator {
    fn dim(&self) -> usize {
        self.dim
    }
    fn apply(&self, v: &[f64], out: &mut [f64]) {
        expect_len("v", v.len(), self.dim);
        expect_len("out", out.len(), self.dim);
        for (out, row) in out.iter_mut().zip(self.entries.chunks_exact(self.dim.max(1))) {
            *out = dot(row, v);
        }
    }
}

impl<const N: usize> LinearOperator for [[f64; N]; N] {
    fn dim(&self) -> usize {
        N
    }
    fn apply(&self, v: &[f64], out: &mut [f64]) {
        expect_len("v", v.len(), N);
        expect_len("out", out.len(), N);
        for (out, row) in out.iter_mut().zip(self) {
            *out = dot(row, v);
        }
    }
}
