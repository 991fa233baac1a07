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

fn main() {}
