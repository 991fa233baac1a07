//! The chained Rosenbrock function: a valley for optimisers, one term for each pair of neighbours.

use hvp::{Objective, differentiable};

use crate::number::Number;
use crate::sample::Sample;
use crate::workload::Workload;

/// Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)².
#[differentiable]
fn valley(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 1..x.len() {
        let rise = x[i] - x[i - 1] * x[i - 1];
        let rest = 1.0 - x[i - 1];
        sum += 100.0 * rise * rise + rest * rest;
    }
    sum
}

/// The function of `n` variables.
#[derive(Debug)]
pub struct Rosenbrock {
    /// The number of variables.
    pub n: usize,
}

impl Workload for Rosenbrock {
    fn name(&self) -> String {
        format!("rosenbrock {}", self.n)
    }

    fn point(&self) -> Vec<f64> {
        Sample::new(1).around(1.0, 0.5, self.n)
    }

    fn objective(&self) -> impl Objective {
        valley::objective()
    }

    fn generic<N: Number>(&self, x: &[N]) -> N {
        let mut sum = N::constant(0.0);
        for pair in x.windows(2) {
            let rise = pair[1] - pair[0] * pair[0];
            let rest = N::constant(1.0) - pair[0];
            sum = sum + (rise * rise).times(100.0) + rest * rest;
        }
        sum
    }

    fn hand_grad(&self, x: &[f64], grad: &mut [f64]) {
        let last = x.len() - 1;
        grad[0] = -400.0 * x[0] * (x[1] - x[0] * x[0]) - 2.0 * (1.0 - x[0]);
        for (g, x) in grad[1..last].iter_mut().zip(x.windows(3)) {
            let (before, after) = (x[1] - x[0] * x[0], x[2] - x[1] * x[1]);
            *g = 200.0 * before - 400.0 * x[1] * after - 2.0 * (1.0 - x[1]);
        }
        grad[last] = 200.0 * (x[last] - x[last - 1] * x[last - 1]);
    }

    fn hand_hvp(&self, x: &[f64], v: &[f64], hv: &mut [f64]) {
        let last = x.len() - 1;
        hv[0] = (1200.0 * x[0] * x[0] - 400.0 * x[1] + 2.0) * v[0] - 400.0 * x[0] * v[1];
        for ((h, x), v) in hv[1..last].iter_mut().zip(x.windows(3)).zip(v.windows(3)) {
            *h = (1200.0 * x[1] * x[1] - 400.0 * x[2] + 202.0) * v[1] - 400.0 * (x[0] * v[0] + x[1] * v[2]);
        }
        hv[last] = 200.0 * v[last] - 400.0 * x[last - 1] * v[last - 1];
    }
}
