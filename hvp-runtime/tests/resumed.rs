//! Runs that were broken off go on with the same bits, and are not called converged before.

mod common;

use std::ops::ControlFlow::{self, Break, Continue};

use common::{Turned, linspace, powers, symmetric};
use hvp_runtime::{
    ConjugateGradients, Counted, Eigenpairs, FnOperator, Lanczos, LinearOperator, SpectralMeasure, Which,
};
use rand::SeedableRng;
use rand::rngs::StdRng;

fn rng() -> StdRng {
    StdRng::seed_from_u64(5)
}

/// A callback that breaks off every time it is called.
fn at_once<T>(_: &T) -> ControlFlow<()> {
    Break(())
}

#[test]
fn conjugate_gradients_broken_off_after_each_product_go_on() {
    let op = Counted::new(Turned::new(linspace(1.0, 300.0, 120)));
    let b: Vec<f64> = (0..120).map(|i| f64::from(i).sin()).collect();
    let method = ConjugateGradients::default();
    let whole = method.solve(&op, &b).expect("positive definite");
    let taken = op.products();
    assert!(whole.converged && whole.products > 50 && taken == whole.products);
    let mut iterate = method.start(&b);
    loop {
        let solution = method.resume(&op, &mut iterate, at_once).expect("positive definite");
        assert_eq!(solution.products, iterate.products());
        if solution.converged {
            assert_eq!(solution, whole);
            break;
        }
        assert_eq!(solution.residual, iterate.residual());
        assert!(solution.residual > 1e-10);
    }
    assert_eq!(op.products(), 2 * taken);
}

/// Where b − A x itself is looked at, and the iteration begun anew.
#[test]
fn conjugate_gradients_that_check_themselves_go_on() {
    let op = Turned::new((0..99).map(|i| [1e8, 1e4, 1.0][i % 3]).collect());
    let method = ConjugateGradients::default();
    let whole = method.solve(&op, &[1.0; 99]).expect("positive definite");
    assert!(!whole.converged && whole.products > 5);
    let mut iterate = method.start(&[1.0; 99]);
    let mut last = None;
    while iterate.products() < whole.products {
        last = Some(method.resume(&op, &mut iterate, at_once).expect("positive definite"));
    }
    assert_eq!(last, Some(whole));
}

#[test]
fn a_found_solution_costs_no_product_to_find_again() {
    let op = Counted::new(symmetric(10));
    let square = FnOperator::new(10, |v: &[f64], out: &mut [f64]| {
        let mut image = [0.0; 10];
        op.apply(v, &mut image);
        op.apply(&image, out);
    });
    let method = ConjugateGradients::default();
    let mut iterate = method.start(&[1.0; 10]);
    let first = method.resume(&square, &mut iterate, |_| Continue(())).expect("positive definite");
    let taken = op.products();
    assert!(first.converged);
    assert_eq!(method.resume(&square, &mut iterate, at_once), Ok(first));
    assert_eq!(op.products(), taken);
}

fn pairs(op: &impl LinearOperator, k: usize, which: Which) -> Eigenpairs {
    Lanczos::default().eigenpairs(op, k, which, &mut rng()).expect("finite")
}

#[test]
fn lanczos_broken_off_at_each_look_goes_on() {
    for (spectrum, k) in [(powers(0.9), 5), (linspace(3.0, 1.0, 300), 1), (vec![4.0; 6], 3)] {
        let op = Turned::new(spectrum);
        let method = Lanczos::default();
        let whole = pairs(&op, k, Which::LargestMagnitude);
        let mut space = method.start(op.dim(), &mut rng());
        let mut times = 0;
        loop {
            let found = method
                .resume_eigenpairs(&op, &mut space, k, Which::LargestMagnitude, at_once)
                .expect("finite");
            assert_eq!(found.products, space.products());
            if found.converged {
                assert_eq!(found, whole);
                break;
            }
            times += 1;
        }
        assert!(times > 0 || op.dim() == 6, "never broken off");
    }
}

