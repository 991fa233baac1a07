//! Truncated conjugate gradients in a ball, with the path kept for smaller balls.
//!
//! T. Steihaug, The conjugate gradient method and trust regions in large scale optimization, SIAM J. Numer. Anal. 20
//! (1983); J. Nocedal, S. Wright, Numerical Optimization, 2nd ed., algorithm 7.2; for the norms under a
//! preconditioner A. Conn, N. Gould, P. Toint, Trust-Region Methods, (7.5.6) and (7.5.7).

use super::model::{Exit, Model, Step};
use crate::Error;
use crate::vector::{axpy, dot, norm, scale, unit};

/// Segments of the path that are kept for smaller radii.
const KEPT: usize = 6;

/// Where a path ends.
#[derive(Debug)]
pub(super) struct Ending {
    /// The radius of the ball.
    pub(super) radius: f64,
    /// What the radius is multiplied with when the step is rejected.
    pub(super) shrink: f64,
    /// A length of g + H p that is small enough.
    pub(super) residual: f64,
}

/// Conjugate gradients in one model after another.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct SteihaugToint {
    /// Pieces of the last path that cross radii which rejections lead to, from the origin outwards.
    kept: Vec<Segment>,
}

impl SteihaugToint {
    /// Lets go of the model: the point has moved.
    pub(super) fn forget(&mut self) {
        self.kept.clear();
    }

    /// Minimises the model in a ball, or to a small residual inside it; without a product where the path is kept that
    /// led to a larger ball.
    pub(super) fn minimize(&mut self, model: &Model, end: &Ending, step: &mut Step) -> Result<Exit, Error> {
        match self.retrace(end.radius, step) {
            Some(exit) => Ok(exit),
            None => self.solve(model, end, step),
        }
    }

    fn solve(&mut self, model: &Model, end: &Ending, step: &mut Step) -> Result<Exit, Error> {
        self.forget();
        let (unit, mut residual) = (unit(model.gradient), model.gradient.to_vec());
        scale(unit.recip(), &mut residual);
        let mut y = vec![0.0; residual.len()];
        let mut product = y.clone();
        model.precondition(&residual, &mut y);
        let mut segment = Segment::first(unit, &y, positive(dot(&residual, &y))?);
        step.reset();
        for _ in 0..model.products {
            model.hessian.apply(&segment.d, &mut product);
            scale(unit.recip(), &mut product);
            segment.curvature = dot(&segment.d, &product);
            if !segment.curvature.is_finite() {
                return Err(Error::NotFinite);
            }
            if segment.leaves(end.radius) {
                self.keep(&segment);
                return Ok(segment.exit(end.radius, step));
            }
            if segment.serves_after_rejection(end) {
                self.keep(&segment);
            }
            segment.end(segment.length(), step);
            axpy(segment.length(), &product, &mut residual);
            if unit * norm(&residual) <= end.residual {
                break;
            }
            model.precondition(&residual, &mut y);
            segment.advance(step, &y, positive(dot(&residual, &y))?, model);
        }
        Ok(Exit::Interior)
    }

    /// Follows the kept path into a smaller ball; `None` where that part of it is not kept.
    fn retrace(&self, radius: f64, step: &mut Step) -> Option<Exit> {
        let begins_inside = |segment: &&Segment| segment.norms.zz.sqrt() < radius;
        let segment = self.kept.iter().rev().find(begins_inside)?;
        segment.leaves(radius).then(|| segment.exit(radius, step))
    }

    fn keep(&mut self, segment: &Segment) {
        if self.kept.len() == KEPT {
            self.kept.remove(0);
        }
        self.kept.push(segment.clone());
    }
}

/// The product of a residual with what the preconditioner makes of it, unless that is not positive definite.
fn positive(product: f64) -> Result<f64, Error> {
    if !product.is_finite() {
        Err(Error::NotFinite)
    } else if product <= 0.0 {
        Err(Error::NotPositiveDefinite)
    } else {
        Ok(product)
    }
}

