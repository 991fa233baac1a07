//! Control flow: branches, loops of every form, early exits, state that changes.

use crate::support::*;
use hvp::differentiable;

twin! {
    #[differentiable]
    fn statements(x: &[f64]) -> f64 {
        let mut s = 0.0;
        if x[0] > 0.0 {
            s += x[0] * x[1];
        } else if x[1] > 0.0 {
            s -= x[1] * x[1] * x[0];
        } else {
            s = x[0].exp();
        }
        if s < 0.5 {
            s *= x[1];
        }
        s
    }

    #[differentiable]
    fn expressions(x: &[f64]) -> f64 {
        let a = if x[0] > x[1] { x[0] * x[0] } else { x[1].sin() };
        let b = {
            let a = a * x[0];
            a + x[1]
        };
        let (c, d) = if b > 0.0 { (a * b, x[0]) } else { (x[1], b * b) };
        (if x[0] * x[1] > 0.0 && !(a > 2.0) || b > 1.0 { c } else { c * 2.0 }) * d
    }

    #[differentiable]
    fn nested(x: &[f64]) -> f64 {
        let mut total = 1.0;
        for i in 0..x.len() {
            let mut row = x[i];
            for j in i + 1..x.len() {
                row += x[i] * x[j];
                for k in 0..=j - i {
                    row = row * 0.5 + x[k] * row.sin();
                }
            }
            total = total * 0.7 + row * x[i];
        }
        total
    }

    #[differentiable]
    fn ranges(x: &[f64]) -> f64 {
        let n = x.len();
        let mut s = x[0];
        for i in (0..n).rev() {
            s = s * x[i] + 1.0;
        }
        for i in (1..n).step_by(2) {
            s += s * x[i] * x[i - 1];
        }
        for i in (0..=n - 1).rev() {
            s = (s + x[i]).sin();
        }
        for i in (0..n).step_by(3).rev() {
            s = s * x[i] + x[0];
        }
        for i in (0..n).rev().step_by(2) {
            s += x[i] * s;
        }
        for i in (0..=n - 1).rev().step_by(2) {
            s = s * x[i] + 0.5;
        }
        for i in (1..=n - 1).step_by(3) {
            s += s * x[i] * 0.1;
        }
        for _ in n..0 {
            s = s / 0.0;
        }
        s
    }

    #[differentiable]
    fn newton(a: f64) -> f64 {
        let mut y = a;
        let mut steps = 0;
        while (y * y - a).abs() > 1e-14 * a && steps < 50 {
            y = 0.5 * (y + a / y);
            steps += 1;
        }
        y * a
    }

    #[differentiable]
    fn counted_while(x: &[f64]) -> f64 {
        let mut i = 0;
        let mut s = 1.0;
        while i < x.len() {
            s = s * x[i] + x[i] * x[i];
            i += 2;
        }
        s
    }

    #[differentiable]
    fn early(x: &[f64]) -> f64 {
        if x[0] < 0.0 {
            return x[0] * x[1] * x[1];
        }
        let y = x[0] * x[1];
        if y > 1.0 {
            return y.ln();
        }
        y.exp()
    }

    #[differentiable]
    fn overwrites_what_it_reads(x: &[f64]) -> f64 {
        let mut a = x[0];
        let mut b = x[1];
        let mut c = 1.0;
        for i in 0..x.len() {
            let old = a;
            a = a * b;
            b = old + x[i] * b;
            c = c * a.cos() + b * old;
        }
        c
    }

    #[differentiable(wrt(x))]
    fn follows_a_list(x: &[f64], next: &[usize]) -> f64 {
        let mut j = 0;
        let mut s = 1.0;
        for _ in 0..next.len() {
            s = s * x[j] + x[j] * x[j];
            j = next[j];
            s += x[j];
        }
        s * x[j]
    }

    #[differentiable]
    fn passive_state(x: &[f64]) -> f64 {
        let mut scale = 1.0;
        let mut sign = true;
        let mut n = x.len();
        let mut s = 0.0;
        while n > 0 {
            n -= 1;
            let c = if sign { scale } else { -scale };
            s = s * c + x[n] * x[n] * x[n];
            sign = !sign;
            scale *= 1.5;
        }
        s * scale
    }

    #[differentiable]
    fn shadows(x: f64) -> f64 {
        let n = 3;
        let x = x * x;
        let y = x.powi(n);
        let n = 2;
        let x = {
            let x = x + y.sin();
            x * x.powi(n)
        };
        let y = x * y;
        let n = n as f64;
        y * n + x
    }

    #[differentiable]
    fn branches_in_loops(x: &[f64]) -> f64 {
        let mut best = x[0];
        let mut s = 0.0;
        for i in 0..x.len() {
            let d = x[i] - 0.5;
            if d.abs() < 0.4 {
                s += 0.5 * d * d;
            } else {
                let t = d * best;
                s += if t > 0.0 { t.sqrt() } else { t * t };
            }
            if x[i] > best {
                best = x[i];
            }
        }
        s * best
    }

    #[differentiable]
    fn tuple_assignment(x: &[f64]) -> f64 {
        let (mut a, mut b) = (x[0], x[1]);
        for i in 0..4 {
            (a, b) = (a * b + 0.1 * i as f64, a - b);
        }
        a * b
    }

    #[differentiable]
    fn loop_with_break(x: f64) -> f64 {
        let mut y = x;
        let mut n = 0;
        loop {
            y = y * y + 0.3 * x;
            n += 1;
            if y > 2.0 {
                break;
            }
            if n == 6 {
                break;
            }
        }
        y * x
    }

    #[differentiable]
    fn break_and_continue(x: &[f64]) -> f64 {
        let mut s = 0.0;
        for i in 0..x.len() {
            if x[i] < -1.0 {
                continue;
            }
            s += x[i] * x[i] * (s + 1.0);
            if s > 3.0 {
                s *= x[0];
                break;
            }
            s *= 0.9;
        }
        s
    }

    #[differentiable]
    fn labelled(x: &[f64]) -> f64 {
        let mut s = 0.0;
        'rows: for i in 0..x.len() {
            for j in 0..x.len() {
                if x[i] * x[j] > 1.2 {
                    continue 'rows;
                }
                if s > 2.0 {
                    break 'rows;
                }
                s += (x[i] - x[j]).powi(2) * x[j];
            }
            s += x[i].sin();
        }
        s
    }

    #[differentiable]
    fn break_value(x: f64) -> f64 {
        let mut y = x;
        let z = loop {
            y = y * 1.5 + x * x;
            if y > 10.0 {
                break y * x;
            }
        };
        let w = 'block: {
            if z > 20.0 {
                break 'block z.ln();
            }
            z * z
        };
        w + y
    }

    #[differentiable]
    fn returns_from_loops(x: &[f64]) -> f64 {
        let mut s = 1.0;
        for i in 0..x.len() {
            for j in 0..i {
                s = s * x[j] + x[i];
                if s > 4.0 {
                    return s * x[i];
                }
            }
            if s < -4.0 {
                return s.powi(2);
            }
        }
        s.sin()
    }
}

