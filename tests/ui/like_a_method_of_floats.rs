//! A float's own method comes before that of a trait with the same name.

use hvp::differentiable;

trait Between {
    fn midpoint(self, other: f64) -> f64;
}

impl Between for f64 {
    fn midpoint(self, other: f64) -> f64 {
        (self * other).sqrt()
    }
}

#[differentiable]
fn middle(x: &[f64]) -> f64 {
    x[0].midpoint(x[1]) * x[0]
}

fn main() {}
