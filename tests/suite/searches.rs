//! Data that is searched by differentiated numbers: what is found is of the user's own type.

use crate::support::*;
use hvp::differentiable;

type Bracket = (f64, f64, f64);

const BRACKETS: [Bracket; 3] = [(0.0, 1.0, 0.4), (1.0, 2.0, 0.7), (2.0, 3.0, 1.1)];

#[differentiable]
fn rate_at(x: &[f64], brackets: &[Bracket]) -> f64 {
    let rate = brackets.iter().find(|(lo, hi, _)| (*lo..*hi).contains(&x[0])).map(|b| b.2).unwrap_or(0.1);
    let scaled = brackets.iter().find(|b| b.1 > x[1]).map(|b| b.2 * x[2] * x[1]).unwrap_or(x[2]);
    rate * x[0] * x[1] + scaled * x[0]
}

#[differentiable]
fn tax_due(x: &[f64], brackets: &[Bracket]) -> f64 {
    let whole = match brackets.iter().find(|&&(lo, hi, _)| lo <= x[0] && x[0] < hi) {
        Some(&(lo, _, rate)) => (x[0] - lo).powi(2) * rate * x[1],
        None => x[0] * x[0] * x[2],
    };
    let (i, bracket) = brackets.iter().enumerate().find(|(_, b)| x[1] < b.1).expect("in a bracket");
    whole + bracket.2 * x[i % 3].powi(3)
}

#[differentiable]
fn nearest(x: &[f64], brackets: &[Bracket]) -> f64 {
    let near =
        brackets.iter().min_by(|a, b| (a.0 - x[0]).abs().partial_cmp(&(b.0 - x[0]).abs()).unwrap()).unwrap();
    let far = brackets.iter().max_by(|a, b| ((a.2 - x[1]).abs()).total_cmp(&((b.2 - x[1]).abs())));
    let last = brackets.iter().reduce(|a, b| if (a.1 - x[2]).abs() < (b.1 - x[2]).abs() { a } else { b });
    let third = if let Some(b) = last { b.1 * x[2] * x[0] } else { 0.0 };
    near.2 * x[0].sin() + far.map_or(0.0, |b| b.0 * x[1] * x[1]) + third
}

#[differentiable]
fn below(x: &[f64], brackets: &[Bracket]) -> Option<f64> {
    let near = brackets.iter().rev().find(|b| b.0 <= x[0])?;
    let Some(last) = brackets.iter().filter(|b| b.0 <= x[1]).last() else {
        return Some(x[1] * x[1]);
    };
    Some(near.2 * x[0].exp() * x[1] + last.1 * x[2] * x[2])
}

#[test]
fn what_is_found_decides_the_derivatives() {
    let points = || points(8, 3, 17, 0.1, 2.9);
    check_everywhere(&derived!(alone | x | rate_at(&x, &BRACKETS)), &points(), 1e-9);
    check_everywhere(&derived!(alone | x | tax_due(&x, &BRACKETS)), &points(), 1e-9);
    check_everywhere(&derived!(alone | x | nearest(&x, &BRACKETS)), &points(), 1e-9);
}

#[test]
fn what_is_not_found_is_none() {
    let at = [1.5_f64, 0.5, 2.0];
    let (near, last) = (BRACKETS[1], BRACKETS[0]);
    let expected = [near.2 * at[0].exp() * at[1], near.2 * at[0].exp(), 2.0 * last.1 * at[2]];
    assert_close(&below_grad(&at, &BRACKETS).unwrap(), &expected, 1e-15, "a gradient");
    assert_eq!(below_grad(&[-1.0, 0.0, 0.0], &BRACKETS), None);
    assert_eq!(below_grad(&[1.0, -1.0, 0.0], &BRACKETS), Some(vec![0.0, -2.0, 0.0]));
    assert_eq!(nearest(&[0.0; 3], &BRACKETS), 0.0);
}

#[differentiable(wrt(p))]
fn nearest_centre(p: &[f64], centres: &[[f64; 2]]) -> f64 {
    let distance = |c: &[f64; 2]| (p[0] - c[0]).powi(2) + (p[1] - c[1]).powi(2);
    let near = centres.iter().map(|c| distance(c)).min_by(|a, b| a.partial_cmp(b).unwrap()).unwrap();
    let (far, _) =
        centres.iter().enumerate().max_by(|(_, a), (_, b)| distance(a).total_cmp(&distance(b))).unwrap();
    let order = p[0].total_cmp(&p[1]);
    let sign = if order == std::cmp::Ordering::Less { p[0] } else { -p[1] };
    near.sqrt() + distance(&centres[far]).ln() * sign
}

