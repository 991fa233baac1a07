//! Helpers that take any struct of a trait: `S: System`, `impl System`, `dyn System`.

use crate::support::*;
use hvp::differentiable;

trait System {
    fn slope(&self, t: f64, y: &[f64]) -> Vec<f64>;

    fn energy(&self, y: &[f64]) -> f64 {
        y.iter().map(|v| v * v).sum()
    }
}

struct Oscillator {
    damping: f64,
    stiffness: f64,
}

struct Decay {
    rate: f64,
}

impl System for Oscillator {
    fn slope(&self, _: f64, y: &[f64]) -> Vec<f64> {
        vec![y[1], -self.stiffness * y[0] - self.damping * y[1]]
    }
}

impl System for Decay {
    #[differentiable]
    fn slope(&self, t: f64, y: &[f64]) -> Vec<f64> {
        y.iter().map(|v| -self.rate * v * (1.0 + t)).collect()
    }

    fn energy(&self, y: &[f64]) -> f64 {
        y[0] * self.rate
    }
}

#[differentiable]
fn run<S: System>(system: &S, start: &[f64], h: f64, steps: usize) -> Vec<f64> {
    let (mut y, mut t) = (start.to_vec(), 0.0);
    for _ in 0..steps {
        let first = system.slope(t, &y);
        let middle: Vec<f64> = y.iter().zip(&first).map(|(y, k)| y + 0.5 * h * k).collect();
        let second = system.slope(t + 0.5 * h, &middle);
        for i in 0..y.len() {
            y[i] += h * (first[i] + second[i]) / 2.0;
        }
        t += h;
    }
    y
}

#[differentiable]
fn step_of_any(system: &impl System, y: &mut [f64], h: f64) {
    let slope = system.slope(0.0, y);
    for i in 0..y.len() {
        y[i] += h * slope[i];
    }
}

#[differentiable]
fn step_of_object(system: &dyn System, y: &mut [f64], h: f64) {
    let slope = system.slope(0.0, y);
    for i in 0..y.len() {
        y[i] += h * slope[i];
    }
}

#[differentiable]
fn end<S>(system: S, y: &[f64]) -> f64
where
    S: System,
{
    y[0] + system.energy(&system.slope(0.3, y))
}

#[differentiable]
fn both(p: &[f64]) -> f64 {
    let system = Oscillator { damping: p[0], stiffness: p[1] };
    let mut y = run(&system, &[1.0, p[2]], 0.1, 4);
    step_of_any(&system, &mut y, 0.2);
    step_of_object(&system, &mut y, p[0]);
    let decay = Decay { rate: p[0] };
    let z = run(&decay, &y, 0.1, 3);
    system.energy(&y) + decay.energy(&z) + end(decay, &z)
}

#[test]
fn structs_of_differentiated_numbers_are_passed() {
    check_everywhere(&derived!(alone | x | both(&x)), &points(701, 3, 3, -0.9, 0.9), 1e-9);
}

#[differentiable(wrt(start))]
fn of_data(system: &Oscillator, start: &[f64]) -> f64 {
    system.energy(&run(system, start, 0.1, 4))
}

#[test]
fn structs_of_data_are_passed() {
    let system = Oscillator { damping: 0.1, stiffness: 2.0 };
    check_everywhere(&derived!(alone | x | of_data(&system, &x)), &points(702, 2, 2, -0.9, 0.9), 1e-9);
}

/// What is asked of the struct does not depend on `x`.
#[differentiable(wrt(x))]
fn scaled<S: System>(system: &S, x: &[f64], held: &[f64]) -> f64 {
    system.energy(held) * x[0] * x[1]
}

#[test]
fn constants_of_any_struct_need_no_derivative() {
    let held = [0.5, 0.25];
    let energy = 0.5 * 0.7;
    let gradient = scaled_grad(&Decay { rate: 0.7 }, &[2.0, 3.0], &held);
    assert_eq!(gradient, [3.0 * energy, 2.0 * energy]);
}

#[differentiable]
fn steps(system: &impl System, y: &mut [f64], h: f64, n: usize) {
    for _ in 0..n {
        step_of_any(system, y, h);
    }
}

#[differentiable]
fn after_steps(p: &[f64]) -> f64 {
    let system = Oscillator { damping: p[0], stiffness: p[1] };
    let mut y = [1.0, p[2]];
    steps(&system, &mut y, 0.1, 4);
    system.energy(&y)
}

#[test]
fn helpers_pass_them_on() {
    check_everywhere(&derived!(alone | x | after_steps(&x)), &points(703, 3, 3, -0.9, 0.9), 1e-9);
}
