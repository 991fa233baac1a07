//! The same bits for any number of threads.

#![cfg(feature = "rayon")]

mod common;

use common::{Turned, linspace};
use hvp_runtime::reference::Rosenbrock;
use hvp_runtime::{
    HessianOperator, Parallel, SpectralMeasure, hutchinson_diagonal, hutchinson_trace, xdiag, xtrace,
};
use rand::SeedableRng;
use rand::rngs::StdRng;

#[test]
fn estimates_do_not_depend_on_the_number_of_threads() {
    let x = linspace(-1.0, 1.0, 300);
    let hessian = HessianOperator::new(&Rosenbrock, &x);
    let op = Turned::new(linspace(1.0, 3.0, 200));
    let rng = || StdRng::seed_from_u64(1);
    let diagonal = hutchinson_diagonal(&hessian, 37, &mut rng());
    let trace = hutchinson_trace(&op, 37, &mut rng());
    let exchangeable = [37, 400].map(|products| xtrace(&op, products, &mut rng()));
    let exchangeable_diagonal = [37, 400].map(|products| xdiag(&op, products, &mut rng()));
    let measure = SpectralMeasure::new(&op, 37, 15, &mut rng()).expect("finite");
    for threads in [1, 2, 3, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| {
            assert_eq!(hutchinson_diagonal(&Parallel::new(&hessian), 37, &mut rng()), diagonal);
            assert_eq!(hutchinson_trace(&Parallel::new(&op), 37, &mut rng()), trace);
            let linearized = HessianOperator::linearized(&Rosenbrock, &x);
            assert_eq!(hutchinson_diagonal(&Parallel::new(linearized), 37, &mut rng()), diagonal);
            let op = Parallel::new(&op);
            assert_eq!([37, 400].map(|products| xtrace(&op, products, &mut rng())), exchangeable);
            assert_eq!([37, 400].map(|products| xdiag(&op, products, &mut rng())), exchangeable_diagonal);
            assert_eq!(SpectralMeasure::new(&op, 37, 15, &mut rng()), Ok(measure.clone()));
        });
    }
}
