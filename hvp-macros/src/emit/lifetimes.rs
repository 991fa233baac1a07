//! Names for lifetimes that the user's signature leaves out, and the one that a pullback needs.

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit_mut::{self, VisitMut};
use syn::{Lifetime, ReceiverKind, Type};

use super::item::Item;
use crate::front::{Shape, SigParam};
use crate::ir::{
    ArgValue, Atom, Call, Callee, Func, Kind, Op, Operand, Stmt, Touch, VarId, VarSet, Visit, visit_stmt,
};

/// Gives each lifetime that `ty` leaves out the name that `fresh` gives.
pub(super) fn name_elided(ty: &mut Type, fresh: impl FnMut() -> Lifetime) {
    Elided(fresh).visit_type_mut(ty);
}

/// Leaves out the lifetimes that `ty` names.
pub(super) fn leave_out_lifetimes(ty: &mut Type) {
    struct Named;
    impl VisitMut for Named {
        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            if lifetime.ident != "static" {
                lifetime.ident = syn::Ident::new("_", lifetime.ident.span());
            }
        }
    }
    Named.visit_type_mut(ty);
}

pub(super) fn lifetime(name: &str) -> Lifetime {
    Lifetime::new(&format!("'hvp_{name}"), proc_macro2::Span::call_site())
}

struct Elided<F>(F);

impl<F: FnMut() -> Lifetime> VisitMut for Elided<F> {
    fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
        if reference.lifetime.is_none() {
            reference.lifetime = Some((self.0)());
        }
        visit_mut::visit_type_reference_mut(self, reference);
    }

    // In `fn(&f64)` and `Fn(&f64)` they are bound there.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut syn::TypeFnPtr) {}

    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut syn::ParenthesizedGenericArguments) {}

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = (self.0)();
        }
    }
}

/// The lifetime of what a pullback keeps of the passive arguments: parts of them, found in the primal sweep.
impl Item<'_> {
    /// `None` where the pullback of `func`, the split reverse, borrows nothing.
    pub(super) fn kept(&self, func: &Func) -> Option<Lifetime> {
        let receiver = self.signature.receiver.as_ref();
        let has_self = receiver.is_some_and(|receiver| !matches!(receiver.kind, ReceiverKind::Value));
        let has_data = self.signature.params.iter().any(is_data);
        (has_self || has_data && keeps_data(func)).then(|| lifetime("kept"))
    }

    /// The receiver as a parameter, with its comma.
    pub(super) fn kept_receiver(&self) -> Option<TokenStream> {
        let mut receiver = self.signature.receiver.clone()?;
        if let ReceiverKind::Reference(_, own @ None, _) = &mut receiver.kind {
            *own = Some(lifetime("kept"));
        } else if let ReceiverKind::Typed(_, ty) = &mut receiver.kind {
            name_elided(ty, || lifetime("kept"));
        }
        Some(quote!(#receiver,))
    }

    /// What the user's own parameters must outlive.
    pub(super) fn kept_bounds(&self, kept: &Lifetime) -> Vec<TokenStream> {
        let generics = &self.signature.item.generics;
        let lifetimes = generics.lifetimes().map(|param| {
            let name = &param.lifetime;
            quote!(#name: #kept)
        });
        let types = generics.type_params().map(|param| {
            let name = &param.ident;
            quote!(#name: #kept)
        });
        lifetimes.chain(types).collect()
    }
}

/// The user's type of a parameter, with that lifetime where it is data, and without any where nothing keeps a part of it.
pub(super) fn kept_type(user: &SigParam) -> TokenStream {
    let mut ty = user.ty.clone();
    if is_data(user) {
        name_elided(&mut ty, || lifetime("kept"));
    } else if !holds_data(&user.shape) {
        leave_out_lifetimes(&mut ty);
    }
    quote!(#ty)
}

/// A parameter of which a part may be kept: numbers of `&[usize]` are copied, what is in `&[Segment]` may be borrowed.
pub(super) fn is_data(user: &SigParam) -> bool {
    !user.differentiated && holds_data(&user.shape)
}

fn holds_data(shape: &Shape) -> bool {
    match shape {
        Shape::Real | Shape::Int | Shape::Bool => false,
        Shape::Slice(inner) | Shape::Vec(inner) | Shape::Array(inner, _) => holds_data(inner),
        Shape::Tuple(_) | Shape::Opaque(_) => true,
    }
}

/// Whether the reverse sweep has something of the user's types from the primal sweep, or what a call left that was given
/// such an argument.
fn keeps_data(func: &Func) -> bool {
    let turn = func.body.stmts.iter().position(|stmt| matches!(stmt, Stmt::Turn));
    let (primal, reverse) = func.body.stmts.split_at(turn.unwrap_or(0));
    let mut kept = Kept { func, made: VarSet::default(), primal: true, found: false };
    primal.iter().for_each(|stmt| kept.stmt(stmt));
    kept.primal = false;
    reverse.iter().for_each(|stmt| kept.stmt(stmt));
    kept.found
}

struct Kept<'f> {
    func: &'f Func,
    /// What may borrow from an argument.
    made: VarSet,
    primal: bool,
    found: bool,
}

impl Kept<'_> {
    /// Whether `atom` is data of the user's that is an argument, or borrows from one.
    fn is_borrowed(&self, atom: &Atom) -> bool {
        let is_param = |var: VarId| self.func.params.iter().any(|param| param.var == var);
        self.func.atom_kind(atom) == Kind::Opaque
            && atom.var().is_some_and(|var| is_param(var) || self.made.contains(var))
    }

    /// Whether `call` is given such data, or is of a method of it.
    fn borrows(&self, call: &Call) -> bool {
        let of_data = match &call.callee {
            Callee::Method { receiver, .. } => {
                receiver.args.iter().filter_map(Operand::atom).any(|arg| self.is_borrowed(arg))
            }
            Callee::Path { .. } => false,
        };
        of_data
            || call.args.iter().any(|arg| match &arg.value {
                ArgValue::Scalar(atom) => self.is_borrowed(atom),
                ArgValue::Array(_)
                | ArgValue::ArrayMut(_)
                | ArgValue::ArrayByValue(_)
                | ArgValue::ScalarMut { .. }
                | ArgValue::ArrayGone
                | ArgValue::ScalarGone => false,
            })
    }
}

impl Visit for Kept<'_> {
    fn atom(&mut self, atom: &Atom) {
        self.found |= !self.primal && atom.var().is_some_and(|var| self.made.contains(var));
    }

    fn array(&mut self, array: &VarId, _: Touch) {
        self.atom(&Atom::Var(*array));
    }

    fn def(&mut self, var: &VarId) {
        if self.primal && *self.func.kind(*var) == Kind::Opaque {
            self.made.insert(*var);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        // What becomes a real number is a number of the user's, which borrows nothing.
        if matches!(stmt, Stmt::Let { op: Op::ToReal(_), .. }) {
            return;
        }
        visit_stmt(self, stmt);
        if let Stmt::Push { values, .. } = stmt {
            self.found |= values.iter().any(|value| match value {
                Operand::Atom(atom) => atom.var().is_some_and(|var| self.made.contains(var)),
                Operand::Array(_) => false,
            });
        } else if let Stmt::Call(call) = stmt
            && self.borrows(call)
        {
            let left = call.results.iter().filter(|var| *self.func.kind(**var) == Kind::Pullback);
            self.made.extend(left.copied());
        }
    }
}
