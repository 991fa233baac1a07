//! Helpers that stand beside their caller, whose bodies are inlined.

use crate::support::*;
use hvp::differentiable;

const STIFFNESS: f64 = 1.5;

/// Data alone.
fn rate(k: usize) -> f64 {
    0.5 + k as f64
}

#[derive(Clone, Copy)]
enum Loss {
    Square,
    Huber(f64),
}

#[differentiable]
fn loss(kind: Loss, r: f64) -> f64 {
    match kind {
        Loss::Square => 0.5 * r * r,
        Loss::Huber(k) if r.abs() > k => return k * (r.abs() - 0.5 * k),
        Loss::Huber(_) => 0.5 * r * r,
    }
}

/// A layer of a network.
#[differentiable]
fn dense(w: &[f64], x: &[f64], m: usize) -> Vec<f64> {
    let n = x.len();
    let mut out = vec![0.0; m];
    for i in 0..m {
        let s: f64 = w[i * n..(i + 1) * n].iter().zip(x).map(|(a, b)| a * b).sum();
        out[i] = (s + w[m * n + i]).tanh();
    }
    out
}

#[differentiable(wrt(w))]
fn network(w: &[f64], kind: Loss, rows: &[[f64; 3]]) -> f64 {
    let (first, rest) = w.split_at(6);
    let mut total = 0.0;
    for row in rows {
        let inner = dense(first, &row[..2], 2);
        let out = dense(rest, &inner, 1);
        total += loss(kind, 2.0 * (out[0] - row[2]));
    }
    total
}

#[test]
fn layers_in_layers() {
    let rows = [[0.3, -0.8, 0.4], [1.2, 0.5, -2.6], [-0.4, 0.9, 0.1]];
    let points = points(71, 3, 9, -1.0, 1.0);
    check_everywhere(&derived!(alone | x | network(&x, Loss::Square, &rows)), &points, 1e-9);
    check_everywhere(&derived!(alone | x | network(&x, Loss::Huber(0.7), &rows)), &points, 1e-9);
}

#[differentiable]
fn field(p: &[f64], mut u: [f64; 2]) -> [f64; 2] {
    u[0] *= STIFFNESS;
    [p[0] * u[0] - p[1] * u[0] * u[1], p[2] * u[0] * u[1] - p[3] * u[1]]
}

#[differentiable]
fn step(p: &[f64], u: [f64; 2], h: f64) -> [f64; 2] {
    let slope = field(p, u);
    let middle = field(p, [u[0] + 0.5 * h * slope[0], u[1] + 0.5 * h * slope[1]]);
    [u[0] + h * middle[0], u[1] + h * middle[1]]
}

#[differentiable(wrt(p))]
fn trajectory(p: &[f64], data: &[f64]) -> f64 {
    let mut u = [p[4], p[5]];
    let mut misfit = 0.0;
    for y in data {
        u = step(p, u, 0.1);
        misfit += (u[0] - y).powi(2) + u[1];
    }
    misfit
}

#[test]
fn steps_in_steps() {
    check_everywhere(
        &derived!(alone | x | trajectory(&x, &[0.4, 0.9, 1.3, 1.1])),
        &points(72, 3, 6, 0.2, 1.0),
        1e-9,
    );
}

#[differentiable]
fn relax(u: &mut [f64], target: &[f64], total: &mut f64, sweeps: u8) {
    let n = u.len();
    if n == 0 {
        return;
    }
    for _ in 0..sweeps {
        for i in 1..n - 1 {
            u[i] = 0.25 * (u[i - 1] + 2.0 * u[i] + u[i + 1]) + 0.1 * target[i].sin();
        }
    }
    *total += u[n / 2] * u[n / 2];
}

#[differentiable]
fn relaxed(x: &[f64]) -> f64 {
    let (mut u, mut total) = (x.to_vec(), 0.0);
    relax(&mut u, x, &mut total, 2);
    let (left, right) = u.split_at_mut(3);
    relax(left, right, &mut total, 3);
    let mut none: Vec<f64> = Vec::new();
    relax(&mut none, &x[..0], &mut total, 1);
    total + u[1] * u[4]
}

