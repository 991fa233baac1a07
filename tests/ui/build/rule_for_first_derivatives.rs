use hvp::differentiable;

#[differentiable(vjp = square_vjp)]
pub fn square(x: &[f64]) -> f64 {
    x[0] * x[0]
}

fn square_vjp(x: &[f64], weight: f64) -> Vec<f64> {
    vec![2.0 * x[0] * weight]
}

#[differentiable]
pub fn of_square(x: &[f64]) -> f64 {
    square(x) + 1.0
}

fn main() {
    assert_eq!(square_grad(&[3.0]), [6.0]);
    assert_eq!(of_square_grad(&[3.0]), [6.0]);
    assert_eq!(of_square_jvp(&[3.0], &[2.0]), (10.0, 12.0));
}
