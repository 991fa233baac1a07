//! Jacobians: a result with each real number replaced by its gradient.

use super::octet::Octet;
use crate::{Lanes, Real};

/// A result's derivatives along several directions; the real numbers of the result have gradients of the type `G`.
pub trait Rows<G> {
    /// The result with gradients in place of its numbers.
    type Rows;
    /// All gradients equal to `gradient`.
    fn rows(&self, gradient: &G) -> Self::Rows;
    /// Takes `self`, the derivatives along the unit directions from `start` on, as columns of all gradients. Directions behind
    /// the last column are left out.
    fn store(&self, rows: &mut Self::Rows, start: usize);
}

macro_rules! lanes {
    ($([$($generics:tt)*] $lanes:ty, of $real:ty, $this:ident => $array:expr;)*) => { $(
        impl<G: Clone + AsMut<[$real]>, $($generics)*> Rows<G> for $lanes {
            type Rows = G;
            #[inline]
            fn rows(&self, gradient: &G) -> G {
                gradient.clone()
            }
            #[inline]
            fn store(&self, rows: &mut G, start: usize) {
                let ($this, row) = (self, &mut rows.as_mut()[start..]);
                match row.first_chunk_mut() {
                    Some(whole) => *whole = $array,
                    None => row.iter_mut().zip($array).for_each(|(to, from)| *to = from),
                }
            }
        }
    )* };
}

lanes! {
    [S: Real, const K: usize] Lanes<S, K>, of S, lanes => lanes.0;
    [] Octet, of f64, octet => octet.to_array();
}

/// What is no real number has no gradient.
impl<G> Rows<G> for () {
    type Rows = ();
    #[inline]
    fn rows(&self, _: &G) {}
    #[inline]
    fn store(&self, (): &mut (), _: usize) {}
}

impl<G, X: Rows<G>, const N: usize> Rows<G> for [X; N] {
    type Rows = [X::Rows; N];
    #[inline]
    fn rows(&self, gradient: &G) -> Self::Rows {
        self.each_ref().map(|inner| inner.rows(gradient))
    }
    #[inline]
    fn store(&self, rows: &mut Self::Rows, start: usize) {
        for (inner, row) in self.iter().zip(rows) {
            inner.store(row, start);
        }
    }
}

impl<G, X: Rows<G>> Rows<G> for Vec<X> {
    type Rows = Vec<X::Rows>;
    #[inline]
    fn rows(&self, gradient: &G) -> Self::Rows {
        self.iter().map(|inner| inner.rows(gradient)).collect()
    }
    #[inline]
    fn store(&self, rows: &mut Self::Rows, start: usize) {
        for (inner, row) in self.iter().zip(rows) {
            inner.store(row, start);
        }
    }
}

macro_rules! tuples {
    ($(($($part:ident $index:tt),+))*) => { $(
        impl<G, $($part: Rows<G>),+> Rows<G> for ($($part,)+) {
            type Rows = ($($part::Rows,)+);
            #[inline]
    fn rows(&self, gradient: &G) -> Self::Rows {
                ($(self.$index.rows(gradient),)+)
            }
            #[inline]
    fn store(&self, rows: &mut Self::Rows, start: usize) {
                $(self.$index.store(&mut rows.$index, start);)+
            }
        }
    )* };
}

tuples! { (A 0) (A 0, B 1) (A 0, B 1, C 2) (A 0, B 1, C 2, D 3) (A 0, B 1, C 2, D 3, E 4) (A 0, B 1, C 2, D 3, E 4, F 5) }
