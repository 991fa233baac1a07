//! Slice variables that take another part of their array.

mod slices_reassigned {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn unpack(x: &[f64]) -> f64 {
        let mut rest = &x[..];
        let mut s = 0.0;
        let mut k = 1.0;
        while !rest.is_empty() {
            s += k * rest[0] * rest[rest.len() - 1];
            rest = &rest[1..];
            k += 1.0;
        }
        s
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | unpack(&x)), &points(7, 3, 5, -1.0, 1.0), 1e-9);
    }
}

mod slices_split_first_loop {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn horner(x: f64, coef: &[f64]) -> f64 {
        let mut c = coef;
        let mut acc = 0.0;
        while let Some((last, rest)) = c.split_last() {
            acc = acc * x + last;
            c = rest;
        }
        acc
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | horner(x[0], &x[1..])), &points(7, 3, 5, -1.0, 1.0), 1e-9);
    }
}

mod slice_mut_var {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn sm(x: &[f64]) -> f64 {
        let mut buf = x.to_vec();
        let mut rest = &mut buf[..];
        let mut k = 1.0;
        while rest.len() > 1 {
            let (a, b) = rest.split_at_mut(1);
            b[0] *= a[0] + k;
            k += 1.0;
            rest = b;
        }
        buf.iter().sum()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | sm(&x)), &points(7, 3, 4, -1.0, 1.0), 1e-9);
    }
}

mod slice_swap_rows {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn rowptr(m: &[[f64; 3]], n: usize) -> f64 {
        let mut row = &m[0];
        let mut s = 0.0;
        for i in 0..n {
            let keep = row[1];
            row = &m[(i + 1) % m.len()];
            s += keep * row[0] * row[2];
        }
        s + row[1]
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | rowptr(&rows(&x), 5)), &points(7, 3, 6, -1.0, 1.0), 1e-9);
    }
}

mod slice_param_mut {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn consume(mut x: &[f64], k: usize) -> f64 {
        let mut s = 1.0;
        loop {
            match x {
                [] => break,
                [a] => {
                    s += a * a;
                    break;
                }
                [a, b, tail @ ..] => {
                    s *= 1.0 + a * b;
                    x = tail;
                }
            }
            let (head, rest) = x.split_at(k.min(x.len()));
            x = rest;
            s += head.iter().sum::<f64>() * s;
        }
        s
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | consume(&x, 1)), &points(7, 3, 8, -1.0, 1.0), 1e-9);
        check_everywhere(&derived!(alone | x | consume(&x, 0)), &points(7, 3, 7, -1.0, 1.0), 1e-9);
    }
}

mod slice_binary_split {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn bisect(x: &[f64], key: f64) -> f64 {
        let mut part = x;
        let mut acc = 0.0;
        while part.len() > 1 {
            let mid = part.len() / 2;
            let (l, r) = part.split_at(mid);
            acc += l[l.len() - 1] * r[0];
            part = if r[0] < key { r } else { l };
        }
        acc + part[0]
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | bisect(&x[..6], x[6])), &points(7, 3, 7, -1.0, 1.0), 1e-9);
    }
}

mod slice_two_bases {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn split_params(theta: &[f64], h: usize) -> f64 {
        let mut offset = 0;
        let mut take = |n: usize| {
            let s = &theta[offset..offset + n];
            offset += n;
            s
        };
        let w = take(h);
        let b = take(1);
        let v = take(h);
        w.iter().zip(v).map(|(a, c)| (a * c + b[0]).tanh()).sum()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | split_params(&x, 2)), &points(7, 3, 5, -1.0, 1.0), 1e-9);
    }
}

mod slices_that_become_arrays {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn length(p: &[f64; 3]) -> f64 {
        (p[0] * p[0] + p[1] * p[1] + p[2] * p[2]).sqrt()
    }

    #[differentiable]
    pub fn conversions(x: &[f64]) -> f64 {
        let mut s = 0.0;
        for c in x.chunks_exact(3) {
            let p: [f64; 3] = c.try_into().unwrap();
            s += length(&p) * p[1];
        }
        let q: &[f64; 2] = x[..2].try_into().expect("two numbers");
        let &[u, v, w] = <&[f64; 3]>::try_from(&x[1..4]).unwrap();
        let [m, n] = <[f64; 2]>::try_from(&x[2..4]).unwrap();
        let mut own: [f64; 3] = x[3..].try_into().unwrap();
        own[0] *= own[1];
        s * q[0] + q[1] + u * v * w + m * n + own[0] * x[3]
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | conversions(&x)), &points(8, 3, 6, 0.5, 1.5), 1e-9);
    }

    #[test]
    fn another_length_panics_in_the_derivatives_too() {
        assert!(std::panic::catch_unwind(|| conversions_grad(&[1.0, 2.0, 3.0, 4.0])).is_err());
    }
}

mod parts_that_are_left_over {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn by_pairs(x: &[f64]) -> f64 {
        let pairs = x.chunks_exact(2);
        let rest = pairs.remainder();
        let mut s: f64 = rest.iter().map(|a| a * a * a).sum();
        for pair in pairs {
            s += pair[0] * pair[1];
        }
        let mut threes = x.chunks_exact(3);
        for three in threes.by_ref() {
            s += three[0] * three[2].sin();
        }
        for r in threes.remainder() {
            s += r * r * x[0];
        }
        s
    }

    #[differentiable]
    pub fn changed_by_pairs(x: &[f64]) -> f64 {
        let mut y = x.to_vec();
        let mut pairs = y.chunks_exact_mut(2);
        for pair in &mut pairs {
            pair[0] *= pair[1];
        }
        for r in pairs.into_remainder() {
            *r *= *r;
        }
        y.iter().map(|a| a.exp()).sum()
    }

    #[differentiable]
    pub fn ends_change(x: &[f64]) -> f64 {
        let mut y = x.to_vec();
        if let Some((first, rest)) = y.split_first_mut() {
            *first = first.sin();
            for r in rest {
                *r *= *first;
            }
        }
        let (last, init) = y.split_last_mut().unwrap();
        for a in init.iter_mut() {
            *a *= *last;
            *last += *a * x[0];
        }
        y.iter().sum()
    }

    #[test]
    fn have_the_right_derivatives() {
        for n in [4, 5, 7] {
            check_everywhere(&derived!(alone | x | by_pairs(&x)), &points(n, 3, 6, 0.5, 1.5), 1e-9);
            check_everywhere(&derived!(alone | x | changed_by_pairs(&x)), &points(n, 3, 7, 0.5, 1.5), 1e-9);
            check_everywhere(&derived!(alone | x | ends_change(&x)), &points(n, 3, 8, 0.5, 1.5), 1e-9);
        }
    }
}
