//! The tangent of one operation: the sum of the operands' tangents, each times the partial derivative from the table.

use super::Tangent;
use crate::ir::{Atom, Kind, Op, Place, VarId};
use crate::rules::{self, Context, Factor};

/// A contribution to a tangent.
struct Contribution {
    op: Op,
    negative: bool,
}

impl Contribution {
    fn plus(op: Op) -> Contribution {
        Contribution { op, negative: false }
    }
}

/// The primal values of `let var = op;` are all at hand.
struct AtHand<'a, 'f> {
    tangent: &'a mut Tangent<'f>,
    operands: &'a [Atom],
    var: VarId,
}

impl Context for AtHand<'_, '_> {
    fn operand(&mut self, index: usize) -> Atom {
        self.operands[index].clone()
    }

    fn result(&mut self) -> Atom {
        Atom::Var(self.var)
    }

    fn emit(&mut self, kind: Kind, op: Op) -> Atom {
        self.tangent.temp(kind, op, self.var)
    }
}

impl Tangent<'_> {
    /// Defines the tangent of `var`, which has one and is defined by `op`.
    pub(super) fn tangent_of(&mut self, var: VarId, dot: VarId, op: &Op) {
        let op = match op {
            Op::Load(place) => self.dot_of(place.base).map(|base| Op::Load(Place { base, ..place.clone() })),
            Op::Field(tuple, index) => self.dot_of(*tuple).map(|tuple| Op::Field(tuple, *index)),
            Op::Sum(slice) => self.dot_slice(slice).map(Op::Sum),
            Op::Select(cond, a, b) => {
                Some(Op::Select(cond.clone(), self.dot_or_zero(a), self.dot_or_zero(b)))
            }
            Op::Copy(_)
            | Op::Neg(_)
            | Op::Add(..)
            | Op::Sub(..)
            | Op::Mul(..)
            | Op::Div(..)
            | Op::Rem(..)
            | Op::Unary(..)
            | Op::Binary(..)
            | Op::MulAdd(..)
            | Op::Clamp(..)
            | Op::ScaleOrZero(..)
            | Op::ScaleUnlessZero(..)
            | Op::Compare(..)
            | Op::Test(..)
            | Op::Not(_)
            | Op::And(..)
            | Op::Or(..)
            | Op::Opaque(_)
            | Op::ToReal(_)
            | Op::Len(_) => self.by_rules(var, op),
        };
        let op = op.unwrap_or(Op::Copy(Atom::ZeroTangent));
        self.stmts.push(crate::ir::Stmt::Let { var: dot, op });
    }

    fn by_rules(&mut self, var: VarId, op: &Op) -> Option<Op> {
        let operands = op.operands();
        let mut sum: Option<Contribution> = None;
        for (index, operand) in operands.iter().enumerate() {
            let Some(dot) = self.dot(operand) else { continue };
            let factor = rules::partial(&mut AtHand { tangent: self, operands: &operands, var }, op, index);
            let Some(next) = scaled(dot, factor) else { continue };
            sum = Some(match sum {
                None => next,
                Some(sum) => self.combined(sum, next, var),
            });
        }
        sum.map(|sum| if sum.negative { Op::Neg(self.atom_of(sum.op, var)) } else { sum.op })
    }

    fn combined(&mut self, a: Contribution, b: Contribution, var: VarId) -> Contribution {
        let signs = (a.negative, b.negative);
        let [a, b] = [a, b].map(|part| self.atom_of(part.op, var));
        match signs {
            (false, false) => Contribution::plus(Op::Add(a, b)),
            (false, true) => Contribution::plus(Op::Sub(a, b)),
            (true, false) => Contribution::plus(Op::Sub(b, a)),
            (true, true) => Contribution { op: Op::Add(a, b), negative: true },
        }
    }

    fn atom_of(&mut self, op: Op, var: VarId) -> Atom {
        match op {
            Op::Copy(atom) => atom,
            other => self.temp(Kind::Tangent, other, var),
        }
    }
}

fn scaled(dot: Atom, factor: Factor) -> Option<Contribution> {
    match factor {
        Factor::Zero => None,
        Factor::One => Some(Contribution::plus(Op::Copy(dot))),
        Factor::MinusOne => Some(Contribution { op: Op::Copy(dot), negative: true }),
        Factor::Value(c) => Some(Contribution::plus(Op::Mul(dot, c))),
        Factor::Singular(c) => Some(Contribution::plus(Op::ScaleOrZero(dot, c))),
        Factor::Choice(c) => Some(Contribution::plus(Op::ScaleUnlessZero(dot, c))),
    }
}
