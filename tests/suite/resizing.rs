//! `Vec`s that change their length, rows that are references, and calls that may fail to give an array.

use crate::support::*;
use hvp::differentiable;

#[differentiable]
fn every_method(x: &[f64]) -> f64 {
    let mut v: Vec<f64> = x.iter().map(|a| a * a).collect();
    let head: Vec<f64> = v.drain(..2).collect();
    v.insert(1, head[0] * 2.0);
    let first = v.remove(0);
    v.extend_from_slice(&head);
    let taken = v.swap_remove(1);
    v.resize(7, 0.5 * first);
    v.truncate(6);
    v.resize(5, 1.0);
    v.retain(|a| *a > 0.05);
    let mut tail = v.split_off(2);
    let mut rest = vec![taken, first];
    rest.append(&mut tail);
    let all = [&v[..], &rest, &x[2..]].concat();
    all.iter().enumerate().map(|(i, a)| (i as f64 + 1.0) * a * a).sum::<f64>() * (tail.len() as f64 + first)
}

#[differentiable]
fn rows_that_grow(x: &[f64]) -> f64 {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut volume = 1.0;
    for row in x.chunks(2) {
        let mut w = row.to_vec();
        for b in &basis {
            let c: f64 = b.iter().zip(row).map(|(p, q)| p * q).sum();
            for (w, b) in w.iter_mut().zip(b) {
                *w -= 0.5 * c * b;
            }
        }
        let norm = w.iter().map(|e| e * e).sum::<f64>().sqrt();
        volume *= norm;
        basis.push(w);
    }
    basis.insert(0, vec![volume, 1.0]);
    let last = basis.remove(2);
    basis.truncate(2);
    basis.iter().map(|b| b[0] * b[1]).sum::<f64>() * last[0] + volume
}

#[differentiable]
fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[differentiable]
fn rows_by_reference(x: &[f64]) -> f64 {
    let mut rows: Vec<&[f64]> = x.chunks(2).collect();
    let first = rows[0];
    rows.swap(0, 1);
    let mut s = product(first, rows[1]);
    for i in 0..rows.len() {
        for row in &rows[..i] {
            s += product(rows[i], row).powi(2);
        }
    }
    s + product(first, &x[1..3])
}

#[differentiable]
fn solved(m: &[f64], rhs: [f64; 2]) -> Option<Vec<f64>> {
    let det = m[0] * m[3] - m[1] * m[2];
    if det <= 0.0 {
        return None;
    }
    Some(vec![(m[3] * rhs[0] - m[1] * rhs[1]) / det, (m[0] * rhs[1] - m[2] * rhs[0]) / det])
}

#[differentiable]
fn inverse(m: &[f64]) -> Result<[f64; 4], String> {
    let det = m[0] * m[3] - m[1] * m[2];
    if det <= 0.0 {
        return Err(format!("the determinant is {det}"));
    }
    Ok([m[3] / det, -m[1] / det, -m[2] / det, m[0] / det])
}

#[differentiable]
fn caught(m: &[f64]) -> f64 {
    let mut s = match solved(m, [m[0], 1.0]) {
        Some(u) => u.iter().map(|u| u * u).sum(),
        None => m[1] * m[2],
    };
    if let Ok(inverse) = inverse(m) {
        s += inverse[0] * inverse[3].sin();
    }
    s
}

#[test]
fn have_the_right_derivatives() {
    let five = points(41, 3, 5, 0.3, 1.5);
    check_everywhere(&derived!(alone | x | every_method(&x)), &five, 1e-9);
    let six = points(42, 3, 6, 0.3, 1.5);
    check_everywhere(&derived!(alone | x | rows_that_grow(&x)), &six, 1e-9);
    check_everywhere(&derived!(alone | x | rows_by_reference(&x)), &six, 1e-9);
}

#[test]
fn an_array_that_is_not_there_has_no_derivative() {
    let there = [vec![2.0, 0.3, 0.4, 1.5], vec![1.1, -0.3, 0.9, 0.8]];
    let absent = [vec![0.2, 1.3, 0.4, 0.5]];
    check_everywhere(&derived!(alone | x | caught(&x)), &there, 1e-9);
    check_everywhere(&derived!(alone | x | caught(&x)), &absent, 1e-9);
    assert_eq!(caught_grad(&absent[0]), [0.0, 0.4, 1.3, 0.0]);
}

