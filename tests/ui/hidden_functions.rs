use hvp::differentiable;

#[derive(Clone, Copy, PartialEq)]
struct Pair {
    a: f64,
    b: f64,
}

impl Pair {
    fn eq(&self, other: &Pair) -> bool {
        (self.a - other.a).abs() < 1.0
    }

    fn mul(self, other: Pair) -> Pair {
        Pair { a: self.b * other.b, b: self.a }
    }
}

macro_rules! products {
    ($($name:ident)*) => {$(
        impl std::ops::Mul for $name {
            type Output = $name;
            fn mul(self, other: $name) -> $name {
                $name { a: self.a * other.a, b: self.b * other.b }
            }
        }
    )*};
}
products!(Pair);

#[differentiable]
fn derived(x: f64, y: f64) -> f64 {
    let (p, q) = (Pair { a: x, b: y }, Pair { a: y, b: x });
    if p == q { x } else { y }
}

#[differentiable]
fn made_by_a_macro(x: f64, y: f64) -> f64 {
    let (p, q) = (Pair { a: x, b: y }, Pair { a: y, b: x });
    (p * q).a
}

trait Rate {
    fn rate(&self, y: f64) -> f64;
}

struct Slow {
    k: f64,
}

struct Fast {
    k: f64,
}

impl Rate for Fast {
    fn rate(&self, y: f64) -> f64 {
        self.k * y
    }
}

impl Slow {
    fn rate(&self, y: f64) -> f64 {
        y.sin() * self.k
    }
}

mod far {
    impl super::Rate for super::Slow {
        fn rate(&self, y: f64) -> f64 {
            y + self.k
        }
    }
}

#[differentiable]
fn step(of: &impl Rate, y: f64) -> f64 {
    y + of.rate(y)
}

#[differentiable]
fn steps(x: f64, y: f64) -> f64 {
    step(&Fast { k: x }, y) + step(&Slow { k: x }, y)
}

fn main() {}
