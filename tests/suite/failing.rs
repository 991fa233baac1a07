//! Calls that may fail, and `?` in closures.

mod caught_calls {
    use crate::support::*;
    use hvp::differentiable;

    #[derive(Debug)]
    pub enum E {
        Neg(f64),
        Big,
    }
    impl From<String> for E {
        fn from(_: String) -> E {
            E::Big
        }
    }
    #[differentiable]
    fn root(x: f64) -> Result<f64, E> {
        if x < 0.0 {
            return Err(E::Neg(1.0));
        }
        if x > 50.0 { Err(E::Big) } else { Ok((x + 0.1).sqrt()) }
    }
    #[differentiable]
    fn pair(x: f64, y: f64) -> Option<(f64, f64)> {
        if x * y > 0.0 { Some((x * y, x + y)) } else { None }
    }
    #[differentiable]
    fn dot_rows(x: &[f64]) -> Option<f64> {
        let (a, b) = x.split_first()?;
        Some(a * b.iter().sum::<f64>())
    }
    #[differentiable]
    pub fn caught(x: &[f64]) -> f64 {
        let mut s = 0.0;
        for i in 0..x.len() {
            s += match root(x[i]) {
                Ok(v) => v * v * v,
                Err(_) => -x[i],
            };
            if let Some((a, b)) = pair(x[i], x[0]) {
                s += a * b.sin();
            }
            s += root(x[i] * 2.0).unwrap_or(0.3 * x[i]);
        }
        let r = root(x[1]);
        if r.is_ok() {
            s *= 1.5;
        }
        s += r.unwrap_or_else(|_| x[0].exp());
        let Ok(last) = root(x[2] * x[2]) else { return s };
        s += last + root(1.0 + x[0] * x[0]).unwrap() * dot_rows(x).expect("rows");
        let q: Option<f64> = dot_rows(&x[1..]);
        s + q.map_or(0.0, |v| v.cos()) + dot_rows(&[]).map(|v| v * 2.0).unwrap_or_default()
    }
    #[differentiable]
    pub fn passed(x: &[f64]) -> Result<f64, String> {
        let a = root(x[0]).map_err(|e| format!("{e:?}"))?;
        let b = dot_rows(x).ok_or("none".to_string())?;
        Ok(a * b)
    }
    #[differentiable]
    pub fn passed_opt(x: &[f64]) -> Option<f64> {
        let a = root(x[0]).ok()?;
        let b = root(x[1]).ok().map(|v| v * a)?;
        Some(a * b)
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | caught(&x)), &points(7, 3, 4, -1.0, 1.0), 1e-9);
        let f = |t: f64| passed(&[0.5 + t, 0.7]).unwrap();
        let d = (f(1e-5) - f(-1e-5)) / 2e-5;
        let g = passed_grad(&[0.5, 0.7]).unwrap();
        assert!((g[0] - d).abs() < 1e-8, "{g:?} {d}");
        assert!(passed_hvp(&[-0.5, 0.7], &[1.0, 0.0]).is_err());
        let f = |t: f64| passed_opt(&[0.5 + t, 0.7]).unwrap();
        let d = (f(1e-5) - f(-1e-5)) / 2e-5;
        let g = passed_opt_grad(&[0.5, 0.7]).unwrap();
        assert!((g[0] - d).abs() < 1e-8, "{g:?} {d}");
        assert!(passed_opt_hvp(&[0.5, -0.7], &[1.0, 0.0]).is_none());
    }
}

mod caught_recursive {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn tree(x: &[f64], i: usize, depth: usize) -> Option<f64> {
        if depth == 0 {
            return x.get(i).map(|v| v * v);
        }
        let l = tree(x, 2 * i, depth - 1).unwrap_or(0.5);
        let r = match tree(x, 2 * i + 1, depth - 1) {
            Some(r) => r,
            None => x[0],
        };
        if l > 0.9 { None } else { Some(l * r + x[0]) }
    }
    #[differentiable]
    pub fn tree_value(x: &[f64]) -> f64 {
        tree(x, 0, 3).unwrap_or(x[1])
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | tree_value(&x)), &points(7, 3, 6, -1.0, 1.0), 1e-9);
    }
}

mod question_closures {
    use crate::support::*;
    use hvp::differentiable;

