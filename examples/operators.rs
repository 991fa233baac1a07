//! Operators made of operators: a Hessian beside its Gauss-Newton part, away from a fit and at it.
//!
//! `cargo run --release --example operators`

#[path = "svg/mod.rs"]
mod svg;

use std::error::Error;

use hvp::{
    ConjugateGradients, Counted, Eigenpairs, FnOperator, GaussNewton, HessianOperator, Lanczos,
    LinearOperator, Objective, Restricted, Shifted, Sum, TrustRegion, Which, differentiable,
};
use rand::SeedableRng;
use rand::rngs::StdRng;
use svg::{COLOURS, Chart, Scale};

const PEAKS: usize = 6;

/// Height, place and width of each peak.
const PARAMETERS: usize = 3 * PEAKS;

/// How far a sum of bell-shaped peaks is from what was measured at each place.
#[differentiable(wrt(p))]
fn residuals(p: &[f64], places: &[f64], measured: &[f64]) -> Vec<f64> {
    let mut residuals = Vec::with_capacity(places.len());
    for i in 0..places.len() {
        let mut sum = -measured[i];
        for k in 0..PEAKS {
            let u = (places[i] - p[3 * k + 1]) / p[3 * k + 2];
            sum += p[3 * k] * (-0.5 * u * u).exp();
        }
        residuals.push(sum);
    }
    residuals
}

/// Half the sum of their squares.
#[differentiable(wrt(p))]
fn misfit(p: &[f64], places: &[f64], measured: &[f64]) -> f64 {
    let mut sum = 0.0;
    for r in residuals(p, places, measured) {
        sum += 0.5 * r * r;
    }
    sum
}

fn main() -> Result<(), Box<dyn Error>> {
    let places: Vec<f64> = (0..240).map(|i| f64::from(i) / 20.0).collect();
    let peak = |k: usize| [1.0 + 0.4 * (k % 3) as f64, 1.0 + 2.0 * k as f64, 0.5 + 0.1 * (k % 2) as f64];
    let truth: Vec<f64> = (0..PEAKS).flat_map(peak).collect();
    let noise = |i: usize| 0.02 * (12.9 * i as f64).sin();
    let measured: Vec<f64> = residuals(&truth, &places, &vec![0.0; places.len()])
        .iter()
        .enumerate()
        .map(|(i, height)| height + noise(i))
        .collect();
    let start: Vec<f64> =
        truth.iter().enumerate().map(|(i, p)| p * (1.0 + 0.2 * (1.0 + 2.3 * i as f64).sin())).collect();

    println!("{PEAKS} peaks are fitted to {} measurements.\n", places.len());
    let f = misfit::objective(&places, &measured);
    let before = Look::at("at the start", &f, &start, (&places, &measured))?;
    let outcome = TrustRegion::default().minimize(&f, &start);
    let (status, counts) = (outcome.status, outcome.state.counts);
    println!("trust region: {status:?} after {} H v\n", counts.products);
    let after = Look::at("at the fit", &f, &outcome.state.x, (&places, &measured))?;
    println!("Picture: {}", draw(&[before, after])?);
    Ok(())
}

/// All eigenvalues of the Hessian and of its Gauss-Newton part at a point.
struct Look {
    name: &'static str,
    hessian: Eigenpairs,
    gauss_newton: Eigenpairs,
}

impl Look {
    fn at(
        name: &'static str,
        f: &impl Objective,
        p: &[f64],
        data: (&[f64], &[f64]),
    ) -> Result<Self, hvp::Error> {
        let hessian = Counted::new(HessianOperator::new(f, p));
        let gauss_newton = Counted::new(GaussNewton::new(
            PARAMETERS,
            |v: &[f64]| residuals_jvp(p, data.0, data.1, v).1,
            |w: &[f64]| residuals_vjp(p, data.0, data.1, w),
        ));
        let pairs = |op: &dyn LinearOperator| {
            let mut rng = StdRng::seed_from_u64(1);
            Lanczos::default().eigenpairs(op, PARAMETERS, Which::SmallestAlgebraic, &mut rng)
        };
        let look = Self { name, hessian: pairs(&hessian)?, gauss_newton: pairs(&gauss_newton)? };
        println!("{name}: misfit {:.4}", f.value(p));
        for (operator, pairs) in [("Hessian", &look.hessian), ("Gauss-Newton", &look.gauss_newton)] {
            let negative = pairs.values.iter().filter(|value| **value < 0.0).count();
            let (low, high) = (pairs.values[0], pairs.values[PARAMETERS - 1]);
            println!("  {operator:<14} eigenvalues from {low:>8.3} to {high:.2}, {negative} negative");
        }

        // What the second derivatives of the residuals add.
        let minus = FnOperator::new(PARAMETERS, |v: &[f64], out: &mut [f64]| {
            gauss_newton.apply(v, out);
            out.iter_mut().for_each(|entry| *entry = -*entry);
        });
        let rest = pairs(&Sum::new(&hessian, minus))?;
        println!(
            "  their difference has eigenvalues from {:.3} to {:.3}",
            rest.values[0],
            rest.values[PARAMETERS - 1]
        );

        // The first peak alone.
        let peak = Lanczos::default()
            .condition(&Restricted::new(&gauss_newton, 0..3), &mut StdRng::seed_from_u64(1))?;
        println!("  one peak alone has the condition number {:.1}", peak.number);

        // A step of Levenberg and Marquardt.
        let gradient = residuals_vjp(p, data.0, data.1, &residuals(p, data.0, data.1));
        let step = ConjugateGradients::default().solve(&Shifted::new(&gauss_newton, 1.0), &gradient)?;
        let next: Vec<f64> = p.iter().zip(&step.x).map(|(p, step)| p - step).collect();
        println!("  a damped step leads to a misfit of {:.4}", f.value(&next));
        println!(
            "  {} products with the Hessian, {} with the other\n",
            hessian.products(),
            gauss_newton.products()
        );
        Ok(look)
    }
}

/// The eigenvalues in their order.
fn draw(looks: &[Look; 2]) -> Result<String, Box<dyn Error>> {
    let mut chart = Chart::scaled(
        "Eigenvalues: the Hessian solid, its Gauss-Newton part dashed",
        (0.0, PARAMETERS as f64 + 1.0, "number"),
        (-60.0, 420.0, "eigenvalue"),
        [Scale::Plain; 2],
    );
    for (look, colour) in looks.iter().zip(COLOURS) {
        let points = |pairs: &Eigenpairs| -> Vec<(f64, f64)> {
            (1..).map(f64::from).zip(pairs.values.iter().copied()).collect()
        };
        chart.line(&points(&look.hessian), colour, look.name);
        chart.dots(&points(&look.hessian), colour);
        chart.dashed(&points(&look.gauss_newton), (colour, "5 4"), "");
    }
    Ok(chart.save("operators.svg")?.display().to_string())
}
