//! The documented conventions where a derivative does not exist, and exactness at the edges.

use crate::support::*;
use hvp::differentiable;
use std::f64::{INFINITY, NAN};

/// Value, first and second derivative of a function of one number at a point.
macro_rules! at {
    ($f:ident, $grad:ident, $hvp:ident, $jvp:ident, $x:expr) => {{
        let x: f64 = $x;
        let (value, slope) = $jvp(x, 1.0);
        assert_same_bits(value, $f(x), "value");
        assert_same_bits(slope + 0.0, $grad(x) + 0.0, "forward against reverse mode");
        assert_eq!($hvp(x, 0.0), 0.0, "a zero direction");
        ($grad(x), $hvp(x, 1.0))
    }};
}

#[differentiable]
fn absolute(x: f64) -> f64 {
    x.abs()
}

#[test]
fn abs_is_flat_at_zero() {
    assert_eq!(at!(absolute, absolute_grad, absolute_hvp, absolute_jvp, 0.0), (0.0, 0.0));
    assert_eq!(at!(absolute, absolute_grad, absolute_hvp, absolute_jvp, -0.0), (0.0, 0.0));
    assert_eq!(at!(absolute, absolute_grad, absolute_hvp, absolute_jvp, -INFINITY), (-1.0, 0.0));
    assert_eq!(at!(absolute, absolute_grad, absolute_hvp, absolute_jvp, 1e-310), (1.0, 0.0));
}

#[differentiable]
fn pole(x: f64, y: f64) -> f64 {
    1.0 / x + y * y
}

#[differentiable]
fn reciprocal(x: f64, y: f64) -> f64 {
    x.recip() + y * y
}

/// In a direction in which the pole does not change, and in none.
#[test]
fn a_zero_direction_stays_zero_at_a_pole() {
    for x in [0.0, -0.0] {
        for hvp in [pole_hvp, reciprocal_hvp] {
            assert_eq!(hvp(x, 0.5, 0.0, 1.0), (0.0, 2.0));
            assert_eq!(hvp(x, 0.5, 0.0, 0.0), (0.0, 0.0));
        }
        assert_eq!(pole_jvp(x, 0.5, 0.0, 1.0).1, 1.0);
        assert_eq!(reciprocal_jvp(x, 0.5, 0.0, 1.0).1, 1.0);
    }
    assert_eq!(pole_hvp(0.5, 1.0, 1.0, 1.0), (16.0, 2.0));
    assert_eq!(reciprocal_hvp(0.5, 1.0, 1.0, 1.0), (16.0, 2.0));
}

#[differentiable]
fn larger(x: f64, y: f64) -> f64 {
    (x * x).max(y * y * y)
}

#[differentiable]
fn smaller(x: f64, y: f64) -> f64 {
    f64::min(x * x, y * y * y)
}

#[test]
fn a_tie_gives_one_half_to_each_side() {
    assert_eq!(larger_grad(1.0, 1.0), (1.0, 1.5));
    assert_eq!(smaller_grad(1.0, 1.0), (1.0, 1.5));
    assert_eq!(larger_hvp(1.0, 1.0, 1.0, 0.0), (1.0, 0.0));
    assert_eq!(larger_hvp(1.0, 1.0, 0.0, 1.0), (0.0, 3.0));
    assert_eq!(smaller_hvp(1.0, 1.0, 1.0, 2.0), (1.0, 6.0));
    assert_eq!(larger_jvp(1.0, 1.0, 1.0, 1.0), (1.0, 2.5));
    assert_eq!(larger_grad(0.0, -0.0), (0.0, 0.0));
}

#[differentiable]
fn larger_itself(x: f64, y: f64) -> f64 {
    x.max(y)
}

#[differentiable]
fn smaller_itself(x: f64, y: f64) -> f64 {
    x.min(y)
}

#[test]
fn the_partial_follows_the_operand_that_is_returned_beside_nan() {
    assert_eq!(larger_itself_grad(NAN, 2.0), (0.0, 1.0));
    assert_eq!(larger_itself_grad(3.0, NAN), (1.0, 0.0));
    assert_eq!(smaller_itself_grad(NAN, 2.0), (0.0, 1.0));
    assert_eq!(smaller_itself_hvp(3.0, NAN, 1.0, 1.0), (0.0, 0.0));
    assert_eq!(larger_itself_jvp(NAN, 2.0, 5.0, 1.0), (2.0, 1.0));
}

