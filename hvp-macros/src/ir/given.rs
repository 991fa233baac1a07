//! Functions whose tangent and adjoint are functions of the user's.

use std::collections::BTreeSet;

use super::{Callee, Func, Kind, Opaque, VarId};

/// A function whose body is opaque, and what stands for its adjoint.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    /// The function's parameters; nothing else of it is known.
    pub(crate) shell: Func,
    /// Arrays among them that are passed by value.
    pub(crate) by_value: BTreeSet<VarId>,
    /// What the function returns: a number or an array.
    pub(crate) result: Kind,
    /// The function itself.
    pub(crate) itself: Callee,
    /// Takes the function's arguments and the adjoint of its result; gives the gradients of the differentiated parameters.
    pub(crate) vjp: Option<Callee>,
    /// What stands in place of the tangent, or of the adjoint, where the user gives no rule for it.
    pub(crate) no_jvp: Option<Opaque>,
    pub(crate) no_vjp: Option<Opaque>,
    /// All of them return a `Result` or an `Option`.
    pub(crate) question: bool,
}
