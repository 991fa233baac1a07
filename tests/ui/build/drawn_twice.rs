use hvp::differentiable;
use std::cell::Cell;

mod dice {
    #[hvp::differentiable(wrt(x))]
    pub fn noisy(x: f64, n: &std::cell::Cell<u32>) -> f64 {
        n.set(n.get() + 1);
        x * x * f64::from(n.get())
    }
}

mod between {
    #[hvp::differentiable(wrt(x))]
    pub fn bent(x: f64, n: &std::cell::Cell<u32>) -> f64 {
        super::dice::noisy(x, n).sin()
    }
}

#[differentiable(wrt(x))]
fn f(x: f64, n: &Cell<u32>) -> f64 {
    between::bent(x, n) * x
}

fn main() {
    println!("{}", f_grad(1.0, &Cell::new(0)));
}
