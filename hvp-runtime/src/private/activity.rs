//! Which arguments of a call are active: a type for each, so that what a passive one would cost is compiled away.

use crate::{Lanes, Real};

/// The marker that stands before each argument of a differentiable call.
pub trait Activity: Copy {
    /// Whether the argument depends on what the caller differentiates with respect to.
    const ACTIVE: bool;
}

/// The argument has a tangent or an adjoint.
#[derive(Clone, Copy, Debug)]
pub struct Active;

/// The argument is constant.
#[derive(Clone, Copy, Debug)]
pub struct Passive;

impl Activity for Active {
    const ACTIVE: bool = true;
}

impl Activity for Passive {
    const ACTIVE: bool = false;
}

/// Asked of the marker of an argument that the callee does not differentiate with respect to.
#[diagnostic::on_unimplemented(
    message = "this argument depends on a differentiated parameter, but the called function holds it constant",
    label = "is differentiated here, is constant there",
    note = "add the parameter to the `wrt(…)` of the called function, or pass `hvp::stop_gradient(…)` to hold it constant"
)]
pub trait HeldPassive: Copy {}

impl HeldPassive for Passive {}

/// What stands in the place of a tangent or an adjoint that is not there.
pub trait Nothing {
    /// A zero, or an empty slice.
    fn hvp_nothing() -> Self;
}

/// See [`Nothing`].
#[inline]
#[must_use]
pub fn nothing<N: Nothing>() -> N {
    N::hvp_nothing()
}

impl Nothing for () {
    #[inline]
    fn hvp_nothing() {}
}

impl Nothing for f64 {
    #[inline]
    fn hvp_nothing() -> f64 {
        0.0
    }
}

impl Nothing for f32 {
    #[inline]
    fn hvp_nothing() -> f32 {
        0.0
    }
}

impl<S: Real, const K: usize> Nothing for Lanes<S, K> {
    #[inline]
    fn hvp_nothing() -> Lanes<S, K> {
        Lanes([S::REAL_ZERO; K])
    }
}

impl<T> Nothing for Vec<T> {
    #[inline]
    fn hvp_nothing() -> Vec<T> {
        Vec::new()
    }
}

impl<T: Nothing, const N: usize> Nothing for [T; N] {
    #[inline]
    fn hvp_nothing() -> [T; N] {
        std::array::from_fn(|_| T::hvp_nothing())
    }
}

impl<T> Nothing for &[T] {
    #[inline]
    fn hvp_nothing() -> Self {
        &[]
    }
}

impl<T> Nothing for &mut [T] {
    #[inline]
    fn hvp_nothing() -> Self {
        &mut []
    }
}

macro_rules! tuples {
    ($(($($part:ident)+))*) => { $(
        impl<$($part: Nothing),+> Nothing for ($($part,)+) {
            #[inline]
            fn hvp_nothing() -> Self {
                ($($part::hvp_nothing(),)+)
            }
        }
    )* };
}

tuples! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) }

/// What has a zero that is known at compile time.
pub trait Zero: 'static {
    /// The zero.
    const HVP_ZERO: Self;
}

impl Zero for f64 {
    const HVP_ZERO: f64 = 0.0;
}

impl Zero for f32 {
    const HVP_ZERO: f32 = 0.0;
}

impl<S: Real, const K: usize> Zero for Lanes<S, K> {
    const HVP_ZERO: Lanes<S, K> = Lanes([S::REAL_ZERO; K]);
}

impl<X: Zero, const N: usize> Zero for [X; N] {
    const HVP_ZERO: [X; N] = [const { X::HVP_ZERO }; N];
}

/// The tangent of an array, as an array.
///
/// # Panics
/// If it has another length than the array, which generated code rules out.
#[inline]
#[must_use]
pub fn fixed<X, const N: usize>(dots: &[X]) -> &[X; N] {
    dots.try_into().expect("the tangent of an array has the array's length")
}

/// The tangent of a passive array.
#[inline]
#[must_use]
pub fn zeros<X: Zero, const N: usize>() -> [X; N] {
    Zero::HVP_ZERO
}
