//! Loops of few iterations through small arrays, written out.

use std::collections::{BTreeMap, BTreeSet};

use super::{integers, value};
use crate::ir::{
    Adaptor, Atom, Block, Func, Head, Kind, Loop, LoopId, Name, Op, Slice, Stmt, Term, Var, VarId, any_stmt,
    each_name_in,
};
use crate::transform::copying::copy;

/// A loop of more iterations stays a loop.
const ITERATIONS: usize = 4;

/// A loop that would become more statements stays a loop.
const STATEMENTS: usize = 64;

/// The function while its loops are written out.
pub(super) struct WrittenOut {
    pub(super) func: Func,
    pub(super) small: BTreeSet<VarId>,
    /// What each copy of an array is a copy of.
    pub(super) originals: BTreeMap<VarId, VarId>,
}

impl WrittenOut {
    /// Writes out the loops that can be; whether there were any.
    pub(super) fn pass(&mut self) -> bool {
        let known = integers(&self.func);
        let mut body = std::mem::take(&mut self.func.body);
        let changed = self.block(&mut body, &known);
        self.func.body = body;
        changed
    }

    fn block(&mut self, block: &mut Block, known: &BTreeMap<VarId, usize>) -> bool {
        let mut changed = false;
        let mut stmts = Vec::new();
        for mut stmt in std::mem::take(&mut block.stmts) {
            for inner in stmt.blocks_mut() {
                changed |= self.block(inner, known);
            }
            match self.iterations(&stmt, known) {
                Some((counter, values, body)) => {
                    for value in values {
                        self.iteration(counter, value, &body, &mut stmts);
                    }
                    changed = true;
                }
                None => stmts.push(stmt),
            }
        }
        block.stmts = stmts;
        changed
    }

    /// The counter of a loop that is to be written out, its values, and what it does.
    fn iterations(
        &self,
        stmt: &Stmt,
        known: &BTreeMap<VarId, usize>,
    ) -> Option<(VarId, Vec<usize>, Vec<Stmt>)> {
        let Stmt::Loop(Loop { id, head, body, .. }) = stmt else { return None };
        let Head::Range { var, lo, hi, inclusive, adaptors } = head else { return None };
        let (lo, hi) = (value(lo, known)?, value(hi, known)?.checked_add(usize::from(*inclusive))?);
        let mut values: Vec<usize> = (lo..hi).take(ITERATIONS + 1).collect();
        if *adaptors == [Adaptor::Rev] {
            values.reverse();
        } else if !adaptors.is_empty() {
            return None;
        }
        let few = values.len() <= ITERATIONS && values.len() * body.length() <= STATEMENTS;
        let fits = few && ends_at_its_end(body, *id) && self.goes_through_small(*var, body);
        fits.then(|| (*var, values, body.stmts.clone()))
    }

    /// Whether `counter` serves nothing but indices, some of these into arrays that are small, and nothing of a type of the user's is
    /// made on the way.
    fn goes_through_small(&self, counter: VarId, body: &Block) -> bool {
        let mut from_counter = BTreeSet::from([counter]);
        let (mut mentions, mut in_indices, mut through_small) = (0, 0, false);
        any_stmt(body, &mut |stmt| {
            if let Stmt::Let { var, op: Op::Add(a, b) | Op::Sub(a, b) | Op::Mul(a, b) } = stmt
                && *self.func.kind(*var) == Kind::Int
            {
                let used = used(&[a, b], &from_counter);
                in_indices += used;
                if used > 0 {
                    from_counter.insert(*var);
                }
            }
            for (array, path) in paths(stmt) {
                let used = used(&path, &from_counter);
                in_indices += used;
                through_small |= used > 0 && self.small.contains(&self.original(array));
            }
            false
        });
        let mut known = true;
        each_name_in(body, |name| match name {
            Name::Use(atom) => mentions += used(&[atom], &from_counter),
            Name::Def(var) => known &= *self.func.kind(var) != Kind::Opaque,
            Name::Array(..) => {}
        });
        through_small && known && mentions == in_indices
    }

    fn original(&self, array: VarId) -> VarId {
        self.originals.get(&array).copied().unwrap_or(array)
    }

    fn iteration(&mut self, counter: VarId, value: usize, body: &[Stmt], out: &mut Vec<Stmt>) {
        let here = self.func.fresh(Var::temporary(Kind::Int, self.func.var(counter).span));
        out.push(Stmt::Let { var: here, op: Op::Copy(Atom::Int(value.to_string())) });
        let mut names = BTreeMap::from([(counter, here)]);
        copy(&mut self.func, body, &mut names, out);
        for (original, copy) in names {
            self.originals.insert(copy, self.original(original));
        }
    }
}

/// How many of `atoms` are among `vars`.
fn used(atoms: &[&Atom], vars: &BTreeSet<VarId>) -> usize {
    atoms.iter().filter(|atom| atom.var().is_some_and(|var| vars.contains(&var))).count()
}

/// The arrays that `stmt` touches at an element, a row or as a whole, and where.
fn paths(stmt: &Stmt) -> Vec<(VarId, Vec<&Atom>)> {
    let row = |slice: &Slice| slice.range.is_none();
    match stmt {
        Stmt::Let { op: Op::Load(place), .. }
        | Stmt::Assign { op: Op::Load(place), .. }
        | Stmt::Store { place, .. } => vec![(place.base, place.path.iter().collect())],
        Stmt::Let { op: Op::Len(slice), .. } | Stmt::Fill { dst: slice, .. } if row(slice) => {
            vec![(slice.base, slice.path.iter().collect())]
        }
        Stmt::CopySlice { dst, src } if row(dst) && row(src) => {
            vec![(dst.base, dst.path.iter().collect()), (src.base, src.path.iter().collect())]
        }
        _ => Vec::new(),
    }
}

/// Whether nothing but its last statement ends an iteration of the loop `id`, and nothing the function.
fn ends_at_its_end(body: &Block, id: LoopId) -> bool {
    let ends = |term: &Term| match term {
        Term::Yield(_) => true,
        Term::Continue(inner, _) | Term::Break(inner, _) => *inner != id,
        Term::Return(_) | Term::Branch(_) | Term::Escape(_) | Term::Panic(_) => false,
    };
    let mut inside = true;
    any_stmt(body, &mut |stmt| {
        inside &= stmt.blocks().into_iter().all(|block| ends(&block.term));
        false
    });
    inside && matches!(&body.term, Term::Continue(own, _) if *own == id)
}