#[test]
fn one_space_answers_several_questions() {
    let op = Counted::new(Turned::new(linspace(1.0, 50.0, 200)));
    let method = Lanczos::default();
    let whole = method.condition(&op, &mut rng()).expect("positive");
    let mut space = method.start(200, &mut rng());
    let mut shown = Vec::new();
    let broken = method.resume_condition(&op, &mut space, |condition| {
        shown.push(condition.products);
        if condition.products < 20 { Continue(()) } else { Break(()) }
    });
    assert!(broken.is_ok_and(|condition| !condition.resolved && condition.products == 20));
    assert_eq!(shown, (1..=20).collect::<Vec<usize>>());
    assert_eq!(method.resume_condition(&op, &mut space, |_| Continue(())), Ok(whole));
    let taken = op.products();
    for which in [Which::LargestAlgebraic, Which::SmallestAlgebraic] {
        let found = method.resume_eigenpairs(&op, &mut space, 1, which, at_once).expect("finite");
        assert!(found.converged && found.products == whole.products);
    }
    assert_eq!(op.products(), taken);
}

#[test]
fn a_measure_broken_off_after_each_block_goes_on() {
    let op = Counted::new(Turned::new(linspace(1.0, 3.0, 100)));
    let whole = SpectralMeasure::new(&op, 29, 12, &mut rng()).expect("finite");
    assert_eq!(op.products(), 29 * 12);
    let mut measure = SpectralMeasure::start(100, 12, &mut rng());
    assert!(measure.trace_of(|x| x).value.is_nan());
    let mut ends = Vec::new();
    for _ in 0..4 {
        ends.push(measure.resume(&op, 29, at_once).expect("finite"));
        let trace = measure.trace_of(|x| x);
        assert_eq!(trace.samples, measure.probes());
        assert!((trace.value - 200.0).abs() <= 4.0 * trace.std_error);
    }
    assert_eq!(ends, [Break(()), Break(()), Break(()), Continue(())]);
    assert_eq!(measure, whole);
    assert_eq!(op.products(), 2 * 29 * 12);
}

/// A failure leaves what was taken before it, and the run goes on from there.
#[test]
fn a_failed_product_is_asked_for_again() {
    let matrix = Turned::new(linspace(1.0, 50.0, 60));
    let products = std::cell::Cell::new(0);
    let op = FnOperator::new(60, |v: &[f64], out: &mut [f64]| {
        matrix.apply(v, out);
        if products.replace(products.get() + 1) == 9 {
            out.fill(f64::NAN);
        }
    });
    let method = Lanczos::default();
    let mut space = method.start(60, &mut rng());
    let mut go_on =
        || method.resume_eigenpairs(&op, &mut space, 2, Which::LargestAlgebraic, |_| Continue(()));
    assert!(go_on().is_err());
    assert_eq!(go_on(), Ok(pairs(&matrix, 2, Which::LargestAlgebraic)));
    products.set(0);
    let method = ConjugateGradients::default();
    let mut iterate = method.start(&[1.0; 60]);
    assert!(method.resume(&op, &mut iterate, |_| Continue(())).is_err());
    let solution = method.resume(&op, &mut iterate, |_| Continue(())).expect("positive definite");
    let whole = method.solve(&matrix, &[1.0; 60]).expect("positive definite");
    assert_eq!((solution.x, solution.products), (whole.x, whole.products + 1));
}

#[test]
#[should_panic(expected = "`iterate` has 2 unknowns, the operator has dimension 3")]
fn an_iterate_of_another_length_is_refused() {
    let method = ConjugateGradients::default();
    let _ = method.resume(&symmetric(3), &mut method.start(&[1.0; 2]), |_| Continue(()));
}

#[test]
#[should_panic(expected = "`space` has dimension 2, the operator 3")]
fn a_space_of_another_dimension_is_refused() {
    let method = Lanczos::default();
    let _ = method.resume_condition(&symmetric(3), &mut method.start(2, &mut rng()), |_| Continue(()));
}

#[test]
#[should_panic(expected = "the measure has dimension 2, the operator 3")]
fn a_measure_of_another_dimension_is_refused() {
    let mut measure = SpectralMeasure::start(2, 2, &mut rng());
    let _ = measure.resume(&symmetric(3), 2, |_| Continue(()));
}
