//! Passes from function to function.

mod activate;
mod apart;
mod copying;
mod distribute;
#[cfg(test)]
mod elementary;
mod ends;
mod filled;
mod given;
mod held;
mod hoist;
pub(crate) mod jam;
pub(crate) mod lengths;
pub(crate) mod linearize;
mod normalize;
mod numbers;
mod origin;
mod outputs;
mod overwrite;
pub(crate) mod panels;
#[cfg(test)]
mod random;
pub(crate) mod rerun;
pub(crate) mod reverse;
pub(crate) mod rows;
mod rule;
mod search;
pub(crate) mod simplify;
pub(crate) mod tangent;
pub(crate) mod windows;
mod workspaces;

pub(crate) use activate::activate;
pub(crate) use apart::apart;
pub(crate) use distribute::distribute;
pub(crate) use ends::split;
pub(crate) use filled::fill;
pub(crate) use held::hold;
pub(crate) use hoist::hoist;
pub(crate) use normalize::normalize;
pub(crate) use numbers::numbers;
pub(crate) use origin::Origin;
pub(crate) use outputs::{returned, silent};
pub(crate) use overwrite::overwrite;
pub(crate) use workspaces::make_once;
