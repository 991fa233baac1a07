//! What helpers do with structs that stand beside them, and with `Vec`s and functions of their callers.

use std::ops::{Add, Index, IndexMut, Mul};

use crate::support::*;
use hvp::differentiable;

mod with_an_index {
    use super::*;

    #[derive(Clone, Debug)]
    struct Matrix {
        rows: usize,
        cols: usize,
        data: Vec<f64>,
    }

    impl Matrix {
        fn zeros(rows: usize, cols: usize) -> Self {
            Matrix { rows, cols, data: vec![0.0; rows * cols] }
        }

        fn identity(n: usize) -> Self {
            let mut m = Self::zeros(n, n);
            for i in 0..n {
                m[(i, i)] = 1.0;
            }
            m
        }

        fn transpose(&self) -> Matrix {
            let mut t = Matrix::zeros(self.cols, self.rows);
            for i in 0..self.rows {
                for j in 0..self.cols {
                    t[(j, i)] = self[(i, j)];
                }
            }
            t
        }
    }

    impl Index<(usize, usize)> for Matrix {
        type Output = f64;
        fn index(&self, (i, j): (usize, usize)) -> &f64 {
            &self.data[i * self.cols + j]
        }
    }

    impl IndexMut<(usize, usize)> for Matrix {
        fn index_mut(&mut self, (i, j): (usize, usize)) -> &mut f64 {
            &mut self.data[i * self.cols + j]
        }
    }

    impl Mul for &Matrix {
        type Output = Matrix;
        fn mul(self, o: &Matrix) -> Matrix {
            let mut m = Matrix::zeros(self.rows, o.cols);
            for i in 0..self.rows {
                for j in 0..o.cols {
                    for k in 0..self.cols {
                        m[(i, j)] += self[(i, k)] * o[(k, j)];
                    }
                }
            }
            m
        }
    }

    #[differentiable]
    fn products(x: &[f64]) -> f64 {
        let mut a = Matrix::identity(2);
        a[(0, 1)] = x[0];
        a[(1, 0)] = x[1] * x[2];
        let b = &a * &a.transpose();
        let c = &b * &a;
        c[(0, 0)] * c[(1, 1)] + c[(0, 1)]
    }

    #[derive(Clone, Copy)]
    struct Axes {
        x: f64,
        y: f64,
    }

    impl Index<usize> for Axes {
        type Output = f64;
        fn index(&self, i: usize) -> &f64 {
            match i {
                0 => &self.x,
                _ => &self.y,
            }
        }
    }

    /// What writes also counts: a place that is read goes by `index`.
    #[derive(Clone, Copy)]
    struct Counted {
        values: [f64; 2],
        writes: f64,
    }

    impl Index<usize> for Counted {
        type Output = f64;
        fn index(&self, i: usize) -> &f64 {
            &self.values[i]
        }
    }

    impl IndexMut<usize> for Counted {
        fn index_mut(&mut self, i: usize) -> &mut f64 {
            self.writes += 1.0;
            &mut self.values[i]
        }
    }

    #[differentiable]
    fn reads_and_writes(x: &[f64]) -> f64 {
        let axes = Axes { x: x[0] * x[1], y: x[1] };
        let mut c = Counted { values: [x[0], x[1]], writes: 0.0 };
        for i in 0..2 {
            c[i] += c[1 - i] * axes[i];
        }
        c[0] = c[0] * c[1];
        c[0] * c.writes + c[1]
    }

    #[test]
    fn have_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | products(&x)), &points(91, 2, 3, -0.9, 0.9), 1e-9);
        check_everywhere(&derived!(alone | x | reads_and_writes(&x)), &points(92, 2, 2, -0.9, 0.9), 1e-9);
    }
}

mod that_start_empty {
    use super::*;

    #[derive(Clone, Copy, Debug)]
    struct Point {
        x: f64,
        y: f64,
    }

    #[derive(Clone, Debug)]
    struct Path {
        last: Option<Point>,
        length: f64,
        points: Vec<Point>,
    }

    impl Path {
        fn new() -> Self {
            Path { last: None, length: 0.0, points: Vec::new() }
        }

        fn to(&mut self, p: Point) {
            if let Some(q) = self.last {
                self.length += ((p.x - q.x).powi(2) + (p.y - q.y).powi(2)).sqrt();
            }
            self.last = Some(p);
            self.points.push(p);
        }
    }

