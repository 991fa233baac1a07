//! Functions as engineers of robots and controllers write them.

mod forward_kinematics {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn dh(theta: f64, d: f64, a: f64, alpha: f64) -> [[f64; 4]; 4] {
        let (st, ct) = theta.sin_cos();
        let (sa, ca) = alpha.sin_cos();
        [
            [ct, -st * ca, st * sa, a * ct],
            [st, ct * ca, -ct * sa, a * st],
            [0.0, sa, ca, d],
            [0.0, 0.0, 0.0, 1.0],
        ]
    }
    #[differentiable]
    fn mul4(a: &[[f64; 4]; 4], b: &[[f64; 4]; 4]) -> [[f64; 4]; 4] {
        let mut c = [[0.0; 4]; 4];
        for i in 0..4 {
            for j in 0..4 {
                c[i][j] = (0..4).map(|k| a[i][k] * b[k][j]).sum();
            }
        }
        c
    }
    #[differentiable(wrt(q))]
    pub fn reach(q: &[f64; 3], target: [f64; 3], links: &[(f64, f64, f64)]) -> f64 {
        let mut t = [[0.0; 4]; 4];
        for i in 0..4 {
            t[i][i] = 1.0;
        }
        for (&qi, &(d, a, alpha)) in q.iter().zip(links) {
            let m = dh(qi, d, a, alpha);
            t = mul4(&t, &m);
        }
        (0..3).map(|i| (t[i][3] - target[i]).powi(2)).sum::<f64>()
            + 1e-2 * q.iter().map(|q| q * q).sum::<f64>()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(
                alone
                    | x
                    | reach(
                        &array(&x),
                        [0.3, 0.2, 0.5],
                        &[(0.3, 0.1, 1.5), (0.0, 0.5, 0.0), (0.1, 0.4, -0.7)]
                    )
            ),
            &points(7, 3, 3, -1.0, 1.0),
            1e-9,
        );
    }
}

mod quaternion {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn quat_mul(a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
        let [aw, ax, ay, az] = a;
        let [bw, bx, by, bz] = b;
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ]
    }
    #[differentiable]
    pub fn attitude_cost(q: [f64; 4], v: [f64; 3]) -> f64 {
        let n = q.iter().map(|c| c * c).sum::<f64>().sqrt();
        let q = q.map(|c| c / n);
        let conj = [q[0], -q[1], -q[2], -q[3]];
        let p = quat_mul(quat_mul(q, [0.0, v[0], v[1], v[2]]), conj);
        let up = [0.0, 0.0, 1.0];
        let dot: f64 = p[1..].iter().zip(up.iter()).map(|(a, b)| a * b).sum();
        (1.0 - dot).powi(2) + v[0] * v[1]
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | attitude_cost(array(&x), array(&x[4..]))),
            &points(7, 3, 7, 0.2, 1.0),
            1e-9,
        );
    }
}

mod bundle_adjust {
    use crate::support::*;
    use hvp::differentiable;

