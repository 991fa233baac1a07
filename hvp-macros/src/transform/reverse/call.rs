//! The adjoints of calls.
//!
//! `let y = g(&a);` becomes `let (y, pullback) = g::forward(&a);` in the primal sweep and `pullback(&a, y_bar, &mut a_bar);` in
//! the reverse sweep.

use std::collections::BTreeMap;

use super::Reverse;
use super::part::short_length;
use crate::ir::{
    Arg, ArgValue, Atom, Call, Callee, Elem, Entry, Init, Kind, Len, Operand, Outcome, Slice, Stmt, Var,
    VarId, rewrite_opaque,
};

impl Reverse<'_> {
    /// A call with an active argument: its primal code.
    pub(super) fn call(&mut self, call: &Call) -> Vec<Stmt> {
        let site = self.facts.call_site(call);
        let pullback = self.fresh("pullback", Kind::Pullback);
        let runs_late = call.lends && runs_anywhere(call);
        if let Some(frame) = self.frames.last_mut().filter(|_| !runs_late) {
            frame.defs.insert(pullback);
        }
        let mut forward = call.clone();
        forward.entry = Entry::Forward;
        forward.results.push(pullback);
        let mut before = Vec::new();
        let mut after = Vec::new();
        let mut borrowed: BTreeMap<VarId, usize> = BTreeMap::new();
        let mut pull = Call {
            callee: self.callee_again(&call.callee),
            entry: Entry::Pull,
            args: Vec::new(),
            pullback: if runs_late { Some(pullback) } else { self.value(pullback).var() },
            seeds: self.seeds_of(call),
            results: Vec::new(),
            outcome: match call.outcome {
                Outcome::Caught { .. } | Outcome::Pulled => Outcome::Pulled,
                Outcome::Plain | Outcome::Question(_) => call.outcome,
            },
            ..call.clone()
        };
        let unused = pull.seeds.iter().all(|seed| match seed {
            Operand::Atom(bar) => self.may_be_unused(bar),
            Operand::Array(_) => false,
        });
        let mut to_scalars = Vec::new();
        for arg in &call.args {
            let active = arg.active;
            let value = self.arg_again(&arg.value, &site, &mut before);
            let bar = if active { self.arg_bar(&arg.value, &mut borrowed, &mut after) } else { None };
            if let (true, ArgValue::Scalar(atom) | ArgValue::ScalarMut { before: atom, .. }) =
                (active, &arg.value)
            {
                let part = self.fresh("t", Kind::Real);
                pull.results.push(part);
                if unused {
                    self.mark_unused(part);
                }
                to_scalars.push((atom.clone(), Atom::Var(part)));
            }
            pull.args.push(Arg { value, active, dot: None, bar, bar_dot: None, ..*arg });
        }
        let first = if runs_late {
            let forward = self.forward_late(forward, &pull);
            self.push(Stmt::Call(forward));
            call.clone()
        } else {
            forward
        };
        self.push(Stmt::Call(pull));
        after.into_iter().for_each(|stmt| self.push(stmt));
        for (atom, part) in to_scalars {
            self.contribute(&atom, part);
        }
        before.push(Stmt::Call(first));
        before
    }

    /// The forward sweep of a call in the reverse sweep of its caller, where `pull` has the arguments as they were.
    fn forward_late(&mut self, mut forward: Call, pull: &Call) -> Call {
        forward.callee = pull.callee.clone();
        forward.args = pull.args.iter().map(|arg| Arg { bar: None, ..arg.clone() }).collect();
        let results = forward.results.len() - 1;
        for result in &mut forward.results[..results] {
            let Var { name, kind, .. } = self.out.var(*result).clone();
            *result = self.fresh(&name, kind);
        }
        forward
    }

    fn fresh(&mut self, name: &str, kind: Kind) -> VarId {
        let span = crate::ir::SpanId(0);
        self.out.fresh(Var { name: name.to_owned(), kind, named: name != "t", span, element: false })
    }

    fn callee_again(&mut self, callee: &Callee) -> Callee {
        let mut callee = callee.clone();
        if let Callee::Method { receiver, .. } = &mut callee {
            rewrite_opaque(&mut super::frame::Primals(self), receiver);
        }
        callee
    }

    /// The adjoints of the results: of scalars, and of the arrays that the call made.
    fn seeds_of(&mut self, call: &Call) -> Vec<Operand> {
        let mut seeds = Vec::new();
        for result in &call.results {
            seeds.push(if self.out.kind(*result).is_array() {
                Operand::Array(Slice::whole(self.array_bar(*result)))
            } else {
                Operand::Atom(self.take_bar(*result).unwrap_or(Atom::real(0.0)))
            });
        }
        seeds
    }

    /// The argument once more, as the call saw it.
    fn arg_again(
        &mut self,
        value: &ArgValue,
        site: &crate::analysis::facts::Site,
        before: &mut Vec<Stmt>,
    ) -> ArgValue {
        match value {
            ArgValue::Scalar(atom) => ArgValue::Scalar(self.primal(atom)),
            ArgValue::Array(slice) => ArgValue::Array(self.as_it_was(slice, site, before)),
            ArgValue::ArrayByValue(array) => {
                ArgValue::Array(self.as_it_was(&Slice::whole(*array), site, before))
            }
            ArgValue::ArrayMut(_) | ArgValue::ArrayGone => ArgValue::ArrayGone,
            ArgValue::ScalarMut { .. } | ArgValue::ScalarGone => ArgValue::ScalarGone,
        }
    }

    /// The contents of `slice` at the call: where they are, if nothing is written later; else a copy.
    fn as_it_was(
        &mut self,
        slice: &Slice,
        site: &crate::analysis::facts::Site,
        before: &mut Vec<Stmt>,
    ) -> Slice {
        let repeated = self.frames.iter().rev().find_map(|frame| frame.repeated);
        let restored = self.saved.arrays.contains(&slice.base);
        let stays = self.facts.is_stable(slice.base, site, repeated)
            && self.facts.keeps_length(slice.base, site, repeated);
        if restored || !self.is_gone(slice.base) && stays {
            let base = self.array_value(slice.base);
            return Slice { base, ..self.primal_slice(slice) };
        }
        let kind = self.out.kind(slice.base).element(slice.path.len()).clone();
        let name = self.out.var(slice.base).name.clone();
        let copy = self.fresh(&name, kind);
        before.push(Stmt::Alloc { var: copy, init: Init::CopyOf(slice.clone()) });
        if let Some(frame) = self.frames.last_mut() {
            frame.defs.insert(copy);
        }
        Slice::whole(self.array_value(copy))
    }

    /// The adjoint that the reverse of the call adds to. A second one in the same array is added to by way of a copy, since
    /// two `&mut` of one array cannot be passed.
    fn arg_bar(
        &mut self,
        value: &ArgValue,
        borrowed: &mut BTreeMap<VarId, usize>,
        after: &mut Vec<Stmt>,
    ) -> Option<Operand> {
        let (slice, mutable) = match value {
            ArgValue::Scalar(_) | ArgValue::ArrayGone | ArgValue::ScalarGone => return None,
            ArgValue::ScalarMut { after, .. } => {
                return Some(Operand::Atom(self.take_bar(*after).unwrap_or(Atom::real(0.0))));
            }
            ArgValue::Array(slice) => (slice.clone(), false),
            ArgValue::ArrayByValue(array) => (Slice::whole(*array), false),
            ArgValue::ArrayMut(slice) => (slice.clone(), true),
        };
        let bar = self.slice_bar(&slice);
        let times = borrowed.entry(bar.base).or_insert(0);
        *times += 1;
        if *times == 1 {
            return Some(Operand::Array(bar));
        }
        let kind = self.out.kind(bar.base).element(bar.path.len()).clone();
        let copy = self.fresh("part", kind);
        let whole = Slice::whole(copy);
        let init = if mutable { Init::CopyOf(bar.clone()) } else { self.part_zeros(&slice, &bar) };
        self.push(Stmt::Alloc { var: copy, init });
        after.push(if mutable {
            Stmt::CopySlice { dst: bar, src: whole.clone() }
        } else {
            Stmt::AddSlice { dst: bar, src: whole.clone() }
        });
        Some(Operand::Array(whole))
    }

    /// Zeros for the adjoint `bar` of `slice`, on the stack where they are a few.
    fn part_zeros(&self, slice: &Slice, bar: &Slice) -> Init {
        let is_flat = !self.out.kind(slice.base).element(slice.path.len() + 1).is_array();
        match short_length(slice, &self.facts.ops).filter(|_| is_flat) {
            Some(length) => {
                let value = Box::new(Elem::Atom(Atom::real(0.0)));
                Init::Repeat { value, len: Len::Value(Atom::Int(length.to_string())), vec: false }
            }
            None => Init::ZerosLike(bar.clone()),
        }
    }
}

/// Whether a call may run in the reverse sweep: it neither changes its arguments nor leaves its caller.
fn runs_anywhere(call: &Call) -> bool {
    let stays = call.args.iter().all(|arg| match arg.value {
        ArgValue::Scalar(_) | ArgValue::Array(_) | ArgValue::ArrayByValue(_) => true,
        ArgValue::ArrayMut(_) | ArgValue::ScalarMut { .. } | ArgValue::ArrayGone | ArgValue::ScalarGone => {
            false
        }
    });
    stays && matches!(call.outcome, Outcome::Plain)
}
