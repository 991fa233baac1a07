#![doc = include_str!("../README.md")]

extern crate self as hvp;

pub use hvp_macros::differentiable;
pub use hvp_runtime::*;

#[cfg(feature = "special")]
pub mod special;

/// The pages in `docs`, whose examples are tested.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../docs/language.md")]
    mod language {}
    #[doc = include_str!("../docs/solvers.md")]
    mod solvers {}
    #[doc = include_str!("../docs/estimators.md")]
    mod estimators {}
    #[doc = include_str!("../docs/spectra.md")]
    mod spectra {}
    #[doc = include_str!("../docs/long_runs.md")]
    mod long_runs {}
}
