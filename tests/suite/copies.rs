//! What is copied or moved keeps its value when the original changes.

use crate::support::*;
use hvp::differentiable;

#[differentiable]
fn exchanged_vecs(x: &[f64]) -> f64 {
    let (mut a, mut b) = (x.to_vec(), vec![x[0] * x[1], x[2], 1.0]);
    (a, b) = (b, a);
    a[0] *= x[2];
    a[0] * b[1] + a[1] * b[2] * b[0]
}

#[differentiable]
fn exchanged_arrays(x: &[f64; 3]) -> f64 {
    let (mut a, mut b) = ([x[0], x[1]], [x[1] * x[2], 1.0]);
    (a, b) = (b, a);
    let mut state = (a, b);
    state = (state.1, state.0);
    state.0[0] * a[0] + state.1[1] * b[1] * b[0]
}

struct Pair {
    v: f64,
    w: f64,
}

#[differentiable]
fn a_struct_of_its_own_fields(x: &[f64]) -> f64 {
    let mut s = Pair { v: x[0], w: x[1] * x[2] };
    s = Pair { v: s.w, w: s.v };
    s.v * s.v + 3.0 * s.w * x[2]
}

#[differentiable]
fn an_option_before_it_changes(x: &[f64]) -> f64 {
    let mut previous: Option<f64> = None;
    let mut sum = 0.0;
    for &v in x {
        let old = previous;
        previous = Some(v * v);
        if let Some(p) = old {
            sum += p * v.sin();
        }
    }
    let (mut a, mut b) = (Some(x[0] * x[1]), Some(x[2]));
    (a, b) = (b, a);
    sum + a.unwrap_or(0.0) * 2.0 - b.unwrap_or(0.0)
}

#[differentiable]
fn an_array_in_an_option(x: &[f64; 3]) -> f64 {
    let mut a = [x[0], x[1] * x[2]];
    let kept = Some(a);
    a[0] = 5.0 * x[1];
    a[0] * kept.map_or(0.0, |k| k[0] * k[1])
}

#[differentiable]
fn a_slice_before_it_shrinks(x: &[f64]) -> f64 {
    let mut rest = &x[..];
    let mut sum = 0.0;
    while rest.len() > 1 {
        let old = rest;
        rest = &rest[1..];
        sum += old[0] * rest[0].powi(2);
    }
    sum
}

#[differentiable]
fn an_array_by_value_in_a_loop(x: &[f64; 3]) -> f64 {
    let mut a = *x;
    let mut sum = 0.0;
    for v in a {
        a[2] = v * 2.0;
        sum += v * v * a[2];
    }
    for v in a.into_iter() {
        a[1] += v;
        sum += v * a[1];
    }
    sum
}

#[differentiable]
fn what_a_closure_owns(x: &[f64; 3]) -> f64 {
    let mut a = [x[0], x[1]];
    let mut pair = (x[1], x[2]);
    let mut rows = vec![x[2], x[0]];
    let f = move |t: f64| a[0] * t + a[1] * pair.0 + pair.1 + rows[0] * t;
    a[0] = 7.0 * x[2];
    pair.0 = a[0];
    rows = vec![a[0], 1.0];
    f(x[1]) * a[0] + pair.0 * rows[0]
}

#[test]
fn have_the_right_derivatives() {
    let x = points(19, 4, 3, 0.3, 1.4);
    check_everywhere(&derived!(alone | x | exchanged_vecs(&x)), &x, 1e-9);
    check_everywhere(&derived!(alone | x | exchanged_arrays(&array(&x))), &x, 1e-9);
    check_everywhere(&derived!(alone | x | a_struct_of_its_own_fields(&x)), &x, 1e-9);
    check_everywhere(&derived!(alone | x | an_option_before_it_changes(&x)), &x, 1e-9);
    check_everywhere(&derived!(alone | x | an_array_in_an_option(&array(&x))), &x, 1e-9);
    check_everywhere(&derived!(alone | x | a_slice_before_it_shrinks(&x)), &x, 1e-9);
    check_everywhere(&derived!(alone | x | an_array_by_value_in_a_loop(&array(&x))), &x, 1e-9);
    check_everywhere(&derived!(alone | x | what_a_closure_owns(&array(&x))), &x, 1e-9);
}
