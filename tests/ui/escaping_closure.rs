use hvp::differentiable;

#[differentiable]
fn f(x: f64) -> f64 {
    let g: Box<dyn Fn(f64) -> f64> = Box::new(move |y| x * y);
    g(2.0)
}

fn main() {}
