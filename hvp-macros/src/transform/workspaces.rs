//! Arrays that each iteration of a loop makes are made once, before it.
//!
//! ```text
//! for _ in 0..steps {                             let mut k = vec![0.0; n];
//!     let mut k = vec![0.0; n];                   for _ in 0..steps {
//!     for i in 1..n - 1 { k[i] += f(x, i); }  →       k.fill(0.0);
//!     …                                               for i in 1..n - 1 { k[i] += f(x, i); }
//! }                                                   …
//!                                                 }
//! ```
//!
//! Where the first thing that happens to the array is a loop that goes through it from its beginning, that loop writes the elements, and
//! nothing is filled but what lies behind them.
//!
//! The length must be the same in all iterations. What it is computed from is computed before the loop, if there is an iteration, so
//! nothing fails that would not fail in the first one. An array that is handed over to somebody is made anew.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::overwrite::written;
use super::simplify::exact;
use crate::analysis::record::has_effects;
use crate::ir::{
    ArgValue, Atom, Block, Compare, Elem, Func, Head, Init, Kind, Len, Loop, Name, Op, Operand, Slice,
    SpanId, Stmt, Term, Touch, Var, VarId, VarSet, any_stmt, each_name_in, touches,
};

/// So much room there is in any case.
const SHORT: i64 = 1 << 12;

/// Makes the arrays of iterations before their loops.
pub(crate) fn make_once(func: &mut Func) {
    let exact = exact(func);
    let mut body = std::mem::take(&mut func.body);
    let mut known = Known::default();
    known.block(&body);
    Workspaces { func, exact, known, filled: VarSet::default() }.block(&mut body);
    func.body = body;
}

/// What is known wherever it is defined.
#[derive(Default)]
struct Known {
    /// The arrays that are surely `Vec`s.
    vecs: VarSet,
    /// Lengths of what is there, so that there is room for as much.
    lengths: VarSet,
}

impl Known {
    fn block(&mut self, block: &Block) {
        for stmt in &block.stmts {
            match stmt {
                Stmt::Alloc { var, init } if self.is_vec(init) => {
                    self.vecs.insert(*var);
                }
                Stmt::Let { var, op } if self.is_length(op) => {
                    self.lengths.insert(*var);
                }
                other => other.blocks().into_iter().for_each(|inner| self.block(inner)),
            }
        }
        block.term.blocks().into_iter().for_each(|inner| self.block(inner));
    }

    fn is_vec(&self, init: &Init) -> bool {
        match init {
            Init::Repeat { vec, .. } | Init::List { vec, .. } => *vec,
            Init::CopyOf(slice) | Init::ZerosLike(slice) => {
                slice.range.is_some() || slice.path.is_empty() && self.vecs.contains(slice.base)
            }
            Init::Empty(_) => true,
        }
    }

    fn is_length(&self, op: &Op) -> bool {
        let known = |atom: &Atom| match atom.var() {
            Some(var) => self.lengths.contains(var),
            None => atom.integer().is_some_and(|number| number < SHORT),
        };
        match op {
            Op::Len(_) => true,
            Op::Copy(a) => known(a),
            Op::Select(_, a, b) => known(a) && known(b),
            _ => false,
        }
    }
}

struct Workspaces<'f> {
    func: &'f mut Func,
    exact: VarSet,
    known: Known,
    /// The arrays that the iterations of a loop inside fill.
    filled: VarSet,
}

/// What the iterations of a loop have in common.
struct Around {
    /// Whether there is an iteration, where that is not known.
    test: (Atom, Atom),
    /// What the body defines.
    own: VarSet,
    /// How its integers and conditions are computed.
    ops: BTreeMap<VarId, Op>,
    /// Arrays whose length changes, or which somebody takes.
    taken: VarSet,
}

impl Around {
    /// None where an iteration may leave early, or may do something that is seen.
    fn of(l: &Loop) -> Option<Around> {
        let Head::Range { var, lo, hi, inclusive: false, .. } = &l.head else { return None };
        let makes = |stmt: &Stmt| matches!(stmt, Stmt::Alloc { .. });
        if !l.body.stmts.iter().any(makes)
            || !matches!(l.body.term, Term::Continue(..))
            || has_effects(&l.body)
        {
            return None;
        }
        let (mut own, mut taken) = (VarSet::default(), VarSet::default());
        each_name_in(&l.body, |name| match name {
            Name::Def(var) => {
                own.insert(var);
            }
            // An array as a value is one that the user's own code takes.
            Name::Use(atom) => taken.extend(atom.var()),
            Name::Array(var, Touch::Grow) => {
                taken.insert(var);
            }
            Name::Array(_, Touch::Read | Touch::Set | Touch::Update) => {}
        });
        any_stmt(&l.body, &mut |stmt| {
            taken.extend(taken_by(stmt));
            false
        });
        own.extend(l.carried.iter().map(|item| item.param).chain([*var]));
        let ops = l.body.stmts.iter().filter_map(|stmt| match stmt {
            Stmt::Let { var, op } => Some((*var, op.clone())),
            _ => None,
        });
        Some(Around { test: (lo.clone(), hi.clone()), own, ops: ops.collect(), taken })
    }
}

