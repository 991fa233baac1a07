use hvp::differentiable;

#[differentiable(wrt(x))]
fn f(x: f64, w: &[f64]) -> f64 {
    let mut it = w.iter();
    let first = it.next().unwrap();
    x * first
}

fn main() {}
