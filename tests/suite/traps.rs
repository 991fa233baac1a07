//! Where a value or a derivative could silently be another.

mod int_inference {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn int_inf(x: &[f64]) -> f64 {
        let n = x.len();
        let mut k = 1;
        for _ in 0..40 {
            k *= 2;
        }
        let _unused = k % n;
        x[0] * x[1] * k as f64
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | int_inf(&x)), &points(7, 3, 2, 0.2, 1.5), 1e-9);
    }
}

mod int_inference2 {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn int_inf2(x: &[f64]) -> f64 {
        fn mix(h: u64) -> u64 {
            h ^ (h >> 7)
        }
        let mut h = 14695981039346656037;
        let mut s = 0.0;
        for v in x {
            h = mix(h).wrapping_mul(1099511628211);
            let bit = (h >> 40) & 1;
            if bit == 1 {
                s += v * v;
            } else {
                s -= v;
            }
        }
        let mut lo = 0;
        let mut hi = 40;
        let mut acc = 0;
        while lo < hi {
            lo += 1;
            hi -= 2;
            acc += lo;
        }
        let small: u8 = 250;
        let wrapped = small.wrapping_add(acc);
        s * s + wrapped as f64 * x[0]
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | int_inf2(&x)), &points(7, 3, 3, 0.2, 1.5), 1e-9);
    }
}

mod neg_ranges {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn neg_ranges(x: &[f64]) -> f64 {
        let n = x.len() as i32;
        let mut s = 0.0;
        for i in 0..n {
            for k in -1..=1 {
                let j = (i + k).rem_euclid(n) as usize;
                s += x[i as usize] * x[j] * (k + 2) as f64;
            }
        }
        for k in (-3..3).rev().step_by(2) {
            s *= 1.0 + 0.01 * k as f64 * x[0];
        }
        let taps: f64 = (-2..=2).map(|k: i32| (k as f64 * x[1]).cos()).sum();
        let e: f64 = (-2i32..2).enumerate().map(|(i, k)| x[i % 3] * k as f64).sum();
        for b in b'a'..=b'c' {
            s += (b - b'a') as f64 * x[2];
        }
        s + taps * e + (1..4u64).map(|v| (v * v) as f64 * x[0]).product::<f64>()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | neg_ranges(&x)), &points(7, 3, 3, 0.2, 1.5), 1e-9);
    }
}

mod eval_order {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn eval_order(x: &[f64]) -> f64 {
        let mut a = [x[0], x[1], x[2]];
        let mut i = 0;
        a[i] = {
            i += 1;
            a[i] * 2.0
        };
        let mut s = 1.0;
        s += {
            s *= 3.0;
            s * a[0]
        };
        let y = s * {
            s = x[0];
            s
        } + s;
        let t = (
            s,
            {
                s += 1.0;
                s
            },
            s,
        );
        let mut next = || {
            i += 1;
            i % 3
        };
        a[next()] += a[next()] * x[1];
        let mut k = 0;
        let z = [
            x[k],
            {
                k += 1;
                x[k]
            },
            {
                k += 1;
                x[k]
            },
        ];
        let b = a[{
            k -= 1;
            k
        }] - {
            a[1] = 7.0;
            a[1]
        };
        y + t.0 * t.1 * t.2 + a[0] * a[1] + a[2] + z[0] * z[1] * z[2] + b * s
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | eval_order(&x)), &points(7, 3, 3, 0.2, 1.5), 1e-9);
    }
}

mod index_perm {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn index_perm(x: &[f64]) -> f64 {
        let n = x.len();
        let mut idx: Vec<usize> = (0..n).collect();
        let mut s = 1.0;
        for i in 0..n {
            for j in 0..n - 1 {
                if x[idx[j]] > x[idx[j + 1]] {
                    idx.swap(j, j + 1);
                    s *= 1.0 + 0.1 * x[idx[j]];
                }
                s += x[idx[i]] * x[idx[j]] * s * 0.1;
            }
            idx[i] = idx[n - 1 - i];
        }
        s
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | index_perm(&x)), &points(7, 3, 4, -1.0, 1.0), 1e-9);
    }
}

mod passive_memory {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(x))]
    pub fn passive_memory(x: &[f64], w0: &[f64]) -> f64 {
        let mut w = w0.to_vec();
        let mut s = x[0];
        for t in 0..4 {
            for i in 0..w.len() {
                s += w[i] * x[i] * s;
                w[i] = w[i] * 0.5 + t as f64;
            }
            w.rotate_left(1);
            let m = w.iter().cloned().fold(f64::MIN, f64::max);
            s = s.sin() * m + x[1] * w[0];
        }
        s
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | passive_memory(&x, &[0.1, 0.4, 0.2])),
            &points(7, 3, 3, -1.0, 1.0),
            1e-9,
        );
    }
}

mod opaque_state {
    use crate::support::*;
    use hvp::differentiable;

    #[derive(Clone)]
    pub struct Walker {
        v: f64,
        k: usize,
        hist: Vec<f64>,
    }
    impl Walker {
        fn step(&mut self) -> f64 {
            self.k += 1;
            self.v = self.v * 0.9 + 0.1 * self.k as f64;
            self.hist.push(self.v);
            self.v
        }
        fn peek(&self) -> f64 {
            self.v
        }
    }
    #[differentiable(wrt(x))]
    pub fn opaque_state(x: &[f64], start: &Walker) -> f64 {
        let mut wk = start.clone();
        let mut s = 1.0;
        for v in x {
            let a = wk.peek();
            let b = wk.step();
            s = s * a * v + b * v * wk.v + wk.hist.len() as f64 * v.sin() * wk.peek();
            if wk.k % 2 == 0 {
                wk.v += 1.0;
                continue;
            }
            s += v * wk.hist[wk.hist.len() - 1];
        }
        s * wk.v
    }

