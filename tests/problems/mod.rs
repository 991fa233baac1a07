//! The test functions of J. Moré, B. Garbow, K. Hillstrom, Testing unconstrained optimization software, ACM Trans. Math.
//! Softw. 7 (1981), as sums of squares, and the chained Rosenbrock function, each with its standard start.

// Written as a newcomer would: index by index.
#![allow(clippy::needless_range_loop, reason = "the functions are plain loops on purpose")]

mod few;
mod list;
mod many;

use hvp::Objective;

pub(crate) use list::all;

/// A function, where to start, and what is known of its minimum and of the cost to find it.
pub(crate) struct Problem {
    pub(crate) name: &'static str,
    pub(crate) objective: Box<dyn Objective>,
    pub(crate) start: Vec<f64>,
    /// The minimum that is found from there, to six digits: the least value, but for Biggs's function, which has this
    /// published minimum beside one of value 0.
    pub(crate) minimum: f64,
    /// Hessian-vector products of SciPy's trust-ncg to ‖g‖ < 1e-8.
    pub(crate) scipy: usize,
}

impl Problem {
    /// Whether its products are counted: SciPy's method gets nowhere near the minimum of Brown's badly scaled function
    /// or of Meyer's.
    pub(crate) fn is_counted(&self) -> bool {
        !["Brown badly scaled", "Meyer"].contains(&self.name)
    }
}
