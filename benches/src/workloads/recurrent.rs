//! Machine learning: the squared error of a recurrent network that reads a sequence.

use hvp::{Objective, differentiable};

use crate::blas::{add_scaled, dot};
use crate::number::Number;
use crate::sample::Sample;
use crate::workload::Workload;

/// Half the mean squared error of the answers after each input. `weights` holds a row for each unit — of the inputs, of the
/// units' last activities, and a bias —, then the output's weights and bias.
#[differentiable(wrt(weights))]
fn loss(weights: &[f64], inputs: &[f64], targets: &[f64], hidden: usize) -> f64 {
    let width = inputs.len() / targets.len();
    let row = width + hidden + 1;
    let output = &weights[hidden * row..];
    let mut state = vec![0.0; hidden];
    let mut next = vec![0.0; hidden];
    let mut sum = 0.0;
    for (input, target) in inputs.chunks_exact(width).zip(targets) {
        for k in 0..hidden {
            let own = &weights[k * row..(k + 1) * row];
            let mut z = own[width + hidden];
            for j in 0..width {
                z += own[j] * input[j];
            }
            for j in 0..hidden {
                z += own[width + j] * state[j];
            }
            next[k] = z.tanh();
        }
        state.copy_from_slice(&next);
        let mut answer = output[hidden];
        for k in 0..hidden {
            answer += output[k] * state[k];
        }
        let error = answer - target;
        sum += error * error;
    }
    0.5 * sum / targets.len() as f64
}

/// A network's shape and the sequence that it reads.
#[derive(Debug)]
pub struct Recurrent {
    hidden: usize,
    width: usize,
    inputs: Vec<f64>,
    targets: Vec<f64>,
}

/// What the forward sweep keeps: the activities after each step, before the first one zeros, and the errors.
struct Trace {
    states: Vec<f64>,
    errors: Vec<f64>,
}

impl Recurrent {
    /// `hidden` units read `steps` inputs of `width` numbers.
    #[must_use]
    pub fn new(steps: usize, width: usize, hidden: usize) -> Recurrent {
        let mut sample = Sample::new(15);
        let inputs = sample.around(0.0, 1.0, steps * width);
        Recurrent { hidden, width, inputs, targets: sample.around(0.0, 1.0, steps) }
    }

    fn row(&self) -> usize {
        self.width + self.hidden + 1
    }

    fn forward(&self, weights: &[f64]) -> Trace {
        let (hidden, width) = (self.hidden, self.width);
        let (matrix, output) = weights.split_at(hidden * self.row());
        let mut states = vec![0.0; (self.targets.len() + 1) * hidden];
        let mut errors = Vec::with_capacity(self.targets.len());
        let steps = self.inputs.chunks_exact(width).zip(&self.targets);
        for (step, (input, target)) in steps.enumerate() {
            let (before, after) = states[step * hidden..].split_at_mut(hidden);
            for (own, a) in matrix.chunks_exact(self.row()).zip(&mut after[..hidden]) {
                let z =
                    own[width + hidden] + dot(&own[..width], input) + dot(&own[width..][..hidden], before);
                *a = z.tanh();
            }
            errors.push(output[hidden] + dot(&output[..hidden], &after[..hidden]) - target);
        }
        Trace { states, errors }
    }

    /// The same of the derivatives along `dots`.
    fn forward_dot(&self, weights: &[f64], dots: &[f64], trace: &Trace) -> Trace {
        let (hidden, width) = (self.hidden, self.width);
        let (matrix, output) = weights.split_at(hidden * self.row());
        let (matrix_dot, output_dot) = dots.split_at(hidden * self.row());
        let mut states = vec![0.0; trace.states.len()];
        let mut errors = Vec::with_capacity(trace.errors.len());
        for (step, input) in self.inputs.chunks_exact(width).enumerate() {
            let (state, now) = trace.states[step * hidden..].split_at(hidden);
            let (before, after) = states[step * hidden..].split_at_mut(hidden);
            let rows = matrix.chunks_exact(self.row()).zip(matrix_dot.chunks_exact(self.row()));
            for (((own, own_dot), a), a_dot) in rows.zip(now).zip(&mut *after) {
                let by_weights = own_dot[width + hidden] + dot(&own_dot[..width], input);
                let z_dot = by_weights
                    + dot(&own_dot[width..][..hidden], state)
                    + dot(&own[width..][..hidden], before);
                *a_dot = (1.0 - a * a) * z_dot;
            }
            let (now, after) = (&now[..hidden], &after[..hidden]);
            errors.push(output_dot[hidden] + dot(&output_dot[..hidden], now) + dot(&output[..hidden], after));
        }
        Trace { states, errors }
    }
}

impl Workload for Recurrent {
    fn name(&self) -> String {
        format!("recurrent {}x{}x{}", self.targets.len(), self.width, self.hidden)
    }

    fn point(&self) -> Vec<f64> {
        Sample::new(16).around(0.0, 0.3, self.hidden * self.row() + self.hidden + 1)
    }

