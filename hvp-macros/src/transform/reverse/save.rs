//! Memory that the reverse sweep reads although it is overwritten.
//!
//! `a[i] = v;` becomes `tape.push(a[i]); a[i] = v;` in the primal sweep and `a[i] = tape.pop();` in the reverse sweep, which so sees
//! the memory as it was.

use super::Reverse;
use crate::analysis::facts::written_by;
use crate::ir::{ArgValue, Atom, Block, Name, Op, Operand, Place, Slice, Stmt, Touch, Update, each_name};

impl Reverse<'_> {
    /// Writes the restoring of what `stmt` overwrites into the reverse code; gives the saving.
    pub(super) fn save(&mut self, stmt: &Stmt) -> Vec<Stmt> {
        match stmt {
            Stmt::Store { place, .. } if self.saved.contains(&place.base) => self.save_element(place),
            Stmt::CopySlice { dst, .. } | Stmt::AddSlice { dst, .. } | Stmt::Fill { dst, .. } => {
                self.save_slice(dst)
            }
            Stmt::Swap { a, b } => {
                let mut stmts = self.save_slice(&Slice::whole(*a));
                stmts.extend(self.save_slice(&Slice::whole(*b)));
                stmts
            }
            Stmt::Call(call) if written_by(call).iter().any(|array| self.saved.contains(array)) => {
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

    fn save_slice(&mut self, slice: &Slice) -> Vec<Stmt> {
        if !self.saved.contains(&slice.base) {
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
            Name::Array(array, touch) => *touch != Touch::Read && self.saved.contains(array),
            Name::Use(_) | Name::Def(_) => false,
        }
    }
}
