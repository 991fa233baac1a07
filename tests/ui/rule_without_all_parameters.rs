use hvp::differentiable;

#[differentiable(derivative = |x| f(n + 1, x))]
fn f(n: u32, x: f64) -> f64 {
    x.powi(n as i32)
}

fn main() {}
