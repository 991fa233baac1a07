//! Loops that ask in each iteration whether it is the first or the last.

use crate::support::*;
use hvp::differentiable;

twin! {
    /// Values that are held at the ends.
    #[differentiable]
    fn held_ends(u: &[f64]) -> f64 {
        let n = u.len();
        let mut next = vec![0.0; n];
        for i in 0..n {
            next[i] = if i == 0 || i == n - 1 { u[i] } else { u[i] * u[i] + 0.5 * (u[i - 1] - u[i + 1]).sin() };
        }
        next.iter().map(|x| x * x * x).sum()
    }

    /// Mirrored ends.
    #[differentiable]
    fn mirrored(u: &[f64]) -> f64 {
        let n = u.len();
        let mut s = 0.2;
        for i in 0..n {
            let left = if i > 0 { u[i - 1] } else { u[0] };
            let right = if i + 1 < n { u[i + 1] } else { u[n - 1] };
            s += (s * u[i]).cos() * (left - 2.0 * u[i] + right);
        }
        s
    }

    /// A ring, with the index computed by remainders.
    #[differentiable]
    fn ring(u: &[f64], steps: usize) -> f64 {
        let n = u.len();
        let mut u = u.to_vec();
        let mut next = u.clone();
        for _ in 0..steps {
            for i in 0..n {
                let (left, right) = (u[(i + n - 1) % n], u[(i + 1) % n]);
                next[i] = u[i] + 0.1 * (left - 2.0 * u[i] + right) + 0.05 * u[i] * (1.0 - left * right);
            }
            std::mem::swap(&mut u, &mut next);
        }
        u.iter().enumerate().map(|(i, x)| (i as f64 + 1.0) * x * x).sum()
    }

    /// A ring, with the index computed by branches, in a helper.
    #[differentiable]
    fn slope(u: &[f64], rate: f64, du: &mut [f64]) {
        let n = u.len();
        for i in 0..n {
            let left = if i == 0 { u[n - 1] } else { u[i - 1] };
            let right = if i == n - 1 { u[0] } else { u[i + 1] };
            du[i] = left * right - rate / 3.0 * u[i];
        }
    }

    #[differentiable(wrt(u))]
    fn heun(u: &[f64], rate: f64, steps: usize) -> f64 {
        let mut u = u.to_vec();
        let (mut k, mut l) = (vec![0.0; u.len()], vec![0.0; u.len()]);
        for _ in 0..steps {
            slope(&u, rate, &mut k);
            let ahead: Vec<f64> = u.iter().zip(&k).map(|(u, k)| u + 0.1 * k).collect();
            slope(&ahead, rate, &mut l);
            for i in 0..u.len() {
                u[i] += 0.1 / 2.0 * (k[i] + l[i]);
            }
        }
        u.iter().map(|x| x.powi(3)).sum()
    }

    /// The trapezoidal rule with the weights of its ends, and a sum that starts over at the first place.
    #[differentiable(wrt(y))]
    fn trapezoids(y: &[f64], h: f64) -> f64 {
        let mut area = 7.0;
        for i in 0..y.len() {
            let weight = if i == 0 || i == y.len() - 1 { 0.5 } else { 1.0 };
            area = if i == 0 { 0.0 } else { area } + weight * h * y[i] * y[i];
        }
        area
    }

    /// A grid whose rows and columns both have ends.
    #[differentiable]
    fn plate(t: &[f64], n: usize) -> f64 {
        let m = t.len() / n;
        let mut energy = 0.0;
        for i in 0..m {
            for j in 0..n {
                let here = t[i * n + j];
                let down = if i + 1 == m { 1.0 } else { t[(i + 1) * n + j] };
                let right = if j + 1 == n { 0.5 } else { t[i * n + j + 1] };
                energy += (down - here).powi(2) * here + (right - here).powi(4);
            }
        }
        energy
    }

    /// What asks for other places than the ends, from another start.
    #[differentiable]
    fn from_one(x: &[f64]) -> f64 {
        let mut s = 0.1;
        for i in 1..x.len() {
            let before = if i == 1 { 0.3 } else { x[i - 2] };
            s = if i < 2 { s + x[0] } else if i == 3 { s * x[i] } else { s + x[i] * before * s };
            if i % x.len() == x.len() - 1 {
                s += s * s;
            }
        }
        s
    }

    /// Dear factors that stay the same, one of a parameter that is differentiated.
    #[differentiable(wrt(width, x))]
    fn scaled(width: f64, x: &[f64], rate: f64) -> f64 {
        let mut s = 0.0;
        for i in 0..x.len() {
            s += (x[i] * (1.0 / width).tanh()).powi(2) + width.ln() / (3.0 + rate.exp());
        }
        s
    }
}

const POINTS: [&[f64]; 6] = [
    &[0.7],
    &[0.4, 0.9],
    &[0.3, 0.8, -0.5],
    &[0.2, -0.6, 0.9, 0.5],
    &[0.1, 0.4, -0.3, 0.8, 0.6],
    &[0.9, 0.2, -0.4, 0.3, 0.5, 0.7, -0.2],
];

#[test]
fn ends_are_taken_apart() {
    for x in POINTS {
        check(&derived!(|x| held_ends(x)), x, 1e-12);
        check(&derived!(|x| mirrored(x)), x, 1e-12);
        check(&derived!(|x| trapezoids(x, 0.3)), x, 1e-12);
        check(&derived!(|x| from_one(x)), x, 1e-12);
        check(&derived!(|x| scaled(x[0], &x[1..], 0.4)), x, 1e-12);
    }
}

#[test]
fn rings_are_taken_apart() {
    for x in POINTS {
        check(&derived!(|x| ring(x, 3)), x, 1e-12);
        check(&derived!(|x| heun(x, 0.7, 3)), x, 1e-12);
    }
}

#[test]
fn grids_are_taken_apart() {
    let x = &POINTS[5][..6];
    for n in [1, 2, 3, 6] {
        check(&derived!(|x| plate(x, n)), x, 1e-12);
    }
}

/// No iteration runs, and what was computed before the loop is read by nobody.
#[test]
fn nothing_has_no_ends() {
    assert!(held_ends_grad(&[]).is_empty());
    assert!(ring_grad(&[], 3).is_empty());
    assert_eq!(scaled_grad(0.0, &[], 0.4).0, 0.0);
    assert_eq!(scaled_hvp(0.0, &[], 0.4, 1.0, &[]).0, 0.0);
}
