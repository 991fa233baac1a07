//! Random vectors that depend on nothing but a seed and their place.

use std::f64::consts::TAU;

use crate::vector::{norm, scale};

/// How the entries of a random vector are drawn. In each case the mean of z zᵀ is the identity.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{Hutchinson, Probe};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let method = Hutchinson { probe: Probe::Sphere, relative: 0.05, ..Hutchinson::default() };
/// let trace = method.trace(&[[2.0, 1.0], [1.0, 3.0]], &mut StdRng::seed_from_u64(3)).unwrap();
/// assert!(trace.converged);
/// assert!((trace.estimate.value - 5.0).abs() < 0.5);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Probe {
    /// Signs ±1: the least variance of all vectors of independent entries, and none from the diagonal.
    #[default]
    Rademacher,
    /// Normally distributed entries.
    Gaussian,
    /// A point of the sphere of radius √n: a normal vector brought to that length.
    Sphere,
}

/// Writes probe number `probe` of the stream that `seed` names.
///
/// Entry i is a function of (seed, probe, i), so that a probe is the same whichever thread or block it is drawn in.
pub(crate) fn fill(kind: Probe, seed: u64, probe: usize, out: &mut [f64]) {
    match kind {
        Probe::Rademacher => fill_signs(seed, probe, out),
        Probe::Gaussian => fill_normal(seed, probe, out),
        Probe::Sphere => {
            fill_normal(seed, probe, out);
            let length = norm(out);
            scale((out.len() as f64).sqrt() / length, out);
        }
    }
}

/// Entries ±1, each with probability one half: 64 from one hash.
pub(crate) fn fill_signs(seed: u64, probe: usize, out: &mut [f64]) {
    let key = key(seed, probe);
    for (word, chunk) in (0..).zip(out.chunks_mut(64)) {
        let bits = hash(key, word);
        for (bit, entry) in chunk.iter_mut().enumerate() {
            *entry = if bits >> bit & 1 == 0 { 1.0 } else { -1.0 };
        }
    }
}

/// Normal entries, in pairs.
///
/// G. E. P. Box, M. E. Muller, A note on the generation of random normal deviates, Ann. Math. Stat. 29 (1958).
fn fill_normal(seed: u64, probe: usize, out: &mut [f64]) {
    let key = key(seed, probe);
    for (pair, chunk) in (0..).zip(out.chunks_mut(2)) {
        let radius = (-2.0 * uniform(hash(key, 2 * pair)).ln()).sqrt();
        let (sine, cosine) = (TAU * uniform(hash(key, 2 * pair + 1))).sin_cos();
        for (entry, direction) in chunk.iter_mut().zip([cosine, sine]) {
            *entry = radius * direction;
        }
    }
}

/// A number in (0, 1] from 53 bits.
fn uniform(bits: u64) -> f64 {
    ((bits >> 11) + 1) as f64 / (1_u64 << 53) as f64
}

/// The odd integer nearest 2⁶⁴ over the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// What names a probe within a stream.
fn key(seed: u64, probe: usize) -> u64 {
    mix(seed ^ mix(probe as u64))
}

/// Word number `index` of a probe.
fn hash(key: u64, index: u64) -> u64 {
    mix(key.wrapping_add(index.wrapping_mul(GOLDEN)))
}

/// One step of SplitMix64: a bijection of the 64-bit words that leaves no visible order.
///
/// G. L. Steele, D. Lea, C. H. Flood, Fast splittable pseudorandom number generators, OOPSLA 2014; the constants
/// are D. Stafford's thirteenth variant.
fn mix(word: u64) -> u64 {
    let word = word.wrapping_add(GOLDEN);
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