    #[test]
    fn has_the_right_derivatives() {
        let st = Walker { v: 0.3, k: 0, hist: vec![] };
        check_everywhere(&derived!(alone | x | opaque_state(&x, &st)), &points(7, 3, 4, -1.0, 1.0), 1e-9);
    }
}

mod nested_exits {
    use crate::support::*;
    use hvp::differentiable;

    twin! { #[differentiable]
    pub fn nested_exits(x: &[f64], n: usize) -> f64 {
        let mut a = x.to_vec();
        let mut s = 0.0;
        'outer: for i in 0..n {
            for j in 0..a.len() {
                a[j] = a[j] * 1.1 + s * 0.01;
                if a[j] > 0.9 { a[(j + 1) % 3] *= 0.5; if i == 2 { continue 'outer; } }
                for k in 0..3 {
                    if a[k] < -0.8 { a[k] = -a[k]; continue 'outer; }
                    if s > 3.0 { break 'outer; }
                    if k == 2 && s < -2.0 { return s * a[0]; }
                    s += a[k] * a[j];
                }
            }
            a.swap(0, 2);
        }
        s + a[0] * a[1]
    } }

    #[test]
    fn has_the_right_derivatives() {
        for x in points(7, 40, 3, -1.0, 1.0) {
            check_exact(&derived!(|x| nested_exits(x, 5)), &x, 1e-10);
        }
    }
}

mod iter_zoo {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn iter_zoo(x: &[f64]) -> f64 {
        let a: f64 = x.iter().zip(1..).map(|(v, k)| v / k as f64).sum();
        let b: f64 = x.iter().zip(std::iter::repeat(&x[0])).map(|(p, q)| p * q).sum();
        let c: f64 = x.iter().cycle().skip(2).take(7).enumerate().map(|(i, v)| v * i as f64).sum();
        let d = x.iter().copied().min_by(|p, q| p.total_cmp(q)).unwrap()
            * x.iter().fold(f64::NAN, |m, v| m.max(*v));
        let e: f64 = x.chunks_exact(2).map(|p| p[0] * p[1]).sum::<f64>();
        let f: f64 = x.iter().rev().enumerate().skip(1).step_by(2).map(|(i, v)| v * v * i as f64).sum();
        let g = x
            .iter()
            .flat_map(|v| [v * 2.0, v.sin()])
            .filter(|v| *v > 0.0)
            .fold(1.0, |p, v| p * (1.0 + 0.1 * v));
        let h: f64 =
            [[x[0], x[1]], [x[2], x[3]]].iter().flatten().zip(x.iter().rev()).map(|(p, q)| p * q).sum();
        let i = x.windows(3).enumerate().map(|(i, w)| w[0] * w[2] - w[1] * i as f64).sum::<f64>();
        a + b * c + d + e * f + g + h * i
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | iter_zoo(&x)), &points(7, 3, 5, -1.0, 1.0), 1e-9);
    }
}

mod alias_slices {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn axpy(a: f64, x: &[f64], y: &mut [f64]) {
        for (yi, xi) in y.iter_mut().zip(x) {
            *yi += a * xi;
        }
    }
    #[differentiable]
    pub fn alias_slices(x: &[f64]) -> f64 {
        let mut b = x.to_vec();
        for k in 0..3 {
            let (l, r) = b.split_at_mut(2);
            axpy(r[0], &*l, r);
            axpy(0.5, &r[1..], l);
            let [p, q, rest @ ..] = &mut b[..] else { return 0.0 };
            std::mem::swap(p, q);
            rest[0] *= *p + k as f64;
            let t = b[0];
            b[0] = b[3];
            b[3] = t * b[1];
        }
        b.iter().sum()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | alias_slices(&x)), &points(7, 3, 4, -1.0, 1.0), 1e-9);
    }
}

mod mut_state {
    use crate::support::*;
    use hvp::differentiable;

    pub struct Lcg(u64);
    impl Lcg {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1);
            (self.0 >> 40) as f64 / 16777216.0
        }
    }
    #[differentiable(wrt(x))]
    pub fn mut_state(x: &[f64], seed: u64) -> f64 {
        let mut rng = Lcg(seed);
        let mut order: Vec<usize> = (0..x.len()).collect();
        for i in (1..order.len()).rev() {
            let j = (rng.next() * (i + 1) as f64) as usize;
            order.swap(i, j);
        }
        let mut s = x[order[0]];
        for (k, &i) in order.iter().enumerate() {
            if rng.next() < 0.4 {
                continue;
            }
            let z = rng.next();
            s = s * (x[i] * z).sin() + x[order[(k + 1) % order.len()]] * z;
        }
        s
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | mut_state(&x, 5)), &points(7, 3, 5, -1.0, 1.0), 1e-9);
    }
}

mod int_by_ref {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn stepped(x: f64, count: &mut usize) -> f64 {
        *count += 1;
        x * x * *count as f64
    }
    #[differentiable]
    pub fn int_by_ref(x: &[f64]) -> f64 {
        let mut count = 0;
        let mut s = 1.0;
        for v in x {
            s += stepped(*v, &mut count) * s;
        }
        s * count as f64
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | int_by_ref(&x)), &points(7, 3, 3, -1.0, 1.0), 1e-9);
    }
}
