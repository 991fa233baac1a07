//! Symmetric matrices with few entries.

use super::Pattern;
use crate::LinearOperator;
use crate::shape::expect_len;

/// A symmetric matrix with entries in a pattern, as [`SparseHessian`](super::SparseHessian) finds it.
///
/// It is an operator, whose products cost one operation for each entry.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::LinearOperator;
/// use hvp::sparse::{Pattern, SparseHessian};
///
/// let plan = SparseHessian::new(Pattern::banded(2, 1));
/// let matrix = plan.of(&[[2.0, 1.0], [1.0, 3.0]]).unwrap();
/// assert_eq!(matrix.triplets().collect::<Vec<_>>(), [(0, 0, 2.0), (0, 1, 1.0), (1, 0, 1.0), (1, 1, 3.0)]);
/// let mut out = [0.0; 2];
/// matrix.apply(&[1.0, 10.0], &mut out);
/// assert_eq!(out, [12.0, 31.0]);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SparseMatrix {
    pattern: Pattern,
    /// In the order of the pattern, row by row.
    values: Vec<f64>,
}

impl SparseMatrix {
    pub(super) fn new(pattern: Pattern, values: Vec<f64>) -> Self {
        Self { pattern, values }
    }

    /// Where the entries stand.
    #[must_use]
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// The entries as (row, column, value), row by row: what libraries for sparse matrices take.
    pub fn triplets(&self) -> impl Iterator<Item = (usize, usize, f64)> + '_ {
        let places = (0..self.pattern.dim()).flat_map(|i| self.pattern.row(i).iter().map(move |&j| (i, j)));
        places.zip(&self.values).map(|((i, j), &value)| (i, j, value))
    }

    /// An entry; zero outside of the pattern.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn entry(&self, i: usize, j: usize) -> f64 {
        let before: usize = (0..i).map(|i| self.pattern.row(i).len()).sum();
        self.pattern.row(i).binary_search(&j).map_or(0.0, |at| self.values[before + at])
    }

    /// All n·n entries, row by row.
    #[must_use]
    pub fn to_dense(&self) -> Vec<f64> {
        let n = self.pattern.dim();
        let mut dense = vec![0.0; n * n];
        self.triplets().for_each(|(i, j, value)| dense[i * n + j] = value);
        dense
    }

    /// The largest sum of the sizes of the entries in a row.
    pub(super) fn largest_row(&self) -> f64 {
        let mut sums = vec![0.0; self.pattern.dim()];
        self.triplets().for_each(|(i, _, value)| sums[i] += value.abs());
        sums.into_iter().fold(0.0, f64::max)
    }
}

impl LinearOperator for SparseMatrix {
    fn dim(&self) -> usize {
        self.pattern.dim()
    }
    fn apply(&self, v: &[f64], out: &mut [f64]) {
        expect_len("v", v.len(), self.dim());
        expect_len("out", out.len(), self.dim());
        out.fill(0.0);
        self.triplets().for_each(|(i, j, value)| out[i] += value * v[j]);
    }
}
