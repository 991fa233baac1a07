//! What is known of a function until a pass changes it.

use std::rc::Rc;

use super::critical::late;
use super::exact::exact;
use super::walk::{definitions, pinned};
use crate::ir::{Atom, Func, Op, VarId, VarMap, VarSet, uses};

/// Answers that the passes share; each is found when it is first asked for.
#[derive(Default)]
pub(super) struct Facts {
    exact: Option<Rc<VarSet>>,
    late: Option<Rc<VarSet>>,
    definitions: Option<Rc<VarMap<Op>>>,
    uses: Option<Rc<VarMap<usize>>>,
    pinned: Option<Rc<VarSet>>,
}

impl Facts {
    pub(super) fn exact(&mut self, func: &Func) -> Rc<VarSet> {
        Rc::clone(self.exact.get_or_insert_with(|| Rc::new(exact(func))))
    }

    pub(super) fn late(&mut self, func: &Func) -> Rc<VarSet> {
        Rc::clone(self.late.get_or_insert_with(|| Rc::new(late(func))))
    }

    pub(super) fn definitions(&mut self, func: &Func) -> Definitions {
        let before = Rc::clone(self.definitions.get_or_insert_with(|| Rc::new(definitions(func))));
        Definitions { before, since: VarMap::default() }
    }

    pub(super) fn uses(&mut self, func: &Func) -> Rc<VarMap<usize>> {
        Rc::clone(self.uses.get_or_insert_with(|| Rc::new(uses(&func.body))))
    }

    pub(super) fn pinned(&mut self, func: &Func) -> Rc<VarSet> {
        Rc::clone(self.pinned.get_or_insert_with(|| Rc::new(pinned(func))))
    }
}

/// The operation that defines each scalar, kept up to date by a pass that changes them.
pub(super) struct Definitions {
    before: Rc<VarMap<Op>>,
    since: VarMap<Op>,
}

impl Definitions {
    pub(super) fn of(&self, atom: &Atom) -> Option<&Op> {
        let var = atom.var()?;
        self.since.get(var).or_else(|| self.before.get(var))
    }

    pub(super) fn insert(&mut self, var: VarId, op: Op) {
        self.since.insert(var, op);
    }
}
