//! Functions of slices whose tangent and adjoint the user gives.

use crate::support::*;
use hvp::differentiable;

/// `A x = b` by elimination with pivoting, the plain algorithm, differentiated by its body.
#[differentiable(companion = ByElimination, name = by_elimination)]
fn eliminate(a: &[f64], b: &[f64]) -> Vec<f64> {
    let n = b.len();
    let mut m = a.to_vec();
    let mut x = b.to_vec();
    for k in 0..n {
        for i in k + 1..n {
            let factor = m[i * n + k] / m[k * n + k];
            for j in k..n {
                m[i * n + j] -= factor * m[k * n + j];
            }
            x[i] -= factor * x[k];
        }
    }
    for k in (0..n).rev() {
        for j in k + 1..n {
            x[k] -= m[k * n + j] * x[j];
        }
        x[k] /= m[k * n + k];
    }
    x
}

/// The same by a function that nobody can look into.
#[differentiable(jvp = solve_jvp, vjp = solve_vjp)]
fn solve(a: &[f64], b: &[f64]) -> Vec<f64> {
    std::hint::black_box(eliminate(a, b))
}

/// `A x_dot = b_dot - A_dot x`
fn solve_jvp(a: &[f64], b: &[f64], a_dot: &[f64], b_dot: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let x = solve(a, b);
    let n = b.len();
    let right: Vec<f64> = (0..n).map(|i| b_dot[i] - dot(&a_dot[i * n..(i + 1) * n], &x)).collect();
    let x_dot = solve(a, &right);
    (x, x_dot)
}

/// `A' b_bar = weight; A_bar = -b_bar x'`
#[differentiable]
fn solve_vjp(a: &[f64], b: &[f64], weight: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let n = b.len();
    let x = solve(a, b);
    let mut transposed = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..n {
            transposed[j * n + i] = a[i * n + j];
        }
    }
    let b_bar = solve(&transposed, weight);
    let mut a_bar = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..n {
            a_bar[i * n + j] = -b_bar[i] * x[j];
        }
    }
    (a_bar, b_bar)
}

/// A function of the solution, of a matrix that depends on the point as well.
#[differentiable]
fn by_rule(p: &[f64]) -> f64 {
    let mut a = vec![0.0; 9];
    let mut b = vec![0.0; 3];
    for i in 0..3 {
        for j in 0..3 {
            a[i * 3 + j] = 0.3 * p[i] * p[j];
        }
        a[i * 3 + i] += 3.0 + p[i].sin();
        b[i] = p[(i + 1) % 3].exp();
    }
    let x: Vec<f64> = solve(&a, &b);
    let mut sum = 0.0;
    for i in 0..3 {
        sum += x[i] * x[i] * p[i];
    }
    sum
}

/// The same in one body.
#[differentiable]
fn by_body(p: &[f64]) -> f64 {
    let mut a = vec![0.0; 9];
    let mut b = vec![0.0; 3];
    for i in 0..3 {
        for j in 0..3 {
            a[i * 3 + j] = 0.3 * p[i] * p[j];
        }
        a[i * 3 + i] += 3.0 + p[i].sin();
        b[i] = p[(i + 1) % 3].exp();
    }
    let n = b.len();
    for k in 0..n {
        for i in k + 1..n {
            let factor = a[i * n + k] / a[k * n + k];
            for j in k..n {
                a[i * n + j] -= factor * a[k * n + j];
            }
            b[i] -= factor * b[k];
        }
    }
    for k in (0..n).rev() {
        for j in k + 1..n {
            b[k] -= a[k * n + j] * b[j];
        }
        b[k] /= a[k * n + k];
    }
    let mut sum = 0.0;
    for i in 0..3 {
        sum += b[i] * b[i] * p[i];
    }
    sum
}

