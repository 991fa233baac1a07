//! Part of every batch: runs its programs and prints what became of each.

use crate::support::{Derived, check_exact};

/// Checks everything but finite differences, if all that is compared is finite. Whether it is.
pub fn check_finite(f: &Derived<'_>, x: &[f64]) -> bool {
    let moderate = |x: &[f64]| x.iter().all(|x| x.abs() < 1e9);
    let Some((grad, hv)) = f.by_definition(x, &vec![0.3; x.len()]) else { return false };
    if !moderate(&grad) || !moderate(&hv) {
        return false;
    }
    // Forward and reverse mode add up in different orders, also where large terms cancel.
    check_exact(f, x, 1e-8);
    true
}

/// Runs one program of a batch and prints what became of it.
pub fn report(number: usize, check: fn() -> usize) {
    match std::panic::catch_unwind(check) {
        Ok(points) => println!("{number} right {points}"),
        Err(cause) => {
            let message = cause.downcast_ref::<String>().cloned();
            let message = message.or_else(|| cause.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default();
            println!("{number} wrong {}", message.replace('\n', "; "));
        }
    }
}
