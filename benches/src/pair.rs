//! A value and its derivative along one direction, for derivatives by hand that are products of short formulas.

use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::number::Number;

/// `Pair(value, tangent)`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pair(pub f64, pub f64);

impl Add for Pair {
    type Output = Pair;
    #[inline]
    fn add(self, other: Pair) -> Pair {
        Pair(self.0 + other.0, self.1 + other.1)
    }
}

impl Sub for Pair {
    type Output = Pair;
    #[inline]
    fn sub(self, other: Pair) -> Pair {
        Pair(self.0 - other.0, self.1 - other.1)
    }
}

impl Mul for Pair {
    type Output = Pair;
    #[inline]
    fn mul(self, other: Pair) -> Pair {
        Pair(self.0 * other.0, self.0 * other.1 + self.1 * other.0)
    }
}

impl Div for Pair {
    type Output = Pair;
    #[inline]
    fn div(self, other: Pair) -> Pair {
        let quotient = self.0 / other.0;
        Pair(quotient, (self.1 - quotient * other.1) / other.0)
    }
}

impl Neg for Pair {
    type Output = Pair;
    #[inline]
    fn neg(self) -> Pair {
        Pair(-self.0, -self.1)
    }
}

impl Number for Pair {
    #[inline]
    fn constant(value: f64) -> Pair {
        Pair(value, 0.0)
    }
    #[inline]
    fn value(&self) -> f64 {
        self.0
    }
    #[inline]
    fn exp(self) -> Pair {
        let exp = self.0.exp();
        Pair(exp, exp * self.1)
    }
    #[inline]
    fn ln(self) -> Pair {
        Pair(self.0.ln(), self.1 / self.0)
    }
    #[inline]
    fn tanh(self) -> Pair {
        let tanh = self.0.tanh();
        Pair(tanh, (1.0 - tanh * tanh) * self.1)
    }
    #[inline]
    fn sqrt(self) -> Pair {
        let root = self.0.sqrt();
        Pair(root, 0.5 * self.1 / root)
    }
    #[inline]
    fn sin(self) -> Pair {
        Pair(self.0.sin(), self.0.cos() * self.1)
    }
    #[inline]
    fn cos(self) -> Pair {
        Pair(self.0.cos(), -self.0.sin() * self.1)
    }
    #[inline]
    fn times(self, factor: f64) -> Pair {
        Pair(self.0 * factor, self.1 * factor)
    }
}
