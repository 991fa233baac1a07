//! From slot form to value form.
//!
//! First every `break`, `continue` and `return` moves to the tail of its loop or function ([`exits`]), then each assignment
//! makes a new variable ([`versions`]).

mod exits;
mod versions;

use crate::ir::Func;

/// `func`, which the front end wrote in slot form, in value form.
pub(crate) fn normalize(func: &Func) -> Func {
    versions::number(exits::to_tail(func))
}
