#[hvp::differentiable]
mod model {
    use hvp::differentiable;

    const RATE: usize = 3;

    struct Length(f64);

    impl Length {
        fn scaled(&self) -> f64 {
            self.0 * RATE as f64
        }
    }

    #[differentiable]
    fn by_parameter<const RATE: usize>(x: &[f64; RATE]) -> f64 {
        Length(x[0] * x[0]).scaled()
    }

    #[differentiable]
    fn by_item(x: &[f64]) -> f64 {
        const RATE: f64 = 2.0;
        Length(x[0] * x[0]).scaled() + RATE
    }
}

fn main() {}
