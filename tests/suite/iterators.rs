//! Iterator chains, as expressions and as heads of loops.

use crate::support::*;
use hvp::differentiable;

twin! {
    #[differentiable]
    fn sums(x: &[f64]) -> f64 {
        let squares: f64 = x.iter().map(|a| a * a).sum();
        let product = x.iter().map(|&a| a + 2.0).product::<f64>();
        let plain: f64 = x.iter().sum();
        let count = x.iter().filter(|a| **a > 0.0).count();
        squares * product + plain * count as f64
    }

    #[differentiable]
    fn zips(x: &[f64], y: &[f64]) -> f64 {
        let dot = x.iter().zip(y).map(|(a, b)| a * b).sum::<f64>();
        let far: f64 = x.iter().zip(y.iter().rev()).map(|(a, b)| (a - b).powi(2)).sum();
        let mut s = dot.sin() * far;
        for (i, (a, b)) in x.iter().zip(y.iter()).enumerate() {
            s += a * b * (i + 1) as f64;
        }
        for (&a, b) in x.iter().skip(1).zip(y) {
            s = s * 0.5 + a * b.cos();
        }
        s
    }

    #[differentiable]
    fn neighbours(x: &[f64]) -> f64 {
        let rough: f64 = x.windows(2).map(|w| (w[1] - w[0]).powi(2) * w[0]).sum();
        let mut s = rough;
        for w in x.windows(3) {
            s += (w[0] - 2.0 * w[1] + w[2]).powi(2);
        }
        for c in x.chunks(2) {
            s += c.iter().map(|a| a.exp()).sum::<f64>().ln();
        }
        s += x.chunks_exact(2).map(|c| c[0] * c[1]).sum::<f64>();
        s
    }

    #[differentiable]
    fn folds(x: &[f64]) -> f64 {
        let top = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let low = x.iter().cloned().fold(f64::INFINITY, |m, a| m.min(a));
        let horner = x.iter().rev().fold(0.0, |s, a| s * 0.7 + a);
        let best = x.iter().copied().map(|a| a * a).reduce(f64::max).unwrap();
        let (sum, product) = x.iter().fold((0.0, 1.0), |(s, p), &a| (s + a, p * (a + 2.0)));
        top * low + horner.sin() * best + sum * product
    }

    #[differentiable]
    fn adaptors(x: &[f64]) -> f64 {
        let even: f64 = x.iter().step_by(2).map(|a| a.sin()).sum();
        let middle: f64 = x.iter().skip(1).take(3).product();
        let positive: f64 = x.iter().filter(|&&a| a > 0.0).map(|a| a * a).sum();
        let early: f64 = x.iter().take_while(|a| **a < 0.8).map(|a| a.exp()).sum();
        let ends: f64 = x[..1].iter().chain(&x[2..]).map(|a| a.powi(3)).sum();
        let all: f64 = (0..x.len()).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| x[i] * x[j]).sum();
        even * middle + positive - early * ends + all
    }

    #[differentiable]
    fn collected(x: &[f64]) -> f64 {
        let shifted: Vec<f64> = x.iter().map(|a| a + x[0]).collect();
        let squares = shifted.iter().map(|a| a * a).collect::<Vec<_>>();
        let table: [f64; 3] = std::array::from_fn(|i| x[i] * (i + 1) as f64);
        let running: Vec<f64> = squares
            .iter()
            .scan(0.0, |state, a| {
                *state += a;
                Some(*state)
            })
            .collect();
        running.iter().zip(&table).map(|(a, b)| a * b).sum::<f64>() + running.last().map_or(0.0, |a| a.sin())
    }

    #[differentiable]
    fn changes_in_place(x: &[f64]) -> f64 {
        let mut a = x.to_vec();
        for v in a.iter_mut() {
            *v *= *v + 1.0;
        }
        a.iter_mut().enumerate().for_each(|(i, v)| *v += x[0] * i as f64);
        for (v, u) in a.iter_mut().zip(x).rev() {
            *v = v.sin() * u;
        }
        let mut total = 0.0;
        a.iter().for_each(|v| total += v * v);
        total
    }

    #[differentiable]
    fn rows_of(m: &[[f64; 3]]) -> f64 {
        let mut s = 0.0;
        for row in m {
            let norm = row.iter().map(|a| a * a).sum::<f64>().sqrt();
            s += norm * row[0];
        }
        for (i, row) in m.iter().enumerate() {
            for (j, a) in row.iter().enumerate() {
                s += a.sin() * m[(i + 1) % m.len()][j];
            }
        }
        s + m.iter().flatten().map(|a| a.powi(2)).sum::<f64>()
    }

    #[differentiable(wrt(p))]
    fn of_data(p: &[f64], data: &[(f64, f64)]) -> f64 {
        data.iter().map(|&(t, y)| (p[0] * (-p[1] * t).exp() - y).powi(2)).sum::<f64>()
            + data.iter().map(|(t, _)| t * p[0]).sum::<f64>()
    }

    #[differentiable]
    fn last_and_first(x: &[f64]) -> f64 {
        let a = x.first().copied().unwrap_or(0.0);
        let b = *x.last().unwrap();
        let c = x.get(1).map_or(1.0, |v| v * v);
        let d = x.get(99).map_or(a, |v| v * v);
        let e = x.iter().map(|v| v.cos()).last().unwrap();
        a * b + c * d + e
    }
}

