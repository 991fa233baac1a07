//! Lanczos, quadrature and condition numbers on matrices with known spectra.

mod common;

use std::ops::ControlFlow;

use common::{Turned, bulk_with_outliers, inverse_squares, linspace, powers};
use hvp_runtime::{
    Counted, DenseOperator, Eigenpairs, Error, FnOperator, Lanczos, LinearOperator, SpectralMeasure, Which,
};
use rand::SeedableRng;
use rand::rngs::StdRng;

fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

fn largest(op: &impl LinearOperator, k: usize, tolerance: f64, seed: u64) -> Eigenpairs {
    let method = Lanczos { tolerance, max_products: 400, ..Lanczos::default() };
    method.eigenpairs(op, k, Which::LargestMagnitude, &mut rng(seed)).expect("finite")
}

/// (spectrum, k, products to a residual of 1e-3, to 1e-8) of a full-memory Lanczos prototype; the median of three
/// starting vectors may need two products more.
#[test]
fn extreme_eigenvalues_cost_the_known_number_of_products() {
    let indefinite = || [10.0, -9.9].into_iter().chain(linspace(-1.0, 1.0, 998)).collect::<Vec<f64>>();
    let close = || [10.0, 9.9, 9.8].into_iter().chain(linspace(1.0, 0.0, 997)).collect::<Vec<f64>>();
    let cases = [
        (powers(0.9), 1, 12, 19),
        (powers(0.9), 5, 21, 27),
        (inverse_squares(), 1, 4, 7),
        (inverse_squares(), 5, 12, 17),
        (bulk_with_outliers(), 1, 4, 8),
        (bulk_with_outliers(), 5, 10, 15),
        (close(), 1, 10, 13),
        (indefinite(), 1, 6, 10),
    ];
    for (spectrum, k, coarse, fine) in cases {
        let op = Turned::new(spectrum);
        for (tolerance, known) in [(1e-3, coarse), (1e-8, fine)] {
            let mut products = Vec::new();
            for seed in 0..3 {
                let pairs = largest(&op, k, tolerance, seed);
                assert!(pairs.converged);
                for (value, exact) in pairs.values.iter().zip(&op.spectrum) {
                    assert!((value / exact - 1.0).abs() <= tolerance);
                }
                products.push(pairs.products);
            }
            products.sort_unstable();
            assert!(products[2] <= known + 2, "{} products, {known} are known to do", products[2]);
        }
    }
}

#[test]
fn residuals_are_those_of_the_vectors() {
    let op = Turned::new(bulk_with_outliers());
    let pairs = largest(&op, 3, 1e-3, 4);
    let mut product = vec![0.0; 1000];
    for ((value, vector), residual) in pairs.values.iter().zip(&pairs.vectors).zip(&pairs.residuals) {
        op.apply(vector, &mut product);
        let true_residual =
            product.iter().zip(vector).map(|(av, v)| (av - value * v).powi(2)).sum::<f64>().sqrt();
        assert!((true_residual - residual).abs() < 1e-10 * value.abs());
        assert!((vector.iter().map(|v| v * v).sum::<f64>() - 1.0).abs() < 1e-12);
    }
}

#[test]
fn each_end_of_the_spectrum_is_found() {
    let op = Turned::new(vec![-7.0, 5.0, 1.0, 0.5, -0.25, 3.0]);
    let find = |which| {
        let pairs = Lanczos::default().eigenpairs(&op, 2, which, &mut rng(1)).expect("finite");
        pairs.values.iter().map(|value| (value * 1e9).round() / 1e9).collect::<Vec<f64>>()
    };
    assert_eq!(find(Which::LargestMagnitude), [-7.0, 5.0]);
    assert_eq!(find(Which::LargestAlgebraic), [5.0, 3.0]);
    assert_eq!(find(Which::SmallestAlgebraic), [-7.0, -0.25]);
}

