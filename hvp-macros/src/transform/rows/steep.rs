//! Infinite slopes, which a direction of zero passes unharmed and an adjoint does not.

use std::collections::BTreeSet;

use crate::analysis::activity;
use crate::ir::{
    Atom, Binary, Func, Op, Rewrite, Stmt, Touch, Unary, VarId, Visit, rewrite_block, rewrite_stmt,
    visit_block,
};

/// Lets a zero factor stop an adjoint that may be infinite, where a value of `written` may be finite and its slope infinite: at the
/// root of x x + y y each direction is zero in front of the root, so that each row must be.
pub(super) fn guard(written: &Func, func: &mut Func) {
    if !has_infinite_slopes(written) {
        return;
    }
    let mut scaled = Scaled { found: BTreeSet::new() };
    visit_block(&mut scaled, &func.body);
    let mut guards = Guards { unbounded: activity::varied(func, &scaled.found) };
    rewrite_block(&mut guards, &mut func.body);
}

fn has_infinite_slopes(written: &Func) -> bool {
    let active = activity::varied(written, &activity::inputs(written));
    let mut steep = Steep { active, found: false };
    visit_block(&mut steep, &written.body);
    steep.found
}

struct Steep {
    active: BTreeSet<VarId>,
    found: bool,
}

impl Visit for Steep {
    fn atom(&mut self, _: &Atom) {}

    fn array(&mut self, _: &VarId, _: Touch) {}

    fn def(&mut self, _: &VarId) {}

    fn stmt(&mut self, stmt: &Stmt) {
        if let Stmt::Let { var, op } = stmt {
            let steep = match op {
                Op::Unary(function, _) => {
                    [Unary::Sqrt, Unary::Cbrt, Unary::Asin, Unary::Acos, Unary::Acosh].contains(function)
                }
                Op::Binary(function, ..) => *function == Binary::Powf,
                _ => false,
            };
            self.found |= steep && self.active.contains(var);
        }
        crate::ir::visit_stmt(self, stmt);
    }
}

/// What a factor that may be infinite was applied to.
struct Scaled {
    found: BTreeSet<VarId>,
}

impl Visit for Scaled {
    fn atom(&mut self, _: &Atom) {}

    fn array(&mut self, _: &VarId, _: Touch) {}

    fn def(&mut self, _: &VarId) {}

    fn stmt(&mut self, stmt: &Stmt) {
        if let Stmt::Let { var, op: Op::ScaleOrZero(..) } = stmt {
            self.found.insert(*var);
        }
        crate::ir::visit_stmt(self, stmt);
    }
}

struct Guards {
    unbounded: BTreeSet<VarId>,
}

impl Guards {
    fn is_unbounded(&self, atom: &Atom) -> bool {
        atom.var().is_some_and(|var| self.unbounded.contains(&var))
    }
}

impl Rewrite for Guards {
    fn atom(&mut self, _: &mut Atom) {}

    fn array(&mut self, _: &mut VarId, _: Touch) {}

    fn def(&mut self, _: &mut VarId) {}

    fn stmt(&mut self, stmt: &mut Stmt) {
        if let Stmt::Let { op, .. } = stmt
            && let Op::Mul(a, b) = op
        {
            let guarded = match (self.is_unbounded(a), self.is_unbounded(b)) {
                (true, false) => Some(Op::ScaleUnlessZero(a.clone(), b.clone())),
                (false, true) => Some(Op::ScaleUnlessZero(b.clone(), a.clone())),
                (true, true) | (false, false) => None,
            };
            if let Some(guarded) = guarded {
                *op = guarded;
            }
        }
        rewrite_stmt(self, stmt);
    }
}
