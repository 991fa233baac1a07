//! A stencil writes each element once.
//!
//! ```text
//! for i in lo..hi {                  let mut next = 0.0;
//!     g[i] += a;                     for i in lo..hi {
//!     g[i + 1] += b;         →           g[i] += next + a;
//! }                                      next = b;
//!                                    }
//!                                    if lo < hi { g[hi] += next; }
//! ```
//!
//! What an iteration adds to the neighbour's element is handed to the next iteration, which adds it with its own.
//! Three places or more are left to `distribute`, where all that is added is cheap: its loops hand nothing on.

use std::collections::BTreeMap;

use super::facts::Facts;
use super::walk::each_block_mut;
use crate::ir::{
    Atom, Block, Carried, Compare, Func, Head, Kind, Loop, Name, Op, Place, SpanId, Stmt, Term, Update, Var,
    VarId, declare, each_name,
};
use crate::transform::distribute::is_cheap;

pub(super) fn carry(func: &mut Func, facts: &mut Facts) -> bool {
    let exact = facts.exact(func);
    let n_vars = func.vars.len();
    let mut vars = std::mem::take(&mut func.vars);
    each_block_mut(&mut func.body, &mut |block| {
        let mut out = Vec::new();
        for stmt in std::mem::take(&mut block.stmts) {
            let Stmt::Loop(mut l) = stmt else {
                out.push(stmt);
                continue;
            };
            let found = stencil(&l).filter(|stencil| !exact.contains(stencil.base));
            let after = found.map(|stencil| Carrying { vars: &mut vars }.apply(&mut l, &stencil));
            out.push(Stmt::Loop(l));
            out.extend(after.into_iter().flatten());
        }
        block.stmts = out;
    });
    func.vars = vars;
    func.vars.len() > n_vars
}

/// Two additions, to neighbours in the last dimension.
struct Stencil {
    base: VarId,
    /// The places of the two stores in the body: to the element, and to the next.
    here: usize,
    next: usize,
    /// The element's index less the loop's variable.
    offset: i64,
}

/// The stencil of a loop that counts up by one, ends in one place, and touches the array by additions at indices that differ
/// from its variable by constants.
fn stencil(l: &Loop) -> Option<Stencil> {
    let Head::Range { var, adaptors, .. } = &l.head else {
        return None;
    };
    if !adaptors.is_empty() || !matches!(l.body.term, Term::Continue(..)) {
        return None;
    }
    let offsets = offsets(*var, &l.body);
    let mut stores: BTreeMap<VarId, Option<Vec<(i64, usize)>>> = BTreeMap::new();
    for (at, stmt) in l.body.stmts.iter().enumerate() {
        let place = match stmt {
            Stmt::Store { place, update: Update::Add, .. } => Some(place),
            _ => None,
        };
        let mut touched = Vec::new();
        each_name(stmt, |name| {
            if let Name::Array(array, _) = name {
                touched.push(array);
            }
        });
        for array in touched {
            let entry = stores.entry(array).or_insert_with(|| Some(Vec::new()));
            let offset = place.and_then(|place| index_offset(place, &offsets));
            match (offset, entry.as_mut()) {
                (Some(offset), Some(entry)) => entry.push((offset, at)),
                (_, _) => *entry = None,
            }
        }
    }
    let cheap = l.body.stmts.iter().all(|stmt| match stmt {
        Stmt::Let { op, .. } => is_cheap(op),
        other => matches!(other, Stmt::Store { .. }),
    });
    stores.into_iter().find_map(|(base, stores)| {
        let mut stores = stores?;
        stores.sort_unstable();
        // The highest pair first: its lower element then meets the one below.
        let [(offset, here), (above, next)] = *stores.last_chunk::<2>()?;
        let apart = stores.windows(2).all(|pair| pair[0].0 != pair[1].0);
        let is_left = stores.len() > 2 && cheap;
        (!is_left && apart && above == offset + 1).then_some(Stencil { base, here, next, offset })
    })
}

