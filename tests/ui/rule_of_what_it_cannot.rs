use hvp::differentiable;

#[differentiable(vjp = fill_vjp)]
fn fill(x: f64, out: &mut [f64]) {
    out.fill(x);
}

#[differentiable(jvp = both_jvp, vjp = both_vjp)]
fn both(pair: (f64, f64)) -> (f64, f64) {
    (pair.0, pair.1)
}

#[differentiable(jvp = length_jvp)]
fn length(x: &[u32]) -> usize {
    x.len()
}

#[differentiable(jvp = forward_jvp, only(jvp, grad))]
fn forward(x: f64) -> f64 {
    x
}

#[differentiable(vjp = twice_vjp, derivative = |x| 2.0)]
fn twice(x: f64) -> f64 {
    2.0 * x
}

struct Scale(f64);

impl Scale {
    #[differentiable(wrt(x), vjp = scale_vjp)]
    fn scale(&self, x: f64) -> f64 {
        self.0 * x
    }
}

fn main() {}
