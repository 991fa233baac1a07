//! Methods that order, search and move the elements of arrays, and iterators from the back.

use crate::support::*;
use hvp::differentiable;
use std::cmp::Reverse;

twin! {
    #[differentiable]
    fn by_keys(x: &[f64]) -> f64 {
        let mut pairs: Vec<(f64, usize)> = x.iter().enumerate().map(|(i, v)| (*v * *v, i)).collect();
        pairs.sort_by_key(|p| Reverse((p.1 * 5) % 7));
        let mut places: Vec<usize> = (0..x.len()).collect();
        places.sort_by_key(|&i| (i * 3) % 5);
        let mut counts = vec![4usize, 2, 7];
        counts.sort();
        let least = x.iter().enumerate().min_by_key(|(i, _)| (*i * 5) % 7).unwrap();
        let most = x.iter().enumerate().max_by_key(|&(i, _)| (i * 5) % 7).map(|(_, v)| *v * *v).unwrap();
        let none = x[..0].iter().enumerate().min_by_key(|(i, _)| *i);
        let ranked = pairs.iter().enumerate().map(|(i, p)| p.0 * i as f64).sum::<f64>();
        let base = if none.is_none() { x[places[1]] } else { x[0] };
        ranked * base + *least.1 * most * counts[0] as f64
    }

    #[differentiable]
    fn moved_parts(x: &[f64]) -> f64 {
        let mut v: Vec<f64> = x.iter().map(|v| *v * *v).collect();
        v.copy_within(1..4, 0);
        v.copy_within(..2, 3);
        let mut w = [x[0], x[1]];
        v[2..4].swap_with_slice(&mut w);
        let (head, tail) = v.split_at_mut(3);
        head.swap_with_slice(tail);
        v[1..4].rotate_right(1);
        let mut pairs = vec![(x[0], x[1]), (x[2], x[3])];
        pairs.rotate_left(1);
        let sum = v.iter().enumerate().map(|(i, v)| *v * (i + 1) as f64).sum::<f64>();
        sum * w[1] + w[0] + pairs[0].0 * pairs[1].1
    }

    #[differentiable]
    fn from_the_back(x: &[f64]) -> f64 {
        let at = x.iter().rposition(|v| *v > 0.5).unwrap_or(0);
        let rising = x.iter().zip(&x[1..]).rposition(|(a, b)| *a < *b).unwrap_or(1);
        let mut s = x[at] * x[rising];
        for (k, w) in x.windows(2).rev().enumerate() {
            s += w[0] * w[1] * k as f64;
        }
        for ((a, b), c) in x.iter().zip(x.iter().rev()).zip(x.iter().skip(1)) {
            s += *a * *b * *c;
        }
        for v in x.iter().filter(|v| **v > 0.3).rev() {
            s = s * 0.9 + *v;
        }
        s
    }

    #[differentiable]
    fn seen_on_the_way(x: &[f64]) -> f64 {
        let (mut n, mut squares) = (0, 0.0);
        let s: f64 = x
            .iter()
            .inspect(|v| {
                if **v > 0.5 {
                    n += 1;
                }
                squares += **v * **v;
            })
            .map(|v| v.sin())
            .inspect(|s| assert!(*s <= 1.0))
            .sum();
        s * squares * (n + 1) as f64
    }

    #[differentiable]
    fn in_order(x: &[f64]) -> f64 {
        let squares: Vec<f64> = x.iter().map(|v| *v * *v).collect();
        let a = if squares.is_sorted() { squares[0] } else { squares[1] * squares[2] };
        let b = if x.is_sorted_by(|a, b| *a >= *b) { x[0] } else { x[1] };
        let c = if x[..1].is_sorted_by_key(|v| -*v) { x[2] } else { x[3] };
        a * b * c
    }
}

#[test]
fn what_stands_where_is_constant_almost_everywhere() {
    for x in points(941, 4, 6, 0.1, 1.4) {
        check(&derived!(|x| by_keys(x)), &x, 1e-11);
        check(&derived!(|x| moved_parts(x)), &x, 1e-11);
        check(&derived!(|x| from_the_back(x)), &x, 1e-11);
        check(&derived!(|x| seen_on_the_way(x)), &x, 1e-11);
        check(&derived!(|x| in_order(x)), &x, 1e-11);
    }
    let mut rising = point(&mut rng(942), 6, 0.1, 1.4);
    rising.sort_by(f64::total_cmp);
    check(&derived!(|x| in_order(x)), &rising, 1e-11);
}

mod structs {
    use super::*;

    #[derive(Clone)]
    struct Place {
        at: [f64; 2],
        rank: usize,
    }

    struct Observation {
        time: f64,
        event: bool,
        place: Place,
        pair: (f64, usize),
    }

    #[differentiable]
    fn in_order_of_time(x: &[f64]) -> f64 {
        let mut all: Vec<Observation> = (0..4)
            .map(|i| Observation {
                time: (x[i] * 7.0).sin(),
                event: i % 2 == 0,
                place: Place { at: [x[i], x[(i + 1) % 4] * 2.0], rank: (i * 3) % 4 },
                pair: (x[i].exp(), i),
            })
            .collect();
        all.sort_by(|a, b| b.time.partial_cmp(&a.time).unwrap());
        let (mut risk, mut likelihood) = (0.0, 0.0);
        for o in &all {
            risk += o.place.at[1].exp();
            if o.event {
                likelihood += o.time * o.place.at[0] - risk.ln();
            }
        }
        all.sort_by_key(|o| (o.event, o.place.rank));
        likelihood * all[0].place.at[0] + all[3].pair.0 * (1 + all[2].pair.1) as f64
    }

    #[differentiable]
    fn nested_tuples(x: &[f64]) -> f64 {
        let mut all = vec![(1usize, (x[0], x[1])), (0, (x[2], x[3])), (2, (x[1] * x[0], 0.5))];
        all.sort_by(|a, b| a.0.cmp(&b.0));
        let first = all[0].1.0 * all[1].1.1;
        all.sort_unstable_by(|(_, a), (_, b)| b.0.total_cmp(&a.0));
        first * all[0].1.0.sin() + all[2].1.1
    }

    #[differentiable]
    fn indices(x: &[f64]) -> f64 {
        let all: Vec<Place> =
            (0..4).map(|i| Place { at: [(x[i] * 9.0).sin(), x[i]], rank: (i * 3) % 4 }).collect();
        let pairs: Vec<(f64, usize)> = x.iter().map(|v| v * v).zip(1..).collect();
        let mut order: Vec<usize> = (0..4).collect();
        order.sort_by(|&a, &b| all[b].at[0].partial_cmp(&all[a].at[0]).unwrap());
        let most = (0..4).max_by(|&i, &j| pairs[i].0.total_cmp(&pairs[j].0)).unwrap();
        let sum: f64 = order.iter().enumerate().map(|(k, &i)| all[i].at[1] * all[i].at[0] * k as f64).sum();
        sum * pairs[most].0 + pairs[most].1 as f64
    }

    #[test]
    fn are_sorted_by_their_fields() {
        let points = points(831, 3, 4, 0.2, 1.2);
        check_everywhere(&derived!(alone | x | in_order_of_time(&x)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | nested_tuples(&x)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | indices(&x)), &points, 1e-9);
    }
}
