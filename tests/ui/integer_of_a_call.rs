//! What a call gives is taken for a real number where nothing tells more; an integer is not made one in silence.

use hvp::differentiable;

struct Level(i32);

impl Level {
    fn height(&self) -> i32 {
        self.0
    }
}

#[differentiable(wrt(x))]
fn divided(x: &[f64], levels: &[Level]) -> f64 {
    let first = levels[0].height();
    let mut quotient = first;
    for level in levels {
        quotient = quotient / level.height() + first;
    }
    x[0] * x[1] * quotient as f64
}

fn main() {}
