//! Long sums run several at a time.
//!
//! ```text
//! for i in lo..hi {                        for i in (lo..split).step_by(4) {
//!     let mut s = 0.0;                         let (mut s0, mut s1, mut s2, mut s3) = …;
//!     for j in a..b { s += …; }       →        for j in a..b { s0 += …; s1 += …; s2 += …; s3 += …; }
//!     rest(i, s)                               rest(i, s0) … rest(i + 3, s3)
//! }                                        }
//!                                          for i in split..hi { … as before … }
//! ```
//!
//! A sum of floating-point numbers is a chain in which each addition waits for the last, and whose order must not change where a
//! result or a condition depends on its bits. Four such chains of four iterations of the loop around keep the processor busy,
//! and each has its own order; eight where an iteration has one sum.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::copying::{copy, rename};
use crate::ir::{
    Adaptor, Atom, Block, Carried, Compare, Func, Head, Kind, Loop, Name, Op, Operand, SpanId, Stmt, Term,
    Touch, Var, VarId, each_name, each_name_in,
};

/// How many iterations of a loop that begins with several sums run at a time.
const WIDTH: usize = 4;
/// The same where it begins with one sum, for which the processor has room.
const WIDE: usize = 8;
/// A body with more statements than this is not repeated.
const LONG: usize = 80;

/// Jams the loops of `func` that begin with a sum; whether there were any.
pub(crate) fn jam(func: &mut Func) -> bool {
    let n_loops = func.n_loops;
    let mut body = std::mem::take(&mut func.body);
    Jam { func }.block(&mut body);
    func.body = body;
    func.n_loops > n_loops
}

struct Jam<'f> {
    func: &'f mut Func,
}

/// A loop whose iterations begin alike: pure operations, then a sum.
struct Parts {
    l: Loop,
    var: VarId,
    lo: Atom,
    hi: Atom,
    before: Vec<Stmt>,
    sum: Loop,
    rest: Vec<Stmt>,
    /// What the iteration hands to the next.
    handed_on: Vec<Atom>,
}

impl Parts {
    /// How many iterations run at a time.
    fn width(&self) -> usize {
        if self.sum.carried.len() == 1 { WIDE } else { WIDTH }
    }
}

