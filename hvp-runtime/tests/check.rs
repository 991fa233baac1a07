//! The checks find what is wrong and pass what is right.

use hvp_runtime::reference::Rosenbrock;
use hvp_runtime::{Objective, check};

/// f(x) = Σ ln xᵢ + x₀ x₁: undefined outside the positive numbers. `fault` is added to one entry of a derivative.
struct Logarithms {
    gradient_fault: f64,
    hessian_fault: f64,
}

const RIGHT: Logarithms = Logarithms { gradient_fault: 0.0, hessian_fault: 0.0 };

impl Objective for Logarithms {
    fn value(&self, x: &[f64]) -> f64 {
        x.iter().map(|x| x.ln()).sum::<f64>() + x[0] * x[1]
    }
    fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
        grad.iter_mut().zip(x).for_each(|(grad, x)| *grad = x.recip());
        grad[0] += x[1];
        grad[1] += x[0];
        grad[2] += self.gradient_fault;
        self.value(x)
    }
    fn hvp(&self, x: &[f64], v: &[f64], hv: &mut [f64]) {
        hv.iter_mut().zip(x).zip(v).for_each(|((hv, x), v)| *hv = -v / (x * x));
        hv[0] += v[1];
        hv[1] += v[0] + self.hessian_fault * v[2];
    }
}

#[test]
fn right_derivatives_pass() {
    for x in [[1.0, 2.0, 0.5], [1e-3, 0.2, 30.0]] {
        assert!(check::gradient(&RIGHT, &x).relative_error < 1e-7);
        assert!(check::hvp(&RIGHT, &x).relative_error < 1e-7);
        assert!(check::symmetry(&RIGHT, &x).relative_error < 1e-14);
    }
}

#[test]
fn a_minimum_is_no_false_alarm() {
    let x = [1.0; 4];
    assert!(check::gradient(&Rosenbrock, &x).relative_error < 1e-7);
    assert!(check::hvp(&Rosenbrock, &x).relative_error < 1e-7);
    assert_eq!(check::symmetry(&Rosenbrock, &x).relative_error, 0.0);
}

#[test]
fn a_fault_in_the_gradient_is_found_where_it_is() {
    let report = check::gradient(&Logarithms { gradient_fault: 1e-4, ..RIGHT }, &[1.0, 2.0, 0.5]);
    assert_eq!((report.index, report.column), (2, None));
    assert!((report.relative_error - 5e-5).abs() < 1e-8);
    assert_eq!(report.found, 2.0001);
    assert!((report.expected - 2.0).abs() < 1e-8);
    assert!(report.step > 0.0);
}

#[test]
fn a_fault_in_the_product_is_found_where_it_is() {
    let wrong = Logarithms { hessian_fault: 0.5, ..RIGHT };
    let report = check::hvp(&wrong, &[1.0, 2.0, 0.5]);
    assert_eq!((report.index, report.column), (1, Some(2)));
    let report = check::symmetry(&wrong, &[1.0, 2.0, 0.5]);
    assert_eq!((report.index, report.column), (2, Some(1)));
    assert_eq!(report.relative_error, 1.0);
    assert_eq!((report.found, report.expected), (0.0, 0.5));
}

#[test]
fn what_is_not_a_number_is_an_infinite_error() {
    let report = check::gradient(&Logarithms { gradient_fault: f64::NAN, ..RIGHT }, &[1.0, 2.0, 0.5]);
    assert_eq!(report.relative_error, f64::INFINITY);
    assert_eq!(report.index, 2);
    assert!(report.found.is_nan());
    let report = check::hvp(&RIGHT, &[1.0, 2.0, f64::NAN]);
    assert_eq!(report.relative_error, f64::INFINITY);
}

#[test]
fn a_report_reads_as_a_sentence() {
    let report = check::symmetry(&Logarithms { hessian_fault: 0.5, ..RIGHT }, &[1.0, 2.0, 0.5]);
    assert_eq!(
        report.to_string(),
        "relative error 1.0e0 at entry 2 of column 1: found -0, expected 0.5 (step 0e0)"
    );
}

/// f = 7, of any number of variables.
struct Constant;

impl Objective for Constant {
    fn value(&self, _x: &[f64]) -> f64 {
        7.0
    }
    fn value_and_grad(&self, _x: &[f64], grad: &mut [f64]) -> f64 {
        grad.fill(0.0);
        7.0
    }
    fn hvp(&self, _x: &[f64], _v: &[f64], hv: &mut [f64]) {
        hv.fill(0.0);
    }
}

#[test]
fn a_constant_has_no_error_for_any_number_of_variables() {
    for x in [vec![], vec![0.0], vec![1e300, -3.0]] {
        for report in
            [check::gradient(&Constant, &x), check::hvp(&Constant, &x), check::symmetry(&Constant, &x)]
        {
            assert!(report.relative_error < 1e-7, "{report}");
        }
    }
}
