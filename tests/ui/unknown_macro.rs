use hvp::differentiable;

macro_rules! twice {
    ($e:expr) => { 2.0 * $e };
}

#[differentiable]
fn f(x: f64) -> f64 {
    let y = x * x;
    twice!(y)
}

fn main() {}
