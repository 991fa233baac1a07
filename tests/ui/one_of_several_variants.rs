use hvp::differentiable;
use Shape::*;

enum Shape {
    Round { size: f64 },
    Square { size: f64 },
}

#[differentiable]
fn area(x: f64) -> f64 {
    let shape = Round { size: x };
    match shape {
        Round { size } => 3.0 * size * size,
        Square { size } => size * size,
    }
}

fn main() {}
