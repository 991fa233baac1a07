//! The types of integers that start as a literal.
//!
//! `let mut k = 1; … x[k] …; s * k as f64`: that `k` is a `usize` is told by `x[k]`, which a derivative may not need. So that
//! `k` does not become an `i32` there, it gets its type where it starts: `let mut k = 1usize;`.

use std::collections::{BTreeMap, BTreeSet};

use quote::quote;
use syn::spanned::Spanned;

use super::lower::Lower;
use super::range::{self, Mark};
use super::source::{Shape, Source};
use super::types;
use super::value::{Code, Num, Value};
use crate::ir::{
    Adaptor, Atom, Binary, Block, Branch, Elem, Fragment, Func, Head, Init, Kind, Len, Op, Opaque, Operand,
    Place, Slice, Stmt, Term, VarId,
};

const USIZE: &str = "usize";

impl Lower<'_> {
    /// `value` where `ty` is declared, which may be all that tells the type of its integers.
    pub(super) fn typed_integer(&mut self, value: Value, ty: &syn::Type) -> Value {
        let mut value = self.of_integer_type(value, ty);
        self.learn_integers(ty, &mut value);
        value
    }

    /// An integer of a type that only this parameter, or this field, tells.
    fn of_integer_type(&mut self, arg: Value, ty: &syn::Type) -> Value {
        let other =
            matches!(ty, syn::Type::Path(path) if path.path.get_ident().is_some_and(|name| name != "usize"));
        match arg {
            Value::Num(Num { atom, kind: Kind::Int, refs: 0 })
                if other && matches!(types::read(ty, &self.source.signature.scalar).shape, Shape::Int) =>
            {
                let span = ty.span();
                let code = Code::hole(atom, Kind::Int, span);
                let code = code.wrap(Kind::Int, |hole| quote!(::core::convert::identity::<#ty>(#hole)));
                Value::Num(self.materialize(Code { integers: types::integers(ty), ..code }, span))
            }
            other => other,
        }
    }

    /// The types of integers in `value`, as an annotation or a cast tells. A literal is written with it.
    pub(super) fn learn_integers(&mut self, ty: &syn::Type, value: &mut Value) {
        match value {
            Value::Num(Num { atom: Atom::Int(text), .. }) => suffix(text, ty),
            Value::Num(Num { atom: Atom::Var(var), .. }) => {
                self.int_types.extend(types::integers(ty).map(|name| (*var, name)));
            }
            Value::Array(view) => {
                self.int_types.extend(types::integers_within(ty).map(|name| (view.slice.base, name)));
            }
            Value::Table(table) => {
                let columns = types::element_of(ty).map_or(Vec::new(), types::components);
                for (column, ty) in table.columns.iter_mut().zip(columns) {
                    if let Value::Array(view) = column {
                        self.int_types.extend(types::integers_within(ty).map(|name| (view.slice.base, name)));
                    }
                }
            }
            Value::Tuple(parts) => {
                for (part, ty) in parts.iter_mut().zip(types::components(ty)) {
                    self.learn_integers(ty, part);
                }
            }
            Value::Option(maybe) => {
                if let Some(content) = types::argument_of(ty, "Option") {
                    self.learn_integers(content, &mut maybe.value);
                }
            }
            // Others hold no integers, or those of a declared type.
            Value::Num(_)
            | Value::Code(_)
            | Value::Struct(..)
            | Value::Ref(..)
            | Value::Func(_)
            | Value::Iter(_)
            | Value::Range(_)
            | Value::Late(_)
            | Value::Error(_)
            | Value::Unit
            | Value::Never
            | Value::Poison => {}
        }
    }
}

/// An integer literal takes the type of its annotation.
fn suffix(text: &mut String, ty: &syn::Type) {
    if let (None, Some(name)) = (types::suffix_of(text), types::integers(ty)) {
        text.push_str(&name);
    }
}

/// Writes the type at each literal that a variable gets, if other uses or annotations tell it, and the literal alone does not.
pub(super) fn name_types(func: &mut Func, source: &Source, known: &BTreeMap<VarId, String>) {
    let mut classes =
        Classes { func, source, parents: BTreeMap::new(), types: BTreeMap::new(), seen: BTreeSet::new() };
    for (var, ty) in known {
        classes.is(&Atom::Var(*var), ty);
    }
    classes.block(&func.body, &[]);
    let (wanted, others) = (classes.wanted(), classes.others());
    Suffix { wanted: &wanted, alike: &source.alike }.block(&mut func.body, &[]);
    range::settle(&mut func.body, source, &|var| !others.contains(&var));
}

/// Variables of one type, arrays among them: the type is that of their scalars.
struct Classes<'a> {
    func: &'a Func,
    source: &'a Source,
    parents: BTreeMap<VarId, VarId>,
    types: BTreeMap<VarId, String>,
    /// Variables that the user's own code sees.
    seen: BTreeSet<VarId>,
}

