//! Trust regions: the known counts, every way to end, and the same bits after a resumption.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::time::Duration;

use hvp_runtime::reference::Rosenbrock;
use hvp_runtime::{Error, Objective, Preconditioner, Status, StepKind, Stop, Subproblem, TrustRegion};

fn classic(n: usize) -> Vec<f64> {
    [-1.2, 1.0].into_iter().cycle().take(n).collect()
}

fn gltr() -> TrustRegion {
    TrustRegion { subproblem: Subproblem::Gltr, ..TrustRegion::default() }
}

fn both() -> [TrustRegion; 2] {
    [TrustRegion::default(), gltr()]
}

/// f(x, y) = x² − y² + ¼ y⁴: a saddle at the origin, minima at (0, ±√2).
struct Saddle;

impl Objective for Saddle {
    fn value(&self, x: &[f64]) -> f64 {
        x[0] * x[0] - x[1] * x[1] + 0.25 * x[1].powi(4)
    }
    fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
        grad.copy_from_slice(&[2.0 * x[0], x[1].powi(3) - 2.0 * x[1]]);
        self.value(x)
    }
    fn hvp(&self, x: &[f64], v: &[f64], hv: &mut [f64]) {
        hv.copy_from_slice(&[2.0 * v[0], (3.0 * x[1] * x[1] - 2.0) * v[1]]);
    }
}

/// f(x) = Σ ½ cᵢ xᵢ² + xᵢ
struct Quadratic(Vec<f64>);

impl Objective for Quadratic {
    fn value(&self, x: &[f64]) -> f64 {
        x.iter().zip(&self.0).map(|(x, c)| (0.5 * c * x + 1.0) * x).sum()
    }
    fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
        self.hvp(x, x, grad);
        for grad in grad.iter_mut() {
            *grad += 1.0;
        }
        self.value(x)
    }
    fn hvp(&self, _x: &[f64], v: &[f64], hv: &mut [f64]) {
        hv.iter_mut().zip(&self.0).zip(v).for_each(|((hv, c), v)| *hv = c * v);
    }
}

/// Counts what is evaluated of an objective.
struct Watched<F> {
    objective: F,
    values: Cell<usize>,
    gradients: Cell<usize>,
    products: Cell<usize>,
}

impl<F> Watched<F> {
    fn new(objective: F) -> Self {
        Self { objective, values: Cell::default(), gradients: Cell::default(), products: Cell::default() }
    }
}

impl<F: Objective> Objective for Watched<F> {
    fn value(&self, x: &[f64]) -> f64 {
        self.values.set(self.values.get() + 1);
        self.objective.value(x)
    }
    fn grad(&self, x: &[f64], grad: &mut [f64]) {
        self.gradients.set(self.gradients.get() + 1);
        self.objective.grad(x, grad);
    }
    fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
        self.values.set(self.values.get() + 1);
        self.gradients.set(self.gradients.get() + 1);
        self.objective.value_and_grad(x, grad)
    }
    fn hvp(&self, x: &[f64], v: &[f64], hv: &mut [f64]) {
        self.products.set(self.products.get() + 1);
        self.objective.hvp(x, v, hv);
    }
}

/// (start, products by conjugate gradients, products by GLTR) to ‖g‖ ≤ 1e-8, as a prototype that shrinks to a quarter
/// needed them. The long runs are sensitive to rounding, so only the sums are compared.
#[test]
fn rosenbrock_costs_no_more_products_than_are_known_to_do() {
    let tile = |pattern: &[f64], n: usize| pattern.iter().copied().cycle().take(n).collect::<Vec<f64>>();
    let doc = [1.3, 0.7, 0.8, 1.9, 1.2];
    let cases = [
        (classic(2), 41, 53),
        (tile(&doc, 2), 14, 13),
        (vec![0.0; 2], 31, 33),
        (vec![2.2, 0.21], 18, 21),
        (classic(10), 242, 235),
        (tile(&doc, 10), 72, 77),
        (vec![0.0; 10], 210, 198),
        (classic(100), 1616, 1824),
        (tile(&doc, 100), 115, 131),
        (vec![0.0; 100], 1570, 1837),
    ];
    let known = cases.iter().fold((0, 0), |sum, case| (sum.0 + case.1, sum.1 + case.2));
    for (method, known) in [(TrustRegion::default(), known.0), (gltr(), known.1)] {
        let mut products = 0;
        for (x, ..) in &cases {
            let outcome = method.minimize(&Rosenbrock, x);
            assert_eq!(outcome.status, Status::Converged);
            assert!(outcome.state.gradient_norm <= 1e-8);
            assert!(outcome.state.x.iter().all(|x| (x - 1.0).abs() < 1e-6));
            products += outcome.state.counts.products;
        }
        assert!(products <= known, "{products} products, {known} are known to do");
    }
}