#[differentiable]
fn largest_of_three(x: &[f64; 3]) -> f64 {
    let mut m = f64::NEG_INFINITY;
    for i in 0..3 {
        m = m.max(x[i]);
    }
    m
}

#[test]
fn three_equals_in_a_fold_get_quarter_quarter_half() {
    assert_eq!(largest_of_three_grad(&[1.0, 1.0, 1.0]), [0.25, 0.25, 0.5]);
    assert_eq!(largest_of_three_grad(&[1.0, 2.0, 1.0]), [0.0, 1.0, 0.0]);
}

#[differentiable]
fn larger_than_literal(x: f64) -> f64 {
    (x * x).max(4.0)
}

#[test]
fn a_tie_with_a_constant_gives_one_half() {
    assert_eq!(larger_than_literal_grad(2.0), 2.0);
    assert_eq!(larger_than_literal_hvp(2.0, 1.0), 1.0);
}

#[differentiable]
fn clamped(x: f64, low: f64, high: f64) -> f64 {
    x.clamp(low, high)
}

#[test]
fn clamp_has_slope_one_on_the_closed_interval() {
    assert_eq!(clamped_grad(1.0, 1.0, 2.0), (1.0, 0.0, 0.0));
    assert_eq!(clamped_grad(2.0, 1.0, 2.0), (1.0, 0.0, 0.0));
    assert_eq!(clamped_grad(0.5, 1.0, 2.0), (0.0, 1.0, 0.0));
    assert_eq!(clamped_grad(2.5, 1.0, 2.0), (0.0, 0.0, 1.0));
    assert_eq!(clamped_hvp(1.0, 1.0, 2.0, 1.0, 1.0, 1.0), (0.0, 0.0, 0.0));
}

#[differentiable]
fn length(x: f64, y: f64) -> f64 {
    x.hypot(y)
}

#[differentiable]
fn angle(y: f64, x: f64) -> f64 {
    y.atan2(x)
}

#[differentiable]
fn with_sign(x: f64, s: f64) -> f64 {
    x.copysign(s)
}

#[test]
fn polar_coordinates_are_flat_at_the_origin() {
    assert_eq!(length_grad(0.0, 0.0), (0.0, 0.0));
    assert_eq!(length_hvp(0.0, 0.0, 1.0, 2.0), (0.0, 0.0));
    assert_eq!(length_jvp(0.0, 0.0, 1.0, 2.0), (0.0, 0.0));
    assert_eq!(angle_grad(0.0, 0.0), (0.0, 0.0));
    assert_eq!(angle_hvp(0.0, 0.0, 1.0, 2.0), (0.0, 0.0));
    assert_eq!(angle_jvp(0.0, 0.0, 1.0, 2.0), (0.0, 0.0));
    assert_eq!(length_grad(0.0, -3.0), (0.0, -1.0));
}

#[test]
fn hypot_survives_numbers_whose_squares_do_not() {
    let (a, b) = length_grad(3e200, 4e200);
    assert_near(a, 0.6, 1e-15, "partial");
    assert_near(b, 0.8, 1e-15, "partial");
    let (a, b) = length_grad(3e-200, 4e-200);
    assert_near(a, 0.6, 1e-15, "partial");
    assert_near(b, 0.8, 1e-15, "partial");
    let (a, b) = angle_grad(3e200, 4e200);
    assert_near(a, 4.0 / 25e200, 1e-15, "partial");
    assert_near(b, -3.0 / 25e200, 1e-15, "partial");
}

#[test]
fn copysign_is_flat_at_zero() {
    assert_eq!(with_sign_grad(0.0, -1.0), (0.0, 0.0));
    assert_eq!(with_sign_grad(2.0, -0.0), (-1.0, 0.0));
    assert_eq!(with_sign_grad(-2.0, -3.0), (1.0, 0.0));
    assert_eq!(with_sign_hvp(-2.0, 3.0, 1.0, 1.0), (0.0, 0.0));
}

