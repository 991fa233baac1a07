//! Extreme eigenvalues of symmetric operators.

use std::ops::ControlFlow;

use rand::Rng;

use crate::krylov::KrylovSpace;
use crate::tridiagonal::Eigen;
use crate::{Error, LinearOperator};

/// Which eigenvalues come first.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{Lanczos, Which};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let matrix = [[-7.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 5.0]];
/// let first = |which| {
///     let mut rng = StdRng::seed_from_u64(1);
///     Lanczos::default().eigenpairs(&matrix, 1, which, &mut rng).unwrap().values[0].round()
/// };
/// assert_eq!(first(Which::LargestMagnitude), -7.0);
/// assert_eq!(first(Which::LargestAlgebraic), 5.0);
/// assert_eq!(first(Which::SmallestAlgebraic), -7.0);
/// ```
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
/// kept orthogonal; few eigenvalues that stand apart are cheap, those inside a dense bulk are not.
///
/// An eigenvalue of multiplicity m shows once from each random vector. Where that is exhausted before the pairs are found, as
/// in matrices of low rank, the run goes on from another one, of up to as many as pairs are wanted, and the eigenvalue shows m
/// times; otherwise once.
///
/// Where the space reaches [`max_vectors`](Self::max_vectors) it keeps what is best in half of them and goes on (thick
/// restart), so that memory is bounded and products are not.
///
/// C. Lanczos, J. Res. Natl. Bur. Stand. 45 (1950); B. N. Parlett, The Symmetric Eigenvalue Problem, §13.2 for the
/// bounds; K. Wu, H. Simon, Thick-restart Lanczos method for large symmetric eigenvalue problems, SIAM J. Matrix Anal. Appl.
/// 22 (2000).
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
    /// A pair counts as converged when its residual ‖A v − λ v‖ is at most this times |λ| (1e-8), or as small as rounding makes
    /// it beside the largest eigenvalue: so an eigenvalue of zero is found, too.
    pub tolerance: f64,
    /// The most products (1,000); at least one is taken for each pair that is asked for.
    pub max_products: usize,
    /// The most vectors in memory (1,000); twice as many as pairs, and eight, are the least that is kept to.
    pub max_vectors: usize,
}

impl Default for Lanczos {
    fn default() -> Self {
        Self { tolerance: 1e-8, max_products: 1000, max_vectors: 1000 }
    }
}

/// Eigenvalues with what is known of their errors.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{Lanczos, LinearOperator, Which};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let matrix = [[2.0, 1.0], [1.0, 3.0]];
/// let mut rng = StdRng::seed_from_u64(1);
/// let pairs = Lanczos::default().eigenpairs(&matrix, 1, Which::LargestAlgebraic, &mut rng).unwrap();
/// let (value, vector, mut product) = (pairs.values[0], &pairs.vectors[0], [0.0; 2]);
/// matrix.apply(vector, &mut product);
/// assert!(product.iter().zip(vector).all(|(av, v)| (av - value * v).abs() < 1e-12));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Eigenpairs {
    /// The eigenvalues, in the order of [`Which`].
    pub values: Vec<f64>,
    /// A unit eigenvector for each.
    pub vectors: Vec<Vec<f64>>,
    /// ‖A v − λ v‖ for each: some eigenvalue lies within this of λ.
    pub residuals: Vec<f64>,
    /// Whether every residual is within the tolerance, and no further start is needed.
    pub converged: bool,
    /// The products taken.
    pub products: usize,
}

/// What a run has found of the wanted eigenvalues so far.
///
/// [`Lanczos::eigenpairs_with`] shows its use.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RitzValues {
    /// The approximate eigenvalues, in the order of [`Which`].
    pub values: Vec<f64>,
    /// ‖A v − λ v‖ for each: some eigenvalue lies within this of λ.
    pub residuals: Vec<f64>,
    /// The products taken.
    pub products: usize,
}

