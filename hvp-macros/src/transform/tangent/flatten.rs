//! The tangents of an inner forward mode are one direction each, and reals like others to the outer one.

use crate::ir::{Atom, Func, Kind, Rewrite, Touch, VarId};

/// `func` with reals in the place of tangents.
pub(super) fn flatten(func: &Func) -> Func {
    let mut out = func.clone();
    for var in &mut out.vars {
        var.kind = real(&var.kind);
    }
    crate::ir::rewrite_block(&mut Zeros, &mut out.body);
    out
}

fn real(kind: &Kind) -> Kind {
    match kind {
        Kind::Tangent => Kind::Real,
        Kind::Array(inner) => Kind::array(real(inner)),
        Kind::Tuple(kinds) => Kind::Tuple(kinds.iter().map(real).collect()),
        Kind::Real | Kind::Int | Kind::Bool | Kind::Opaque | Kind::Tape | Kind::Pullback => kind.clone(),
    }
}

struct Zeros;

impl Rewrite for Zeros {
    fn atom(&mut self, atom: &mut Atom) {
        if *atom == Atom::ZeroTangent {
            *atom = Atom::real(0.0);
        }
    }

    fn array(&mut self, _: &mut VarId, _: Touch) {}

    fn def(&mut self, _: &mut VarId) {}
}
