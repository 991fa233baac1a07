//! Passive operands of unknown reference depth as real numbers.

/// A real number or a reference to one.
pub trait ToReal {
    /// The real number's type.
    type Real;
    /// The number.
    fn to_real(self) -> Self::Real;
}

impl ToReal for f64 {
    type Real = f64;
    #[inline]
    fn to_real(self) -> f64 {
        self
    }
}

impl ToReal for f32 {
    type Real = f32;
    #[inline]
    fn to_real(self) -> f32 {
        self
    }
}

impl<T: ToReal + Copy> ToReal for &T {
    type Real = T::Real;
    #[inline]
    fn to_real(self) -> T::Real {
        (*self).to_real()
    }
}

/// See [`ToReal`].
#[inline]
pub fn real<T: ToReal>(value: T) -> T::Real {
    value.to_real()
}