/// The arrays that go on elsewhere, or come from there.
fn taken_by(stmt: &Stmt) -> Vec<VarId> {
    match stmt {
        Stmt::Swap { a, b } => vec![*a, *b],
        Stmt::VecPop { array, .. } => vec![*array],
        Stmt::VecPush { array, value } => [*array].into_iter().chain(array_of(value)).collect(),
        // A record of several takes its arrays for good.
        Stmt::Push { values, .. } if values.len() > 1 => values.iter().filter_map(array_of).collect(),
        Stmt::Call(call) => call
            .args
            .iter()
            .filter_map(|arg| match &arg.value {
                ArgValue::ArrayByValue(array) => Some(*array),
                ArgValue::Scalar(_)
                | ArgValue::Array(_)
                | ArgValue::ArrayMut(_)
                | ArgValue::ScalarMut { .. }
                | ArgValue::ArrayGone
                | ArgValue::ScalarGone => None,
            })
            .collect(),
        Stmt::Let { .. }
        | Stmt::Assign { .. }
        | Stmt::Effect(_)
        | Stmt::Alloc { .. }
        | Stmt::Store { .. }
        | Stmt::CopySlice { .. }
        | Stmt::AddSlice { .. }
        | Stmt::Fill { .. }
        | Stmt::Branch { .. }
        | Stmt::Loop(_)
        | Stmt::NewTape { .. }
        | Stmt::Turn
        | Stmt::Push { .. }
        | Stmt::Pop { .. } => Vec::new(),
    }
}

fn array_of(operand: &Operand) -> Option<VarId> {
    match operand {
        Operand::Array(slice) => Some(slice.base),
        Operand::Atom(_) => None,
    }
}

