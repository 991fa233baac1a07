//! How many vectors are multiplied at a time.

use crate::LinearOperator;

/// The most numbers that the vectors of a block may keep.
const ENTRIES: usize = 1 << 22;

/// The number of vectors in a block where each keeps `entries` numbers: what the operator likes, where memory allows.
pub(crate) fn width(op: &(impl LinearOperator + ?Sized), entries: usize) -> usize {
    (ENTRIES / entries.max(1)).min(op.block_width()).max(1)
}
