//! The adjoint of a row that is repeated.
//!
//! `a = vec![vec![p, q]; n];` becomes `for i in 0..n { parts[0] += a_bar[i][0]; parts[1] += a_bar[i][1]; } p_bar += parts[0]; …`.

use super::Reverse;
use crate::ir::{
    Atom, Block, Elem, Head, Init, Kind, Len, Loop, Op, Place, Slice, SpanId, Stmt, Term, Update, Var, VarId,
};

/// The scalars that the row is made of, each with an element of `sums` for its adjoint.
struct Parts {
    sums: VarId,
    of: Vec<Atom>,
}

impl Reverse<'_> {
    /// The elements of `bar` are adjoints of `row`.
    pub(super) fn repeated_rows(&mut self, row: &Init, bar: &Slice) {
        if let Init::Repeat { value, .. } = row
            && let Elem::Atom(_) = **value
        {
            return self.made_of(row, bar);
        }
        let sums = self.out.fresh(Var::temporary(Kind::array(Kind::Real), SpanId(0)));
        let mut parts = Parts { sums, of: Vec::new() };
        let all = self.of_each(row, bar, &mut parts);
        if all.is_empty() {
            return;
        }
        let zero = Box::new(Elem::Atom(Atom::real(0.0)));
        let len = Len::Value(Atom::Int(parts.of.len().to_string()));
        self.push(Stmt::Alloc { var: sums, init: Init::Repeat { value: zero, len, vec: false } });
        all.into_iter().for_each(|stmt| self.push(stmt));
        for (index, part) in parts.of.into_iter().enumerate() {
            let place = Place { base: sums, path: vec![Atom::Int(index.to_string())] };
            let sum = self.memory_bar(Op::Load(place));
            self.contribute(&part, sum);
        }
    }

    /// The loop that adds each element of `bar` to the adjoints of what `row` is made of.
    fn of_each(&mut self, row: &Init, bar: &Slice, parts: &mut Parts) -> Vec<Stmt> {
        let mut temporary = |kind| self.out.fresh(Var::temporary(kind, SpanId(0)));
        let (len, at) = (temporary(Kind::Int), temporary(Kind::Int));
        let body = self.of_one(row, &element(bar, Atom::Var(at)), parts);
        if body.is_empty() {
            return body;
        }
        let head = Head::Range {
            var: at,
            lo: Atom::Int("0".to_owned()),
            hi: Atom::Var(len),
            inclusive: false,
            adaptors: Vec::new(),
        };
        let id = self.out.fresh_loop();
        let body = Block { stmts: body, term: Term::Continue(id, Vec::new()) };
        vec![
            Stmt::Let { var: len, op: Op::Len(bar.clone()) },
            Stmt::Loop(Loop::new(id, head, Vec::new(), body)),
        ]
    }

    fn of_one(&mut self, row: &Init, bar: &Slice, parts: &mut Parts) -> Vec<Stmt> {
        match row {
            Init::Repeat { value, .. } => match &**value {
                Elem::Atom(value) => self.of_scalar(value, Op::Sum(bar.clone()), parts),
                Elem::Array(inner) => self.of_each(inner, bar, parts),
            },
            Init::List { elems, .. } => {
                let mut all = Vec::new();
                for (index, elem) in elems.iter().enumerate() {
                    let own = element(bar, Atom::Int(index.to_string()));
                    all.extend(match elem {
                        Elem::Atom(value) => {
                            let place = Place { base: own.base, path: own.path };
                            self.of_scalar(value, Op::Load(place), parts)
                        }
                        Elem::Array(inner) => self.of_one(inner, &own, parts),
                    });
                }
                all
            }
            Init::CopyOf(slice) if self.has_bar(slice.base) => {
                vec![Stmt::AddSlice { dst: self.slice_bar(slice), src: bar.clone() }]
            }
            Init::CopyOf(_) | Init::ZerosLike(_) | Init::Empty(_) => Vec::new(),
        }
    }

    fn of_scalar(&mut self, value: &Atom, bar: Op, parts: &mut Parts) -> Vec<Stmt> {
        if !self.is_active(value) {
            return Vec::new();
        }
        let part = self.out.fresh(Var::temporary(Kind::Real, SpanId(0)));
        let place = Place { base: parts.sums, path: vec![Atom::Int(parts.of.len().to_string())] };
        parts.of.push(value.clone());
        vec![
            Stmt::Let { var: part, op: bar },
            Stmt::Store { place, value: Atom::Var(part), update: Update::Add },
        ]
    }
}

fn element(of: &Slice, at: Atom) -> Slice {
    let path = of.path.iter().cloned().chain([at]).collect();
    Slice { base: of.base, path, range: None }
}
