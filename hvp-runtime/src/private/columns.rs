//! Directions that one sweep takes together.

use std::marker::PhantomData;

use crate::{Real, Tangent};

/// The directions and products of one sweep, `T::LANES` of each.
#[derive(Debug)]
pub struct Columns<S, T> {
    /// The first column of a dense Hessian that is to come.
    start: usize,
    directions: Vec<T>,
    products: Vec<T>,
    real: PhantomData<S>,
}

impl<S: Real, T: Tangent<S>> Columns<S, T> {
    /// Directions of length `n`.
    #[must_use]
    pub fn new(n: usize) -> Columns<S, T> {
        let zeros = vec![T::ZERO; n];
        Columns { start: 0, directions: zeros.clone(), products: zeros, real: PhantomData }
    }

    /// The next unit directions and where their products go; fewer where the columns come to an end.
    pub fn next_units(&mut self) -> Option<(&[T], &mut [T])> {
        if self.start >= self.directions.len() {
            return None;
        }
        self.directions.fill(T::ZERO);
        set_units(&mut self.directions[self.start..]);
        Some((&self.directions, &mut self.products))
    }

    /// Writes the products into the dense matrix, row by row, and goes on to the columns after them.
    pub fn store(&mut self, matrix: &mut [S]) {
        let n = self.directions.len();
        let end = n.min(self.start + T::LANES);
        for (row, product) in matrix.chunks_exact_mut(n).zip(&self.products) {
            for (lane, entry) in row[self.start..end].iter_mut().enumerate() {
                *entry = product.hvp_lane(lane);
            }
        }
        self.start = end;
    }

    /// Takes directions that stand one after another, and returns them with where their products go.
    pub fn interleave(&mut self, v: &[S]) -> (&[T], &mut [T]) {
        let n = self.directions.len();
        for (i, direction) in self.directions.iter_mut().enumerate() {
            for lane in 0..T::LANES {
                direction.set_lane(lane, v[lane * n + i]);
            }
        }
        (&self.directions, &mut self.products)
    }

    /// Writes the products one after another.
    pub fn separate(&self, hv: &mut [S]) {
        let n = self.products.len();
        for (i, product) in self.products.iter().enumerate() {
            for lane in 0..T::LANES {
                hv[lane * n + i] = product.hvp_lane(lane);
            }
        }
    }
}

/// Makes `directions`, which are zero, the unit directions that begin with the first.
#[inline]
pub fn set_units<S: Real, T: Tangent<S>>(directions: &mut [T]) {
    for (lane, direction) in directions.iter_mut().take(T::LANES).enumerate() {
        direction.set_lane(lane, S::REAL_ONE);
    }
}

/// Directions of length `n` that stand one after another, each with the place for its product.
pub fn columns<'a>(
    n: usize,
    v: &'a [f64],
    hv: &'a mut [f64],
) -> impl Iterator<Item = (&'a [f64], &'a mut [f64])> {
    v.chunks_exact(n.max(1)).zip(hv.chunks_exact_mut(n.max(1)))
}
