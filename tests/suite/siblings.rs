//! Structs that stand beside the function, without an attribute on the module.

use std::ops::{Add, AddAssign, Mul, Neg, Sub};

use crate::support::*;
use hvp::differentiable;

type Pair = (f64, f64);

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Complex {
    re: f64,
    im: f64,
}

impl Complex {
    const I: Complex = Complex { re: 0.0, im: 1.0 };

    fn new(re: f64, im: f64) -> Self {
        Self { re, im }
    }

    /// Of a quadratic polynomial's discriminant, as much as is needed.
    #[inline]
    fn exp(self) -> Self {
        let size = self.re.exp();
        Complex::new(size * self.im.cos(), size * self.im.sin())
    }

    fn size(&self) -> f64 {
        length((self.re, self.im))
    }
}

impl From<&[f64]> for Complex {
    fn from(parts: &[f64]) -> Self {
        Complex { re: parts[0], im: parts[1] }
    }
}

impl Add for Complex {
    type Output = Complex;
    fn add(self, o: Complex) -> Complex {
        Complex { re: self.re + o.re, im: self.im + o.im }
    }
}

impl AddAssign for Complex {
    fn add_assign(&mut self, o: Complex) {
        *self = *self + o;
    }
}

impl Sub for Complex {
    type Output = Complex;
    fn sub(self, o: Complex) -> Complex {
        self + -o
    }
}

impl Neg for Complex {
    type Output = Complex;
    fn neg(self) -> Complex {
        Complex { re: -self.re, im: -self.im }
    }
}

impl Mul for Complex {
    type Output = Complex;
    fn mul(self, o: Complex) -> Complex {
        Complex::new(self.re * o.re - self.im * o.im, self.re * o.im + self.im * o.re)
    }
}

impl Mul<Complex> for f64 {
    type Output = Complex;
    fn mul(self, z: Complex) -> Complex {
        Complex::new(self * z.re, self * z.im)
    }
}

struct Metres(f64);

#[differentiable]
fn length(p: Pair) -> f64 {
    (p.0 * p.0 + p.1 * p.1 + 1e-3).sqrt()
}

/// A helper on what is declared beside it.
#[differentiable]
fn apart(a: Complex, b: &Complex) -> f64 {
    (a - *b).size()
}

#[differentiable]
fn spectrum(x: &[f64]) -> f64 {
    let points: Vec<Complex> = x.chunks_exact(2).map(Complex::from).collect();
    let mut total = Complex::default();
    for (k, z) in points.iter().enumerate() {
        total += (0.3 * k as f64 * Complex::I * *z).exp() * *z;
    }
    let far = points.iter().fold(0.0, |sum, z| sum + apart(*z, &total));
    let rise = Metres(x[0] * x[1]);
    total.size() * rise.0 + far
}

/// What is passed in as data.
#[differentiable(wrt(x))]
fn response(x: f64, filter: &[Complex]) -> f64 {
    let z = Complex { re: x.cos(), im: x.sin() };
    let sum = filter.iter().rev().fold(Complex::default(), |sum, c| sum * z + *c);
    sum.size()
}

#[test]
fn structs_beside_the_function_are_seen() {
    check_everywhere(&derived!(alone | x | spectrum(&x)), &points(81, 3, 6, -0.8, 0.8), 1e-8);
    let filter = [Complex::new(0.3, 0.4), Complex::I, Complex::new(-0.2, 0.7)];
    check_everywhere(&derived!(alone | x | response(x[0], &filter)), &points(82, 3, 1, -2.0, 2.0), 1e-8);
}

mod within {
    use hvp::differentiable;

    /// The same name as beside the functions above.
    #[derive(Clone, Copy)]
    pub struct Complex(f64, f64);

    impl Complex {
        fn size(&self) -> f64 {
            self.0 * self.1
        }
    }

    #[differentiable]
    pub fn product(x: &[f64]) -> f64 {
        Complex(x[0], x[1]).size()
    }
}

/// The module of the function counts, not the file.
#[test]
fn a_module_has_its_own_structs() {
    assert_eq!(within::product_grad(&[2.0, 5.0]), [5.0, 2.0]);
}

