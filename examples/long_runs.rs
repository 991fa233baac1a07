//! A run that is broken off in the evening and goes on in the morning, beside one that was not.
//!
//! `cargo run --release --example long_runs`

#[path = "svg/mod.rs"]
mod svg;

use std::error::Error;
use std::ops::ControlFlow::{Break, Continue};

use hvp::{FnOperator, Lanczos, RitzValues, Which};
use rand::SeedableRng;
use rand::rngs::StdRng;
use svg::{COLOURS, Chart, Scale};

const DIMENSION: usize = 2000;
const WANTED: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    // In place of a Hessian whose products take long: eigenvalues from 1 to 3.
    let op = FnOperator::new(DIMENSION, |v: &[f64], out: &mut [f64]| {
        for (k, (out, v)) in out.iter_mut().zip(v).enumerate() {
            *out = (1.0 + 2.0 * (k as f64 / DIMENSION as f64).powi(2)) * v;
        }
    });
    let (method, which) = (Lanczos::default(), Which::LargestAlgebraic);
    let rng = || StdRng::seed_from_u64(1);
    println!("The {WANTED} largest of {DIMENSION} eigenvalues, to a relative residual of 1e-8.\n");

    let [mut evening, mut morning, mut at_once] = [const { Vec::new() }; 3];
    let mut space = method.start(DIMENSION, &mut rng());
    let first = method.resume_eigenpairs(&op, &mut space, WANTED, which, |found| {
        evening.push(point(found));
        if found.products < 100 { Continue(()) } else { Break(()) }
    })?;
    println!(
        "evening  {:>4} products, residual {:.1e}: {}",
        first.products,
        worst(&first.residuals),
        said(first.converged)
    );
    // Here `space` may be written to a file, with the feature `serde`.
    let second = method.resume_eigenpairs(&op, &mut space, WANTED, which, |found| {
        morning.push(point(found));
        Continue(())
    })?;
    println!(
        "morning  {:>4} products, residual {:.1e}: {}",
        second.products,
        worst(&second.residuals),
        said(second.converged)
    );
    let whole = method.eigenpairs_with(&op, WANTED, which, &mut rng(), |found| {
        at_once.push(point(found));
        Continue(())
    })?;
    let same = if whole == second { "the same bits" } else { "other bits" };
    println!("at once  {:>4} products, residual {:.1e}: {same}", whole.products, worst(&whole.residuals));
    println!("\nPicture: {}", draw(&evening, &morning, &at_once)?);
    Ok(())
}

fn said(converged: bool) -> &'static str {
    if converged { "converged" } else { "not converged" }
}

fn worst(residuals: &[f64]) -> f64 {
    residuals.iter().copied().fold(0.0, f64::max)
}

/// Products, and the logarithm of the largest residual.
fn point(found: &RitzValues) -> (f64, f64) {
    (found.products as f64, worst(&found.residuals).log10())
}

fn draw(
    evening: &[(f64, f64)],
    morning: &[(f64, f64)],
    at_once: &[(f64, f64)],
) -> Result<String, Box<dyn Error>> {
    let last = at_once.last().map_or(1.0, |point| point.0);
    let mut chart = Chart::scaled(
        "A run that was broken off and went on; dots: one that was not",
        (0.0, 1.05 * last, "products"),
        (-9.0, 1.0, "largest residual"),
        [Scale::Plain, Scale::Logarithm],
    );
    let every_fifth: Vec<(f64, f64)> = at_once.iter().copied().step_by(5).collect();
    chart.dots(&every_fifth, COLOURS[2]);
    chart.line(evening, COLOURS[0], "evening");
    chart.line(morning, COLOURS[1], "morning");
    Ok(chart.save("long_runs.svg")?.display().to_string())
}
