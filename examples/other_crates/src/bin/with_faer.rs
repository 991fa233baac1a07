//! The stiffest vibrations of a hanging chain, from products alone and from the dense Hessian by `faer`.
//!
//! `cargo run --release -p other_crates --features faer --bin with_faer`

use std::error::Error;

use faer::{Mat, Side};
use hvp::{Counted, HessianOperator, Lanczos, TrustRegion, Which};
use other_crates::{energy, energy_hessian, held};
use rand::SeedableRng;
use rand::rngs::StdRng;

const LINKS: usize = 200;
const WANTED: usize = 4;

fn main() -> Result<(), Box<dyn Error>> {
    let f = energy::objective();
    let mut method = TrustRegion::default();
    method.stop.gradient = 1e-5;
    let outcome = method.minimize(&f, &held(LINKS));
    let (rest, n) = (outcome.state.x, 2 * (LINKS - 1));
    println!("A chain of {LINKS} links at rest ({:?}), in {n} coordinates.\n", outcome.status);

    let entries = energy_hessian(&rest);
    let dense = Mat::from_fn(n, n, |i, j| entries[i * n + j]);
    let mut exact = dense.self_adjoint_eigenvalues(Side::Lower).map_err(|error| format!("{error:?}"))?;
    exact.sort_by(|a, b| b.total_cmp(a));

    let hessian = Counted::new(HessianOperator::new(&f, &rest));
    let lanczos = Lanczos::default();
    let whole =
        lanczos.eigenpairs(&hessian, WANTED, Which::LargestMagnitude, &mut StdRng::seed_from_u64(1))?;
    let restarted = lanczos.restarted(&hessian, WANTED, &mut StdRng::seed_from_u64(1))?;
    println!("   dense by faer        Lanczos, whole space    thick restart by faer");
    for ((exact, whole), restarted) in exact.iter().zip(&whole.values).zip(&restarted.values) {
        println!("{exact:>16.6} {whole:>27.6} {restarted:>24.6}");
    }
    let vectors = [n, whole.products, 64];
    println!("{:>12} H v {:>23} H v {:>20} H v", n, whole.products, restarted.products);
    println!("{:>8} vectors {:>19} vectors {:>16} vectors", vectors[0], vectors[1], vectors[2]);
    Ok(())
}
