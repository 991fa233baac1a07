//! What a bar shows: less than the whole while there is something to do, and most of it shortly before the end.

#![cfg(feature = "indicatif")]

mod common;

use std::ops::ControlFlow::Continue;

use common::{SADDLE, Turned, linspace, powers};
use hvp_runtime::{
    ConjugateGradients, Hutchinson, Lanczos, Shown, TrustRegion, Which, XTrace, reference::Rosenbrock,
};
use rand::SeedableRng;
use rand::rngs::StdRng;

fn rng() -> StdRng {
    StdRng::seed_from_u64(3)
}

#[track_caller]
fn assert_fills(shown: &[f64]) {
    assert!(shown.len() > 3 && shown.iter().all(|done| *done < 1.0), "{shown:?}");
    let [first, last] = [shown[0], shown[shown.len() - 1]];
    assert!(first < 0.5 && last > 0.5, "{shown:?}");
}

#[test]
fn solvers_fill_it() {
    let (op, b) = (Turned::new(linspace(1.0, 300.0, 120)), vec![1.0; 120]);
    let (method, mut shown) = (ConjugateGradients::default(), Vec::new());
    let solution = method.solve_with(&op, &b, |iterate| {
        shown.push(method.done(iterate));
        Continue(())
    });
    assert!(solution.is_ok_and(|solution| solution.converged));
    assert_fills(&shown);

    let (method, mut shown) = (TrustRegion::default(), Vec::new());
    let outcome = method.minimize_with(&Rosenbrock, &[-1.2, 1.0], |state| {
        shown.push(method.done(state));
        Continue(())
    });
    assert!(outcome.status.is_converged());
    // This method also shows the state that it ends with.
    assert!(shown.pop().is_some_and(|done| done >= 1.0));
    assert_fills(&shown);
}

#[test]
fn lanczos_fills_it() {
    let (method, mut shown) = (Lanczos::default(), Vec::new());
    let op = Turned::new(powers(0.9));
    let pairs = method.eigenpairs_with(&op, 3, Which::LargestMagnitude, &mut rng(), |found| {
        shown.push(method.done(found));
        Continue(())
    });
    assert!(pairs.is_ok_and(|pairs| pairs.converged));
    assert_fills(&shown);
}

#[test]
fn a_sketch_fills_it() {
    let op = Turned::new(powers(0.9));
    let (method, mut shown) = (XTrace { relative: 1e-4, ..XTrace::default() }, Vec::new());
    let mut sketch = method.start_trace(1000, &mut rng());
    let trace = method.resume_trace(&op, &mut sketch, |estimate| {
        shown.push(method.done(estimate));
        Continue(())
    });
    assert!(trace.is_ok_and(|trace| trace.converged));
    assert_fills(&shown);
}

#[test]
fn estimates_fill_it() {
    let method = Hutchinson { relative: 0.03, ..Hutchinson::default() };
    let (mut of_trace, mut of_diagonal) = (Vec::new(), Vec::new());
    let trace = method.trace_with(&SADDLE, &mut rng(), |estimate| {
        of_trace.push(method.done(estimate));
        Continue(())
    });
    let diagonal = method.diagonal_with(&SADDLE, &mut rng(), |estimate| {
        of_diagonal.push(method.done(estimate));
        Continue(())
    });
    assert!(trace.is_ok_and(|trace| trace.converged) && diagonal.is_ok_and(|diagonal| diagonal.converged));
    assert_fills(&of_trace);
    assert_fills(&of_diagonal);
}