/// The Krylov space of a multiple of the identity is exhausted by every vector.
#[test]
fn repeated_eigenvalues_show_where_the_space_exhausts_itself() {
    let op = Turned::new(vec![4.0; 6]);
    let pairs = largest(&op, 3, 1e-8, 1);
    assert!(pairs.converged);
    assert!(pairs.values.iter().all(|value| (value - 4.0).abs() < 1e-12));
    let overlap: f64 = pairs.vectors[0].iter().zip(&pairs.vectors[1]).map(|(a, b)| a * b).sum();
    assert!(overlap.abs() < 1e-12);
}

/// (spectrum, k, the first k by magnitude, products): the random vector is exhausted after as many products as there are
/// different eigenvalues, and as many vectors as pairs are tried.
#[test]
fn a_low_rank_costs_few_products() {
    let with_zeros = |first: &[f64]| {
        let mut spectrum = first.to_vec();
        spectrum.resize(2000, 0.0);
        spectrum
    };
    let cases = [
        (vec![4.0; 2000], 1, vec![4.0], 1),
        (vec![4.0; 2000], 3, vec![4.0; 3], 3),
        (vec![0.0; 2000], 2, vec![0.0; 2], 2),
        (with_zeros(&[7.0]), 1, vec![7.0], 2),
        (with_zeros(&[7.0]), 3, vec![7.0, 0.0, 0.0], 4),
        (with_zeros(&[5.0, 5.0, 3.0, -1.0]), 2, vec![5.0, 5.0], 6),
        (with_zeros(&[5.0, 5.0, 3.0, -1.0]), 4, vec![5.0, 5.0, 3.0, -1.0], 8),
        (with_zeros(&[5.0, 5.0, 5.0, 3.0]), 3, vec![5.0, 5.0, 5.0], 7),
    ];
    for (spectrum, k, exact, products) in cases {
        let op = Turned::new(spectrum);
        let method = Lanczos::default();
        let pairs = largest(&op, k, 1e-8, 1);
        assert!(pairs.converged && pairs.products == products, "{exact:?}: {} products", pairs.products);
        for (value, exact) in pairs.values.iter().zip(&exact) {
            assert!((value - exact).abs() < 1e-12, "{:?} are not {exact:?}", pairs.values);
        }
        // The same of a run that is broken off at each look.
        let mut space = method.start(op.dim(), &mut rng(1));
        let mut resume = |k| {
            method
                .resume_eigenpairs(&op, &mut space, k, Which::LargestMagnitude, |_| ControlFlow::Break(()))
                .expect("finite")
        };
        let found = (0..10).map(|_| resume(k)).find(|pairs| pairs.converged);
        assert_eq!(found, Some(pairs));
        assert!((0..10).any(|_| resume(k + 1).converged));
    }
}

/// An eigenvalue of zero leaves no relative error to compare a residual with.
#[test]
fn an_eigenvalue_of_zero_is_found() {
    for (rest, products) in [(linspace(1.0, 2.0, 1999), 60), (linspace(-2.0, -1.0, 1999), 60)] {
        let which = if rest[0] > 0.0 { Which::SmallestAlgebraic } else { Which::LargestAlgebraic };
        let op = Turned::new([0.0].into_iter().chain(rest).collect());
        let pairs = Lanczos::default().eigenpairs(&op, 1, which, &mut rng(1)).expect("finite");
        assert!(pairs.converged && pairs.products < products, "{} products", pairs.products);
        assert!(pairs.values[0].abs() < 1e-13);
    }
}

#[test]
fn too_few_products_are_no_convergence() {
    let method = Lanczos { max_products: 20, ..Lanczos::default() };
    let op = Counted::new(Turned::new(linspace(3.0, 1.0, 1000)));
    let pairs = method.eigenpairs(&op, 2, Which::LargestAlgebraic, &mut rng(1)).expect("finite");
    assert!(!pairs.converged);
    assert_eq!((pairs.products, op.products()), (20, 20));
}

#[test]
fn the_log_determinant_is_within_its_error_bars() {
    let op = Turned::new(linspace(1.0, 3.0, 1000));
    let exact: f64 = op.spectrum.iter().map(|value| value.ln()).sum();
    let trace =
        SpectralMeasure::new(&op, 10, 30, &mut rng(1)).and_then(|m| m.log_determinant()).expect("positive");
    assert!((trace.value - exact).abs() < 4.0 * trace.std_error);
    assert!((trace.value / exact - 1.0).abs() < 1.5 * 4e-3);
    assert!(trace.quadrature_change < 1e-6 * exact);
    assert_eq!(trace.samples, 10);
}

