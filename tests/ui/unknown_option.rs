use hvp::differentiable;

#[differentiable(wrt(x), fast)]
fn f(x: f64) -> f64 {
    x
}

fn main() {}
