//! The suite once more, with every optimisation switched off: the same bits of each value, the same derivatives to rounding.
#![allow(
    dead_code,
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

#[path = "fuzz/src/harness.rs"]
mod harness;
hvp_twin::random_programs!(core 55..59, wide 23..29);
