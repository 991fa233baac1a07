//! Small things that people write.

use crate::support::*;
use hvp::differentiable;

static OFFSET: f64 = 0.25;

twin! {
    const SCALE: f64 = 1.5;

    #[differentiable]
    fn literals(x: f64) -> f64 {
        let a = 1e-1 * x + 1_000.0 * x * x - 2f64 * x + 1. / x;
        let b = -2.0_f64.powi(2) * x + -x.powi(2) + (-x).powi(2) - -x;
        let c = 0x10 as f64 * x + 7_i32 as f64 - 3u8 as f64 * x;
        a * b - c / 3.0e0
    }

    #[differentiable]
    fn association(x: &[f64]) -> f64 {
        let (a, b, c, d) = (x[0], x[1], x[2], x[3]);
        a - (b - c) - d + a / b * c / (d / a) - (a + b) * (c - d) - (a - (b - (c - d * a)))
    }

    #[differentiable]
    fn constants(x: f64) -> f64 {
        use std::f64::consts::FRAC_PI_2;
        const LOCAL: f64 = 2.5;
        let y = x * SCALE + LOCAL + OFFSET * x;
        (y * std::f64::consts::PI + FRAC_PI_2).sin() + x * f64::EPSILON
    }

    #[differentiable]
    fn deferred(x: &[f64]) -> f64 {
        let y;
        let z: f64;
        if x[0] > x[1] {
            y = x[0] * x[1];
            z = y * 2.0;
        } else {
            z = x[1].exp();
            y = z + x[0];
        }
        y * z
    }

    #[differentiable]
    fn flags(x: &[f64]) -> f64 {
        let positive = x[0] > 0.0;
        let large = x[1].abs() > 0.7 || positive;
        let mut any = false;
        let mut s = x[0];
        for i in 0..x.len() {
            any |= x[i] < 0.0;
            if positive != large && !any {
                s *= x[i];
            } else if any ^ positive {
                s += x[i] * x[i];
            }
        }
        if any && large { s * s } else { s.sin() }
    }

    #[differentiable]
    fn bits_of_indices(x: &[f64]) -> f64 {
        let n = x.len();
        let mut s = 1.0;
        for i in 0..n * 3 {
            let j = (i * 7 + 3) % n;
            let k = n - 1 - i.min(n - 1);
            let sign = if i & 1 == 0 { 1.0 } else { -1.0 };
            if (i >> 1) % 2 == 1 {
                s += sign * x[j] * x[k];
            } else {
                s *= 1.0 + 0.1 * x[i.wrapping_sub(1) % n];
            }
        }
        s
    }

    #[differentiable]
    fn references(x: &[f64], m: &[[f64; 2]]) -> f64 {
        let first = &x[0];
        let row = &m[1];
        let (left, right) = (&x[..2], &x[2..]);
        let mut buffer = [0.0; 3];
        {
            let b = &mut buffer;
            b[0] = *first * row[0];
            b[1] = left[1] * right[0];
        }
        let last = &mut buffer[2];
        *last = row[1] * first;
        *last += 1.0;
        buffer[0] * buffer[1] * buffer[2]
    }

    #[differentiable]
    fn fields(x: f64, y: f64) -> f64 {
        let mut p = (x * y, y);
        p.0 += p.1 * x;
        p.1 *= p.0;
        let q = (p, x);
        q.0.0 * q.0.1 + q.1
    }

    #[differentiable(wrt(x))]
    fn passive_work(x: &[f64], w: &[f64], n: usize) -> f64 {
        assert!(n <= x.len(), "too many: {n}");
        debug_assert_eq!(w.len(), x.len());
        let h = 1.0 / n as f64;
        let total: f64 = w.iter().sum();
        let top = w.iter().copied().fold(0.0, f64::max);
        let mut state = 17u32;
        let mut s = 0.0;
        for i in 0..n {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (state >> 8) as f64 / 16_777_216.0;
            s += (x[i] * noise + h).sin() * w[i] * top;
        }
        if !total.is_finite() {
            panic!("no total: {total}");
        }
        s * total
    }

    #[differentiable(wrt(x))]
    fn through_an_iterator_of_data(x: &[f64], w: &[f64]) -> f64 {
        let mut it = w.iter();
        let mut s = x[0];
        for i in 0..x.len() {
            let c = *it.next().unwrap_or(&2.0);
            s = s * c + x[i] * x[i] * s;
        }
        s
    }

    #[differentiable]
    fn nothing_to_do(x: &[f64]) -> f64 {
        let mut s = 2.0;
        for i in 0..x.len() {
            s += x[i] * s;
            for _ in 0..0 {
                s *= x[99];
            }
        }
        let y: &[f64] = &x[x.len()..];
        for i in 0..y.len() {
            s *= y[i];
        }
        s
    }

    #[differentiable]
    fn constant(x: &[f64]) -> f64 {
        let _unused = x[0] * 2.0;
        3.5
    }

    #[differentiable]
    fn linear(x: &[f64]) -> f64 {
        2.0 * x[0] - x[1] / 3.0
    }

    #[differentiable]
    fn same_value_twice(x: f64) -> f64 {
        let y = x;
        let z = y;
        x * y * z + (y - z)
    }

    #[differentiable]
    fn lifetimes<'a>(x: &'a [f64], w: &'a [f64]) -> f64
    where
        'a: 'a,
    {
        x[0] * w[0] * x[1]
    }

    #[differentiable]
    fn changed_parameter(mut x: f64, mut a: [f64; 2]) -> f64 {
        x *= x;
        a[0] += x;
        a[1] *= a[0];
        x * a[0] * a[1]
    }

    #[differentiable]
    #[inline]
    #[must_use]
    pub(crate) fn printed(x: f64) -> f64 {
        let y = x * x;
        println!("at {x} it is {y:.3}, {}", y * 2.0);
        eprintln!("{y:?}");
        y * x
    }

    #[differentiable]
    fn never_returns_here(x: f64, mode: u8) -> f64 {
        let scale = match mode {
            0 => 1.0,
            1 => x,
            _ => unreachable!("mode {mode}"),
        };
        if mode > 7 {
            todo!()
        }
        scale * x * x
    }
}

