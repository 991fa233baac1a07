use hvp::differentiable;

#[differentiable(jvp = twice_jvp)]
fn twice(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| 2.0 * x).collect()
}

fn twice_jvp(x: &[f64]) -> Vec<f64> {
    twice(x)
}

fn main() {}
