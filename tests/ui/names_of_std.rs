use hvp::differentiable;

mod mem {
    pub fn swap<T>(_: &mut T, _: &mut T) {}
}

fn stop_gradient(x: f64) -> f64 {
    x * x
}

mod own {
    pub struct Real;

    impl Real {
        pub fn sqrt(x: f64) -> f64 {
            x * x
        }
    }
}
use own::Real;

#[differentiable]
fn swapped(x: f64) -> f64 {
    let (mut a, mut b) = (x, 2.0);
    mem::swap(&mut a, &mut b);
    a * a * b
}

#[differentiable]
fn stopped(x: f64) -> f64 {
    x + stop_gradient(x)
}

#[differentiable]
fn root(x: f64) -> f64 {
    Real::sqrt(x)
}

fn main() {}
