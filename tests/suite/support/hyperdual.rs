//! Numbers that carry two first derivatives and the mixed second one: an independent definition of every derivative.
//!
//! `f(x + e1 u + e2 v + e1 e2 w)` with `e1² = e2² = 0`; only the chain and product rules are used, in the conventions that the crate
//! documents where a derivative does not exist.

use std::cell::Cell;

/// A value, its derivatives along two directions, and along both.
#[derive(Clone, Copy, Debug, Default)]
pub struct HyperDual {
    pub value: f64,
    pub first: f64,
    pub second: f64,
    pub cross: f64,
}

/// The largest numbers on the way to a result: what cancels leaves errors of their size times the precision.
#[derive(Clone, Copy, Debug, Default)]
pub struct Largest {
    pub value: f64,
    pub first: f64,
    pub cross: f64,
}

thread_local! {
    static LARGEST: Cell<Largest> = const { Cell::new(Largest { value: 0.0, first: 0.0, cross: 0.0 }) };
}

/// The largest numbers since the last call; infinite where one was not a number.
pub fn take_largest() -> Largest {
    LARGEST.take()
}

/// A zero derivative stays zero through an infinite or undefined partial.
fn times(derivative: f64, partial: f64) -> f64 {
    if derivative == 0.0 { 0.0 } else { derivative * partial }
}

/// The first and second partial derivatives of a function of two reals.
#[derive(Clone, Copy, Debug, Default)]
pub struct Partials {
    pub a: f64,
    pub b: f64,
    pub aa: f64,
    pub ab: f64,
    pub bb: f64,
}

impl HyperDual {
    pub const fn constant(value: f64) -> Self {
        HyperDual { value, first: 0.0, second: 0.0, cross: 0.0 }
    }

    pub const fn variable(value: f64, first: f64, second: f64) -> Self {
        HyperDual { value, first, second, cross: 0.0 }
    }

    /// The number itself, of which a note is taken.
    fn noted(self) -> Self {
        let larger = |old: f64, new: f64| if new.is_nan() { f64::INFINITY } else { old.max(new.abs()) };
        let old = LARGEST.get();
        LARGEST.set(Largest {
            value: larger(old.value, self.value),
            first: larger(larger(old.first, self.first), self.second),
            cross: larger(old.cross, self.cross),
        });
        self
    }

    /// A function of one real with first derivative `d` and second derivative `dd` here.
    pub fn chain(self, value: f64, d: f64, dd: f64) -> Self {
        HyperDual {
            value,
            first: times(self.first, d),
            second: times(self.second, d),
            cross: times(self.cross, d) + times(self.first, times(self.second, dd)),
        }
        .noted()
    }

    /// A function of two reals.
    pub fn chain2(self, other: Self, value: f64, p: Partials) -> Self {
        let (a, b) = (self, other);
        HyperDual {
            value,
            first: times(a.first, p.a) + times(b.first, p.b),
            second: times(a.second, p.a) + times(b.second, p.b),
            cross: times(a.cross, p.a)
                + times(b.cross, p.b)
                + times(a.first, times(a.second, p.aa))
                + times(a.first, times(b.second, p.ab))
                + times(b.first, times(a.second, p.ab))
                + times(b.first, times(b.second, p.bb)),
        }
        .noted()
    }

    /// The mean of two numbers' derivatives with the value of the first: a tie.
    pub fn tie(self, other: Self) -> Self {
        let half = Partials { a: 0.5, b: 0.5, ..Partials::default() };
        self.chain2(other, self.value, half)
    }
}

/// Operators between all combinations of numbers, plain numbers and references.
macro_rules! operator {
    ($($trait:ident $method:ident $assign:ident $assign_method:ident |$a:ident, $b:ident| $body:expr;)*) => { $(
        impl std::ops::$trait for HyperDual {
            type Output = HyperDual;
            fn $method(self, other: HyperDual) -> HyperDual {
                let ($a, $b) = (self, other);
                let result: HyperDual = $body;
                result.noted()
            }
        }
        operator!(@pairs $trait $method: (HyperDual, &HyperDual) (&HyperDual, HyperDual) (&HyperDual, &HyperDual)
            (HyperDual, f64) (HyperDual, &f64) (&HyperDual, f64) (&HyperDual, &f64)
            (f64, HyperDual) (f64, &HyperDual) (&f64, HyperDual) (&f64, &HyperDual));
        operator!(@assign $trait $method $assign $assign_method: (HyperDual) (&HyperDual) (f64) (&f64));
    )* };
    (@pairs $trait:ident $method:ident: $(($left:ty, $right:ty))*) => { $(
        impl std::ops::$trait<$right> for $left {
            type Output = HyperDual;
            fn $method(self, other: $right) -> HyperDual {
                std::ops::$trait::$method(HyperDual::from(self), HyperDual::from(other))
            }
        }
    )* };
    (@assign $trait:ident $method:ident $assign:ident $assign_method:ident: $(($right:ty))*) => { $(
        impl std::ops::$assign<$right> for HyperDual {
            fn $assign_method(&mut self, other: $right) {
                *self = std::ops::$trait::$method(*self, HyperDual::from(other));
            }
        }
    )* };
}

