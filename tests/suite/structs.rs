//! Local structs of numbers.

use crate::support::*;
use hvp::differentiable;

#[derive(Clone, Copy)]
struct Body {
    q: [f64; 2],
    v: f64,
}

#[derive(Clone, Copy)]
struct Point {
    at: f64,
    speed: f64,
}

#[differentiable]
fn bodies(x: &[f64]) -> f64 {
    let mut all = vec![Body { q: [x[0], x[1]], v: x[2] }, Body { v: x[3], q: [x[4], x[5]] }];
    for _ in 0..3 {
        for b in all.iter_mut() {
            b.v += 0.1 * b.q[0];
            b.q[1] -= b.v;
        }
        let d = all[0].q[0] - all[1].q[1];
        all[0].v += 0.05 * d;
        all[1].q[0] *= d;
    }
    all.iter().map(|b| b.q[0] * b.q[1] + b.v).sum()
}

/// The first value is made of literals, and only later ones depend on x.
#[differentiable]
fn starts_from_literals(x: &[f64], days: &[u32]) -> f64 {
    #[derive(Clone, Copy)]
    struct State {
        s: f64,
        i: f64,
        r: f64,
    }
    let mut state = State { s: 0.99, i: 0.01, r: 0.0 };
    let (mut day, mut error) = (0, 0.0);
    for &until in days {
        while day < until {
            let infected = x[0] * state.s * state.i;
            let recovered = x[1] * state.i;
            state =
                State { s: state.s - infected, i: state.i + infected - recovered, r: state.r + recovered };
            day += 1;
        }
        error += (state.i - x[2]).powi(2) + state.r;
    }
    error
}

#[differentiable]
fn a_field_gets_what_depends_on_x(x: &[f64]) -> f64 {
    let mut a = Point { at: 1.0, speed: 0.0 };
    a.speed += x[0] * x[2];
    let before = a;
    a.at *= x[1];
    let Point { at, speed } = a;
    at * speed + before.at * before.speed.sin()
}

#[differentiable]
fn the_best_so_far(x: &[f64]) -> f64 {
    let mut best = Point { at: 0.0, speed: f64::INFINITY };
    for i in 0..5 {
        let at = i as f64 * 0.3;
        let speed = (at - x[0]).powi(2) + x[1] * at * x[2];
        if speed < best.speed {
            best = Point { at, speed };
        }
    }
    best.speed * best.speed + best.at
}

#[differentiable]
fn many_of_literals(x: &[f64]) -> f64 {
    let mut all = vec![Point { at: 0.0, speed: 0.0 }; 3];
    let mut two = [Point { at: 1.0, speed: 0.5 }; 2];
    for i in 0..3 {
        all[i].at = i as f64;
        all[i].speed = x[0] * i as f64;
    }
    for _ in 0..4 {
        for p in all.iter_mut().chain(two.iter_mut()) {
            p.speed -= 0.1 * x[1] * p.at;
            p.at += 0.1 * p.speed * x[2];
        }
    }
    all.iter().chain(&two).map(|p| p.at * p.at + p.speed).sum()
}

/// A struct of data stays the user's own.
struct Settings {
    step: f64,
    count: usize,
}

fn length(settings: &Settings) -> f64 {
    settings.step * settings.count as f64
}

#[differentiable]
fn data_stays_whole(x: &[f64]) -> f64 {
    let mut settings = Settings { step: 0.5, count: 3 };
    settings.step *= 2.0;
    x.iter().map(|x| x.powi(2) * length(&settings)).product()
}

#[test]
fn have_the_right_derivatives() {
    check_everywhere(&derived!(alone | x | bodies(&x)), &points(7, 3, 6, 0.2, 1.5), 1e-9);
    let three = points(7, 3, 3, 0.2, 1.5);
    check_everywhere(&derived!(alone | x | starts_from_literals(&x, &[2, 5])), &three, 1e-9);
    check_everywhere(&derived!(alone | x | a_field_gets_what_depends_on_x(&x)), &three, 1e-9);
    check_everywhere(&derived!(alone | x | the_best_so_far(&x)), &three, 1e-9);
    check_everywhere(&derived!(alone | x | many_of_literals(&x)), &three, 1e-9);
    check_everywhere(&derived!(alone | x | data_stays_whole(&x)), &three, 1e-9);
}

/// What `..` takes the other fields from may be of any type, of which the macro sees nothing.
#[derive(Clone, Copy, Debug)]
struct Oscillator {
    mass: f64,
    stiffness: f64,
    damping: f64,
    steps: usize,
}

impl Default for Oscillator {
    fn default() -> Self {
        Oscillator { mass: 2.0, stiffness: 1.0, damping: 0.1, steps: 4 }
    }
}

#[differentiable]
fn with_defaults(x: &[f64]) -> f64 {
    let oscillator = Oscillator { stiffness: x[0] * x[1], ..Default::default() };
    let heavier = Oscillator { mass: oscillator.mass * x[2], ..oscillator };
    let Oscillator { damping, steps, .. } = Oscillator { mass: x[0], ..Oscillator::default() };
    let (mut at, mut speed) = (x[0], 0.0);
    for _ in 0..steps {
        speed -= 0.3 * (heavier.stiffness * at + damping * speed) / heavier.mass;
        at += 0.3 * speed;
    }
    at * speed
}

#[differentiable]
mod springs {
    use hvp::differentiable;

    #[derive(Clone, Copy, Default)]
    pub struct Spring {
        pub rest: f64,
        pub stiffness: f64,
        pub ends: [f64; 2],
    }

    #[differentiable]
    pub fn energy(x: &[f64]) -> f64 {
        let loose = Spring { ends: [x[0], x[1]], ..Default::default() };
        let tight = Spring { stiffness: x[2], ..loose };
        let length = tight.ends[1] - tight.ends[0] - tight.rest;
        0.5 * tight.stiffness * length * length + loose.stiffness
    }
}
use springs::{energy, energy_grad, energy_grad_and_hvp, energy_hvp, energy_jvp, energy_value_and_grad};

#[test]
fn fields_that_are_not_named_come_from_another_struct() {
    let three = points(7, 3, 3, 0.2, 1.5);
    check_everywhere(&derived!(alone | x | with_defaults(&x)), &three, 1e-9);
    check_everywhere(&derived!(alone | x | energy(&x)), &three, 1e-9);
}

mod asserted {
    use crate::support::*;
    use hvp::differentiable;

    struct Banded {
        half: usize,
        a: Vec<f64>,
    }

    impl Banded {
        fn place(&self, i: usize, j: usize) -> usize {
            debug_assert!(j <= i && i - j <= self.half, "{i}, {j} of {}", self.a.len());
            i * (self.half + 1) + (i - j)
        }

        fn add(&mut self, i: usize, j: usize, v: f64) {
            let at = self.place(i, j);
            self.a[at] += v;
        }
    }

    #[differentiable]
    fn filled(x: &[f64]) -> f64 {
        let mut m = Banded { half: 1, a: vec![0.0; 2 * x.len()] };
        for i in 0..x.len() {
            m.add(i, i, x[i] * x[i]);
            m.add(i, i.saturating_sub(1), x[0].sin() * x[i]);
        }
        m.a.iter().map(|a| a * a).sum()
    }

    #[test]
    fn fields_stand_in_assertions() {
        check_everywhere(&derived!(alone | x | filled(&x)), &points(61, 3, 3, -1.0, 1.0), 1e-9);
    }
}
