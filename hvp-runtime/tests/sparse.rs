//! Coloured Hessians against dense ones, and their cost against what is known.

mod common;

use common::{columns, linspace};
use hvp_runtime::reference::{Rosenbrock, rosen_hess};
use hvp_runtime::sparse::{ExactDiagonal, Pattern, SparseHessian};
use hvp_runtime::{Counted, DenseOperator, Error, FnOperator, HessianOperator, hutchinson_diagonal};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// A symmetric matrix with whole numbers in the places of a pattern, so that every sum is exact.
fn filled(pattern: &Pattern, rng: &mut StdRng) -> DenseOperator {
    let n = pattern.dim();
    let mut entries = vec![0.0; n * n];
    for i in 0..n {
        for &j in pattern.row(i).iter().filter(|j| **j <= i) {
            let value = f64::from(rng.random_range(1..1000));
            entries[i * n + j] = value;
            entries[j * n + i] = value;
        }
    }
    DenseOperator::new(n, entries)
}

/// An arrow, a grid of squares, four-by-four blocks, a star of stars, a circle, and a full matrix.
fn shapes() -> Vec<(&'static str, Pattern)> {
    let grid = |side: usize| {
        let right = (0..side * side).filter(move |k| k % side + 1 < side).map(|k| (k, k + 1));
        let below = (0..side * (side - 1)).map(move |k| (k, k + side));
        Pattern::new(side * side, right.chain(below))
    };
    let blocks = (0..10).flat_map(|b| (0..16).map(move |k| (4 * b + k / 4, 4 * b + k % 4)));
    vec![
        ("arrow", Pattern::new(200, (1..200).map(|j| (j, 0)))),
        ("grid", grid(14)),
        ("blocks", Pattern::new(40, blocks)),
        ("tree", Pattern::new(100, (1..100).map(|j| (j, (j - 1) / 3)))),
        ("circle", Pattern::new(31, (0..31).map(|j| (j, (j + 1) % 31)))),
        ("full", Pattern::banded(12, 12)),
        ("diagonal", Pattern::banded(50, 0)),
        ("tridiagonal", Pattern::banded(100, 1)),
        ("band of five", Pattern::banded(100, 2)),
        ("band of eleven", Pattern::banded(100, 5)),
    ]
}

fn random(n: usize, share: f64, rng: &mut StdRng) -> Pattern {
    let pairs: Vec<(usize, usize)> = (0..n * n).map(|k| (k / n, k % n)).collect();
    Pattern::new(n, pairs.into_iter().filter(|_| rng.random::<f64>() < share))
}

#[test]
fn every_entry_comes_back() {
    let mut rng = StdRng::seed_from_u64(1);
    let mut shapes = shapes();
    for k in 0..60 {
        shapes.push(("random", random(5 + k, 3.0 / (5 + k) as f64, &mut rng)));
    }
    for (name, pattern) in shapes {
        let op = Counted::new(filled(&pattern, &mut rng));
        let dense = columns(&op);
        let n = pattern.dim();
        let before = op.products();
        let diagonal = ExactDiagonal::new(&pattern);
        let expected: Vec<f64> = (0..n).map(|i| dense[i * n + i]).collect();
        assert_eq!(diagonal.of(&op), Ok(expected), "{name}");
        assert_eq!(op.products() - before, diagonal.products());
        let before = op.products();
        let plan = SparseHessian::new(pattern);
        let matrix = plan.of(&op).expect("finite");
        assert_eq!(op.products() - before, plan.products());
        assert_eq!(matrix.to_dense(), dense, "{name}");
        assert_eq!(columns(&matrix), dense, "{name}");
        assert!((0..n * n).step_by(7).all(|k| matrix.entry(k / n, k % n) == dense[k]));
        assert_eq!(plan.verified(&op), Ok(matrix));
    }
}

/// (shape, products for the diagonal, for all entries), as known of this method; the full matrix has no zeros to use.
#[test]
fn colours_are_as_few_as_is_known() {
    let known = [
        ("arrow", 2, 2),
        ("grid", 2, 5),
        ("blocks", 4, 4),
        ("tree", 2, 3),
        ("circle", 3, 4),
        ("full", 12, 12),
        ("diagonal", 1, 1),
        ("tridiagonal", 2, 3),
        ("band of five", 3, 5),
        ("band of eleven", 6, 11),
    ];
    for ((name, pattern), (_, diagonal, all)) in shapes().into_iter().zip(known) {
        assert_eq!(ExactDiagonal::new(&pattern).products(), diagonal, "{name}");
        let found = SparseHessian::new(pattern).products();
        assert!(found <= all, "{name}: {found} products, {all} are known to do");
    }
}

