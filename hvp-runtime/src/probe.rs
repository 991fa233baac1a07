//! Random signs that depend on nothing but a seed and their place.

/// The odd integer nearest 2⁶⁴ over the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Writes probe number `probe` of the stream that `seed` names: entries ±1, each with probability one half.
///
/// The sign at index i is a bit of a hash of (seed, probe, i), so that a probe is the same whichever thread or block
/// it is drawn in.
pub(crate) fn fill_signs(seed: u64, probe: usize, out: &mut [f64]) {
    let key = mix(seed ^ mix(probe as u64));
    for (word, chunk) in (0_u64..).zip(out.chunks_mut(64)) {
        let bits = mix(key.wrapping_add(word.wrapping_mul(GOLDEN)));
        for (bit, entry) in chunk.iter_mut().enumerate() {
            *entry = if bits >> bit & 1 == 0 { 1.0 } else { -1.0 };
        }
    }
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
