//! Which arrays can be numbers.

use std::collections::{BTreeMap, BTreeSet};

use super::{Shapes, part, position};
use crate::ir::{Elem, Func, Init, Name, Op, Place, Slice, Stmt, VarId, any_stmt, each_name_in};

/// Which arrays are touched at known places alone.
pub(super) struct Fit<'a> {
    known: &'a BTreeMap<VarId, usize>,
    shapes: &'a Shapes,
    /// How often each array is touched so.
    touches: BTreeMap<VarId, usize>,
    /// Arrays of which one is copied into the other.
    pairs: Vec<(VarId, VarId)>,
}

impl<'a> Fit<'a> {
    pub(super) fn of(func: &Func, known: &'a BTreeMap<VarId, usize>, shapes: &'a Shapes) -> BTreeSet<VarId> {
        let mut fit = Fit { known, shapes, touches: BTreeMap::new(), pairs: Vec::new() };
        any_stmt(&func.body, &mut |stmt| {
            fit.stmt(stmt);
            false
        });
        let mut all: BTreeMap<VarId, usize> = BTreeMap::new();
        each_name_in(&func.body, |name| match name {
            Name::Array(array, _) => *all.entry(array).or_default() += 1,
            Name::Use(atom) => atom.var().into_iter().for_each(|var| *all.entry(var).or_default() += 1),
            Name::Def(_) => {}
        });
        let mut fitting: BTreeSet<VarId> =
            shapes.keys().filter(|array| fit.touches.get(array) == all.get(array)).copied().collect();
        while let Some((a, b)) = fit.pairs.iter().find(|(a, b)| fitting.contains(a) != fitting.contains(b)) {
            fitting.remove(a);
            fitting.remove(b);
        }
        fitting
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Let { op: Op::Load(place), .. }
            | Stmt::Assign { op: Op::Load(place), .. }
            | Stmt::Store { place, .. } => self.element(place),
            Stmt::Let { op: Op::Len(slice), .. } | Stmt::Fill { dst: slice, .. } => self.part(slice),
            Stmt::CopySlice { dst, src } => self.pair(dst, src),
            Stmt::Swap { a, b } => self.pair(&Slice::whole(*a), &Slice::whole(*b)),
            Stmt::Alloc { var, init } => self.init(*var, init),
            Stmt::Let { .. }
            | Stmt::Assign { .. }
            | Stmt::Effect(_)
            | Stmt::AddSlice { .. }
            | Stmt::VecPush { .. }
            | Stmt::VecPop { .. }
            | Stmt::Branch { .. }
            | Stmt::Loop(_)
            | Stmt::Call(_)
            | Stmt::NewTape { .. }
            | Stmt::Turn
            | Stmt::Push { .. }
            | Stmt::Pop { .. } => {}
        }
    }

    fn touch(&mut self, array: VarId) {
        *self.touches.entry(array).or_default() += 1;
    }

    fn element(&mut self, place: &Place) {
        let Some(shape) = self.shapes.get(&place.base) else { return };
        if place.path.len() == shape.len() && position(&place.path, shape, self.known).is_some() {
            self.touch(place.base);
        }
    }

    fn part(&mut self, slice: &Slice) {
        if part(slice, self.known, self.shapes).is_some_and(|(shape, _)| !shape.is_empty()) {
            self.touch(slice.base);
        }
    }

    /// One part becomes like the other.
    fn pair(&mut self, a: &Slice, b: &Slice) {
        let of = |slice| part(slice, self.known, self.shapes).map(|(shape, _)| shape);
        if of(a).is_some() && of(a) == of(b) {
            self.touch(a.base);
            self.touch(b.base);
            self.pairs.push((a.base, b.base));
        }
    }

    fn init(&mut self, var: VarId, init: &Init) {
        match init {
            Init::CopyOf(slice) if self.shapes.contains_key(&var) => {
                self.part(slice);
                self.pairs.push((var, slice.base));
            }
            Init::List { elems, .. } => elems.iter().for_each(|elem| self.elem(var, elem)),
            Init::Repeat { value, .. } => self.elem(var, value),
            Init::CopyOf(_) | Init::ZerosLike(_) | Init::Empty(_) => {}
        }
    }

    fn elem(&mut self, var: VarId, elem: &Elem) {
        if let Elem::Array(init) = elem {
            self.init(var, init);
        }
    }
}
