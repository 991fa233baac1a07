use hvp::differentiable;

#[differentiable(derivative = |x, y| if x > y { (y, x, 1.0) } else { y })]
fn f(x: f64, y: f64) -> f64 {
    x * y
}

fn main() {}