#[test]
#[should_panic(expected = "out of")]
fn a_place_behind_the_end_is_as_bad_as_in_the_function() {
    #[differentiable]
    fn inserts(x: &[f64], at: usize) -> f64 {
        let mut v = x.to_vec();
        v.insert(at, 1.0);
        v[0] * v[0]
    }
    let _ = inserts_grad(&[1.0, 2.0], 3);
}

#[differentiable]
fn arrays_by_early_ways_out(x: &[f64]) -> f64 {
    let pick = |k: usize| -> [f64; 2] {
        if k == 0 {
            return [x[0], x[1]];
        }
        [x[1], x[k].sin()]
    };
    let grow = |k: usize| -> Option<Vec<f64>> {
        if k > 2 {
            return None;
        }
        let mut v = vec![x[k]];
        v.push(x[0] * x[k]);
        Some(v)
    };
    let found = loop {
        let p = pick(2);
        if p[0] > 0.1 {
            break [p[0], p[1] * x[2]];
        }
        break [x[0], 1.0];
    };
    let mut s = found[0] * found[1];
    for k in 0..4 {
        if let Some(v) = grow(k) {
            s += v[0] * v[1] * pick(k)[1];
        }
    }
    s
}

#[test]
fn arrays_that_leave_early_have_the_right_derivatives() {
    let three = points(43, 3, 3, 0.3, 1.5);
    check_everywhere(&derived!(alone | x | arrays_by_early_ways_out(&x)), &three, 1e-9);
}

mod rows {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn groups(x: &[f64]) -> f64 {
        let mut groups: Vec<Vec<f64>> = vec![Vec::new(); 3];
        for &v in x {
            let k = ((v * 3.0) as usize).min(2);
            groups[k].push(v);
        }
        let mut s = 0.0;
        for group in groups.iter().filter(|group| !group.is_empty()) {
            let mean = group.iter().sum::<f64>() / group.len() as f64;
            s += group.iter().map(|v| (v - mean).powi(2)).sum::<f64>() + mean.powi(3);
        }
        s
    }

    #[differentiable]
    fn buckets(x: &[f64]) -> f64 {
        let mut rows: Vec<Vec<f64>> = vec![vec![x[0]], vec![], vec![x[1], x[2]]];
        let moved = rows[2].remove(0) * rows[0][0];
        rows[1].push(moved);
        rows[0].insert(0, x[1]);
        rows[0].extend(x.iter().map(|v| v.cos()));
        let top = rows[1].pop().unwrap_or(1.0);
        rows[2].clear();
        rows[2].push(top);
        rows[0].truncate(4);
        let k = rows[0].len();
        rows.iter().map(|row| row.iter().sum::<f64>()).filter(|s| *s != 0.0).product::<f64>() * k as f64
    }

    #[differentiable]
    fn pyramid(x: &[f64]) -> f64 {
        let mut levels: Vec<Vec<f64>> = vec![x.to_vec()];
        while levels[levels.len() - 1].len() > 1 {
            let next: Vec<f64> =
                levels[levels.len() - 1].chunks(2).map(|c| c.iter().sum::<f64>() * c[0]).collect();
            levels.push(next);
        }
        let mut s = 0.0;
        while let Some(level) = levels.pop() {
            s = s * 0.3 + level.iter().map(|v| v.sin()).sum::<f64>();
        }
        s
    }

    #[differentiable]
    fn pairs(x: &[f64]) -> f64 {
        let mut path: Vec<[f64; 2]> = x.windows(2).map(|w| [w[0], w[1] * w[0]]).collect();
        let mut s = 0.0;
        while let Some(p) = path.pop() {
            s += p[0] * p[1];
            if s > 0.4 && s < 0.9 && path.len() > 1 {
                path.push([s, x[0]]);
                s += 1.0;
            }
        }
        s
    }

    #[test]
    fn grow_and_shrink() {
        check_everywhere(&derived!(alone | x | groups(&x)), &points(9, 4, 7, 0.0, 1.2), 1e-9);
        check_everywhere(&derived!(alone | x | buckets(&x)), &points(9, 4, 3, 0.2, 1.2), 1e-9);
        check_everywhere(&derived!(alone | x | pyramid(&x)), &points(9, 4, 5, 0.2, 1.2), 1e-9);
        check_everywhere(&derived!(alone | x | pairs(&x)), &points(9, 6, 6, 0.2, 1.2), 1e-9);
    }

