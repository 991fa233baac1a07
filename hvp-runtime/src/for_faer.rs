//! Operators for `faer`, and its restarted eigenvalue solver.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use faer::dyn_stack::{MemBuffer, MemStack, StackReq};
use faer::matrix_free::LinOp;
use faer::matrix_free::eigen::{
    PartialEigenParams, partial_self_adjoint_eigen, partial_self_adjoint_eigen_scratch,
};
use faer::{ColRef, Mat, MatMut, MatRef, Par};
use rand::Rng;

use crate::vector::{dot, is_finite, norm};
use crate::{Eigenpairs, Error, Lanczos, LinearOperator, Which};

/// An operator for the algorithms of `faer` that need only products (feature `faer`). For symmetric operators the
/// adjoint, which some of them ask for, is the operator itself.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use faer::matrix_free::LinOp;
/// use faer::{Mat, Par, dyn_stack::MemStack};
/// use hvp::ForFaer;
///
/// let operator = ForFaer::new([[2.0, 1.0], [1.0, 3.0]]);
/// let (rhs, mut out) = (Mat::<f64>::identity(2, 2), Mat::zeros(2, 2));
/// operator.apply(out.as_mut(), rhs.as_ref(), Par::Seq, MemStack::new(&mut []));
/// assert_eq!(out[(1, 0)], 1.0);
/// ```
pub struct ForFaer<A> {
    operator: A,
}

impl<A: LinearOperator + Sync> ForFaer<A> {
    /// The operator itself, which may be a reference.
    pub fn new(operator: A) -> Self {
        Self { operator }
    }
}

impl<A> fmt::Debug for ForFaer<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForFaer").finish_non_exhaustive()
    }
}

impl<A: LinearOperator + Sync> LinOp<f64> for ForFaer<A> {
    fn apply_scratch(&self, _: usize, _: Par) -> StackReq {
        StackReq::EMPTY
    }
    fn nrows(&self) -> usize {
        self.operator.dim()
    }
    fn ncols(&self) -> usize {
        self.operator.dim()
    }
    fn apply(&self, mut out: MatMut<'_, f64>, rhs: MatRef<'_, f64>, _: Par, _: &mut MemStack) {
        let (n, columns) = (rhs.nrows(), rhs.ncols());
        let vectors: Vec<f64> = (0..columns).flat_map(|j| rhs.col(j).iter().copied()).collect();
        let mut products = vec![0.0; vectors.len()];
        self.operator.apply_block(&vectors, &mut products);
        for (at, product) in products.into_iter().enumerate() {
            out[(at % n, at / n)] = product;
        }
    }
    fn conj_apply(&self, out: MatMut<'_, f64>, rhs: MatRef<'_, f64>, par: Par, stack: &mut MemStack) {
        self.apply(out, rhs, par, stack);
    }
}

/// The least dimension of the space that is restarted.
const SPACE: usize = 64;

impl Lanczos {
    /// The `k` eigenpairs of largest magnitude, in memory that does not grow with the number of products (feature
    /// `faer`): max(64, 2 k) vectors.
    ///
    /// The space is widened to that dimension as by [`eigenpairs`](Self::eigenpairs); where this is not enough, and
    /// the spectrum has more to show, `faer` goes on from what was found, each time keeping the best of the space
    /// (thick restart). `k` products more measure the residuals, and a restart that has begun is finished, so that up to
    /// 64 + 2 k products may come on top of the limit. One `u64` is drawn from `rng`.
    ///
    /// K. Wu, H. Simon, Thick-restart Lanczos method for large symmetric eigenvalue problems, SIAM J. Matrix Anal.
    /// Appl. 22 (2000).
    ///
    /// # Errors
    /// [`Error::NoDimension`], and [`Error::NotFinite`] where a product is not.
    ///
    /// # Panics
    /// If `k` is zero.
    ///
    /// ```
    /// # extern crate hvp_runtime as hvp;
    /// use hvp::{FnOperator, Lanczos};
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// // 1, 2, …, 500: the largest stand close together.
    /// let op = FnOperator::new(500, |v: &[f64], out: &mut [f64]| {
    ///     out.iter_mut().zip(v).zip(1..).for_each(|((out, v), k)| *out = f64::from(k) * v);
    /// });
    /// let pairs = Lanczos::default().restarted(&op, 3, &mut StdRng::seed_from_u64(1)).unwrap();
    /// assert!(pairs.converged);
    /// assert!((pairs.values[2] - 498.0).abs() < 1e-9);
    /// ```
    pub fn restarted(
        &self,
        op: &(impl LinearOperator + Sync + ?Sized),
        k: usize,
        rng: &mut (impl Rng + ?Sized),
    ) -> Result<Eigenpairs, Error> {
        let width = SPACE.max(2 * k).min(op.dim());
        let first = Lanczos { max_products: width.min(self.max_products), ..self.clone() };
        let found = first.eigenpairs(op, k, Which::LargestMagnitude, rng)?;
        // A space that exhausted itself before has nothing more to show.
        if found.converged || found.products < width || width == op.dim() {
            return Ok(found);
        }
        let watched = ForFaer::new(Watched {
            op,
            products: AtomicUsize::new(found.products),
            failed: AtomicBool::new(false),
        });
        let (values, vectors) = self.thick_restart(&watched, width, &found);
        let mut pairs = self.measured(&watched.operator, values, &vectors);
        pairs.products = watched.operator.products.into_inner();
        if watched.operator.failed.into_inner() { Err(Error::NotFinite) } else { Ok(pairs) }
    }

