//! Calls: the callee's tangent entry takes and gives the tangents beside the values.

use super::Tangent;
use crate::ir::{Arg, ArgValue, Call, Entry, Init, Operand, Slice, Stmt, VarId};

impl Tangent<'_> {
    pub(super) fn call(&mut self, call: &Call) {
        if !self.takes_tangents(call) {
            self.stmts.push(Stmt::Call(call.clone()));
            self.constant_arrays(call);
            return;
        }
        let args = call.args.iter().map(|arg| self.arg(arg, call.entry)).collect();
        let mut seeds = Vec::new();
        for seed in &call.seeds {
            seeds.push(seed.clone());
            seeds.push(self.operand_or_zero(seed));
        }
        let results = self.call_results(call);
        self.stmts.push(Stmt::Call(Call { tangent: true, args, seeds, results, ..call.clone() }));
    }

    /// Arrays that a passive call gives vary only by what is written into them later.
    fn constant_arrays(&mut self, call: &Call) {
        for array in &call.results {
            if self.func.kind(*array).is_array()
                && let Some(var) = self.dot_of(*array)
            {
                let init = Init::ZerosLike(Slice::whole(*array));
                self.stmts.push(Stmt::Alloc { var, init });
            }
        }
    }

    /// Whether anything that the call takes varies.
    fn takes_tangents(&self, call: &Call) -> bool {
        let has = |operand: &Operand| match operand {
            Operand::Atom(atom) => atom.var().is_some_and(|var| self.varied.contains(&var)),
            Operand::Array(slice) => self.varied.contains(&slice.base),
        };
        let value = |arg: &Arg| match &arg.value {
            ArgValue::Scalar(atom) | ArgValue::ScalarMut { before: atom, .. } => {
                has(&Operand::Atom(atom.clone()))
            }
            ArgValue::Array(slice) | ArgValue::ArrayMut(slice) => self.varied.contains(&slice.base),
            ArgValue::ArrayByValue(array) => self.varied.contains(array),
            ArgValue::ArrayGone | ArgValue::ScalarGone => false,
        };
        call.pullback.is_some_and(|pullback| self.varied.contains(&pullback))
            || call.seeds.iter().any(has)
            || call.args.iter().any(|arg| arg.active && (value(arg) || arg.bar.as_ref().is_some_and(has)))
    }

    /// A passive argument has neither tangent nor adjoint.
    fn arg(&mut self, arg: &Arg, entry: Entry) -> Arg {
        let mut out = arg.clone();
        if !arg.active {
            return out;
        }
        out.dot = match &arg.value {
            ArgValue::Scalar(atom) | ArgValue::ScalarMut { before: atom, .. } => {
                Some(Operand::Atom(self.dot_or_zero(atom)))
            }
            ArgValue::Array(slice) | ArgValue::ArrayMut(slice) => Some(self.slice_operand(slice)),
            ArgValue::ArrayByValue(array) => Some(self.slice_operand(&Slice::whole(*array))),
            ArgValue::ArrayGone | ArgValue::ScalarGone => None,
        };
        if entry == Entry::Pull {
            out.bar_dot = arg.bar.as_ref().map(|bar| self.operand_or_zero(bar));
        }
        out
    }

    /// The pullback stands last; before it, the tangents that `&mut` scalars have after the call.
    fn call_results(&mut self, call: &Call) -> Vec<VarId> {
        let mut results = self.with_dot_vars(&call.results);
        let pullback = if call.entry == Entry::Forward { results.pop() } else { None };
        for arg in call.args.iter().filter(|arg| arg.active) {
            if let ArgValue::ScalarMut { after, .. } = &arg.value {
                results.extend(self.dot_of(*after));
            }
        }
        results.extend(pullback);
        results
    }
}
