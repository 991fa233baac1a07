//! The Lanczos process.

use crate::probe::{Probe, fill};
use crate::tridiagonal::{Eigen, Tridiagonal};
use crate::vector::{axpy, dot, is_finite, norm, scale};
use crate::{Error, FnOperator, LinearOperator};

/// What counts as zero beside the entries of the tridiagonal matrix.
const BREAKDOWN: f64 = 1e-13;

/// An orthonormal basis of a Krylov space of a symmetric operator, and the operator in it: A Q = Q T + β q eᵀ.
///
/// C. Lanczos, An iteration method for the solution of the eigenvalue problem, J. Res. Natl. Bur. Stand. 45 (1950).
/// Each new vector is orthogonalised twice against all before it, so that rounding shows in no eigenvalue.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Krylov {
    /// One column more than the matrix has rows, unless the space is exhausted.
    basis: Vec<Vec<f64>>,
    matrix: Tridiagonal,
}

impl Krylov {
    /// The space that begins with a vector, which must not be zero.
    pub(crate) fn new(mut first: Vec<f64>) -> Self {
        scale(norm(&first).recip(), &mut first);
        Self { basis: vec![first], matrix: Tridiagonal::default() }
    }

    /// The number of products so far.
    pub(crate) fn dimension(&self) -> usize {
        self.matrix.len()
    }

    /// The operator in the basis.
    pub(crate) fn matrix(&self) -> &Tridiagonal {
        &self.matrix
    }

    /// Whether products lead nowhere new.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.basis.len() == self.matrix.len()
    }

    /// Whether the last vector came from [`restart`](Self::restart), and has not been multiplied.
    pub(crate) fn is_restarted(&self) -> bool {
        !self.is_exhausted() && self.dimension() > 0 && self.matrix.last_coupling() == 0.0
    }

    /// The vector whose product comes next.
    pub(crate) fn last(&self) -> &[f64] {
        &self.basis[self.basis.len() - 1]
    }

    /// Takes one more product.
    pub(crate) fn widen(&mut self, op: &(impl LinearOperator + ?Sized)) -> Result<(), Error> {
        let mut product = vec![0.0; self.last().len()];
        op.apply(self.last(), &mut product);
        self.take(product)
    }

    /// Takes the product with [`last`](Self::last).
    pub(crate) fn take(&mut self, mut next: Vec<f64>) -> Result<(), Error> {
        if !is_finite(&next) {
            return Err(Error::NotFinite);
        }
        let diagonal = dot(self.last(), &next);
        self.orthogonalize(&mut next);
        let coupling = norm(&next);
        let open =
            coupling > BREAKDOWN * self.matrix.size().max(diagonal.abs()) && self.basis.len() < next.len();
        self.matrix.push(diagonal, if open { coupling } else { 0.0 });
        if open {
            scale(coupling.recip(), &mut next);
            self.basis.push(next);
        }
        Ok(())
    }

    /// Goes on from another vector where the space is exhausted; false if that one lies in the space.
    pub(crate) fn restart(&mut self, mut fresh: Vec<f64>) -> bool {
        let before = norm(&fresh);
        self.orthogonalize(&mut fresh);
        let after = norm(&fresh);
        if self.basis.len() >= fresh.len() || after <= 1e-8 * before {
            return false;
        }
        scale(after.recip(), &mut fresh);
        self.basis.push(fresh);
        true
    }

    /// Σ hᵢ qᵢ
    pub(crate) fn combine(&self, h: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for (column, h) in self.basis.iter().zip(h) {
            axpy(*h, column, out);
        }
    }

    /// Σ hᵢ qᵢ, as a new vector.
    pub(crate) fn combination(&self, h: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; self.basis[0].len()];
        self.combine(h, &mut sum);
        sum
    }

    /// Keeps of the space what the given eigenvectors of its matrix span; it goes on from there as it would have.
    ///
    /// In the eigenvectors A is diagonal, and the next vector is coupled to each of them. A Lanczos process with that diagonal
    /// matrix, begun with these couplings and read backwards, turns them into a basis in which the matrix is tridiagonal, and
    /// only the last vector is coupled to the next.
    ///
    /// K. Wu, H. Simon, Thick-restart Lanczos method for large symmetric eigenvalue problems, SIAM J. Matrix Anal. Appl.
    /// 22 (2000).
    pub(crate) fn compress(&mut self, eigen: &Eigen, kept: &[usize]) -> Result<(), Error> {
        let size = self.dimension();
        let couplings: Vec<f64> =
            kept.iter().map(|&i| self.matrix.last_coupling() * eigen.vectors[i][size - 1]).collect();
        let coupling = norm(&couplings);
        let values: Vec<f64> = kept.iter().map(|&i| eigen.values[i]).collect();
        let small = diagonal_process(&values, couplings)?;
        let turn = |turned: &Vec<f64>| {
            let mut weights = vec![0.0; size];
            kept.iter().zip(turned).for_each(|(&i, entry)| axpy(*entry, &eigen.vectors[i], &mut weights));
            weights
        };
        let weights: Vec<Vec<f64>> = small.basis.iter().rev().map(turn).collect();
        let mut row = vec![0.0; size];
        for i in 0..self.last().len() {
            row.iter_mut().zip(&self.basis).for_each(|(entry, column)| *entry = column[i]);
            self.basis.iter_mut().zip(&weights).for_each(|(column, weights)| column[i] = dot(weights, &row));
        }
        self.basis.drain(kept.len()..size);
        self.matrix = small.matrix.reversed(coupling);
        Ok(())
    }

    /// Takes away all that lies in the space; twice is enough.
    fn orthogonalize(&self, vector: &mut [f64]) {
        for _ in 0..2 {
            for column in &self.basis {
                axpy(-dot(column, vector), column, vector);
            }
        }
    }
}