impl Classes<'_> {
    fn root(&self, mut var: VarId) -> VarId {
        while let Some(parent) = self.parents.get(&var) {
            var = *parent;
        }
        var
    }

    fn is_int(&self, var: VarId) -> bool {
        *self.func.kind(var).scalar() == Kind::Int
    }

    fn is(&mut self, atom: &Atom, ty: &str) {
        if let Some(var) = atom.var().filter(|var| self.is_int(*var)) {
            let root = self.root(var);
            self.types.entry(root).or_insert_with(|| ty.to_owned());
        }
    }

    fn same(&mut self, a: &Atom, b: &Atom) {
        let (Some(a), Some(b)) = (a.var(), b.var()) else {
            return;
        };
        if !self.is_int(a) || !self.is_int(b) {
            return;
        }
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            self.parents.insert(a, b);
            if let Some(ty) = self.types.remove(&a) {
                self.types.entry(b).or_insert(ty);
            }
        }
    }

    fn place(&mut self, place: &Place) {
        place.path.iter().for_each(|at| self.is(at, USIZE));
    }

    fn slice(&mut self, slice: &Slice) {
        slice.path.iter().for_each(|at| self.is(at, USIZE));
        if let Some((lo, hi)) = &slice.range {
            self.is(lo, USIZE);
            self.is(hi, USIZE);
        }
    }

    fn op(&mut self, var: VarId, op: &Op) {
        let result = Atom::Var(var);
        match op {
            Op::Copy(a) | Op::Neg(a) => self.same(&result, a),
            Op::Add(a, b)
            | Op::Sub(a, b)
            | Op::Mul(a, b)
            | Op::Div(a, b)
            | Op::Rem(a, b)
            | Op::Select(_, a, b) => {
                self.same(&result, a);
                self.same(&result, b);
            }
            Op::Compare(_, a, b) => self.same(a, b),
            Op::Len(slice) => {
                self.is(&result, USIZE);
                self.slice(slice);
            }
            Op::Load(place) => {
                self.same(&result, &Atom::Var(place.base));
                self.place(place);
            }
            Op::Sum(slice) => self.slice(slice),
            Op::Binary(Binary::Powi, _, exponent) => self.is(exponent, "i32"),
            Op::Opaque(opaque) => self.opaque(&result, opaque),
            Op::Unary(..)
            | Op::Binary(..)
            | Op::MulAdd(..)
            | Op::Clamp(..)
            | Op::ScaleOrZero(..)
            | Op::ScaleUnlessZero(..)
            | Op::Test(..)
            | Op::Not(_)
            | Op::And(..)
            | Op::Or(..)
            | Op::ToReal(_)
            | Op::Field(..) => {}
        }
    }

    fn opaque(&mut self, result: &Atom, opaque: &Opaque) {
        let numbers = opaque.args.iter().filter_map(Operand::atom);
        if let Some(ty) = self.source.integers.get(&opaque.code) {
            self.is(result, ty);
            numbers.for_each(|arg| self.is(arg, ty));
            return;
        }
        if let Some(alike) = self.source.alike.get(&opaque.code) {
            numbers.take(*alike).for_each(|arg| self.same(result, arg));
            return;
        }
        match (self.source.ranges.get(&opaque.code), &*numbers.collect::<Vec<_>>()) {
            (Some(Mark::Item), [ends @ .., at]) => {
                ends.iter().for_each(|end| self.same(result, end));
                self.is(at, USIZE);
            }
            (Some(Mark::Len { .. }), [lo, hi]) => {
                self.same(lo, hi);
                self.is(result, USIZE);
            }
            _ => self.seen.extend(opaque.vars()),
        }
    }

    fn init(&mut self, array: VarId, init: &Init) {
        let elem = |cx: &mut Self, elem: &Elem| match elem {
            Elem::Atom(atom) => cx.same(&Atom::Var(array), atom),
            Elem::Array(init) => cx.init(array, init),
        };
        match init {
            Init::Repeat { value, len, .. } => {
                elem(self, value);
                if let Len::Value(len) = len {
                    self.is(len, USIZE);
                }
            }
            Init::List { elems, .. } => elems.iter().for_each(|one| elem(self, one)),
            Init::CopyOf(slice) | Init::ZerosLike(slice) => {
                self.same(&Atom::Var(array), &Atom::Var(slice.base));
                self.slice(slice);
            }
            Init::Empty(_) => {}
        }
    }

    fn block(&mut self, block: &Block, results: &[VarId]) {
        block.stmts.iter().for_each(|stmt| self.stmt(stmt));
        match &block.term {
            Term::Yield(values) => {
                for (result, value) in results.iter().zip(values) {
                    self.same(&Atom::Var(*result), value);
                }
            }
            Term::Branch(branch) => self.branch(branch, results),
            Term::Return(values) => self.seen.extend(values.iter().filter_map(Atom::var)),
            Term::Continue(..) | Term::Break(..) | Term::Escape(_) | Term::Panic(_) => {}
        }
    }

    fn branch(&mut self, branch: &Branch, results: &[VarId]) {
        branch.arms.iter().for_each(|arm| self.block(&arm.body, results));
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Let { var, op } | Stmt::Assign { var, op } => self.op(*var, op),
            Stmt::Alloc { var, init } => self.init(*var, init),
            Stmt::Store { place, value, .. } => {
                self.place(place);
                self.same(&Atom::Var(place.base), value);
            }
            Stmt::CopySlice { dst, src } | Stmt::AddSlice { dst, src } => {
                self.same(&Atom::Var(dst.base), &Atom::Var(src.base));
                self.slice(dst);
                self.slice(src);
            }
            Stmt::Fill { dst, value } => {
                self.same(&Atom::Var(dst.base), value);
                self.slice(dst);
            }
            Stmt::Swap { a, b } => self.same(&Atom::Var(*a), &Atom::Var(*b)),
            Stmt::VecPush { array, value: Operand::Atom(value) } => self.same(&Atom::Var(*array), value),
            Stmt::VecPush { array, value: Operand::Array(row) } => {
                self.same(&Atom::Var(*array), &Atom::Var(row.base));
                self.slice(row);
            }
            Stmt::VecPop { array, var } => self.same(&Atom::Var(*array), &Atom::Var(*var)),
            Stmt::Branch { branch, results } => self.branch(branch, results),
            Stmt::Loop(l) => {
                if let Head::Range { var, lo, hi, adaptors, .. } = &l.head {
                    self.same(&Atom::Var(*var), lo);
                    self.same(&Atom::Var(*var), hi);
                    for adaptor in adaptors {
                        if let Adaptor::StepBy(step) = adaptor {
                            self.is(step, USIZE);
                        }
                    }
                }
                self.block(&l.body, &[]);
            }
            Stmt::Call(_) => crate::ir::each_name(stmt, |name| {
                if let crate::ir::Name::Use(atom) = name {
                    self.seen.extend(atom.var());
                }
            }),
            Stmt::Effect(opaque) => self.seen.extend(opaque.vars()),
            Stmt::NewTape { .. } | Stmt::Turn | Stmt::Push { .. } | Stmt::Pop { .. } => {}
        }
    }

    /// The type of each variable whose class has one that literals do not have by themselves, or is seen.
    fn wanted(&self) -> BTreeMap<VarId, String> {
        let seen = self.seen_classes();
        self.all_with_class()
            .filter_map(|(var, root)| {
                let ty = self.types.get(&root)?;
                let is_told = ![USIZE, "i32"].contains(&ty.as_str());
                (is_told || seen.contains(&root)).then(|| (var, ty.clone()))
            })
            .collect()
    }

    /// Variables that are no `usize`, or may be none.
    fn others(&self) -> BTreeSet<VarId> {
        let seen = self.seen_classes();
        let other = |root| self.types.get(&root).map_or(seen.contains(&root), |ty| ty != USIZE);
        self.all_with_class().filter(|(_, root)| other(*root)).map(|(var, _)| var).collect()
    }

    fn seen_classes(&self) -> BTreeSet<VarId> {
        self.seen.iter().map(|var| self.root(*var)).collect()
    }

    fn all_with_class(&self) -> impl Iterator<Item = (VarId, VarId)> {
        let ids = (0..self.func.vars.len()).filter_map(|id| u32::try_from(id).ok());
        ids.map(|id| (VarId(id), self.root(VarId(id))))
    }
}

