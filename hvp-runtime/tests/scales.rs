//! Numbers whose squares are too small or too large for numbers.

mod common;

use std::ops::ControlFlow::Continue;

use common::{Turned, linspace};
use hvp_runtime::reference::Rosenbrock;
use hvp_runtime::{
    ConjugateGradients, Lanczos, Objective, Status, Stop, Subproblem, TrustRegion, Which, hutchinson_trace,
    xtrace,
};
use rand::SeedableRng;
use rand::rngs::StdRng;

const SCALES: [f64; 4] = [1e-250, 1e-170, 1e170, 1e250];

fn op(scale: f64) -> Turned {
    Turned::new(linspace(1.0, 3.0, 40).iter().map(|value| scale * value).collect())
}

#[test]
fn systems_of_any_scale_are_solved() {
    let b: Vec<f64> = (0..40).map(|i| f64::from(i).sin()).collect();
    let known = ConjugateGradients::default().solve(&op(1.0), &b).expect("definite");
    for scale in SCALES {
        let scaled: Vec<f64> = b.iter().map(|entry| scale * entry).collect();
        let tiny = ConjugateGradients::default().solve(&op(1.0), &scaled).expect("definite");
        let weak = ConjugateGradients::default().solve(&op(scale), &b).expect("definite");
        for (solution, factor) in [(tiny, scale), (weak, 1.0 / scale)] {
            assert!(solution.converged && solution.products == known.products);
            for (found, known) in solution.x.iter().zip(&known.x) {
                assert!((found / factor - known).abs() < 1e-9, "{scale:e}: {found:e} {known}");
            }
        }
    }
}

#[test]
fn spectra_of_any_scale_are_found() {
    let rng = || StdRng::seed_from_u64(2);
    let known = xtrace(&op(1.0), 20, &mut rng()).expect("finite");
    for scale in SCALES {
        for (which, exact) in [(Which::LargestAlgebraic, 3.0), (Which::SmallestAlgebraic, 1.0)] {
            let pairs = Lanczos::default().eigenpairs(&op(scale), 1, which, &mut rng()).expect("finite");
            assert!(pairs.converged && (pairs.values[0] / scale / exact - 1.0).abs() < 1e-12);
        }
        let trace = xtrace(&op(scale), 20, &mut rng()).expect("finite");
        assert!((trace.value / scale / known.value - 1.0).abs() < 1e-10, "{scale:e}: {trace:?}");
        assert!((trace.std_error / scale / known.std_error - 1.0).abs() < 1e-6, "{scale:e}: {trace:?}");
        let signs = |scale| hutchinson_trace(&op(scale), 20, &mut rng()).std_error;
        assert!((signs(scale) / scale / signs(1.0) - 1.0).abs() < 1e-10);
    }
}

/// An objective in another unit.
struct Scaled<F>(f64, F);

impl<F: Objective> Objective for Scaled<F> {
    fn value(&self, x: &[f64]) -> f64 {
        self.0 * self.1.value(x)
    }
    fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
        let value = self.1.value_and_grad(x, grad);
        grad.iter_mut().for_each(|entry| *entry *= self.0);
        self.0 * value
    }
    fn hvp(&self, x: &[f64], v: &[f64], hv: &mut [f64]) {
        self.1.hvp(x, v, hv);
        hv.iter_mut().for_each(|entry| *entry *= self.0);
    }
}

/// f(x) = Σ √(1 + xᵢ²), on which Newton's method without a region diverges from |x| > 1.
struct Roots;

impl Objective for Roots {
    fn value(&self, x: &[f64]) -> f64 {
        x.iter().map(|x| x.hypot(1.0)).sum()
    }
    fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
        grad.iter_mut().zip(x).for_each(|(grad, x)| *grad = x / x.hypot(1.0));
        self.value(x)
    }
    fn hvp(&self, x: &[f64], v: &[f64], hv: &mut [f64]) {
        hv.iter_mut().zip(x).zip(v).for_each(|((hv, x), v)| *hv = v / x.hypot(1.0).powi(3));
    }
}

/// Also where all values are below what rounding does to one.
#[test]
fn functions_of_any_scale_are_minimised_and_never_rise() {
    let stop = Stop { gradient: 0.0, relative_gradient: 1e-8, ..Stop::default() };
    for subproblem in [Subproblem::default(), Subproblem::Gltr] {
        let method = TrustRegion { stop: stop.clone(), subproblem, ..TrustRegion::default() };
        for scale in [1e-250, 1e-170, 1e-30, 1e-16, 1e-12, 1e-8, 1.0, 1e8, 1e170, 1e250] {
            let (roots, valley) = (Scaled(scale, Roots), Scaled(scale, Rosenbrock));
            for (f, x, least) in [
                (&roots as &dyn Objective, [3.0, 5.0], [0.0, 0.0]),
                (&valley, [-1.2, 1.0], [1.0, 1.0]),
                (&valley, [0.0, 0.0], [1.0, 1.0]),
            ] {
                let mut last = f.value(&x);
                let outcome = method.minimize_with(f, &x, |state| {
                    assert!(state.value <= last * (1.0 + 1e-12), "{scale:e}: {} after {last}", state.value);
                    last = state.value;
                    Continue(())
                });
                assert_eq!(outcome.status, Status::Converged, "{scale:e}: {:?}", outcome.state);
                assert!(outcome.state.x.iter().zip(least).all(|(x, least)| (x - least).abs() < 1e-5));
                assert!(outcome.state.iterations < 60);
            }
        }
    }
}
