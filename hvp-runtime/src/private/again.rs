//! Data that is passed by value, again and again.

/// Data of which a derivative can pass one more.
#[diagnostic::on_unimplemented(
    message = "this is passed by value, and the derivative passes it once more, but a `{Self}` cannot be cloned",
    label = "is passed by value",
    note = "derive `Clone` for the type, or let the called function take a reference"
)]
pub trait Again: Sized {
    /// See [`again`].
    #[must_use]
    fn hvp_again(&self) -> Self;
}

impl<T: Clone> Again for T {
    #[inline]
    fn hvp_again(&self) -> T {
        self.clone()
    }
}

/// One more of it.
#[inline]
pub fn again<T: Again>(data: &T) -> T {
    data.hvp_again()
}