#[test]
fn counts_are_what_was_evaluated() {
    for method in both() {
        let f = Watched::new(Rosenbrock);
        let counts = method.minimize(&f, &classic(10)).state.counts;
        assert_eq!(counts.values, f.values.get());
        assert_eq!(counts.gradients, f.gradients.get());
        assert_eq!(counts.products, f.products.get());
    }
}

#[test]
fn a_rejected_step_costs_no_product() {
    for method in both() {
        let f = Watched::new(Rosenbrock);
        let (mut rejections, mut after, mut last) = (0, 0, None);
        let mut run = method.start(&f, &classic(2));
        while run.advance().is_none() {
            let products = f.products.get();
            if last.is_some_and(|(kind, _)| kind == Some(StepKind::Rejected)) {
                rejections += 1;
                after += products - last.map_or(0, |(_, products)| products);
            }
            last = Some((run.state().last_step, products));
        }
        assert!(rejections > 0);
        assert_eq!(after, 0);
    }
}

#[test]
fn a_convex_quadratic_takes_a_few_steps_inside_the_region() {
    for method in both() {
        let method = TrustRegion { initial_radius: 1e3, ..method };
        let outcome = method.minimize(&Quadratic(vec![1.0, 2.0, 4.0]), &[0.0; 3]);
        assert_eq!(outcome.status, Status::Converged);
        assert!(outcome.state.iterations <= 6);
        assert!((outcome.state.x[2] + 0.25).abs() < 1e-8);
    }
}

#[test]
fn negative_curvature_is_followed_and_reported() {
    for method in both() {
        let outcome = method.minimize(&Saddle, &[1.0, 1e-3]);
        assert_eq!(outcome.status, Status::Converged);
        assert!((outcome.state.x[1] - 2_f64.sqrt()).abs() < 1e-8);
        assert!(outcome.state.negative_curvatures > 0);
    }
}

/// The hard case: the gradient has no part along the lowest eigenvector, so conjugate gradients cannot see it.
#[test]
fn a_function_without_a_minimum_ends_in_a_status() {
    for method in both() {
        let outcome = method.minimize(&Quadratic(vec![-1.0, 1.0]), &[0.0; 2]);
        assert!(!outcome.status.is_converged());
        assert!(outcome.state.value < -1e10);
    }
}

#[test]
fn each_limit_ends_the_run_by_its_name() {
    let cases = [
        (Stop { max_iterations: 3, ..Stop::default() }, Status::Iterations),
        (Stop { max_values: 3, ..Stop::default() }, Status::Values),
        (Stop { max_products: 3, ..Stop::default() }, Status::Products),
        (Stop { max_time: Duration::ZERO, ..Stop::default() }, Status::Time),
        (Stop { value_change: 1.0, ..Stop::default() }, Status::ValueChange),
        (Stop { relative_gradient: 0.1, ..Stop::default() }, Status::Converged),
    ];
    for (stop, status) in cases {
        for method in both() {
            let outcome = TrustRegion { stop: stop.clone(), ..method }.minimize(&Rosenbrock, &classic(10));
            assert_eq!(outcome.status, status);
            assert!(outcome.state.counts.products <= stop.max_products);
            assert!(outcome.state.counts.values <= stop.max_values);
        }
    }
}

