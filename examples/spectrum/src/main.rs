//! The spectrum of a small neural network's Hessian, before and after training, as a picture.
//!
//! `cargo run --release -p spectrum`

#[path = "../../svg/mod.rs"]
mod svg;
#[path = "../../wines/mod.rs"]
mod wines;

use std::error::Error;
use std::time::Instant;

use hvp::{
    Counted, Eigenpairs, HessianOperator, Lanczos, Objective, SpectralMeasure, TrustRegion, Which,
    differentiable,
};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use svg::{COLOURS, Chart, Scale};

/// Columns of the data set, and units of the hidden layer.
const INPUTS: usize = 11;
const HIDDEN: usize = 12;

/// The number of weights.
const WEIGHTS: usize = HIDDEN * (INPUTS + 2) + 1;

/// The mean cross-entropy of a two-layer perceptron with tanh units, and a little weight decay.
///
/// `w` holds the hidden layer's weights row by row, its biases, the output's weights and its bias.
#[differentiable(wrt(w))]
fn loss(w: &[f64], features: &[f64], labels: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 0..labels.len() {
        let x = &features[i * INPUTS..(i + 1) * INPUTS];
        let mut z = w[WEIGHTS - 1];
        for k in 0..HIDDEN {
            let mut unit = w[HIDDEN * INPUTS + k];
            for j in 0..INPUTS {
                unit += w[k * INPUTS + j] * x[j];
            }
            z += w[HIDDEN * (INPUTS + 1) + k] * unit.tanh();
        }
        let log_partition = if z > 0.0 { z + (-z).exp().ln_1p() } else { z.exp().ln_1p() };
        sum += log_partition - labels[i] * z;
    }
    let decay: f64 = w.iter().map(|w| w * w).sum();
    sum / labels.len() as f64 + 0.5e-3 * decay
}

fn main() -> Result<(), Box<dyn Error>> {
    let wines::Wines { features, labels, .. } = wines::load();
    let f = loss::objective(&features, &labels);
    let mut rng = StdRng::seed_from_u64(1);
    let start: Vec<f64> = (0..WEIGHTS).map(|_| rng.random_range(-0.5..0.5)).collect();
    println!("A perceptron with {} weights, {} red wines: is it a good one?\n", start.len(), labels.len());
    let before = Spectrum::look("before training", &f, &start)?;

    let begun = Instant::now();
    let outcome = TrustRegion::default().minimize(&f, &start);
    let counts = outcome.state.counts;
    println!(
        "training: {:?} after {} steps and {} Hessian-vector products, {:.2} s\n",
        outcome.status,
        outcome.state.iterations,
        counts.products,
        begun.elapsed().as_secs_f64()
    );
    let after = Spectrum::look("after training", &f, &outcome.state.x)?;
    println!("Picture: {}", draw(&[before, after])?);
    Ok(())
}

/// What is known of the Hessian at a point.
struct Spectrum {
    name: &'static str,
    measure: SpectralMeasure,
    largest: Eigenpairs,
    smallest: Eigenpairs,
}

impl Spectrum {
    fn look(name: &'static str, f: &impl Objective, w: &[f64]) -> Result<Self, hvp::Error> {
        let begun = Instant::now();
        let hessian = Counted::new(HessianOperator::new(f, w));
        let mut rng = StdRng::seed_from_u64(2);
        let measure = SpectralMeasure::new(&hessian, 10, 60, &mut rng)?;
        let method = Lanczos { tolerance: 1e-4, ..Lanczos::default() };
        let largest = method.eigenpairs(&hessian, 3, Which::LargestAlgebraic, &mut rng)?;
        let smallest = method.eigenpairs(&hessian, 3, Which::SmallestAlgebraic, &mut rng)?;
        let trace = measure.trace_of(|eigenvalue| eigenvalue);
        let negative = measure.nodes().filter(|node| node.0 < 0.0).fold(0.0, |sum, node| sum + node.1);
        println!("{name}: loss {:.4}", f.value(w));
        println!("  largest eigenvalues   {}", list(&largest));
        println!("  smallest              {}", list(&smallest));
        println!(
            "  trace {:.3} ± {:.3}; {:.0} % of the eigenvalues are negative",
            trace.value,
            trace.std_error,
            100.0 * negative
        );
        println!(
            "  {} Hessian-vector products, {:.2} s\n",
            hessian.products(),
            begun.elapsed().as_secs_f64()
        );
        Ok(Self { name, measure, largest, smallest })
    }

    /// log₁₀ of the density over a grid.
    fn curve(&self, grid: &[f64]) -> Vec<(f64, f64)> {
        let density = self.measure.density(grid, 0.01);
        grid.iter().zip(density).map(|(&t, height)| (t, height.max(1e-6).log10())).collect()
    }
}

fn list(pairs: &Eigenpairs) -> String {
    let values: Vec<String> = pairs.values.iter().map(|value| format!("{value:>9.5}")).collect();
    format!("{}{}", values.join(" "), if pairs.converged { "" } else { "  (not converged)" })
}

/// The densities of both spectra, with dots where the extreme eigenvalues are.
fn draw(spectra: &[Spectrum]) -> Result<String, Box<dyn Error>> {
    let ends = spectra.iter().map(|spectrum| (spectrum.smallest.values[0], spectrum.largest.values[0]));
    let (low, high) = ends.fold((0.0_f64, 0.0_f64), |ends, end| (ends.0.min(end.0), ends.1.max(end.1)));
    let (low, high) = (low - 0.1 * (high - low), high + 0.1 * (high - low));
    let grid: Vec<f64> = (0..=500).map(|i| low + (high - low) * f64::from(i) / 500.0).collect();
    let title = "Eigenvalues of a perceptron's Hessian";
    let mut chart = Chart::scaled(
        title,
        (low, high, "eigenvalue (dots: the three largest and the three smallest)"),
        (-3.0, 2.0, "density"),
        [Scale::Plain, Scale::Logarithm],
    );
    for (k, (spectrum, colour)) in spectra.iter().zip(COLOURS).enumerate() {
        chart.line(&spectrum.curve(&grid), colour, spectrum.name);
        let extremes = spectrum.largest.values.iter().chain(&spectrum.smallest.values);
        chart.dots(&extremes.map(|value| (*value, -2.8 + 0.12 * k as f64)).collect::<Vec<_>>(), colour);
    }
    Ok(chart.save("spectrum.svg")?.display().to_string())
}
