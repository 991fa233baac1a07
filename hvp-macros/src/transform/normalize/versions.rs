//! One definition per variable.
//!
//! `y = x; if c { y := y * y }` becomes `y = x; y1 = if c { y * y } else { y }`; a slot that a loop assigns becomes a value that
//! the loop carries.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::{
    Atom, Block, Branch, Carried, Func, Head, Kind, Loop, Name, Pattern, Rewrite, Selector, Stmt, Term,
    Touch, VarId, each_name, each_name_in, rewrite_op, rewrite_opaque, rewrite_stmt,
};

/// Gives each assignment a variable of its own.
pub(crate) fn number(mut func: Func) -> Func {
    let slots = slots(&func);
    let undeclared = undeclared(&func, &slots);
    let body = std::mem::take(&mut func.body);
    let mut pass =
        Versions { func: &mut func, slots, undeclared, current: BTreeMap::new(), defined: BTreeSet::new() };
    let params: Vec<VarId> = pass.func.params.iter().map(|param| param.var).collect();
    for param in params {
        pass.current.insert(param, Atom::Var(param));
        pass.defined.insert(param);
    }
    let body = pass.block(body, &[]);
    func.body = body;
    func
}

/// The variables that are assigned anywhere.
fn slots(func: &Func) -> BTreeSet<VarId> {
    let mut found = BTreeSet::new();
    for stmt in &func.body.stmts {
        collect_assigned(stmt, &mut found, &mut BTreeSet::new());
    }
    for_each_tail(&func.body.term, &mut |stmt| {
        collect_assigned(stmt, &mut found, &mut BTreeSet::new());
    });
    found
}

/// How often the body names each slot of unknown type that it does not declare. Such a slot belongs to the smallest statement
/// that names it: it has no value before, and a value that is moved must not be handed on.
fn undeclared(func: &Func, slots: &BTreeSet<VarId>) -> BTreeMap<VarId, usize> {
    let (mut assigned, mut declared) = (BTreeSet::new(), BTreeSet::new());
    collect_in_block(&func.body, &mut assigned, &mut declared);
    declared.extend(func.params.iter().map(|param| param.var));
    let is_undeclared = |var: &&VarId| *func.kind(**var) == Kind::Opaque && !declared.contains(*var);
    let mut counts = slots.iter().filter(is_undeclared).map(|var| (*var, 0)).collect();
    each_name_in(&func.body, |name| count_name(&name, &mut counts));
    counts
}

fn count_name(name: &Name<'_>, counts: &mut BTreeMap<VarId, usize>) {
    let var = match name {
        Name::Use(atom) => atom.var(),
        Name::Def(var) => Some(*var),
        Name::Array(..) => None,
    };
    if let Some(count) = var.and_then(|var| counts.get_mut(&var)) {
        *count += 1;
    }
}

fn for_each_tail(term: &Term, visit: &mut dyn FnMut(&Stmt)) {
    if let Term::Branch(branch) = term {
        for block in branch.blocks() {
            block.stmts.iter().for_each(&mut *visit);
            for_each_tail(&block.term, visit);
        }
    }
}

/// Adds to `assigned` the variables that `stmt` assigns, and to `declared` those that it declares.
fn collect_assigned(stmt: &Stmt, assigned: &mut BTreeSet<VarId>, declared: &mut BTreeSet<VarId>) {
    match stmt {
        Stmt::Assign { var, .. } => {
            assigned.insert(*var);
        }
        Stmt::Call(call) => {
            for arg in &call.args {
                if let crate::ir::ArgValue::ScalarMut { after, .. } = &arg.value {
                    assigned.insert(*after);
                }
            }
            if let crate::ir::Outcome::Caught { present, error } = call.outcome {
                declared.extend([present, error]);
            }
            declared.extend(&call.results);
        }
        Stmt::Branch { .. } | Stmt::Loop(_) => {
            if let Stmt::Branch { results, .. } = stmt {
                declared.extend(results);
            }
            for block in stmt.blocks() {
                collect_in_block(block, assigned, declared);
            }
        }
        other => each_name(other, |name| {
            if let Name::Def(var) = name {
                declared.insert(var);
            }
        }),
    }
}

fn collect_in_block(block: &Block, assigned: &mut BTreeSet<VarId>, declared: &mut BTreeSet<VarId>) {
    for stmt in &block.stmts {
        collect_assigned(stmt, assigned, declared);
    }
    for_each_tail(&block.term, &mut |stmt| {
        collect_assigned(stmt, assigned, declared);
    });
}

struct Versions<'f> {
    func: &'f mut Func,
    slots: BTreeSet<VarId>,
    undeclared: BTreeMap<VarId, usize>,
    current: BTreeMap<VarId, Atom>,
    /// Slots whose own variable is defined; the next version is a new variable.
    defined: BTreeSet<VarId>,
}

impl Rewrite for Versions<'_> {
    fn atom(&mut self, atom: &mut Atom) {
        if let Atom::Var(var) = atom
            && self.slots.contains(var)
        {
            *atom = self.current.get(var).cloned().unwrap_or(Atom::Undef);
        }
    }

    fn array(&mut self, _: &mut VarId, _: Touch) {}

    fn def(&mut self, var: &mut VarId) {
        *var = self.version(*var);
    }
}