#[test]
fn an_implicit_derivative_is_the_derivative_of_the_solver() {
    for p in points(81, 5, 3, -1.0, 1.0) {
        let rule = derived!(alone | x | by_rule(x));
        check(&rule, &p, 1e-11);
        let body = derived!(alone | x | by_body(x));
        let v = [0.3, -0.7, 0.9];
        assert_eq!((rule.value)(&p), (body.value)(&p));
        assert_close(&(rule.grad)(&p), &(body.grad)(&p), 1e-12, "gradient");
        assert_close(&(rule.hvp)(&p, &v), &(body.hvp)(&p, &v), 1e-11, "Hessian times direction");
        assert_close(&by_rule_hessian(&p), &by_body_hessian(&p), 1e-11, "Hessian");
    }
}

#[test]
fn what_is_generated_for_a_rule_is_the_rule() {
    let (a, b) = ([4.0, 1.0, 0.5, 3.0], [1.0, 2.0]);
    let (a_dot, b_dot, weight) = ([0.1, -0.2, 0.3, 0.4], [0.5, -1.0], [2.0, -0.3]);
    let (value, dot_of) = solve_jvp(&a, &b, &a_dot, &b_dot);
    let (same, want) = by_elimination_jvp(&a, &b, &a_dot, &b_dot);
    assert_close(&value, &same, 1e-15, "value");
    assert_close(&dot_of, &want, 1e-13, "tangent");
    let (a_bar, b_bar) = solve_vjp(&a, &b, &weight);
    let adjoint = dot(&a_bar, &a_dot) + dot(&b_bar, &b_dot);
    assert_near(dot(&weight, &dot_of), adjoint, 1e-13, "the adjoint of the tangent");
}

/// Kepler's equation `E - e sin E = M` by fixed-point iteration to the last bit.
#[differentiable(vjp = anomaly_vjp)]
fn anomaly(mean: f64, eccentricity: f64) -> f64 {
    let mut e = mean;
    for _ in 0..200 {
        e = mean + eccentricity * e.sin();
    }
    e
}

#[differentiable]
fn anomaly_vjp(mean: f64, eccentricity: f64, weight: f64) -> (f64, f64) {
    let e = anomaly(mean, eccentricity);
    let slope = weight / (1.0 - eccentricity * e.cos());
    (slope, slope * e.sin())
}

#[differentiable]
fn unrolled(mean: f64, eccentricity: f64) -> f64 {
    let mut e = mean;
    for _ in 0..200 {
        e = mean + eccentricity * e.sin();
    }
    e
}

#[differentiable]
fn orbit(x: &[f64]) -> f64 {
    let e = anomaly(x[0] * x[1], 0.3 * x[1]);
    (e.cos() - x[1]) * x[0]
}

#[test]
fn a_number_needs_no_rule_for_the_tangent() {
    for x in points(82, 5, 2, 0.1, 0.6) {
        let (m, e) = (x[0], x[1]);
        check(&derived!(alone | x | anomaly(x[0], x[1])), &x, 1e-11);
        check(&derived!(alone | x | orbit(x)), &x, 1e-11);
        assert_close(&anomaly_grad(m, e).flat(), &unrolled_grad(m, e).flat(), 1e-12, "gradient");
        let (have, want) = (anomaly_hvp(m, e, 0.3, -0.8), unrolled_hvp(m, e, 0.3, -0.8));
        assert_close(&have.flat(), &want.flat(), 1e-11, "Hessian times direction");
        assert_eq!(anomaly_value_and_grad(m, e), (anomaly(m, e), anomaly_grad(m, e)));
    }
}

/// What a rule does not need: no attribute on `vjp` where only first derivatives are asked for.
#[differentiable(wrt(x), jvp = plain::powers_jvp, vjp = plain::powers_vjp)]
fn powers(x: &[f64; 2], exponents: &[i32], scale: f64) -> [f64; 3] {
    std::array::from_fn(|i| scale * x[0].powi(exponents[i]) * x[1])
}

