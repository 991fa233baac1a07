//! Local arrays and what is done to them in place.

use crate::support::*;
use hvp::differentiable;

twin! {
    #[differentiable]
    fn local_array(x: &[f64]) -> f64 {
        let mut a = [0.0; 4];
        for i in 0..4 {
            a[i] = x[i] * x[(i + 1) % 4];
        }
        let b = [x[0], a[1] * 2.0, 1.0];
        let mut s = 0.0;
        for i in 0..4 {
            s += a[i] * a[i] * b[i % 3];
        }
        s
    }

    #[differentiable]
    fn overwritten(x: &[f64]) -> f64 {
        let mut a = vec![1.0; x.len()];
        for round in 0..3 {
            for i in 0..x.len() {
                let left = if i > 0 { a[i - 1] } else { x[0] };
                a[i] = a[i] * x[i] + left.sin() * (round + 1) as f64;
            }
        }
        let mut s = 0.0;
        for i in 0..x.len() {
            s += a[i] * x[i];
        }
        s
    }

    #[differentiable]
    fn cholesky_log_det(x: &[f64]) -> f64 {
        let mut a = [[0.0; 3]; 3];
        let mut k = 0;
        for i in 0..3 {
            for j in 0..=i {
                a[i][j] = x[k] + if i == j { 4.0 } else { 0.0 };
                a[j][i] = a[i][j];
                k += 1;
            }
        }
        let mut log_det = 0.0;
        for j in 0..3 {
            for k in 0..j {
                a[j][j] -= a[j][k] * a[j][k];
            }
            a[j][j] = a[j][j].sqrt();
            log_det += 2.0 * a[j][j].ln();
            for i in j + 1..3 {
                for k in 0..j {
                    a[i][j] -= a[i][k] * a[j][k];
                }
                a[i][j] /= a[j][j];
            }
        }
        log_det
    }

    #[differentiable]
    fn elimination(x: &[f64], b: &[f64]) -> f64 {
        let n = b.len();
        let mut a = vec![0.0; n * n];
        let mut y = vec![0.0; n];
        for i in 0..n {
            for j in 0..n {
                a[i * n + j] = x[i * n + j] + if i == j { 5.0 } else { 0.0 };
            }
            y[i] = b[i];
        }
        for col in 0..n {
            for row in col + 1..n {
                let m = a[row * n + col] / a[col * n + col];
                for c in col..n {
                    a[row * n + c] -= m * a[col * n + c];
                }
                y[row] -= m * y[col];
            }
        }
        for i in (0..n).rev() {
            for j in i + 1..n {
                y[i] -= a[i * n + j] * y[j];
            }
            y[i] /= a[i * n + i];
        }
        let mut s = 0.0;
        for i in 0..n {
            s += y[i] * y[i];
        }
        s
    }

    #[differentiable]
    fn pivoting(x: &[f64]) -> f64 {
        let n = 3;
        let mut a = [[0.0; 3]; 3];
        for i in 0..n {
            for j in 0..n {
                a[i][j] = x[i * n + j];
            }
        }
        let mut det = 1.0;
        for col in 0..n {
            let mut p = col;
            for r in col + 1..n {
                if a[r][col].abs() > a[p][col].abs() {
                    p = r;
                }
            }
            if p != col {
                for c in 0..n {
                    let t = a[col][c];
                    a[col][c] = a[p][c];
                    a[p][c] = t;
                }
                det = -det;
            }
            det *= a[col][col];
            for r in col + 1..n {
                let m = a[r][col] / a[col][col];
                for c in col..n {
                    a[r][c] -= m * a[col][c];
                }
            }
        }
        det
    }

    #[differentiable]
    fn parts(x: &[f64]) -> f64 {
        let n = x.len() / 2;
        let head = &x[..n];
        let tail = &x[n..];
        let middle = &x[1..x.len() - 1];
        let inner = &middle[1..];
        let mut s = 0.0;
        for i in 0..n {
            s += head[i] * tail[i].sin();
        }
        for i in 0..inner.len() {
            s += inner[i] * inner[i] * middle[i];
        }
        s
    }

    #[differentiable]
    fn sweeps(x: &[f64]) -> f64 {
        let mut u = [0.0; 6];
        let mut v = [0.0; 6];
        for i in 0..6 {
            u[i] = x[i];
        }
        for _ in 0..4 {
            for i in 1..5 {
                v[i] = u[i] + 0.1 * (u[i - 1] - 2.0 * u[i] + u[i + 1]) + 0.05 * u[i] * u[i];
            }
            for i in 1..5 {
                u[i] = v[i];
            }
            u[0] *= 1.1;
        }
        u[1] * u[2] + u[3] * u[4] * u[0] + v[2]
    }

    #[differentiable]
    fn compound(x: &[f64]) -> f64 {
        let mut a = [x[0], x[1], 2.0];
        a[0] += a[1] * x[2];
        a[1] *= a[0];
        a[2] /= a[1] * a[1] + 1.0;
        a[1] -= a[1] * a[2];
        a[0] *= a[0];
        let k = 1;
        a[k] += a[k];
        a[0] * a[1] + a[2] * a[2]
    }

    #[differentiable]
    fn computed_places(x: &[f64]) -> f64 {
        let mut count = [0usize; 3];
        let mut bins = [0.0; 3];
        for i in 0..x.len() {
            let k = if x[i] < -0.3 { 0 } else if x[i] < 0.4 { 1 } else { 2 };
            count[k] += 1;
            bins[k] = bins[k] * x[i] + x[i] * count[k] as f64;
        }
        let mut s = 0.0;
        for k in 0..3 {
            s += bins[k] * bins[k] * (1 + count[k]) as f64;
        }
        s
    }

    #[differentiable]
    fn only_one_branch_writes(x: &[f64]) -> f64 {
        let mut a = [x[0], x[1], x[2]];
        for i in 0..3 {
            if a[i] > 0.0 {
                a[(i + 1) % 3] = a[i] * a[(i + 1) % 3];
            } else if a[i] < -0.5 {
                a[i] = a[i].exp();
            }
        }
        a[0] * a[1] * a[2] + a[1]
    }

    /// The adjoint of `r` has one version before the loop and another that the loop carries.
    #[differentiable]
    fn two_versions_of_an_adjoint(x: &[f64]) -> f64 {
        let r = x[0] * x[0];
        let mut m = [r, x[1]];
        let mut c = 0;
        while c < 3 && r > 0.5 {
            m[1] += r;
            c += 1;
        }
        let r = r + r.max(-0.5) * r;
        (r * m[0]).sin() * m[1]
    }

    #[differentiable]
    fn local_in_a_loop(x: &[f64]) -> f64 {
        let mut s = 1.0;
        for i in 0..x.len() {
            let mut w = [0.0; 3];
            for k in 0..3 {
                w[k] = x[i] * s + k as f64;
            }
            w[1] = w[0] * w[2];
            s = s * 0.5 + (w[0] + w[1]).sin() * 0.5;
        }
        s
    }
}

