//! A fixed batch of random programs: value bits, gradient, products, symmetry and Jacobians against a second definition.
//! `tests/fuzz` runs any number of them.
#![allow(warnings, clippy::all, clippy::pedantic, reason = "programs that nobody wrote")]

#[path = "fuzz/src/harness.rs"]
mod harness;
#[path = "suite/support/mod.rs"]
mod support;

hvp_twin::random_programs!(core 43..55, wide 1..17);
