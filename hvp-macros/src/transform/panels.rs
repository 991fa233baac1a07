//! Rows that are read side by side lie side by side in memory.
//!
//! ```text
//! for p in 0..n {                                 let packed = 7 < n && …;
//!     for a in (0..rows).step_by(8) {             let mut panels = vec![[0.0; 8]; if packed { rows / 8 * d } else { 0 }];
//!         for j in 0..d {                         … panels[g * d + j][r] = c[(8 * g + r) * d + j]; …
//!             s0 += f(c[a * d + j]);              for p in 0..n {
//!             …                            →          for a in (0..rows).step_by(8) {
//!             s7 += f(c[(a + 7) * d + j]);                if packed { for j in 0..d { s0 += f(panels[a / 8 * d + j][0]); … } }
//!         }                                               else { … as before … }
//!     }                                               }
//! }                                               }
//! ```
//!
//! A jammed loop (`jam`) takes one element of each of its rows at a time. They are far apart, and rustc would gather them into a
//! vector number by number. Packed in panels they are one vector. Packing reads each row once, so it pays where a loop around
//! goes through the same rows often, and where the panels do not drive everything else out of the cache.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::copying::copy;
use super::simplify::exact;
use crate::analysis::facts::Facts;
use crate::analysis::polynomial::Polynomial;
use crate::analysis::record::has_effects;
use crate::ir::{
    Adaptor, Atom, Block, Compare, Elem, Func, Head, Init, Kind, Len, Loop, LoopId, Op, Place, Slice, SpanId,
    Stmt, Term, Update, Var, VarId, VarSet, any_stmt, takes_each,
};

/// A loop of fewer iterations does not pack what it reads.
const FEWEST: i64 = 8;
/// The most numbers that are packed.
const MOST: usize = 1 << 16;

/// Packs the rows that jammed loops of `func` read again and again; whether there were any.
pub(crate) fn pack(func: &mut Func) -> bool {
    let n_loops = func.n_loops;
    let (facts, exact) = (Facts::gather(func), exact(func));
    let mut body = std::mem::take(&mut func.body);
    Pack { func, facts, exact }.block(&mut body);
    func.body = body;
    func.n_loops > n_loops
}

struct Pack<'f> {
    func: &'f mut Func,
    facts: Facts,
    exact: VarSet,
}

/// The loop around, which goes through the same rows in each iteration.
struct Around {
    id: LoopId,
    lo: i64,
    hi: Atom,
    /// What packs, and goes before it.
    before: Vec<Stmt>,
    /// What stands there for numbers that are the same in all iterations.
    found: BTreeMap<VarId, Atom>,
}

/// The rows of one array. Where `a` is the first row of a jammed iteration, lane `r` reads element `j` at the indices
/// `(a + r) * stride + rest`, to the last of which `j` is added.
struct Rows {
    base: VarId,
    indices: Vec<(Polynomial, Polynomial)>,
    /// The lane of each load.
    lanes: BTreeMap<VarId, usize>,
}