impl Lanczos {
    /// The first `k` eigenpairs of a symmetric operator; all of them where it has fewer. At most
    /// [`max_products`](Self::max_products) products, or `k` if that is more. One `u64` is drawn from `rng`.
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
        self.eigenpairs_with(op, k, which, rng, |_| ControlFlow::Continue(()))
    }

    /// The first `k` eigenpairs, showing them each time they are looked at and are not yet good enough; the callback
    /// may break off, and then [`Eigenpairs::converged`] is false. They are looked at after each product from the
    /// `k`-th on, and less often in spaces of more than sixty dimensions.
    ///
    /// # Errors
    /// As [`eigenpairs`](Self::eigenpairs).
    ///
    /// # Panics
    /// As [`eigenpairs`](Self::eigenpairs).
    ///
    /// ```
    /// # extern crate hvp_runtime as hvp;
    /// use std::ops::ControlFlow::{Break, Continue};
    ///
    /// use hvp::{FnOperator, Lanczos, Which};
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// // 1, 2, …, 500
    /// let op = FnOperator::new(500, |v: &[f64], out: &mut [f64]| {
    ///     out.iter_mut().zip(v).zip(1..).for_each(|((out, v), k)| *out = f64::from(k) * v);
    /// });
    /// let mut rng = StdRng::seed_from_u64(1);
    /// let pairs = Lanczos::default().eigenpairs_with(&op, 1, Which::LargestAlgebraic, &mut rng, |found| {
    ///     if found.residuals[0] > 10.0 { Continue(()) } else { Break(()) }
    /// });
    /// let pairs = pairs.unwrap();
    /// assert!(!pairs.converged);
    /// assert!((pairs.values[0] - 500.0).abs() < 10.0);
    /// ```
    pub fn eigenpairs_with(
        &self,
        op: &(impl LinearOperator + ?Sized),
        k: usize,
        which: Which,
        rng: &mut (impl Rng + ?Sized),
        callback: impl FnMut(&RitzValues) -> ControlFlow<()>,
    ) -> Result<Eigenpairs, Error> {
        self.resume_eigenpairs(op, &mut self.start(op.dim(), rng), k, which, callback)
    }

    /// The space of a run in dimension `n` that has taken no products yet. One `u64` is drawn from `rng`.
    pub fn start(&self, n: usize, rng: &mut (impl Rng + ?Sized)) -> KrylovSpace {
        KrylovSpace::new(n, rng.next_u64())
    }

    /// The first `k` eigenpairs, from the products that `space` holds on: with the same bits as if the run had not
    /// stopped there. `space` holds all products afterwards, also where the callback breaks off, so that it serves a
    /// lesser tolerance, a larger `k`, the other end of the spectrum or the [`condition`](Self::resume_condition), too.
    ///
    /// # Errors
    /// As [`eigenpairs`](Self::eigenpairs).
    ///
    /// # Panics
    /// If `k` is zero, or `space` has another dimension than the operator.
    ///
    /// ```
    /// # extern crate hvp_runtime as hvp;
    /// use std::ops::ControlFlow::{Break, Continue};
    ///
    /// use hvp::{Lanczos, Which};
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// let matrix = [[2.0, 1.0, 0.0], [1.0, 3.0, 0.5], [0.0, 0.5, 4.0]];
    /// let (method, largest) = (Lanczos::default(), Which::LargestMagnitude);
    /// let mut space = method.start(3, &mut StdRng::seed_from_u64(1));
    /// let first = method.resume_eigenpairs(&matrix, &mut space, 1, largest, |_| Break(())).unwrap();
    /// assert!(!first.converged && space.products() == 1);
    /// // With the feature `serde`, `space` can be written to a file here, and read tomorrow.
    /// let pairs = method.resume_eigenpairs(&matrix, &mut space, 1, largest, |_| Continue(())).unwrap();
    /// assert_eq!(Ok(pairs), method.eigenpairs(&matrix, 1, largest, &mut StdRng::seed_from_u64(1)));
    /// ```
    pub fn resume_eigenpairs(
        &self,
        op: &(impl LinearOperator + ?Sized),
        space: &mut KrylovSpace,
        k: usize,
        which: Which,
        mut callback: impl FnMut(&RitzValues) -> ControlFlow<()>,
    ) -> Result<Eigenpairs, Error> {
        assert!(k > 0, "`k` is zero");
        let n = space.expect_fit(op)?;
        let k = k.min(n);
        let (most, width) = (self.max_products.max(k), self.width(k));
        let before = space.products();
        loop {
            let (products, size) = (space.products(), space.krylov().dimension());
            if products < most {
                space.reopen(k);
            }
            let ends = products >= most || space.krylov().is_exhausted();
            if ends || (size >= k && is_looked_at(size) && !space.krylov().is_restarted()) {
                let ritz = Ritz::new(space, which)?;
                let found = ritz.values(k);
                let converged =
                    found.values.len() == k && ritz.are_within(&found, self.tolerance) && space.shows(k);
                if ends || converged || (products > before && callback(&found).is_break()) {
                    return Ok(ritz.pairs(found, converged));
                }
            }
            if size >= width {
                let Ritz { eigen, order, .. } = Ritz::new(space, which)?;
                space.compress(&eigen, &order[..usize::midpoint(k, width)])?;
            }
            space.widen(op)?;
        }
    }

    /// The dimension at which a space that is searched for `k` pairs is restarted.
    pub(crate) fn width(&self, k: usize) -> usize {
        self.max_vectors.max(2 * k).max(8)
    }
}