#[differentiable]
fn root(x: f64) -> f64 {
    x.sqrt()
}

#[differentiable]
fn logarithm(x: f64) -> f64 {
    x.ln()
}

#[differentiable]
fn cube_root(x: f64) -> f64 {
    x.cbrt()
}

#[test]
fn vertical_tangents_are_infinite() {
    assert_eq!(at!(root, root_grad, root_hvp, root_jvp, 0.0), (INFINITY, -INFINITY));
    assert_eq!(at!(logarithm, logarithm_grad, logarithm_hvp, logarithm_jvp, 0.0), (INFINITY, -INFINITY));
    assert_eq!(cube_root_grad(0.0), INFINITY);
    assert_eq!(root_jvp(0.0, 0.0), (0.0, 0.0));
    assert_eq!(logarithm_jvp(0.0, 0.0), (-INFINITY, 0.0));
    assert_eq!(cube_root_jvp(0.0, 0.0), (0.0, 0.0));
}

#[differentiable]
fn steps(x: f64) -> f64 {
    x.floor()
        + x.ceil() * 2.0
        + x.round()
        + x.trunc()
        + x.signum()
        + x.div_euclid(2.0)
        + x.fract()
        + (x as i64) as f64
}

#[test]
fn steps_are_flat_everywhere() {
    for x in [-2.0, -0.5, 0.0, 0.5, 1.0, 3.7] {
        assert_eq!(at!(steps, steps_grad, steps_hvp, steps_jvp, x), (1.0, 0.0));
    }
}

#[differentiable]
fn remainders(x: f64, y: f64) -> f64 {
    x % y + x.rem_euclid(y)
}

#[test]
fn remainders_follow_the_executed_quotient_at_multiples() {
    assert_eq!(remainders_grad(6.0, 2.0), (2.0, -6.0));
    assert_eq!(remainders_grad(-7.0, 2.0), (2.0, 7.0));
    assert_eq!(remainders_hvp(-7.0, 2.0, 1.0, 1.0), (0.0, 0.0));
}

#[differentiable]
fn branches(x: f64) -> f64 {
    if x >= 0.0 { x * x } else { -x }
}

#[test]
fn a_comparison_picks_its_branch() {
    assert_eq!(at!(branches, branches_grad, branches_hvp, branches_jvp, 0.0), (0.0, 2.0));
    assert_eq!(at!(branches, branches_grad, branches_hvp, branches_jvp, -1e-300), (-1.0, 0.0));
    assert_eq!(at!(branches, branches_grad, branches_hvp, branches_jvp, NAN), (-1.0, 0.0));
}

#[differentiable]
fn hinge_root(x: f64) -> f64 {
    x.max(0.0).sqrt()
}

#[differentiable]
fn root_of_absolute(x: f64) -> f64 {
    x.abs().sqrt()
}

#[differentiable]
fn unused_out_of_domain(x: f64) -> f64 {
    let angle = x.acos();
    let root = (1.0 - x * x).sqrt();
    let log = (1.0 - x).ln();
    if x > 1.0 { x * x } else { angle * root * log }
}

#[differentiable]
fn unused_at_the_edge(x: f64) -> f64 {
    let root = (x - 1.0).sqrt();
    let power = (x - 1.0).powf(0.5);
    let quotient = 1.0 / (x - 1.0);
    if x <= 1.0 { x * x * x } else { root * power * quotient }
}

#[differentiable]
fn weighted_roots(x: &[f64], w: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 0..x.len() {
        let root = x[i].sqrt();
        if w[i] > 0.0 {
            sum += w[i] * root;
        }
    }
    sum
}

