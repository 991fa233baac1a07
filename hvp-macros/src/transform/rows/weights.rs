//! Where the weights of the results are read, and the rows that belong to them.

use std::collections::BTreeSet;

use super::{Gradient, touches};
use crate::ir::{
    Adaptor, Atom, Block, Elem, Func, Head, Init, Kind, Loop, LoopId, Op, Param, Place, Role, Slice, Stmt,
    Term, Update, Var, VarId, What,
};

/// A variable that holds a weight, and the row that belongs to it.
pub(super) struct Seed {
    pub(super) weight: VarId,
    pub(super) row: Place,
}

/// Where all weights are read: in the body, or in one of its loops.
pub(super) type Region = Option<LoopId>;

pub(super) struct Weights {
    pub(super) seeds: Vec<Seed>,
    pub(super) place: Region,
    /// The rows of each component of the result.
    pub(super) rows: Vec<VarId>,
    pub(super) roles: Vec<Role>,
}

impl Weights {
    /// Finds the weights, and puts the making of the rows in place of their copies.
    pub(super) fn take(func: &mut Func, gradient: Gradient) -> Option<Weights> {
        let params: Vec<Param> =
            func.params.iter().filter(|param| matches!(param.role.what, What::Result(_))).cloned().collect();
        let mut weights = Weights { seeds: Vec::new(), place: None, rows: Vec::new(), roles: Vec::new() };
        let mut places = BTreeSet::new();
        for param in params {
            weights.roles.push(param.role);
            if *func.kind(param.var) == Kind::Real {
                weights.scalar(func, param.var, gradient);
                places.insert(None);
            } else {
                places.extend(weights.array(func, param.var, gradient)?);
            }
        }
        weights.place = places.pop_first()?;
        (places.is_empty() && is_plain(func, weights.place)).then_some(weights)
    }

    fn scalar(&mut self, func: &mut Func, weight: VarId, gradient: Gradient) {
        let rows = self.make(func, weight, 0, Init::ZerosLike(Slice::whole(gradient.of)), 0);
        self.seeds.push(Seed { weight, row: Place { base: rows, path: Vec::new() } });
    }

    /// Makes the rows of a component at `at`.
    fn make(&mut self, func: &mut Func, like: VarId, at: usize, init: Init, depth: usize) -> VarId {
        let span = func.var(like).span;
        let kind = (0..=depth).fold(Kind::Real, |inner, _| Kind::array(inner));
        let rows = func.fresh(Var::named("rows", kind, span));
        func.body.stmts.insert(at, Stmt::Alloc { var: rows, init });
        self.rows.push(rows);
        rows
    }

    /// The weights of an array are copied, since reading one takes it away; gives the places where they are read.
    fn array(&mut self, func: &mut Func, weight: VarId, gradient: Gradient) -> Option<BTreeSet<Region>> {
        let (added, weights) = copy_of(func, weight)?;
        let made = func.body.stmts[..added].iter().position(|stmt| defines(stmt, weights))?;
        let Stmt::Alloc { init: Init::ZerosLike(like), .. } = &func.body.stmts[made] else { return None };
        let result = like.base;
        let shaped = func.body.stmts[..made].iter().find(|stmt| defines(stmt, result))?;
        let Stmt::Alloc { init, .. } = shaped else { return None };
        let init = rows_of(init, gradient.of)?;
        if *like != Slice::whole(result) || touches(&func.body.stmts, result) != 1 {
            return None;
        }
        let depth = depth(func.kind(weight));
        func.body.stmts.remove(added);
        func.body.stmts.remove(made);
        let rows = self.make(func, weight, added - 1, init, depth);
        let (places, seeds) = reads(func, weights, rows)?;
        self.seeds.extend(seeds);
        Some(places)
    }
}

