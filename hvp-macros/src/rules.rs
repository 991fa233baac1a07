//! The table of partial derivatives, which the forward and the reverse mode both read.

use crate::ir::{Atom, Kind, Op};

/// A partial derivative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Factor {
    Zero,
    One,
    MinusOne,
    /// A finite number wherever the operation itself is.
    Value(Atom),
    /// A number that may be infinite or NaN where the operation is finite: a zero adjoint or tangent stays zero through it.
    Singular(Atom),
}

/// Where a rule takes primal values from, and where it writes what it computes from them.
/// It asks only for what the partial derivative needs, so that a dry run tells what must be kept.
pub(crate) trait Context {
    /// The value of operand `index` (in the order of `ir::visit_op`).
    fn operand(&mut self, index: usize) -> Atom;
    /// The value of the operation itself.
    fn result(&mut self) -> Atom;
    /// `let t = op;`
    fn emit(&mut self, kind: Kind, op: Op) -> Atom;
}

/// The partial derivative of the real operation `op` with respect to its operand `index`.
pub(crate) fn partial(cx: &mut dyn Context, op: &Op, index: usize) -> Factor {
    let _ = (cx, op, index);
    unreachable!("the table is empty")
}