#[test]
fn distances_may_be_computed_by_a_closure() {
    let centres = [[0.0, 0.0], [0.5, 1.0], [2.0, -1.0]];
    check_everywhere(&derived!(alone | x | nearest_centre(&x, &centres)), &points(9, 6, 2, -0.4, 1.9), 1e-9);
}

mod an_adjoint_that_is_zero_by_chance {
    use hvp::differentiable;

    #[differentiable]
    fn least_squared(x: &[f64], m: usize) -> f64 {
        let mut best = f64::INFINITY;
        for k in 0..x.len() / m {
            let mut d = 0.0;
            for j in 0..m {
                d += x[k * m + j] * (j + 1) as f64;
            }
            if d < best {
                best = d;
            }
        }
        best * best
    }

    #[test]
    fn has_a_tangent_all_the_same() {
        let x = [1.0, 1.0, -1.0, 5.0, 5.0, 5.0];
        assert_eq!(least_squared_grad(&x, 3), [0.0; 6]);
        assert_eq!(least_squared_hvp(&x, 3, &[1.0, 0.0, 0.0, 0.0, 0.0, 0.0]), [2.0, 4.0, 6.0, 0.0, 0.0, 0.0]);
        let later = [5.0, 5.0, 5.0, 1.0, 1.0, -1.0];
        let v = [0.0, 0.0, 0.0, 0.0, 1.0, 0.0];
        assert_eq!(least_squared_hvp(&later, 3, &v), [0.0, 0.0, 0.0, 4.0, 8.0, 12.0]);
        assert_eq!(least_squared_grad_and_hvp(&later, 3, &v).1, [0.0, 0.0, 0.0, 4.0, 8.0, 12.0]);
        assert_eq!(least_squared_hessian(&later, 3)[21..24], [2.0, 4.0, 6.0]);
    }
}

mod the_least_of_many {
    use crate::support::*;
    use hvp::differentiable;

    /// The same by three ways of searching.
    #[differentiable(wrt(centres))]
    fn by_fold(centres: &[f64], points: &[f64], d: usize) -> f64 {
        let distance = |p: &[f64], q: &[f64]| p.iter().zip(q).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
        let least = |p: &[f64]| centres.chunks_exact(d).map(|q| distance(p, q)).fold(f64::INFINITY, f64::min);
        points.chunks_exact(d).map(|p| least(p).powi(2)).sum()
    }

    #[differentiable]
    fn distance(p: &[f64], q: &[f64]) -> f64 {
        p.iter().zip(q).map(|(a, b)| (a - b).powi(2)).sum()
    }

    #[differentiable(wrt(centres))]
    fn by_min(centres: &[f64], points: &[f64], d: usize) -> f64 {
        let mut sum = 0.0;
        for p in points.chunks(d) {
            let (mut best, mut at) = (f64::NAN, 0);
            while at < centres.len() {
                best = best.min(distance(p, &centres[at..at + d]));
                at += d;
            }
            sum += best * best;
        }
        sum
    }

    #[differentiable(wrt(centres))]
    fn by_branch(centres: &[f64], points: &[f64], d: usize) -> f64 {
        let mut sum = 0.0;
        for i in 0..points.len() / d {
            let (mut best, mut o) = (f64::MAX, 0);
            for _ in 0..centres.len() / d {
                let mut s = 0.0;
                for j in 0..d {
                    s += (points[i * d + j] - centres[o]).powi(2);
                    o += 1;
                }
                if s < best {
                    best = s;
                }
            }
            sum += best * best;
        }
        sum
    }

    const POINTS: [f64; 6] = [0.1, 0.2, 1.9, -0.4, -1.0, 0.7];

    #[test]
    fn has_its_derivatives() {
        let xs = || points(6, 8, 6, -1.5, 1.5);
        check_everywhere(&derived!(alone | x | by_fold(&x, &POINTS, 2)), &xs(), 1e-9);
        check_everywhere(&derived!(alone | x | by_min(&x, &POINTS, 2)), &xs(), 1e-9);
        check_everywhere(&derived!(alone | x | by_branch(&x, &POINTS, 2)), &xs(), 1e-9);
    }

