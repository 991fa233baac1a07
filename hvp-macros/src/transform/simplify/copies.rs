//! `let b = a; f(b)`  becomes  `f(a)`.

use super::facts::Facts;
use super::walk::{Substitution, each_block, hand_on_names};
use crate::ir::{Atom, Func, Kind, Op, Stmt, VarId, VarMap, VarSet};

/// Every use of a copy becomes a use of the original. Values are never assigned, so it is in scope and the same.
pub(super) fn propagate(func: &mut Func, facts: &mut Facts) -> bool {
    let pinned = facts.pinned(func);
    let mut originals = VarMap::default();
    each_block(&func.body, &mut |block| {
        for stmt in &block.stmts {
            if let Stmt::Let { var, op: Op::Copy(original) } = stmt
                && can_stand_for(func, *var, original, &pinned)
            {
                originals.insert(*var, original.clone());
            }
        }
    });
    let renamed = hand_on_names(func, &originals);
    Substitution::of(originals).apply(func) || renamed
}

fn can_stand_for(func: &Func, var: VarId, original: &Atom, pinned: &VarSet) -> bool {
    match func.kind(var) {
        Kind::Real | Kind::Tangent | Kind::Bool => match original {
            Atom::Var(_) => func.atom_kind(original) == *func.kind(var),
            Atom::Real(_) | Atom::ZeroTangent | Atom::Bool(_) => !pinned.contains(var),
            Atom::Int(_) | Atom::Undef => false,
        },
        // An integer's type may stand at the copy.
        Kind::Int => matches!(original, Atom::Var(_)) && func.atom_kind(original) == Kind::Int,
        Kind::Pullback => original.var().is_some(),
        Kind::Opaque | Kind::Array(_) | Kind::Tuple(_) | Kind::Tape => false,
    }
}
