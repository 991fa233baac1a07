//! Passes from function to function.

mod normalize;

pub(crate) use normalize::normalize;
