//! Constants and signs in derivative code:  `t * 1.0` → `t`,  `a + -b` → `a - b`,  `2.0 * (3.0 * t)` → `6.0 * t`.
//!
//! Rules that change no bit apply everywhere; the others where only a derivative depends on the value.

use std::rc::Rc;

use super::bounds::Bounds;
use super::facts::Facts;
use super::rewrite::{self, Rewrite};
use super::walk::each_block_mut;
use crate::ir::{Atom, Func, Kind, Op, SpanId, Stmt, Update, Var, VarId, VarSet};

pub(super) fn fold(func: &mut Func, facts: &mut Facts) -> bool {
    rewrite::each_op(func, facts, Rc::default(), Rewrite::folded)
        | remove_idle_additions(func, &facts.exact(func))
}

/// `g[i] += 0.0`
fn remove_idle_additions(func: &mut Func, exact: &VarSet) -> bool {
    let adds_nothing = |stmt: &Stmt| match stmt {
        Stmt::Store { place, value, update: Update::Add } => value.is_zero() && !exact.contains(place.base),
        _ => false,
    };
    let mut changed = false;
    each_block_mut(&mut func.body, &mut |block| {
        let before = block.stmts.len();
        block.stmts.retain(|stmt| !adds_nothing(stmt));
        changed |= block.stmts.len() < before;
    });
    changed
}

impl Rewrite {
    /// `op`, by the first rule that fits, if one does; what it needs besides is written to `before`.
    fn folded(&mut self, var: VarId, op: &Op, before: &mut Vec<Stmt>) -> Option<Op> {
        let Var { kind, span, .. } = &self.vars[var.0 as usize];
        let (kind, span) = match kind {
            Kind::Real => (Kind::Real, *span),
            Kind::Tangent => (Kind::Tangent, *span),
            Kind::Int
            | Kind::Bool
            | Kind::Opaque
            | Kind::Array(_)
            | Kind::Tuple(_)
            | Kind::Tape
            | Kind::Pullback => return None,
        };
        let simpler = self.exactly(op);
        if simpler.is_some() || self.exact.contains(var) {
            return simpler;
        }
        self.freely(op, &kind).or_else(|| self.regrouped(op, &kind, span, before))
    }

    fn definition(&self, atom: &Atom) -> Option<&Op> {
        self.ops.of(atom)
    }

    /// `Some(a)` if `atom` is `-a`.
    fn negated(&self, atom: &Atom) -> Option<Atom> {
        match self.definition(atom) {
            Some(Op::Neg(a)) => Some(a.clone()),
            _ => None,
        }
    }

    /// Rules that change no bit (the sign of a NaN does not count).
    fn exactly(&self, op: &Op) -> Option<Op> {
        let minus = |atom: &Atom| self.negated(atom);
        match op {
            Op::Mul(a, b) if b.is_real(1.0) => Some(Op::Copy(a.clone())),
            Op::Mul(a, b) if a.is_real(1.0) => Some(Op::Copy(b.clone())),
            Op::Mul(a, b) if b.is_real(-1.0) => Some(Op::Neg(a.clone())),
            Op::Mul(a, b) if a.is_real(-1.0) => Some(Op::Neg(b.clone())),
            Op::Div(a, b) if b.is_real(1.0) => Some(Op::Copy(a.clone())),
            Op::Sub(a, b) if b.is_real(0.0) => Some(Op::Copy(a.clone())),
            Op::Neg(Atom::Real(text)) => Some(Op::Copy(opposite(text))),
            Op::Neg(a) => minus(a).map(Op::Copy),
            Op::Add(a, b) => {
                if let Some(b) = minus(b) {
                    return Some(Op::Sub(a.clone(), b));
                }
                minus(a).map(|a| Op::Sub(b.clone(), a))
            }
            Op::Sub(a, b) => minus(b).map(|b| Op::Add(a.clone(), b)),
            Op::ScaleOrZero(a, b) if self.is_plain_scale(a, b) => Some(Op::Mul(a.clone(), b.clone())),
            Op::ScaleUnlessZero(a, b) => self.chosen(a, b),
            Op::Select(Atom::Bool(cond), a, b) => Some(Op::Copy(if *cond { a } else { b }.clone())),
            Op::Select(_, a, b) if a == b => Some(Op::Copy(a.clone())),
            _ => None,
        }
    }

    /// A product with a literal, or with 1 and 0.
    fn chosen(&self, a: &Atom, b: &Atom) -> Option<Op> {
        if b.number().is_some_and(|b| b != 0.0) {
            return Some(Op::Mul(a.clone(), b.clone()));
        }
        let zero = match a.var().map(|var| &self.vars[var.0 as usize].kind) {
            Some(Kind::Tangent) => Atom::ZeroTangent,
            _ => Atom::real(0.0),
        };
        match self.definition(b) {
            Some(Op::Select(cond, on, off)) if on.is_real(1.0) && off.is_real(0.0) => {
                Some(Op::Select(cond.clone(), a.clone(), zero))
            }
            Some(Op::Select(cond, off, on)) if on.is_real(1.0) && off.is_real(0.0) => {
                Some(Op::Select(cond.clone(), zero, a.clone()))
            }
            _ => None,
        }
    }

    /// Whether the product is zero anyway where `a` is.
    fn is_plain_scale(&self, a: &Atom, b: &Atom) -> bool {
        a.number().is_some_and(|a| a != 0.0) || Bounds { ops: &self.ops }.is_finite(b)
    }

