//! Directions that hold several lanes, taken apart for a rule of the user's that knows one direction, and put together again.

use crate::{Lanes, Real, Tangent};

/// A tangent, or memory of tangents.
pub trait Lane {
    /// One lane of it: real numbers, in memory that is owned.
    type Lane;
    /// The lane `k`.
    fn hvp_lane(&self, k: usize) -> Self::Lane;
}

/// A real number, or memory of real numbers, as a rule of the user's gives them.
pub trait Lift<T> {
    /// The same shape with tangents in place of the numbers.
    type Lifted;
    /// All lanes zero.
    fn hvp_zeros(&self) -> Self::Lifted;
    /// Stores `self` in the lane `k`.
    fn hvp_put(&self, k: usize, into: &mut Self::Lifted);
}

/// A gradient, as a rule of the user's gives it.
pub trait Along<T, D: ?Sized> {
    /// `start` and the derivative along `direction`. A zero direction stays zero through an infinite derivative.
    fn hvp_along(&self, direction: &D, start: T) -> T;
}

macro_rules! one_lane {
    ($($real:ty)*) => { $(
        impl Lane for $real {
            type Lane = $real;
            #[inline]
            fn hvp_lane(&self, _: usize) -> $real {
                *self
            }
        }
    )* };
}

one_lane! { f64 f32 }

impl<S: Real, const K: usize> Lane for Lanes<S, K> {
    type Lane = S;
    #[inline]
    fn hvp_lane(&self, k: usize) -> S {
        self.0[k]
    }
}

impl<X: Lane> Lane for [X] {
    type Lane = Vec<X::Lane>;
    #[inline]
    fn hvp_lane(&self, k: usize) -> Vec<X::Lane> {
        self.iter().map(|inner| inner.hvp_lane(k)).collect()
    }
}

impl<X: Lane> Lane for Vec<X> {
    type Lane = Vec<X::Lane>;
    #[inline]
    fn hvp_lane(&self, k: usize) -> Vec<X::Lane> {
        self.as_slice().hvp_lane(k)
    }
}

impl<X: Lane, const N: usize> Lane for [X; N] {
    type Lane = [X::Lane; N];
    #[inline]
    fn hvp_lane(&self, k: usize) -> [X::Lane; N] {
        self.each_ref().map(|inner| inner.hvp_lane(k))
    }
}

impl<S: Real, T: Tangent<S>> Lift<T> for S {
    type Lifted = T;
    #[inline]
    fn hvp_zeros(&self) -> T {
        T::ZERO
    }
    #[inline]
    fn hvp_put(&self, k: usize, into: &mut T) {
        into.set_lane(k, *self);
    }
}

impl<T, X: Lift<T>> Lift<T> for Vec<X> {
    type Lifted = Vec<X::Lifted>;
    #[inline]
    fn hvp_zeros(&self) -> Vec<X::Lifted> {
        self.iter().map(X::hvp_zeros).collect()
    }
    #[inline]
    fn hvp_put(&self, k: usize, into: &mut Vec<X::Lifted>) {
        assert_eq!(self.len(), into.len(), "a rule gave derivatives of different lengths for two directions");
        self.iter().zip(into).for_each(|(inner, into)| inner.hvp_put(k, into));
    }
}

impl<T, X: Lift<T>, const N: usize> Lift<T> for [X; N] {
    type Lifted = [X::Lifted; N];
    #[inline]
    fn hvp_zeros(&self) -> [X::Lifted; N] {
        self.each_ref().map(X::hvp_zeros)
    }
    #[inline]
    fn hvp_put(&self, k: usize, into: &mut [X::Lifted; N]) {
        self.iter().zip(into).for_each(|(inner, into)| inner.hvp_put(k, into));
    }
}

impl<S: Real, T: Tangent<S>> Along<T, T> for S {
    #[inline]
    fn hvp_along(&self, direction: &T, start: T) -> T {
        start + direction.scale_or_zero(*self)
    }
}

macro_rules! along {
    ($([$($generics:tt)*] $gradient:ty, along $direction:ty;)*) => { $(
        impl<T, Y, X: Along<T, Y>, $($generics)*> Along<T, $direction> for $gradient {
            #[inline]
            fn hvp_along(&self, direction: &$direction, start: T) -> T {
                assert_eq!(self.len(), direction.len(), "a rule gave a gradient of another length than its argument");
                self.iter().zip(direction).fold(start, |sum, (inner, along)| inner.hvp_along(along, sum))
            }
        }
    )* };
}

along! {
    [] Vec<X>, along [Y];
    [] Vec<X>, along Vec<Y>;
    [const N: usize] [X; N], along [Y; N];
}

/// One lane of a direction.
#[inline]
#[must_use]
pub fn lane<D: Lane + ?Sized>(direction: &D, k: usize) -> D::Lane {
    direction.hvp_lane(k)
}

/// What the rule gave for the first lane, in the shape that takes all.
#[inline]
#[must_use]
pub fn first_lane<T, D: Lift<T>>(derivative: &D) -> D::Lifted {
    let mut lifted = derivative.hvp_zeros();
    derivative.hvp_put(0, &mut lifted);
    lifted
}

/// What the rule gave for another lane.
#[inline]
pub fn put_lane<T, D: Lift<T>>(derivative: &D, k: usize, into: &mut D::Lifted) {
    derivative.hvp_put(k, into);
}

/// `start` and the derivative along `direction`.
#[inline]
#[must_use]
pub fn along<T, D: ?Sized, G: Along<T, D>>(gradient: &G, direction: &D, start: T) -> T {
    gradient.hvp_along(direction, start)
}
