//! The products of the estimators that use every product twice.

use crate::probe::{Probe, fill};
use crate::qr::Triangle;
use crate::vector::{axpy, dot, is_finite};
use crate::{Error, LinearOperator, block};

/// The products that [`XTrace`](crate::XTrace) has taken: what it goes on from. With the feature `serde` they can be written
/// and read.
///
/// One vector of the operator's dimension for each product. [`XTrace::resume_trace`](crate::XTrace::resume_trace) shows its
/// use.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::XTrace;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let sketch = XTrace::default().start_trace(100, &mut StdRng::seed_from_u64(1));
/// assert_eq!(sketch.products(), 0);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Sketch {
    pub(crate) n: usize,
    pub(crate) probe: Probe,
    pub(crate) seed: u64,
    /// R, with Q R = A Ω for the probes Ω
    pub(crate) triangle: Triangle,
    /// Q
    pub(crate) basis: Vec<f64>,
    /// A Q
    pub(crate) images: Vec<f64>,
    /// Entries of the diagonal, from products along the axes.
    pub(crate) diagonal: Vec<f64>,
}

impl Sketch {
    pub(crate) fn new(n: usize, probe: Probe, seed: u64) -> Self {
        let (basis, images, diagonal) = (Vec::new(), Vec::new(), Vec::new());
        Self { n, probe, seed, triangle: Triangle::new(), basis, images, diagonal }
    }

    /// The products taken.
    #[must_use]
    pub fn products(&self) -> usize {
        2 * self.probes() + self.diagonal.len()
    }

    /// The number of probes, each of which cost two products.
    pub(crate) fn probes(&self) -> usize {
        self.triangle.len()
    }

    /// Whether nothing is left to chance.
    pub(crate) fn is_exact(&self) -> bool {
        !self.triangle.independent || self.diagonal.len() == self.n
    }

    /// Takes the products of further probes, until there are `probes` in all.
    pub(crate) fn widen(&mut self, op: &(impl LinearOperator + ?Sized), probes: usize) -> Result<(), Error> {
        let first = self.probes();
        let mut vectors = vec![0.0; self.n * probes.saturating_sub(first)];
        for (k, vector) in (first..).zip(vectors.chunks_exact_mut(self.n)) {
            fill(self.probe, self.seed, k, vector);
        }
        let mut basis = finite_products(op, &vectors)?;
        drop(vectors);
        let mut triangle = self.triangle.clone();
        triangle.orthonormalize(self.n, &self.basis, &mut basis);
        let images = finite_products(op, &basis)?;
        self.triangle = triangle;
        self.basis.extend(basis);
        self.images.extend(images);
        Ok(())
    }

    /// Takes one more block of products along the axes.
    pub(crate) fn advance_along_axes(&mut self, op: &(impl LinearOperator + ?Sized)) -> Result<(), Error> {
        let (n, first) = (self.n, self.diagonal.len());
        let count = block::width(op, n).min(n - first);
        let mut axes = vec![0.0; n * count];
        let places: Vec<usize> = (0..count).map(|k| k * n + first + k).collect();
        places.iter().for_each(|&place| axes[place] = 1.0);
        let columns = finite_products(op, &axes)?;
        self.diagonal.extend(places.iter().map(|&place| columns[place]));
        Ok(())
    }

    /// Probe number `k`.
    pub(crate) fn probe(&self, k: usize) -> Vec<f64> {
        let mut vector = vec![0.0; self.n];
        fill(self.probe, self.seed, k, &mut vector);
        vector
    }

    /// The basis, vector by vector.
    pub(crate) fn basis(&self) -> impl Iterator<Item = &[f64]> {
        self.basis.chunks_exact(self.n)
    }

    /// Its products, vector by vector.
    pub(crate) fn images(&self) -> impl Iterator<Item = &[f64]> {
        self.images.chunks_exact(self.n)
    }

    /// Qᵀ v
    pub(crate) fn coordinates(&self, v: &[f64]) -> Vec<f64> {
        self.basis().map(|q| dot(q, v)).collect()
    }
}

/// Σ sⱼ times vector j of `columns`, which have length `n`.
pub(crate) fn combine(n: usize, columns: &[f64], s: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; n];
    for (column, s) in columns.chunks_exact(n).zip(s) {
        axpy(*s, column, &mut sum);
    }
    sum
}

/// Products of a block of vectors, unless one is not finite.
pub(crate) fn finite_products(
    op: &(impl LinearOperator + ?Sized),
    vectors: &[f64],
) -> Result<Vec<f64>, Error> {
    let mut products = vec![0.0; vectors.len()];
    op.apply_block(vectors, &mut products);
    if is_finite(&products) { Ok(products) } else { Err(Error::NotFinite) }
}
