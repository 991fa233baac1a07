//! Every public entry point, given what it cannot work with, ends at once in an error that names it.

mod common;

use std::cell::Cell;

use common::{Turned, linspace};
use hvp_runtime::reference::Rosenbrock;
use hvp_runtime::{
    AdaHessian, ConjugateGradients, DenseOperator, Error, FnOperator, GaussNewton, Hutchinson, Lanczos,
    LinearOperator, Objective, Preconditioner, SpectralMeasure, Status, Subproblem, TrustRegion, Which,
    XTrace, xdiag, xnystrace, xtrace,
};
use rand::SeedableRng;
use rand::rngs::StdRng;

/// Everything that takes an operator, by name, with how it ended.
fn run_all(op: &dyn LinearOperator) -> Vec<(&'static str, Result<(), Error>)> {
    let rng = || StdRng::seed_from_u64(1);
    let (lanczos, hutchinson) = (Lanczos::default(), Hutchinson::default());
    let pairs = |which| lanczos.eigenpairs(op, 2, which, &mut rng()).map(drop);
    let measure = || SpectralMeasure::new(op, 3, 9, &mut rng());
    vec![
        ("Hutchinson::trace", hutchinson.trace(op, &mut rng()).map(drop)),
        ("Hutchinson::diagonal", hutchinson.diagonal(op, &mut rng()).map(drop)),
        ("xtrace", xtrace(op, 6, &mut rng()).map(drop)),
        ("xtrace of all axes", xtrace(op, 1000, &mut rng()).map(drop)),
        ("xdiag", xdiag(op, 6, &mut rng()).map(drop)),
        ("XTrace::trace", XTrace::default().trace(op, &mut rng()).map(drop)),
        ("XTrace::diagonal", XTrace::default().diagonal(op, &mut rng()).map(drop)),
        ("xnystrace", xnystrace(op, 6, &mut rng()).map(drop)),
        ("xdiag of all axes", xdiag(op, 1000, &mut rng()).map(drop)),
        ("Lanczos, largest", pairs(Which::LargestAlgebraic)),
        ("Lanczos, smallest", pairs(Which::SmallestAlgebraic)),
        ("Lanczos, magnitude", pairs(Which::LargestMagnitude)),
        ("Lanczos::condition", lanczos.condition(op, &mut rng()).map(drop)),
        ("SpectralMeasure::new", measure().map(drop)),
        ("log_determinant", measure().and_then(|measure| measure.log_determinant()).map(drop)),
        ("ConjugateGradients", ConjugateGradients::default().solve(op, &vec![1.0; op.dim()]).map(drop)),
    ]
}

#[test]
fn a_dimension_of_zero_is_named() {
    for (name, end) in run_all(&DenseOperator::new(0, Vec::new())) {
        assert_eq!(end, Err(Error::NoDimension), "{name}");
    }
}

/// NaN or infinite from the first product on, or from a later one, in all entries or in one.
#[test]
fn a_product_that_is_not_finite_is_named() {
    for (good, bad, entries) in
        [(0, f64::NAN, 0..40), (0, f64::INFINITY, 7..8), (3, f64::NAN, 39..40), (5, f64::NEG_INFINITY, 0..40)]
    {
        let products = Cell::new(0);
        let matrix = Turned::new(linspace(1.0, 50.0, 40));
        let op = FnOperator::new(40, |v: &[f64], out: &mut [f64]| {
            matrix.apply(v, out);
            if products.replace(products.get() + 1) % 12 >= good {
                out[entries.clone()].fill(bad);
            }
        });
        for (name, end) in run_all(&op) {
            assert_eq!(end, Err(Error::NotFinite), "{name}, {good} good products");
        }
        assert!(products.get() < 250, "{} products by all", products.get());
    }
}

#[test]
fn a_matrix_that_must_be_positive_definite_and_is_not_is_named() {
    for op in [Turned::new(linspace(-1.0, 1.0, 30)), Turned::new(linspace(-3.0, -1.0, 30))] {
        for (name, end) in run_all(&op) {
            let asks =
                ["xnystrace", "Lanczos::condition", "log_determinant", "ConjugateGradients"].contains(&name);
            assert_eq!(end, if asks { Err(Error::NotPositiveDefinite) } else { Ok(()) }, "{name}");
        }
    }
}

/// ½ |x|², whose parts become NaN where they are asked to.
#[derive(Default)]
struct Broken {
    value: bool,
    gradient: bool,
    product: bool,
}

