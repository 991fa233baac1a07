//! Every method of the floats, as a method and as a path, operands active and passive, in first and second order.
//!
//! The closed forms stand in `support/elementary.rs`. 1e-12 allows for another form of the same derivative.

use crate::support::*;
use hvp::differentiable;

/// Functions of one real: the name and the points.
macro_rules! unary {
    ($($name:ident: $($at:expr),+;)*) => { $(
        mod $name {
            use super::*;

            twin! {
                #[differentiable]
                pub fn method(x: f64) -> f64 {
                    x.$name()
                }

                #[differentiable]
                pub fn path(x: f64) -> f64 {
                    f64::$name(x)
                }

                #[differentiable]
                pub fn inside(x: f64) -> f64 {
                    let y = (2.0 * x - 0.5).$name() * x;
                    y * y + y
                }
            }

            #[test]
            fn agrees_with_the_closed_form() {
                for at in [$($at),+] {
                    check(&derived!(|x| method(x[0])), &[at], 1e-12);
                    check(&derived!(|x| path(x[0])), &[at], 1e-12);
                    check(&derived!(|x| inside(x[0])), &[(at + 0.5) / 2.0], 1e-12);
                }
            }
        }
    )* };
}

unary! {
    sqrt: 0.3, 2.7;
    cbrt: 0.3, -2.7;
    recip: 0.3, -2.7;
    exp: 0.3, -2.7;
    exp2: 0.3, -2.7;
    exp_m1: 0.3, -2.7;
    ln: 0.3, 2.7;
    ln_1p: 0.3, -0.6;
    log2: 0.3, 2.7;
    log10: 0.3, 2.7;
    sin: 0.3, -2.7;
    cos: 0.3, -2.7;
    tan: 0.3, -2.7;
    asin: 0.3, -0.8;
    acos: 0.3, -0.8;
    atan: 0.3, -2.7;
    sinh: 0.3, -2.7;
    cosh: 0.3, -2.7;
    tanh: 0.3, -2.7;
    asinh: 0.3, -2.7;
    acosh: 1.3, 2.7;
    atanh: 0.3, -0.8;
    abs: 0.3, -2.7;
    signum: 0.3, -2.7;
    floor: 0.3, -2.7;
    ceil: 0.3, -2.7;
    round: 0.3, -2.7;
    round_ties_even: 0.3, -2.7;
    trunc: 0.3, -2.7;
    fract: 0.3, -2.7;
    to_degrees: 0.3, -2.7;
    to_radians: 0.3, -2.7;
}

/// Functions of two reals: the name and the points.
macro_rules! binary {
    ($($name:ident: $(($x:expr, $y:expr)),+;)*) => { $(
        mod $name {
            use super::*;

            twin! {
                #[differentiable]
                pub fn both(x: f64, y: f64) -> f64 {
                    x.$name(y)
                }

                #[differentiable]
                pub fn path(x: f64, y: f64) -> f64 {
                    f64::$name(x, y)
                }

                #[differentiable(wrt(x))]
                pub fn receiver(x: f64, y: f64) -> f64 {
                    x.$name(y)
                }

                #[differentiable(wrt(y))]
                pub fn argument(x: f64, y: f64) -> f64 {
                    x.$name(y)
                }

                #[differentiable]
                pub fn twice(x: f64) -> f64 {
                    x.$name(x) * x
                }

                #[differentiable]
                pub fn literal_receiver(x: f64) -> f64 {
                    1.75_f64.$name(x) * x
                }

                #[differentiable]
                pub fn literal_argument(x: f64) -> f64 {
                    x.$name(1.75) * x
                }

                #[differentiable]
                pub fn inside(x: f64, y: f64) -> f64 {
                    let z = (2.0 * x - 0.5).$name(y * 0.5) * x;
                    z * z + y
                }
            }

            #[test]
            fn agrees_with_the_closed_form() {
                for (a, b) in [$(($x, $y)),+] {
                    check(&derived!(|x| both(x[0], x[1])), &[a, b], 1e-12);
                    check(&derived!(|x| path(x[0], x[1])), &[a, b], 1e-12);
                    check(&derived!(|x| receiver(x[0], b)), &[a], 1e-12);
                    check(&derived!(|x| argument(a, x[0])), &[b], 1e-12);
                    check(&derived!(|x| inside(x[0], x[1])), &[(a + 0.5) / 2.0, 2.0 * b], 1e-12);
                }
            }

            #[test]
            fn one_operand_is_a_literal_or_both_are_the_same() {
                for at in [0.3, 1.6, 2.2] {
                    check(&derived!(|x| literal_receiver(x[0])), &[at], 1e-12);
                    check(&derived!(|x| literal_argument(x[0])), &[at], 1e-12);
                    check_exact(&derived!(|x| twice(x[0])), &[at], 1e-12);
                }
            }
        }
    )* };
}

binary! {
    powf: (0.3, 1.7), (2.7, -0.6);
    log: (0.3, 1.7), (2.7, 0.6);
    atan2: (0.3, 1.7), (-2.7, -0.6), (2.7, -0.6);
    hypot: (0.3, 1.7), (-2.7, -0.6);
    copysign: (0.3, 1.7), (-2.7, 0.6), (2.7, -0.6);
    max: (0.3, 1.7), (2.7, -0.6);
    min: (0.3, 1.7), (2.7, -0.6);
    rem_euclid: (0.3, 1.7), (-2.7, 0.6), (2.7, -0.7);
    div_euclid: (0.3, 1.7), (-2.7, 0.6), (2.7, -0.7);
}

