use hvp::differentiable;

#[differentiable(wrt = x, only(), name)]
fn f(x: f64) -> f64 {
    x
}

#[differentiable(wrt(x), wrt(x), companion = 3, floats(1))]
fn g(x: f64) -> f64 {
    x
}

#[differentiable(derivative = 2.0 * x, jvp, crate)]
fn h(x: f64) -> f64 {
    x * x
}

fn main() {}
