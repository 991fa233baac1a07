//! Results that are vectors, and `&mut` parameters as outputs.

use crate::support::*;
use hvp::differentiable;

#[differentiable]
fn polar(x: f64, y: f64) -> [f64; 2] {
    [(x * x + y * y).sqrt(), y.atan2(x)]
}

#[differentiable]
fn pair(x: &[f64]) -> (f64, f64) {
    (x[0] * x[1], x[1].sin())
}

#[differentiable]
fn products(x: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; x.len()];
    for i in 0..x.len() {
        out[i] = x[i] * x[(i + 1) % x.len()].exp();
    }
    out
}

#[differentiable]
fn rotated(x: &[f64; 3], angle: f64) -> [f64; 3] {
    let (s, c) = angle.sin_cos();
    [c * x[0] - s * x[1], s * x[0] + c * x[1], x[2] * x[2]]
}

/// Transposed products agree: ⟨J v, w⟩ = ⟨v, Jᵀ w⟩.
fn assert_transposed(jv: &[f64], w: &[f64], v: &[f64], jtw: &[f64]) {
    let size: f64 = jv.iter().zip(w).map(|(a, b)| (a * b).abs()).sum();
    // A sum of a few products in another order.
    assert!(
        (dot(jv, w) - dot(v, jtw)).abs() <= 1e-13 * size,
        "⟨Jv, w⟩ = {}, ⟨v, Jᵀw⟩ = {}",
        dot(jv, w),
        dot(v, jtw)
    );
}

#[test]
fn an_array_of_two_scalars() {
    let (x, y) = (0.6, -0.8);
    let (value, tangent): ([f64; 2], [f64; 2]) = polar_jvp(x, y, 1.0, 2.0);
    assert_eq!(value, polar(x, y));
    // r = 1: ∂r = (x, y), ∂φ = (−y, x).
    assert_close(&tangent, &[x + 2.0 * y, -y + 2.0 * x], 1e-14, "jvp");
    let (gx, gy): (f64, f64) = polar_vjp(x, y, &[0.5, -3.0]);
    assert_close(&[gx, gy], &[0.5 * x + 3.0 * y, 0.5 * y - 3.0 * x], 1e-14, "vjp");
}

#[test]
fn a_tuple_of_reals() {
    let x = [0.6, -0.8];
    let (value, tangent): ((f64, f64), (f64, f64)) = pair_jvp(&x, &[1.0, 2.0]);
    assert_eq!(value, pair(&x));
    assert_close(&tangent.flat(), &[x[1] + 2.0 * x[0], 2.0 * x[1].cos()], 1e-14, "jvp");
    let g: Vec<f64> = pair_vjp(&x, (0.5, -3.0));
    assert_close(&g, &[0.5 * x[1], 0.5 * x[0] - 3.0 * x[1].cos()], 1e-14, "vjp");
}

#[test]
fn a_vec_with_its_jacobian() {
    let mut rng = rng(21);
    let (x, v, w) =
        (point(&mut rng, 4, -1.0, 1.0), point(&mut rng, 4, -1.0, 1.0), point(&mut rng, 4, -1.0, 1.0));
    let (value, jv): (Vec<f64>, Vec<f64>) = products_jvp(&x, &v);
    let jtw: Vec<f64> = products_vjp(&x, &w);
    assert_eq!(value, products(&x));
    assert_transposed(&jv, &w, &v, &jtw);
}

#[test]
fn an_array_of_an_array_and_a_scalar() {
    let mut rng = rng(22);
    let x: [f64; 3] = array(&point(&mut rng, 3, -1.0, 1.0));
    let v: [f64; 3] = array(&point(&mut rng, 3, -1.0, 1.0));
    let w: [f64; 3] = array(&point(&mut rng, 3, -1.0, 1.0));
    let (value, jv): ([f64; 3], [f64; 3]) = rotated_jvp(&x, 0.7, &v, 0.4);
    let (gx, ga): ([f64; 3], f64) = rotated_vjp(&x, 0.7, &w);
    assert_eq!(value, rotated(&x, 0.7));
    assert_transposed(&jv, &w, &[&v[..], &[0.4]].concat(), &[&gx[..], &[ga]].concat());
    let (s, c) = 0.7_f64.sin_cos();
    let want = [c * w[0] + s * w[1], -s * w[0] + c * w[1], 2.0 * x[2] * w[2]];
    assert_close(&gx, &want, 1e-14, "vjp");
}

#[differentiable]
fn pendulum(y: &[f64], k: f64, dy: &mut [f64]) {
    dy[0] = y[1];
    dy[1] = -k * y[0].sin();
}

