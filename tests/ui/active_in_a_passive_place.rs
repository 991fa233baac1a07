use hvp::differentiable;

#[differentiable(wrt(x))]
fn scaled(x: f64, factor: f64) -> f64 {
    x * factor
}

#[differentiable]
fn f(x: f64) -> f64 {
    scaled(2.0, x)
}

fn main() {}
