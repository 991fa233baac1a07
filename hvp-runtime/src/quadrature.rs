//! Spectral densities and traces of functions of a matrix, by stochastic Lanczos quadrature.

use std::ops::{ControlFlow, Range};

use rand::Rng;

use crate::estimate::Welford;
use crate::krylov::Krylov;
use crate::probe::fill_signs;
use crate::tridiagonal::Eigen;
use crate::{Error, Estimate, LinearOperator, block};

/// How the spectrum of a symmetric operator is spread, as seen from random directions.
///
/// Each of `probes` random signs z gives a Gaussian quadrature of z·f(A) z from `steps` products: nodes at the
/// eigenvalues of a small tridiagonal matrix, weights from their eigenvectors. The mean over the probes is the trace.
/// The cost is `probes`·`steps` products. Several probes go on side by side, so that their products come in blocks (by
/// several threads with `Parallel`, feature `rayon`); each keeps `steps` vectors meanwhile. The answer has the same
/// bits however many do.
///
/// The measure is also what a long run goes on from, [`resume`](Self::resume): with the feature `serde` it can be
/// written and read.
///
/// S. Ubaru, J. Chen, Y. Saad, Fast estimation of tr(f(A)) via stochastic Lanczos quadrature, SIAM J. Matrix Anal.
/// Appl. 38 (2017).
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::SpectralMeasure;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let matrix = [[2.0, 1.0], [1.0, 3.0]];
/// let measure = SpectralMeasure::new(&matrix, 200, 2, &mut StdRng::seed_from_u64(1)).unwrap();
/// let log_determinant = measure.log_determinant().unwrap();
/// let error = (log_determinant.value - 5_f64.ln()).abs();
/// assert!(error < 4.0 * log_determinant.std_error);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SpectralMeasure {
    dim: usize,
    steps: usize,
    seed: u64,
    probes: Vec<Rule>,
}

/// One probe's quadrature, and the coarser one from half its steps.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Rule {
    /// (node, weight); the weights sum to one.
    fine: Vec<(f64, f64)>,
    /// Empty where there is but one step.
    coarse: Vec<(f64, f64)>,
}

/// The trace of a function of a matrix, with both sources of its error.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{FnOperator, SpectralMeasure};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// // 1, 0.9, 0.81, …: five steps do not see the small eigenvalues, and no number of probes mends that.
/// let op = FnOperator::new(100, |v: &[f64], out: &mut [f64]| {
///     out.iter_mut().zip(v).zip(0..).for_each(|((out, v), k)| *out = 0.9_f64.powi(k) * v);
/// });
/// let measure = SpectralMeasure::new(&op, 50, 5, &mut StdRng::seed_from_u64(1)).unwrap();
/// let logarithm = measure.log_determinant().unwrap();
/// assert!(logarithm.quadrature_change > 10.0 * logarithm.std_error);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct FunctionTrace {
    /// The estimate.
    pub value: f64,
    /// Its standard error, from the spread over the probes. NaN for a single probe.
    pub std_error: f64,
    /// How far the estimate moved from half the steps to all of them: what the quadrature may still be off, which
    /// more probes do not mend. NaN for a single step that does not show all there is.
    pub quadrature_change: f64,
    /// The number of probes.
    pub samples: usize,
}

impl SpectralMeasure {
    /// Looks at a symmetric operator from `probes` random directions with `steps` products each. One `u64` is drawn
    /// from `rng`.
    ///
    /// # Errors
    /// [`Error::NoDimension`], and [`Error::NotFinite`] where a product is not.
    ///
    /// # Panics
    /// If `probes` or `steps` is zero.
    pub fn new(
        op: &(impl LinearOperator + ?Sized),
        probes: usize,
        steps: usize,
        rng: &mut (impl Rng + ?Sized),
    ) -> Result<Self, Error> {
        assert!(probes > 0, "`probes` is zero");
        let mut measure = Self::start(op.dim(), steps, rng);
        measure.resume(op, probes, |_| ControlFlow::Continue(())).map(|_| measure)
    }

    /// A measure in dimension `n` that has looked from nowhere yet, and takes `steps` products for each probe. One
    /// `u64` is drawn from `rng`.
    ///
    /// # Panics
    /// If `steps` is zero.
    pub fn start(n: usize, steps: usize, rng: &mut (impl Rng + ?Sized)) -> Self {
        assert!(steps > 0, "`steps` is zero");
        Self { dim: n, steps, seed: rng.next_u64(), probes: Vec::new() }
    }