#[test]
fn zero_stays_zero_through_an_infinite_partial() {
    assert_eq!(at!(hinge_root, hinge_root_grad, hinge_root_hvp, hinge_root_jvp, -1.0), (0.0, 0.0));
    let f = (root_of_absolute_grad(0.0), root_of_absolute_jvp(0.0, 1.0));
    assert_eq!(f, (0.0, (0.0, 0.0)));
    let f = at!(
        unused_out_of_domain,
        unused_out_of_domain_grad,
        unused_out_of_domain_hvp,
        unused_out_of_domain_jvp,
        2.0
    );
    assert_eq!(f, (4.0, 2.0));
    let f =
        at!(unused_at_the_edge, unused_at_the_edge_grad, unused_at_the_edge_hvp, unused_at_the_edge_jvp, 1.0);
    assert_eq!(f, (3.0, 6.0));
    let (gx, _) = weighted_roots_grad(&[0.0, 4.0], &[0.0, 2.0]);
    assert_eq!(gx, [0.0, 0.5]);
    let (hx, _) = weighted_roots_hvp(&[-1.0, 4.0], &[0.0, 2.0], &[1.0, 1.0], &[0.0, 0.0]);
    assert_eq!(hx, [0.0, -0.0625]);
}

/// The softplus function as it is guarded against overflow, by what overflows itself.
#[differentiable]
fn guarded_softplus(x: f64) -> f64 {
    let e = x.exp();
    if e.is_infinite() { x } else { e.ln_1p() }
}

#[differentiable]
fn guarded_product(x: f64) -> f64 {
    let scaled = x.cosh() * x.powi(5) * (0.5 * x).exp2();
    let inverse = 1.0 / (x - 800.0);
    let weight = inverse * inverse * scaled;
    if weight.is_finite() { weight } else { 3.0 * x }
}

/// Out of their domain, or of infinity, functions are not numbers.
#[differentiable]
fn guarded_domain(x: f64) -> f64 {
    let scaled = x.acos() * (1.0 - x * x).sqrt() * (x % 0.0);
    let wave = x.exp().sin() * x;
    if x > 1.0 { x * x } else { scaled + wave }
}

#[differentiable]
fn guarded_squaring(x: f64) -> f64 {
    let mut r = x;
    for _ in 0..12 {
        r = r * r;
    }
    let mut sum = x * x;
    if r < 1e10 {
        sum += r;
    }
    sum
}

#[test]
fn what_overflowed_and_is_not_used_leaves_no_trace() {
    let x = 800.0;
    let f = at!(guarded_softplus, guarded_softplus_grad, guarded_softplus_hvp, guarded_softplus_jvp, x);
    assert_eq!(f, (1.0, 0.0));
    let f = at!(guarded_product, guarded_product_grad, guarded_product_hvp, guarded_product_jvp, x);
    assert_eq!(f, (3.0, 0.0));
    let f = at!(guarded_domain, guarded_domain_grad, guarded_domain_hvp, guarded_domain_jvp, x);
    assert_eq!(f, (1600.0, 2.0));
    let f = at!(guarded_squaring, guarded_squaring_grad, guarded_squaring_hvp, guarded_squaring_jvp, x);
    assert_eq!(f, (1600.0, 2.0));
}

#[differentiable]
fn product_and_quotient(x: f64, y: f64) -> f64 {
    x * y + x / y
}

#[test]
fn infinite_and_undefined_values_pass_through() {
    assert_eq!(product_and_quotient_grad(1.0, INFINITY), (INFINITY, 1.0));
    assert!(product_and_quotient_grad(NAN, 1.0).1.is_nan());
    assert_eq!(product_and_quotient_grad(NAN, 1.0).0, 2.0);
    let (value, _) = product_and_quotient_value_and_grad(NAN, 1.0);
    assert_same_bits(value, product_and_quotient(NAN, 1.0), "value");
}

#[differentiable]
fn signed_zero(x: &[f64]) -> f64 {
    x.iter().sum::<f64>()
}

#[test]
fn an_empty_sum_keeps_its_sign() {
    assert_same_bits(signed_zero_value_and_grad(&[]).0, signed_zero(&[]), "value of an empty sum");
    assert_same_bits(
        signed_zero_value_and_grad(&[-0.0]).0,
        signed_zero(&[-0.0]),
        "value of a sum of negative zero",
    );
}

