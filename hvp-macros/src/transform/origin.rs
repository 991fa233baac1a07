//! Where a function's derivatives come from.

use super::reverse::{self, Goal, Storage};
use super::tangent::{self, Keep};
use super::{given, rule};
use crate::ir::{Func, Given, Rule};

/// What a function is differentiated by.
pub(crate) enum Origin {
    /// Its body.
    Body(Func),
    /// The partial derivatives that the user gives.
    Partials(Rule),
    /// The functions of the user's that stand for its tangent and its adjoint.
    Given(Given),
}

impl Origin {
    /// What stands for the function in analyses: all that the user wrote of it and that is differentiated.
    pub(crate) fn written(&self) -> &Func {
        match self {
            Origin::Body(func) => func,
            Origin::Partials(rule) => &rule.partials,
            Origin::Given(given) => &given.shell,
        }
    }

    /// Replaces what stands for the function.
    pub(crate) fn map(self, f: impl FnOnce(Func) -> Func) -> Origin {
        match self {
            Origin::Body(func) => Origin::Body(f(func)),
            Origin::Partials(rule) => Origin::Partials(Rule { partials: f(rule.partials), ..rule }),
            Origin::Given(given) => Origin::Given(given),
        }
    }

    /// The value and its tangent.
    pub(crate) fn tangent(&self) -> Func {
        match self {
            Origin::Body(func) => tangent::transform(func, Keep { primal: true }),
            Origin::Partials(rule) => rule::tangent(rule),
            Origin::Given(given) => given::tangent(given),
        }
    }

    /// The adjoints.
    pub(crate) fn reverse(&self, goal: Goal, storage: Storage) -> Func {
        match self {
            Origin::Body(func) => reverse::transform(func, goal, storage),
            Origin::Partials(rule) => rule::reverse(rule, goal),
            Origin::Given(given) => given::reverse(given, goal),
        }
    }
}
