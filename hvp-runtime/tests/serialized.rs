//! States that were written and read go on with the same bits.

#![cfg(feature = "serde")]

use hvp_runtime::reference::Rosenbrock;
use hvp_runtime::{AdaHessian, Hutchinson, Moments, Samples, State, Subproblem, TrustRegion};
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::ops::ControlFlow::{Break, Continue};

const START: [f64; 4] = [-1.2, 1.0, -1.2, 1.0];

#[test]
fn a_trust_region_goes_on_from_text() {
    for subproblem in [Subproblem::default(), Subproblem::Gltr] {
        let method = TrustRegion { subproblem, ..TrustRegion::default() };
        let whole = method.minimize(&Rosenbrock, &START).state;
        let mut run = method.start(&Rosenbrock, &START);
        for _ in 0..13 {
            assert_eq!(run.advance(), None);
        }
        let text = serde_json::to_string(run.state()).expect("finite numbers");
        let state: State = serde_json::from_str(&text).expect("what was written");
        let resumed = method.resume(&Rosenbrock, state).finish().state;
        assert_eq!((resumed.x, resumed.iterations), (whole.x, whole.iterations));
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