    #[test]
    fn a_row_is_the_one_that_its_index_names() {
        let (value, g) = buckets_value_and_grad(&[0.5, 0.25, 2.0]);
        let expected = (0.25 + 0.5 + 0.5_f64.cos() + 0.25_f64.cos()) * (2.0 * 0.25 * 0.5) / 2.0 * 4.0;
        assert!((value - expected).abs() < 1e-14, "{value} {expected}");
        assert_eq!(g[2], 0.0);
    }
}

mod parts_from_the_end {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn reversed_chunks(x: &[f64]) -> f64 {
        let mut s = 0.0;
        for c in x.rchunks(3) {
            s = s * 0.5 + c.iter().fold(0.0, |a, v| a * 1.5 + v * v) * c[0];
        }
        for (i, c) in x.rchunks_exact(2).rev().enumerate() {
            s += c[0] * c[1].sin() * i as f64;
        }
        let first: f64 = x.rchunks_exact(3).remainder().iter().sum();
        s * first + x.rchunks(2).zip(x.chunks(2)).map(|(a, b)| a[0] * b[0]).sum::<f64>()
    }

    #[differentiable]
    fn without_repetitions(x: &[f64]) -> f64 {
        let mut v = vec![1.0, x[0], x[0], x[1] * x[0], x[1] * x[0], x[2]];
        v.dedup();
        let mut near = x.to_vec();
        near.sort_by(|a, b| a.total_cmp(b));
        near.dedup_by(|a, b| (*a - *b).abs() < 0.2);
        v.iter().enumerate().map(|(i, v)| v * v * i as f64).sum::<f64>() * near.iter().sum::<f64>()
    }

    #[test]
    fn have_the_right_derivatives() {
        for n in [5, 6, 7] {
            check_everywhere(&derived!(alone | x | reversed_chunks(&x)), &points(9, 3, n, 0.2, 1.2), 1e-9);
        }
        check_everywhere(&derived!(alone | x | without_repetitions(&x)), &points(9, 5, 4, 0.2, 1.2), 1e-9);
        let (value, _) = without_repetitions_value_and_grad(&[0.5, 2.0, 0.6, 0.1]);
        let expected = (0.25 + 2.0 + 3.0 * 0.36) * (0.1 + 0.5 + 2.0);
        assert!((value - expected).abs() < 1e-14, "{value} {expected}");
    }
}

mod in_arms_that_end_an_iteration {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn beside_breaks(x: &[f64]) -> f64 {
        let mut sum = 0.0;
        for i in 0..x.len() {
            let mut kept = Vec::new();
            match i {
                0 => kept.push(x[i] * x[0]),
                3 => break,
                2 => {
                    if x[1] > 0.5 {
                        continue;
                    }
                    kept.push(x[1]);
                }
                _ => {
                    kept.push(x[i]);
                    kept.push(x[0].sin());
                }
            }
            for v in kept.iter_mut() {
                *v *= x[1];
            }
            sum += kept.iter().map(|v| v * v).sum::<f64>();
        }
        sum
    }

    #[differentiable]
    fn beside_returns(x: &[f64]) -> f64 {
        let mut kept = vec![x[0] * x[1]];
        if x[0] > 1.0 {
            return kept[0] * x[1];
        } else {
            kept.push(x[1] * kept[0]);
        }
        let product = kept[0] * kept[1];
        if product > 0.3 {
            return product * kept[1];
        }
        kept.push(product * product);
        kept.iter().map(|v| v * v).sum()
    }

    #[differentiable]
    #[inline(never)]
    fn returned(x: &[f64]) -> Vec<f64> {
        let mut kept = vec![x[0] * x[1]];
        if x[0] > 1.0 {
            return kept;
        }
        kept.push(x[1] * kept[0]);
        if kept[1] > 0.3 {
            kept.push(kept[1] * x[0]);
            return kept;
        }
        kept.pop();
        kept.push(x[2].sin() * kept[0]);
        kept
    }

    #[differentiable]
    fn weighted(x: &[f64]) -> f64 {
        returned(x).iter().enumerate().map(|(i, v)| v * v * (i + 1) as f64).sum()
    }

