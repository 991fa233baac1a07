//! Linear systems with a positive definite operator.

use std::ops::ControlFlow;

use crate::shape::expect_len;
use crate::vector::{axpy, dot, is_finite, norm, unit};
use crate::{Error, LinearOperator};

/// No recurrence follows a residual below this part of the right-hand side.
const LEAST: f64 = 1e-30;

/// Conjugate gradients for A x = b with a symmetric positive definite A: one product an iteration, and five vectors in
/// memory.
///
/// The residual comes from a recurrence, which rounding leads away from b − A x where A is badly conditioned. Where that may
/// matter beside the tolerance, one product more shows b − A x itself; the iteration goes on from there if it is too large,
/// and ends without convergence if that did not help.
///
/// M. R. Hestenes, E. Stiefel, Methods of conjugate gradients for solving linear systems, J. Res. Natl. Bur. Stand.
/// 49 (1952).
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::ConjugateGradients;
///
/// let solution = ConjugateGradients::default().solve(&[[2.0, 1.0], [1.0, 3.0]], &[4.0, 7.0]).unwrap();
/// assert!(solution.converged);
/// assert!((solution.x[0] - 1.0).abs() < 1e-12 && (solution.x[1] - 2.0).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ConjugateGradients {
    /// ‖A x − b‖ is brought to this times ‖b‖ (1e-10).
    pub tolerance: f64,
    /// The most products for each of the n unknowns (20): rounding may need more than one.
    pub max_products_per_unknown: usize,
}

impl Default for ConjugateGradients {
    fn default() -> Self {
        Self { tolerance: 1e-10, max_products_per_unknown: 20 }
    }
}

/// The solution of a linear system, as far as it was found.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::ConjugateGradients;
///
/// let one = ConjugateGradients { tolerance: 0.5, ..ConjugateGradients::default() };
/// let solution = one.solve(&[[2.0, 1.0], [1.0, 3.0]], &[4.0, 7.0]).unwrap();
/// assert!(solution.converged && solution.products == 1);
/// let [a, b] = [solution.x[0], solution.x[1]];
/// let residual = (2.0 * a + b - 4.0).hypot(a + 3.0 * b - 7.0);
/// assert!((residual - solution.residual).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Solution {
    /// The solution.
    pub x: Vec<f64>,
    /// ‖A x − b‖: by recurrence where rounding leaves that right, to the tolerance.
    pub residual: f64,
    /// Whether the residual is as small as was asked.
    pub converged: bool,
    /// The products taken.
    pub products: usize,
}

/// Where conjugate gradients stand: what they go on from. With the feature `serde` it can be written and read.
///
/// [`ConjugateGradients::resume`] shows its use.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Iterate {
    x: Vec<f64>,
    /// The unit of what follows, a power of two close to the entries of b: their squares are numbers whatever their size.
    unit: f64,
    b: Vec<f64>,
    /// b − A x
    residual: Vec<f64>,
    direction: Vec<f64>,
    /// ‖b − A x‖²
    square: f64,
    /// ‖direction‖²
    direction_square: f64,
    /// The largest curvature along a direction of length one: hardly less than the largest eigenvalue.
    curvature: f64,
    /// ‖b‖
    size: f64,
    /// ‖b − A x‖ when it was last computed from x.
    checked: f64,
    /// Whether that is the residual here.
    is_checked: bool,
    products: usize,
}

impl Iterate {
    /// The solution as far as it is found.
    #[must_use]
    pub fn x(&self) -> &[f64] {
        &self.x
    }

    /// ‖A x − b‖, by recurrence.
    #[must_use]
    pub fn residual(&self) -> f64 {
        self.unit * self.square.sqrt()
    }

    /// The products taken.
    #[must_use]
    pub fn products(&self) -> usize {
        self.products
    }

    /// ‖A x − b‖ / ‖b‖
    #[cfg(feature = "indicatif")]
    pub(crate) fn relative_residual(&self) -> f64 {
        self.square.sqrt() / self.size
    }

    /// Goes to the minimum along the direction, whose product with the operator is given, and turns to the next.
    fn advance(&mut self, product: &[f64]) -> Result<(), Error> {
        self.products += 1;
        let curvature = dot(&self.direction, product);
        if !curvature.is_finite() {
            return Err(Error::NotFinite);
        }
        if curvature <= 0.0 {
            return Err(Error::NotPositiveDefinite);
        }
        self.curvature = self.curvature.max(curvature / self.direction_square);
        self.is_checked = false;
        let length = self.square / curvature;
        axpy(self.unit * length, &self.direction, &mut self.x);
        axpy(-length, product, &mut self.residual);
        let next = dot(&self.residual, &self.residual);
        let turn = next / self.square;
        for (direction, residual) in self.direction.iter_mut().zip(&self.residual) {
            *direction = residual + turn * *direction;
        }
        self.direction_square = next + turn * turn * self.direction_square;
        self.square = next;
        if next.is_finite() { Ok(()) } else { Err(Error::NotFinite) }
    }

    /// Takes the residual from `product`, which is A x, and begins anew in its direction; whether it was halved at least since
    /// the last time.
    fn check(&mut self, product: &[f64]) -> Result<bool, Error> {
        self.products += 1;
        if !is_finite(product) {
            return Err(Error::NotFinite);
        }
        for ((residual, b), product) in self.residual.iter_mut().zip(&self.b).zip(product) {
            *residual = b - product / self.unit;
        }
        self.square = dot(&self.residual, &self.residual);
        self.direction.copy_from_slice(&self.residual);
        self.direction_square = self.square;
        self.is_checked = true;
        let before = std::mem::replace(&mut self.checked, self.square.sqrt());
        Ok(self.checked <= 0.5 * before)
    }