/// Helpers and methods that give structs, with the attribute, and a sum of structs.
mod given {
    use crate::support::*;
    use hvp::differentiable;
    use std::iter::Sum;
    use std::ops::Add;

    #[derive(Clone, Copy)]
    pub struct Force {
        x: f64,
        y: f64,
    }

    impl Force {
        const NONE: Force = Force { x: 0.0, y: 0.0 };

        #[differentiable]
        fn turned(self, by: f64) -> Force {
            let (s, c) = by.sin_cos();
            Force { x: c * self.x - s * self.y, y: s * self.x + c * self.y }
        }

        #[differentiable]
        fn along(angle: f64) -> Force {
            Force { x: angle.cos(), y: angle.sin() }
        }

        #[differentiable]
        fn work(&self, way: &Force) -> f64 {
            self.x * way.x + self.y * way.y
        }
    }

    impl Add for Force {
        type Output = Self;
        #[differentiable]
        fn add(self, o: Self) -> Self {
            Force { x: self.x + o.x, y: self.y + o.y }
        }
    }

    impl Sum for Force {
        fn sum<I: Iterator<Item = Force>>(all: I) -> Force {
            all.fold(Force::NONE, |a, b| a + b)
        }
    }

    impl From<[f64; 2]> for Force {
        fn from([x, y]: [f64; 2]) -> Self {
            Force { x, y }
        }
    }

    /// Towards `at` from the origin.
    #[differentiable]
    fn pull(at: &[f64], strength: f64) -> Force {
        let far = (at[0] * at[0] + at[1] * at[1]).sqrt();
        if far < 1e-9 {
            return Force::NONE;
        }
        Force { x: strength * at[0] / far, y: strength * at[1] / far }
    }

    #[differentiable]
    fn total_work(x: &[f64]) -> f64 {
        let total: Force = x.chunks(2).map(|at| pull(at, x[0])).sum();
        let way: Force = [x[1], 0.4].into();
        let turned = total.turned(x[2]);
        turned.work(&way) + Force::along(x[3]).work(&turned) + pull(&x[2..], 2.0).x
    }

    #[test]
    fn helpers_give_structs() {
        check_everywhere(&derived!(alone | x | total_work(&x)), &points(85, 3, 4, 0.2, 1.2), 1e-8);
    }
}

struct Growth {
    rate: f64,
}

impl Growth {
    #[differentiable]
    fn saturated(x: f64) -> f64 {
        x / (1.0 + x)
    }

    #[differentiable(wrt(x))]
    fn total(&self, x: &[f64]) -> f64 {
        x.iter().map(|v| self.rate * Self::saturated(*v) * Growth::saturated(v * v)).sum()
    }
}

/// That a function stands in an `impl` is seen in the file.
#[test]
fn functions_of_an_impl_need_no_option() {
    let growth = Growth { rate: 1.5 };
    check_everywhere(&derived!(alone | x | growth.total(&x)), &points(86, 2, 3, 0.1, 1.0), 1e-9);
    assert_eq!(Growth::saturated_grad(1.0), 0.25);
}

mod of_two_structs {
    use super::*;

    #[derive(Clone, Copy, Debug)]
    struct Axis {
        y: f64,
        z: f64,
    }

    impl Add for Axis {
        type Output = Axis;
        fn add(self, o: Axis) -> Axis {
            Axis { y: self.y + o.y, z: self.z + o.z }
        }
    }

    impl Mul<Axis> for f64 {
        type Output = Axis;
        fn mul(self, o: Axis) -> Axis {
            Axis { y: self * o.y, z: self * o.z }
        }
    }

    #[derive(Clone, Copy, Debug)]
    struct Turn {
        w: f64,
        axis: Axis,
    }

    impl Mul for Turn {
        type Output = Self;
        fn mul(self, o: Self) -> Self {
            Turn { w: self.w * o.w - self.axis.y * o.axis.z, axis: o.w * self.axis + self.w * o.axis }
        }
    }

    /// A struct in a struct is assigned.
    #[differentiable]
    fn turned(x: &[f64]) -> f64 {
        let mut turn = Turn { w: 1.0, axis: Axis { y: 0.0, z: 1.0 } };
        for (i, angle) in x.iter().enumerate() {
            turn = turn * Turn { w: angle.cos(), axis: Axis { y: angle.sin(), z: 0.1 * i as f64 } };
        }
        turn.w * turn.axis.y + turn.axis.z
    }

