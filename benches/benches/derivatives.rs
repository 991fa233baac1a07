//! Every routine of every function under a statistical harness: `cargo bench -p hvp-bench -- NAME`.

use divan::{Bencher, black_box};
use hvp::Objective;
use hvp_bench::table::{BLOCK, directions};
use hvp_bench::workload::Workload;

fn main() {
    divan::main();
}

macro_rules! benches {
    ($($name:ident: $workload:expr;)*) => { $(
        mod $name {
            use super::*;
            use hvp_bench::workloads::*;

            #[divan::bench]
            fn value(bencher: Bencher<'_, '_>) {
                let workload = $workload;
                let (x, f) = (workload.point(), workload.objective());
                bencher.bench_local(|| f.value(black_box(&x)));
            }

            #[divan::bench]
            fn grad_by_hand(bencher: Bencher<'_, '_>) {
                let workload = $workload;
                let x = workload.point();
                let mut grad = vec![0.0; x.len()];
                bencher.bench_local(|| workload.hand_grad(black_box(&x), black_box(&mut grad)));
            }

            #[divan::bench]
            fn grad(bencher: Bencher<'_, '_>) {
                let workload = $workload;
                let (x, f) = (workload.point(), workload.objective());
                let mut grad = vec![0.0; x.len()];
                bencher.bench_local(|| f.grad(black_box(&x), black_box(&mut grad)));
            }

            #[divan::bench]
            fn hvp_by_hand(bencher: Bencher<'_, '_>) {
                let workload = $workload;
                let x = workload.point();
                let (v, mut hv) = (directions(x.len(), 1), vec![0.0; x.len()]);
                bencher.bench_local(|| workload.hand_hvp(black_box(&x), black_box(&v), black_box(&mut hv)));
            }

            #[divan::bench]
            fn hvp(bencher: Bencher<'_, '_>) {
                let workload = $workload;
                let (x, f) = (workload.point(), workload.objective());
                let (v, mut hv) = (directions(x.len(), 1), vec![0.0; x.len()]);
                bencher.bench_local(|| f.hvp(black_box(&x), black_box(&v), black_box(&mut hv)));
            }

            #[divan::bench]
            fn hvp_block(bencher: Bencher<'_, '_>) {
                let workload = $workload;
                let (x, f) = (workload.point(), workload.objective());
                let (v, mut hv) = (directions(x.len(), BLOCK), vec![0.0; BLOCK * x.len()]);
                bencher.bench_local(|| f.hvp_block(black_box(&x), black_box(&v), black_box(&mut hv)));
            }
        }
    )* };
}

benches! {
    adjustment: Adjustment::new(20, 500, 6);
    black_scholes: BlackScholes::new(1_000);
    brusselator: Brusselator::new(256, 200);
    burgers: Burgers::new(256, 200);
    clusters: Clusters::new(5_000, 16, 8);
    lennard_jones: LennardJones::new(8);
    logistic: Logistic::new(10_000, 100);
    lotka_volterra: LotkaVolterra::new(100);
    mixture: Mixture::new(1_000, 10, 25);
    perceptron: Perceptron::new(2_000, 32, 32);
    recurrent: Recurrent::new(500, 16, 32);
    rosenbrock: Rosenbrock { n: 10_000 };
}
