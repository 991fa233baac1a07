//! The adjoints of memory.
//!
//! `a[i] = v;` becomes `v_bar += a_bar[i]; a_bar[i] = 0.0;`, and `v = a[i];` becomes `a_bar[i] += v_bar;`.

use super::Reverse;
use super::frame::{Mode, Primals};
use crate::ir::{
    Atom, Elem, Init, Kind, Len, Op, Operand, Place, Slice, Stmt, Touch, Update, VarId, rewrite_place,
    rewrite_slice,
};

impl Reverse<'_> {
    /// The array that holds the adjoint of `array`, made where the reverse code of the array's region begins.
    pub(super) fn array_bar(&mut self, array: VarId) -> VarId {
        if let Some(bar) = self.array_bars.get(&array) {
            return *bar;
        }
        let bar = self.bar_variable(array);
        self.array_bars.insert(array, bar);
        let at = self.frames.iter().rposition(|frame| frame.defs.contains(&array)).unwrap_or(0);
        let init = if self.frames[at].mode == Mode::Visible || !self.frames[at].defs.contains(&array) {
            Init::ZerosLike(Slice::whole(array))
        } else {
            self.zeros(array)
        };
        self.frames[at].opening.push(Stmt::Alloc { var: bar, init });
        bar
    }

    /// Zeros of the shape of an array that is not in scope any more.
    pub(super) fn zeros(&mut self, array: VarId) -> Init {
        let known = self.facts.inits.get(&array).cloned().filter(|_| !self.facts.resized.contains(&array));
        let zero = Atom::zero(self.out.kind(array).scalar());
        match known.and_then(|init| self.zeros_of(&init, &zero)) {
            Some(init) => init,
            None => Init::ZerosLike(Slice::whole(self.array_value(array))),
        }
    }

    fn zeros_of(&mut self, init: &Init, zero: &Atom) -> Option<Init> {
        match init {
            Init::Repeat { value, len, vec } => {
                let value = Box::new(self.zero_elem(value, zero)?);
                let len = match len {
                    Len::Const(code) => Len::Const(*code),
                    Len::Value(atom) => Len::Value(self.primal(atom)),
                };
                Some(Init::Repeat { value, len, vec: *vec })
            }
            Init::List { elems, vec } => {
                let elems = elems.iter().map(|elem| self.zero_elem(elem, zero)).collect::<Option<_>>()?;
                Some(Init::List { elems, vec: *vec })
            }
            Init::CopyOf(slice) | Init::ZerosLike(slice) => {
                let same = self.is_visible(slice.base) && !self.facts.resized.contains(&slice.base);
                same.then(|| Init::ZerosLike(self.primal_slice(slice)))
            }
            Init::Empty(_) => None,
        }
    }

    fn zero_elem(&mut self, elem: &Elem, zero: &Atom) -> Option<Elem> {
        match elem {
            Elem::Atom(_) => Some(Elem::Atom(zero.clone())),
            Elem::Array(init) => Some(Elem::Array(self.zeros_of(init, zero)?)),
        }
    }

    /// The same part of memory, its indices as the reverse sweep finds them.
    pub(super) fn primal_slice(&mut self, slice: &Slice) -> Slice {
        let mut slice = slice.clone();
        rewrite_slice(&mut Primals(self), &mut slice, Touch::Read);
        slice
    }

    /// The part of the adjoint that belongs to `slice`.
    pub(super) fn slice_bar(&mut self, slice: &Slice) -> Slice {
        Slice { base: self.array_bar(slice.base), ..self.primal_slice(slice) }
    }

    fn place_bar(&mut self, place: &Place) -> Place {
        let mut place = place.clone();
        rewrite_place(&mut Primals(self), &mut place, Touch::Read);
        Place { base: self.array_bar(place.base), ..place }
    }

    pub(super) fn has_bar(&self, array: VarId) -> bool {
        self.active.contains(&array)
    }

    pub(super) fn seed_array(&mut self, array: VarId, seed: &Atom) {
        if let (true, Some(seed)) = (self.has_bar(array), seed.var()) {
            let dst = Slice::whole(self.array_bar(array));
            self.push(Stmt::AddSlice { dst, src: Slice::whole(seed) });
        }
    }

    pub(super) fn load(&mut self, place: &Place, bar: Atom) {
        let place = self.place_bar(place);
        self.push(Stmt::Store { place, value: bar, update: Update::Add });
    }

    pub(super) fn store(&mut self, place: &Place, value: &Atom, update: Update) {
        if !self.has_bar(place.base) {
            return;
        }
        let place = self.place_bar(place);
        if self.is_active(value) {
            let bar = self.memory_bar(Op::Load(place.clone()));
            self.contribute(value, bar);
        }
        match update {
            Update::Set => self.push(Stmt::Store { place, value: Atom::real(0.0), update: Update::Set }),
            Update::Add => {}
        }
    }

    pub(super) fn copy_slice(&mut self, dst: &Slice, src: &Slice) {
        self.add_slice(dst, src);
        if self.has_bar(dst.base) {
            let dst = self.slice_bar(dst);
            self.push(Stmt::Fill { dst, value: Atom::real(0.0) });
        }
    }

    pub(super) fn add_slice(&mut self, dst: &Slice, src: &Slice) {
        if self.has_bar(dst.base) && self.has_bar(src.base) {
            let (dst, src) = (self.slice_bar(dst), self.slice_bar(src));
            self.push(Stmt::AddSlice { dst: src, src: dst });
        }
    }

    pub(super) fn fill(&mut self, dst: &Slice, value: &Atom) {
        if !self.has_bar(dst.base) {
            return;
        }
        let dst = self.slice_bar(dst);
        if self.is_active(value) {
            let bar = self.memory_bar(Op::Sum(dst.clone()));
            self.contribute(value, bar);
        }
        self.push(Stmt::Fill { dst, value: Atom::real(0.0) });
    }

    pub(super) fn swap(&mut self, a: VarId, b: VarId) {
        if self.has_bar(a) || self.has_bar(b) {
            let (a, b) = (self.array_bar(a), self.array_bar(b));
            self.push(Stmt::Swap { a, b });
        }
    }

    pub(super) fn vec_push(&mut self, array: VarId, value: &Operand) {
        if self.has_bar(array) {
            let array = self.array_bar(array);
            let var = self.out.fresh(crate::ir::Var::temporary(
                self.out.kind(array).element(1).clone(),
                crate::ir::SpanId(0),
            ));
            self.push(Stmt::VecPop { array, var });
            match value {
                Operand::Atom(atom) => self.contribute(atom, Atom::Var(var)),
                Operand::Array(row) if self.has_bar(row.base) => {
                    let dst = self.slice_bar(row);
                    self.push(Stmt::AddSlice { dst, src: Slice::whole(var) });
                }
                Operand::Array(_) => {}
            }
        }
    }

    pub(super) fn vec_pop(&mut self, array: VarId, var: VarId) {
        if self.has_bar(array) {
            let value = self.take_bar(var).unwrap_or(Atom::real(0.0));
            let array = self.array_bar(array);
            self.push(Stmt::VecPush { array, value: Operand::Atom(value) });
        }
    }

    /// The end of an array's adjoint: what its elements were made of gets its part.
    pub(super) fn alloc(&mut self, array: VarId, init: &Init) {
        if self.array_bars.contains_key(&array) {
            let bar = Slice::whole(self.array_bar(array));
            self.made_of(init, &bar);
        }
    }

    pub(super) fn made_of(&mut self, init: &Init, bar: &Slice) {
        match init {
            Init::Repeat { value, .. } => match &**value {
                Elem::Atom(value) if self.is_active(value) => {
                    let sum = self.emit(Kind::Real, Op::Sum(bar.clone()));
                    self.contribute(value, sum);
                }
                Elem::Atom(_) => {}
                Elem::Array(inner) => self.repeated_rows(inner, bar),
            },
            Init::List { elems, .. } => {
                for (index, elem) in elems.iter().enumerate() {
                    let mut path = bar.path.clone();
                    path.push(Atom::Int(index.to_string()));
                    match elem {
                        Elem::Atom(value) if self.is_active(value) => {
                            let place = Place { base: bar.base, path };
                            let part = self.memory_bar(Op::Load(place));
                            self.contribute(value, part);
                        }
                        Elem::Atom(_) => {}
                        Elem::Array(inner) => {
                            self.made_of(inner, &Slice { base: bar.base, path, range: None });
                        }
                    }
                }
            }
            Init::CopyOf(slice) if self.has_bar(slice.base) => {
                let dst = self.slice_bar(slice);
                self.push(Stmt::AddSlice { dst, src: bar.clone() });
            }
            Init::CopyOf(_) | Init::ZerosLike(_) | Init::Empty(_) => {}
        }
    }
}
