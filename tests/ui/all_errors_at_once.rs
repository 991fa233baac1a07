use hvp::differentiable;

#[differentiable]
fn f(x: f64) -> f64 {
    let a = x.first_unknown();
    let b = second_unknown!(x);
    a + b
}

fn main() {}
