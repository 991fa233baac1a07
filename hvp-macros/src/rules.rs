//! The table of partial derivatives, which the forward and the reverse mode both read.
//!
//! A partial derivative is made of operations that have entries themselves, so that second derivatives come from the
//! same table. Conventions where a derivative does not exist are written into the partials by selections, whose own
//! derivatives are those of the operand selected.

mod binary;
mod power;
#[cfg(test)]
mod tests;
mod unary;

use crate::ir::{Atom, Compare, Kind, Op, Unary};

/// A partial derivative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Factor {
    Zero,
    One,
    MinusOne,
    /// A finite number wherever the operands are.
    Value(Atom),
    /// A number that may be infinite or NaN where the operands are finite: a zero adjoint or tangent stays zero through it.
    Singular(Atom),
    /// A finite number that is zero where the value does not depend on the operand, another having been chosen: nothing passes
    /// through it then, even if the adjoint or tangent is infinite or NaN.
    Choice(Atom),
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
    match op {
        Op::Copy(_) | Op::Add(..) => Factor::One,
        Op::Neg(_) => Factor::MinusOne,
        Op::Sub(..) => [Factor::One, Factor::MinusOne][index].clone(),
        Op::Mul(..) => Factor::Value(cx.operand(1 - index)),
        Op::Div(dividend, divisor) => quotient(cx, [dividend, divisor], index),
        Op::Rem(..) => binary::remainder(cx, index),
        Op::Unary(function, _) => unary::partial(cx, *function),
        Op::Binary(function, a, b) => binary::partial(cx, *function, [a, b], index),
        Op::MulAdd(..) => product_and_sum(cx, index),
        Op::Clamp(..) => clamp(cx, index),
        Op::Select(..) => select(cx, index),
        Op::ScaleOrZero(a, b) if a == b => square(cx, index),
        Op::ScaleOrZero(..) => scale_or_zero(cx, index),
        Op::ScaleUnlessZero(..) => scale_unless_zero(cx, index),
        Op::Compare(..)
        | Op::Test(..)
        | Op::Not(_)
        | Op::And(..)
        | Op::Or(..)
        | Op::Opaque(_)
        | Op::ToReal(_)
        | Op::Len(_) => Factor::Zero,
        Op::Load(_) | Op::Field(..) | Op::Sum(_) => unreachable!("the transforms know how memory is read"),
    }
}

/// `a / b`: `1 / b` and `-(a / b) / b`; `1 / b`: `-(1 / b)²`. A literal divisor gives a literal.
fn quotient(cx: &mut dyn Context, [dividend, divisor]: [&Atom; 2], index: usize) -> Factor {
    if dividend.is_real(1.0) {
        return Factor::Singular(unary::recip(cx));
    }
    if let Some(value) = divisor.number().filter(|value| *value != 0.0 && index == 0) {
        return Factor::Value(Atom::real(1.0 / value));
    }
    let b = cx.operand(1);
    if index == 0 {
        return Factor::Singular(cx.recip(b));
    }
    let ratio = cx.result();
    let ratio = cx.div(ratio, b);
    Factor::Singular(cx.neg(ratio))
}

/// `a * b + c`
fn product_and_sum(cx: &mut dyn Context, index: usize) -> Factor {
    if index == 2 { Factor::One } else { Factor::Value(cx.operand(1 - index)) }
}

/// `x.clamp(lo, hi)`: all to `x` on the closed interval, to the bound outside.
fn clamp(cx: &mut dyn Context, index: usize) -> Factor {
    let x = cx.operand(0);
    let inside = match index {
        0 => {
            let result = cx.result();
            cx.compare(Compare::Eq, x, result)
        }
        1 => {
            let lo = cx.operand(1);
            cx.compare(Compare::Lt, x, lo)
        }
        _ => {
            let hi = cx.operand(2);
            cx.compare(Compare::Gt, x, hi)
        }
    };
    Factor::Choice(cx.select(inside, Atom::real(1.0), Atom::real(0.0)))
}

/// `if c { a } else { b }`
fn select(cx: &mut dyn Context, index: usize) -> Factor {
    let [on_true, on_false] = match index {
        1 => [1.0, 0.0],
        2 => [0.0, 1.0],
        _ => return Factor::Zero,
    };
    let cond = cx.operand(0);
    Factor::Choice(cx.select(cond, Atom::real(on_true), Atom::real(on_false)))
}

/// `a * b`, zero where `a` is zero.
fn scale_or_zero(cx: &mut dyn Context, index: usize) -> Factor {
    let other = cx.operand(1 - index);
    if index == 0 { Factor::Singular(other) } else { Factor::Choice(other) }
}

/// `a * a` of what may be infinite: `2 a`, all of it by the first operand.
fn square(cx: &mut dyn Context, index: usize) -> Factor {
    if index != 0 {
        return Factor::Zero;
    }
    let a = cx.operand(0);
    Factor::Singular(cx.mul(Atom::real(2.0), a))
}

/// `t * g`, zero where `g` is zero.
fn scale_unless_zero(cx: &mut dyn Context, index: usize) -> Factor {
    let other = cx.operand(1 - index);
    if index == 0 { Factor::Choice(other) } else { Factor::Singular(other) }
}

/// The words in which the entries are written.
impl dyn Context + '_ {
    fn real(&mut self, op: Op) -> Atom {
        self.emit(Kind::Real, op)
    }

    fn unary(&mut self, function: Unary, a: Atom) -> Atom {
        self.real(Op::Unary(function, a))
    }

    fn neg(&mut self, a: Atom) -> Atom {
        self.real(Op::Neg(a))
    }

    fn add(&mut self, a: Atom, b: Atom) -> Atom {
        self.real(Op::Add(a, b))
    }

    fn sub(&mut self, a: Atom, b: Atom) -> Atom {
        self.real(Op::Sub(a, b))
    }

    /// `a * a`, whose partial may be infinite.
    fn square(&mut self, a: Atom) -> Atom {
        self.real(Op::ScaleOrZero(a.clone(), a))
    }

    fn mul(&mut self, a: Atom, b: Atom) -> Atom {
        self.real(Op::Mul(a, b))
    }

    fn div(&mut self, a: Atom, b: Atom) -> Atom {
        self.real(Op::Div(a, b))
    }

    fn recip(&mut self, a: Atom) -> Atom {
        self.unary(Unary::Recip, a)
    }

    fn select(&mut self, cond: Atom, a: Atom, b: Atom) -> Atom {
        self.real(Op::Select(cond, a, b))
    }

    fn compare(&mut self, how: Compare, a: Atom, b: Atom) -> Atom {
        self.emit(Kind::Bool, Op::Compare(how, a, b))
    }
}
