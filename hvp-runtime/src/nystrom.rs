//! The trace of a positive semi-definite matrix from its Nyström approximation.

use rand::Rng;

use crate::estimate::{Welford, finite};
use crate::probe::{Probe, fill};
use crate::qr::Triangle;
use crate::sketch::finite_products;
use crate::vector::{axpy, dot, norm};
use crate::{Error, Estimate, LinearOperator};

/// How often the shift is raised a hundredfold before the matrix is called indefinite.
const RAISES: usize = 3;

/// The trace of a symmetric positive semi-definite matrix from `products` products, each of which both finds the range and
/// samples what the others missed.
///
/// With as many products the approximation has twice the rank of [`xtrace`](crate::xtrace), so that on spectra that decay
/// fast it is far better, and on flat ones as good as [`hutchinson_trace`](crate::hutchinson_trace). A matrix of rank below
/// `products` is exact. The standard error is that of the leave-one-out estimates and tends to be too
/// small. Keeps three vectors for each product. One `u64` is drawn from `rng`.
///
/// E. N. Epperly, J. A. Tropp, R. J. Webber, XTrace: making the most of every sample in stochastic trace estimation,
/// SIAM J. Matrix Anal. Appl. 45 (2024), §2.3.
///
/// # Errors
/// [`Error::NoDimension`], [`Error::NotFinite`] where a product is not, and [`Error::NotPositiveDefinite`] where a direction
/// of negative curvature was met.
///
/// # Panics
/// If `products` is less than 2.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{FnOperator, xnystrace};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// // 1, 0.7, 0.49, …
/// let op = FnOperator::new(500, |v: &[f64], out: &mut [f64]| {
///     out.iter_mut().zip(v).zip(0..).for_each(|((out, v), k)| *out = 0.7_f64.powi(k) * v);
/// });
/// let trace = xnystrace(&op, 40, &mut StdRng::seed_from_u64(1)).unwrap();
/// assert!((trace.value - 10.0 / 3.0).abs() < 1e-4);
/// ```
pub fn xnystrace(
    op: &(impl LinearOperator + ?Sized),
    products: usize,
    rng: &mut (impl Rng + ?Sized),
) -> Result<Estimate<f64>, Error> {
    assert!(products >= 2, "`products` is {products}, expected at least 2");
    let n = op.dim();
    if n == 0 {
        return Err(Error::NoDimension);
    }
    let (p, seed) = (products.min(n), rng.next_u64());
    let mut probes = vec![0.0; n * p];
    probes.chunks_exact_mut(n).enumerate().for_each(|(k, probe)| fill(Probe::Sphere, seed, k, probe));
    let images = finite_products(op, &probes)?;
    if images.iter().all(|entry| *entry == 0.0) {
        return Ok(Estimate { value: 0.0, std_error: 0.0, samples: p });
    }
    let mut shift = f64::EPSILON * norm(&images) / (n as f64).sqrt();
    for _ in 0..RAISES {
        if let Some(found) = shifted(n, &probes, images.clone(), shift)? {
            return Ok(found);
        }
        shift *= 100.0;
    }
    Err(Error::NotPositiveDefinite)
}

/// The estimate from Y = A Ω, with A made A + `shift` first; `None` where that is not positive definite among the probes.
fn shifted(
    n: usize,
    probes: &[f64],
    mut images: Vec<f64>,
    shift: f64,
) -> Result<Option<Estimate<f64>>, Error> {
    let p = images.len() / n;
    axpy(shift, probes, &mut images);
    let columns = || images.chunks_exact(n);
    let gram: Vec<Vec<f64>> = probes
        .chunks_exact(n)
        .enumerate()
        .map(|(i, probe)| columns().take(i + 1).map(|image| dot(probe, image)).collect())
        .collect();
    let Some(lower) = cholesky(gram) else { return Ok(None) };
    let mut triangle = Triangle::new();
    triangle.orthonormalize(n, &[], &mut images);
    // B = R L⁻ᵀ, column by column, so that B Bᵀ is Q's view of the approximation.
    let root = over_transposed(&triangle, &lower);
    let mut among_probes = Triangle::new();
    among_probes.orthonormalize(n, &[], &mut probes.to_vec());
    let trace: f64 = root.iter().map(|column| dot(column, column)).sum();
    let mut statistics = Welford::new(1);
    for (i, probe) in probes.chunks_exact(n).enumerate() {
        let inverse = inverse_column(&lower, i);
        // What the approximation loses without this probe: s sᵀ.
        let mut lost = vec![0.0; p];
        root.iter()
            .zip(&inverse)
            .for_each(|(column, weight)| axpy(*weight / norm(&inverse), column, &mut lost));
        let seen: Vec<f64> = images.chunks_exact(n).map(|q| dot(q, probe)).collect();
        // What is left of A vanishes on the other probes, so only the part across them tells of it.
        let across = dot(&among_probes.inverse_transposed(i)[..=i], among_probes.column(i));
        let outside = dot(&lost, &seen).powi(2) * (n - p + 1) as f64 / (across * across);
        statistics.push(std::iter::once(trace - dot(&lost, &lost) + outside - shift * n as f64));
    }
    finite(statistics.finish()).map(|estimate| Some(estimate.into_scalar()))
}

/// The factor L of L Lᵀ, by rows, of a symmetric matrix whose lower triangle is given by rows; `None` where it is not positive
/// definite.
fn cholesky(mut rows: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    for i in 0..rows.len() {
        for j in 0..=i {
            let sum = rows[i][j] - dot(&rows[i][..j], &rows[j][..j]);
            if i > j {
                rows[i][j] = sum / rows[j][j];
            } else if sum > 0.0 {
                rows[i][i] = sum.sqrt();
            } else {
                return None;
            }
        }
    }
    Some(rows)
}

/// The columns of R L⁻ᵀ: L Xᵀ = Rᵀ, from the first row on.
fn over_transposed(triangle: &Triangle, lower: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let p = lower.len();
    let mut columns: Vec<Vec<f64>> = Vec::with_capacity(p);
    for (i, row) in lower.iter().enumerate() {
        let mut column = vec![0.0; p];
        column[..=i].copy_from_slice(triangle.column(i));
        row.iter().zip(&columns).for_each(|(entry, before)| axpy(-entry, before, &mut column));
        column.iter_mut().for_each(|entry| *entry /= row[i]);
        columns.push(column);
    }
    columns
}

/// Column `i` of L⁻¹.
fn inverse_column(lower: &[Vec<f64>], i: usize) -> Vec<f64> {
    let mut column = vec![0.0; lower.len()];
    for (j, row) in lower.iter().enumerate().skip(i) {
        let right = if j == i { 1.0 } else { 0.0 };
        column[j] = (right - dot(&row[i..j], &column[i..j])) / row[j];
    }
    column
}
