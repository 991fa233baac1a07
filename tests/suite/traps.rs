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

mod names_like_ours {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn names_like_ours(t: &[f64], tape: f64, t1: f64) -> f64 {
        let t_bar = t[0] * tape;
        let t_dot = t[1] * t1;
        let y_bar = t_bar + t_dot;
        let pullback = y_bar.sin();
        let mut acc = 0.0;
        let mut trips = 1.0;
        let exit = 3;
        let returned = t1;
        let state = tape * tape;
        let value = state;
        let content = 2.0;
        let item = 0.5;
        let found = t1;
        for i in 0..exit {
            let t2 = t[i % 2] * trips;
            acc += t2 * found;
            trips *= 1.0 + t2 * item;
            if acc > 5.0 {
                break;
            }
        }
        let grad = Some(3usize).map(|k| k as f64 * content * t1).unwrap_or(item);
        acc + trips * pullback + returned * value + grad
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | names_like_ours(&x[..2], x[2], x[3])),
            &points(7, 3, 4, -1.0, 1.0),
            1e-9,
        );
    }
}

mod user_fns {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn max(a: f64, b: f64) -> f64 {
        a * 2.0 + b
    }
    #[differentiable]
    fn exp(x: f64) -> f64 {
        x * x
    }
    #[differentiable]
    fn swap(a: f64, b: f64) -> f64 {
        a - b * b
    }
    #[differentiable]
    fn drop(a: f64) -> f64 {
        a * 3.0
    }
    #[differentiable]
    fn identity(a: f64) -> f64 {
        a * a
    }
    #[differentiable]
    fn once(a: f64) -> f64 {
        a * a * a
    }
    pub mod mem {
        #[hvp::differentiable]
        pub fn replace(a: f64, b: f64) -> f64 {
            a * b
        }
        #[hvp::differentiable]
        pub fn take(a: f64) -> f64 {
            a * a
        }
    }
    pub mod iter {
        #[hvp::differentiable]
        pub fn once(a: f64) -> f64 {
            a * 5.0
        }
        #[hvp::differentiable]
        pub fn repeat(a: f64) -> f64 {
            a * a
        }
    }
    #[differentiable]
    pub fn user_fns(x: f64, y: f64) -> f64 {
        max(x, y) + exp(x * y) + swap(x, y) + identity(x) * once(y)
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | user_fns(x[0], x[1])), &points(7, 3, 2, -1.0, 1.0), 1e-9);
    }
}

mod user_types {
    use crate::support::*;
    use hvp::differentiable;

    #[derive(Clone, Copy)]
    pub struct Dual {
        v: f64,
    }
    impl Dual {
        fn exp(self) -> f64 {
            self.v * 2.0
        }
        fn max(self, o: f64) -> f64 {
            self.v + o
        }
        fn len(&self) -> f64 {
            self.v * 10.0
        }
        fn sum(&self) -> f64 {
            self.v
        }
        fn is_nan(&self) -> f64 {
            4.0
        }
    }
    #[differentiable(wrt(x))]
    pub fn user_types(x: f64, d: Dual, ds: &[Dual]) -> f64 {
        let a = d.exp() * x + x * x;
        let b: f64 = ds.iter().map(|q| q.sum() * x.sin() + x).sum();
        let c = d.v * x;
        a + b * c
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | user_types(x[0], Dual { v: 0.3 }, &[Dual { v: 0.5 }, Dual { v: 0.7 }])),
            &points(7, 3, 1, -1.0, 1.0),
            1e-9,
        );
    }
}

mod shadows {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn shadows(x: &[f64]) -> f64 {
        let a = x[0];
        let f = |x: f64| x * a;
        let a = x[1] * 2.0;
        let g = |a: f64| f(a) + a;
        let x = [f(a), g(a), a];
        let mut s = 0.0;
        for x in x {
            let a = x * 2.0;
            let s2 = {
                let s = a * a;
                s + x
            };
            s += s2 * f(x);
        }
        {
            let mut s = s;
            s *= 2.0;
            let _ = s;
        }
        for i in 0..2 {
            let s = s * i as f64;
            if i == 1 {
                let x = s;
                return x + a * s;
            }
        }
        s
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | shadows(&x)), &points(7, 3, 2, -1.0, 1.0), 1e-9);
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

mod sums_of_one_name {
    use crate::support::*;
    use hvp::differentiable;

    /// Two sums come out of the loop's derivative, beside two variables of the user's with such names.
    #[differentiable(wrt(c))]
    fn named_again(c: &[f64], x: &[f64]) -> f64 {
        let sum = c[0].sin();
        let c1 = sum * c[1];
        let sum = c[1].cos();
        let d1 = sum * c[0];
        let mut s = 0.0;
        for j in 0..x.len() {
            let r = c1 * x[j] + d1 * x[x.len() - 1 - j];
            s += r * r;
        }
        s
    }

