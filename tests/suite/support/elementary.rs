//! The methods of `f64` on hyper-dual numbers, each with its derivatives from the textbook.

use super::hyperdual::{HyperDual, Partials};
use std::f64::consts::{LN_2, LN_10};

/// Functions of one real: value by the standard library, then `|x, y| (first, second derivative)` with `y` the value.
macro_rules! unary {
    ($($name:ident |$x:ident, $y:ident| $d:expr, $dd:expr;)*) => {
        impl HyperDual { $(
            pub fn $name(self) -> Self {
                let ($x, $y) = (self.value, self.value.$name());
                let _ = ($x, $y);
                self.chain($y, $d, $dd)
            }
        )* }
    };
}

unary! {
    sqrt |x, y| 0.5 / y, -0.25 / (y * x);
    cbrt |x, y| 1.0 / (3.0 * y * y), -2.0 / (9.0 * y * y * x);
    recip |x, y| -(y * y), 2.0 * y * y * y;
    exp |x, y| y, y;
    exp2 |x, y| y * LN_2, y * LN_2 * LN_2;
    exp_m1 |x, y| x.exp(), x.exp();
    ln |x, y| 1.0 / x, -1.0 / (x * x);
    ln_1p |x, y| 1.0 / (1.0 + x), -1.0 / ((1.0 + x) * (1.0 + x));
    log2 |x, y| 1.0 / (x * LN_2), -1.0 / (x * x * LN_2);
    log10 |x, y| 1.0 / (x * LN_10), -1.0 / (x * x * LN_10);
    sin |x, y| x.cos(), -y;
    cos |x, y| -x.sin(), -y;
    tan |x, y| 1.0 + y * y, 2.0 * y * (1.0 + y * y);
    asin |x, y| 1.0 / (1.0 - x * x).sqrt(), x / (1.0 - x * x).powf(1.5);
    acos |x, y| -1.0 / (1.0 - x * x).sqrt(), -x / (1.0 - x * x).powf(1.5);
    atan |x, y| 1.0 / (1.0 + x * x), -2.0 * x / ((1.0 + x * x) * (1.0 + x * x));
    sinh |x, y| x.cosh(), y;
    cosh |x, y| x.sinh(), y;
    tanh |x, y| 1.0 / (x.cosh() * x.cosh()), -2.0 * y / (x.cosh() * x.cosh());
    asinh |x, y| 1.0 / (x * x + 1.0).sqrt(), -x / (x * x + 1.0).powf(1.5);
    acosh |x, y| 1.0 / (x * x - 1.0).sqrt(), -x / (x * x - 1.0).powf(1.5);
    atanh |x, y| 1.0 / (1.0 - x * x), 2.0 * x / ((1.0 - x * x) * (1.0 - x * x));
    abs |x, y| if x == 0.0 { 0.0 } else { x.signum() }, 0.0;
    signum |x, y| 0.0, 0.0;
    floor |x, y| 0.0, 0.0;
    ceil |x, y| 0.0, 0.0;
    round |x, y| 0.0, 0.0;
    round_ties_even |x, y| 0.0, 0.0;
    trunc |x, y| 0.0, 0.0;
    fract |x, y| 1.0, 0.0;
    to_degrees |x, y| 1.0_f64.to_degrees(), 0.0;
    to_radians |x, y| 1.0_f64.to_radians(), 0.0;
}

/// `c * x^e`, zero where the coefficient is.
fn power_term(c: f64, x: f64, e: f64) -> f64 {
    if c == 0.0 { 0.0 } else { c * x.powf(e) }
}

impl HyperDual {
    pub const INFINITY: Self = HyperDual::constant(f64::INFINITY);
    pub const NEG_INFINITY: Self = HyperDual::constant(f64::NEG_INFINITY);
    pub const NAN: Self = HyperDual::constant(f64::NAN);
    pub const EPSILON: Self = HyperDual::constant(f64::EPSILON);
    pub const MAX: Self = HyperDual::constant(f64::MAX);
    pub const MIN: Self = HyperDual::constant(f64::MIN);
    pub const MIN_POSITIVE: Self = HyperDual::constant(f64::MIN_POSITIVE);

    pub fn powi(self, n: i32) -> Self {
        let (x, e) = (self.value, f64::from(n));
        self.chain(x.powi(n), power_term(e, x, e - 1.0), power_term(e * (e - 1.0), x, e - 2.0))
    }

