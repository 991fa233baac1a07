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

/// A function with a vector as its result.
pub struct Outputs<'a> {
    pub twin: &'a dyn Fn(&[HyperDual]) -> Vec<HyperDual>,
    pub value: &'a dyn Fn(&[f64]) -> Vec<f64>,
    pub jvp: &'a dyn Fn(&[f64], &[f64]) -> (Vec<f64>, Vec<f64>),
    pub vjp: &'a dyn Fn(&[f64], &[f64]) -> (Vec<f64>, Vec<f64>),
}

impl Outputs<'_> {
    /// The columns of the Jacobian by definition, if what is compared with them is finite and significant.
    fn columns(&self, z: &[f64]) -> Option<Vec<Vec<f64>>> {
        let column = |i: usize| -> Vec<f64> {
            let unit = |k: usize| if k == i { 1.0 } else { 0.0 };
            let lifted: Vec<HyperDual> =
                (0..z.len()).map(|k| HyperDual::variable(z[k], unit(k), 0.0)).collect();
            (self.twin)(&lifted).iter().map(|y| y.first).collect()
        };
        take_largest();
        let columns: Vec<Vec<f64>> = (0..z.len()).map(column).collect();
        let largest = take_largest();
        let comparable = columns.iter().all(|column| moderate(column))
            && largest.value.is_finite()
            && significant(&columns.concat(), largest.first);
        comparable.then_some(columns)
    }
}

/// Checks both products with the Jacobian against its columns by definition, if these are finite. Whether they are.
pub fn check_outputs(f: &Outputs<'_>, z: &[f64]) -> bool {
    let Some(columns) = f.columns(z) else { return false };
    let value = (f.value)(z);
    let (v, w) = (point(&mut rng(7), z.len(), -1.0, 1.0), point(&mut rng(8), value.len(), -1.0, 1.0));
    let ((same_value, jv), (value_too, jtw)) = ((f.jvp)(z, &v), (f.vjp)(z, &w));
    for (have, want) in same_value.iter().chain(&value_too).zip(value.iter().chain(&value)) {
        assert_same_bits(*have, *want, "output");
    }
    let along = |i: usize| columns.iter().zip(&v).map(|(column, v)| column[i] * v).sum();
    let rates: Vec<f64> = (0..value.len()).map(along).collect();
    assert_close(&jv, &rates, 1e-8, "Jacobian times direction");
    let products: Vec<f64> = columns.iter().map(|column| dot(column, &w)).collect();
    assert_close(&jtw, &products, 1e-8, "weights times Jacobian");
    true
}

/// As `check_outputs`, and the Jacobian itself against its columns by definition and against the products with unit weights.
pub fn check_jacobian(f: &Outputs<'_>, jacobian: &dyn Fn(&[f64]) -> Vec<Vec<f64>>, z: &[f64]) -> bool {
    let rows = jacobian(z);
    let Some(columns) = f.columns(z) else { return false };
    check_outputs(f, z);
    assert_eq!(rows.len(), (f.value)(z).len(), "a row of the Jacobian for each component");
    let transposed: Vec<f64> = (0..z.len()).flat_map(|i| rows.iter().map(move |row| row[i])).collect();
    assert_close(&transposed, &columns.concat(), 1e-8, "Jacobian");
    let pulled = |i: usize| {
        let weights: Vec<f64> = (0..rows.len()).map(|k| if k == i { 1.0 } else { 0.0 }).collect();
        (f.vjp)(z, &weights).1
    };
    let pulled: Vec<f64> = (0..rows.len()).flat_map(pulled).collect();
    assert_close(&rows.concat(), &pulled, 1e-8, "Jacobian by weights");
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
