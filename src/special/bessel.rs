//! Bessel functions of whole order.

use crate::differentiable;

/// The Bessel function of the first kind, Jₙ(x) = 1/π ∫₀^π cos(n t − x sin t) dt.
///
/// For all whole n and real x; the absolute error is below 1e-15 · (1 + |n|) for |x| up to 1e5.
///
/// ```
/// use hvp::special::{bessel_j, bessel_j_grad};
///
/// assert!((bessel_j(0, 2.404825557695773)).abs() < 1e-15);
/// assert_eq!(bessel_j_grad(0, 1.5), -bessel_j(1, 1.5));
/// ```
#[differentiable(derivative = |n, x| 0.5 * (bessel_j(n - 1, x) - bessel_j(n + 1, x)))]
#[must_use]
pub fn bessel_j(n: i32, x: f64) -> f64 {
    libm::jn(n, x)
}

/// The Bessel function of the second kind, Yₙ(x), also called Weber's or Neumann's function.
///
/// For all whole n and x > 0; the absolute error is below 1e-15 · (1 + |n| + |Yₙ(x)|) for x up to 1e5. Infinite at 0, NaN below.
///
/// ```
/// use hvp::special::{bessel_y, bessel_y_grad};
///
/// assert!((bessel_y(0, 0.8935769662791675)).abs() < 1e-15);
/// assert_eq!(bessel_y_grad(0, 1.5), -bessel_y(1, 1.5));
/// ```
#[differentiable(derivative = |n, x| 0.5 * (bessel_y(n - 1, x) - bessel_y(n + 1, x)))]
#[must_use]
pub fn bessel_y(n: i32, x: f64) -> f64 {
    libm::yn(n, x)
}
