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
