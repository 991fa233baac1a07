//! Operations on slices, arrays and `Vec`s of real numbers or tangents, nested to any depth.

use super::activity::{Nothing, Zero};
use super::octet::Octet;
use super::strips::Sums;
use crate::{Lanes, Real, Tangent};

/// Memory of the same shape that holds `T`s.
pub trait Like<T> {
    /// Its type.
    type Like;
    /// All zeros.
    fn zeros_like(&self) -> Self::Like;
}

impl<S: Real, T: Tangent<S>> Like<T> for S {
    type Like = T;
    #[inline]
    fn zeros_like(&self) -> T {
        T::ZERO
    }
}

impl<T, X: Like<T>> Like<T> for [X] {
    type Like = Vec<X::Like>;
    #[inline]
    fn zeros_like(&self) -> Vec<X::Like> {
        self.iter().map(X::zeros_like).collect()
    }
}

impl<T, X: Like<T>> Like<T> for Vec<X> {
    type Like = Vec<X::Like>;
    #[inline]
    fn zeros_like(&self) -> Vec<X::Like> {
        self.as_slice().zeros_like()
    }
}

impl<T, X: Like<T>, const N: usize> Like<T> for [X; N] {
    type Like = [X::Like; N];
    #[inline]
    fn zeros_like(&self) -> [X::Like; N] {
        self.each_ref().map(X::zeros_like)
    }
}

/// Zeros of `T` in the shape of `memory`.
#[inline]
pub fn zeros_like<T, M: Like<T> + ?Sized>(memory: &M) -> M::Like {
    memory.zeros_like()
}

/// Memory whose shape can be kept without what is in it.
pub trait Outlined {
    /// The same memory with `()` for each scalar: of fixed lengths nothing is left, of a `Vec` its length.
    type Outline;
    /// The shape.
    fn outline(&self) -> Self::Outline;
}

impl<S: Real> Outlined for S {
    type Outline = ();
    #[inline]
    fn outline(&self) {}
}

impl<X: Outlined> Outlined for [X] {
    type Outline = Vec<X::Outline>;
    #[inline]
    fn outline(&self) -> Vec<X::Outline> {
        self.iter().map(X::outline).collect()
    }
}

impl<X: Outlined> Outlined for Vec<X> {
    type Outline = Vec<X::Outline>;
    #[inline]
    fn outline(&self) -> Vec<X::Outline> {
        self.as_slice().outline()
    }
}

impl<X: Outlined, const N: usize> Outlined for [X; N] {
    type Outline = [X::Outline; N];
    #[inline]
    fn outline(&self) -> [X::Outline; N] {
        self.each_ref().map(X::outline)
    }
}

impl<T: Zero> Like<T> for () {
    type Like = T;
    #[inline]
    fn zeros_like(&self) -> T {
        T::HVP_ZERO
    }
}

/// The shape of `memory`, from which [`zeros_like`] makes zeros.
#[inline]
pub fn outline<M: Outlined + ?Sized>(memory: &M) -> M::Outline {
    memory.outline()
}

/// Makes room on `tape` for a record of each item of `range`.
#[inline]
pub fn with_room<I: Iterator, R>(range: I, tape: &mut Vec<R>) -> I {
    tape.reserve(range.size_hint().0);
    range
}

/// Memory whose scalars are `T`s.
pub trait Memory<T> {
    /// The sum of `start` and all scalars, in order.
    fn hvp_sum(&self, start: T) -> T;
    /// Every scalar becomes `value`.
    fn hvp_fill(&mut self, value: T);
}

/// Memory to which memory of the same shape can be added.
pub trait AddFrom<Source: ?Sized> {
    /// `self[i] += source[i]` for all `i`.
    fn hvp_add(&mut self, source: &Source);
}

/// What real numbers and tangents have in common.
pub trait Element: Copy + AddFrom<Self> + Memory<Self> + Nothing + Sums + Zero {}

macro_rules! element {
    ([$($generics:tt)*] $scalar:ty) => {
        impl<$($generics)*> Element for $scalar {}

        impl<$($generics)*> Sums for $scalar {
            type Places<const W: usize> = [$scalar; W];
            const HVP_NONE: $scalar = <$scalar as Zero>::HVP_ZERO;
            #[inline]
            fn hvp_nowhere<const W: usize>() -> [$scalar; W] {
                [Self::HVP_NONE; W]
            }
            #[inline]
            fn hvp_add<const W: usize>(places: &mut [$scalar; W], place: usize, other: $scalar) {
                places[place] += other;
            }
            #[inline]
            fn hvp_folded<const W: usize>(places: [$scalar; W]) -> $scalar {
                places.into_iter().fold(Self::HVP_NONE, Self::hvp_plus)
            }
            #[inline]
            fn hvp_plus(self, other: $scalar) -> $scalar {
                self + other
            }
        }

        impl<$($generics)*> Memory<$scalar> for $scalar {
            #[inline]
            fn hvp_sum(&self, start: $scalar) -> $scalar {
                start + *self
            }
            #[inline]
            fn hvp_fill(&mut self, value: $scalar) {
                *self = value;
            }
        }

        impl<$($generics)*> AddFrom<$scalar> for $scalar {
            #[inline]
            fn hvp_add(&mut self, source: &$scalar) {
                *self += *source;
            }
        }
    };
}

