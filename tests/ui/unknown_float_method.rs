use hvp::differentiable;

#[differentiable]
fn f(x: f64) -> f64 {
    let y = x * x;
    y.gamma()
}

fn main() {}
