//! Data analysis: the cost of k-means, whose smallest distance is chosen by comparison.

use hvp::{Objective, differentiable};

use crate::number::Number;
use crate::sample::Sample;
use crate::workload::Workload;

/// The sum over all points of the squared distance to the nearest centre.
#[differentiable(wrt(centres))]
fn scatter(centres: &[f64], points: &[f64], dim: usize) -> f64 {
    let mut sum = 0.0;
    for point in points.chunks_exact(dim) {
        let mut nearest = f64::INFINITY;
        for centre in centres.chunks_exact(dim) {
            let mut distance = 0.0;
            for j in 0..dim {
                let difference = point[j] - centre[j];
                distance += difference * difference;
            }
            if distance < nearest {
                nearest = distance;
            }
        }
        sum += nearest;
    }
    sum
}

/// Points to be clustered.
#[derive(Debug)]
pub struct Clusters {
    dim: usize,
    count: usize,
    points: Vec<f64>,
}

impl Clusters {
    /// `count` centres among `points` points of `dim` coordinates.
    #[must_use]
    pub fn new(points: usize, count: usize, dim: usize) -> Clusters {
        Clusters { dim, count, points: Sample::new(5).around(0.0, 1.0, points * dim) }
    }

    /// The offset of the centre that is nearest to `point`.
    fn nearest(&self, centres: &[f64], point: &[f64]) -> usize {
        let (mut best, mut nearest) = (0, f64::INFINITY);
        for (k, centre) in centres.chunks_exact(self.dim).enumerate() {
            let distance: f64 = point.iter().zip(centre).map(|(p, c)| (p - c) * (p - c)).sum();
            if distance < nearest {
                (best, nearest) = (k * self.dim, distance);
            }
        }
        best
    }
}

impl Workload for Clusters {
    fn name(&self) -> String {
        format!("k-means {}x{}x{}", self.points.len() / self.dim, self.count, self.dim)
    }

    fn point(&self) -> Vec<f64> {
        Sample::new(6).around(0.0, 1.0, self.count * self.dim)
    }

    fn objective(&self) -> impl Objective {
        scatter::objective(&self.points, self.dim)
    }

    fn generic<N: Number>(&self, centres: &[N]) -> N {
        let mut sum = N::constant(0.0);
        for point in self.points.chunks_exact(self.dim) {
            let mut nearest = N::constant(f64::INFINITY);
            for centre in centres.chunks_exact(self.dim) {
                let differences = point.iter().zip(centre).map(|(p, c)| N::constant(*p) - *c);
                let distance = differences.fold(N::constant(0.0), |sum, d| sum + d * d);
                if distance.value() < nearest.value() {
                    nearest = distance;
                }
            }
            sum = sum + nearest;
        }
        sum
    }

    fn hand_grad(&self, centres: &[f64], grad: &mut [f64]) {
        grad.fill(0.0);
        for point in self.points.chunks_exact(self.dim) {
            let at = self.nearest(centres, point);
            let part = at..at + self.dim;
            for ((g, c), p) in grad[part.clone()].iter_mut().zip(&centres[part]).zip(point) {
                *g += 2.0 * (c - p);
            }
        }
    }

    fn hand_hvp(&self, centres: &[f64], v: &[f64], hv: &mut [f64]) {
        let mut members = vec![0.0; self.count];
        for point in self.points.chunks_exact(self.dim) {
            members[self.nearest(centres, point) / self.dim] += 2.0;
        }
        for (i, (h, v)) in hv.iter_mut().zip(v).enumerate() {
            *h = members[i / self.dim] * v;
        }
    }
}
