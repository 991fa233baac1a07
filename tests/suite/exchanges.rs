//! `mem::take`, `mem::replace` and `mem::swap` of numbers, arrays, tuples, structs and rows.

use crate::support::*;
use hvp::differentiable;
use std::mem;

#[derive(Clone, Copy)]
struct Body {
    mass: f64,
    at: [f64; 2],
}

twin! {
    #[differentiable]
    fn a_row_taken_and_put_back(x: &[f64]) -> f64 {
        let mut rows: Vec<Vec<f64>> = x.chunks(2).map(|c| c.to_vec()).collect();
        let mut s = 1.0;
        for i in 0..rows.len() {
            let mut row = mem::take(&mut rows[i]);
            row[0] *= s;
            s += row.iter().map(|v| v.sin()).sum::<f64>() + rows[i].len() as f64;
            rows[i] = row;
        }
        s + rows.iter().flatten().map(|v| *v * *v).sum::<f64>()
    }

    #[differentiable]
    fn a_row_left_empty(x: &[f64]) -> f64 {
        let mut rows = vec![vec![x[0], x[1]], vec![x[2] * x[3]], vec![x[4]]];
        let row = mem::take(&mut rows[0]);
        let old = mem::replace(&mut rows[1], vec![x[0] * x[5]; 3]);
        let mut s = row[0] * row[1] + rows[0].len() as f64 + old[0];
        rows[0].push(x[5] * s);
        for r in &rows {
            s += r.iter().map(|v| *v * *v).sum::<f64>() * r.len() as f64;
        }
        s
    }

    #[differentiable]
    fn batches(x: &[f64]) -> f64 {
        let (mut batch, mut done) = (Vec::new(), Vec::new());
        for v in x {
            batch.push(*v * *v);
            if batch.len() == 2 {
                done.push(mem::take(&mut batch));
            }
        }
        done[1][0] * done[2][1] + batch.len() as f64
    }

    #[differentiable]
    fn numbers(x: &[f64]) -> f64 {
        let mut s = x[0] * x[1];
        let mut v = x.to_vec();
        let old = mem::take(&mut s);
        let third = mem::replace(&mut v[2], x[0]);
        let fourth = mem::take(&mut v[3]);
        s + old * third + fourth * v[2] + v[3]
    }

    #[differentiable]
    fn arrays(x: &[f64]) -> f64 {
        let mut a = [x[0], x[1]];
        let mut grid = [[x[0], x[1]], [x[2], x[3]]];
        let mut s = 0.0;
        for i in 0..3 {
            let first = a[0];
            let old = mem::replace(&mut a, [x[i] * x[0], x[i + 1] * first]);
            s += old[0] * old[1];
        }
        let row = mem::replace(&mut grid[0], [x[4], x[5]]);
        let gone = mem::take(&mut grid[1]);
        let last = mem::take(&mut a);
        s + last[0] * last[1] + a[0] + row[0] * gone[1] + grid[0][1] * row[1] + grid[1][0]
    }

    #[differentiable]
    fn tuples(x: &[f64]) -> f64 {
        let mut a = (x[0], [x[1] * x[2], x[3]]);
        let mut b = (x[5], [x[4], x[0]]);
        let mut s = 0.0;
        for i in 0..3 {
            let first = a.0;
            let old = mem::replace(&mut a, (x[i] * first, [x[i + 1], x[i]]));
            s += old.0 * old.1[0] * old.1[1];
        }
        mem::swap(&mut a, &mut b);
        let gone = mem::take(&mut a);
        s + gone.0 * gone.1[0] + a.0 + a.1[1] + b.0 * b.1[0]
    }
}

#[differentiable]
fn structs(x: &[f64]) -> f64 {
    let mut body = Body { mass: x[0], at: [x[1], x[2]] };
    let old = mem::replace(&mut body, Body { mass: x[3] * x[0], at: [x[4], x[5]] });
    let at = mem::replace(&mut body.at, [x[0], x[1]]);
    old.mass * body.mass + old.at[0] * body.at[1] + at[0] * at[1]
}

#[differentiable]
fn swapped(a: &mut [f64; 3], b: &mut [f64; 3]) {
    mem::swap(a, b);
    a[0] *= b[1];
}

#[differentiable]
fn swapped_vecs(a: &mut Vec<f64>, b: &mut Vec<f64>) {
    mem::swap(a, b);
    a[0] *= b[1];
}

#[differentiable]
fn parameters(x: &[f64]) -> f64 {
    let (mut a, mut b) = ([x[0], x[1], x[2]], [x[3], x[4], x[5]]);
    swapped(&mut a, &mut b);
    swapped(&mut b, &mut a);
    let (mut v, mut w) = (a.to_vec(), b.to_vec());
    swapped_vecs(&mut v, &mut w);
    v[0] * w[1] + v[1] * v[2] + w[0] * w[2]
}

#[test]
fn what_is_taken_out_and_what_is_put_in() {
    for x in points(911, 4, 6, 0.1, 1.4) {
        check(&derived!(|x| a_row_taken_and_put_back(x)), &x, 1e-11);
        check(&derived!(|x| a_row_left_empty(x)), &x, 1e-11);
        check(&derived!(|x| batches(x)), &x, 1e-11);
        check(&derived!(|x| numbers(x)), &x, 1e-11);
        check(&derived!(|x| arrays(x)), &x, 1e-11);
        check(&derived!(|x| tuples(x)), &x, 1e-11);
        check(&derived!(alone | x | structs(x)), &x, 1e-11);
    }
}
