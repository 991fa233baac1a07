//! Minimisation by trust regions.

mod gltr;
mod model;
mod outcome;
mod run;
mod secular;
mod steihaug;

use std::ops::ControlFlow;

pub use model::Preconditioner;
pub use outcome::{Counts, Outcome, State, Status, StepKind, Stop};
pub use run::Run;

use crate::Objective;

/// How the model of each step is minimised.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{Subproblem, TrustRegion, reference::Rosenbrock};
///
/// let x = [-1.2, 1.0, -1.2, 1.0];
/// for subproblem in [Subproblem::SteihaugToint { kappa: 0.1, theta: 1.0 }, Subproblem::Gltr] {
///     let outcome = TrustRegion { subproblem, ..TrustRegion::default() }.minimize(&Rosenbrock, &x);
///     assert!(outcome.status.is_converged());
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Subproblem {
    /// Truncated conjugate gradients, to a residual of min(κ, ‖g‖^θ) ‖g‖. Needs a few vectors, takes a
    /// preconditioner.
    SteihaugToint {
        /// κ (½)
        kappa: f64,
        /// θ (½)
        theta: f64,
    },
    /// The exact minimiser in the Krylov space: fewer steps where the curvature is negative. Keeps all Lanczos
    /// vectors of a step, and takes no preconditioner.
    Gltr,
}

impl Default for Subproblem {
    fn default() -> Self {
        Self::SteihaugToint { kappa: 0.5, theta: 0.5 }
    }
}

/// A trust-region Newton method for functions of many variables, with Hessian-vector products and no Hessian.
///
/// Each step minimises the quadratic model in a ball, at the price of some products. The product with the step comes
/// out of the recurrence, and after a rejected step the path is traced again in the smaller ball, so neither costs a
/// product more. A trial costs one value, an accepted step one gradient. Where a step changes f by no more than
/// rounding may, the gradient decides instead: the step is accepted if it is shorter there.
///
/// J. Nocedal, S. Wright, Numerical Optimization, 2nd ed., algorithm 4.1; the comparison of promised and kept
/// decrease is regularised as in A. Conn, N. Gould, P. Toint, Trust-Region Methods, §17.4.2.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::TrustRegion;
///
/// let f = hvp::reference::Rosenbrock;
/// let outcome = TrustRegion::default().minimize(&f, &[-1.2, 1.0]);
/// assert!(outcome.status.is_converged());
/// assert!((outcome.state.x[0] - 1.0).abs() < 1e-8);
/// assert!(outcome.state.counts.products < 50);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TrustRegion {
    /// The radius of the first step (1).
    pub initial_radius: f64,
    /// The largest radius (1e10).
    pub max_radius: f64,
    /// What the radius is multiplied with after a step that f hardly followed (½). A rejected step costs no product, so
    /// a gentler factor than the customary ¼ pays.
    pub shrink: f64,
    /// A step is accepted if f falls by more than this part of what the model promised (1e-4).
    pub acceptance: f64,
    /// How the model is minimised.
    pub subproblem: Subproblem,
    /// When to stop.
    pub stop: Stop,
}

impl Default for TrustRegion {
    fn default() -> Self {
        Self {
            initial_radius: 1.0,
            max_radius: 1e10,
            shrink: 0.5,
            acceptance: 1e-4,
            subproblem: Subproblem::default(),
            stop: Stop::default(),
        }
    }
}

impl TrustRegion {
    /// Minimises `f` from `x` on.
    ///
    /// # Panics
    /// If a radius is not finite and positive, or `shrink` or `acceptance` does not lie between 0 and 1; so in the
    /// other methods.
    pub fn minimize(&self, f: &(impl Objective + ?Sized), x: &[f64]) -> Outcome {
        self.start(f, x).finish()
    }

    /// Minimises `f` from `x` on, showing where it stands after each step; the callback may break off.
    ///
    /// ```
    /// # extern crate hvp_runtime as hvp;
    /// use std::ops::ControlFlow;
    ///
    /// use hvp::{Status, TrustRegion};
    ///
    /// let f = hvp::reference::Rosenbrock;
    /// let outcome = TrustRegion::default().minimize_with(&f, &[-1.2, 1.0], |state| {
    ///     if state.value < 1.0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    /// });
    /// assert_eq!(outcome.status, Status::Interrupted);
    /// assert!(outcome.state.value < 1.0);
    /// ```
    pub fn minimize_with(
        &self,
        f: &(impl Objective + ?Sized),
        x: &[f64],
        callback: impl FnMut(&State) -> ControlFlow<()>,
    ) -> Outcome {
        self.start(f, x).finish_with(callback)
    }

    /// A run that is at its first point and goes on step by step. One value and one gradient.
    pub fn start<'a, F: Objective + ?Sized>(&self, f: &'a F, x: &[f64]) -> Run<'a, F> {
        Run::start(self.clone(), f, x)
    }

    /// A run that goes on where another one stood: its steps have the same bits as if that one had gone on.
    ///
    /// # Panics
    /// If the gradient in `state` has another length than its point.
    pub fn resume<'a, F: Objective + ?Sized>(&self, f: &'a F, state: State) -> Run<'a, F> {
        Run::resume(self.clone(), f, state)
    }

    /// Refuses what no minimisation could end with.
    fn expect_sensible(&self) {
        for (name, radius) in [("initial_radius", self.initial_radius), ("max_radius", self.max_radius)] {
            assert!(radius > 0.0 && radius.is_finite(), "`{name}` is {radius}, expected a positive number");
        }
        let Self { shrink, acceptance, .. } = self;
        assert!(*shrink > 0.0 && *shrink < 1.0, "`shrink` is {shrink}, expected a number between 0 and 1");
        assert!(
            *acceptance >= 0.0 && *acceptance < 1.0,
            "`acceptance` is {acceptance}, expected at least 0 and less than 1"
        );
    }
}
