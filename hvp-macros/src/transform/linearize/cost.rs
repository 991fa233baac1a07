//! What operations cost, in additions.

use crate::ir::{Adaptor, Atom, Binary, Head, Kind, Op, Unary};

/// Reading one recorded real: it comes from memory, in order, and the loop around is not vectorised.
pub(super) const REAL: u64 = 4;
/// Reading one recorded Boolean.
pub(super) const FLAG: u64 = 2;
/// The trip of a loop around a statement.
pub(super) const TRIP: u64 = 2;
/// An item that goes over a tape: written and read.
pub(super) const ITEM: u64 = 2;
/// The length that a slice is taken to have.
pub(super) const LENGTH: u64 = 8;
/// Nothing is taken to run more often.
const MOST: u64 = 1 << 20;
/// A call of the user's.
pub(super) const CALL: u64 = 40;

/// How often the body of a loop runs that is reached `times` times: the lengths of loops are not known, but a step is.
pub(super) fn inside(times: u64, head: &Head) -> u64 {
    let steps: Vec<u64> = match head {
        Head::Range { adaptors, .. } => adaptors.iter().filter_map(step).collect(),
        Head::Forever => Vec::new(),
    };
    let step = steps.into_iter().max().unwrap_or(1).clamp(1, LENGTH);
    (times * (LENGTH / step)).min(MOST)
}

fn step(adaptor: &Adaptor) -> Option<u64> {
    match adaptor {
        Adaptor::StepBy(Atom::Int(step)) => step.parse().ok(),
        Adaptor::StepBy(_) | Adaptor::Rev => None,
    }
}

/// One operation with a result of kind `kind`.
pub(super) fn of(op: &Op, kind: &Kind) -> u64 {
    match op {
        Op::Copy(_) | Op::Len(_) | Op::Field(..) => 0,
        // Integers are mostly indices, which the optimiser turns into pointers.
        Op::Neg(_) | Op::Add(..) | Op::Sub(..) | Op::Mul(..) if *kind == Kind::Int => 0,
        Op::Neg(_)
        | Op::Add(..)
        | Op::Sub(..)
        | Op::Mul(..)
        | Op::MulAdd(..)
        | Op::Select(..)
        | Op::Compare(..)
        | Op::Test(..)
        | Op::Not(_)
        | Op::And(..)
        | Op::Or(..)
        | Op::ToReal(_)
        | Op::Load(_) => 1,
        Op::Clamp(..) | Op::ScaleOrZero(..) | Op::ScaleUnlessZero(..) | Op::Opaque(_) => 2,
        Op::Div(..) | Op::Rem(..) => 6,
        Op::Unary(function, _) => unary(*function),
        Op::Binary(function, _, _) => binary(*function),
        Op::Sum(_) => LENGTH,
    }
}

fn unary(function: Unary) -> u64 {
    match function {
        cheap if cheap.is_cheap() => 1,
        Unary::Sqrt | Unary::Recip => 6,
        _ => 30,
    }
}

fn binary(function: Binary) -> u64 {
    match function {
        Binary::Max | Binary::Min | Binary::Copysign => 1,
        Binary::RemEuclid | Binary::DivEuclid => 8,
        Binary::Powi | Binary::Hypot => 10,
        Binary::Powf | Binary::Log | Binary::Atan2 => 40,
    }
}
