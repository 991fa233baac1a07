#[hvp::differentiable]
fn zipped(x: &[f64], y: &[f64]) -> f64 {
    let mut seen = 0.0;
    let s: f64 = x.iter().map(|v| { seen += v; v }).zip(y).map(|(a, b)| a * b).sum();
    s * seen
}

fn main() {}
