//! What a solver asks of an objective.

use std::cell::{Cell, RefCell};
use std::fmt;

use hvp::Objective;

/// An objective that counts what is asked of it, and remembers how short the gradient became.
#[derive(Debug, Default)]
pub struct Watched<F> {
    objective: F,
    values: Cell<usize>,
    gradients: Cell<usize>,
    products: Cell<usize>,
    progress: RefCell<Vec<(f64, f64)>>,
}

impl<F: Objective> Watched<F> {
    /// Counts from zero.
    pub fn new(objective: F) -> Self {
        Self {
            objective,
            values: Cell::default(),
            gradients: Cell::default(),
            products: Cell::default(),
            progress: RefCell::default(),
        }
    }

    /// Logarithms to base ten: of the number of values, gradients and products together, and of the shortest gradient that was
    /// seen by then.
    pub fn progress(&self) -> Vec<(f64, f64)> {
        self.progress.borrow().clone()
    }

    /// Remembers a gradient that is shorter by a twentieth.
    fn see(&self, grad: &[f64]) {
        let asked = (self.values.get() + self.gradients.get() + self.products.get()) as f64;
        let length = grad.iter().map(|entry| entry * entry).sum::<f64>().sqrt().log10();
        let mut progress = self.progress.borrow_mut();
        if progress.last().is_none_or(|last| length < last.1 - 0.02) {
            progress.push((asked.log10(), length));
        }
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
        self.see(grad);
    }
    fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
        add(&self.values);
        add(&self.gradients);
        let value = self.objective.value_and_grad(x, grad);
        self.see(grad);
        value
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
