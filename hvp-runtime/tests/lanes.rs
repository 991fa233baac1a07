//! Several directions at once have the bits of each by itself.

use hvp_runtime::__private::{Octet, lane};
use hvp_runtime::{Lanes, Tangent};

const SPECIAL: [f64; 8] = [0.0, -0.0, 1.5, -2.5e-310, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, f64::MAX];

/// The directions `of`, put in one after another.
fn together<T: Tangent<f64>>(of: [f64; 8]) -> T {
    let mut all = T::ZERO;
    of.into_iter().enumerate().for_each(|(k, direction)| all.set_lane(k, direction));
    all
}

/// Whether `many` gives for all directions what `one` gives for each.
fn agree<T: Tangent<f64>>(name: &str, one: impl Fn(f64, f64) -> f64, many: impl Fn(T, T) -> T) {
    for turn in 0..SPECIAL.len() {
        let mut other = SPECIAL;
        other.rotate_left(turn);
        let found = many(together(SPECIAL), together(other));
        for k in 0..T::LANES {
            let (alone, among) = (one(SPECIAL[k], other[k]), lane(&found, k));
            let same = alone.to_bits() == among.to_bits() || alone.is_nan() && among.is_nan();
            assert!(same, "{name} of {} and {}: {among}, and {alone} by itself", SPECIAL[k], other[k]);
        }
    }
}

fn all_operations<T: Tangent<f64>>() {
    agree::<T>("the sum", |a, b| a + b, |a, b| a + b);
    agree::<T>("the difference", |a, b| a - b, |a, b| a - b);
    agree::<T>("the opposite", |a, _| -a, |a, _| -a);
    agree::<T>(
        "the sum in place",
        |a, b| a + b,
        |mut a, b| {
            a += b;
            a
        },
    );
    agree::<T>(
        "the difference in place",
        |a, b| a - b,
        |mut a, b| {
            a -= b;
            a
        },
    );
    for by in SPECIAL {
        agree::<T>("the product", |a, _| a * by, |a, _| a * by);
        agree::<T>("the quotient", |a, _| a / by, |a, _| a / by);
        agree::<T>("the product of what is not zero", |a, _| a.scale_or_zero(by), |a, _| a.scale_or_zero(by));
        agree::<T>(
            "the product by what is not zero",
            |a, _| a.scale_unless_zero(by),
            |a, _| a.scale_unless_zero(by),
        );
    }
}

#[test]
fn directions_in_an_array_have_the_bits_of_each() {
    all_operations::<Lanes<f64, 8>>();
}

#[test]
fn directions_in_vector_registers_have_the_bits_of_each() {
    all_operations::<Octet>();
}
