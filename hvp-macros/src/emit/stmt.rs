//! Statements without blocks in them.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;

use super::expr::Expr;
use super::{Emit, Guard};
use crate::ir::{
    Atom, Kind, Name, Op, Operand, Place, Slice, Stmt, Term, Update, VarId, each_name, each_name_of_term,
};

impl Emit<'_> {
    /// `stmts`, after which `later` and `term` are executed.
    pub(super) fn stmts(&self, stmts: &[Stmt], later: &[Stmt], term: &Term) -> TokenStream {
        let one = |(at, stmt): (usize, &Stmt)| match stmt {
            _ if at > 0 && self.joins(&stmts[at - 1], stmt) => TokenStream::new(),
            Stmt::Push { tape, .. } if stmts.get(at + 1).is_some_and(|next| self.joins(stmt, next)) => {
                let joined =
                    1 + stmts[at..].windows(2).take_while(|pair| self.joins(&pair[0], &pair[1])).count();
                self.push_all(*tape, &stmts[at..at + joined])
            }
            Stmt::Push { tape, values } => {
                let after: Vec<&Stmt> = stmts[at + 1..].iter().chain(later).collect();
                self.push(*tape, values, &done_with(&stmts[..at], &after, term))
            }
            Stmt::VecPush { array, value: row @ Operand::Array(slice) } => {
                let after: Vec<&Stmt> = stmts[at + 1..].iter().chain(later).collect();
                let done = done_with(&stmts[..at], &after, term).contains(&slice.base);
                let (array, name) = (self.name(*array), self.name(slice.base));
                let row = if done && slice.path.is_empty() && slice.range.is_none() {
                    quote!(#name)
                } else {
                    self.pushed(row)
                };
                quote!(#array.push(#row);)
            }
            _ => self.stmt(stmt),
        };
        stmts.iter().enumerate().map(one).collect()
    }

    fn stmt(&self, stmt: &Stmt) -> TokenStream {
        match stmt {
            Stmt::Let { var, op } => self.binding(*var, op),
            Stmt::Assign { .. } => unreachable!("normalize leaves no assignments"),
            Stmt::Turn => TokenStream::new(),
            Stmt::Effect(opaque) => {
                let code = self.opaque(opaque);
                quote!(#code;)
            }
            Stmt::Alloc { var, init } => self.alloc(*var, init),
            Stmt::Store { place, value, update } => self.store(place, value, *update),
            Stmt::CopySlice { dst, src } => self.copy_slice(dst, src),
            Stmt::AddSlice { dst, src } => {
                let (private, to, from) = (self.env.private(), self.borrow_mut(dst), self.borrow(src));
                let add = self.guarded_stmt(dst.base, quote!(#private::add_slice(#to, #from);));
                self.guarded_stmt(src.base, add)
            }
            Stmt::Fill { dst, value } => self.guarded_stmt(dst.base, self.fill(dst, value)),
            Stmt::Swap { a, b } => {
                let (a, b) = (self.borrow_mut(&Slice::whole(*a)), self.borrow_mut(&Slice::whole(*b)));
                quote!(::core::mem::swap(#a, #b);)
            }
            Stmt::VecPush { array, value } => {
                let (array, value) = (self.name(*array), self.pushed(value));
                quote!(#array.push(#value);)
            }
            Stmt::VecPop { array, var } => {
                let (array, name) = (self.name(*array), self.name(*var));
                let mutable = self.func.kind(*var).is_array().then(|| quote!(mut));
                quote!(let #mutable #name = #array.pop().expect("what was pushed is there");)
            }
            Stmt::Branch { branch, results } => self.branch(branch, results),
            Stmt::Loop(l) => self.looped(l),
            Stmt::Call(call) => self.call(call),
            Stmt::NewTape { tape } if self.is_flat(*tape) => self.new_flat(*tape),
            Stmt::NewTape { tape } => {
                let (name, private) = (self.name(*tape), self.env.private());
                if self.plain_tapes.contains(tape) {
                    quote!(let mut #name = #private::Tape::new();)
                } else {
                    quote!(let mut #name = ::std::vec::Vec::new();)
                }
            }
            Stmt::Push { tape, values } => self.push(*tape, values, &BTreeSet::new()),
            Stmt::Pop { tape, vars } => self.pop(*tape, vars),
        }
    }

    fn binding(&self, var: VarId, op: &Op) -> TokenStream {
        if self.inlined.contains(var) {
            return TokenStream::new();
        }
        let kind = self.func.kind(var);
        if !self.is_used(var) {
            return match op {
                Op::Opaque(opaque) if !opaque.repeatable => {
                    let value = self.opaque(opaque);
                    quote!(let _ = #value;)
                }
                _ => TokenStream::new(),
            };
        }
        let changes = self.webs.is_mutable(var) || self.source.changing.contains(&var);
        self.declare(var, changes, &self.op(op, kind))
    }

    /// `let name = value;`, with what rustc needs to know the type.
    pub(super) fn declare(&self, var: VarId, mutable: bool, value: &Expr) -> TokenStream {
        let name = self.name(var);
        let mutable = mutable.then(|| quote!(mut));
        if value.certain || value.literal || *self.func.kind(var) != Kind::Real || self.env.suffix().is_none()
        {
            let value = self.typed(value, self.func.kind(var));
            return quote!(let #mutable #name = #value;);
        }
        let real = self.env.real();
        quote!(let #mutable #name: #real = #value;)
    }

    /// `value` as an expression of certain type, if it is a real number.
    pub(super) fn typed(&self, value: &Expr, kind: &Kind) -> TokenStream {
        match (kind, self.env.suffix()) {
            (Kind::Real, Some(suffix)) if value.literal => value.suffixed(suffix),
            (Kind::Real, Some(_)) if !value.certain => {
                let (private, real) = (self.env.private(), self.env.real());
                quote!(#private::typed::<#real>(#value))
            }
            _ => quote!(#value),
        }
    }

    fn store(&self, place: &Place, value: &Atom, update: Update) -> TokenStream {
        let tokens = self.place(place);
        let value = self.atom_of(value, self.func.kind(place.base).scalar());
        let stmt = match update {
            Update::Set => quote!(#tokens = #value;),
            Update::Add => match value.without_minus() {
                Some(value) => quote!(#tokens -= #value;),
                None => quote!(#tokens += #value;),
            },
        };
        self.guarded_stmt(place.base, stmt)
    }

    fn copy_slice(&self, dst: &Slice, src: &Slice) -> TokenStream {
        if let Some(restore) = self.restore(dst, src) {
            return restore;
        }
        let (to, from) = (self.region(dst), self.borrow(src));
        let flat = !self.func.kind(dst.base).element(dst.path.len() + 1).is_array();
        let copy =
            if flat { quote!(#to.copy_from_slice(#from);) } else { quote!(#to.clone_from_slice(#from);) };
        let written = match self.guards.get(&src.base) {
            Some(Guard { ty, .. }) => {
                let private = self.env.private();
                let zeros = self.fill(dst, &Atom::zero(self.func.kind(dst.base).scalar()));
                quote!(if <#ty as #private::Activity>::ACTIVE { #copy } else { #zeros })
            }
            None => copy,
        };
        self.guarded_stmt(dst.base, written)
    }

    fn fill(&self, dst: &Slice, value: &Atom) -> TokenStream {
        let (private, to) = (self.env.private(), self.borrow_mut(dst));
        let scalar = self.func.kind(dst.base).scalar();
        let value = self.typed(&self.atom(value), scalar);
        if matches!(scalar, Kind::Real | Kind::Tangent) {
            quote!(#private::fill(#to, #value);)
        } else {
            quote!(<[_]>::fill(#to, #value);)
        }
    }

    /// Whether `next` pushes scalars where `stmt` has just done so.
    fn joins(&self, stmt: &Stmt, next: &Stmt) -> bool {
        let is_scalar = |value: &Operand| match value {
            Operand::Atom(atom) => !self.func.atom_kind(atom).is_array(),
            Operand::Array(_) => false,
        };
        match (stmt, next) {
            (Stmt::Push { tape, values }, Stmt::Push { tape: other, values: others }) => {
                tape == other && !self.is_flat(*tape) && values.iter().chain(others).all(is_scalar)
            }
            _ => false,
        }
    }

    /// `tape.extend([a, b]);` for `tape.push(a); tape.push(b);`: room is made once.
    fn push_all(&self, tape: VarId, pushes: &[Stmt]) -> TokenStream {
        let records = pushes.iter().filter_map(|stmt| match stmt {
            Stmt::Push { values, .. } => Some(self.record_of(tape, values, &BTreeSet::new())),
            _ => None,
        });
        let name = self.name(tape);
        quote!(#name.extend([#(#records),*]);)
    }

    fn push(&self, tape: VarId, values: &[Operand], done: &BTreeSet<VarId>) -> TokenStream {
        if self.is_flat(tape) {
            return self.push_flat(tape, values);
        }
        let (name, record) = (self.name(tape), self.record_of(tape, values, done));
        quote!(#name.push(#record);)
    }

    /// Arrays in `done` are moved, others copied.
    fn record_of(&self, tape: VarId, values: &[Operand], done: &BTreeSet<VarId>) -> TokenStream {
        let one = |value: &Operand| match value {
            Operand::Array(Slice { base, path, range: None })
                if path.is_empty()
                    && done.contains(base)
                    && values.iter().filter(|other| names(other, *base)).count() == 1 =>
            {
                let array = self.name(*base);
                quote!(#array)
            }
            value => self.copied(value),
        };
        let values = values.iter().enumerate();
        let values: Vec<TokenStream> =
            values.map(|(at, value)| self.outline(tape, at, value).unwrap_or_else(|| one(value))).collect();
        match values.as_slice() {
            [value] => quote!(#value),
            values => quote!((#(#values),*)),
        }
    }

    /// What is appended to a `Vec`.
    fn pushed(&self, value: &Operand) -> TokenStream {
        match value {
            Operand::Atom(atom) => {
                let value = self.atom(atom);
                quote!(#value)
            }
            Operand::Array(_) => self.copied(value),
        }
    }

    fn copied(&self, value: &Operand) -> TokenStream {
        match value {
            Operand::Atom(Atom::Var(var)) if *self.func.kind(*var) == Kind::Opaque => {
                let value = self.atom(&Atom::Var(*var)).receiver();
                quote!(::core::clone::Clone::clone(&#value))
            }
            Operand::Atom(atom) => {
                let kind = self.func.atom_kind(atom);
                self.typed(&self.atom_of(atom, &kind), &kind)
            }
            Operand::Array(slice) => {
                let region = self.region(slice);
                self.owned(region)
            }
        }
    }

    fn pop(&self, tape: VarId, vars: &[VarId]) -> TokenStream {
        if self.is_flat(tape) {
            return TokenStream::new();
        }
        if self.references.contains(tape) {
            return self.recall(tape, vars);
        }
        let tape = self.name(tape);
        let names: Vec<TokenStream> = vars.iter().map(|var| self.popped(*var)).collect();
        let message = "each iteration has left a record";
        match names.as_slice() {
            [name] => quote!(let #name = #tape.pop().expect(#message);),
            names => quote!(let (#(#names),*) = #tape.pop().expect(#message);),
        }
    }

    fn popped(&self, var: VarId) -> TokenStream {
        let name = self.name(var);
        match self.func.kind(var) {
            Kind::Array(_) => quote!(mut #name),
            _ if self.is_used(var) => quote!(#name),
            Kind::Pullback => quote!(#name),
            _ => quote!(_),
        }
    }
}

fn names(operand: &Operand, array: VarId) -> bool {
    matches!(operand, Operand::Array(slice) if slice.base == array)
}

/// The variables that `before` defines and nobody names after.
fn done_with(before: &[Stmt], after: &[&Stmt], term: &Term) -> BTreeSet<VarId> {
    let mut done = BTreeSet::new();
    for stmt in before {
        if stmt.blocks().is_empty() {
            each_name(stmt, |name| {
                if let Name::Def(var) = name {
                    done.insert(var);
                }
            });
        }
    }
    let mut keep = |name: Name<'_>| match name {
        Name::Array(var, _) | Name::Use(&Atom::Var(var)) => {
            done.remove(&var);
        }
        Name::Use(_) | Name::Def(_) => {}
    };
    after.iter().for_each(|stmt| each_name(stmt, &mut keep));
    each_name_of_term(term, keep);
    done
}
