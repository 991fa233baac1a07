//! Operators for `faer`.

use std::fmt;

use faer::dyn_stack::{MemStack, StackReq};
use faer::matrix_free::LinOp;
use faer::{MatMut, MatRef, Par};

use crate::LinearOperator;

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
