//! What a trace costs: random signs beside XTrace, on spectra that decay and on one that does not.
//!
//! `cargo run --release --example estimators`

#[path = "svg/mod.rs"]
mod svg;

use std::error::Error;
use std::f64::consts::FRAC_1_SQRT_2;

use hvp::{FnOperator, Hutchinson, hutchinson_trace, xtrace};
use rand::SeedableRng;
use rand::rngs::StdRng;
use svg::{COLOURS, Chart, Scale};

const DIMENSION: usize = 1024;
const TRIALS: u64 = 12;
/// A name and the eigenvalue of a number.
type Spectrum = (&'static str, fn(f64) -> f64);

const PRODUCTS: [usize; 6] = [10, 20, 40, 80, 160, 320];

fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "Mean relative error of the trace of a {DIMENSION} by {DIMENSION} matrix, over {TRIALS} seeds.\n"
    );
    let spectra: [Spectrum; 3] = [
        ("from 1 to 3, evenly", |k| 1.0 + 2.0 * k / 1023.0),
        ("1/k^2", |k| (k + 1.0).powi(-2)),
        ("0.9^k", |k| 0.9_f64.powf(k)),
    ];
    let title = "Error of the trace: random signs dashed, XTrace with dots";
    let mut chart = Chart::scaled(
        title,
        (1.0, 2.6, "Hessian-vector products"),
        (-9.0, 1.0, "relative error"),
        [Scale::Logarithm; 2],
    );
    print!("{:<20} {:<14}", "eigenvalues", "method");
    for products in PRODUCTS {
        print!("{products:>10}");
    }
    println!();
    for ((name, eigenvalue), colour) in spectra.into_iter().zip(COLOURS) {
        let spectrum: Vec<f64> = (0..DIMENSION).map(|k| eigenvalue(k as f64)).collect();
        let [signs, exchangeable] = errors(&spectrum)?;
        for (method, errors) in [("random signs", &signs), ("XTrace", &exchangeable)] {
            let cells: Vec<String> = errors.iter().map(|error| format!("{error:>10.1e}")).collect();
            println!("{name:<20} {method:<14}{}", cells.concat());
        }
        let points = |errors: &[f64]| -> Vec<(f64, f64)> {
            PRODUCTS.iter().zip(errors).map(|(m, error)| ((*m as f64).log10(), error.log10())).collect()
        };
        chart.dashed(&points(&signs), (colour, "5 4"), "");
        chart.dots(&points(&exchangeable), colour);
        chart.line(&points(&exchangeable), colour, name);
    }
    stop_by_itself()?;
    println!("\nPicture: {}", chart.save("estimators.svg")?.display());
    Ok(())
}

/// Signs until the interval is narrow enough.
fn stop_by_itself() -> Result<(), hvp::Error> {
    let op = mixed((0..DIMENSION).map(|k| 1.0 + 2.0 * k as f64 / 1023.0).collect());
    let adaptive =
        Hutchinson { relative: 1e-3, ..Hutchinson::default() }.trace(&op, &mut StdRng::seed_from_u64(1))?;
    let estimate = adaptive.estimate;
    println!(
        "\nAsked for one part in a thousand, random signs stop by themselves after {} products:",
        estimate.samples
    );
    println!("the trace is {:.2} ± {:.2}; in truth it is 2048.", estimate.value, estimate.std_error);
    Ok(())
}

/// Mean relative errors of both methods for each number of products.
fn errors(spectrum: &[f64]) -> Result<[Vec<f64>; 2], hvp::Error> {
    let op = mixed(spectrum.to_vec());
    let exact: f64 = spectrum.iter().sum();
    let (mut signs, mut exchangeable) = (Vec::new(), Vec::new());
    for products in PRODUCTS {
        let (mut of_signs, mut of_exchangeable) = (0.0, 0.0);
        for seed in 0..TRIALS {
            let mut rng = StdRng::seed_from_u64(seed);
            of_signs += (hutchinson_trace(&op, products, &mut rng).value / exact - 1.0).abs();
            of_exchangeable += (xtrace(&op, products, &mut rng)?.value / exact - 1.0).abs();
        }
        signs.push(of_signs / TRIALS as f64);
        exchangeable.push(of_exchangeable / TRIALS as f64);
    }
    Ok([signs, exchangeable])
}

/// A full symmetric matrix with the given eigenvalues, a power of two of them: its eigenvectors are Walsh functions
/// with the signs of some places turned.
fn mixed(spectrum: Vec<f64>) -> FnOperator<impl Fn(&[f64], &mut [f64])> {
    let turned = |i: usize| if (i * i + i / 3) % 7 < 3 { -1.0 } else { 1.0 };
    FnOperator::new(spectrum.len(), move |v, out| {
        for (i, (out, v)) in out.iter_mut().zip(v).enumerate() {
            *out = turned(i) * v;
        }
        walsh(out);
        for (out, eigenvalue) in out.iter_mut().zip(&spectrum) {
            *out *= eigenvalue;
        }
        walsh(out);
        for (i, out) in out.iter_mut().enumerate() {
            *out *= turned(i);
        }
    })
}

/// The orthonormal Walsh-Hadamard transform, which is its own inverse.
fn walsh(v: &mut [f64]) {
    let mut half = 1;
    while half < v.len() {
        for block in v.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for (a, b) in low.iter_mut().zip(high) {
                (*a, *b) = ((*a + *b) * FRAC_1_SQRT_2, (*a - *b) * FRAC_1_SQRT_2);
            }
        }
        half *= 2;
    }
}
