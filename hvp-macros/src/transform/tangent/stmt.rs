//! The tangents of statements.

use super::Tangent;
use crate::ir::{Atom, Carried, Elem, Init, Loop, Operand, Place, Slice, Stmt, Update, VarId};

impl Tangent<'_> {
    pub(super) fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Branch { branch, results } => {
                let branch = self.branch(branch, results);
                let results = self.with_dot_vars(results);
                self.stmts.push(Stmt::Branch { branch, results });
            }
            Stmt::Loop(l) => self.looped(l),
            Stmt::Call(call) => self.call(call),
            Stmt::Push { tape, values } => self.push(*tape, values),
            Stmt::Pop { tape, vars } => {
                let vars = self.with_dot_vars(vars);
                self.stmts.push(Stmt::Pop { tape: *tape, vars });
            }
            Stmt::Assign { .. } => unreachable!("value form has no assignments"),
            Stmt::Effect(_) | Stmt::NewTape { .. } | Stmt::Turn => self.stmts.push(stmt.clone()),
            Stmt::Let { var, op } => {
                self.stmts.push(stmt.clone());
                if let Some(dot) = self.dot_of(*var) {
                    self.tangent_of(*var, dot, op);
                }
            }
            Stmt::Alloc { .. }
            | Stmt::Store { .. }
            | Stmt::CopySlice { .. }
            | Stmt::AddSlice { .. }
            | Stmt::Fill { .. }
            | Stmt::Swap { .. }
            | Stmt::VecPush { .. }
            | Stmt::VecPop { .. } => {
                self.stmts.push(stmt.clone());
                let dot = self.memory(stmt);
                self.stmts.extend(dot);
            }
        }
    }

    /// What is done to the tangents' memory beside what `stmt` does to the primal memory.
    fn memory(&mut self, stmt: &Stmt) -> Option<Stmt> {
        match stmt {
            Stmt::Alloc { var, init } => {
                let var = self.dot_of(*var)?;
                Some(Stmt::Alloc { var, init: self.init(init) })
            }
            Stmt::Store { place, value, update } => self.store(place, value, *update),
            Stmt::CopySlice { dst, src } => {
                let dst = self.dot_slice(dst)?;
                Some(match self.dot_slice(src) {
                    Some(src) => Stmt::CopySlice { dst, src },
                    None => Stmt::Fill { dst, value: Atom::ZeroTangent },
                })
            }
            Stmt::AddSlice { dst, src } => {
                Some(Stmt::AddSlice { dst: self.dot_slice(dst)?, src: self.dot_slice(src)? })
            }
            Stmt::Fill { dst, value } => {
                Some(Stmt::Fill { dst: self.dot_slice(dst)?, value: self.dot_or_zero(value) })
            }
            Stmt::Swap { a, b } => Some(Stmt::Swap { a: self.dot_of(*a)?, b: self.dot_of(*b)? }),
            Stmt::VecPush { array, value } => {
                Some(Stmt::VecPush { array: self.dot_of(*array)?, value: self.operand_or_zero(value) })
            }
            Stmt::VecPop { array, var } => {
                Some(Stmt::VecPop { array: self.dot_of(*array)?, var: self.dot_of(*var)? })
            }
            Stmt::Let { .. }
            | Stmt::Assign { .. }
            | Stmt::Effect(_)
            | Stmt::Branch { .. }
            | Stmt::Loop(_)
            | Stmt::Call(_)
            | Stmt::NewTape { .. }
            | Stmt::Turn
            | Stmt::Push { .. }
            | Stmt::Pop { .. } => None,
        }
    }

    /// An element that gets a constant gets a zero tangent; adding a constant changes none.
    fn store(&mut self, place: &Place, value: &Atom, update: Update) -> Option<Stmt> {
        let base = self.dot_of(place.base)?;
        let value = match update {
            Update::Set => self.dot_or_zero(value),
            Update::Add => self.dot(value)?,
        };
        Some(Stmt::Store { place: Place { base, ..place.clone() }, value, update })
    }

    fn init(&mut self, init: &Init) -> Init {
        match init {
            Init::Repeat { value, len, vec } => {
                Init::Repeat { value: Box::new(self.elem(value)), len: len.clone(), vec: *vec }
            }
            Init::List { elems, vec } => {
                Init::List { elems: elems.iter().map(|elem| self.elem(elem)).collect(), vec: *vec }
            }
            Init::CopyOf(slice) => match self.dot_slice(slice) {
                Some(dot) => Init::CopyOf(dot),
                None => Init::ZerosLike(slice.clone()),
            },
            Init::ZerosLike(slice) => Init::ZerosLike(slice.clone()),
            Init::Empty(rows) => Init::Empty(rows.clone()),
        }
    }

    fn elem(&mut self, elem: &Elem) -> Elem {
        match elem {
            Elem::Atom(atom) => Elem::Atom(self.dot_or_zero(atom)),
            Elem::Array(init) => Elem::Array(self.init(init)),
        }
    }

    /// The variables, each that has a tangent followed by it.
    pub(super) fn with_dot_vars(&mut self, vars: &[VarId]) -> Vec<VarId> {
        vars.iter().flat_map(|var| [Some(*var), self.dot_of(*var)]).flatten().collect()
    }

    fn looped(&mut self, l: &Loop) {
        let mut carried = Vec::new();
        for item in &l.carried {
            carried.push(item.clone());
            if let (Some(param), Some(result)) = (self.dot_of(item.param), self.dot_of(item.result)) {
                carried.push(Carried { param, init: self.dot_or_zero(&item.init), result });
            }
        }
        let params: Vec<VarId> = l.carried.iter().map(|item| item.param).collect();
        let body = self.block(&l.body, &params);
        self.stmts.push(Stmt::Loop(Loop::new(l.id, l.head.clone(), carried, body)));
    }

    fn push(&mut self, tape: VarId, values: &[Operand]) {
        let mut all = Vec::new();
        let items = self.tapes.get(&tape).cloned().unwrap_or_default();
        for (index, value) in values.iter().enumerate() {
            all.push(value.clone());
            if items.get(index) == Some(&true) {
                all.push(self.operand_or_zero(value));
            }
        }
        self.stmts.push(Stmt::Push { tape, values: all });
    }

    pub(super) fn slice_operand(&mut self, slice: &Slice) -> Operand {
        Operand::Array(self.slice_or_zeros(slice))
    }
}
