//! Functions as physicists write them.

mod nbody {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(pos))]
    pub fn potential(pos: &[[f64; 3]], mass: &[f64], g: f64) -> f64 {
        let soft2 = 1e-3;
        let mut u = 0.0;
        for (i, a) in pos.iter().enumerate() {
            for (b, mb) in pos.iter().zip(mass).skip(i + 1) {
                let r2: f64 = a.iter().zip(b).map(|(p, q)| (p - q) * (p - q)).sum();
                u -= g * mass[i] * mb / (r2 + soft2).sqrt();
            }
        }
        u
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | potential(&rows(&x), &[1.0, 2.0, 0.5, 0.7], 0.8)),
            &points(7, 3, 12, -1.0, 1.0),
            1e-9,
        );
    }
}

mod lennard_jones_cutoff {
    use crate::support::*;
    use hvp::differentiable;

    pub struct Params {
        sigma: f64,
        eps: f64,
        cutoff: f64,
    }
    impl Params {
        #[differentiable(wrt(r2))]
        fn lj(&self, r2: f64) -> f64 {
            if r2 > self.cutoff * self.cutoff {
                return 0.0;
            }
            let s2 = self.sigma.powi(2) / r2;
            let s6 = s2 * s2 * s2;
            4.0 * self.eps * (s6 * s6 - s6)
        }
        #[differentiable(wrt(x))]
        pub fn energy(&self, x: &[f64], box_len: f64) -> f64 {
            let n = x.len() / 3;
            let mut e = 0.0;
            for i in 0..n {
                for j in 0..i {
                    let mut r2 = 0.0;
                    for k in 0..3 {
                        let mut d = x[3 * i + k] - x[3 * j + k];
                        d -= box_len * (d / box_len).round();
                        r2 += d * d;
                    }
                    e += self.lj(r2);
                }
            }
            e
        }
    }

    #[test]
    fn has_the_right_derivatives() {
        let p = Params { sigma: 0.6, eps: 1.1, cutoff: 1.5 };
        check_everywhere(&derived!(alone | x | p.energy(&x, 3.0)), &points(7, 3, 9, -1.4, 1.4), 1e-9);
    }
}

mod ising_meanfield {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(m))]
    pub fn free_energy(m: &[f64], n: usize, coupling: f64, beta: f64) -> f64 {
        let idx = |i: usize, j: usize| (i % n) * n + (j % n);
        let mut energy = 0.0;
        let mut entropy = 0.0;
        for i in 0..n {
            for j in 0..n {
                let s = m[idx(i, j)];
                energy -= coupling * s * (m[idx(i + 1, j)] + m[idx(i, j + 1)]);
                let p = 0.5 * (1.0 + s);
                let q = 1.0 - p;
                entropy -= p * p.ln() + q * q.ln();
            }
        }
        energy - entropy / beta
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | free_energy(&x, 3, 0.8, 1.3)),
            &points(7, 3, 9, -0.9, 0.9),
            1e-9,
        );
    }
}

mod lattice_phi4 {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn action<const L: usize>(phi: &[[f64; L]; L], m2: f64, lambda: f64) -> f64 {
        let mut s = 0.0;
        for (i, row) in phi.iter().enumerate() {
            for (j, &p) in row.iter().enumerate() {
                let right = phi[i][(j + 1) % L];
                let down = phi[(i + 1) % L][j];
                s += 0.5 * ((right - p).powi(2) + (down - p).powi(2)) + 0.5 * m2 * p * p + lambda * p.powi(4);
            }
        }
        s
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | action(&matrix::<_, 3, 3>(&x), x[9], x[10])),
            &points(7, 3, 11, -1.0, 1.0),
            1e-9,
        );
    }
}

mod fem_truss {
    use crate::support::*;
    use hvp::differentiable;

    pub struct Element {
        a: usize,
        b: usize,
        area: f64,
    }
    #[differentiable(wrt(u))]
    pub fn strain_energy(u: &[f64], nodes: &[(f64, f64)], elements: &[Element], young: f64) -> f64 {
        elements
            .iter()
            .map(|el| {
                let (xa, ya) = nodes[el.a];
                let (xb, yb) = nodes[el.b];
                let l0 = ((xb - xa).powi(2) + (yb - ya).powi(2)).sqrt();
                let dx = xb + u[2 * el.b] - xa - u[2 * el.a];
                let dy = yb + u[2 * el.b + 1] - ya - u[2 * el.a + 1];
                let l = dx.hypot(dy);
                let strain = (l - l0) / l0;
                0.5 * young * el.area * l0 * strain * strain
            })
            .sum()
    }

    #[test]
    fn has_the_right_derivatives() {
        let nodes = [(0.0, 0.0), (1.0, 0.0), (0.5, 1.0)];
        let els = [
            Element { a: 0, b: 1, area: 1.0 },
            Element { a: 1, b: 2, area: 0.5 },
            Element { a: 0, b: 2, area: 0.7 },
        ];
        check_everywhere(
            &derived!(alone | x | strain_energy(&x, &nodes, &els, 3.0)),
            &points(7, 3, 6, -0.3, 0.3),
            1e-9,
        );
    }
}

