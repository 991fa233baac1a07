//! Estimators that use every product twice: to find the range of a matrix, and to sample what lies outside it.

use rand::Rng;

use crate::estimate::Welford;
use crate::probe::{Probe, fill};
use crate::qr::{Triangle, orthonormalize};
use crate::vector::{axpy, dot, is_finite};
use crate::{Error, Estimate, LinearOperator, block};

/// The trace of a symmetric matrix from `products` products: half of them find its range, the other half the trace
/// there, and each probe samples what the others missed.
///
/// On spectra that decay the error falls with the decay and not with the square root of the cost; a matrix of rank
/// below half the products is exact. On flat spectra [`hutchinson_trace`](crate::hutchinson_trace) is as good. The
/// standard error is that of the leave-one-out estimates and tends to be somewhat small. With as many products as
/// dimensions the trace is formed exactly from one for each. Keeps 1.5 vectors for each product.
///
/// E. N. Epperly, J. A. Tropp, R. J. Webber, XTrace: making the most of every sample in stochastic trace estimation,
/// SIAM J. Matrix Anal. Appl. 45 (2024).
///
/// # Errors
/// [`Error::NoDimension`], and [`Error::NotFinite`] where a product is not.
///
/// # Panics
/// If `products` is less than 2.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{FnOperator, xtrace};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// // A matrix of rank one: all ones.
/// let ones = FnOperator::new(500, |v: &[f64], out: &mut [f64]| out.fill(v.iter().sum()));
/// let trace = xtrace(&ones, 6, &mut StdRng::seed_from_u64(1)).unwrap();
/// assert!((trace.value - 500.0).abs() < 1e-9);
/// ```
pub fn xtrace(
    op: &(impl LinearOperator + ?Sized),
    products: usize,
    rng: &mut (impl Rng + ?Sized),
) -> Result<Estimate<f64>, Error> {
    let seed = begin(op, products, rng)?;
    if products >= op.dim() {
        let diagonal = exact_diagonal(op)?;
        return Ok(Estimate { value: diagonal.iter().sum(), std_error: 0.0, samples: op.dim() });
    }
    let range = Range::new(op, Probe::Sphere, seed, products / 2)?;
    let (n, p) = (op.dim(), range.rank());
    let core: Vec<Vec<f64>> = range.images().map(|az| range.coordinates(az)).collect();
    let trace: f64 = core.iter().enumerate().map(|(j, column)| column[j]).sum();
    if !range.triangle.independent {
        return Ok(Estimate { value: trace, std_error: 0.0, samples: p });
    }
    let mut statistics = Welford::new(1);
    for (i, probe) in range.probes.chunks_exact(n).enumerate() {
        let left_out = range.triangle.inverse_transposed(i);
        let seen = range.coordinates(probe);
        let mut inside = seen.clone();
        axpy(-dot(&left_out, &seen), &left_out, &mut inside);
        let image = range.triangle.column(i);
        let outside = dot(&seen, image) - 2.0 * dot(&inside, image) + form(&core, &inside);
        let scaling = (n - p + 1) as f64 / (n as f64 - dot(&inside, &inside));
        statistics.push(std::iter::once(trace - form(&core, &left_out) + scaling * outside));
    }
    Ok(statistics.finish().into_scalar())
}

/// The diagonal of a symmetric matrix from `products` products, as [`xtrace`] finds the trace: exact for a matrix of
/// rank below half the products. On flat spectra [`hutchinson_diagonal`](crate::hutchinson_diagonal) is better.
///
/// E. N. Epperly, J. A. Tropp, R. J. Webber, XTrace: making the most of every sample in stochastic trace estimation,
/// SIAM J. Matrix Anal. Appl. 45 (2024), §5.
///
/// # Errors
/// [`Error::NoDimension`], and [`Error::NotFinite`] where a product is not.
///
/// # Panics
/// If `products` is less than 2.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{FnOperator, xdiag};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// // A matrix of rank one: all ones.
/// let ones = FnOperator::new(500, |v: &[f64], out: &mut [f64]| out.fill(v.iter().sum()));
/// let diagonal = xdiag(&ones, 6, &mut StdRng::seed_from_u64(1)).unwrap();
/// assert!(diagonal.value.iter().all(|entry| (entry - 1.0).abs() < 1e-12));
/// ```
pub fn xdiag(
    op: &(impl LinearOperator + ?Sized),
    products: usize,
    rng: &mut (impl Rng + ?Sized),
) -> Result<Estimate<Vec<f64>>, Error> {
    let seed = begin(op, products, rng)?;
    let n = op.dim();
    if products >= n {
        return Ok(Estimate { value: exact_diagonal(op)?, std_error: vec![0.0; n], samples: n });
    }
    let range = Range::new(op, Probe::Rademacher, seed, products / 2)?;
    let mut inside = vec![0.0; n];
    for (q, az) in range.basis.chunks_exact(n).zip(range.images()) {
        inside.iter_mut().zip(q).zip(az).for_each(|((inside, q), az)| *inside += q * az);
    }
    if !range.triangle.independent {
        return Ok(Estimate { value: inside, std_error: vec![0.0; n], samples: range.rank() });
    }
    let mut statistics = Welford::new(n);
    for (i, probe) in range.probes.chunks_exact(n).enumerate() {
        let left_out = range.triangle.inverse_transposed(i);
        let direction = combine(n, &range.basis, &left_out);
        let image = combine(n, &range.images, &left_out);
        let length = dot(&left_out, range.triangle.column(i));
        let entries = inside.iter().zip(&direction).zip(&image).zip(probe);
        statistics.push(entries.map(|(((inside, q), aq), z)| inside - q * aq + q * length * z));
    }
    Ok(statistics.finish())
}