    /// Looks from further directions until there are `probes` in all: with the same bits as if it had not stopped
    /// before. The measure is shown after each block of probes that leaves some to take; the callback may break off,
    /// and `Break` comes back. No probe is drawn twice, and of an error those of the blocks before it stay.
    ///
    /// # Errors
    /// [`Error::NoDimension`], and [`Error::NotFinite`] where a product is not.
    ///
    /// # Panics
    /// If the operator has another dimension than the measure.
    ///
    /// ```
    /// # extern crate hvp_runtime as hvp;
    /// use std::ops::ControlFlow::{Break, Continue};
    ///
    /// use hvp::SpectralMeasure;
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// let matrix = [[2.0, 1.0], [1.0, 3.0]];
    /// let mut measure = SpectralMeasure::start(2, 2, &mut StdRng::seed_from_u64(1));
    /// // As many probes as one per cent takes.
    /// let end = measure.resume(&matrix, 10_000, |measure| {
    ///     let trace = measure.trace_of(f64::ln);
    ///     if trace.std_error < 0.01 * trace.value { Break(()) } else { Continue(()) }
    /// });
    /// assert_eq!(end, Ok(Break(())));
    /// assert!(measure.probes() < 10_000);
    /// // With the feature `serde`, the measure can be written to a file here, and read tomorrow.
    /// let probes = 2 * measure.probes();
    /// assert_eq!(measure.resume(&matrix, probes, |_| Continue(())), Ok(Continue(())));
    /// let whole = SpectralMeasure::new(&matrix, probes, 2, &mut StdRng::seed_from_u64(1)).unwrap();
    /// assert_eq!(measure, whole);
    /// ```
    pub fn resume(
        &mut self,
        op: &(impl LinearOperator + ?Sized),
        probes: usize,
        mut callback: impl FnMut(&Self) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Error> {
        let (len, n) = (self.dim, op.dim());
        assert!(len == n, "the measure has dimension {len}, the operator {n}");
        if n == 0 {
            return Err(Error::NoDimension);
        }
        let width = block::width(op, n.saturating_mul(self.steps.min(n) + 1));
        while self.probes.len() < probes {
            let first = self.probes.len();
            let block = first..probes.min(first + width);
            self.probes.extend(self.look(op, block)?);
            if self.probes.len() < probes && callback(self).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// How many directions have been looked from.
    #[must_use]
    pub fn probes(&self) -> usize {
        self.probes.len()
    }

    /// The quadratures that begin with these probes, whose products are taken side by side.
    fn look(&self, op: &(impl LinearOperator + ?Sized), probes: Range<usize>) -> Result<Vec<Rule>, Error> {
        let begin = |probe| {
            let mut z = vec![0.0; self.dim];
            fill_signs(self.seed, probe, &mut z);
            Look { space: Krylov::new(z), coarse: Vec::new() }
        };
        let mut looks: Vec<Look> = probes.map(begin).collect();
        for _ in 0..self.steps {
            let mut open: Vec<&mut Look> =
                looks.iter_mut().filter(|look| !look.space.is_exhausted()).collect();
            if open.is_empty() {
                break;
            }
            let vectors: Vec<f64> = open.iter().flat_map(|look| look.space.last()).copied().collect();
            let mut products = vec![0.0; vectors.len()];
            op.apply_block(&vectors, &mut products);
            for (look, product) in open.iter_mut().zip(products.chunks_exact(self.dim)) {
                look.advance(product, self.steps)?;
            }
        }
        looks.into_iter().map(Look::finish).collect()
    }

    /// The trace of f(A), f being given on the spectrum. NaN without a probe.
    ///
    /// ```
    /// # extern crate hvp_runtime as hvp;
    /// use hvp::SpectralMeasure;
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// let matrix = [[2.0, 0.0], [0.0, 3.0]];
    /// let measure = SpectralMeasure::new(&matrix, 10, 2, &mut StdRng::seed_from_u64(1)).unwrap();
    /// let trace = measure.trace_of(|eigenvalue| eigenvalue * eigenvalue);
    /// assert!((trace.value - 13.0).abs() < 1e-12);
    /// ```
    pub fn trace_of(&self, f: impl Fn(f64) -> f64) -> FunctionTrace {
        let n = self.dim as f64;
        let integral = |rule: &[(f64, f64)]| {
            let sum = rule.iter().map(|(node, weight)| weight * f(*node)).sum::<f64>();
            if rule.is_empty() { f64::NAN } else { sum }
        };
        let (mut fine, mut coarse) = (Welford::new(1), Welford::new(1));
        for probe in &self.probes {
            fine.push(std::iter::once(n * integral(&probe.fine)));
            coarse.push(std::iter::once(n * integral(&probe.coarse)));
        }
        let Estimate { value, std_error, samples } = fine.finish().into_scalar();
        let value = if samples == 0 { f64::NAN } else { value };
        let quadrature_change = (value - coarse.finish().value[0]).abs();
        FunctionTrace { value, std_error, quadrature_change, samples }
    }

    /// The logarithm of the determinant of a positive definite operator, as the trace of the logarithm.
    ///
    /// Where eigenvalues come close to zero, the quadrature may be far off while the probes agree:
    /// [`FunctionTrace::quadrature_change`] shows it.
    ///
    /// # Errors
    /// [`Error::NotPositiveDefinite`] where a node is not positive.
    pub fn log_determinant(&self) -> Result<FunctionTrace, Error> {
        if self.support().0 <= 0.0 {
            return Err(Error::NotPositiveDefinite);
        }
        Ok(self.trace_of(f64::ln))
    }

    /// The least and the largest node: the ends of the spectrum as far as they were seen.
    #[must_use]
    pub fn support(&self) -> (f64, f64) {
        let ends = (f64::INFINITY, f64::NEG_INFINITY);
        self.nodes().fold(ends, |(low, high), (node, _)| (low.min(node), high.max(node)))
    }

    /// All nodes with their weights, which sum to one.
    ///
    /// ```
    /// # extern crate hvp_runtime as hvp;
    /// use hvp::SpectralMeasure;
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// let measure = SpectralMeasure::new(&[[2.0, 0.0], [0.0, 3.0]], 5, 2, &mut StdRng::seed_from_u64(1)).unwrap();
    /// assert!((measure.nodes().map(|(_, weight)| weight).sum::<f64>() - 1.0).abs() < 1e-12);
    /// let (low, high) = measure.support();
    /// assert!((low - 2.0).abs() < 1e-12 && (high - 3.0).abs() < 1e-12);
    /// ```
    pub fn nodes(&self) -> impl Iterator<Item = (f64, f64)> {
        let share = 1.0 / self.probes.len() as f64;
        self.probes
            .iter()
            .flat_map(move |probe| probe.fine.iter().map(move |(node, weight)| (*node, share * weight)))
    }

    /// The share of eigenvalues per unit length at each point of `grid`: every node is a bell curve of the given
    /// standard deviation. The integral over all numbers is one.
    ///
    /// # Panics
    /// If `width` is not positive.
    ///
    /// ```
    /// # extern crate hvp_runtime as hvp;
    /// use hvp::SpectralMeasure;
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// let matrix = [[1.0, 0.0], [0.0, 9.0]];
    /// let measure = SpectralMeasure::new(&matrix, 10, 2, &mut StdRng::seed_from_u64(1)).unwrap();
    /// let density = measure.density(&[1.0, 5.0, 9.0], 0.5);
    /// assert!(density[0] > 0.3 && density[1] < 1e-10 && density[2] > 0.3);
    /// ```
    #[must_use]
    pub fn density(&self, grid: &[f64], width: f64) -> Vec<f64> {
        assert!(width > 0.0, "`width` is {width}, expected a positive number");
        let height = 1.0 / (width * std::f64::consts::TAU.sqrt());
        let bell = |distance: f64| height * (-0.5 * (distance / width).powi(2)).exp();
        let at = |point: &f64| self.nodes().map(|(node, weight)| weight * bell(point - node)).sum();
        grid.iter().map(at).collect()
    }

    /// A width for [`density`](Self::density) that neither hides what the steps resolve nor shows their nodes:
    /// r / ((m − 1) √(8 ln 3)) for a support of length r and m steps.
    ///
    /// V. Papyan, The full spectrum of deepnet Hessians at scale, arXiv 1811.07062 (2018).
    #[must_use]
    pub fn width(&self) -> f64 {
        let (low, high) = self.support();
        let steps = self.probes.iter().map(|probe| probe.fine.len()).max().unwrap_or(1);
        let width = (high - low) / ((steps.max(2) - 1) as f64 * (8.0 * 3_f64.ln()).sqrt());
        width.max(f64::EPSILON * low.abs().max(high.abs()).max(f64::MIN_POSITIVE))
    }
}

/// A quadrature that is under way.
struct Look {
    space: Krylov,
    coarse: Vec<(f64, f64)>,
}

impl Look {
    /// Takes one of `steps` products.
    fn advance(&mut self, product: &[f64], steps: usize) -> Result<(), Error> {
        self.space.take(product.to_vec())?;
        let is_half = steps > 1 && self.space.dimension() == steps.div_ceil(2);
        if is_half || self.space.is_exhausted() {
            self.coarse = rule(&self.space)?;
        }
        Ok(())
    }

    fn finish(self) -> Result<Rule, Error> {
        Ok(Rule { fine: rule(&self.space)?, coarse: self.coarse })
    }
}

/// Nodes at the eigenvalues, weights the squares of the eigenvectors' first entries.
fn rule(space: &Krylov) -> Result<Vec<(f64, f64)>, Error> {
    let Eigen { values, vectors } = space.matrix().eigen().ok_or(Error::NotFinite)?;
    Ok(values.into_iter().zip(vectors).map(|(value, vector)| (value, vector[0] * vector[0])).collect())
}
