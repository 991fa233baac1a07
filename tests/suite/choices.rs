//! `Option`s of arrays, tuples, `Vec`s and structs, in variables that get another value.

use crate::support::*;
use hvp::differentiable;

#[derive(Clone, Copy)]
struct Candidate {
    cost: f64,
    at: [f64; 2],
}

twin! {
    #[differentiable]
    fn lowest_pair(x: &[f64]) -> f64 {
        let mut best: Option<[f64; 2]> = None;
        for i in 0..x.len() - 1 {
            let (a, b) = (x[i] * x[i + 1], x[i].sin());
            match best {
                Some([p, q]) if p + q <= a + b => {}
                _ => best = Some([a, b]),
            }
        }
        let doubled = best.map_or(0.0, |p| 2.0 * p[0] * p[1]);
        match best {
            Some([a, b]) => a * b + a.exp() * doubled,
            None => 0.0,
        }
    }

    #[differentiable]
    fn read_in_all_ways(x: &[f64]) -> f64 {
        let mut last: Option<[f64; 2]> = None;
        let early = last.unwrap_or([x[0], 2.0]);
        for i in 0..x.len() - 1 {
            if x[i] > 0.2 {
                last = Some([x[i] * x[i + 1], x[i].sin()]);
            }
        }
        let (a, b) = (last.unwrap(), last.expect("one is above"));
        let c = if let Some(pair) = last { pair[0].powi(2) } else { 1.0 };
        let d = last.map(|[p, q]| p - q).unwrap_or(0.0);
        let e = last.or_else(|| Some([1.0, 2.0])).unwrap();
        last = None;
        let f = last.or(Some([x[1] * x[2], x[3]])).unwrap_or([0.0; 2]);
        a[0] * b[1] + c * d + e[0] * f[0] * f[1] + early[0] * early[1]
    }

    #[differentiable]
    fn with_what_belongs_to_it(x: &[f64]) -> f64 {
        let mut best: Option<(f64, [f64; 2])> = None;
        for i in 0..x.len() - 1 {
            let cost = (x[i] - 0.3).powi(2) + x[i + 1];
            if best.is_none() || cost < best.unwrap().0 {
                best = Some((cost, [x[i], x[i + 1]]));
            }
        }
        let (cost, at) = best.unwrap();
        cost * at[0] + at[1].exp()
    }

    #[differentiable]
    fn longest_row(x: &[f64]) -> f64 {
        let mut best: Option<Vec<f64>> = None;
        for i in 0..x.len() - 1 {
            let row: Vec<f64> = x[..=i].iter().map(|v| v * x[i + 1]).collect();
            if best.as_ref().map_or(true, |b| b.iter().sum::<f64>() < row.iter().sum::<f64>()) {
                best = Some(row);
            }
        }
        let len = best.as_ref().map_or(0, |b| b.len());
        let first = match &best {
            Some(row) => row[0] * row[0],
            None => 1.0,
        };
        best.unwrap_or_default().iter().map(|v| v * v * v).sum::<f64>() * len as f64 + first
    }

    #[differentiable]
    fn neighbours_in_time(x: &[f64]) -> f64 {
        let mut before: Option<Vec<f64>> = None;
        let mut total = 0.0;
        for i in 0..x.len() - 1 {
            let now = vec![x[i], x[i + 1] * x[i]];
            if let Some(old) = before.take() {
                total += old.iter().zip(&now).map(|(a, b)| a * b).sum::<f64>();
            }
            before = Some(now);
        }
        total
    }

    #[differentiable]
    fn changed_inside(x: &[f64]) -> f64 {
        let mut sums: Option<[f64; 2]> = None;
        for w in x.windows(2) {
            match &mut sums {
                Some(s) => {
                    s[0] += w[0] * w[1];
                    s[1] *= w[1];
                }
                None => sums = Some([w[0], w[1]]),
            }
        }
        let mut squares: Option<f64> = None;
        for v in x {
            if let Some(s) = squares.as_mut() {
                *s += v * v;
            } else {
                squares = Some(*v);
            }
        }
        let sums = sums.unwrap();
        sums[0] * sums[1] + squares.unwrap()
    }

    #[differentiable]
    fn taken_and_put_in(x: &[f64]) -> f64 {
        let mut before: Option<f64> = None;
        let mut total = 0.0;
        for v in x {
            if let Some(old) = before.replace(*v) {
                total += old * *v;
            }
        }
        let last = before.take();
        total += last.unwrap_or(0.0).powi(3);
        total + *before.get_or_insert(x[0]) * x[1] + *before.get_or_insert_with(|| x[1])
    }

    #[differentiable]
    fn one_inside_another(x: &[f64]) -> f64 {
        let outer: Option<Option<f64>> = Some(Some(x[0] * x[1]));
        let large = x.get(1).map(|v| if *v > 0.5 { Some(*v * *v) } else { None }).flatten();
        let root = x.get(2).map(|v| (*v > 0.0).then(|| v.sqrt())).flatten().unwrap_or(0.0);
        outer.flatten().unwrap() + large.unwrap_or(x[3]) + root
    }

    #[differentiable]
    fn with_a_condition(x: &[f64]) -> f64 {
        let mut state = None;
        for i in 0..x.len() {
            let (above, sum) = state.unwrap_or((false, 0.0));
            state = Some((above || x[i] > 1.2, sum + x[i] * x[i]));
        }
        let (above, sum) = state.unwrap();
        if above { sum } else { sum * sum }
    }

    #[differentiable]
    fn another_element(x: &[f64]) -> f64 {
        let a = x.iter().copied().find(|v| *v > 100.0).or(Some(x[0] * x[1])).unwrap();
        let b = x.iter().find(|v| **v > 100.0).or(x.first()).unwrap();
        let c = x.get(77).or_else(|| x.last()).map_or(0.0, |v| *v * *v);
        a * *b + c
    }
}

