//! Results in `Result` and `Option`, and functions without a real output.

use crate::support::*;
use hvp::differentiable;

#[derive(Debug, PartialEq)]
pub enum Failure {
    Empty,
    Negative(usize),
}

#[differentiable]
fn validate(x: &[f64]) -> Result<(), Failure> {
    if x.is_empty() {
        return Err(Failure::Empty);
    }
    for (i, &v) in x.iter().enumerate() {
        if v < 0.0 {
            return Err(Failure::Negative(i));
        }
    }
    Ok(())
}

#[differentiable]
fn log_sum(x: &[f64]) -> Result<f64, Failure> {
    validate(x)?;
    let mut s = 0.0;
    for v in x {
        s += v.ln() * x[0];
    }
    Ok(s)
}

#[differentiable]
fn through(x: &[f64]) -> Result<f64, Failure> {
    let s = log_sum(x)?;
    if s > 100.0 {
        return Err(Failure::Negative(99));
    }
    Ok(s * s)
}

#[differentiable]
fn root(x: f64) -> Option<f64> {
    if x < 0.0 { None } else { Some(x.sqrt() * x) }
}

#[test]
fn an_error_passes_out_of_every_function() {
    assert_eq!(log_sum_grad(&[]), Err(Failure::Empty));
    assert_eq!(log_sum_hvp(&[1.0, -1.0], &[1.0, 1.0]), Err(Failure::Negative(1)));
    assert_eq!(log_sum_value_and_grad(&[-1.0]), Err(Failure::Negative(0)));
    assert_eq!(log_sum_jvp(&[-1.0], &[1.0]), Err(Failure::Negative(0)));
    assert_eq!(through_grad_and_hvp(&[], &[]), Err(Failure::Empty));
    assert_eq!(root_grad(-1.0), None);
    assert_eq!(root_hvp(-1.0, 1.0), None);
}

#[test]
fn a_success_is_differentiated() {
    let x = [1.5, 2.0];
    let (value, g) = log_sum_value_and_grad(&x).unwrap();
    assert_same_bits(value, log_sum(&x).unwrap(), "value");
    let want = [1.5_f64.ln() + 2.0_f64.ln() + 1.0, 1.5 / 2.0];
    assert_close(&g, &want, 1e-14, "gradient");
    let h = log_sum_hvp(&x, &[1.0, 0.0]).unwrap();
    assert_close(&h, &[1.0 / 1.5, 0.5], 1e-13, "product");
    let scaled: Vec<f64> = want.iter().map(|g| 2.0 * value * g).collect();
    assert_close(&through_grad(&x).unwrap(), &scaled, 1e-13, "through `?`");
    assert_near(root_grad(4.0).unwrap(), 3.0, 1e-14, "gradient");
    assert_near(root_hvp(4.0, 1.0).unwrap(), 0.375, 1e-14, "second derivative");
}

#[differentiable]
fn first_entry(x: &[f64]) -> f64 {
    let kind = "entry";
    x.first().expect("a first entry is needed").powi(2) + x.get(1).expect(&format!("no second {kind}"))
}

#[test]
fn what_was_expected_is_said_by_the_derivatives_too() {
    let message = |x: &[f64]| {
        let panic = std::panic::catch_unwind(|| first_entry_grad(x)).unwrap_err();
        panic.downcast::<String>().map_or_else(|_| String::new(), |text| *text)
    };
    assert_eq!(message(&[]), "a first entry is needed");
    assert_eq!(message(&[1.0]), "no second entry");
    assert_eq!(first_entry_grad(&[3.0, 1.0]), [6.0, 1.0]);
}
