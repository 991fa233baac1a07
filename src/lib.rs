// These come before those of the same names at the end of the page, which lead to the files.
//! [attribute]: macro@differentiable
//! [language]: guide::language
//! [operators]: guide::operators
//! [solvers]: guide::solvers
//! [estimators]: guide::estimators
//! [spectra]: guide::spectra
//! [long_runs]: guide::long_runs
//! [other_crates]: guide::other_crates
//! [performance]: guide::performance
//!
#![doc = include_str!("../README.md")]

extern crate self as hvp;

/// [language]: crate::guide::language
///
#[doc = include_str!("../docs/attribute.md")]
#[doc(inline)]
pub use hvp_macros::differentiable;
#[doc(inline)]
pub use hvp_runtime::*;

#[cfg(feature = "special")]
pub mod special;

/// The pages of the documentation, whose examples are tested; their pictures are in the repository, in `docs/pictures`.
#[cfg(any(doc, doctest))]
pub mod guide {
    #[doc = include_str!("../docs/language.md")]
    pub mod language {}

    /// [other_crates]: crate::guide::other_crates
    ///
    #[doc = include_str!("../docs/operators.md")]
    pub mod operators {}

    /// [long_runs]: crate::guide::long_runs
    ///
    #[doc = include_str!("../docs/solvers.md")]
    pub mod solvers {}

    /// [long_runs]: crate::guide::long_runs
    ///
    #[doc = include_str!("../docs/estimators.md")]
    pub mod estimators {}

    /// [long_runs]: crate::guide::long_runs
    ///
    #[doc = include_str!("../docs/spectra.md")]
    pub mod spectra {}

    #[doc = include_str!("../docs/long_runs.md")]
    pub mod long_runs {}

    /// [long_runs]: crate::guide::long_runs
    ///
    // Its examples need the crates that they show, and are tested in `examples/other_crates`.
    #[cfg(not(doctest))]
    #[doc = include_str!("../docs/other_crates.md")]
    pub mod other_crates {}

    #[doc = include_str!("../docs/performance.md")]
    pub mod performance {}
}
