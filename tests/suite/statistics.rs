//! Functions as statisticians write them.

mod lmm_reml {
    use crate::support::*;
    use hvp::differentiable;

    // Linear mixed model with random intercept, profile log likelihood.
    pub struct Group {
        pub y: Vec<f64>,
        pub x: Vec<f64>,
    }
    #[differentiable(wrt(theta))]
    pub fn lmm_nll(theta: &[f64], groups: &[Group]) -> f64 {
        let (b0, b1) = (theta[0], theta[1]);
        let s2 = theta[2].exp();
        let t2 = theta[3].exp();
        let mut nll = 0.0;
        for g in groups {
            let n = g.y.len() as f64;
            let mut rss = 0.0;
            let mut rsum = 0.0;
            for (yi, xi) in g.y.iter().zip(&g.x) {
                let r = yi - b0 - b1 * xi;
                rss += r * r;
                rsum += r;
            }
            let det = (n - 1.0) * s2.ln() + (s2 + n * t2).ln();
            let quad = rss / s2 - t2 * rsum * rsum / (s2 * (s2 + n * t2));
            nll += 0.5 * (det + quad + n * (2.0 * std::f64::consts::PI).ln());
        }
        nll
    }

    #[test]
    fn has_the_right_derivatives() {
        let gs = [
            Group { y: vec![1.0, 2.0, 1.5], x: vec![0.1, 0.5, 0.3] },
            Group { y: vec![0.2, 0.9], x: vec![-0.4, 0.8] },
        ];
        check_everywhere(&derived!(alone | x | lmm_nll(&x, &gs)), &points(7, 3, 4, -0.5, 0.9), 1e-9);
    }
}

mod cox_ph {
    use crate::support::*;
    use hvp::differentiable;

    // Cox partial likelihood, data sorted by time descending
    #[derive(Clone)]
    pub struct Subject {
        time: f64,
        event: bool,
        z: [f64; 2],
    }
    #[differentiable(wrt(beta))]
    pub fn cox(beta: &[f64; 2], subjects: &[Subject]) -> f64 {
        let mut idx: Vec<usize> = (0..subjects.len()).collect();
        idx.sort_by(|&a, &b| subjects[b].time.partial_cmp(&subjects[a].time).unwrap());
        let mut risk = 0.0;
        let mut ll = 0.0;
        for &i in &idx {
            let s = &subjects[i];
            let eta = s.z.iter().zip(beta.iter()).map(|(z, b)| z * b).sum::<f64>();
            risk += eta.exp();
            if s.event {
                ll += eta - risk.ln();
            }
        }
        -ll
    }

    #[test]
    fn has_the_right_derivatives() {
        let s = [
            Subject { time: 1.0, event: true, z: [0.3, 1.0] },
            Subject { time: 3.0, event: false, z: [-0.3, 0.5] },
            Subject { time: 2.0, event: true, z: [0.9, -1.0] },
        ];
        check_everywhere(&derived!(alone | x | cox(&array(&x), &s)), &points(7, 3, 2, -1.0, 1.0), 1e-9);
    }
}

mod hmm_forward {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(logits))]
    pub fn hmm_nll(logits: &[f64], obs: &[usize], k: usize) -> f64 {
        let mut trans = vec![vec![0.0; k]; k];
        for i in 0..k {
            let row = &logits[i * k..(i + 1) * k];
            let m = row.iter().cloned().fold(f64::NEG_INFINITY, f64::max);
            let z: f64 = row.iter().map(|l| (l - m).exp()).sum();
            for j in 0..k {
                trans[i][j] = (row[j] - m).exp() / z;
            }
        }
        let emit = |s: usize, o: usize| -> f64 {
            let base = k * k;
            let p = 1.0 / (1.0 + (-logits[base + s]).exp());
            if o == 1 { p } else { 1.0 - p }
        };
        let mut alpha: Vec<f64> = (0..k).map(|s| emit(s, obs[0]) / k as f64).collect();
        let mut ll = 0.0;
        for &o in &obs[1..] {
            let norm: f64 = alpha.iter().sum();
            ll += norm.ln();
            let mut next = vec![0.0; k];
            for j in 0..k {
                for i in 0..k {
                    next[j] += alpha[i] / norm * trans[i][j];
                }
                next[j] *= emit(j, o);
            }
            alpha = next;
        }
        -(ll + alpha.iter().sum::<f64>().ln())
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | hmm_nll(&x, &[1, 0, 0, 1, 1], 2)),
            &points(7, 3, 6, -1.0, 1.0),
            1e-9,
        );
    }
}

