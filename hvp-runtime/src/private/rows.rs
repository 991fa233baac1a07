//! Jacobians: a result with each real number replaced by its gradient.

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

impl<S: Real, G: Clone + AsMut<[S]>, const K: usize> Rows<G> for Lanes<S, K> {
    type Rows = G;
    #[inline]
    fn rows(&self, gradient: &G) -> G {
        gradient.clone()
    }
    #[inline]
    fn store(&self, rows: &mut G, start: usize) {
        let row = &mut rows.as_mut()[start..];
        match row.first_chunk_mut() {
            Some(whole) => *whole = self.0,
            None => row.iter_mut().zip(self.0).for_each(|(to, from)| *to = from),
        }
    }
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

/// Makes `directions`, which are zero, the unit directions that begin with the first.
#[inline]
pub fn set_units<S: Real, const K: usize>(directions: &mut [Lanes<S, K>]) {
    for (lane, direction) in directions.iter_mut().take(K).enumerate() {
        direction.0[lane] = S::REAL_ONE;
    }
}
