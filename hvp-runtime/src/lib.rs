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

pub mod check;
mod counted;
mod dense;
mod error;
mod estimate;
mod hutchinson;
mod objective;
mod operator;
mod probe;
pub mod reference;
mod shape;
mod tridiagonal;
mod trust_region;
mod vector;

pub use counted::Counted;
pub use dense::DenseOperator;
pub use error::Error;
pub use estimate::Estimate;
pub use hutchinson::{hutchinson_diagonal, hutchinson_trace};
pub use objective::Objective;
pub use operator::{FnOperator, HessianOperator, LinearOperator};
pub use trust_region::{
    Counts, Outcome, Preconditioner, Run, State, Status, StepKind, Stop, Subproblem, TrustRegion,
};
