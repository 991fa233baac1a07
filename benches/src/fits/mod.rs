//! Functions with many results, as a fit has them: residuals, their Jacobian, and products with it.

mod arm;
mod decay;
mod lens;
mod peaks;

use std::fmt::Debug;

pub use arm::Arm;
pub use decay::Decay;
pub use lens::Lens;
pub use peaks::Peaks;

/// A function of a vector, for each of many observations, with its derivatives as generated and by hand.
pub trait Fit {
    /// All results.
    type Values: Debug;
    /// Their gradients, in the shape that the generated function gives.
    type Rows: Debug;

    /// A short name with the size in it.
    fn name(&self) -> String;
    /// Where it is measured.
    fn point(&self) -> Vec<f64>;
    /// The results.
    fn value(&self, x: &[f64]) -> Self::Values;
    /// The Jacobian as generated.
    fn jacobian(&self, x: &[f64]) -> Self::Rows;
    /// The Jacobian by hand, as an expert writes it.
    fn hand_jacobian(&self, x: &[f64]) -> Self::Rows;
    /// The results and their derivative along `v`, as generated.
    fn jvp(&self, x: &[f64], v: &[f64]) -> (Self::Values, Self::Values);
    /// The same by hand.
    fn hand_jvp(&self, x: &[f64], v: &[f64]) -> (Self::Values, Self::Values);
    /// The gradient of the results, added up with weights that alternate between 1 and -1, as generated.
    fn vjp(&self, x: &[f64]) -> Vec<f64>;
    /// The same by hand.
    fn hand_vjp(&self, x: &[f64]) -> Vec<f64>;
    /// All numbers of some results, one after another.
    fn numbers(values: &Self::Values) -> Vec<f64>;
    /// All numbers of a Jacobian, row by row.
    fn entries(rows: &Self::Rows) -> Vec<f64>;
}

/// The weight of observation `i` in `vjp`.
fn weight(i: usize) -> f64 {
    if i.is_multiple_of(2) { 1.0 } else { -1.0 }
}
