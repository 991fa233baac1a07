#![doc = include_str!("../README.md")]

extern crate self as hvp;

pub use hvp_macros::differentiable;
pub use hvp_runtime::*;

#[cfg(feature = "special")]
pub mod special;