    #[derive(Clone, Copy)]
    struct Pose {
        x: f64,
        angle: f64,
    }

    impl Pose {
        fn inverse(self) -> Pose {
            Pose { x: -self.x * self.angle.cos(), angle: -self.angle }
        }

        fn then(self, o: Pose) -> Pose {
            Pose { x: self.x + self.angle.cos() * o.x, angle: self.angle + o.angle }
        }
    }

    struct Edge {
        from: usize,
        to: usize,
        seen: Pose,
    }

    /// A method of data takes a struct of differentiated numbers.
    #[differentiable(wrt(x))]
    fn graph(x: &[f64], edges: &[Edge]) -> f64 {
        let poses: Vec<Pose> = x.chunks(2).map(|p| Pose { x: p[0], angle: p[1] }).collect();
        let mut sum = 0.0;
        for edge in edges {
            let way = poses[edge.from].inverse().then(poses[edge.to]);
            let error = edge.seen.inverse().then(way);
            sum += error.x * error.x + edge.seen.then(error).angle.powi(2);
        }
        sum
    }

    #[test]
    fn have_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | turned(&x)), &points(87, 2, 3, -0.9, 0.9), 1e-9);
        let edge = |from, to, x, angle| Edge { from, to, seen: Pose { x, angle } };
        let edges = [edge(0, 1, 1.0, 0.3), edge(1, 2, 0.7, -0.2)];
        check_everywhere(&derived!(alone | x | graph(&x, &edges)), &points(88, 2, 6, -0.9, 0.9), 1e-9);
    }
}

mod slices_of_structs {
    use crate::support::*;
    use hvp::differentiable;

    #[derive(Clone, Copy)]
    struct Particle {
        x: f64,
        v: f64,
    }

    #[differentiable]
    fn kick(ps: &mut [Particle], k: f64) {
        for p in ps.iter_mut() {
            p.v -= k * p.x;
        }
        let mut i = 0;
        while i + 1 < ps.len() {
            let d = ps[i + 1].x - ps[i].x;
            ps[i].v += 0.1 * d;
            ps[i + 1].v -= 0.1 * d;
            i += 1;
        }
    }

    #[differentiable]
    fn drift(ps: &mut Vec<Particle>, dt: f64) {
        for p in ps {
            p.x += dt * p.v;
        }
    }

    #[differentiable]
    fn energy(ps: &[Particle]) -> f64 {
        ps.iter().map(|p| p.x * p.x + p.v * p.v).sum()
    }

    #[differentiable(wrt(x))]
    fn chain(x: &[f64], dt: f64) -> f64 {
        let mut ps: Vec<Particle> = x.iter().map(|&x| Particle { x, v: 0.0 }).collect();
        for _ in 0..3 {
            kick(&mut ps, dt * x[0]);
            drift(&mut ps, dt);
            kick(&mut ps[1..], 0.1);
        }
        energy(&ps) + energy(&ps[..1])
    }

    #[test]
    fn have_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | chain(&x, 0.3)), &points(100, 2, 3, -0.9, 0.9), 1e-9);
    }
}

mod elsewhere {
    #[derive(Clone, Copy)]
    pub struct Scale(pub f64);

    impl Scale {
        pub const LOCAL: f64 = 7.0;
    }
}

#[derive(Clone, Copy)]
struct Scale(f64);

impl Scale {
    const LOCAL: f64 = 2.0;

    fn of(self, x: f64) -> f64 {
        self.0 * x
    }
}

/// A constant of another module's struct of the same name is another one.
#[differentiable]
fn scaled(x: &[f64]) -> f64 {
    Scale(x[0] * elsewhere::Scale::LOCAL).of(x[1]) * Scale::LOCAL
}

#[test]
fn names_of_other_modules_are_others() {
    let other = elsewhere::Scale(1.0);
    assert_eq!(scaled(&[1.0, 1.0]), 14.0 * other.0);
    check_everywhere(&derived!(alone | x | scaled(&x)), &points(922, 2, 2, 0.2, 1.2), 1e-9);
}
