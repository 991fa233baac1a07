//! What all Hessian-vector products at one point have in common.

/// The values that a linearised product reads, in the order in which it reads them.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Real numbers.
    pub reals: Vec<f64>,
    /// Conditions.
    pub flags: Vec<bool>,
}
