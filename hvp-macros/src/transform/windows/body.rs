//! What the body of an innermost loop does to memory.

use std::collections::{BTreeMap, BTreeSet};

use super::affine::Affine;
use crate::ir::{
    Atom, Compare, Func, Head, Kind, Loop, Name, Op, Stmt, Term, Var, VarId, each_name, each_name_in,
};

/// One place in the body where an element is read or written.
#[derive(Debug)]
pub(super) struct Access {
    pub(super) path: Vec<Atom>,
    pub(super) write: bool,
    /// Whether every iteration comes by.
    pub(super) always: bool,
}

#[derive(Debug)]
pub(super) struct Body {
    pub(super) affine: Affine,
    pub(super) accesses: BTreeMap<VarId, Vec<Access>>,
    /// Arrays of which more is asked than an element: a length.
    pub(super) measured: BTreeSet<VarId>,
    /// Products that are computed before the loop.
    pub(super) hoisted: Vec<Stmt>,
}

impl Body {
    /// The body of `l`, if it always runs to its end and does nothing but arithmetic on numbers and memory.
    pub(super) fn of(func: &mut Func, l: &Loop) -> Option<Body> {
        let Head::Range { var, lo, .. } = &l.head else {
            return None;
        };
        let mut own = BTreeSet::from([*var]);
        own.extend(l.carried.iter().map(|item| item.param));
        let mut ops = BTreeMap::new();
        each_name_in(&l.body, |name| {
            if let Name::Def(var) = name {
                own.insert(var);
            }
        });
        for stmt in &l.body.stmts {
            if let Stmt::Let { var, op } = stmt
                && *func.kind(*var) == Kind::Int
            {
                ops.insert(*var, op.clone());
            }
        }
        let counters = counters(l, &ops);
        let affine = Affine { var: *var, lo: lo.clone(), own, ops, counters, hoisted: BTreeMap::new() };
        let mut body =
            Body { affine, accesses: BTreeMap::new(), measured: BTreeSet::new(), hoisted: Vec::new() };
        let plain = matches!(l.body.term, Term::Continue(..)) && body.stmts(&l.body.stmts, true);
        if plain {
            body.hoist_products(func, l);
        }
        plain.then_some(body)
    }

    /// Notes what `stmts` do; whether they are plain.
    fn stmts(&mut self, stmts: &[Stmt], always: bool) -> bool {
        stmts.iter().all(|stmt| self.stmt(stmt, always))
    }

    fn stmt(&mut self, stmt: &Stmt, always: bool) -> bool {
        match stmt {
            Stmt::Let { op: Op::Load(place), .. } => {
                self.access(place.base, Access { path: place.path.clone(), write: false, always });
                true
            }
            Stmt::Let { op, .. } => {
                crate::ir::each_name_of(op, |name| {
                    if let Name::Array(array, _) = name {
                        self.measured.insert(array);
                    }
                });
                !matches!(op, Op::Opaque(opaque) if !opaque.repeatable)
            }
            Stmt::Store { place, .. } => {
                self.access(place.base, Access { path: place.path.clone(), write: true, always });
                true
            }
            Stmt::Push { .. } | Stmt::Pop { .. } => {
                let mut arrays = false;
                each_name(stmt, |name| {
                    arrays |= matches!(name, Name::Array(array, crate::ir::Touch::Read) if self.measured.insert(array));
                });
                !arrays
            }
            Stmt::Branch { branch, .. } => {
                let plain = branch.arms.iter().all(|arm| arm.pattern.is_none());
                plain
                    && branch.arms.iter().all(|arm| {
                        matches!(arm.body.term, Term::Yield(_)) && self.stmts(&arm.body.stmts, false)
                    })
            }
            Stmt::Assign { .. }
            | Stmt::Effect(_)
            | Stmt::Alloc { .. }
            | Stmt::CopySlice { .. }
            | Stmt::AddSlice { .. }
            | Stmt::Fill { .. }
            | Stmt::Swap { .. }
            | Stmt::VecPush { .. }
            | Stmt::VecPop { .. }
            | Stmt::Loop(_)
            | Stmt::Call(_)
            | Stmt::NewTape { .. }
            | Stmt::Turn => false,
        }
    }

