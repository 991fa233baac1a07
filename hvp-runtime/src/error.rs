//! What can go wrong with numbers, by name.

use std::fmt;

/// Why a computation could not go on.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{Error, Status, TrustRegion};
///
/// let f = hvp::reference::Rosenbrock;
/// let outcome = TrustRegion::default().minimize(&f, &[f64::NAN, 1.0]);
/// assert_eq!(outcome.status, Status::Failed(Error::NotFinite));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// There is nothing to compute: the dimension is zero.
    NoDimension,
    /// A value, a gradient or a product is infinite or not a number where it must not be.
    NotFinite,
    /// The matrix must be positive definite, and a direction of negative or no curvature was met.
    NotPositiveDefinite,
    /// The matrix has an entry where the pattern of its zeros has none.
    OutsidePattern,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoDimension => "the dimension is zero",
            Self::NotFinite => "a value, a gradient or a product is not finite",
            Self::NotPositiveDefinite => "the matrix is not positive definite",
            Self::OutsidePattern => "the matrix has an entry outside of the pattern",
        })
    }
}

impl std::error::Error for Error {}