mod gp_cholesky {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(theta))]
    pub fn gp_nll(theta: &[f64], xs: &[f64], ys: &[f64]) -> f64 {
        let n = xs.len();
        let amp = (2.0 * theta[0]).exp();
        let len = theta[1].exp();
        let noise = (2.0 * theta[2]).exp();
        let mut k = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let d = (xs[i] - xs[j]) / len;
                let v = amp * (-0.5 * d * d).exp() + if i == j { noise } else { 0.0 };
                k[i * n + j] = v;
                k[j * n + i] = v;
            }
        }
        for j in 0..n {
            let mut s = k[j * n + j];
            for p in 0..j {
                s -= k[j * n + p].powi(2);
            }
            let d = s.sqrt();
            k[j * n + j] = d;
            for i in (j + 1)..n {
                let mut s = k[i * n + j];
                for p in 0..j {
                    s -= k[i * n + p] * k[j * n + p];
                }
                k[i * n + j] = s / d;
            }
        }
        let mut z = ys.to_vec();
        for i in 0..n {
            let mut s = z[i];
            for p in 0..i {
                s -= k[i * n + p] * z[p];
            }
            z[i] = s / k[i * n + i];
        }
        let logdet: f64 = (0..n).map(|i| k[i * n + i].ln()).sum::<f64>() * 2.0;
        0.5 * (z.iter().map(|v| v * v).sum::<f64>() + logdet + n as f64 * std::f64::consts::TAU.ln())
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | gp_nll(&x, &[0.0, 0.5, 1.1, 2.0], &[0.2, 0.5, -0.3, 0.9])),
            &points(7, 3, 3, -0.5, 0.5),
            1e-9,
        );
    }
}

mod kalman {
    use crate::support::*;
    use hvp::differentiable;

    type Mat2 = [[f64; 2]; 2];
    #[differentiable]
    fn mat_mul(a: &[[f64; 2]; 2], b: &[[f64; 2]; 2]) -> [[f64; 2]; 2] {
        let mut c = [[0.0; 2]; 2];
        for i in 0..2 {
            for j in 0..2 {
                for k in 0..2 {
                    c[i][j] += a[i][k] * b[k][j];
                }
            }
        }
        c
    }
    #[differentiable]
    fn transpose(a: &[[f64; 2]; 2]) -> [[f64; 2]; 2] {
        [[a[0][0], a[1][0]], [a[0][1], a[1][1]]]
    }
    #[differentiable(wrt(p))]
    pub fn kalman_nll(p: &[f64], ys: &[f64], dt: f64) -> f64 {
        let q = p[0].exp();
        let r = p[1].exp();
        let f = [[1.0, dt], [0.0, p[2]]];
        let mut x = [0.0, 0.0];
        let mut cov = [[1.0, 0.0], [0.0, 1.0]];
        let mut nll = 0.0;
        for &y in ys {
            x = [f[0][0] * x[0] + f[0][1] * x[1], f[1][0] * x[0] + f[1][1] * x[1]];
            let ft = transpose(&f);
            cov = mat_mul(&mat_mul(&f, &cov), &ft);
            cov[0][0] += q * dt;
            cov[1][1] += q;
            let s = cov[0][0] + r;
            let innov = y - x[0];
            nll += 0.5 * (s.ln() + innov * innov / s);
            let gain = [cov[0][0] / s, cov[1][0] / s];
            x[0] += gain[0] * innov;
            x[1] += gain[1] * innov;
            let (c00, c01) = (cov[0][0], cov[0][1]);
            for i in 0..2 {
                cov[i][0] -= gain[i] * c00;
                cov[i][1] -= gain[i] * c01;
            }
        }
        nll
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | kalman_nll(&x, &[0.1, 0.4, 0.9, 0.7], 0.3)),
            &points(7, 3, 3, -0.5, 0.9),
            1e-9,
        );
    }
}

mod mcmc_target {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn log_posterior(q: &[f64; 3]) -> f64 {
        const PRIOR_SCALE: f64 = 2.5;
        static OFFSET: f64 = 0.25;
        let log_prior = q.iter().map(|&v| -0.5 * (v / PRIOR_SCALE).powi(2)).sum::<f64>();
        let funnel = -0.5 * q[1].powi(2) * (-q[0]).exp() - 0.5 * q[0];
        let cauchy = -(1.0 + (q[2] - OFFSET).powi(2)).ln();
        log_prior + funnel + cauchy
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | log_posterior(&array(&x))), &points(7, 3, 3, -1.0, 1.0), 1e-9);
    }
}

