use hvp::differentiable;

trait Number: Copy + std::ops::Mul<Output = Self> {}

#[differentiable]
fn f<T: Number>(x: T) -> T {
    x * x
}

fn main() {}