#[test]
fn chains() {
    for x in points(91, 4, 6, -1.5, 1.5) {
        check(&derived!(|x| sums(x)), &x, 1e-12);
        check(&derived!(|x| neighbours(x)), &x, 1e-12);
        check(&derived!(|x| folds(x)), &x, 1e-12);
        check(&derived!(|x| adaptors(x)), &x, 1e-12);
        check(&derived!(|x| collected(x)), &x, 1e-12);
        check(&derived!(|x| changes_in_place(x)), &x, 1e-12);
        check(&derived!(|x| last_and_first(x)), &x, 1e-12);
        check(&derived!(|x| rows_of(&rows(x))), &x, 1e-12);
        check(&derived!(|x| zips(&x[..3], &x[3..])), &x, 1e-12);
    }
    let data = vec![(0.1, 1.0), (0.5, 0.7), (1.5, 0.2)];
    check(&derived!(|x| of_data(x, &data)), &[1.2, 0.8], 1e-12);
}

#[test]
fn zips_end_with_the_shorter() {
    check(&derived!(|x| zips(&x[..2], &x[2..])), &[0.3, -0.4, 0.8, 1.1, 0.2], 1e-12);
}

mod states_of_several_numbers {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(coefficients))]
    fn filtered(coefficients: &[f64], input: &[f64]) -> f64 {
        let &[b0, b1, b2, a1, a2] = coefficients else { return 0.0 };
        let out: Vec<f64> = input
            .iter()
            .scan((0.0, 0.0), |state, &x| {
                let (z1, z2) = *state;
                let y = b0 * x + z1;
                *state = (b1 * x - a1 * y + z2, b2 * x - a2 * y);
                Some(y)
            })
            .collect();
        out.iter().map(|y| y.powi(2)).sum::<f64>() / out.len() as f64
    }

    #[differentiable]
    fn by_parts(x: &[f64]) -> f64 {
        let sums: f64 = x
            .iter()
            .scan((0.0, 1.0), |(a, b), &v| {
                let y = *a + v * *b;
                *a = *b;
                *b = y;
                Some(y)
            })
            .map(|y| y * y)
            .sum();
        let means = x.iter().scan((0.0, 0_usize), |state, &v| {
            state.0 += v * v;
            state.1 += 1;
            (state.1 < 5).then_some(state.0 / state.1 as f64)
        });
        sums + means.product::<f64>()
    }

    #[differentiable(wrt(w))]
    fn groups(w: &[f64], parts: &[std::ops::Range<usize>]) -> f64 {
        parts
            .iter()
            .map(|g| (g.len() as f64).sqrt() * w[g.clone()].iter().map(|v| v * v).sum::<f64>().sqrt())
            .sum()
    }

    #[test]
    fn are_carried_from_item_to_item() {
        let input = [1.0, 0.5, -0.3, 0.8, 0.2, -0.9, 0.4];
        check_everywhere(&derived!(alone | x | filtered(&x, &input)), &points(11, 3, 5, -0.5, 0.5), 1e-9);
        check_everywhere(&derived!(alone | x | by_parts(&x)), &points(12, 3, 6, 0.2, 1.0), 1e-9);
    }

    #[test]
    fn ranges_of_data_choose_parts() {
        check_everywhere(&derived!(alone | x | groups(&x, &[0..2, 2..5])), &points(13, 3, 5, 0.3, 1.0), 1e-9);
    }
}

mod data_in_a_cycle {
    use crate::support::*;
    use hvp::differentiable;

    #[derive(Clone, Copy)]
    enum Loss {
        Squared,
        Cubed(f64),
    }

    #[differentiable(wrt(r))]
    fn loss(kind: Loss, r: f64) -> f64 {
        match kind {
            Loss::Squared => r * r,
            Loss::Cubed(by) => by * r.powi(3),
        }
    }

