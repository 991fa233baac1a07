//! Condition numbers.

use std::ops::ControlFlow;

use rand::Rng;

use crate::eigenpairs::{Ritz, is_looked_at};
use crate::{Error, KrylovSpace, Lanczos, LinearOperator, Which};

/// The ratio of the extreme eigenvalues of a positive definite operator.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{FnOperator, Lanczos};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// // 1, 1/2, 1/4, …: ten products do not show the small end.
/// let op = FnOperator::new(100, |v: &[f64], out: &mut [f64]| {
///     out.iter_mut().zip(v).zip(0..).for_each(|((out, v), k)| *out = 0.5_f64.powi(k) * v);
/// });
/// let method = Lanczos { max_products: 10, ..Lanczos::default() };
/// let condition = method.condition(&op, &mut StdRng::seed_from_u64(1)).unwrap();
/// assert!(!condition.resolved && condition.number < 2_f64.powi(99));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
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
    /// is the last to show; [`Condition::resolved`] says whether it did. The cost is one product and one vector for each
    /// dimension of the Krylov space, until both ends are within the tolerance or [`max_products`](Lanczos::max_products) are
    /// taken. One `u64` is drawn from `rng`.
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
        self.resume_condition(op, &mut self.start(op.dim(), rng), |_| ControlFlow::Continue(()))
    }

    /// The condition number from the products that `space` holds on, with the same bits as if the run had not stopped
    /// there, showing what is known of it each time it is looked at; the callback may break off, and then
    /// [`Condition::resolved`] is true only if the small end was. `space` comes from [`start`](Self::start), or from a
    /// run for eigenpairs.
    ///
    /// # Errors
    /// As [`condition`](Self::condition).
    ///
    /// # Panics
    /// If `space` has another dimension than the operator.
    ///
    /// ```
    /// # extern crate hvp_runtime as hvp;
    /// use std::ops::ControlFlow::Continue;
    ///
    /// use hvp::{Lanczos, Which};
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// let matrix = [[5726.0, -880.0], [-880.0, 200.0]];
    /// let method = Lanczos::default();
    /// let mut space = method.start(2, &mut StdRng::seed_from_u64(1));
    /// method.resume_eigenpairs(&matrix, &mut space, 1, Which::LargestMagnitude, |_| Continue(())).unwrap();
    /// // No product more: the space shows both ends.
    /// let condition = method.resume_condition(&matrix, &mut space, |_| Continue(())).unwrap();
    /// assert!(condition.resolved && condition.products == 2);
    /// ```
    pub fn resume_condition(
        &self,
        op: &(impl LinearOperator + ?Sized),
        space: &mut KrylovSpace,
        mut callback: impl FnMut(&Condition) -> ControlFlow<()>,
    ) -> Result<Condition, Error> {
        space.expect_fit(op)?;
        let (before, most, width) = (space.products(), self.max_products.max(1), self.width(2));
        loop {
            let (products, size) = (space.products(), space.krylov().dimension());
            let ends = products >= most || space.krylov().is_exhausted();
            if ends || (size > 0 && is_looked_at(size) && !space.krylov().is_restarted()) {
                let ritz = Ritz::new(space, Which::SmallestAlgebraic)?;
                let (condition, converged) = self.look(&ritz)?;
                if ends || converged || (products > before && callback(&condition).is_break()) {
                    return Ok(condition);
                }
            }
            if size >= width {
                let eigen = Ritz::new(space, Which::SmallestAlgebraic)?.eigen;
                // Eigenvalues rise with their number: a quarter from each end.
                let kept: Vec<usize> = (0..width / 4).chain(size - width / 4..size).collect();
                space.compress(&eigen, &kept)?;
            }
            space.widen(op)?;
        }
    }

    /// What a space shows of the condition number, and whether both ends are within the tolerance.
    fn look(&self, ritz: &Ritz) -> Result<(Condition, bool), Error> {
        let (products, last) = (ritz.products(), ritz.last_rank());
        let (smallest, largest) = (ritz.value(0), ritz.value(last));
        if smallest <= 0.0 {
            return Err(Error::NotPositiveDefinite);
        }
        let within = |rank: usize| ritz.residual(rank) <= self.tolerance * ritz.value(rank);
        let resolved = within(0);
        let condition = Condition { number: largest / smallest, largest, smallest, resolved, products };
        Ok((condition, resolved && within(last)))
    }
}