    #[test]
    fn is_shared_by_equals() {
        // Of the distances 1, 1, 1 the first two have a quarter each and the last one half.
        let centres = [1.0, 0.0, 0.0, 1.0, -1.0, 0.0];
        let expected = [1.0, 0.0, 0.0, 1.0, -2.0, 0.0];
        assert_eq!(by_fold_grad(&centres, &[0.0; 2], 2), expected);
        assert_eq!(by_min_grad(&centres, &[0.0; 2], 2), expected);
        assert_eq!(by_branch_grad(&centres, &[0.0; 2], 2), [4.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let v = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(by_fold_hvp(&centres, &[0.0; 2], 2, &v), by_min_hvp(&centres, &[0.0; 2], 2, &v));
        // Equals that a nearer one follows have nothing.
        let centres = [1.0, 0.0, 0.0, 1.0, -0.5, 0.0];
        assert_eq!(by_fold_grad(&centres, &[0.0; 2], 2), [0.0, 0.0, 0.0, 0.0, -0.5, 0.0]);
        assert_eq!(by_fold_value_and_grad(&centres, &[0.0; 2], 2).0, 0.0625);
    }

    #[test]
    fn of_nothing_is_what_the_search_began_with() {
        assert_eq!(by_fold_value_and_grad(&[], &[0.0; 2], 2), (f64::INFINITY, vec![]));
        assert_eq!(by_min_grad(&[1.0, 0.0], &[0.0; 2], 2), [4.0, 0.0]);
    }
}

mod a_search_that_starts_from_none {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn least_cost(x: &[f64]) -> f64 {
        let mut best = None;
        let mut worst = None;
        for (i, v) in x.iter().enumerate() {
            let cost = (v - 0.7).powi(2) * x[0];
            match best {
                Some((_, least)) if cost >= least => {}
                _ => best = Some((i, cost)),
            }
            if worst.is_none_or(|most| cost > most) {
                worst = Some(cost);
            }
        }
        let Some((i, least)) = best else { return 0.0 };
        least.exp() * x[i] + worst.unwrap_or(0.0)
    }

    #[differentiable]
    fn nearest_pair(x: &[f64]) -> f64 {
        let mut nearest = None;
        for i in 0..x.len() {
            for j in i + 1..x.len() {
                let d = (x[i] - x[j]).abs();
                if let Some((_, _, least, _)) = nearest {
                    if d > least {
                        continue;
                    }
                }
                nearest = Some((i, j, d, true));
            }
        }
        match nearest {
            Some((i, j, d, true)) => d * x[i] * x[j],
            Some(_) | None => 0.0,
        }
    }

    #[test]
    fn has_the_derivatives_of_what_it_finds() {
        check_everywhere(&derived!(alone | x | least_cost(&x)), &points(5, 4, 5, 0.1, 1.5), 1e-9);
        check_everywhere(&derived!(alone | x | nearest_pair(&x)), &points(5, 4, 5, 0.1, 1.5), 1e-9);
    }
}

/// Enough points and rows that the rows are packed for all points together.
mod rows_that_each_point_reads {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(centres))]
    fn quantised(centres: &[f64], points: &[f64], d: usize) -> f64 {
        let distance = |p: &[f64], q: &[f64]| p.iter().zip(q).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
        let least = |p: &[f64]| centres.chunks_exact(d).map(|q| distance(p, q)).fold(f64::INFINITY, f64::min);
        points.chunks_exact(d).map(|p| least(p).powi(2)).sum()
    }

    /// Units that are smooth where they begin, so that finite differences hold; their weights stand behind the slopes.
    #[differentiable(wrt(w))]
    fn rectified(w: &[f64], points: &[f64], units: usize, d: usize) -> f64 {
        let mut sum = 0.0;
        for i in 0..points.len() / d {
            let mut out = 0.0;
            for u in 0..units {
                let mut z = 0.1;
                for j in 0..d {
                    z += w[units + u * d + j] * points[i * d + j];
                }
                if z > 0.0 {
                    out += w[u] * z.powi(4);
                }
            }
            sum += out.powi(2);
        }
        sum
    }

    #[differentiable(wrt(w))]
    fn of_rows(w: &[f64], rows: &[Vec<f64>], points: &[[f64; 3]], d: usize) -> f64 {
        let mut sum = 0.0;
        for p in points {
            for (row, v) in rows.iter().zip(w) {
                let mut z = 0.0;
                for j in 0..d {
                    z += row[j] * p[j] * v;
                }
                sum += if z > 0.2 { z * z } else { 0.1 * z };
            }
        }
        sum
    }

