//! Hutchinson's estimators of the diagonal and the trace.

use std::convert::Infallible;
use std::ops::ControlFlow;

use rand::Rng;

use crate::estimate::{Estimate, Welford, finite};
use crate::probe::Probe;
use crate::stream::Stream;
use crate::vector::{dot, is_finite, norm};
use crate::{Error, LinearOperator};

/// The number of samples at which an estimate is first looked at.
pub(crate) const LEAST: usize = 8;

/// The diagonal of a square matrix, estimated from random signs z: the mean of z∘(A z).
///
/// For symmetric A the variance of entry i is the sum of Aᵢⱼ² over j ≠ i, divided by the number of samples: the
/// error falls with its square root, and a diagonal matrix is right at once. One `u64` is drawn from `rng`; the
/// same seed gives the same estimate. The cost is `samples` products, taken in blocks, and four buffers that do not
/// grow with their number. Where a product is not finite, the estimate is not either; [`Hutchinson`] calls that an
/// error.
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
    fixed(op, samples, rng, op.dim(), diagonal_sample)
}

/// The trace of a square matrix, estimated from random signs z: the mean of z·(A z).
///
/// For symmetric A the variance is twice the sum of Aᵢⱼ² over i ≠ j, divided by the number of samples. One `u64`
/// is drawn from `rng`; the same seed gives the same estimate. The cost is `samples` products, taken in blocks, and
/// buffers that do not grow with their number. Where a product is not finite, the estimate is not either;
/// [`Hutchinson`] calls that an error.
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
    fixed(op, samples, rng, 1, trace_sample).into_scalar()
}

/// Hutchinson's estimators, going on until the standard error is small enough.
///
/// After 8, 10, 13, … samples, a quarter more each time, the half-width of the 95 % interval is compared with the
/// larger of [`absolute`](Self::absolute) and [`relative`](Self::relative) times the estimate; for a diagonal both
/// are taken in the Euclidean norm. Samples go on from where they stopped, none is drawn twice. Fewer than eight are never
/// called enough, since a few signs agree by chance.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::Hutchinson;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let matrix = [[5726.0, -880.0], [-880.0, 200.0]];
/// let method = Hutchinson { relative: 0.01, ..Hutchinson::default() };
/// let trace = method.trace(&matrix, &mut StdRng::seed_from_u64(7)).unwrap();
/// assert!(trace.converged);
/// assert!((trace.estimate.value / 5926.0 - 1.0).abs() < 0.02);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Hutchinson {
    /// How the random vectors are drawn (signs).
    pub probe: Probe,
    /// A half-width that is small enough beside the estimate (0.01).
    pub relative: f64,
    /// A half-width that is small enough (0).
    pub absolute: f64,
    /// The most samples (10,000).
    pub max_samples: usize,
}

impl Default for Hutchinson {
    fn default() -> Self {
        Self { probe: Probe::default(), relative: 0.01, absolute: 0.0, max_samples: 10_000 }
    }
}

/// An estimate that went on until it was good enough, or too dear.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::Hutchinson;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let strict = Hutchinson { relative: 1e-6, max_samples: 100, ..Hutchinson::default() };
/// let trace = strict.trace(&[[2.0, 1.0], [1.0, 3.0]], &mut StdRng::seed_from_u64(1)).unwrap();
/// assert!(!trace.converged && trace.estimate.samples == 100);
/// assert!((trace.estimate.value - 5.0).abs() < 4.0 * trace.estimate.std_error);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Adaptive<T> {
    /// The estimate.
    pub estimate: Estimate<T>,
    /// Whether the interval is as narrow as was asked.
    pub converged: bool,
}

impl Hutchinson {
    /// The diagonal, to the tolerances. One `u64` is drawn from `rng`.
    ///
    /// # Errors
    /// [`Error::NoDimension`], and [`Error::NotFinite`] where a product is not.
    ///
    /// # Panics
    /// If [`max_samples`](Self::max_samples) is zero.
    ///
    /// ```
    /// # extern crate hvp_runtime as hvp;
    /// use hvp::Hutchinson;
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// let method = Hutchinson { relative: 0.05, ..Hutchinson::default() };
    /// let diagonal = method.diagonal(&[[2.0, 1.0], [1.0, 3.0]], &mut StdRng::seed_from_u64(1)).unwrap();
    /// assert!(diagonal.converged && (diagonal.estimate.value[0] - 2.0).abs() < 0.3);
    /// ```
    pub fn diagonal(
        &self,
        op: &(impl LinearOperator + ?Sized),
        rng: &mut (impl Rng + ?Sized),
    ) -> Result<Adaptive<Vec<f64>>, Error> {
        self.diagonal_with(op, rng, |_| ControlFlow::Continue(()))
    }

