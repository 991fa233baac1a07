use hvp::differentiable;

struct Spring {
    rate: f64,
}

trait Energy {
    fn energy(&self, x: f64) -> f64;
}

impl Energy for Spring {
    #[differentiable(wrt(x))]
    fn energy(&self, x: f64) -> f64 {
        0.5 * self.rate * x * x
    }
}

fn main() {
    println!("{}", Spring { rate: 1.0 }.energy(2.0));
}
