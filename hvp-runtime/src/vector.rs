//! Arithmetic of vectors held as slices.

/// The inner product, summed from the first entry to the last.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The Euclidean length, also where the squares of the entries are too large or too small for numbers.
pub(crate) fn norm(a: &[f64]) -> f64 {
    let square = dot(a, a);
    if square.is_nan() || (1e-280..f64::INFINITY).contains(&square) {
        return square.sqrt();
    }
    let unit = unit(a);
    unit * a.iter().map(|entry| (entry / unit).powi(2)).sum::<f64>().sqrt()
}

/// A power of two close to the largest size of an entry; one where all are zero, or not all are finite.
pub(crate) fn unit(a: &[f64]) -> f64 {
    let largest = a.iter().fold(0.0_f64, |size, entry| size.max(entry.abs()));
    if largest > 0.0 && is_finite(a) { 2_f64.powf(largest.log2().floor().max(-1022.0)) } else { 1.0 }
}

/// y += a x
pub(crate) fn axpy(a: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}

/// x *= a
pub(crate) fn scale(a: f64, x: &mut [f64]) {
    for x in x {
        *x *= a;
    }
}

/// Whether no entry is infinite or not a number.
pub(crate) fn is_finite(a: &[f64]) -> bool {
    a.iter().all(|entry| entry.is_finite())
}