/// A piece of the path: from `z` in direction `d`, with the curvature along it. The model is counted in a unit, so that no inner
/// product is too small or too large for a number.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Segment {
    /// A power of two close to the entries of the gradient: what follows is of the model divided by it.
    unit: f64,
    z: Vec<f64>,
    d: Vec<f64>,
    /// −m(z)
    decrease: f64,
    /// d·(H d)
    curvature: f64,
    /// How fast the model falls along d at first: −(g + H z)·d.
    slope: f64,
    norms: Norms,
}

/// The inner products z·z, z·d and d·d, under the preconditioner if there is one.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Norms {
    zz: f64,
    zd: f64,
    dd: f64,
}

impl Segment {
    /// From the origin down the preconditioned gradient `y`; `slope` = g·y.
    fn first(unit: f64, y: &[f64], slope: f64) -> Self {
        let norms = Norms { zz: 0.0, zd: 0.0, dd: slope };
        let d = y.iter().map(|y| -y).collect();
        let z = vec![0.0; y.len()];
        Self { unit, z, d, decrease: 0.0, curvature: 0.0, slope, norms }
    }

    /// How far along d the model is least.
    fn length(&self) -> f64 {
        self.slope / self.curvature
    }

    /// The length of z + t d.
    fn distance(&self, t: f64) -> f64 {
        (self.norms.zz + 2.0 * t * self.norms.zd + t * t * self.norms.dd).sqrt()
    }

    /// Whether the piece ends at the radius, or nowhere.
    fn leaves(&self, radius: f64) -> bool {
        self.curvature <= 0.0 || self.distance(self.length()) >= radius
    }

    /// Whether the piece crosses a radius that one or several rejections would lead to.
    fn serves_after_rejection(&self, end: &Ending) -> bool {
        let far = self.distance(self.length());
        let mut radius = end.shrink * end.radius;
        while radius >= far && radius > 0.0 {
            radius *= end.shrink;
        }
        radius > self.norms.zz.sqrt()
    }

    /// −m(z + t d)
    fn decrease_at(&self, t: f64) -> f64 {
        self.decrease + t * self.slope - 0.5 * t * t * self.curvature
    }

    /// Writes z + t d and the decrease there.
    fn end(&self, t: f64, step: &mut Step) {
        for ((p, z), d) in step.p.iter_mut().zip(&self.z).zip(&self.d) {
            *p = z + t * d;
        }
        step.decrease = self.unit * self.decrease_at(t);
        step.length = self.distance(t);
    }

    /// Ends the path at the radius.
    fn exit(&self, radius: f64, step: &mut Step) -> Exit {
        let (ahead, behind) = self.crossings(radius);
        if self.curvature > 0.0 {
            self.end(ahead, step);
            return Exit::Boundary;
        }
        let model = |t: f64| -t * self.slope + 0.5 * t * t * self.curvature;
        self.end(if model(behind) < model(ahead) { behind } else { ahead }, step);
        Exit::NegativeCurvature
    }

    /// The positive and the negative t with ‖z + t d‖ equal to the radius, without cancellation.
    fn crossings(&self, radius: f64) -> (f64, f64) {
        let Norms { zz, zd, dd } = self.norms;
        let room = (radius * radius - zz).max(0.0);
        let root = (zd * zd + dd * room).sqrt();
        if zd > 0.0 {
            (room / (zd + root), -(zd + root) / dd)
        } else {
            ((root - zd) / dd, -room / (root - zd))
        }
    }

    /// Goes to the end of the piece, given as a step, and turns into the direction conjugate to the last.
    fn advance(&mut self, end: &Step, y: &[f64], slope: f64, model: &Model) {
        let (t, turn) = (self.length(), slope / self.slope);
        self.decrease = self.decrease_at(t);
        self.z.copy_from_slice(&end.p);
        for (d, y) in self.d.iter_mut().zip(y) {
            *d = turn * *d - y;
        }
        let Norms { zz, zd, dd } = self.norms;
        self.norms = if model.preconditioner.is_none() {
            Norms { zz: dot(&self.z, &self.z), zd: dot(&self.z, &self.d), dd: dot(&self.d, &self.d) }
        } else {
            Norms {
                zz: zz + 2.0 * t * zd + t * t * dd,
                zd: turn * (zd + t * dd),
                dd: slope + turn * turn * dd,
            }
        };
        self.slope = slope;
    }
}
