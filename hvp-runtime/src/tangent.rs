//! Tangents: one direction, or several at once.

use std::array::from_fn;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

use crate::Real;
use crate::private::Element;
use crate::private::lane::Lane;

/// What a derivative along one direction, or along several at once, can do: tangents are added, and scaled by the
/// function's real numbers `S`. Derivative code is written once for all tangents.
///
/// Implemented for the real numbers themselves (one direction) and for [`Lanes`] (several).
pub trait Tangent<S>:
    Element
    + Lane<Lane = S>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Neg<Output = Self>
    + Mul<S, Output = Self>
    + Div<S, Output = Self>
    + AddAssign
    + SubAssign
{
    /// The derivative of a constant.
    const ZERO: Self;

    /// How many directions this carries.
    const LANES: usize;

    /// Replaces the derivative along direction `k`.
    fn set_lane(&mut self, k: usize, to: S);

    /// `self * by`, but zero where `self` is zero, even if `by` is infinite or NaN.
    #[must_use]
    fn scale_or_zero(self, by: S) -> Self;

    /// `self * by`, but zero where `by` is zero, even if `self` is infinite or NaN.
    #[must_use]
    fn scale_unless_zero(self, by: S) -> Self;
}

impl<S: Real> Tangent<S> for S {
    const ZERO: S = S::REAL_ZERO;
    const LANES: usize = 1;

    #[inline]
    fn set_lane(&mut self, _: usize, to: S) {
        *self = to;
    }

    #[inline]
    fn scale_or_zero(self, by: S) -> S {
        if self == S::REAL_ZERO { S::REAL_ZERO } else { self * by }
    }

    #[inline]
    fn scale_unless_zero(self, by: S) -> S {
        if by == S::REAL_ZERO { S::REAL_ZERO } else { self * by }
    }
}

/// `K` tangents side by side, which one sweep carries along together.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::Lanes;
///
/// assert_eq!((Lanes([1.0, 2.0]) + Lanes([0.5, 0.5])) * 2.0, Lanes([3.0, 5.0]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(transparent)]
pub struct Lanes<S, const K: usize>(pub [S; K]);

impl<S: Real, const K: usize> Tangent<S> for Lanes<S, K> {
    const ZERO: Lanes<S, K> = Lanes([S::REAL_ZERO; K]);
    const LANES: usize = K;

    #[inline]
    fn set_lane(&mut self, k: usize, to: S) {
        self.0[k] = to;
    }

    #[inline]
    fn scale_or_zero(self, by: S) -> Lanes<S, K> {
        Lanes(from_fn(|k| self.0[k].scale_or_zero(by)))
    }

    #[inline]
    fn scale_unless_zero(self, by: S) -> Lanes<S, K> {
        Lanes(from_fn(|k| self.0[k].scale_unless_zero(by)))
    }
}

impl<S: Real, const K: usize> Add for Lanes<S, K> {
    type Output = Lanes<S, K>;
    #[inline]
    fn add(self, other: Lanes<S, K>) -> Lanes<S, K> {
        Lanes(from_fn(|k| self.0[k] + other.0[k]))
    }
}

impl<S: Real, const K: usize> Sub for Lanes<S, K> {
    type Output = Lanes<S, K>;
    #[inline]
    fn sub(self, other: Lanes<S, K>) -> Lanes<S, K> {
        Lanes(from_fn(|k| self.0[k] - other.0[k]))
    }
}

impl<S: Real, const K: usize> Neg for Lanes<S, K> {
    type Output = Lanes<S, K>;
    #[inline]
    fn neg(self) -> Lanes<S, K> {
        Lanes(from_fn(|k| -self.0[k]))
    }
}

impl<S: Real, const K: usize> Mul<S> for Lanes<S, K> {
    type Output = Lanes<S, K>;
    #[inline]
    fn mul(self, by: S) -> Lanes<S, K> {
        Lanes(from_fn(|k| self.0[k] * by))
    }
}

impl<S: Real, const K: usize> Div<S> for Lanes<S, K> {
    type Output = Lanes<S, K>;
    #[inline]
    fn div(self, by: S) -> Lanes<S, K> {
        Lanes(from_fn(|k| self.0[k] / by))
    }
}

impl<S: Real, const K: usize> AddAssign for Lanes<S, K> {
    #[inline]
    fn add_assign(&mut self, other: Lanes<S, K>) {
        for (to, from) in self.0.iter_mut().zip(other.0) {
            *to += from;
        }
    }
}

impl<S: Real, const K: usize> SubAssign for Lanes<S, K> {
    #[inline]
    fn sub_assign(&mut self, other: Lanes<S, K>) {
        for (to, from) in self.0.iter_mut().zip(other.0) {
            *to -= from;
        }
    }
}
