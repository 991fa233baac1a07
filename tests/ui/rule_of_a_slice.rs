use hvp::differentiable;

#[differentiable(derivative = |x| x[0])]
fn f(x: &[f64]) -> f64 {
    0.5 * x[0] * x[0]
}

fn main() {}