    /// The diagonal, to the tolerances, showing the estimate each time it is looked at; the callback may break off, and
    /// the estimate stands as it is.
    ///
    /// # Errors
    /// [`Error::NoDimension`], and [`Error::NotFinite`] where a product is not.
    ///
    /// # Panics
    /// If [`max_samples`](Self::max_samples) is zero.
    pub fn diagonal_with(
        &self,
        op: &(impl LinearOperator + ?Sized),
        rng: &mut (impl Rng + ?Sized),
        callback: impl FnMut(&Estimate<Vec<f64>>) -> ControlFlow<()>,
    ) -> Result<Adaptive<Vec<f64>>, Error> {
        self.resume_diagonal(op, &mut self.start(op.dim(), rng), callback)
    }

    /// The trace, to the tolerances. One `u64` is drawn from `rng`.
    ///
    /// # Errors
    /// [`Error::NoDimension`], and [`Error::NotFinite`] where a product is not.
    ///
    /// # Panics
    /// If [`max_samples`](Self::max_samples) is zero.
    pub fn trace(
        &self,
        op: &(impl LinearOperator + ?Sized),
        rng: &mut (impl Rng + ?Sized),
    ) -> Result<Adaptive<f64>, Error> {
        self.trace_with(op, rng, |_| ControlFlow::Continue(()))
    }

    /// The trace, to the tolerances, showing the estimate each time it is looked at; the callback may break off, and
    /// the estimate stands as it is.
    ///
    /// # Errors
    /// [`Error::NoDimension`], and [`Error::NotFinite`] where a product is not.
    ///
    /// # Panics
    /// If [`max_samples`](Self::max_samples) is zero.
    ///
    /// ```
    /// # extern crate hvp_runtime as hvp;
    /// use std::ops::ControlFlow;
    ///
    /// use hvp::Hutchinson;
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// let method = Hutchinson { relative: 1e-9, ..Hutchinson::default() };
    /// let trace = method.trace_with(&[[2.0, 1.0], [1.0, 3.0]], &mut StdRng::seed_from_u64(1), |estimate| {
    ///     if estimate.samples < 100 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    /// })
    /// .unwrap();
    /// assert!(!trace.converged);
    /// assert!((100..150).contains(&trace.estimate.samples));
    /// ```
    pub fn trace_with(
        &self,
        op: &(impl LinearOperator + ?Sized),
        rng: &mut (impl Rng + ?Sized),
        callback: impl FnMut(&Estimate<f64>) -> ControlFlow<()>,
    ) -> Result<Adaptive<f64>, Error> {
        self.resume_trace(op, &mut self.start(1, rng), callback)
    }

    /// No samples yet of an estimate with `len` entries: the dimension for a diagonal, 1 for a trace. One `u64` is drawn
    /// from `rng`.
    pub fn start(&self, len: usize, rng: &mut (impl Rng + ?Sized)) -> Samples {
        Samples { probe: self.probe, seed: rng.next_u64(), statistics: Welford::new(len) }
    }

    /// The diagonal, from where `taken` stopped: with the same bits as if it had not. `taken` holds all samples
    /// afterwards, also where the callback breaks off.
    ///
    /// # Errors
    /// [`Error::NoDimension`], and [`Error::NotFinite`] where a product is not.
    ///
    /// # Panics
    /// If [`max_samples`](Self::max_samples) is zero, or `taken` was started for another length than the operator's dimension.
    ///
    /// ```
    /// # extern crate hvp_runtime as hvp;
    /// use std::ops::ControlFlow::{Break, Continue};
    ///
    /// use hvp::Hutchinson;
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// let matrix = [[2.0, 1.0], [1.0, 3.0]];
    /// let method = Hutchinson::default();
    /// let mut taken = method.start(2, &mut StdRng::seed_from_u64(1));
    /// method.resume_diagonal(&matrix, &mut taken, |_| Break(())).unwrap();
    /// assert_eq!(taken.len(), 8);
    /// // With the feature `serde`, `taken` can be written to a file here, and read tomorrow.
    /// let diagonal = method.resume_diagonal(&matrix, &mut taken, |_| Continue(())).unwrap();
    /// assert_eq!(diagonal, method.diagonal(&matrix, &mut StdRng::seed_from_u64(1)).unwrap());
    /// ```
    pub fn resume_diagonal(
        &self,
        op: &(impl LinearOperator + ?Sized),
        taken: &mut Samples,
        callback: impl FnMut(&Estimate<Vec<f64>>) -> ControlFlow<()>,
    ) -> Result<Adaptive<Vec<f64>>, Error> {
        let (len, n) = (taken.statistics.len(), op.dim());
        assert!(len == n, "`taken` holds samples of length {len}, the operator has dimension {n}");
        self.estimate(op, taken, diagonal_sample, callback)
    }

