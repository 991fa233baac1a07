use hvp::differentiable;

#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Price(f64);

#[differentiable]
fn cheaper(x: f64, y: f64) -> f64 {
    let (a, b) = (Price(x * x), Price(y));
    if a < b { a.0 } else { b.0 }
}

fn main() {}
