//! Walks that several passes share.

use crate::ir::{
    Atom, Block, Func, LoopId, Name, Op, Opaque, Rewrite, Selector, Stmt, Term, Touch, Var, VarId, VarMap,
    VarSet,
};

/// Calls `visit` for `block` and all blocks in it, inner ones first.
pub(super) fn each_block_mut(block: &mut Block, visit: &mut dyn FnMut(&mut Block)) {
    for stmt in &mut block.stmts {
        stmt.blocks_mut().into_iter().for_each(|inner| each_block_mut(inner, visit));
    }
    if let Term::Branch(branch) = &mut block.term {
        branch.blocks_mut().into_iter().for_each(|inner| each_block_mut(inner, visit));
    }
    visit(block);
}

/// Calls `visit` for `block` and all blocks in it, outer ones first.
pub(super) fn each_block<'b>(block: &'b Block, visit: &mut dyn FnMut(&'b Block)) {
    visit(block);
    for stmt in &block.stmts {
        stmt.blocks().into_iter().for_each(|inner| each_block(inner, visit));
    }
    if let Term::Branch(branch) = &block.term {
        branch.blocks().into_iter().for_each(|inner| each_block(inner, visit));
    }
}

/// The values at the leaves of a tree of arms, as of [`leaves`](crate::ir::leaves), to be changed.
pub(super) fn leaves_mut(block: &mut Block, id: Option<LoopId>) -> Vec<&mut Vec<Atom>> {
    match &mut block.term {
        Term::Yield(values) if id.is_none() => vec![values],
        Term::Continue(own, values) | Term::Break(own, values) if Some(*own) == id => vec![values],
        Term::Branch(branch) => {
            branch.arms.iter_mut().flat_map(|arm| leaves_mut(&mut arm.body, id)).collect()
        }
        Term::Yield(_)
        | Term::Continue(..)
        | Term::Break(..)
        | Term::Return(_)
        | Term::Escape(_)
        | Term::Panic(_) => Vec::new(),
    }
}

/// Keeps the items whose place is in `keep`.
pub(super) fn retain_at<T>(items: &mut Vec<T>, keep: &[bool]) {
    let mut keep = keep.iter();
    items.retain(|_| keep.next().is_none_or(|keep| *keep));
}

/// The operation that defines each scalar.
pub(super) fn definitions(func: &Func) -> VarMap<Op> {
    let mut ops = VarMap::default();
    each_block(&func.body, &mut |block| {
        for stmt in &block.stmts {
            if let Stmt::Let { var, op } = stmt {
                ops.insert(*var, op.clone());
            }
        }
    });
    ops
}

/// The scalars that `block` itself defines by operations.
pub(super) fn defined_here(block: &Block) -> VarSet {
    let defined = block
        .stmts
        .iter()
        .filter_map(|stmt| if let Stmt::Let { var, .. } = stmt { Some(*var) } else { None });
    defined.collect()
}

/// What stands in holes of the user's text and in arguments of calls: there, a literal would lose its type.
pub(super) fn pinned(func: &Func) -> VarSet {
    let mut pinned = VarSet::default();
    each_block(&func.body, &mut |block| {
        for stmt in &block.stmts {
            pin_stmt(stmt, &mut pinned);
        }
        match &block.term {
            Term::Escape(opaque) | Term::Panic(opaque) => pin(opaque, &mut pinned),
            Term::Branch(branch) => pin_selector(&branch.on, &mut pinned),
            Term::Yield(_) | Term::Continue(..) | Term::Break(..) | Term::Return(_) => {}
        }
    });
    pinned
}

fn pin(opaque: &Opaque, pinned: &mut VarSet) {
    pinned.extend(opaque.vars());
}

fn pin_selector(selector: &Selector, pinned: &mut VarSet) {
    match selector {
        Selector::Bool(_) => {}
        Selector::Match(opaque) => pin(opaque, pinned),
    }
}

fn pin_stmt(stmt: &Stmt, pinned: &mut VarSet) {
    match stmt {
        Stmt::Let { op: Op::Opaque(opaque), .. } | Stmt::Effect(opaque) => pin(opaque, pinned),
        Stmt::Let { op: Op::ToReal(Atom::Var(var)), .. } => {
            pinned.insert(*var);
        }
        Stmt::Branch { branch, .. } => pin_selector(&branch.on, pinned),
        Stmt::Call(_) => crate::ir::each_name(stmt, |name| {
            if let Name::Use(Atom::Var(var)) = name {
                pinned.insert(*var);
            }
        }),
        Stmt::Let { .. }
        | Stmt::Assign { .. }
        | Stmt::Alloc { .. }
        | Stmt::Store { .. }
        | Stmt::CopySlice { .. }
        | Stmt::AddSlice { .. }
        | Stmt::Fill { .. }
        | Stmt::Swap { .. }
        | Stmt::VecPush { .. }
        | Stmt::VecPop { .. }
        | Stmt::Loop(_)
        | Stmt::NewTape { .. }
        | Stmt::Turn
        | Stmt::Push { .. }
        | Stmt::Pop { .. } => {}
    }
}

/// The name of a variable that is replaced by a temporary goes to the temporary; whether there was one.
pub(super) fn hand_on_names(func: &mut Func, replaced: &VarMap<Atom>) -> bool {
    let mut changed = false;
    for (old, atom) in replaced.iter() {
        if let Atom::Var(new) = atom
            && func.var(old).named
            && !func.var(*new).named
        {
            let old = func.var(old).clone();
            let new = &mut func.vars[new.0 as usize];
            *new = Var { kind: new.kind.clone(), ..old };
            changed = true;
        }
    }
    changed
}

/// Puts other atoms in the place of variables, through chains of them.
#[derive(Default)]
pub(super) struct Substitution {
    others: VarMap<Atom>,
    changed: bool,
}

impl Substitution {
    pub(super) fn of(others: VarMap<Atom>) -> Substitution {
        Substitution { others, changed: false }
    }

    pub(super) fn insert(&mut self, var: VarId, other: Atom) {
        self.others.insert(var, other);
    }

    /// Whether any of the variables was there.
    pub(super) fn apply(mut self, func: &mut Func) -> bool {
        if !self.others.is_empty() {
            crate::ir::rewrite_block(&mut self, &mut func.body);
        }
        self.changed
    }
}

impl Rewrite for Substitution {
    fn atom(&mut self, atom: &mut Atom) {
        while let Atom::Var(var) = atom
            && let Some(other) = self.others.get(*var)
        {
            *atom = other.clone();
            self.changed = true;
        }
    }

    /// Memory has no copies, but a pullback may have another name.
    fn array(&mut self, array: &mut VarId, _: Touch) {
        while let Some(Atom::Var(other)) = self.others.get(*array) {
            *array = *other;
            self.changed = true;
        }
    }

    fn def(&mut self, _: &mut VarId) {}
}