element!([] f64);
element!([] f32);
element!([S: Real, const K: usize] Lanes<S, K>);
element!([] Octet);

macro_rules! nested {
    ($([$($generics:tt)*] $memory:ty, from $source:ty;)*) => { $(
        impl<T: Copy, X: Memory<T>, $($generics)*> Memory<T> for $memory {
            #[inline]
            fn hvp_sum(&self, start: T) -> T {
                self.iter().fold(start, |sum, inner| inner.hvp_sum(sum))
            }
            #[inline]
            fn hvp_fill(&mut self, value: T) {
                for inner in self.iter_mut() {
                    inner.hvp_fill(value);
                }
            }
        }

        impl<Y, X: AddFrom<Y>, $($generics)*> AddFrom<$source> for $memory {
            #[inline]
            fn hvp_add(&mut self, source: &$source) {
                assert_eq!(self.len(), source.len(), "two arrays that are added have different lengths");
                for (to, from) in self.iter_mut().zip(source) {
                    to.hvp_add(from);
                }
            }
        }
    )* };
}

nested! {
    [] [X], from [Y];
    [] Vec<X>, from Vec<Y>;
    [const N: usize] [X; N], from [Y; N];
}

/// The sum of all scalars in `memory`.
#[inline]
pub fn sum<S, T: Tangent<S>, X: Memory<T>>(memory: &[X]) -> T {
    memory.hvp_sum(T::ZERO)
}

/// Every scalar in `memory` becomes `value`.
#[inline]
pub fn fill<T: Copy, X: Memory<T>>(memory: &mut [X], value: T) {
    memory.hvp_fill(value);
}

/// `target[i] += source[i]` for all `i`, through all dimensions.
#[inline]
pub fn add_slice<X: AddFrom<Y>, Y>(target: &mut [X], source: &[Y]) {
    target.hvp_add(source);
}

/// Takes the end of `tape` off and puts it into `memory`.
///
/// # Panics
/// If the tape is shorter, which generated code rules out.
#[inline]
pub fn restore<T: Copy>(memory: &mut [T], tape: &mut Vec<T>) {
    let start = tape.len() - memory.len();
    memory.copy_from_slice(&tape[start..]);
    tape.truncate(start);
}

/// Asserts that a slice that is given has the length that it must have.
///
/// # Panics
/// If not, with `message`.
#[expect(clippy::inline_always, reason = "the optimiser must see that the lengths are equal")]
#[inline(always)]
#[track_caller]
pub fn same_length(given: usize, wanted: usize, message: &str) {
    assert_eq!(given, wanted, "{message}");
}

/// Asserts that `given` has the shape of `model`, inner dimensions included.
///
/// # Panics
/// If not, with `message`.
#[inline]
#[track_caller]
pub fn same_shape<X: Shape, Y: Shape>(given: &[X], model: &[Y], message: &str) {
    assert_eq!(given.len(), model.len(), "{message}");
    for (given, model) in given.iter().zip(model) {
        assert_eq!(given.inner_len(), model.inner_len(), "{message}");
    }
}

/// An element of an array of arrays.
pub trait Shape {
    /// Its length.
    fn inner_len(&self) -> usize;
}

impl<X> Shape for Vec<X> {
    #[inline]
    fn inner_len(&self) -> usize {
        self.len()
    }
}

/// What holds numbers one after another, and does nothing else with them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not known to be a slice of numbers, and a differentiated number may be put into it",
    label = "is neither an array nor a `Vec`",
    note = "keep the numbers in a `Vec` or an array"
)]
pub trait Numbers<S> {
    /// The numbers.
    fn numbers(&self) -> &[S];
}

impl<S> Numbers<S> for [S] {
    fn numbers(&self) -> &[S] {
        self
    }
}

impl<S> Numbers<S> for Vec<S> {
    fn numbers(&self) -> &[S] {
        self
    }
}

impl<S, const N: usize> Numbers<S> for [S; N] {
    fn numbers(&self) -> &[S] {
        self
    }
}

impl<S, A: Numbers<S> + ?Sized> Numbers<S> for &A {
    fn numbers(&self) -> &[S] {
        A::numbers(self)
    }
}

impl<S, T: Numbers<S> + ?Sized> Numbers<S> for Box<T> {
    fn numbers(&self) -> &[S] {
        T::numbers(self)
    }
}

/// `items`, which must be an iterator.
#[inline]
pub fn iterator<I: Iterator>(items: I) -> I {
    items
}

/// `data` as the slice that it must be.
pub fn numbers<S, A: Numbers<S> + ?Sized>(data: &A) -> &[S] {
    data.numbers()
}