    /// The trace, from where `taken` stopped, as [`resume_diagonal`](Self::resume_diagonal).
    ///
    /// # Errors
    /// [`Error::NoDimension`], and [`Error::NotFinite`] where a product is not.
    ///
    /// # Panics
    /// If [`max_samples`](Self::max_samples) is zero, or `taken` was started for another length than 1.
    pub fn resume_trace(
        &self,
        op: &(impl LinearOperator + ?Sized),
        taken: &mut Samples,
        mut callback: impl FnMut(&Estimate<f64>) -> ControlFlow<()>,
    ) -> Result<Adaptive<f64>, Error> {
        let len = taken.statistics.len();
        assert!(len == 1, "`taken` holds samples of length {len}, those of a trace have length 1");
        let Adaptive { estimate, converged } =
            self.estimate(op, taken, trace_sample, |estimate| callback(&estimate.clone().into_scalar()))?;
        Ok(Adaptive { estimate: estimate.into_scalar(), converged })
    }

    fn estimate(
        &self,
        op: &(impl LinearOperator + ?Sized),
        taken: &mut Samples,
        sample: fn(&[f64], &[f64], &mut Welford),
        mut callback: impl FnMut(&Estimate<Vec<f64>>) -> ControlFlow<()>,
    ) -> Result<Adaptive<Vec<f64>>, Error> {
        assert!(self.max_samples > 0, "`max_samples` is zero");
        if op.dim() == 0 {
            return Err(Error::NoDimension);
        }
        let Samples { probe, seed, statistics } = taken;
        let mut stream = Stream::new(op, *probe, *seed, statistics.samples());
        loop {
            let done = statistics.samples();
            let goal = if done == 0 { LEAST } else { done + done.div_ceil(4) }.min(self.max_samples);
            stream.advance(goal, |z, az| {
                if !is_finite(az) {
                    return Err(Error::NotFinite);
                }
                sample(z, az, statistics);
                Ok(())
            })?;
            let estimate = finite(statistics.estimate())?;
            let converged = are_enough(&estimate, self.wanted(norm(&estimate.value)));
            if converged || estimate.samples >= self.max_samples || callback(&estimate).is_break() {
                return Ok(Adaptive { estimate, converged });
            }
        }
    }
}

impl Hutchinson {
    /// The half-width that is asked for beside an estimate of this size.
    fn wanted(&self, size: f64) -> f64 {
        self.absolute.max(self.relative * size)
    }

    /// How much of the way an estimate of this size is, since the half-width falls with the root of the samples.
    #[cfg(feature = "indicatif")]
    pub(crate) fn part(&self, samples: usize, size: f64, std_error: f64) -> f64 {
        let by_width = (self.wanted(size) / (student(samples) * std_error)).powi(2);
        by_width.max(samples as f64 / self.max_samples as f64)
    }
}

/// The samples that an estimate has taken: what it goes on from. With the feature `serde` they can be written and read.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Samples {
    probe: Probe,
    seed: u64,
    statistics: Welford,
}

impl Samples {
    /// Their number.
    #[must_use]
    pub fn len(&self) -> usize {
        self.statistics.samples()
    }

    /// Whether there are none yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// z∘(A z)
fn diagonal_sample(z: &[f64], az: &[f64], statistics: &mut Welford) {
    statistics.push(z.iter().zip(az).map(|(z, az)| z * az));
}

/// z·(A z)
fn trace_sample(z: &[f64], az: &[f64], statistics: &mut Welford) {
    statistics.push(std::iter::once(dot(z, az)));
}

/// The mean of a given number of samples from signs.
fn fixed(
    op: &(impl LinearOperator + ?Sized),
    samples: usize,
    rng: &mut (impl Rng + ?Sized),
    len: usize,
    sample: fn(&[f64], &[f64], &mut Welford),
) -> Estimate<Vec<f64>> {
    assert!(samples > 0, "`samples` is zero");
    let mut statistics = Welford::new(len);
    let mut stream = Stream::new(op, Probe::Rademacher, rng.next_u64(), 0);
    let taken: Result<(), Infallible> = stream.advance(samples, |z, az| {
        sample(z, az, &mut statistics);
        Ok(())
    });
    match taken {
        Ok(()) => statistics.finish(),
        Err(never) => match never {},
    }
}

/// Whether the half-width of the 95 % interval is small enough, and not by the chance of a few samples.
pub(crate) fn are_enough(estimate: &Estimate<Vec<f64>>, wanted: f64) -> bool {
    estimate.samples >= LEAST && student(estimate.samples) * norm(&estimate.std_error) <= wanted
}

/// The 97.5 % point of Student's distribution for the mean of this many samples.
///
/// M. Abramowitz, I. Stegun, Handbook of Mathematical Functions, 26.7.5: an expansion about the normal point, right to
/// three digits from eight samples on; infinite for one.
pub(crate) fn student(samples: usize) -> f64 {
    let z = 1.959_963_984_540_054_f64;
    let nu = samples as f64 - 1.0;
    let square = z * z;
    let first = (square + 1.0) * z / 4.0;
    let second = ((5.0 * square + 16.0) * square + 3.0) * z / 96.0;
    let third = (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) * z / 384.0;
    z + (first + (second + third / nu) / nu) / nu
}
