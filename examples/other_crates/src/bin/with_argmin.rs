//! Two solvers of `argmin` on an objective with its Hessian-vector product, beside the trust region of `hvp`.
//!
//! `cargo run --release -p other_crates --features argmin --bin with_argmin`

#[path = "../../../svg/mod.rs"]
mod svg;

use argmin::core::{Error, Executor, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use argmin::solver::trustregion::{Steihaug, TrustRegion};
use hvp::{ForArgmin, Objective};
use other_crates::{Watched, energy, held, sag};
use svg::{COLOURS, Chart, Scale};

const LINKS: usize = 40;
const STEPS: u64 = 60;

fn main() -> Result<(), Error> {
    println!(
        "The energy of a chain of {LINKS} links is minimised; a gradient shorter than 1e-6 is asked for."
    );
    println!("The trust region of argmin stops at a number of steps only, here {STEPS}.\n");
    println!(
        "method                        steps   values  gradients      H v        energy     sag  |gradient|"
    );

    let mut chart = Chart::scaled(
        "A hanging chain in 78 coordinates",
        (0.0, 4.2, "values, gradients and Hessian-vector products together"),
        (-8.0, 3.0, "shortest gradient"),
        [Scale::Logarithm; 2],
    );
    let f = Watched::new(energy::objective());
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), 10).with_tolerance_grad(1e-6)?;
    let run = Executor::new(ForArgmin::new(&f), solver)
        .configure(|state| state.param(held(LINKS)).max_iters(5000))
        .run()?;
    row("argmin, L-BFGS", run.state().get_iter(), &f, run.state().get_best_param());
    chart.line(&f.progress(), COLOURS[0], "argmin, L-BFGS");

    let f = Watched::new(energy::objective());
    let solver = TrustRegion::new(Steihaug::new().with_epsilon(1e-6)?).with_max_radius(10.0)?;
    let run = Executor::new(ForArgmin::new(&f), solver)
        .configure(|state| state.param(held(LINKS)).max_iters(STEPS))
        .run()?;
    row("argmin, trust region", run.state().get_iter(), &f, run.state().get_best_param());
    chart.line(&f.progress(), COLOURS[1], "argmin, trust region");

    let f = Watched::new(energy::objective());
    let mut method = hvp::TrustRegion::default();
    method.stop.gradient = 1e-6;
    let outcome = method.minimize(&f, &held(LINKS));
    row("hvp, trust region", outcome.state.iterations as u64, &f, Some(&outcome.state.x));
    chart.line(&f.progress(), COLOURS[2], "hvp, trust region");
    println!("\nPicture: {}", chart.save("other_crates.svg")?.display());
    Ok(())
}

fn row(method: &str, steps: u64, f: &Watched<impl Objective>, x: Option<&Vec<f64>>) {
    let counts = f.to_string();
    let Some(x) = x else { return println!("{method:<26} {steps:>8} {counts}  no point was found") };
    let mut gradient = vec![0.0; x.len()];
    let value = f.value_and_grad(x, &mut gradient);
    let length = gradient.iter().map(|entry| entry * entry).sum::<f64>().sqrt();
    println!("{method:<26} {steps:>8} {counts}  {value:>12.8} {:>7.4}     {length:.1e}", sag(x));
}
