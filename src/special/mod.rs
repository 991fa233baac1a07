//! Special functions of one real number with their derivatives, for use in functions with `#[differentiable]` and by themselves.
//!
//! ```
//! use hvp::differentiable;
//! use hvp::special::{ln_gamma, normal_cdf};
//!
//! /// The negative logarithm of a gamma distribution's density, up to a constant.
//! #[differentiable(wrt(shape))]
//! fn nll(shape: f64, x: &[f64]) -> f64 {
//!     x.iter().map(|x| ln_gamma(shape) - (shape - 1.0) * x.ln()).sum()
//! }
//!
//! let x = [0.7, 1.9, 3.2];
//! assert!(nll_hvp(2.0, &x, 1.0) > 0.0);
//! // Each function has what is generated for any other.
//! assert_eq!(hvp::special::normal_cdf_grad(0.0), 0.3989422804014327);
//! # let _ = normal_cdf(0.0);
//! ```
//!
//! | function | derivative |
//! |---|---|
//! | [`erf`](fn@erf)`(x)` | 2 exp(−x²) / √π |
//! | [`erfc`](fn@erfc)`(x)` | −2 exp(−x²) / √π |
//! | [`normal_pdf`](fn@normal_pdf)`(x)` | −x φ(x) |
//! | [`normal_cdf`](fn@normal_cdf)`(x)` | φ(x) |
//! | [`normal_quantile`](fn@normal_quantile)`(p)` | 1 / φ(Φ⁻¹(p)) |
//! | [`gamma`](fn@gamma)`(x)` | Γ(x) ψ(x) |
//! | [`ln_gamma`](fn@ln_gamma)`(x)` | ψ(x) |
//! | [`digamma`](fn@digamma)`(x)` | ψ₁(x) |
//! | [`polygamma`](fn@polygamma)`(n, x)` | ψₙ₊₁(x) |
//! | [`bessel_j`](fn@bessel_j)`(n, x)` | (Jₙ₋₁(x) − Jₙ₊₁(x)) / 2 |
//! | [`bessel_y`](fn@bessel_y)`(n, x)` | (Yₙ₋₁(x) − Yₙ₊₁(x)) / 2 |
//!
//! The values of the error functions, the gamma function and the Bessel functions are those of the crate `libm`.

mod bessel;
mod error_function;
mod gamma_function;
mod normal;

pub use bessel::*;
pub use error_function::*;
pub use gamma_function::*;
pub use normal::*;