mod plain {
    pub fn powers_jvp(x: &[f64; 2], exponents: &[i32], scale: f64, x_dot: &[f64; 2]) -> ([f64; 3], [f64; 3]) {
        let along = |i: usize| {
            let (p, n) = (x[0].powi(exponents[i]), exponents[i]);
            scale * (f64::from(n) * x[0].powi(n - 1) * x[1] * x_dot[0] + p * x_dot[1])
        };
        (super::powers(x, exponents, scale), std::array::from_fn(along))
    }

    pub fn powers_vjp(x: &[f64; 2], exponents: &[i32], scale: f64, weight: &[f64; 3]) -> [f64; 2] {
        let mut bar = [0.0; 2];
        for (n, w) in exponents.iter().zip(weight) {
            bar[0] += w * scale * f64::from(*n) * x[0].powi(n - 1) * x[1];
            bar[1] += w * scale * x[0].powi(*n);
        }
        bar
    }
}

#[differentiable(wrt(x))]
fn sum_of_powers(x: &[f64; 2], exponents: &[i32]) -> f64 {
    let y: [f64; 3] = powers(x, exponents, 2.0);
    y[0] * y[0] + y[1] * y[2]
}

#[test]
fn first_derivatives_need_no_second() {
    let (x, n, v) = ([1.2, 0.7], [1, 2, 3], [0.3, -0.4]);
    let rows = powers_jacobian(&x, &n, 2.0);
    let (value, slope) = powers_jvp(&x, &n, 2.0, &v);
    assert_eq!(value, powers(&x, &n, 2.0));
    for i in 0..3 {
        assert_near(slope[i], dot(&rows[i], &v), 1e-14, "row times direction");
    }
    let pulled = powers_vjp(&x, &n, 2.0, &[1.0, 0.0, -2.0]);
    for j in 0..2 {
        assert_near(pulled[j], rows[0][j] - 2.0 * rows[2][j], 1e-14, "weighted rows");
    }
    // y0 y0 + y1 y2 = 4 x0^2 x1^2 + 4 x0^5 x1^2
    let want = [
        8.0 * x[0] * x[1] * x[1] + 20.0 * x[0].powi(4) * x[1] * x[1],
        8.0 * x[1] * (x[0].powi(2) + x[0].powi(5)),
    ];
    assert_close(&sum_of_powers_grad(&x, &n), &want, 1e-14, "gradient");
    assert_near(sum_of_powers_jvp(&x, &n, &v).1, dot(&want, &v), 1e-14, "directional derivative");
}

/// Memory by value, a result that may fail, numbers of either type.
#[differentiable(jvp = scaled_jvp, vjp = scaled_vjp)]
fn scaled<T: num_traits::Float>(x: Vec<T>, by: T) -> Result<Vec<T>, String> {
    if by == T::zero() { Err("zero".to_owned()) } else { Ok(x.iter().map(|x| *x * *x / by).collect()) }
}

type Pair<T> = (Vec<T>, Vec<T>);

fn scaled_jvp<T: num_traits::Float>(x: Vec<T>, by: T, x_dot: &[T], by_dot: T) -> Result<Pair<T>, String> {
    let two = T::one() + T::one();
    let value = scaled(x.clone(), by)?;
    let along = |i: usize| two * x[i] * x_dot[i] / by - value[i] / by * by_dot;
    let slope = (0..x.len()).map(along).collect();
    Ok((value, slope))
}

#[differentiable]
fn scaled_vjp<T: num_traits::Float>(x: Vec<T>, by: T, weight: &[T]) -> Result<(Vec<T>, T), String> {
    if by == T::zero() {
        return Err("zero".to_owned());
    }
    let two = T::one() + T::one();
    let mut x_bar = vec![T::zero(); x.len()];
    let mut by_bar = T::zero();
    for i in 0..x.len() {
        x_bar[i] = two * x[i] * weight[i] / by;
        by_bar = by_bar - x[i] * x[i] * weight[i] / (by * by);
    }
    Ok((x_bar, by_bar))
}

#[differentiable]
fn norm_of_scaled(x: &[f64], by: f64) -> Result<f64, String> {
    let y: Vec<f64> = scaled(x.to_vec(), by)?;
    let mut sum = 0.0;
    for i in 0..y.len() {
        sum += y[i] * y[i];
    }
    Ok(sum)
}

