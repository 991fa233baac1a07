//! Iterators that are taken step by step, or left early.

mod chain_exits {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn chain_take_while(x: &[f64], y: &[f64]) -> f64 {
        x.iter().chain(y.iter()).take_while(|v| **v < 0.5).map(|v| v * v).sum()
    }
    #[differentiable]
    pub fn chain_find(x: &[f64], y: &[f64]) -> f64 {
        let a = x.iter().chain(y).find(|v| **v > 0.0);
        a.map_or(1.0, |v| v * v)
    }
    #[differentiable]
    pub fn chain_next(x: &[f64], y: &[f64]) -> f64 {
        let a = x.iter().chain(y).next().unwrap();
        a * a
    }
    #[differentiable]
    pub fn chain_pos(x: &[f64], y: &[f64]) -> f64 {
        let k = x.iter().chain(y).position(|v| *v > 0.0).unwrap_or(0);
        k as f64 * x[0] * y[0]
    }
    #[differentiable]
    pub fn chain_any(x: &[f64], y: &[f64]) -> f64 {
        let mut n = 0.0;
        let a = x.iter().chain(y).any(|v| {
            n += v;
            *v > 0.0
        });
        if a { n * n } else { n }
    }
    #[differentiable]
    pub fn chain_scan(x: &[f64], y: &[f64]) -> f64 {
        x.iter()
            .chain(y)
            .scan(1.0, |s, v| {
                *s *= v;
                if *s < 0.0 { None } else { Some(*s) }
            })
            .sum()
    }
    #[differentiable]
    pub fn chain_zip(x: &[f64], y: &[f64]) -> f64 {
        x.iter().chain(y).zip(x).map(|(a, b)| a * b).sum()
    }
    #[differentiable]
    pub fn chain_map_while(x: &[f64], y: &[f64]) -> f64 {
        x.iter().chain(y).map_while(|v| if *v < 0.3 { Some(v * v) } else { None }).sum()
    }
    #[differentiable]
    pub fn chain_break(x: &[f64], y: &[f64]) -> f64 {
        let mut s = 0.0;
        for v in x.iter().chain(y).filter(|v| **v < 2.0) {
            if *v > 0.6 {
                break;
            }
            if *v < -0.5 {
                continue;
            }
            s += v * v;
        }
        s
    }
    #[differentiable]
    pub fn chain_take(x: &[f64], y: &[f64]) -> f64 {
        let mut s = 1.0;
        for v in x.iter().chain(y).filter(|v| **v > -0.5).take(2) {
            if *v > 0.6 {
                continue;
            }
            s += v * v * s;
        }
        s
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | chain_take_while(&x[..3], &x[3..])),
            &points(7, 3, 6, -1.0, 1.0),
            1e-9,
        );
        check_everywhere(
            &derived!(alone | x | chain_find(&x[..3], &x[3..])),
            &points(7, 3, 6, -1.0, 1.0),
            1e-9,
        );
        check_everywhere(
            &derived!(alone | x | chain_next(&x[..3], &x[3..])),
            &points(7, 3, 6, -1.0, 1.0),
            1e-9,
        );
        check_everywhere(
            &derived!(alone | x | chain_pos(&x[..3], &x[3..])),
            &points(7, 3, 6, -1.0, 1.0),
            1e-9,
        );
        check_everywhere(
            &derived!(alone | x | chain_any(&x[..3], &x[3..])),
            &points(7, 3, 6, -1.0, 1.0),
            1e-9,
        );
        check_everywhere(
            &derived!(alone | x | chain_scan(&x[..3], &x[3..])),
            &points(7, 3, 6, -1.0, 1.0),
            1e-9,
        );
        check_everywhere(
            &derived!(alone | x | chain_zip(&x[..3], &x[3..])),
            &points(7, 3, 6, -1.0, 1.0),
            1e-9,
        );
        check_everywhere(
            &derived!(alone | x | chain_map_while(&x[..3], &x[3..])),
            &points(7, 3, 6, -1.0, 1.0),
            1e-9,
        );
        check_everywhere(
            &derived!(alone | x | chain_break(&x[..3], &x[3..])),
            &points(7, 3, 6, -1.0, 1.0),
            1e-9,
        );
        check_everywhere(
            &derived!(alone | x | chain_take(&x[..3], &x[3..])),
            &points(7, 3, 6, -1.0, 1.0),
            1e-9,
        );
    }
}

