//! Fluid mechanics: Burgers' equation between fixed ends, by Heun's method. Each step makes its stages anew. What is
//! differentiated is the state at the beginning.

use hvp::{Objective, differentiable};

use crate::number::Number;
use crate::sample::Sample;
use crate::workload::Workload;

const STEP: f64 = 2e-3;
const VISCOSITY: f64 = 20.0;
const SPEED: f64 = 2.0;

/// Half the squared distance of the last state to a goal.
#[differentiable(wrt(start))]
fn distance(start: &[f64], goal: &[f64], steps: usize) -> f64 {
    let n = start.len();
    let mut u = start.to_vec();
    for _ in 0..steps {
        let mut first = vec![0.0; n];
        for i in 1..n - 1 {
            let spread = u[i - 1] - 2.0 * u[i] + u[i + 1];
            first[i] = VISCOSITY * spread - SPEED * u[i] * (u[i + 1] - u[i - 1]);
        }
        let ahead: Vec<f64> = u.iter().zip(&first).map(|(u, rate)| u + STEP * rate).collect();
        let mut second = vec![0.0; n];
        for i in 1..n - 1 {
            let spread = ahead[i - 1] - 2.0 * ahead[i] + ahead[i + 1];
            second[i] = VISCOSITY * spread - SPEED * ahead[i] * (ahead[i + 1] - ahead[i - 1]);
        }
        for i in 0..n {
            u[i] += 0.5 * STEP * (first[i] + second[i]);
        }
    }
    u.iter().zip(goal).map(|(u, goal)| 0.5 * (u - goal) * (u - goal)).sum()
}

/// A goal to reach.
#[derive(Debug)]
pub struct Burgers {
    goal: Vec<f64>,
    steps: usize,
}

/// The rate of change of the state, zero at the ends.
fn rate(u: &[f64], rate: &mut [f64]) {
    for (u, rate) in u.windows(3).zip(&mut rate[1..]) {
        *rate = VISCOSITY * (u[0] - 2.0 * u[1] + u[2]) - SPEED * u[1] * (u[2] - u[0]);
    }
}

/// The derivative of [`rate`] along `dot`.
fn rate_dot(u: &[f64], dot: &[f64], rate: &mut [f64]) {
    for ((u, dot), rate) in u.windows(3).zip(dot.windows(3)).zip(&mut rate[1..]) {
        let flow = dot[1] * (u[2] - u[0]) + u[1] * (dot[2] - dot[0]);
        *rate = VISCOSITY * (dot[0] - 2.0 * dot[1] + dot[2]) - SPEED * flow;
    }
}

/// The adjoint of the state by that of its rate, which is zero at the ends, gathered from the neighbours.
fn pull(u: &[f64], bar: &[f64], to: &mut [f64]) {
    let last = u.len() - 1;
    to[0] = bar[1] * (VISCOSITY + SPEED * u[1]);
    to[last] = bar[last - 1] * (VISCOSITY - SPEED * u[last - 1]);
    for ((u, bar), to) in u.windows(3).zip(bar.windows(3)).zip(&mut to[1..]) {
        let sides = bar[2] * (VISCOSITY + SPEED * u[2]) + bar[0] * (VISCOSITY - SPEED * u[0]);
        *to = sides - bar[1] * (2.0 * VISCOSITY + SPEED * (u[2] - u[0]));
    }
}

/// Adds to the derivative of the adjoint (which `pull` carries along as it does the adjoint) what comes from the change `dot` of the
/// state.
fn bend(dot: &[f64], bar: &[f64], to: &mut [f64]) {
    let last = dot.len() - 1;
    to[0] += SPEED * bar[1] * dot[1];
    to[last] -= SPEED * bar[last - 1] * dot[last - 1];
    for ((dot, bar), to) in dot.windows(3).zip(bar.windows(3)).zip(&mut to[1..]) {
        *to += SPEED * (bar[2] * dot[2] - bar[0] * dot[0] - bar[1] * (dot[2] - dot[0]));
    }
}

/// `to = a + by * b`
fn combine(to: &mut [f64], a: &[f64], by: f64, b: &[f64]) {
    for ((to, a), b) in to.iter_mut().zip(a).zip(b) {
        *to = a + by * b;
    }
}

/// `by * bar`, zero at the ends, whose rate is.
fn inside(to: &mut [f64], by: f64, bar: &[f64]) {
    to.iter_mut().zip(bar).for_each(|(to, bar)| *to = by * bar);
    let last = to.len() - 1;
    (to[0], to[last]) = (0.0, 0.0);
}

/// The states that a gradient goes back through: of each step that before it and that ahead, and the last.
struct Path {
    states: Vec<f64>,
    end: Vec<f64>,
}

impl Burgers {
    /// `cells` cells and `steps` steps.
    #[must_use]
    pub fn new(cells: usize, steps: usize) -> Burgers {
        Burgers { goal: Sample::new(18).around(0.5, 0.5, cells), steps }
    }

    fn path(&self, start: &[f64]) -> Path {
        let n = start.len();
        let mut states = vec![0.0; 2 * n * self.steps];
        let mut end = start.to_vec();
        let [mut first, mut second] = [(); 2].map(|()| vec![0.0; n]);
        for step in states.chunks_exact_mut(2 * n) {
            let (before, ahead) = step.split_at_mut(n);
            before.copy_from_slice(&end);
            rate(before, &mut first);
            combine(ahead, before, STEP, &first);
            rate(ahead, &mut second);
            for ((u, first), second) in end.iter_mut().zip(&first).zip(&second) {
                *u += 0.5 * STEP * (first + second);
            }
        }
        Path { states, end }
    }

