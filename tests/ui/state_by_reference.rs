struct Count(usize);

#[hvp::differentiable]
#[inline(never)]
fn step(x: f64, count: &mut Count) -> f64 {
    count.0 += 1;
    x * x
}

#[hvp::differentiable]
fn two(x: f64, count: &mut Count) -> f64 {
    step(x, count) * step(x + 1.0, count)
}

fn main() {}
