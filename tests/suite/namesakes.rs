//! Names that mean something else where they stand: shadowed, chosen by the user, or like those of the generated code.

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