#[test]
fn local_arrays() {
    for x in points(41, 4, 4, -1.0, 1.0) {
        check(&derived!(|x| local_array(x)), &x, 1e-12);
        check(&derived!(|x| overwritten(x)), &x, 1e-11);
        check(&derived!(|x| compound(x)), &x, 1e-11);
        check(&derived!(|x| only_one_branch_writes(x)), &x, 1e-12);
        check(&derived!(|x| local_in_a_loop(x)), &x, 1e-11);
        check(&derived!(|x| two_versions_of_an_adjoint(x)), &x[..2], 1e-11);
    }
    for x in points(42, 4, 7, -1.0, 1.0) {
        check(&derived!(|x| computed_places(x)), &x, 1e-11);
        check(&derived!(|x| parts(x)), &x, 1e-12);
        check(&derived!(|x| sweeps(x)), &x, 1e-11);
    }
}

#[test]
fn factorisations_in_place() {
    for x in points(43, 3, 6, -1.0, 1.0) {
        check(&derived!(|x| cholesky_log_det(x)), &x, 1e-12);
    }
    for x in points(44, 3, 12, -1.0, 1.0) {
        check(&derived!(|x| elimination(&x[..9], &x[9..])), &x, 1e-11);
        check(&derived!(|x| pivoting(x)), &x[..9], 1e-11);
    }
}

