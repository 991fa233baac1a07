//! The derivatives of the mixture by hand.

use super::Mixture;
use crate::blas::{add_scaled, add_two_scaled, dot, softmax};

/// One component's share of a vector of parameters.
struct Part<'p> {
    weight: f64,
    mean: &'p [f64],
    logs: &'p [f64],
    below: &'p [f64],
}

/// The same, to be added to.
struct PartMut<'p> {
    weight: &'p mut f64,
    mean: &'p mut [f64],
    logs: &'p mut [f64],
    below: &'p mut [f64],
}

impl Mixture {
    fn part<'p>(&self, params: &'p [f64], k: usize) -> Part<'p> {
        let (mean, factor) = (self.count + k * self.dim, self.count * (1 + self.dim) + k * self.size());
        let (logs, below) = params[factor..factor + self.size()].split_at(self.dim);
        Part { weight: params[k], mean: &params[mean..mean + self.dim], logs, below }
    }

    fn part_mut<'p>(&self, params: &'p mut [f64], k: usize) -> PartMut<'p> {
        let (weights, rest) = params.split_at_mut(self.count);
        let (means, factors) = rest.split_at_mut(self.count * self.dim);
        let factor = &mut factors[k * self.size()..(k + 1) * self.size()];
        let (logs, below) = factor.split_at_mut(self.dim);
        let mean = &mut means[k * self.dim..(k + 1) * self.dim];
        PartMut { weight: &mut weights[k], mean, logs, below }
    }
}

/// What one component makes of a point.
#[derive(Clone)]
struct Seen {
    centred: Vec<f64>,
    white: Vec<f64>,
    white_dot: Vec<f64>,
    /// The exponentials of the diagonal, and their derivatives.
    scales: Vec<f64>,
    scales_dot: Vec<f64>,
    log_det: f64,
    log_det_dot: f64,
}

impl Seen {
    fn new(part: &Part<'_>, dots: Option<&Part<'_>>) -> Seen {
        let zeros = vec![0.0; part.mean.len()];
        let scales: Vec<f64> = part.logs.iter().map(|log| log.exp()).collect();
        let logs_dot = dots.map_or(&zeros[..], |dots| dots.logs);
        Seen {
            centred: zeros.clone(),
            white: zeros.clone(),
            white_dot: zeros.clone(),
            scales_dot: scales.iter().zip(logs_dot).map(|(s, d)| s * d).collect(),
            scales,
            log_det: part.logs.iter().sum(),
            log_det_dot: logs_dot.iter().sum(),
        }
    }

    /// Looks at a point and gives its score.
    fn look(&mut self, part: &Part<'_>, point: &[f64]) -> f64 {
        let dim = point.len();
        for (i, (x, mean)) in point.iter().zip(part.mean).enumerate() {
            self.centred[i] = x - mean;
            self.white[i] = self.scales[i] * self.centred[i];
        }
        let mut below = part.below;
        for j in 0..dim {
            let (column, rest) = below.split_at(dim - 1 - j);
            add_scaled(&mut self.white[j + 1..], self.centred[j], column);
            below = rest;
        }
        part.weight + self.log_det - 0.5 * dot(&self.white, &self.white)
    }

    /// The derivative of the score at the point that was looked at.
    fn look_dot(&mut self, part: &Part<'_>, dots: &Part<'_>) -> f64 {
        let dim = self.white.len();
        for i in 0..dim {
            self.white_dot[i] = self.scales_dot[i] * self.centred[i] - self.scales[i] * dots.mean[i];
        }
        let (mut below, mut below_dot) = (part.below, dots.below);
        for j in 0..dim {
            let (column, rest) = below.split_at(dim - 1 - j);
            let (column_dot, rest_dot) = below_dot.split_at(dim - 1 - j);
            let (by, dot) = ((self.centred[j], column_dot), (-dots.mean[j], column));
            add_two_scaled(&mut self.white_dot[j + 1..], by, dot);
            (below, below_dot) = (rest, rest_dot);
        }
        dots.weight + self.log_det_dot - dot(&self.white, &self.white_dot)
    }
}

/// Adds what a point contributes through one component's score, whose adjoint is `bar`.
fn pull(part: &Part<'_>, seen: &Seen, bar: f64, white_bar: &mut [f64], to: &mut PartMut<'_>) {
    let dim = white_bar.len();
    *to.weight += bar;
    for (i, white_bar) in white_bar.iter_mut().enumerate() {
        *white_bar = -bar * seen.white[i];
        to.logs[i] += bar + *white_bar * seen.centred[i] * seen.scales[i];
        to.mean[i] -= seen.scales[i] * *white_bar;
    }
    let (mut below, mut below_bar) = (part.below, &mut to.below[..]);
    for j in 0..dim {
        let (column, rest) = below.split_at(dim - 1 - j);
        let (column_bar, rest_bar) = below_bar.split_at_mut(dim - 1 - j);
        add_scaled(column_bar, seen.centred[j], &white_bar[j + 1..]);
        to.mean[j] -= dot(column, &white_bar[j + 1..]);
        (below, below_bar) = (rest, rest_bar);
    }
}

