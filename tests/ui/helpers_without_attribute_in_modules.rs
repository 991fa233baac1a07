use hvp::differentiable;

mod physics {
    pub fn rate(x: f64) -> f64 {
        x * x
    }

    pub fn sum(x: &[f64]) -> f64 {
        x[0]
    }
}

struct Model;

impl Model {
    #[differentiable]
    fn energy(&self, x: &[f64]) -> f64 {
        use physics::rate;
        rate(x[0]) * physics::sum(&x[1..])
    }
}

fn main() {}
