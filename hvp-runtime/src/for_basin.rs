//! Objectives as problems of `basin`.

use std::convert::Infallible;
use std::fmt;

use basin::{CostFunction, Gradient, HessianProduct};

use crate::Objective;

/// An objective as a problem of `basin`, with its Hessian-vector product (feature `basin`).
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use basin::{Executor, FirstOrderState, TrustRegion};
/// use hvp::ForBasin;
///
/// let f = hvp::reference::Rosenbrock;
/// let solver = TrustRegion::matrix_free().with_absolute_gradient_tolerance(1e-8);
/// let run = Executor::new(ForBasin::new(f), solver, FirstOrderState::new(vec![-1.2, 1.0]));
/// let result = run.max_iter(100).run().unwrap();
/// assert!(result.cost() < 1e-12);
/// ```
pub struct ForBasin<F> {
    objective: F,
}

impl<F: Objective> ForBasin<F> {
    /// The problem of minimising an objective, which may be a reference.
    pub fn new(objective: F) -> Self {
        Self { objective }
    }
}

impl<F: Objective> CostFunction for ForBasin<F> {
    type Param = Vec<f64>;
    type Output = f64;
    type Error = Infallible;

    fn cost(&self, x: &Vec<f64>) -> Result<f64, Infallible> {
        Ok(self.objective.value(x))
    }
}

impl<F: Objective> Gradient for ForBasin<F> {
    type Gradient = Vec<f64>;

    fn gradient(&self, x: &Vec<f64>) -> Result<Vec<f64>, Infallible> {
        self.cost_and_gradient(x).map(|(_, gradient)| gradient)
    }

    fn cost_and_gradient(&self, x: &Vec<f64>) -> Result<(f64, Vec<f64>), Infallible> {
        let mut gradient = vec![0.0; x.len()];
        let value = self.objective.value_and_grad(x, &mut gradient);
        Ok((value, gradient))
    }
}

impl<F: Objective> HessianProduct for ForBasin<F> {
    fn hessian_product(&self, x: &Vec<f64>, v: &Vec<f64>) -> Result<Vec<f64>, Infallible> {
        let mut product = Vec::new();
        self.hessian_product_into(x, v, &mut product).map(|()| product)
    }

    fn hessian_product_into(&self, x: &Vec<f64>, v: &Vec<f64>, out: &mut Vec<f64>) -> Result<(), Infallible> {
        out.resize(x.len(), 0.0);
        self.objective.hvp(x, v, out);
        Ok(())
    }
}

impl<F> fmt::Debug for ForBasin<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForBasin").finish_non_exhaustive()
    }
}