#[test]
fn memory_that_helpers_change() {
    check_everywhere(&derived!(alone | x | relaxed(&x)), &points(73, 3, 6, -1.0, 1.0), 1e-9);
}

#[differentiable]
fn scaled(x: f64, k: usize) -> f64 {
    rate(k) * x + STIFFNESS
}

#[differentiable]
fn polar(x: f64, y: f64) -> (f64, f64) {
    let r = (x * x + y * y).sqrt();
    (r, y.atan2(x))
}

#[differentiable]
fn names(x: &[f64]) -> f64 {
    let polar = polar(x[0] + 2.0, x[1]);
    let rate = x[2] * 3.0;
    let scaled: f64 = x.iter().map(|v| scaled(*v, 2) * rate).sum();
    scaled * polar.1 + polar.0
}

/// `rate` is a variable of the caller's and a function to the helper.
#[test]
fn names_mean_what_they_mean_where_they_stand() {
    check_everywhere(&derived!(alone | x | names(&x)), &points(74, 3, 3, -1.0, 1.0), 1e-9);
}

#[differentiable]
fn factorial(x: f64, n: u32) -> f64 {
    if n == 0 { 1.0 } else { (x + n as f64) * factorial(x, n - 1) }
}

#[differentiable]
fn root(a: f64) -> f64 {
    let mut y = a;
    while (y * y - a).abs() > 1e-13 {
        y = 0.5 * (y + a / y);
    }
    y
}

#[differentiable]
#[inline(never)]
fn called(x: f64) -> f64 {
    assert!(x.is_finite(), "{x} is no number");
    x * x.sin()
}

#[differentiable]
fn beside_calls(x: &[f64]) -> f64 {
    x.iter().map(|v| factorial(*v, 3) * called(*v) + root(1.5 + v)).sum::<f64>() * scaled(x[0], 1)
}

#[test]
fn what_is_not_inlined_is_called() {
    check_everywhere(&derived!(alone | x | beside_calls(&x)), &points(75, 3, 3, -1.0, 1.0), 1e-8);
}

struct Model {
    rates: Vec<f64>,
}

impl Model {
    #[differentiable]
    fn energy(&self, x: &[f64]) -> f64 {
        x.iter().zip(&self.rates).map(|(x, rate)| scaled(*x, 3) * rate).map(square).sum()
    }
}

#[differentiable]
fn square(x: f64) -> f64 {
    x * x
}

#[test]
fn methods_see_the_functions_beside_their_type() {
    let model = Model { rates: vec![0.4, -1.2, 0.8] };
    check_everywhere(&derived!(alone | x | model.energy(&x)), &points(76, 3, 3, -1.0, 1.0), 1e-9);
}

#[test]
fn functions_in_a_block_see_each_other() {
    #[differentiable]
    fn cube(x: f64) -> f64 {
        x * x * x
    }
    #[differentiable]
    fn sum(x: &[f64]) -> f64 {
        x.iter().map(|x| cube(*x)).sum()
    }
    assert_eq!(sum_hvp(&[2.0, -1.0], &[1.0, 1.0]), [12.0, -6.0]);
}

struct Count(usize);

#[differentiable]
fn counted(x: f64, count: &mut Count) -> f64 {
    count.0 += 1;
    x.powi(count.0 as i32)
}

/// What a called function may not do: its caller cannot tell what it was.
#[differentiable]
fn counted_twice(x: f64, count: &mut Count) -> f64 {
    counted(x, count) * counted(x + 1.0, count)
}

#[test]
fn state_that_helpers_change_changes_once() {
    let mut count = Count(1);
    // x² (x + 1)³
    assert_eq!(counted_twice_grad(1.0, &mut count), 28.0);
    assert_eq!(count.0, 3);
    // x⁴ (x + 1)⁵
    assert_eq!(counted_twice_hvp(-1.0, &mut count, 1.0), 0.0);
    assert_eq!(count.0, 5);
}

