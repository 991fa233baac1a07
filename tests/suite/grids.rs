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
