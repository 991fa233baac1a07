//! A stochastic optimiser that scales each step by curvature.

use std::ops::Range;

use crate::probe::fill_signs;
use crate::shape::expect_len;
use crate::vector::is_finite;
use crate::{Error, Objective};

/// What stands for the curvature of each variable.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{AdaHessian, Curvature, reference::Rosenbrock};
///
/// // At (1, 1) the Hessian is [[802, -400], [-400, 200]].
/// let estimate = |curvature| {
///     let mut descent = AdaHessian { curvature, probes: 1000, ..AdaHessian::default() }.start(2);
///     descent.step(&Rosenbrock, &mut [1.0, 1.0]).unwrap();
///     descent.moments().curvature[1]
/// };
/// assert!((estimate(Curvature::RowNorm) - 400_f64.hypot(200.0)).abs() < 20.0);
/// assert!((estimate(Curvature::Diagonal) - 200.0).abs() < 40.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Curvature {
    /// |H z|, as published. Its mean square is Σⱼ Hᵢⱼ²: the length of the row of the Hessian and not the size of its
    /// diagonal entry. Several probes are averaged as squares.
    #[default]
    RowNorm,
    /// |mean of z∘(H z)|, which tends to the size of the diagonal entry as the probes grow many.
    Diagonal,
}

/// Over which variables the curvature is averaged.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{AdaHessian, Blocks, reference::Rosenbrock};
///
/// // One step length for the first two variables, one for each of the others.
/// let mut descent = AdaHessian { blocks: Blocks::Ranges(vec![0..2]), ..AdaHessian::default() }.start(4);
/// descent.step(&Rosenbrock, &mut [0.1, 0.2, 0.3, 0.4]).unwrap();
/// let curvature = &descent.moments().curvature;
/// assert!(curvature[0] == curvature[1] && curvature[2] != curvature[3]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Blocks {
    /// Over none.
    #[default]
    Single,
    /// Over runs of this many, the last of which may be shorter.
    Runs(usize),
    /// Over each of these ranges, such as the weights of one filter or one row.
    Ranges(Vec<Range<usize>>),
}

/// `AdaHessian`: Adam with the gradient's square replaced by an estimate of curvature.
///
/// It is a method for noisy functions: each step takes one gradient and `probes` Hessian-vector products of the
/// mini-batch it is given. For a function that is known exactly, [`TrustRegion`](crate::TrustRegion) is better by
/// orders of magnitude: on Rosenbrock's function in two variables from (−2, 2) the published options are at
/// f = 0.08 after 10,000 products, where the trust region needs some forty in all.
///
/// With m and v the running means of the gradient and of the squared curvature,
/// x ← x − α (m̂ / (√v̂ᵏ + ε) + λ x).
///
/// Z. Yao, A. Gholami, S. Shen, M. Mustafa, K. Keutzer, M. W. Mahoney, ADAHESSIAN: an adaptive second order optimizer
/// for machine learning, AAAI 2021.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{AdaHessian, Objective};
///
/// // With data, one mini-batch after another would be an objective.
/// let f = hvp::reference::Rosenbrock;
/// let mut x = [2.2, 0.21];
/// let mut descent = AdaHessian::default().start(2);
/// for _ in 0..1000 {
///     descent.step(&f, &mut x).unwrap();
/// }
/// assert!(f.value(&x) < 0.1);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct AdaHessian {
    /// α (0.15).
    pub learning_rate: f64,
    /// The weights of the past in the means of the gradient and of the squared curvature (0.9, 0.999).
    pub betas: (f64, f64),
    /// ε (1e-4).
    pub epsilon: f64,
    /// λ, decoupled from the curvature (0).
    pub weight_decay: f64,
    /// k: 1 is Newton-like, 0 plain momentum (1).
    pub hessian_power: f64,
    /// Over which variables the curvature is averaged (none).
    pub blocks: Blocks,
    /// What stands for the curvature.
    pub curvature: Curvature,
    /// Products for each estimate of the curvature (1).
    pub probes: usize,
    /// The curvature is estimated at every so many steps, and the last estimate used between (1).
    pub update_every: usize,
    /// Names the stream of random signs (0).
    pub seed: u64,
}

impl Default for AdaHessian {
    fn default() -> Self {
        Self {
            learning_rate: 0.15,
            betas: (0.9, 0.999),
            epsilon: 1e-4,
            weight_decay: 0.0,
            hessian_power: 1.0,
            blocks: Blocks::default(),
            curvature: Curvature::default(),
            probes: 1,
            update_every: 1,
            seed: 0,
        }
    }
}

