use hvp::differentiable;

#[differentiable(vjp = product_vjp)]
fn product(x: f64, y: f64) -> f64 {
    x * y
}

#[differentiable(wrt(x, weight))]
fn product_vjp(x: f64, y: f64, weight: f64) -> (f64, f64) {
    (weight * y, weight * x)
}

fn main() {}
