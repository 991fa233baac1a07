//! What is measured: a function, its derivatives by hand, and the same function for the number types of other crates.

use hvp::Objective;

use crate::number::Number;

/// A function of one vector.
///
/// The hand-written derivatives make their scratch memory anew in each call, as generated ones do but for their tapes: both
/// serve callers that share one objective.
pub trait Workload {
    /// A short name with the size in it.
    fn name(&self) -> String;
    /// Where it is measured.
    fn point(&self) -> Vec<f64>;
    /// The function with the generated derivatives.
    fn objective(&self) -> impl Objective;
    /// The same function, term by term, of other numbers.
    fn generic<N: Number>(&self, x: &[N]) -> N;
    /// The gradient by hand, as an expert writes it.
    fn hand_grad(&self, x: &[f64], grad: &mut [f64]);
    /// The Hessian-vector product by hand.
    fn hand_hvp(&self, x: &[f64], v: &[f64], hv: &mut [f64]);
}
