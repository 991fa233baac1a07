//! The adjoints of single operations: what each adds to the adjoints of its operands.

use super::{Key, Reverse};
use crate::ir::{Atom, Kind, Op, VarId};
use crate::rules::{self, Factor};

impl Reverse<'_> {
    pub(super) fn operation(&mut self, var: VarId, op: &Op) {
        let Some(bar) = self.take_bar(var) else { return };
        if let Op::Load(place) = op {
            return self.load(place, bar);
        }
        if let Op::Field(tuple, index) = op {
            return self.contribute_to(Key::Field(*tuple, *index), bar);
        }
        let operands = op.operands();
        for (index, operand) in operands.iter().enumerate() {
            if self.is_active(operand) {
                let factor =
                    rules::partial(&mut Rule { reverse: self, operands: &operands, result: var }, op, index);
                let factor = self.guarded(&bar, op, index, factor);
                if let Some(contribution) = self.scaled(&bar, factor) {
                    self.contribute(operand, contribution);
                }
            }
        }
    }

    /// `bar * factor`, nothing where it is structurally zero.
    fn scaled(&mut self, bar: &Atom, factor: Factor) -> Option<Atom> {
        let one = bar.is_real(1.0);
        let scaled = match factor {
            Factor::Zero => None,
            Factor::One => Some(bar.clone()),
            Factor::MinusOne => Some(self.emit(Kind::Real, Op::Neg(bar.clone()))),
            Factor::Value(by) | Factor::Singular(by) | Factor::Choice(by) if one => Some(by),
            Factor::Value(by) => Some(self.emit(Kind::Real, Op::Mul(bar.clone(), by))),
            Factor::Singular(by) => Some(self.emit(Kind::Real, Op::ScaleOrZero(bar.clone(), by))),
            Factor::Choice(by) => Some(self.emit(Kind::Real, Op::ScaleUnlessZero(bar.clone(), by))),
        };
        if let (true, Some(Atom::Var(scaled))) = (self.may_be_unused(bar), &scaled) {
            self.mark_unused(*scaled);
        }
        scaled
    }

    /// The adjoint of a variable whose definition is reached, if anything was added to it.
    pub(super) fn take_bar(&mut self, var: VarId) -> Option<Atom> {
        let bar = self.bars.remove(&Key::Var(var))?;
        let info = self.out.var(var).clone();
        if let Atom::Var(bar) = bar
            && info.named
        {
            let slot = &mut self.out.vars[bar.0 as usize];
            if !slot.named {
                slot.name = format!("{}_bar", info.name);
                slot.named = true;
                slot.span = info.span;
            }
        }
        Some(bar)
    }

    pub(super) fn contribute(&mut self, to: &Atom, contribution: Atom) {
        if let Atom::Var(var) = to
            && self.active.contains(var)
        {
            self.contribute_to(Key::Var(*var), contribution);
        }
    }

    /// Adds to an adjoint; the first contribution is a move, so zeros never reach the output.
    fn contribute_to(&mut self, key: Key, contribution: Atom) {
        let sum = match self.bars.get(&key).cloned() {
            Some(sum) => {
                let unused = self.may_be_unused(&sum) && self.may_be_unused(&contribution);
                let sum = self.emit(Kind::Real, Op::Add(sum, contribution));
                if let (true, Atom::Var(sum)) = (unused, &sum) {
                    self.mark_unused(*sum);
                }
                sum
            }
            None => contribution,
        };
        self.bars.insert(key, sum);
    }
}

/// Gives the rules what they ask for at this point of the reverse sweep.
struct Rule<'r, 'a> {
    reverse: &'r mut Reverse<'a>,
    operands: &'r [Atom],
    result: VarId,
}

impl rules::Context for Rule<'_, '_> {
    fn operand(&mut self, index: usize) -> Atom {
        self.reverse.primal(&self.operands[index])
    }

    fn result(&mut self) -> Atom {
        self.reverse.value(self.result)
    }

    fn emit(&mut self, kind: Kind, op: Op) -> Atom {
        match self.primal_of(&op) {
            Some(var) => self.reverse.value(var),
            None => self.reverse.emit(kind, op),
        }
    }
}

impl Rule<'_, '_> {
    /// A variable of the primal sweep that holds `op`, a function of an operand that is dear to compute: the cosine that stands beside a
    /// sine.
    fn primal_of(&mut self, op: &Op) -> Option<VarId> {
        let Op::Unary(function, argument) = op else { return None };
        let operand = self.operands.first().filter(|_| !function.is_cheap())?;
        if self.reverse.primal(operand) != *argument {
            return None;
        }
        let primal = Op::Unary(*function, operand.clone());
        let found = |var: &VarId| self.reverse.frames.iter().any(|frame| frame.defs.contains(var));
        let mut same = self.reverse.facts.ops.iter().filter(|(_, other)| **other == primal);
        same.find(|(var, _)| found(var)).map(|(var, _)| *var)
    }
}