    #[test]
    fn has_the_right_derivatives() {
        let numbers = |n: usize| (0..n).map(|i| (i as f64 * 1.7).sin()).collect::<Vec<f64>>();
        for count in [7, 8, 11] {
            let data = numbers(3 * count);
            check_everywhere(
                &derived!(alone | x | quantised(&x, &data, 3)),
                &points(8, 2, 33, -1.0, 1.0),
                1e-9,
            );
            check_everywhere(
                &derived!(alone | x | rectified(&x, &data, 9, 3)),
                &points(9, 2, 36, -1.0, 1.0),
                1e-9,
            );
        }
    }

    /// The rows change between two loops over all points, but not within one.
    #[differentiable(wrt(start))]
    fn moved(start: &[f64], points: &[f64], d: usize) -> f64 {
        let mut rows = start.to_vec();
        let mut sum = 0.0;
        for step in 0..2 {
            for p in points.chunks_exact(d).rev() {
                let mut far = 0.0;
                for row in rows.chunks_exact(d) {
                    let mut z = 0.0;
                    for j in 0..d {
                        z += row[j] * p[j];
                    }
                    if z > 0.1 {
                        far += z.powi(4);
                    }
                }
                sum += far.sqrt() * (step as f64 + 0.5);
            }
            for i in 0..rows.len() {
                rows[i] = 0.8 * rows[i] + 0.1 * sum.sin();
            }
        }
        sum
    }

    /// A row changes while the points are gone through.
    #[differentiable(wrt(start))]
    fn learning(start: &[f64], points: &[f64], d: usize) -> f64 {
        let mut rows = start.to_vec();
        let n = rows.len() / d;
        let mut sum = 0.0;
        for i in 0..points.len() / d {
            let (mut best, mut at) = (f64::INFINITY, 0);
            for k in 0..n {
                let mut s = 0.0;
                for j in 0..d {
                    s += (points[i * d + j] - rows[k * d + j]).powi(2);
                }
                if s < best {
                    best = s;
                    at = k;
                }
            }
            for j in 0..d {
                rows[at * d + j] += 0.3 * (points[i * d + j] - rows[at * d + j]);
            }
            sum += best;
        }
        sum + rows[0] * rows[d]
    }

    #[test]
    fn may_change() {
        let data: Vec<f64> = (0..30).map(|i| (i as f64 * 1.7).sin()).collect();
        check_everywhere(&derived!(alone | x | moved(&x, &data, 3)), &points(11, 2, 27, 0.1, 1.0), 1e-9);
        check_everywhere(&derived!(alone | x | learning(&x, &data, 3)), &points(12, 2, 27, -1.0, 1.0), 1e-9);
    }

    #[test]
    fn may_be_arrays() {
        let rows: Vec<Vec<f64>> =
            (0..11).map(|i| (0..3).map(|j| f64::from(3 * i + j).cos()).collect()).collect();
        let data: Vec<[f64; 3]> = (0..9).map(|i| [0, 1, 2].map(|j| f64::from(i + 4 * j).sin())).collect();
        check_everywhere(
            &derived!(alone | x | of_rows(&x, &rows, &data, 3)),
            &points(10, 2, 11, -1.0, 1.0),
            1e-9,
        );
    }
}

struct Curve {
    at: Vec<f64>,
    volts: Vec<f64>,
}

impl Curve {
    #[differentiable(wrt(x))]
    fn volts(&self, x: f64) -> f64 {
        let i = match self.at.binary_search_by(|at| at.partial_cmp(&x).unwrap()) {
            Ok(i) | Err(i) => i.clamp(1, self.at.len() - 1),
        };
        let w = (x - self.at[i - 1]) / (self.at[i] - self.at[i - 1]);
        (1.0 - w) * self.volts[i - 1] + w * w * self.volts[i]
    }

    #[differentiable(wrt(x))]
    fn step(&self, x: &[f64]) -> f64 {
        let above = self.at.partition_point(|&at| at < x[0] * x[0]);
        let below = self.at.iter().rposition(|at| *at <= x[1]).unwrap_or(0);
        x[0] * x[1] * self.volts[above.min(3)] + x[1].powi(3) * self.volts[below]
    }
}

#[test]
fn tables_are_searched_by_differentiated_numbers() {
    let curve = Curve { at: vec![0.0, 0.2, 0.8, 1.0], volts: vec![3.0, 3.4, 3.9, 4.2] };
    check_everywhere(&derived!(alone | x | curve.volts(x[0])), &points(21, 4, 1, -0.1, 1.1), 1e-9);
    check_everywhere(&derived!(alone | x | curve.step(&x)), &points(22, 4, 2, 0.05, 0.95), 1e-9);
}
