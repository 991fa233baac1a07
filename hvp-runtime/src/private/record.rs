//! What all Hessian-vector products at one point have in common.

/// The values that a linearised product reads, in the order in which it reads them.
#[derive(Clone, Debug)]
pub struct Record {
    /// Real numbers.
    pub reals: Vec<f64>,
    /// Conditions.
    pub flags: Vec<bool>,
}

/// Room for the reals of a small function, so that its record is allocated once.
const ROOM: usize = 64;

impl Default for Record {
    #[inline]
    fn default() -> Record {
        Record { reals: Vec::with_capacity(ROOM), flags: Vec::new() }
    }
}