#[test]
fn rules_may_fail_and_take_memory_by_value() {
    // The sum of x^4 / by^2.
    let (x, by) = ([1.5, -0.5], 2.0);
    let fourth: f64 = x.iter().map(|x: &f64| x.powi(4)).sum();
    let (grad, by_grad) = norm_of_scaled_grad(&x, by).unwrap();
    assert_close(&grad, &x.map(|x| x.powi(3)), 1e-14, "gradient");
    assert_near(by_grad, -2.0 * fourth / by.powi(3), 1e-14, "gradient with respect to the divisor");
    let (hv, by_hv) = norm_of_scaled_hvp(&x, by, &[1.0, 0.0], 0.0).unwrap();
    assert_close(&hv, &[3.0 * x[0] * x[0], 0.0], 1e-14, "Hessian times direction");
    assert_near(by_hv, -8.0 * x[0].powi(3) / by.powi(3), 1e-14, "mixed second derivative");
    assert_eq!(norm_of_scaled_grad(&x, 0.0), Err("zero".to_owned()));
    assert_eq!(norm_of_scaled_hvp(&x, 0.0, &x, 1.0), Err("zero".to_owned()));
    assert_eq!(scaled_jvp(vec![3.0_f32], 2.0, &[1.0], 0.0), Ok((vec![4.5], vec![3.0])));
}

struct Oscillator {
    stiffness: f64,
}

impl Oscillator {
    #[differentiable(wrt(x), jvp = Self::force_jvp, vjp = Self::force_vjp)]
    fn force(&self, x: &[f64]) -> Vec<f64> {
        x.iter().map(|x| -self.stiffness * x * x).collect()
    }

    fn force_jvp(&self, x: &[f64], x_dot: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let along = x.iter().zip(x_dot).map(|(x, dot)| -2.0 * self.stiffness * x * dot);
        (self.force(x), along.collect())
    }

    #[differentiable(wrt(x, weight))]
    fn force_vjp(&self, x: &[f64], weight: &[f64]) -> Vec<f64> {
        let mut bar = vec![0.0; x.len()];
        for i in 0..x.len() {
            bar[i] = -2.0 * self.stiffness * x[i] * weight[i];
        }
        bar
    }

    #[differentiable(wrt(x))]
    fn power(&self, x: &[f64]) -> f64 {
        let force: Vec<f64> = self.force(x);
        let mut sum = 0.0;
        for i in 0..x.len() {
            sum += force[i] * force[i] * x[i];
        }
        sum
    }

    #[differentiable(associated, vjp = Self::energy_vjp)]
    fn energy(x: [f64; 2]) -> f64 {
        0.5 * x[0] * x[0] + x[0] * x[1].powi(3)
    }

    #[differentiable(associated)]
    fn energy_vjp(x: [f64; 2], weight: f64) -> [f64; 2] {
        [weight * (x[0] + x[1].powi(3)), weight * 3.0 * x[0] * x[1].powi(2)]
    }
}

#[test]
fn rules_of_methods_are_methods() {
    let oscillator = Oscillator { stiffness: 1.5 };
    for x in points(83, 3, 3, -1.0, 1.0) {
        check(&derived!(alone | x | oscillator.power(x)), &x, 1e-12);
    }
    let x = [0.4, -0.9_f64];
    assert_close(
        &Oscillator::energy_grad(x),
        &[x[0] + x[1].powi(3), 3.0 * x[0] * x[1] * x[1]],
        1e-14,
        "gradient",
    );
    let hv = Oscillator::energy_hvp(x, &[1.0, 2.0]);
    let mixed = 3.0 * x[1] * x[1];
    assert_close(&hv, &[1.0 + 2.0 * mixed, mixed + 12.0 * x[0] * x[1]], 1e-14, "Hessian times direction");
    assert_eq!(Oscillator::energy_jvp(x, &[1.0, 0.0]).1, Oscillator::energy_grad(x)[0]);
}

