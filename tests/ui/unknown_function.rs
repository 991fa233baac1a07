use hvp::differentiable;

#[differentiable]
fn f(x: f64) -> f64 {
    let y = 2.0 * x;
    std::hint::black_box(y)
}

fn main() {}
