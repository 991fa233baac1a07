//! Objectives as problems of `argmin`.

use std::fmt;
use std::sync::Arc;

use argmin::core::{CostFunction, Error, Gradient, Hessian};
use argmin_math::ArgminDot;

use crate::Objective;
use crate::kept::Kept;

/// An objective as a problem of `argmin`, with its Hessian as an operator (feature `argmin`).
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use argmin::core::{Executor, State};
/// use argmin::solver::trustregion::{Steihaug, TrustRegion};
/// use hvp::ForArgmin;
///
/// let f = hvp::reference::Rosenbrock;
/// let solver = TrustRegion::new(Steihaug::new().with_max_iters(20));
/// let run = Executor::new(ForArgmin::new(f), solver);
/// let result = run.configure(|state| state.param(vec![-1.2, 1.0]).max_iters(50)).run().unwrap();
/// assert!(result.state().get_best_cost() < 1e-12);
/// ```
pub struct ForArgmin<F> {
    objective: Arc<F>,
}

impl<F: Objective> ForArgmin<F> {
    /// The problem of minimising an objective, which may be a reference.
    pub fn new(objective: F) -> Self {
        Self { objective: Arc::new(objective) }
    }
}

impl<F: Objective> CostFunction for ForArgmin<F> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, x: &Vec<f64>) -> Result<f64, Error> {
        Ok(self.objective.value(x))
    }
}

impl<F: Objective> Gradient for ForArgmin<F> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, x: &Vec<f64>) -> Result<Vec<f64>, Error> {
        let mut gradient = vec![0.0; x.len()];
        self.objective.grad(x, &mut gradient);
        Ok(gradient)
    }
}

impl<F: Objective> Hessian for ForArgmin<F> {
    type Param = Vec<f64>;
    type Hessian = ArgminHessian<F>;

    fn hessian(&self, x: &Vec<f64>) -> Result<ArgminHessian<F>, Error> {
        Ok(ArgminHessian { objective: Arc::clone(&self.objective), point: x.clone(), kept: Arc::default() })
    }
}

/// The Hessian at a point, as `argmin` multiplies with it: one product for each `dot`, linearised as by
/// [`HessianOperator`](crate::HessianOperator).
pub struct ArgminHessian<F> {
    objective: Arc<F>,
    point: Vec<f64>,
    kept: Arc<Kept>,
}

impl<F: Objective> ArgminDot<Vec<f64>, Vec<f64>> for ArgminHessian<F> {
    fn dot(&self, v: &Vec<f64>) -> Vec<f64> {
        let mut product = vec![0.0; v.len()];
        self.kept.hvp(&*self.objective, &self.point, v, &mut product);
        product
    }
}

impl<F> Clone for ArgminHessian<F> {
    fn clone(&self) -> Self {
        Self {
            objective: Arc::clone(&self.objective),
            point: self.point.clone(),
            kept: Arc::clone(&self.kept),
        }
    }
}

impl<F> fmt::Debug for ForArgmin<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForArgmin").finish_non_exhaustive()
    }
}

impl<F> fmt::Debug for ArgminHessian<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArgminHessian").field("point", &self.point).finish_non_exhaustive()
    }
}