mod zip3 {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(mu, ls))]
    pub fn hetero(mu: &[f64], ls: &[f64], y: &[f64]) -> f64 {
        mu.iter().zip(ls.iter()).zip(y.iter()).map(|((m, l), y)| 0.5 * ((y - m) / l.exp()).powi(2) + l).sum()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | hetero(&x[..3], &x[3..], &[0.1, 0.5, 0.9])),
            &points(7, 3, 6, -1.0, 1.0),
            1e-9,
        );
    }
}

mod sort_passive {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(p))]
    pub fn gini(p: &[f64], incomes: &[f64]) -> f64 {
        let mut s = incomes.to_vec();
        s.sort_by(|a, b| a.partial_cmp(b).unwrap());
        let n = s.len() as f64;
        let w: Vec<f64> = s.iter().map(|v| v.powf(p[0])).collect();
        let num: f64 = w.iter().enumerate().map(|(i, v)| (2.0 * (i as f64 + 1.0) - n - 1.0) * v).sum();
        num / (n * w.iter().sum::<f64>()) + p[1]
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | gini(&x, &[3.0, 1.0, 2.0, 0.5])),
            &points(7, 3, 2, 0.3, 1.5),
            1e-9,
        );
    }
}

mod garch_tuple {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(params))]
    pub fn garch(params: (f64, f64, f64), r: &[f64]) -> f64 {
        let (omega, alpha, beta) = params;
        let init = r.iter().map(|x| x * x).sum::<f64>() / r.len() as f64;
        let (nll, _) = r.iter().fold((0.0, init), |(acc, h), &x| {
            let h = omega + alpha * x * x + beta * h;
            (acc + 0.5 * (h.ln() + x * x / h), h)
        });
        nll
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | garch((x[0], x[1], x[2]), &[0.1, -0.3, 0.2])),
            &points(7, 3, 3, 0.1, 0.4),
            1e-9,
        );
    }
}

mod weibull_censored {
    use crate::support::*;
    use hvp::differentiable;

    #[derive(Clone, Copy, PartialEq)]
    pub enum Status {
        Event,
        Censored,
    }
    #[differentiable(wrt(log_shape, log_scale))]
    pub fn weibull(log_shape: f64, log_scale: f64, times: &[f64], status: &[Status]) -> f64 {
        let k = log_shape.exp();
        let lam = log_scale.exp();
        -times
            .iter()
            .zip(status)
            .map(|(&t, &s)| {
                let z = (t / lam).powf(k);
                let log_h =
                    if s == Status::Event { (k / lam).ln() + (k - 1.0) * (t / lam).ln() } else { 0.0 };
                log_h - z
            })
            .sum::<f64>()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(
                alone
                    | x
                    | weibull(
                        x[0],
                        x[1],
                        &[0.5, 1.2, 2.0],
                        &[Status::Event, Status::Censored, Status::Event]
                    )
            ),
            &points(7, 3, 2, -0.5, 0.5),
            1e-9,
        );
    }
}

mod spline_eval {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(y))]
    pub fn natural_spline(x: &[f64], y: &[f64], at: f64) -> f64 {
        let n = x.len();
        let h: Vec<f64> = x.windows(2).map(|w| w[1] - w[0]).collect();
        let mut m = vec![0.0; n];
        let mut c = vec![0.0; n];
        let mut d = vec![0.0; n];
        for i in 1..n - 1 {
            let diag = 2.0 * (h[i - 1] + h[i]) - h[i - 1] * c[i - 1];
            c[i] = h[i] / diag;
            let rhs = 6.0 * ((y[i + 1] - y[i]) / h[i] - (y[i] - y[i - 1]) / h[i - 1]);
            d[i] = (rhs - h[i - 1] * d[i - 1]) / diag;
        }
        for i in (1..n - 1).rev() {
            m[i] = d[i] - c[i] * m[i + 1];
        }
        let k = match x.binary_search_by(|v| v.partial_cmp(&at).unwrap()) {
            Ok(i) => i.min(n - 2),
            Err(i) => i.saturating_sub(1).min(n - 2),
        };
        let (a, b) = ((x[k + 1] - at) / h[k], (at - x[k]) / h[k]);
        a * y[k] + b * y[k + 1] + ((a.powi(3) - a) * m[k] + (b.powi(3) - b) * m[k + 1]) * h[k] * h[k] / 6.0
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | natural_spline(&[0.0, 0.5, 1.1, 2.0, 2.6], &x, 0.8)),
            &points(7, 3, 5, -1.0, 1.0),
            1e-9,
        );
    }
}