/// Checks what is asked, and draws the seed.
fn begin(
    op: &(impl LinearOperator + ?Sized),
    products: usize,
    rng: &mut (impl Rng + ?Sized),
) -> Result<u64, Error> {
    assert!(products >= 2, "`products` is {products}, expected at least 2");
    if op.dim() == 0 { Err(Error::NoDimension) } else { Ok(rng.next_u64()) }
}

/// The diagonal from a product along each axis, in blocks.
fn exact_diagonal(op: &(impl LinearOperator + ?Sized)) -> Result<Vec<f64>, Error> {
    let n = op.dim();
    let width = block::width(op, n);
    let (mut axes, mut columns) = (vec![0.0; n * width], vec![0.0; n * width]);
    let mut diagonal = Vec::with_capacity(n);
    while diagonal.len() < n {
        let (first, count) = (diagonal.len(), width.min(n - diagonal.len()));
        let (axes, columns) = (&mut axes[..n * count], &mut columns[..n * count]);
        let places: Vec<usize> = (0..count).map(|k| k * n + first + k).collect();
        axes.fill(0.0);
        places.iter().for_each(|&place| axes[place] = 1.0);
        op.apply_block(axes, columns);
        diagonal.extend(places.iter().map(|&place| columns[place]));
    }
    if is_finite(&diagonal) { Ok(diagonal) } else { Err(Error::NotFinite) }
}

/// Random probes Ω, an orthonormal basis Q of their images A Ω = Q R, and its images A Q.
struct Range {
    n: usize,
    probes: Vec<f64>,
    basis: Vec<f64>,
    triangle: Triangle,
    images: Vec<f64>,
}

impl Range {
    fn new(
        op: &(impl LinearOperator + ?Sized),
        kind: Probe,
        seed: u64,
        probes: usize,
    ) -> Result<Self, Error> {
        let n = op.dim();
        let product = |v: &[f64]| {
            let mut out = vec![0.0; v.len()];
            op.apply_block(v, &mut out);
            if is_finite(&out) { Ok(out) } else { Err(Error::NotFinite) }
        };
        let mut omega = vec![0.0; n * probes];
        for (k, probe) in omega.chunks_exact_mut(n).enumerate() {
            fill(kind, seed, k, probe);
        }
        let mut basis = product(&omega)?;
        let triangle = orthonormalize(n, &mut basis);
        let images = product(&basis)?;
        Ok(Self { n, probes: omega, basis, triangle, images })
    }

    fn rank(&self) -> usize {
        self.basis.len() / self.n
    }

    fn images(&self) -> impl Iterator<Item = &[f64]> {
        self.images.chunks_exact(self.n)
    }

    /// Qᵀ v
    fn coordinates(&self, v: &[f64]) -> Vec<f64> {
        self.basis.chunks_exact(self.n).map(|q| dot(q, v)).collect()
    }
}

/// Σ sⱼ times column j.
fn combine(n: usize, columns: &[f64], s: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; n];
    for (column, s) in columns.chunks_exact(n).zip(s) {
        axpy(*s, column, &mut sum);
    }
    sum
}

/// v·(C v)
fn form(core: &[Vec<f64>], v: &[f64]) -> f64 {
    core.iter().zip(v).map(|(column, entry)| entry * dot(column, v)).sum()
}
