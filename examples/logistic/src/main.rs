//! Maximum likelihood on a real data set: which measurements make a red wine good?
//!
//! `cargo run --release -p logistic`

#[path = "../../wines/mod.rs"]
mod wines;

use std::error::Error;
use std::time::Instant;

use hvp::{
    AdaHessian, ConjugateGradients, HessianOperator, Lanczos, Objective, TrustRegion, differentiable,
    hutchinson_diagonal,
};
use rand::SeedableRng;
use rand::rngs::StdRng;

/// Minus the log-likelihood of logistic regression; `w` begins with a constant, and the rows of
/// `features` are one shorter.
#[differentiable(wrt(w))]
fn loss(w: &[f64], features: &[f64], labels: &[f64]) -> f64 {
    let d = w.len() - 1;
    let mut sum = 0.0;
    for i in 0..labels.len() {
        let mut z = w[0];
        for j in 0..d {
            z += w[j + 1] * features[i * d + j];
        }
        let log_partition = if z > 0.0 { z + (-z).exp().ln_1p() } else { z.exp().ln_1p() };
        sum += log_partition - labels[i] * z;
    }
    sum
}

fn main() -> Result<(), Box<dyn Error>> {
    let wines::Wines { names, features, labels } = wines::load();
    let (n, d) = (labels.len(), names.len() + 1);
    let good = labels.iter().sum::<f64>();
    println!("{n} red wines, {} measurements each; {good} were given 6 points or more.\n", d - 1);
    let f = loss::objective(&features, &labels);

    let begun = Instant::now();
    let outcome = TrustRegion::default().minimize(&f, &vec![0.0; d]);
    let (state, counts) = (&outcome.state, outcome.state.counts);
    println!("Trust region: {:?} in {:.1} ms", outcome.status, 1e3 * begun.elapsed().as_secs_f64());
    println!(
        "  {} values, {} gradients, {} Hessian-vector products",
        counts.values, counts.gradients, counts.products
    );
    println!("  loss {:.4} a wine, gradient {:.1e}\n", state.value / n as f64, state.gradient_norm);

    let hessian = HessianOperator::new(&f, &state.x);
    let constant = [String::from("(constant)")];
    let names: Vec<&String> = constant.iter().chain(&names).collect();
    print_coefficients(&names, &state.x, &standard_errors(&hessian, d)?);
    print_curvature(&hessian)?;
    stochastic_descent(&features, &labels, d, state.value)
}

fn print_coefficients(names: &[&String], coefficients: &[f64], errors: &[f64]) {
    println!("{:<22} {:>11} {:>14} {:>8}", "a standard deviation of", "coefficient", "standard error", "z");
    for ((name, w), error) in names.iter().zip(coefficients).zip(errors) {
        let stars = if (w / error).abs() > 3.29 { "***" } else { "" };
        println!("{name:<22} {w:>12.3} {error:>14.3} {:>8.1} {stars}", w / error);
    }
}

fn print_curvature<F: Objective>(hessian: &HessianOperator<'_, F>) -> Result<(), hvp::Error> {
    let condition = Lanczos::default().condition(hessian, &mut StdRng::seed_from_u64(1))?;
    let (smallest, largest) = (condition.smallest, condition.largest);
    println!(
        "\nEigenvalues of the Hessian from {smallest:.2} to {largest:.1}: condition {:.1}",
        condition.number
    );
    let diagonal = hutchinson_diagonal(hessian, 100, &mut StdRng::seed_from_u64(1));
    let (entry, error) = (diagonal.value[0], diagonal.std_error[0]);
    println!("Its first diagonal entry is about {entry:.1} ± {error:.1}, from 100 random signs");
    Ok(())
}

/// Square roots of the diagonal of the inverse Hessian: one system for each coefficient, by conjugate gradients.
fn standard_errors<F: Objective>(
    hessian: &HessianOperator<'_, F>,
    d: usize,
) -> Result<Vec<f64>, Box<dyn Error>> {
    let variance = |i: usize| {
        let mut axis = vec![0.0; d];
        axis[i] = 1.0;
        let solution = ConjugateGradients::default().solve(hessian, &axis)?;
        if solution.converged {
            Ok(solution.x[i])
        } else {
            Err("the Hessian is too close to singular".into())
        }
    };
    (0..d).map(|i| variance(i).map(f64::sqrt)).collect()
}

/// The same by mini-batches of a hundred, each of which is an objective of its own.
fn stochastic_descent(features: &[f64], labels: &[f64], d: usize, best: f64) -> Result<(), Box<dyn Error>> {
    println!("\nAdaHessian on mini-batches of 100, one gradient and one product each:");
    let whole = loss::objective(features, labels);
    let mut w = vec![0.0; d];
    let mut descent = AdaHessian { learning_rate: 0.05, ..AdaHessian::default() }.start(d);
    for epoch in 1..=32 {
        for (x, y) in features.chunks(100 * (d - 1)).zip(labels.chunks(100)) {
            descent.step(&loss::objective(x, y), &mut w)?;
        }
        if [1, 2, 4, 8, 16, 32].contains(&epoch) {
            let excess = (whole.value(&w) - best) / labels.len() as f64;
            println!("  epoch {epoch:>2}: {excess:.2e} a wine above the least loss");
        }
    }
    Ok(())
}
