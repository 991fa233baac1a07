//! Numbers in the place of arrays.

use std::collections::BTreeMap;

use super::{Shapes, part, position, value};
use crate::ir::{Atom, Block, Elem, Func, Init, Kind, Len, Op, Place, Slice, Stmt, Update, Var, VarId};

/// Puts numbers in the place of arrays.
pub(super) struct Replace<'f> {
    func: &'f mut Func,
    known: BTreeMap<VarId, usize>,
    shapes: Shapes,
    numbers: BTreeMap<VarId, Vec<VarId>>,
}

impl<'f> Replace<'f> {
    pub(super) fn new(func: &'f mut Func, known: BTreeMap<VarId, usize>, shapes: Shapes) -> Replace<'f> {
        let mut numbers = BTreeMap::new();
        for (array, shape) in &shapes {
            let Var { name, named, span, .. } = func.var(*array).clone();
            let own = names(&name, shape).into_iter().map(|name| {
                let name = if named { name } else { "t".to_owned() };
                func.fresh(Var { name, kind: Kind::Real, named, span, element: true })
            });
            numbers.insert(*array, own.collect());
        }
        Replace { func, known, shapes, numbers }
    }

    pub(super) fn all(mut self) {
        let mut body = std::mem::take(&mut self.func.body);
        self.block(&mut body);
        self.func.body = body;
    }

    fn block(&mut self, block: &mut Block) {
        let mut out = Vec::new();
        for mut stmt in std::mem::take(&mut block.stmts) {
            stmt.blocks_mut().into_iter().for_each(|inner| self.block(inner));
            self.stmt(stmt, &mut out);
        }
        block.stmts = out;
    }

    fn stmt(&mut self, stmt: Stmt, out: &mut Vec<Stmt>) {
        match stmt {
            Stmt::Let { var, op } => {
                let op = self.op(op);
                out.push(Stmt::Let { var, op });
            }
            Stmt::Assign { var, op } => {
                let op = self.op(op);
                out.push(Stmt::Assign { var, op });
            }
            Stmt::Alloc { var, init } if self.numbers.contains_key(&var) => {
                let values = self.values(&init);
                let own = self.numbers[&var].iter().zip(values);
                out.extend(own.map(|(var, value)| Stmt::Let { var: *var, op: Op::Copy(value) }));
            }
            Stmt::Store { place, value, update } if self.numbers.contains_key(&place.base) => {
                let var = self.number(&place);
                let op = match update {
                    Update::Set => Op::Copy(value),
                    Update::Add => Op::Add(Atom::Var(var), value),
                };
                out.push(Stmt::Assign { var, op });
            }
            Stmt::Fill { dst, value } if self.numbers.contains_key(&dst.base) => {
                let own = self.part(&dst).iter();
                out.extend(own.map(|var| Stmt::Assign { var: *var, op: Op::Copy(value.clone()) }));
            }
            Stmt::CopySlice { dst, src } if self.numbers.contains_key(&dst.base) => {
                let pairs = self.part(&dst).iter().zip(self.part(&src));
                out.extend(pairs.map(|(to, from)| Stmt::Assign { var: *to, op: Op::Copy(Atom::Var(*from)) }));
            }
            Stmt::Swap { a, b } if self.numbers.contains_key(&a) => {
                let pairs = self.numbers[&a].clone().into_iter().zip(self.numbers[&b].clone());
                for (a, b) in pairs {
                    let old = self.func.var(a).clone();
                    let old = self.func.fresh(Var { name: "t".to_owned(), named: false, ..old });
                    out.push(Stmt::Let { var: old, op: Op::Copy(Atom::Var(a)) });
                    out.push(Stmt::Assign { var: a, op: Op::Copy(Atom::Var(b)) });
                    out.push(Stmt::Assign { var: b, op: Op::Copy(Atom::Var(old)) });
                }
            }
            other => out.push(other),
        }
    }

    fn op(&self, op: Op) -> Op {
        match op {
            Op::Load(place) if self.numbers.contains_key(&place.base) => {
                Op::Copy(Atom::Var(self.number(&place)))
            }
            Op::Len(slice) if self.numbers.contains_key(&slice.base) => {
                let len = part(&slice, &self.known, &self.shapes).map_or(0, |(shape, _)| shape[0]);
                Op::Copy(Atom::Int(format!("{len}usize")))
            }
            other => other,
        }
    }

    fn number(&self, place: &Place) -> VarId {
        let Some(at) = position(&place.path, &self.shapes[&place.base], &self.known) else {
            unreachable!("every index into a fitting array is known")
        };
        self.numbers[&place.base][at]
    }

    fn part(&self, slice: &Slice) -> &[VarId] {
        let Some((shape, first)) = part(slice, &self.known, &self.shapes) else {
            unreachable!("every part of a fitting array is known")
        };
        &self.numbers[&slice.base][first..first + shape.iter().product::<usize>()]
    }

    fn values(&self, init: &Init) -> Vec<Atom> {
        let of = |elem: &Elem| match elem {
            Elem::Atom(atom) => vec![atom.clone()],
            Elem::Array(init) => self.values(init),
        };
        match init {
            Init::List { elems, .. } => elems.iter().flat_map(of).collect(),
            Init::Repeat { value: elem, len: Len::Value(len), .. } => {
                let times = value(len, &self.known).unwrap_or_default();
                std::iter::repeat_with(|| of(elem)).take(times).flatten().collect()
            }
            Init::CopyOf(slice) => self.part(slice).iter().map(|var| Atom::Var(*var)).collect(),
            Init::Repeat { len: Len::Const(_), .. } | Init::ZerosLike(_) | Init::Empty(_) => {
                unreachable!("a fitting array has a known shape")
            }
        }
    }
}

/// `name_0_0`, `name_0_1`, …
fn names(name: &str, shape: &[usize]) -> Vec<String> {
    match shape {
        [] => vec![name.to_owned()],
        [len, inner @ ..] => (0..*len).flat_map(|at| names(&format!("{name}_{at}"), inner)).collect(),
    }
}