    #[differentiable]
    fn length(x: &[f64]) -> f64 {
        let mut path = Path::new();
        for w in x.windows(2) {
            path.to(Point { x: w[0], y: w[1] });
        }
        path.length + path.points.iter().map(|p| p.x * p.y).sum::<f64>() + path.last.map_or(0.0, |p| p.x)
    }

    #[derive(Default)]
    struct Stats {
        n: usize,
        mean: f64,
        squares: f64,
        most: Option<f64>,
    }

    impl Stats {
        fn push(&mut self, x: f64) {
            self.n += 1;
            let before = x - self.mean;
            self.mean += before / self.n as f64;
            self.squares += before * (x - self.mean);
            self.most = match self.most {
                None => Some(x),
                Some(m) => Some(m.max(x)),
            };
        }
    }

    #[differentiable]
    fn moments(x: &[f64]) -> f64 {
        let mut stats = Stats::default();
        for v in x {
            stats.push(v.exp());
        }
        stats.squares / (stats.n - 1) as f64 + stats.mean * stats.most.unwrap()
    }

    #[derive(Clone)]
    struct Layer {
        weights: Vec<Vec<f64>>,
        bias: Vec<f64>,
    }

    impl Layer {
        fn forward(&self, x: &[f64]) -> Vec<f64> {
            let row = |(row, b): (&Vec<f64>, &f64)| row.iter().zip(x).map(|(w, v)| w * v).sum::<f64>() + b;
            self.weights.iter().zip(&self.bias).map(row).map(f64::tanh).collect()
        }
    }

    struct Network {
        layers: Vec<Layer>,
    }

    impl Network {
        fn of(p: &[f64], sizes: &[usize]) -> Self {
            let mut layers = Vec::new();
            let mut at = 0;
            for w in sizes.windows(2) {
                let weights = (0..w[1]).map(|i| p[at + i * w[0]..at + (i + 1) * w[0]].to_vec()).collect();
                at += w[0] * w[1];
                let bias = p[at..at + w[1]].to_vec();
                at += w[1];
                layers.push(Layer { weights, bias });
            }
            Network { layers }
        }
    }

    #[differentiable(wrt(p))]
    fn network(p: &[f64], sizes: &[usize], x: &[f64]) -> f64 {
        let mut h = x.to_vec();
        for layer in &Network::of(p, sizes).layers {
            h = layer.forward(&h);
        }
        h.iter().map(|v| v * v).sum()
    }

    #[test]
    fn have_the_right_derivatives() {
        let at = points(93, 2, 4, -0.9, 0.9);
        check_everywhere(&derived!(alone | x | length(&x)), &at, 1e-9);
        check_everywhere(&derived!(alone | x | moments(&x)), &at, 1e-9);
        let at = points(94, 2, 13, -0.9, 0.9);
        check_everywhere(&derived!(alone | x | network(&x, &[2, 3, 1], &[0.3, 0.5])), &at, 1e-9);
    }
}

mod of_helpers {
    use super::*;

    #[derive(Clone, Copy)]
    struct Complex {
        re: f64,
        im: f64,
    }

    impl Add for Complex {
        type Output = Complex;
        fn add(self, o: Complex) -> Complex {
            Complex { re: self.re + o.re, im: self.im + o.im }
        }
    }

    impl Mul for Complex {
        type Output = Complex;
        fn mul(self, o: Complex) -> Complex {
            Complex { re: self.re * o.re - self.im * o.im, im: self.re * o.im + self.im * o.re }
        }
    }

    impl From<Complex> for f64 {
        fn from(z: Complex) -> f64 {
            z.re.hypot(z.im)
        }
    }

    #[differentiable]
    fn horner(coefficients: &[Complex], z: Complex) -> Complex {
        let mut sum = Complex { re: 0.0, im: 0.0 };
        for &c in coefficients.iter().rev() {
            sum = sum * z + c;
        }
        sum
    }

    #[differentiable]
    fn polynomial(x: &[f64]) -> f64 {
        let z = Complex { re: x[0], im: x[1] };
        let value = horner(&[Complex { re: 1.0, im: 0.0 }, Complex { re: x[2], im: 0.3 }, z], z);
        let size: f64 = value.into();
        size + f64::from(z * z)
    }