    fn objective(&self) -> impl Objective {
        loss::objective(&self.inputs, &self.targets, self.hidden)
    }

    fn generic<N: Number>(&self, weights: &[N]) -> N {
        let (hidden, width) = (self.hidden, self.width);
        let (matrix, output) = weights.split_at(hidden * self.row());
        let mut state = vec![N::constant(0.0); hidden];
        let mut sum = N::constant(0.0);
        for (input, target) in self.inputs.chunks_exact(width).zip(&self.targets) {
            let unit = |own: &[N]| {
                let z = own.iter().zip(input).fold(own[width + hidden], |z, (w, x)| z + w.times(*x));
                own[width..].iter().zip(&state).fold(z, |z, (w, a)| z + *w * *a).tanh()
            };
            state = matrix.chunks_exact(self.row()).map(unit).collect();
            let answer = output.iter().zip(&state).fold(output[hidden], |sum, (w, a)| sum + *w * *a);
            let error = answer - N::constant(*target);
            sum = sum + error * error;
        }
        sum.times(0.5 / self.targets.len() as f64)
    }

    fn hand_grad(&self, weights: &[f64], grad: &mut [f64]) {
        let (hidden, width) = (self.hidden, self.width);
        let scale = 1.0 / self.targets.len() as f64;
        let trace = self.forward(weights);
        let (matrix, output) = weights.split_at(hidden * self.row());
        grad.fill(0.0);
        let (matrix_bar, output_bar) = grad.split_at_mut(hidden * self.row());
        let (mut bar, mut before_bar) = (vec![0.0; hidden], vec![0.0; hidden]);
        for (step, input) in self.inputs.chunks_exact(width).enumerate().rev() {
            let (before, after) = trace.states[step * hidden..].split_at(hidden);
            let after = &after[..hidden];
            let error = scale * trace.errors[step];
            output_bar[hidden] += error;
            add_scaled(&mut output_bar[..hidden], error, after);
            add_scaled(&mut bar, error, &output[..hidden]);
            before_bar.fill(0.0);
            let rows = matrix.chunks_exact(self.row()).zip(matrix_bar.chunks_exact_mut(self.row()));
            for (((own, own_bar), a), bar) in rows.zip(after).zip(&bar) {
                let z_bar = bar * (1.0 - a * a);
                own_bar[width + hidden] += z_bar;
                add_scaled(&mut own_bar[..width], z_bar, input);
                add_scaled(&mut own_bar[width..][..hidden], z_bar, before);
                add_scaled(&mut before_bar, z_bar, &own[width..][..hidden]);
            }
            std::mem::swap(&mut bar, &mut before_bar);
        }
    }

    fn hand_hvp(&self, weights: &[f64], v: &[f64], hv: &mut [f64]) {
        let (hidden, width) = (self.hidden, self.width);
        let scale = 1.0 / self.targets.len() as f64;
        let trace = self.forward(weights);
        let dots = self.forward_dot(weights, v, &trace);
        let ((matrix, output), (matrix_dot, output_dot)) =
            (weights.split_at(hidden * self.row()), v.split_at(hidden * self.row()));
        hv.fill(0.0);
        let (matrix_bar, output_bar) = hv.split_at_mut(hidden * self.row());
        let [mut bar, mut bar_dot, mut before_bar, mut before_bar_dot] = [(); 4].map(|()| vec![0.0; hidden]);
        for (step, input) in self.inputs.chunks_exact(width).enumerate().rev() {
            let (before, after) = trace.states[step * hidden..].split_at(hidden);
            let (before_dot, after_dot) = dots.states[step * hidden..].split_at(hidden);
            let (error, error_dot) = (scale * trace.errors[step], scale * dots.errors[step]);
            output_bar[hidden] += error_dot;
            for k in 0..hidden {
                output_bar[k] += error_dot * after[k] + error * after_dot[k];
                bar[k] += error * output[k];
                bar_dot[k] += error_dot * output[k] + error * output_dot[k];
            }
            before_bar.fill(0.0);
            before_bar_dot.fill(0.0);
            for (k, own_bar) in matrix_bar.chunks_exact_mut(self.row()).enumerate() {
                let at = k * self.row() + width;
                let (own, own_dot) = (&matrix[at..at + hidden], &matrix_dot[at..at + hidden]);
                let slope = 1.0 - after[k] * after[k];
                let z_bar = bar[k] * slope;
                let z_bar_dot = bar_dot[k] * slope - 2.0 * bar[k] * after[k] * after_dot[k];
                own_bar[width + hidden] += z_bar_dot;
                add_scaled(&mut own_bar[..width], z_bar_dot, input);
                for (j, sum) in own_bar[width..][..hidden].iter_mut().enumerate() {
                    *sum += z_bar_dot * before[j] + z_bar * before_dot[j];
                    before_bar[j] += z_bar * own[j];
                    before_bar_dot[j] += z_bar_dot * own[j] + z_bar * own_dot[j];
                }
            }
            std::mem::swap(&mut bar, &mut before_bar);
            std::mem::swap(&mut bar_dot, &mut before_bar_dot);
        }
    }
}
