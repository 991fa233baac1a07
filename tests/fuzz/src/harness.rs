//! Part of every batch: runs its programs and prints what became of each.

use crate::support::{
    Derived, HyperDual, assert_close, assert_same_bits, check_exact, dot, point, rng, take_largest,
};

/// Neither so large nor so small that rounding in another order could change a leading digit.
fn moderate(x: &[f64]) -> bool {
    x.iter().all(|x| *x == 0.0 || (1e-100..1e9).contains(&x.abs()))
}

/// How much larger than the result the numbers on the way to it may be: what is left of the digits is compared.
const CANCELLATION: f64 = 1e6;

/// Whether `result` has digits left of numbers of size `largest`.
fn significant(result: &[f64], largest: f64) -> bool {
    largest <= CANCELLATION * result.iter().fold(0.0_f64, |size, entry| size.max(entry.abs()))
}

/// Checks everything but finite differences, if all that is compared is finite and significant. Whether it is.
pub fn check_finite(f: &Derived<'_>, x: &[f64]) -> bool {
    take_largest();
    let Some((grad, hv)) = f.by_definition(x, &vec![0.3; x.len()]) else { return false };
    let largest = take_largest();
    if !moderate(&grad) || !moderate(&hv) || largest.value.is_infinite() {
        return false;
    }
    if !significant(&grad, largest.first) || !significant(&hv, largest.cross) {
        return false;
    }
    // Forward and reverse mode add up in different orders, also where large terms cancel.
    check_exact(f, x, 1e-8);
    true
}

/// A function from nine numbers to four.
pub struct Outputs<'a> {
    pub twin: &'a dyn Fn(&[HyperDual]) -> Vec<HyperDual>,
    pub value: &'a dyn Fn(&[f64]) -> [f64; 4],
    pub jvp: &'a dyn Fn(&[f64], &[f64]) -> ([f64; 4], [f64; 4]),
    pub vjp: &'a dyn Fn(&[f64], &[f64]) -> ([f64; 4], Vec<f64>),
}

/// Checks both products with the Jacobian against its columns by definition, if these are finite. Whether they are.
pub fn check_outputs(f: &Outputs<'_>, z: &[f64]) -> bool {
    let column = |i: usize| -> Vec<f64> {
        let unit = |k: usize| if k == i { 1.0 } else { 0.0 };
        let lifted: Vec<HyperDual> = (0..z.len()).map(|k| HyperDual::variable(z[k], unit(k), 0.0)).collect();
        (f.twin)(&lifted).iter().map(|y| y.first).collect()
    };
    take_largest();
    let columns: Vec<Vec<f64>> = (0..z.len()).map(column).collect();
    let largest = take_largest();
    if !columns.iter().all(|column| moderate(column)) || largest.value.is_infinite() {
        return false;
    }
    if !significant(&columns.concat(), largest.first) {
        return false;
    }
    let (v, w) = (point(&mut rng(7), z.len(), -1.0, 1.0), point(&mut rng(8), 4, -1.0, 1.0));
    let value = (f.value)(z);
    let ((same_value, jv), (value_too, jtw)) = ((f.jvp)(z, &v), (f.vjp)(z, &w));
    for (have, want) in same_value.iter().chain(&value_too).zip(value.iter().chain(&value)) {
        assert_same_bits(*have, *want, "output");
    }
    let row = |i: usize| columns.iter().zip(&v).map(|(column, v)| column[i] * v).sum::<f64>();
    assert_close(&jv, &[row(0), row(1), row(2), row(3)], 1e-8, "Jacobian times direction");
    let products: Vec<f64> = columns.iter().map(|column| dot(column, &w)).collect();
    assert_close(&jtw, &products, 1e-8, "weights times Jacobian");
    true
}

/// Runs one program of a batch and prints what became of it.
pub fn report(number: usize, check: fn() -> usize) {
    match std::panic::catch_unwind(check) {
        Ok(points) => println!("{number} right {points}"),
        Err(cause) => {
            let message = cause.downcast_ref::<String>().cloned();
            let message =
                message.or_else(|| cause.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default();
            println!("{number} wrong {}", message.replace('\n', "; "));
        }
    }
}
