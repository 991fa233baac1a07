//! The entries of a function for callers of it that are differentiated (the table is in `call`).

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::companion::{Member, Owner, Tangents, entry_name, mark_name};
use super::control::Target;
use super::item::{Home, Item};
use super::layout::{Layout, question, rebuild, rebuild_dots, wrap, wrap_type};
use super::{Emit, Guard};
use crate::front::{Passing, Shape};
use crate::ir::{Atom, Func, Kind, Role, VarId, What};

/// What callers need of a function.
pub(crate) struct Calls {
    pub(crate) tangent: Func,
    pub(crate) reverse: Sweeps,
}

/// How the reverse sweep of a called function gets the values of its primal sweep.
pub(crate) enum Sweeps {
    /// It computes them once more.
    Again { pull: Func, pull_tangent: Func },
    /// The forward sweep keeps them: one function with a [`crate::ir::Stmt::Turn`], and its tangent. What runs `once` must not run
    /// again at all.
    Kept { both: Func, both_tangent: Func, once: bool },
}

impl Item<'_> {
    pub(super) fn entries(&self, calls: &Calls) -> Vec<TokenStream> {
        let accepts = (self.home != Home::Impl).then(|| self.accepts_entry());
        accepts.into_iter().chain(self.mark()).chain(self.derived_entries(calls)).collect()
    }

    /// What stands for an entry that cannot be: only functions beside this one, which inline it, can call it.
    fn absent_entry(&self, member: Member) -> TokenStream {
        let (name, visibility) = (self.entry(member), &self.signature.visibility);
        let private = self.env.private();
        quote! {
            #[doc(hidden)]
            #[allow(dead_code, non_upper_case_globals)]
            #visibility const #name: #private::OnlyInlinedIntoFunctionsBesideIt = #private::OnlyInlinedIntoFunctionsBesideIt;
        }
    }

    /// Asks only whether the active arguments are where the function takes them.
    fn accepts_entry(&self) -> TokenStream {
        let (markers, name) = (self.markers(true), self.entry(Member::Accepts));
        let generics = if markers.is_empty() { TokenStream::new() } else { quote!(<#(#markers),*>) };
        let types = (0..markers.len()).map(|index| self.marker_type(index));
        let visibility = &self.signature.visibility;
        quote!(#[doc(hidden)] #[allow(dead_code)] #visibility fn #name #generics (#(_: #types),*) {})
    }

    fn derived_entries(&self, calls: &Calls) -> Vec<TokenStream> {
        let mut entries = vec![self.tangent_entry(&calls.tangent)];
        match &calls.reverse {
            Sweeps::Again { pull, pull_tangent } => entries.extend([
                self.forward_entry(),
                self.forward_tangent_entry(),
                self.pull_entry(pull, Member::Pull),
                self.pull_entry(pull_tangent, Member::PullTangent),
            ]),
            Sweeps::Kept { both, .. } if self.keeps_parts_of_its_own(both) => {
                let absent = [Member::Forward, Member::ForwardTangent, Member::Pull, Member::PullTangent];
                entries.extend(absent.map(|member| self.absent_entry(member)));
            }
            Sweeps::Kept { both, both_tangent, once } => {
                entries.extend(self.split_entries(both, Tangents::Without, *once));
                entries.extend(self.split_entries(both_tangent, Tangents::With, *once));
            }
        }
        entries
    }

    pub(super) fn entry(&self, entry: Member) -> Ident {
        let name = &self.signature.item.ident;
        let owner = match (&self.home, &self.signature.receiver) {
            (Home::Companion(_) | Home::Beside, _) => Owner::Companion,
            (Home::Impl, Some(_)) => Owner::Method(name),
            (Home::Impl, None) => Owner::Type(name),
        };
        entry_name(entry, owner, self.span())
    }

    /// What stands before the entries of a method in a call.
    fn mark(&self) -> Option<TokenStream> {
        let receiver = self.signature.receiver.as_ref().filter(|_| self.home == Home::Impl)?;
        let (name, visibility) =
            (mark_name(&self.signature.item.ident, self.span()), &self.signature.visibility);
        let (receiver, ty) = match &receiver.kind {
            syn::ReceiverKind::Value => (quote!(self), quote!(Self)),
            syn::ReceiverKind::Reference(and, _, mutable) => {
                (quote!(#and #mutable self), quote!(#and #mutable Self))
            }
            syn::ReceiverKind::Typed(_, ty) => (quote!(#receiver), quote!(#ty)),
            _ => return None,
        };
        let lifetimes = matches!(
            &self.signature.receiver,
            Some(syn::Receiver { kind: syn::ReceiverKind::Typed(..), .. })
        )
        .then(|| self.signature.item.generics.lifetimes());
        let lifetimes = lifetimes.into_iter().flatten();
        Some(quote! {
            #[doc(hidden)]
            #[allow(dead_code, clippy::all, clippy::pedantic)]
            #[inline]
            #visibility fn #name<#(#lifetimes),*>(#receiver) -> #ty { self }
        })
    }

    /// Declares an entry. Its value is as complex as the function's own.
    pub(super) fn declare_entry(
        &self,
        entry: Member,
        params: &[TokenStream],
        output: &TokenStream,
        body: &TokenStream,
    ) -> TokenStream {
        self.declare_entry_keeping(None, entry, params, output, body)
    }

    /// The same of an entry whose result borrows from passive arguments.
    pub(super) fn declare_entry_keeping(
        &self,
        kept: Option<&syn::Lifetime>,
        entry: Member,
        params: &[TokenStream],
        output: &TokenStream,
        body: &TokenStream,
    ) -> TokenStream {
        let markers = match (entry, &self.home) {
            (Member::Forward, _) => Vec::new(),
            // Callers of a method cannot name its type to ask beforehand.
            (_, Home::Impl) => self.markers(true),
            (_, Home::Companion(_) | Home::Beside) => self.markers(false),
        };
        let bounds = kept.map_or_else(Vec::new, |kept| self.kept_bounds(kept));
        let receiver = if kept.is_some() { self.kept_receiver() } else { self.receiver() };
        let (generics, where_clause) = self.generics_with(entry.tangents(), kept, &markers, &bounds);
        let (name, visibility) = (self.entry(entry), &self.signature.visibility);
        let output = wrap_type(&self.signature.wrapper, output);
        quote! {
            #[doc(hidden)]
            #[allow(dead_code, unused_imports, unused_parens, clippy::all, clippy::pedantic)]
            #visibility fn #name #generics (#receiver #(#params),*) -> #output #where_clause { #body }
        }
    }

    /// A type parameter for each parameter of the user's: whether the argument is active.
    fn markers(&self, strict: bool) -> Vec<TokenStream> {
        let private = self.env.private();
        let params = self.signature.params.iter().enumerate();
        params
            .map(|(index, param)| {
                let bound =
                    if strict && !param.differentiated { quote!(HeldPassive) } else { quote!(Activity) };
                let marker = self.marker_type(index);
                quote!(#marker: #private::#bound)
            })
            .collect()
    }

    pub(super) fn marker_type(&self, index: usize) -> Ident {
        format_ident!("{}{index}", self.env.marker, span = self.span())
    }

    pub(super) fn marker_name(&self, index: usize) -> Ident {
        self.param_name(index, "_activity")
    }

    pub(super) fn guards(
        &self,
        func: &Func,
        is_safe: impl Fn(&Role, &Shape, Passing) -> bool,
    ) -> BTreeMap<VarId, Guard> {
        let mut guards = BTreeMap::new();
        for param in func.params.iter().filter(|param| param.role.bar || param.role.dot) {
            let What::Param(index) = param.role.what else {
                continue;
            };
            let user = &self.signature.params[index];
            if !is_safe(&param.role, &user.shape, user.passing) {
                guards
                    .insert(param.var, Guard { ty: self.marker_type(index), value: self.marker_name(index) });
            }
        }
        guards
    }

    /// `name: ty` of a parameter of the derived function, or `_: ty` where it has none.
    pub(super) fn slot(&self, emit: &Emit<'_>, role: Role, ty: &TokenStream) -> TokenStream {
        let name = self.slot_name(emit, role);
        quote!(#name: #ty)
    }

    pub(super) fn slot_name(&self, emit: &Emit<'_>, role: Role) -> TokenStream {
        match emit.func.params.iter().find(|param| param.role == role) {
            Some(param) => {
                let name = self.reference_name(role).unwrap_or_else(|| emit.name(param.var).clone());
                quote!(#name)
            }
            None => quote!(_),
        }
    }

    /// The type in which an argument's tangent arrives.
    pub(super) fn dot_slot(&self, index: usize) -> TokenStream {
        let (param, tangent) = (&self.signature.params[index], self.env.tangent());
        if !param.shape.is_differentiable() {
            return quote!(());
        }
        let exclusive = (param.passing == Passing::RefMut).then(|| quote!(mut));
        match &param.shape {
            Shape::Slice(inner) | Shape::Array(inner, _) => {
                let inner = self.env.owned(inner, &tangent);
                quote!(& #exclusive [#inner])
            }
            Shape::Vec(inner) if exclusive.is_none() => {
                let inner = self.env.owned(inner, &tangent);
                quote!(&[#inner])
            }
            other => {
                let owned = self.env.owned(other, &tangent);
                if exclusive.is_some() { quote!(&mut #owned) } else { owned }
            }
        }
    }

    /// The type in which an argument's adjoint arrives, if it is no result.
    pub(super) fn bar_slot(&self, index: usize, scalar: &TokenStream) -> TokenStream {
        let param = &self.signature.params[index];
        match &param.shape {
            shape if !shape.is_differentiable() => quote!(()),
            Shape::Slice(inner) | Shape::Array(inner, _) | Shape::Vec(inner) => {
                let inner = self.env.owned(inner, scalar);
                quote!(&mut [#inner])
            }
            Shape::Real if param.passing == Passing::RefMut => scalar.clone(),
            Shape::Real | Shape::Tuple(_) | Shape::Int | Shape::Bool | Shape::Opaque(_) => quote!(()),
        }
    }

    fn tangent_entry(&self, func: &Func) -> TokenStream {
        let returned = |emit: &Emit<'_>, values: &[Atom]| self.pair_returned(func, emit, values);
        let fixed = |_: &Role, shape: &Shape, passing: Passing| {
            passing != Passing::RefMut && matches!(shape, Shape::Array(..))
        };
        let emit = Emit::new(func, self.source, &self.env, self.references(func, false), &returned)
            .with_guards(self.guards(func, fixed));
        let mut params = Vec::new();
        for (index, user) in self.signature.params.iter().enumerate() {
            let what = What::Param(index);
            let (marker, marker_type) = (self.marker_name(index), self.marker_type(index));
            params.push(quote!(#marker: #marker_type));
            let ty = &user.ty;
            params.push(self.slot(&emit, Role::primal(what), &quote!(#ty)));
            params.push(self.slot(&emit, Role { what, bar: false, dot: true }, &self.dot_slot(index)));
        }
        let (value, dot) = self.pair_types();
        let items = &self.source.items;
        let arrays = self.fixed_arrays(&emit);
        let entering = self.entering(&emit);
        let body = match self.given_tangent(&emit) {
            Some(given) => {
                let scratch = (0..self.signature.params.len())
                    .filter(|index| !matches!(self.signature.params[*index].shape, Shape::Array(..)))
                    .map(|index| self.scratch(&emit, index, false, true));
                quote!(#(#scratch)* #given)
            }
            None => emit.block(&func.body, Target::Function),
        };
        let imports = emit.imports();
        let body = self.with_companions(func, quote!(#arrays #entering #body));
        let body = quote!(#(#items)* #imports #body);
        self.declare_entry(Member::Tangent, &params, &quote!((#value, #dot)), &body)
    }

    /// Tangents of arrays become arrays again: of a passive argument, zeros.
    pub(super) fn fixed_arrays(&self, emit: &Emit<'_>) -> TokenStream {
        let private = self.env.private();
        let mut tokens = TokenStream::new();
        for param in emit.func.params.iter().filter(|param| param.role.dot && !param.role.bar) {
            let What::Param(index) = param.role.what else {
                continue;
            };
            let user = &self.signature.params[index];
            if let (Shape::Array(_, len), true) = (&user.shape, user.passing != Passing::RefMut) {
                let (name, marker) = (emit.name(param.var), self.marker_type(index));
                let zeros = self.param_name(index, "_zeros");
                tokens.extend(quote! {
                    let #zeros;
                    let #name = if <#marker as #private::Activity>::ACTIVE {
                        #private::fixed::<_, { #len }>(#name)
                    } else {
                        #zeros = #private::zeros::<_, { #len }>();
                        &#zeros
                    };
                });
            }
        }
        tokens
    }

    /// The types of the result and of its tangent.
    pub(super) fn pair_types(&self) -> (TokenStream, TokenStream) {
        let (env, signature) = (&self.env, &self.signature);
        (signature.value_type(), env.tangent_of(&signature.result, &env.tangent()))
    }

    fn pair_returned(&self, func: &Func, emit: &Emit<'_>, values: &[Atom]) -> TokenStream {
        let layout = Layout::of(func);
        let shape = &self.signature.result;
        let part = |index: &usize, kind| emit.returned_atom(&values[*index], kind);
        let value = rebuild(shape, &mut layout.value.iter().map(|index| part(index, &Kind::Real)));
        let dot = rebuild_dots(shape, &mut layout.value_dot.iter().map(|index| part(index, &Kind::Tangent)));
        let leaving = self.leaving(func, emit, values);
        let value = wrap(&self.signature.wrapper, &quote!((#value, #dot)));
        quote!(#leaving #value)
    }

    /// What the reverse sweep needs of the arguments passed by `&mut`: their contents before the call. With `tangents`, the
    /// contents' tangents behind them.
    pub(super) fn state(&self, tangents: Tangents) -> Vec<StatePart> {
        let mut parts = Vec::new();
        let params = self.signature.params.iter().enumerate();
        for (index, param) in params.filter(|(_, param)| param.passing == Passing::RefMut) {
            let what = What::Param(index);
            parts.push(StatePart { index, role: Role::primal(what), name: self.param_name(index, "") });
            if tangents.come() && param.shape.is_differentiable() {
                let name = self.param_name(index, "_dot");
                parts.push(StatePart { index, role: Role { what, bar: false, dot: true }, name });
            }
        }
        parts
    }

    pub(super) fn state_type(&self, tangents: Tangents) -> TokenStream {
        let parts = self.state(tangents);
        let parts = parts.iter().map(|part| {
            let scalar = if part.role.dot { self.env.tangent() } else { self.env.real() };
            match &self.signature.params[part.index].shape {
                Shape::Array(inner, _) if part.role.dot => {
                    let inner = self.env.owned(inner, &scalar);
                    quote!(::std::vec::Vec<#inner>)
                }
                shape if shape.is_differentiable() => self.env.owned(shape, &scalar),
                _ => match &self.signature.params[part.index].ty {
                    syn::Type::Reference(reference) => {
                        let inner = &reference.elem;
                        quote!(<#inner as ::std::borrow::ToOwned>::Owned)
                    }
                    other => quote!(#other),
                },
            }
        });
        quote!((#(#parts,)*))
    }

    fn forward_entry(&self) -> TokenStream {
        let params = self.user_params();
        let copies = self
            .state(Tangents::Without)
            .into_iter()
            .map(|StatePart { name, .. }| quote!(::std::borrow::ToOwned::to_owned(&*#name)));
        let state = self.state_type(Tangents::Without);
        let (value, _) = self.pair_types();
        let (function, this) = (self.function_path(), self.self_arg());
        let args = (0..self.signature.params.len()).map(|index| self.param_name(index, ""));
        let question = question(&self.signature.wrapper);
        let returned = wrap(&self.signature.wrapper, &quote!((value, state)));
        let body = quote! {
            let state = (#(#copies,)*);
            let value = #function(#this #(#args),*) #question;
            #returned
        };
        self.declare_entry(Member::Forward, &params, &quote!((#value, #state)), &body)
    }

    fn forward_tangent_entry(&self) -> TokenStream {
        let (mut params, mut args) = (Vec::new(), Vec::new());
        for (index, user) in self.signature.params.iter().enumerate() {
            let (marker, marker_type) = (self.marker_name(index), self.marker_type(index));
            let (name, dot, ty) = (self.param_name(index, ""), self.param_name(index, "_dot"), &user.ty);
            let dot_type = self.dot_slot(index);
            params.extend([quote!(#marker: #marker_type), quote!(#name: #ty), quote!(#dot: #dot_type)]);
            args.extend([quote!(#marker), quote!(#name), quote!(#dot)]);
        }
        let copies = self
            .state(Tangents::With)
            .into_iter()
            .map(|StatePart { name, .. }| quote!(::std::borrow::ToOwned::to_owned(&*#name)));
        let state = self.state_type(Tangents::With);
        let (value, dot) = self.pair_types();
        let (entry, this) = (self.hidden_path(&self.entry(Member::Tangent)), self.self_arg());
        let question = question(&self.signature.wrapper);
        let returned = wrap(&self.signature.wrapper, &quote!((value, value_dot, state)));
        let own = self.signature.type_arguments();
        let (tangent, markers) = (self.env.tangent(), self.markers(false).into_iter().map(|_| quote!(_)));
        let body = quote! {
            let state = (#(#copies,)*);
            let (value, value_dot) = #entry::<#(#own,)* #tangent #(, #markers)*>(#this #(#args),*) #question;
            #returned
        };
        self.declare_entry(Member::ForwardTangent, &params, &quote!((#value, #dot, #state)), &body)
    }
}

/// Something that the state holds: the contents of a `&mut` parameter, or their tangent.
pub(super) struct StatePart {
    pub(super) index: usize,
    pub(super) role: Role,
    pub(super) name: Ident,
}
