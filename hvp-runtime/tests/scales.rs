//! Numbers whose squares are too small or too large for numbers.

mod common;

use common::{Turned, linspace};
use hvp_runtime::{ConjugateGradients, Lanczos, Which, hutchinson_trace, xtrace};
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
