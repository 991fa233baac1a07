//! The gamma function, its logarithm and that one's derivatives.

use std::f64::consts::PI;

use crate::differentiable;

/// The gamma function, Γ(x) = ∫₀^∞ tˣ⁻¹ e⁻ᵗ dt, continued to negative x.
///
/// For all real x but 0, −1, −2, …; within a few units in the last place. Infinite for x > 171.6.
///
/// ```
/// use hvp::special::{gamma, gamma_grad};
///
/// assert_eq!(gamma(5.0), 24.0);
/// // Euler's constant.
/// assert!((gamma_grad(1.0) + 0.5772156649015329).abs() < 1e-15);
/// ```
#[differentiable(derivative = |x| gamma(x) * digamma(x))]
#[must_use]
pub fn gamma(x: f64) -> f64 {
    libm::tgamma(x)
}

/// The logarithm of the gamma function, ln |Γ(x)|.
///
/// For all real x but 0, −1, −2, …; within a few units in the last place (in the absolute sense near zeros at x < 0).
///
/// ```
/// use hvp::special::{digamma, ln_gamma, ln_gamma_grad, ln_gamma_hvp, polygamma};
///
/// assert!((ln_gamma(100.0) - 359.1342053695754).abs() < 1e-12);
/// assert_eq!(ln_gamma_grad(2.5), digamma(2.5));
/// assert_eq!(ln_gamma_hvp(2.5, 2.0), 2.0 * polygamma(1, 2.5));
/// ```
#[differentiable(derivative = |x| digamma(x))]
#[must_use]
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// The digamma function, ψ(x) = Γ′(x) / Γ(x).
///
/// For all real x but 0, −1, −2, …, where it is NaN; the error is below 1e-14 · max(1, |ψ(x)|).
///
/// ```
/// use hvp::special::{digamma, digamma_grad};
///
/// assert!((digamma(1.0) + 0.5772156649015329).abs() < 1e-15);
/// let pi = std::f64::consts::PI;
/// assert!((digamma_grad(1.0) - pi * pi / 6.0).abs() < 1e-14);
/// ```
#[differentiable(derivative = |x| polygamma(1, x))]
#[must_use]
pub fn digamma(x: f64) -> f64 {
    if x > 0.0 {
        return digamma_of_positive(x);
    }
    let below = past_pole(x);
    if below == 0.0 {
        return f64::NAN;
    }
    // The nearer of the two poles keeps its digits.
    let tangent = if below <= 0.5 { (PI * below).tan() } else { -(PI * (1.0 - below)).tan() };
    digamma_of_positive(1.0 - x) + PI / tangent
}

/// The polygamma function, ψₙ(x) = dⁿψ(x) / dxⁿ; ψ₀ is [`digamma`](fn@digamma).
///
/// For all real x but 0, −1, −2, …, where it is NaN. The relative error is below 4e-15 · (n + 1) for x > 0; for x < 0 the
/// error has this size relative to the terms of the nearest poles, n! |x + k|⁻ⁿ⁻¹.
/// Right as long as neither n! (n ≤ 170) nor x⁻ⁿ⁻¹ leaves the range of `f64`.
///
/// ```
/// use hvp::special::{polygamma, polygamma_grad};
///
/// assert!((polygamma(2, 1.0) + 2.404113806319188).abs() < 1e-14);
/// assert_eq!(polygamma_grad(2, 1.0), polygamma(3, 1.0));
/// ```
#[differentiable(derivative = |n, x| polygamma(n + 1, x))]
#[must_use]
pub fn polygamma(n: u32, x: f64) -> f64 {
    if n == 0 {
        return digamma(x);
    }
    let factorial: f64 = (1..=n).map(f64::from).product();
    let sign = if n.is_multiple_of(2) { -1.0 } else { 1.0 };
    sign * factorial * zeta(n + 1, x)
}

/// How far x ≤ 0 lies below the next integer above, exactly.
fn past_pole(x: f64) -> f64 {
    -x - (-x).floor()
}

/// From here on the asymptotic series are exact to the last place.
const FAR: f64 = 16.0;

/// B₂ₖ / (2k)! for k = 1, 2, …
const BERNOULLI: [f64; 10] = [
    1.0 / 12.0,
    -1.0 / 720.0,
    1.0 / 30_240.0,
    -1.0 / 1_209_600.0,
    1.0 / 47_900_160.0,
    -691.0 / 1_307_674_368_000.0,
    1.0 / 74_724_249_600.0,
    -3617.0 / 10_670_622_842_880_000.0,
    43_867.0 / 5_109_094_217_170_944_000.0,
    -174_611.0 / 802_857_662_698_291_200_000.0,
];

/// ψ(x) = ψ(x + 1) − 1/x up to where ψ(x) ~ ln x − 1/(2x) − Σ B₂ₖ / (2k x²ᵏ) holds.
fn digamma_of_positive(x: f64) -> f64 {
    let (mut sum, mut k) = (0.0, 0.0);
    while x + k < FAR {
        sum -= 1.0 / (x + k);
        k += 1.0;
    }
    let y = x + k;
    let inverse_square = 1.0 / (y * y);
    let mut power = 1.0;
    let mut factorial = 1.0;
    let mut series = 0.0;
    for (k, coefficient) in BERNOULLI.iter().enumerate() {
        let k = k as f64;
        power *= inverse_square;
        series += coefficient * factorial * power;
        factorial *= (2.0 * k + 2.0) * (2.0 * k + 3.0);
    }
    sum + (y.ln() - 0.5 / y - series)
}

/// The Hurwitz zeta function Σ (x + k)⁻ˢ over k ≥ 0, for s ≥ 2; NaN at its poles.
///
/// Below 0 by way of Σ (x + k)⁻ˢ over all integers k, which has period 1.
fn zeta(s: u32, x: f64) -> f64 {
    if x > 0.0 {
        return zeta_of_positive(s, x);
    }
    let below = past_pole(x);
    if below == 0.0 {
        return f64::NAN;
    }
    let mirrored = zeta_of_positive(s, below) - zeta_of_positive(s, 1.0 - x);
    zeta_of_positive(s, 1.0 - below) + if s.is_multiple_of(2) { mirrored } else { -mirrored }
}

/// The first terms, and the Euler–Maclaurin formula for the rest.
fn zeta_of_positive(s: u32, x: f64) -> f64 {
    let order = f64::from(s);
    let (mut sum, mut k) = (0.0, 0.0);
    while x + k < FAR + order {
        sum += (x + k).powf(-order);
        k += 1.0;
    }
    let y = x + k;
    let mut term = y.powf(-order);
    let mut tail = y.powf(1.0 - order) / (order - 1.0) + 0.5 * term;
    // s (s + 1) … (s + 2k − 2) / y^(s + 2k − 1)
    term *= order / y;
    for (k, coefficient) in BERNOULLI.iter().enumerate() {
        let next = order + 2.0 * k as f64;
        tail += coefficient * term;
        term *= (next + 1.0) / y * ((next + 2.0) / y);
    }
    sum + tail
}
