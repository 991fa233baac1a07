//! Data that is the same in every run.

/// A small generator of numbers that look random (a linear congruence).
#[derive(Debug)]
pub struct Sample(u64);

impl Sample {
    /// The sequence that belongs to `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Sample {
        Sample(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// The next number between -1 and 1.
    pub fn draw(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        (self.0 >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    /// `n` numbers about `centre`, at most `spread` away.
    pub fn around(&mut self, centre: f64, spread: f64, n: usize) -> Vec<f64> {
        (0..n).map(|_| centre + spread * self.draw()).collect()
    }
}
