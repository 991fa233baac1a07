//! `let a = x * y; … let b = x * y;`  becomes  `let a = x * y; …` with `a` for `b`.
//!
//! An operation is shared with all that comes after it in its block and the blocks inside. A load is shared as long as nothing
//! writes to the array; what was stored at a place is what a load of the same place gives.

use std::collections::BTreeMap;

use super::walk::{Substitution, hand_on_names};
use crate::ir::{
    Atom, Block, Branch, Func, Kind, Name, Op, Rewrite, Stmt, Term, Touch, Update, VarId, each_name,
    each_name_in,
};

pub(super) fn share(func: &mut Func) {
    let kinds = func.vars.iter().map(|var| var.kind.clone()).collect();
    let mut sharing = Sharing {
        kinds,
        known: BTreeMap::new(),
        versions: BTreeMap::new(),
        writes: 0,
        same: BTreeMap::new(),
    };
    sharing.block(&mut func.body);
    hand_on_names(func, &sharing.same);
    Substitution(sharing.same).apply(func);
}

struct Sharing {
    kinds: Vec<Kind>,
    /// The value of each operation, at a version of the memory that it reads.
    known: BTreeMap<(Op, u32), Atom>,
    versions: BTreeMap<VarId, u32>,
    writes: u32,
    same: BTreeMap<VarId, Atom>,
}

impl Sharing {
    fn block(&mut self, block: &mut Block) {
        for stmt in &mut block.stmts {
            self.stmt(stmt);
        }
        if let Term::Branch(branch) = &mut block.term {
            self.branch(branch);
        }
    }

    fn stmt(&mut self, stmt: &mut Stmt) {
        match stmt {
            Stmt::Let { var, op } => {
                crate::ir::rewrite_op(&mut Known(&self.same), op);
                self.defined(*var, op);
            }
            Stmt::Branch { branch, .. } => {
                self.branch(branch);
                self.written(|report| {
                    branch.blocks().into_iter().for_each(|block| each_name_in(block, &mut *report));
                });
            }
            Stmt::Loop(l) => {
                let body = l.body.clone();
                self.written(|report| each_name_in(&body, report));
                self.scoped(|sharing| sharing.block(&mut l.body));
                self.written(|report| each_name_in(&body, report));
            }
            Stmt::Assign { .. }
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
            | Stmt::Pop { .. } => {
                crate::ir::rewrite_stmt(&mut Known(&self.same), stmt);
                self.written(|report| each_name(stmt, report));
                self.stored(stmt);
            }
        }
    }

    fn branch(&mut self, branch: &mut Branch) {
        for arm in &mut branch.arms {
            self.scoped(|sharing| sharing.block(&mut arm.body));
        }
    }

    /// What is found inside is forgotten outside.
    fn scoped(&mut self, inside: impl FnOnce(&mut Self)) {
        let outside = (self.known.clone(), self.versions.clone());
        inside(self);
        (self.known, self.versions) = outside;
    }

    /// Makes a new version of each array that the statement writes to.
    fn written(&mut self, walk: impl FnOnce(&mut dyn FnMut(Name<'_>))) {
        let mut arrays = Vec::new();
        walk(&mut |name| match name {
            Name::Array(array, Touch::Set | Touch::Update | Touch::Grow) => arrays.push(array),
            Name::Array(_, Touch::Read) | Name::Use(_) | Name::Def(_) => {}
        });
        for array in arrays {
            self.writes += 1;
            self.versions.insert(array, self.writes);
        }
    }

    fn stored(&mut self, stmt: &Stmt) {
        if let Stmt::Store { place, value, update: Update::Set } = stmt
            && value.var().is_some()
        {
            let key = self.key(&Op::Load(place.clone()));
            self.known.insert(key, value.clone());
        }
    }

    fn defined(&mut self, var: VarId, op: &Op) {
        if !is_shareable(op) {
            return;
        }
        let key = self.key(op);
        match self.known.get(&key) {
            Some(known) if self.kind_of(known) == self.kinds.get(var.0 as usize) => {
                self.same.insert(var, known.clone());
            }
            Some(_) => {}
            None => {
                self.known.insert(key, Atom::Var(var));
            }
        }
    }

    fn kind_of(&self, atom: &Atom) -> Option<&Kind> {
        self.kinds.get(atom.var()?.0 as usize)
    }

    /// Sums and products of two reals do not depend on the order of their operands.
    fn key(&self, op: &Op) -> (Op, u32) {
        let sorted = |a: &Atom, b: &Atom| {
            if a <= b { (a.clone(), b.clone()) } else { (b.clone(), a.clone()) }
        };
        let is_scaling = |a: &Atom| self.kind_of(a) == Some(&Kind::Tangent);
        let op = match op {
            Op::Add(a, b) => {
                let (a, b) = sorted(a, b);
                Op::Add(a, b)
            }
            Op::Mul(a, b) if !is_scaling(a) => {
                let (a, b) = sorted(a, b);
                Op::Mul(a, b)
            }
            other => other.clone(),
        };
        let version = memory(&op).and_then(|array| self.versions.get(&array)).copied().unwrap_or(0);
        (op, version)
    }
}

/// The array that `op` reads.
fn memory(op: &Op) -> Option<VarId> {
    match op {
        Op::Load(place) => Some(place.base),
        Op::Len(slice) | Op::Sum(slice) => Some(slice.base),
        Op::Copy(_)
        | Op::Neg(_)
        | Op::Add(..)
        | Op::Sub(..)
        | Op::Mul(..)
        | Op::Div(..)
        | Op::Rem(..)
        | Op::Unary(..)
        | Op::Binary(..)
        | Op::MulAdd(..)
        | Op::Clamp(..)
        | Op::ScaleOrZero(..)
        | Op::ScaleUnlessZero(..)
        | Op::Select(..)
        | Op::Compare(..)
        | Op::Test(..)
        | Op::Not(_)
        | Op::And(..)
        | Op::Or(..)
        | Op::Opaque(_)
        | Op::ToReal(_)
        | Op::Field(..) => None,
    }
}

/// A copy is not: it is replaced by its original or has a reason to stay. The user's text may read memory.
fn is_shareable(op: &Op) -> bool {
    !matches!(op, Op::Copy(_) | Op::Opaque(_))
}

/// Uses what has been found so far.
struct Known<'a>(&'a BTreeMap<VarId, Atom>);

impl Rewrite for Known<'_> {
    fn atom(&mut self, atom: &mut Atom) {
        while let Some(other) = atom.var().and_then(|var| self.0.get(&var)) {
            *atom = other.clone();
        }
    }

    fn array(&mut self, _: &mut VarId, _: Touch) {}

    fn def(&mut self, _: &mut VarId) {}
}
