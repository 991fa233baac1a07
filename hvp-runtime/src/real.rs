//! The real numbers that generated code computes with.

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Rem, Sub, SubAssign};

use crate::private::lane::Lane;
use crate::private::{Element, ToReal};

macro_rules! unary {
    ($what:ident) => {
        unary! { $what:
            real_sqrt sqrt, real_cbrt cbrt, real_recip recip, real_exp exp, real_exp2 exp2,
            real_exp_m1 exp_m1, real_ln ln, real_ln_1p ln_1p, real_log2 log2, real_log10 log10,
            real_sin sin, real_cos cos, real_tan tan, real_asin asin, real_acos acos, real_atan atan,
            real_sinh sinh, real_cosh cosh, real_tanh tanh, real_asinh asinh, real_acosh acosh,
            real_atanh atanh, real_abs abs, real_signum signum, real_floor floor, real_ceil ceil,
            real_round round, real_round_ties_even round_ties_even, real_trunc trunc, real_fract fract,
            real_to_degrees to_degrees, real_to_radians to_radians,
        }
    };
    (declare: $($ours:ident $std:ident,)*) => { $(
        #[doc = concat!("The method `", stringify!($std), "`.")]
        #[must_use]
        fn $ours(self) -> Self;
    )* };
    (define: $($ours:ident $std:ident,)*) => { $(
        #[inline]
        fn $ours(self) -> Self {
            self.$std()
        }
    )* };
}

macro_rules! binary {
    ($what:ident) => {
        binary! { $what:
            real_powf powf, real_log log, real_atan2 atan2, real_hypot hypot, real_copysign copysign,
            real_max max, real_min min, real_rem_euclid rem_euclid, real_div_euclid div_euclid,
        }
    };
    (declare: $($ours:ident $std:ident,)*) => { $(
        #[doc = concat!("The method `", stringify!($std), "`.")]
        #[must_use]
        fn $ours(self, other: Self) -> Self;
    )* };
    (define: $($ours:ident $std:ident,)*) => { $(
        #[inline]
        fn $ours(self, other: Self) -> Self {
            self.$std(other)
        }
    )* };
}

macro_rules! predicate {
    ($what:ident) => {
        predicate! { $what:
            real_is_nan is_nan, real_is_infinite is_infinite, real_is_finite is_finite,
            real_is_normal is_normal, real_is_sign_negative is_sign_negative,
            real_is_sign_positive is_sign_positive,
        }
    };
    (declare: $($ours:ident $std:ident,)*) => { $(
        #[doc = concat!("The method `", stringify!($std), "`.")]
        #[must_use]
        fn $ours(self) -> bool;
    )* };
    (define: $($ours:ident $std:ident,)*) => { $(
        #[inline]
        fn $ours(self) -> bool {
            self.$std()
        }
    )* };
}

/// The scalar type of a differentiable function: `f64` or `f32`.
///
/// A generic function keeps its own bounds; the generated ones add this trait, through whose functions derivative
/// code computes. Their names begin with `real_`, so that they clash with no method of another trait.
pub trait Real:
    Element
    + Lane<Lane = Self>
    + PartialOrd
    + Debug
    + ToReal<Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Rem<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
{
    /// Zero.
    const REAL_ZERO: Self;
    /// One.
    const REAL_ONE: Self;

    /// The nearest number to `value`.
    #[must_use]
    fn real_from(value: f64) -> Self;

    /// The method `mul_add`.
    #[must_use]
    fn real_mul_add(self, a: Self, b: Self) -> Self;

    /// The method `clamp`.
    #[must_use]
    fn real_clamp(self, min: Self, max: Self) -> Self;

    /// The method `powi`.
    #[must_use]
    fn real_powi(self, n: i32) -> Self;

    unary!(declare);
    binary!(declare);
    predicate!(declare);
}

macro_rules! implement {
    ($($real:ident)*) => { $(
        impl Real for $real {
            const REAL_ZERO: $real = 0.0;
            const REAL_ONE: $real = 1.0;

            #[inline]
            #[allow(clippy::cast_possible_truncation, reason = "an f32 constant is the nearest one")]
            fn real_from(value: f64) -> $real {
                value as $real
            }
            #[inline]
            fn real_mul_add(self, a: $real, b: $real) -> $real {
                self.mul_add(a, b)
            }
            #[inline]
            fn real_clamp(self, min: $real, max: $real) -> $real {
                self.clamp(min, max)
            }
            #[inline]
            fn real_powi(self, n: i32) -> $real {
                self.powi(n)
            }

            unary!(define);
            binary!(define);
            predicate!(define);
        }
    )* };
}

implement! { f64 f32 }