/// Leaves away that an element of the weights' copies is zero once it is read, where it is read once only. Then nothing is written but
/// sums, and the iterations can run in any order. Whether something changed.
pub(crate) fn read_once(func: &mut Func) -> bool {
    let of_result = |param: &&Param| matches!(param.role.what, What::Result(_));
    let params: Vec<VarId> = func.params.iter().filter(of_result).map(|param| param.var).collect();
    let mut changed = false;
    for weight in params {
        let Some((added, weights)) = copy_of(func, weight) else { continue };
        let mut trial = func.clone();
        trial.body.stmts.retain(|stmt| !defines(stmt, weights));
        trial.body.stmts.remove(added - 1);
        let is_read_once = reads(&mut trial, weights, weights).is_some_and(|(places, _)| places.len() == 1);
        if is_read_once {
            changed |= without_zeroing(&mut func.body.stmts, weights);
        }
    }
    changed
}

/// Whether there was something that made an element zero.
fn without_zeroing(stmts: &mut Vec<Stmt>, weights: VarId) -> bool {
    let before = stmts.len();
    let zeroes =
        |stmt: &Stmt| matches!(stmt, Stmt::Store { place, update: Update::Set, .. } if place.base == weights);
    stmts.retain(|stmt| !zeroes(stmt));
    let mut changed = stmts.len() < before;
    for stmt in stmts {
        if let Stmt::Loop(l) = stmt {
            let before = l.body.stmts.len();
            l.body.stmts.retain(|stmt| !zeroes(stmt));
            changed |= l.body.stmts.len() < before;
        }
    }
    changed
}

/// The array to which the weights in `weight` are added and nothing else is done with, and where.
fn copy_of(func: &Func, weight: VarId) -> Option<(usize, VarId)> {
    let copy = |(at, stmt): (usize, &Stmt)| match stmt {
        Stmt::AddSlice { dst, src } if *src == Slice::whole(weight) && *dst == Slice::whole(dst.base) => {
            Some((at, dst.base))
        }
        _ => None,
    };
    func.body.stmts.iter().enumerate().find_map(copy).filter(|_| touches(&func.body.stmts, weight) == 1)
}

/// Takes what reads `weights` out of the body and its loops, and gives the places; none if elements are read twice, or something else is
/// done with them.
fn reads(func: &mut Func, weights: VarId, rows: VarId) -> Option<(BTreeSet<Region>, Vec<Seed>)> {
    let (mut places, mut elements) = (BTreeSet::new(), BTreeSet::new());
    let mut seeds = take_reads(&mut func.body.stmts, weights, rows);
    for seed in &seeds {
        let element: Option<Vec<usize>> = seed.row.path.iter().map(literal).collect();
        elements.insert(element?).then_some(())?;
        places.insert(None);
    }
    for stmt in &mut func.body.stmts {
        let Stmt::Loop(l) = stmt else { continue };
        let own = take_reads(&mut l.body.stmts, weights, rows);
        let mut factors = BTreeSet::new();
        for seed in &own {
            let (factor, element) = own_element(l, &seed.row.path)?;
            factors.insert(factor);
            elements.insert(element).then_some(())?;
            places.insert(Some(l.id));
        }
        (factors.len() < 2).then_some(())?;
        seeds.extend(own);
    }
    (touches(&func.body.stmts, weights) == 0).then_some((places, seeds))
}

/// An element that no other iteration of `l` reads, `path[0] = factor i + offset`: the factor, and what tells it from the
/// iteration's other elements.
fn own_element(l: &Loop, path: &[Atom]) -> Option<(usize, Vec<usize>)> {
    let Head::Range { var, adaptors, .. } = &l.head else { return None };
    let step = adaptors.iter().try_fold(1, |step, adaptor| match adaptor {
        Adaptor::Rev => Some(step),
        Adaptor::StepBy(by) => literal(by)?.checked_mul(step),
    })?;
    let (first, rest) = path.split_first()?;
    let (factor, offset) = multiple(first, *var, &l.body.stmts)?;
    let mut element = vec![offset];
    for atom in rest {
        element.push(literal(atom)?);
    }
    (offset < factor.checked_mul(step)?).then_some((factor, element))
}

