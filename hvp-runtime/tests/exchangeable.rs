//! XTrace and XDiag against exact traces and diagonals, and against the errors that are known of them.

mod common;

use std::ops::ControlFlow::{Break, Continue};

use common::{Turned, inverse_squares, linspace, powers, step};
use hvp_runtime::{Counted, DenseOperator, Error, FnOperator, LinearOperator, XTrace, xdiag, xtrace};
use rand::SeedableRng;
use rand::rngs::StdRng;

fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    values.iter().sum::<f64>() / values.len() as f64
}

/// (spectrum, products, mean relative error of the trace, of the diagonal) from fifty trials on a thousand
/// dimensions.
#[test]
fn errors_are_the_known_ones() {
    let cases = [
        (linspace(1.0, 3.0, 1000), 20, 3e-3, 1e-1),
        (inverse_squares(), 20, 8e-3, 2e-1),
        (inverse_squares(), 60, 8e-4, 2e-2),
        (powers(0.9), 20, 7e-2, 1.0),
        (powers(0.7), 20, 1e-2, 4e-1),
        (powers(0.7), 60, 6e-6, 3e-4),
        (step(1e-3), 120, 8e-6, 8e-3),
        (step(1e-8), 120, 1e-12, 8e-8),
    ];
    for (spectrum, products, known_trace, known_diagonal) in cases {
        let op = Turned::new(spectrum);
        let (trace, diagonal) = (op.spectrum.iter().sum::<f64>(), op.diagonal());
        let of_trace = mean((0..480 / products as u64).map(|seed| {
            let estimate = xtrace(&op, products, &mut rng(seed)).expect("finite");
            (estimate.value / trace - 1.0).abs()
        }));
        let of_diagonal = mean((0..2).map(|seed| {
            let estimate = xdiag(&op, products, &mut rng(seed)).expect("finite");
            let error: f64 = estimate.value.iter().zip(&diagonal).map(|(a, b)| (a - b).powi(2)).sum();
            (error / diagonal.iter().map(|b| b * b).sum::<f64>()).sqrt()
        }));
        assert!(of_trace <= 1.5 * known_trace, "trace, {products} products: {of_trace:e}");
        assert!(of_diagonal <= 1.5 * known_diagonal, "diagonal, {products} products: {of_diagonal:e}");
    }
}

#[test]
fn a_matrix_of_low_rank_is_exact() {
    let op = Turned::new((0..300).map(|k| if k < 8 { f64::from(k) - 3.5 } else { 0.0 }).collect());
    let trace = xtrace(&op, 20, &mut rng(1)).expect("finite");
    assert!(trace.value.abs() < 1e-12 && trace.std_error == 0.0);
    let diagonal = xdiag(&op, 20, &mut rng(1)).expect("finite");
    for (found, exact) in diagonal.value.iter().zip(op.diagonal()) {
        assert!((found - exact).abs() < 1e-12);
    }
}

/// A dense block among zeros: three to five signs are easily the same, and products that depend on each other are then no sign
/// of a low rank.
#[test]
fn signs_that_agree_by_chance_are_not_called_exact() {
    for (n, block, products) in [(5, 5, 4), (200, 3, 4), (200, 3, 6), (200, 4, 6), (200, 5, 10)] {
        let entry = |i: usize, j: usize| 1.0 / (1.0 + i.abs_diff(j) as f64);
        let entries = (0..n * n).map(|k| (k / n, k % n));
        let inside = |(i, j)| if i < block && j < block { entry(i, j) } else { 0.0 };
        let op = Counted::new(DenseOperator::new(n, entries.map(inside).collect()));
        let error = |diagonal: &[f64]| {
            let exact = (0..n).map(|i| if i < block { 1.0 } else { 0.0 });
            diagonal.iter().zip(exact).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
        };
        for seed in 0..200 {
            let before = op.products();
            let found = xdiag(&op, products, &mut rng(seed)).expect("finite");
            assert!(op.products() - before <= products);
            let claims = found.std_error.iter().all(|error| *error == 0.0);
            assert!(!claims || error(&found.value) < 1e-12, "{block} of {n}, seed {seed}: {found:?}");
            let mut sketch = XTrace::default().start_diagonal(n, &mut rng(seed));
            let before = op.products();
            let found =
                XTrace::default().resume_diagonal(&op, &mut sketch, |_| Continue(())).expect("finite");
            assert_eq!(op.products() - before, sketch.products());
            assert!(found.converged && error(&found.estimate.value) < 1e-12);
        }
    }
}

