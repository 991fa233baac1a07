//! The standard normal distribution.

use std::f64::consts::FRAC_1_SQRT_2;

use crate::differentiable;

/// 1/√(2π)
const FRAC_1_SQRT_2_PI: f64 = 0.398_942_280_401_432_7;

/// The density of the standard normal distribution, φ(x) = exp(−x²/2) / √(2π).
///
/// For all real x; the relative error grows with x² as that of the exponential function does.
///
/// ```
/// use hvp::special::{normal_pdf, normal_pdf_grad};
///
/// assert_eq!(normal_pdf(0.0), 0.3989422804014327);
/// assert_eq!(normal_pdf_grad(2.0), -2.0 * normal_pdf(2.0));
/// ```
#[differentiable]
#[must_use]
pub fn normal_pdf(x: f64) -> f64 {
    FRAC_1_SQRT_2_PI * (-0.5 * x * x).exp()
}

/// The distribution function of the standard normal distribution, Φ(x) = erfc(−x/√2) / 2.
///
/// For all real x; the relative error is below 1e-15 · (1 + x²) on the negative side, where Φ is small.
///
/// ```
/// use hvp::special::{normal_cdf, normal_cdf_hvp, normal_pdf};
///
/// assert!((normal_cdf(1.959963984540054) - 0.975).abs() < 1e-15);
/// assert!((normal_cdf_hvp(0.5, 1.0) + 0.5 * normal_pdf(0.5)).abs() < 1e-16);
/// ```
#[differentiable(derivative = |x| normal_pdf(x))]
#[must_use]
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

/// The quantiles of the standard normal distribution, the inverse Φ⁻¹(p) of [`normal_cdf`](fn@normal_cdf).
///
/// For 0 < p < 1, with a relative error of about 1e-15 (M. J. Wichura, algorithm AS 241, 1988); −∞ at 0, ∞ at 1 and NaN outside.
///
/// ```
/// use hvp::special::{normal_pdf, normal_quantile, normal_quantile_grad};
///
/// let x = normal_quantile(0.975);
/// assert!((x - 1.959963984540054).abs() < 1e-14);
/// assert_eq!(normal_quantile_grad(0.975), 1.0 / normal_pdf(x));
/// ```
#[differentiable(derivative = |p| 1.0 / normal_pdf(normal_quantile(p)))]
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * ratio(&CENTRAL, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    if tail == 0.0 {
        return f64::INFINITY.copysign(q);
    }
    let r = (-tail.ln()).sqrt();
    let size = if r <= 5.0 { ratio(&MIDDLE, r - 1.6) } else { ratio(&FAR, r - 5.0) };
    size.copysign(q)
}

/// The coefficients of two polynomials, the constant ones first.
type Ratio = [[f64; 8]; 2];

fn ratio([above, below]: &Ratio, r: f64) -> f64 {
    let polynomial = |coefficients: &[f64; 8]| coefficients.iter().rev().fold(0.0, |sum, c| sum * r + c);
    polynomial(above) / polynomial(below)
}

/// In q for |q| ≤ 0.425, q = p − 1/2.
const CENTRAL: Ratio = [
    [
        3.387_132_872_796_366_5,
        133.141_667_891_784_38,
        1_971.590_950_306_551_3,
        13_731.693_765_509_46,
        45_921.953_931_549_87,
        67_265.770_927_008_7,
        33_430.575_583_588_13,
        2_509.080_928_730_122_7,
    ],
    [
        1.0,
        42.313_330_701_600_91,
        687.187_007_492_057_9,
        5_394.196_021_424_751,
        21_213.794_301_586_597,
        39_307.895_800_092_71,
        28_729.085_735_721_943,
        5_226.495_278_852_854,
    ],
];

/// In r − 1.6 for r ≤ 5, r = √(−ln min(p, 1 − p)).
const MIDDLE: Ratio = [
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        0.241_780_725_177_450_6,
        0.022_723_844_989_269_184,
        0.000_774_545_014_278_341_4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        0.689_767_334_985_1,
        0.148_103_976_427_480_08,
        0.015_198_666_563_616_457,
        0.000_547_593_808_499_534_5,
        1.050_750_071_644_416_9e-9,
    ],
];

/// In r − 5 for larger r.
const FAR: Ratio = [
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        0.296_560_571_828_504_87,
        0.026_532_189_526_576_124,
        0.001_242_660_947_388_078_4,
        0.000_027_115_555_687_434_876,
        0.000_000_201_033_439_929_228_82,
    ],
    [
        1.0,
        0.599_832_206_555_888,
        0.136_929_880_922_735_8,
        0.014_875_361_290_850_615,
        0.000_786_869_131_145_613_2,
        0.000_018_463_183_175_100_547,
        0.000_000_142_151_175_831_644_6,
        2.044_263_103_389_939_8e-15,
    ],
];
