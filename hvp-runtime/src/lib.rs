//! What one does with a Hessian-vector product: operators, estimators, spectra, solvers, checks.
//!
//! The crate `hvp` re-exports everything here; depend on that one.
//!
//! An [`Objective`] is a function with its gradient and Hessian-vector product, as `#[differentiable]` generates
//! it. Its Hessian at a point is a [`LinearOperator`] that is applied and never formed, and every estimator takes
//! such an operator.
//!
//! ```
//! # extern crate hvp_runtime as hvp;
//! use hvp::hutchinson_trace;
//! use rand::{SeedableRng, rngs::StdRng};
//!
//! let matrix = [[2.0, 1.0], [1.0, 3.0]];
//! let trace = hutchinson_trace(&matrix, 400, &mut StdRng::seed_from_u64(7));
//! assert!((trace.value - 5.0).abs() < 4.0 * trace.std_error);
//! ```
//!
//! | for | there is |
//! |---|---|
//! | operators | [`HessianOperator`], [`FnOperator`], [`DenseOperator`], [`GaussNewton`]; [`Shifted`], [`Sum`], [`Restricted`], [`Counted`] |
//! | traces and diagonals | [`hutchinson_trace`], [`hutchinson_diagonal`], [`Hutchinson`], [`xtrace`], [`xdiag`], [`XTrace`], [`xnystrace`] |
//! | matrices and diagonals with known zeros | [`sparse`] |
//! | spectra | [`Lanczos`], [`SpectralMeasure`] |
//! | minimising | [`TrustRegion`], [`AdaHessian`] |
//! | linear systems | [`ConjugateGradients`] |
//! | is a derivative right? | [`check`] |
//! | a function derived by hand | [`reference`](mod@reference) |

mod adahessian;
mod adaptors;
mod block;
mod cg;
pub mod check;
mod condition;
mod counted;
mod dense;
mod eigenpairs;
mod error;
mod estimate;
mod exchangeable;
#[cfg(feature = "argmin")]
mod for_argmin;
#[cfg(feature = "basin")]
mod for_basin;
#[cfg(feature = "faer")]
mod for_faer;
mod hutchinson;
mod kept;
mod krylov;
#[cfg(any(feature = "nalgebra", feature = "ndarray"))]
mod matrices;
mod nystrom;
mod objective;
mod operator;
#[cfg(feature = "rayon")]
mod parallel;
mod private;
mod probe;
#[cfg(feature = "indicatif")]
mod progress;
mod qr;
mod quadrature;
mod real;
pub mod reference;
mod shape;
mod sketch;
pub mod sparse;
mod stop;
mod stream;
mod tangent;
mod tridiagonal;
mod trust_region;
mod vector;

/// What generated code calls.
#[doc(hidden)]
pub mod __private {
    pub use crate::private::*;
}

/// The crate whose generators the estimators take, in the version that they take.
#[doc(no_inline)]
pub use rand;

pub use adahessian::{AdaHessian, Blocks, Curvature, Descent, Moments};
pub use adaptors::{GaussNewton, Restricted, Shifted, Sum};
pub use cg::{ConjugateGradients, Iterate, Solution};
pub use condition::Condition;
pub use counted::Counted;
pub use dense::DenseOperator;
pub use eigenpairs::{Eigenpairs, Lanczos, RitzValues, Which};
pub use error::Error;
pub use estimate::Estimate;
pub use exchangeable::{XTrace, xdiag, xtrace};
#[cfg(feature = "argmin")]
pub use for_argmin::{ArgminHessian, ForArgmin};
#[cfg(feature = "basin")]
pub use for_basin::ForBasin;
#[cfg(feature = "faer")]
pub use for_faer::ForFaer;
pub use hutchinson::{Adaptive, Hutchinson, Samples, hutchinson_diagonal, hutchinson_trace};
pub use krylov::KrylovSpace;
pub use nystrom::xnystrace;
pub use objective::Objective;
pub use operator::{FnOperator, HessianOperator, LinearOperator};
#[cfg(feature = "rayon")]
pub use parallel::Parallel;
pub use probe::Probe;
#[cfg(feature = "indicatif")]
pub use progress::{Shown, progress_bar};
pub use quadrature::{FunctionTrace, SpectralMeasure};
pub use real::Real;
pub use sketch::Sketch;
pub use stop::stop_gradient;
pub use tangent::{Lanes, Tangent};
pub use trust_region::{
    Counts, Outcome, Preconditioner, Run, State, Status, StepKind, Stop, Subproblem, TrustRegion,
};
