#[hvp::differentiable]
fn root(x: f64) -> Result<f64, f64> {
    if x < 0.0 { Err(1.0) } else { Ok(x.sqrt()) }
}

#[hvp::differentiable]
fn caught(x: f64) -> f64 {
    match root(x) {
        Ok(y) => y,
        Err(e) => x * e,
    }
}

fn main() {}
