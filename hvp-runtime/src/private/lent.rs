//! A tuple as an argument, where only the callee says whether it takes the tuple itself or a reference to it.

/// A tuple that can be passed as a `T`.
pub trait Lent<T> {
    /// See [`lent`].
    fn hvp_lent(self) -> T;
}

impl<T: Clone> Lent<T> for &T {
    #[inline]
    fn hvp_lent(self) -> T {
        self.clone()
    }
}

impl<'a, T> Lent<&'a T> for &'a T {
    #[inline]
    fn hvp_lent(self) -> &'a T {
        self
    }
}

/// The tuple as the callee takes it.
#[inline]
pub fn lent<T, L: Lent<T>>(tuple: L) -> T {
    tuple.hvp_lent()
}
