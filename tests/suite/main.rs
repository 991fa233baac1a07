//! Tests of the generated derivatives through the public interface, a module for each feature.
#![allow(
    dead_code,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::todo,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    reason = "the functions under test are written as users write them, and nobody links a test binary"
)]

pub mod support;

mod any_struct;
mod beside;
mod calls;
mod choices;
mod chosen;
mod classics;
mod closures;
mod configured;
mod constant_parameters;
mod control;
mod copies;
mod counts;
mod data_arrays;
mod early;
mod ends;
mod entries;
mod errors;
mod exchanges;
mod failing;
mod finance;
mod fixed_arrays;
mod float_types;
mod gathered;
mod given;
mod grids;
mod held;
mod helpers;
mod hygiene;
mod integer_types;
mod iterators;
mod jacobians;
mod kinks;
mod learning;
mod lengths;
mod lent;
mod marked;
mod matches;
mod memory;
mod methods;
mod modules;
mod namesakes;
mod neighbours;
mod nested;
mod numerics;
mod objective;
mod oracle;
mod orders;
mod other_float;
mod outputs;
mod owned_data;
mod params;
mod parts;
mod physics;
mod plain;
mod powers;
mod ragged;
mod ranges;
mod records;
mod recursion;
mod references;
mod resizing;
mod results;
mod robotics;
mod rules;
mod searches;
mod siblings;
mod signatures;
mod slices;
mod state;
mod state_in_calls;
mod statistics;
mod steering;
mod steps;
mod structs;
mod sums;
mod tables;
mod traps;
mod tuples;
mod unfolded;
mod variants;
mod vecs;
