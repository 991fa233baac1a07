//! Functions inside the body.

mod nested_kept {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn nested_kept(x: &[f64], n: usize) -> f64 {
        const SCALE: f64 = 0.7;
        fn helper(v: f64) -> f64 {
            v * SCALE
        }
        fn fact(v: f64, n: usize) -> f64 {
            if n == 0 { 1.0 } else { helper(v) * fact(v + 0.1, n - 1) }
        }
        fn even(v: f64, n: usize) -> f64 {
            if n == 0 { v } else { odd(v * v, n - 1) }
        }
        fn odd(v: f64, n: usize) -> f64 {
            if n == 0 { v.sin() } else { even(v + 1.0, n - 1) }
        }
        fn checked(v: f64) -> Result<f64, String> {
            if v > 100.0 { Err("big".into()) } else { Ok(v * v) }
        }
        fn plain(a: &mut [f64]) {
            for v in a.iter_mut() {
                *v *= *v;
            }
        }
        let mut b = x.to_vec();
        plain(&mut b);
        fact(x[0], n) + even(x[1], 3) + checked(b[2]).unwrap_or(0.0) + helper(b[0])
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | nested_kept(&x, 3)), &points(7, 3, 3, -1.0, 1.0), 1e-9);
    }
}

mod nested_rec_arrays {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn det(m: &[f64], n: usize) -> f64 {
        fn minor(m: &[f64], n: usize, col: usize) -> Vec<f64> {
            let mut out = Vec::with_capacity((n - 1) * (n - 1));
            for r in 1..n {
                for c in 0..n {
                    if c != col {
                        out.push(m[r * n + c]);
                    }
                }
            }
            out
        }
        fn expand(m: &[f64], n: usize) -> f64 {
            if n == 1 {
                return m[0];
            }
            let mut s = 0.0;
            for c in 0..n {
                let sub = minor(m, n, c);
                let sign = if c % 2 == 0 { 1.0 } else { -1.0 };
                s += sign * m[c] * expand(&sub, n - 1);
            }
            s
        }
        expand(m, n)
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | det(&x, 3)), &points(7, 3, 9, -1.0, 1.0), 1e-9);
    }
}

mod recursive_nested {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn legendre_sum(x: f64, n: usize) -> f64 {
        fn p(k: usize, x: f64) -> f64 {
            match k {
                0 => 1.0,
                1 => x,
                _ => ((2 * k - 1) as f64 * x * p(k - 1, x) - (k - 1) as f64 * p(k - 2, x)) / k as f64,
            }
        }
        (0..n).map(|k| p(k, x) * 0.5f64.powi(k as i32)).sum()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | legendre_sum(x[0], 5)), &points(7, 3, 1, -1.0, 1.0), 1e-9);
    }
}

mod closure_passed_to_nested {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn simpson(a: f64, b: f64, k: f64) -> f64 {
        fn quad<F: Fn(f64) -> f64>(f: F, a: f64, b: f64, n: usize) -> f64 {
            let h = (b - a) / n as f64;
            let mut s = f(a) + f(b);
            for i in 1..n {
                s += f(a + i as f64 * h) * if i % 2 == 0 { 2.0 } else { 4.0 };
            }
            s * h / 3.0
        }
        quad(|t| (-k * t * t).exp(), a, b, 8) + quad(|t: f64| t.sin() * k, b, 2.0, 4)
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | simpson(x[0], x[1], x[2])), &points(7, 3, 3, -1.0, 1.0), 1e-9);
    }
}

mod nested_fn_mut {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn nested_mut(x: &[f64]) -> f64 {
        fn relax(a: &mut [f64], w: f64) {
            for i in 1..a.len() - 1 {
                a[i] = (1.0 - w) * a[i] + 0.5 * w * (a[i - 1] + a[i + 1]);
            }
        }
        fn norm(a: &[f64]) -> f64 {
            a.iter().map(|v| v * v).sum::<f64>().sqrt()
        }
        let mut a = x.to_vec();
        for k in 0..3 {
            relax(&mut a, 0.3 * (k + 1) as f64);
        }
        norm(&a)
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | nested_mut(&x)), &points(7, 3, 5, -1.0, 1.0), 1e-9);
    }
}

mod rec_by_value {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn advance(s: [f64; 2], mut v: Vec<f64>, n: usize) -> f64 {
        if n == 0 {
            return s[0] * s[1] + v[0];
        }
        let mut t = s;
        t[0] += 0.1 * s[1];
        t[1] -= 0.2 * s[0] * v[1];
        v[0] *= t[0];
        advance(t, v.clone(), n - 1) + v[1]
    }
    #[differentiable]
    pub fn rec_by_value(x: &[f64]) -> f64 {
        advance([x[0], x[1]], vec![x[2], x[3]], 3)
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | rec_by_value(&x)), &points(7, 3, 4, -1.0, 1.0), 1e-9);
        check_everywhere(
            &derived!(alone | x | advance(array(&x), x[2..].to_vec(), 3)),
            &points(7, 3, 4, -1.0, 1.0),
            1e-9,
        );
    }
}

mod push_only {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn minor(m: &[f64], n: usize, col: usize) -> Vec<f64> {
        let mut out = Vec::with_capacity((n - 1) * (n - 1));
        for r in 1..n {
            for c in 0..n {
                if c != col {
                    out.push(m[r * n + c]);
                }
            }
        }
        out
    }
    #[differentiable]
    pub fn push_only(m: &[f64]) -> f64 {
        let v = minor(m, 3, 0);
        v[0] * v[3] - v[1] * v[2]
    }

    #[test]
    fn has_the_right_derivatives() {
        check_map(
            "minor",
            &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
            |x| minor(x, 3, 1),
            |x, v| minor_jvp(x, 3, 1, v),
            |x, w| minor_vjp(x, 3, 1, w),
        );
        check_everywhere(&derived!(alone | x | push_only(&x)), &points(7, 3, 9, -1.0, 1.0), 1e-9);
    }
}

mod with_the_attribute {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn marked(x: &[f64]) -> f64 {
        #[differentiable]
        fn cube(z: f64) -> f64 {
            z * z * z
        }
        #[differentiable]
        fn power(z: f64, n: usize) -> f64 {
            if n == 0 { 1.0 } else { z * power(z, n - 1) }
        }
        #[hvp::differentiable(wrt(z))]
        fn scaled(z: &[f64], k: f64) -> f64 {
            z[0] * z[1] * k
        }
        #[differentiable(derivative = |z| z.cos())]
        fn sine(z: f64) -> f64 {
            libm_like(z)
        }
        x.iter().map(|v| cube(*v)).sum::<f64>() + power(x[0], 3) * scaled(x, 2.0) + sine(x[1]) * x[2]
    }

    fn libm_like(z: f64) -> f64 {
        z.sin()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | marked(x)), &points(8, 3, 3, -1.0, 1.0), 1e-9);
    }
}
