//! The bare attribute on whatever a function calls: methods that change structs, operators, functions of traits, helpers with
//! constants for parameters.

use std::ops::{Add, AddAssign, Range};

use crate::support::*;
use hvp::differentiable;

mod structs {
    use super::*;

    #[derive(Clone, Copy, Default)]
    struct Body {
        at: [f64; 2],
        speed: [f64; 2],
        drag: f64,
    }

    impl Body {
        #[differentiable]
        fn new(speed: [f64; 2]) -> Self {
            Body { speed, ..Body::default() }
        }

        #[differentiable]
        fn with_drag(mut self, drag: f64) -> Self {
            self.drag = drag;
            self
        }

        #[differentiable]
        fn step(&mut self, h: f64) {
            let pull = self.pull();
            for k in 0..2 {
                self.speed[k] += h * pull[k];
                self.at[k] += h * self.speed[k];
            }
        }

        #[differentiable]
        fn pull(&self) -> [f64; 2] {
            self.speed.map(|v| -self.drag * v * v.abs() - 1.0)
        }

        #[differentiable]
        fn beside(&self, other: &Body) -> Body {
            let mut out = Body { drag: self.drag * other.drag, ..*self };
            out.at[0] += other.at[1];
            out
        }
    }

    impl Add for Body {
        type Output = Body;
        #[differentiable]
        fn add(self, other: Body) -> Body {
            Body { at: [self.at[0] + other.at[0], self.at[1] * other.at[1]], ..other }
        }
    }

    impl AddAssign for Body {
        #[differentiable]
        fn add_assign(&mut self, other: Body) {
            *self = *self + other;
        }
    }

    impl From<[f64; 2]> for Body {
        #[differentiable]
        fn from([a, b]: [f64; 2]) -> Body {
            Body { at: [a, b], speed: [b, a], drag: 0.1 }
        }
    }

    #[differentiable]
    fn flight(x: &[f64]) -> f64 {
        let mut body = Body::new([x[0], x[1]]).with_drag(x[2] * x[2]);
        for _ in 0..3 {
            body.step(0.1);
        }
        body += Body::from([x[1], x[2]]);
        let both = body.beside(&Body::from([x[0], 0.5]));
        body.at[0] * body.at[1] + body.speed[1] + both.drag * both.at[0]
    }

    #[test]
    fn have_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | flight(&x)), &points(301, 3, 3, 0.1, 0.9), 1e-9);
    }
}

mod traits {
    use super::*;

    trait Field {
        const SHARE: f64 = 0.5;

        fn slope(&self, y: [f64; 2], w: &[f64]) -> [f64; 2];

        fn midpoint(&self, y: [f64; 2], w: &[f64], h: f64) -> [f64; 2] {
            let k = self.slope(y, w);
            let half = Self::SHARE * h;
            let k = self.slope([y[0] + half * k[0], y[1] + half * k[1]], w);
            [y[0] + h * k[0], y[1] + h * k[1]]
        }
    }

    struct Saturated;

    struct Damped {
        rate: f64,
        start: [f64; 2],
    }

    impl Field for Saturated {
        #[differentiable]
        fn slope(&self, y: [f64; 2], w: &[f64]) -> [f64; 2] {
            [(w[0] * y[0] + w[1] * y[1]).tanh(), (w[2] * y[0] - w[0] * y[1]).tanh()]
        }
    }

    impl Field for Damped {
        const SHARE: f64 = 0.4;

        fn slope(&self, y: [f64; 2], w: &[f64]) -> [f64; 2] {
            [y[1] - self.rate * y[0], -w[0] * y[0].sin()]
        }
    }

    /// A struct without fields, one of differentiated numbers, and one that is data.
    #[differentiable(wrt(w))]
    fn ends(w: &[f64], data: &Damped) -> f64 {
        let first = Saturated;
        let second = Damped { rate: w[1], start: [w[2], 0.3] };
        let y = first.midpoint(first.slope([0.3, w[0]], w), w, 0.1);
        let z = second.midpoint(second.start, w, 0.2);
        let own = data.slope(data.start, w);
        let both = data.midpoint(own, &[w[1]], 0.2);
        y[0] * y[1] + z[0] + z[1] * own[1] + both[0] * both[1]
    }