#[test]
fn scalars() {
    for x in points(131, 5, 4, 0.2, 1.5) {
        check(&derived!(|x| literals(x[0])), &x[..1], 1e-12);
        check(&derived!(|x| association(x)), &x, 1e-12);
        check(&derived!(|x| constants(x[0])), &x[..1], 1e-12);
        check(&derived!(|x| deferred(x)), &x, 1e-12);
        check(&derived!(|x| fields(x[0], x[1])), &x[..2], 1e-12);
        check(&derived!(|x| same_value_twice(x[0])), &x[..1], 1e-12);
        check(&derived!(|x| linear(x)), &x, 1e-12);
        check(&derived!(|x| constant(x)), &x, 1e-12);
        check(&derived!(|x| changed_parameter(x[0], array(&x[1..]))), &x[..3], 1e-12);
        check(&derived!(|x| printed(x[0])), &x[..1], 1e-12);
        check(&derived!(|x| never_returns_here(x[0], 1)), &x[..1], 1e-12);
        check(&derived!(|x| lifetimes(&x[..2], &x[2..])), &x, 1e-12);
    }
}

#[test]
fn arrays_and_state() {
    let w = [0.4, -1.2, 0.9, 2.0];
    for x in points(132, 5, 4, -1.5, 1.5) {
        check(&derived!(|x| flags(x)), &x, 1e-12);
        check(&derived!(|x| bits_of_indices(x)), &x, 1e-12);
        check(&derived!(|x| passive_work(x, &w, 3)), &x, 1e-12);
        check(&derived!(|x| through_an_iterator_of_data(x, &w[..2])), &x, 1e-12);
        check(&derived!(|x| nothing_to_do(x)), &x, 1e-12);
    }
    check(&derived!(|x| nothing_to_do(x)), &[], 1e-12);
    check_everywhere(
        &derived!(|x| references(&x[..3], &rows(&x[3..]))),
        &points(133, 4, 7, -1.5, 1.5),
        1e-12,
    );
}

#[test]
#[should_panic(expected = "too many: 9")]
fn assertions_speak_as_the_function_does() {
    let _ = passive_work_grad(&[1.0], &[1.0], 9);
}

#[test]
#[should_panic(expected = "index out of bounds")]
fn a_panic_of_the_function_is_a_panic_of_its_derivative() {
    let _ = lifetimes_hvp(&[1.0], &[1.0], &[1.0], &[1.0]);
}

