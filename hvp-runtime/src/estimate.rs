//! Means of samples with their standard errors.

use crate::Error;
use crate::vector::{is_finite, unit};

/// What an estimator returns: the mean of its samples, and how far off that may be.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// # use rand::{SeedableRng, rngs::StdRng};
/// let estimate = hvp::hutchinson_diagonal(&[[3.0, 0.0], [0.0, 5.0]], 4, &mut StdRng::seed_from_u64(1));
/// // A diagonal matrix leaves nothing to chance.
/// assert_eq!(estimate.value, [3.0, 5.0]);
/// assert_eq!(estimate.std_error, [0.0, 0.0]);
/// assert_eq!(estimate.samples, 4);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate<T> {
    /// The mean of the samples.
    pub value: T,
    /// The standard error of that mean, in the same shape: the samples' standard deviation over the square root of
    /// their number. NaN for a single sample.
    pub std_error: T,
    /// The number of samples, each of which cost one product with the operator; in XTrace and XDiag two.
    pub samples: usize,
}

/// Running mean and sum of squared deviations of vectors of samples.
///
/// B. P. Welford, Note on a method for calculating corrected sums of squares and products, Technometrics 4 (1962).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Welford {
    mean: Vec<f64>,
    /// The root of what the squares are counted in, a power of two close to the first sample: they are numbers whatever the
    /// size of the samples.
    unit: f64,
    squares: Vec<f64>,
    samples: usize,
}

impl Welford {
    /// No samples of length `n`.
    pub(crate) fn new(n: usize) -> Self {
        Self { mean: vec![0.0; n], unit: 1.0, squares: vec![0.0; n], samples: 0 }
    }

    /// The length of each vector.
    pub(crate) fn len(&self) -> usize {
        self.mean.len()
    }

    /// The number of vectors so far.
    pub(crate) fn samples(&self) -> usize {
        self.samples
    }

    /// Takes one more vector in.
    pub(crate) fn push(&mut self, sample: impl Iterator<Item = f64>) {
        self.samples += 1;
        let (weight, per_unit) = (1.0 / self.samples as f64, 1.0 / self.unit);
        for ((mean, squares), value) in self.mean.iter_mut().zip(&mut self.squares).zip(sample) {
            let deviation = value - *mean;
            *mean += deviation * weight;
            *squares += (per_unit * deviation) * (per_unit * (value - *mean));
        }
        if self.samples == 1 {
            self.unit = unit(&self.mean);
        }
    }

    /// The mean and its standard error so far.
    pub(crate) fn estimate(&self) -> Estimate<Vec<f64>> {
        self.clone().finish()
    }

    /// The mean and its standard error.
    pub(crate) fn finish(self) -> Estimate<Vec<f64>> {
        let Self { mean, unit, squares: mut std_error, samples } = self;
        let count = samples as f64;
        for entry in &mut std_error {
            *entry = unit * (*entry / ((count - 1.0) * count)).sqrt();
        }
        Estimate { value: mean, std_error, samples }
    }
}

impl Estimate<Vec<f64>> {
    /// The estimate of a single number, from vectors of length one.
    pub(crate) fn into_scalar(self) -> Estimate<f64> {
        Estimate { value: self.value[0], std_error: self.std_error[0], samples: self.samples }
    }
}

/// Numbers of which none overflowed.
pub(crate) fn finite(estimate: Estimate<Vec<f64>>) -> Result<Estimate<Vec<f64>>, Error> {
    if is_finite(&estimate.value) { Ok(estimate) } else { Err(Error::NotFinite) }
}
