//! Generated derivatives timed beside hand-written ones and beside other crates, on functions from several fields.
//!
//! `cargo run --release -p hvp-bench -- table` prints the table, `-- jacobians` that of functions with many results,
//! `-- linear` what linearising costs and saves, `-- report DIR` and `-- growth DIR` write pictures, and `cargo bench -p hvp-bench` runs every routine under a
//! statistical harness.

pub mod blas;
pub mod chart;
pub mod clock;
pub mod fits;
pub mod jacobians;
pub mod linear;
pub mod number;
pub mod pair;
pub mod rivals;
pub mod sample;
pub mod studies;
pub mod table;
pub mod workload;
pub mod workloads;
