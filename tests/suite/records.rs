//! Structs declared in the body, with their methods and operators.

use crate::support::*;
use hvp::differentiable;

#[differentiable]
fn triangle(p: &[f64]) -> f64 {
    #[derive(Clone, Copy)]
    struct Vec3 {
        x: f64,
        y: f64,
        z: f64,
    }
    impl Vec3 {
        const UP: Self = Vec3 { x: 0.0, y: 0.0, z: 1.0 };
        fn new(x: f64, y: f64, z: f64) -> Self {
            Self { x, y, z }
        }
        fn from_slice(s: &[f64]) -> Self {
            Vec3::new(s[0], s[1], s[2])
        }
        fn sub(self, o: &Vec3) -> Vec3 {
            Vec3::new(self.x - o.x, self.y - o.y, self.z - o.z)
        }
        fn cross(self, o: Self) -> Self {
            Vec3 {
                x: self.y * o.z - self.z * o.y,
                y: self.z * o.x - self.x * o.z,
                z: self.x * o.y - self.y * o.x,
            }
        }
        fn dot(&self, o: Self) -> f64 {
            self.x * o.x + self.y * o.y + self.z * o.z
        }
        fn norm(&self) -> f64 {
            if self.x == 0.0 {
                return 0.0;
            }
            self.dot(*self).sqrt()
        }
    }
    let a = Vec3::from_slice(p);
    let (b, c) = (Vec3::from_slice(&p[3..]), Vec3 { x: p[6], y: p[7], z: 0.3 });
    let normal = b.sub(&a).cross(c.sub(&a));
    0.5 * normal.norm() + normal.dot(Vec3::UP) * Vec3::dot(&a, b)
}

#[differentiable]
fn complex_series(x: &[f64]) -> f64 {
    use std::ops::{Add, Mul};
    #[derive(Clone, Copy)]
    struct Complex {
        re: f64,
        im: f64,
    }
    impl Add for Complex {
        type Output = Complex;
        fn add(self, o: Complex) -> Self::Output {
            Complex { re: self.re + o.re, im: self.im + o.im }
        }
    }
    impl Mul for Complex {
        type Output = Complex;
        fn mul(self, o: Complex) -> Complex {
            Complex { re: self.re * o.re - self.im * o.im, im: self.re * o.im + self.im * o.re }
        }
    }
    impl Mul<f64> for Complex {
        type Output = Complex;
        fn mul(self, k: f64) -> Complex {
            Complex { re: self.re * k, im: self.im * k }
        }
    }
    let z = Complex { re: x[0], im: x[1] };
    let mut power = Complex { re: 1.0, im: 0.0 };
    let mut sum = Complex { re: 0.0, im: 0.0 };
    for n in 1..6 {
        power = power * z;
        sum = sum + power * (x[2] / n as f64);
    }
    sum.re * sum.re + sum.im * sum.im
}

#[differentiable]
fn springs(s: &[f64]) -> f64 {
    #[derive(Clone, Copy, Default)]
    struct V2(f64, f64);
    impl std::ops::AddAssign for V2 {
        fn add_assign(&mut self, o: V2) {
            self.0 += o.0;
            self.1 += o.1;
        }
    }
    impl std::ops::Mul<V2> for f64 {
        type Output = V2;
        fn mul(self, o: V2) -> V2 {
            V2(self * o.0, self * o.1)
        }
    }
    impl std::ops::Neg for V2 {
        type Output = V2;
        fn neg(self) -> V2 {
            V2(-self.0, -self.1)
        }
    }
    impl V2 {
        fn square(&self) -> f64 {
            let V2(a, b) = *self;
            a * a + b * b
        }
        fn stretch(&mut self, by: f64) {
            self.0 *= by;
            self.1 += by;
        }
        fn halved(mut self) -> Self {
            self.0 *= 0.5;
            self
        }
    }
    let mut at = V2(s[0], s[1]);
    let mut speed = V2(s[2], 0.1);
    let mut total = V2::default();
    for _ in 0..4 {
        speed += 0.1 * -(s[3] * at);
        at += 0.1 * speed;
        total += at.halved();
    }
    let before = at;
    at.stretch(s[0]);
    at.square() + total.square().sqrt() + before.0
}

