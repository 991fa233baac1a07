//! Biology: the rates of a predator and its prey, fitted to counts by a Runge–Kutta method of order four.

use hvp::{Objective, differentiable};

use crate::number::Number;
use crate::pair::Pair;
use crate::sample::Sample;
use crate::workload::Workload;

const STEP: f64 = 0.01;
const EVERY: usize = 10;

#[differentiable]
fn growth(rates: &[f64], state: &[f64; 2]) -> [f64; 2] {
    let met = state[0] * state[1];
    [rates[0] * state[0] - rates[1] * met, rates[3] * met - rates[2] * state[1]]
}

/// The sum of squared differences to the counts, one pair after every tenth step. The first four parameters are rates,
/// the last two the state at the beginning.
#[differentiable(wrt(params))]
fn misfit(params: &[f64], counts: &[[f64; 2]]) -> f64 {
    let mut state = [params[4], params[5]];
    let mut sum = 0.0;
    for step in 0..counts.len() * EVERY {
        let mut at = [0.0; 2];
        let k1 = growth(params, &state);
        for j in 0..2 {
            at[j] = state[j] + 0.5 * STEP * k1[j];
        }
        let k2 = growth(params, &at);
        for j in 0..2 {
            at[j] = state[j] + 0.5 * STEP * k2[j];
        }
        let k3 = growth(params, &at);
        for j in 0..2 {
            at[j] = state[j] + STEP * k3[j];
        }
        let k4 = growth(params, &at);
        for j in 0..2 {
            state[j] += STEP / 6.0 * (k1[j] + 2.0 * k2[j] + 2.0 * k3[j] + k4[j]);
        }
        if step % EVERY == EVERY - 1 {
            let count = counts[step / EVERY];
            let (prey, predators) = (state[0] - count[0], state[1] - count[1]);
            sum += prey * prey + predators * predators;
        }
    }
    sum
}

/// Counts to fit.
#[derive(Debug)]
pub struct LotkaVolterra {
    counts: Vec<[f64; 2]>,
}

/// `state + factor * slope`
#[inline]
fn moved<N: Number>(state: [N; 2], factor: f64, slope: [N; 2]) -> [N; 2] {
    [state[0] + slope[0].times(factor), state[1] + slope[1].times(factor)]
}

#[inline]
fn slope<N: Number>(rates: &[N], state: [N; 2]) -> [N; 2] {
    [state[0] * (rates[0] - rates[1] * state[1]), state[1] * (rates[3] * state[0] - rates[2])]
}

/// One step, with the four states at which the slope was taken.
#[inline]
fn step<N: Number>(rates: &[N], state: [N; 2]) -> ([N; 2], [[N; 2]; 4]) {
    let k1 = slope(rates, state);
    let second = moved(state, 0.5 * STEP, k1);
    let k2 = slope(rates, second);
    let third = moved(state, 0.5 * STEP, k2);
    let k3 = slope(rates, third);
    let fourth = moved(state, STEP, k3);
    let k4 = slope(rates, fourth);
    let next = |j: usize| state[j] + (k1[j] + (k2[j] + k3[j]).times(2.0) + k4[j]).times(STEP / 6.0);
    ([next(0), next(1)], [state, second, third, fourth])
}

/// The adjoint of a state by that of the slope there; the rates' adjoints are added to.
#[inline]
fn pull<N: Number>(rates: &[N], state: [N; 2], bar: [N; 2], rates_bar: &mut [N; 4]) -> [N; 2] {
    let met = state[0] * state[1];
    rates_bar[0] = rates_bar[0] + bar[0] * state[0];
    rates_bar[1] = rates_bar[1] - bar[0] * met;
    rates_bar[2] = rates_bar[2] - bar[1] * state[1];
    rates_bar[3] = rates_bar[3] + bar[1] * met;
    let exchange = rates[3] * bar[1] - rates[1] * bar[0];
    [rates[0] * bar[0] + state[1] * exchange, state[0] * exchange - rates[2] * bar[1]]
}

/// The gradient, of numbers or of pairs.
fn gradient<N: Number>(params: &[N; 6], counts: &[[f64; 2]]) -> [N; 6] {
    let zero = N::constant(0.0);
    let mut stages = Vec::with_capacity(counts.len() * EVERY);
    let mut residuals = Vec::with_capacity(counts.len());
    let mut state = [params[4], params[5]];
    for count in counts {
        for _ in 0..EVERY {
            let (next, at) = step(params, state);
            stages.push(at);
            state = next;
        }
        residuals.push([state[0] - N::constant(count[0]), state[1] - N::constant(count[1])]);
    }
    let (mut rates_bar, mut bar) = ([zero; 4], [zero; 2]);
    for (at, residual) in stages.chunks_exact(EVERY).zip(&residuals).rev() {
        bar = moved(bar, 2.0, *residual);
        for [first, second, third, fourth] in at.iter().rev() {
            let (outer, inner) = (moved([zero; 2], STEP / 6.0, bar), moved([zero; 2], STEP / 3.0, bar));
            let by4 = pull(params, *fourth, outer, &mut rates_bar);
            let by3 = pull(params, *third, moved(inner, STEP, by4), &mut rates_bar);
            let by2 = pull(params, *second, moved(inner, 0.5 * STEP, by3), &mut rates_bar);
            let by1 = pull(params, *first, moved(outer, 0.5 * STEP, by2), &mut rates_bar);
            bar = moved(moved(moved(moved(bar, 1.0, by1), 1.0, by2), 1.0, by3), 1.0, by4);
        }
    }
    [rates_bar[0], rates_bar[1], rates_bar[2], rates_bar[3], bar[0], bar[1]]
}

impl LotkaVolterra {
    /// Ten steps for each of `counts` counts.
    #[must_use]
    pub fn new(counts: usize) -> LotkaVolterra {
        let mut sample = Sample::new(7);
        LotkaVolterra {
            counts: (0..counts).map(|_| [1.0 + 0.5 * sample.draw(), 1.0 + 0.5 * sample.draw()]).collect(),
        }
    }
}

impl Workload for LotkaVolterra {
    fn name(&self) -> String {
        format!("lotka-volterra {}", self.counts.len() * EVERY)
    }

    fn point(&self) -> Vec<f64> {
        vec![1.5, 1.0, 3.0, 1.0, 1.0, 1.0]
    }

    fn objective(&self) -> impl Objective {
        misfit::objective(&self.counts)
    }

    fn generic<N: Number>(&self, params: &[N]) -> N {
        let mut state = [params[4], params[5]];
        let mut sum = N::constant(0.0);
        for count in &self.counts {
            for _ in 0..EVERY {
                state = step(params, state).0;
            }
            let residual = [state[0] - N::constant(count[0]), state[1] - N::constant(count[1])];
            sum = sum + residual[0] * residual[0] + residual[1] * residual[1];
        }
        sum
    }

    fn hand_grad(&self, x: &[f64], grad: &mut [f64]) {
        grad.copy_from_slice(&gradient(&std::array::from_fn(|i| x[i]), &self.counts));
    }

    fn hand_hvp(&self, x: &[f64], v: &[f64], hv: &mut [f64]) {
        let pairs = gradient(&std::array::from_fn(|i| Pair(x[i], v[i])), &self.counts);
        hv.iter_mut().zip(pairs).for_each(|(h, pair)| *h = pair.1);
    }
}
