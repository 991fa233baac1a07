//! The trust-region subproblem in the Krylov space of the gradient.
//!
//! N. Gould, S. Lucidi, M. Roma, P. Toint, Solving the trust-region subproblem using the Lanczos method, SIAM J.
//! Optim. 9 (1999); the tolerances are those of F. Lenders, C. Kirches, A. Potschka, trlib, Optim. Methods Softw. 33
//! (2018).

use super::model::{Exit, Model, Step};
use super::secular::{Minimizer, minimize_in_ball};
use crate::Error;
use crate::tridiagonal::Tridiagonal;
use crate::vector::{axpy, dot, is_finite, norm, scale};

/// The most Lanczos vectors that are kept.
const MAX_BASIS: usize = 300;

/// What counts as zero beside the entries of the tridiagonal matrix.
const BREAKDOWN: f64 = 1e-13;

/// Lanczos vectors of one model after another.
#[derive(Debug, Default)]
pub(super) struct Gltr {
    /// Orthonormal columns; one more than the tridiagonal matrix has rows, unless the space is exhausted.
    basis: Vec<Vec<f64>>,
    matrix: Tridiagonal,
    gradient_norm: f64,
}

impl Gltr {
    /// Minimises the model in a ball, from the gradient on, in a space of dimension `least` or more.
    pub(super) fn solve(
        &mut self,
        model: &Model,
        radius: f64,
        least: usize,
        step: &mut Step,
    ) -> Result<Exit, Error> {
        self.gradient_norm = norm(model.gradient);
        self.matrix = Tridiagonal::default();
        self.basis.clear();
        let mut first = model.gradient.to_vec();
        scale(self.gradient_norm.recip(), &mut first);
        self.basis.push(first);
        self.extend(model, radius, least, step)
    }

    /// The dimension of the space; zero before the first model.
    pub(super) fn dimension(&self) -> usize {
        self.matrix.len()
    }

    /// Minimises the same model in another ball: the space is widened only if it does not hold the solution.
    pub(super) fn extend(
        &mut self,
        model: &Model,
        radius: f64,
        least: usize,
        step: &mut Step,
    ) -> Result<Exit, Error> {
        for _ in 0..model.products {
            if self.matrix.len() >= least.max(1) || self.is_exhausted() {
                let minimizer = self.minimizer(radius)?;
                if self.is_exhausted() || self.residual(&minimizer) <= self.tolerance(&minimizer) {
                    return Ok(self.finish(&minimizer, step));
                }
            }
            self.widen(model)?;
        }
        let minimizer = self.minimizer(radius)?;
        Ok(self.finish(&minimizer, step))
    }

    /// The least point in the space.
    fn minimizer(&self, radius: f64) -> Result<Minimizer, Error> {
        let eigen = self.matrix.eigen().ok_or(Error::NotFinite)?;
        Ok(minimize_in_ball(&eigen, self.gradient_norm, radius))
    }

    /// One Lanczos step with full reorthogonalisation: one product.
    fn widen(&mut self, model: &Model) -> Result<(), Error> {
        let last = &self.basis[self.basis.len() - 1];
        let mut next = vec![0.0; last.len()];
        model.hessian.apply(last, &mut next);
        if !is_finite(&next) {
            return Err(Error::NotFinite);
        }
        let diagonal = dot(last, &next);
        for _ in 0..2 {
            for column in &self.basis {
                axpy(-dot(column, &next), column, &mut next);
            }
        }
        let coupling = norm(&next);
        self.matrix.push(diagonal, coupling);
        if coupling > BREAKDOWN * self.matrix.size() && self.basis.len() < next.len() {
            scale(coupling.recip(), &mut next);
            self.basis.push(next);
        }
        Ok(())
    }

    /// ‖g + (H + λ) p‖, known without a product.
    fn residual(&self, minimizer: &Minimizer) -> f64 {
        self.matrix.last_coupling() * minimizer.h[minimizer.h.len() - 1].abs()
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
        self.basis.len() == self.matrix.len() || self.matrix.len() >= MAX_BASIS
    }

    /// p = Q h; with (T + λ) h = −γ e₀ the model there is ½ γ h₀ − ½ λ h·h.
    fn finish(&self, minimizer: &Minimizer, step: &mut Step) -> Exit {
        let Minimizer { h, shift, .. } = minimizer;
        step.reset();
        for (column, h) in self.basis.iter().zip(h) {
            axpy(*h, column, &mut step.p);
        }
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
