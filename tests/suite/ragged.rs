//! Rows that take the place of rows of another length, and rows that are repeated.

use crate::support::*;
use hvp::differentiable;

mod replaced {
    use super::*;

    #[differentiable]
    fn by_assignment(x: &[f64]) -> f64 {
        let mut rows = vec![vec![0.0; 2]; 3];
        rows[0] = x.to_vec();
        rows[1] = vec![x[0] * x[1]; 4];
        let mut s = 0.0;
        for row in &rows {
            for (i, v) in row.iter().enumerate() {
                s += v * v * (i + 1) as f64;
            }
        }
        rows[0] = vec![x[2].exp()];
        s + rows[0][0] * rows[1][3]
    }

    #[differentiable]
    fn by_exchange(x: &[f64]) -> f64 {
        let mut rows = vec![x.to_vec(), vec![x[0] * x[0]], vec![x[1], x[2] * x[1]]];
        let before = rows[0].iter().map(|v| v * v).sum::<f64>();
        rows.swap(0, 1);
        let after = rows[1].iter().map(|v| v * v * v).sum::<f64>() * rows[0][0];
        let (head, tail) = rows.split_at_mut(1);
        std::mem::swap(&mut head[0], &mut tail[1]);
        before + after + rows[0][1] * rows[0][1] + rows[2][0] * rows[1][0].sin()
    }

    #[differentiable]
    fn in_turn(x: &[f64]) -> f64 {
        let mut rows: Vec<Vec<f64>> = vec![vec![1.0]; 3];
        for k in 0..3 {
            let next: Vec<f64> =
                rows[k].iter().map(|v| v * x[k]).chain(std::iter::once(x[k] * x[k])).collect();
            rows[(k + 1) % 3] = next;
            if k == 1 {
                rows.swap(0, 2);
            }
        }
        rows.iter().flatten().map(|v| v.sin()).sum()
    }

    #[differentiable]
    fn beside_growing_rows(x: &[f64]) -> f64 {
        let mut rows: Vec<Vec<f64>> = x.iter().map(|v| vec![*v]).collect();
        rows[0].push(x[1] * x[2]);
        rows.swap(0, 2);
        rows[1] = rows[2].clone();
        rows.iter().flatten().map(|v| v.exp()).sum::<f64>() * rows[1][1]
    }

    #[differentiable]
    fn found_by_an_effect(x: &[f64]) -> f64 {
        let mut count = 0;
        let mut rows = vec![vec![0.0; 2]; 3];
        ({
            count += 1;
            &mut rows
        })[0] = vec![x[0], x[1].powi(count)];
        x[1].powi(count) * rows[0][0] + rows[0][1] * x[2].exp()
    }

    #[test]
    fn have_the_right_derivatives() {
        let at = points(41, 3, 3, 0.2, 1.1);
        check_everywhere(&derived!(alone | x | by_assignment(&x)), &at, 1e-8);
        check_everywhere(&derived!(alone | x | by_exchange(&x)), &at, 1e-8);
        check_everywhere(&derived!(alone | x | in_turn(&x)), &at, 1e-8);
        check_everywhere(&derived!(alone | x | beside_growing_rows(&x)), &at, 1e-8);
        check_everywhere(&derived!(alone | x | found_by_an_effect(&x)), &at, 1e-8);
    }
}

mod repeated {
    use super::*;

    #[differentiable]
    fn copies(x: &[f64]) -> f64 {
        let mut rows = vec![x.to_vec(); 3];
        rows[1][0] *= x[1];
        rows[2][1] = x[0];
        rows.iter().flatten().map(|v| v * v).sum()
    }

    #[differentiable]
    fn lists(x: &[f64]) -> f64 {
        let mut rows = vec![vec![1.0, x[1] * x[0], x[2]]; 2];
        rows[1][0] *= x[1];
        rows[0][1] += x[0] * x[2];
        rows.iter().flatten().map(|v| v * v * v).sum()
    }

    #[differentiable]
    fn fixed(x: &[f64]) -> f64 {
        let mut rows = [[1.0, x[1] * x[0]]; 3];
        let mut more = vec![[0.5, x[2]]; x.len()];
        rows[1][0] *= x[1];
        more[2][1] += rows[2][1] * x[0];
        rows.iter().chain(&more).flatten().map(|v| v * v).sum()
    }

    #[differentiable]
    fn lists_of_lists(x: &[f64]) -> f64 {
        let mut blocks = vec![vec![vec![x[0] * x[1], 1.0]; 2]; 2];
        let mut columns = vec![[vec![x[2]; 2], x[..2].to_vec()]; 2];
        blocks[1][0][0] = x[1] * x[0];
        blocks[0][1][1] = x[2];
        columns[1][0][1] *= x[1];
        blocks.iter().flatten().flatten().map(|v| v * v).sum::<f64>() * columns[1][0][1] + columns[0][1][0]
    }

    #[differentiable]
    fn none(x: &[f64]) -> f64 {
        let mut rows = vec![vec![x[0], 1.0]; x.len() - 3];
        for row in &mut rows {
            row[1] *= x[1];
        }
        rows.iter().flatten().sum::<f64>() + x[2] * x[2]
    }

    #[test]
    fn have_the_right_derivatives() {
        let at = points(42, 3, 3, 0.2, 1.1);
        check_everywhere(&derived!(alone | x | copies(&x)), &at, 1e-8);
        check_everywhere(&derived!(alone | x | lists(&x)), &at, 1e-8);
        check_everywhere(&derived!(alone | x | fixed(&x)), &at, 1e-8);
        check_everywhere(&derived!(alone | x | lists_of_lists(&x)), &at, 1e-8);
        check_everywhere(&derived!(alone | x | none(&x)), &at, 1e-8);
    }
}