    pub struct D {
        w: Option<f64>,
        names: Vec<(String, f64)>,
    }
    #[differentiable(wrt(x))]
    pub fn qc(x: &[f64], d: &D) -> f64 {
        let get = |i: usize| -> Option<f64> {
            let w = d.w?;
            let v = x.get(i)?;
            if *v < -0.8 {
                return None;
            }
            Some(w * v * v)
        };
        fn diff(x: &[f64], i: usize) -> Option<f64> {
            let a = x.get(i)?;
            let b = x.get(i + 1)?;
            Some(b - a)
        }
        let mut s = 0.0;
        for i in 0..x.len() + 1 {
            if let Some(v) = get(i) {
                s += v;
            }
            s += diff(x, i).map_or(0.0, |d| d.powi(3));
        }
        s + x
            .iter()
            .zip(&d.names)
            .filter_map(|(v, (n, w))| {
                let c = n.chars().next()?;
                if c == 'a' { Some(v * w) } else { None }
            })
            .sum::<f64>()
    }

    #[test]
    fn has_the_right_derivatives() {
        let d = D { w: Some(2.0), names: vec![("abc".into(), 2.0), ("b".into(), 3.0), (String::new(), 4.0)] };
        check_everywhere(&derived!(alone | x | qc(&x, &d)), &points(7, 3, 3, -1.0, 1.0), 1e-9);
        let d = D { w: None, names: vec![] };
        check_everywhere(&derived!(alone | x | qc(&x, &d)), &points(7, 3, 3, -1.0, 1.0), 1e-9);
    }
}

mod inner_options {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(x))]
    pub fn inner_options(x: &[f64], edges: &[f64]) -> f64 {
        let slot = |i: usize| {
            if i > 2 {
                return None;
            }
            if i == 1 {
                return Some(0);
            }
            Some(i)
        };
        let seek = |v: f64| -> Option<usize> {
            for (i, e) in edges.iter().enumerate() {
                if v < *e {
                    return Some(i);
                }
            }
            None
        };
        let mut s = 0.0;
        for (i, v) in x.iter().enumerate() {
            if let Some(k) = slot(i) {
                s += x[k] * v;
            }
            match seek(*v) {
                Some(k) if k > 0 => s += v * k as f64,
                Some(_) => s += v * v,
                None => s -= v,
            }
            s += slot(i).unwrap_or(7) as f64 * v;
        }
        s
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | inner_options(&x, &[-0.5, 0.0, 0.5])),
            &points(7, 3, 4, -1.0, 1.0),
            1e-9,
        );
    }
}

mod option_chain {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(p))]
    pub fn opt(p: &[f64], w: Option<&[f64]>) -> Option<f64> {
        let (first, rest) = p.split_first()?;
        let last = rest.last()?;
        let base = first * last;
        let extra = match w {
            Some(w) => w.iter().zip(p).map(|(a, b)| a * b * b).sum(),
            None => 0.0,
        };
        Some(base + extra)
    }
    #[differentiable(wrt(p))]
    pub fn opt_value(p: &[f64], w: Option<&[f64]>) -> f64 {
        opt(p, w).unwrap_or(0.0)
    }

    #[test]
    fn has_the_right_derivatives() {
        let g = opt_grad(&[1.0, 2.0, 3.0], Some(&[0.5, 0.5])).unwrap();
        assert_eq!(g, vec![4.0, 2.0, 1.0]);
        assert!(opt_grad(&[], None).is_none());
        check_everywhere(
            &derived!(alone | x | opt_value(&x, Some(&[0.3, 0.4]))),
            &points(7, 3, 3, -1.0, 1.0),
            1e-9,
        );
    }
}

mod result_question {
    use crate::support::*;
    use hvp::differentiable;

    #[derive(Debug)]
    pub enum SolveError {
        Singular(usize),
        Diverged { iter: usize },
    }
    #[differentiable]
    fn pivot(d: f64, i: usize) -> Result<f64, SolveError> {
        if d.abs() < 1e-12 { Err(SolveError::Singular(i)) } else { Ok(1.0 / d) }
    }
    #[differentiable]
    pub fn ldl(a: &[[f64; 3]; 3]) -> Result<f64, SolveError> {
        let mut d = [0.0; 3];
        let mut l = [[0.0; 3]; 3];
        let mut ld = 0.0;
        for j in 0..3 {
            let mut s = a[j][j] + 3.0;
            for k in 0..j {
                s -= l[j][k] * l[j][k] * d[k];
            }
            d[j] = s;
            let inv = pivot(d[j], j)?;
            for i in j + 1..3 {
                let mut s = 0.5 * (a[i][j] + a[j][i]);
                for k in 0..j {
                    s -= l[i][k] * l[j][k] * d[k];
                }
                l[i][j] = s * inv;
            }
            ld += d[j].abs().ln();
        }
        if !ld.is_finite() {
            return Err(SolveError::Diverged { iter: 0 });
        }
        Ok(ld)
    }
    #[differentiable]
    pub fn ldl_value(a: &[[f64; 3]; 3]) -> f64 {
        match ldl(a) {
            Ok(v) => v,
            Err(_) => 0.0,
        }
    }

