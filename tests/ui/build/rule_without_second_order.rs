use hvp::differentiable;

#[differentiable(vjp = square_vjp)]
fn square(x: &[f64]) -> f64 {
    x[0] * x[0]
}

fn square_vjp(x: &[f64], weight: f64) -> Vec<f64> {
    vec![2.0 * x[0] * weight]
}

fn main() {
    println!("{:?}", square_grad(&[1.0]));
    println!("{:?}", square_hvp(&[1.0], &[1.0]));
}
