//! Well-known objectives in plain loops, right to 1e-12.

use crate::support::*;
use hvp::differentiable;

twin! {
    /// ln det of the symmetric matrix whose lower triangle is in `a`, row after row, by an in-place Cholesky factorisation.
    #[differentiable]
    fn log_determinant(a: &[f64], n: usize) -> f64 {
        let mut l = vec![0.0; n * n];
        for i in 0..n * n {
            l[i] = a[i];
        }
        let mut sum = 0.0;
        for j in 0..n {
            let mut d = l[j * n + j];
            for k in 0..j {
                d -= l[j * n + k] * l[j * n + k];
            }
            let d = d.sqrt();
            l[j * n + j] = d;
            sum += 2.0 * d.ln();
            for i in j + 1..n {
                for k in 0..j {
                    l[i * n + j] -= l[i * n + k] * l[j * n + k];
                }
                l[i * n + j] /= d;
            }
        }
        sum
    }

    #[differentiable]
    fn log_sum_exp(x: &[f64]) -> f64 {
        let mut top = x[0];
        for i in 1..x.len() {
            if x[i] > top {
                top = x[i];
            }
        }
        let mut sum = 0.0;
        for i in 0..x.len() {
            sum += (x[i] - top).exp();
        }
        top + sum.ln()
    }

    /// Weights and offsets of a layer of `hidden` units, then of the output, in `p`.
    #[differentiable(wrt(p))]
    fn perceptron(p: &[f64], inputs: &[[f64; 2]], targets: &[f64], hidden: usize) -> f64 {
        let output = 3 * hidden;
        let mut loss = 0.0;
        let mut layer = vec![0.0; hidden];
        for s in 0..inputs.len() {
            for h in 0..hidden {
                let mut z = p[3 * h + 2];
                for i in 0..2 {
                    z += p[3 * h + i] * inputs[s][i];
                }
                layer[h] = z.tanh();
            }
            let mut y = p[output + hidden];
            for h in 0..hidden {
                y += p[output + h] * layer[h];
            }
            let r = y - targets[s];
            loss += r * r;
        }
        loss / inputs.len() as f64
    }

    #[differentiable]
    fn oscillator(y: &[f64], mu: f64, dy: &mut [f64]) {
        dy[0] = y[1];
        dy[1] = mu * (1.0 - y[0] * y[0]) * y[1] - y[0];
    }

    /// One Runge–Kutta step after another of van der Pol's oscillator; the squared distance of its end from a target.
    #[differentiable(wrt(start, mu))]
    fn trajectory(start: &[f64; 2], mu: f64, steps: usize, target: [f64; 2]) -> f64 {
        let h = 0.1;
        let mut y = [start[0], start[1]];
        let mut k1 = [0.0; 2];
        let mut k2 = [0.0; 2];
        let mut k3 = [0.0; 2];
        let mut k4 = [0.0; 2];
        let mut z = [0.0; 2];
        for _ in 0..steps {
            oscillator(&y, mu, &mut k1);
            for i in 0..2 {
                z[i] = y[i] + 0.5 * h * k1[i];
            }
            oscillator(&z, mu, &mut k2);
            for i in 0..2 {
                z[i] = y[i] + 0.5 * h * k2[i];
            }
            oscillator(&z, mu, &mut k3);
            for i in 0..2 {
                z[i] = y[i] + h * k3[i];
            }
            oscillator(&z, mu, &mut k4);
            for i in 0..2 {
                y[i] += h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]);
            }
        }
        (y[0] - target[0]) * (y[0] - target[0]) + (y[1] - target[1]) * (y[1] - target[1])
    }

    #[differentiable]
    fn decay(rate: f64, y: &mut [f64; 1], dy: &mut [f64; 1]) {
        dy[0] = -rate * y[0];
    }

    /// The same scheme on y' = −rate y, whose derivatives are known.
    #[differentiable(wrt(start, rate))]
    fn decayed(start: f64, rate: f64, steps: usize) -> f64 {
        let mut y = [start];
        let mut k = [0.0; 1];
        let mut z = [0.0; 1];
        for _ in 0..steps {
            let mut sum = 0.0;
            let mut c = 0.0;
            for stage in 0..4 {
                z[0] = y[0] + c * k[0];
                decay(rate, &mut z, &mut k);
                sum += k[0] * if stage == 1 || stage == 2 { 2.0 } else { 1.0 };
                c = if stage == 2 { 0.1 } else { 0.05 };
            }
            y[0] += 0.1 / 6.0 * sum;
        }
        y[0]
    }
}

/// The inverse of a symmetric positive definite matrix, by Gauss–Jordan elimination.
fn inverse(a: &[f64], n: usize) -> Vec<f64> {
    let mut m = a.to_vec();
    let mut inv = vec![0.0; n * n];
    (0..n).for_each(|i| inv[i * n + i] = 1.0);
    for c in 0..n {
        let d = m[c * n + c];
        for j in 0..n {
            m[c * n + j] /= d;
            inv[c * n + j] /= d;
        }
        for r in (0..n).filter(|&r| r != c) {
            let f = m[r * n + c];
            for j in 0..n {
                m[r * n + j] -= f * m[c * n + j];
                inv[r * n + j] -= f * inv[c * n + j];
            }
        }
    }
    inv
}