twin! {
    #[differentiable]
    fn remainder(x: f64, y: f64) -> f64 {
        x % y * x
    }

    #[differentiable(wrt(x))]
    fn remainder_of(x: f64, y: f64) -> f64 {
        x % y * x
    }

    #[differentiable(wrt(y))]
    fn remainder_by(x: f64, y: f64) -> f64 {
        x % y * y
    }

    #[differentiable]
    fn arithmetic(x: f64, y: f64) -> f64 {
        -(x + y) * (x - 2.0 * y) / (1.5 + x * x) - 3.0 / y + x / 4.0 - (2.0 - x) * (y - 1.0)
    }

    #[differentiable(wrt(x))]
    fn passive_right(x: f64, y: f64) -> f64 {
        (x * y + y * x) * (x / y) - (y - x) * (x - y)
    }

    #[differentiable(wrt(y))]
    fn passive_left(x: f64, y: f64) -> f64 {
        (x * y + y * x) * (x / y) - (y - x) * (x - y)
    }

    #[differentiable]
    fn power(x: f64, n: i32) -> f64 {
        x.powi(n).sin() + f64::powi(x, 3) * x.powi(-1)
    }

    #[differentiable]
    fn fused(a: f64, b: f64, c: f64) -> f64 {
        a.mul_add(b, c) * f64::mul_add(c, a, 2.0) + b.mul_add(2.0, 1.0).mul_add(0.5, c)
    }

    #[differentiable(wrt(b))]
    fn fused_factor(a: f64, b: f64, c: f64) -> f64 {
        a.mul_add(b, c) * b.mul_add(a, c) * b
    }

    #[differentiable(wrt(c))]
    fn fused_summand(a: f64, b: f64, c: f64) -> f64 {
        let y = a.mul_add(b, c);
        y * y
    }

    #[differentiable]
    fn clamped(x: f64, low: f64, high: f64) -> f64 {
        let y = x.clamp(low, high);
        y * y * x + f64::clamp(x * 2.0, low, high) * low
    }

    #[differentiable(wrt(low, high))]
    fn clamped_by(x: f64, low: f64, high: f64) -> f64 {
        let y = x.clamp(low, high);
        y * y * y
    }

    #[differentiable]
    fn clamped_by_literals(x: f64) -> f64 {
        let y = (x * x).clamp(0.5, 2.0);
        y * y * x
    }

    #[differentiable]
    fn sine_and_cosine(x: f64) -> f64 {
        let (s, c) = x.sin_cos();
        let (_, again) = f64::sin_cos(2.0 * x);
        s * c * c + again
    }

    #[differentiable]
    fn compound(x: f64, y: f64) -> f64 {
        let mut z = x;
        z += y * y;
        z *= x;
        z -= 2.0 * y;
        z /= 1.0 + x * x;
        z %= 5.0;
        z
    }
}

#[test]
fn remainders_follow_the_executed_quotient() {
    for (a, b) in [(5.3, 1.7), (-5.3, 0.6), (2.7, -0.7)] {
        check(&derived!(|x| remainder(x[0], x[1])), &[a, b], 1e-12);
        check(&derived!(|x| remainder_of(x[0], b)), &[a], 1e-12);
        check(&derived!(|x| remainder_by(a, x[0])), &[b], 1e-12);
    }
}

#[test]
fn arithmetic_has_its_derivatives() {
    for x in points(3, 4, 2, 0.2, 2.0) {
        check(&derived!(|x| arithmetic(x[0], x[1])), &x, 1e-12);
        check(&derived!(|x| compound(x[0], x[1])), &x, 1e-12);
        let (a, b) = (x[0], x[1]);
        check(&derived!(|x| passive_right(x[0], b)), &[a], 1e-12);
        check(&derived!(|x| passive_left(a, x[0])), &[b], 1e-12);
    }
}

#[test]
fn integer_powers() {
    for n in [-3, -1, 0, 1, 2, 3, 7] {
        check(&derived!(|x| power(x[0], n)), &[1.3], 1e-12);
        check(&derived!(|x| power(x[0], n)), &[-0.7], 1e-12);
    }
}

#[test]
fn fused_multiplication() {
    for x in points(4, 4, 3, -2.0, 2.0) {
        check(&derived!(|x| fused(x[0], x[1], x[2])), &x, 1e-12);
        let (a, b, c) = (x[0], x[1], x[2]);
        check(&derived!(|x| fused_factor(a, x[0], c)), &[b], 1e-12);
        check(&derived!(|x| fused_summand(a, b, x[0])), &[c], 1e-12);
    }
}

#[test]
fn clamped_between_active_and_passive_bounds() {
    for at in [-1.2, 0.3, 0.45, 2.6] {
        check(&derived!(|x| clamped(x[0], x[1], x[2])), &[at, -0.4, 0.8], 1e-12);
        check(&derived!(|x| clamped_by(at, x[0], x[1])), &[-0.4, 0.8], 1e-12);
        check(&derived!(|x| clamped_by_literals(x[0])), &[at], 1e-12);
    }
}

#[test]
fn sine_and_cosine_at_once() {
    check_everywhere(&derived!(|x| sine_and_cosine(x[0])), &points(5, 3, 1, -3.0, 3.0), 1e-12);
}

/// The numbers live as long as the struct's, so that no objective can take others.
struct View<'a> {
    weights: &'a [f64],
}

impl<'a> View<'a> {
    #[differentiable(wrt(x))]
    fn square(&self, x: &'a [f64]) -> f64 {
        self.weights.iter().zip(x).map(|(w, x)| w * x * x).sum()
    }
}

#[test]
fn numbers_with_a_lifetime_of_the_struct_are_differentiated() {
    let (weights, x) = ([1.0, 2.0], [3.0, 4.0]);
    let view = View { weights: &weights };
    assert_eq!(view.square_grad(&x), [6.0, 16.0]);
    assert_eq!(view.square_hvp(&x, &[1.0, -1.0]), [2.0, -4.0]);
}