    #[differentiable(wrt(x))]
    fn beside(x: &[f64], data: &[f64], losses: &[Loss]) -> f64 {
        let mut sum = 0.0;
        for ((v, y), kind) in x.iter().zip(data).zip(losses.iter().cycle()) {
            sum += loss(*kind, v * y);
        }
        let skipped: f64 = x
            .iter()
            .filter(|v| **v > 0.0)
            .zip(losses.iter().cycle().skip(1))
            .map(|(v, kind)| loss(*kind, *v))
            .sum();
        sum + skipped
    }

    #[differentiable(wrt(x))]
    fn before(x: &[f64], losses: &[Loss]) -> f64 {
        let taken = losses.iter().cycle().take(x.len()).enumerate().map(|(i, kind)| loss(*kind, x[i].sin()));
        losses.iter().cycle().zip(x).map(|(kind, v)| loss(*kind, *v)).sum::<f64>() + taken.sum::<f64>()
    }

    #[differentiable(wrt(x))]
    fn left(x: &[f64], losses: &[Loss]) -> f64 {
        let mut sum = 0.0;
        for (i, kind) in losses.iter().cycle().enumerate() {
            if i == x.len() {
                break;
            }
            sum += loss(*kind, x[i]);
        }
        sum
    }

    #[differentiable]
    fn of_nothing(x: &[f64], none: &[f64]) -> f64 {
        x.iter().zip(none.iter().cycle()).fold(x[0] * x[0], |sum, (a, b)| sum + a * b)
    }

    #[test]
    fn comes_again_as_often_as_it_is_asked_for() {
        let (points, losses) = (points(14, 3, 5, -0.9, 0.9), [Loss::Squared, Loss::Cubed(0.7)]);
        let data = [0.4, 0.9, -0.3, 1.2, 0.5];
        check_everywhere(&derived!(alone | x | beside(&x, &data, &losses)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | before(&x, &losses)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | left(&x, &losses)), &points, 1e-9);
    }

    #[test]
    fn never_comes_where_there_is_none() {
        let (x, none) = ([0.5, 2.0], []);
        assert_eq!(
            of_nothing_value_and_grad(&x, &none),
            (of_nothing(&x, &none), (vec![1.0, 0.0], Vec::new()))
        );
        assert_eq!(of_nothing_hvp(&x, &none, &[1.0, 1.0], &[]), (vec![2.0, 0.0], Vec::new()));
    }
}

const START: Grid = [[1.0, 0.0], [0.0, 1.0]];
type Grid = [[f64; 2]; 2];

#[differentiable]
fn turned(a: &Grid, by: f64) -> [[f64; 2]; 2] {
    let (s, c) = by.sin_cos();
    [[a[0][0] * c - a[0][1] * s, a[0][0] * s + a[0][1] * c], [a[1][0] * c, a[1][1] * s]]
}

#[differentiable]
fn turned_all(x: &[f64]) -> f64 {
    let end = x.iter().fold(START, |grid, by| turned(&grid, *by));
    end[0][0] * end[1][1] + end[0][1]
}

/// A constant of an array, whose type stands beside the function.
#[test]
fn a_fold_starts_with_a_constant_array() {
    check_everywhere(&derived!(alone | x | turned_all(&x)), &points(83, 2, 3, -1.0, 1.0), 1e-9);
}

#[differentiable(wrt(x))]
fn found(x: f64, weights: &std::collections::BTreeMap<String, f64>, name: &str) -> Result<f64, String> {
    let weight = weights.get(name).ok_or_else(|| format!("no weight for {name} of {}", weights.len()))?;
    Ok(weight * x * x)
}

#[test]
fn closures_on_data_format_text() {
    let weights = std::collections::BTreeMap::from([("a".to_owned(), 2.0)]);
    assert_eq!(found_grad(3.0, &weights, "a"), Ok(12.0));
    assert_eq!(found_grad(3.0, &weights, "b"), Err("no weight for b of 1".to_owned()));
}

#[derive(Clone, Copy, PartialEq)]
enum Site {
    Wall,
    Free(f64),
}

