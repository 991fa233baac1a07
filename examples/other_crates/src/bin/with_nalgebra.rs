//! Newton's method with the dense Hessian in a matrix of `nalgebra`, and what the Hessian says of the minimum.
//!
//! `cargo run --release -p other_crates --features nalgebra --bin with_nalgebra`

use std::error::Error;

use hvp::{Lanczos, TrustRegion};
use nalgebra::{DMatrix, DVector};
use other_crates::{energy, energy_hessian, energy_value_and_grad, held};
use rand::SeedableRng;
use rand::rngs::StdRng;

const LINKS: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    // A trust region finds the valley, where Newton's method is at home.
    let mut method = TrustRegion::default();
    method.stop.gradient = 1.0;
    let outcome = method.minimize(&energy::objective(), &held(LINKS));
    let mut x = DVector::from_vec(outcome.state.x);
    println!(
        "Newton's method on the energy of a chain of {LINKS} links, after {} steps of a trust region.\n",
        outcome.state.iterations
    );
    println!("step        energy  |gradient|");
    for step in 0..8 {
        // Slices go in and out; the Hessian comes as n·n numbers.
        let (value, gradient) = energy_value_and_grad(x.as_slice());
        let gradient = DVector::from_vec(gradient);
        println!("{step:>4}  {value:>12.8}     {:.1e}", gradient.norm());
        if gradient.norm() < 1e-9 {
            break;
        }
        let hessian = DMatrix::from_vec(x.len(), x.len(), energy_hessian(x.as_slice()));
        let factor = hessian.cholesky().ok_or("the Hessian is not positive definite")?;
        x -= factor.solve(&gradient);
    }
    let hessian = DMatrix::from_vec(x.len(), x.len(), energy_hessian(x.as_slice()));
    let condition = Lanczos::default().condition(&hessian, &mut StdRng::seed_from_u64(1))?;
    println!("\nStiffness of the chain at rest, from the softest to the hardest direction:");
    println!(
        "by Lanczos, to which the matrix is an operator  {:.6} to {:.6}",
        condition.smallest, condition.largest
    );
    let eigenvalues = hessian.symmetric_eigenvalues();
    println!(
        "by nalgebra                                     {:.6} to {:.6}",
        eigenvalues.min(),
        eigenvalues.max()
    );
    Ok(())
}
