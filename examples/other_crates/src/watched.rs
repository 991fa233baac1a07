//! What a solver asks of an objective.

use std::cell::Cell;
use std::fmt;

use hvp::Objective;

/// An objective that counts what is asked of it.
#[derive(Debug, Default)]
pub struct Watched<F> {
    objective: F,
    values: Cell<usize>,
    gradients: Cell<usize>,
    products: Cell<usize>,
}

impl<F: Objective> Watched<F> {
    /// Counts from zero.
    pub fn new(objective: F) -> Self {
        Self { objective, values: Cell::default(), gradients: Cell::default(), products: Cell::default() }
    }
}

impl<F: Objective> Objective for Watched<F> {
    fn value(&self, x: &[f64]) -> f64 {
        add(&self.values);
        self.objective.value(x)
    }
    fn grad(&self, x: &[f64], grad: &mut [f64]) {
        add(&self.gradients);
        self.objective.grad(x, grad);
    }
    fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
        add(&self.values);
        add(&self.gradients);
        self.objective.value_and_grad(x, grad)
    }
    fn hvp(&self, x: &[f64], v: &[f64], hv: &mut [f64]) {
        add(&self.products);
        self.objective.hvp(x, v, hv);
    }
}

/// The counts, as the columns of a table.
impl<F> fmt::Display for Watched<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (values, gradients, products) = (self.values.get(), self.gradients.get(), self.products.get());
        write!(f, "{values:>8} {gradients:>10} {products:>8}")
    }
}

fn add(count: &Cell<usize>) {
    count.set(count.get() + 1);
}
