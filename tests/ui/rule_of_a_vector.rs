use hvp::differentiable;

#[differentiable(derivative = |x, _| x)]
fn f(x: f64, out: &mut [f64]) -> [f64; 2] {
    out[0] = 1.0;
    [x, x * x]
}

fn main() {}
