//! What the estimators allocate.

mod common;

use allocation_counter::measure;
use common::SADDLE;
use hvp_runtime::{hutchinson_diagonal, hutchinson_trace};
use rand::SeedableRng;
use rand::rngs::StdRng;

#[test]
fn a_hundred_probes_allocate_no_more_than_one() {
    let diagonal = |samples| {
        measure(|| {
            hutchinson_diagonal(&SADDLE, samples, &mut StdRng::seed_from_u64(1));
        })
    };
    let trace = |samples| {
        measure(|| {
            hutchinson_trace(&SADDLE, samples, &mut StdRng::seed_from_u64(1));
        })
    };
    for (hundred, one) in [(diagonal(100), diagonal(1)), (trace(100), trace(1))] {
        assert_eq!((hundred.count_total, hundred.bytes_total), (one.count_total, one.bytes_total));
        assert!(one.count_total > 0);
    }
}
