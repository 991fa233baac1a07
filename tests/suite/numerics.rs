//! Signals, differential equations and linear algebra.

mod lowpass_iir {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(coef))]
    pub fn iir(coef: &[f64; 5], input: &[f64], desired: &[f64]) -> f64 {
        let [b0, b1, b2, a1, a2] = *coef;
        let (mut x1, mut x2, mut y1, mut y2) = (0.0, 0.0, 0.0, 0.0);
        let mut err = 0.0;
        for (&x0, &d) in input.iter().zip(desired.iter()) {
            let y0 = b0 * x0 + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
            x2 = x1;
            x1 = x0;
            y2 = y1;
            y1 = y0;
            err += (y0 - d) * (y0 - d);
        }
        err
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | iir(&array(&x), &[0.1, 0.7, -0.4, 0.9, 0.3], &[0.0, 0.1, 0.2, 0.1, 0.4])),
            &points(7, 3, 5, -0.5, 0.5),
            1e-9,
        );
    }
}

mod fft_inplace {
    use crate::support::*;
    use hvp::differentiable;

    // Iterative radix-2 butterfly on separate real and imaginary parts.
    #[differentiable]
    pub fn fft_energy(x: &[f64]) -> f64 {
        let n = x.len();
        let mut re = x.to_vec();
        let mut im = vec![0.0; n];
        let mut j = 0usize;
        for i in 1..n {
            let mut bit = n >> 1;
            while j & bit != 0 {
                j ^= bit;
                bit >>= 1;
            }
            j ^= bit;
            if i < j {
                re.swap(i, j);
                im.swap(i, j);
            }
        }
        let mut len = 2;
        while len <= n {
            let ang = -2.0 * std::f64::consts::PI / len as f64;
            for start in (0..n).step_by(len) {
                for k in 0..len / 2 {
                    let (s, c) = (ang * k as f64).sin_cos();
                    let (a, b) = (start + k, start + k + len / 2);
                    let tr = c * re[b] - s * im[b];
                    let ti = c * im[b] + s * re[b];
                    re[b] = re[a] - tr;
                    im[b] = im[a] - ti;
                    re[a] += tr;
                    im[a] += ti;
                }
            }
            len <<= 1;
        }
        re.iter().zip(&im).enumerate().map(|(k, (r, i))| (r * r + i * i) * (k as f64).sqrt()).sum()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | fft_energy(&x)), &points(7, 3, 8, -1.0, 1.0), 1e-9);
    }
}

mod rk4_closure {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(k))]
    pub fn lotka(k: &[f64], y0: &[f64], obs: &[Vec<f64>], dt: f64) -> f64 {
        let rhs = |y: &[f64]| -> Vec<f64> {
            vec![k[0] * y[0] - k[1] * y[0] * y[1], -k[2] * y[1] + k[3] * y[0] * y[1]]
        };
        let axpy =
            |y: &[f64], h: f64, d: &[f64]| -> Vec<f64> { y.iter().zip(d).map(|(a, b)| a + h * b).collect() };
        let mut y = y0.to_vec();
        let mut sse = 0.0;
        for o in obs {
            let k1 = rhs(&y);
            let k2 = rhs(&axpy(&y, dt / 2.0, &k1));
            let k3 = rhs(&axpy(&y, dt / 2.0, &k2));
            let k4 = rhs(&axpy(&y, dt, &k3));
            for i in 0..y.len() {
                y[i] += dt / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]);
            }
            sse += y.iter().zip(o.iter()).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
        }
        sse
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | lotka(&x, &[1.0, 0.5], &[vec![0.9, 0.6], vec![1.2, 0.4]], 0.1)),
            &points(7, 3, 4, 0.2, 1.0),
            1e-9,
        );
    }
}

mod implicit_newton {
    use crate::support::*;
    use hvp::differentiable;

    // Backward Euler for a stiff reaction, Newton inner loop with convergence break.
    #[differentiable]
    pub fn stiff(k1: f64, k2: f64, y0: f64) -> f64 {
        let h = 0.1;
        let mut y = y0;
        for _ in 0..5 {
            let mut z = y;
            let mut iters = 0;
            loop {
                let f = z - y + h * (k1 * z + k2 * z * z * z);
                let df = 1.0 + h * (k1 + 3.0 * k2 * z * z);
                let dz = f / df;
                z -= dz;
                iters += 1;
                if dz.abs() < 1e-13 || iters >= 50 {
                    break;
                }
            }
            y = z;
        }
        y
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | stiff(x[0], x[1], x[2])), &points(7, 3, 3, 0.3, 1.5), 1e-9);
    }
}

mod newton_while {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn implied_root(a: f64, b: f64) -> f64 {
        let f = |x: f64| x.powi(3) + a * x - b;
        let fp = |x: f64| 3.0 * x * x + a;
        let mut x = 1.0;
        let mut dx = f64::INFINITY;
        let mut it = 0;
        while dx.abs() > 1e-12 && it < 100 {
            dx = -f(x) / fp(x);
            x += dx;
            it += 1;
        }
        x
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | implied_root(x[0], x[1])), &points(7, 3, 2, 0.5, 1.5), 1e-9);
    }
}

