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

/// The state that is left by a function which must not run again: it draws a number, reads a clock or changes something.
#[derive(Debug)]
pub struct Once<T>(pub T);

impl<T> State for Once<T> {
    #[inline]
    fn of<R>(forward: impl FnOnce() -> (R, Self)) -> Self {
        forward().1
    }
}

/// Asks of a state whether the function that left it may have run before.
#[derive(Debug)]
pub struct Rerun<'s, S>(pub &'s S);

/// The answer where nothing speaks against it.
pub trait MayRunAgain {
    /// Does nothing.
    #[inline]
    fn asked(&self) {}
}

impl<S> MayRunAgain for Rerun<'_, S> {}

const AGAIN: &str = "a function whose value cannot be computed twice, since it calls what is not known to give the same each time, is called by one \
     that computes its values again for its caller; mark that one `#[differentiable(recursive)]`, so that it keeps them, and let it return arrays at one place alone";

impl<T> Rerun<'_, Once<T>> {
    /// Is no: where this is compiled, rustc stops.
    #[inline]
    pub fn asked(&self) {
        const { panic!("{}", AGAIN) }
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