const RATE: usize = 3;

#[differentiable]
fn by_the_rate(x: f64) -> f64 {
    x * x * RATE as f64
}

#[differentiable]
fn at_another_rate<const RATE: usize>(x: &[f64; RATE]) -> f64 {
    let mut s = 0.0;
    for i in 0..RATE {
        s += by_the_rate(x[i]);
    }
    s
}

struct Paced<T, const RATE: usize>(T);

impl<T, const RATE: usize> Paced<T, RATE> {
    #[differentiable(wrt(x))]
    fn sum(&self, x: &[f64]) -> f64 {
        by_the_rate(x[0]) + RATE as f64 * x[1]
    }
}

/// The constant of the helper is not the parameter of its caller, or of the `impl` around that.
#[test]
fn parameters_hide_nothing_from_helpers() {
    assert_eq!(at_another_rate_grad(&[0.5, 1.0]), [3.0, 6.0]);
    assert_eq!(Paced::<(), 7>(()).sum_grad(&[0.5, 1.0]), [3.0, 7.0]);
}

#[differentiable]
fn regrown(x: &[f64]) -> f64 {
    let mut rows = vec![x.to_vec(), vec![x[0]]];
    let mut row = std::mem::take(&mut rows[0]);
    row.push(row[0] * row[1]);
    rows[0] = row;
    rows[0].iter().map(|v| v * v * rows[1][0]).sum()
}

#[differentiable]
fn regrown_twice(x: &[f64]) -> f64 {
    regrown(x) * regrown(&x[1..])
}

#[test]
fn rows_that_helpers_take_out_may_come_back_longer() {
    check_everywhere(&derived!(alone | x | regrown_twice(&x)), &points(77, 3, 4, -1.0, 1.0), 1e-8);
}

#[differentiable]
fn first_above(a: f64, limit: f64) -> f64 {
    let mut sum = a;
    for k in 0..4 {
        if sum > limit {
            return f64::from(k) * a;
        }
        sum += a * a;
    }
    sum
}

#[differentiable(wrt(x))]
fn asked_in_a_guard(x: &[f64], kind: usize) -> f64 {
    let scale = match kind {
        0 => x[0].sin(),
        n if first_above(x[0], 1.5) > x[1] => n as f64 * x[0],
        _ => 0.5,
    };
    scale * x[1] * x[1]
}

/// A helper with an exit of its own, inlined in a guard.
#[test]
fn helpers_are_asked_in_guards() {
    for kind in 0..3_usize {
        check_everywhere(
            &derived!(alone | x | asked_in_a_guard(&x, kind)),
            &points(78, 2, 6, 0.2, 1.4),
            1e-8,
        );
    }
}

const NOTHING: f64 = f64::NEG_INFINITY;

#[differentiable]
fn log_sum(a: f64, b: f64) -> f64 {
    let m = a.max(b);
    if m == NOTHING {
        return NOTHING;
    }
    m + ((a - m).exp() + (b - m).exp()).ln()
}

#[differentiable]
fn log_sums(x: &[f64]) -> f64 {
    let mut sum = NOTHING;
    for v in x {
        sum = log_sum(sum, *v);
    }
    let found = 'found: {
        if x.len() > 9 {
            break 'found (NOTHING, NOTHING);
        }
        (x[0] * sum, x[1])
    };
    found.0 + found.1 * log_sum(NOTHING, x[0])
}

/// The first value of an exit is a constant whose type the macro does not see.
#[test]
fn a_constant_leaves_before_a_number() {
    check_everywhere(&derived!(alone | x | log_sums(&x)), &points(79, 3, 4, -1.0, 1.0), 1e-8);
    let (_, slope) = log_sum_jvp(0.3, NOTHING, 1.0, 0.0);
    assert_eq!(slope, 1.0);
}

