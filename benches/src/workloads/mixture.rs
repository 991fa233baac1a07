//! Statistics: the likelihood of a mixture of Gaussians whose precisions are given by triangular factors.

use hvp::{Objective, differentiable};

use crate::number::Number;
use crate::sample::Sample;
use crate::workload::Workload;

/// ln Σ exp(scoresᵢ), without overflow.
#[differentiable]
fn log_sum_exp(scores: &[f64]) -> f64 {
    let mut largest = scores[0];
    for score in scores {
        if *score > largest {
            largest = *score;
        }
    }
    let mut sum = 0.0;
    for score in scores {
        sum += (score - largest).exp();
    }
    largest + sum.ln()
}

/// The log-likelihood of points in `dim` dimensions and a penalty for large factors. The parameters are, for `count`
/// components, the logarithms of their weights, their means, and each one's factor: the logarithms of the diagonal, then
/// the columns below it.
#[differentiable(wrt(params))]
#[expect(clippy::needless_range_loop, reason = "it is written with indices, as such code often is")]
fn likelihood(params: &[f64], points: &[f64], dim: usize, count: usize) -> f64 {
    let size = dim * (dim + 1) / 2;
    let weights = &params[..count];
    let means = &params[count..count + count * dim];
    let factors = &params[count + count * dim..];
    let mut scales = vec![0.0; count * dim];
    let mut penalty = 0.0;
    for k in 0..count {
        for i in 0..dim {
            scales[k * dim + i] = factors[k * size + i].exp();
            penalty += scales[k * dim + i] * scales[k * dim + i];
        }
        for i in dim..size {
            penalty += factors[k * size + i] * factors[k * size + i];
        }
    }
    let mut scores = vec![0.0; count];
    let mut centred = vec![0.0; dim];
    let mut white = vec![0.0; dim];
    let mut sum = 0.0;
    for point in points.chunks_exact(dim) {
        for k in 0..count {
            let mut log_det = 0.0;
            for i in 0..dim {
                centred[i] = point[i] - means[k * dim + i];
                white[i] = scales[k * dim + i] * centred[i];
                log_det += factors[k * size + i];
            }
            let mut at = k * size + dim;
            for j in 0..dim {
                for i in j + 1..dim {
                    white[i] += factors[at] * centred[j];
                    at += 1;
                }
            }
            let mut square = 0.0;
            for i in 0..dim {
                square += white[i] * white[i];
            }
            scores[k] = weights[k] + log_det - 0.5 * square;
        }
        sum += log_sum_exp(&scores);
    }
    sum - (points.len() / dim) as f64 * log_sum_exp(weights) + 0.5 * penalty
}

/// Points, and how many components to fit.
#[derive(Debug)]
pub struct Mixture {
    pub(super) dim: usize,
    pub(super) count: usize,
    pub(super) points: Vec<f64>,
}

impl Mixture {
    /// `count` components in `dim` dimensions.
    #[must_use]
    pub fn new(points: usize, dim: usize, count: usize) -> Mixture {
        Mixture { dim, count, points: Sample::new(13).around(0.0, 2.0, points * dim) }
    }

    /// Entries of a triangular factor.
    pub(super) fn size(&self) -> usize {
        self.dim * (self.dim + 1) / 2
    }
}

fn log_sum_exp_of<N: Number>(scores: &[N]) -> N {
    let largest = scores.iter().fold(scores[0], |a, b| if b.value() > a.value() { *b } else { a });
    largest + scores.iter().fold(N::constant(0.0), |sum, s| sum + (*s - largest).exp()).ln()
}

impl Workload for Mixture {
    fn name(&self) -> String {
        format!("mixture {}x{}x{}", self.points.len() / self.dim, self.dim, self.count)
    }

    fn point(&self) -> Vec<f64> {
        let mut sample = Sample::new(14);
        let mut point = sample.around(0.0, 1.0, self.count * (1 + self.dim));
        point.extend(sample.around(0.0, 0.1, self.count * self.size()));
        point
    }

    fn objective(&self) -> impl Objective {
        likelihood::objective(&self.points, self.dim, self.count)
    }

    fn generic<N: Number>(&self, params: &[N]) -> N {
        let (weights, rest) = params.split_at(self.count);
        let (means, factors) = rest.split_at(self.count * self.dim);
        let zero = N::constant(0.0);
        let mut scales = Vec::new();
        let mut penalty = zero;
        for factor in factors.chunks_exact(self.size()) {
            scales.extend(factor[..self.dim].iter().map(|log| log.exp()));
            let diagonal = &scales[scales.len() - self.dim..];
            penalty = diagonal.iter().chain(&factor[self.dim..]).fold(penalty, |sum, f| sum + *f * *f);
        }
        let mut sum = zero;
        let mut scores = vec![zero; self.count];
        for point in self.points.chunks_exact(self.dim) {
            for (k, factor) in factors.chunks_exact(self.size()).enumerate() {
                let part = k * self.dim..(k + 1) * self.dim;
                let square = square_of(point, &means[part.clone()], &scales[part], &factor[self.dim..]);
                let log_det = factor[..self.dim].iter().fold(zero, |sum, log| sum + *log);
                scores[k] = weights[k] + log_det - square.times(0.5);
            }
            sum = sum + log_sum_exp_of(&scores);
        }
        let points = (self.points.len() / self.dim) as f64;
        sum - log_sum_exp_of(weights).times(points) + penalty.times(0.5)
    }

    fn hand_grad(&self, params: &[f64], grad: &mut [f64]) {
        super::mixture_by_hand::gradient(self, params, grad);
    }

    fn hand_hvp(&self, params: &[f64], v: &[f64], hv: &mut [f64]) {
        super::mixture_by_hand::product(self, params, v, hv);
    }
}

/// The squared length of a centred and whitened point.
fn square_of<N: Number>(point: &[f64], mean: &[N], scales: &[N], below: &[N]) -> N {
    let centred: Vec<N> = point.iter().zip(mean).map(|(x, m)| N::constant(*x) - *m).collect();
    let mut white: Vec<N> = centred.iter().zip(scales).map(|(c, s)| *c * *s).collect();
    let mut below = below.iter();
    for j in 0..white.len() {
        for (white, factor) in white[j + 1..].iter_mut().zip(&mut below) {
            *white = *white + *factor * centred[j];
        }
    }
    white.iter().fold(N::constant(0.0), |sum, w| sum + *w * *w)
}
