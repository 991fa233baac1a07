//! Functions whose derivative the user gives.

use super::{Func, Opaque};

/// A function of numbers whose partial derivatives are given.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// Takes the function's parameters; gives a partial derivative for each differentiated one, in order.
    pub(crate) partials: Func,
    /// The call of the function itself with the parameters of `partials`.
    pub(crate) value: Opaque,
    /// The call may pass out an `Err` or a `None`, so it stands in each derived function.
    pub(crate) may_fail: bool,
}
