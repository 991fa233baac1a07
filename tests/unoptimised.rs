//! The suite once more, with every optimisation switched off: the same bits of each value, the same derivatives to rounding.
#![allow(
    clippy::all,
    clippy::pedantic,
    missing_docs,
    unreachable_pub,
    unexpected_cfgs,
    unused_imports,
    reason = "as in the suite"
)]

// `hvp` is this crate, whose attribute is another.
pub extern crate hvp as optimised;
extern crate self as hvp;

pub use hvp_twin::unoptimised as differentiable;
pub use optimised::*;

#[path = "suite/main.rs"]
mod suite;
pub use suite::support;
