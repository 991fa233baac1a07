//! `let b = a; f(b)`  becomes  `f(a)`.

use std::collections::BTreeMap;

use super::walk::{Substitution, definitions, hand_on_names, pinned};
use crate::ir::{Atom, Func, Kind, Op};

/// Every use of a copy becomes a use of the original. Values are never assigned, so it is in scope and the same.
pub(super) fn propagate(func: &mut Func) {
    let pinned = pinned(func);
    let mut originals = BTreeMap::new();
    for (var, op) in definitions(func) {
        let Op::Copy(original) = op else { continue };
        let same = match func.kind(var) {
            Kind::Real | Kind::Tangent | Kind::Bool => match &original {
                Atom::Var(_) => func.atom_kind(&original) == *func.kind(var),
                Atom::Real(_) | Atom::ZeroTangent | Atom::Bool(_) => !pinned.contains(&var),
                Atom::Int(_) | Atom::Undef => false,
            },
            // An integer's type may stand at the copy.
            Kind::Int => matches!(original, Atom::Var(_)) && func.atom_kind(&original) == Kind::Int,
            Kind::Pullback => original.var().is_some(),
            Kind::Opaque | Kind::Array(_) | Kind::Tuple(_) | Kind::Tape => false,
        };
        if same {
            originals.insert(var, original);
        }
    }
    hand_on_names(func, &originals);
    Substitution(originals).apply(func);
}