/// What an optimiser remembers from step to step: all that is needed to go on.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{AdaHessian, reference::Rosenbrock};
///
/// let method = AdaHessian::default();
/// let mut first = method.start(2);
/// let mut x = [2.2, 0.21];
/// first.step(&Rosenbrock, &mut x).unwrap();
/// // With the feature `serde`, the moments can be written to a file here, and read tomorrow.
/// let mut second = method.resume(first.moments().clone());
/// let mut y = x;
/// first.step(&Rosenbrock, &mut x).unwrap();
/// second.step(&Rosenbrock, &mut y).unwrap();
/// assert_eq!(x, y);
/// ```
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Moments {
    /// The running mean of the gradient, not yet corrected for its start at zero.
    pub gradient: Vec<f64>,
    /// The running mean of the squared curvature, not yet corrected.
    pub squared_curvature: Vec<f64>,
    /// The last estimate of the curvature.
    pub curvature: Vec<f64>,
    /// The steps taken.
    pub steps: usize,
}

/// A descent that is under way; see [`AdaHessian::start`].
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{AdaHessian, Objective, reference::Rosenbrock};
///
/// let mut x = [-1.2, 1.0];
/// let before = Rosenbrock.value(&x);
/// let mut descent = AdaHessian::default().start(2);
/// for _ in 0..100 {
///     descent.step(&Rosenbrock, &mut x).unwrap();
/// }
/// assert_eq!(descent.moments().steps, 100);
/// assert!(Rosenbrock.value(&x) < before);
/// ```
#[derive(Debug, Clone)]
pub struct Descent {
    method: AdaHessian,
    moments: Moments,
    gradient: Vec<f64>,
    probe: Vec<f64>,
    product: Vec<f64>,
    /// The estimate of the curvature that is being made.
    curvature: Vec<f64>,
}

impl AdaHessian {
    /// Begins a descent in `n` variables.
    ///
    /// # Panics
    /// If `probes` or `update_every` is zero, a beta is below 0 or not below 1, another number is not finite, or the blocks do not fit
    /// `n` variables.
    #[must_use]
    pub fn start(&self, n: usize) -> Descent {
        let zero = vec![0.0; n];
        let moments =
            Moments { gradient: zero.clone(), squared_curvature: zero.clone(), curvature: zero, steps: 0 };
        self.resume(moments)
    }

    /// Goes on from what another descent remembered: its steps have the same bits as if that one had gone on.
    ///
    /// # Panics
    /// As [`start`](Self::start), or if the moments differ in length.
    #[must_use]
    pub fn resume(&self, moments: Moments) -> Descent {
        assert!(self.probes > 0, "`probes` is zero");
        assert!(self.update_every > 0, "`update_every` is zero");
        for beta in [self.betas.0, self.betas.1] {
            assert!((0.0..1.0).contains(&beta), "`betas` holds {beta}, expected at least 0 and less than 1");
        }
        for (name, number) in [
            ("learning_rate", self.learning_rate),
            ("epsilon", self.epsilon),
            ("weight_decay", self.weight_decay),
            ("hessian_power", self.hessian_power),
        ] {
            expect_finite(name, number);
        }
        let n = moments.gradient.len();
        self.blocks.expect_fit(n);
        expect_len("squared_curvature", moments.squared_curvature.len(), n);
        expect_len("curvature", moments.curvature.len(), n);
        let zero = vec![0.0; n];
        Descent {
            method: self.clone(),
            moments,
            gradient: zero.clone(),
            probe: zero.clone(),
            product: zero.clone(),
            curvature: zero,
        }
    }
}

impl Descent {
    /// What is remembered.
    #[must_use]
    pub fn moments(&self) -> &Moments {
        &self.moments
    }

