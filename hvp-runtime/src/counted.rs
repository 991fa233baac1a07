//! An operator that counts its products.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::LinearOperator;

/// Counts the products that are taken with an operator; a block of k columns counts k.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{Counted, LinearOperator, hutchinson_trace};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let counted = Counted::new([[2.0, 1.0], [1.0, 3.0]]);
/// hutchinson_trace(&counted, 30, &mut StdRng::seed_from_u64(1));
/// assert_eq!(counted.products(), 30);
/// ```
#[derive(Debug)]
pub struct Counted<A> {
    operator: A,
    products: AtomicUsize,
}

impl<A: LinearOperator> Counted<A> {
    /// Counts from zero. The operator may be a reference.
    pub fn new(operator: A) -> Self {
        Self { operator, products: AtomicUsize::new(0) }
    }

    /// The products so far.
    pub fn products(&self) -> usize {
        self.products.load(Ordering::Relaxed)
    }
}

impl<A: LinearOperator> LinearOperator for Counted<A> {
    fn dim(&self) -> usize {
        self.operator.dim()
    }
    fn apply(&self, v: &[f64], out: &mut [f64]) {
        self.products.fetch_add(1, Ordering::Relaxed);
        self.operator.apply(v, out);
    }
    fn apply_block(&self, v: &[f64], out: &mut [f64]) {
        let columns = v.len().checked_div(self.dim()).unwrap_or(0);
        self.products.fetch_add(columns, Ordering::Relaxed);
        self.operator.apply_block(v, out);
    }
    fn block_width(&self) -> usize {
        self.operator.block_width()
    }
}
