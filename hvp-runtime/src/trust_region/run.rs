//! A minimisation, step by step.

use std::fmt;
use std::ops::ControlFlow;
use std::time::Instant;

use super::gltr::Gltr;
use super::model::{Exit, Memory, Model, Preconditioner, Step};
use super::outcome::{Counts, Outcome, State, Status, StepKind};
use super::steihaug::{Ending, SteihaugToint};
use super::{Subproblem, TrustRegion};
use crate::shape::expect_len;
use crate::vector::norm;
use crate::{Counted, Error, HessianOperator, Objective};

/// Conjugate gradients stop after this many products per variable; rounding may need more than one.
const PRODUCTS_PER_VARIABLE: usize = 20;

/// The part of f that rounding may change, at most, in a sum of large terms that nearly cancel.
const NOISE: f64 = 1e6 * f64::EPSILON;

/// A minimisation that is under way; see [`TrustRegion::start`].
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::TrustRegion;
///
/// let f = hvp::reference::Rosenbrock;
/// let method = TrustRegion::default();
/// let mut run = method.start(&f, &[-1.2, 1.0]);
/// for _ in 0..5 {
///     assert_eq!(run.advance(), None);
/// }
/// // Another process may go on from the state alone.
/// let resumed = method.resume(&f, run.state().clone()).finish();
/// assert_eq!(resumed, run.finish());
/// ```
pub struct Run<'a, F: ?Sized> {
    objective: &'a F,
    method: TrustRegion,
    preconditioner: Option<Box<dyn Preconditioner + 'a>>,
    state: State,
    step: Step,
    begun: Instant,
}

impl<'a, F: Objective + ?Sized> Run<'a, F> {
    pub(super) fn start(method: TrustRegion, objective: &'a F, x: &[f64]) -> Self {
        let mut gradient = vec![0.0; x.len()];
        let value = objective.value_and_grad(x, &mut gradient);
        let gradient_norm = norm(&gradient);
        let state = State {
            x: x.to_vec(),
            value,
            gradient,
            gradient_norm,
            first_value: value,
            first_gradient_norm: gradient_norm,
            radius: method.initial_radius,
            iterations: 0,
            counts: Counts { values: 1, gradients: 1, products: 0 },
            last_step: None,
            negative_curvatures: 0,
            memory: Memory::Nothing,
        };
        Self::resume(method, objective, state)
    }

    pub(super) fn resume(method: TrustRegion, objective: &'a F, state: State) -> Self {
        method.expect_sensible();
        expect_len("gradient", state.gradient.len(), state.x.len());
        let step = Step::zero(state.x.len());
        Self { objective, method, preconditioner: None, state, step, begun: Instant::now() }
    }

    /// Uses a preconditioner, with [`Subproblem::SteihaugToint`]. To be given before the first step.
    ///
    /// # Panics
    /// If the subproblem is [`Subproblem::Gltr`], whose steps take none.
    #[must_use]
    pub fn precondition(mut self, mut preconditioner: impl Preconditioner + 'a) -> Self {
        let takes_one = matches!(self.method.subproblem, Subproblem::SteihaugToint { .. });
        assert!(takes_one, "`subproblem` is `Gltr`, which takes no preconditioner; choose `SteihaugToint`");
        preconditioner.update(&self.state.x);
        self.preconditioner = Some(Box::new(preconditioner));
        self
    }

    /// Where the run stands.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Goes on to the end.
    pub fn finish(self) -> Outcome {
        self.finish_with(|_| ControlFlow::Continue(()))
    }

    /// Goes on to the end, showing where it stands after each step; the callback may break off.
    pub fn finish_with(mut self, mut callback: impl FnMut(&State) -> ControlFlow<()>) -> Outcome {
        loop {
            if let Some(status) = self.advance() {
                return Outcome { status, state: self.state };
            }
            if callback(&self.state).is_break() {
                return Outcome { status: Status::Interrupted, state: self.state };
            }
        }
    }

    /// Takes one step, accepted or not; or says why there is none to take.
    pub fn advance(&mut self) -> Option<Status> {
        if let Some(status) = self.stops() {
            return Some(status);
        }
        let exit = match self.minimize_model() {
            Ok(exit) => exit,
            Err(error) => return Some(Status::Failed(error)),
        };
        self.state.iterations += 1;
        self.state.negative_curvatures += usize::from(exit == Exit::NegativeCurvature);
        self.try_step(exit)
    }

    /// The length of the gradient that was asked for.
    fn target(&self) -> f64 {
        let stop = &self.method.stop;
        stop.gradient.max(stop.relative_gradient * self.state.first_gradient_norm)
    }

    /// Looks at every condition for stopping before a step.
    fn stops(&self) -> Option<Status> {
        let (state, stop) = (&self.state, &self.method.stop);
        if state.x.is_empty() {
            Some(Status::Failed(Error::NoDimension))
        } else if !(state.value.is_finite() && state.gradient_norm.is_finite()) {
            Some(Status::Failed(Error::NotFinite))
        } else if state.gradient_norm <= self.target() {
            Some(Status::Converged)
        } else if state.radius <= f64::EPSILON * norm(&state.x).max(f64::MIN_POSITIVE) {
            Some(Status::RadiusVanished)
        } else if state.iterations >= stop.max_iterations {
            Some(Status::Iterations)
        } else if state.counts.values >= stop.max_values {
            Some(Status::Values)
        } else if state.counts.products >= stop.max_products {
            Some(Status::Products)
        } else {
            (self.begun.elapsed() >= stop.max_time).then_some(Status::Time)
        }
    }