/// Writes its type at each literal that such a variable gets.
struct Suffix<'w> {
    wanted: &'w BTreeMap<VarId, String>,
    alike: &'w BTreeMap<Fragment, usize>,
}

impl Suffix<'_> {
    fn block(&self, block: &mut Block, results: &[VarId]) {
        block.stmts.iter_mut().for_each(|stmt| self.stmt(stmt));
        match &mut block.term {
            Term::Yield(values) => {
                values.iter_mut().zip(results).for_each(|(value, var)| self.write(*var, value));
            }
            Term::Branch(branch) => self.branch(branch, results),
            Term::Return(_) | Term::Continue(..) | Term::Break(..) | Term::Escape(_) | Term::Panic(_) => {}
        }
    }

    fn branch(&self, branch: &mut Branch, results: &[VarId]) {
        branch.arms.iter_mut().for_each(|arm| self.block(&mut arm.body, results));
    }

    fn stmt(&self, stmt: &mut Stmt) {
        match stmt {
            Stmt::Let { var, op } | Stmt::Assign { var, op } => self.op(*var, op),
            Stmt::Alloc { var, init } => self.init(*var, init),
            Stmt::Store { place, value, .. } => self.write(place.base, value),
            Stmt::Fill { dst, value } => self.write(dst.base, value),
            Stmt::VecPush { array, value: Operand::Atom(value) } => self.write(*array, value),
            Stmt::Branch { branch, results } => self.branch(branch, results),
            Stmt::Loop(l) => self.block(&mut l.body, &[]),
            Stmt::CopySlice { .. }
            | Stmt::AddSlice { .. }
            | Stmt::Swap { .. }
            | Stmt::VecPush { value: Operand::Array(_), .. }
            | Stmt::VecPop { .. }
            | Stmt::Call(_)
            | Stmt::Effect(_)
            | Stmt::NewTape { .. }
            | Stmt::Turn
            | Stmt::Push { .. }
            | Stmt::Pop { .. } => {}
        }
    }

    /// An operand that is a variable tells the type of those beside it.
    fn op(&self, var: VarId, op: &mut Op) {
        let alike: Vec<&mut Atom> = match op {
            Op::Copy(a) | Op::Neg(a) => vec![a],
            Op::Select(_, a, b)
            | Op::Add(a, b)
            | Op::Sub(a, b)
            | Op::Mul(a, b)
            | Op::Div(a, b)
            | Op::Rem(a, b) => vec![a, b],
            Op::Opaque(opaque) => {
                let alike = self.alike.get(&opaque.code).copied().unwrap_or(0);
                opaque.args.iter_mut().take(alike).filter_map(Operand::atom_mut).collect()
            }
            Op::Unary(..)
            | Op::Binary(..)
            | Op::MulAdd(..)
            | Op::Clamp(..)
            | Op::ScaleOrZero(..)
            | Op::ScaleUnlessZero(..)
            | Op::Compare(..)
            | Op::Test(..)
            | Op::Not(_)
            | Op::And(..)
            | Op::Or(..)
            | Op::ToReal(_)
            | Op::Len(_)
            | Op::Load(_)
            | Op::Sum(_)
            | Op::Field(..) => return,
        };
        if alike.iter().all(|atom| atom.var().is_none()) {
            alike.into_iter().for_each(|literal| self.write(var, literal));
        }
    }

    fn init(&self, var: VarId, init: &mut Init) {
        let elem = |elem: &mut Elem| match elem {
            Elem::Atom(atom) => self.write(var, atom),
            Elem::Array(inner) => self.init(var, inner),
        };
        match init {
            Init::Repeat { value, .. } => elem(value),
            Init::List { elems, .. } => elems.iter_mut().for_each(elem),
            Init::CopyOf(_) | Init::ZerosLike(_) | Init::Empty(_) => {}
        }
    }

    fn write(&self, var: VarId, atom: &mut Atom) {
        if let (Atom::Int(text), Some(ty)) = (atom, self.wanted.get(&var))
            && text.chars().all(|c| c.is_ascii_digit() || c == '_' || c == '-')
        {
            text.push_str(ty);
        }
    }
}