#[test]
fn the_callback_sees_every_step_and_may_break_off() {
    let mut seen = Vec::new();
    let outcome = TrustRegion::default().minimize_with(&Rosenbrock, &classic(2), |state| {
        seen.push(state.value);
        if seen.len() == 7 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(outcome.status, Status::Interrupted);
    assert_eq!(outcome.state.iterations, 7);
    assert!(seen.windows(2).all(|pair| pair[1] <= pair[0]));
}

#[test]
fn what_is_not_finite_ends_in_a_named_error() {
    struct BrokenProduct;
    impl Objective for BrokenProduct {
        fn value(&self, x: &[f64]) -> f64 {
            Saddle.value(x)
        }
        fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
            Saddle.value_and_grad(x, grad)
        }
        fn hvp(&self, _x: &[f64], _v: &[f64], hv: &mut [f64]) {
            hv.fill(f64::NAN);
        }
    }
    for method in both() {
        let failed = Status::Failed(Error::NotFinite);
        assert_eq!(method.minimize(&Rosenbrock, &[f64::NAN, 1.0]).status, failed);
        assert_eq!(method.minimize(&Rosenbrock, &[f64::INFINITY, 1.0]).status, failed);
        assert_eq!(method.minimize(&BrokenProduct, &[1.0, 1.0]).status, failed);
        let nothing = method.minimize(&Quadratic(Vec::new()), &[]);
        assert_eq!(nothing.status, Status::Failed(Error::NoDimension));
    }
}

/// ln is not a number for negative arguments: such trials are rejected, and the run goes on.
#[test]
fn a_trial_outside_the_domain_is_a_rejected_step() {
    struct Barrier;
    impl Objective for Barrier {
        fn value(&self, x: &[f64]) -> f64 {
            x[0] - x[0].ln()
        }
        fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
            grad[0] = 1.0 - x[0].recip();
            self.value(x)
        }
        fn hvp(&self, x: &[f64], v: &[f64], hv: &mut [f64]) {
            hv[0] = v[0] / (x[0] * x[0]);
        }
    }
    for method in both() {
        let outcome = TrustRegion { initial_radius: 100.0, ..method }.minimize(&Barrier, &[50.0]);
        assert_eq!(outcome.status, Status::Converged);
        assert!((outcome.state.x[0] - 1.0).abs() < 1e-8);
    }
}

/// Values that contradict the gradient at every scale.
#[test]
fn a_wrong_gradient_is_never_convergence() {
    struct Contradiction;
    impl Objective for Contradiction {
        fn value(&self, x: &[f64]) -> f64 {
            x[0]
        }
        fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
            grad[0] = -1.0;
            x[0]
        }
        fn hvp(&self, _x: &[f64], _v: &[f64], hv: &mut [f64]) {
            hv[0] = 1.0;
        }
    }
    for method in both() {
        for start in [1.0, 0.0] {
            let outcome = method.minimize(&Contradiction, &[start]);
            assert_eq!(outcome.status, Status::RadiusVanished, "{:?}", outcome.state);
            // No step went up, by however little.
            assert_eq!(outcome.state.x, [start]);
        }
    }
}

/// f(x) = 1 + Σ ½ (i + 1) (xᵢ − 1)², to ten digits: the eleventh and those behind it are chance.
struct Coarse;

impl Objective for Coarse {
    fn value(&self, x: &[f64]) -> f64 {
        let exact: f64 = x.iter().zip(1..).map(|(x, i)| 0.5 * f64::from(i) * (x - 1.0).powi(2)).sum();
        let chance = x.iter().fold(0, |bits, x| (bits ^ x.to_bits()).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        1.0 + exact + 1e-10 * ((chance >> 40) as f64 / f64::from(1 << 24) - 0.5)
    }
    fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
        grad.iter_mut().zip(x).zip(1..).for_each(|((grad, x), i)| *grad = f64::from(i) * (x - 1.0));
        self.value(x)
    }
    fn hvp(&self, _x: &[f64], v: &[f64], hv: &mut [f64]) {
        hv.iter_mut().zip(v).zip(1..).for_each(|((hv, v), i)| *hv = f64::from(i) * v);
    }
}

#[test]
fn where_rounding_hides_what_f_does_the_gradient_decides() {
    for method in both() {
        for k in 0..50 {
            let start = [f64::from(k) * 0.3 - 4.0, 2.0, f64::from(k % 7)];
            let outcome = method.minimize(&Coarse, &start);
            assert_eq!(outcome.status, Status::Converged, "{outcome:?}");
            assert!(outcome.state.iterations < 50);
        }
    }
}

#[test]
fn a_preconditioner_that_is_not_positive_definite_ends_in_a_named_error() {
    struct Constant(f64);
    impl Preconditioner for Constant {
        fn apply(&self, r: &[f64], out: &mut [f64]) {
            out.iter_mut().zip(r).for_each(|(out, r)| *out = self.0 * r);
        }
    }
    let cases =
        [(-1.0, Error::NotPositiveDefinite), (0.0, Error::NotPositiveDefinite), (f64::NAN, Error::NotFinite)];
    for (factor, error) in cases {
        let run = TrustRegion::default().start(&Rosenbrock, &[-1.2, 1.0]);
        assert_eq!(run.precondition(Constant(factor)).finish().status, Status::Failed(error));
    }
}

