#[hvp::differentiable]
fn integral(f: impl Fn(f64) -> f64, a: f64, b: f64) -> f64 {
    (b - a) * f(0.5 * (a + b))
}

fn main() {
    let _ = integral_grad(|x| x * x, 0.0, 1.0);
}
