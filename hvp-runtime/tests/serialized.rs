//! States that were written and read go on with the same bits.

#![cfg(feature = "serde")]

mod common;

use std::ops::ControlFlow::{Break, Continue};

use common::{Turned, linspace};
use hvp_runtime::reference::Rosenbrock;
use hvp_runtime::{
    AdaHessian, ConjugateGradients, Hutchinson, Lanczos, LinearOperator, Moments, Samples, SpectralMeasure,
    State, StepKind, Subproblem, TrustRegion, Which, XTrace,
};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::{Serialize, de::DeserializeOwned};

const START: [f64; 4] = [-1.2, 1.0, -1.2, 1.0];

#[test]
fn a_trust_region_goes_on_from_text() {
    for subproblem in [Subproblem::default(), Subproblem::Gltr] {
        let method = TrustRegion { subproblem, ..TrustRegion::default() };
        let whole = method.minimize(&Rosenbrock, &START);
        let mut run = method.start(&Rosenbrock, &START);
        let mut rejected = 0;
        while run.advance().is_none() {
            rejected += usize::from(run.state().last_step == Some(StepKind::Rejected));
            let state: State = through_text(run.state());
            assert_eq!(method.resume(&Rosenbrock, state).finish(), whole);
        }
        assert!(rejected > 0);
    }
}

#[test]
fn a_descent_goes_on_from_text() {
    let method = AdaHessian::default();
    let (mut whole, mut paused) = (START, START);
    let mut descent = method.start(4);
    (0..30).for_each(|_| descent.step(&Rosenbrock, &mut whole).expect("finite"));
    let mut first = method.start(4);
    (0..11).for_each(|_| first.step(&Rosenbrock, &mut paused).expect("finite"));
    let text = serde_json::to_string(first.moments()).expect("finite numbers");
    let moments: Moments = serde_json::from_str(&text).expect("what was written");
    let mut second = method.resume(moments);
    (11..30).for_each(|_| second.step(&Rosenbrock, &mut paused).expect("finite"));
    assert_eq!(whole, paused);
}

#[test]
fn an_estimate_goes_on_from_text() {
    let matrix = [[2.0, 1.0, 0.3], [1.0, 3.0, -0.7], [0.3, -0.7, 1.0]];
    let method = Hutchinson { relative: 0.03, ..Hutchinson::default() };
    let whole = method.diagonal(&matrix, &mut StdRng::seed_from_u64(5)).expect("finite");
    assert!(whole.converged && whole.estimate.samples > 100);
    let mut taken = method.start(3, &mut StdRng::seed_from_u64(5));
    let first = method.resume_diagonal(&matrix, &mut taken, |estimate| {
        if estimate.samples < 50 { Continue(()) } else { Break(()) }
    });
    let first = first.expect("finite");
    assert!(!first.converged && taken.len() == first.estimate.samples);
    let text = serde_json::to_string(&taken).expect("finite numbers");
    let mut taken: Samples = serde_json::from_str(&text).expect("what was written");
    assert_eq!(method.resume_diagonal(&matrix, &mut taken, |_| Continue(())), Ok(whole));
}

/// Writes a value and reads it again.
fn through_text<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let text = serde_json::to_string(value).expect("finite numbers");
    serde_json::from_str(&text).expect("what was written")
}

#[test]
fn conjugate_gradients_go_on_from_text() {
    let (op, b) = (Turned::new(linspace(1.0, 300.0, 120)), vec![1.0; 120]);
    let method = ConjugateGradients::default();
    let mut iterate = method.start(&b);
    let first = method
        .resume(&op, &mut iterate, |iterate| if iterate.products() < 17 { Continue(()) } else { Break(()) });
    assert!(first.is_ok_and(|first| !first.converged && first.products == 17));
    let second = method.resume(&op, &mut through_text(&iterate), |_| Continue(()));
    assert_eq!(second, method.solve(&op, &b));
}

/// The repeated eigenvalue makes the space exhaust itself, and begin again from another random vector.
#[test]
fn lanczos_goes_on_from_text() {
    for spectrum in [linspace(3.0, 1.0, 200), vec![4.0; 6]] {
        let op = Turned::new(spectrum);
        let method = Lanczos::default();
        let rng = || StdRng::seed_from_u64(5);
        let mut space = method.start(op.dim(), &mut rng());
        let first = Lanczos { max_products: 3, ..method.clone() };
        let first = first.resume_eigenpairs(&op, &mut space, 3, Which::LargestAlgebraic, |_| Continue(()));
        assert!(first.is_ok_and(|first| first.products == 3));
        let mut read = through_text(&space);
        let second = method.resume_eigenpairs(&op, &mut read, 6, Which::LargestAlgebraic, |_| Continue(()));
        assert_eq!(second, method.eigenpairs(&op, 6, Which::LargestAlgebraic, &mut rng()));
    }
}

#[test]
fn a_sketch_goes_on_from_text() {
    let op = Turned::new(linspace(0.0, 1.0, 200).iter().map(|x| x.powi(6)).collect());
    let method = XTrace { relative: 1e-3, ..XTrace::default() };
    let rng = || StdRng::seed_from_u64(5);
    let mut sketch = method.start_diagonal(200, &mut rng());
    let first = method.resume_diagonal(&op, &mut sketch, |_| Break(()));
    assert!(first.is_ok_and(|first| !first.converged));
    let second = method.resume_diagonal(&op, &mut through_text(&sketch), |_| Continue(()));
    assert_eq!(second, method.diagonal(&op, &mut rng()));
}

#[test]
fn a_measure_goes_on_from_text() {
    let op = Turned::new(linspace(1.0, 3.0, 100));
    let rng = || StdRng::seed_from_u64(5);
    let mut measure = SpectralMeasure::start(100, 12, &mut rng());
    assert_eq!(measure.resume(&op, 21, |_| Break(())), Ok(Break(())));
    let mut measure = through_text(&measure);
    assert_eq!(measure.resume(&op, 21, |_| Continue(())), Ok(Continue(())));
    assert_eq!(Ok(measure), SpectralMeasure::new(&op, 21, 12, &mut rng()));
}
