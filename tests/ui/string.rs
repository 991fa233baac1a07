use hvp::differentiable;

#[differentiable]
fn f(x: f64) -> f64 {
    let text = x.to_string();
    text.parse().unwrap()
}

fn main() {}
