//! Objectives and matrices that several tests share.
#![allow(dead_code, reason = "each test takes what it needs")]

use hvp_runtime::reference::{rosen, rosen_der, rosen_hess_prod};
use hvp_runtime::{DenseOperator, Objective};

/// The Rosenbrock function with its derivatives by hand.
pub(crate) struct Rosenbrock;

impl Objective for Rosenbrock {
    fn value(&self, x: &[f64]) -> f64 {
        rosen(x)
    }
    fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
        grad.copy_from_slice(&rosen_der(x));
        rosen(x)
    }
    fn hvp(&self, x: &[f64], v: &[f64], hv: &mut [f64]) {
        hv.copy_from_slice(&rosen_hess_prod(x, v));
    }
}

/// The Hessian of the Rosenbrock function at (2.2, 0.21).
pub(crate) const SADDLE: [[f64; 2]; 2] = [[5726.0, -880.0], [-880.0, 200.0]];

/// A full symmetric matrix of dimension `n` without structure.
pub(crate) fn symmetric(n: usize) -> DenseOperator {
    let entry = |i: usize, j: usize| {
        let (low, high) = (i.min(j) as f64, i.max(j) as f64);
        (1.0 + low * 1.7 + high * high * 0.3).sin() + if i == j { 3.0 } else { 0.0 }
    };
    DenseOperator::new(n, (0..n * n).map(|k| entry(k / n, k % n)).collect())
}
