//! The products of the estimators that use every product twice.

use crate::probe::{Probe, fill};
use crate::qr::{Triangle, orthogonalize};
use crate::vector::{axpy, dot, is_finite, norm, scale};
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
    /// The probes drawn, each of which cost a product.
    drawn: usize,
    /// The numbers of those whose products are independent: Ω.
    numbers: Vec<usize>,
    /// The products with vectors that the first ones gave.
    second: usize,
    /// Whether A is nothing outside of the span of Q.
    complete: bool,
    /// R, with Q R = A Ω
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
        Self {
            n,
            probe,
            seed,
            drawn: 0,
            numbers: Vec::new(),
            second: 0,
            complete: false,
            triangle: Triangle::new(),
            basis: Vec::new(),
            images: Vec::new(),
            diagonal: Vec::new(),
        }
    }

    /// The products taken.
    #[must_use]
    pub fn products(&self) -> usize {
        self.drawn + self.second + self.diagonal.len()
    }

    /// The number of probes drawn, each of which cost at most two products.
    pub(crate) fn drawn(&self) -> usize {
        self.drawn
    }

    /// Whether nothing is left to chance.
    pub(crate) fn is_exact(&self) -> bool {
        self.complete || self.diagonal.len() == self.n
    }

    /// Takes the products of further probes, until there are `drawn` in all.
    ///
    /// A probe whose product depends on the others tells nothing and is left out. Where there is one, either the range of the
    /// matrix is found, or chance made the probes alike where the matrix looks at them, as few signs easily are: a normal
    /// vector across the range decides, since its product is zero in the first case only.
    pub(crate) fn widen(&mut self, op: &(impl LinearOperator + ?Sized), drawn: usize) -> Result<(), Error> {
        let first = self.drawn;
        let mut vectors = vec![0.0; self.n * drawn.saturating_sub(first)];
        for (k, vector) in (first..).zip(vectors.chunks_exact_mut(self.n)) {
            fill(self.probe, self.seed, k, vector);
        }
        let mut basis = finite_products(op, &vectors)?;
        drop(vectors);
        let mut triangle = self.triangle.clone();
        let kept = triangle.orthonormalize(self.n, &self.basis, &mut basis);
        triangle.retain(&kept);
        let mut basis: Vec<f64> = basis
            .chunks_exact(self.n)
            .zip(&kept)
            .filter(|(_, kept)| **kept)
            .flat_map(|(q, _)| q)
            .copied()
            .collect();
        let (length, decides) = (basis.len(), kept.contains(&false));
        if decides {
            basis.extend(self.across(&basis));
        }
        let mut images = finite_products(op, &basis)?;
        self.second += basis.len() / self.n;
        basis.truncate(length);
        // The probes are of this length, and so the columns of R are that of A times it.
        let outside = norm(&images.split_off(length)) * (self.n as f64).sqrt();
        self.complete |= decides && triangle.hides(outside);
        self.numbers.extend((first..).zip(&kept).filter(|(_, kept)| **kept).map(|(number, _)| number));
        self.drawn = drawn.max(first);
        self.triangle = triangle;
        self.basis.extend(basis);
        self.images.extend(images);
        Ok(())
    }

    /// A normal vector across the basis and more of it, of length one; zero where that is all of the space.
    fn across(&self, more: &[f64]) -> Vec<f64> {
        let mut vector = vec![0.0; self.n];
        fill(Probe::Gaussian, self.seed, usize::MAX - self.drawn, &mut vector);
        let before = norm(&vector);
        orthogonalize(&self.basis().chain(more.chunks_exact(self.n)), &mut vector);
        let length = norm(&vector);
        scale(if length > 1e-8 * before { length.recip() } else { 0.0 }, &mut vector);
        vector
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

    /// Vector `i` of Ω.
    pub(crate) fn probe(&self, i: usize) -> Vec<f64> {
        let mut vector = vec![0.0; self.n];
        fill(self.probe, self.seed, self.numbers[i], &mut vector);
        vector
    }

    /// The basis, vector by vector.
    pub(crate) fn basis(&self) -> impl Iterator<Item = &[f64]> + Clone {
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
