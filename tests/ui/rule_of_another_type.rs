use hvp::differentiable;

#[differentiable(vjp = energy_vjp)]
fn energy(x: &[f64], y: &[f64]) -> f64 {
    x[0] * y[0]
}

fn energy_vjp(x: &[f64], y: &[f64], weight: f64) -> Vec<f64> {
    vec![weight * y[0]; x.len()]
}

fn main() {}
