use hvp::differentiable;

struct Model {
    rate: f64,
}

impl Model {
    fn decay(&self, x: f64) -> f64 {
        (-self.rate * x).exp()
    }

    #[differentiable(wrt(x))]
    fn loss(&self, x: f64) -> f64 {
        self.decay(x) + 1.0
    }
}

fn main() {}
