use hvp::differentiable;

#[differentiable(vjp = squares_vjp)]
fn squares(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| x * x).collect()
}

fn squares_vjp(x: &[f64], weight: &[f64]) -> Vec<f64> {
    x.iter().zip(weight).map(|(x, w)| 2.0 * x * w).collect()
}

#[differentiable]
fn sum(x: &[f64]) -> f64 {
    let y: Vec<f64> = squares(x);
    y.iter().sum()
}

fn main() {
    println!("{:?}", sum_grad(&[1.0]));
    println!("{:?}", sum_hvp(&[1.0], &[1.0]));
}
