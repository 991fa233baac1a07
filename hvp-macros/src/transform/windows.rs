//! Loops look at memory through windows.
//!
//! ```text
//! for j in lo..hi {                          let p_1 = &p[o + lo..o + hi];
//!     p_bar[o + j] += q_bar[j] * x;          let p_bar_1 = &mut p_bar[o + lo..o + hi];
//!     sum += q_bar[j] * p[o + j];       →    let q_bar_1 = &q_bar[lo..hi];
//! }                                          for each (p_bar_j, q_bar_j, p_j) in strips { p_bar_j += q_bar_j * x; sum += q_bar_j * p_j; }
//! ```
//!
//! An innermost counted loop that goes through an array element by element gets the part that it will see as an array of its own,
//! with as many elements as there are iterations: so the bounds are checked once, before the loop, and rustc can use vector
//! instructions. A window is opened only where every iteration touches its element, so that nothing fails that would not fail anyway;
//! a loop without iterations opens none.
//!
//! Where the iterations have nothing to do with each other but that they add to derivatives, they run in *strips*:
//! several at a time, each strip read before it is written, with a sum for each place in the strip. Sums that a result of the user's
//! or a condition depends on keep their order.
//!
//! This is the last pass: no other knows windows.

mod affine;
mod body;
mod counters;
mod strips;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use self::affine::Affine;
use self::body::{Access, Body};
use super::simplify::{exact, indices};
use crate::ir::any_stmt;
use crate::ir::{
    Atom, Block, Func, Head, Kind, Loop, LoopId, Op, Path, Place, Rewrite, Stmt, Term, Touch, Var, VarId,
    VarSet, Window, each_loop, rewrite_block, takes_each, uses,
};

/// A loop with more windows than this keeps the arrays.
const MOST: usize = 12;

/// Opens windows for the innermost loops of `func`; gives those that add up in strips, in another order than their own.
pub(crate) fn open(func: &mut Func) -> BTreeSet<LoopId> {
    open_all(func, |_| true)
}

/// Opens windows for a part of a function, whose loops must add up in the order of the whole: in strips where those of `whole` do;
/// whether they can.
pub(crate) fn open_like(func: &mut Func, whole: &BTreeSet<LoopId>) -> bool {
    let found = open_all(func, |id| whole.contains(&id));
    let mut alike = true;
    each_loop(&func.body, &mut |l| {
        alike &= l.carried.is_empty() || found.contains(&l.id) || !whole.contains(&l.id);
    });
    alike
}

fn open_all(func: &mut Func, may_add_up: impl Fn(LoopId) -> bool) -> BTreeSet<LoopId> {
    let facts = Facts { exact: exact(func), indices: indices(func) };
    let empty = Block::default();
    let mut body = std::mem::replace(&mut func.body, empty);
    let mut opening = Opening { func, facts, may_add_up: &may_add_up, add_up: BTreeSet::new() };
    opening.block(&mut body);
    let add_up = opening.add_up;
    func.body = body;
    add_up
}

/// What is known of the function before the first window is opened.
struct Facts {
    exact: VarSet,
    indices: VarSet,
}

struct Opening<'f> {
    func: &'f mut Func,
    facts: Facts,
    may_add_up: &'f dyn Fn(LoopId) -> bool,
    /// The loops that add up in strips.
    add_up: BTreeSet<LoopId>,
}

