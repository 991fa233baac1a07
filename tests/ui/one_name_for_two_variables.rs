macro_rules! define {
    ($name:ident, $x:ident) => {
        #[hvp::differentiable]
        fn $name($x: f64) -> f64 {
            let x = $x * 2.0;
            x.powi(2) * $x
        }
    };
}

define!(f, x);

fn main() {}