#[test]
fn branches() {
    for x in points(31, 12, 2, -2.0, 2.0) {
        check(&derived!(|x| statements(x)), &x, 1e-12);
        check(&derived!(|x| expressions(x)), &x, 1e-12);
        check(&derived!(|x| early(x)), &x, 1e-12);
    }
}

#[test]
fn counted_loops() {
    for x in points(32, 4, 5, -1.0, 1.0) {
        check(&derived!(|x| nested(x)), &x, 1e-11);
        check(&derived!(|x| ranges(x)), &x, 1e-11);
        check(&derived!(|x| counted_while(x)), &x, 1e-12);
    }
}

#[test]
fn a_loop_that_runs_until_it_has_converged() {
    for at in [0.5, 2.0, 7.0] {
        let f = derived!(|x| newton(x[0]));
        check_exact(&f, &[at], 1e-12);
        // a √a, once converged in the derivatives as well: quadratic convergence leaves the second one a few digits behind.
        assert_near((f.grad)(&[at])[0], 1.5 * at.sqrt(), 1e-12, "gradient");
        assert_near((f.hvp)(&[at], &[1.0])[0], 0.75 / at.sqrt(), 1e-6, "second derivative");
    }
}

#[test]
fn state_that_changes() {
    for x in points(33, 4, 5, -1.2, 1.2) {
        check(&derived!(|x| overwrites_what_it_reads(x)), &x, 1e-11);
        check(&derived!(|x| follows_a_list(x, &[3usize, 0, 1, 2, 4])), &x, 1e-12);
        check(&derived!(|x| passive_state(x)), &x, 1e-12);
        check(&derived!(|x| shadows(x[0])), &x[..1], 1e-11);
        check(&derived!(|x| tuple_assignment(x)), &x, 1e-11);
        check(&derived!(|x| branches_in_loops(x)), &x, 1e-11);
    }
}

#[test]
fn exits_from_loops() {
    for x in points(34, 8, 5, -2.0, 2.0) {
        check(&derived!(|x| loop_with_break(x[0])), &x[..1], 1e-11);
        check(&derived!(|x| break_and_continue(x)), &x, 1e-11);
        check(&derived!(|x| labelled(x)), &x, 1e-11);
        check(&derived!(|x| returns_from_loops(x)), &x, 1e-11);
    }
    check_everywhere(&derived!(|x| break_value(x[0])), &points(35, 6, 1, 0.2, 2.0), 1e-11);
}

#[differentiable]
fn bursts(x: &[f64]) -> f64 {
    let mut k = 0;
    let mut s = 1.0;
    for _ in 0..3 {
        loop {
            if k % 4 == 3 {
                k += 1;
                break;
            }
            s = s * x[k % x.len()].sin() + 0.5 * x[k % x.len()];
            k += 1;
        }
    }
    s
}

#[test]
fn a_counter_that_goes_on_from_one_inner_loop_to_the_next() {
    check(&derived!(alone | x | bursts(x)), &[0.3, -0.8, 1.1, 0.6, -0.2], 1e-13);
}