impl Versions<'_> {
    /// A variable for the next value of `slot`.
    fn version(&mut self, slot: VarId) -> VarId {
        if !self.slots.contains(&slot) {
            return slot;
        }
        let var = if self.defined.insert(slot) {
            slot
        } else {
            let info = self.func.var(slot).clone();
            self.func.fresh(info)
        };
        self.current.insert(slot, Atom::Var(var));
        var
    }

    fn now(&self, slot: VarId) -> Atom {
        self.current.get(&slot).cloned().unwrap_or(Atom::Undef)
    }

    /// `merged` are the slots whose values the leaves of the block hand on.
    fn block(&mut self, block: Block, merged: &[VarId]) -> Block {
        let stmts = block.stmts.into_iter().map(|stmt| self.stmt(stmt)).collect();
        let term = match block.term {
            Term::Yield(mut values) => {
                values.iter_mut().for_each(|value| self.atom(value));
                values.extend(merged.iter().map(|slot| self.now(*slot)));
                Term::Yield(values)
            }
            Term::Continue(id, _) => Term::Continue(id, merged.iter().map(|slot| self.now(*slot)).collect()),
            Term::Break(id, _) => Term::Break(id, merged.iter().map(|slot| self.now(*slot)).collect()),
            Term::Return(mut values) => {
                values.iter_mut().for_each(|value| self.atom(value));
                Term::Return(values)
            }
            Term::Branch(branch) => Term::Branch(self.branch(branch, merged)),
            Term::Escape(mut opaque) => {
                rewrite_opaque(self, &mut opaque);
                Term::Escape(opaque)
            }
            Term::Panic(mut opaque) => {
                rewrite_opaque(self, &mut opaque);
                Term::Panic(opaque)
            }
        };
        Block { stmts, term }
    }

    fn branch(&mut self, branch: Branch, merged: &[VarId]) -> Branch {
        let on = match branch.on {
            Selector::Bool(mut cond) => {
                self.atom(&mut cond);
                Selector::Bool(cond)
            }
            Selector::Match(mut scrutinee) => {
                rewrite_opaque(self, &mut scrutinee);
                Selector::Match(scrutinee)
            }
        };
        let before = self.current.clone();
        let arms = branch
            .arms
            .into_iter()
            .map(|arm| {
                let pattern = arm.pattern.map(|pattern| {
                    let binds = pattern.binds.into_iter().map(|bind| self.version(bind)).collect();
                    // What a guard computes for itself is gone behind it.
                    let outside = self.current.clone();
                    let guard = pattern.guard.map(|guard| self.block(guard, &[]));
                    self.current = outside;
                    Pattern { binds, guard, ..pattern }
                });
                let body = self.block(arm.body, merged);
                self.current.clone_from(&before);
                crate::ir::Arm { pattern, body }
            })
            .collect();
        Branch { on, arms }
    }

    /// The slots from outside that the blocks of `stmt` assign.
    fn assigned_inside(&self, stmt: &Stmt) -> Vec<VarId> {
        let (mut assigned, mut declared) = (BTreeSet::new(), BTreeSet::new());
        for block in stmt.blocks() {
            collect_in_block(block, &mut assigned, &mut declared);
        }
        let from_outside = assigned.difference(&declared).copied();
        let mut counts: BTreeMap<VarId, usize> = from_outside
            .clone()
            .filter(|var| self.undeclared.contains_key(var))
            .map(|var| (var, 0))
            .collect();
        if !counts.is_empty() {
            each_name(stmt, |name| count_name(&name, &mut counts));
        }
        from_outside
            .filter(|var| counts.get(var).is_none_or(|n| self.undeclared.get(var) != Some(n)))
            .collect()
    }

    fn stmt(&mut self, mut stmt: Stmt) -> Stmt {
        let merged = self.assigned_inside(&stmt);
        match stmt {
            Stmt::Assign { var, mut op } | Stmt::Let { var, mut op } => {
                rewrite_op(self, &mut op);
                Stmt::Let { var: self.version(var), op }
            }
            Stmt::Branch { branch, mut results } => {
                let branch = self.branch(branch, &merged);
                results.iter_mut().for_each(|result| *result = self.version(*result));
                results.extend(merged.iter().map(|slot| self.version(*slot)));
                Stmt::Branch { branch, results }
            }
            Stmt::Loop(l) => Stmt::Loop(self.looped(l, &merged)),
            _ => {
                rewrite_stmt(self, &mut stmt);
                stmt
            }
        }
    }

    fn looped(&mut self, mut l: Loop, merged: &[VarId]) -> Loop {
        if let Head::Range { lo, hi, adaptors, .. } = &mut l.head {
            self.atom(lo);
            self.atom(hi);
            for adaptor in adaptors {
                if let crate::ir::Adaptor::StepBy(step) = adaptor {
                    self.atom(step);
                }
            }
        }
        let inits: Vec<Atom> = merged.iter().map(|slot| self.now(*slot)).collect();
        let outside = self.current.clone();
        if let Head::Range { var, .. } = &mut l.head {
            *var = self.version(*var);
        }
        let params: Vec<VarId> = merged.iter().map(|slot| self.version(*slot)).collect();
        let body = self.block(l.body, merged);
        self.current = outside;
        let carried = merged.iter().zip(inits).zip(params).map(|((slot, init), param)| Carried {
            param,
            init,
            result: self.version(*slot),
        });
        let carried = carried.collect();
        Loop { carried, body, ..l }
    }
}
