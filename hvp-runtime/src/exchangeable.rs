//! Estimators that use every product twice: to find the range of a matrix, and to sample what lies outside it.

use std::ops::ControlFlow;

use rand::Rng;

use crate::estimate::{Welford, finite};
#[cfg(feature = "indicatif")]
use crate::hutchinson::student;
use crate::hutchinson::{LEAST, are_enough};
use crate::probe::Probe;
use crate::sketch::{Sketch, combine};
use crate::vector::{axpy, dot, norm};
use crate::{Adaptive, Error, Estimate, LinearOperator};

/// The trace of a symmetric matrix from `products` products: half of them find its range, the other half the trace
/// there, and each probe samples what the others missed.
///
/// On spectra that decay the error falls with the decay and not with the square root of the cost; a matrix of rank
/// below half the products is exact. On flat spectra [`hutchinson_trace`](crate::hutchinson_trace) is better. The
/// standard error is that of the leave-one-out estimates and tends to be somewhat small. With as many products as
/// dimensions the trace is formed exactly from one for each. Keeps one vector for each product. One `u64` is drawn from
/// `rng`. [`XTrace`] goes on until the error is small enough, and can be broken off.
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
    fixed(op, products, Probe::Sphere, rng).and_then(|sketch| trace(&sketch)).map(Estimate::into_scalar)
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
    fixed(op, products, Probe::Rademacher, rng).and_then(|sketch| diagonal(&sketch))
}

/// XTrace and XDiag, going on until the standard error is small enough.
///
/// After 8, 10, 13, … probes, a quarter more each time and two products for each, the half-width of the 95 % interval is
/// compared with the larger of [`absolute`](Self::absolute) and [`relative`](Self::relative) times the estimate; for a
/// diagonal both are taken in the Euclidean norm. Fewer than eight are never called enough, unless the range of the matrix is
/// found. Where the next probes would take as many products as there are dimensions, a product along each axis is taken
/// instead, and the answer is exact. The standard error tends to be somewhat small. Keeps one vector for each product.
///
/// E. N. Epperly, J. A. Tropp, R. J. Webber, XTrace: making the most of every sample in stochastic trace estimation,
/// SIAM J. Matrix Anal. Appl. 45 (2024).
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{FnOperator, XTrace};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// // 1, 0.7, 0.49, …
/// let op = FnOperator::new(500, |v: &[f64], out: &mut [f64]| {
///     out.iter_mut().zip(v).zip(0..).for_each(|((out, v), k)| *out = 0.7_f64.powi(k) * v);
/// });
/// let method = XTrace { relative: 1e-6, ..XTrace::default() };
/// let trace = method.trace(&op, &mut StdRng::seed_from_u64(1)).unwrap();
/// assert!(trace.converged && trace.estimate.samples < 50);
/// assert!((trace.estimate.value - 10.0 / 3.0).abs() < 1e-5);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct XTrace {
    /// A half-width that is small enough beside the estimate (0.01).
    pub relative: f64,
    /// A half-width that is small enough (0).
    pub absolute: f64,
    /// The most products, and vectors in memory (1,000); at least 2.
    pub max_products: usize,
}

impl Default for XTrace {
    fn default() -> Self {
        Self { relative: 0.01, absolute: 0.0, max_products: 1000 }
    }
}

impl XTrace {
    /// The trace of a symmetric operator, to the tolerances. One `u64` is drawn from `rng`.
    ///
    /// # Errors
    /// [`Error::NoDimension`], and [`Error::NotFinite`] where a product is not.
    ///
    /// # Panics
    /// If [`max_products`](Self::max_products) is less than 2.
    pub fn trace(
        &self,
        op: &(impl LinearOperator + ?Sized),
        rng: &mut (impl Rng + ?Sized),
    ) -> Result<Adaptive<f64>, Error> {
        self.resume_trace(op, &mut self.start_trace(op.dim(), rng), |_| ControlFlow::Continue(()))
    }

    /// The diagonal of a symmetric operator, to the tolerances. One `u64` is drawn from `rng`.
    ///
    /// # Errors
    /// As [`trace`](Self::trace).
    ///
    /// # Panics
    /// As [`trace`](Self::trace).
    ///
    /// ```
    /// # extern crate hvp_runtime as hvp;
    /// use hvp::{FnOperator, XTrace};
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// // A matrix of rank one: all ones.
    /// let ones = FnOperator::new(500, |v: &[f64], out: &mut [f64]| out.fill(v.iter().sum()));
    /// let diagonal = XTrace::default().diagonal(&ones, &mut StdRng::seed_from_u64(1)).unwrap();
    /// assert!(diagonal.converged && diagonal.estimate.samples == 8);
    /// assert!(diagonal.estimate.value.iter().all(|entry| (entry - 1.0).abs() < 1e-12));
    /// ```
    pub fn diagonal(
        &self,
        op: &(impl LinearOperator + ?Sized),
        rng: &mut (impl Rng + ?Sized),
    ) -> Result<Adaptive<Vec<f64>>, Error> {
        self.resume_diagonal(op, &mut self.start_diagonal(op.dim(), rng), |_| ControlFlow::Continue(()))
    }

