//! Functions as quantitative analysts write them.

mod binomial_tree {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn american_put(s0: f64, k: f64, r: f64, sigma: f64, t: f64, n: usize) -> f64 {
        let dt = t / n as f64;
        let u = (sigma * dt.sqrt()).exp();
        let d = 1.0 / u;
        let p = ((r * dt).exp() - d) / (u - d);
        let disc = (-r * dt).exp();
        let mut v: Vec<f64> =
            (0..=n).map(|i| (k - s0 * u.powi(i as i32) * d.powi((n - i) as i32)).max(0.0)).collect();
        for step in (0..n).rev() {
            for i in 0..=step {
                let cont = disc * (p * v[i + 1] + (1.0 - p) * v[i]);
                let ex = k - s0 * u.powi(2 * i as i32 - step as i32);
                v[i] = cont.max(ex);
            }
        }
        v[0]
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | american_put(x[0], x[1], x[2], x[3], x[4], 6)),
            &points(7, 3, 5, 0.4, 0.9),
            1e-9,
        );
    }
}

mod heston_mc {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(p))]
    pub fn heston(p: &[f64; 5], paths: usize, steps: usize, seed: u64) -> f64 {
        let &[kappa, theta, xi, rho, v0] = p;
        let mut state = seed;
        let mut uniform = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            ((state >> 11) as f64 + 0.5) / (1u64 << 53) as f64
        };
        let dt = 1.0 / steps as f64;
        let mut sum = 0.0;
        for _ in 0..paths {
            let mut s = 1.0;
            let mut v = v0;
            for _ in 0..steps {
                let (u1, u2) = (uniform(), uniform());
                let mag = (-2.0 * u1.ln()).sqrt();
                let z1 = mag * (2.0 * std::f64::consts::PI * u2).cos();
                let z2 = mag * (2.0 * std::f64::consts::PI * u2).sin();
                let w = rho * z1 + (1.0 - rho * rho).sqrt() * z2;
                let vp = v.max(0.0);
                s *= ((-0.5 * vp) * dt + vp.sqrt() * dt.sqrt() * z1).exp();
                v += kappa * (theta - vp) * dt + xi * vp.sqrt() * dt.sqrt() * w;
            }
            sum += (s - 1.0).max(0.0);
        }
        sum / paths as f64
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | heston(&array(&x), 5, 4, 42)),
            &points(7, 3, 5, 0.2, 0.6),
            1e-9,
        );
    }
}

mod lcg_struct {
    use crate::support::*;
    use hvp::differentiable;

    pub struct Lcg {
        s: u64,
    }
    impl Lcg {
        fn new(s: u64) -> Self {
            Lcg { s }
        }
        fn next_f64(&mut self) -> f64 {
            self.s = self.s.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (self.s >> 11) as f64 / (1u64 << 53) as f64
        }
    }
    #[differentiable(wrt(mu, sigma))]
    pub fn mc_barrier(mu: f64, sigma: f64, seed: u64, barrier: f64) -> f64 {
        let mut rng = Lcg::new(seed);
        let mut total = 0.0;
        'paths: for _ in 0..6 {
            let mut s = 1.0;
            for _ in 0..5 {
                let u = rng.next_f64();
                s *= (mu * 0.1 + sigma * (u - 0.5)).exp();
                if s > barrier {
                    continue 'paths;
                }
            }
            total += s;
        }
        total / 6.0
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | mc_barrier(x[0], x[1], 7, 1.15)),
            &points(7, 3, 2, 0.2, 0.6),
            1e-9,
        );
    }
}

mod yield_curve {
    use crate::support::*;
    use hvp::differentiable;

    pub struct Bond {
        coupons: Vec<(f64, f64)>,
        price: f64,
    }
    #[differentiable]
    fn svensson(b: &[f64], tau: &[f64; 2], m: f64) -> f64 {
        let x1 = m / tau[0];
        let x2 = m / tau[1];
        let l1 = -(-x1).exp_m1() / x1;
        let l2 = l1 - (-x1).exp();
        let l3 = -(-x2).exp_m1() / x2 - (-x2).exp();
        b[0] + b[1] * l1 + b[2] * l2 + b[3] * l3
    }
    #[differentiable(wrt(b, tau))]
    pub fn curve_sse(b: &[f64], tau: &[f64; 2], bonds: &[Bond]) -> f64 {
        bonds.iter().fold(0.0, |acc, bond| {
            let model: f64 = bond.coupons.iter().map(|&(t, c)| c * (-svensson(b, tau, t) * t).exp()).sum();
            acc + (model - bond.price).powi(2)
        })
    }

    #[test]
    fn has_the_right_derivatives() {
        let bonds = vec![
            Bond { coupons: vec![(0.5, 2.0), (1.0, 102.0)], price: 99.0 },
            Bond { coupons: vec![(1.0, 3.0), (2.0, 103.0)], price: 98.0 },
        ];
        check_everywhere(
            &derived!(alone | x | curve_sse(&x[..4], &array(&x[4..]), &bonds)),
            &points(7, 3, 6, 0.1, 1.0),
            1e-9,
        );
    }
}

mod barrier_option_pde {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(vol, rate))]
    pub fn pde_price(vol: f64, rate: f64, payoff: &[f64], steps: usize, ds: f64, dt: f64) -> f64 {
        let n = payoff.len();
        let mut v = payoff.to_vec();
        let mut next = vec![0.0; n];
        for _ in 0..steps {
            for i in 1..n - 1 {
                let s = i as f64 * ds;
                let a = 0.5 * vol * vol * s * s / (ds * ds);
                let b = 0.5 * rate * s / ds;
                next[i] = v[i] + dt * ((a - b) * v[i - 1] - (2.0 * a + rate) * v[i] + (a + b) * v[i + 1]);
            }
            next[0] = v[0] * (1.0 - rate * dt);
            next[n - 1] = 2.0 * next[n - 2] - next[n - 3];
            std::mem::swap(&mut v, &mut next);
        }
        v[n / 2]
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | pde_price(x[0], x[1], &[0.0, 0.0, 0.0, 0.1, 0.4, 0.9], 3, 0.3, 0.05)),
            &points(7, 3, 2, 0.1, 0.6),
            1e-9,
        );
    }
}