/// The leave-one-out error is somewhat small: its root mean square is within a factor of two of the true one.
#[test]
fn the_standard_error_is_calibrated() {
    let op = Turned::new((1..=400).map(|k| f64::from(k).powi(-2)).collect());
    let exact: f64 = op.spectrum.iter().sum();
    let runs: Vec<_> = (0..40).map(|seed| xtrace(&op, 24, &mut rng(seed)).expect("finite")).collect();
    let truth = mean(runs.iter().map(|run| (run.value - exact).powi(2))).sqrt();
    let claimed = mean(runs.iter().map(|run| run.std_error.powi(2))).sqrt();
    assert!((0.5..2.0).contains(&(claimed / truth)), "claimed {claimed:e}, true {truth:e}");
}

#[test]
fn the_products_asked_for_are_the_products_taken() {
    let op = Counted::new(Turned::new(linspace(1.0, 3.0, 100)));
    xtrace(&op, 21, &mut rng(1)).expect("finite");
    assert_eq!(op.products(), 20);
    xdiag(&op, 10, &mut rng(1)).expect("finite");
    assert_eq!(op.products(), 30);
}

#[test]
fn as_many_products_as_dimensions_are_exact() {
    let op = Counted::new(Turned::new(linspace(1.0, 3.0, 10)));
    let trace = xtrace(&op, 1000, &mut rng(1)).expect("finite");
    assert!((trace.value - 20.0).abs() < 1e-12);
    assert_eq!((trace.std_error, op.products()), (0.0, 10));
}

/// The interval may be somewhat small; the error is rarely beyond twice of what was asked.
#[test]
fn probes_go_on_until_the_error_is_small_enough() {
    let op = Turned::new(inverse_squares());
    let (trace, diagonal) = (op.spectrum.iter().sum::<f64>(), op.diagonal());
    for relative in [1e-2, 1e-3] {
        let method = XTrace { relative, ..XTrace::default() };
        for seed in 0..5 {
            let found = method.trace(&op, &mut rng(seed)).expect("finite");
            assert!(found.converged && (found.estimate.value / trace - 1.0).abs() < 2.0 * relative);
        }
        let method = XTrace { relative: 10.0 * relative, ..method };
        let found = method.diagonal(&op, &mut rng(1)).expect("finite");
        let error: f64 = found.estimate.value.iter().zip(&diagonal).map(|(a, b)| (a - b).powi(2)).sum();
        let size: f64 = diagonal.iter().map(|b| b * b).sum();
        assert!(found.converged && (error / size).sqrt() < 20.0 * relative);
    }
}

#[test]
fn a_sketch_broken_off_at_each_look_goes_on() {
    // The last goes over to the axes.
    for (spectrum, relative) in [(powers(0.9), 1e-4), (linspace(1.0, 3.0, 100), 1e-5)] {
        let op = Counted::new(Turned::new(spectrum));
        let method = XTrace { relative, ..XTrace::default() };
        let whole = method.trace(&op, &mut rng(3)).expect("finite");
        let taken = op.products();
        let mut sketch = method.start_trace(op.dim(), &mut rng(3));
        let mut shown = 0;
        loop {
            let found = method.resume_trace(&op, &mut sketch, |_| Break(())).expect("finite");
            if found.converged {
                assert_eq!(found, whole);
                break;
            }
            shown += 1;
        }
        assert!(shown > 3);
        assert_eq!((sketch.products(), op.products()), (taken, 2 * taken));
    }
}

