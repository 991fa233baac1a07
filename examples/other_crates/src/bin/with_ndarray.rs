//! A curve fitted to data in an array of `ndarray`, with standard errors from the Hessian.
//!
//! `cargo run --release -p other_crates --features ndarray --bin with_ndarray`

use std::error::Error;

use hvp::{ConjugateGradients, HessianOperator, TrustRegion, differentiable, hutchinson_trace};
use ndarray::{Array1, Array2};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Half the sum of squares of a decay with a rate, a height and a floor, over rows (time, measured).
#[differentiable(wrt(p))]
fn misfit(p: &[f64], data: &[f64]) -> f64 {
    let mut sum = 0.0;
    for row in data.chunks_exact(2) {
        let residual = p[0] * (-p[1] * row[0]).exp() + p[2] - row[1];
        sum += 0.5 * residual * residual;
    }
    sum
}

const TRUTH: [f64; 3] = [2.5, 1.3, 0.5];
const NOISE: f64 = 0.05;

fn main() -> Result<(), Box<dyn Error>> {
    let mut rng = StdRng::seed_from_u64(1);
    let mut data = Array2::zeros((200, 2));
    data.column_mut(0).assign(&Array1::linspace(0.0, 5.0, 200));
    for mut row in data.rows_mut() {
        // The sum of twelve uniform numbers is nearly normal, with variance 1.
        let noise: f64 = (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
        row[1] = TRUTH[0] * (-TRUTH[1] * row[0]).exp() + TRUTH[2] + NOISE * noise;
    }
    println!("200 measurements (time, measured), of which the first three are");
    data.rows().into_iter().take(3).for_each(|row| println!("{row:.4}"));
    println!();

    let f = misfit::objective(data.as_slice().ok_or("not in standard layout")?);
    let outcome = TrustRegion::default().minimize(&f, &[1.0, 1.0, 0.0]);
    let fitted = Array1::from_vec(outcome.state.x);
    let variance = 2.0 * outcome.state.value / (200.0 - 3.0);
    let hessian = HessianOperator::new(&f, fitted.as_slice().ok_or("not contiguous")?);
    let inverse = Array2::from_shape_vec((3, 3), inverse(&hessian)?)?;
    let errors = inverse.diag().mapv(|entry| (variance * entry).sqrt());
    println!("         fitted  standard error   truth");
    for (i, name) in ["height", "rate", "floor"].iter().enumerate() {
        println!("{name:<8} {:.4}          {:.4}  {:.4}", fitted[i], errors[i], TRUTH[i]);
    }
    // An array is an operator itself.
    let trace = hutchinson_trace(&inverse, 100, &mut rng);
    println!(
        "\nTrace of the inverse: {:.6}, estimated {:.6} ± {:.6}",
        inverse.diag().sum(),
        trace.value,
        trace.std_error
    );
    Ok(())
}

/// The inverse of the Hessian, a column at a time.
fn inverse(hessian: &HessianOperator<'_, impl hvp::Objective>) -> Result<Vec<f64>, hvp::Error> {
    let mut columns = Vec::new();
    for i in 0..3 {
        let mut axis = [0.0; 3];
        axis[i] = 1.0;
        columns.extend(ConjugateGradients::default().solve(hessian, &axis)?.x);
    }
    Ok(columns)
}