#[test]
fn a_right_hand_side_writes_into_its_output() {
    let (y, k) = ([0.3, -0.5], 1.7);
    let mut dy = [9.0, 9.0];
    let mut dy_dot = [7.0, 7.0];
    pendulum_jvp(&y, k, &mut dy, &mut dy_dot, &[1.0, 2.0], 0.5);
    let mut want = [0.0, 0.0];
    pendulum(&y, k, &mut want);
    assert_eq!(dy, want);
    assert_close(&dy_dot, &[2.0, -0.5 * y[0].sin() - k * y[0].cos()], 1e-14, "jvp");
    let mut dy = [9.0, 9.0];
    let (gy, gk): (Vec<f64>, f64) = pendulum_vjp(&y, k, &mut dy, &[0.25, -3.0]);
    assert_eq!(dy, want);
    assert_close(&gy, &[3.0 * k * y[0].cos(), 0.25], 1e-14, "vjp");
    assert_near(gk, 3.0 * y[0].sin(), 1e-14, "vjp of the scalar");
}

#[differentiable]
fn relax(state: &mut [f64], rate: f64) {
    for i in 0..state.len() {
        state[i] = state[i] * state[i] * rate;
    }
    for i in 1..state.len() {
        state[i] += state[i - 1].sin();
    }
}

/// The derivative of `relax` by its formula, for two entries.
fn relax_by_hand(x: [f64; 2], r: f64, v: [f64; 2], s: f64) -> [f64; 2] {
    let (a, a_dot) = (x[0] * x[0] * r, 2.0 * x[0] * v[0] * r + x[0] * x[0] * s);
    [a_dot, 2.0 * x[1] * v[1] * r + x[1] * x[1] * s + a.cos() * a_dot]
}

#[test]
fn what_is_read_before_it_is_written_is_an_input_too() {
    let (x, rate) = ([0.7, -1.2], 0.9);
    let (v, s) = ([0.3, 0.8], -0.4);
    let mut state = x;
    let mut state_dot = v;
    relax_jvp(&mut state, &mut state_dot, rate, s);
    let mut want = x;
    relax(&mut want, rate);
    assert_eq!(state, want);
    assert_close(&state_dot, &relax_by_hand(x, rate, v, s), 1e-14, "jvp");

    let w = [1.5, -0.6];
    let mut state = x;
    let (g, g_rate): (Vec<f64>, f64) = relax_vjp(&mut state, rate, &w);
    assert_eq!(state, want);
    assert_transposed(&state_dot, &w, &[v[0], v[1], s], &[g[0], g[1], g_rate]);
    assert_near(g[1], w[1] * 2.0 * x[1] * rate, 1e-14, "vjp");
}

#[differentiable]
fn accumulate(x: f64, total: &mut f64, history: &mut [f64; 2]) -> f64 {
    history[0] = history[1] * x;
    *total += x * x;
    history[1] = *total * x;
    *total * history[0]
}

#[test]
fn a_result_beside_outputs() {
    let (x, t, h) = (0.7, 1.3, [0.4, -0.9]);
    let (x_dot, t_dot, h_dot) = (0.6, -0.2, [0.5, 1.1]);
    let (mut total, mut total_dot, mut history, mut history_dot) = (t, t_dot, h, h_dot);
    let (value, value_dot): (f64, f64) =
        accumulate_jvp(x, &mut total, &mut total_dot, &mut history, &mut history_dot, x_dot);
    let (mut want_total, mut want_history) = (t, h);
    let want = accumulate(x, &mut want_total, &mut want_history);
    assert_eq!((value, total, history), (want, want_total, want_history));
    let first_dot = h_dot[1] * x + h[1] * x_dot;
    let sum_dot = t_dot + 2.0 * x * x_dot;
    let second_dot = sum_dot * x + total * x_dot;
    assert_near(total_dot, sum_dot, 1e-14, "total");
    assert_close(&history_dot, &[first_dot, second_dot], 1e-14, "history");
    assert_near(value_dot, sum_dot * history[0] + total * first_dot, 1e-14, "value");

    let (w, w_total, w_history) = (0.8, -1.4, [0.3, 2.0]);
    let (mut total, mut history) = (t, h);
    let (gx, gt, gh): (f64, f64, [f64; 2]) =
        accumulate_vjp(x, &mut total, &mut history, w, w_total, &w_history);
    assert_eq!((total, history), (want_total, want_history));
    let out = [value_dot, total_dot, history_dot[0], history_dot[1]];
    let weights = [w, w_total, w_history[0], w_history[1]];
    assert_transposed(&out, &weights, &[x_dot, t_dot, h_dot[0], h_dot[1]], &[gx, gt, gh[0], gh[1]]);
    assert_eq!(gh[0], 0.0);
}

#[differentiable(wrt(x))]
fn with_scratch(x: &[f64], scratch: &mut [f64]) -> f64 {
    let mut s = 0.0;
    for i in 0..x.len() {
        scratch[i] = (i * 2) as f64;
        s += x[i] * x[i] * scratch[i];
    }
    s
}

#[test]
fn passive_outputs_are_left_as_the_function_leaves_them() {
    let x = [1.0, 2.0, 3.0];
    let (mut a, mut b) = ([0.0; 3], [0.0; 3]);
    let _ = with_scratch(&x, &mut a);
    assert_eq!(with_scratch_grad(&x, &mut b), [0.0, 8.0, 24.0]);
    assert_eq!(a, b);
    assert_eq!(with_scratch_hvp(&x, &mut b, &[1.0, 1.0, 1.0]), [0.0, 4.0, 8.0]);
}
