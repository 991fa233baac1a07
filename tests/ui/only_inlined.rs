#[hvp::differentiable]
fn integral(f: impl Fn(f64) -> f64, a: f64, b: f64) -> f64 {
    (b - a) * f(0.5 * (a + b))
}

mod lists {
    #[hvp::differentiable]
    pub fn push_twice(x: f64, list: &mut Vec<f64>) {
        list.push(x);
        list.push(x * x);
    }
}

#[hvp::differentiable]
fn twice(x: f64) -> f64 {
    let mut list = Vec::new();
    lists::push_twice(x, &mut list);
    list[0] + list[1]
}

fn main() {
    let _ = integral_grad(|x| x * x, 0.0, 1.0);
    let _ = twice(1.0);
}
