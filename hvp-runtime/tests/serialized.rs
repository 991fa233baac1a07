//! States that were written and read go on with the same bits.

#![cfg(feature = "serde")]

use hvp_runtime::reference::Rosenbrock;
use hvp_runtime::{AdaHessian, Moments, State, Subproblem, TrustRegion};

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