/// Each factor of `x` is infinite because an operand is.
macro_rules! guarded {
    ($($name:ident: $x:ident, $e:ident => $factor:expr;)*) => { $(
        #[differentiable]
        fn $name($x: f64) -> f64 {
            let $e = $x.exp();
            let product = $x * $factor;
            if product.is_finite() { product } else { 3.0 * $x }
        }
    )* };
}
guarded! {
    guarded_negative: x, e => -e;
    guarded_choice: x, e => if x > 0.0 { e } else { 1.0 };
    guarded_fused: x, e => e.mul_add(2.0, 1.0);
    guarded_clamped: x, e => e.clamp(0.0, f64::INFINITY);
    guarded_largest: x, e => e.max(1.0);
    guarded_power: x, _e => (2.0 * x).powi(200);
    guarded_logarithm: x, _e => (x - 800.0).log(2.0);
}

/// The adjoint that a call hands back may be one that nobody used.
#[differentiable]
#[inline(never)]
fn halved(a: f64) -> f64 {
    a * 0.5
}

#[differentiable]
fn guarded_in_a_call(x: f64) -> f64 {
    let e = x.exp();
    let y = halved(x * e);
    if e.is_finite() { y } else { 3.0 * x }
}

#[differentiable]
#[inline(never)]
fn grown(x: f64) -> f64 {
    x.exp() * x
}

/// The call gets the adjoint zero.
#[differentiable]
fn guarded_result_of_a_call(x: f64) -> f64 {
    let e = grown(x);
    if e.is_finite() { e } else { 3.0 * x }
}

#[differentiable]
fn guarded_element(x: f64) -> f64 {
    let e = x.exp();
    let mut a = [0.0; 2];
    a[0] = e * x;
    a[1] = 3.0 * x;
    if e.is_finite() { a[0] } else { a[1] }
}

#[differentiable]
fn guarded_before_a_loop(x: f64) -> f64 {
    let mut r = x * x.exp();
    for _ in 0..3 {
        r *= 0.5;
    }
    if r.is_finite() { r } else { 3.0 * x }
}

#[differentiable]
fn guarded_twice(x: f64) -> f64 {
    let a = x * x.exp();
    let b = a * a;
    let (t, s) = (b * 3.0, b * 0.5);
    let u = if b.is_finite() { t } else { 3.0 * x };
    let w = if b.is_finite() { s } else { 1.0 };
    u * w
}

#[test]
fn what_overflowed_leaves_no_trace_whatever_made_it() {
    macro_rules! check {
        ($($grad:ident $hvp:ident)*) => { $(
            assert_eq!($grad(800.0), 3.0, stringify!($grad));
            assert_eq!($hvp(800.0, 2.0), 0.0, stringify!($hvp));
        )* };
    }
    check! {
        guarded_negative_grad guarded_negative_hvp
        guarded_choice_grad guarded_choice_hvp
        guarded_fused_grad guarded_fused_hvp
        guarded_clamped_grad guarded_clamped_hvp
        guarded_largest_grad guarded_largest_hvp
        guarded_power_grad guarded_power_hvp
        guarded_logarithm_grad guarded_logarithm_hvp
        guarded_in_a_call_grad guarded_in_a_call_hvp
        guarded_result_of_a_call_grad guarded_result_of_a_call_hvp
        guarded_element_grad guarded_element_hvp
        guarded_before_a_loop_grad guarded_before_a_loop_hvp
        guarded_twice_grad guarded_twice_hvp
    }
}

#[differentiable]
fn by_whole_numbers(x: &[f64]) -> f64 {
    let sum: f64 = x.iter().sum();
    sum.floor() * x[0] + (sum % 1.0) * x[1] + (sum - 1.0).signum() * x[2]
}

/// In turn the ten numbers add up to less than one, in another order to one.
#[test]
fn jumps_are_where_the_function_has_them() {
    let x = [0.1; 10];
    let sum: f64 = x.iter().sum();
    assert!(sum < 1.0);
    let mut expected = [0.1; 10];
    expected[1] += sum;
    expected[2] -= 1.0;
    assert_eq!(by_whole_numbers_grad(&x), expected);
    let v = points(3, 1, 10, -1.0, 1.0).remove(0);
    let of_first: f64 = v.iter().sum();
    let mut product = vec![v[1]; 10];
    product[1] += of_first;
    assert_close(&by_whole_numbers_hvp(&x, &v), &product, 1e-14, "jumps");
}
