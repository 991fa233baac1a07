//! Where a minimisation stands, and how it ended.

use std::time::Duration;

use super::model::Memory;
use crate::Error;

/// When to stop. The first condition that holds ends the run and is named in the [`Status`].
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{Status, Stop, TrustRegion};
///
/// let stop = Stop { max_products: 5, ..Stop::default() };
/// let outcome = TrustRegion { stop, ..TrustRegion::default() }.minimize(&hvp::reference::Rosenbrock, &[-1.2, 1.0]);
/// assert_eq!(outcome.status, Status::Products);
/// assert_eq!(outcome.state.counts.products, 5);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Stop {
    /// ‖∇f‖ ≤ this (1e-8).
    pub gradient: f64,
    /// ‖∇f‖ ≤ this times ‖∇f‖ at the start (0).
    pub relative_gradient: f64,
    /// An accepted step changes f by less than this times max(1, |f|) (0, never).
    pub value_change: f64,
    /// The most steps, accepted or not (10,000).
    pub max_iterations: usize,
    /// The most values of f (no limit).
    pub max_values: usize,
    /// The most Hessian-vector products (no limit). The last step may be cut short by it.
    pub max_products: usize,
    /// The most time (no limit), looked at before each step.
    pub max_time: Duration,
}

impl Default for Stop {
    fn default() -> Self {
        Self {
            gradient: 1e-8,
            relative_gradient: 0.0,
            value_change: 0.0,
            max_iterations: 10_000,
            max_values: usize::MAX,
            max_products: usize::MAX,
            max_time: Duration::MAX,
        }
    }
}

/// Why a run ended.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{Error, Status};
///
/// assert!(Status::Converged.is_converged());
/// assert!(!Status::Interrupted.is_converged());
/// assert!(!Status::Failed(Error::NotFinite).is_converged());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// The gradient is as small as was asked. The only status that means convergence.
    Converged,
    /// f hardly changes; the gradient is not as small as was asked.
    ValueChange,
    /// The region shrank to nothing: the model and f disagree at every scale, as rounding or a wrong derivative makes
    /// them.
    RadiusVanished,
    /// [`Stop::max_iterations`] was reached.
    Iterations,
    /// [`Stop::max_values`] was reached.
    Values,
    /// [`Stop::max_products`] was reached.
    Products,
    /// [`Stop::max_time`] was reached.
    Time,
    /// The callback broke off.
    Interrupted,
    /// Nothing could be computed from here.
    Failed(Error),
}

impl Status {
    /// Whether the gradient is as small as was asked.
    #[must_use]
    pub fn is_converged(self) -> bool {
        self == Self::Converged
    }
}

/// What has been evaluated.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// let f = hvp::reference::Rosenbrock;
/// let counts = hvp::TrustRegion::default().minimize(&f, &[-1.2, 1.0]).state.counts;
/// // Every trial costs a value, every accepted one a gradient.
/// assert!(counts.gradients <= counts.values);
/// ```
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Values of f.
    pub values: usize,
    /// Gradients.
    pub gradients: usize,
    /// Hessian-vector products.
    pub products: usize,
}

/// What became of the last step.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{StepKind, TrustRegion, reference::Rosenbrock};
///
/// let mut run = TrustRegion::default().start(&Rosenbrock, &[-1.2, 1.0]);
/// let mut rejected = 0;
/// while run.advance().is_none() {
///     rejected += usize::from(run.state().last_step == Some(StepKind::Rejected));
/// }
/// let state = run.state();
/// assert_eq!(state.iterations - rejected, state.counts.gradients - 1);
/// ```
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepKind {
    /// Inside the region.
    Interior,
    /// At the radius.
    Boundary,
    /// At the radius, along a direction of negative curvature.
    NegativeCurvature,
    /// Not taken: the model promised more than f kept.
    Rejected,
}

/// Where a run stands: all that is needed to go on from here, with the same steps to the last bit and no product taken
/// twice. After a rejected step that includes the path to it, which is some ten vectors, or with
/// [`Gltr`](crate::Subproblem::Gltr) one for each product of the step.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use std::ops::ControlFlow::{Break, Continue};
///
/// use hvp::{TrustRegion, reference::Rosenbrock};
///
/// let method = TrustRegion::default();
/// let stopped = method.minimize_with(&Rosenbrock, &[-1.2, 1.0], |state| {
///     if state.iterations < 10 { Continue(()) } else { Break(()) }
/// });
/// // With the feature `serde`, the state can be written to a file here, and read tomorrow.
/// let outcome = method.resume(&Rosenbrock, stopped.state).finish();
/// assert_eq!(outcome, method.minimize(&Rosenbrock, &[-1.2, 1.0]));
/// ```
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct State {
    /// The best point so far.
    pub x: Vec<f64>,
    /// f there.
    pub value: f64,
    /// Its gradient there.
    pub gradient: Vec<f64>,
    /// ‖∇f‖ there.
    pub gradient_norm: f64,
    /// f at the start.
    pub first_value: f64,
    /// ‖∇f‖ at the start.
    pub first_gradient_norm: f64,
    /// The radius for the next step.
    pub radius: f64,
    /// Steps, accepted or not.
    pub iterations: usize,
    /// What has been evaluated.
    pub counts: Counts,
    /// The last step, if there was one.
    pub last_step: Option<StepKind>,
    /// The steps that went along a direction of negative curvature.
    pub negative_curvatures: usize,
    pub(super) memory: Memory,
}

/// How a run ended, and where.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{TrustRegion, reference::Rosenbrock};
///
/// let outcome = TrustRegion::default().minimize(&Rosenbrock, &[-1.2, 1.0]);
/// assert!(outcome.status.is_converged());
/// assert!(outcome.state.gradient_norm <= 1e-8);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "the status says whether this converged"]
#[non_exhaustive]
pub struct Outcome {
    /// Why it ended. Only [`Status::Converged`] means that the gradient is as small as was asked.
    pub status: Status,
    /// Where it ended.
    pub state: State,
}
