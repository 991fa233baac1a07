//! Calls learn which of their arguments are active.

use std::collections::BTreeSet;

use crate::analysis::activity;
use crate::analysis::record::is_active_arg;
use crate::ir::{Atom, Func, Rewrite, Stmt, Touch, VarId, rewrite_block, rewrite_stmt};

/// Sets [`crate::ir::Arg::active`] in the calls of a function that is not derived yet; the calls of both sweeps take it over.
pub(crate) fn activate(mut func: Func) -> Func {
    let active = activity::varied(&func, &activity::inputs(&func));
    rewrite_block(&mut Activate { active }, &mut func.body);
    func
}

struct Activate {
    active: BTreeSet<VarId>,
}

impl Rewrite for Activate {
    fn atom(&mut self, _: &mut Atom) {}

    fn array(&mut self, _: &mut VarId, _: Touch) {}

    fn def(&mut self, _: &mut VarId) {}

    fn stmt(&mut self, stmt: &mut Stmt) {
        if let Stmt::Call(call) = stmt {
            for arg in &mut call.args {
                arg.active = is_active_arg(&arg.value, &self.active);
            }
        }
        rewrite_stmt(self, stmt);
    }
}
