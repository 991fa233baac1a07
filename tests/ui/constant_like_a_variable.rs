use hvp::differentiable;

#[allow(non_upper_case_globals)]
const limit: f64 = 0.5;

#[differentiable]
fn f(x: f64) -> f64 {
    match x {
        limit => x * x,
        _ => x,
    }
}

fn main() {}
