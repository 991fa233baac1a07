//! The trust-region subproblem in the Krylov space of the gradient.
//!
//! N. Gould, S. Lucidi, M. Roma, P. Toint, Solving the trust-region subproblem using the Lanczos method, SIAM J.
//! Optim. 9 (1999); the tolerances are those of F. Lenders, C. Kirches, A. Potschka, trlib, Optim. Methods Softw. 33
//! (2018).

use super::model::{Exit, Model, Step};
use super::secular::{Minimizer, minimize_in_ball};
use crate::Error;
use crate::krylov::Krylov;
use crate::vector::norm;

/// The most Lanczos vectors that are kept.
const MAX_BASIS: usize = 300;

/// The Krylov space of one model after another.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Gltr {
    space: Krylov,
    gradient_norm: f64,
}

impl Gltr {
    /// Minimises the model in a ball. The space is widened only where it does not hold the solution.
    pub(super) fn minimize(&mut self, model: &Model, radius: f64, step: &mut Step) -> Result<Exit, Error> {
        if self.space.dimension() == 0 {
            self.gradient_norm = norm(model.gradient);
            self.space = Krylov::new(model.gradient.to_vec());
        }
        for _ in 0..model.products {
            if self.space.dimension() > 0 {
                let minimizer = self.minimizer(radius)?;
                if self.is_exhausted() || self.residual(&minimizer) <= self.tolerance(&minimizer) {
                    return Ok(self.finish(&minimizer, step));
                }
            }
            self.space.widen(model.hessian)?;
        }
        let minimizer = self.minimizer(radius)?;
        Ok(self.finish(&minimizer, step))
    }

    /// The least point in the space.
    fn minimizer(&self, radius: f64) -> Result<Minimizer, Error> {
        let eigen = self.space.matrix().eigen().ok_or(Error::NotFinite)?;
        Ok(minimize_in_ball(&eigen, self.gradient_norm, radius))
    }

    /// ‖g + (H + λ) p‖, known without a product.
    fn residual(&self, minimizer: &Minimizer) -> f64 {
        self.space.matrix().last_coupling() * minimizer.h[minimizer.h.len() - 1].abs()
    }

    fn tolerance(&self, minimizer: &Minimizer) -> f64 {
        let size = self.gradient_norm;
        if minimizer.shift == 0.0 {
            0.5_f64.min(size) * size
        } else {
            1e-6_f64.max(0.5_f64.min(size.sqrt())) * size
        }
    }

    /// Whether the space cannot or may not grow.
    fn is_exhausted(&self) -> bool {
        self.space.is_exhausted() || self.space.dimension() >= MAX_BASIS
    }

    /// p = Q h; with (T + λ) h = −γ e₀ the model there is ½ γ h₀ − ½ λ h·h.
    fn finish(&self, minimizer: &Minimizer, step: &mut Step) -> Exit {
        let Minimizer { h, shift, .. } = minimizer;
        self.space.combine(h, &mut step.p);
        step.length = norm(h);
        step.decrease = 0.5 * (shift * step.length * step.length - self.gradient_norm * h[0]);
        if minimizer.shift == 0.0 {
            Exit::Interior
        } else if minimizer.indefinite {
            Exit::NegativeCurvature
        } else {
            Exit::Boundary
        }
    }
}