/// Whether all of `a` could be scaled.
#[differentiable]
fn scale_all(a: &mut Vec<f64>, by: f64) -> bool {
    if by <= 0.0 {
        return false;
    }
    a.iter_mut().for_each(|v| *v *= by);
    true
}

#[differentiable]
fn positive(a: &mut [f64]) -> usize {
    let mut count = 0;
    for v in a.iter_mut() {
        if *v > 0.0 {
            *v *= *v;
            count += 1;
        }
    }
    count
}

#[differentiable]
fn told_by_flags(x: &[f64]) -> f64 {
    let mut a = x.to_vec();
    if !scale_all(&mut a, x[0]) {
        return -x[0];
    }
    let count = positive(&mut a[1..]);
    let mut kept = vec![];
    for i in 0..a.len() {
        if a[i] > 0.1 {
            kept.push(i);
        }
    }
    a.iter().sum::<f64>() * count as f64 + kept.iter().map(|i| a[*i] * x[*i]).sum::<f64>()
}

/// What a helper gives beside the memory that it writes may be a flag or a count alone.
#[test]
fn helpers_give_flags() {
    check_everywhere(&derived!(alone | x | told_by_flags(&x)), &points(80, 3, 4, 0.2, 1.0), 1e-8);
    assert_eq!(told_by_flags_grad(&[-1.0, 2.0]), [-1.0, 0.0]);
    let (mut a, weight) = (vec![1.0, 2.0], [1.0, 10.0]);
    assert_eq!(scale_all_vjp(&mut a, 3.0, (), &weight), (vec![3.0, 30.0], 21.0));
}

#[differentiable]
fn newton<F, G>(f: F, slope: G, mut x: f64) -> f64
where
    F: Fn(f64) -> f64,
    G: Fn(f64) -> f64,
{
    let mut rounds = 0;
    while f(x).abs() > 1e-13 && rounds < 50 {
        x -= f(x) / slope(x);
        rounds += 1;
    }
    x
}

#[differentiable]
fn simpson(f: impl Fn(f64) -> f64, a: f64, b: f64) -> f64 {
    let h = (b - a) / 6.0;
    let inner: f64 = (1..6).map(|i| if i % 2 == 0 { 2.0 } else { 4.0 } * f(a + i as f64 * h)).sum();
    h / 3.0 * (f(a) + inner + f(b))
}

#[differentiable]
fn bell(x: f64) -> f64 {
    (-x * x).exp()
}

/// Passes its function on, and one made of it.
#[differentiable]
fn moments(f: &dyn Fn(f64) -> f64, a: f64) -> [f64; 2] {
    [simpson(f, 0.0, a), simpson(|t| f(t) * t, -a, a)]
}

/// An integral in an integral, by the same helper.
#[differentiable]
fn double_integral(x: &[f64]) -> f64 {
    let inner = |y: f64| simpson(|z| (y * z * x[0]).sin() + z * x[1], 0.0, y);
    simpson(|y| inner(y) * simpson(|z| z * z * y, x[1], x[0]), x[1], x[0])
}

#[differentiable]
fn euler_step(rhs: &mut impl FnMut(&[f64], &mut [f64]), y: &mut [f64], h: f64) {
    let mut slope = vec![0.0; y.len()];
    rhs(y, &mut slope);
    for (y, s) in y.iter_mut().zip(&slope) {
        *y += h * s;
    }
}

#[differentiable]
fn by_functions(x: &[f64]) -> f64 {
    let root = newton(|t| t.exp() - x[0], f64::exp, 0.5) + newton(|t| t * t - x[1], |t| 2.0 * t, 1.0);
    let area = simpson(bell, 0.0, x[0]);
    let [zeroth, first] = moments(&|t| (x[1] * t).cos() + t, x[0]);
    let (mut y, mut calls) = ([x[0], x[1]], 0);
    let mut rhs = |y: &[f64], slope: &mut [f64]| {
        calls += 1;
        slope[0] = -y[1] * x[0];
        slope[1] = y[0];
    };
    for _ in 0..3 {
        euler_step(&mut rhs, &mut y, 0.1);
    }
    root * area + zeroth * first + y[0] * y[1] * calls as f64
}

