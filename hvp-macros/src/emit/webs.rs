//! Which versions of a variable share one Rust variable.
//!
//! A loop's carried value is one `let mut`: its version in an iteration and the one behind the loop are the same variable,
//! and so is the version before the loop if it has that name and nobody needs it any more. `let s0 = 0.0; for … carried s from s0 gives s1`
//! becomes `let mut s = 0.0; for … { s += …; }`.

use crate::ir::{Atom, Carried, Func, Head, Loop, Stmt, Touch, VarId, VarMap, VarSet, Visit, visit_stmt};

#[derive(Debug, Default)]
pub(super) struct Webs {
    parent: VarMap<VarId>,
    mutable: VarSet,
}

impl Webs {
    /// The variable that stands for all versions that share with `var`.
    pub(super) fn of(&self, mut var: VarId) -> VarId {
        while let Some(parent) = self.parent.get(var) {
            var = *parent;
        }
        var
    }

    pub(super) fn is_mutable(&self, var: VarId) -> bool {
        self.mutable.contains(self.of(var))
    }

    fn join(&mut self, var: VarId, with: VarId) {
        let (var, with) = (self.of(var), self.of(with));
        if var != with {
            if self.mutable.remove(var) {
                self.mutable.insert(with);
            }
            self.parent.insert(var, with);
        }
    }
}

pub(super) fn find(func: &Func) -> Webs {
    let mut uses = Uses { params: func.params.iter().map(|p| p.var).collect(), ..Uses::default() };
    crate::ir::visit_block(&mut uses, &func.body);
    let mut webs = Webs::default();
    for entry in &uses.loops {
        for carried in &entry.carried {
            webs.join(carried.result, carried.param);
            let web = webs.of(carried.param);
            webs.mutable.insert(web);
        }
    }
    let mut taken = VarSet::default();
    for entry in &uses.loops {
        for carried in &entry.carried {
            if let Atom::Var(init) = carried.init
                && func.var(init).name == func.var(carried.param).name
                && uses.is_done_before(init, entry)
                && taken.insert(init)
            {
                webs.join(carried.param, init);
            }
        }
    }
    webs
}

/// A loop: where it starts and ends in the order of statements, and what it carries.
#[derive(Debug)]
struct Entry {
    start: usize,
    end: usize,
    carried: Vec<Carried>,
}

/// Where scalars are defined and used, in the order of statements.
#[derive(Default)]
struct Uses {
    position: usize,
    params: VarSet,
    defined: VarMap<usize>,
    used: VarMap<Vec<usize>>,
    /// Defined in a way that can be declared `mut`.
    assignable: VarSet,
    loops: Vec<Entry>,
}

impl Uses {
    /// Whether `var` can become the loop's own variable: its last use is as what the loop starts from.
    fn is_done_before(&self, var: VarId, entry: &Entry) -> bool {
        let Some(defined) = self.defined.get(var) else {
            return false;
        };
        let repeated = self
            .loops
            .iter()
            .any(|outer| *defined < outer.start && outer.start < entry.start && entry.end <= outer.end);
        let later = self.used.get(var).is_some_and(|uses| uses.iter().any(|at| *at > entry.start));
        self.assignable.contains(var) && !self.params.contains(var) && !repeated && !later
    }

    fn looped(&mut self, l: &Loop) {
        let start = self.position;
        if let Head::Range { lo, hi, adaptors, .. } = &l.head {
            self.atom(lo);
            self.atom(hi);
            for adaptor in adaptors {
                if let crate::ir::Adaptor::StepBy(step) = adaptor {
                    self.atom(step);
                }
            }
        }
        for carried in &l.carried {
            self.atom(&carried.init);
        }
        if let Head::Range { var, .. } = &l.head {
            self.def(var);
        }
        for carried in &l.carried {
            self.assignable.extend([carried.param, carried.result]);
            self.def(&carried.param);
        }
        let index = self.loops.len();
        self.loops.push(Entry { start, end: usize::MAX, carried: l.carried.clone() });
        crate::ir::visit_block(self, &l.body);
        self.position += 1;
        self.loops[index].end = self.position;
        for carried in &l.carried {
            self.def(&carried.result);
        }
    }
}

impl Visit for Uses {
    fn atom(&mut self, atom: &Atom) {
        if let Atom::Var(var) = atom {
            self.used.slot(*var).push(self.position);
        }
    }

    fn array(&mut self, _: &VarId, _: Touch) {}

    fn def(&mut self, var: &VarId) {
        self.defined.insert(*var, self.position);
    }

    fn stmt(&mut self, stmt: &Stmt) {
        self.position += 1;
        match stmt {
            Stmt::Loop(l) => self.looped(l),
            Stmt::Let { var, .. } => {
                self.assignable.insert(*var);
                visit_stmt(self, stmt);
            }
            Stmt::Branch { results, .. } => {
                self.assignable.extend(results.iter().copied());
                visit_stmt(self, stmt);
            }
            _ => visit_stmt(self, stmt),
        }
    }
}