    #[differentiable(wrt(c))]
    fn numbered(c: &[f64], x: &[f64], y: &[f64]) -> f64 {
        let sum_0 = c[0].sin();
        let c1 = sum_0 * c[1];
        let sum_1 = c[1].cos();
        let d1 = sum_1 * c[0];
        let mut sums = 0.0;
        for j in 0..x.len() {
            let r = c1 * x[j] + d1 * y[j];
            sums += r * r;
        }
        sums
    }

    #[test]
    fn has_the_right_derivatives() {
        let (low, high) = ([1.0, 2.0, 3.0, 4.0, 5.0], [0.5, 0.1, -0.3, 0.7, 0.2]);
        for x in points(86, 3, 2, -1.0, 1.0) {
            check(&derived!(alone | x | named_again(&x, &low)), &x, 1e-9);
            check(&derived!(alone | x | numbered(&x, &low, &high)), &x, 1e-9);
        }
    }
}

mod look_alike_methods {
    use crate::support::*;
    use hvp::differentiable;

    struct Law {
        rate: f64,
    }

    impl Law {
        #[differentiable(wrt(x))]
        fn step(&self, x: f64) -> f64 {
            self.rate * x * x
        }

        #[differentiable(wrt(x))]
        fn step_forward(&self, x: f64) -> f64 {
            self.step(x) * x
        }

        #[differentiable(wrt(x))]
        fn step_pull(&self, x: f64) -> f64 {
            self.step_forward(x) * self.step(x)
        }
    }

    #[test]
    fn have_entries_of_their_own() {
        let law = Law { rate: 0.7 };
        for x in points(87, 3, 1, -1.0, 1.0) {
            check(&derived!(alone | x | law.step_pull(x[0])), &x, 1e-12);
        }
    }
}

#[expect(unused_qualifications, reason = "the path is the point")]
mod integers_beside_words_of_the_macro {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn down(x: f64) -> f64 {
        let mut k = 1;
        for _ in 0..3 {
            k -= 1;
        }
        let m = if (k as i64) < (core::primitive::usize::MAX as i64).max(5) { 2.0 } else { 3.0 };
        x * x * k as f64 * m
    }

    #[test]
    fn keep_their_types() {
        check_everywhere(&derived!(alone | x | down(x[0])), &points(88, 3, 1, 0.2, 1.5), 1e-12);
    }
}

#[expect(unused_qualifications, reason = "the path is the point")]
mod items_of_inner_blocks {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn twice(x: f64) -> f64 {
        let scaled = |a: f64| {
            const SCALE: f64 = 2.0;
            a * SCALE
        };
        fn turned(a: f64) -> f64 {
            use std::f64::consts::{E as BASE, PI};
            const STEP: f64 = 0.5;
            (a * PI * STEP).sin() * BASE
        }
        let mut sum = scaled(scaled(x)) * turned(turned(x));
        for _ in 0..2 {
            const DECAY: f64 = 0.9;
            fn down(a: f64) -> f64 {
                a * a * DECAY
            }
            sum = down(sum) * std::f64::consts::PI;
        }
        sum
    }

    #[test]
    fn stand_once() {
        check_everywhere(&derived!(alone | x | twice(x[0])), &points(89, 3, 1, 0.2, 1.5), 1e-9);
    }
}

#[expect(unused_qualifications, reason = "the path is the point")]
mod functions_of_std_by_any_path {
    use crate::support::*;
    use hvp::{differentiable, stop_gradient};
    use std::{array, convert, hint, iter, mem};

    #[differentiable]
    fn all_of_them(x: f64) -> f64 {
        let (mut a, mut b) = (x, 2.0);
        mem::swap(&mut a, &mut b);
        std::mem::swap::<f64>(&mut a, &mut b);
        let old = mem::replace(&mut a, x * x);
        let same = convert::identity(a) * hint::black_box(b);
        let boxed = Box::new(same);
        let powers: [f64; 3] = array::from_fn(|i| x.powi(i as i32));
        let pairs: f64 = iter::zip(powers, [x, 2.0, x]).map(|(p, q)| p * q).sum();
        let rest: f64 = iter::repeat(x).take(2).chain(iter::once(x)).chain(iter::repeat_n(x, 3)).sum();
        let mut list = Vec::<f64>::with_capacity(1);
        list.push(rest);
        let taken = core::mem::take(&mut list);
        let mut other = Vec::new();
        other.push(f64::max(x, -f64::sqrt(x)));
        drop(list);
        *boxed * old * pairs * taken[0] * other[0]
            + f64::from(x)
            + stop_gradient(1.0) * hvp::stop_gradient(2.0)
    }

    #[test]
    fn are_what_they_seem() {
        check_everywhere(&derived!(alone | x | all_of_them(x[0])), &points(90, 3, 1, 0.2, 1.5), 1e-9);
    }
}
