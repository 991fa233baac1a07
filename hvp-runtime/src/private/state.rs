//! What the forward sweep of a call leaves for its reverse sweep.

/// A state, known by its type to be empty or not.
pub trait State: Sized {
    /// The state that `forward` leaves; an empty one is there without running it.
    fn of<R>(forward: impl FnOnce() -> (R, Self)) -> Self;
}

impl State for () {
    #[inline]
    fn of<R>(_forward: impl FnOnce() -> (R, Self)) {}
}

impl<F: ?Sized> State for Box<F> {
    #[inline]
    fn of<R>(forward: impl FnOnce() -> (R, Self)) -> Self {
        forward().1
    }
}

/// The state of a forward sweep whose results are not used.
#[inline]
pub fn state<R, S: State>(forward: impl FnOnce() -> (R, S)) -> S {
    S::of(forward)
}

/// The same of a forward sweep with tangents.
#[inline]
pub fn state_of_tangent<R, D, S: State>(forward: impl FnOnce() -> (R, D, S)) -> S {
    S::of(|| {
        let (result, tangent, state) = forward();
        ((result, tangent), state)
    })
}
