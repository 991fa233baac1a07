//! What nobody reads leaves.
//!
//! First (`needs`) the scalars, arrays and tape items are found that something observable depends on; then (`sweep`) everything
//! else is removed: operations, results of branches, carried values, items of tapes, stores into arrays that are never read.
//! What the user sees happen stays: effects, panics, early exits, passive calls, calls that write to what is needed.

mod needs;
mod sweep;

use super::facts::Facts;
use crate::ir::Func;

pub(super) fn eliminate(func: &mut Func, _: &mut Facts) -> bool {
    let needs = needs::needs(func);
    sweep::sweep(func, &needs)
}