    #[derive(Debug)]
    struct NotPositive {
        row: usize,
    }

    /// A struct in the error is none that the helper gives.
    #[differentiable]
    fn cholesky(mut a: Vec<Vec<f64>>) -> Result<Vec<Vec<f64>>, NotPositive> {
        let n = a.len();
        for j in 0..n {
            for k in 0..j {
                a[j][j] -= a[j][k] * a[j][k];
            }
            if a[j][j] <= 0.0 {
                return Err(NotPositive { row: j });
            }
            a[j][j] = a[j][j].sqrt();
            for i in j + 1..n {
                for k in 0..j {
                    a[i][j] -= a[i][k] * a[j][k];
                }
                a[i][j] /= a[j][j];
            }
        }
        Ok(a)
    }

    #[differentiable]
    fn log_determinant(x: &[f64]) -> Result<f64, NotPositive> {
        let n = x.len();
        let row = |i: usize| (0..n).map(|j| x[i] * x[j] + if i == j { 2.0 } else { 0.0 }).collect();
        let l = cholesky((0..n).map(row).collect())?;
        Ok((0..n).map(|i| l[i][i].ln()).sum())
    }

    #[derive(Clone, Copy)]
    struct State {
        q: [f64; 2],
        p: f64,
    }

    #[derive(Clone)]
    struct World {
        history: Vec<f64>,
        state: State,
    }

    #[differentiable]
    fn kick(s: &mut State, dt: f64) {
        let old = *s;
        s.q[0] += dt * s.p;
        s.q = [s.q[1] * dt, s.q[0] - old.q[0] * old.p];
        *s = State { p: s.p * old.p, ..*s };
        let q = s.q;
        s.q[1] += q[0] * q[1];
    }

    #[differentiable]
    fn step(w: &mut World, dt: f64) {
        kick(&mut w.state, dt);
        let n = w.history.len();
        w.history.push(w.state.p * w.history[n - 1]);
        w.history = w.history.iter().map(|a| a * w.state.q[0]).collect();
    }

    #[differentiable]
    fn simulation(x: &[f64]) -> f64 {
        let mut w = World { history: x.to_vec(), state: State { q: [x[0], x[1]], p: x[2] } };
        for _ in 0..3 {
            step(&mut w, 0.7);
        }
        w.history.iter().map(|a| a * a).sum::<f64>() + w.state.q[0] * w.state.q[1] + w.state.p
    }

    #[differentiable]
    fn swapped(x: &[f64]) -> f64 {
        fn turn(p: &mut (f64, f64)) {
            let old = *p;
            p.0 += p.1 * p.1;
            p.1 -= old.0;
        }
        let mut pair = (x[0], x[1]);
        turn(&mut pair);
        turn(&mut pair);
        pair.0 * pair.1 * x[2]
    }

    #[test]
    fn have_the_right_derivatives() {
        let at = points(95, 3, 3, -0.9, 0.9);
        check_everywhere(&derived!(alone | x | polynomial(&x)), &at, 1e-8);
        check_everywhere(&derived!(alone | x | simulation(&x)), &at, 1e-8);
        check_everywhere(&derived!(alone | x | swapped(&x)), &at, 1e-8);
        // ½ ln(det(2 I + x xᵀ)), whose gradient is x / (2 + xᵀ x).
        let gradient = log_determinant_grad(&[0.6, 0.8]).unwrap();
        assert_close(&gradient, &[0.2, 0.8 / 3.0], 1e-14, "gradient");
    }
}

mod of_functions {
    use super::*;

    #[differentiable]
    fn roots(x: f64, out: &mut Vec<f64>) {
        if x > 0.0 {
            out.push(x.sqrt());
        }
        out.push(x * x);
    }

    #[differentiable]
    fn grown(x: &[f64]) -> f64 {
        let mut out = Vec::new();
        for v in x {
            roots(*v, &mut out);
        }
        out.iter().enumerate().map(|(i, v)| v * (i + 1) as f64 * v).sum()
    }

    #[differentiable]
    fn parabola(k: f64) -> impl Fn(f64) -> f64 {
        move |x| k * x * x
    }

    #[differentiable]
    fn wave(k: f64) -> Box<dyn Fn(f64) -> f64> {
        Box::new(move |x| (k * x).sin())
    }

