//! Windows, and loops that run in strips.
//!
//! ```text
//! let x_1 = ::hvp::__private::window(x, 0..d, |j| i * d + j);
//! let w_bar_1 = ::hvp::__private::window_mut(w_bar, 0..d, |j| j);
//! ::hvp::__private::each_2(x_1, w_bar_1, |x_1, w_bar_1| {
//!     *w_bar_1 += z_bar * x_1;
//! });
//! ```

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::control::Target;
use super::expr::{Expr, Prec};
use super::{Emit, Guard};
use crate::ir::{Atom, Block, Func, Head, Kind, Loop, LoopId, Role, Slice, Stmt, Term, VarId, Window};

/// The windows of a function.
#[derive(Debug, Default)]
pub(super) struct Windows {
    shown: BTreeMap<VarId, Shown>,
    /// The loops that run in strips.
    strips: BTreeSet<LoopId>,
}

#[derive(Debug)]
struct Shown {
    of: VarId,
    mutable: bool,
    /// The first index of the loop, and the loop.
    lo: Atom,
    id: LoopId,
}

impl Windows {
    pub(super) fn find(func: &Func) -> Windows {
        let mut windows = Windows::default();
        windows.block(&func.body);
        windows
    }

    fn block(&mut self, block: &Block) {
        for stmt in &block.stmts {
            if let Stmt::Loop(l) = stmt {
                self.looped(l);
            }
            stmt.blocks().into_iter().for_each(|inner| self.block(inner));
        }
        if let Term::Branch(branch) = &block.term {
            branch.blocks().into_iter().for_each(|inner| self.block(inner));
        }
    }

    fn looped(&mut self, l: &Loop) {
        let Head::Range { lo, .. } = &l.head else {
            return;
        };
        for Window { var, of, mutable, .. } in &l.path.windows {
            let shown = Shown { of: of.base, mutable: *mutable, lo: lo.clone(), id: l.id };
            self.shown.insert(*var, shown);
        }
        if l.path.strips {
            self.strips.insert(l.id);
        }
    }

    /// Windows of what may be absent may be absent too: their loops run element by element.
    pub(super) fn guard(&mut self, guards: &mut BTreeMap<VarId, Guard>) {
        for (var, shown) in &self.shown {
            if let Some(guard) = guards.get(&shown.of).cloned() {
                guards.insert(*var, guard);
                self.strips.remove(&shown.id);
            }
        }
    }
}

