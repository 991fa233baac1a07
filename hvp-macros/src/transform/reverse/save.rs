//! Memory that the reverse sweep reads although it is overwritten.
//!
//! `a[i] = v;` becomes `tape.push(a[i]); a[i] = v;` in the primal sweep and `a[i] = tape.pop();` in the reverse sweep, which so sees
//! the memory as it was. What a loop overwrites element by element is saved at once, before the loop, and arrays that change places (`swap`)
//! change back.

use std::collections::{BTreeMap, BTreeSet};

use super::Reverse;
use crate::analysis::facts::written_by;
use crate::analysis::saved::Span;
use crate::ir::{
    ArgValue, Atom, Block, Compare, Kind, Loop, Name, Op, Operand, Place, Slice, Stmt, Touch, Update, VarId,
    each_name,
};

impl Reverse<'_> {
    /// Writes the restoring of what `stmt` overwrites into the reverse code; gives the saving.
    pub(super) fn save(&mut self, stmt: &Stmt) -> Vec<Stmt> {
        match stmt {
            Stmt::Store { place, .. } if self.saved.arrays.contains(&place.base) => self.save_element(place),
            Stmt::CopySlice { dst, .. } | Stmt::AddSlice { dst, .. } | Stmt::Fill { dst, .. } => {
                self.save_slice(dst)
            }
            Stmt::Call(call) if written_by(call).iter().any(|array| self.saved.arrays.contains(array)) => {
                let written = call.args.iter().filter_map(|arg| match &arg.value {
                    ArgValue::ArrayMut(slice) => Some(slice),
                    ArgValue::Scalar(_)
                    | ArgValue::Array(_)
                    | ArgValue::ArrayByValue(_)
                    | ArgValue::ScalarMut { .. }
                    | ArgValue::ArrayGone
                    | ArgValue::ScalarGone => None,
                });
                written.flat_map(|slice| self.save_slice(slice)).collect()
            }
            Stmt::Store { .. }
            | Stmt::Call(_)
            | Stmt::Let { .. }
            | Stmt::Assign { .. }
            | Stmt::Effect(_)
            | Stmt::Alloc { .. }
            | Stmt::Swap { .. }
            | Stmt::VecPush { .. }
            | Stmt::VecPop { .. }
            | Stmt::Branch { .. }
            | Stmt::Loop(_)
            | Stmt::NewTape { .. }
            | Stmt::Turn
            | Stmt::Push { .. }
            | Stmt::Pop { .. } => Vec::new(),
        }
    }

    /// The parts of saved arrays that `stmt`, a loop, overwrites from one end to the other.
    pub(super) fn spans(&self, stmt: &Stmt) -> Vec<Span> {
        let Stmt::Loop(l) = stmt else { return Vec::new() };
        let arrays = self.saved.arrays.iter();
        arrays.filter_map(|array| self.saved.span(self.source, &self.facts, l, *array)).collect()
    }

    /// `if lo < hi { tape.push(a[first..first + hi - lo]); }`, and the same that restores.
    pub(super) fn save_span(&mut self, span: &Span) -> Vec<Stmt> {
        let tape = self.new_tape();
        let (mut saving, mut restoring) = (Vec::new(), Vec::new());
        let part = self.part_of(span, &mut saving, &mut |_, atom| atom.clone());
        saving.push(Stmt::Push { tape, values: vec![Operand::Array(part)] });
        let part = self.part_of(span, &mut restoring, &mut Self::primal);
        let back = self.copy_of(span.array);
        restoring.push(Stmt::Pop { tape, vars: vec![back] });
        restoring.push(Stmt::CopySlice { dst: part, src: Slice::whole(back) });
        let [lo, hi] = [&span.lo, &span.hi].map(|end| self.primal(end));
        let restored = self.where_some(lo, hi, restoring);
        restored.into_iter().for_each(|stmt| self.push(stmt));
        self.where_some(span.lo.clone(), span.hi.clone(), saving)
    }

    /// The elements of `span`; what computes their place is appended to `stmts`, in which `find` gives the variables.
    fn part_of(
        &mut self,
        span: &Span,
        stmts: &mut Vec<Stmt>,
        find: &mut dyn FnMut(&mut Self, &Atom) -> Atom,
    ) -> Slice {
        let variables: BTreeSet<VarId> = span.first.variables().collect();
        let found: BTreeMap<VarId, Atom> =
            variables.into_iter().map(|var| (var, find(self, &Atom::Var(var)))).collect();
        let mut compute = |pass: &mut Self, op: Op| {
            let var = pass.temporary(Kind::Int);
            stmts.push(Stmt::Let { var, op });
            Atom::Var(var)
        };
        let first = span.first.written(&|var| found[&var].clone(), &mut |op| compute(self, op));
        let [lo, hi] = [&span.lo, &span.hi].map(|end| find(self, end));
        let count = compute(self, Op::Sub(hi, lo));
        let end = compute(self, Op::Add(first.clone(), count));
        Slice { base: span.array, path: Vec::new(), range: Some((first, end)) }
    }

    /// `if lo < hi { stmts }`
    fn where_some(&mut self, lo: Atom, hi: Atom, stmts: Vec<Stmt>) -> Vec<Stmt> {
        let some = self.temporary(Kind::Bool);
        vec![Stmt::Let { var: some, op: Op::Compare(Compare::Lt, lo, hi) }, Stmt::run_if(some, stmts)]
    }

    /// The reverse sweep leaves the arrays that `l` makes as they are: it does not see those of the primal sweep.
    pub(super) fn forget_arrays_of(&mut self, l: &Loop) {
        let sites = &self.facts.sites;
        self.saved.arrays.retain(|array| !sites.get(array).is_some_and(|made| made.loops.contains(&l.id)));
    }

    /// Arrays that changed places change back. What a saved array got from another that is not restored is recorded: behind the
    /// swap, when the other holds what the first one held.
    pub(super) fn swap_back(&mut self, a: VarId, b: VarId) -> Option<Stmt> {
        let (one, other) = match [a, b].map(|array| self.saved.arrays.contains(&array)) {
            [true, true] => {
                self.push(Stmt::Swap { a, b });
                return None;
            }
            [true, false] => (a, b),
            [false, true] => (b, a),
            [false, false] => return None,
        };
        let tape = self.new_tape();
        let back = self.copy_of(one);
        self.push(Stmt::Pop { tape, vars: vec![back] });
        self.push(Stmt::Swap { a: one, b: back });
        Some(Stmt::Push { tape, values: vec![Operand::Array(Slice::whole(other))] })
    }

    fn save_element(&mut self, place: &Place) -> Vec<Stmt> {
        let kind = self.out.kind(place.base).scalar().clone();
        let tape = self.new_tape();
        let (old, back) = (self.temporary(kind.clone()), self.temporary(kind));
        self.push(Stmt::Pop { tape, vars: vec![back] });
        let path = place.path.iter().map(|index| self.primal(index)).collect();
        let there = Place { base: place.base, path };
        self.push(Stmt::Store { place: there, value: Atom::Var(back), update: Update::Set });
        vec![
            Stmt::Let { var: old, op: Op::Load(place.clone()) },
            Stmt::Push { tape, values: vec![Operand::Atom(Atom::Var(old))] },
        ]
    }

    pub(super) fn save_slice(&mut self, slice: &Slice) -> Vec<Stmt> {
        if !self.saved.arrays.contains(&slice.base) {
            return Vec::new();
        }
        let kind = self.out.kind(slice.base).element(slice.path.len()).clone();
        let tape = self.new_tape();
        let back = self.temporary(kind);
        self.push(Stmt::Pop { tape, vars: vec![back] });
        let dst = self.primal_slice(slice);
        self.push(Stmt::CopySlice { dst, src: Slice::whole(back) });
        vec![Stmt::Push { tape, values: vec![Operand::Array(slice.clone())] }]
    }

    /// Whether something inside `stmt` must be saved, so that it has a reverse even if nothing in it has an adjoint.
    pub(super) fn saves_inside(&self, stmt: &Stmt) -> bool {
        let mut found = false;
        each_name(stmt, |name| found |= self.changes_saved(&name));
        found
    }

    pub(super) fn saves_in(&self, block: &Block) -> bool {
        block.stmts.iter().any(|stmt| self.saves_inside(stmt))
            || block.term.blocks().into_iter().any(|inner| self.saves_in(inner))
    }

    fn changes_saved(&self, name: &Name<'_>) -> bool {
        match name {
            Name::Array(array, touch) => *touch != Touch::Read && self.saved.arrays.contains(array),
            Name::Use(_) | Name::Def(_) => false,
        }
    }
}
