//! Powers at the edges: exponents of 0, 1 and the least integer, whole exponents of `powf`, bases that are not positive.

use crate::support::*;
use hvp::differentiable;
use std::f64::{INFINITY, NAN};

#[differentiable]
fn integer_power(x: f64, n: i32) -> f64 {
    x.powi(n)
}

#[differentiable]
fn literal_powers(x: f64) -> f64 {
    x.powi(0) + x.powi(1) + x.powi(2) + x.powi(3)
}

#[test]
fn integer_powers_are_exact_at_the_edges() {
    let both = |x: f64, n: i32| (integer_power_grad(x, n), integer_power_hvp(x, n, 1.0));
    assert_eq!(both(0.0, 0), (0.0, 0.0));
    assert_eq!(both(0.0, 1), (1.0, 0.0));
    assert_eq!(both(0.0, 2), (0.0, 2.0));
    assert_eq!(both(0.0, 3), (0.0, 0.0));
    assert_eq!(both(-2.0, 0), (0.0, 0.0));
    assert_eq!(both(-2.0, 1), (1.0, 0.0));
    assert_eq!(both(-2.0, 3), (12.0, -12.0));
    assert_eq!(both(INFINITY, 0), (0.0, 0.0));
    assert_eq!(both(INFINITY, 1), (1.0, 0.0));
    assert_eq!(both(NAN, 0), (0.0, 0.0));
    let n = f64::from(i32::MIN);
    let (first, second) = both(1.0, i32::MIN);
    assert_eq!(first, n);
    assert_near(second, n * (n - 1.0), 1e-15, "second derivative");
    assert_eq!(both(-1.0, i32::MIN).0, -n);
    assert_eq!((literal_powers_grad(0.0), literal_powers_hvp(0.0, 1.0)), (1.0, 2.0));
}

#[differentiable]
fn whole_literal(x: f64) -> f64 {
    x.powf(0.0) + x.powf(1.0) + x.powf(2.0) + x.powf(3.0) + f64::powf(x, -1.0)
}

#[differentiable(wrt(x))]
fn passive_exponent(x: f64, y: f64) -> f64 {
    x.powf(y)
}

#[differentiable]
fn active_exponent(x: f64, y: f64) -> f64 {
    x.powf(y)
}

#[differentiable(wrt(y))]
fn passive_base(x: f64, y: f64) -> f64 {
    x.powf(y)
}

#[test]
fn whole_exponents_behave_like_integers() {
    // The derivatives of 1 + x + x² + x³ + 1/x at −2.
    assert_near(whole_literal_grad(-2.0), 1.0 - 4.0 + 12.0 - 0.25, 1e-15, "first");
    assert_near(whole_literal_hvp(-2.0, 1.0), 2.0 - 12.0 - 0.25, 1e-15, "second");
    let both = |x: f64, y: f64| (passive_exponent_grad(x, y), passive_exponent_hvp(x, y, 1.0));
    assert_eq!(both(0.0, 0.0), (0.0, 0.0));
    assert_eq!(both(0.0, 1.0), (1.0, 0.0));
    assert_eq!(both(0.0, 2.0), (0.0, 2.0));
    assert_eq!(both(0.0, 3.0), (0.0, 0.0));
    assert_eq!(both(-2.0, 3.0), (12.0, -12.0));
    assert_eq!(both(-2.0, 0.0), (0.0, 0.0));
    assert_eq!(both(0.0, 0.5), (INFINITY, -INFINITY));
    assert_eq!(both(0.0, 1.5), (0.0, INFINITY));
}

#[test]
fn powers_never_turn_a_finite_value_into_nan() {
    for x in [-2.0, -1.0, -0.0, 0.0, 0.5, 1.0, 2.0] {
        for y in [-2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0] {
            if !active_exponent(x, y).is_finite() {
                continue;
            }
            let (gx, gy) = active_exponent_grad(x, y);
            assert!(!gx.is_nan() && !gy.is_nan(), "gradient at {x}, {y}: {gx}, {gy}");
            for (u, v) in [(1.0, 0.0), (0.0, 1.0)] {
                let (hx, hy) = active_exponent_hvp(x, y, u, v);
                assert!(!hx.is_nan() && !hy.is_nan(), "product at {x}, {y} along {u}, {v}: {hx}, {hy}");
                assert!(!active_exponent_jvp(x, y, u, v).1.is_nan(), "jvp at {x}, {y} along {u}, {v}");
            }
            assert!(!passive_base_grad(x, y).is_nan(), "exponent's gradient at {x}, {y}");
            assert!(!passive_base_hvp(x, y, 1.0).is_nan(), "exponent's product at {x}, {y}");
        }
    }
    assert_eq!(active_exponent_grad(0.0, 2.0), (0.0, 0.0));
    assert_eq!(active_exponent_grad(-2.0, 2.0).0, -4.0);
}
