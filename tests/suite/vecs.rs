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

    #[differentiable]
    fn grows(x: &[f64]) -> f64 {
        let mut kept = Vec::new();
        for i in 0..x.len() {
            if x[i] > -0.5 {
                kept.push(x[i] * x[i]);
            }
        }
        kept.push(x[0]);
        let top = kept.pop().unwrap() * 2.0;
        let mut s = top;
        for i in 0..kept.len() {
            s += kept[i] * (i + 1) as f64 * s;
        }
        kept.clear();
        kept.extend(x.iter().map(|v| v.sin()));
        kept.extend_from_slice(&x[1..]);
        s + kept.iter().map(|v| v * v).sum::<f64>()
    }

    #[differentiable]
    fn copies(x: &[f64]) -> f64 {
        let a = x.to_vec();
        let mut b = a.clone();
        b[0] = b[1] * 3.0;
        b.swap(1, 2);
        let mut c = [0.0; 4];
        c.copy_from_slice(&b[..4]);
        c[1..3].fill(x[3]);
        let (left, right) = b.split_at(2);
        let mut p = left[0] * right[1];
        let mut q = a[2];
        std::mem::swap(&mut p, &mut q);
        let (low, high) = c.split_at_mut(2);
        low[0] += high[1] * high[1];
        high[0] *= low[1];
        p * p + q * a[0] + c.iter().map(|v| v.powi(3)).sum::<f64>()
    }

    #[differentiable]
    fn double_buffer(x: &[f64]) -> f64 {
        let n = x.len();
        let mut now = x.to_vec();
        let mut next = vec![0.0; n];
        for _ in 0..5 {
            for i in 0..n {
                next[i] = now[i] * 0.6 + 0.3 * now[(i + 1) % n].sin();
            }
            std::mem::swap(&mut now, &mut next);
        }
        now[0] * now[1] + next[2]
    }

    #[differentiable]
    fn nested(x: &[f64]) -> f64 {
        let mut table = vec![vec![0.0; 3]; 2];
        for i in 0..2 {
            for j in 0..3 {
                table[i][j] = x[(i + j) % x.len()] * x[0];
            }
        }
        table[0][1] *= table[1][2];
        table.iter().map(|l| l.iter().map(|v| v * v).sum::<f64>()).product()
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

#[test]
fn vectors_that_grow_and_change() {
    for x in points(121, 4, 4, -1.5, 1.5) {
        check(&derived!(|x| grows(x)), &x, 1e-12);
        check(&derived!(|x| copies(x)), &x, 1e-12);
        check(&derived!(|x| double_buffer(x)), &x, 1e-12);
        check(&derived!(|x| nested(x)), &x, 1e-12);
    }
}

mod queues {
    use crate::support::*;
    use hvp::differentiable;
    use std::collections::VecDeque;

    #[differentiable]
    fn moving_mean(x: &[f64]) -> f64 {
        let mut window = VecDeque::with_capacity(3);
        let mut s = 0.0;
        for &v in x {
            if window.len() == 3 {
                window.pop_front();
            }
            window.push_back(v);
            let mean = window.iter().sum::<f64>() / window.len() as f64;
            s += (v - mean).powi(2);
        }
        s
    }

    #[differentiable]
    fn delay_line(x: &[f64]) -> f64 {
        let mut line: VecDeque<f64> = VecDeque::from(vec![0.0; 2]);
        let mut s = 0.0;
        for &v in x {
            let old = line.pop_front().unwrap();
            let y = v + 0.5 * old * line[0];
            line.push_back(y * v);
            s += y * y + line.back().unwrap() * line.front().unwrap();
        }
        let mut turned: VecDeque<f64> = line.iter().map(|v| v.sin()).collect();
        turned.push_front(s);
        if let Some(last) = turned.pop_back() {
            turned[0] *= last;
        }
        while turned.pop_front().is_some() {
            s += turned.len() as f64 * x[0];
        }
        s + if turned.is_empty() { x[1] * x[2] } else { 0.0 }
    }

    #[differentiable]
    fn breadth_first(x: &[f64], next: &[Vec<usize>]) -> f64 {
        let mut queue = VecDeque::new();
        let mut seen = vec![false; x.len()];
        queue.push_back(0_usize);
        seen[0] = true;
        let mut s = 1.0;
        while let Some(u) = queue.pop_front() {
            s += s * x[u];
            for &w in &next[u] {
                if !seen[w] {
                    seen[w] = true;
                    queue.push_back(w);
                }
            }
        }
        s
    }

    #[test]
    fn have_the_right_derivatives() {
        let next = [vec![1, 2], vec![3], vec![3, 4], vec![], vec![]];
        check_everywhere(&derived!(alone | x | moving_mean(&x)), &points(31, 3, 5, -1.0, 1.0), 1e-9);
        check_everywhere(&derived!(alone | x | delay_line(&x)), &points(32, 3, 5, -1.0, 1.0), 1e-9);
        check_everywhere(&derived!(alone | x | breadth_first(&x, &next)), &points(33, 3, 5, -1.0, 1.0), 1e-9);
    }
}

fn norm(w: &[f64]) -> f64 {
    w.iter().map(|w| w * w).sum::<f64>().sqrt()
}

#[differentiable]
fn passive_list(x: f64) -> f64 {
    let mut w = Vec::new();
    w.push(3.0);
    w.push(4.0);
    x * x * norm(&w)
}

#[test]
fn a_list_of_constants_goes_into_any_function() {
    assert_eq!(passive_list_grad(2.0), 20.0);
    assert_eq!(passive_list_hvp(2.0, 1.0), 10.0);
}

#[differentiable]
fn repeated_rows(x: f64) -> f64 {
    let a = [[x; 2]; 3];
    let b = vec![vec![x * x; 2]; 2];
    a[0][1] * b[1][0] + a[2][0]
}

#[test]
fn a_row_of_one_number_is_repeated() {
    // x³ + x
    assert_eq!(repeated_rows_grad(2.0), 13.0);
    assert_eq!(repeated_rows_hvp(2.0, 1.0), 12.0);
}

mod late {
    use super::*;

    #[differentiable]
    fn in_arms(x: &[f64], k: usize) -> f64 {
        let list: Vec<f64>;
        if x[0] > 0.5 {
            list = x.iter().map(|v| v * v).collect();
        } else {
            let first = x[1];
            list = vec![first, x[0]];
        }
        let pair;
        match k {
            0 => return list[0],
            1 => pair = (x[0] * x[1], 1.0),
            k if k > 2 => {
                pair = (x[2].sin(), x[1]);
            }
            _ => pair = (x[2], x[0]),
        }
        let mut sum = list[0] * list[1] + pair.0 * pair.1;
        for i in 0..3 {
            let weights: [f64; 2];
            if i == 1 {
                weights = [x[i], 1.0];
            } else if x[i] > 0.4 {
                weights = [x[i] * x[0], 2.0];
            } else {
                continue;
            }
            sum += weights[0] * weights[1];
        }
        sum
    }

    #[test]
    fn arrays_begin_in_the_arms_of_a_choice() {
        for k in 0..4 {
            check_everywhere(&derived!(alone | x | in_arms(&x, k)), &points(95, 4, 3, 0.2, 1.2), 1e-9);
        }
    }
}