/// Whether the eigenvalues of a space of this dimension are computed: of each at first, of fewer as that grows dear.
pub(crate) fn is_looked_at(dimension: usize) -> bool {
    dimension <= 60 || dimension.is_multiple_of(dimension / 20)
}

/// The eigenpairs of an operator in a Krylov space.
pub(crate) struct Ritz<'a> {
    space: &'a KrylovSpace,
    pub(crate) eigen: Eigen,
    /// The order in which they are wanted.
    order: Vec<usize>,
}

impl<'a> Ritz<'a> {
    pub(crate) fn new(space: &'a KrylovSpace, which: Which) -> Result<Self, Error> {
        let eigen = space.krylov().matrix().eigen().ok_or(Error::NotFinite)?;
        let mut order: Vec<usize> = (0..eigen.values.len()).collect();
        let value = |i: usize| eigen.values[i];
        match which {
            Which::LargestMagnitude => order.sort_by(|&i, &j| value(j).abs().total_cmp(&value(i).abs())),
            Which::LargestAlgebraic => order.reverse(),
            Which::SmallestAlgebraic => {}
        }
        Ok(Self { space, eigen, order })
    }

    /// The products taken.
    pub(crate) fn products(&self) -> usize {
        self.space.products()
    }

    /// The rank of the eigenvalue that is wanted least.
    pub(crate) fn last_rank(&self) -> usize {
        self.order.len() - 1
    }

    /// The eigenvalue of a rank.
    pub(crate) fn value(&self, rank: usize) -> f64 {
        self.eigen.values[self.order[rank]]
    }

    /// ‖A v − θ v‖ = β |last entry of the eigenvector|
    pub(crate) fn residual(&self, rank: usize) -> f64 {
        let vector = &self.eigen.vectors[self.order[rank]];
        self.space.krylov().matrix().last_coupling() * vector[vector.len() - 1].abs()
    }

    /// The first `k` values with their residuals; fewer where the space has fewer.
    fn values(&self, k: usize) -> RitzValues {
        let ranks = 0..k.min(self.order.len());
        RitzValues {
            values: ranks.clone().map(|rank| self.value(rank)).collect(),
            residuals: ranks.map(|rank| self.residual(rank)).collect(),
            products: self.products(),
        }
    }

    /// Whether every residual is within the tolerance, or within rounding.
    fn are_within(&self, found: &RitzValues, tolerance: f64) -> bool {
        let rounding = f64::EPSILON * self.space.krylov().matrix().size();
        let mut pairs = found.values.iter().zip(&found.residuals);
        pairs.all(|(value, residual)| *residual <= rounding.max(tolerance * value.abs()))
    }

    /// The values with their vectors.
    fn pairs(&self, found: RitzValues, converged: bool) -> Eigenpairs {
        let RitzValues { values, residuals, products } = found;
        let wanted = &self.order[..values.len()];
        let vectors =
            wanted.iter().map(|&i| self.space.krylov().combination(&self.eigen.vectors[i])).collect();
        Eigenpairs { values, vectors, residuals, converged, products }
    }
}
