//! Statistics: the penalised likelihood of a logistic regression.

use hvp::{Objective, differentiable};

use crate::blas::{add_scaled, dot};
use crate::number::Number;
use crate::sample::Sample;
use crate::workload::Workload;

const PENALTY: f64 = 1e-3;

/// The mean of ln(1 + exp(−label · ⟨row, weights⟩)), and half the penalty times |weights|².
#[differentiable(wrt(weights))]
fn deviance(weights: &[f64], rows: &[f64], labels: &[f64]) -> f64 {
    let n = weights.len();
    let mut sum = 0.0;
    for (row, label) in rows.chunks_exact(n).zip(labels) {
        let mut score = 0.0;
        for j in 0..n {
            score += row[j] * weights[j];
        }
        let margin = -label * score;
        sum += if margin > 0.0 { margin + (1.0 + (-margin).exp()).ln() } else { (1.0 + margin.exp()).ln() };
    }
    let mut square = 0.0;
    for w in weights {
        square += w * w;
    }
    sum / labels.len() as f64 + 0.5 * PENALTY * square
}

/// A regression with its data.
#[derive(Debug)]
pub struct Logistic {
    features: usize,
    rows: Vec<f64>,
    labels: Vec<f64>,
}

impl Logistic {
    /// `samples` rows of `features` numbers.
    #[must_use]
    pub fn new(samples: usize, features: usize) -> Logistic {
        let mut sample = Sample::new(3);
        let rows = sample.around(0.0, 1.0, samples * features);
        Logistic { features, rows, labels: (0..samples).map(|_| sample.draw().signum()).collect() }
    }
}

impl Workload for Logistic {
    fn name(&self) -> String {
        format!("logistic {}x{}", self.labels.len(), self.features)
    }

    fn point(&self) -> Vec<f64> {
        Sample::new(4).around(0.0, 0.1, self.features)
    }

    fn objective(&self) -> impl Objective {
        deviance::objective(&self.rows, &self.labels)
    }

    fn generic<N: Number>(&self, weights: &[N]) -> N {
        let one = N::constant(1.0);
        let mut sum = N::constant(0.0);
        for (row, label) in self.rows.chunks_exact(self.features).zip(&self.labels) {
            let terms = row.iter().zip(weights).map(|(x, w)| w.times(*x));
            let margin = terms.fold(N::constant(0.0), |sum, term| sum + term).times(-label);
            let positive = margin.value() > 0.0;
            let loss = (one + if positive { -margin } else { margin }.exp()).ln();
            sum = sum + if positive { margin + loss } else { loss };
        }
        let square = weights.iter().fold(N::constant(0.0), |sum, w| sum + *w * *w);
        sum.times(1.0 / self.labels.len() as f64) + square.times(0.5 * PENALTY)
    }

    fn hand_grad(&self, weights: &[f64], grad: &mut [f64]) {
        let scale = 1.0 / self.labels.len() as f64;
        grad.fill(0.0);
        for (row, label) in self.rows.chunks_exact(self.features).zip(&self.labels) {
            let margin = -label * dot(row, weights);
            let small = (-margin.abs()).exp();
            let probability = if margin > 0.0 { 1.0 } else { small } / (1.0 + small);
            add_scaled(grad, -label * probability * scale, row);
        }
        add_scaled(grad, PENALTY, weights);
    }

    fn hand_hvp(&self, weights: &[f64], v: &[f64], hv: &mut [f64]) {
        let scale = 1.0 / self.labels.len() as f64;
        hv.fill(0.0);
        for row in self.rows.chunks_exact(self.features) {
            let (score, along) = (dot(row, weights), dot(row, v));
            let small = (-score.abs()).exp();
            let whole = 1.0 + small;
            add_scaled(hv, small / (whole * whole) * along * scale, row);
        }
        add_scaled(hv, PENALTY, v);
    }
}