    /// Eigenvalues with their vectors, in no order.
    fn thick_restart(
        &self,
        op: &ForFaer<impl LinearOperator + Sync>,
        width: usize,
        found: &Eigenpairs,
    ) -> (Vec<f64>, Mat<f64>) {
        let (n, k) = (op.nrows(), found.values.len());
        let start: Vec<f64> = (0..n).map(|i| found.vectors.iter().map(|vector| vector[i]).sum()).collect();
        let rounds = self.max_products.saturating_sub(found.products).div_ceil(width / 2);
        let params = PartialEigenParams { max_restarts: rounds.max(1), ..PartialEigenParams::default() };
        let mut memory = MemBuffer::new(partial_self_adjoint_eigen_scratch(op, k, Par::Seq, params));
        let (mut values, mut vectors) = (vec![0.0; k], Mat::zeros(n, k));
        partial_self_adjoint_eigen(
            vectors.as_mut(),
            &mut values,
            op,
            ColRef::from_slice(&start),
            self.tolerance / 10.0,
            Par::Seq,
            MemStack::new(&mut memory),
            params,
        );
        (values, vectors)
    }

    /// The pairs in order, with the residuals that they have.
    fn measured(&self, op: &impl LinearOperator, values: Vec<f64>, vectors: &Mat<f64>) -> Eigenpairs {
        let mut pairs: Vec<(f64, Vec<f64>)> = values
            .into_iter()
            .enumerate()
            .map(|(j, value)| (value, vectors.col(j).iter().copied().collect()))
            .collect();
        pairs.sort_by(|(a, _), (b, _)| b.abs().total_cmp(&a.abs()));
        let mut product = vec![0.0; op.dim()];
        let residuals: Vec<f64> = pairs
            .iter()
            .map(|(value, vector)| {
                op.apply(vector, &mut product);
                product.iter_mut().zip(vector).for_each(|(product, entry)| *product -= value * entry);
                // What did not converge comes back as zeros.
                norm(&product) + (1.0 - dot(vector, vector)).abs() * value.abs()
            })
            .collect();
        let is_small = |((value, vector), residual): (&(f64, Vec<f64>), &f64)| {
            *residual <= self.tolerance * value.abs() && dot(vector, vector) > 0.5
        };
        let converged = pairs.iter().zip(&residuals).all(is_small);
        let (values, vectors) = pairs.into_iter().unzip();
        Eigenpairs { values, vectors, residuals, converged, products: 0 }
    }
}

/// Counts products, and notes where one is not finite. From there on it is the diagonal matrix 1, 2, …, n, with which any
/// solver comes to its end.
struct Watched<'a, A: ?Sized> {
    op: &'a A,
    products: AtomicUsize,
    failed: AtomicBool,
}

impl<A: LinearOperator + ?Sized> LinearOperator for Watched<'_, A> {
    fn dim(&self) -> usize {
        self.op.dim()
    }
    fn apply(&self, v: &[f64], out: &mut [f64]) {
        if !self.failed.load(Ordering::Relaxed) {
            self.products.fetch_add(1, Ordering::Relaxed);
            self.op.apply(v, out);
            if is_finite(out) {
                return;
            }
            self.failed.store(true, Ordering::Relaxed);
        }
        for ((i, out), v) in (1_u32..).zip(out).zip(v) {
            *out = f64::from(i) * v;
        }
    }
}
