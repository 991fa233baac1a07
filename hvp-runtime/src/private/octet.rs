//! Eight directions in vector registers.

use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

use wide::f64x8;

use super::activity::{Nothing, Zero};
use super::lane::Lane;
use crate::Tangent;

/// Eight tangents side by side, as [`Lanes`](crate::Lanes) are, in as few vector registers as the processor has for them.
///
/// Of an array the optimiser may take elements of several tangents together and gather them from far apart; these stay vectors.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Octet(f64x8);

impl Octet {
    pub(super) fn to_array(self) -> [f64; 8] {
        self.0.to_array()
    }
}

impl Tangent<f64> for Octet {
    const ZERO: Octet = Octet(f64x8::ZERO);
    const LANES: usize = 8;

    #[inline]
    fn set_lane(&mut self, k: usize, to: f64) {
        self.0.as_mut_array()[k] = to;
    }

    #[inline]
    fn scale_or_zero(self, by: f64) -> Octet {
        Octet(self.0.simd_eq(f64x8::ZERO).select(f64x8::ZERO, self.0 * f64x8::splat(by)))
    }

    #[inline]
    fn scale_unless_zero(self, by: f64) -> Octet {
        if by == 0.0 { Octet::ZERO } else { self * by }
    }
}

impl Nothing for Octet {
    #[inline]
    fn hvp_nothing() -> Octet {
        Octet::ZERO
    }
}

impl Zero for Octet {
    const HVP_ZERO: Octet = Octet::ZERO;
}

impl Lane for Octet {
    type Lane = f64;
    #[inline]
    fn hvp_lane(&self, k: usize) -> f64 {
        self.0.as_array()[k]
    }
}

impl Add for Octet {
    type Output = Octet;
    #[inline]
    fn add(self, other: Octet) -> Octet {
        Octet(self.0 + other.0)
    }
}

impl Sub for Octet {
    type Output = Octet;
    #[inline]
    fn sub(self, other: Octet) -> Octet {
        Octet(self.0 - other.0)
    }
}

impl Neg for Octet {
    type Output = Octet;
    #[inline]
    fn neg(self) -> Octet {
        Octet(-self.0)
    }
}

impl Mul<f64> for Octet {
    type Output = Octet;
    #[inline]
    fn mul(self, by: f64) -> Octet {
        Octet(self.0 * f64x8::splat(by))
    }
}

impl Div<f64> for Octet {
    type Output = Octet;
    #[inline]
    fn div(self, by: f64) -> Octet {
        Octet(self.0 / f64x8::splat(by))
    }
}

impl AddAssign for Octet {
    #[inline]
    fn add_assign(&mut self, other: Octet) {
        self.0 += other.0;
    }
}

impl SubAssign for Octet {
    #[inline]
    fn sub_assign(&mut self, other: Octet) {
        self.0 -= other.0;
    }
}