    #[derive(Clone, Copy)]
    pub struct Obs {
        cam: usize,
        pt: usize,
        uv: [f64; 2],
    }
    #[differentiable]
    fn rodrigues(w: &[f64], p: &[f64]) -> [f64; 3] {
        let theta2 = w[0] * w[0] + w[1] * w[1] + w[2] * w[2];
        let cross = |a: &[f64], b: &[f64]| {
            [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
        };
        let wxp = cross(w, p);
        if theta2 > 1e-10 {
            let theta = theta2.sqrt();
            let (s, c) = (theta.sin(), theta.cos());
            let wxwxp = cross(w, &wxp);
            let mut out = [0.0; 3];
            for k in 0..3 {
                out[k] = p[k] + s / theta * wxp[k] + (1.0 - c) / theta2 * wxwxp[k];
            }
            out
        } else {
            [p[0] + wxp[0], p[1] + wxp[1], p[2] + wxp[2]]
        }
    }
    #[differentiable(wrt(cams, pts))]
    pub fn reprojection(cams: &[[f64; 6]], pts: &[[f64; 3]], obs: &[Obs], huber: Option<f64>) -> f64 {
        let mut total = 0.0;
        for Obs { cam, pt, uv } in obs.iter().copied() {
            let c = &cams[cam];
            let mut y = rodrigues(&c[..3], &pts[pt]);
            for (yk, ck) in y.iter_mut().zip(&c[3..]) {
                *yk += ck;
            }
            let r = [y[0] / y[2] - uv[0], y[1] / y[2] - uv[1]];
            let sq = r[0].powi(2) + r[1].powi(2);
            total += match huber {
                Some(d) if sq > d * d => 2.0 * d * sq.sqrt() - d * d,
                _ => sq,
            };
        }
        total
    }

    #[test]
    fn has_the_right_derivatives() {
        let o = [
            Obs { cam: 0, pt: 0, uv: [0.1, 0.2] },
            Obs { cam: 1, pt: 0, uv: [0.3, -0.2] },
            Obs { cam: 1, pt: 1, uv: [0.0, 0.5] },
        ];
        check_everywhere(
            &derived!(alone | x | reprojection(&rows(&x[..12]), &rows(&x[12..]), &o, Some(0.3))),
            &points(7, 3, 18, 0.3, 1.0),
            1e-9,
        );
        check_everywhere(
            &derived!(alone | x | reprojection(&rows(&x[..12]), &rows(&x[12..]), &o, None)),
            &points(7, 3, 18, 0.3, 1.0),
            1e-9,
        );
    }
}

mod mpc_rollout {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn step(s: &mut [f64; 4], u: f64, dt: f64) {
        let [x, th, v, w] = *s;
        let (sin, cos) = th.sin_cos();
        let mp = 0.1;
        let tot = 1.1;
        let tmp = (u + mp * 0.5 * w * w * sin) / tot;
        let wacc = (9.8 * sin - cos * tmp) / (0.5 * (4.0 / 3.0 - mp * cos * cos / tot));
        let vacc = tmp - mp * 0.5 * wacc * cos / tot;
        *s = [x + dt * v, th + dt * w, v + dt * vacc, w + dt * wacc];
    }
    #[differentiable(wrt(us))]
    pub fn mpc(us: &[f64], s0: [f64; 4], dt: f64) -> f64 {
        let mut s = s0;
        let mut cost = 0.0;
        for &u in us {
            step(&mut s, u, dt);
            cost += s.iter().map(|z| z * z).sum::<f64>() + 0.1 * u * u;
            if s[0].abs() > 2.4 {
                return cost + 1e3 * (s[0].abs() - 2.4).powi(2);
            }
        }
        cost + 10.0 * (s[1].powi(2) + s[3].powi(2))
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | mpc(&x, [0.1, 0.2, 0.0, 0.0], 0.05)),
            &points(7, 3, 5, -1.0, 1.0),
            1e-9,
        );
        check_everywhere(
            &derived!(alone | x | mpc(&x, [2.35, 0.2, 1.5, 0.0], 0.05)),
            &points(7, 3, 5, -1.0, 1.0),
            1e-9,
        );
    }
}

mod control_lqr {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(k))]
    pub fn lqr_cost(k: &[f64; 2], horizon: usize) -> f64 {
        let a = [[1.0, 0.1], [0.0, 1.0]];
        let b = [0.005, 0.1];
        let mut x = [1.0, -0.5];
        let mut cost = 0.0;
        for _t in 0..horizon {
            let u = -(k[0] * x[0] + k[1] * x[1]);
            cost += x[0] * x[0] + 0.5 * x[1] * x[1] + 0.1 * u * u;
            let mut nx = [0.0f64; 2];
            for i in 0..2 {
                nx[i] = a[i].iter().zip(&x).map(|(aij, xj)| aij * xj).sum::<f64>() + b[i] * u;
            }
            x = nx;
        }
        cost
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | lqr_cost(&array(&x), 10)), &points(7, 3, 2, 0.5, 1.5), 1e-9);
    }
}

mod pid_saturation {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn pid(kp: f64, ki: f64, kd: f64) -> f64 {
        let mut y = 0.0_f64;
        let mut integral = 0f64;
        let mut prev_err: Option<f64> = None;
        let mut itae = 0.0;
        for step in 0..12 {
            let t = step as f64 * 0.1;
            let err = 1.0 - y;
            integral += err * 0.1;
            let deriv = match prev_err {
                Some(p) => (err - p) / 0.1,
                None => 0.0,
            };
            prev_err = Some(err);
            let u = (kp * err + ki * integral + kd * deriv).clamp(-2.0, 2.0);
            y += 0.1 * (u - y);
            itae += t * err.abs();
        }
        itae
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | pid(x[0], x[1], x[2])), &points(7, 3, 3, 0.1, 0.5), 1e-9);
    }
}