operator! {
    Add add AddAssign add_assign |a, b| HyperDual {
        value: a.value + b.value,
        first: a.first + b.first,
        second: a.second + b.second,
        cross: a.cross + b.cross,
    };
    Sub sub SubAssign sub_assign |a, b| HyperDual {
        value: a.value - b.value,
        first: a.first - b.first,
        second: a.second - b.second,
        cross: a.cross - b.cross,
    };
    Mul mul MulAssign mul_assign |a, b| {
        a.chain2(b, a.value * b.value, Partials { a: b.value, b: a.value, ab: 1.0, ..Partials::default() })
    };
    Div div DivAssign div_assign |a, b| {
        let (q, r) = (a.value / b.value, 1.0 / b.value);
        a.chain2(b, q, Partials { a: r, b: -q * r, aa: 0.0, ab: -r * r, bb: 2.0 * q * r * r })
    };
    Rem rem RemAssign rem_assign |a, b| {
        let quotient = (a.value / b.value).trunc();
        a.chain2(b, a.value % b.value, Partials { a: 1.0, b: -quotient, ..Partials::default() })
    };
}

impl std::ops::Neg for HyperDual {
    type Output = HyperDual;
    fn neg(self) -> HyperDual {
        self.chain(-self.value, -1.0, 0.0)
    }
}

impl std::ops::Neg for &HyperDual {
    type Output = HyperDual;
    fn neg(self) -> HyperDual {
        -*self
    }
}

impl From<f64> for HyperDual {
    fn from(value: f64) -> Self {
        HyperDual::constant(value)
    }
}

impl From<&f64> for HyperDual {
    fn from(value: &f64) -> Self {
        HyperDual::constant(*value)
    }
}

impl From<&HyperDual> for HyperDual {
    fn from(value: &HyperDual) -> Self {
        *value
    }
}

macro_rules! from_integer {
    ($($t:ty)*) => { $(impl From<$t> for HyperDual {
        fn from(value: $t) -> Self {
            HyperDual::constant(f64::from(value))
        }
    })* };
}
from_integer!(u8 i8 u16 i16 u32 i32 f32);

impl PartialEq for HyperDual {
    fn eq(&self, other: &HyperDual) -> bool {
        self.value == other.value
    }
}

impl PartialOrd for HyperDual {
    fn partial_cmp(&self, other: &HyperDual) -> Option<std::cmp::Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl PartialEq<f64> for HyperDual {
    fn eq(&self, other: &f64) -> bool {
        self.value == *other
    }
}

impl PartialOrd<f64> for HyperDual {
    fn partial_cmp(&self, other: &f64) -> Option<std::cmp::Ordering> {
        self.value.partial_cmp(other)
    }
}

impl PartialEq<HyperDual> for f64 {
    fn eq(&self, other: &HyperDual) -> bool {
        *self == other.value
    }
}

impl PartialOrd<HyperDual> for f64 {
    fn partial_cmp(&self, other: &HyperDual) -> Option<std::cmp::Ordering> {
        self.partial_cmp(&other.value)
    }
}

impl std::fmt::Display for HyperDual {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.value.fmt(f)
    }
}

impl std::iter::Sum for HyperDual {
    fn sum<I: Iterator<Item = HyperDual>>(iter: I) -> HyperDual {
        iter.fold(HyperDual::constant(-0.0), |a, b| a + b)
    }
}

impl<'a> std::iter::Sum<&'a HyperDual> for HyperDual {
    fn sum<I: Iterator<Item = &'a HyperDual>>(iter: I) -> HyperDual {
        iter.copied().sum()
    }
}

impl std::iter::Product for HyperDual {
    fn product<I: Iterator<Item = HyperDual>>(iter: I) -> HyperDual {
        iter.fold(HyperDual::constant(1.0), |a, b| a * b)
    }
}

impl<'a> std::iter::Product<&'a HyperDual> for HyperDual {
    fn product<I: Iterator<Item = &'a HyperDual>>(iter: I) -> HyperDual {
        iter.copied().product()
    }
}

/// `e as f64` in the second copy of a program.
pub trait CastReal {
    fn cast_real(self) -> HyperDual;
}

/// The operand of `e as usize` and its like in the second copy of a program.
#[allow(dead_code, reason = "not every program that is copied has such a cast")]
pub trait Plain {
    type Out;
    fn plain(self) -> Self::Out;
}

macro_rules! casts {
    ($($t:ty)*) => { $(
        impl CastReal for $t {
            #[allow(clippy::cast_precision_loss, clippy::cast_lossless)]
            fn cast_real(self) -> HyperDual {
                HyperDual::constant(self as f64)
            }
        }
        impl Plain for $t {
            type Out = $t;
            fn plain(self) -> $t {
                self
            }
        }
    )* };
}
casts!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize f32 f64);

impl CastReal for HyperDual {
    fn cast_real(self) -> HyperDual {
        self
    }
}

impl Plain for HyperDual {
    type Out = f64;
    fn plain(self) -> f64 {
        self.value
    }
}

impl Plain for bool {
    type Out = bool;
    fn plain(self) -> bool {
        self
    }
}