#[differentiable(wrt(x))]
fn in_pairs(x: &[f64], lags: &[usize], sites: &[Site], offset: Option<&[f64]>) -> f64 {
    let late = lags.iter().zip(x).filter(|(lag, _)| **lag > 1).map(|(lag, v)| v * x[*lag]).sum::<f64>();
    let free =
        sites.iter().zip(x).skip_while(|(site, _)| **site == Site::Wall).map(|(_, v)| v * v).sum::<f64>();
    let nested = sites
        .iter()
        .enumerate()
        .zip(x)
        .filter(|((i, site), v)| **site != Site::Wall && *i > 0 && **v > -2.0)
        .map(|(_, v)| v.powi(3))
        .sum::<f64>();
    let whole = lags.iter().zip(x).filter(|&pair| *pair.0 > 1).map(|(lag, v)| v * x[*lag]).sum::<f64>();
    let part = sites
        .iter()
        .zip(x)
        .filter(|&(&site, v)| site != Site::Wall && *v < 2.0)
        .map(|(_, v)| v * v)
        .sum::<f64>();
    let inner = sites
        .iter()
        .enumerate()
        .zip(x)
        .filter(|&(pair, _)| *pair.1 != Site::Wall)
        .map(|((i, _), v)| v * x[i])
        .sum::<f64>();
    let late = late * whole + part * inner;
    let shifted = x.iter().enumerate().map(|(i, v)| v * v + offset.map_or(0.0, |offset| offset[i]));
    late + free * nested + shifted.zip(lags).map(|(v, lag)| v.sin() * *lag as f64).sum::<f64>()
}

/// A pattern takes references out of a reference to a pair.
#[test]
fn predicates_take_pairs_apart_by_reference() {
    let (lags, sites) = ([0, 2, 3, 1], [Site::Wall, Site::Free(1.0), Site::Wall, Site::Free(2.0)]);
    let f = derived!(alone | x | in_pairs(&x, &lags, &sites, Some(&[0.1, 0.2, 0.3, 0.4])));
    check_everywhere(&f, &points(31, 3, 4, -1.0, 1.0), 1e-9);
}

#[differentiable]
fn from_the_end(x: &[f64]) -> f64 {
    let horner = x.iter().rfold(0.0, |sum, v| sum * 0.7 + v);
    let last = x.iter().rfind(|v| **v > 0.0).map_or(1.0, |v| v * v);
    horner.sin() * last
}

#[test]
fn folds_and_searches_begin_at_the_end() {
    check_everywhere(&derived!(alone | x | from_the_end(&x)), &points(32, 3, 5, -1.0, 1.0), 1e-9);
}

#[differentiable]
fn smoothed(x: &[f64], y: &[f64]) -> f64 {
    let mut level = x[0];
    let levels = x.iter().map(|v| {
        level = 0.7 * level + 0.3 * v * v;
        level
    });
    levels.zip(y).map(|(level, y)| (level - y).powi(3)).sum()
}

#[differentiable]
fn counted_on_the_right(x: &[f64], y: &[f64]) -> f64 {
    let (mut level, mut count) = (x[0], 0);
    let levels = y.iter().map(|v| {
        level = 0.7 * level + 0.3 * v * v;
        count += 1;
        level
    });
    let sum = x.iter().zip(levels).map(|(a, b)| a * b).sum::<f64>();
    sum * level * f64::from(count)
}

#[differentiable]
fn cumulative(x: &[f64], y: &[f64]) -> f64 {
    let of_row = |row: &[f64]| {
        let mut total = 0.0;
        row.iter()
            .map(|v| {
                total += v;
                total
            })
            .zip(y)
            .map(|(total, y)| total * total * y)
            .sum::<f64>()
    };
    x.chunks(2).map(of_row).sum()
}

/// The lengths of the two sides may differ.
#[test]
fn zip_calls_what_changes_a_variable() {
    for split in [2, 3, 4] {
        let points = points(33, 2, 6, -1.0, 1.0);
        check_everywhere(&derived!(alone | x | smoothed(&x[..split], &x[split..])), &points, 1e-9);
        check_everywhere(
            &derived!(alone | x | counted_on_the_right(&x[..split], &x[split..])),
            &points,
            1e-9,
        );
        check_everywhere(&derived!(alone | x | cumulative(&x[..split], &x[split..])), &points, 1e-9);
    }
}

#[differentiable]
fn parted(x: &[f64], y: &[f64]) -> f64 {
    let (above, below): (Vec<(usize, f64)>, Vec<(usize, f64)>) =
        x.iter().copied().enumerate().partition(|(_, v)| *v > 0.0);
    let (near, far): (Vec<_>, Vec<_>) =
        x.iter().zip(y).map(|(a, b)| (a * b, a - b)).partition(|&(p, _)| p > 0.1);
    above.iter().map(|(i, v)| v * v * *i as f64).sum::<f64>()
        + below.iter().map(|&(i, v)| v.sin() * i as f64).sum::<f64>()
        + near.iter().map(|(p, d)| p * d).sum::<f64>() * far.len() as f64
        + far.first().map_or(0.0, |f| f.0 * f.1)
}

#[test]
fn pairs_are_partitioned() {
    check_everywhere(&derived!(alone | x | parted(&x[..3], &x[3..])), &points(34, 4, 6, -1.0, 1.0), 1e-9);
}