/// The whole space of a diagonal matrix, from a vector on, and from others where that one does not reach.
fn diagonal_process(diagonal: &[f64], first: Vec<f64>) -> Result<Krylov, Error> {
    let k = diagonal.len();
    let axis = |i: usize| (0..k).map(|j| if i == j { 1.0 } else { 0.0 }).collect();
    let mut krylov = Krylov::new(if norm(&first) > 0.0 { first } else { axis(0) });
    let op = FnOperator::new(k, |v: &[f64], out: &mut [f64]| {
        out.iter_mut().zip(diagonal).zip(v).for_each(|((out, entry), v)| *out = entry * v);
    });
    while krylov.dimension() < k {
        if krylov.is_exhausted() {
            (0..k).any(|i| krylov.restart(axis(i)));
        }
        krylov.widen(&op)?;
    }
    Ok(krylov)
}

/// The products that a Lanczos run has taken: what it goes on from. With the feature `serde` they can be written and
/// read.
///
/// One vector of the operator's dimension for each product, up to [`Lanczos::max_vectors`](crate::Lanczos::max_vectors), and
/// one more. [`Lanczos::resume_eigenpairs`](crate::Lanczos::resume_eigenpairs) shows its use.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use std::ops::ControlFlow::Continue;
///
/// use hvp::{Lanczos, Which};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let matrix = [[2.0, 1.0], [1.0, 3.0]];
/// let method = Lanczos::default();
/// let mut space = method.start(2, &mut StdRng::seed_from_u64(1));
/// for which in [Which::LargestAlgebraic, Which::SmallestAlgebraic] {
///     method.resume_eigenpairs(&matrix, &mut space, 1, which, |_| Continue(())).unwrap();
/// }
/// // The second end cost nothing.
/// assert_eq!(space.products(), 2);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KrylovSpace {
    seed: u64,
    products: usize,
    /// The random vectors that the space was begun with and gone on from.
    starts: usize,
    krylov: Krylov,
}

impl KrylovSpace {
    /// From a random vector.
    pub(crate) fn new(n: usize, seed: u64) -> Self {
        Self { seed, products: 0, starts: 1, krylov: Krylov::new(random_vector(n, seed, 0)) }
    }

    /// The products taken.
    #[must_use]
    pub fn products(&self) -> usize {
        self.products
    }

    /// The Krylov space itself.
    pub(crate) fn krylov(&self) -> &Krylov {
        &self.krylov
    }

    /// Takes one more product.
    pub(crate) fn widen(&mut self, op: &(impl LinearOperator + ?Sized)) -> Result<(), Error> {
        self.krylov.widen(op)?;
        self.products += 1;
        Ok(())
    }

    /// Keeps of the space what the given eigenvectors of its matrix span.
    pub(crate) fn compress(&mut self, eigen: &Eigen, kept: &[usize]) -> Result<(), Error> {
        self.krylov.compress(eigen, kept)
    }

    /// The dimension, which must be the operator's.
    #[track_caller]
    pub(crate) fn expect_fit(&self, op: &(impl LinearOperator + ?Sized)) -> Result<usize, Error> {
        let (len, n) = (self.krylov.last().len(), op.dim());
        assert!(len == n, "`space` has dimension {len}, the operator {n}");
        if n == 0 { Err(Error::NoDimension) } else { Ok(n) }
    }

    /// Goes on from another random vector where the space is exhausted and may not show the first `k` eigenvalues. From each
    /// start it shows every eigenvalue once, if there is one more of it.
    pub(crate) fn reopen(&mut self, k: usize) {
        if self.krylov.is_exhausted() && self.starts < k {
            let fresh = random_vector(self.krylov.last().len(), self.seed, self.products);
            self.starts += usize::from(self.krylov.restart(fresh));
        }
    }

    /// Whether none of the first `k` eigenvalues is left for another start to show, as far as the starts tell.
    pub(crate) fn shows(&self, k: usize) -> bool {
        let is_whole = self.krylov.dimension() == self.krylov.last().len();
        self.starts == 1 || (self.krylov.is_exhausted() && (self.starts >= k || is_whole))
    }
}

/// A normal vector, the same for the same seed and number.
fn random_vector(n: usize, seed: u64, number: usize) -> Vec<f64> {
    let mut vector = vec![0.0; n];
    fill(Probe::Gaussian, seed, number, &mut vector);
    vector
}