/// On 0.9ᵏ the probes agree to a few parts in a thousand, while the quadrature misses most of the determinant.
#[test]
fn a_quadrature_that_is_off_shows_it() {
    let op = Turned::new(powers(0.9));
    let trace =
        SpectralMeasure::new(&op, 10, 30, &mut rng(1)).and_then(|m| m.log_determinant()).expect("positive");
    let exact: f64 = op.spectrum.iter().map(|value| value.ln()).sum();
    assert!((trace.value / exact - 1.0).abs() > 0.5);
    assert!(trace.quadrature_change > 10.0 * trace.std_error);
}

/// First Wasserstein distance of the nodes from the eigenvalues, in units of the range: .0048 is known for 10 probes
/// of 80 steps on equally spaced eigenvalues.
#[test]
fn the_measure_is_near_the_spectrum() {
    let op = Turned::new(linspace(1.0, 3.0, 1000));
    let measure = SpectralMeasure::new(&op, 10, 80, &mut rng(1)).expect("finite");
    let mut nodes: Vec<(f64, f64)> = measure.nodes().collect();
    nodes.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert!((nodes.iter().map(|node| node.1).sum::<f64>() - 1.0).abs() < 1e-12);
    let share_below = |t: f64| nodes.iter().take_while(|node| node.0 <= t).map(|node| node.1).sum::<f64>();
    let grid = linspace(1.0, 3.0, 2001);
    let distance = grid.iter().map(|t| (share_below(*t) - (t - 1.0) / 2.0).abs()).sum::<f64>() / 2001.0;
    assert!(distance < 1.5 * 0.0048, "{distance}");
    let density = measure.density(&grid, measure.width());
    let mean = density[400..1600].iter().sum::<f64>() / 1200.0;
    assert!((mean - 0.5).abs() < 0.01, "{mean}");
}

#[test]
fn the_condition_number_says_whether_it_is_resolved() {
    let easy = Turned::new(linspace(1.0, 50.0, 200));
    let condition = Lanczos::default().condition(&easy, &mut rng(1)).expect("positive");
    assert!(condition.resolved);
    assert!((condition.number / 50.0 - 1.0).abs() < 1e-8);
    let hard = Turned::new(powers(0.98));
    let condition =
        Lanczos { max_products: 60, ..Lanczos::default() }.condition(&hard, &mut rng(1)).expect("positive");
    assert!(!condition.resolved);
    assert!(condition.number < 0.98_f64.powi(-999));
    let indefinite = Turned::new(linspace(-1.0, 1.0, 50));
    assert_eq!(Lanczos::default().condition(&indefinite, &mut rng(1)), Err(Error::NotPositiveDefinite));
    assert_eq!(
        SpectralMeasure::new(&indefinite, 2, 20, &mut rng(1)).and_then(|m| m.log_determinant()),
        Err(Error::NotPositiveDefinite)
    );
}

#[test]
fn bad_input_ends_in_a_named_error() {
    let broken = FnOperator::new(3, |_: &[f64], out: &mut [f64]| out.fill(f64::NAN));
    let empty = DenseOperator::new(0, Vec::new());
    let pairs = |op: &dyn LinearOperator| {
        Lanczos::default().eigenpairs(op, 1, Which::LargestMagnitude, &mut rng(1)).map(|pairs| pairs.values)
    };
    assert_eq!(pairs(&broken), Err(Error::NotFinite));
    assert_eq!(pairs(&empty), Err(Error::NoDimension));
    assert_eq!(SpectralMeasure::new(&broken, 1, 1, &mut rng(1)).map(|_| ()), Err(Error::NotFinite));
    assert_eq!(Lanczos::default().condition(&empty, &mut rng(1)), Err(Error::NoDimension));
    assert!(pairs(&FnOperator::new(3, |_: &[f64], out: &mut [f64]| out.fill(0.0))).is_ok());
}
