//! The quadratic model of a trust-region step, and what its minimisation gives back.

use super::gltr::Gltr;
use super::steihaug::SteihaugToint;
use crate::LinearOperator;

/// An approximate inverse of the Hessian, for conjugate gradients to run in a better scaled space.
///
/// It must be symmetric and positive definite, and then also fixes the norm in which the trust region is a ball.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{Preconditioner, TrustRegion};
///
/// /// Divides by the diagonal of the Hessian, kept away from zero.
/// #[derive(Default)]
/// struct Jacobi(Vec<f64>);
///
/// impl Preconditioner for Jacobi {
///     fn update(&mut self, x: &[f64]) {
///         let inner = (0..x.len() - 1).map(|i| 1200.0 * x[i] * x[i] - 400.0 * x[i + 1] + 202.0);
///         self.0 = inner.chain([200.0]).map(|entry| entry.max(1.0)).collect();
///     }
///     fn apply(&self, r: &[f64], out: &mut [f64]) {
///         for ((out, r), diagonal) in out.iter_mut().zip(r).zip(&self.0) {
///             *out = r / diagonal;
///         }
///     }
/// }
///
/// let f = hvp::reference::Rosenbrock;
/// let run = TrustRegion::default().start(&f, &[-1.2, 1.0, -1.2, 1.0]);
/// assert!(run.precondition(Jacobi::default()).finish().status.is_converged());
/// ```
pub trait Preconditioner {
    /// Prepares for the model at `x`; called once for each accepted point.
    fn update(&mut self, x: &[f64]) {
        let _ = x;
    }

    /// Writes the approximate inverse times `r` into `out`.
    fn apply(&self, r: &[f64], out: &mut [f64]);
}

/// The model m(p) = g·p + ½ p·(H p), and what may be spent on it.
pub(super) struct Model<'a> {
    pub(super) hessian: &'a dyn LinearOperator,
    pub(super) gradient: &'a [f64],
    pub(super) preconditioner: Option<&'a dyn Preconditioner>,
    /// The most products to take.
    pub(super) products: usize,
}

impl Model<'_> {
    /// Writes the preconditioned residual, or the residual itself.
    pub(super) fn precondition(&self, residual: &[f64], out: &mut [f64]) {
        match self.preconditioner {
            Some(preconditioner) => preconditioner.apply(residual, out),
            None => out.copy_from_slice(residual),
        }
    }
}

/// What is known of the model at the present point: a rejected step leaves it, an accepted one begins anew.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Memory {
    #[default]
    Nothing,
    /// The path of conjugate gradients.
    Path(SteihaugToint),
    /// The Krylov space.
    Space(Gltr),
}

/// How a minimisation of the model ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Inside the region: to the tolerance, or where the products ran out.
    Interior,
    /// At the radius.
    Boundary,
    /// At the radius, along a direction in which the model has no least value.
    NegativeCurvature,
}

/// A step, and what the model promises of it.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) p: Vec<f64>,
    /// −m(p), from scalars that do not cancel.
    pub(super) decrease: f64,
    /// In the norm in which the region is a ball.
    pub(super) length: f64,
}

impl Step {
    /// The step of length zero in `n` variables.
    pub(super) fn zero(n: usize) -> Self {
        Self { p: vec![0.0; n], decrease: 0.0, length: 0.0 }
    }

    /// Back to length zero.
    pub(super) fn reset(&mut self) {
        self.p.fill(0.0);
        self.decrease = 0.0;
        self.length = 0.0;
    }
}
