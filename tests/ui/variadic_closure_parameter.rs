use hvp::differentiable;

#[differentiable(wrt(x))]
fn f(x: f64, g: impl Fn(f64) -> f64) -> f64 {
    g(x) * x
}

fn main() {}
