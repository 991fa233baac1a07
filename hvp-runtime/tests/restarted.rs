//! Thick restart: eigenvalues in bounded memory.

#![cfg(feature = "faer")]

mod common;

use common::{Turned, linspace};
use hvp_runtime::{Error, FnOperator, Lanczos, LinearOperator};
use rand::SeedableRng;
use rand::rngs::StdRng;

fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

#[test]
fn hard_spectra_converge_in_few_vectors() {
    let flat = linspace(3.0, 1.0, 200);
    let close: Vec<f64> = [10.0, 9.9, 9.8].into_iter().chain(linspace(1.0, 0.0, 197)).collect();
    for (spectrum, k) in [(flat, 1), (close, 4)] {
        let op = Turned::new(spectrum);
        let pairs = Lanczos::default().restarted(&op, k, &mut rng(3)).expect("finite");
        assert!(pairs.converged, "{:?}", pairs.residuals);
        let mut product = vec![0.0; 200];
        for (i, (value, vector)) in pairs.values.iter().zip(&pairs.vectors).enumerate() {
            assert!((value / op.spectrum[i] - 1.0).abs() < 1e-8, "{value} is not {}", op.spectrum[i]);
            op.apply(vector, &mut product);
            let residual =
                product.iter().zip(vector).map(|(av, v)| (av - value * v).powi(2)).sum::<f64>().sqrt();
            assert!(residual <= 1.1 * pairs.residuals[i] + 1e-12 && residual <= 1e-8 * value.abs());
        }
    }
}

#[test]
fn a_small_or_exhausted_space_needs_no_restart() {
    let few = Turned::new(vec![-7.0, 5.0, 1.0, 0.5, -0.25, 3.0]);
    let pairs = Lanczos::default().restarted(&few, 2, &mut rng(1)).expect("finite");
    assert!(
        pairs.converged && (pairs.values[0] + 7.0).abs() < 1e-12 && (pairs.values[1] - 5.0).abs() < 1e-12
    );
    let multiple = Turned::new(vec![4.0; 100]);
    let pairs = Lanczos::default().restarted(&multiple, 2, &mut rng(1)).expect("finite");
    assert!(pairs.values.iter().all(|value| (value - 4.0).abs() < 1e-12));
    let low_rank = Turned::new([3.0, -2.0, 1.0].into_iter().chain(vec![0.0; 97]).collect());
    let pairs = Lanczos::default().restarted(&low_rank, 3, &mut rng(1)).expect("finite");
    assert!(pairs.values.iter().zip([3.0, -2.0, 1.0]).all(|(value, exact)| (value - exact).abs() < 1e-12));
}

#[test]
fn few_products_are_not_called_convergence() {
    let op = Turned::new(linspace(3.0, 1.0, 1000));
    let pairs =
        Lanczos { max_products: 100, ..Lanczos::default() }.restarted(&op, 5, &mut rng(1)).expect("finite");
    assert!(!pairs.converged && pairs.products < 300, "{} products", pairs.products);
}

#[test]
fn products_that_are_not_finite_end_it() {
    let counter = std::sync::atomic::AtomicUsize::new(0);
    for good in [0, 10, 80] {
        counter.store(0, std::sync::atomic::Ordering::Relaxed);
        let op = FnOperator::new(200, |v: &[f64], out: &mut [f64]| {
            out.iter_mut().zip(v).enumerate().for_each(|(i, (out, v))| *out = (1.0 + i as f64) * v);
            if counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= good {
                out[7] = f64::NAN;
            }
        });
        let pairs = Lanczos::default().restarted(&op, 5, &mut rng(1));
        assert_eq!(pairs, Err(Error::NotFinite));
    }
    let empty = FnOperator::new(0, |_: &[f64], _: &mut [f64]| {});
    assert_eq!(Lanczos::default().restarted(&empty, 1, &mut rng(1)), Err(Error::NoDimension));
}
