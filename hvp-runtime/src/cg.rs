//! Linear systems with a positive definite operator.

use crate::shape::expect_len;
use crate::vector::{axpy, dot, norm};
use crate::{Error, LinearOperator};

/// No recurrence follows a residual below this part of the right-hand side.
const LEAST: f64 = 1e-30;

/// Conjugate gradients for A x = b with a symmetric positive definite A: one product an iteration.
///
/// M. R. Hestenes, E. Stiefel, Methods of conjugate gradients for solving linear systems, J. Res. Natl. Bur. Stand.
/// 49 (1952).
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::ConjugateGradients;
///
/// let solution = ConjugateGradients::default().solve(&[[2.0, 1.0], [1.0, 3.0]], &[4.0, 7.0]).unwrap();
/// assert!(solution.converged);
/// assert!((solution.x[0] - 1.0).abs() < 1e-12 && (solution.x[1] - 2.0).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ConjugateGradients {
    /// ‖A x − b‖ is brought to this times ‖b‖ (1e-10).
    pub tolerance: f64,
    /// The most products for each of the n unknowns (20): rounding may need more than one.
    pub products_per_unknown: usize,
}

impl Default for ConjugateGradients {
    fn default() -> Self {
        Self { tolerance: 1e-10, products_per_unknown: 20 }
    }
}

/// The solution of a linear system, as far as it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// The solution.
    pub x: Vec<f64>,
    /// ‖A x − b‖, by recurrence.
    pub residual: f64,
    /// Whether the residual is as small as was asked.
    pub converged: bool,
    /// The products taken.
    pub products: usize,
}

impl ConjugateGradients {
    /// Solves A x = `b`.
    ///
    /// # Errors
    /// [`Error::NoDimension`], [`Error::NotFinite`], and [`Error::NotPositiveDefinite`] where a direction has no
    /// positive curvature.
    ///
    /// # Panics
    /// If `b` has another length than the operator's dimension.
    pub fn solve(&self, op: &(impl LinearOperator + ?Sized), b: &[f64]) -> Result<Solution, Error> {
        let n = op.dim();
        expect_len("b", b.len(), n);
        if n == 0 {
            return Err(Error::NoDimension);
        }
        let target = self.tolerance.max(LEAST) * norm(b);
        let (mut x, mut product) = (vec![0.0; n], vec![0.0; n]);
        let (mut residual, mut direction) = (b.to_vec(), b.to_vec());
        let mut square = dot(b, b);
        if !square.is_finite() {
            return Err(Error::NotFinite);
        }
        let mut products = 0;
        while square.sqrt() > target && products < self.products_per_unknown * n {
            op.apply(&direction, &mut product);
            products += 1;
            let curvature = dot(&direction, &product);
            if !curvature.is_finite() {
                return Err(Error::NotFinite);
            }
            if curvature <= 0.0 {
                return Err(Error::NotPositiveDefinite);
            }
            let length = square / curvature;
            axpy(length, &direction, &mut x);
            axpy(-length, &product, &mut residual);
            let next = dot(&residual, &residual);
            for (direction, residual) in direction.iter_mut().zip(&residual) {
                *direction = residual + next / square * *direction;
            }
            square = next;
        }
        Ok(Solution { x, residual: square.sqrt(), converged: square.sqrt() <= target, products })
    }
}
