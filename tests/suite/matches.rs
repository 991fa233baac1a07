//! `match`, `if let`, `let … else`, and patterns.

use crate::support::*;
use hvp::differentiable;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kernel {
    Gaussian { width: f64 },
    Power(i32),
    Flat,
}

impl Lift for Kernel {
    type Out = Kernel;
    fn lift(&self) -> Kernel {
        *self
    }
}

const SPECIAL: usize = 3;

twin! {
    #[differentiable]
    fn under_else(x: &[f64], n: usize) -> f64 {
        let mut s = x[0];
        if s > 0.0 {
            s *= x[1];
        } else {
            match n {
                0 => s = x[1].sin(),
                k if k % 2 == 1 => s *= x[0],
                _ => {}
            }
        }
        s * x[1]
    }

    #[differentiable]
    fn integers(x: &[f64]) -> f64 {
        let mut s = 1.0;
        for i in 0..x.len() {
            s += match i {
                0 => x[0] * x[1],
                1 | 2 => s * x[i],
                SPECIAL => x[i].exp(),
                n if n % 2 == 0 => {
                    let t = s * x[n];
                    t * t
                }
                4..=6 => -x[i],
                _ => x[i].sin() * s,
            };
        }
        s
    }

    #[differentiable]
    fn active_scrutinee(x: &[f64]) -> f64 {
        match (x[0] > 0.0, x[1]) {
            (true, y) if y > 0.5 => y * x[0],
            (true, y) => y.powi(2) - x[0],
            (false, y) => y.sin() * x[0],
        }
    }

    #[differentiable(wrt(x))]
    fn by_kind(x: &[f64], kernel: Kernel) -> f64 {
        use Kernel::*;
        let mut s = 0.0;
        for i in 1..x.len() {
            let r = x[i] - x[i - 1];
            s += match kernel {
                Gaussian { width } => (-r * r / width).exp(),
                Power(n) => r.powi(n) * x[0],
                Flat => 1.0,
            };
        }
        s * x[0]
    }

    #[differentiable(wrt(x))]
    fn optional(x: &[f64], limit: Option<usize>) -> f64 {
        let mut s = x[0];
        if let Some(n) = limit {
            for i in 0..n {
                s = s * x[i] + x[i];
            }
        } else {
            s *= 2.0;
        }
        let Some(n) = limit else {
            return s * s;
        };
        s * x[n]
    }

    #[differentiable]
    fn slices(x: &[f64]) -> f64 {
        let [a, b, ..] = x else {
            return 0.0;
        };
        let &[c, .., d] = x else { return a * b };
        let (e, (f, _)) = (a * c, (b + d, 1.0));
        e * f + if let [g, h, i] = x { g * h * i } else { d }
    }
}

impl Lift for Option<usize> {
    type Out = Option<usize>;
    fn lift(&self) -> Option<usize> {
        *self
    }
}

#[test]
fn patterns() {
    for x in points(111, 4, 8, -1.5, 1.5) {
        check(&derived!(|x| integers(x)), &x, 1e-12);
        check(&derived!(|x| active_scrutinee(x)), &x[..2], 1e-12);
        for limit in [None, Some(0), Some(4)] {
            check(&derived!(|x| optional(x, limit)), &x, 1e-12);
        }
        check(&derived!(|x| slices(x)), &x[..3], 1e-12);
        for n in 0..3 {
            check(&derived!(|x| under_else(x, n)), &x[..2], 1e-12);
        }
        check(&derived!(|x| slices(x)), &x, 1e-12);
    }
}

#[test]
fn enums_with_payload() {
    for x in points(112, 3, 4, -1.5, 1.5) {
        check(&derived!(alone | x | by_kind(x, Kernel::Gaussian { width: 0.7 })), &x, 1e-12);
        check(&derived!(alone | x | by_kind(x, Kernel::Power(3))), &x, 1e-12);
        check(&derived!(alone | x | by_kind(x, Kernel::Flat)), &x, 1e-12);
    }
}

mod or_of_an_option {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(c))]
    pub fn spline(c: &[f64], ts: &[f64]) -> f64 {
        let knots = [0.0, 0.25, 0.5, 1.0];
        let mut s = 0.0;
        for &t in ts {
            let k = match knots.iter().position(|&u| u > t) {
                Some(0) | None => knots.len() - 2,
                Some(i) => i - 1,
            };
            let u = (t - knots[k]) / (knots[k + 1] - knots[k]);
            let top = match c.iter().copied().find(|v| *v > 0.5) {
                None | Some(1.0..) => 0.5,
                Some(v) => v * v,
            };
            s += (c[k] * (1.0 - u) + c[(k + 1) % c.len()] * u * top).powi(2);
        }
        s
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | spline(&x, &[-0.1, 0.1, 0.3, 0.77, 1.0])),
            &points(7, 3, 3, -0.5, 1.2),
            1e-9,
        );
    }
}
