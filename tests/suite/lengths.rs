//! `Vec`s that change their length, and rows that are read before the first is pushed.

use crate::support::*;
use hvp::differentiable;

#[differentiable]
fn inserted_and_removed(x: &[f64]) -> f64 {
    let mut v: Vec<f64> = x.iter().map(|a| a * a).collect();
    v.truncate(3);
    v.truncate(10);
    v.resize(5, 0.25 * x[1]);
    v.insert(1, x[0] * x[3]);
    v.insert(v.len(), x[2].sin());
    let gone = v.remove(0);
    let other = v.swap_remove(1);
    v.resize(4, 0.0);
    v.iter().enumerate().map(|(i, a)| a.powi(i as i32 + 1)).sum::<f64>()
        + gone * other
        + v.len() as f64 * x[0]
}

#[differentiable]
fn taken_out(x: &[f64]) -> f64 {
    let mut v = x.to_vec();
    v.retain(|a| *a > 0.5);
    let head: f64 = v.drain(..1).map(|a| a.exp()).sum();
    let mut w = vec![1.0, x[2]];
    w.append(&mut v);
    let left = v.len() as f64;
    v.push(x[0]);
    let tail = w.split_off(1);
    let both = [&w[..], &tail[..], &v[..]].concat();
    head * both.iter().map(|a| a.cos()).sum::<f64>() + left * x[1] + tail.len() as f64 * x[3]
}

#[differentiable]
fn rows(x: &[f64]) -> f64 {
    let mut rows: Vec<Vec<f64>> = x.chunks(2).map(|c| c.iter().map(|v| v * v).collect()).collect();
    rows.insert(1, vec![x[0], x[1] * x[2]]);
    let last = rows.remove(2);
    rows.truncate(2);
    let flat = rows.concat();
    flat.iter().zip(&last).map(|(a, b)| a * b).sum::<f64>() + flat[3].exp()
}

/// Orthogonalisation: the rows found before are read before the first is pushed.
#[differentiable]
fn gram_schmidt(v: &[[f64; 3]]) -> f64 {
    let mut q: Vec<[f64; 3]> = Vec::new();
    let mut logdet = 0.0;
    for row in v {
        let mut w = *row;
        for u in &q {
            let along: f64 = u.iter().zip(&w).map(|(a, b)| a * b).sum();
            for (wi, ui) in w.iter_mut().zip(u) {
                *wi -= along * ui;
            }
        }
        let norm = w.iter().map(|a| a * a).sum::<f64>().sqrt();
        logdet += norm.ln();
        q.push(w.map(|a| a / norm));
    }
    logdet + q[1][0]
}

#[differentiable]
fn rows_of_any_length(x: &[f64]) -> f64 {
    let mut rows: Vec<Vec<f64>> = Vec::new();
    let mut s = 0.0;
    for i in 0..x.len() {
        for row in &rows {
            s += row[0].sin() * x[i];
        }
        rows.push(x[..=i].to_vec());
    }
    s
}

/// Constants that a function without the attribute gives, written into later.
fn basis(t: f64) -> [f64; 3] {
    [1.0, t, t * t]
}

#[differentiable(wrt(c))]
fn given_and_written(c: &[f64], dt: f64) -> f64 {
    let mut b = basis(0.3 * dt);
    b[0] += c[0] * c[1];
    b[2] *= c[1];
    b.iter().map(|v| v * v).sum()
}

#[test]
fn vecs_change_their_length() {
    let at = points(301, 4, 4, 0.6, 1.5);
    check_everywhere(&derived!(alone | x | inserted_and_removed(x)), &at, 1e-9);
    check_everywhere(&derived!(alone | x | taken_out(x)), &at, 1e-9);
    check_everywhere(&derived!(alone | x | rows(x)), &at, 1e-9);
}

#[test]
fn rows_are_read_before_the_first_is_there() {
    let matrix = |x: &[f64]| -> Vec<[f64; 3]> {
        (0..3).map(|i| std::array::from_fn(|j| x[3 * i + j] + if i == j { 2.0 } else { 0.0 })).collect()
    };
    let at: Vec<f64> = (0..9).map(|i| (i as f64 * 1.3).sin() * 0.4).collect();
    let flat = |g: Vec<[f64; 3]>| g.concat();
    let v: Vec<f64> = (0..9).map(|i| (i as f64 * 0.7).cos()).collect();
    let shape = |v: &[f64]| -> Vec<[f64; 3]> { v.chunks(3).map(|c| [c[0], c[1], c[2]]).collect() };
    let hv = flat(gram_schmidt_hvp(&matrix(&at), &shape(&v)));
    let moved = |t: f64| -> Vec<f64> { at.iter().zip(&v).map(|(a, b)| a + t * b).collect() };
    let grad = |t: f64| flat(gram_schmidt_grad(&matrix(&moved(t))));
    let slope = (gram_schmidt(&matrix(&moved(1e-5))) - gram_schmidt(&matrix(&moved(-1e-5)))) / 2e-5;
    assert!((dot(&grad(0.0), &v) - slope).abs() < 1e-8);
    let by_difference: Vec<f64> = grad(1e-5).iter().zip(grad(-1e-5)).map(|(a, b)| (a - b) / 2e-5).collect();
    assert_close(&hv, &by_difference, 1e-7, "product of gram_schmidt");
    check_everywhere(&derived!(alone | x | rows_of_any_length(x)), &points(302, 2, 4, 0.2, 1.5), 1e-9);
}

#[test]
fn constants_are_written_into() {
    check_everywhere(&derived!(alone | x | given_and_written(x, 0.7)), &points(303, 3, 2, 0.2, 1.5), 1e-9);
}