    #[test]
    fn has_the_right_derivatives() {
        let m: [[f64; 3]; 3] = [[0.1, 0.2, 0.3], [0.4, 0.1, 0.2], [0.2, 0.3, 0.4]];
        let g = ldl_grad(&m).unwrap();
        assert!(g[0][0].is_finite());
        check_everywhere(
            &derived!(alone | x | ldl_value(&matrix::<_, 3, 3>(&x))),
            &points(7, 3, 9, -1.0, 1.0),
            1e-9,
        );
    }
}

mod validate_result {
    use hvp::differentiable;

    #[differentiable]
    fn check_len(x: &[f64], n: usize) -> Result<(), String> {
        if x.len() == n { Ok(()) } else { Err(format!("{} != {n}", x.len())) }
    }
    #[differentiable]
    pub fn validated(x: &[f64]) -> Result<f64, String> {
        check_len(x, 3)?;
        let mut v = x.to_vec();
        v[0] *= 2.0;
        check_len(&v, 3)?;
        Ok(v.iter().map(|a| a.powi(3)).sum())
    }

    #[test]
    fn has_the_right_derivatives() {
        assert_eq!(validated_grad(&[1.0, 1.0, 1.0]).unwrap(), vec![24.0, 3.0, 3.0]);
        assert!(validated_grad(&[1.0]).is_err());
    }
}

mod what_was_done_before_it_failed {
    use hvp::differentiable;

    #[differentiable]
    fn kept(x: f64, y: f64) -> Result<f64, String> {
        let mut a = [1.0, y];
        if x > 0.0 {
            a[1] = a[1] * 2.0;
        } else {
            a[0] = x * x;
            return Err(format!("{} is a square", a[0]));
        }
        Ok(a[0] * a[1] * a[1])
    }

    #[test]
    fn leaves_no_trace_in_the_derivatives() {
        assert_eq!(kept_grad(1.0, 3.0), Ok((0.0, 24.0)));
        assert!(kept_grad(-1.0, 3.0).is_err());
    }
}

mod the_call_that_fails_first {
    use hvp::differentiable;

    #[differentiable(wrt(x))]
    fn below(x: f64, limit: f64) -> Result<f64, f64> {
        if x < limit { Ok(x * x) } else { Err(limit) }
    }
    #[differentiable]
    fn summed(x: &[f64]) -> Result<f64, f64> {
        let mut sum = 0.0;
        for v in x {
            sum += below(*v, 2.0)?;
        }
        for v in x {
            sum += below(3.0 * v, 3.0)? * v;
        }
        Ok(sum)
    }
    #[differentiable]
    fn filled(x: &[f64]) -> Result<f64, f64> {
        let mut squares = vec![0.0; x.len()];
        for i in 0..x.len() {
            squares[i] = below(x[i], 4.0)?;
        }
        let mut product = 1.0;
        for i in 0..x.len() {
            product *= squares[i] + below(3.0 * x[i], 3.0)?;
        }
        Ok(product)
    }

    type Fails<T> = fn(&[f64]) -> Result<T, f64>;
    type FailsAlong<T> = fn(&[f64], &[f64]) -> Result<T, f64>;

    #[expect(clippy::type_complexity, reason = "one function of each kind")]
    fn check(
        (f, grad, value_and_grad): (Fails<f64>, Fails<Vec<f64>>, Fails<(f64, Vec<f64>)>),
        (jvp, hvp): (FailsAlong<(f64, f64)>, FailsAlong<Vec<f64>>),
        x: &[f64],
    ) {
        let (error, v) = (f(x).unwrap_err(), vec![1.0; x.len()]);
        assert_eq!(grad(x), Err(error));
        assert_eq!(value_and_grad(x), Err(error));
        assert_eq!(jvp(x, &v), Err(error));
        assert_eq!(hvp(x, &v), Err(error));
    }

    #[test]
    fn is_the_one_whose_error_all_derivatives_give() {
        let of_summed = (summed as _, summed_grad as _, summed_value_and_grad as _);
        let of_filled = (filled as _, filled_grad as _, filled_value_and_grad as _);
        assert_eq!((summed(&[0.5, 5.0]), summed(&[1.5, 0.5])), (Err(2.0), Err(3.0)));
        assert_eq!((filled(&[0.5, 5.0]), filled(&[1.5, 0.5])), (Err(4.0), Err(3.0)));
        for x in [[0.5, 5.0], [1.5, 0.5], [0.5, 1.4]] {
            check(of_summed, (summed_jvp, summed_hvp), &x);
            check(of_filled, (filled_jvp, filled_hvp), &x);
        }
    }
}
