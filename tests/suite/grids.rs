//! States that steps overwrite: in place, through buffers that change places, and by new ones.

use crate::support::*;
use hvp::differentiable;

twin! {
    #[differentiable]
    fn in_place(x: &[f64]) -> f64 {
        let n = x.len();
        let mut u = x.to_vec();
        let mut du = vec![0.0; n];
        for step in 0..4 {
            for i in 1..n - 1 {
                du[i] = u[i - 1] - 2.0 * u[i] + u[i + 1] - u[i] * (u[i + 1] - u[i - 1]);
            }
            for i in step..n {
                u[i] += 0.1 * du[i];
            }
        }
        u.iter().map(|a| a * a).sum()
    }

    #[differentiable]
    fn changing_places(x: &[f64]) -> f64 {
        let n = x.len();
        let mut h = x.to_vec();
        let mut g = vec![0.0; n];
        let mut sum = 0.0;
        for t in 0..3 {
            for k in 0..n {
                let mut z = 0.1 * t as f64;
                for j in 0..n {
                    z += x[(k + j) % n] * h[j];
                }
                g[k] = z.sin();
            }
            std::mem::swap(&mut h, &mut g);
            sum += h[0] * h[n - 1];
        }
        sum
    }

    #[differentiable]
    fn of_another_length(x: &[f64]) -> f64 {
        let mut a = x.to_vec();
        for layer in 0..3 {
            let no = x.len() + layer;
            let mut z = vec![0.0; no];
            for i in 0..no {
                for j in 0..a.len() {
                    z[i] += a[j] * x[(i * j) % x.len()];
                }
                z[i] = z[i].tanh();
            }
            a = z;
        }
        a.iter().zip(x).map(|(a, b)| a * b).sum()
    }

    #[differentiable]
    fn on_a_grid(x: &[f64]) -> f64 {
        let n = 4;
        let mut u: Vec<f64> = (0..n * n).map(|i| x[i % x.len()] + 0.1 * i as f64).collect();
        let mut next = u.clone();
        for _ in 0..3 {
            for i in 1..n - 1 {
                for j in 1..n - 1 {
                    let c = u[i * n + j];
                    let around = u[(i - 1) * n + j] + u[(i + 1) * n + j] + u[i * n + j - 1] + u[i * n + j + 1];
                    next[i * n + j] = c + 0.1 * (around - 4.0 * c) - 0.05 * c * c * c;
                }
            }
            std::mem::swap(&mut u, &mut next);
        }
        u.iter().map(|a| a * a).sum()
    }
}

#[test]
fn states_that_steps_overwrite() {
    for x in points(61, 4, 6, -1.0, 1.0) {
        check(&derived!(|x| in_place(x)), &x, 1e-11);
        check(&derived!(|x| changing_places(x)), &x, 1e-11);
        check(&derived!(|x| of_another_length(x)), &x, 1e-11);
        check(&derived!(|x| on_a_grid(x)), &x, 1e-11);
    }
}

/// Steps whose stages are arrays that each step makes: its reverse reads them again.
mod stages {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn heun(u0: &[f64]) -> f64 {
        let n = u0.len();
        let dt = 0.05;
        let mut u = u0.to_vec();
        for _ in 0..4 {
            let mut k1 = vec![0.0; n];
            for i in 0..n {
                let (l, r) = (u[(i + n - 1) % n], u[(i + 1) % n]);
                k1[i] = l - 2.0 * u[i] + r - u[i] * (r - l);
            }
            let mid: Vec<f64> = u.iter().zip(&k1).map(|(a, k)| a + dt * k).collect();
            let mut k2 = vec![0.0; n];
            for i in 0..n {
                let (l, r) = (mid[(i + n - 1) % n], mid[(i + 1) % n]);
                k2[i] = l - 2.0 * mid[i] + r - mid[i] * (r - l);
            }
            for i in 0..n {
                u[i] += 0.5 * dt * (k1[i] + k2[i]);
            }
        }
        u.iter().map(|x| x * x).sum()
    }

    /// Each step makes an array of another length.
    #[differentiable]
    fn triangle(x: &[f64]) -> f64 {
        let mut s = 0.3;
        for k in 0..x.len() {
            let mut row = vec![0.0; k + 1];
            for i in 0..=k {
                row[i] = x[i] * s;
            }
            for i in 0..=k {
                for j in 0..=i {
                    s += row[i] * row[j] * 0.1;
                }
            }
        }
        s
    }

    #[inline(never)]
    #[differentiable]
    fn energy(u: &[f64], scale: f64) -> f64 {
        u.windows(2).map(|w| scale * w[0] * w[1]).sum()
    }

    /// The array goes to a function, is read, and then overwritten and read once more.
    #[differentiable]
    fn passed_on(x: &[f64]) -> f64 {
        let mut s = 0.5;
        for k in 0..3 {
            let mut a = vec![0.0; x.len()];
            for i in 0..x.len() {
                a[i] = x[i] * s + k as f64;
            }
            let e = energy(&a, s);
            for i in 1..x.len() {
                s += 0.1 * a[i] * a[i - 1] * a[0];
            }
            a[0] = e;
            for i in 1..x.len() {
                s += 0.01 * a[i] * a[i] * a[0] + 0.1 * e;
            }
        }
        s
    }

    #[differentiable]
    fn of_fixed_length(x: &[f64]) -> f64 {
        let mut s = 0.2;
        for _ in 0..3 {
            let mut a = [1.0; 12];
            for i in 0..12 {
                a[i] = x[i % x.len()] + 0.1 * s * i as f64;
            }
            let b = [s, x[0], a[3]];
            for i in 0..12 {
                for j in 0..3 {
                    s += 0.01 * a[i] * a[(i + j) % 12] * b[j] * b[(i + j) % 3];
                }
            }
        }
        s
    }

    #[test]
    fn have_the_right_derivatives() {
        let at = points(31, 3, 4, -0.9, 0.9);
        check_everywhere(&derived!(alone | x | heun(&x)), &at, 1e-9);
        check_everywhere(&derived!(alone | x | triangle(&x)), &at, 1e-9);
        check_everywhere(&derived!(alone | x | passed_on(&x)), &at, 1e-9);
        check_everywhere(&derived!(alone | x | of_fixed_length(&x)), &at, 1e-9);
    }
}