    #[test]
    fn have_the_right_derivatives() {
        let data = Damped { rate: 0.7, start: [0.4, -0.2] };
        check_everywhere(&derived!(alone | x | ends(&x, &data)), &points(302, 3, 3, -0.9, 0.9), 1e-9);
    }

    impl Damped {
        #[differentiable(wrt(w))]
        fn own(&self, w: &[f64]) -> f64 {
            let [a, b] = self.midpoint(self.slope(self.start, w), w, 0.1);
            a * b
        }
    }

    #[test]
    fn methods_call_those_of_traits() {
        let data = Damped { rate: 0.7, start: [0.4, -0.2] };
        check_everywhere(&derived!(alone | x | data.own(&x)), &points(303, 2, 1, -0.9, 0.9), 1e-9);
    }
}

mod constants {
    use super::*;

    #[differentiable]
    fn rk2<const D: usize>(f: impl Fn(f64, &[f64; D]) -> [f64; D], y: [f64; D], t: f64, h: f64) -> [f64; D] {
        let k = f(t, &y);
        let mut middle = [0.0; D];
        for i in 0..D {
            middle[i] = y[i] + 0.5 * h * k[i];
        }
        let k = f(t + 0.5 * h, &middle);
        std::array::from_fn(|i| y[i] + h * k[i] / (D as f64 - 1.0))
    }

    #[differentiable]
    fn advance<F, const D: usize>(f: &F, y: &mut [f64; D], weights: &[f64; D])
    where
        F: Fn(&[f64; D]) -> [f64; D],
    {
        let slope = f(y);
        for i in 0..D {
            y[i] += weights[i] * slope[i];
        }
    }

    #[differentiable]
    fn swing(p: &[f64]) -> f64 {
        fn norm<const N: usize>(x: &[f64; N]) -> f64 {
            let mut sum = 0.0;
            for i in 0..N {
                sum += x[i] * x[i] / N as f64;
            }
            sum
        }
        let mut y = [p[2], 0.1];
        let mut three = [p[0], p[1], 0.2];
        for step in 0..4 {
            let t = 0.1 * step as f64;
            y = rk2(|t, y| [y[1], -p[0] * y[0].sin() - p[1] * y[1] + t.cos()], y, t, 0.1);
            advance(&|z: &[f64; 3]| [z[1], z[2] * p[1], z[0]], &mut three, &[0.1, 0.2, p[2]]);
        }
        norm(&y) + norm(&three) * y[0]
    }

    #[test]
    fn are_told_by_the_arguments() {
        check_everywhere(&derived!(alone | x | swing(&x)), &points(304, 3, 3, -0.9, 0.9), 1e-9);
    }
}

mod ranges {
    use super::*;

    struct Rows {
        starts: Vec<usize>,
    }

    #[differentiable]
    fn block(k: usize, size: usize) -> Range<usize> {
        k * size..(k + 1) * size
    }

    #[differentiable(wrt(x))]
    fn parts(x: &[f64], rows: &Rows) -> f64 {
        let mut sum = 0.0;
        for row in 0..rows.starts.len() - 1 {
            let range = rows.starts[row]..rows.starts[row + 1];
            let own: f64 =
                x[range.clone()].iter().zip(&rows.starts[range.clone()]).map(|(v, k)| v * *k as f64).sum();
            sum += own * x[range.start] * range.len() as f64;
            let next = range.end..x.len();
            sum += x[next].iter().product::<f64>();
        }
        let second = block(1, 2);
        sum * x[second.clone()].iter().sum::<f64>() + x[second][0]
    }

    #[test]
    fn stay_where_they_are_cloned() {
        let rows = Rows { starts: vec![0, 2, 3, 4] };
        check_everywhere(&derived!(alone | x | parts(&x, &rows)), &points(305, 2, 4, 0.2, 0.9), 1e-9);
    }
}

mod memory {
    use super::*;

    struct Grid {
        rate: f64,
        limit: f64,
    }

