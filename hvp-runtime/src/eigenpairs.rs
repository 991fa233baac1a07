//! Extreme eigenvalues of symmetric operators.

use rand::Rng;

use crate::krylov::Krylov;
use crate::probe::{Probe, fill};
use crate::tridiagonal::Eigen;
use crate::{Error, LinearOperator};

/// Which eigenvalues come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Which {
    /// The largest in size, of either sign.
    LargestMagnitude,
    /// The largest.
    LargestAlgebraic,
    /// The smallest.
    SmallestAlgebraic,
}

/// The Lanczos method for eigenvalues at the ends of the spectrum.
///
/// The cost is one product and one vector in memory for each dimension of the Krylov space, whose vectors are all
/// kept orthogonal; few eigenvalues that stand apart are cheap, those inside a dense bulk are not. An eigenvalue of
/// multiplicity m shows m times only where the space exhausts itself; otherwise once.
///
/// C. Lanczos, J. Res. Natl. Bur. Stand. 45 (1950); B. N. Parlett, The Symmetric Eigenvalue Problem, §13.2 for the
/// bounds.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{Lanczos, Which};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let matrix = [[5726.0, -880.0], [-880.0, 200.0]];
/// let pairs = Lanczos::default()
///     .eigenpairs(&matrix, 2, Which::LargestMagnitude, &mut StdRng::seed_from_u64(1))
///     .unwrap();
/// assert!(pairs.converged);
/// assert!((pairs.values[0] - 5862.75).abs() < 0.01);
/// assert!((pairs.values[1] - 63.25).abs() < 0.01);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Lanczos {
    /// A pair counts as converged when its residual ‖A v − λ v‖ is at most this times |λ| (1e-8).
    pub tolerance: f64,
    /// The most products, and vectors in memory (1,000).
    pub products: usize,
}

impl Default for Lanczos {
    fn default() -> Self {
        Self { tolerance: 1e-8, products: 1000 }
    }
}

/// Eigenvalues with what is known of their errors.
#[derive(Debug, Clone, PartialEq)]
pub struct Eigenpairs {
    /// The eigenvalues, in the order of [`Which`].
    pub values: Vec<f64>,
    /// A unit eigenvector for each.
    pub vectors: Vec<Vec<f64>>,
    /// ‖A v − λ v‖ for each: some eigenvalue lies within this of λ.
    pub residuals: Vec<f64>,
    /// Whether every residual is within the tolerance.
    pub converged: bool,
    /// The products taken.
    pub products: usize,
}

impl Lanczos {
    /// The first `k` eigenpairs of a symmetric operator; all of them where it has fewer. One `u64` is drawn from
    /// `rng`.
    ///
    /// # Errors
    /// [`Error::NoDimension`], and [`Error::NotFinite`] where a product is not.
    ///
    /// # Panics
    /// If `k` is zero.
    pub fn eigenpairs(
        &self,
        op: &(impl LinearOperator + ?Sized),
        k: usize,
        which: Which,
        rng: &mut (impl Rng + ?Sized),
    ) -> Result<Eigenpairs, Error> {
        assert!(k > 0, "`k` is zero");
        let (n, seed) = (op.dim(), rng.next_u64());
        if n == 0 {
            return Err(Error::NoDimension);
        }
        let mut space = Krylov::new(random_vector(n, seed, 0));
        let (k, most) = (k.min(n), self.products.clamp(k.min(n), n));
        loop {
            space.widen(op)?;
            let size = space.dimension();
            let restarted =
                space.is_exhausted() && size < most && space.restart(random_vector(n, seed, size));
            let ends = size == most || (space.is_exhausted() && size >= k);
            if !ends && (restarted || size < k || !is_looked_at(size)) {
                continue;
            }
            let ritz = Ritz::new(&space, which)?;
            if ends || (0..k).all(|i| ritz.residual(i) <= self.tolerance * ritz.value(i).abs()) {
                return Ok(ritz.pairs(k, self.tolerance));
            }
        }
    }
}

/// Whether the eigenvalues of a space of this dimension are computed: of each at first, of fewer as that grows dear.
pub(crate) fn is_looked_at(dimension: usize) -> bool {
    dimension <= 60 || dimension.is_multiple_of(dimension / 20)
}

/// A normal vector, the same for the same seed and number.
pub(crate) fn random_vector(n: usize, seed: u64, number: usize) -> Vec<f64> {
    let mut vector = vec![0.0; n];
    fill(Probe::Gaussian, seed, number, &mut vector);
    vector
}

/// The eigenpairs of an operator in a Krylov space.
pub(crate) struct Ritz<'a> {
    space: &'a Krylov,
    eigen: Eigen,
    /// The order in which they are wanted.
    order: Vec<usize>,
}

impl<'a> Ritz<'a> {
    pub(crate) fn new(space: &'a Krylov, which: Which) -> Result<Self, Error> {
        let eigen = space.matrix().eigen().ok_or(Error::NotFinite)?;
        let mut order: Vec<usize> = (0..eigen.values.len()).collect();
        let value = |i: usize| eigen.values[i];
        match which {
            Which::LargestMagnitude => order.sort_by(|&i, &j| value(j).abs().total_cmp(&value(i).abs())),
            Which::LargestAlgebraic => order.reverse(),
            Which::SmallestAlgebraic => {}
        }
        Ok(Self { space, eigen, order })
    }

    /// The eigenvalue of a rank.
    pub(crate) fn value(&self, rank: usize) -> f64 {
        self.eigen.values[self.order[rank]]
    }

    /// ‖A v − θ v‖ = β |last entry of the eigenvector|
    pub(crate) fn residual(&self, rank: usize) -> f64 {
        let vector = &self.eigen.vectors[self.order[rank]];
        self.space.matrix().last_coupling() * vector[vector.len() - 1].abs()
    }

    fn pairs(&self, k: usize, tolerance: f64) -> Eigenpairs {
        let values: Vec<f64> = (0..k).map(|rank| self.value(rank)).collect();
        let residuals: Vec<f64> = (0..k).map(|rank| self.residual(rank)).collect();
        let converged =
            values.iter().zip(&residuals).all(|(value, residual)| *residual <= tolerance * value.abs());
        let vectors =
            self.order[..k].iter().map(|&i| self.space.combination(&self.eigen.vectors[i])).collect();
        Eigenpairs { values, vectors, residuals, converged, products: self.space.dimension() }
    }
}