impl Objective for Broken {
    fn value(&self, x: &[f64]) -> f64 {
        if self.value { f64::NAN } else { x.iter().map(|x| 0.5 * x * x).sum() }
    }
    fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
        grad.copy_from_slice(x);
        if self.gradient {
            grad[0] = f64::NAN;
        }
        self.value(x)
    }
    fn hvp(&self, _x: &[f64], v: &[f64], hv: &mut [f64]) {
        hv.copy_from_slice(v);
        if self.product {
            hv[1] = f64::NAN;
        }
    }
}

#[test]
fn solvers_name_what_is_not_finite() {
    let broken = [
        (Broken { value: true, ..Broken::default() }, [1.0, 2.0]),
        (Broken { gradient: true, ..Broken::default() }, [1.0, 2.0]),
        (Broken { product: true, ..Broken::default() }, [1.0, 2.0]),
        (Broken::default(), [f64::NAN, 2.0]),
        (Broken::default(), [1.0, f64::INFINITY]),
    ];
    for (f, start) in &broken {
        for subproblem in [Subproblem::default(), Subproblem::Gltr] {
            let method = TrustRegion { subproblem, ..TrustRegion::default() };
            assert_eq!(method.minimize(f, start).status, Status::Failed(Error::NotFinite));
        }
        // A stochastic optimiser does not look at values.
        let end = AdaHessian::default().start(2).step(f, &mut start.clone());
        assert_eq!(end, if f.value { Ok(()) } else { Err(Error::NotFinite) });
    }
}

#[test]
fn solvers_name_a_dimension_of_zero() {
    let f = Broken::default();
    assert_eq!(AdaHessian::default().start(0).step(&f, &mut []), Err(Error::NoDimension));
    assert_eq!(TrustRegion::default().minimize(&f, &[]).status, Status::Failed(Error::NoDimension));
}

/// Numbers that are finite, and sums of which are not.
#[test]
fn a_mean_that_overflows_is_named() {
    let op = Turned::new(vec![1e308; 30]);
    let mut rng = StdRng::seed_from_u64(1);
    assert_eq!(Hutchinson::default().trace(&op, &mut rng).map(drop), Err(Error::NotFinite));
    assert_eq!(xtrace(&op, 100, &mut rng).map(drop), Err(Error::NotFinite));
}

/// Two signs agree in half of all runs, and the interval is then empty.
#[test]
fn a_few_samples_that_agree_are_no_convergence() {
    let matrix = [[2.0, 1.0], [1.0, 3.0]];
    for max_samples in 1..8 {
        let method = Hutchinson { max_samples, ..Hutchinson::default() };
        for seed in 0..20 {
            let trace = method.trace(&matrix, &mut StdRng::seed_from_u64(seed)).expect("finite");
            assert!(!trace.converged && trace.estimate.samples == max_samples);
        }
    }
}

/// With no half of the steps to compare with, what the quadrature may be off is not known.
#[test]
fn a_quadrature_of_one_step_knows_no_error() {
    let change = |op: &dyn LinearOperator, steps| {
        let measure = SpectralMeasure::new(op, 5, steps, &mut StdRng::seed_from_u64(1)).expect("finite");
        measure.log_determinant().expect("definite").quadrature_change
    };
    let op = Turned::new(linspace(1.0, 50.0, 30));
    assert!(change(&op, 1).is_nan() && change(&op, 2) > 0.0 && change(&op, 3) > 0.0);
    assert_eq!(change(&Turned::new(vec![2.0; 30]), 1), 0.0);
}

/// A step that leads out of the numbers is not taken.
#[test]
fn a_descent_that_overflows_is_named() {
    struct Slope;
    impl Objective for Slope {
        fn value(&self, x: &[f64]) -> f64 {
            x[0]
        }
        fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
            grad[0] = 1.0;
            x[0]
        }
        fn hvp(&self, _x: &[f64], _v: &[f64], hv: &mut [f64]) {
            hv[0] = 0.0;
        }
    }
    let mut x = [1.0];
    let mut descent = AdaHessian { epsilon: 0.0, ..AdaHessian::default() }.start(1);
    assert_eq!((descent.step(&Slope, &mut x), x), (Err(Error::NotFinite), [1.0]));
}

/// A failed look leaves the curvature that was known.
#[test]
fn a_failed_step_leaves_the_moments() {
    let mut descent = AdaHessian::default().start(2);
    let mut x = [1.0, 2.0];
    descent.step(&Broken::default(), &mut x).expect("finite");
    let before = descent.moments().clone();
    let broken = Broken { product: true, ..Broken::default() };
    assert_eq!(descent.step(&broken, &mut x), Err(Error::NotFinite));
    assert_eq!(*descent.moments(), before);
}

