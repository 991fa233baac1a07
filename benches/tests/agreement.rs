//! What is timed is right: generated, hand-written and generic versions agree.

use hvp::Objective;
use hvp_bench::fits::{Arm, Decay, Fit, Lens, Peaks};
use hvp_bench::jacobians::difference;
use hvp_bench::rivals::ALL;
use hvp_bench::table::{directions, error};
use hvp_bench::workload::Workload;
use hvp_bench::workloads::{
    Adjustment, BlackScholes, Brusselator, Burgers, Clusters, LennardJones, Logistic, LotkaVolterra, Mixture,
    Perceptron, Recurrent, Rosenbrock,
};

/// Sums in another order differ by rounding.
const CLOSE: f64 = 1e-9;

fn check(workload: &impl Workload) {
    let x = workload.point();
    let (n, f) = (x.len(), workload.objective());
    let v = directions(n, 1);
    let [mut by_hand, mut ours] = [vec![0.0; n], vec![0.0; n]];
    let name = workload.name();

    let value = f.value_and_grad(&x, &mut ours);
    workload.hand_grad(&x, &mut by_hand);
    assert!(error(&ours, &by_hand) < CLOSE, "gradient of {name}");
    assert!((value - workload.generic(&x[..])).abs() < CLOSE * value.abs(), "value of {name}");
    let at = n / 2;
    for rival in ALL {
        let theirs = rival.grad(workload, &x, at);
        assert!(
            (theirs - by_hand[at]).abs() < CLOSE * (1.0 + by_hand[at].abs()),
            "{name} of {}",
            rival.name()
        );
    }

    f.hvp(&x, &v, &mut ours);
    workload.hand_hvp(&x, &v, &mut by_hand);
    assert!(error(&ours, &by_hand) < CLOSE, "product of {name}");
    f.linearize(&x).apply(&v, &mut ours);
    assert!(error(&ours, &by_hand) < CLOSE, "linearised {name}");
    for rival in ALL {
        let theirs = rival.hvp(workload, (&x, &v), at);
        assert!(
            (theirs - by_hand[at]).abs() < CLOSE * (1.0 + by_hand[at].abs()),
            "H·v, {name} of {}",
            rival.name()
        );
    }
}

#[test]
fn all_versions_agree() {
    check(&Adjustment::new(3, 7, 2));
    check(&BlackScholes::new(50));
    check(&Brusselator::new(12, 5));
    check(&Burgers::new(12, 5));
    check(&Clusters::new(60, 4, 3));
    check(&LennardJones::new(2));
    check(&Logistic::new(40, 7));
    check(&LotkaVolterra::new(3));
    check(&Mixture::new(12, 4, 3));
    check(&Perceptron::new(9, 5, 4));
    check(&Recurrent::new(6, 3, 4));
    check(&Rosenbrock { n: 9 });
}

fn check_fit(fit: &impl Fit) {
    assert!(difference(fit) < CLOSE, "{}", fit.name());
}

#[test]
fn all_jacobians_agree() {
    check_fit(&Arm::new(5));
    check_fit(&Decay::new(11));
    check_fit(&Lens::new(4));
    check_fit(&Peaks::new(9, 2));
}
