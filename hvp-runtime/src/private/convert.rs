//! Passive operands of unknown reference depth as real numbers.

use crate::Real;

/// A real number, a reference to one, or an `i32`, as a number of the type `S`.
pub trait ToReal<S> {
    /// The number.
    fn to_real(self) -> S;
}

impl ToReal<f64> for f64 {
    #[inline]
    fn to_real(self) -> f64 {
        self
    }
}

impl ToReal<f32> for f32 {
    #[inline]
    fn to_real(self) -> f32 {
        self
    }
}

impl<S: Real> ToReal<S> for i32 {
    #[inline]
    fn to_real(self) -> S {
        S::real_from(f64::from(self))
    }
}

impl<S, T: ToReal<S> + Copy> ToReal<S> for &T {
    #[inline]
    fn to_real(self) -> S {
        (*self).to_real()
    }
}

/// See [`ToReal`].
#[inline]
pub fn real<S, T: ToReal<S>>(value: T) -> S {
    value.to_real()
}

/// A number whose type rustc would have to guess.
#[inline]
#[must_use]
pub fn typed<S>(value: S) -> S {
    value
}
