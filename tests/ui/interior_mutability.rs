use hvp::differentiable;

use std::cell::Cell;

#[differentiable(wrt(x))]
fn f(x: f64, seen: &Cell<f64>) -> f64 {
    seen.set(x * x);
    seen.get()
}

fn main() {}
