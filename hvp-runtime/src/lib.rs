//! What one does with a Hessian-vector product: objectives and operators, estimators, checks.
//!
//! The crate `hvp` re-exports everything here; depend on that one.
//!
//! An [`Objective`] is a function with its gradient and Hessian-vector product, as `#[differentiable]` generates
//! it. Its Hessian at a point is a [`LinearOperator`] that is applied and never formed, and every estimator takes
//! such an operator.
//!
//! ```
//! # extern crate hvp_runtime as hvp;
//! use hvp::{LinearOperator, hutchinson_trace};
//! use rand::{SeedableRng, rngs::StdRng};
//!
//! let matrix = [[2.0, 1.0], [1.0, 3.0]];
//! let trace = hutchinson_trace(&matrix, 400, &mut StdRng::seed_from_u64(7));
//! assert!((trace.value - 5.0).abs() < 4.0 * trace.std_error);
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`check`] | is a derivative right? reports for one's own tests |
//! | [`reference`](mod@reference) | the Rosenbrock function, derived by hand |

mod adahessian;
mod adaptors;
mod cg;
pub mod check;
mod condition;
mod counted;
mod dense;
mod eigenpairs;
mod error;
mod estimate;
mod exchangeable;
mod hutchinson;
mod krylov;
mod objective;
mod operator;
#[doc(hidden)]
pub mod private;
#[cfg(feature = "rayon")]
mod parallel;
mod probe;
mod real;
mod qr;
mod quadrature;
pub mod reference;
mod shape;
mod tangent;
mod tridiagonal;
mod trust_region;
mod vector;

pub use adahessian::{AdaHessian, Blocks, Curvature, Descent, Moments};
pub use adaptors::{GaussNewton, Restricted, Shifted, Sum};
pub use cg::{ConjugateGradients, Solution};
pub use condition::Condition;
pub use counted::Counted;
pub use dense::DenseOperator;
pub use eigenpairs::{Eigenpairs, Lanczos, Which};
pub use error::Error;
pub use estimate::Estimate;
pub use exchangeable::{xdiag, xtrace};
pub use hutchinson::{Adaptive, Hutchinson, hutchinson_diagonal, hutchinson_trace};
pub use objective::Objective;
pub use operator::{FnOperator, HessianOperator, LinearOperator};
#[doc(hidden)]
pub use private as __private;
pub use real::Real;
pub use tangent::{Lanes, Tangent};
#[cfg(feature = "rayon")]
pub use parallel::Parallel;
pub use probe::Probe;
pub use quadrature::{FunctionTrace, SpectralMeasure};
pub use trust_region::{
    Counts, Outcome, Preconditioner, Run, State, Status, StepKind, Stop, Subproblem, TrustRegion,
};
