//! A bar for long runs in a terminal.

use std::ops::ControlFlow;

use indicatif::{ProgressBar, ProgressStyle};

use crate::{State, TrustRegion};

/// The length of the whole bar.
const LENGTH: u64 = 1000;

/// A callback for [`TrustRegion::minimize_with`] that draws a bar on standard error, if that is a terminal (feature
/// `indicatif`).
///
/// The bar fills as the gradient gets shorter, on a logarithmic scale from its length at the start to what the method
/// asks for; beside it stand the steps, the products, f and the gradient's length. It vanishes when the callback is
/// dropped.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{TrustRegion, progress_bar, reference::Rosenbrock};
///
/// let method = TrustRegion::default();
/// let outcome = method.minimize_with(&Rosenbrock, &[-1.2, 1.0], progress_bar(&method));
/// assert!(outcome.status.is_converged());
/// ```
#[must_use = "it is a callback"]
pub fn progress_bar(method: &TrustRegion) -> impl FnMut(&State) -> ControlFlow<()> + use<> {
    let stop = method.stop.clone();
    let bar = ProgressBar::new(LENGTH);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {elapsed} {msg}") {
        bar.set_style(style);
    }
    let finish = Finish(bar);
    move |state| {
        let target = stop.gradient.max(stop.relative_gradient * state.first_gradient_norm);
        finish.0.set_position(position(state, target));
        let (iterations, products) = (state.iterations, state.counts.products);
        let (value, gradient) = (state.value, state.gradient_norm);
        finish.0.set_message(format!(
            "step {iterations}, {products} H v, f = {value:.6e}, gradient {gradient:.1e}"
        ));
        ControlFlow::Continue(())
    }
}

/// How much of the way to the target is done, of [`LENGTH`].
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the length of the bar"
)]
fn position(state: &State, target: f64) -> u64 {
    let whole = (state.first_gradient_norm / target).ln();
    let done = (state.first_gradient_norm / state.gradient_norm).ln();
    (LENGTH as f64 * (done / whole).clamp(0.0, 1.0)) as u64
}

/// Clears the bar in the end.
struct Finish(ProgressBar);

impl Drop for Finish {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