/// Nothing but its callers knows the derivative of a helper that takes functions.
#[test]
fn helpers_take_functions() {
    check_everywhere(&derived!(alone | x | by_functions(&x)), &points(84, 3, 2, 0.5, 1.5), 1e-7);
    check_everywhere(&derived!(alone | x | double_integral(&x)), &points(85, 3, 2, 0.5, 1.5), 1e-7);
}

#[differentiable]
fn log_sum_exp<I>(values: I) -> f64
where
    I: Iterator<Item = f64> + Clone,
{
    let top = values.clone().fold(f64::NEG_INFINITY, f64::max);
    top + values.map(|v| (v - top).exp()).sum::<f64>().ln()
}

#[differentiable(wrt(x, y))]
fn transport(x: &[f64], y: &[f64], eps: f64) -> f64 {
    let mut g = vec![0.0; y.len()];
    for _ in 0..3 {
        let f: Vec<f64> = x
            .iter()
            .map(|x| -eps * log_sum_exp(y.iter().zip(&g).map(|(y, g)| (g - (x - y).powi(2)) / eps)))
            .collect();
        for (g, y) in g.iter_mut().zip(y) {
            *g = -eps * log_sum_exp(x.iter().zip(&f).map(|(x, f)| (f - (x - y).powi(2)) / eps));
        }
    }
    g.iter().map(|g| g * g).sum()
}

/// Twenty-four calls are longer than what is inlined for the sake of speed, but cannot be calls.
#[differentiable]
fn many(x: &[f64]) -> f64 {
    let sum = |from: usize| log_sum_exp(x[from..].iter().map(|v| v * v));
    let four = |from: usize| sum(from) * sum(from + 1) + sum(from) - sum(from + 1);
    let twelve = |from: usize| four(from) * four(from) - four(from);
    twelve(0) * twelve(1)
}

#[test]
fn helpers_take_iterators_of_any_type() {
    check_everywhere(
        &derived!(alone | x | transport(&x[..3], &x[3..], 0.5)),
        &points(91, 2, 5, -1.0, 1.0),
        1e-9,
    );
    check_everywhere(&derived!(alone | x | many(&x)), &points(92, 2, 4, -1.0, 1.0), 1e-9);
}

mod with_constants {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn gauss<F: Fn(f64) -> f64>(f: F, a: f64, b: f64) -> f64 {
        const AT: [f64; 2] = [-0.5773502691896258, 0.5773502691896258];
        let (c, h) = (0.5 * (a + b), 0.5 * (b - a));
        AT.iter().map(|at| h * f(c + h * at)).sum()
    }

    #[differentiable]
    fn simpson<F>(f: F, a: f64, b: f64) -> f64
    where
        F: Fn(f64) -> f64,
    {
        const N: usize = 3;
        const AT: [f64; N] = [0.0, 0.5, 1.0];
        const W: [f64; N] = [1.0, 4.0, 1.0];
        let mut sum = 0.0;
        for i in 0..N {
            sum += W[i] * f(a + (b - a) * AT[i]);
        }
        sum * (b - a) / 6.0
    }

    /// Both helpers name their constants and the type of their function alike.
    #[differentiable(wrt(p))]
    fn integrals(p: &[f64; 2], end: f64) -> f64 {
        let decay = |t: f64| (-t * p[0]).exp() * p[1];
        gauss(&decay, 0.0, end) * simpson(&decay, p[0], end) + simpson(|t| t * decay(t), 0.0, p[1])
    }

    #[test]
    fn have_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | integrals(&array(&x), 0.3)),
            &points(99, 2, 2, 0.2, 0.9),
            1e-9,
        );
    }
}