    impl Grid {
        #[differentiable]
        fn flux(&self, u: &[f64], out: &mut [f64]) {
            for i in 0..u.len() {
                out[i] = self.rate * (u[(i + 1) % u.len()] - u[i]) * u[i];
            }
        }

        #[differentiable]
        fn advance(&self, u: &mut Vec<f64>, work: &mut [f64]) -> bool {
            self.flux(u, work);
            for (u, w) in u.iter_mut().zip(work.iter()) {
                *u += w;
            }
            self.energy(u) < self.limit
        }

        #[differentiable]
        fn energy(&self, u: &[f64]) -> f64 {
            u.iter().map(|u| u * u).sum()
        }

        #[differentiable(wrt(x))]
        fn run(&self, x: &[f64]) -> f64 {
            let mut u = x.to_vec();
            let mut work = vec![0.0; x.len()];
            let mut steps = 0;
            while steps < 4 && self.advance(&mut u, &mut work) {
                steps += 1;
            }
            self.energy(&u) * steps as f64 + u[0]
        }
    }

    struct Sparse {
        rows: Vec<Vec<(usize, f64)>>,
    }

    impl Sparse {
        #[differentiable]
        fn apply<'a>(&'a self, x: &'a [f64]) -> Vec<f64> {
            self.rows.iter().map(|row| row.iter().map(|&(j, v)| v * x[j]).sum()).collect()
        }

        fn len(&self) -> usize {
            self.rows.len()
        }
    }

    /// The pullback of `apply` borrows from the data.
    #[differentiable(wrt(x))]
    fn residual(x: &[f64], a: &Sparse, b: &[f64]) -> f64 {
        a.apply(x).iter().zip(b).map(|(p, q)| (p - q).powi(2)).sum::<f64>() / a.len() as f64
    }

    type Matrix = Vec<Vec<f64>>;

    #[derive(Clone)]
    struct Cloud {
        at: Vec<[f64; 2]>,
        links: Matrix,
    }

    #[differentiable]
    fn identity(n: usize) -> Matrix {
        (0..n).map(|i| (0..n).map(|j| if i == j { 1.0 } else { 0.0 }).collect()).collect()
    }

    #[differentiable]
    fn kick(cloud: &mut Cloud, by: &[f64], h: f64) {
        for (p, row) in cloud.at.iter_mut().zip(&cloud.links) {
            for k in 0..2 {
                p[k] += h * by[k] * row[0];
            }
        }
    }

    /// Rows that begin as data, of a struct and of a helper.
    #[differentiable(wrt(x))]
    fn moved(x: &[f64], start: &Cloud) -> f64 {
        let mut cloud = Cloud { at: start.at.clone(), ..start.clone() };
        let mut own = Cloud { at: vec![[x[0], x[1]], [x[1], 0.3]], links: identity(2) };
        let mut sum = identity(2);
        for row in sum.iter_mut() {
            for (k, v) in row.iter_mut().enumerate() {
                *v += x[k];
            }
        }
        cloud.links[1][0] *= x[1];
        kick(&mut cloud, x, 0.5);
        kick(&mut own, &sum[1], 0.2);
        cloud.at[1][1] * own.at[0][0] + sum[0][1] * cloud.at[0][0] * cloud.links[1][0]
    }

    #[test]
    fn is_lent_as_the_methods_take_it() {
        let grid = Grid { rate: 0.1, limit: 9.0 };
        check_everywhere(&derived!(alone | x | grid.run(&x)), &points(306, 2, 4, 0.2, 0.9), 1e-9);
        let a = Sparse { rows: vec![vec![(0, 1.0), (2, -0.5)], vec![(1, 2.0)]] };
        check_everywhere(
            &derived!(alone | x | residual(&x, &a, &[0.3, 0.4])),
            &points(307, 2, 3, -0.9, 0.9),
            1e-9,
        );
    }

    #[test]
    fn begins_as_data() {
        let start = Cloud { at: vec![[0.3, 0.4], [0.7, -0.2]], links: vec![vec![0.5], vec![1.5, 2.0]] };
        check_everywhere(&derived!(alone | x | moved(&x, &start)), &points(308, 2, 2, -0.9, 0.9), 1e-9);
    }
}
