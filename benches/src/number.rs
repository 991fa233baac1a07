//! What the functions under test need of a number, so that the types of other crates can take the place of `f64`.

use std::ops::{Add, Div, Mul, Neg, Sub};

use echidna::{BReverse, Reverse};
use num_dual::{Dual64, DualNum, HyperDual64};
use num_traits::{Float, ToPrimitive};

/// A dual number of the crate `autodiff`.
pub type Forward = autodiff::FT<f64>;
/// A dual number of dual numbers.
pub type ForwardTwice = autodiff::F<Forward, Forward>;

/// A real number, or one that carries derivatives along.
pub trait Number:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// A constant.
    fn constant(value: f64) -> Self;
    /// The real part, by which comparisons choose.
    fn value(&self) -> f64;
    /// The exponential.
    #[must_use]
    fn exp(self) -> Self;
    /// The natural logarithm.
    #[must_use]
    fn ln(self) -> Self;
    /// The hyperbolic tangent.
    #[must_use]
    fn tanh(self) -> Self;
    /// The square root.
    #[must_use]
    fn sqrt(self) -> Self;
    /// The sine.
    #[must_use]
    fn sin(self) -> Self;
    /// The cosine.
    #[must_use]
    fn cos(self) -> Self;
    /// The product with a constant.
    #[must_use]
    fn times(self, factor: f64) -> Self {
        self * Self::constant(factor)
    }
}

macro_rules! number {
    ($number:ty, $self:ident: $functions:path as $by:expr, $constant:expr, $value:expr) => {
        impl Number for $number {
            #[inline]
            fn constant(value: f64) -> Self {
                let constant: fn(f64) -> Self = $constant;
                constant(value)
            }
            #[inline]
            fn value(&self) -> f64 {
                let value: fn(&Self) -> f64 = $value;
                value(self)
            }
            #[inline]
            fn exp($self) -> Self {
                <$number as $functions>::exp($by)
            }
            #[inline]
            fn ln($self) -> Self {
                <$number as $functions>::ln($by)
            }
            #[inline]
            fn tanh($self) -> Self {
                <$number as $functions>::tanh($by)
            }
            #[inline]
            fn sqrt($self) -> Self {
                <$number as $functions>::sqrt($by)
            }
            #[inline]
            fn sin($self) -> Self {
                <$number as $functions>::sin($by)
            }
            #[inline]
            fn cos($self) -> Self {
                <$number as $functions>::cos($by)
            }
        }
    };
}

number!(f64, self: Float as self, |value| value, |x| *x);
number!(Forward, self: Float as self, Forward::cst, |x| x.x);
number!(ForwardTwice, self: Float as self, |value| ForwardTwice::cst(Forward::cst(value)), |x| x.x.x);
number!(Reverse<f64>, self: Float as self, Reverse::constant, |x| x.to_f64().unwrap_or(f64::NAN));
number!(BReverse<f64>, self: Float as self, BReverse::constant, |x| x.to_f64().unwrap_or(f64::NAN));
number!(Dual64, self: DualNum as &self, Dual64::from_re, |x| x.re);
number!(HyperDual64, self: DualNum as &self, HyperDual64::from_re, |x| x.re);