    pub fn powf(self, exponent: impl Into<HyperDual>) -> Self {
        let other: HyperDual = exponent.into();
        let (x, e, y) = (self.value, other.value, self.value.powf(other.value));
        // Where the value is finite and the logarithm is not, the partial in the exponent is held to be its limit or zero.
        let log = if x > 0.0 { x.ln() } else { 0.0 };
        let partials = Partials {
            a: power_term(e, x, e - 1.0),
            b: y * log,
            aa: power_term(e * (e - 1.0), x, e - 2.0),
            ab: x.powf(e - 1.0) * (1.0 + e * log),
            bb: y * log * log,
        };
        self.chain2(other, y, partials)
    }

    pub fn log(self, base: impl Into<HyperDual>) -> Self {
        let base: HyperDual = base.into();
        let quotient = self.ln() / base.ln();
        HyperDual { value: self.value.log(base.value), ..quotient }
    }

    pub fn atan2(self, other: impl Into<HyperDual>) -> Self {
        let other: HyperDual = other.into();
        let (y, x) = (self.value, other.value);
        let r2 = x * x + y * y;
        if r2 == 0.0 {
            return self.chain2(other, y.atan2(x), Partials::default());
        }
        let second = 2.0 * x * y / (r2 * r2);
        let ab = (y * y - x * x) / (r2 * r2);
        self.chain2(other, y.atan2(x), Partials { a: x / r2, b: -y / r2, aa: -second, ab, bb: second })
    }

    pub fn hypot(self, other: impl Into<HyperDual>) -> Self {
        let other: HyperDual = other.into();
        let (x, y, r) = (self.value, other.value, self.value.hypot(other.value));
        if r == 0.0 {
            return self.chain2(other, r, Partials::default());
        }
        let r3 = r * r * r;
        self.chain2(
            other,
            r,
            Partials { a: x / r, b: y / r, aa: y * y / r3, ab: -x * y / r3, bb: x * x / r3 },
        )
    }

    pub fn copysign(self, sign: impl Into<HyperDual>) -> Self {
        let y = self.value.copysign(sign.into().value);
        let d = if self.value == 0.0 { 0.0 } else { self.value.signum() * y.signum() };
        self.chain(y, d, 0.0)
    }

    fn pick(self, other: Self, value: f64) -> Self {
        match (self.value.is_nan(), other.value.is_nan()) {
            (false, false) if self.value == other.value => HyperDual { value, ..self.tie(other) },
            (false, true) => self,
            (true, false) => other,
            _ if value == self.value => self,
            _ => other,
        }
    }

    pub fn max(self, other: impl Into<HyperDual>) -> Self {
        let other: HyperDual = other.into();
        self.pick(other, self.value.max(other.value))
    }

    pub fn min(self, other: impl Into<HyperDual>) -> Self {
        let other: HyperDual = other.into();
        self.pick(other, self.value.min(other.value))
    }

    pub fn clamp(self, low: impl Into<HyperDual>, high: impl Into<HyperDual>) -> Self {
        let (low, high): (HyperDual, HyperDual) = (low.into(), high.into());
        if self.value < low.value {
            low
        } else if self.value > high.value {
            high
        } else {
            self
        }
    }

    pub fn mul_add(self, factor: impl Into<HyperDual>, summand: impl Into<HyperDual>) -> Self {
        let (factor, summand): (HyperDual, HyperDual) = (factor.into(), summand.into());
        HyperDual { value: self.value.mul_add(factor.value, summand.value), ..self * factor + summand }
    }

    pub fn rem_euclid(self, other: impl Into<HyperDual>) -> Self {
        let other: HyperDual = other.into();
        let quotient = self.value.div_euclid(other.value);
        let partials = Partials { a: 1.0, b: -quotient, ..Partials::default() };
        self.chain2(other, self.value.rem_euclid(other.value), partials)
    }

    pub fn div_euclid(self, other: impl Into<HyperDual>) -> Self {
        HyperDual::constant(self.value.div_euclid(other.into().value))
    }

    pub fn sin_cos(self) -> (Self, Self) {
        (self.sin(), self.cos())
    }
}

/// Questions about the value.
macro_rules! predicate {
    ($($name:ident)*) => {
        impl HyperDual { $(
            pub fn $name(self) -> bool {
                self.value.$name()
            }
        )* }
    };
}
predicate!(is_nan is_infinite is_finite is_normal is_sign_negative is_sign_positive);