#[differentiable(wrt(x))]
fn bodies(x: &[f64], masses: &[f64]) -> f64 {
    struct Body {
        at: f64,
        speed: f64,
        mass: f64,
    }
    impl Body {
        fn drift(&mut self, dt: f64) {
            self.at += dt * self.speed;
        }
        fn energy(&self) -> f64 {
            0.5 * self.mass * self.speed * self.speed + self.at.cos()
        }
    }
    let mut all: Vec<Body> =
        x.chunks(2).zip(masses).map(|(c, &mass)| Body { at: c[0], speed: c[1], mass }).collect();
    for _ in 0..3 {
        for i in 0..all.len() {
            all[i].speed -= 0.1 * all[i].at.sin() * all[(i + 1) % 2].at;
        }
        for body in all.iter_mut() {
            body.drift(0.2);
        }
    }
    all.iter().map(|b| b.energy()).sum()
}

#[test]
fn methods_and_operators_have_the_right_derivatives() {
    check_everywhere(&derived!(alone | x | triangle(&x)), &points(31, 3, 8, 0.2, 1.5), 1e-9);
    check_everywhere(&derived!(alone | x | complex_series(&x)), &points(32, 3, 3, -0.9, 0.9), 1e-9);
    let four = points(33, 3, 4, 0.2, 1.5);
    check_everywhere(&derived!(alone | x | springs(&x)), &four, 1e-9);
    check_everywhere(&derived!(alone | x | bodies(&x, &[1.0, 2.5])), &four, 1e-9);
}

#[differentiable]
fn copies_of_structs_with_vecs(x: &[f64]) -> f64 {
    #[derive(Clone)]
    struct Layer {
        w: Vec<f64>,
        b: f64,
    }
    impl Layer {
        fn new(w: &[f64], b: f64) -> Self {
            Layer { w: w.to_vec(), b }
        }
        fn forward(&self, x: f64) -> f64 {
            self.w.iter().map(|w| w * x).sum::<f64>() + self.b
        }
        fn scale(&mut self, k: f64) {
            for w in self.w.iter_mut() {
                *w *= k;
            }
            self.b *= k;
        }
    }
    let mut layer = Layer::new(&x[..2], x[2]);
    let before = layer.clone();
    layer.scale(x[0]);
    let fixed = Layer::new(&x[1..], x[0]);
    let mut scaled = fixed.clone();
    scaled.scale(x[1]);
    layer.forward(0.5) * before.forward(-0.3) + fixed.forward(x[2]) * scaled.forward(0.7)
}

#[differentiable]
fn copies_of_tuples_with_vecs(x: &[f64]) -> f64 {
    let pair = (x.to_vec(), x[0] * x[1]);
    let mut other = pair.clone();
    other.0[0] *= x[2];
    other.1 += other.0[0];
    pair.0[0] * other.0[0] + pair.1 * other.1
}

#[test]
fn a_clone_changes_by_itself() {
    let three = points(34, 3, 3, 0.2, 1.5);
    check_everywhere(&derived!(alone | x | copies_of_structs_with_vecs(&x)), &three, 1e-9);
    check_everywhere(&derived!(alone | x | copies_of_tuples_with_vecs(&x)), &three, 1e-9);
    let x = [0.4, 0.3, 0.6];
    let value =
        (0.5 * (0.16 + 0.12) + 0.24) * (-0.3 * 0.7 + 0.6) + (0.6 * 0.9 + 0.4) * (0.3 * (0.7 * 0.9 + 0.4));
    assert!((copies_of_structs_with_vecs_value_and_grad(&x).0 - value).abs() < 1e-14);
}

#[differentiable]
mod dual_numbers {
    use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

    use hvp::differentiable;

    #[derive(Clone, Copy)]
    pub struct Pair {
        pub a: f64,
        pub b: f64,
    }

    #[derive(Clone, Copy)]
    pub struct Dual {
        pub value: f64,
        pub tangent: Pair,
    }

