//! Square matrices that are known by what they do to a vector.

use std::fmt;
use std::sync::Arc;

use crate::Objective;
use crate::kept::Kept;
use crate::private::columns;
use crate::shape::{expect_columns, expect_len};

/// A linear map from vectors of length [`dim`](Self::dim) to vectors of that length.
///
/// The estimators and solvers of this crate ask for nothing else; those that need the map to be symmetric say so.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::LinearOperator;
///
/// let matrix = [[2.0, 1.0], [1.0, 3.0]];
/// let mut out = [0.0; 2];
/// matrix.apply(&[1.0, 10.0], &mut out);
/// assert_eq!(out, [12.0, 31.0]);
/// ```
pub trait LinearOperator {
    /// The length of the vectors that the operator takes and gives.
    fn dim(&self) -> usize;

    /// Writes the product with `v` into `out`; both have length `dim()`. `out` is overwritten, never read.
    fn apply(&self, v: &[f64], out: &mut [f64]);

    /// Writes the product with each of k vectors. `v` and `out` hold k columns of length `dim()`, one after
    /// another.
    ///
    /// # Panics
    /// If the length of `v` is no multiple of the dimension, or that of `out` is another.
    fn apply_block(&self, v: &[f64], out: &mut [f64]) {
        let n = self.dim();
        expect_columns(n, v.len(), ("out", out.len()));
        for (v, out) in columns(n, v, out) {
            self.apply(v, out);
        }
    }

    /// How many vectors an estimator should hand to [`apply_block`](Self::apply_block) at a time, where memory allows.
    /// No result depends on it.
    fn block_width(&self) -> usize {
        8
    }
}

macro_rules! through_pointers {
    ($($pointer:ty),*) => { $(
        impl<A: LinearOperator + ?Sized> LinearOperator for $pointer {
            fn dim(&self) -> usize {
                (**self).dim()
            }
            fn apply(&self, v: &[f64], out: &mut [f64]) {
                (**self).apply(v, out);
            }
            fn apply_block(&self, v: &[f64], out: &mut [f64]) {
                (**self).apply_block(v, out);
            }
            fn block_width(&self) -> usize {
                (**self).block_width()
            }
        }
    )* };
}
through_pointers!(&A, Box<A>, Arc<A>);

/// The Hessian of an objective at a point; the matrix is never formed.
///
/// The first two products cost one [`Objective::hvp`] each. When more are asked for, the operator does at once all that
/// does not depend on the direction, and keeps it, so that later products pay only for the rest
/// ([`Objective::linearize`] does so from the start). All products have the same bits, whenever they are asked for.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{HessianOperator, LinearOperator};
///
/// let f = hvp::reference::Rosenbrock;
/// let x = [1.0, 1.0];
/// let mut hv = [0.0; 2];
/// HessianOperator::new(&f, &x).apply(&[1.0, 0.0], &mut hv);
/// assert_eq!(hv, [802.0, -400.0]);
/// ```
pub struct HessianOperator<'a, F: ?Sized> {
    objective: &'a F,
    point: &'a [f64],
    kept: Kept,
}

impl<'a, F: Objective + ?Sized> HessianOperator<'a, F> {
    /// The Hessian of `objective` at `x`.
    #[must_use]
    pub fn new(objective: &'a F, x: &'a [f64]) -> Self {
        Self { objective, point: x, kept: Kept::default() }
    }

    /// The same, linearised for the first product already: [`Objective::linearize`] as a type of its own, which threads can
    /// share where the objective is [`Sync`].
    #[must_use]
    pub fn linearized(objective: &'a F, x: &'a [f64]) -> Self {
        let operator = Self::new(objective, x);
        operator.kept.record(objective, x);
        operator
    }
}

impl<F: Objective + ?Sized> LinearOperator for HessianOperator<'_, F> {
    fn dim(&self) -> usize {
        self.point.len()
    }
    fn apply(&self, v: &[f64], out: &mut [f64]) {
        expect_len("v", v.len(), self.dim());
        expect_len("out", out.len(), self.dim());
        self.kept.hvp(self.objective, self.point, v, out);
    }
    fn apply_block(&self, v: &[f64], out: &mut [f64]) {
        let columns = expect_columns(self.dim(), v.len(), ("out", out.len()));
        self.kept.hvp_block(self.objective, self.point, columns, v, out);
    }
}

impl<F: ?Sized> fmt::Debug for HessianOperator<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HessianOperator").field("point", &self.point).finish_non_exhaustive()
    }
}

/// An operator given by a closure that writes the product with its first argument into its second.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{FnOperator, LinearOperator};
///
/// let reversal = FnOperator::new(3, |v: &[f64], out: &mut [f64]| {
///     out.copy_from_slice(v);
///     out.reverse();
/// });
/// let mut out = [0.0; 3];
/// reversal.apply(&[1.0, 2.0, 3.0], &mut out);
/// assert_eq!(out, [3.0, 2.0, 1.0]);
/// ```
#[derive(Clone, Copy)]
pub struct FnOperator<F> {
    dim: usize,
    product: F,
}

impl<F: Fn(&[f64], &mut [f64])> FnOperator<F> {
    /// The operator of dimension `n` whose products `product(v, out)` writes.
    pub fn new(n: usize, product: F) -> Self {
        Self { dim: n, product }
    }
}

impl<F: Fn(&[f64], &mut [f64])> LinearOperator for FnOperator<F> {
    fn dim(&self) -> usize {
        self.dim
    }
    fn apply(&self, v: &[f64], out: &mut [f64]) {
        expect_len("v", v.len(), self.dim);
        expect_len("out", out.len(), self.dim);
        (self.product)(v, out);
    }
}

impl<F> fmt::Debug for FnOperator<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FnOperator").field("dim", &self.dim).finish_non_exhaustive()
    }
}
