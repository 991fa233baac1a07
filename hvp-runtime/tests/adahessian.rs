//! `AdaHessian` against its formula, and itself resumed.

use hvp_runtime::reference::Rosenbrock;
use hvp_runtime::{AdaHessian, Blocks, Curvature, Error, Objective};

/// f(x) = ½ x·(A x) with A = [[2, 1], [1, 3]].
struct Bowl;

impl Objective for Bowl {
    fn value(&self, x: &[f64]) -> f64 {
        x[0] * x[0] + x[0] * x[1] + 1.5 * x[1] * x[1]
    }
    fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
        self.hvp(x, x, grad);
        self.value(x)
    }
    fn hvp(&self, _x: &[f64], v: &[f64], hv: &mut [f64]) {
        hv.copy_from_slice(&[2.0 * v[0] + v[1], v[0] + 3.0 * v[1]]);
    }
}

/// After one step both means are the first gradient and the first curvature, whatever the betas.
#[test]
fn the_first_step_is_the_formula() {
    let method = AdaHessian { weight_decay: 0.01, hessian_power: 0.5, ..AdaHessian::default() };
    let mut descent = method.start(2);
    let mut x = [1.0, -2.0];
    descent.step(&Bowl, &mut x).expect("finite");
    let curvature = &descent.moments().curvature;
    assert!([[3.0, 4.0], [1.0, 2.0]].iter().any(|known| curvature[..] == known[..]));
    for (i, (old, gradient)) in [(1.0, 0.0), (-2.0, -5.0)].into_iter().enumerate() {
        let step: f64 = 0.15 * (gradient / (curvature[i].sqrt() + 1e-4) + 0.01 * old);
        assert!((x[i] - (old - step)).abs() < 1e-12);
    }
}

/// The root mean square of |H z| is the length of a row; the mean of z∘(H z) is the diagonal.
#[test]
fn each_curvature_is_what_it_says() {
    for (curvature, expected) in
        [(Curvature::RowNorm, [5_f64.sqrt(), 10_f64.sqrt()]), (Curvature::Diagonal, [2.0, 3.0])]
    {
        let mut descent = AdaHessian { probes: 10_000, curvature, ..AdaHessian::default() }.start(2);
        descent.step(&Bowl, &mut [1.0, 1.0]).expect("finite");
        for (found, expected) in descent.moments().curvature.iter().zip(expected) {
            assert!((found - expected).abs() < 0.05);
        }
    }
}

#[test]
fn curvature_is_averaged_over_blocks() {
    let curvature = |blocks| {
        let mut descent = AdaHessian { blocks, ..AdaHessian::default() }.start(5);
        descent.step(&Rosenbrock, &mut [0.1, 0.2, 0.3, 0.4, 0.5]).expect("finite");
        descent.moments().curvature.clone()
    };
    let single = curvature(Blocks::Single);
    let (first, second) = (0.5 * (single[0] + single[1]), 0.5 * (single[2] + single[3]));
    assert_eq!(curvature(Blocks::Runs(2)), [first, first, second, second, single[4]]);
    assert_eq!(
        curvature(Blocks::Ranges(vec![0..1, 2..4])),
        [single[0], single[1], second, second, single[4]]
    );
}

#[test]
fn products_are_taken_only_when_curvature_is_due() {
    struct Watched(std::cell::Cell<usize>);
    impl Objective for Watched {
        fn value(&self, x: &[f64]) -> f64 {
            Bowl.value(x)
        }
        fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
            Bowl.value_and_grad(x, grad)
        }
        fn hvp(&self, x: &[f64], v: &[f64], hv: &mut [f64]) {
            self.0.set(self.0.get() + 1);
            Bowl.hvp(x, v, hv);
        }
    }
    let f = Watched(std::cell::Cell::new(0));
    let mut descent = AdaHessian { update_every: 4, probes: 3, ..AdaHessian::default() }.start(2);
    for _ in 0..10 {
        descent.step(&f, &mut [1.0, 1.0]).expect("finite");
    }
    assert_eq!(f.0.get(), 9);
}

#[test]
fn a_resumed_descent_has_the_bits_of_one_that_went_on() {
    let method = AdaHessian { update_every: 3, probes: 2, seed: 5, ..AdaHessian::default() };
    let (mut whole, mut paused) = ([2.2, 0.21], [2.2, 0.21]);
    let mut descent = method.start(2);
    (0..50).for_each(|_| descent.step(&Rosenbrock, &mut whole).expect("finite"));
    let mut first = method.start(2);
    (0..20).for_each(|_| first.step(&Rosenbrock, &mut paused).expect("finite"));
    let mut second = method.resume(first.moments().clone());
    (20..50).for_each(|_| second.step(&Rosenbrock, &mut paused).expect("finite"));
    assert_eq!(whole, paused);
}

#[test]
fn a_point_that_is_not_finite_is_left_alone() {
    let mut x = [f64::NAN, 1.0];
    assert_eq!(AdaHessian::default().start(2).step(&Rosenbrock, &mut x), Err(Error::NotFinite));
    assert!(x[0].is_nan() && x[1] == 1.0);
}

#[test]
#[should_panic(expected = "`x` has length 3, expected 2")]
fn a_point_of_another_length_is_refused() {
    let _ = AdaHessian::default().start(2).step(&Rosenbrock, &mut [0.0; 3]);
}
