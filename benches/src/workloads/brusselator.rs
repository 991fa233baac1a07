//! Chemistry: the Brusselator on a ring, a reaction with diffusion, by explicit steps of finite differences. What is
//! differentiated is the state at the beginning.

use hvp::{Objective, differentiable};

use crate::number::Number;
use crate::sample::Sample;
use crate::workload::Workload;

const STEP: f64 = 2e-3;
const FEED: f64 = 1.0;
const RATE: f64 = 3.0;
const DIFFUSION: f64 = 20.0;

/// Half the squared distance of the last state to a goal. `start` holds the first substance, then the second.
#[differentiable(wrt(start))]
fn distance(start: &[f64], goal: &[f64], steps: usize) -> f64 {
    let n = start.len() / 2;
    let mut u = start[..n].to_vec();
    let mut w = start[n..].to_vec();
    for _ in 0..steps {
        let mut next_u = vec![0.0; n];
        let mut next_w = vec![0.0; n];
        for i in 0..n {
            let left = if i == 0 { n - 1 } else { i - 1 };
            let right = if i == n - 1 { 0 } else { i + 1 };
            let reaction = u[i] * u[i] * w[i];
            let spread_u = DIFFUSION * (u[left] - 2.0 * u[i] + u[right]);
            let spread_w = DIFFUSION * (w[left] - 2.0 * w[i] + w[right]);
            next_u[i] = u[i] + STEP * (FEED + reaction - (RATE + 1.0) * u[i] + spread_u);
            next_w[i] = w[i] + STEP * (RATE * u[i] - reaction + spread_w);
        }
        u.copy_from_slice(&next_u);
        w.copy_from_slice(&next_w);
    }
    let mut sum = 0.0;
    for i in 0..n {
        let (a, b) = (u[i] - goal[i], w[i] - goal[n + i]);
        sum += 0.5 * (a * a + b * b);
    }
    sum
}

/// A goal to reach.
#[derive(Debug)]
pub struct Brusselator {
    goal: Vec<f64>,
    steps: usize,
}

/// Calls `cell(left, here, right)` for each cell of a ring of `n`; the inner ones in one plain loop.
#[inline]
fn around(n: usize, mut cell: impl FnMut(usize, usize, usize)) {
    cell(n - 1, 0, 1);
    for i in 1..n - 1 {
        cell(i - 1, i, i + 1);
    }
    cell(n - 2, n - 1, 0);
}

/// `DIFFUSION` times the second difference.
#[inline]
fn spread(y: &[f64], left: usize, i: usize, right: usize) -> f64 {
    DIFFUSION * (y[left] - 2.0 * y[i] + y[right])
}

/// One step of the state; both substances lie in one slice.
fn advance(state: &[f64], next: &mut [f64]) {
    let n = state.len() / 2;
    let (u, w) = state.split_at(n);
    let (next_u, next_w) = next.split_at_mut(n);
    let (w, next_u, next_w) = (&w[..n], &mut next_u[..n], &mut next_w[..n]);
    around(n, |left, i, right| {
        let reaction = u[i] * u[i] * w[i];
        next_u[i] = u[i] + STEP * (FEED + reaction - (RATE + 1.0) * u[i] + spread(u, left, i, right));
        next_w[i] = w[i] + STEP * (RATE * u[i] - reaction + spread(w, left, i, right));
    });
}

/// The derivative of one step along `dot`.
fn advance_dot(state: &[f64], dot: &[f64], next: &mut [f64]) {
    let n = state.len() / 2;
    let ((u, w), (u_dot, w_dot)) = (state.split_at(n), dot.split_at(n));
    let (next_u, next_w) = next.split_at_mut(n);
    let (w, w_dot, next_u, next_w) = (&w[..n], &w_dot[..n], &mut next_u[..n], &mut next_w[..n]);
    around(n, |left, i, right| {
        let reaction = 2.0 * u[i] * w[i] * u_dot[i] + u[i] * u[i] * w_dot[i];
        next_u[i] = u_dot[i] + STEP * (reaction - (RATE + 1.0) * u_dot[i] + spread(u_dot, left, i, right));
        next_w[i] = w_dot[i] + STEP * (RATE * u_dot[i] - reaction + spread(w_dot, left, i, right));
    });
}

/// The adjoint of the state before a step by that after it, gathered from the neighbours.
fn pull(state: &[f64], bar: &[f64], before: &mut [f64]) {
    let n = state.len() / 2;
    let ((u, w), (u_bar, w_bar)) = (state.split_at(n), bar.split_at(n));
    let (to_u, to_w) = before.split_at_mut(n);
    let (w, w_bar, to_u, to_w) = (&w[..n], &w_bar[..n], &mut to_u[..n], &mut to_w[..n]);
    around(n, |left, i, right| {
        let (reaction, square) = (2.0 * u[i] * w[i], u[i] * u[i]);
        let gain = u_bar[i] - w_bar[i];
        let u_rate = reaction * gain - (RATE + 1.0) * u_bar[i] + RATE * w_bar[i];
        to_u[i] = u_bar[i] + STEP * (u_rate + spread(u_bar, left, i, right));
        to_w[i] = w_bar[i] + STEP * (square * gain + spread(w_bar, left, i, right));
    });
}