    #[differentiable]
    fn made(x: &[f64]) -> f64 {
        let (f, g) = (parabola(x[0]), wave(x[1]));
        f(x[1]) + f(x[0]) * g(x[2])
    }

    #[test]
    fn have_the_right_derivatives() {
        let at = points(96, 3, 3, -0.9, 0.9);
        check_everywhere(&derived!(alone | x | grown(&x)), &at, 1e-8);
        check_everywhere(&derived!(alone | x | made(&x)), &at, 1e-8);
    }
}

mod aliases {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Point {
        x: f64,
        y: f64,
    }

    #[derive(Clone, Debug)]
    struct Mixed {
        list: Vec<f64>,
        point: Point,
        maybe: Option<Point>,
        pair: [f64; 2],
    }

    impl Mixed {
        fn touch(&mut self, k: f64) -> f64 {
            let before = self.clone();
            self.list[0] *= k;
            self.point.x += self.list[0];
            self.pair = [self.pair[1], before.list[0]];
            if let Some(p) = &mut self.maybe {
                p.y *= k;
            }
            before.list[0] + before.point.x
        }

        fn with(mut self, k: f64) -> Mixed {
            self.list.push(k);
            self.point = Point { x: k, ..self.point };
            self
        }

        fn list_mut(&mut self) -> &mut Vec<f64> {
            &mut self.list
        }
    }

    #[differentiable]
    fn fields(x: &[f64]) -> f64 {
        let mut m = Mixed {
            list: x.to_vec(),
            point: Point { x: x[0], y: x[1] },
            maybe: Some(Point { x: x[1], y: x[2] }),
            pair: [x[0], x[2]],
        };
        let old = m.clone();
        let r = m.touch(1.3) * m.touch(x[1]);
        let w = m.clone().with(x[0] * x[1]);
        m.list_mut()[1] += 2.0 * x[0];
        let mut pair = (old.point, m.point);
        pair.0.x *= 2.0;
        std::mem::swap(&mut pair.0, &mut pair.1);
        r + w.list.iter().sum::<f64>() * w.point.x
            + old.list[0] * m.list[1]
            + pair.0.x * pair.1.x
            + m.maybe.unwrap().y * m.pair[0]
            + m.pair[1] * old.pair[1]
    }

    #[differentiable]
    fn elements(x: &[f64]) -> f64 {
        let mut points: Vec<Point> = x.windows(2).map(|w| Point { x: w[0], y: w[1] }).collect();
        let first = points[0];
        points[0].x *= 3.0;
        let copy = points.clone();
        for p in points.iter_mut() {
            let t = *p;
            p.x = t.y * t.x;
            p.y += t.x;
        }
        points.swap(0, 1);
        let q = points[1];
        points[1] = Point { x: q.y, y: first.x };
        let last = points.last_mut().unwrap();
        last.y *= q.x;
        if let Some(p) = points.get_mut(0) {
            p.x += x[0];
        }
        points.iter().chain(copy.iter()).map(|p| p.x * p.y).sum::<f64>() + first.x * q.x
    }

    #[differentiable]
    fn references(x: &[f64]) -> f64 {
        fn bump(p: &mut Point, by: f64) -> f64 {
            let old = *p;
            p.x += by;
            p.y *= p.x;
            old.x * p.y
        }
        fn twice(p: &mut Point, by: f64) -> f64 {
            bump(p, by) + bump(p, 2.0 * by)
        }
        let mut p = Point { x: x[0], y: x[1] };
        let mut list = vec![p, Point { x: x[2], y: 1.0 }];
        let a = twice(&mut p, 0.3 * x[2]);
        let b = bump(&mut list[1], x[0]);
        let c = twice(&mut list[0], p.x);
        for q in &mut list {
            bump(q, 0.1);
        }
        let r = &mut list[0];
        r.x *= 0.2;
        bump(r, 0.3);
        a + b * c + p.x * p.y + list[0].x * list[1].y + list[0].y
    }

    #[test]
    fn have_the_right_derivatives() {
        let at = points(97, 3, 3, -0.9, 0.9);
        check_everywhere(&derived!(alone | x | fields(&x)), &at, 1e-8);
        check_everywhere(&derived!(alone | x | elements(&x)), &at, 1e-8);
        check_everywhere(&derived!(alone | x | references(&x)), &at, 1e-8);
    }
}