    impl Add for Pair {
        type Output = Pair;
        fn add(self, other: Pair) -> Pair {
            Pair { a: self.a + other.a, b: self.b + other.b }
        }
    }
    impl Neg for Pair {
        type Output = Pair;
        fn neg(self) -> Pair {
            self * -1.0
        }
    }
    impl Sub for Pair {
        type Output = Pair;
        fn sub(self, other: Pair) -> Pair {
            self + (-other)
        }
    }
    impl Mul<f64> for Pair {
        type Output = Pair;
        fn mul(self, k: f64) -> Pair {
            Pair { a: self.a * k, b: self.b * k }
        }
    }
    impl Mul<Pair> for f64 {
        type Output = Pair;
        fn mul(self, pair: Pair) -> Pair {
            pair * self
        }
    }
    impl Mul for Pair {
        type Output = f64;
        fn mul(self, other: Pair) -> f64 {
            let Self { a, b } = self;
            a * other.a + b * other.b
        }
    }
    impl Div<f64> for Pair {
        type Output = Pair;
        fn div(self, k: f64) -> Pair {
            self * (1.0 / k)
        }
    }
    impl AddAssign for Pair {
        fn add_assign(&mut self, other: Pair) {
            *self = *self + other;
        }
    }
    impl Add for Dual {
        type Output = Dual;
        fn add(self, other: Dual) -> Dual {
            Dual { value: self.value + other.value, tangent: self.tangent + other.tangent }
        }
    }
    impl Mul for Dual {
        type Output = Dual;
        fn mul(self, other: Dual) -> Dual {
            Dual {
                value: self.value * other.value,
                tangent: self.tangent * other.value + self.value * other.tangent,
            }
        }
    }

    #[differentiable]
    pub fn nested(x: &[f64]) -> f64 {
        let u = Dual { value: x[0], tangent: Pair { a: x[1], b: 0.5 } };
        let v = Dual { value: x[2], tangent: Pair { a: 1.0, b: x[1] * x[0] } };
        let mut sum = u.tangent;
        sum += 0.5 * v.tangent;
        let w = u * v + u;
        w.value * (w.tangent * sum) + (v.tangent / 3.0 - sum) * u.tangent
    }
}
use dual_numbers::{nested, nested_grad, nested_grad_and_hvp, nested_hvp, nested_jvp, nested_value_and_grad};

#[test]
fn an_operator_may_use_the_operator_of_its_name_on_other_types() {
    check_everywhere(&derived!(alone | x | nested(&x)), &points(34, 3, 3, 0.2, 1.5), 1e-9);
}

mod wedges {
    use std::cmp::Ordering;
    use std::ops::{BitXor, BitXorAssign, Shl};

    use super::*;

    #[derive(Clone, Copy, PartialEq)]
    struct Vec3([f64; 3]);

    impl BitXor for Vec3 {
        type Output = Vec3;
        fn bitxor(self, other: Vec3) -> Vec3 {
            let ([a, b, c], [d, e, f]) = (self.0, other.0);
            Vec3([b * f - c * e, c * d - a * f, a * e - b * d])
        }
    }

    impl BitXorAssign for Vec3 {
        fn bitxor_assign(&mut self, other: Vec3) {
            *self = *self ^ other;
        }
    }

    impl Shl<usize> for Vec3 {
        type Output = Vec3;
        fn shl(self, by: usize) -> Vec3 {
            Vec3(std::array::from_fn(|k| self.0[(k + by) % 3]))
        }
    }

    /// Compares by length.
    impl PartialOrd for Vec3 {
        fn partial_cmp(&self, other: &Vec3) -> Option<Ordering> {
            let square = |v: &Vec3| v.0.iter().map(|a| a * a).sum::<f64>();
            square(self).partial_cmp(&square(other))
        }
    }

    #[differentiable]
    pub fn wedged(x: &[f64]) -> f64 {
        let mut u = Vec3([x[0], x[1], 1.0]);
        let v = Vec3([x[1] * x[2], 0.5, x[0]]);
        u ^= v;
        let w = (u ^ Vec3([1.0, x[2], x[0]])) << 1;
        u.0[0] * w.0[1] + u.0[2] * w.0[0]
    }

    #[test]
    fn every_operator_calls_its_own_function() {
        check_everywhere(&derived!(alone | x | wedged(&x)), &points(35, 3, 3, 0.2, 1.5), 1e-9);
    }
}