    /// Rules for numbers of which only a derivative depends: a zero has no sign, sums and products may be rounded otherwise.
    fn freely(&self, op: &Op, kind: &Kind) -> Option<Op> {
        let zero = Atom::zero(kind);
        match op {
            Op::Add(a, b) if a.is_zero() => Some(Op::Copy(b.clone())),
            Op::Add(a, b) | Op::Sub(a, b) if b.is_zero() => Some(Op::Copy(a.clone())),
            Op::Sub(a, b) if a.is_zero() => Some(Op::Neg(b.clone())),
            Op::Mul(a, b) | Op::ScaleUnlessZero(a, b) if a.is_zero() || b.is_zero() => Some(Op::Copy(zero)),
            Op::Neg(a) | Op::Div(a, _) | Op::ScaleOrZero(a, _) if a.is_zero() => Some(Op::Copy(zero)),
            Op::Add(a, b) => Some(Op::Copy(Atom::real(a.number()? + b.number()?))),
            Op::Sub(a, b) => Some(Op::Copy(Atom::real(a.number()? - b.number()?))),
            Op::Neg(a) => self.negated_term(a),
            Op::Mul(a, b) => self.product(a, b),
            _ => None,
        }
    }

    /// `atom` as a literal times something.
    fn term(&self, atom: &Atom) -> (f64, Atom) {
        match self.definition(atom) {
            Some(Op::Neg(a)) => (-1.0, a.clone()),
            Some(Op::Mul(a, b)) => match (a.number(), b.number()) {
                (Some(c), None) => (c, b.clone()),
                (None, Some(c)) => (c, a.clone()),
                (_, _) => (1.0, atom.clone()),
            },
            _ => (1.0, atom.clone()),
        }
    }

    /// A literal times something, in the order that its kind asks for.
    fn times(&self, atom: Atom, factor: f64) -> Op {
        let is_tangent = atom.var().is_some_and(|var| self.vars[var.0 as usize].kind == Kind::Tangent);
        if is_tangent { Op::Mul(atom, Atom::real(factor)) } else { Op::Mul(Atom::real(factor), atom) }
    }

    /// `-(a - b)`
    fn negated_term(&self, a: &Atom) -> Option<Op> {
        match self.definition(a).filter(|_| self.is_used_once(a)) {
            Some(Op::Sub(a, b)) => Some(Op::Sub(b.clone(), a.clone())),
            _ => None,
        }
    }

    /// `c (d a)`
    fn product(&self, a: &Atom, b: &Atom) -> Option<Op> {
        let (factor, other) = match (a.number(), b.number()) {
            (Some(a), Some(b)) => return Some(Op::Copy(Atom::real(a * b))),
            (Some(c), None) => (c, b),
            (None, Some(c)) => (c, a),
            (None, None) => return None,
        };
        let (inner, base) = self.term(other);
        if inner == 1.0 { None } else { Some(self.times(base, factor * inner)) }
    }

    /// Whether what `atom` is computed from can be used in its place without computing anything twice or more often.
    fn is_used_once(&self, atom: &Atom) -> bool {
        atom.var().is_some_and(|var| self.uses.get(var) == Some(&1) && self.local.contains(var))
    }

    /// Rules that need another operation besides.
    fn regrouped(&mut self, op: &Op, kind: &Kind, span: SpanId, before: &mut Vec<Stmt>) -> Option<Op> {
        if let Some(positive) = self.sign_outside(op) {
            return Some(Op::Neg(self.temp(kind.clone(), positive, span, before)));
        }
        if *kind != Kind::Tangent {
            return None;
        }
        let (tangent, factor) = self.scaled_once(op)?;
        Some(Op::Mul(tangent, self.temp(Kind::Real, factor, span, before)))
    }

    /// `(-a) * b`  becomes  `-(a * b)`, whose sign a sum can take.
    fn sign_outside(&self, op: &Op) -> Option<Op> {
        let minus = |atom: &Atom| self.negated(atom).filter(|_| self.is_used_once(atom));
        match op {
            Op::Mul(a, b) => match (minus(a), minus(b)) {
                (Some(a), _) => Some(Op::Mul(a, b.clone())),
                (None, Some(b)) => Some(Op::Mul(a.clone(), b)),
                (None, None) => None,
            },
            Op::Div(a, b) => minus(a).map(|a| Op::Div(a, b.clone())),
            Op::ScaleOrZero(a, b) => minus(a).map(|a| Op::ScaleOrZero(a, b.clone())),
            _ => None,
        }
    }

    /// `(t * c) * d`  becomes  `t * (d * c)`: a tangent may be many numbers, a factor is one.
    fn scaled_once(&self, op: &Op) -> Option<(Atom, Op)> {
        let Op::Mul(scaled, d) = op else { return None };
        let (t, c) = self.scaled(scaled)?;
        Some((t, Op::Mul(d.clone(), c)))
    }

    /// The tangent and the factor of a product that serves nothing else.
    fn scaled(&self, atom: &Atom) -> Option<(Atom, Atom)> {
        match self.definition(atom).filter(|_| self.is_used_once(atom)) {
            Some(Op::Mul(t, c)) => Some((t.clone(), c.clone())),
            _ => None,
        }
    }
}

/// The literal with the other sign, its digits as they are.
fn opposite(text: &str) -> Atom {
    Atom::Real(text.strip_prefix('-').map_or_else(|| format!("-{text}"), str::to_owned))
}