    /// How the states of `path` change where the first changes by `dot`.
    fn path_dot(path: &Path, dot: &[f64]) -> Path {
        let n = dot.len();
        let mut states = vec![0.0; path.states.len()];
        let mut end = dot.to_vec();
        let [mut first, mut second] = [(); 2].map(|()| vec![0.0; n]);
        for (step, step_dot) in path.states.chunks_exact(2 * n).zip(states.chunks_exact_mut(2 * n)) {
            let ((before, ahead), (before_dot, ahead_dot)) = (step.split_at(n), step_dot.split_at_mut(n));
            before_dot.copy_from_slice(&end);
            rate_dot(before, before_dot, &mut first);
            combine(ahead_dot, before_dot, STEP, &first);
            rate_dot(ahead, ahead_dot, &mut second);
            for ((u, first), second) in end.iter_mut().zip(&first).zip(&second) {
                *u += 0.5 * STEP * (first + second);
            }
        }
        Path { states, end }
    }
}

impl Workload for Burgers {
    fn name(&self) -> String {
        format!("burgers {}x{}", self.goal.len(), self.steps)
    }

    fn point(&self) -> Vec<f64> {
        Sample::new(19).around(0.5, 0.5, self.goal.len())
    }

    fn objective(&self) -> impl Objective {
        distance::objective(&self.goal, self.steps)
    }

    fn generic<N: Number>(&self, start: &[N]) -> N {
        let rates = |u: &[N]| {
            let mut rates = vec![N::constant(0.0); u.len()];
            for (u, rate) in u.windows(3).zip(&mut rates[1..]) {
                let spread = u[0] - u[1].times(2.0) + u[2];
                *rate = spread.times(VISCOSITY) - u[1].times(SPEED) * (u[2] - u[0]);
            }
            rates
        };
        let mut u = start.to_vec();
        for _ in 0..self.steps {
            let first = rates(&u);
            let ahead: Vec<N> = u.iter().zip(&first).map(|(u, rate)| *u + rate.times(STEP)).collect();
            let second = rates(&ahead);
            for i in 0..u.len() {
                u[i] = u[i] + (first[i] + second[i]).times(0.5 * STEP);
            }
        }
        let differences = u.iter().zip(&self.goal).map(|(u, goal)| *u - N::constant(*goal));
        differences.fold(N::constant(0.0), |sum, d| sum + (d * d).times(0.5))
    }

    fn hand_grad(&self, start: &[f64], grad: &mut [f64]) {
        let n = start.len();
        let path = self.path(start);
        let mut bar: Vec<f64> = path.end.iter().zip(&self.goal).map(|(u, goal)| u - goal).collect();
        let [mut half, mut ahead_bar, mut first_bar] = [(); 3].map(|()| vec![0.0; n]);
        for step in path.states.chunks_exact(2 * n).rev() {
            let (before, ahead) = step.split_at(n);
            inside(&mut half, 0.5 * STEP, &bar);
            pull(ahead, &half, &mut ahead_bar);
            combine(&mut first_bar, &half, STEP, &ahead_bar);
            (first_bar[0], first_bar[n - 1]) = (0.0, 0.0);
            pull(before, &first_bar, grad);
            for ((bar, ahead), before) in bar.iter_mut().zip(&ahead_bar).zip(&*grad) {
                *bar += ahead + before;
            }
        }
        grad.copy_from_slice(&bar);
    }

    fn hand_hvp(&self, start: &[f64], v: &[f64], hv: &mut [f64]) {
        let n = start.len();
        let path = self.path(start);
        let path_dot = Burgers::path_dot(&path, v);
        let mut bar: Vec<f64> = path.end.iter().zip(&self.goal).map(|(u, goal)| u - goal).collect();
        let mut bar_dot = path_dot.end;
        let [mut half, mut ahead_bar, mut first_bar, mut before_bar] = [(); 4].map(|()| vec![0.0; n]);
        let [mut half_dot, mut ahead_bar_dot, mut first_bar_dot] = [(); 3].map(|()| vec![0.0; n]);
        let steps = path.states.chunks_exact(2 * n).zip(path_dot.states.chunks_exact(2 * n));
        for (step, step_dot) in steps.rev() {
            let ((before, ahead), (before_dot, ahead_dot)) = (step.split_at(n), step_dot.split_at(n));
            inside(&mut half, 0.5 * STEP, &bar);
            inside(&mut half_dot, 0.5 * STEP, &bar_dot);
            pull(ahead, &half, &mut ahead_bar);
            pull(ahead, &half_dot, &mut ahead_bar_dot);
            bend(ahead_dot, &half, &mut ahead_bar_dot);
            combine(&mut first_bar, &half, STEP, &ahead_bar);
            combine(&mut first_bar_dot, &half_dot, STEP, &ahead_bar_dot);
            (first_bar[0], first_bar[n - 1]) = (0.0, 0.0);
            (first_bar_dot[0], first_bar_dot[n - 1]) = (0.0, 0.0);
            pull(before, &first_bar, &mut before_bar);
            pull(before, &first_bar_dot, hv);
            bend(before_dot, &first_bar, hv);
            for i in 0..n {
                bar[i] += ahead_bar[i] + before_bar[i];
                bar_dot[i] += ahead_bar_dot[i] + hv[i];
            }
        }
        hv.copy_from_slice(&bar_dot);
    }
}
