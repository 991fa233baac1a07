//! The unit directions of a dense Hessian, several at once.

use crate::{Lanes, Real};

/// Directions and products of one sweep: the columns `start..start + K` of the Hessian.
#[derive(Debug)]
pub struct Columns<S, const K: usize> {
    start: usize,
    directions: Vec<Lanes<S, K>>,
    products: Vec<Lanes<S, K>>,
}

impl<S: Real, const K: usize> Columns<S, K> {
    /// Directions of length `n`.
    #[must_use]
    pub fn new(n: usize) -> Columns<S, K> {
        let zeros = vec![Lanes([S::REAL_ZERO; K]); n];
        Columns { start: 0, directions: zeros.clone(), products: zeros }
    }

    /// The next K unit directions and where their products go; fewer where the columns come to an end.
    #[expect(clippy::type_complexity, reason = "what goes in and what comes out")]
    pub fn next_units(&mut self) -> Option<(&[Lanes<S, K>], &mut [Lanes<S, K>])> {
        let n = self.directions.len();
        if self.start >= n {
            return None;
        }
        let zero = Lanes([S::REAL_ZERO; K]);
        self.directions.fill(zero);
        for (lane, direction) in self.directions[self.start..].iter_mut().take(K).enumerate() {
            direction.0[lane] = S::REAL_ONE;
        }
        Some((&self.directions, &mut self.products))
    }

    /// Writes the products into the dense matrix, row by row, and goes on to the columns after them.
    pub fn store(&mut self, matrix: &mut [S]) {
        let n = self.directions.len();
        let width = K.min(n - self.start);
        for (row, product) in matrix.chunks_exact_mut(n).zip(&self.products) {
            row[self.start..self.start + width].copy_from_slice(&product.0[..width]);
        }
        self.start += K;
    }

    /// Takes K directions that stand one after another, and returns them with where their products go.
    pub fn interleave(&mut self, v: &[S]) -> (&[Lanes<S, K>], &mut [Lanes<S, K>]) {
        let n = self.directions.len();
        for (i, direction) in self.directions.iter_mut().enumerate() {
            *direction = Lanes(std::array::from_fn(|lane| v[lane * n + i]));
        }
        (&self.directions, &mut self.products)
    }

    /// Writes the K products one after another.
    pub fn separate(&self, hv: &mut [S]) {
        let n = self.products.len();
        for (i, product) in self.products.iter().enumerate() {
            for (lane, value) in product.0.iter().enumerate() {
                hv[lane * n + i] = *value;
            }
        }
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
