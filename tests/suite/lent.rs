//! Structs and tuples by reference: nothing is moved out of them, and what is copied of them is a copy.

use crate::support::*;
use hvp::differentiable;

#[derive(Clone)]
struct Signal {
    v: Vec<f64>,
    k: f64,
}

impl Signal {
    fn get(&self, i: usize) -> f64 {
        self.v[i]
    }

    fn sum(&self) -> f64 {
        self.v.iter().sum()
    }

    fn copy(&self) -> Vec<f64> {
        self.v.clone()
    }

    fn times(&self, o: &Signal) -> Signal {
        Signal { v: self.v.iter().zip(&o.v).map(|(a, b)| a * b).collect(), k: self.k + o.k }
    }
}

#[differentiable]
fn first(s: &Signal) -> f64 {
    s.v[0] * s.k
}

/// The variable gets another value while references to it are passed around.
#[differentiable]
fn renewed(x: &[f64]) -> f64 {
    let mut s = Signal { v: x.to_vec(), k: 1.0 };
    let o = Signal { v: vec![0.5; x.len()], k: 0.5 };
    let mut total = 0.0;
    for _ in 0..3 {
        let lent = &s;
        let mut own = lent.copy();
        own[0] += 10.0;
        let mut clone = lent.clone();
        clone.v[1] *= 2.0;
        total += s.v.iter().sum::<f64>() * lent.v[1] + own[0] * clone.v[1] + lent.sum();
        s = lent.times(&s).times(&o);
        s.v[0] += first(&s) + s.get(1);
    }
    total + s.sum()
}

#[derive(Clone, Copy)]
struct Weighted {
    at: [f64; 2],
    w: f64,
}

#[differentiable]
fn field_of_an_item(x: &[f64]) -> f64 {
    let points = [Weighted { at: [x[0], x[1]], w: 1.0 }, Weighted { at: [x[1], x[0]], w: x[0] }];
    let mut total = 0.0;
    for p in points.iter() {
        let mut moved = p.at;
        moved[0] += 1.0;
        total += moved[0] * moved[1] + p.at[0] * p.at[1] * p.w;
    }
    total
}

#[differentiable]
fn tuple(x: &[f64]) -> f64 {
    let mut pair = (x.to_vec(), 2.0);
    let mut total = 0.0;
    for _ in 0..2 {
        let lent = &pair;
        let mut own = lent.0.clone();
        own[0] = 3.0;
        total += own[0] * lent.0[0] * pair.0[1];
        pair = (own, total);
    }
    total + pair.0[1] * pair.1
}

#[test]
fn have_the_right_derivatives() {
    let at = points(91, 3, 2, 0.2, 0.9);
    check_everywhere(&derived!(alone | x | renewed(&x)), &at, 1e-9);
    check_everywhere(&derived!(alone | x | field_of_an_item(&x)), &at, 1e-9);
    check_everywhere(&derived!(alone | x | tuple(&x)), &at, 1e-9);
}

mod generator {
    use crate::support::*;
    use hvp::differentiable;

    struct Lcg(u64);

    impl Lcg {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (self.0 >> 11) as f64 / (1u64 << 53) as f64
        }
    }

    /// The type of the field is that of the literal it starts as.
    #[differentiable(wrt(x))]
    fn sampled(x: &[f64], paths: usize) -> f64 {
        let mut rng = Lcg(42);
        let mut total = 0.0;
        for _ in 0..paths {
            let z = (-2.0 * rng.next().max(1e-9).ln()).sqrt();
            total += (x[0] + x[1] * z).exp().ln_1p();
        }
        total / paths as f64
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | sampled(&x, 4)), &points(92, 2, 2, -0.9, 0.9), 1e-9);
    }
}

mod phases {
    use crate::support::*;
    use hvp::differentiable;

    #[derive(Clone, Copy, PartialEq)]
    enum Phase {
        Up,
        Down,
        Done,
    }

    /// What decides the next phase is differentiated, the phase is not.
    #[differentiable]
    fn machine(x: &[f64]) -> f64 {
        let mut phase = Phase::Up;
        let mut level = 0.5;
        loop {
            phase = match phase {
                Phase::Up => {
                    level += x[0];
                    if level > 2.0 { Phase::Down } else { Phase::Up }
                }
                Phase::Down => {
                    level *= x[1];
                    if level < 1.0 { Phase::Done } else { phase }
                }
                Phase::Done => break,
            };
        }
        level * level
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | machine(&x)), &points(93, 2, 2, 0.6, 0.9), 1e-9);
    }
}

mod lists_of_places {
    use crate::support::*;
    use hvp::differentiable;

    struct Gates {
        m: f64,
        h: f64,
    }

    impl Gates {
        fn relax(&mut self, to: [f64; 2], dt: f64) {
            for (gate, to, tau) in [(&mut self.m, to[0], 0.5), (&mut self.h, to[1], 5.0)] {
                *gate += dt / tau * (to - *gate);
            }
        }
    }

    #[differentiable]
    fn gated(x: &[f64]) -> f64 {
        let mut gates = Gates { m: x[0], h: 0.5 };
        let (mut a, mut b) = (x[0], x[1]);
        for _ in 0..2 {
            gates.relax([a * gates.h, x[1]], 0.1);
            for place in [&mut a, &mut b] {
                *place = *place * *place + gates.m;
            }
        }
        a * b * gates.h
    }

    #[test]
    fn have_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | gated(&x)), &points(94, 2, 2, -0.9, 0.9), 1e-9);
    }
}
