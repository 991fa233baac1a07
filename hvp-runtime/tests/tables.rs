//! Errors of the estimators and of Lanczos on spectra with known figures, for the same number of products.
//!
//! The figures come from prototypes, in a thousand dimensions, and have one digit. A method passes with an error of at most one
//! and a half times what that digit may stand for, or 1e-12.
//!
//! On the flat spectrum and on the bulk with outliers the figures for XTrace and 60 products are those of lucky trials: with p
//! probes and n eigenvalues of variance σ² outside of the range the mean error of the trace is √(4 n σ² / (π p)), in these two
//! cases 1.9e-3 and 2.0e-2 of it, and that is what is found here.
//!
//! ```text
//! cargo test --release -p hvp-runtime --test tables -- --ignored --nocapture
//! ```

mod common;

use common::{Turned, bulk_with_outliers, inverse_squares, linspace, powers, step};
use hvp_runtime::{Lanczos, Which, hutchinson_diagonal, hutchinson_trace, xdiag, xtrace};
use rand::SeedableRng;
use rand::rngs::StdRng;

const PRODUCTS: [usize; 4] = [20, 60, 120, 300];

fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// The relative distance in the 2-norm.
fn distance(found: &[f64], exact: &[f64]) -> f64 {
    let square: f64 = found.iter().zip(exact).map(|(a, b)| (a - b).powi(2)).sum();
    (square / exact.iter().map(|b| b * b).sum::<f64>()).sqrt()
}

/// The largest error that passes where `known` is known.
fn bound(known: f64) -> f64 {
    let half_a_digit = 0.5 * 10_f64.powf(known.log10().floor());
    (1.5 * (known + half_a_digit)).max(1e-12)
}

fn mean(trials: u64, error: impl Fn(&mut StdRng) -> f64) -> f64 {
    (0..trials).map(|seed| error(&mut rng(seed))).sum::<f64>() / trials as f64
}

