//! Copies of statements with variables and loops of their own.

use std::collections::BTreeMap;

use crate::ir::{Atom, Block, Branch, Func, LoopId, Rewrite, Stmt, Term, Touch, VarId};

/// Appends a copy of `stmts` to `out`. `names` says what stands for the variables from outside, and then for all.
pub(super) fn copy(func: &mut Func, stmts: &[Stmt], names: &mut BTreeMap<VarId, VarId>, out: &mut Vec<Stmt>) {
    let mut copying = Copying { func, names: std::mem::take(names) };
    for stmt in stmts {
        let mut stmt = stmt.clone();
        crate::ir::rewrite_stmt(&mut copying, &mut stmt);
        renumber(copying.func, &mut stmt);
        out.push(stmt);
    }
    *names = copying.names;
}

pub(super) fn rename(atom: &mut Atom, names: &BTreeMap<VarId, VarId>) {
    if let Some(name) = atom.var().and_then(|var| names.get(&var)) {
        *atom = Atom::Var(*name);
    }
}

struct Copying<'f> {
    func: &'f mut Func,
    names: BTreeMap<VarId, VarId>,
}

impl Rewrite for Copying<'_> {
    fn atom(&mut self, atom: &mut Atom) {
        rename(atom, &self.names);
    }

    fn array(&mut self, array: &mut VarId, _: Touch) {
        *array = self.names.get(array).copied().unwrap_or(*array);
    }

    fn def(&mut self, var: &mut VarId) {
        let copy = self.func.var(*var).clone();
        let copy = self.func.fresh(copy);
        self.names.insert(*var, copy);
        *var = copy;
    }
}

/// Gives the loops in a copied statement numbers of their own.
fn renumber(func: &mut Func, stmt: &mut Stmt) {
    match stmt {
        Stmt::Loop(l) => {
            let (old, new) = (l.id, func.fresh_loop());
            l.id = new;
            relabel(&mut l.body, old, new);
            l.body.stmts.iter_mut().for_each(|inner| renumber(func, inner));
            renumber_tail(func, &mut l.body.term);
        }
        Stmt::Branch { branch, .. } => renumber_arms(func, branch),
        Stmt::Let { .. }
        | Stmt::Assign { .. }
        | Stmt::Effect(_)
        | Stmt::Alloc { .. }
        | Stmt::Store { .. }
        | Stmt::CopySlice { .. }
        | Stmt::AddSlice { .. }
        | Stmt::Fill { .. }
        | Stmt::Swap { .. }
        | Stmt::VecPush { .. }
        | Stmt::VecPop { .. }
        | Stmt::Call(_)
        | Stmt::NewTape { .. }
        | Stmt::Turn
        | Stmt::Push { .. }
        | Stmt::Pop { .. } => {}
    }
}

fn renumber_tail(func: &mut Func, term: &mut Term) {
    if let Term::Branch(branch) = term {
        renumber_arms(func, branch);
    }
}

fn renumber_arms(func: &mut Func, branch: &mut Branch) {
    for arm in &mut branch.arms {
        arm.body.stmts.iter_mut().for_each(|inner| renumber(func, inner));
        renumber_tail(func, &mut arm.body.term);
    }
}

fn relabel(block: &mut Block, old: LoopId, new: LoopId) {
    match &mut block.term {
        Term::Continue(id, _) | Term::Break(id, _) if *id == old => *id = new,
        Term::Branch(branch) => branch.arms.iter_mut().for_each(|arm| relabel(&mut arm.body, old, new)),
        Term::Continue(..)
        | Term::Break(..)
        | Term::Yield(_)
        | Term::Return(_)
        | Term::Escape(_)
        | Term::Panic(_) => {}
    }
}
