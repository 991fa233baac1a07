//! Products by several threads.

use rayon::prelude::*;

use crate::LinearOperator;
use crate::shape::expect_columns;

/// Shares the vectors of a block out among threads (feature `rayon`).
///
/// Every vector is multiplied by one thread, and the estimators take the products in their order: results have the
/// same bits for any number of threads.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{Parallel, hutchinson_trace};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let matrix = [[2.0, 1.0], [1.0, 3.0]];
/// let alone = hutchinson_trace(&matrix, 100, &mut StdRng::seed_from_u64(1));
/// let together = hutchinson_trace(&Parallel::new(&matrix), 100, &mut StdRng::seed_from_u64(1));
/// assert_eq!(alone, together);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Parallel<A> {
    operator: A,
}

impl<A: LinearOperator + Sync> Parallel<A> {
    /// The same operator, which may be a reference; its blocks are shared out in the thread pool of the caller.
    pub fn new(operator: A) -> Self {
        Self { operator }
    }
}

impl<A: LinearOperator + Sync> LinearOperator for Parallel<A> {
    fn dim(&self) -> usize {
        self.operator.dim()
    }
    fn apply(&self, v: &[f64], out: &mut [f64]) {
        self.operator.apply(v, out);
    }
    fn apply_block(&self, v: &[f64], out: &mut [f64]) {
        let n = self.dim();
        let columns = expect_columns(n, v.len(), ("out", out.len()));
        let share = n.max(1) * columns.div_ceil(rayon::current_num_threads()).max(1);
        v.par_chunks(share)
            .zip(out.par_chunks_mut(share))
            .for_each(|(v, out)| self.operator.apply_block(v, out));
    }
    fn block_width(&self) -> usize {
        self.operator.block_width() * rayon::current_num_threads()
    }
}