    /// Finds the step in the present radius, from what is kept of this model if there is anything.
    fn minimize_model(&mut self) -> Result<Exit, Error> {
        let target = self.target();
        let state = &mut self.state;
        let hessian = Counted::new(HessianOperator::new(self.objective, &state.x));
        let left = self.method.stop.max_products - state.counts.products;
        let model = Model {
            hessian: &hessian,
            gradient: &state.gradient,
            preconditioner: self.preconditioner.as_deref(),
            products: left.min(PRODUCTS_PER_VARIABLE * state.x.len()),
        };
        let (radius, step) = (state.radius, &mut self.step);
        let memory = std::mem::take(&mut state.memory);
        let (exit, memory) = match self.method.subproblem {
            Subproblem::SteihaugToint { kappa, theta } => {
                let mut path = if let Memory::Path(path) = memory { path } else { SteihaugToint::default() };
                let forcing = kappa.min(state.gradient_norm.powf(theta)) * state.gradient_norm;
                let end = Ending { radius, shrink: self.method.shrink, residual: forcing.max(0.5 * target) };
                (path.minimize(&model, &end, step), Memory::Path(path))
            }
            Subproblem::Gltr => {
                let mut space = if let Memory::Space(space) = memory { space } else { Gltr::default() };
                (space.minimize(&model, radius, step), Memory::Space(space))
            }
        };
        state.counts.products += hessian.products();
        state.memory = memory;
        exit
    }

    /// What rounding may do to a difference of two values: part of the value here, and of that at the start or one, whichever is
    /// less, since the terms of f may cancel. A function in small units has small values throughout.
    fn rounding(&self) -> f64 {
        let State { value, first_value, first_gradient_norm, .. } = &self.state;
        1e3 * f64::EPSILON * value.abs().max(first_value.abs().max(*first_gradient_norm).min(1.0))
    }

    /// Compares what f keeps with what the model promised, both enlarged by what rounding may do to them; moves, and sets the
    /// next radius. A value that is not finite keeps nothing.
    fn try_step(&mut self, exit: Exit) -> Option<Status> {
        let rounding = self.rounding();
        let state = &mut self.state;
        let trial: Vec<f64> = state.x.iter().zip(&self.step.p).map(|(x, p)| x + p).collect();
        let value = self.objective.value(&trial);
        state.counts.values += 1;
        let ratio = (state.value - value + rounding) / (self.step.decrease + rounding);
        let ratio = if ratio.is_finite() { ratio } else { -1.0 };
        let Some(gradient) = self.judge(exit, ratio, value, &trial) else {
            let state = &mut self.state;
            state.radius *= self.method.shrink;
            while state.radius >= self.step.length && state.radius > 0.0 {
                state.radius *= self.method.shrink;
            }
            state.last_step = Some(StepKind::Rejected);
            return None;
        };
        let state = &mut self.state;
        if ratio < 0.25 {
            state.radius *= self.method.shrink;
        } else if ratio > 0.75 && exit != Exit::Interior {
            state.radius = (2.0 * state.radius).min(self.method.max_radius);
        }
        state.last_step = Some(match exit {
            Exit::Interior => StepKind::Interior,
            Exit::Boundary => StepKind::Boundary,
            Exit::NegativeCurvature => StepKind::NegativeCurvature,
        });
        let change = (self.state.value - value).abs();
        self.move_to(trial, value, gradient);
        (change < self.method.stop.value_change * value.abs().max(1.0)
            && self.stops() != Some(Status::Converged))
        .then_some(Status::ValueChange)
    }

    /// The gradient at the trial, if that is accepted: by what f keeps of the promise, or, where rounding in f hides
    /// that, by a shorter gradient. So f rises only where the gradient falls.
    fn judge(&mut self, exit: Exit, ratio: f64, value: f64, trial: &[f64]) -> Option<Vec<f64>> {
        let (old, promised) = (self.state.value, self.step.decrease);
        let hidden = |part: f64| {
            let least = part * old.abs();
            exit != Exit::NegativeCurvature && promised <= least && (old - value).abs() <= least
        };
        let kept = ratio > self.method.acceptance;
        let asked = if kept { value > old || hidden(f64::EPSILON) } else { hidden(NOISE) };
        if !kept && !asked {
            return None;
        }
        let mut gradient = vec![0.0; trial.len()];
        self.objective.grad(trial, &mut gradient);
        self.state.counts.gradients += 1;
        (!asked || norm(&gradient) < self.state.gradient_norm).then_some(gradient)
    }

    fn move_to(&mut self, x: Vec<f64>, value: f64, gradient: Vec<f64>) {
        let state = &mut self.state;
        state.x = x;
        state.value = value;
        state.gradient_norm = norm(&gradient);
        state.gradient = gradient;
        state.memory = Memory::Nothing;
        if let Some(preconditioner) = &mut self.preconditioner {
            preconditioner.update(&state.x);
        }
    }
}

impl<F: ?Sized> fmt::Debug for Run<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("method", &self.method)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
