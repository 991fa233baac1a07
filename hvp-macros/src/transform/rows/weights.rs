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
        places.is_empty().then_some(weights)
    }

    fn scalar(&mut self, func: &mut Func, weight: VarId, gradient: Gradient) {
        let rows = self.make(func, weight, 0, Init::ZerosLike(Slice::whole(gradient.of)), 0);
        self.seeds.push(Seed { weight, row: Place { base: rows, path: Vec::new() } });
    }

    /// Makes the rows of a component at `at`.
    fn make(&mut self, func: &mut Func, like: VarId, at: usize, init: Init, depth: usize) -> VarId {
        let span = func.var(like).span;
        let kind = (0..=depth).fold(Kind::Real, |inner, _| Kind::array(inner));
        let rows = func.fresh(Var { name: "rows".to_owned(), kind, named: true, span });
        func.body.stmts.insert(at, Stmt::Alloc { var: rows, init });
        self.rows.push(rows);
        rows
    }

    /// The weights of an array are copied, since reading one takes it away; gives the places where they are read.
    fn array(&mut self, func: &mut Func, weight: VarId, gradient: Gradient) -> Option<BTreeSet<Region>> {
        let of_copy = |stmt: &Stmt| match stmt {
            Stmt::AddSlice { dst, src } if *src == Slice::whole(weight) && *dst == Slice::whole(dst.base) => {
                Some(dst.base)
            }
            _ => None,
        };
        let added = func.body.stmts.iter().position(|stmt| of_copy(stmt).is_some())?;
        let weights = of_copy(&func.body.stmts[added])?;
        let made = func.body.stmts[..added].iter().position(|stmt| defines(stmt, weights))?;
        let Stmt::Alloc { init: Init::ZerosLike(like), .. } = &func.body.stmts[made] else { return None };
        let result = like.base;
        let shaped = func.body.stmts[..made].iter().find(|stmt| defines(stmt, result))?;
        let Stmt::Alloc { init, .. } = shaped else { return None };
        let init = rows_of(init, gradient.of)?;
        let once = |array: VarId, count: usize| touches(&func.body.stmts, array) == count;
        if *like != Slice::whole(result) || !once(weight, 1) || !once(result, 1) {
            return None;
        }
        let depth = depth(func.kind(weight));
        func.body.stmts.remove(added);
        func.body.stmts.remove(made);
        let rows = self.make(func, weight, added - 1, init, depth);
        self.reads(func, weights, rows)
    }

    /// Takes the places where `weights` are read out of the body or a loop; none if they are touched elsewhere.
    fn reads(&mut self, func: &mut Func, weights: VarId, rows: VarId) -> Option<BTreeSet<Region>> {
        let mut places = BTreeSet::new();
        let mut elements = BTreeSet::new();
        let seeds = take_reads(&mut func.body.stmts, weights, rows);
        for seed in seeds {
            let element: Option<Vec<usize>> = seed.row.path.iter().map(literal).collect();
            elements.insert(element?).then_some(())?;
            places.insert(None);
            self.seeds.push(seed);
        }
        for stmt in &mut func.body.stmts {
            let Stmt::Loop(l) = stmt else { continue };
            let own = take_reads(&mut l.body.stmts, weights, rows);
            let mut factors = BTreeSet::new();
            for seed in own {
                let (factor, element) = own_element(l, &seed.row.path)?;
                factors.insert(factor);
                elements.insert(element).then_some(())?;
                places.insert(Some(l.id));
                self.seeds.push(seed);
            }
            (factors.len() < 2).then_some(())?;
        }
        (touches(&func.body.stmts, weights) == 0).then_some(places)
    }
}

/// An element that no other iteration of `l` reads, `path[0] = factor i + offset`: the factor, and what tells it from the
/// iteration's other elements.
fn own_element(l: &Loop, path: &[Atom]) -> Option<(usize, Vec<usize>)> {
    let Head::Range { var, adaptors, .. } = &l.head else { return None };
    let ends = matches!(&l.body.term, Term::Continue(_, values) if values.is_empty());
    if !ends || !l.carried.is_empty() {
        return None;
    }
    let step = adaptors.iter().try_fold(1, |step, adaptor| match adaptor {
        Adaptor::Rev => Some(step),
        Adaptor::StepBy(by) => literal(by).map(|by| step * by),
    })?;
    let (first, rest) = path.split_first()?;
    let (factor, offset) = multiple(first, *var, &l.body.stmts)?;
    let mut element = vec![offset];
    for atom in rest {
        element.push(literal(atom)?);
    }
    (offset < factor * step).then_some((factor, element))
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
            Some((factor, offset + literal(by)?))
        }
        Op::Mul(a, by) | Op::Mul(by, a) if literal(by).is_some() => {
            let (factor, offset) = multiple(a, var, stmts)?;
            Some((factor * literal(by)?, offset * literal(by)?))
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
    match atom {
        Atom::Int(text) => text.trim_end_matches("usize").replace('_', "").parse().ok(),
        _ => None,
    }
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

pub(super) fn region(body: &mut Block, place: Region) -> &mut Vec<Stmt> {
    let Some(id) = place else { return &mut body.stmts };
    let found = body.stmts.iter_mut().find_map(|stmt| match stmt {
        Stmt::Loop(l) if l.id == id => Some(&mut l.body.stmts),
        _ => None,
    });
    found.unwrap_or_else(|| unreachable!("the loop was found in this body"))
}
