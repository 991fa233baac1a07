//! What every test uses: a second definition of each derivative, and the identities that a right derivative satisfies.

mod check;
mod elementary;
mod hyperdual;
mod linearized;

pub use check::{
    Derived, assert_close, assert_near, assert_same_bits, check, check_everywhere, check_exact, check_map,
    dot, point, points, rng,
};
pub use hvp_twin::{derived, twin, twin_of};
pub use hyperdual::{CastReal, HyperDual, Plain, take_largest};
pub use linearized::linearized;

/// All reals of a gradient of any shape, in order.
pub trait Flat {
    fn flat(&self) -> Vec<f64>;
}

impl Flat for f64 {
    fn flat(&self) -> Vec<f64> {
        vec![*self]
    }
}

impl Flat for f32 {
    fn flat(&self) -> Vec<f64> {
        vec![f64::from(*self)]
    }
}

impl<T: Flat> Flat for [T] {
    fn flat(&self) -> Vec<f64> {
        self.iter().flat_map(Flat::flat).collect()
    }
}

impl<T: Flat> Flat for Vec<T> {
    fn flat(&self) -> Vec<f64> {
        self.as_slice().flat()
    }
}

impl<T: Flat, const N: usize> Flat for [T; N] {
    fn flat(&self) -> Vec<f64> {
        self.as_slice().flat()
    }
}

macro_rules! flat_tuples {
    ($(($($t:ident $i:tt)+))*) => { $(impl<$($t: Flat),+> Flat for ($($t,)+) {
        fn flat(&self) -> Vec<f64> {
            [$(self.$i.flat()),+].concat()
        }
    })* };
}
flat_tuples! { (A 0) (A 0 B 1) (A 0 B 1 C 2) (A 0 B 1 C 2 D 3) (A 0 B 1 C 2 D 3 E 4) }

/// Passive data for the second copy of a program.
pub trait Lift {
    type Out;
    fn lift(&self) -> Self::Out;
}

impl Lift for f64 {
    type Out = HyperDual;
    fn lift(&self) -> HyperDual {
        HyperDual::constant(*self)
    }
}

impl<T: Lift> Lift for [T] {
    type Out = Vec<T::Out>;
    fn lift(&self) -> Vec<T::Out> {
        self.iter().map(Lift::lift).collect()
    }
}

impl<T: Lift> Lift for Vec<T> {
    type Out = Vec<T::Out>;
    fn lift(&self) -> Vec<T::Out> {
        self.as_slice().lift()
    }
}

impl<T: Lift, const N: usize> Lift for [T; N] {
    type Out = [T::Out; N];
    fn lift(&self) -> [T::Out; N] {
        std::array::from_fn(|i| self[i].lift())
    }
}

impl<A: Lift, B: Lift> Lift for (A, B) {
    type Out = (A::Out, B::Out);
    fn lift(&self) -> Self::Out {
        (self.0.lift(), self.1.lift())
    }
}

macro_rules! lift_plain {
    ($($t:ty)*) => { $(impl Lift for $t {
        type Out = $t;
        fn lift(&self) -> $t {
            *self
        }
    })* };
}
lift_plain!(usize i32 u32 bool);

/// The first `N` entries as an array.
pub fn array<T: Copy, const N: usize>(x: &[T]) -> [T; N] {
    std::array::from_fn(|i| x[i])
}

/// Rows of `M` entries each.
pub fn rows<T: Copy, const M: usize>(x: &[T]) -> Vec<[T; M]> {
    x.chunks_exact(M).map(array).collect()
}

/// `N` rows of `M` entries each.
pub fn matrix<T: Copy, const M: usize, const N: usize>(x: &[T]) -> [[T; M]; N] {
    std::array::from_fn(|i| array(&x[i * M..]))
}
