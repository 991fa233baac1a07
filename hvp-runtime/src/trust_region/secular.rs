//! Quadratic models in a ball, in the eigenvectors of a small matrix.

use crate::tridiagonal::Eigen;
use crate::vector::axpy;

/// The least point of γ h₀ + ½ h·(T h) in a ball.
#[derive(Debug)]
pub(super) struct Minimizer {
    pub(super) h: Vec<f64>,
    /// λ ≥ 0 with (T + λ) h = −γ e₀; zero inside the ball.
    pub(super) shift: f64,
    /// Whether T is not positive definite.
    pub(super) indefinite: bool,
}

/// The terms of h(λ) = −γ Σ wᵢ / (θᵢ + λ) vᵢ, the shift counted from the least one that may be.
struct Secular<'a> {
    eigen: &'a Eigen,
    gamma: f64,
    least_shift: f64,
}

/// Minimises γ h₀ + ½ h·(T h) over ‖h‖ ≤ `radius`, by safeguarded Newton steps on 1/‖h(λ)‖ = 1/radius.
///
/// J. Moré, D. Sorensen, Computing a trust region step, SIAM J. Sci. Stat. Comput. 4 (1983).
pub(super) fn minimize_in_ball(eigen: &Eigen, gamma: f64, radius: f64) -> Minimizer {
    let least = eigen.values[0];
    let indefinite = least <= 0.0;
    let secular = Secular { eigen, gamma, least_shift: (-least).max(0.0) };
    if !indefinite && secular.length(0.0) <= radius {
        return Minimizer { h: secular.point(0.0), shift: 0.0, indefinite };
    }
    let extra = secular.solve(radius);
    let mut h = secular.point(extra);
    let room = radius * radius - h.iter().map(|h| h * h).sum::<f64>();
    if room > 1e-10 * radius * radius {
        // The gradient hardly meets the lowest eigenvector: no shift makes h longer, so h goes along that vector.
        let lowest = &eigen.vectors[0];
        let along: f64 = h.iter().zip(lowest).map(|(h, v)| h * v).sum();
        let root = along.hypot(room.sqrt());
        axpy(if along > 0.0 { root - along } else { -(root + along) }, lowest, &mut h);
    }
    Minimizer { h, shift: secular.least_shift + extra, indefinite }
}

impl Secular<'_> {
    /// θᵢ + λ at the given shift beyond the least.
    fn denominators(&self, extra: f64) -> impl Iterator<Item = f64> {
        self.eigen.values.iter().map(move |theta| (theta + self.least_shift) + extra)
    }

    /// Coefficients of h in the eigenvectors; those of nothing over nothing are left out.
    fn coefficients(&self, extra: f64) -> impl Iterator<Item = f64> {
        let firsts = self.eigen.vectors.iter().map(|v| v[0]);
        firsts.zip(self.denominators(extra)).map(|(first, denominator)| {
            if denominator > 0.0 { -self.gamma * first / denominator } else { 0.0 }
        })
    }

    fn length(&self, extra: f64) -> f64 {
        self.coefficients(extra).map(|c| c * c).sum::<f64>().sqrt()
    }

    fn point(&self, extra: f64) -> Vec<f64> {
        let mut h = vec![0.0; self.eigen.values.len()];
        for (coefficient, vector) in self.coefficients(extra).zip(&self.eigen.vectors) {
            axpy(coefficient, vector, &mut h);
        }
        h
    }

    /// The shift beyond the least at which h reaches the radius, or next to zero if it never does.
    fn solve(&self, radius: f64) -> f64 {
        let (mut lower, mut upper) = (0.0, self.gamma / radius);
        let mut extra = upper;
        for _ in 0..200 {
            let length = self.length(extra);
            if (length - radius).abs() <= 1e-12 * radius || upper - lower <= f64::EPSILON * upper {
                break;
            }
            if length < radius {
                upper = extra;
            } else {
                lower = extra;
            }
            let slope: f64 =
                self.coefficients(extra).zip(self.denominators(extra)).map(|(c, d)| c * c / d).sum();
            let newton = extra + length * length / slope * (length - radius) / radius;
            extra = if lower < newton && newton < upper { newton } else { 0.5 * (lower + upper) };
        }
        extra
    }
}