/// The variables of `block` that differ from `var` by a constant.
fn offsets(var: VarId, block: &Block) -> BTreeMap<VarId, i64> {
    let mut offsets = BTreeMap::from([(var, 0)]);
    for stmt in &block.stmts {
        let Stmt::Let { var, op: Op::Add(a, b) | Op::Sub(a, b) } = stmt else {
            continue;
        };
        let is_sum = matches!(stmt, Stmt::Let { op: Op::Add(..), .. });
        let of = |atom: &Atom| atom.var().and_then(|var| offsets.get(&var)).copied();
        let offset = match (of(a), integer(b), integer(a), of(b)) {
            (Some(offset), Some(step), _, _) => Some(if is_sum { offset + step } else { offset - step }),
            (_, _, Some(step), Some(offset)) if is_sum => Some(offset + step),
            (_, _, _, _) => None,
        };
        if let Some(offset) = offset {
            offsets.insert(*var, offset);
        }
    }
    offsets
}

/// A small integer literal.
fn integer(atom: &Atom) -> Option<i64> {
    atom.integer().filter(|n| n.abs() < 1 << 20)
}

/// The offset of the one index of a vector.
fn index_offset(place: &Place, offsets: &BTreeMap<VarId, i64>) -> Option<i64> {
    match place.path.as_slice() {
        [Atom::Var(index)] => offsets.get(index).copied(),
        _ => None,
    }
}

struct Carrying<'v> {
    vars: &'v mut Vec<Var>,
}

impl Carrying<'_> {
    fn fresh(&mut self, name: &str, kind: Kind, span: SpanId) -> VarId {
        declare(self.vars, Var { name: name.to_owned(), kind, named: name != "t", span, element: false })
    }

    /// Rewrites the loop; gives what comes after it.
    fn apply(&mut self, l: &mut Loop, stencil: &Stencil) -> Vec<Stmt> {
        let Var { kind, span, name, .. } = self.vars[stencil.base.0 as usize].clone();
        let kind = kind.scalar().clone();
        let name = format!("{name}_next");
        let [param, result] = [0; 2].map(|_| self.fresh(&name, kind.clone(), span));
        l.carried.push(Carried { param, init: Atom::zero(&kind), result });
        let sum = self.fresh("t", kind, span);
        let handed_on = value_of(&l.body.stmts[stencil.next]);
        if let Term::Continue(_, values) = &mut l.body.term {
            values.push(handed_on);
        }
        if let Stmt::Store { value, .. } = &mut l.body.stmts[stencil.here] {
            let own = std::mem::replace(value, Atom::Var(sum));
            let op = Op::Add(Atom::Var(param), own);
            l.body.stmts.insert(stencil.here, Stmt::Let { var: sum, op });
        }
        let next = stencil.next + usize::from(stencil.here < stencil.next);
        l.body.stmts.remove(next);
        self.last(l, stencil, result, span)
    }

    /// The last iteration's value goes to the element behind the range, if there was an iteration.
    fn last(&mut self, l: &Loop, stencil: &Stencil, result: VarId, span: SpanId) -> Vec<Stmt> {
        let Head::Range { lo, hi, inclusive, .. } = &l.head else {
            return Vec::new();
        };
        let ran = self.fresh("t", Kind::Bool, span);
        let how = if *inclusive { Compare::Le } else { Compare::Lt };
        let mut stmts = Vec::new();
        let shift = stencil.offset + i64::from(*inclusive);
        let index = if shift == 0 {
            hi.clone()
        } else {
            let index = self.fresh("t", Kind::Int, span);
            let by = Atom::Int(shift.abs().to_string());
            let op = if shift > 0 { Op::Add(hi.clone(), by) } else { Op::Sub(hi.clone(), by) };
            stmts.push(Stmt::Let { var: index, op });
            Atom::Var(index)
        };
        let place = Place { base: stencil.base, path: vec![index] };
        stmts.push(Stmt::Store { place, value: Atom::Var(result), update: Update::Add });
        vec![Stmt::Let { var: ran, op: Op::Compare(how, lo.clone(), hi.clone()) }, Stmt::run_if(ran, stmts)]
    }
}

fn value_of(stmt: &Stmt) -> Atom {
    match stmt {
        Stmt::Store { value, .. } => value.clone(),
        _ => unreachable!("a stencil is made of stores"),
    }
}
