//! Growing, nested and owned arrays, and tuples.

use crate::support::*;
use hvp::differentiable;

twin! {
    #[differentiable]
    fn of_tuple(p: (f64, f64, f64), k: f64) -> f64 {
        p.0 * p.1.sin() * k + p.2 * p.2 * p.0
    }

    #[differentiable]
    fn of_vecs(rows: &[Vec<f64>]) -> f64 {
        let mut s = 0.0;
        for i in 0..rows.len() {
            for j in 0..rows[i].len() {
                s += rows[i][j] * rows[i][0] * rows[0][0];
            }
        }
        s
    }

    #[differentiable]
    fn of_owned_vec(x: Vec<f64>) -> f64 {
        x[0] * x[1] * x[1]
    }
}

#[test]
fn tuples_and_nested_vecs() {
    let x = [0.4, -0.7, 1.1, 0.6];
    check(&derived!(|x| of_tuple((x[0], x[1], x[2]), x[3])), &x, 1e-12);
    let g: ((f64, f64, f64), f64) = of_tuple_grad((1.0, 2.0, 3.0), 4.0);
    let h: ((f64, f64, f64), f64) = of_tuple_hvp((1.0, 2.0, 3.0), 4.0, (1.0, 0.0, 0.0), 0.0);
    assert_eq!((g.0.2, h.0.2), (6.0, 6.0));
    check(&derived!(|x| of_vecs(&[x[..1].to_vec(), x[1..].to_vec()])), &x, 1e-12);
    let g: Vec<Vec<f64>> = of_vecs_grad(&[vec![1.0], vec![2.0, 3.0]]);
    assert_eq!(g.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
    check(&derived!(|x| of_owned_vec(x.to_vec())), &x[..2], 1e-12);
    let _: Vec<f64> = of_owned_vec_hvp(vec![1.0, 2.0], &[1.0, 0.0]);
}
