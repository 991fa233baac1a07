//! Matrices of other crates as operators.
//!
//! Vectors need nothing: those of both crates lend themselves as slices, by `as_slice` and `as_slice_mut`.

use crate::{LinearOperator, shape::expect_len};

/// A dense matrix of `nalgebra` (feature `nalgebra`). A product costs n² operations.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{Lanczos, Which};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let matrix = nalgebra::DMatrix::from_row_slice(2, 2, &[2.0, 1.0, 1.0, 2.0]);
/// let pairs = Lanczos::default()
///     .eigenpairs(&matrix, 1, Which::LargestAlgebraic, &mut StdRng::seed_from_u64(1))
///     .unwrap();
/// assert!((pairs.values[0] - 3.0).abs() < 1e-12);
/// ```
#[cfg(feature = "nalgebra")]
impl LinearOperator for nalgebra::DMatrix<f64> {
    fn dim(&self) -> usize {
        square(self.nrows(), self.ncols())
    }
    fn apply(&self, v: &[f64], out: &mut [f64]) {
        let n = self.dim();
        expect_len("v", v.len(), n);
        expect_len("out", out.len(), n);
        let v = nalgebra::DVectorView::from_slice(v, n);
        nalgebra::DVectorViewMut::from_slice(out, n).gemv(1.0, self, &v, 0.0);
    }
}

/// A dense matrix of `ndarray` (feature `ndarray`). A product costs n² operations.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{Objective, hutchinson_trace, reference::Rosenbrock};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let matrix = ndarray::array![[2.0, 1.0], [1.0, 2.0]];
/// let trace = hutchinson_trace(&matrix, 100, &mut StdRng::seed_from_u64(1));
/// assert!((trace.value - 4.0).abs() < 4.0 * trace.std_error);
///
/// // Vectors go in and out as slices.
/// let (x, mut gradient) = (ndarray::array![1.0, 2.0], ndarray::Array1::zeros(2));
/// Rosenbrock.grad(x.as_slice().unwrap(), gradient.as_slice_mut().unwrap());
/// assert_eq!(gradient, ndarray::array![-400.0, 200.0]);
/// ```
#[cfg(feature = "ndarray")]
impl LinearOperator for ndarray::Array2<f64> {
    fn dim(&self) -> usize {
        square(self.nrows(), self.ncols())
    }
    fn apply(&self, v: &[f64], out: &mut [f64]) {
        let n = LinearOperator::dim(self);
        expect_len("v", v.len(), n);
        expect_len("out", out.len(), n);
        let product = self.dot(&ndarray::ArrayView1::from(v));
        ndarray::ArrayViewMut1::from(out).assign(&product);
    }
}

/// The dimension of a square matrix.
#[track_caller]
fn square(rows: usize, columns: usize) -> usize {
    assert!(rows == columns, "the matrix has {rows} rows and {columns} columns, expected a square");
    rows
}
