//! The trust region of `basin` on an objective with its Hessian-vector product, beside that of `hvp`.
//!
//! `cargo run --release -p other_crates --features basin --bin with_basin`

use std::convert::Infallible;

use basin::{Executor, FirstOrderState, TrustRegion};
use hvp::ForBasin;
use other_crates::{Watched, energy, held, sag};

fn main() -> Result<(), Infallible> {
    println!("The energy of chains of more and more links, until the gradient is shorter than 1e-6.\n");
    println!("links  crate     steps   values  gradients      H v        energy     sag");
    for links in [10, 20, 40, 80] {
        let f = Watched::new(energy::objective());
        let solver = TrustRegion::matrix_free().with_absolute_gradient_tolerance(1e-6);
        let run = Executor::new(ForBasin::new(&f), solver, FirstOrderState::new(held(links)));
        let result = run.max_iter(5000).run()?;
        let (steps, energy, sags) = (result.iter(), result.cost(), sag(result.param()));
        println!("{links:>5}  basin  {steps:>8} {f}  {energy:>12.8} {sags:>7.4}");

        let f = Watched::new(energy::objective());
        let mut method = hvp::TrustRegion::default();
        method.stop.gradient = 1e-6;
        let state = method.minimize(&f, &held(links)).state;
        let (steps, energy, sags) = (state.iterations, state.value, sag(&state.x));
        println!("{links:>5}  hvp    {steps:>8} {f}  {energy:>12.8} {sags:>7.4}");
    }
    Ok(())
}