impl Emit<'_> {
    /// What an iteration sees of a window.
    pub(super) fn shown(&self, var: VarId, index: &Atom) -> Option<Expr> {
        let shown = self.windows.shown.get(&var)?;
        let name = self.name(var);
        if !self.windows.strips.contains(&shown.id) {
            let index = self.atom(index);
            let index = if shown.lo.integer() == Some(0) {
                index
            } else {
                index.infix(&quote!(-), &self.atom(&shown.lo), Prec::Sum)
            };
            return Some(Expr::tight(quote!(#name[#index])));
        }
        Some(if shown.mutable { Expr::new(quote!(*#name), Prec::Unary) } else { Expr::tight(quote!(#name)) })
    }

    /// The windows of a loop.
    pub(super) fn windows(&self, l: &Loop) -> TokenStream {
        let Head::Range { var, lo, hi, .. } = &l.head else {
            return TokenStream::new();
        };
        l.path.windows.iter().map(|window| self.window(*var, (lo, hi), window)).collect()
    }

    fn window(&self, var: VarId, (lo, hi): (&Atom, &Atom), window: &Window) -> TokenStream {
        let (private, name, index) = (self.env.private(), self.name(window.var), self.name(var));
        let of = Slice { base: window.of.base, path: window.of.path.clone(), range: None };
        let (literals, others): (Vec<&Atom>, Vec<&Atom>) =
            window.plus.iter().partition(|atom| matches!(atom, Atom::Int(_)));
        let others = others.into_iter().map(|atom| self.atom(atom));
        let literals = literals.into_iter().map(|atom| self.atom(atom));
        let start = others
            .chain([Expr::tight(quote!(#index))])
            .chain(literals)
            .reduce(|sum, more| sum.infix(&quote!(+), &more, Prec::Sum));
        let start = start.unwrap_or_else(|| unreachable!("the loop's variable is always there"));
        let start =
            window.minus.iter().fold(start, |sum, less| sum.infix(&quote!(-), &self.atom(less), Prec::Sum));
        let (lo, hi) = (self.atom(lo), self.atom(hi));
        let (from, to) = (lo.at_least(Prec::Sum), hi.at_least(Prec::Sum));
        let (open, nothing) = if window.mutable {
            let borrow = if self.may_be_owned(of.base) {
                let region = self.region(&of);
                quote!(&mut #region[..])
            } else {
                self.borrow_mut(&of)
            };
            (quote!(#private::window_mut(#borrow, #from..#to, |#index| #start)), quote!(&mut []))
        } else {
            let borrow = if self.may_be_owned(of.base) {
                let region = self.region(&of);
                quote!(&#region[..])
            } else {
                self.borrow(&of)
            };
            (quote!(#private::window(#borrow, #from..#to, |#index| #start)), quote!(&[]))
        };
        let guard =
            self.guards.get(&window.var).map(|Guard { ty, .. }| quote!(<#ty as #private::Activity>::ACTIVE));
        let inside = (!of.path.is_empty()).then(|| quote!(#lo < #hi));
        match (guard, inside) {
            (None, None) => quote!(let #name = #open;),
            (Some(test), None) | (None, Some(test)) => {
                quote!(let #name = if #test { #open } else { #nothing };)
            }
            (Some(guard), Some(test)) => {
                quote!(let #name = if #guard && #test { #open } else { #nothing };)
            }
        }
    }

    /// Whether `array` belongs to an argument that is passed by `&mut`: some entries have a copy of these, others the reference.
    fn may_be_owned(&self, array: VarId) -> bool {
        let params = &self.func.params;
        let own = params.iter().find(|param| param.var == array);
        own.is_some_and(|own| {
            params.iter().any(|param| param.mutable && param.role == Role::primal(own.role.what))
        })
    }

    pub(super) fn runs_in_strips(&self, l: &Loop) -> bool {
        self.windows.strips.contains(&l.id)
    }

    /// A loop whose iterations run side by side.
    pub(super) fn strips(&self, l: &Loop) -> TokenStream {
        let private = self.env.private();
        let names = l.path.windows.iter().map(|window| self.name(window.var));
        let names: Vec<_> = names.collect();
        let params: Vec<VarId> = l.carried.iter().map(|carried| carried.param).collect();
        let body = self.block(&l.body, Target::Terms(&params));
        if params.is_empty() {
            let each = format_ident!("each_{}", names.len());
            return quote!(#private::#each(#(#names,)* |#(#names),*| { #body }););
        }
        let strips = format_ident!("strips_{}", names.len());
        let run = quote!(#private::#strips((#(#names,)*), |#(#names),*| { #body }));
        let sums: Vec<_> = params.iter().map(|param| self.name(*param)).collect();
        match sums.as_slice() {
            [sum] => quote!(#sum += #run;),
            names => {
                let parts = (0..names.len()).map(syn::Index::from);
                quote!(let sums = #run; #(#names += sums.#parts;)*)
            }
        }
    }

    /// `sum += term;` for each carried sum.
    pub(super) fn added(&self, terms: &[Atom], params: &[VarId]) -> TokenStream {
        let one = |(term, param): (&Atom, &VarId)| {
            let (name, term) = (self.name(*param), self.atom_of(term, self.func.kind(*param)));
            quote!(#name += #term;)
        };
        terms.iter().zip(params).map(one).collect()
    }

    /// The terms as a value.
    pub(super) fn terms(&self, terms: &[Atom], params: &[VarId]) -> TokenStream {
        let one = |(term, param): (&Atom, &VarId)| {
            let kind: &Kind = self.func.kind(*param);
            self.typed(&self.atom_of(term, kind), kind)
        };
        let terms: Vec<TokenStream> = terms.iter().zip(params).map(one).collect();
        match terms.as_slice() {
            [] => TokenStream::new(),
            [term] => term.clone(),
            terms => quote!((#(#terms),*)),
        }
    }
}
