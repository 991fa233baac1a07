//! Jacobians: a result with each real number replaced by its gradient.

use std::ops::IndexMut;

use crate::Real;

/// A result whose real numbers have gradients of the type `G`.
pub trait Rows<G> {
    /// The result with gradients in place of its numbers.
    type Rows;
    /// All gradients equal to `gradient`.
    fn rows(&self, gradient: &G) -> Self::Rows;
    /// Takes `self`, the derivative along the unit direction `column`, as the column of all gradients.
    fn store(&self, rows: &mut Self::Rows, column: usize);
}

impl<S: Real, G: Clone + IndexMut<usize, Output = S>> Rows<G> for S {
    type Rows = G;
    fn rows(&self, gradient: &G) -> G {
        gradient.clone()
    }
    fn store(&self, rows: &mut G, column: usize) {
        rows[column] = *self;
    }
}

impl<G, X: Rows<G>, const N: usize> Rows<G> for [X; N] {
    type Rows = [X::Rows; N];
    fn rows(&self, gradient: &G) -> Self::Rows {
        self.each_ref().map(|inner| inner.rows(gradient))
    }
    fn store(&self, rows: &mut Self::Rows, column: usize) {
        for (inner, row) in self.iter().zip(rows) {
            inner.store(row, column);
        }
    }
}

impl<G, X: Rows<G>> Rows<G> for Vec<X> {
    type Rows = Vec<X::Rows>;
    fn rows(&self, gradient: &G) -> Self::Rows {
        self.iter().map(|inner| inner.rows(gradient)).collect()
    }
    fn store(&self, rows: &mut Self::Rows, column: usize) {
        for (inner, row) in self.iter().zip(rows) {
            inner.store(row, column);
        }
    }
}

macro_rules! tuples {
    ($(($($part:ident $index:tt),+))*) => { $(
        impl<G, $($part: Rows<G>),+> Rows<G> for ($($part,)+) {
            type Rows = ($($part::Rows,)+);
            fn rows(&self, gradient: &G) -> Self::Rows {
                ($(self.$index.rows(gradient),)+)
            }
            fn store(&self, rows: &mut Self::Rows, column: usize) {
                $(self.$index.store(&mut rows.$index, column);)+
            }
        }
    )* };
}

tuples! { (A 0) (A 0, B 1) (A 0, B 1, C 2) (A 0, B 1, C 2, D 3) (A 0, B 1, C 2, D 3, E 4) (A 0, B 1, C 2, D 3, E 4, F 5) }
