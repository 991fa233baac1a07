//! Tests of the generated derivatives through the public interface, a module for each feature.
#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::todo,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    reason = "the functions under test are written as users write them, and nobody links a test binary"
)]

mod support;

mod calls;
mod classics;
mod closures;
mod control;
mod given;
mod hygiene;
mod iterators;
mod kinks;
mod matches;
mod memory;
mod methods;
mod objective;
mod oracle;
mod outputs;
mod params;
mod plain;
mod powers;
mod recursion;
mod results;
mod rules;
mod vecs;