#[test]
#[should_panic(expected = "`learning_rate` is NaN, expected a finite number")]
fn a_learning_rate_that_is_no_number_is_refused() {
    let _ = AdaHessian { learning_rate: f64::NAN, ..AdaHessian::default() }.start(3);
}

/// A tolerance that nothing can meet ends at the limit, not in a wrong name.
#[test]
fn a_tolerance_of_zero_is_no_error() {
    let op = Turned::new(linspace(1.0, 50.0, 30));
    for tolerance in [0.0, f64::NAN] {
        let method = ConjugateGradients { tolerance, ..ConjugateGradients::default() };
        let solution = method.solve(&op, &[1.0; 30]).expect("positive definite");
        assert!(!solution.converged && solution.residual < 1e-14 && solution.products <= 600);
        let mut rng = StdRng::seed_from_u64(1);
        let pairs = Lanczos { tolerance, max_products: 25, max_vectors: 12 }
            .eigenpairs(&op, 1, Which::LargestAlgebraic, &mut rng)
            .expect("finite");
        assert!(!pairs.converged && pairs.products == 25);
    }
}

/// The recurrence goes down to any tolerance, while b − A x stays where rounding leaves it.
#[test]
fn a_residual_that_rounding_hides_is_no_convergence() {
    for (largest, residual) in [(1e4_f64, 1e-9), (1e8, 1e-7), (1e12, 1e-3)] {
        let op = Turned::new((0..99).map(|i| [largest, largest.sqrt(), 1.0][i % 3]).collect());
        let b = vec![1.0; 99];
        let solution = ConjugateGradients::default().solve(&op, &b).expect("positive definite");
        let mut product = vec![0.0; 99];
        op.apply(&solution.x, &mut product);
        let exact = product.iter().map(|entry| (entry - 1.0).powi(2)).sum::<f64>().sqrt();
        assert_eq!(solution.converged, exact <= 1e-10 * 99_f64.sqrt(), "{exact:e}: {}", solution.residual);
        assert!(solution.converged == (largest < 1e6) && exact < residual && solution.products < 50);
        assert!(solution.converged || (solution.residual / exact - 1.0).abs() < 1e-6);
    }
}

#[test]
#[should_panic(expected = "`b` has length 2, expected 3")]
fn a_right_hand_side_of_another_length_is_refused() {
    let _ = ConjugateGradients::default().solve(&Turned::new(vec![1.0; 3]), &[1.0; 2]);
}

#[test]
#[should_panic(expected = "`vjp` has length 3, expected 2")]
fn a_gradient_of_residuals_of_another_length_is_refused() {
    GaussNewton::new(2, <[f64]>::to_vec, |_: &[f64]| vec![0.0; 3]).apply(&[1.0; 2], &mut [0.0; 2]);
}

#[test]
#[should_panic(expected = "`blocks` has 1..4, which leaves 0..3")]
fn a_block_outside_the_variables_is_refused() {
    let blocks = hvp_runtime::Blocks::Ranges(vec![0..1, 1..4]);
    let _ = AdaHessian { blocks, ..AdaHessian::default() }.start(3);
}

#[test]
#[should_panic(expected = "`betas` holds 1, expected at least 0 and less than 1")]
fn a_mean_that_forgets_nothing_is_refused() {
    let _ = AdaHessian { betas: (0.9, 1.0), ..AdaHessian::default() }.start(3);
}

#[test]
#[should_panic(expected = "`squared_curvature` has length 1, expected 2")]
fn moments_of_two_lengths_are_refused() {
    let mut moments = AdaHessian::default().start(2).moments().clone();
    moments.squared_curvature.pop();
    let _ = AdaHessian::default().resume(moments);
}

#[test]
#[should_panic(expected = "`width` is 0, expected a positive number")]
fn a_density_without_width_is_refused() {
    let measure = SpectralMeasure::new(&[[1.0]], 1, 1, &mut StdRng::seed_from_u64(1)).expect("finite");
    let _ = measure.density(&[0.0], 0.0);
}

#[test]
#[should_panic(expected = "`Gltr`, which takes no preconditioner")]
fn a_preconditioner_that_would_not_be_used_is_refused() {
    struct Same;
    impl Preconditioner for Same {
        fn apply(&self, r: &[f64], out: &mut [f64]) {
            out.copy_from_slice(r);
        }
    }
    let method = TrustRegion { subproblem: Subproblem::Gltr, ..TrustRegion::default() };
    let _ = method.start(&Rosenbrock, &[-1.2, 1.0]).precondition(Same);
}