mod map_of_an_array {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn form(x: &[f64; 3]) -> f64 {
        let q = [[2.0, 0.3, 0.0], [0.3, 1.0, -0.2], [0.0, -0.2, 1.5]];
        let qx = q.map(|row| row.iter().zip(x).map(|(a, b)| a * b).sum::<f64>());
        let rows = x.map(|v| [v, v * v]);
        let near = x.map(|v| v > 0.5);
        let squares: f64 = rows.iter().zip(near).map(|(row, near)| if near { row[1] } else { row[0] }).sum();
        0.5 * qx.iter().zip(x).map(|(a, b)| a * b).sum::<f64>() + squares
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | form(&array(&x))), &points(7, 3, 3, -1.0, 1.5), 1e-9);
    }
}

mod whole_arrays_in_comparisons {
    use crate::support::*;
    use hvp::differentiable;

    twin! {
        #[differentiable]
        fn changed_behind_the_loop(x: &[f64]) -> f64 {
            let mut weights = [1.0, 2.0];
            let mut s = 0.0;
            for i in 0..x.len() {
                s += if weights == [1.0, 2.0] { x[i].sin() } else { x[i].exp() };
            }
            weights[0] = 5.0;
            s + weights[0]
        }

        #[differentiable]
        fn asked_before_it_is_overwritten(x: &[f64]) -> f64 {
            let mut last = [0.0; 2];
            let mut s = 0.0;
            for i in 0..x.len() {
                s += if last == [0.0, 0.0] { x[i].sin() } else { x[i].exp() };
                last[0] = x[i];
                last[1] = x[i] * x[i];
                s += last[0].sin() * last[1];
            }
            s * 0.5
        }

        #[differentiable]
        fn grown_behind_the_loop(x: &[f64]) -> f64 {
            let mut weights = vec![1.0; 3];
            let mut s = 0.0;
            for i in 0..x.len() {
                s += if weights == vec![1.0; 3] { x[i].sin() } else { x[i].exp() };
            }
            weights.push(2.0);
            s + weights[3]
        }

        #[differentiable]
        fn a_row_that_changes_later(x: &[f64]) -> f64 {
            let mut rows = vec![vec![1.0; 2]; 2];
            let mut s = 0.0;
            for i in 0..x.len() {
                s += if rows[0] == [1.0, 1.0] { x[i].sin() } else { x[i].exp() };
                if i == 1 {
                    rows[0][1] = 2.0;
                }
            }
            rows[1][0] = 4.0;
            s + rows[1][0]
        }

        #[differentiable]
        fn asked_behind_the_loop(x: &[f64]) -> f64 {
            let mut last = [0.0; 2];
            let mut s = 0.0;
            for i in 0..x.len() {
                last[0] = x[i];
                last[1] = 2.0 * x[i];
                s += last[0].sin() * last[1];
            }
            let unset = if last == [0.0, 0.0] { 1.0 } else { 2.0 };
            s + unset
        }
    }

    /// A comparison sees the array as it is there, whenever the loop runs.
    #[test]
    fn see_them_where_they_stand() {
        for x in points(44, 4, 5, 0.2, 1.0) {
            check(&derived!(|x| changed_behind_the_loop(x)), &x, 1e-12);
            check(&derived!(|x| asked_before_it_is_overwritten(x)), &x, 1e-12);
            check(&derived!(|x| asked_behind_the_loop(x)), &x, 1e-12);
            check(&derived!(|x| grown_behind_the_loop(x)), &x, 1e-12);
            check(&derived!(|x| a_row_that_changes_later(x)), &x, 1e-12);
        }
    }
}
