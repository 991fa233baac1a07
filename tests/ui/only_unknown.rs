use hvp::differentiable;

#[differentiable(only(grad, hessian_vector))]
fn f(x: f64) -> f64 {
    x
}

fn main() {}
