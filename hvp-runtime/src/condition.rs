//! Condition numbers.

use rand::Rng;

use crate::eigenpairs::{Ritz, is_looked_at, random_vector};
use crate::krylov::Krylov;
use crate::{Error, Lanczos, LinearOperator, Which};

/// The ratio of the extreme eigenvalues of a positive definite operator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Condition {
    /// Largest over smallest eigenvalue, as far as they are known. The true number is no smaller.
    pub number: f64,
    /// The largest eigenvalue.
    pub largest: f64,
    /// The smallest eigenvalue, or what the Krylov space shows of it, which is never less.
    pub smallest: f64,
    /// Whether the smallest eigenvalue is within the tolerance. If not, the true number may be much larger.
    pub resolved: bool,
    /// The products taken.
    pub products: usize,
}

impl Lanczos {
    /// The condition number of a symmetric positive definite operator. The small end of an ill-conditioned spectrum
    /// is the last to show; [`Condition::resolved`] says whether it did.
    ///
    /// # Errors
    /// [`Error::NoDimension`], [`Error::NotFinite`], and [`Error::NotPositiveDefinite`].
    ///
    /// ```
    /// # extern crate hvp_runtime as hvp;
    /// use hvp::Lanczos;
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// let matrix = [[5726.0, -880.0], [-880.0, 200.0]];
    /// let condition = Lanczos::default().condition(&matrix, &mut StdRng::seed_from_u64(1)).unwrap();
    /// assert!(condition.resolved);
    /// assert!((condition.number - 92.69).abs() < 0.01);
    /// ```
    pub fn condition(
        &self,
        op: &(impl LinearOperator + ?Sized),
        rng: &mut (impl Rng + ?Sized),
    ) -> Result<Condition, Error> {
        let seed = rng.next_u64();
        if op.dim() == 0 {
            return Err(Error::NoDimension);
        }
        let most = self.products.clamp(1, op.dim());
        let mut space = Krylov::new(random_vector(op.dim(), seed, 0));
        loop {
            space.widen(op)?;
            let size = space.dimension();
            let ends = size == most || space.is_exhausted();
            if !(ends || is_looked_at(size)) {
                continue;
            }
            let ritz = Ritz::new(&space, Which::SmallestAlgebraic)?;
            let (smallest, largest) = (ritz.value(0), ritz.value(size - 1));
            if smallest <= 0.0 {
                return Err(Error::NotPositiveDefinite);
            }
            let within = |rank: usize| ritz.residual(rank) <= self.tolerance * ritz.value(rank);
            let resolved = within(0);
            if ends || (resolved && within(size - 1)) {
                return Ok(Condition {
                    number: largest / smallest,
                    largest,
                    smallest,
                    resolved,
                    products: size,
                });
            }
        }
    }
}
