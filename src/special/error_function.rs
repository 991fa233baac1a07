//! The error function and its complement.

use std::f64::consts::FRAC_2_SQRT_PI;

use crate::differentiable;

/// The error function, erf(x) = 2/√π ∫₀ˣ exp(−t²) dt.
///
/// For all real x; within one unit in the last place.
///
/// ```
/// use hvp::special::{erf, erf_grad, erf_hvp};
///
/// assert_eq!(erf(0.5), 0.5204998778130465);
/// assert_eq!(erf_grad(0.0), 2.0 / std::f64::consts::PI.sqrt());
/// assert_eq!(erf_hvp(0.0, 1.0), 0.0);
/// ```
#[differentiable(derivative = |x| FRAC_2_SQRT_PI * (-x * x).exp())]
#[must_use]
pub fn erf(x: f64) -> f64 {
    libm::erf(x)
}

/// The complementary error function, erfc(x) = 1 − erf(x), without cancellation for large x.
///
/// For all real x; within one unit in the last place.
///
/// ```
/// use hvp::special::{erfc, erfc_grad};
///
/// assert_eq!(erfc(10.0), 2.088487583762545e-45);
/// assert!((erfc_grad(1.0) + 0.41510749742059466).abs() < 1e-16);
/// ```
#[differentiable(derivative = |x| -FRAC_2_SQRT_PI * (-x * x).exp())]
#[must_use]
pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}
