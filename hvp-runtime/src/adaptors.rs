//! Operators made of operators.

use std::fmt;
use std::ops::Range;

use crate::LinearOperator;
use crate::shape::expect_len;
use crate::vector::axpy;

/// A + s I: every eigenvalue moved by s.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{LinearOperator, Shifted};
///
/// let mut out = [0.0; 2];
/// Shifted::new([[2.0, 1.0], [1.0, 3.0]], 10.0).apply(&[1.0, 0.0], &mut out);
/// assert_eq!(out, [12.0, 1.0]);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Shifted<A> {
    operator: A,
    shift: f64,
}

impl<A: LinearOperator> Shifted<A> {
    /// The operator plus `shift` times the identity. The operator may be a reference.
    pub fn new(operator: A, shift: f64) -> Self {
        Self { operator, shift }
    }
}

impl<A: LinearOperator> LinearOperator for Shifted<A> {
    fn dim(&self) -> usize {
        self.operator.dim()
    }
    fn apply(&self, v: &[f64], out: &mut [f64]) {
        self.operator.apply(v, out);
        axpy(self.shift, v, out);
    }
    fn apply_block(&self, v: &[f64], out: &mut [f64]) {
        self.operator.apply_block(v, out);
        axpy(self.shift, v, out);
    }
    fn block_width(&self) -> usize {
        self.operator.block_width()
    }
}

/// A + B. A product allocates a vector as long as its result.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{LinearOperator, Sum};
///
/// let mut out = [0.0; 2];
/// Sum::new([[2.0, 1.0], [1.0, 3.0]], [[1.0, 0.0], [0.0, 1.0]]).apply(&[1.0, 0.0], &mut out);
/// assert_eq!(out, [3.0, 1.0]);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Sum<A, B> {
    first: A,
    second: B,
}

impl<A: LinearOperator, B: LinearOperator> Sum<A, B> {
    /// The sum of two operators, which may be references.
    ///
    /// # Panics
    /// If their dimensions differ.
    pub fn new(first: A, second: B) -> Self {
        expect_len("second", second.dim(), first.dim());
        Self { first, second }
    }
}

impl<A: LinearOperator, B: LinearOperator> LinearOperator for Sum<A, B> {
    fn dim(&self) -> usize {
        self.first.dim()
    }
    fn apply(&self, v: &[f64], out: &mut [f64]) {
        self.apply_block(v, out);
    }
    fn apply_block(&self, v: &[f64], out: &mut [f64]) {
        let mut other = vec![0.0; out.len()];
        self.first.apply_block(v, out);
        self.second.apply_block(v, &mut other);
        axpy(1.0, &other, out);
    }
}

/// The rows and columns of a range of indices: a diagonal block of a matrix. A product allocates two vectors of the whole
/// operator's dimension, since operators are shared between threads and keep none.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{LinearOperator, Restricted};
///
/// let matrix = [[2.0, 1.0, 0.0], [1.0, 3.0, 4.0], [0.0, 4.0, 5.0]];
/// let mut out = [0.0; 2];
/// Restricted::new(matrix, 1..3).apply(&[1.0, 0.0], &mut out);
/// assert_eq!(out, [3.0, 4.0]);
/// ```
#[derive(Debug, Clone)]
pub struct Restricted<A> {
    operator: A,
    indices: Range<usize>,
}

impl<A: LinearOperator> Restricted<A> {
    /// The block of an operator, which may be a reference.
    ///
    /// # Panics
    /// If `indices` does not lie in the operator's dimension.
    pub fn new(operator: A, indices: Range<usize>) -> Self {
        let n = operator.dim();
        assert!(indices.start <= indices.end && indices.end <= n, "`indices` {indices:?} leaves 0..{n}");
        Self { operator, indices }
    }
}

impl<A: LinearOperator> LinearOperator for Restricted<A> {
    fn dim(&self) -> usize {
        self.indices.len()
    }
    fn apply(&self, v: &[f64], out: &mut [f64]) {
        expect_len("v", v.len(), self.dim());
        expect_len("out", out.len(), self.dim());
        let mut whole = vec![0.0; self.operator.dim()];
        let mut product = whole.clone();
        whole[self.indices.clone()].copy_from_slice(v);
        self.operator.apply(&whole, &mut product);
        out.copy_from_slice(&product[self.indices.clone()]);
    }
}

/// Jᵀ J for the Jacobian J of a function of residuals: the Gauss-Newton approximation of the Hessian of ½ ‖r(x)‖².
///
/// A product costs one product with J (`residuals_jvp`) and one with its transpose (`residuals_vjp`). It is positive
/// semidefinite, and equal to the Hessian where the residuals vanish.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// # fn residuals_jvp(x: &[f64], v: &[f64]) -> ([f64; 2], Vec<f64>) {
/// #     ([x[0] * x[1], x[0]], vec![x[1] * v[0] + x[0] * v[1], v[0]])
/// # }
/// # fn residuals_vjp(x: &[f64], w: &[f64]) -> Vec<f64> {
/// #     vec![x[1] * w[0] + w[1], x[0] * w[0]]
/// # }
/// use hvp::{GaussNewton, LinearOperator};
///
/// // The residuals (x₀ x₁, x₀), with the functions that the attribute generates.
/// let x = [2.0, 3.0];
/// let matrix = GaussNewton::new(2, |v: &[f64]| residuals_jvp(&x, v).1, |w: &[f64]| residuals_vjp(&x, w));
/// let mut out = [0.0; 2];
/// matrix.apply(&[1.0, 0.0], &mut out);
/// assert_eq!(out, [10.0, 6.0]);
/// ```
#[derive(Clone, Copy)]
pub struct GaussNewton<J, T> {
    dim: usize,
    jvp: J,
    vjp: T,
}

impl<J, T> GaussNewton<J, T>
where
    J: Fn(&[f64]) -> Vec<f64>,
    T: Fn(&[f64]) -> Vec<f64>,
{
    /// From the product with J, given a direction of length `n`, and the product with Jᵀ, given one weight for each
    /// residual.
    pub fn new(n: usize, jvp: J, vjp: T) -> Self {
        Self { dim: n, jvp, vjp }
    }
}

impl<J, T> LinearOperator for GaussNewton<J, T>
where
    J: Fn(&[f64]) -> Vec<f64>,
    T: Fn(&[f64]) -> Vec<f64>,
{
    fn dim(&self) -> usize {
        self.dim
    }
    fn apply(&self, v: &[f64], out: &mut [f64]) {
        expect_len("v", v.len(), self.dim);
        expect_len("out", out.len(), self.dim);
        let product = (self.vjp)(&(self.jvp)(v));
        expect_len("vjp", product.len(), self.dim);
        out.copy_from_slice(&product);
    }
}

impl<J, T> fmt::Debug for GaussNewton<J, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GaussNewton").field("dim", &self.dim).finish_non_exhaustive()
    }
}