/// A spectrum, and errors by [`PRODUCTS`]: of the trace by random signs and by XTrace, of the diagonal by random signs and by
/// XDiag.
type Known = (&'static str, Vec<f64>, [[f64; 4]; 4]);

fn known_errors() -> Vec<Known> {
    vec![
        (
            "flat",
            linspace(1.0, 3.0, 1000),
            [
                [2e-3, 1e-3, 9e-4, 7e-4],
                [3e-3, 1e-3, 1e-3, 7e-4],
                [6e-2, 4e-2, 3e-2, 2e-2],
                [1e-1, 7e-2, 6e-2, 5e-2],
            ],
        ),
        (
            "inverse squares",
            inverse_squares(),
            [
                [2e-1, 9e-2, 7e-2, 4e-2],
                [8e-3, 8e-4, 2e-4, 3e-5],
                [3.0, 2.0, 1.0, 9e-1],
                [2e-1, 2e-2, 5e-3, 9e-4],
            ],
        ),
        (
            "0.9^k",
            powers(0.9),
            [
                [5e-2, 4e-2, 2e-2, 2e-2],
                [7e-2, 5e-3, 2e-4, 6e-9],
                [2.0, 9e-1, 6e-1, 4e-1],
                [1.0, 2e-1, 7e-3, 5e-7],
            ],
        ),
        (
            "0.7^k",
            powers(0.7),
            [
                [1e-1, 6e-2, 5e-2, 3e-2],
                [1e-2, 6e-6, 9e-11, 3e-16],
                [3.0, 1.0, 1.0, 6e-1],
                [4e-1, 3e-4, 8e-9, 1e-15],
            ],
        ),
        (
            "step to 1e-3",
            step(1e-3),
            [
                [3e-2, 3e-2, 1e-2, 8e-3],
                [5e-2, 2e-2, 8e-6, 2e-7],
                [9e-1, 5e-1, 4e-1, 2e-1],
                [1.0, 5e-1, 8e-3, 2e-3],
            ],
        ),
        (
            "step to 1e-8",
            step(1e-8),
            [
                [3e-2, 3e-2, 1e-2, 9e-3],
                [5e-2, 2e-2, 8e-16, 3e-16],
                [1.0, 6e-1, 4e-1, 2e-1],
                [1.0, 5e-1, 8e-8, 2e-8],
            ],
        ),
        (
            "bulk with outliers",
            bulk_with_outliers(),
            [
                [2e-1, 9e-2, 7e-2, 4e-2],
                [4e-2, 1e-2, 1e-2, 7e-3],
                [3.0, 2.0, 1.0, 8e-1],
                [1.0, 4e-1, 3e-1, 2e-1],
            ],
        ),
    ]
}

#[test]
#[ignore = "takes minutes unless it is optimised"]
fn traces_and_diagonals() {
    let mut worse = Vec::new();
    for (name, spectrum, known) in known_errors() {
        let op = Turned::new(spectrum);
        let (trace, diagonal) = (op.spectrum.iter().sum::<f64>(), op.diagonal());
        for (i, products) in PRODUCTS.into_iter().enumerate() {
            let of_trace = |value: f64| (value / trace - 1.0).abs();
            let found = [
                mean(200, |rng| of_trace(hutchinson_trace(&op, products, rng).value)),
                mean(if products < 300 { 200 } else { 50 }, |rng| {
                    of_trace(xtrace(&op, products, rng).expect("finite").value)
                }),
                mean(10, |rng| distance(&hutchinson_diagonal(&op, products, rng).value, &diagonal)),
                mean(10, |rng| distance(&xdiag(&op, products, rng).expect("finite").value, &diagonal)),
            ];
            for (method, found, known) in [
                ("trace, random signs", found[0], known[0][i]),
                ("trace, XTrace", found[1], known[1][i]),
                ("diagonal, random signs", found[2], known[2][i]),
                ("diagonal, XDiag", found[3], known[3][i]),
            ] {
                println!("{name:20} {products:4} {method:24} {found:9.1e} {known:7.0e}");
                if found > bound(known) {
                    worse.push(format!(
                        "{name}, {products} products, {method}: {found:.1e}, known are {known:.0e}"
                    ));
                }
            }
        }
    }
    assert!(worse.is_empty(), "{}", worse.join("\n"));
}

/// (spectrum, k, products, largest relative error of the k values, share of starts). The errors are those of single runs from
/// starts that are not known, and the start decides over powers of ten: a Ritz value is the largest Rayleigh quotient in the
/// space that the products span, so nothing else that answers with a vector of that space comes nearer. The shares are those
/// of starts with which an implementation in Python does as well as the known error in the same number of products, less
/// three standard deviations. With one product more no share is below the last.
#[test]
#[ignore = "takes minutes unless it is optimised"]
fn extreme_eigenvalues() {
    let indefinite: Vec<f64> = [10.0, -9.9].into_iter().chain(linspace(-1.0, 1.0, 998)).collect();
    let close: Vec<f64> = [10.0, 9.9, 9.8].into_iter().chain(linspace(1.0, 0.0, 997)).collect();
    let cases = [
        ("0.9^k", powers(0.9), 1, 12, 2e-7, (0.43, 0.75)),
        ("0.9^k", powers(0.9), 5, 21, 6e-7, (0.87, 0.90)),
        ("inverse squares", inverse_squares(), 1, 4, 3e-7, (0.17, 0.90)),
        ("inverse squares", inverse_squares(), 5, 12, 2e-7, (0.37, 0.85)),
        ("flat", linspace(3.0, 1.0, 1000), 1, 48, 4e-5, (0.12, 0.12)),
        ("flat", linspace(3.0, 1.0, 1000), 5, 180, 4e-8, (0.35, 0.35)),
        ("bulk with outliers", bulk_with_outliers(), 1, 4, 8e-7, (0.0, 0.18)),
        ("bulk with outliers", bulk_with_outliers(), 5, 10, 6e-7, (0.47, 0.90)),
        ("close", close.clone(), 1, 10, 8e-10, (0.87, 0.90)),
        ("close", close, 5, 100, 2e-5, (0.50, 0.50)),
        ("indefinite", indefinite, 1, 6, 1e-7, (0.69, 0.90)),
    ];
    println!("spectrum             k   products: share   least    quarter  median   3/4      largest  known");
    for (name, spectrum, k, products, known, (share, share_of_one_more)) in cases {
        let op = Turned::new(spectrum);
        let starts = if products < 100 { 200 } else { 60 };
        for (products, share) in [(products, share), (products + 1, share_of_one_more)] {
            let errors = errors_by_start(&op, k, products, starts);
            let passed = errors.iter().filter(|error| **error <= bound(known)).count();
            let found = passed as f64 / errors.len() as f64;
            let quantiles: Vec<String> =
                (0..5).map(|q| format!("{:8.1e}", errors[q * (errors.len() - 1) / 4])).collect();
            println!("{name:20} {k} {products:10} {found:8.2} {} {known:8.0e}", quantiles.join(" "));
            assert!(found >= share, "{name}, {k}: {found} of the starts, {share} are known to do");
        }
    }
}

/// (spectrum, k, products and error of one run to a tolerance of 1e-3, products to 1e-8.) What a run takes is as much a matter
/// of its start as what it ends with: each known count must lie between those of the best and the worst of the starts, of
/// which half end with an error of at most what is known, or take at most as many products. (For one pair of the bulk with
/// outliers four products are known; six of a thousand starts take so few, and end within the known error.) Known counts above
/// sixty are multiples of twenty.
#[test]
#[ignore = "takes minutes unless it is optimised"]
fn products_to_a_tolerance() {
    let indefinite: Vec<f64> = [10.0, -9.9].into_iter().chain(linspace(-1.0, 1.0, 998)).collect();
    let close: Vec<f64> = [10.0, 9.9, 9.8].into_iter().chain(linspace(1.0, 0.0, 997)).collect();
    let cases = [
        ("0.9^k", powers(0.9), 1, (12, 2e-7), 19),
        ("0.9^k", powers(0.9), 5, (21, 6e-7), 27),
        ("inverse squares", inverse_squares(), 1, (4, 3e-7), 7),
        ("inverse squares", inverse_squares(), 5, (12, 2e-7), 17),
        ("flat", linspace(3.0, 1.0, 1000), 1, (48, 4e-5), 180),
        ("flat", linspace(3.0, 1.0, 1000), 5, (180, 4e-8), 240),
        ("bulk with outliers", bulk_with_outliers(), 1, (4, 8e-7), 8),
        ("bulk with outliers", bulk_with_outliers(), 5, (10, 6e-7), 15),
        ("close", close.clone(), 1, (10, 8e-10), 13),
        ("close", close, 5, (100, 2e-5), 200),
        ("indefinite", indefinite, 1, (6, 1e-7), 10),
    ];
    println!("spectrum             k  tolerance  least median  most  known   median error, known");
    for (name, spectrum, k, (products, known), products_to_last) in cases {
        let op = Turned::new(spectrum);
        let starts = match products {
            ..20 => 500,
            20..100 => 100,
            _ => 20,
        };
        for (tolerance, products) in [(1e-3, products), (1e-8, products_to_last)] {
            let (taken, errors) = runs_to(&op, k, tolerance, starts);
            let (least, median, most) = (taken[0], taken[taken.len() / 2], taken[taken.len() - 1]);
            let error = errors[errors.len() / 2];
            println!(
                "{name:20} {k} {tolerance:10.0e} {least:6} {median:6} {most:5} {products:6} {error:14.1e} {known:6.0e}"
            );
            let rounded = if most > 60 { most.next_multiple_of(20) } else { most };
            assert!((least..=rounded).contains(&products), "{name}, {k}: {products} are known");
            assert!(median <= products || error <= bound(known), "{name}, {k}");
        }
    }
}

/// Products and largest relative errors of k eigenvalues, both from the least up.
fn runs_to(op: &Turned, k: usize, tolerance: f64, starts: u64) -> (Vec<usize>, Vec<f64>) {
    let method = Lanczos { tolerance, ..Lanczos::default() };
    let (mut taken, mut errors) = (Vec::new(), Vec::new());
    for seed in 0..starts {
        let pairs = method.eigenpairs(op, k, Which::LargestMagnitude, &mut rng(seed)).expect("finite");
        assert!(pairs.converged);
        taken.push(pairs.products);
        errors.push(largest_error(&pairs.values, &op.spectrum));
    }
    taken.sort_unstable();
    errors.sort_by(f64::total_cmp);
    (taken, errors)
}

/// The largest relative error of eigenvalues.
fn largest_error(values: &[f64], spectrum: &[f64]) -> f64 {
    let relative = |(value, exact): (&f64, &f64)| (value / exact - 1.0).abs();
    values.iter().zip(spectrum).map(relative).fold(0.0, f64::max)
}

/// Largest relative errors of k eigenvalues, from the least up, one for each start.
fn errors_by_start(op: &Turned, k: usize, products: usize, starts: u64) -> Vec<f64> {
    let method = Lanczos { tolerance: 0.0, max_products: products, ..Lanczos::default() };
    let mut errors: Vec<f64> = (0..starts)
        .map(|seed| {
            let pairs = method.eigenpairs(op, k, Which::LargestMagnitude, &mut rng(seed)).expect("finite");
            assert_eq!(pairs.products, products);
            largest_error(&pairs.values, &op.spectrum)
        })
        .collect();
    errors.sort_by(f64::total_cmp);
    errors
}
