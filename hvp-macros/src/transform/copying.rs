//! Copies of statements with variables and loops of their own.

use std::collections::BTreeMap;

use crate::ir::{
    Atom, Block, Func, Head, Loop, LoopId, Rewrite, Stmt, Term, Touch, VarId, VarSet, any_stmt,
    rewrite_block, rewrite_stmt,
};

/// Appends a copy of `stmts` to `out`. `names` says what stands for the variables from outside, and then for all. In slot form,
/// variables from outside that are assigned stay.
pub(crate) fn copy(func: &mut Func, stmts: &[Stmt], names: &mut BTreeMap<VarId, VarId>, out: &mut Vec<Stmt>) {
    let outside = assigned(stmts);
    let mut copying = Copying { func, names: std::mem::take(names), defined: VarSet::default(), outside };
    for stmt in stmts {
        let mut stmt = stmt.clone();
        rewrite_stmt(&mut copying, &mut stmt);
        renumber(copying.func, &mut stmt);
        out.push(stmt);
    }
    *names = copying.names;
}

pub(crate) fn rename(atom: &mut Atom, names: &BTreeMap<VarId, VarId>) {
    if let Some(name) = atom.var().and_then(|var| names.get(&var)) {
        *atom = Atom::Var(*name);
    }
}

/// A copy of a loop whose inner variables and loops are its own; its number and results are the same.
pub(crate) fn copy_of_loop(func: &mut Func, l: &Loop) -> Loop {
    let mut copying =
        Copying { func, names: BTreeMap::new(), defined: VarSet::default(), outside: VarSet::default() };
    let mut copy = l.clone();
    if let Head::Range { var, .. } = &mut copy.head {
        copying.def(var);
    }
    for carried in &mut copy.carried {
        copying.def(&mut carried.param);
    }
    rewrite_block(&mut copying, &mut copy.body);
    renumber_block(func, &mut copy.body);
    copy
}

/// The variables that `stmts` assign and do not declare.
fn assigned(stmts: &[Stmt]) -> VarSet {
    let (mut assigned, mut declared) = (Vec::new(), VarSet::default());
    let mut note = |stmt: &Stmt| {
        assigned.extend(stmt.assigned());
        if let Stmt::Let { var, .. } = stmt {
            declared.insert(*var);
        }
    };
    for stmt in stmts {
        note(stmt);
        for block in stmt.blocks() {
            any_stmt(block, &mut |inner| {
                note(inner);
                false
            });
        }
    }
    assigned.into_iter().filter(|var| !declared.contains(*var)).collect()
}

struct Copying<'f> {
    func: &'f mut Func,
    names: BTreeMap<VarId, VarId>,
    /// What has a copy since the copying began: in slot form, a variable is defined more than once.
    defined: VarSet,
    /// What is defined and stays.
    outside: VarSet,
}

impl Rewrite for Copying<'_> {
    fn atom(&mut self, atom: &mut Atom) {
        rename(atom, &self.names);
    }

    fn array(&mut self, array: &mut VarId, _: Touch) {
        *array = self.names.get(array).copied().unwrap_or(*array);
    }

    fn def(&mut self, var: &mut VarId) {
        if self.outside.contains(*var) {
            return;
        }
        if self.defined.insert(*var) {
            let copy = self.func.fresh_like(*var);
            self.names.insert(*var, copy);
        }
        *var = self.names[var];
    }
}

/// Gives the loops in a copied statement numbers of their own.
fn renumber(func: &mut Func, stmt: &mut Stmt) {
    if let Stmt::Loop(l) = stmt {
        let (old, new) = (l.id, func.fresh_loop());
        l.id = new;
        relabel(&mut l.body, old, new);
    }
    stmt.blocks_mut().into_iter().for_each(|inner| renumber_block(func, inner));
}

fn renumber_block(func: &mut Func, block: &mut Block) {
    block.stmts.iter_mut().for_each(|stmt| renumber(func, stmt));
    if let Term::Branch(branch) = &mut block.term {
        branch.blocks_mut().into_iter().for_each(|inner| renumber_block(func, inner));
    }
}

fn relabel(block: &mut Block, old: LoopId, new: LoopId) {
    // In slot form an exit may stand in an arm in the middle.
    block.stmts.iter_mut().flat_map(Stmt::blocks_mut).for_each(|inner| relabel(inner, old, new));
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