#[test]
fn the_hessian_of_a_chain_is_the_one_by_hand() {
    let x = linspace(-1.3, 1.7, 50);
    let hessian = HessianOperator::new(&Rosenbrock, &x);
    let matrix = SparseHessian::new(Pattern::banded(50, 1)).verified(&hessian).expect("tridiagonal");
    for (found, exact) in matrix.to_dense().iter().zip(rosen_hess(&x)) {
        assert!((found - exact).abs() <= 1e-12 * exact.abs());
    }
}

/// Random signs leave these errors on the diagonal of that Hessian in a thousand variables (known figures, of single runs),
/// where two products leave none.
#[test]
fn two_products_do_what_hundreds_of_random_signs_do_not() {
    let x: Vec<f64> = (0..1000).map(|i| if i % 2 == 0 { -1.2 } else { 1.0 }).collect();
    let hessian = HessianOperator::new(&Rosenbrock, &x);
    let exact: Vec<f64> = rosen_hess(&x).into_iter().step_by(1001).collect();
    let length = |v: &mut dyn Iterator<Item = f64>| v.map(|entry| entry * entry).sum::<f64>().sqrt();
    let error = |found: &[f64]| {
        length(&mut found.iter().zip(&exact).map(|(a, b)| a - b)) / length(&mut exact.iter().copied())
    };
    for (samples, known) in [(3, 0.209), (10, 0.116), (30, 0.067), (100, 0.036), (300, 0.021)] {
        let found = error(&hutchinson_diagonal(&hessian, samples, &mut StdRng::seed_from_u64(1)).value);
        assert!((found / known - 1.0).abs() < 0.1, "{samples}: {found}");
    }
    assert_eq!(error(&ExactDiagonal::new(&Pattern::banded(1000, 1)).of(&hessian).expect("finite")), 0.0);
}

#[test]
fn an_entry_outside_of_the_pattern_is_named() {
    let mut rng = StdRng::seed_from_u64(2);
    for (i, j) in [(0, 2), (5, 39), (20, 17)] {
        let pattern = Pattern::banded(40, 1);
        let wider = Pattern::new(40, (1..40).map(|k| (k - 1, k)).chain([(i, j)]));
        let op = filled(&wider, &mut rng);
        assert_eq!(SparseHessian::new(pattern).verified(&op), Err(Error::OutsidePattern));
        assert!(SparseHessian::new(wider).verified(&op).is_ok());
    }
}

/// An entry outside of the pattern goes to another one of its row.
#[test]
fn each_missing_entry_is_named() {
    let (n, plan) = (14_usize, SparseHessian::new(Pattern::banded(14, 1)));
    for (i, j) in (0..n).flat_map(|i| (i + 2..n).map(move |j| (i, j))) {
        let mut entries: Vec<f64> =
            (0..n * n).map(|k| [4.0, -1.0].get((k / n).abs_diff(k % n)).copied().unwrap_or(0.0)).collect();
        (entries[i * n + j], entries[j * n + i]) = (0.01, 0.01);
        let op = DenseOperator::new(n, entries);
        assert_eq!(plan.verified(&op), Err(Error::OutsidePattern), "({i}, {j})");
    }
}

#[test]
fn bad_input_ends_in_a_named_error() {
    let broken = FnOperator::new(3, |_: &[f64], out: &mut [f64]| out.fill(f64::NAN));
    let (pattern, none) = (Pattern::banded(3, 1), Pattern::banded(0, 1));
    assert_eq!(ExactDiagonal::new(&pattern).of(&broken), Err(Error::NotFinite));
    assert_eq!(SparseHessian::new(pattern).verified(&broken), Err(Error::NotFinite));
    let empty = DenseOperator::new(0, Vec::new());
    assert_eq!(ExactDiagonal::new(&none).of(&empty), Err(Error::NoDimension));
    assert_eq!(SparseHessian::new(none).of(&empty), Err(Error::NoDimension));
}

#[test]
#[should_panic(expected = "the pattern has dimension 4, the operator 2")]
fn a_pattern_of_another_dimension_is_refused() {
    let _ = ExactDiagonal::new(&Pattern::banded(4, 1)).of(&common::SADDLE);
}

#[test]
#[should_panic(expected = "the pair (3, 1) leaves 0..3")]
fn a_pair_outside_of_the_matrix_is_refused() {
    let _ = Pattern::new(3, [(0, 1), (3, 1)]);
}