impl Jam<'_> {
    fn block(&mut self, block: &mut Block) {
        for stmt in std::mem::take(&mut block.stmts) {
            match stmt {
                Stmt::Loop(mut l) => {
                    if let Some(parts) = parts(self.func, &l) {
                        block.stmts.extend(self.jammed(parts));
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

    fn temp(&mut self, kind: Kind, span: SpanId) -> VarId {
        self.func.fresh(Var::temporary(kind, span))
    }

    fn jammed(&mut self, parts: Parts) -> Vec<Stmt> {
        let span = self.func.var(parts.var).span;
        let (mut stmts, split) = self.split(&parts, span);
        let mut jammed = Loop { id: self.func.fresh_loop(), ..parts.l.clone() };
        let var = self.func.fresh_like(parts.var);
        jammed.head = Head::Range {
            var,
            lo: parts.lo.clone(),
            hi: split.clone(),
            inclusive: false,
            adaptors: vec![Adaptor::StepBy(Atom::Int(parts.width().to_string()))],
        };
        for item in &mut jammed.carried {
            item.param = self.func.fresh_like(item.param);
            item.result = self.func.fresh_like(item.result);
        }
        let between: Vec<Atom> = jammed.carried.iter().map(|item| item.result.into()).collect();
        jammed.body = self.body(&parts, var, &jammed);
        stmts.push(Stmt::Loop(jammed));
        let mut last = parts.l;
        last.head =
            Head::Range { var: parts.var, lo: split, hi: parts.hi, inclusive: false, adaptors: Vec::new() };
        for (item, init) in last.carried.iter_mut().zip(between) {
            item.init = init;
        }
        stmts.push(Stmt::Loop(last));
        stmts
    }

    /// `let split = if lo < hi { hi - (hi - lo) % width } else { lo };`, less from zero.
    fn split(&mut self, parts: &Parts, span: SpanId) -> (Vec<Stmt>, Atom) {
        if parts.lo == Atom::Int("0".to_owned()) {
            let [over, split] = [(); 2].map(|()| self.temp(Kind::Int, span));
            let stmts = vec![
                Stmt::Let { var: over, op: Op::Rem(parts.hi.clone(), Atom::Int(parts.width().to_string())) },
                Stmt::Let { var: split, op: Op::Sub(parts.hi.clone(), over.into()) },
            ];
            return (stmts, split.into());
        }
        let [some, split] = [Kind::Bool, Kind::Int].map(|kind| self.temp(kind, span));
        let [count, over, end] = [(); 3].map(|()| self.temp(Kind::Int, span));
        let ops = vec![
            Stmt::Let { var: count, op: Op::Sub(parts.hi.clone(), parts.lo.clone()) },
            Stmt::Let { var: over, op: Op::Rem(count.into(), Atom::Int(parts.width().to_string())) },
            Stmt::Let { var: end, op: Op::Sub(parts.hi.clone(), over.into()) },
        ];
        let stmts = vec![
            Stmt::Let { var: some, op: Op::Compare(Compare::Lt, parts.lo.clone(), parts.hi.clone()) },
            Stmt::value_if(some, (ops, end.into()), parts.lo.clone(), split),
        ];
        (stmts, split.into())
    }

    /// Several iterations: all beginnings, all sums in one loop, then the rests one after another.
    fn body(&mut self, parts: &Parts, var: VarId, jammed: &Loop) -> Block {
        let span = self.func.var(var).span;
        let mut stmts = Vec::new();
        let mut renamings: Vec<BTreeMap<VarId, VarId>> = Vec::new();
        for lane in 0..parts.width() {
            let mut names = BTreeMap::new();
            if lane == 0 {
                names.insert(parts.var, var);
            } else {
                let index = self.temp(Kind::Int, span);
                stmts.push(Stmt::Let { var: index, op: Op::Add(var.into(), Atom::Int(lane.to_string())) });
                names.insert(parts.var, index);
            }
            copy(self.func, &parts.before, &mut names, &mut stmts);
            renamings.push(names);
        }
        stmts.push(Stmt::Loop(self.sums(&parts.sum, &mut renamings)));
        let mut values: Vec<Atom> = jammed.carried.iter().map(|item| item.param.into()).collect();
        for mut names in renamings {
            let mut literals = BTreeMap::new();
            for (item, value) in parts.l.carried.iter().zip(&values) {
                match value {
                    Atom::Var(value) => names.insert(item.param, *value),
                    literal => {
                        literals.insert(item.param, literal.clone());
                        None
                    }
                };
            }
            for (param, literal) in literals {
                let copy = self.func.fresh_like(param);
                stmts.push(Stmt::Let { var: copy, op: Op::Copy(literal) });
                names.insert(param, copy);
            }
            copy(self.func, &parts.rest, &mut names, &mut stmts);
            values.clone_from(&parts.handed_on);
            for value in &mut values {
                rename(value, &names);
            }
        }
        Block { stmts: pushes_last(stmts), term: Term::Continue(jammed.id, values) }
    }

    /// The sums of all lanes in one loop.
    fn sums(&mut self, sum: &Loop, renamings: &mut [BTreeMap<VarId, VarId>]) -> Loop {
        let id = self.func.fresh_loop();
        let mut out = Loop::new(id, sum.head.clone(), Vec::new(), sum.body.clone());
        let mut stmts = Vec::new();
        let mut values = Vec::new();
        for (lane, names) in renamings.iter_mut().enumerate() {
            if let (Head::Range { var, .. }, Head::Range { var: own, .. }) = (&sum.head, &mut out.head) {
                if lane == 0 {
                    *own = self.func.fresh_like(*var);
                }
                names.insert(*var, *own);
            }
            for item in &sum.carried {
                let mut init = item.init.clone();
                rename(&mut init, names);
                let [param, result] = [item.param, item.result].map(|var| self.func.fresh_like(var));
                names.extend([(item.param, param), (item.result, result)]);
                out.carried.push(Carried { param, init, result });
            }
            copy(self.func, &sum.body.stmts, names, &mut stmts);
            if let Term::Continue(_, own) = &sum.body.term {
                let mut own = own.clone();
                for value in &mut own {
                    rename(value, names);
                }
                values.extend(own);
            }
        }
        out.body = Block { stmts, term: Term::Continue(id, values) };
        out
    }
}

/// The iterations' records of scalars stand together at the end, where the emitter writes them at once. Tapes that inner blocks
/// use keep their order.
fn pushes_last(stmts: Vec<Stmt>) -> Vec<Stmt> {
    let mut used_inside = BTreeSet::new();
    for stmt in stmts.iter().filter(|stmt| !matches!(stmt, Stmt::Push { .. })) {
        each_name(stmt, |name| {
            if let Name::Array(array, _) = name {
                used_inside.insert(array);
            }
        });
    }
    let is_scalar = |value: &Operand| matches!(value, Operand::Atom(_));
    let is_record = |stmt: &Stmt| matches!(stmt, Stmt::Push { tape, values } if !used_inside.contains(tape) && values.iter().all(is_scalar));
    let (records, mut rest): (Vec<Stmt>, Vec<Stmt>) = stmts.into_iter().partition(is_record);
    rest.extend(records);
    rest
}

/// The parts of `l`, if it can be jammed.
fn parts(func: &Func, l: &Loop) -> Option<Parts> {
    let Head::Range { var, lo, hi, inclusive: false, adaptors } = &l.head else {
        return None;
    };
    let Term::Continue(_, handed_on) = &l.body.term else {
        return None;
    };
    let at = l.body.stmts.iter().position(|stmt| !is_pure(stmt))?;
    let Stmt::Loop(sum) = &l.body.stmts[at] else {
        return None;
    };
    let (before, rest) = (&l.body.stmts[..at], &l.body.stmts[at + 1..]);
    if !adaptors.is_empty() || l.body.length() > LONG || !is_sum(func, sum) {
        return None;
    }
    let mut own = BTreeSet::from([*var]);
    own.extend(l.carried.iter().map(|item| item.param));
    own.extend(before.iter().filter_map(
        |stmt| {
            if let Stmt::Let { var, .. } = stmt { Some(*var) } else { None }
        },
    ));
    let ends = |atom: &Atom| atom.var().is_none_or(|var| !own.contains(&var));
    let Head::Range { lo: from, hi: to, .. } = &sum.head else {
        return None;
    };
    if !ends(from) || !ends(to) || depends_on_rest(l, before, sum, rest) {
        return None;
    }
    Some(Parts {
        l: l.clone(),
        var: *var,
        lo: lo.clone(),
        hi: hi.clone(),
        before: before.to_vec(),
        sum: sum.clone(),
        rest: rest.to_vec(),
        handed_on: handed_on.clone(),
    })
}

fn is_pure(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Let { op: Op::Opaque(opaque), .. } => opaque.repeatable,
        Stmt::Let { .. } => true,
        _ => false,
    }
}

/// A loop that does nothing but add numbers up.
fn is_sum(func: &Func, sum: &Loop) -> bool {
    let adds = |item: &Carried| {
        matches!(func.kind(item.param), Kind::Real | Kind::Tangent)
            && sum.body.stmts.iter().any(|stmt| match stmt {
                Stmt::Let { op: Op::Add(a, b) | Op::Sub(a, b), .. } => {
                    *a == Atom::Var(item.param) || *b == Atom::Var(item.param)
                }
                _ => false,
            })
    };
    let counts = matches!(sum.head, Head::Range { .. });
    let plain = matches!(sum.body.term, Term::Continue(..)) && sum.body.stmts.iter().all(is_pure);
    counts && plain && !sum.carried.is_empty() && sum.carried.iter().all(adds)
}

/// Whether the beginning of an iteration needs what the rest of an earlier one did, or something leaves the loop.
fn depends_on_rest(l: &Loop, before: &[Stmt], sum: &Loop, rest: &[Stmt]) -> bool {
    let carried: BTreeSet<VarId> = l.carried.iter().map(|item| item.param).collect();
    let (mut read, mut changed) = (BTreeSet::new(), BTreeSet::new());
    let mut handed_down = false;
    let mut begin = |name: Name<'_>| match name {
        Name::Array(array, _) => {
            read.insert(array);
        }
        Name::Use(atom) => handed_down |= atom.var().is_some_and(|var| carried.contains(&var)),
        Name::Def(_) => {}
    };
    for stmt in before {
        each_name(stmt, &mut begin);
    }
    each_name_in(&sum.body, &mut begin);
    for item in &sum.carried {
        begin(Name::Use(&item.init));
    }
    for stmt in rest {
        each_name(stmt, |name| {
            if let Name::Array(array, Touch::Set | Touch::Update | Touch::Grow) = name {
                changed.insert(array);
            }
        });
    }
    handed_down || read.intersection(&changed).next().is_some() || rest.iter().any(leaves)
}

fn leaves(stmt: &Stmt) -> bool {
    let ends = |block: &Block| {
        matches!(block.term, Term::Escape(_) | Term::Panic(_) | Term::Return(_))
            || block.stmts.iter().any(leaves)
    };
    stmt.blocks().into_iter().any(ends) || matches!(stmt, Stmt::Call(call) if call.leaves())
}