/// The gradient.
pub(super) fn gradient(mixture: &Mixture, params: &[f64], grad: &mut [f64]) {
    let Mixture { dim, count, points } = mixture;
    let parts: Vec<Part<'_>> = (0..*count).map(|k| mixture.part(params, k)).collect();
    let mut seen: Vec<Seen> = parts.iter().map(|part| Seen::new(part, None)).collect();
    let (mut scores, mut white_bar) = (vec![0.0; *count], vec![0.0; *dim]);
    grad.fill(0.0);
    for point in points.chunks_exact(*dim) {
        for ((score, seen), part) in scores.iter_mut().zip(&mut seen).zip(&parts) {
            *score = seen.look(part, point);
        }
        softmax(&mut scores);
        for k in 0..*count {
            pull(&parts[k], &seen[k], scores[k], &mut white_bar, &mut mixture.part_mut(grad, k));
        }
    }
    scores.copy_from_slice(&params[..*count]);
    softmax(&mut scores);
    add_scaled(&mut grad[..*count], -((points.len() / dim) as f64), &scores);
    for (k, (part, seen)) in parts.iter().zip(&seen).enumerate() {
        let to = mixture.part_mut(grad, k);
        to.logs.iter_mut().zip(&seen.scales).for_each(|(g, s)| *g += s * s);
        add_scaled(to.below, 1.0, part.below);
    }
}

/// The adjoint of a score and its derivative.
struct Bar {
    value: f64,
    dot: f64,
}

/// Room for the adjoint of a whitened point and its derivative.
struct White {
    bar: Vec<f64>,
    dot: Vec<f64>,
}

/// The derivative of [`pull`] along `dots`.
fn pull_dot(part: (&Part<'_>, &Part<'_>), seen: &Seen, bar: &Bar, white: &mut White, to: &mut PartMut<'_>) {
    let (part, dots) = part;
    let dim = seen.white.len();
    let White { bar: white_bar, dot: white_dot } = white;
    *to.weight += bar.dot;
    for i in 0..dim {
        white_bar[i] = -bar.value * seen.white[i];
        white_dot[i] = -bar.dot * seen.white[i] - bar.value * seen.white_dot[i];
        let (scale, scale_dot, centred) = (seen.scales[i], seen.scales_dot[i], seen.centred[i]);
        let along = white_dot[i] * centred - white_bar[i] * dots.mean[i];
        to.logs[i] += bar.dot + along * scale + white_bar[i] * centred * scale_dot;
        to.mean[i] -= scale * white_dot[i] + scale_dot * white_bar[i];
    }
    let (mut below, mut below_dot, mut below_bar) = (part.below, dots.below, &mut to.below[..]);
    for j in 0..dim {
        let (column, rest) = below.split_at(dim - 1 - j);
        let (column_dot, rest_dot) = below_dot.split_at(dim - 1 - j);
        let (column_bar, rest_bar) = below_bar.split_at_mut(dim - 1 - j);
        let (bars, bars_dot) = (&white_bar[j + 1..], &white_dot[j + 1..]);
        add_two_scaled(column_bar, (seen.centred[j], bars_dot), (-dots.mean[j], bars));
        to.mean[j] -= dot(column, bars_dot) + dot(column_dot, bars);
        (below, below_dot, below_bar) = (rest, rest_dot, rest_bar);
    }
}

/// The derivative of softmax weights along `dots`, into `out`.
fn softmax_dot(weights: &[f64], dots: &[f64], out: &mut [f64]) {
    let mean = dot(weights, dots);
    for ((out, weight), dot) in out.iter_mut().zip(weights).zip(dots) {
        *out = weight * (dot - mean);
    }
}

/// The Hessian-vector product.
pub(super) fn product(mixture: &Mixture, params: &[f64], v: &[f64], hv: &mut [f64]) {
    let Mixture { dim, count, points } = mixture;
    let both: Vec<(Part<'_>, Part<'_>)> =
        (0..*count).map(|k| (mixture.part(params, k), mixture.part(v, k))).collect();
    let mut seen: Vec<Seen> = both.iter().map(|(part, dots)| Seen::new(part, Some(dots))).collect();
    let (mut scores, mut dots, mut bar_dots) = (vec![0.0; *count], vec![0.0; *count], vec![0.0; *count]);
    let mut white = White { bar: vec![0.0; *dim], dot: vec![0.0; *dim] };
    hv.fill(0.0);
    for point in points.chunks_exact(*dim) {
        for (k, (part, along)) in both.iter().enumerate() {
            scores[k] = seen[k].look(part, point);
            dots[k] = seen[k].look_dot(part, along);
        }
        softmax(&mut scores);
        softmax_dot(&scores, &dots, &mut bar_dots);
        for (k, (part, along)) in both.iter().enumerate() {
            let bar = Bar { value: scores[k], dot: bar_dots[k] };
            pull_dot((part, along), &seen[k], &bar, &mut white, &mut mixture.part_mut(hv, k));
        }
    }
    scores.copy_from_slice(&params[..*count]);
    softmax(&mut scores);
    softmax_dot(&scores, &v[..*count], &mut bar_dots);
    add_scaled(&mut hv[..*count], -((points.len() / dim) as f64), &bar_dots);
    for (k, ((_, along), seen)) in both.iter().zip(&seen).enumerate() {
        let to = mixture.part_mut(hv, k);
        let pairs = seen.scales.iter().zip(&seen.scales_dot);
        to.logs.iter_mut().zip(pairs).for_each(|(h, (s, d))| *h += 2.0 * s * d);
        add_scaled(to.below, 1.0, along.below);
    }
}
