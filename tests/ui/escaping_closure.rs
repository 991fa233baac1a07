use hvp::differentiable;

#[differentiable]
fn f(x: f64) -> f64 {
    let rules: Vec<Box<dyn Fn(f64) -> f64>> = vec![Box::new(move |y| x * y)];
    rules[0](2.0)
}

fn main() {}
