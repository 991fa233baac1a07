//! The Rosenbrock function with its derivatives, derived by hand and named as in SciPy.
//!
//! f(x) = Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)², the sum over i from 0 to n − 2: the chained form, for n ≥ 2. Its least
//! value is 0, at (1, …, 1).
//!
//! H. H. Rosenbrock, An automatic method for finding the greatest or least value of a function, Comput. J. 3 (1960).
//!
//! ```
//! # extern crate hvp_runtime as hvp;
//! use hvp::reference::{rosen, rosen_der, rosen_hess, rosen_hess_prod};
//!
//! let x = [1.0, 1.0];
//! assert_eq!(rosen(&x), 0.0);
//! assert_eq!(rosen_der(&x), [0.0, 0.0]);
//! assert_eq!(rosen_hess(&x), [802.0, -400.0, -400.0, 200.0]);
//! assert_eq!(rosen_hess_prod(&x, &[1.0, 1.0]), [402.0, -200.0]);
//! ```

use crate::Objective;
use crate::shape::expect_len;

/// The Rosenbrock function of any number of variables as an objective, from the functions below.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{TrustRegion, reference::Rosenbrock};
///
/// let outcome = TrustRegion::default().minimize(&Rosenbrock, &[-1.2, 1.0, -1.2]);
/// assert!(outcome.status.is_converged());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rosenbrock;

impl Objective for Rosenbrock {
    fn value(&self, x: &[f64]) -> f64 {
        rosen(x)
    }
    fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
        write_gradient(x, grad);
        rosen(x)
    }
    fn hvp(&self, x: &[f64], v: &[f64], hv: &mut [f64]) {
        write_product(x, v, hv);
    }
}

/// The value at `x`, of length n ≥ 2.
///
/// # Panics
/// If `x` has fewer than two entries.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// assert_eq!(hvp::reference::rosen(&[-1.0, 1.0]), 4.0);
/// ```
#[must_use]
pub fn rosen(x: &[f64]) -> f64 {
    expect_two(x);
    let mut sum = 0.0;
    for pair in x.windows(2) {
        let a = pair[1] - pair[0] * pair[0];
        let b = 1.0 - pair[0];
        sum += 100.0 * a * a + b * b;
    }
    sum
}

/// The gradient at `x`, of the same length.
///
/// # Panics
/// If `x` has fewer than two entries.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// assert_eq!(hvp::reference::rosen_der(&[-1.0, 1.0]), [-4.0, 0.0]);
/// ```
#[must_use]
pub fn rosen_der(x: &[f64]) -> Vec<f64> {
    let mut gradient = vec![0.0; x.len()];
    write_gradient(x, &mut gradient);
    gradient
}

/// Writes the gradient into `gradient`.
fn write_gradient(x: &[f64], gradient: &mut [f64]) {
    expect_two(x);
    gradient.fill(0.0);
    for (i, pair) in x.windows(2).enumerate() {
        let a = pair[1] - pair[0] * pair[0];
        gradient[i] += -400.0 * pair[0] * a - 2.0 * (1.0 - pair[0]);
        gradient[i + 1] += 200.0 * a;
    }
}

/// The Hessian at `x`: n·n entries, row by row. It is tridiagonal.
///
/// # Panics
/// If `x` has fewer than two entries.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// assert_eq!(hvp::reference::rosen_hess(&[0.0, 0.0]), [2.0, 0.0, 0.0, 200.0]);
/// ```
#[must_use]
pub fn rosen_hess(x: &[f64]) -> Vec<f64> {
    expect_two(x);
    let n = x.len();
    let mut hessian = vec![0.0; n * n];
    for (i, pair) in x.windows(2).enumerate() {
        hessian[i * n + i] += curvature(pair);
        hessian[i * n + i + 1] = -400.0 * pair[0];
        hessian[(i + 1) * n + i] = -400.0 * pair[0];
        hessian[(i + 1) * n + i + 1] += 200.0;
    }
    hessian
}

/// The Hessian at `x` times `p`, both of length n; the cost is of the order of n.
///
/// # Panics
/// If `x` has fewer than two entries, or `p` another length.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// assert_eq!(hvp::reference::rosen_hess_prod(&[0.0, 0.0], &[1.0, 2.0]), [2.0, 400.0]);
/// ```
#[must_use]
pub fn rosen_hess_prod(x: &[f64], p: &[f64]) -> Vec<f64> {
    let mut product = vec![0.0; x.len()];
    write_product(x, p, &mut product);
    product
}

/// Writes the Hessian times `p` into `product`.
fn write_product(x: &[f64], p: &[f64], product: &mut [f64]) {
    expect_two(x);
    expect_len("p", p.len(), x.len());
    product.fill(0.0);
    for (i, pair) in x.windows(2).enumerate() {
        let coupling = -400.0 * pair[0];
        product[i] += curvature(pair) * p[i] + coupling * p[i + 1];
        product[i + 1] += coupling * p[i] + 200.0 * p[i + 1];
    }
}

/// The second derivative of one term by its first variable.
fn curvature(pair: &[f64]) -> f64 {
    1200.0 * pair[0] * pair[0] - 400.0 * pair[1] + 2.0
}

#[track_caller]
fn expect_two(x: &[f64]) {
    assert!(x.len() >= 2, "`x` has length {}, expected at least 2", x.len());
}