impl Opening<'_> {
    fn block(&mut self, block: &mut Block) {
        for stmt in std::mem::take(&mut block.stmts) {
            match stmt {
                Stmt::Loop(mut l) => {
                    if is_innermost(&l.body) {
                        block.stmts.extend(self.innermost(l));
                    } else {
                        self.block(&mut l.body);
                        block.stmts.push(Stmt::Loop(l));
                    }
                }
                Stmt::Branch { mut branch, results } => {
                    branch.arms.iter_mut().for_each(|arm| self.block(&mut arm.body));
                    block.stmts.push(Stmt::Branch { branch, results });
                }
                other => block.stmts.push(other),
            }
        }
        if let Term::Branch(branch) = &mut block.term {
            branch.arms.iter_mut().for_each(|arm| self.block(&mut arm.body));
        }
    }

    /// The loop with its windows, and what goes before and behind it.
    fn innermost(&mut self, mut l: Loop) -> Vec<Stmt> {
        let Some((body, windows)) = self.windows(&l) else {
            return vec![Stmt::Loop(l)];
        };
        let mut stmts = body.hoisted;
        let names = windows.iter().map(|(seen, window)| (seen.clone(), window.var)).collect();
        through_windows(&mut l, &body.affine, &names);
        l.path = Path { windows: windows.into_values().collect(), strips: false };
        self.without_unused(&mut l.body);
        let behind = self.counted(&mut l);
        stmts.extend(self.in_strips(&mut l));
        stmts.push(Stmt::Loop(l));
        stmts.extend(behind);
        stmts
    }

    /// The windows that `l` can have, each with what it shows.
    fn windows(&mut self, l: &Loop) -> Option<(Body, BTreeMap<Seen, Window>)> {
        let Head::Range { var, lo, hi, inclusive: false, adaptors } = &l.head else {
            return None;
        };
        let literal = |atom: &Atom| matches!(atom, Atom::Int(_));
        let in_order = takes_each(adaptors);
        if !in_order || literal(lo) && literal(hi) || !self.facts.indices.contains(*var) {
            return None;
        }
        let body = Body::of(self.func, l)?;
        let mut windows = BTreeMap::new();
        for (base, accesses) in &body.accesses {
            for (seen, mutable) in self.seen(*base, accesses, &body) {
                let window = self.window(&seen, mutable);
                windows.insert(seen, window);
            }
        }
        (!windows.is_empty() && windows.len() <= MOST).then_some((body, windows))
    }

    /// The parts of `base` that every iteration touches one element of, and whether it is written.
    fn seen(&self, base: VarId, accesses: &[Access], body: &Body) -> Vec<(Seen, bool)> {
        let is_element = |path: &[Atom]| {
            let kind = self.func.kind(base);
            matches!(kind, Kind::Array(_)) && !kind.element(path.len()).is_array()
        };
        let all: Vec<(Option<Seen>, bool)> = accesses
            .iter()
            .map(|access| {
                (body.affine.seen(base, &access.path).filter(|_| is_element(&access.path)), access.always)
            })
            .collect();
        let written = accesses.iter().any(|access| access.write);
        let alike = all.iter().all(|(seen, _)| *seen == all[0].0);
        let inside = |(access, (seen, _)): (&Access, &(Option<Seen>, bool))| {
            seen.as_ref().is_some_and(|seen| seen.of.path.len() + 1 < access.path.len())
        };
        if written && (!alike || body.measured.contains(&base) || accesses.iter().zip(&all).any(inside)) {
            return Vec::new();
        }
        let always: BTreeSet<Seen> =
            all.into_iter().filter(|(_, always)| *always).filter_map(|(seen, _)| seen).collect();
        always.into_iter().map(|seen| (seen, written)).collect()
    }

    fn window(&mut self, seen: &Seen, mutable: bool) -> Window {
        let array = self.func.var(seen.of.base).clone();
        let kind = Kind::array(array.kind.element(seen.of.path.len() + 1).clone());
        let var = self.func.fresh(Var { kind, named: true, ..array });
        let (plus, minus) = (seen.plus.clone(), seen.minus.clone());
        Window { var, of: seen.of.clone(), plus, minus, mutable }
    }

    /// Removes the integers that only served as indices.
    fn without_unused(&self, body: &mut Block) {
        loop {
            let used = uses(body);
            let before = body.stmts.len();
            body.stmts.retain(|stmt| match stmt {
                Stmt::Let { var, op: Op::Copy(_) | Op::Add(..) | Op::Sub(..) | Op::Mul(..) } => {
                    used.contains(*var) || *self.func.kind(*var) != Kind::Int
                }
                _ => true,
            });
            if body.stmts.len() == before {
                return;
            }
        }
    }

    fn temporary(&mut self, kind: Kind, like: VarId) -> VarId {
        let span = self.func.var(like).span;
        self.func.fresh(Var::temporary(kind, span))
    }
}

/// What iteration `j` sees of an array: `of[plus + j - minus]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    of: Place,
    plus: Vec<Atom>,
    minus: Vec<Atom>,
}

fn is_innermost(body: &Block) -> bool {
    !any_stmt(body, &mut |stmt| matches!(stmt, Stmt::Loop(_)))
}

/// Lets the body of `l` use the windows.
fn through_windows(l: &mut Loop, affine: &Affine, names: &BTreeMap<Seen, VarId>) {
    let Head::Range { var, .. } = &l.head else {
        return;
    };
    let mut pass = ThroughWindows { var: *var, affine, names };
    rewrite_block(&mut pass, &mut l.body);
}

struct ThroughWindows<'w> {
    var: VarId,
    affine: &'w Affine,
    names: &'w BTreeMap<Seen, VarId>,
}

impl ThroughWindows<'_> {
    fn place(&self, place: &mut Place) {
        if let Some(seen) = self.affine.seen(place.base, &place.path)
            && let Some(window) = self.names.get(&seen)
        {
            let inside = place.path.split_off(seen.of.path.len() + 1);
            *place = Place { base: *window, path: vec![Atom::Var(self.var)] };
            place.path.extend(inside);
        }
    }
}

impl Rewrite for ThroughWindows<'_> {
    fn atom(&mut self, _: &mut Atom) {}

    fn array(&mut self, _: &mut VarId, _: Touch) {}

    fn def(&mut self, _: &mut VarId) {}

    fn stmt(&mut self, stmt: &mut Stmt) {
        match stmt {
            Stmt::Let { op: Op::Load(place), .. } | Stmt::Store { place, .. } => self.place(place),
            other => crate::ir::rewrite_stmt(self, other),
        }
    }
}