mod split_at_mut {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn leapfrog(z: &[f64], steps: usize) -> f64 {
        let mut z = z.to_vec();
        let n = z.len() / 2;
        for _ in 0..steps {
            let (q, p) = z.split_at_mut(n);
            for i in 0..n {
                p[i] -= 0.05 * q[i].powi(3);
            }
            for (qi, pi) in q.iter_mut().zip(p.iter()) {
                *qi += 0.1 * pi;
            }
            for i in 0..n {
                p[i] -= 0.05 * q[i].powi(3);
            }
        }
        let (q, p) = z.split_at(n);
        q.iter().map(|q| q.powi(4) / 4.0).sum::<f64>() + p.iter().map(|p| p * p / 2.0).sum::<f64>() * q[0]
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | leapfrog(&x, 3)), &points(7, 3, 4, -1.0, 1.0), 1e-9);
    }
}

mod method_chain_self {
    use crate::support::*;
    use hvp::differentiable;

    pub struct Grid {
        n: usize,
        h: f64,
        mask: Vec<bool>,
        src: Vec<f64>,
    }
    impl Grid {
        fn idx(&self, i: usize, j: usize) -> usize {
            i * self.n + j
        }
        fn interior(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
            (1..self.n - 1).flat_map(move |i| (1..self.n - 1).map(move |j| (i, j)))
        }
        #[differentiable(wrt(u))]
        fn laplace(&self, u: &[f64], i: usize, j: usize) -> f64 {
            (u[self.idx(i + 1, j)] + u[self.idx(i - 1, j)] + u[self.idx(i, j + 1)] + u[self.idx(i, j - 1)]
                - 4.0 * u[self.idx(i, j)])
                / (self.h * self.h)
        }
        #[differentiable(wrt(u))]
        pub fn residual(&self, u: &[f64]) -> f64 {
            let mut r = 0.0;
            for (i, j) in self.interior() {
                let k = self.idx(i, j);
                if !self.mask[k] {
                    continue;
                }
                r += (self.laplace(u, i, j) + u[k].exp() - self.src[k]).powi(2);
            }
            r.sqrt()
        }
    }

    #[test]
    fn has_the_right_derivatives() {
        let g = Grid { n: 4, h: 0.5, mask: vec![true; 16], src: vec![0.3; 16] };
        check_everywhere(&derived!(alone | x | g.residual(&x)), &points(7, 3, 16, -1.0, 1.0), 1e-9);
    }
}

mod self_state_calls {
    use crate::support::*;
    use hvp::differentiable;

    pub struct Sim {
        gain: f64,
        bias: Vec<f64>,
    }
    impl Sim {
        fn noise(&self, i: usize) -> f64 {
            self.bias[i % self.bias.len()]
        }
        #[differentiable(wrt(x))]
        fn step(&self, x: f64, i: usize) -> f64 {
            let n = self.noise(i);
            (x * self.gain + n).sin() * n
        }
        #[differentiable(wrt(x))]
        fn rec(&self, x: &[f64], k: usize) -> f64 {
            if k == 0 { 1.0 } else { self.step(x[k - 1], k) * self.rec(x, k - 1) + self.noise(k) * x[0] }
        }
        #[differentiable(wrt(x))]
        pub fn run(&self, x: &[f64]) -> f64 {
            let mut s = self.rec(x, x.len());
            for (i, v) in x.iter().enumerate() {
                s += self.step(*v * s, i);
            }
            s
        }
    }

    #[test]
    fn has_the_right_derivatives() {
        let s = Sim { gain: 1.3, bias: vec![0.4, 0.7] };
        check_everywhere(&derived!(alone | x | s.run(&x)), &points(7, 3, 3, -1.0, 1.0), 1e-9);
    }
}

mod consts_assoc {
    use crate::support::*;
    use hvp::differentiable;

    struct Params;
    impl Params {
        const G: f64 = 9.81;
        const MASSES: [f64; 2] = [1.0, 0.5];
    }
    const DAMP: [f64; 2] = [0.1, 0.05];
    static NAMES: &[&str] = &["a", "b"];
    #[differentiable]
    pub fn pendulum(q: [f64; 2], v: [f64; 2]) -> f64 {
        let mut e = 0.0;
        for (i, ((&qi, vi), m)) in q.iter().zip(v).zip(Params::MASSES).enumerate() {
            e += 0.5 * m * vi * vi - m * Params::G * qi.cos() - DAMP[i] * vi;
        }
        e + NAMES.len() as f64 * q[0]
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | pendulum(array(&x), array(&x[2..]))),
            &points(7, 3, 4, -1.0, 1.0),
            1e-9,
        );
    }
}
