//! A chain that hangs between two nails: what the examples minimise and look at.

mod watched;

use hvp::differentiable;
pub use watched::Watched;

/// The page about other crates, whose examples are tested.
#[cfg(all(
    doctest,
    feature = "argmin",
    feature = "basin",
    feature = "faer",
    feature = "nalgebra",
    feature = "ndarray",
    feature = "rayon",
    feature = "serde"
))]
#[doc = include_str!("../../../docs/other_crates.md")]
mod page {}

/// The distance of the nails, which are at the same height.
const SPAN: f64 = 2.0;
/// The length of the chain where nothing pulls it.
const LENGTH: f64 = 3.0;
/// The weight of the whole chain.
const WEIGHT: f64 = 10.0;
/// The force that stretches the whole chain to twice its length.
const STIFFNESS: f64 = 1e4;

/// The energy of a chain of links, given the places (x, y) of its joints one after another: that of the stretched links,
/// and that of the height.
#[must_use]
#[differentiable]
pub fn energy(joints: &[f64]) -> f64 {
    let links = joints.len() / 2 + 1;
    let (rest, share) = (LENGTH / links as f64, WEIGHT / links as f64);
    let mut sum = 0.0;
    let (mut x, mut y) = (0.0, 0.0);
    for i in 0..links {
        let (next_x, next_y) = if i + 1 < links { (joints[2 * i], joints[2 * i + 1]) } else { (SPAN, 0.0) };
        let stretch = (next_x - x).hypot(next_y - y) / rest - 1.0;
        sum += 0.5 * STIFFNESS * rest * stretch * stretch + share * 0.5 * (y + next_y);
        (x, y) = (next_x, next_y);
    }
    sum
}

/// A chain of so many links that is held along a parabola.
#[must_use]
pub fn held(links: usize) -> Vec<f64> {
    (1..links)
        .map(|i| i as f64 / links as f64)
        .flat_map(|part| [SPAN * part, -4.0 * part * (1.0 - part)])
        .collect()
}

/// How far the lowest joint hangs below the nails.
#[must_use]
pub fn sag(joints: &[f64]) -> f64 {
    joints.chunks_exact(2).fold(0.0, |sag, joint| (-joint[1]).max(sag))
}
