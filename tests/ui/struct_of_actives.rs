use hvp::differentiable;
use shapes::Point;

mod shapes {
    pub struct Point {
        pub x: f64,
    }

    impl Point {
        pub fn doubled(&self) -> f64 {
            2.0 * self.x
        }
    }
}

#[differentiable]
fn f(x: f64) -> f64 {
    let p = Point { x: x * x };
    p.doubled()
}

fn main() {}
