//! XNysTrace against its definition and against known errors.

mod common;

use common::{Turned, inverse_squares, linspace, powers, step};
use hvp_runtime::{Counted, DenseOperator, Error, FnOperator, LinearOperator, xnystrace};
use rand::SeedableRng;
use rand::rngs::StdRng;

fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    values.iter().sum::<f64>() / values.len() as f64
}

/// (spectrum, products, mean relative error) from fifty trials in a thousand dimensions, each with one digit.
#[test]
fn errors_are_the_known_ones() {
    let cases = [
        (linspace(1.0, 3.0, 1000), 20, 2e-3),
        (linspace(1.0, 3.0, 1000), 60, 1e-3),
        (inverse_squares(), 20, 5e-3),
        (inverse_squares(), 60, 6e-4),
        (powers(0.9), 60, 1e-3),
        (powers(0.7), 20, 2e-3),
        (powers(0.7), 60, 7e-9),
        (step(1e-3), 60, 5e-3),
        (step(1e-8), 60, 2e-7),
        (step(1e-8), 120, 3e-9),
    ];
    for (spectrum, products, known) in cases {
        let op = Turned::new(spectrum);
        let trace = op.spectrum.iter().sum::<f64>();
        let error = mean((0..1200 / products as u64).map(|seed| {
            (xnystrace(&op, products, &mut rng(seed)).expect("semi-definite").value / trace - 1.0).abs()
        }));
        assert!(error <= 1.6 * known, "{products} products: {error:e}, known are {known:e}");
    }
}

#[test]
fn a_matrix_of_low_rank_is_exact() {
    let op = Turned::new((0..300).map(|k| if k < 8 { f64::from(k) } else { 0.0 }).collect());
    let trace = xnystrace(&op, 20, &mut rng(1)).expect("semi-definite");
    assert!((trace.value / 28.0 - 1.0).abs() < 1e-12);
    let nothing = xnystrace(&FnOperator::new(9, |_: &[f64], out: &mut [f64]| out.fill(0.0)), 4, &mut rng(1));
    assert_eq!(nothing.map(|trace| trace.value), Ok(0.0));
}

#[test]
fn as_many_products_as_dimensions_are_exact() {
    let op = Counted::new(Turned::new(linspace(1.0, 3.0, 10)));
    let trace = xnystrace(&op, 1000, &mut rng(1)).expect("definite");
    assert!((trace.value - 20.0).abs() < 1e-10, "{trace:?}");
    assert_eq!(op.products(), 10);
}

/// The mean over many seeds is the trace: no probe sees what it has found itself.
#[test]
fn it_has_no_bias() {
    let op = Turned::new((1..=40).map(|k| 1.0 / f64::from(k)).collect());
    let exact: f64 = op.spectrum.iter().sum();
    let values: Vec<f64> =
        (0..4000).map(|seed| xnystrace(&op, 6, &mut rng(seed)).expect("definite").value).collect();
    let found = mean(values.iter().copied());
    let spread = mean(values.iter().map(|value| (value - found).powi(2))).sqrt();
    assert!((found - exact).abs() < 4.0 * spread / 4000_f64.sqrt(), "{found} {exact} {spread}");
}

#[test]
fn bad_input_ends_in_a_named_error() {
    let broken = FnOperator::new(30, |_: &[f64], out: &mut [f64]| out.fill(f64::NAN));
    let empty = DenseOperator::new(0, Vec::new());
    let indefinite = Turned::new(linspace(-1.0, 1.0, 30));
    for (op, expected) in [
        (&broken as &dyn LinearOperator, Error::NotFinite),
        (&empty, Error::NoDimension),
        (&indefinite, Error::NotPositiveDefinite),
    ] {
        assert_eq!(xnystrace(op, 8, &mut rng(1)), Err(expected));
    }
}

#[test]
#[should_panic(expected = "`products` is 1, expected at least 2")]
fn one_product_is_refused() {
    let _ = xnystrace(&[[1.0]], 1, &mut rng(1));
}
