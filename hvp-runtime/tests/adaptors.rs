//! Operators made of operators, and systems with them.

mod common;

use common::{SADDLE, Turned, columns, linspace, symmetric};
use hvp_runtime::{
    ConjugateGradients, Counted, DenseOperator, Error, FnOperator, GaussNewton, LinearOperator, Restricted,
    Shifted, Sum,
};

#[test]
fn a_shift_moves_the_diagonal() {
    assert_eq!(columns(&Shifted::new(SADDLE, 4.0)), [5730.0, -880.0, -880.0, 204.0]);
    let mut out = [0.0; 2];
    Shifted::new(&SADDLE, -200.0).apply(&[0.0, 1.0], &mut out);
    assert_eq!(out, [-880.0, 0.0]);
}

#[test]
fn a_sum_adds_entry_by_entry() {
    let sum = Sum::new(symmetric(4), symmetric(4));
    let doubled: Vec<f64> = symmetric(4).entries().iter().map(|entry| 2.0 * entry).collect();
    assert_eq!(columns(&sum), doubled);
}

#[test]
fn a_restriction_is_a_diagonal_block() {
    let whole = symmetric(5);
    let block = columns(&Restricted::new(&whole, 1..4));
    let expected: Vec<f64> = (1..4).flat_map(|i| whole.entries()[i * 5 + 1..i * 5 + 4].to_vec()).collect();
    assert_eq!(block, expected);
}

#[test]
fn gauss_newton_is_the_jacobian_squared() {
    let jacobian = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
    let jvp = |v: &[f64]| jacobian.iter().map(|row| row[0] * v[0] + row[1] * v[1]).collect::<Vec<f64>>();
    let vjp = |w: &[f64]| (0..2).map(|j| (0..3).map(|i| jacobian[i][j] * w[i]).sum()).collect::<Vec<f64>>();
    assert_eq!(columns(&GaussNewton::new(2, jvp, vjp)), [35.0, 44.0, 44.0, 56.0]);
}

#[test]
fn blocks_are_counted_by_columns() {
    let op = Counted::new(SADDLE);
    columns(&op);
    op.apply(&[1.0, 0.0], &mut [0.0; 2]);
    assert_eq!(op.products(), 3);
}

#[test]
#[should_panic(expected = "`second` has length 3, expected 2")]
fn a_sum_of_different_dimensions_is_refused() {
    let _ = Sum::new(SADDLE, symmetric(3));
}

#[test]
#[should_panic(expected = "`indices` 1..3 leaves 0..2")]
fn a_block_outside_the_matrix_is_refused() {
    let _ = Restricted::new(SADDLE, 1..3);
}

#[test]
fn a_system_is_solved_in_no_more_products_than_distinct_eigenvalues() {
    let op = Counted::new(Turned::new((0..200).map(|k| f64::from(k % 5) + 1.0).collect()));
    let b: Vec<f64> = (0..200).map(|i| (f64::from(i) * 0.3).sin()).collect();
    let solution = ConjugateGradients::default().solve(&op, &b).expect("positive definite");
    assert!(solution.converged && solution.products <= 6);
    assert_eq!(op.products(), solution.products);
    let mut product = vec![0.0; 200];
    op.apply(&solution.x, &mut product);
    let error: f64 = product.iter().zip(&b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    assert!(error < 1e-9);
}

#[test]
fn systems_that_cannot_be_solved_end_in_a_named_error() {
    let method = ConjugateGradients::default();
    let indefinite = Turned::new(linspace(-1.0, 1.0, 20));
    assert_eq!(method.solve(&indefinite, &[1.0; 20]), Err(Error::NotPositiveDefinite));
    let zero = FnOperator::new(2, |_: &[f64], out: &mut [f64]| out.fill(0.0));
    assert_eq!(method.solve(&zero, &[1.0; 2]), Err(Error::NotPositiveDefinite));
    let broken = FnOperator::new(2, |_: &[f64], out: &mut [f64]| out.fill(f64::NAN));
    assert_eq!(method.solve(&broken, &[1.0; 2]), Err(Error::NotFinite));
    assert_eq!(method.solve(&SADDLE, &[f64::NAN; 2]), Err(Error::NotFinite));
    assert_eq!(method.solve(&DenseOperator::new(0, Vec::new()), &[]), Err(Error::NoDimension));
}

#[test]
fn a_zero_right_hand_side_costs_nothing() {
    let solution = ConjugateGradients::default().solve(&SADDLE, &[0.0; 2]).expect("positive definite");
    assert_eq!((solution.x, solution.products, solution.converged), (vec![0.0; 2], 0, true));
}
