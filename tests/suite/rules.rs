//! Derivatives that the user gives, and values that are held constant.

use crate::support::*;
use hvp::{differentiable, stop_gradient};

/// The body of such a function may be anything.
#[differentiable(derivative = |x| 1.0 / (1.0 + x * x))]
fn angle(x: f64) -> f64 {
    std::hint::black_box(x).atan()
}

#[differentiable(derivative = |x, y| (y * f64::powf(x, y - 1.0), x.ln() * power(x, y)))]
fn power(x: f64, y: f64) -> f64 {
    (y * x.ln()).exp()
}

/// The derivative of order `n` of the sine; each derivative is the function itself, one order higher.
#[differentiable(derivative = |n, x| sine_of_order(n + 1, x))]
fn sine_of_order(n: u32, x: f64) -> f64 {
    match n % 4 {
        0 => x.sin(),
        1 => x.cos(),
        2 => -x.sin(),
        _ => -x.cos(),
    }
}

#[differentiable]
fn by_body(x: f64, y: f64) -> f64 {
    x.atan() * (y * x.ln()).exp() + (x * y).sin()
}

#[differentiable]
fn by_rules(x: f64, y: f64) -> f64 {
    angle(x) * power(x, y) + sine_of_order(0, x * y)
}

#[test]
fn rules_give_what_bodies_give() {
    for x in points(71, 5, 2, 0.5, 2.0) {
        let [a, b] = [x[0], x[1]];
        check(&derived!(alone | x | by_rules(x[0], x[1])), &x, 1e-12);
        assert_eq!(by_rules(a, b).to_bits(), by_rules_value_and_grad(a, b).0.to_bits());
        assert_close(&by_rules_grad(a, b).flat(), &by_body_grad(a, b).flat(), 1e-13, "gradient");
        for v in [(1.0, 0.0), (0.3, -0.8)] {
            let (have, want) = (by_rules_hvp(a, b, v.0, v.1), by_body_hvp(a, b, v.0, v.1));
            assert_close(&have.flat(), &want.flat(), 1e-12, "Hessian times direction");
            let (have, want) = (by_rules_jvp(a, b, v.0, v.1), by_body_jvp(a, b, v.0, v.1));
            assert_close(&have.flat(), &want.flat(), 1e-13, "directional derivative");
        }
    }
}

#[test]
fn a_function_with_a_rule_has_all_that_is_generated() {
    let x = 0.7_f64;
    let (first, second) = (1.0 / (1.0 + x * x), -2.0 * x / (1.0 + x * x).powi(2));
    assert_near(angle_grad(x), first, 1e-15, "gradient");
    assert_eq!(angle_value_and_grad(x), (angle(x), angle_grad(x)));
    assert_eq!(angle_jvp(x, 2.0), (angle(x), 2.0 * angle_grad(x)));
    assert_near(angle_hvp(x, 3.0), 3.0 * second, 1e-15, "Hessian times direction");
    assert_eq!(angle_grad_and_hvp(x, 3.0), (angle_grad(x), angle_hvp(x, 3.0)));
}

#[test]
fn a_rule_may_call_its_own_function() {
    let x = 0.4_f64;
    assert_eq!(sine_of_order_grad(0, x), x.cos());
    assert_eq!(sine_of_order_hvp(0, x, 1.0), -x.sin());
    assert_eq!(sine_of_order_hvp(1, x, 1.0), -x.cos());
}

/// Statements, branches and loops are at home in a rule too.
#[differentiable(derivative = |x, k| {
    if x < 0.0 {
        return (0.0, 0.0);
    }
    let mut powers = [1.0; 3];
    for i in 1..powers.len() {
        powers[i] = powers[i - 1] * x;
    }
    (2.0 * k * powers[1], powers[2])
})]
fn one_sided(x: f64, k: f64) -> f64 {
    if x < 0.0 { 0.0 } else { k * x * x }
}

#[test]
fn a_rule_has_the_whole_language() {
    assert_eq!(one_sided_grad(3.0, 2.0), (12.0, 9.0));
    assert_eq!(one_sided_hvp(3.0, 2.0, 1.0, 0.5), (4.0 + 3.0, 6.0));
    assert_eq!(one_sided_grad(-3.0, 2.0), (0.0, 0.0));
    assert_eq!(one_sided_hvp(-3.0, 2.0, 1.0, 1.0), (0.0, 0.0));
}

#[differentiable(wrt(x), derivative = |x: f64, scale, table: &[f64]| (table[0] * scale * x,))]
fn with_data(x: f64, scale: f64, table: &[f64]) -> f64 {
    0.5 * table[0] * scale * x * x
}

