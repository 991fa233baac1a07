//! Passive operands of unknown reference depth as real numbers.

use crate::Real;

/// A real number, or a reference to one, as a number of the type `S`.
#[diagnostic::on_unimplemented(
    message = "a value of the type `{Self}` stands where a differentiated number of the type `{S}` is needed",
    label = "is a `{Self}`, not a `{S}`",
    note = "convert it where it is used, with `{S}::from(…)` or `as {S}`, and give variables of the type `{Self}` that type: `let mut a: {Self} = …`"
)]
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

/// The exponent of a power as a number.
#[inline]
#[must_use]
pub fn exponent<S: Real>(value: i32) -> S {
    S::real_from(f64::from(value))
}

/// A number whose type rustc would have to guess.
#[inline]
#[must_use]
pub fn typed<S>(value: S) -> S {
    value
}

/// An integer of a primitive type.
pub trait Integer {
    /// See [`greatest`].
    const GREATEST: Self;
}

macro_rules! integers {
    ($($ty:ident)*) => { $(
        impl Integer for $ty {
            const GREATEST: Self = $ty::MAX;
        }
    )* };
}

integers! { usize isize u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 }

/// The greatest integer of a type.
#[inline]
#[must_use]
pub fn greatest<I: Integer>() -> I {
    I::GREATEST
}
