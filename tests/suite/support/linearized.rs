//! Products of a linearised objective.

use super::assert_same_bits;
use hvp::{HessianOperator, LinearOperator, Objective};

/// Columns of a block: more than one sweep takes, and some left over.
const COLUMNS: usize = 11;

/// The product with `v`, the same however it is asked for: alone, again, in a block, by an operator that linearises on
/// its own.
#[track_caller]
pub fn linearized(f: &impl Objective, x: &[f64], v: &[f64]) -> Vec<f64> {
    let n = x.len();
    let linear = f.linearize(x);
    assert_eq!(linear.dim(), n);
    let mut product = vec![f64::NAN; n];
    linear.apply(v, &mut product);

    let columns: Vec<f64> =
        (0..COLUMNS).flat_map(|k| v.iter().map(move |v| v * (k + 1) as f64 - k as f64)).collect();
    let mut block = vec![f64::NAN; n * COLUMNS];
    linear.apply_block(&columns, &mut block);
    assert_same(&block[..n], &product, "the first column of a block");

    let operator = HessianOperator::new(f, x);
    for (v, block) in columns.chunks_exact(n.max(1)).zip(block.chunks_exact(n.max(1))) {
        let (mut alone, mut again) = (vec![f64::NAN; n], vec![f64::NAN; n]);
        operator.apply(v, &mut alone);
        linear.apply(v, &mut again);
        assert_same(&alone, block, "a product by itself");
        assert_same(&again, block, "a product after others");
    }
    product
}

#[track_caller]
fn assert_same(have: &[f64], want: &[f64], what: &str) {
    have.iter().zip(want).for_each(|(have, want)| assert_same_bits(*have, *want, what));
}