impl Pack<'_> {
    fn block(&mut self, block: &mut Block) {
        for mut stmt in std::mem::take(&mut block.stmts) {
            if let Stmt::Loop(l) = &mut stmt {
                block.stmts.extend(self.around(l));
            }
            stmt.blocks_mut().into_iter().for_each(|inner| self.block(inner));
            block.stmts.push(stmt);
        }
        if let Term::Branch(branch) = &mut block.term {
            branch.blocks_mut().into_iter().for_each(|inner| self.block(inner));
        }
    }

    /// Lets the jammed loops that stand in `l` read panels; gives what packs these.
    fn around(&mut self, l: &mut Loop) -> Vec<Stmt> {
        let Head::Range { lo, hi, inclusive: false, adaptors, .. } = &l.head else { return Vec::new() };
        let Some(lo) = lo.integer().filter(|_| takes_each(adaptors)) else { return Vec::new() };
        // The first iteration comes by all of the body, so that packing reads nothing that is not read anyway.
        if !matches!(l.body.term, Term::Continue(..)) || has_effects(&l.body) {
            return Vec::new();
        }
        let mut around = Around { id: l.id, lo, hi: hi.clone(), before: Vec::new(), found: BTreeMap::new() };
        let mut any = false;
        for stmt in &mut l.body.stmts {
            if let Stmt::Loop(jammed) = stmt {
                any |= self.jammed(jammed, &mut around).is_some();
            }
        }
        if any { around.before } else { Vec::new() }
    }

    /// Lets `l`, if it is jammed, read panels.
    fn jammed(&mut self, l: &mut Loop, around: &mut Around) -> Option<()> {
        let Head::Range { var: row, lo, hi: split, inclusive: false, adaptors } = &l.head else {
            return None;
        };
        let [Adaptor::StepBy(width)] = adaptors.as_slice() else { return None };
        let width = usize::try_from(width.integer()?).ok().filter(|width| *width > 1)?;
        let at = l.body.stmts.iter().position(|stmt| matches!(stmt, Stmt::Loop(_)))?;
        let Stmt::Loop(sum) = &l.body.stmts[at] else { return None };
        let Head::Range { var: column, lo: from, hi: columns, inclusive: false, adaptors } = &sum.head else {
            return None;
        };
        let in_order = adaptors.is_empty() && lo.integer() == Some(0) && from.integer() == Some(0);
        let exact = !sum.carried.is_empty() && sum.carried.iter().all(|item| self.exact.contains(item.param));
        if !in_order || !exact || any_stmt(&sum.body, &mut |stmt| matches!(stmt, Stmt::Loop(_))) {
            return None;
        }
        let (row, column) = (*row, *column);
        let all = self.rows(sum, row, column, width, around);
        let columns = self.before(columns, around)?;
        let rows = self.count(split, width, around)?;
        if all.is_empty() || !all.iter().all(|rows| self.can_pack(rows, around)) {
            return None;
        }
        let (packed, groups) = self.packed(&rows, &columns, width, around);
        let mut panels = BTreeMap::new();
        for rows in &all {
            let panel = self.panels(rows, (&groups, &columns), width, around);
            panels.extend(rows.lanes.iter().map(|(load, lane)| (*load, (panel, *lane))));
        }
        let Stmt::Loop(sum) = l.body.stmts[at].clone() else { unreachable!("the sum was found there") };
        let choice = self.choice(&sum, &panels, (row, column, &columns, &packed), width);
        l.body.stmts.splice(at..=at, choice);
        Some(())
    }

    /// The arrays of which `sum` reads an element of each of `width` rows.
    fn rows(&self, sum: &Loop, row: VarId, column: VarId, width: usize, around: &Around) -> Vec<Rows> {
        let mut loads: BTreeMap<VarId, Vec<(VarId, &[Atom])>> = BTreeMap::new();
        for stmt in &sum.body.stmts {
            if let Stmt::Let { var, op: Op::Load(Place { base, path }) } = stmt
                && *self.func.kind(*base).scalar() == Kind::Real
            {
                loads.entry(*base).or_default().push((*var, path));
            }
        }
        let of_base = |(base, loads): (VarId, Vec<(VarId, &[Atom])>)| {
            let path_of = |(_, path): &(VarId, &[Atom])| -> Option<Vec<Polynomial>> {
                path.iter().map(|index| Polynomial::of(index, &self.facts.ops)).collect()
            };
            let paths: Vec<Vec<Polynomial>> = loads.iter().map(path_of).collect::<Option<_>>()?;
            let [first, second, ..] = paths.as_slice() else { return None };
            let mut indices = Vec::new();
            for (at, (one, next)) in first.iter().zip(second).enumerate() {
                let stride = next.clone().plus(one, -1)?;
                let each =
                    |lane: i64, path: &Vec<Polynomial>| Some(one.clone().plus(&stride, lane)? == path[at]);
                if !(0..).zip(&paths).all(|(lane, path)| each(lane, path) == Some(true)) {
                    return None;
                }
                let is_last = at + 1 == first.len();
                let start = if is_last { one.clone().less(column)? } else { one.clone() };
                let rest = start.plus(&stride.times(&Polynomial::from(row))?, -1)?;
                indices.push((stride, rest));
            }
            let side_by_side = matches!(indices.as_slice(), [(stride, _)] if stride.number() == Some(1));
            let lanes = loads.iter().map(|(load, _)| *load).zip(0..).collect();
            (paths.len() == width && !side_by_side && !self.changes(base, around.id)).then_some(Rows {
                base,
                indices,
                lanes,
            })
        };
        loads.into_iter().filter_map(of_base).collect()
    }

    /// Whether the loop makes the array or changes it.
    fn changes(&self, base: VarId, id: LoopId) -> bool {
        let inside = |site: &crate::analysis::facts::Site| site.loops.contains(&id);
        self.facts.sites.get(&base).is_some_and(inside)
            || self.facts.resized.contains(&base)
            || self.facts.writes.get(&base).is_some_and(|writes| writes.iter().any(inside))
    }

    fn can_pack(&mut self, rows: &Rows, around: &mut Around) -> bool {
        let terms = rows.indices.iter().flat_map(|(stride, rest)| [stride, rest]);
        terms.flat_map(Polynomial::variables).all(|var| self.before(&Atom::Var(var), around).is_some())
    }

    /// How many rows there are, where `split` is that number less what `width` leaves over.
    fn count(&mut self, split: &Atom, width: usize, around: &mut Around) -> Option<Atom> {
        if split.integer().is_some() {
            return Some(split.clone());
        }
        let Op::Sub(all, over) = self.facts.ops.get(&split.var()?)?.clone() else { return None };
        let Op::Rem(of, by) = self.facts.ops.get(&over.var()?)?.clone() else { return None };
        let fits = of == all && by.integer().and_then(|by| usize::try_from(by).ok()) == Some(width);
        if fits { self.before(&all, around) } else { None }
    }

    /// `atom` before the loop around, where it can be computed there and nothing fails that does not fail anyway.
    fn before(&mut self, atom: &Atom, around: &mut Around) -> Option<Atom> {
        let Some(var) = atom.var() else { return Some(atom.clone()) };
        let outside = self.facts.sites.get(&var).is_none_or(|site| !site.loops.contains(&around.id));
        if outside {
            return Some(atom.clone());
        }
        if let Some(found) = around.found.get(&var) {
            return Some(found.clone());
        }
        let op = match self.facts.ops.get(&var)?.clone() {
            Op::Copy(same) => return self.before(&same, around),
            Op::Len(slice) if slice == Slice::whole(slice.base) && !self.changes(slice.base, around.id) => {
                Op::Len(slice)
            }
            // The loop's own end is such a quotient.
            Op::Div(a, by) => {
                let end = around.hi.var().and_then(|end| self.facts.ops.get(&end));
                let divided = matches!(end, Some(Op::Div(_, other)) if *other == by);
                divided.then_some(())?;
                Op::Div(self.before(&a, around)?, by)
            }
            // The lesser of two lengths.
            Op::Compare(compare, a, b) => {
                Op::Compare(compare, self.before(&a, around)?, self.before(&b, around)?)
            }
            Op::Select(on, a, b) => {
                let [on, a, b] = [on, a, b].map(|atom| self.before(&atom, around));
                Op::Select(on?, a?, b?)
            }
            _ => return None,
        };
        let found = self.temporary(self.func.kind(var).clone());
        around.before.push(Stmt::Let { var: found, op });
        around.found.insert(var, found.into());
        Some(found.into())
    }

    fn temporary(&mut self, kind: Kind) -> VarId {
        self.func.fresh(Var::temporary(kind, SpanId(0)))
    }

    fn compute(&mut self, kind: Kind, op: Op, stmts: &mut Vec<Stmt>) -> Atom {
        let var = self.temporary(kind);
        stmts.push(Stmt::Let { var, op });
        var.into()
    }

    /// Whether rows are packed, and how many groups of `width` rows then.
    fn packed(&mut self, rows: &Atom, columns: &Atom, width: usize, around: &mut Around) -> (Atom, Atom) {
        let (zero, size) = (int(0), int(width));
        let fewest = Atom::Int((around.lo + FEWEST - 1).to_string());
        let stmts = &mut around.before;
        let often = self.compute(Kind::Bool, Op::Compare(Compare::Lt, fewest, around.hi.clone()), stmts);
        let all = self.compute(Kind::Int, Op::Div(rows.clone(), size), stmts);
        let all = self.compute(Kind::Int, Op::Select(often.clone(), all, zero.clone()), stmts);
        let numbers = self.compute(Kind::Int, Op::Mul(all.clone(), columns.clone()), stmts);
        let few = Op::Compare(Compare::Le, numbers, int(MOST / width));
        let few = self.compute(Kind::Bool, few, stmts);
        let packed = self.func.fresh(Var::named("packed", Kind::Bool, SpanId(0)));
        stmts.push(Stmt::Let { var: packed, op: Op::And(often, few) });
        let groups = self.compute(Kind::Int, Op::Select(packed.into(), all, zero), stmts);
        (packed.into(), groups)
    }

    /// `rows` in panels: `panels[g * columns + j][r]` is element `j` of row `r` of group `g`.
    fn panels(
        &mut self,
        rows: &Rows,
        (groups, columns): (&Atom, &Atom),
        width: usize,
        around: &mut Around,
    ) -> VarId {
        let name = format!("{}_panels", self.func.var(rows.base).name);
        let kind = Kind::array(Kind::array(Kind::Real));
        let panels = self.func.fresh(Var::named(name, kind, SpanId(0)));
        let len = self.compute(Kind::Int, Op::Mul(groups.clone(), columns.clone()), &mut around.before);
        let zeros = Init::Repeat {
            value: Box::new(Elem::Atom(Atom::real(0.0))),
            len: Len::Value(int(width)),
            vec: false,
        };
        let init = Init::Repeat { value: Box::new(Elem::Array(zeros)), len: Len::Value(len), vec: true };
        around.before.push(Stmt::Alloc { var: panels, init });
        let [group, lane, column] =
            ["g", "r", "j"].map(|name| self.func.fresh(Var::named(name, Kind::Int, SpanId(0))));
        let mut stmts = Vec::new();
        let first = self.compute(Kind::Int, Op::Mul(group.into(), int(width)), &mut stmts);
        let row = self.compute(Kind::Int, Op::Add(first, lane.into()), &mut stmts);
        let mut inner = Vec::new();
        let start = self.compute(Kind::Int, Op::Mul(group.into(), columns.clone()), &mut inner);
        let to = self.compute(Kind::Int, Op::Add(start, column.into()), &mut inner);
        let row = row.var().unwrap_or_else(|| unreachable!("what is computed is a variable"));
        let last = rows.indices.len() - 1;
        let mut path = Vec::new();
        for (at, (stride, rest)) in rows.indices.iter().enumerate() {
            let start = stride.times(&Polynomial::from(row)).and_then(|start| start.plus(rest, 1));
            let index = start.and_then(|start| start.plus(&Polynomial::from(column), i64::from(at == last)));
            let index =
                index.unwrap_or_else(|| unreachable!("an index of the same terms has been looked at"));
            let find = &|var: VarId| around.found.get(&var).cloned().unwrap_or(Atom::Var(var));
            path.push(index.written(find, &mut |op| self.compute(Kind::Int, op, &mut inner)));
        }
        let value = self.compute(Kind::Real, Op::Load(Place { base: rows.base, path }), &mut inner);
        let place = Place { base: panels, path: vec![to, lane.into()] };
        inner.push(Stmt::Store { place, value, update: Update::Set });
        stmts.push(self.counted(column, columns, inner));
        let lanes = self.counted(lane, &int(width), stmts);
        let all = self.counted(group, groups, vec![lanes]);
        around.before.push(all);
        panels
    }

    /// `for var in 0..hi { stmts }`
    fn counted(&mut self, var: VarId, hi: &Atom, stmts: Vec<Stmt>) -> Stmt {
        let id = self.func.fresh_loop();
        let head = Head::Range { var, lo: int(0), hi: hi.clone(), inclusive: false, adaptors: Vec::new() };
        Stmt::Loop(Loop::new(id, head, Vec::new(), Block { stmts, term: Term::Continue(id, Vec::new()) }))
    }

    /// `sum` by panels, which hold the `loads`, if rows are packed, or as it was.
    fn choice(
        &mut self,
        sum: &Loop,
        loads: &BTreeMap<VarId, (VarId, usize)>,
        (row, column, columns, packed): (VarId, VarId, &Atom, &Atom),
        width: usize,
    ) -> Vec<Stmt> {
        let mut stmts = Vec::new();
        let group = self.compute(Kind::Int, Op::Div(row.into(), int(width)), &mut stmts);
        let start = self.compute(Kind::Int, Op::Mul(group, columns.clone()), &mut stmts);
        let mut by_panels = sum.clone();
        let mut inner = Vec::new();
        let at = self.compute(Kind::Int, Op::Add(start, column.into()), &mut inner);
        for stmt in &mut by_panels.body.stmts {
            if let Stmt::Let { var, op: Op::Load(place) } = stmt
                && let Some((panels, lane)) = loads.get(var)
            {
                *place = Place { base: *panels, path: vec![at.clone(), int(*lane)] };
            }
        }
        by_panels.body.stmts.splice(0..0, inner);
        let arms = [by_panels, sum.clone()].map(|l| self.arm(l));
        let results = sum.carried.iter().map(|item| item.result).collect();
        stmts.push(Stmt::choice(packed.clone(), arms, results));
        stmts
    }

    /// An arm with a copy of `sum`, which yields its results.
    fn arm(&mut self, sum: Loop) -> Block {
        let results: Vec<VarId> = sum.carried.iter().map(|item| item.result).collect();
        let (mut names, mut stmts) = (BTreeMap::new(), Vec::new());
        copy(self.func, &[Stmt::Loop(sum)], &mut names, &mut stmts);
        let results = results.into_iter().map(|result| names[&result].into()).collect();
        Block::yielding(stmts, results)
    }
}

fn int(number: usize) -> Atom {
    Atom::Int(number.to_string())
}
