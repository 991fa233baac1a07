//! Closures that do not escape, and functions inside functions.

use crate::support::*;
use hvp::differentiable;

twin! {
    #[differentiable]
    fn bound(x: &[f64]) -> f64 {
        let scale = x[0] * 2.0;
        let square = |a: f64| a * a * scale;
        let twice = |i: usize| square(x[i]) + square(x[0]);
        twice(1) * twice(2) + square(scale)
    }

    #[differentiable]
    fn captures_mutably(x: &[f64]) -> f64 {
        let mut total = x[0];
        let mut add = |a: f64| total = total * 0.5 + a * a;
        for i in 0..x.len() {
            add(x[i]);
        }
        add(1.0);
        total * x[1]
    }

    #[differentiable]
    fn several_statements(x: &[f64]) -> f64 {
        let residual = |a: f64, b: f64| -> f64 {
            let d = a - b;
            if d.abs() < 0.5 {
                return 0.5 * d * d;
            }
            d.abs() - 0.125
        };
        residual(x[0], x[1]) * residual(x[1], x[2]) + residual(x[2], 0.0)
    }

    #[differentiable]
    fn shadowed_captures(x: f64) -> f64 {
        let k = x * x;
        let f = |a: f64| a * k;
        let k = x.sin();
        f(k) + f(2.0) * k
    }

    #[differentiable]
    fn inner_functions(x: &[f64]) -> f64 {
        fn logistic(z: f64) -> f64 {
            1.0 / (1.0 + (-z).exp())
        }
        fn norm(v: &[f64]) -> f64 {
            v.iter().map(|a| a * a).sum::<f64>().sqrt()
        }
        const SCALE: f64 = 1.5;
        logistic(x[0] * SCALE) * norm(&x[1..]) + logistic(norm(x))
    }

    #[differentiable]
    fn passed_on(x: &[f64]) -> f64 {
        let f = |a: &f64| a.sin() * x[0];
        let g = |a: f64, b: f64| a * 0.5 + b;
        x.iter().map(f).fold(1.0, g)
    }
}

#[test]
fn closures_and_inner_functions() {
    for x in points(101, 4, 4, -1.5, 1.5) {
        check(&derived!(|x| bound(x)), &x, 1e-12);
        check(&derived!(|x| captures_mutably(x)), &x, 1e-12);
        check(&derived!(|x| several_statements(x)), &x, 1e-12);
        check(&derived!(|x| shadowed_captures(x[0])), &x[..1], 1e-12);
        check(&derived!(|x| inner_functions(x)), &x, 1e-12);
        check(&derived!(|x| passed_on(x)), &x, 1e-12);
    }
}

#[differentiable]
fn moved_in_a_macro(x: &[f64]) -> f64 {
    let mut a = x[0];
    let square = move || {
        let pair = vec![a; 2];
        pair[0] * pair[1]
    };
    a = 5.0 * x[1];
    square() + a
}

/// A `move` closure has its own copy also of what stands in a macro alone.
#[test]
fn what_a_macro_names_is_captured() {
    assert_eq!(moved_in_a_macro_value_and_grad(&[3.0, 1.0]), (14.0, vec![6.0, 5.0]));
    assert_eq!(moved_in_a_macro_hvp(&[3.0, 1.0], &[1.0, 1.0]), [2.0, 0.0]);
}

#[differentiable(wrt(w))]
fn scores(w: &[f64], rows: &[(Vec<f64>, u8)]) -> f64 {
    let scores: Vec<f64> =
        rows.iter().map(|(f, _)| f.iter().zip(w).map(|(f, w)| f * w).sum::<f64>()).collect();
    scores.iter().zip(rows).map(|(s, (_, level))| s * s * f64::from(*level)).sum()
}

#[differentiable]
fn last_of_running(x: &[f64]) -> f64 {
    let mut total = 0.0;
    let halves = x.iter().map(|v| {
        total += v;
        let half = |total: f64| total / 2.0;
        half(total)
    });
    let last = halves.last().unwrap_or(0.0);
    last * last + total.sin()
}

/// What a closure inside binds is another variable than that of the same name around it.
#[test]
fn a_name_is_free_where_nothing_binds_it() {
    let rows = [(vec![0.3, 0.9], 2), (vec![-0.4, 0.1], 1)];
    check_everywhere(&derived!(alone | x | scores(&x, &rows)), &points(41, 3, 2, -1.0, 1.0), 1e-9);
    check_everywhere(&derived!(alone | x | last_of_running(&x)), &points(42, 3, 3, -1.0, 1.0), 1e-9);
}
