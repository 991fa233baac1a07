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
