//! Binary operators.

use proc_macro2::Span;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{BinOp, Expr};

use super::join::Lowered;
use super::lower::{Lower, Open};
use super::value::{Code, Value, blank};
use crate::ir::{Atom, Compare, Kind, Op, Selector, Stmt};

/// An operand with the expression that it comes from.
pub(super) type Operand<'e> = (Value, &'e Expr);

impl Lower<'_> {
    pub(super) fn binary(
        &mut self,
        op: &BinOp,
        left: Operand<'_>,
        right: Operand<'_>,
        node: &impl ToTokens,
    ) -> Value {
        let span = node.to_token_stream().span();
        if matches!(left.0, Value::Never | Value::Poison) {
            return left.0;
        }
        if matches!(right.0, Value::Never | Value::Poison) {
            return right.0;
        }
        if let (Value::Struct(..), _) | (_, Value::Struct(..)) = (&left.0, &right.0) {
            return self.record_operator(op, vec![left, right], node);
        }
        if self.beside_other_float(&left.0, &right.0) || self.beside_other_float(&right.0, &left.0) {
            return self.of_other_float(op, &left, &right, span, node);
        }
        if left.0.is_real() || right.0.is_real() {
            return self.real_binary(op, left, right, span, node);
        }
        let kinds = (left.0.kind().cloned(), right.0.kind().cloned());
        match kinds {
            (Some(Kind::Int), Some(Kind::Int)) => {
                let (a, b) = (self.passive(left.0, left.1), self.passive(right.0, right.1));
                self.int_binary(op, a, b, span)
            }
            (Some(Kind::Bool), Some(Kind::Bool)) if compare(op).is_some() => {
                let (a, b) = (self.passive(left.0, left.1), self.passive(right.0, right.1));
                let how = compare(op).unwrap_or(Compare::Eq);
                Value::boolean(self.temp(Kind::Bool, Op::Compare(how, a, b), span))
            }
            _ => self.opaque_binary(op, &left, &right, span, node),
        }
    }

    fn real_binary(
        &mut self,
        op: &BinOp,
        left: Operand<'_>,
        right: Operand<'_>,
        span: Span,
        node: &impl ToTokens,
    ) -> Value {
        let (a, b) = (self.real(left.0, left.1), self.real(right.0, right.1));
        if let Some(how) = compare(op) {
            return Value::boolean(self.temp(Kind::Bool, Op::Compare(how, a, b), span));
        }
        match arithmetic(op, a, b) {
            Some(op) => Value::real(self.temp(Kind::Real, op, span)),
            None => self.error(
                node,
                "real numbers have no such operator; use `+`, `-`, `*`, `/`, `%` or a comparison",
            ),
        }
    }

    fn int_binary(&mut self, op: &BinOp, a: Atom, b: Atom, span: Span) -> Value {
        if let Some(how) = compare(op) {
            return Value::boolean(self.temp(Kind::Bool, Op::Compare(how, a, b), span));
        }
        if let Some(op) = arithmetic(op, a.clone(), b.clone()) {
            return Value::int(self.temp(Kind::Int, op, span));
        }
        let mut code = Code::hole(a, Kind::Int, span);
        let right = code.absorb(&Code::hole(b, Kind::Int, span));
        let alike = if is_shift(op) { 1 } else { 2 };
        self.bitwise(code.wrap(Kind::Int, |left| quote::quote!(#left #op #right)), alike, span)
    }

    /// An integer, of the type of the first `alike` arguments of its code.
    pub(super) fn bitwise(&mut self, code: Code, alike: usize, span: Span) -> Value {
        let opaque = self.opaque(code);
        self.source.alike.insert(opaque.code, alike);
        Value::int(self.temp(Kind::Int, Op::Opaque(opaque), span))
    }

    pub(super) fn opaque_binary(
        &mut self,
        op: &BinOp,
        left: &Operand<'_>,
        right: &Operand<'_>,
        span: Span,
        node: &impl ToTokens,
    ) -> Value {
        let kind = if compare(op).is_some() || left.0.kind() == Some(&Kind::Bool) {
            Kind::Bool
        } else {
            Kind::Opaque
        };
        let (Some(a), Some(b)) = (self.code_of(&left.0, span), self.code_of(&right.0, span)) else {
            let what = if self.code_of(&left.0, span).is_none() { left.0.what() } else { right.0.what() };
            return self
                .error(node, format!("this operator is not understood on {what}; work on its elements"));
        };
        let mut code = blank(Kind::Opaque);
        let (a, b) = (code.absorb(&a), code.absorb(&b));
        code.inert = compare(op).is_some();
        Value::Code(code.wrap(kind, |_| quote::quote!(#a #op #b)))
    }

    /// `a && b`, `a || b`. The right side is only evaluated where the left one leaves the result open, unless evaluating
    /// it in vain can do no harm.
    pub(super) fn short_circuit(&mut self, binary: &syn::ExprBinary) -> Value {
        let span = binary.span();
        let is_and = matches!(binary.op, BinOp::And(_));
        let left = self.expr(&binary.left, None);
        if matches!(left, Value::Never | Value::Poison) {
            return left;
        }
        let a = self.passive(left, &binary.left);
        let (mut open, right) = self.nested(|cx| {
            let value = cx.expr(&binary.right, None);
            if matches!(value, Value::Never | Value::Poison) {
                return value;
            }
            Value::boolean(cx.passive(value, &binary.right))
        });
        if let Value::Num(num) = &right
            && open.term.is_none()
            && open.stmts.iter().all(is_harmless)
        {
            self.open.stmts.append(&mut open.stmts);
            let op = if is_and { Op::And(a, num.atom.clone()) } else { Op::Or(a, num.atom.clone()) };
            return Value::boolean(self.temp(Kind::Bool, op, span));
        }
        let known = Lowered { open: Open::default(), value: Value::boolean(Atom::Bool(!is_and)), span };
        let tested = Lowered { open, value: right, span };
        let arms = if is_and { vec![tested, known] } else { vec![known, tested] };
        self.branch(Selector::Bool(a), vec![None, None], arms, binary)
    }
}

/// A statement that cannot fail and changes nothing.
fn is_harmless(stmt: &Stmt) -> bool {
    let Stmt::Let { op, .. } = stmt else { return false };
    matches!(
        op,
        Op::Compare(..)
            | Op::Test(..)
            | Op::Not(_)
            | Op::And(..)
            | Op::Or(..)
            | Op::Len(_)
            | Op::Unary(..)
            | Op::Binary(..)
    )
}

fn is_shift(op: &BinOp) -> bool {
    matches!(op, BinOp::Shl(_) | BinOp::Shr(_) | BinOp::ShlAssign(_) | BinOp::ShrAssign(_))
}

pub(super) fn compare(op: &BinOp) -> Option<Compare> {
    Some(match op {
        BinOp::Lt(_) => Compare::Lt,
        BinOp::Le(_) => Compare::Le,
        BinOp::Gt(_) => Compare::Gt,
        BinOp::Ge(_) => Compare::Ge,
        BinOp::Eq(_) => Compare::Eq,
        BinOp::Ne(_) => Compare::Ne,
        _ => return None,
    })
}

/// The function that an operator of a struct calls, if it gives what the operator gives.
pub(super) fn operator_name(op: &BinOp) -> Option<&'static str> {
    Some(match op {
        BinOp::Add(_) => "add",
        BinOp::Sub(_) => "sub",
        BinOp::Mul(_) => "mul",
        BinOp::Div(_) => "div",
        BinOp::Rem(_) => "rem",
        BinOp::Shl(_) => "shl",
        BinOp::Shr(_) => "shr",
        BinOp::BitXor(_) => "bitxor",
        BinOp::BitAnd(_) => "bitand",
        BinOp::BitOr(_) => "bitor",
        BinOp::AddAssign(_) => "add_assign",
        BinOp::SubAssign(_) => "sub_assign",
        BinOp::MulAssign(_) => "mul_assign",
        BinOp::DivAssign(_) => "div_assign",
        BinOp::RemAssign(_) => "rem_assign",
        BinOp::ShlAssign(_) => "shl_assign",
        BinOp::ShrAssign(_) => "shr_assign",
        BinOp::BitXorAssign(_) => "bitxor_assign",
        BinOp::BitAndAssign(_) => "bitand_assign",
        BinOp::BitOrAssign(_) => "bitor_assign",
        BinOp::Eq(_) => "eq",
        BinOp::Ne(_) => "ne",
        _ => return None,
    })
}

/// The operation of an operator or of its compound assignment.
pub(super) fn arithmetic(op: &BinOp, a: Atom, b: Atom) -> Option<Op> {
    Some(match op {
        BinOp::Add(_) | BinOp::AddAssign(_) => Op::Add(a, b),
        BinOp::Sub(_) | BinOp::SubAssign(_) => Op::Sub(a, b),
        BinOp::Mul(_) | BinOp::MulAssign(_) => Op::Mul(a, b),
        BinOp::Div(_) | BinOp::DivAssign(_) => Op::Div(a, b),
        BinOp::Rem(_) | BinOp::RemAssign(_) => Op::Rem(a, b),
        _ => return None,
    })
}