fn multiply(a: &[f64], b: &[f64], n: usize) -> Vec<f64> {
    (0..n * n).map(|k| (0..n).map(|m| a[k / n * n + m] * b[m * n + k % n]).sum()).collect()
}

/// Of a function of the lower triangle of a symmetric matrix: twice what stands below the diagonal, nothing above.
fn of_lower_triangle(full: &[f64], n: usize) -> Vec<f64> {
    let weight = |i: usize, j: usize| if i > j { 2.0 } else { f64::from(u8::from(i == j)) };
    (0..n * n).map(|k| weight(k / n, k % n) * full[k]).collect()
}

#[test]
fn log_determinant_of_a_cholesky_factor() {
    let n = 4;
    let mut rng = rng(71);
    let b = point(&mut rng, n * n, -1.0, 1.0);
    let transposed: Vec<f64> = (0..n * n).map(|k| b[k % n * n + k / n]).collect();
    let mut a = multiply(&b, &transposed, n);
    (0..n).for_each(|i| a[i * n + i] += 1.0);
    check(&derived!(|x| log_determinant(x, n)), &a, 1e-12);

    // d ln det A = tr(A⁻¹ dA) and dA⁻¹ = −A⁻¹ dA A⁻¹.
    let inv = inverse(&a, n);
    assert_close(&log_determinant_grad(&a, n), &of_lower_triangle(&inv, n), 1e-12, "inverse");
    let half = point(&mut rng, n * n, -1.0, 1.0);
    let v: Vec<f64> = (0..n * n).map(|k| half[k.max(k % n * n + k / n)]).collect();
    let second: Vec<f64> = multiply(&multiply(&inv, &v, n), &inv, n).iter().map(|x| -x).collect();
    assert_close(&log_determinant_hvp(&a, n, &v), &of_lower_triangle(&second, n), 1e-12, "second derivative");
}

#[test]
fn log_sum_exp_has_the_softmax_as_gradient() {
    for x in points(72, 3, 6, -3.0, 3.0) {
        check(&derived!(|x| log_sum_exp(x)), &x, 1e-12);
        let total: f64 = x.iter().map(|x| x.exp()).sum();
        let p: Vec<f64> = x.iter().map(|x| x.exp() / total).collect();
        assert_close(&log_sum_exp_grad(&x), &p, 1e-12, "softmax");
        let v = point(&mut rng(73), 6, -1.0, 1.0);
        let want: Vec<f64> = p.iter().zip(&v).map(|(pi, vi)| pi * (vi - dot(&p, &v))).collect();
        assert_close(&log_sum_exp_hvp(&x, &v), &want, 1e-12, "second derivative");
    }
    // Far beyond the range of the exponential.
    assert_close(&log_sum_exp_grad(&[1000.0, 1000.0 + 3.0_f64.ln()]), &[0.25, 0.75], 1e-12, "shifted");
}

#[test]
fn two_layer_perceptron() {
    let inputs = rows::<f64, 2>(&point(&mut rng(74), 16, -1.0, 1.0));
    let targets = point(&mut rng(75), 8, -1.0, 1.0);
    for p in points(76, 3, 4 * 5 + 1, -1.0, 1.0) {
        check(&derived!(|x| perceptron(x, &inputs, &targets, 5)), &p, 1e-12);
    }
}

#[test]
fn runge_kutta_trajectory() {
    for x in points(77, 3, 3, -1.0, 1.0) {
        check(&derived!(|x| trajectory(&array(x), x[2], 20, [0.5, -0.3])), &x, 1e-12);
    }
    let (start, rate, steps) = (1.7, 0.9, 30);
    check(&derived!(|x| decayed(x[0], x[1], steps)), &[start, rate], 1e-12);
    // Each step multiplies by R(z) = 1 + z + z²/2 + z³/6 + z⁴/24 with z = −rate/10.
    let z: f64 = -0.1 * rate;
    let r = 1.0 + z + z * z / 2.0 + z.powi(3) / 6.0 + z.powi(4) / 24.0;
    let r1 = 1.0 + z + z * z / 2.0 + z.powi(3) / 6.0;
    let r2 = 1.0 + z + z * z / 2.0;
    let m = steps as f64;
    let (first, slope) = decayed_grad(start, rate, steps);
    assert_near(first, r.powi(30), 1e-12, "start");
    assert_near(slope, start * m * r.powi(29) * r1 * -0.1, 1e-12, "rate");
    let (mixed, curvature) = decayed_hvp(start, rate, steps, 0.0, 1.0);
    assert_near(mixed, m * r.powi(29) * r1 * -0.1, 1e-12, "mixed");
    let want = start * 0.01 * (m * (m - 1.0) * r.powi(28) * r1 * r1 + m * r.powi(29) * r2);
    assert_near(curvature, want, 1e-12, "curvature");
}
