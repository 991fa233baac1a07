//! The stiffest vibrations of a hanging chain: from the dense Hessian and from products alone by `faer`, and by Lanczos.
//!
//! `cargo run --release -p other_crates --features faer --bin with_faer`

use std::error::Error;

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::matrix_free::eigen::{
    PartialEigenParams, partial_self_adjoint_eigen, partial_self_adjoint_eigen_scratch,
};
use faer::{Col, Mat, Par, Side};
use hvp::{Counted, ForFaer, HessianOperator, Lanczos, LinearOperator, TrustRegion, Which};
use other_crates::{energy, energy_hessian, held};
use rand::SeedableRng;
use rand::rngs::StdRng;

const LINKS: usize = 200;
const WANTED: usize = 4;
/// A number of vectors that is kept to.
const FEW: usize = 20;

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
    let by_faer = thick_restart(&hessian);
    let taken = hessian.products();
    let lanczos = |max_vectors| {
        let method = Lanczos { max_vectors, ..Lanczos::default() };
        method.eigenpairs(&hessian, WANTED, Which::LargestMagnitude, &mut StdRng::seed_from_u64(1))
    };
    let (whole, restarted) = (lanczos(1000)?, lanczos(FEW)?);
    println!("     dense, faer   thick restart, faer           Lanczos   Lanczos, restarted");
    for i in 0..WANTED {
        let (whole, restarted) = (whole.values[i], restarted.values[i]);
        println!("{:>16.6} {:>21.6} {whole:>17.6} {restarted:>20.6}", exact[i], by_faer[i]);
    }
    println!("{n:>12} H v {taken:>17} H v {:>13} H v {:>16} H v", whole.products, restarted.products);
    println!("{n:>8} vectors {:>13} vectors {:>9} vectors {FEW:>12} vectors", 64, whole.products);
    Ok(())
}

/// The eigenvalues of largest magnitude by the solver of `faer`.
fn thick_restart(hessian: &(impl LinearOperator + Sync)) -> Vec<f64> {
    let (operator, n) = (ForFaer::new(hessian), hessian.dim());
    let params = PartialEigenParams::default();
    let mut memory = MemBuffer::new(partial_self_adjoint_eigen_scratch(&operator, WANTED, Par::Seq, params));
    let (mut values, mut vectors) = (vec![0.0; WANTED], Mat::zeros(n, WANTED));
    let start = Col::<f64>::from_fn(n, |i| (1.0 + i as f64).sin());
    let stack = MemStack::new(&mut memory);
    partial_self_adjoint_eigen(
        vectors.as_mut(),
        &mut values,
        &operator,
        start.as_ref(),
        1e-9,
        Par::Seq,
        stack,
        params,
    );
    values.sort_by(|a, b| b.total_cmp(a));
    values
}