    fn access(&mut self, array: VarId, access: Access) {
        self.accesses.entry(array).or_default().push(access);
    }

    /// A product of what stays the same, as in `x[i * d + j]` and `x[(i - 1) * d + j]`, goes before the loop. Where a difference is a
    /// factor, it does so if the loop has iterations, without which it might be less than zero.
    fn hoist_products(&mut self, func: &mut Func, l: &Loop) {
        for stmt in &l.body.stmts {
            let Stmt::Let { var, op: Op::Mul(a, b) } = stmt else { continue };
            if *func.kind(*var) != Kind::Int {
                continue;
            }
            let mut stmts = Vec::new();
            let (Some(a), Some(b)) = (self.factor(func, a, &mut stmts), self.factor(func, b, &mut stmts))
            else {
                continue;
            };
            let less = stmts.iter().any(|stmt| matches!(stmt, Stmt::Let { op: Op::Sub(..), .. }));
            let before = again(func, *var);
            if less {
                let product = again(func, *var);
                stmts.push(Stmt::Let { var: product, op: Op::Mul(a, b) });
                let Head::Range { lo, hi, .. } = &l.head else {
                    unreachable!("a body belongs to a counted loop")
                };
                let any = func.fresh(Var { kind: Kind::Bool, ..func.var(*var).clone() });
                let op = Op::Compare(Compare::Lt, lo.clone(), hi.clone());
                self.hoisted.push(Stmt::Let { var: any, op });
                let zero = Atom::zero(&Kind::Int);
                self.hoisted.push(Stmt::value_if(any, (stmts, product.into()), zero, before));
            } else {
                self.hoisted.append(&mut stmts);
                self.hoisted.push(Stmt::Let { var: before, op: Op::Mul(a, b) });
            }
            self.affine.hoisted.insert(*var, before);
        }
    }

    /// `atom` before the loop, if it stays the same: itself, a product, or a sum or difference, which is computed in `stmts`.
    fn factor(&self, func: &mut Func, atom: &Atom, stmts: &mut Vec<Stmt>) -> Option<Atom> {
        let stays = |atom: &Atom| atom.var().is_none_or(|var| !self.affine.own.contains(&var));
        let Some(var) = atom.var().filter(|_| !stays(atom)) else { return Some(atom.clone()) };
        if let Some(before) = self.affine.hoisted.get(&var) {
            return Some(Atom::Var(*before));
        }
        let op = self.affine.ops.get(&var)?;
        let (Op::Add(a, b) | Op::Sub(a, b)) = op else { return None };
        (stays(a) && stays(b)).then(|| {
            let before = again(func, var);
            stmts.push(Stmt::Let { var: before, op: op.clone() });
            Atom::Var(before)
        })
    }
}

/// Another variable like `var`.
fn again(func: &mut Func, var: VarId) -> VarId {
    let like = func.var(var).clone();
    func.fresh(like)
}

/// The carried integers that go up by one.
fn counters(l: &Loop, ops: &BTreeMap<VarId, Op>) -> BTreeMap<VarId, Atom> {
    let (Term::Continue(_, values), Head::Range { adaptors, .. }) = (&l.body.term, &l.head) else {
        return BTreeMap::new();
    };
    if !adaptors.is_empty() {
        return BTreeMap::new();
    }
    let counts = l.carried.iter().zip(values).filter(|(item, value)| {
        let op = value.var().and_then(|var| ops.get(&var));
        matches!(op, Some(Op::Add(a, Atom::Int(one))) if *a == Atom::Var(item.param) && is_one(one))
    });
    counts.map(|(item, _)| (item.param, item.init.clone())).collect()
}

pub(super) fn is_one(text: &str) -> bool {
    matches!(text, "1" | "1usize" | "1_usize")
}
