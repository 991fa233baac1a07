use hvp::differentiable;

#[differentiable]
fn f(x: f64) -> f64 {
    x
}

fn f_grad(x: f64) -> f64 {
    x
}

fn main() {}