#[test]
fn passive_parameters_take_no_place_in_the_tuple() {
    assert_eq!(with_data_grad(3.0, 2.0, &[5.0]), 30.0);
    assert_eq!(with_data_hvp(3.0, 2.0, &[5.0], 2.0), 20.0);
}

#[differentiable(derivative = |x| x.recip())]
fn logarithm<T: num_traits::Float>(x: T) -> T {
    x.ln()
}

#[differentiable(derivative = |x| 0.5 / half_power(x))]
fn half_power(x: f32) -> f32 {
    x.sqrt()
}

#[test]
fn rules_of_generic_functions_and_of_f32() {
    assert_eq!(logarithm_grad(4.0_f64), 0.25);
    assert_eq!(logarithm_hvp(4.0_f32, 1.0), -0.0625);
    assert_eq!(half_power_grad(4.0), 0.25);
    assert_eq!(half_power_hvp(4.0, 1.0), -1.0 / 32.0);
}

#[differentiable(derivative = |x| 0.5 / root(x)?)]
fn root(x: f64) -> Option<f64> {
    (x >= 0.0).then(|| x.sqrt())
}

#[test]
fn a_failure_passes_out() {
    assert_eq!(root_grad(4.0), Some(0.25));
    assert_eq!(root_grad(-1.0), None);
    assert_eq!(root_jvp(-1.0, 1.0), None);
}

struct Scale(f64);

impl Scale {
    #[differentiable(wrt(x), derivative = |x| self.0 * self.stretch(x))]
    fn stretch(&self, x: f64) -> f64 {
        (self.0 * x).exp()
    }

    #[differentiable(associated, derivative = |x| 2.0 * Self::double(x) / x)]
    fn double(x: f64) -> f64 {
        x * x
    }

    #[differentiable(wrt(x))]
    fn sum(&self, x: &[f64]) -> f64 {
        x.iter().map(|&x| self.stretch(x) * Self::double(x)).sum()
    }
}

#[test]
fn rules_of_methods() {
    let scale = Scale(0.5);
    assert_near(scale.stretch_grad(1.0), 0.5 * 0.5_f64.exp(), 1e-15, "gradient");
    assert_near(scale.stretch_hvp(1.0, 1.0), 0.25 * 0.5_f64.exp(), 1e-15, "Hessian");
    for x in points(72, 3, 3, 0.2, 1.5) {
        check(&derived!(alone | x | scale.sum(x)), &x, 1e-12);
    }
}

#[differentiable]
fn two_copies(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for v in x {
        sum += stop_gradient(v.exp()) * v + stop_gradient(*v) * x[0];
    }
    sum + stop_gradient(x[0])
}

#[differentiable(wrt(x))]
fn held(x: &[f64], c: f64) -> f64 {
    two_weights(x[0], stop_gradient(x[1]) * c)
}

#[differentiable(wrt(x))]
fn two_weights(x: f64, w: f64) -> f64 {
    x * x * w
}

#[test]
fn what_is_stopped_is_a_constant() {
    let x = [0.5, -1.0, 2.0];
    let mut want: Vec<f64> = x.iter().map(|v: &f64| v.exp()).collect();
    want[0] += x.iter().sum::<f64>();
    assert_close(&two_copies_grad(&x), &want, 1e-15, "gradient");
    assert_eq!(two_copies_hvp(&x, &[1.0, 1.0, 1.0]), [0.0; 3]);
    assert_eq!(held_grad(&[3.0, 2.0], 0.5), [6.0, 0.0]);
    assert_eq!(held_hvp(&[3.0, 2.0], 0.5, &[1.0, 7.0]), [2.0, 0.0]);
}

/// The partial derivative is infinite at 0; nothing that is not used may make it count.
#[differentiable(derivative = |x| 0.5 / x.sqrt())]
fn square_root(x: f64) -> f64 {
    x.sqrt()
}

#[differentiable]
fn unused_root(x: f64) -> f64 {
    let r = square_root(x);
    if x > 1.0 { r * x } else { x }
}

#[test]
fn a_zero_stays_zero_through_an_infinite_partial_derivative() {
    assert_eq!(square_root_jvp(0.0, 0.0), (0.0, 0.0));
    assert_eq!(square_root_grad(0.0), f64::INFINITY);
    assert_eq!(unused_root_grad(0.0), 1.0);
    assert_eq!(unused_root_hvp(0.0, 1.0), 0.0);
    assert_eq!(unused_root_grad(-1.0), 1.0);
}