#[differentiable]
fn clipped(x: f64, out: &mut f64) {
    if x > 1.0 {
        *out = 1.0;
        return;
    }
    *out = x * x;
    *out *= x;
}

#[test]
fn an_output_is_a_scalar_and_the_function_returns_early() {
    let (mut out, mut out_dot) = (0.0, 5.0);
    clipped_jvp(0.5, &mut out, &mut out_dot, 1.0);
    assert_eq!((out, out_dot), (0.125, 0.75));
    clipped_jvp(2.0, &mut out, &mut out_dot, 1.0);
    assert_eq!((out, out_dot), (1.0, 0.0));
    assert_eq!(clipped_vjp(0.5, &mut out, 2.0), 1.5);
    assert_eq!(clipped_vjp(2.0, &mut out, 2.0), 0.0);
}

#[differentiable(wrt(x))]
fn widened(x: f64, y: f32) -> f64 {
    x * x * x + f64::from(y) * x + y as f64
}

#[test]
fn a_cast_to_the_wider_type_has_slope_one() {
    assert_eq!(widened_grad(1.5, 2.0), 3.0 * 2.25 + 2.0);
}

#[differentiable]
fn entropy(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 0..x.len() {
        if x[i] == 0.0 {
            continue;
        }
        assert!(x[i] > 0.0, "not positive: {i}");
        sum -= x[i] * x[i].ln();
    }
    sum
}

#[differentiable]
fn log_sum(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 0..x.len() {
        assert!(x[i] > 0.0, "not positive: {i}");
        sum += x[i].ln();
    }
    sum
}

/// No iteration needs another, so that the primal loop could be left away, but for the assertion.
#[test]
fn an_assertion_in_a_loop_is_kept_by_the_derivatives() {
    let message =
        |run: fn() -> Vec<f64>| *std::panic::catch_unwind(run).unwrap_err().downcast::<String>().unwrap();
    assert_eq!(message(|| log_sum_grad(&[1.0, -1.0])), "not positive: 1");
    assert_eq!(message(|| log_sum_hvp(&[1.0, -1.0], &[1.0, 1.0])), "not positive: 1");
    assert_eq!(message(|| entropy_grad(&[1.0, 0.0, -1.0])), "not positive: 2");
    assert_eq!(message(|| entropy_hvp(&[1.0, 0.0, -1.0], &[1.0; 3])), "not positive: 2");
    assert_eq!(entropy_grad(&[1.0, 0.0]), [-1.0, 0.0]);
}

#[differentiable]
fn enough(count: f64) -> Result<(), String> {
    if count > 1.5 { Ok(()) } else { Err(format!("{count} is too few")) }
}

#[differentiable]
fn moments(x: &[f64]) -> Result<f64, String> {
    let moment = |k: i32| x.iter().map(|v| v.powi(k)).sum::<f64>();
    let (a, b, c, d, e) = (moment(2), moment(3), moment(4), moment(5), moment(6));
    assert!(a > 1.0);
    for k in 0..2 {
        assert!(b > f64::from(k));
    }
    if c < 1.0 {
        panic!("the fourth moment is small");
    }
    if x.len() > 1 {
        assert!(d > 1.0);
    }
    enough(e.floor())?;
    Ok(a + b + c + d + e)
}

/// The derivative needs none of the sums; each is there for an assertion, for the way to it or for a call that may fail.
#[test]
fn what_is_asserted_is_computed() {
    let slope = |v: &f64| (1..6).map(|k| f64::from(k + 1) * v.powi(k)).sum::<f64>();
    let x = [1.1, -0.4, 0.9];
    assert_close(&moments_grad(&x).unwrap(), &x.each_ref().map(slope), 1e-14, "gradient");
    assert_eq!(moments_grad(&[1.05]), Err("1 is too few".to_owned()));
}

#[differentiable]
fn constants_with_methods(x: &[f64]) -> f64 {
    let k: f64 = 0.5;
    let n = 200_u8;
    assert!(k.total_cmp(&1.0).is_lt(), "{}", k.sin());
    x[0] * x[1] * k * f64::from(n.wrapping_mul(2)) * n.leading_zeros() as f64
}

#[test]
fn a_constant_keeps_its_type_in_the_users_text() {
    check(&derived!(alone | x | constants_with_methods(&x)), &[0.7, -0.4], 1e-9);
}