/// Adds to the derivative of the adjoint (which `pull` carries along as it does the adjoint) what comes from the change
/// of the state.
fn bend(state: &[f64], dot: &[f64], bar: &[f64], before: &mut [f64]) {
    let n = state.len() / 2;
    let ((u, w), (u_dot, w_dot)) = (state.split_at(n), dot.split_at(n));
    let (u_bar, w_bar) = bar.split_at(n);
    let (to_u, to_w) = before.split_at_mut(n);
    let (w, w_dot, u_bar, w_bar) = (&w[..n], &w_dot[..n], &u_bar[..n], &w_bar[..n]);
    let (u_dot, to_u, to_w) = (&u_dot[..n], &mut to_u[..n], &mut to_w[..n]);
    for i in 0..n {
        let gain = STEP * (u_bar[i] - w_bar[i]);
        to_u[i] += 2.0 * gain * (u_dot[i] * w[i] + u[i] * w_dot[i]);
        to_w[i] += 2.0 * gain * u[i] * u_dot[i];
    }
}

impl Brusselator {
    /// `cells` cells and `steps` steps.
    #[must_use]
    pub fn new(cells: usize, steps: usize) -> Brusselator {
        Brusselator { goal: Sample::new(8).around(1.5, 0.5, 2 * cells), steps }
    }

    /// The states before each step and after the last.
    fn trajectory(&self, start: &[f64]) -> Vec<f64> {
        let size = start.len();
        let mut states = vec![0.0; size * (self.steps + 1)];
        states[..size].copy_from_slice(start);
        for step in 0..self.steps {
            let (before, after) = states[step * size..(step + 2) * size].split_at_mut(size);
            advance(before, after);
        }
        states
    }
}

impl Workload for Brusselator {
    fn name(&self) -> String {
        format!("brusselator {}x{}", self.goal.len() / 2, self.steps)
    }

    fn point(&self) -> Vec<f64> {
        Sample::new(9).around(1.5, 0.5, self.goal.len())
    }

    fn objective(&self) -> impl Objective {
        distance::objective(&self.goal, self.steps)
    }

    fn generic<N: Number>(&self, start: &[N]) -> N {
        let n = start.len() / 2;
        let mut state = start.to_vec();
        for _ in 0..self.steps {
            let mut next = state.clone();
            let (u, w) = state.split_at(n);
            let spread = |y: &[N], left: usize, i: usize, right: usize| {
                (y[left] - y[i].times(2.0) + y[right]).times(DIFFUSION)
            };
            around(n, |left, i, right| {
                let reaction = u[i] * u[i] * w[i];
                let rate = N::constant(FEED) + reaction - u[i].times(RATE + 1.0) + spread(u, left, i, right);
                next[i] = u[i] + rate.times(STEP);
                next[n + i] = w[i] + (u[i].times(RATE) - reaction + spread(w, left, i, right)).times(STEP);
            });
            state = next;
        }
        let differences = state.iter().zip(&self.goal).map(|(y, goal)| *y - N::constant(*goal));
        differences.fold(N::constant(0.0), |sum, d| sum + (d * d).times(0.5))
    }

    fn hand_grad(&self, start: &[f64], grad: &mut [f64]) {
        let size = start.len();
        let states = self.trajectory(start);
        let last = &states[self.steps * size..];
        let mut bar: Vec<f64> = last.iter().zip(&self.goal).map(|(y, goal)| y - goal).collect();
        for state in states.chunks_exact(size).take(self.steps).rev() {
            pull(state, &bar, grad);
            bar.copy_from_slice(grad);
        }
        grad.copy_from_slice(&bar);
    }

    fn hand_hvp(&self, start: &[f64], v: &[f64], hv: &mut [f64]) {
        let size = start.len();
        let states = self.trajectory(start);
        let mut dots = vec![0.0; states.len()];
        dots[..size].copy_from_slice(v);
        for (step, state) in states.chunks_exact(size).take(self.steps).enumerate() {
            let (before, after) = dots[step * size..(step + 2) * size].split_at_mut(size);
            advance_dot(state, before, after);
        }
        let last = &states[self.steps * size..];
        let mut bar: Vec<f64> = last.iter().zip(&self.goal).map(|(y, goal)| y - goal).collect();
        let mut bar_dot = dots[self.steps * size..].to_vec();
        let mut before = vec![0.0; size];
        for (state, dot) in states.chunks_exact(size).zip(dots.chunks_exact(size)).take(self.steps).rev() {
            pull(state, &bar_dot, hv);
            bend(state, dot, &bar, hv);
            bar_dot.copy_from_slice(hv);
            pull(state, &bar, &mut before);
            std::mem::swap(&mut bar, &mut before);
        }
        hv.copy_from_slice(&bar_dot);
    }
}