#[test]
#[should_panic(expected = "`initial_radius` is inf, expected a positive number")]
fn a_radius_without_end_is_refused() {
    let method = TrustRegion { initial_radius: f64::INFINITY, ..TrustRegion::default() };
    let _ = method.minimize(&Saddle, &[1.0, 1.0]);
}

#[test]
#[should_panic(expected = "`shrink` is 1, expected a number between 0 and 1")]
fn a_region_that_would_never_shrink_is_refused() {
    let _ = TrustRegion { shrink: 1.0, ..TrustRegion::default() }.minimize(&Saddle, &[1.0, 1.0]);
}

#[test]
#[should_panic(expected = "`gradient` has length 1, expected 2")]
fn a_state_of_two_lengths_is_refused() {
    let method = TrustRegion::default();
    let mut state = method.start(&Saddle, &[1.0, 1.0]).state().clone();
    state.gradient.pop();
    let _ = method.resume(&Saddle, state);
}

#[test]
fn a_resumed_run_has_the_bits_of_one_that_went_on() {
    for method in both() {
        let whole = method.minimize(&Rosenbrock, &classic(10));
        let mut run = method.start(&Rosenbrock, &classic(10));
        let mut rejected = 0;
        while run.advance().is_none() {
            rejected += usize::from(run.state().last_step == Some(StepKind::Rejected));
            assert_eq!(method.resume(&Rosenbrock, run.state().clone()).finish(), whole);
        }
        assert!(rejected > 0);
    }
}

/// What one method remembers of a model is nothing to the other.
#[test]
fn another_subproblem_may_go_on_after_a_rejected_step() {
    for (first, second) in both().into_iter().zip(both().into_iter().rev()) {
        let mut run = first.start(&Rosenbrock, &classic(10));
        while run.state().last_step != Some(StepKind::Rejected) {
            assert_eq!(run.advance(), None);
        }
        assert!(second.resume(&Rosenbrock, run.state().clone()).finish().status.is_converged());
    }
}

/// With the exact inverse of a diagonal Hessian one product finds the minimum, however badly it is scaled.
#[test]
fn a_preconditioner_cures_bad_scaling() {
    struct Inverse(Vec<f64>);
    impl Preconditioner for Inverse {
        fn apply(&self, r: &[f64], out: &mut [f64]) {
            out.iter_mut().zip(r).zip(&self.0).for_each(|((out, r), c)| *out = r / c);
        }
    }
    let scales: Vec<f64> = (0..8).map(|i| 10_f64.powi(i)).collect();
    let f = Quadratic(scales.clone());
    let method = TrustRegion { initial_radius: 100.0, ..TrustRegion::default() };
    let plain = method.minimize(&f, &[0.0; 8]).state.counts.products;
    let outcome = method.start(&f, &[0.0; 8]).precondition(Inverse(scales)).finish();
    assert_eq!(outcome.status, Status::Converged);
    assert_eq!(outcome.state.counts.products, 1);
    assert!(plain > 8);
}

/// Under a preconditioner the recurrences for the norms keep the path inside the region.
#[test]
fn a_preconditioned_run_finds_a_minimum() {
    struct Diagonal(Vec<f64>);
    impl Preconditioner for Diagonal {
        fn update(&mut self, x: &[f64]) {
            let inner =
                x.windows(2).map(|pair| (1200.0 * pair[0] * pair[0] - 400.0 * pair[1] + 202.0).max(1.0));
            self.0 = inner.chain([200.0]).collect();
        }
        fn apply(&self, r: &[f64], out: &mut [f64]) {
            out.iter_mut().zip(r).zip(&self.0).for_each(|((out, r), c)| *out = r / c);
        }
    }
    let run = TrustRegion::default().start(&Rosenbrock, &classic(100));
    let outcome = run.precondition(Diagonal(Vec::new())).finish();
    assert_eq!(outcome.status, Status::Converged);
    // The function has a second minimum, of value 3.99, near (−1, 1, …, 1).
    assert!(outcome.state.value < 4.0);
}
