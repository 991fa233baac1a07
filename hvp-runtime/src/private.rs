//! What generated code calls. Nothing here is part of the public contract.

pub mod activity;
pub mod again;
pub mod answers;
pub mod columns;
pub mod convert;
pub mod each;
pub mod items;
pub mod lane;
pub mod lent;
pub mod meant;
pub mod memory;
pub mod octet;
pub mod outcome;
pub mod record;
pub mod rows;
pub mod state;
pub mod strips;
pub mod tape;
pub mod unmarked;
pub mod window;

pub use activity::{Active, Activity, HeldPassive, Nothing, Passive, fixed, nothing, zeros};
pub use again::{Again, again};
pub use answers::{Answers, Apart, Whole};
pub use columns::{Columns, columns, set_units};
pub use convert::{Integer, ToReal, exponent, greatest, real, typed};
pub use each::{
    each_1, each_2, each_3, each_4, each_5, each_6, each_7, each_8, each_9, each_10, each_11, each_12,
};
pub use items::{KeepsItems, keeps_items};
pub use lane::{along, first_lane, lane, put_lane};
pub use lent::lent;
pub use meant::rename_yours_since_this_name_means_another;
pub use memory::{
    Element, Numbers, add_slice, fill, iterator, numbers, outline, restore, same_length, same_shape, sum,
    with_room, zeros_like,
};
pub use octet::Octet;
pub use outcome::{Outcome, never, outcome_of, value_of};
pub use record::Record;
pub use rows::Rows;
pub use state::{MayRunAgain, Once, Rerun, State, state, state_of_tangent};
pub use strips::{
    Sums, strips_1, strips_2, strips_3, strips_4, strips_5, strips_6, strips_7, strips_8, strips_9,
    strips_10, strips_11, strips_12,
};
pub use tape::Tape;
pub use unmarked::{
    OnlyInlinedIntoFunctionsBesideIt, OnlyInlinedIntoItsCallers, PutDifferentiableOnThisFunction, Unmarked,
};
pub use window::{window, window_mut};

use crate::Tangent;

/// `a * by`, but zero where `a` is zero, even if `by` is infinite or NaN.
#[inline]
pub fn scale_or_zero<S, T: Tangent<S>>(a: T, by: S) -> T {
    a.scale_or_zero(by)
}

/// `a * by`, but zero where `by` is zero.
#[inline]
pub fn scale_unless_zero<S, T: Tangent<S>>(a: T, by: S) -> T {
    a.scale_unless_zero(by)
}
