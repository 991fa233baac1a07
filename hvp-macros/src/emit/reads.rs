//! Whether a function reads what an output parameter holds when it is called.

use crate::ir::{Atom, Func, Op, Role, Stmt, Touch, VarId, Visit, What, visit_block, visit_stmt};

/// Whether what `&mut` parameter `index` refers to may be read by `primal` before it is written. What is only ever set is an
/// output and nothing else.
pub(super) fn before_write(primal: &Func, index: usize) -> bool {
    let role = Role::primal(What::Param(index));
    let Some(param) = primal.params.iter().find(|param| param.role == role) else {
        return false;
    };
    let mut reads = Reads { array: param.var, found: false };
    visit_block(&mut reads, &primal.body);
    reads.found
}

struct Reads {
    array: VarId,
    found: bool,
}

impl Visit for Reads {
    fn atom(&mut self, atom: &Atom) {
        self.found |= *atom == Atom::Var(self.array);
    }

    fn array(&mut self, array: &VarId, touch: Touch) {
        self.found |= *array == self.array && matches!(touch, Touch::Read | Touch::Update);
    }

    fn def(&mut self, _: &VarId) {}

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Let { op: Op::Len(_), .. } => {}
            other => visit_stmt(self, other),
        }
    }
}