/// `atom` as `factor var + offset`.
fn multiple(atom: &Atom, var: VarId, stmts: &[Stmt]) -> Option<(usize, usize)> {
    if *atom == Atom::Var(var) {
        return Some((1, 0));
    }
    let op = stmts.iter().find_map(|stmt| match stmt {
        Stmt::Let { var, op } if *atom == Atom::Var(*var) => Some(op),
        _ => None,
    })?;
    match op {
        Op::Copy(a) => multiple(a, var, stmts),
        Op::Add(a, by) | Op::Add(by, a) if literal(by).is_some() => {
            let (factor, offset) = multiple(a, var, stmts)?;
            Some((factor, offset.checked_add(literal(by)?)?))
        }
        Op::Mul(a, by) | Op::Mul(by, a) if literal(by).is_some() => {
            let (factor, offset) = multiple(a, var, stmts)?;
            Some((factor.checked_mul(literal(by)?)?, offset.checked_mul(literal(by)?)?))
        }
        _ => None,
    }
}

/// Removes from `stmts` each read of an element of `weights` and what makes it zero behind.
fn take_reads(stmts: &mut Vec<Stmt>, weights: VarId, rows: VarId) -> Vec<Seed> {
    let mut seeds: Vec<Seed> = Vec::new();
    stmts.retain(|stmt| match stmt {
        Stmt::Let { var, op: Op::Load(place) } if place.base == weights => {
            seeds.push(Seed { weight: *var, row: Place { base: rows, path: place.path.clone() } });
            false
        }
        Stmt::Store { place, value, update: Update::Set } if place.base == weights && value.is_zero() => {
            !seeds.iter().any(|seed| seed.row.path == place.path)
        }
        _ => true,
    });
    seeds
}

/// The number that a literal index is.
pub(super) fn literal(atom: &Atom) -> Option<usize> {
    atom.integer().and_then(|value| usize::try_from(value).ok())
}

fn defines(stmt: &Stmt, array: VarId) -> bool {
    matches!(stmt, Stmt::Alloc { var, .. } if *var == array)
}

fn depth(kind: &Kind) -> usize {
    match kind {
        Kind::Array(inner) => 1 + depth(inner),
        _ => 0,
    }
}

/// A result's memory with a gradient in place of each number.
fn rows_of(init: &Init, parameter: VarId) -> Option<Init> {
    let elem = |elem: &Elem| match elem {
        Elem::Atom(_) => Some(Elem::Array(Init::ZerosLike(Slice::whole(parameter)))),
        Elem::Array(inner) => rows_of(inner, parameter).map(Elem::Array),
    };
    match init {
        Init::Repeat { value, len, vec } => {
            Some(Init::Repeat { value: Box::new(elem(value)?), len: len.clone(), vec: *vec })
        }
        Init::List { elems, vec } => {
            Some(Init::List { elems: elems.iter().map(elem).collect::<Option<_>>()?, vec: *vec })
        }
        Init::CopyOf(_) | Init::ZerosLike(_) | Init::Empty(_) => None,
    }
}

/// Whether nothing is handed from one iteration to the next.
fn is_plain(func: &Func, place: Region) -> bool {
    let Some(id) = place else { return true };
    func.body.stmts.iter().all(|stmt| match stmt {
        Stmt::Loop(l) if l.id == id => l.carried.is_empty() && matches!(l.body.term, Term::Continue(..)),
        _ => true,
    })
}

pub(super) fn region(body: &mut Block, place: Region) -> &mut Vec<Stmt> {
    let Some(id) = place else { return &mut body.stmts };
    let found = body.stmts.iter_mut().find_map(|stmt| match stmt {
        Stmt::Loop(l) if l.id == id => Some(&mut l.body.stmts),
        _ => None,
    });
    found.unwrap_or_else(|| unreachable!("the loop was found in this body"))
}