#[test]
fn a_sketch_of_all_axes_is_exact() {
    let op = Turned::new(linspace(1.0, 3.0, 100));
    let method = XTrace { relative: 0.0, ..XTrace::default() };
    let trace = method.trace(&op, &mut rng(1)).expect("finite");
    assert!(trace.converged && (trace.estimate.value - 200.0).abs() < 1e-11);
    let diagonal = method.diagonal(&op, &mut rng(1)).expect("finite");
    assert!(diagonal.converged);
    for (found, exact) in diagonal.estimate.value.iter().zip(op.diagonal()) {
        assert!((found - exact).abs() < 1e-13);
    }
}

/// Neither more products than may be, nor a claim that they were enough.
#[test]
fn a_limit_of_products_is_kept() {
    let op = Counted::new(Turned::new(linspace(1.0, 3.0, 100)));
    let mut before = 0;
    for max_products in [2, 3, 15, 16, 17, 40, 99, 100, 110, 150] {
        let method = XTrace { relative: 0.0, max_products, ..XTrace::default() };
        let trace = method.trace(&op, &mut rng(1)).expect("finite");
        let taken = op.products() - before;
        assert!(taken <= max_products && taken + 1 >= max_products.min(100), "{taken} of {max_products}");
        assert_eq!(trace.converged, trace.estimate.samples == 100);
        before = op.products();
    }
}

#[test]
fn a_failed_block_is_asked_for_again() {
    let matrix = Turned::new(inverse_squares());
    let method = XTrace { relative: 1e-4, ..XTrace::default() };
    let whole = method.trace(&matrix, &mut rng(1));
    for bad in [3, 11, 17, 19] {
        let products = std::cell::Cell::new(0);
        let op = FnOperator::new(1000, |v: &[f64], out: &mut [f64]| {
            matrix.apply(v, out);
            if products.replace(products.get() + 1) == bad {
                out[5] = f64::INFINITY;
            }
        });
        let mut sketch = method.start_trace(1000, &mut rng(1));
        let mut go_on = || method.resume_trace(&op, &mut sketch, |_| Continue(()));
        assert_eq!(go_on(), Err(Error::NotFinite));
        assert_eq!(go_on(), whole);
    }
}

#[test]
#[should_panic(expected = "`sketch` was started for a trace, not for a diagonal")]
fn a_sketch_for_a_trace_gives_no_diagonal() {
    let method = XTrace::default();
    let _ = method.resume_diagonal(&[[1.0]], &mut method.start_trace(1, &mut rng(1)), |_| Continue(()));
}

#[test]
#[should_panic(expected = "`sketch` has dimension 2, the operator 1")]
fn a_sketch_of_another_dimension_is_refused() {
    let method = XTrace::default();
    let _ = method.resume_trace(&[[1.0]], &mut method.start_trace(2, &mut rng(1)), |_| Continue(()));
}

#[test]
fn bad_input_ends_in_a_named_error() {
    let broken = FnOperator::new(30, |_: &[f64], out: &mut [f64]| out.fill(f64::NAN));
    let empty = DenseOperator::new(0, Vec::new());
    for op in [&broken as &dyn LinearOperator, &empty] {
        let expected = if op.dim() == 0 { Error::NoDimension } else { Error::NotFinite };
        for products in [4, 40] {
            assert_eq!(xtrace(op, products, &mut rng(1)), Err(expected));
            assert_eq!(xdiag(op, products, &mut rng(1)), Err(expected));
        }
    }
}

#[test]
#[should_panic(expected = "`products` is 1, expected at least 2")]
fn one_product_is_refused() {
    let _ = xtrace(&[[1.0]], 1, &mut rng(1));
}