mod thomas {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(cond))]
    pub fn heat(cond: &[f64], src: &[f64]) -> f64 {
        let n = src.len();
        let mut diag: Vec<f64> = cond.windows(2).map(|c| c[0] + c[1]).collect();
        let off: Vec<f64> = cond[1..n].iter().map(|c| -c).collect();
        let mut rhs = src.to_owned();
        for i in 1..n {
            let m = off[i - 1] / diag[i - 1];
            diag[i] -= m * off[i - 1];
            rhs[i] -= m * rhs[i - 1];
        }
        let mut t = vec![0.0; n];
        t[n - 1] = rhs[n - 1] / diag[n - 1];
        for i in (0..n - 1).rev() {
            t[i] = (rhs[i] - off[i] * t[i + 1]) / diag[i];
        }
        t.iter().map(|v| v * v).sum::<f64>() / n as f64
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | heat(&x, &[1.0, 0.5, 0.3, 0.2])),
            &points(7, 3, 5, 0.5, 1.5),
            1e-9,
        );
    }
}

mod lu_pivot_vecvec {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn lu_solve(a: &Vec<Vec<f64>>, b: &Vec<f64>) -> f64 {
        let n = b.len();
        let mut a = a.clone();
        let mut b = b.clone();
        for k in 0..n {
            let mut p = k;
            for i in k + 1..n {
                if a[i][k].abs() > a[p][k].abs() {
                    p = i;
                }
            }
            a.swap(k, p);
            b.swap(k, p);
            for i in k + 1..n {
                let f = a[i][k] / a[k][k];
                for j in k..n {
                    a[i][j] -= f * a[k][j];
                }
                b[i] -= f * b[k];
            }
        }
        for i in (0..n).rev() {
            for j in i + 1..n {
                b[i] -= a[i][j] * b[j];
            }
            b[i] /= a[i][i];
        }
        b.iter().map(|v| v.powi(2)).sum()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(
                alone
                    | x
                    | lu_solve(&x[..9].chunks(3).map(|r| r.to_vec()).collect::<Vec<_>>(), &x[9..].to_vec())
            ),
            &points(7, 3, 12, -1.5, 1.5),
            1e-7,
        );
    }
}

mod jacobi_svd {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn largest_eig(a: &[[f64; 3]; 3]) -> f64 {
        let mut s = [[0.0; 3]; 3];
        for i in 0..3 {
            for j in 0..3 {
                s[i][j] = 0.5 * (a[i][j] + a[j][i]);
            }
        }
        let mut v = [1.0, 0.7, 0.3];
        for _ in 0..8 {
            let mut w = [0.0; 3];
            for (wi, row) in w.iter_mut().zip(&s) {
                *wi = row.iter().zip(&v).map(|(r, x)| r * x).sum();
            }
            let norm = w.iter().map(|x| x * x).sum::<f64>().sqrt();
            v = w.map(|x| x / norm);
        }
        let sv: Vec<f64> = s.iter().map(|row| row.iter().zip(v.iter()).map(|(a, b)| a * b).sum()).collect();
        sv.iter().zip(v).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | largest_eig(&matrix::<_, 3, 3>(&x))),
            &points(7, 3, 9, 0.2, 1.0),
            1e-9,
        );
    }
}

mod while_let_stack {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn quadtree(x: &[f64], tol: f64) -> f64 {
        let f = |t: f64| (x[0] * t).sin() + x[1] * t * t;
        let mut stack = vec![(0.0, 1.0)];
        let mut total = 0.0;
        while let Some((a, b)) = stack.pop() {
            let m = 0.5 * (a + b);
            let coarse = 0.5 * (b - a) * (f(a) + f(b));
            let fine = 0.25 * (b - a) * (f(a) + 2.0 * f(m) + f(b));
            if (coarse - fine).abs() < 0.02 || b - a < 0.1 {
                total += (4.0 * fine - coarse) / 3.0;
            } else {
                stack.push((a, m));
                stack.push((m, b));
            }
        }
        total * tol
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | quadtree(&x[..2], x[2])), &points(7, 3, 3, 0.5, 1.5), 1e-9);
    }
}

mod integers_in_other_bases {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn filled_from_ten(x: &[f64]) -> f64 {
        let mut b = vec![1.0; 12];
        let mut s = 0.0;
        for k in 0..x.len() {
            for i in 0xA..12 {
                b[i] = x[k];
            }
            s += b[k] * b[k] * b[0b1011] * b[0o13];
            b[k + 0x1] = x[k];
        }
        s + x[0x1_usize].powi(0b11)
    }

    #[test]
    fn are_numbers_like_others() {
        check_everywhere(&derived!(alone | x | filled_from_ten(&x)), &points(3, 3, 2, 0.2, 1.0), 1e-9);
    }
}
