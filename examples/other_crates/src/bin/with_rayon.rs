//! One estimate by one, two and four threads: the time differs, the bits do not.
//!
//! `cargo run --release -p other_crates --features rayon --bin with_rayon`

use std::error::Error;
use std::time::Instant;

use hvp::{HessianOperator, Parallel, SpectralMeasure, TrustRegion, hutchinson_diagonal, xtrace};
use other_crates::{energy, held};
use rand::SeedableRng;
use rand::rngs::StdRng;

const LINKS: usize = 300;

fn main() -> Result<(), Box<dyn Error>> {
    let f = energy::objective();
    let mut method = TrustRegion::default();
    method.stop.gradient = 1e-3;
    let rest = method.minimize(&f, &held(LINKS)).state.x;
    let hessian = HessianOperator::new(&f, &rest);
    println!("A chain of {LINKS} links at rest.\n");
    println!("threads  diagonal, 1st entry   XTrace, 300 products   log-determinant, 16 x 150     time");
    let mut all = Vec::new();
    for threads in [1, 2, 4] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let begun = Instant::now();
        let found = pool.install(|| estimates(&Parallel::new(&hessian)))?;
        let [diagonal, trace, logarithm] = found;
        println!("{threads:>7} {diagonal:>20.9} {trace:>22.9} {logarithm:>27.9} {:>8.0?}", begun.elapsed());
        all.push(found.map(f64::to_bits));
    }
    assert!(all.iter().all(|bits| *bits == all[0]), "the bits depend on the number of threads");
    println!("\nAll bits are the same.");
    Ok(())
}

fn estimates(op: &impl hvp::LinearOperator) -> Result<[f64; 3], hvp::Error> {
    let mut rng = StdRng::seed_from_u64(1);
    let diagonal = hutchinson_diagonal(op, 2000, &mut rng).value[0];
    let trace = xtrace(op, 300, &mut rng)?.value;
    let logarithm = SpectralMeasure::new(op, 16, 150, &mut rng)?.log_determinant()?.value;
    Ok([diagonal, trace, logarithm])
}