    #[differentiable]
    fn changing_places(x: &[f64]) -> f64 {
        let mut sum = x[0];
        for i in 0..4 {
            let mut a = vec![x[i]];
            let mut b = vec![sum; 2];
            if x[i] < 0.3 {
                break;
            }
            std::mem::swap(&mut a, &mut b);
            a.push(sum * x[i]);
            if sum > 3.0 {
                continue;
            }
            a.pop();
            a.push(x[i]);
            a[0] *= b[0];
            sum += a.iter().sum::<f64>() * b[0];
        }
        sum
    }

    #[test]
    fn have_the_right_derivatives() {
        let points = points(21, 8, 4, 0.0, 1.5);
        check_everywhere(&derived!(alone | x | beside_breaks(&x)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | beside_returns(&x)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | weighted(&x)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | changing_places(&x)), &points, 1e-9);
    }
}

mod rows_that_start_empty {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn triangular(x: &[f64]) -> f64 {
        let mut lower = vec![vec![]; x.len()];
        for i in 0..x.len() {
            lower[i] = vec![0.0; i + 1];
            for j in 0..=i {
                lower[i][j] = x[i] * x[j];
            }
        }
        lower.iter().map(|row| row.iter().sum::<f64>() * row[0]).sum()
    }

    #[differentiable]
    fn layers(x: &[f64]) -> f64 {
        let mut values: Vec<Vec<f64>> = vec![vec![]; 3];
        values[0] = x.to_vec();
        for l in 1..3 {
            values[l] = values[l - 1].windows(2).map(|w| (w[0] * w[1]).tanh()).collect();
        }
        values[2].iter().sum::<f64>() * values[1][0]
    }

    #[test]
    fn take_rows_of_any_length() {
        let points = points(22, 4, 4, -1.0, 1.0);
        check_everywhere(&derived!(alone | x | triangular(&x)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | layers(&x)), &points, 1e-9);
    }
}

/// A loop that asks for a length, or for all of a `Vec`, before this changes.
mod lengths_that_change_later {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn longer(x: &[f64]) -> f64 {
        let mut weights = vec![1.0, 2.0];
        let mut s = 0.0;
        for i in 0..x.len() {
            s += x[i].sin() * weights.len() as f64 + x[i].cos() * weights[weights.len() - 1];
        }
        weights.push(3.0);
        s + weights[2]
    }

    #[differentiable]
    fn longer_by_an_input(x: &[f64]) -> f64 {
        let mut weights = vec![1.0, 2.0];
        let mut s = 0.0;
        for i in 0..x.len() {
            s += x[i].sin() * weights.iter().sum::<f64>();
        }
        weights.push(x[0]);
        s + weights[2] * weights[2]
    }

    #[differentiable]
    fn shorter(x: &[f64]) -> f64 {
        let mut weights = vec![1.0, 2.0];
        let mut s = 0.0;
        for i in 0..x.len() {
            for j in 0..weights.len() {
                s += x[i].sin() * weights[j] * x[j];
            }
        }
        weights.pop();
        s * weights[0]
    }

    #[differentiable]
    fn longer_by_and_by(x: &[f64]) -> f64 {
        let mut weights = vec![1.0, 2.0];
        let mut s = 0.3;
        for k in 0..3 {
            for i in 0..x.len() {
                s += x[i].sin() * weights.len() as f64;
            }
            weights.push(k as f64);
        }
        s * s
    }

    #[inline(never)]
    #[differentiable]
    fn mean(x: f64, weights: &[f64]) -> f64 {
        let mut s = 0.0;
        for i in 0..weights.len() {
            s += (x * weights[i]).sin();
        }
        s / weights.len() as f64
    }

    #[differentiable]
    fn longer_behind_calls(x: &[f64]) -> f64 {
        let mut weights = vec![1.0, 2.0];
        let mut s = mean(x[0], &weights) * x[1];
        for i in 0..x.len() {
            s += mean(x[i], &weights);
        }
        weights.push(x[2]);
        s * mean(x[3], &weights)
    }

    #[test]
    fn are_what_they_were() {
        let points = points(23, 4, 4, 0.1, 1.4);
        check_everywhere(&derived!(alone | x | longer(&x)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | longer_by_an_input(&x)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | shorter(&x)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | longer_by_and_by(&x)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | longer_behind_calls(&x)), &points, 1e-9);
    }
}
