//! What is in a `Result` or an `Option` alike.

/// A `Result` or an `Option`.
pub trait Outcome {
    /// What is in it.
    type Value;
    /// The value, if it is there.
    fn hvp_value(self) -> Option<Self::Value>;
}

impl<T> Outcome for Option<T> {
    type Value = T;
    #[inline]
    fn hvp_value(self) -> Option<T> {
        self
    }
}

impl<T, E> Outcome for Result<T, E> {
    type Value = T;
    #[inline]
    fn hvp_value(self) -> Option<T> {
        self.ok()
    }
}

/// The value, if it is there.
#[inline]
pub fn value_of<O: Outcome>(outcome: O) -> Option<O::Value> {
    outcome.hvp_value()
}
