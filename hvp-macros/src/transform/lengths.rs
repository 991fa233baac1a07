//! A length that is computed from the ends of a part is the number that made the part.
//!
//! ```text
//! let (lo, hi) = (i * d, i * d + d);
//! let n = hi - lo;                        →    let n = d;
//! let m = if n < d { n } else { d };      →    let m = d;
//! ```
//!
//! So the loops over two rows have one end, which all iterations of the loop around know, and the length of an array that keeps
//! its length is what it was made with.

#[cfg(test)]
mod tests;

use super::simplify::indices;
use crate::analysis::facts::Facts;
use crate::analysis::polynomial::Polynomial;
use crate::ir::{Atom, Block, Func, Kind, Op, Slice, Stmt, Term, VarId, VarSet};

/// Finds the lengths in `func`, which is in value form.
pub(crate) fn find(mut func: Func) -> Func {
    let known = indices(&func);
    let params = func.params.iter().map(|param| param.var).filter(|var| *func.kind(*var) == Kind::Int);
    let mut lengths = Lengths { params: params.collect(), facts: Facts::gather(&func), known };
    lengths.block(&mut func.body);
    func
}

struct Lengths {
    known: VarSet,
    params: VarSet,
    facts: Facts,
}

impl Lengths {
    fn block(&mut self, block: &mut Block) {
        for stmt in &mut block.stmts {
            if let Stmt::Let { var, op } = stmt
                && self.known.contains(*var)
                && let Some(length) = self.length(op)
            {
                *op = Op::Copy(length);
                self.facts.ops.insert(*var, op.clone());
            }
            stmt.blocks_mut().into_iter().for_each(|inner| self.block(inner));
        }
        if let Term::Branch(branch) = &mut block.term {
            branch.blocks_mut().into_iter().for_each(|inner| self.block(inner));
        }
    }

    /// What `op`, which gives a `usize`, is known to give.
    fn length(&self, op: &Op) -> Option<Atom> {
        let of = |atom: &Atom| Polynomial::of(atom, &self.facts.ops);
        match op {
            Op::Sub(hi, lo) => self.atom(&of(hi)?.plus(&of(lo)?, -1)?),
            Op::Select(_, a, b) => self.atom(&of(a).filter(|a| of(b).as_ref() == Some(a))?),
            Op::Len(slice)
                if *slice == Slice::whole(slice.base) && !self.facts.resized.contains(&slice.base) =>
            {
                self.atom(&of(&self.facts.lengths(slice.base)?)?)
            }
            _ => None,
        }
    }

    fn atom(&self, length: &Polynomial) -> Option<Atom> {
        match length.number() {
            Some(number) => usize::try_from(number).ok().map(|number| Atom::Int(format!("{number}usize"))),
            None => length.variable().filter(|var| self.is_number(*var)).map(Atom::Var),
        }
    }

    /// Whether `var` is a number and surely no reference to one, as the user's own text may give it.
    fn is_number(&self, var: VarId) -> bool {
        match self.facts.ops.get(&var) {
            Some(Op::Opaque(_) | Op::Copy(_)) => false,
            Some(_) => true,
            None => self.params.contains(var),
        }
    }
}
