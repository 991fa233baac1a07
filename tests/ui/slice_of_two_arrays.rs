#[hvp::differentiable]
fn chosen(x: &[f64], y: &[f64], n: usize) -> f64 {
    let mut part = &x[1..];
    if n > 2 {
        part = &y[1..];
    }
    part[0]
}

fn main() {}