    /// No products yet towards a trace in dimension `n`. One `u64` is drawn from `rng`.
    pub fn start_trace(&self, n: usize, rng: &mut (impl Rng + ?Sized)) -> Sketch {
        Sketch::new(n, Probe::Sphere, rng.next_u64())
    }

    /// No products yet towards a diagonal in dimension `n`. One `u64` is drawn from `rng`.
    pub fn start_diagonal(&self, n: usize, rng: &mut (impl Rng + ?Sized)) -> Sketch {
        Sketch::new(n, Probe::Rademacher, rng.next_u64())
    }

    /// The trace, from where `sketch` stopped: with the same bits as if it had not. The callback sees the estimate each time
    /// that it is looked at, and after each block of products along the axes once more; it may break off, and the estimate
    /// stands as it is. `sketch` holds all products afterwards.
    ///
    /// # Errors
    /// As [`trace`](Self::trace).
    ///
    /// # Panics
    /// As [`trace`](Self::trace), and if `sketch` has another dimension than the operator, or was started for a diagonal.
    ///
    /// ```
    /// # extern crate hvp_runtime as hvp;
    /// use std::ops::ControlFlow::{Break, Continue};
    ///
    /// use hvp::{FnOperator, XTrace};
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// // 1, 1/4, 1/9, …
    /// let op = FnOperator::new(500, |v: &[f64], out: &mut [f64]| {
    ///     out.iter_mut().zip(v).zip(1..).for_each(|((out, v), k)| *out = f64::from(k).powi(-2) * v);
    /// });
    /// let method = XTrace { relative: 1e-3, ..XTrace::default() };
    /// let mut sketch = method.start_trace(500, &mut StdRng::seed_from_u64(1));
    /// let first = method.resume_trace(&op, &mut sketch, |_| Break(())).unwrap();
    /// assert!(!first.converged && sketch.products() == 16);
    /// // With the feature `serde`, `sketch` can be written to a file here, and read tomorrow.
    /// let trace = method.resume_trace(&op, &mut sketch, |_| Continue(())).unwrap();
    /// assert_eq!(Ok(trace), method.trace(&op, &mut StdRng::seed_from_u64(1)));
    /// ```
    pub fn resume_trace(
        &self,
        op: &(impl LinearOperator + ?Sized),
        sketch: &mut Sketch,
        mut callback: impl FnMut(&Estimate<f64>) -> ControlFlow<()>,
    ) -> Result<Adaptive<f64>, Error> {
        assert!(sketch.probe == Probe::Sphere, "`sketch` was started for a diagonal, not for a trace");
        let show = |estimate: &Estimate<Vec<f64>>| callback(&estimate.clone().into_scalar());
        let Adaptive { estimate, converged } = self.estimate(op, sketch, trace, show)?;
        Ok(Adaptive { estimate: estimate.into_scalar(), converged })
    }

    /// The diagonal, from where `sketch` stopped, as [`resume_trace`](Self::resume_trace).
    ///
    /// # Errors
    /// As [`trace`](Self::trace).
    ///
    /// # Panics
    /// As [`trace`](Self::trace), and if `sketch` has another dimension than the operator, or was started for a trace.
    pub fn resume_diagonal(
        &self,
        op: &(impl LinearOperator + ?Sized),
        sketch: &mut Sketch,
        callback: impl FnMut(&Estimate<Vec<f64>>) -> ControlFlow<()>,
    ) -> Result<Adaptive<Vec<f64>>, Error> {
        assert!(sketch.probe == Probe::Rademacher, "`sketch` was started for a trace, not for a diagonal");
        self.estimate(op, sketch, diagonal, callback)
    }

    fn estimate(
        &self,
        op: &(impl LinearOperator + ?Sized),
        sketch: &mut Sketch,
        estimate: fn(&Sketch) -> Result<Estimate<Vec<f64>>, Error>,
        mut callback: impl FnMut(&Estimate<Vec<f64>>) -> ControlFlow<()>,
    ) -> Result<Adaptive<Vec<f64>>, Error> {
        let (most, n) = (self.max_products, op.dim());
        assert!(most >= 2, "`max_products` is {most}, expected at least 2");
        assert!(sketch.n == n, "`sketch` has dimension {}, the operator {n}", sketch.n);
        if n == 0 {
            return Err(Error::NoDimension);
        }
        let before = sketch.products();
        loop {
            let (products, drawn) = (sketch.products(), sketch.drawn());
            let next = if drawn == 0 { LEAST } else { drawn + drawn.div_ceil(4) };
            let along_axes = 2 * next >= n && products + n - sketch.diagonal.len() <= most;
            let goal = next.min(most / 2).min(n);
            if drawn > 0 || sketch.is_exact() {
                let found = estimate(sketch)?;
                let converged = sketch.is_exact() || are_enough(&found, self.wanted(norm(&found.value)));
                let ends = converged || (!along_axes && goal <= drawn);
                if ends || (products > before && callback(&found).is_break()) {
                    return Ok(Adaptive { estimate: found, converged });
                }
            }
            if along_axes { sketch.advance_along_axes(op)? } else { sketch.widen(op, goal)? }
        }
    }
}