impl Workspaces<'_> {
    fn block(&mut self, block: &mut Block) {
        for mut stmt in std::mem::take(&mut block.stmts) {
            stmt.blocks_mut().into_iter().for_each(|inner| self.block(inner));
            if let Stmt::Loop(l) = &mut stmt {
                block.stmts.extend(self.looped(l));
            }
            block.stmts.push(stmt);
        }
        if let Term::Branch(branch) = &mut block.term {
            branch.blocks_mut().into_iter().for_each(|inner| self.block(inner));
        }
    }

    /// Takes out of `l` the arrays that it makes; gives what makes them before.
    fn looped(&mut self, l: &mut Loop) -> Vec<Stmt> {
        let Some(mut around) = Around::of(l) else { return Vec::new() };
        let mut before = Vec::new();
        let mut at = 0;
        while at < l.body.stmts.len() {
            let Stmt::Alloc { var, init } = &l.body.stmts[at] else {
                at += 1;
                continue;
            };
            let var = *var;
            let Some(begin) = self.renewed(var, init, &around, &mut before) else {
                at += 1;
                continue;
            };
            around.own.remove(var);
            let mut rest = l.body.stmts.split_off(at + 1);
            l.body.stmts.pop();
            if self.filled.insert(var) && !self.is_written_first(&mut rest, &begin, var) {
                l.body.stmts.push(begin);
            }
            l.body.stmts.append(&mut rest);
        }
        before
    }

    /// Makes `var` before the loop, if it can be; gives what its contents begin with in an iteration.
    fn renewed(&mut self, var: VarId, init: &Init, around: &Around, before: &mut Vec<Stmt>) -> Option<Stmt> {
        let flat =
            matches!(self.func.kind(var), Kind::Array(of) if matches!(**of, Kind::Real | Kind::Tangent));
        if !flat || around.taken.contains(var) {
            return None;
        }
        let zero = Atom::zero(self.func.kind(var).scalar());
        let whole = Slice::whole(var);
        let (len, value, begin) = match init {
            Init::Repeat { value, len: Len::Value(len), vec: true } => {
                let Elem::Atom(value) = &**value else { return None };
                let literal = matches!(value, Atom::Real(_) | Atom::ZeroTangent);
                literal.then_some(())?;
                let fill = Stmt::Fill { dst: whole, value: value.clone() };
                (self.before(len, around, before)?, value.clone(), fill)
            }
            Init::ZerosLike(slice) if self.is_vec(slice) => {
                let fill = Stmt::Fill { dst: whole, value: zero.clone() };
                (self.length(slice, around, before)?, zero, fill)
            }
            Init::CopyOf(slice) if self.is_vec(slice) => {
                let copy = Stmt::CopySlice { dst: whole, src: slice.clone() };
                (self.length(slice, around, before)?, zero, copy)
            }
            Init::Repeat { .. }
            | Init::List { .. }
            | Init::CopyOf(_)
            | Init::ZerosLike(_)
            | Init::Empty(_) => {
                return None;
            }
        };
        let init = Init::Repeat { value: Box::new(Elem::Atom(value)), len: Len::Value(len), vec: true };
        before.push(Stmt::Alloc { var, init });
        Some(begin)
    }

    /// Whether the first of `rest` that touches `var` writes what `begin` does; a loop through the array then does so.
    fn is_written_first(&mut self, rest: &mut Vec<Stmt>, begin: &Stmt, var: VarId) -> bool {
        let Stmt::Fill { value, .. } = begin else { return false };
        let adds = value.is_zero() && !self.exact.contains(var);
        match rest.iter_mut().enumerate().find(|(_, stmt)| touches(stmt, var)) {
            Some((_, Stmt::CopySlice { dst, .. })) => *dst == Slice::whole(var),
            Some((at, Stmt::Loop(l))) => {
                let Some(written) = written(l, var, adds) else { return false };
                rest.splice(at + 1..=at, written.rest(self.func, var, value));
                true
            }
            _ => false,
        }
    }

    fn is_vec(&self, slice: &Slice) -> bool {
        slice.path.is_empty() && self.known.vecs.contains(slice.base)
    }

    /// The length of `slice`, before the loop.
    fn length(&mut self, slice: &Slice, around: &Around, before: &mut Vec<Stmt>) -> Option<Atom> {
        let len = match &slice.range {
            None => Op::Len(slice.clone()),
            Some((start, end)) => Op::Sub(end.clone(), start.clone()),
        };
        self.guarded(len, around, before)
    }

    /// The integer `len`, before the loop.
    fn before(&mut self, len: &Atom, around: &Around, before: &mut Vec<Stmt>) -> Option<Atom> {
        match len.var() {
            Some(var) if around.own.contains(var) => {
                self.guarded(around.ops.get(&var)?.clone(), around, before)
            }
            _ => self.guarded(Op::Copy(len.clone()), around, before),
        }
    }

    /// `op` before the loop: what the first iteration would compute, or zero without one.
    fn guarded(&mut self, op: Op, around: &Around, before: &mut Vec<Stmt>) -> Option<Atom> {
        let mut stmts = Vec::new();
        let is_length = self.known.is_length(&op);
        let len = self.moved(op, around, &mut BTreeMap::new(), &mut stmts)?;
        if is_length {
            before.extend(stmts);
            return Some(len);
        }
        let (lo, hi) = around.test.clone();
        let any = self.temporary(Kind::Bool);
        let result = self.temporary(Kind::Int);
        before.push(Stmt::Let { var: any, op: Op::Compare(Compare::Lt, lo, hi) });
        before.push(Stmt::value_if(any, (stmts, len), Atom::zero(&Kind::Int), result));
        Some(result.into())
    }

    /// Computes `op` in `stmts`, which stand before the loop.
    fn moved(
        &mut self,
        op: Op,
        around: &Around,
        found: &mut BTreeMap<VarId, Atom>,
        stmts: &mut Vec<Stmt>,
    ) -> Option<Atom> {
        let mut atom = |atom: &Atom| -> Option<Atom> {
            let Some(var) = atom.var().filter(|var| around.own.contains(*var)) else {
                return Some(atom.clone());
            };
            if let Some(found) = found.get(&var) {
                return Some(found.clone());
            }
            let value = self.moved(around.ops.get(&var)?.clone(), around, found, stmts)?;
            found.insert(var, value.clone());
            Some(value)
        };
        let (kind, op) = match &op {
            Op::Copy(a) => return atom(a),
            Op::Len(slice) => {
                let stays = !around.own.contains(slice.base) && !around.taken.contains(slice.base);
                (stays && slice.path.is_empty() && slice.range.is_none()).then_some(())?;
                (Kind::Int, op)
            }
            Op::Add(a, b) => (Kind::Int, Op::Add(atom(a)?, atom(b)?)),
            Op::Sub(a, b) => (Kind::Int, Op::Sub(atom(a)?, atom(b)?)),
            Op::Mul(a, b) => (Kind::Int, Op::Mul(atom(a)?, atom(b)?)),
            Op::Compare(how, a, b) => (Kind::Bool, Op::Compare(*how, atom(a)?, atom(b)?)),
            Op::Select(on, a, b) => (Kind::Int, Op::Select(atom(on)?, atom(a)?, atom(b)?)),
            _ => return None,
        };
        let var = self.temporary(kind);
        stmts.push(Stmt::Let { var, op });
        Some(var.into())
    }

    fn temporary(&mut self, kind: Kind) -> VarId {
        self.func.fresh(Var::temporary(kind, SpanId(0)))
    }
}