/// One of the two rules alone.
#[differentiable(vjp = backward_only_vjp)]
fn backward_only(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| x * x).collect()
}

fn backward_only_vjp(x: &[f64], weight: &[f64]) -> Vec<f64> {
    x.iter().zip(weight).map(|(x, weight)| 2.0 * x * weight).collect()
}

#[differentiable(jvp = forward_only_jvp)]
fn forward_only(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum()
}

fn forward_only_jvp(x: &[f64], x_dot: &[f64]) -> (f64, f64) {
    (forward_only(x), 2.0 * dot(x, x_dot))
}

#[differentiable]
fn of_backward(x: &[f64]) -> f64 {
    let y: Vec<f64> = backward_only(x);
    y[0] * y[1]
}

#[differentiable]
fn of_forward(x: &[f64]) -> f64 {
    forward_only(x) * x[0]
}

#[test]
fn one_rule_gives_what_it_can() {
    assert_eq!(of_backward_grad(&[2.0, 3.0]), [36.0, 24.0]);
    assert_eq!(of_forward_jvp(&[2.0, 1.0], &[1.0, 0.0]), (10.0, 13.0));
}

#[test]
fn several_directions_go_through_a_rule_side_by_side() {
    let p: Vec<f64> = (0..3).map(|i| 0.2 * f64::from(i) - 0.1).collect();
    let hessian = by_rule_hessian(&p);
    for j in 0..3 {
        let mut unit = [0.0; 3];
        unit[j] = 1.0;
        let column: Vec<f64> = (0..3).map(|i| hessian[i * 3 + j]).collect();
        assert_close(&by_rule_hvp(&p, &unit), &column, 1e-12, "column");
    }
}

mod names_of_generated_code {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(jvp = product_jvp, vjp = rule)]
    fn product(value: f64, dot: f64, k: f64, value_dot: f64) -> f64 {
        std::hint::black_box(value * value * dot * k.sin() + value_dot * k)
    }

    fn product_jvp(
        value: f64,
        dot: f64,
        k: f64,
        value_dot: f64,
        a: f64,
        b: f64,
        c: f64,
        d: f64,
    ) -> (f64, f64) {
        let g = rule(value, dot, k, value_dot, 1.0);
        (product(value, dot, k, value_dot), g.0 * a + g.1 * b + g.2 * c + g.3 * d)
    }

    #[differentiable]
    fn rule(value: f64, dot: f64, k: f64, value_dot: f64, weight: f64) -> (f64, f64, f64, f64) {
        (
            2.0 * value * dot * k.sin() * weight,
            value * value * k.sin() * weight,
            (value * value * dot * k.cos() + value_dot) * weight,
            k * weight,
        )
    }

    #[differentiable(vjp = fallback::cube_vjp)]
    fn cube(value: f64) -> f64 {
        std::hint::black_box(value * value * value)
    }

    mod fallback {
        #[hvp::differentiable]
        pub fn cube_vjp(value: f64, weight: f64) -> f64 {
            3.0 * value * value * weight
        }
    }

    #[differentiable]
    fn both(x: &[f64]) -> f64 {
        product(x[0], x[1], x[2], x[3]) * cube(x[0])
    }

    #[test]
    fn hide_no_parameter() {
        let f = both::objective();
        for x in points(89, 3, 4, -1.0, 1.0) {
            check(&derived!(alone | x | both(&x)), &x, 1e-11);
            let mut block = vec![0.0; 16];
            let units: Vec<f64> = (0..16).map(|k| if k % 5 == 0 { 1.0 } else { 0.0 }).collect();
            hvp::Objective::hvp_block(&f, &x, &units, &mut block);
            assert_close(&block, &both_hessian(&x), 1e-12, "lanes");
            assert_close(&[cube_jvp(x[0], 1.0).1], &[3.0 * x[0] * x[0]], 1e-14, "jvp by vjp");
        }
    }
}
