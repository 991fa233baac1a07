//! Products with random vectors, in blocks.

use crate::probe::{Probe, fill};
use crate::{LinearOperator, block};

/// Random vectors z with their products A z, one after another.
pub(crate) struct Stream<'a, A: ?Sized> {
    op: &'a A,
    probe: Probe,
    seed: u64,
    next: usize,
    probes: Vec<f64>,
    products: Vec<f64>,
}

impl<'a, A: LinearOperator + ?Sized> Stream<'a, A> {
    /// From probe number `next` on.
    pub(crate) fn new(op: &'a A, probe: Probe, seed: u64, next: usize) -> Self {
        let entries = op.dim() * block::width(op, op.dim());
        Self { op, probe, seed, next, probes: vec![0.0; entries], products: vec![0.0; entries] }
    }

    /// Visits each z with A z in order, up to probe number `end` or to the first that is refused.
    pub(crate) fn advance<E>(
        &mut self,
        end: usize,
        mut visit: impl FnMut(&[f64], &[f64]) -> Result<(), E>,
    ) -> Result<(), E> {
        let n = self.op.dim();
        let column = |k: usize| k * n..(k + 1) * n;
        while self.next < end {
            let count = block::width(self.op, n).min(end - self.next);
            for k in 0..count {
                fill(self.probe, self.seed, self.next + k, &mut self.probes[column(k)]);
            }
            self.op.apply_block(&self.probes[..count * n], &mut self.products[..count * n]);
            for k in 0..count {
                visit(&self.probes[column(k)], &self.products[column(k)])?;
            }
            self.next += count;
        }
        Ok(())
    }
}
