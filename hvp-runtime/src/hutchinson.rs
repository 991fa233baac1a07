//! Hutchinson's estimators of the diagonal and the trace.

use rand::Rng;

use crate::LinearOperator;
use crate::estimate::{Estimate, Welford};
use crate::probe::fill_signs;
use crate::vector::dot;

/// Probes that are multiplied in one block, where memory allows.
const BLOCK_WIDTH: usize = 8;

/// The most entries that a block of probes may hold.
const BLOCK_ENTRIES: usize = 1 << 22;

/// The diagonal of a square matrix, estimated from random signs z: the mean of z∘(A z).
///
/// For symmetric A the variance of entry i is the sum of Aᵢⱼ² over j ≠ i, divided by the number of samples: the
/// error falls with its square root, and a diagonal matrix is right at once. One `u64` is drawn from `rng`; the
/// same seed gives the same estimate. The cost is `samples` products, taken in blocks, and four buffers that do not
/// grow with their number.
///
/// C. Bekas, E. Kokiopoulou, Y. Saad, An estimator for the diagonal of a matrix, Appl. Numer. Math. 57 (2007).
///
/// # Panics
/// If `samples` is zero.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let matrix = [[5726.0, -880.0], [-880.0, 200.0]];
/// let diagonal = hvp::hutchinson_diagonal(&matrix, 1000, &mut StdRng::seed_from_u64(7));
/// assert!((diagonal.value[0] - 5726.0).abs() < 4.0 * diagonal.std_error[0]);
/// assert!((diagonal.std_error[0] - 880.0 / 1000_f64.sqrt()).abs() < 1.0);
/// ```
pub fn hutchinson_diagonal(
    op: &(impl LinearOperator + ?Sized),
    samples: usize,
    rng: &mut (impl Rng + ?Sized),
) -> Estimate<Vec<f64>> {
    let mut statistics = Welford::new(op.dim());
    for_each_product(op, samples, rng, |z, az| {
        statistics.push(z.iter().zip(az).map(|(z, az)| z * az));
    });
    statistics.finish()
}

/// The trace of a square matrix, estimated from random signs z: the mean of z·(A z).
///
/// For symmetric A the variance is twice the sum of Aᵢⱼ² over i ≠ j, divided by the number of samples. One `u64`
/// is drawn from `rng`; the same seed gives the same estimate. The cost is `samples` products, taken in blocks, and
/// buffers that do not grow with their number.
///
/// M. F. Hutchinson, A stochastic estimator of the trace of the influence matrix, Commun. Stat. Simul. Comput. 18
/// (1989).
///
/// # Panics
/// If `samples` is zero.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let matrix = [[5726.0, -880.0], [-880.0, 200.0]];
/// let trace = hvp::hutchinson_trace(&matrix, 1000, &mut StdRng::seed_from_u64(7));
/// assert!((trace.value - 5926.0).abs() < 4.0 * trace.std_error);
/// ```
pub fn hutchinson_trace(
    op: &(impl LinearOperator + ?Sized),
    samples: usize,
    rng: &mut (impl Rng + ?Sized),
) -> Estimate<f64> {
    let mut statistics = Welford::new(1);
    for_each_product(op, samples, rng, |z, az| {
        statistics.push(std::iter::once(dot(z, az)));
    });
    let Estimate {
        value,
        std_error,
        samples,
    } = statistics.finish();
    Estimate {
        value: value[0],
        std_error: std_error[0],
        samples,
    }
}

/// Calls `visit(z, A z)` for each probe z in order.
fn for_each_product(
    op: &(impl LinearOperator + ?Sized),
    samples: usize,
    rng: &mut (impl Rng + ?Sized),
    mut visit: impl FnMut(&[f64], &[f64]),
) {
    assert!(samples > 0, "`samples` is zero");
    let seed = rng.next_u64();
    let n = op.dim();
    let width = block_width(n);
    let mut probes = vec![0.0; n * width];
    let mut products = vec![0.0; n * width];
    for first in (0..samples).step_by(width) {
        let count = width.min(samples - first);
        let column = |k: usize| k * n..(k + 1) * n;
        for k in 0..count {
            fill_signs(seed, first + k, &mut probes[column(k)]);
        }
        op.apply_block(&probes[..count * n], &mut products[..count * n]);
        for k in 0..count {
            visit(&probes[column(k)], &products[column(k)]);
        }
    }
}

/// The number of probes in a block of vectors of length `n`.
fn block_width(n: usize) -> usize {
    (BLOCK_ENTRIES / n.max(1)).clamp(1, BLOCK_WIDTH)
}