impl XTrace {
    /// The half-width that is asked for beside an estimate of this size.
    fn wanted(&self, size: f64) -> f64 {
        self.absolute.max(self.relative * size)
    }

    /// How much of the way an estimate of this size is, on a logarithmic scale, or how many of the products were taken.
    #[cfg(feature = "indicatif")]
    pub(crate) fn part(&self, samples: usize, size: f64, std_error: f64) -> f64 {
        let by_width = (student(samples) * std_error / size).ln() / (self.wanted(size) / size).ln();
        by_width.max(2.0 * samples as f64 / self.max_products as f64)
    }
}

/// As many products as are asked for, or as one along each axis.
fn fixed(
    op: &(impl LinearOperator + ?Sized),
    products: usize,
    probe: Probe,
    rng: &mut (impl Rng + ?Sized),
) -> Result<Sketch, Error> {
    assert!(products >= 2, "`products` is {products}, expected at least 2");
    let n = op.dim();
    if n == 0 {
        return Err(Error::NoDimension);
    }
    let mut sketch = Sketch::new(n, probe, rng.next_u64());
    if products < n {
        sketch.widen(op, products / 2)?;
    } else {
        while !sketch.is_exact() {
            sketch.advance_along_axes(op)?;
        }
    }
    Ok(sketch)
}

/// What a sketch with probes, or with all of the diagonal, tells of the trace.
fn trace(sketch: &Sketch) -> Result<Estimate<Vec<f64>>, Error> {
    let (n, p) = (sketch.n, sketch.triangle.len());
    if sketch.diagonal.len() == n {
        return exact(vec![sketch.diagonal.iter().sum()], n);
    }
    let core: Vec<Vec<f64>> = sketch.images().map(|az| sketch.coordinates(az)).collect();
    let trace: f64 = core.iter().enumerate().map(|(j, column)| column[j]).sum();
    if sketch.is_exact() {
        return exact(vec![trace], sketch.drawn());
    }
    let mut statistics = Welford::new(1);
    for i in 0..p {
        let left_out = sketch.triangle.inverse_transposed(i);
        let seen = sketch.coordinates(&sketch.probe(i));
        let mut inside = seen.clone();
        axpy(-dot(&left_out, &seen), &left_out, &mut inside);
        let image = sketch.triangle.column(i);
        let outside = dot(&seen, image) - 2.0 * dot(&inside, image) + form(&core, &inside);
        let scaling = (n - p + 1) as f64 / (n as f64 - dot(&inside, &inside));
        statistics.push(std::iter::once(trace - form(&core, &left_out) + scaling * outside));
    }
    finite(statistics.finish())
}

/// What a sketch with probes, or with all of the diagonal, tells of the diagonal.
fn diagonal(sketch: &Sketch) -> Result<Estimate<Vec<f64>>, Error> {
    let (n, p) = (sketch.n, sketch.triangle.len());
    if sketch.diagonal.len() == n {
        return exact(sketch.diagonal.clone(), n);
    }
    let mut inside = vec![0.0; n];
    for (q, az) in sketch.basis().zip(sketch.images()) {
        inside.iter_mut().zip(q).zip(az).for_each(|((inside, q), az)| *inside += q * az);
    }
    if sketch.is_exact() {
        return exact(inside, sketch.drawn());
    }
    let mut statistics = Welford::new(n);
    for i in 0..p {
        let left_out = sketch.triangle.inverse_transposed(i);
        let direction = combine(n, &sketch.basis, &left_out);
        let image = combine(n, &sketch.images, &left_out);
        let length = dot(&left_out, sketch.triangle.column(i));
        let probe = sketch.probe(i);
        let entries = inside.iter().zip(&direction).zip(&image).zip(&probe);
        statistics.push(entries.map(|(((inside, q), aq), z)| inside - q * aq + q * length * z));
    }
    finite(statistics.finish())
}

/// What is known without an error.
fn exact(value: Vec<f64>, samples: usize) -> Result<Estimate<Vec<f64>>, Error> {
    let std_error = vec![0.0; value.len()];
    finite(Estimate { value, std_error, samples })
}

/// v·(C v)
fn form(core: &[Vec<f64>], v: &[f64]) -> f64 {
    core.iter().zip(v).map(|(column, entry)| entry * dot(column, v)).sum()
}
