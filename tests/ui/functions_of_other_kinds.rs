use hvp::differentiable;

#[differentiable]
unsafe fn raw(x: f64) -> f64 {
    x * x
}

#[differentiable]
fn fails(x: f64) -> ! {
    panic!("{x}")
}

trait Model {
    #[differentiable(wrt(x))]
    fn energy(&self, x: f64) -> f64;
}

struct Scale;

impl Scale {
    #[differentiable]
    fn twice(x: f64) -> f64 {
        Self::DOUBLE * x
    }

    const DOUBLE: f64 = 2.0;
}

fn main() {}
