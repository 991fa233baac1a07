//! The way from one iteration to the next, kept short:  `(l * a) * b`  →  `l * (a * b)`, where `l` hangs on the iteration before.
//!
//! A loop whose iterations wait for each other takes as long as the operations on that way. `a * b` can be computed ahead, also
//! where the product `l * a` serves something else and one multiplication more is the price. `sums` then collect what is
//! multiplied with the same `l`.

use super::facts::Facts;
use super::rewrite::{self, Rewrite};
use crate::ir::{
    Atom, Block, Func, Head, Kind, Loop, Name, Op, Place, Stmt, Term, Touch, VarId, VarSet, each_loop,
    each_name, each_name_in,
};

pub(super) fn shorten(func: &mut Func, facts: &mut Facts) -> bool {
    let late = facts.late(func);
    rewrite::each_op(func, facts, late, Rewrite::shortened)
}

impl Rewrite {
    fn shortened(&mut self, var: VarId, op: &Op, before: &mut Vec<Stmt>) -> Option<Op> {
        let (late, b) = self.late_factor(var, op)?;
        let (negative, late) = match self.ops.of(&late) {
            Some(Op::Neg(inner)) => (true, inner.clone()),
            _ => (false, late),
        };
        let product = late.var().filter(|product| self.uses.get(*product).is_some_and(|uses| *uses <= 2))?;
        let (late, a) = self.late_factor(product, self.ops.of(&late)?)?;
        let span = self.vars[var.0 as usize].span;
        let early = self.temp(Kind::Real, Op::Mul(a, b), span, before);
        let product = Op::Mul(late, early);
        Some(if negative { Op::Neg(self.temp(Kind::Real, product, span, before)) } else { product })
    }

    /// The factors of a product of which the first alone waits for the iteration before.
    pub(super) fn late_factor(&self, var: VarId, op: &Op) -> Option<(Atom, Atom)> {
        let is_late = |atom: &Atom| atom.var().is_some_and(|var| self.late.contains(var));
        let is_real =
            |atom: &Atom| atom.var().is_some_and(|var| self.vars[var.0 as usize].kind == Kind::Real);
        let Op::Mul(a, b) = op else { return None };
        let fits = self.late.contains(var) && !self.exact.contains(var) && is_real(a) && is_real(b);
        match (is_late(a), is_late(b)) {
            (true, false) if fits => Some((a.clone(), b.clone())),
            (false, true) if fits => Some((b.clone(), a.clone())),
            (_, _) => None,
        }
    }
}

/// The scalars that wait for the iteration before, of the innermost loop that they stand in.
pub(super) fn late(func: &Func) -> VarSet {
    let mut late = VarSet::default();
    each_loop(&func.body, &mut |l| {
        let mut walk = Walk { func, late: VarSet::default() };
        walk.handed_on(l);
        // What an inner loop stores late may be read in front of it.
        (0..2).for_each(|_| walk.block(&l.body));
        let mut inner = VarSet::default();
        each_loop(&l.body, &mut |l| inner.extend(definitions(l)));
        late.extend(
            definitions(l).into_iter().filter(|var| walk.late.contains(*var) && !inner.contains(*var)),
        );
    });
    late
}

/// What `l` defines in each iteration.
fn definitions(l: &Loop) -> Vec<VarId> {
    let mut definitions: Vec<VarId> = l.carried.iter().map(|carried| carried.param).collect();
    each_name_in(&l.body, |name| {
        if let Name::Def(var) = name {
            definitions.push(var);
        }
    });
    definitions
}

struct Walk<'a> {
    func: &'a Func,
    late: VarSet,
}

