//! An array, or a part of it, as an arm chooses.

use crate::support::*;
use hvp::differentiable;

mod of_one_array {
    use super::*;

    #[differentiable]
    fn first_whole(x: &[f64], n: usize) -> f64 {
        let y = loop {
            if n > 7 {
                break x;
            }
            break &x[1..];
        };
        y.iter().map(|v| v * v).sum()
    }

    #[differentiable]
    fn first_a_part(x: &[f64], n: usize) -> f64 {
        let y = loop {
            if n > 7 {
                break &x[1..];
            }
            break x;
        };
        y.iter().map(|v| v * v).sum()
    }

    #[differentiable]
    fn early(x: &[f64], n: usize) -> f64 {
        let pick = |k: usize| -> &[f64] {
            if k > 7 {
                return x;
            }
            &x[1..]
        };
        pick(n).iter().map(|v| v * v).sum()
    }

    #[differentiable]
    fn by_if(x: &[f64], n: usize) -> f64 {
        let local = [x[0] * x[1], x[1], x[2] * x[2], 1.0];
        let chosen = if n > 7 { &local[..] } else { &local[1..3] };
        let y = if n < x.len() { x } else { &x[..2] };
        chosen.iter().zip(y).map(|(a, b)| a * b.exp()).sum::<f64>() + y.len() as f64 * y[0]
    }

    #[test]
    fn have_the_right_derivatives() {
        let at = points(43, 2, 3, -0.9, 0.9);
        for n in [2, 9] {
            check_everywhere(&derived!(alone | x | first_whole(&x, n)), &at, 1e-8);
            check_everywhere(&derived!(alone | x | first_a_part(&x, n)), &at, 1e-8);
            check_everywhere(&derived!(alone | x | early(&x, n)), &at, 1e-8);
            check_everywhere(&derived!(alone | x | by_if(&x, n)), &at, 1e-8);
        }
    }
}

mod of_several {
    use super::*;

    #[differentiable]
    fn borrowed(x: &[f64], first: bool) -> f64 {
        let squares: Vec<f64> = x.iter().map(|v| v * v).collect();
        let chosen: &[f64] = match first {
            true => &squares,
            false => &x[1..],
        };
        let (p, q) = ([x[0], x[1]], [x[2] * x[0], 1.0]);
        let (low, high) = if first { (&p, &q) } else { (&q, &p) };
        chosen.iter().map(|v| v.sin()).sum::<f64>() * low[0] + high[1] * low[1]
    }

    #[differentiable]
    fn mapped(x: &[f64]) -> f64 {
        let points = [(x[0], x[1]), (x[1], x[2]), (0.0, x[0])];
        let products = points.map(|(a, b)| a * b + a.sin());
        let turned = points.map(|p| (p.1, p.0 * p.0));
        products.iter().sum::<f64>() * turned[1].0 + turned[2].1 + turned[0].1
    }

    #[test]
    fn have_the_right_derivatives() {
        let at = points(44, 2, 3, -0.9, 0.9);
        for first in [false, true] {
            check_everywhere(&derived!(alone | x | borrowed(&x, first)), &at, 1e-8);
        }
        check_everywhere(&derived!(alone | x | mapped(&x)), &at, 1e-8);
    }
}

mod that_may_not_be_there {
    use super::*;

    #[differentiable(wrt(x))]
    fn of_all(x: &[f64], lo: usize, hi: usize) -> f64 {
        x.get(lo..hi).map_or(x[0] * x[0], |part| part.iter().map(|v| v.exp()).sum())
    }

    #[differentiable(wrt(x))]
    fn of_a_part(x: &[f64], lo: usize, last: usize) -> f64 {
        let tail = &x[1..];
        match (tail.get(lo..), tail.get(lo..=last)) {
            (Some(from), Some(within)) => from.iter().sum::<f64>() * within.iter().sum::<f64>(),
            (Some(from), None) => from.iter().map(|v| v * v).sum(),
            (None, Some(_)) => 7.0,
            (None, None) => x[0].sin(),
        }
    }

    #[test]
    fn have_their_ends_in_order_and_within_the_array() {
        let points = points(39, 2, 4, 0.2, 1.5);
        for lo in 0..6 {
            for hi in 0..6 {
                check_everywhere(&derived!(alone | x | of_all(&x, lo, hi)), &points, 1e-9);
                check_everywhere(&derived!(alone | x | of_a_part(&x, lo, hi)), &points, 1e-9);
            }
        }
    }

    #[differentiable(wrt(x))]
    fn beside(x: &[f64], i: usize) -> f64 {
        let tail = &x[1..];
        let before = tail.get(i.wrapping_sub(1)).map_or(x[0], |v| v * v);
        let all = x.get(0..=usize::MAX - 2 + i).map_or(1.0, |part| part.iter().product());
        let from = tail.get(usize::MAX - i..0).map_or(x[1], |part| part.len() as f64);
        before * all + from * tail[2..].last().map_or(x[2], |v| v.sin())
    }

    #[test]
    fn may_have_ends_that_no_array_has() {
        for i in 0..3 {
            check_everywhere(&derived!(alone | x | beside(&x, i)), &points(40, 2, 3, 0.2, 1.5), 1e-9);
        }
    }
}