    /// Whether the residual by recurrence is at most `target`.
    fn is_small(&self, target: f64) -> bool {
        self.square.sqrt() <= target
    }

    /// Whether b − A x is at most `target` as far as it is known.
    ///
    /// Rounding leads the recurrence away by some ε ‖A‖ ‖x‖: A. Greenbaum, Estimating the attainable accuracy of recursively
    /// computed residual methods, SIAM J. Matrix Anal. Appl. 18 (1997).
    fn is_solution(&self, target: f64) -> bool {
        let rounding = || f64::EPSILON * self.curvature * (norm(&self.x) / self.unit);
        self.is_small(target) && (self.is_checked || rounding() <= target)
    }
}

impl ConjugateGradients {
    /// Solves A x = `b`.
    ///
    /// # Errors
    /// [`Error::NoDimension`], [`Error::NotFinite`], and [`Error::NotPositiveDefinite`] where a direction has no
    /// positive curvature.
    ///
    /// # Panics
    /// If `b` has another length than the operator's dimension.
    pub fn solve(&self, op: &(impl LinearOperator + ?Sized), b: &[f64]) -> Result<Solution, Error> {
        self.solve_with(op, b, |_| ControlFlow::Continue(()))
    }

    /// Solves A x = `b`, showing where it stands after each product that leaves something to do; the callback may break
    /// off, and then [`Solution::converged`] is false.
    ///
    /// # Errors
    /// As [`solve`](Self::solve).
    ///
    /// # Panics
    /// As [`solve`](Self::solve).
    ///
    /// ```
    /// # extern crate hvp_runtime as hvp;
    /// use std::ops::ControlFlow::{Break, Continue};
    ///
    /// use hvp::ConjugateGradients;
    ///
    /// let method = ConjugateGradients::default();
    /// let solution = method.solve_with(&[[2.0, 1.0], [1.0, 3.0]], &[4.0, 7.0], |iterate| {
    ///     println!("{} products, residual {:.1e}", iterate.products(), iterate.residual());
    ///     Break(())
    /// });
    /// let solution = solution.unwrap();
    /// assert!(!solution.converged && solution.products == 1);
    /// ```
    pub fn solve_with(
        &self,
        op: &(impl LinearOperator + ?Sized),
        b: &[f64],
        callback: impl FnMut(&Iterate) -> ControlFlow<()>,
    ) -> Result<Solution, Error> {
        expect_len("b", b.len(), op.dim());
        self.resume(op, &mut self.start(b), callback)
    }

    /// Where the solution of A x = `b` begins: at zero, without a product.
    #[must_use]
    pub fn start(&self, b: &[f64]) -> Iterate {
        let x = vec![0.0; b.len()];
        let unit = unit(b);
        let b: Vec<f64> = b.iter().map(|entry| entry / unit).collect();
        Iterate {
            x,
            unit,
            square: dot(&b, &b),
            direction_square: dot(&b, &b),
            curvature: 0.0,
            size: norm(&b),
            checked: norm(&b),
            is_checked: true,
            residual: b.clone(),
            direction: b.clone(),
            b,
            products: 0,
        }
    }

    /// Goes on from where `iterate` stands: with the same bits as if it had not stopped there. `iterate` stands at the
    /// solution afterwards, or where the callback breaks off.
    ///
    /// # Errors
    /// As [`solve`](Self::solve).
    ///
    /// # Panics
    /// If `iterate` was started with a right-hand side of another length than the operator's dimension.
    ///
    /// ```
    /// # extern crate hvp_runtime as hvp;
    /// use std::ops::ControlFlow::{Break, Continue};
    ///
    /// use hvp::ConjugateGradients;
    ///
    /// let (matrix, b) = ([[2.0, 1.0], [1.0, 3.0]], [4.0, 7.0]);
    /// let method = ConjugateGradients::default();
    /// let mut iterate = method.start(&b);
    /// let half = method.resume(&matrix, &mut iterate, |_| Break(())).unwrap();
    /// assert!(!half.converged);
    /// // With the feature `serde`, `iterate` can be written to a file here, and read tomorrow.
    /// let whole = method.resume(&matrix, &mut iterate, |_| Continue(())).unwrap();
    /// assert_eq!(whole, method.solve(&matrix, &b).unwrap());
    /// ```
    pub fn resume(
        &self,
        op: &(impl LinearOperator + ?Sized),
        iterate: &mut Iterate,
        mut callback: impl FnMut(&Iterate) -> ControlFlow<()>,
    ) -> Result<Solution, Error> {
        let (len, n) = (iterate.x.len(), op.dim());
        assert!(len == n, "`iterate` has {len} unknowns, the operator has dimension {n}");
        if n == 0 {
            return Err(Error::NoDimension);
        }
        if !iterate.square.is_finite() {
            return Err(Error::NotFinite);
        }
        let target = self.tolerance.max(LEAST) * iterate.size;
        let most = self.max_products_per_unknown.saturating_mul(n);
        let mut product = vec![0.0; n];
        while !iterate.is_solution(target) && iterate.products < most {
            if iterate.is_small(target) {
                op.apply(&iterate.x, &mut product);
                if !iterate.check(&product)? {
                    break;
                }
            } else {
                op.apply(&iterate.direction, &mut product);
                iterate.advance(&product)?;
            }
            if !iterate.is_solution(target) && callback(iterate).is_break() {
                break;
            }
        }
        let (x, residual) = (iterate.x.clone(), iterate.residual());
        Ok(Solution { x, residual, converged: iterate.is_solution(target), products: iterate.products })
    }
}
