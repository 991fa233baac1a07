//! `let a = x * y; … let b = x * y;`  becomes  `let a = x * y; …` with `a` for `b`.
//!
//! An operation is shared with all that comes after it in its block and the blocks inside. A load is shared as long as nothing
//! writes to the array; what was stored at a place is what a load of the same place gives. A derivative's `t * x * x`
//! is `t * s` if that is there, where `s` is `x * x`: so the adjoint of `x * x * x` has like terms.

use std::rc::Rc;

use super::facts::{Definitions, Facts};
use super::walk::{Substitution, hand_on_names};
use crate::ir::{
    Atom, Block, Branch, Func, Kind, Name, Op, Rewrite, Stmt, Term, Touch, Update, VarId, VarMap, VarSet,
    each_name, each_name_in, each_name_of,
};

pub(super) fn share(func: &mut Func, facts: &mut Facts) -> bool {
    let kinds = func.vars.iter().map(|var| var.kind.clone()).collect();
    let mut sharing = Sharing {
        kinds,
        ops: facts.definitions(func),
        exact: facts.exact(func),
        known: VarMap::default(),
        trail: Vec::new(),
        versions: VarMap::default(),
        writes: 0,
        same: VarMap::default(),
        changed: false,
    };
    sharing.block(&mut func.body);
    let mut changed = sharing.changed;
    changed |= hand_on_names(func, &sharing.same);
    changed |= Substitution::of(sharing.same).apply(func);
    changed
}

struct Sharing {
    kinds: Vec<Kind>,
    ops: Definitions,
    exact: Rc<VarSet>,
    /// The values of operations, each with a variable that it names.
    known: VarMap<Vec<Value>>,
    /// Under which variables values were put, in order.
    trail: Vec<VarId>,
    versions: VarMap<u32>,
    writes: u32,
    same: VarMap<Atom>,
    /// Whether something was replaced already.
    changed: bool,
}

/// The value of an operation, at a version of the memory that it reads.
struct Value {
    op: Op,
    version: u32,
    atom: Atom,
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
                let mut known = Known { others: &self.same, changed: &mut self.changed };
                crate::ir::rewrite_op(&mut known, op);
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
                let mut known = Known { others: &self.same, changed: &mut self.changed };
                crate::ir::rewrite_stmt(&mut known, stmt);
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
        let (outside, versions) = (self.trail.len(), self.versions.clone());
        inside(self);
        for var in self.trail.drain(outside..) {
            self.known.slot(var).pop();
        }
        self.versions = versions;
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
            let (op, version) = self.key(&Op::Load(place.clone()));
            self.learn(op, version, value.clone());
        }
    }

    fn defined(&mut self, var: VarId, op: &Op) {
        if !is_shareable(op) {
            return;
        }
        let (op, version) = self.key(op);
        let known = self.find(&op, version).or_else(|| self.by_square(var, &op));
        match known {
            Some(known) if self.kind_of(known) == self.kinds.get(var.0 as usize) => {
                self.same.insert(var, known.clone());
            }
            Some(_) => {}
            None => self.learn(op, version, Atom::Var(var)),
        }
    }

    fn find(&self, op: &Op, version: u32) -> Option<&Atom> {
        let known = self.known.get(named(op))?;
        known.iter().rev().find(|value| value.is(op, version)).map(|value| &value.atom)
    }

    /// `t * s` for `(t * x) * x`, where `s` is `x * x`.
    fn by_square(&self, var: VarId, op: &Op) -> Option<&Atom> {
        let Op::Mul(a, b) = op else { return None };
        if self.exact.contains(var) {
            return None;
        }
        [(a, b), (b, a)].into_iter().find_map(|(product, x)| {
            let Op::Mul(first, second) = self.ops.of(product)? else { return None };
            let rest = match (first == x, second == x) {
                (true, false) => second,
                (false, true) => first,
                (_, _) => return None,
            };
            let square = self.find(&Op::Mul(x.clone(), x.clone()), 0)?;
            let (product, version) = self.key(&Op::Mul(rest.clone(), square.clone()));
            self.find(&product, version)
        })
    }

    fn learn(&mut self, op: Op, version: u32, atom: Atom) {
        let var = named(&op);
        self.known.slot(var).push(Value { op, version, atom });
        self.trail.push(var);
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
        let version = memory(&op).and_then(|array| self.versions.get(array)).copied().unwrap_or(0);
        (op, version)
    }
}

impl Value {
    fn is(&self, op: &Op, version: u32) -> bool {
        self.version == version && self.op == *op
    }
}

/// A variable under which to look for `op`: the array that it reads or its first operand; for literals alone, any.
fn named(op: &Op) -> VarId {
    let mut first = memory(op);
    each_name_of(op, |name| match name {
        Name::Use(Atom::Var(var)) => first = first.or(Some(*var)),
        Name::Array(array, _) => first = first.or(Some(array)),
        Name::Use(_) | Name::Def(_) => {}
    });
    first.unwrap_or(VarId(0))
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
struct Known<'a> {
    others: &'a VarMap<Atom>,
    changed: &'a mut bool,
}

impl Rewrite for Known<'_> {
    fn atom(&mut self, atom: &mut Atom) {
        while let Some(other) = atom.var().and_then(|var| self.others.get(var)) {
            *atom = other.clone();
            *self.changed = true;
        }
    }

    fn array(&mut self, _: &mut VarId, _: Touch) {}

    fn def(&mut self, _: &mut VarId) {}
}
