use hvp::differentiable;

macro_rules! square {
    ($name:ident, $x:ident) => {
        #[differentiable]
        fn $name($x: f64) -> f64 {
            let x = $x * 2.0;
            x * $x
        }
    };
}
square!(f, x);

fn main() {}
