//! Products at one point, which share what does not depend on the direction.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::Objective;
use crate::private::Record;

/// How many products are made before the Hessian is linearised: making the record costs about as much as they do.
const PLAIN: usize = 2;

/// What the products of an objective at one point have in common, once there were enough of them. The point must be the same
/// in every call.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// How many products have been asked for, until there is a record.
    asked: AtomicUsize,
    /// Empty where there is nothing worth keeping.
    record: OnceLock<Option<Record>>,
}

impl Kept {
    /// Writes the Hessian of `objective` at `x` times `v` into `hv`.
    pub(crate) fn hvp<F: Objective + ?Sized>(&self, objective: &F, x: &[f64], v: &[f64], hv: &mut [f64]) {
        match self.record_for(1, objective, x) {
            Some(record) => objective.replay(x, record, v, hv),
            None => objective.hvp(x, v, hv),
        }
    }

    /// The same for each of `columns` directions.
    pub(crate) fn hvp_block<F: Objective + ?Sized>(
        &self,
        objective: &F,
        x: &[f64],
        columns: usize,
        v: &[f64],
        hv: &mut [f64],
    ) {
        match self.record_for(columns, objective, x) {
            Some(record) => objective.replay_block(x, record, v, hv),
            None => objective.hvp_block(x, v, hv),
        }
    }

    /// The record, made now if it is not there.
    pub(crate) fn record<F: Objective + ?Sized>(&self, objective: &F, x: &[f64]) -> Option<&Record> {
        self.record.get_or_init(|| objective.record(x)).as_ref()
    }

    /// The record, if with `products` more there are enough to make it.
    fn record_for<F: Objective + ?Sized>(
        &self,
        products: usize,
        objective: &F,
        x: &[f64],
    ) -> Option<&Record> {
        if let Some(record) = self.record.get() {
            return record.as_ref();
        }
        let before = self.asked.fetch_add(products, Ordering::Relaxed);
        if before.saturating_add(products) > PLAIN { self.record(objective, x) } else { None }
    }
}
