//! Machine learning: the squared error of a perceptron with one hidden layer.

use hvp::{Objective, differentiable};

use crate::blas::{add_scaled, dot};
use crate::number::Number;
use crate::sample::Sample;
use crate::workload::Workload;

/// Half the mean squared error. `weights` holds the hidden layer row by row, its biases, the output's weights and bias.
#[differentiable(wrt(weights))]
fn loss(weights: &[f64], inputs: &[f64], targets: &[f64], hidden: usize) -> f64 {
    let width = inputs.len() / targets.len();
    let biases = &weights[hidden * width..hidden * (width + 1)];
    let output = &weights[hidden * (width + 1)..];
    let mut sum = 0.0;
    for (input, target) in inputs.chunks_exact(width).zip(targets) {
        let mut answer = output[hidden];
        for k in 0..hidden {
            let mut z = biases[k];
            for j in 0..width {
                z += weights[k * width + j] * input[j];
            }
            answer += output[k] * z.tanh();
        }
        let error = answer - target;
        sum += error * error;
    }
    0.5 * sum / targets.len() as f64
}

/// A network's shape and its samples.
#[derive(Debug)]
pub struct Perceptron {
    hidden: usize,
    width: usize,
    inputs: Vec<f64>,
    targets: Vec<f64>,
}

/// Parts of a vector of weights.
struct Layers<'w> {
    matrix: &'w [f64],
    biases: &'w [f64],
    output: &'w [f64],
}

impl Perceptron {
    /// `hidden` units between `width` inputs and one output.
    #[must_use]
    pub fn new(samples: usize, width: usize, hidden: usize) -> Perceptron {
        let mut sample = Sample::new(10);
        let inputs = sample.around(0.0, 1.0, samples * width);
        Perceptron { hidden, width, inputs, targets: sample.around(0.0, 1.0, samples) }
    }

    fn layers<'w>(&self, weights: &'w [f64]) -> Layers<'w> {
        let (matrix, rest) = weights.split_at(self.hidden * self.width);
        let (biases, output) = rest.split_at(self.hidden);
        Layers { matrix, biases, output }
    }

    fn layers_mut<'w>(&self, weights: &'w mut [f64]) -> (&'w mut [f64], &'w mut [f64], &'w mut [f64]) {
        let (matrix, rest) = weights.split_at_mut(self.hidden * self.width);
        let (biases, output) = rest.split_at_mut(self.hidden);
        (matrix, biases, output)
    }

    /// Writes the hidden layer's activity and returns the answer.
    fn forward(&self, layers: &Layers<'_>, input: &[f64], activity: &mut [f64]) -> f64 {
        let rows = layers.matrix.chunks_exact(self.width);
        for ((a, row), bias) in activity.iter_mut().zip(rows).zip(layers.biases) {
            *a = (bias + dot(row, input)).tanh();
        }
        layers.output[self.hidden] + dot(&layers.output[..self.hidden], activity)
    }

    /// Writes the derivative of the activity along `dots` and returns that of the answer.
    fn forward_dot(
        &self,
        layers: (&Layers<'_>, &Layers<'_>),
        input: &[f64],
        activity: &[f64],
        out: &mut [f64],
    ) -> f64 {
        let (layers, dots) = layers;
        let rows = dots.matrix.chunks_exact(self.width);
        for (((out, row), bias), a) in out.iter_mut().zip(rows).zip(dots.biases).zip(activity) {
            *out = (1.0 - a * a) * (bias + dot(row, input));
        }
        let hidden = self.hidden;
        dots.output[hidden] + dot(&dots.output[..hidden], activity) + dot(&layers.output[..hidden], out)
    }
}

impl Workload for Perceptron {
    fn name(&self) -> String {
        format!("perceptron {}x{}x{}", self.targets.len(), self.width, self.hidden)
    }

    fn point(&self) -> Vec<f64> {
        Sample::new(11).around(0.0, 0.3, self.hidden * (self.width + 2) + 1)
    }

    fn objective(&self) -> impl Objective {
        loss::objective(&self.inputs, &self.targets, self.hidden)
    }

    fn generic<N: Number>(&self, weights: &[N]) -> N {
        let (matrix, rest) = weights.split_at(self.hidden * self.width);
        let (biases, output) = rest.split_at(self.hidden);
        let mut sum = N::constant(0.0);
        for (input, target) in self.inputs.chunks_exact(self.width).zip(&self.targets) {
            let mut answer = output[self.hidden];
            for (k, row) in matrix.chunks_exact(self.width).enumerate() {
                let terms = row.iter().zip(input).map(|(w, x)| w.times(*x));
                answer = answer + output[k] * terms.fold(biases[k], |z, term| z + term).tanh();
            }
            let error = answer - N::constant(*target);
            sum = sum + error * error;
        }
        sum.times(0.5 / self.targets.len() as f64)
    }

    fn hand_grad(&self, weights: &[f64], grad: &mut [f64]) {
        let scale = 1.0 / self.targets.len() as f64;
        let layers = self.layers(weights);
        let mut activity = vec![0.0; self.hidden];
        grad.fill(0.0);
        let (matrix, biases, output) = self.layers_mut(grad);
        for (input, target) in self.inputs.chunks_exact(self.width).zip(&self.targets) {
            let error = scale * (self.forward(&layers, input, &mut activity) - target);
            output[self.hidden] += error;
            for (k, row) in matrix.chunks_exact_mut(self.width).enumerate() {
                let a = activity[k];
                let z_bar = error * layers.output[k] * (1.0 - a * a);
                output[k] += error * a;
                biases[k] += z_bar;
                add_scaled(row, z_bar, input);
            }
        }
    }

    fn hand_hvp(&self, weights: &[f64], v: &[f64], hv: &mut [f64]) {
        let scale = 1.0 / self.targets.len() as f64;
        let (layers, dots) = (self.layers(weights), self.layers(v));
        let (mut activity, mut activity_dot) = (vec![0.0; self.hidden], vec![0.0; self.hidden]);
        hv.fill(0.0);
        let (matrix, biases, output) = self.layers_mut(hv);
        for (input, target) in self.inputs.chunks_exact(self.width).zip(&self.targets) {
            let error = scale * (self.forward(&layers, input, &mut activity) - target);
            let error_dot = scale * self.forward_dot((&layers, &dots), input, &activity, &mut activity_dot);
            output[self.hidden] += error_dot;
            for (k, row) in matrix.chunks_exact_mut(self.width).enumerate() {
                let (a, a_dot) = (activity[k], activity_dot[k]);
                let through = error_dot * layers.output[k] + error * dots.output[k];
                let z_bar_dot = through * (1.0 - a * a) - 2.0 * error * layers.output[k] * a * a_dot;
                output[k] += error_dot * a + error * a_dot;
                biases[k] += z_bar_dot;
                add_scaled(row, z_bar_dot, input);
            }
        }
    }
}