mod take_lazy {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn take_lazy(x: &[f64]) -> f64 {
        let mut seen = 0.0;
        let s: f64 = x
            .iter()
            .filter(|v| {
                seen += **v;
                **v > 0.0
            })
            .take(1)
            .map(|v| v * v)
            .sum();
        s + seen * seen
    }
    #[differentiable]
    pub fn take_endless(x: &[f64]) -> f64 {
        (0..).filter(|i| i % 2 == 0).map(|i| x[i] * x[i]).take(2).sum()
    }
    #[differentiable]
    pub fn flat_exits(x: &[f64]) -> f64 {
        let a = (0..3).flat_map(|i| (0..i).map(move |j| (i, j))).find(|&(i, j)| x[i] * x[j] > 0.0);
        let b: f64 = (0..3).flat_map(|i| (0..3).map(move |j| x[i] * x[j])).take_while(|v| *v < 0.6).sum();
        match a {
            Some((i, j)) => x[i].powi(2) * x[j] + b,
            None => b * b,
        }
    }
    #[differentiable]
    pub fn flat_take(x: &[f64]) -> f64 {
        let mut n = 0.0;
        (0..3)
            .flat_map(|i| (0..3).map(move |j| x[i] * x[j]))
            .skip(1)
            .step_by(2)
            .take(3)
            .enumerate()
            .for_each(|(k, v)| n += v * k as f64 * n + v);
        n
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | take_lazy(&x)), &points(7, 3, 4, -1.0, 1.0), 1e-9);
        check_everywhere(&derived!(alone | x | take_endless(&x)), &points(7, 3, 4, -1.0, 1.0), 1e-9);
        check_everywhere(&derived!(alone | x | flat_exits(&x)), &points(7, 3, 3, -1.0, 1.0), 1e-9);
        check_everywhere(&derived!(alone | x | flat_take(&x)), &points(7, 3, 3, -1.0, 1.0), 1e-9);
    }
}

mod side_effects {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn effects(x: &[f64], n: usize) -> f64 {
        let mut seen = 1.0;
        let s: f64 = x
            .iter()
            .map(|v| {
                seen += v;
                v * seen
            })
            .take(n)
            .sum();
        let c = x
            .iter()
            .map(|v| {
                seen *= 1.0 + 0.1 * v;
                v
            })
            .count();
        let l = *x
            .iter()
            .map(|v| {
                seen += v * v;
                v
            })
            .last()
            .unwrap();
        let k: f64 = x
            .iter()
            .map(|v| {
                seen -= v.sin();
                v
            })
            .skip(2)
            .sum();
        let e: f64 = x
            .iter()
            .map(|v| {
                seen += 0.1;
                v
            })
            .enumerate()
            .map(|(i, v)| v * i as f64)
            .sum();
        s + seen * c as f64 + l * k + e
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | effects(&x, 2)), &points(7, 3, 4, -1.0, 1.0), 1e-9);
        check_everywhere(&derived!(alone | x | effects(&x, 0)), &points(7, 3, 4, -1.0, 1.0), 1e-9);
    }
}

mod cursors {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn cursors(x: &[f64]) -> f64 {
        let mut it = x.iter();
        let head: f64 = it.by_ref().take_while(|v| **v < 0.6).map(|v| v * v).sum();
        let next = it.next().copied().unwrap_or(0.25);
        let two: f64 = it.by_ref().take(2).sum();
        let mut found = 0.0;
        for v in it.by_ref() {
            found += v;
            if *v > 0.0 {
                break;
            }
        }
        let rest: f64 = it.map(|v| v.exp()).sum();
        head * next + two * found + rest
    }
    #[differentiable]
    pub fn cursors2(x: &[f64]) -> f64 {
        let mut it = x.iter().copied().enumerate();
        let (_, a) = it.next().unwrap();
        let copy = it.clone();
        let (i, b) = it.nth(1).unwrap();
        let any = it.any(|(_, v)| v > 0.2);
        let mut s = if any { a } else { b };
        for (k, v) in &mut it {
            s += v * k as f64;
            if k == 4 {
                break;
            }
        }
        let z: f64 = it.by_ref().zip([2.0, 3.0]).map(|((_, v), w)| v * w).sum();
        s * i as f64 + copy.map(|(_, v)| v).sum::<f64>() + z + it.count() as f64 * a
    }
    #[differentiable]
    pub fn tokens(x: &[f64], ops: &[u8]) -> f64 {
        let mut ops = ops.iter().peekable();
        let mut vals = x.iter();
        let mut acc = *vals.next().unwrap();
        while let Some(op) = ops.next() {
            let repeat = matches!(ops.peek(), Some(&&next) if next == *op);
            let Some(v) = vals.next() else { break };
            acc = match op {
                b'+' => acc + v,
                b'*' => acc * v,
                _ => acc.sin(),
            };
            if repeat {
                acc *= 1.1;
            }
        }
        acc
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | cursors(&x)), &points(7, 3, 8, -1.0, 1.0), 1e-9);
        check_everywhere(&derived!(alone | x | cursors2(&x)), &points(7, 3, 9, -1.0, 1.0), 1e-9);
        check_everywhere(&derived!(alone | x | tokens(&x, b"++*s*")), &points(7, 3, 5, -1.0, 1.0), 1e-9);
    }
}