    /// Takes steps of another size from here on, as a schedule wants them.
    ///
    /// # Panics
    /// If `learning_rate` is not finite.
    ///
    /// ```
    /// # extern crate hvp_runtime as hvp;
    /// use hvp::{AdaHessian, Objective, reference::Rosenbrock};
    ///
    /// let mut x = [2.2, 0.21];
    /// let mut descent = AdaHessian::default().start(2);
    /// for step in 1..=1000 {
    ///     // From 1 down to a tenth.
    ///     descent.set_learning_rate(1.0 - 0.9 * f64::from(step) / 1000.0);
    ///     descent.step(&Rosenbrock, &mut x).unwrap();
    /// }
    /// assert!(Rosenbrock.value(&x) < 0.1);
    /// ```
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        expect_finite("learning_rate", learning_rate);
        self.method.learning_rate = learning_rate;
    }

    /// Takes one step down `f`, which may be another mini-batch each time: one gradient, and `probes` products in
    /// those steps that estimate the curvature.
    ///
    /// # Errors
    /// [`Error::NoDimension`], and [`Error::NotFinite`] where the gradient, a product or the point of the next step is not; `x`
    /// is then left as it was.
    ///
    /// # Panics
    /// If `x` has another length than the descent was begun with.
    pub fn step(&mut self, f: &(impl Objective + ?Sized), x: &mut [f64]) -> Result<(), Error> {
        expect_len("x", x.len(), self.gradient.len());
        if x.is_empty() {
            return Err(Error::NoDimension);
        }
        let is_due = self.moments.steps.is_multiple_of(self.method.update_every);
        if is_due {
            self.look_at_curvature(f, x);
        } else {
            f.grad(x, &mut self.gradient);
        }
        if !is_finite(&self.gradient) || (is_due && !is_finite(&self.curvature)) {
            return Err(Error::NotFinite);
        }
        if is_due {
            self.moments.curvature.copy_from_slice(&self.curvature);
        }
        self.average();
        self.descend(x)
    }

    /// The gradient, and a new estimate of the curvature.
    fn look_at_curvature(&mut self, f: &(impl Objective + ?Sized), x: &[f64]) {
        let Self { method, moments, gradient, probe, product, curvature } = self;
        curvature.fill(0.0);
        for k in 0..method.probes {
            fill_signs(method.seed, moments.steps / method.update_every * method.probes + k, probe);
            if k == 0 {
                f.grad_and_hvp(x, probe, gradient, product);
            } else {
                f.hvp(x, probe, product);
            }
            for ((sum, z), hz) in curvature.iter_mut().zip(&*probe).zip(&*product) {
                *sum += match method.curvature {
                    Curvature::RowNorm => hz * hz,
                    Curvature::Diagonal => z * hz,
                };
            }
        }
        for entry in curvature.iter_mut() {
            let mean = *entry / method.probes as f64;
            *entry = match method.curvature {
                Curvature::RowNorm => mean.sqrt(),
                Curvature::Diagonal => mean.abs(),
            };
        }
        method.blocks.average(curvature);
    }

    /// Takes the gradient and the curvature into the running means.
    fn average(&mut self) {
        let (past, past_square) = self.method.betas;
        let Moments { gradient, squared_curvature, curvature, steps } = &mut self.moments;
        *steps += 1;
        for (mean, new) in gradient.iter_mut().zip(&self.gradient) {
            *mean = past * *mean + (1.0 - past) * new;
        }
        for (mean, new) in squared_curvature.iter_mut().zip(curvature) {
            *mean = past_square * *mean + (1.0 - past_square) * *new * *new;
        }
    }

    /// Moves, unless that leads out of the numbers.
    fn descend(&mut self, x: &mut [f64]) -> Result<(), Error> {
        let Self { method, moments, product: next, .. } = self;
        let steps = i32::try_from(moments.steps).unwrap_or(i32::MAX);
        let (past, past_square) = (1.0 - method.betas.0.powi(steps), 1.0 - method.betas.1.powi(steps));
        next.copy_from_slice(x);
        for (x, (gradient, square)) in
            next.iter_mut().zip(moments.gradient.iter().zip(&moments.squared_curvature))
        {
            let scale = (square / past_square).sqrt().powf(method.hessian_power) + method.epsilon;
            *x -= method.learning_rate * (gradient / past / scale + method.weight_decay * *x);
        }
        if !is_finite(next) {
            return Err(Error::NotFinite);
        }
        x.copy_from_slice(next);
        Ok(())
    }
}

/// Panics, naming the number, unless it is one.
#[track_caller]
fn expect_finite(name: &str, number: f64) {
    assert!(number.is_finite(), "`{name}` is {number}, expected a finite number");
}

impl Blocks {
    /// Panics, naming what is wrong, unless these are blocks of `n` variables.
    fn expect_fit(&self, n: usize) {
        match self {
            Self::Single => {}
            Self::Runs(len) => assert!(*len > 0, "`blocks` are runs of length zero"),
            Self::Ranges(ranges) => {
                for range in ranges {
                    let fits = range.start <= range.end && range.end <= n;
                    assert!(fits, "`blocks` has {range:?}, which leaves 0..{n}");
                }
            }
        }
    }

    /// Replaces each entry by the mean of its block.
    fn average(&self, entries: &mut [f64]) {
        let flatten = |block: &mut [f64]| {
            let mean = block.iter().sum::<f64>() / block.len() as f64;
            block.fill(mean);
        };
        match self {
            Self::Single => {}
            Self::Runs(len) => entries.chunks_mut(*len).for_each(flatten),
            Self::Ranges(ranges) => {
                for range in ranges {
                    flatten(&mut entries[range.clone()]);
                }
            }
        }
    }
}
