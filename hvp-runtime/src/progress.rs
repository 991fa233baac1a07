//! A bar for long runs in a terminal.

use std::ops::ControlFlow;

use indicatif::{ProgressBar, ProgressStyle};

use crate::vector::norm;
use crate::{
    ConjugateGradients, Estimate, Hutchinson, Iterate, Lanczos, RitzValues, State, TrustRegion, XTrace,
};

/// The length of the whole bar.
const LENGTH: u64 = 1000;

/// A callback that draws a bar on standard error, if that is a terminal (feature `indicatif`): for
/// [`TrustRegion::minimize_with`], [`ConjugateGradients::solve_with`], [`Lanczos::eigenpairs_with`],
/// [`Hutchinson::trace_with`], [`Hutchinson::diagonal_with`], [`XTrace::resume_trace`], and wherever the same method goes on.
///
/// The bar fills as what the method brings down gets smaller, to what was asked for; beside it stand the products and how
/// far it is. It vanishes when the callback is dropped.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{ConjugateGradients, Hutchinson, TrustRegion, progress_bar, reference::Rosenbrock};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let method = TrustRegion::default();
/// let outcome = method.minimize_with(&Rosenbrock, &[-1.2, 1.0], progress_bar(&method));
/// assert!(outcome.status.is_converged());
///
/// let matrix = [[2.0, 1.0], [1.0, 3.0]];
/// let method = ConjugateGradients::default();
/// assert!(method.solve_with(&matrix, &[4.0, 7.0], progress_bar(&method)).unwrap().converged);
///
/// let method = Hutchinson::default();
/// let trace = method.trace_with(&matrix, &mut StdRng::seed_from_u64(1), progress_bar(&method));
/// assert!(trace.unwrap().converged);
/// ```
#[must_use = "it is a callback"]
pub fn progress_bar<S, M: Shown<S> + Clone>(method: &M) -> impl FnMut(&S) -> ControlFlow<()> + use<S, M> {
    let method = method.clone();
    let bar = ProgressBar::new(LENGTH);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {elapsed} {msg}") {
        bar.set_style(style);
    }
    let finish = Finish(bar);
    move |state| {
        finish.0.set_position(position(method.done(state)));
        finish.0.set_message(method.message(state));
        ControlFlow::Continue(())
    }
}

/// A method whose runs [`progress_bar`] can show (feature `indicatif`), given what its callback sees.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use std::ops::ControlFlow::Continue;
///
/// use hvp::{ConjugateGradients, Shown};
///
/// let (method, mut parts) = (ConjugateGradients::default(), Vec::new());
/// let solution = method.solve_with(&[[2.0, 1.0], [1.0, 3.0]], &[4.0, 7.0], |iterate| {
///     parts.push(method.done(iterate));
///     Continue(())
/// });
/// assert!(solution.unwrap().converged);
/// assert!(parts.len() == 1 && parts[0] > 0.0 && parts[0] < 1.0);
/// ```
pub trait Shown<S> {
    /// How much of the way is done: from 0 to 1, or beyond, or NaN where that is not known.
    fn done(&self, state: &S) -> f64;

    /// A line that says where the run stands.
    fn message(&self, state: &S) -> String;
}

/// On a logarithmic scale, from the gradient's length at the start.
impl Shown<State> for TrustRegion {
    fn done(&self, state: &State) -> f64 {
        let first = state.first_gradient_norm;
        let target = self.stop.gradient.max(self.stop.relative_gradient * first);
        (first / state.gradient_norm).ln() / (first / target).ln()
    }
    fn message(&self, state: &State) -> String {
        let (iterations, products) = (state.iterations, state.counts.products);
        let (value, gradient) = (state.value, state.gradient_norm);
        format!("step {iterations}, {products} H v, f = {value:.6e}, gradient {gradient:.1e}")
    }
}

/// On a logarithmic scale, from the length of the right-hand side.
impl Shown<Iterate> for ConjugateGradients {
    fn done(&self, iterate: &Iterate) -> f64 {
        iterate.relative_residual().ln() / self.tolerance.ln()
    }
    fn message(&self, iterate: &Iterate) -> String {
        format!("{} products, relative residual {:.1e}", iterate.products(), iterate.relative_residual())
    }
}

/// On a logarithmic scale, by the pair that is least known.
impl Shown<RitzValues> for Lanczos {
    fn done(&self, found: &RitzValues) -> f64 {
        worst(found).ln() / self.tolerance.ln()
    }
    fn message(&self, found: &RitzValues) -> String {
        format!("{} products, relative residual {:.1e}", found.products, worst(found))
    }
}

/// By the number of samples that the tolerance will take, as far as it is known.
impl Shown<Estimate<f64>> for Hutchinson {
    fn done(&self, estimate: &Estimate<f64>) -> f64 {
        self.part(estimate.samples, estimate.value.abs(), estimate.std_error)
    }
    fn message(&self, estimate: &Estimate<f64>) -> String {
        format!("{} samples, {:.6e} ± {:.1e}", estimate.samples, estimate.value, estimate.std_error)
    }
}

/// By the number of samples that the tolerance will take, as far as it is known.
impl Shown<Estimate<Vec<f64>>> for Hutchinson {
    fn done(&self, estimate: &Estimate<Vec<f64>>) -> f64 {
        self.part(estimate.samples, norm(&estimate.value), norm(&estimate.std_error))
    }
    fn message(&self, estimate: &Estimate<Vec<f64>>) -> String {
        let relative = norm(&estimate.std_error) / norm(&estimate.value);
        format!("{} samples, relative standard error {relative:.1e}", estimate.samples)
    }
}

/// On a logarithmic scale, from the size of the estimate.
impl Shown<Estimate<f64>> for XTrace {
    fn done(&self, estimate: &Estimate<f64>) -> f64 {
        self.part(estimate.samples, estimate.value.abs(), estimate.std_error)
    }
    fn message(&self, estimate: &Estimate<f64>) -> String {
        format!("{} products, {:.6e} ± {:.1e}", 2 * estimate.samples, estimate.value, estimate.std_error)
    }
}

/// On a logarithmic scale, from the size of the estimate.
impl Shown<Estimate<Vec<f64>>> for XTrace {
    fn done(&self, estimate: &Estimate<Vec<f64>>) -> f64 {
        self.part(estimate.samples, norm(&estimate.value), norm(&estimate.std_error))
    }
    fn message(&self, estimate: &Estimate<Vec<f64>>) -> String {
        let relative = norm(&estimate.std_error) / norm(&estimate.value);
        format!("{} products, relative standard error {relative:.1e}", 2 * estimate.samples)
    }
}

/// The largest relative residual.
fn worst(found: &RitzValues) -> f64 {
    let pairs = found.values.iter().zip(&found.residuals);
    pairs.map(|(value, residual)| residual / value.abs()).fold(0.0, f64::max)
}

/// How much of the bar.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the length of the bar; NaN is none of it"
)]
fn position(done: f64) -> u64 {
    (LENGTH as f64 * done.clamp(0.0, 1.0)) as u64
}

/// Clears the bar in the end.
struct Finish(ProgressBar);

impl Drop for Finish {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