/// What the `Option` holds is known where it is assigned.
#[differentiable]
fn of_a_struct(x: &[f64]) -> f64 {
    let mut best: Option<Candidate> = None;
    let mut ends = None;
    for i in 0..x.len() - 1 {
        let new = Candidate { cost: x[i] * x[i], at: [x[i + 1], x[i].sin()] };
        match best {
            Some(old) if old.cost <= new.cost => {}
            _ => best = Some(new),
        }
        if x[i] > 0.2 {
            ends = Some([x[i] * x[i + 1], x[0]]);
        }
    }
    let best = best.unwrap();
    let end = match ends {
        Some([a, b]) => a * b,
        None => 0.0,
    };
    best.cost * best.at[0] + best.at[1] + end
}

#[differentiable(wrt(x))]
fn of_flags(x: &[f64], flags: &[bool], codes: &[u8]) -> f64 {
    let mut best = None;
    for i in 0..x.len() {
        match best {
            Some((_, _, most)) if x[i] <= most => {}
            _ => best = Some((flags[i], codes[i], x[i])),
        }
    }
    match best {
        Some((true, code, v)) if code > 2 => v * v,
        Some((_, _, v)) => v.exp(),
        None => 0.0,
    }
}

#[test]
fn an_option_that_gets_another_value() {
    for x in points(901, 4, 6, 0.1, 1.4) {
        check(&derived!(|x| lowest_pair(x)), &x, 1e-11);
        check(&derived!(|x| read_in_all_ways(x)), &x, 1e-11);
        check(&derived!(|x| with_what_belongs_to_it(x)), &x, 1e-11);
        check(&derived!(|x| longest_row(x)), &x, 1e-11);
        check(&derived!(|x| neighbours_in_time(x)), &x, 1e-11);
        check(&derived!(|x| changed_inside(x)), &x, 1e-11);
        check(&derived!(|x| taken_and_put_in(x)), &x, 1e-11);
        check(&derived!(|x| one_inside_another(x)), &x, 1e-11);
        check(&derived!(|x| with_a_condition(x)), &x, 1e-11);
        check(&derived!(|x| another_element(x)), &x, 1e-11);
        check(&derived!(alone | x | of_a_struct(x)), &x, 1e-11);
    }
}

#[test]
fn data_beside_a_number_in_an_option() {
    let (flags, codes) = ([true, false, true, true], [1, 2, 3, 4]);
    for x in points(902, 4, 4, -1.0, 1.4) {
        check(&derived!(alone | x | of_flags(x, &flags, &codes)), &x, 1e-11);
    }
}

mod of_data {
    use std::ops::Range;

    use crate::support::*;
    use hvp::differentiable;

    struct Stage {
        rate: f64,
        days: Range<usize>,
    }

    #[differentiable(wrt(x))]
    fn in_force(x: &[f64], stages: &[Stage]) -> f64 {
        let mut now: Option<(f64, usize)> = None;
        let mut scale: Option<f64> = None;
        let mut sum = 0.0;
        for (i, v) in x.iter().enumerate() {
            for stage in stages {
                if stage.days.start == i {
                    now = Some((stage.rate, stage.days.end));
                    scale = Some(stage.rate * 2.0);
                }
            }
            if let Some((rate, until)) = now {
                if i < until {
                    sum += rate * v * v;
                } else {
                    now = None;
                }
            }
            if let Some(by) = scale {
                sum += by * v.sin();
            }
            if i == 2 {
                scale = Some(*v);
            }
        }
        sum
    }

    #[test]
    fn the_content_of_an_option_may_be_data() {
        let stages = [Stage { rate: 0.3, days: 0..2 }, Stage { rate: 0.7, days: 3..5 }];
        check_everywhere(&derived!(alone | x | in_force(&x, &stages)), &points(903, 4, 5, -0.9, 0.9), 1e-9);
    }
}
