//! Functions that are the values of an `if` or a `match`.

use crate::support::*;
use hvp::differentiable;

#[derive(Clone, Copy)]
enum Activation {
    Relu,
    Tanh,
    Softplus,
    Cube,
}

#[differentiable]
fn cube(z: f64) -> f64 {
    z * z * z
}

#[differentiable(wrt(x))]
fn closures(x: &[f64], kinds: &[Activation]) -> f64 {
    let mut s = 0.0;
    for (v, kind) in x.iter().zip(kinds) {
        let act = match kind {
            Activation::Relu => |z: f64| z.max(0.0),
            Activation::Tanh => |z: f64| z.tanh(),
            Activation::Softplus => |z: f64| z.exp().ln_1p(),
            Activation::Cube => |z: f64| cube(z),
        };
        s += act(*v) * act(v * v) * x[0];
    }
    s
}

#[differentiable(wrt(x))]
fn pointers(x: &[f64], kinds: &[Activation]) -> f64 {
    fn relu(z: f64) -> f64 {
        if z > 0.0 { z } else { 0.0 }
    }
    let mut s = 0.0;
    for (v, kind) in x.iter().zip(kinds) {
        let act: fn(f64) -> f64 = match kind {
            Activation::Relu => relu,
            Activation::Tanh => f64::tanh,
            Activation::Softplus => |z| z.exp().ln_1p(),
            Activation::Cube => cube,
        };
        s += act(*v) * x[0];
    }
    let one: fn(f64) -> f64 = cube;
    s + one(x[1])
}

#[differentiable]
fn of_all_kinds(x: &[f64]) -> f64 {
    let k = x[0] * x[1];
    let method = if x[1] > 0.4 { f64::tanh } else { f64::sin };
    let boxed: Box<dyn Fn(f64) -> f64> =
        if x[2] > 0.5 { Box::new(|z| z * z * k) } else { Box::new(f64::cos) };
    let lent: &dyn Fn(f64, f64) -> f64 = if x[3] > 0.5 { &|a, b| a * b * k } else { &|a: f64, b: f64| a - b };
    let nested = if x[3] > 0.9 {
        |z: f64| z * 2.0
    } else if x[2] > 0.6 {
        |z: f64| z.sin()
    } else {
        |z: f64| z.exp()
    };
    let twice = |z: f64| nested(nested(z) + k);
    let mut s = 0.0;
    for (i, v) in x.iter().enumerate() {
        s = method(0.5 * s + v) + if i % 2 == 0 { boxed(*v) } else { lent(*v, s) };
    }
    s * twice(x[1]) + [x[0], x[1]].map(nested)[1]
}

#[test]
fn the_arm_that_was_taken_says_which_function_is_called() {
    use Activation::{Cube, Relu, Softplus, Tanh};
    let kinds = [Relu, Tanh, Softplus, Cube];
    for x in points(935, 8, 4, 0.1, 1.4) {
        check(&derived!(alone | x | closures(x, &kinds)), &x, 1e-11);
        check(&derived!(alone | x | pointers(x, &kinds)), &x, 1e-11);
        check(&derived!(alone | x | of_all_kinds(x)), &x, 1e-10);
    }
}