impl Walk<'_> {
    /// What an iteration of `l` finds as the one before left it: carried numbers, and memory from outside that is read and written, but
    /// not where each iteration has an element of its own.
    fn handed_on(&mut self, l: &Loop) {
        let is_real = |var: VarId| *self.func.kind(var) == Kind::Real;
        let carried = l.carried.iter().map(|carried| carried.param).filter(|param| is_real(*param));
        carried.for_each(|param| {
            self.late.insert(param);
        });
        let (mut read, mut written) = (VarSet::default(), Vec::new());
        each_name_in(&l.body, |name| match name {
            Name::Array(array, Touch::Read) => {
                read.insert(array);
            }
            Name::Array(array, Touch::Set | Touch::Update | Touch::Grow) => written.push(array),
            Name::Use(_) | Name::Def(_) => {}
        });
        let defined: VarSet = definitions(l).into_iter().collect();
        for array in written {
            if read.contains(array) && !defined.contains(array) && !has_own_element(l, array, &defined) {
                self.late.insert(array);
            }
        }
    }

    fn block(&mut self, block: &Block) {
        for stmt in &block.stmts {
            match stmt {
                Stmt::Branch { branch, results } => {
                    for arm in &branch.arms {
                        self.block(&arm.body);
                        self.leaves(&arm.body.term, results);
                    }
                }
                Stmt::Loop(l) => {
                    for carried in &l.carried {
                        self.pass_on(&carried.init, carried.param);
                        self.pass_on(&carried.init, carried.result);
                    }
                    self.block(&l.body);
                    let results: Vec<VarId> = l.carried.iter().map(|carried| carried.result).collect();
                    self.leaves(&l.body.term, &results);
                }
                other => self.stmt(other),
            }
        }
        if let Term::Branch(branch) = &block.term {
            branch.arms.iter().for_each(|arm| self.block(&arm.body));
        }
    }

    fn leaves(&mut self, term: &Term, results: &[VarId]) {
        match term {
            Term::Yield(values) | Term::Continue(_, values) | Term::Break(_, values) => {
                values.iter().zip(results).for_each(|(value, result)| self.pass_on(value, *result));
            }
            Term::Branch(branch) => branch.arms.iter().for_each(|arm| self.leaves(&arm.body.term, results)),
            Term::Return(_) | Term::Escape(_) | Term::Panic(_) => {}
        }
    }

    fn pass_on(&mut self, value: &Atom, to: VarId) {
        if value.var().is_some_and(|var| self.late.contains(var)) {
            self.late.insert(to);
        }
    }

    /// A statement without blocks: what it defines or writes is late if something that it reads is.
    fn stmt(&mut self, stmt: &Stmt) {
        let (mut waits, mut found) = (false, Vec::new());
        each_name(stmt, |name| match name {
            Name::Use(atom) => waits |= atom.var().is_some_and(|var| self.late.contains(var)),
            Name::Array(array, Touch::Read) => waits |= self.late.contains(array),
            Name::Array(array, Touch::Set | Touch::Update | Touch::Grow) => found.push(array),
            Name::Def(var) => found.push(var),
        });
        if waits {
            found.into_iter().for_each(|var| {
                self.late.insert(var);
            });
        }
    }
}

/// Whether `l` touches `array` at one index only, which changes from iteration to iteration.
fn has_own_element(l: &Loop, array: VarId, defined: &VarSet) -> bool {
    let mut places: Vec<&Place> = Vec::new();
    let mut touches = 0;
    each_name_in(&l.body, |name| {
        touches += usize::from(matches!(name, Name::Array(other, _) if other == array));
    });
    for stmt in &l.body.stmts {
        if let Stmt::Store { place, .. } | Stmt::Let { op: Op::Load(place), .. } = stmt
            && place.base == array
        {
            places.push(place);
        }
    }
    let counts = |counter: VarId| matches!(&l.head, Head::Range { var, .. } if *var == counter);
    let changes = |atom: &Atom| atom.var().is_some_and(|var| defined.contains(var) || counts(var));
    touches == places.len()
        && places.windows(2).all(|pair| pair[0].path == pair[1].path)
        && places.first().is_some_and(|place| place.path.iter().any(changes))
}
