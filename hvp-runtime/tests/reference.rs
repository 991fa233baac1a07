//! The hand-derived Rosenbrock function against known values and against itself.

use hvp_runtime::check;
use hvp_runtime::reference::{Rosenbrock, rosen, rosen_der, rosen_hess, rosen_hess_prod};

#[test]
fn values_at_the_point_of_the_example() {
    let x = [2.2, 0.21];
    assert!((rosen(&x) - (100.0 * (0.21_f64 - 4.84).powi(2) + 1.44)).abs() < 1e-9);
    let product = rosen_hess_prod(&x, &[1.2, 3.1]);
    assert!((product[0] - 4143.2).abs() < 1e-11);
    assert!((product[1] + 436.0).abs() < 1e-11);
    let hessian = rosen_hess(&x);
    for (found, expected) in hessian.iter().zip([5726.0, -880.0, -880.0, 200.0]) {
        assert!((found - expected).abs() < 1e-11);
    }
}

#[test]
fn minimum_is_stationary() {
    let x = [1.0; 7];
    assert_eq!(rosen(&x), 0.0);
    assert_eq!(rosen_der(&x), [0.0; 7]);
}

#[test]
fn product_is_the_dense_hessian_times_the_vector() {
    let x: Vec<f64> = (0..9).map(|i| (f64::from(i) * 0.9).sin() + 0.4).collect();
    let p: Vec<f64> = (0..9).map(|i| (f64::from(i) * 1.3).cos()).collect();
    let hessian = rosen_hess(&x);
    for (row, product) in hessian.chunks(9).zip(rosen_hess_prod(&x, &p)) {
        let expected: f64 = row.iter().zip(&p).map(|(h, p)| h * p).sum();
        assert!((product - expected).abs() <= 1e-13 * expected.abs().max(1.0));
    }
}

#[test]
fn derivatives_agree_with_differences() {
    for x in [vec![2.2, 0.21], vec![-1.2, 1.0, 0.7, 1.9], vec![0.0; 5]] {
        assert!(check::gradient(&Rosenbrock, &x).relative_error < 1e-8);
        assert!(check::hvp(&Rosenbrock, &x).relative_error < 1e-8);
    }
}

#[test]
#[should_panic(expected = "`x` has length 1")]
fn one_variable_is_refused() {
    let _ = rosen(&[1.0]);
}

#[test]
#[should_panic(expected = "`p` has length 3, expected 2")]
fn a_direction_of_another_length_is_refused() {
    let _ = rosen_hess_prod(&[1.0, 2.0], &[1.0, 2.0, 3.0]);
}
