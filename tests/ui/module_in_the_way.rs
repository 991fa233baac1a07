use hvp::differentiable;

mod f {}

#[differentiable]
fn f(x: f64) -> f64 {
    x
}

fn main() {}