mod peekable {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn runs(x: &[f64]) -> f64 {
        let mut it = x.iter().peekable();
        let mut s = 0.0;
        while let Some(&v) = it.next() {
            if let Some(&&n) = it.peek() {
                s += v * n;
            } else {
                s += v.sin();
            }
        }
        s
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | runs(&x)), &points(7, 3, 5, -1.0, 1.0), 1e-9);
    }
}

mod by_ref_take {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn blocks(theta: &[f64]) -> f64 {
        let mut it = theta.iter();
        let a: f64 = it.by_ref().take(2).map(|v| v * v).sum();
        let b = it.next().unwrap();
        let c: f64 = it.map(|v| v.exp()).sum();
        a * b + c
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | blocks(&x)), &points(7, 3, 6, -1.0, 1.0), 1e-9);
    }
}

mod next_destructure {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn unpack_iter(theta: &[f64]) -> f64 {
        let mut p = theta.iter().copied();
        let mut next = || p.next().unwrap();
        let a = next();
        let b = next();
        let c = next();
        a * b.sin() + c.exp()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | unpack_iter(&x)), &points(7, 3, 3, -1.0, 1.0), 1e-9);
    }
}

mod iter_nth {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn nth(x: &[f64]) -> f64 {
        let third = x.iter().nth(2).copied().unwrap_or(0.0);
        let mut it = x.iter().copied();
        let a = it.next().unwrap();
        let b = it.nth(1).unwrap();
        third * a + b * b
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | nth(&x)), &points(7, 3, 5, -1.0, 1.0), 1e-9);
    }
}

mod filter_chain {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(x))]
    pub fn masked(x: &[f64], mask: &[bool]) -> f64 {
        let kept = x.iter().zip(mask).filter(|(_, m)| **m).map(|(v, _)| v);
        let n = mask.iter().filter(|&&m| m).count();
        let mean = kept.clone().sum::<f64>() / n as f64;
        kept.map(|v| (v - mean).powi(2)).sum::<f64>() / n.max(1) as f64
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | masked(&x, &[true, false, true, true])),
            &points(7, 3, 4, -1.0, 1.0),
            1e-9,
        );
    }
}

mod try_fold {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn tfold(x: &[f64]) -> f64 {
        x.iter().try_fold(0.0, |acc, &v| if v > -2.0 { Some(acc + v * v) } else { None }).unwrap_or(-1.0)
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | tfold(&x)), &points(7, 3, 4, -1.0, 1.0), 1e-9);
    }
}

mod partition_unzip {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn unzipped(x: &[f64]) -> f64 {
        let (a, b): (Vec<f64>, Vec<f64>) = x.iter().map(|v| (v.sin(), v.cos())).unzip();
        a.iter().zip(&b).map(|(s, c)| s * c * c).sum::<f64>() + a[0]
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | unzipped(&x)), &points(7, 3, 4, -1.0, 1.0), 1e-9);
    }
}

mod partition {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn parted(x: &[f64]) -> f64 {
        let (pos, neg): (Vec<f64>, Vec<f64>) = x.iter().partition(|v| **v > 0.0);
        pos.iter().map(|v| v * v).sum::<f64>() - neg.iter().map(|v| v.exp()).sum::<f64>()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | parted(&x)), &points(7, 3, 4, -1.0, 1.0), 1e-9);
    }
}
