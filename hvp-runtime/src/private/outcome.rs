//! What is in a `Result` or an `Option` alike.

use std::convert::Infallible;

/// A `Result` or an `Option`.
pub trait Outcome {
    /// What is in it.
    type Value;
    /// What `?` passes out where there is no value.
    type Residual;
    /// The value.
    ///
    /// # Errors
    ///
    /// What stands in its place.
    fn hvp_outcome(self) -> Result<Self::Value, Self::Residual>;
}

impl<T> Outcome for Option<T> {
    type Value = T;
    type Residual = Option<Infallible>;
    #[inline]
    fn hvp_outcome(self) -> Result<T, Option<Infallible>> {
        self.ok_or(None)
    }
}

impl<T, E> Outcome for Result<T, E> {
    type Value = T;
    type Residual = Result<Infallible, E>;
    #[inline]
    fn hvp_outcome(self) -> Result<T, Result<Infallible, E>> {
        self.map_err(Err)
    }
}

/// The value.
///
/// # Errors
///
/// What stands in its place.
#[inline]
pub fn outcome_of<O: Outcome>(outcome: O) -> Result<O::Value, O::Residual> {
    outcome.hvp_outcome()
}

/// What nobody can ask for.
#[inline]
#[must_use]
pub fn never<T>(never: Infallible) -> T {
    match never {}
}

/// The value, if it is there.
#[inline]
pub fn value_of<O: Outcome>(outcome: O) -> Option<O::Value> {
    outcome_of(outcome).ok()
}
