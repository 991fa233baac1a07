//! The entry of a function that runs its reverse sweep for a caller.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::Emit;
use super::companion::{Member, Tangents};
use super::control::Target;
use super::item::Item;
use super::layout::{Layout, rebuild, tuple, wrap};
use super::lifetimes::leave_out_lifetimes;
use crate::front::{Passing, Shape};
use crate::ir::{Atom, Func, Kind, Role, What};

impl Item<'_> {
    pub(super) fn pull_entry(&self, func: &Func, entry: Member) -> TokenStream {
        let tangents = entry.tangents();
        let returned = |emit: &Emit<'_>, values: &[Atom]| self.pulled(func, emit, values, tangents);
        let fixed = |role: &Role, shape: &Shape, passing: Passing| {
            !role.bar && (passing == Passing::RefMut || matches!(shape, Shape::Array(..)))
        };
        let emit = Emit::new(func, self.source, &self.env, self.references(func, true), &returned)
            .with_guards(self.guards(func, fixed));
        let state_type = self.state_type(tangents);
        let mut params = vec![quote!(state: #state_type)];
        for index in 0..self.signature.params.len() {
            self.pull_params(&emit, index, tangents, &mut params);
        }
        self.seed_params(&emit, tangents, &mut params);
        let (mut state, mut borrowed) = (Vec::new(), Vec::new());
        for part in self.state(tangents) {
            let Some(param) = func.params.iter().find(|param| param.role == part.role) else {
                state.push(quote!(_));
                continue;
            };
            let name = emit.name(param.var);
            state.push(quote!(mut #name));
            if emit.references.contains(param.var) {
                borrowed.push(quote!(let #name = &mut #name;));
            }
        }
        let items = &self.source.items;
        let lent = self.lent(|index| {
            let role = Role::primal(What::Param(index));
            func.params.iter().find(|param| param.role == role).map(|param| emit.name(param.var).clone())
        });
        let arrays = self.fixed_arrays(&emit);
        let (given, entering) = (self.given_arguments(&emit), self.entering_shared(&emit));
        let body = emit.block(&func.body, Target::Function);
        let output = self.pulled_type(tangents);
        let imports = emit.imports();
        let body = self.with_companions(
            func,
            quote!(let (#(#state,)*) = state; #(#borrowed)* #lent #arrays #entering #given #body),
        );
        let body = quote!(#(#items)* #imports #body);
        self.declare_entry(entry, &params, &output, &body)
    }

    fn pull_params(&self, emit: &Emit<'_>, index: usize, tangents: Tangents, params: &mut Vec<TokenStream>) {
        let (user, what) = (&self.signature.params[index], What::Param(index));
        let (marker, marker_type) = (self.marker_name(index), self.marker_type(index));
        params.push(quote!(#marker: #marker_type));
        if user.passing != Passing::RefMut {
            params.push(self.slot(emit, Role::primal(what), &self.lent_type(index)));
            if tangents.come() {
                params.push(self.slot(emit, Role { what, bar: false, dot: true }, &self.dot_slot(index)));
            }
        }
        let bar = self.bar_slot(index, &self.env.real());
        params.push(self.slot(emit, Role { what, bar: true, dot: false }, &bar));
        if tangents.come() {
            let bar = self.bar_slot(index, &self.env.tangent());
            params.push(self.slot(emit, Role { what, bar: true, dot: true }, &bar));
        }
    }

    /// Memory that was passed by value is passed again by reference.
    fn passed_again(&self, index: usize) -> TokenStream {
        self.again(index, &self.signature.params[index].ty)
    }

    /// The same to a closure, where any reference may be a shorter one than before.
    pub(super) fn value_again(&self, index: usize) -> TokenStream {
        let mut ty = self.signature.params[index].ty.clone();
        leave_out_lifetimes(&mut ty);
        self.again(index, &ty)
    }

    fn again(&self, index: usize, ty: &syn::Type) -> TokenStream {
        let user = &self.signature.params[index];
        match (&user.shape, user.passing) {
            (Shape::Array(..), Passing::Value) => quote!(&#ty),
            (Shape::Vec(_), Passing::Value) if user.shape.kind().is_array() => {
                quote!(&<#ty as ::core::ops::Deref>::Target)
            }
            _ => quote!(#ty),
        }
    }

    /// What takes either: a caller that passes data of which it does not know that it is an array passes it by value.
    pub(super) fn lent_type(&self, index: usize) -> TokenStream {
        match self.lender(index) {
            Some((lender, _)) => quote!(impl #lender),
            None => self.passed_again(index),
        }
    }

    /// The trait by which memory that was passed by value is lent, and its method.
    fn lender(&self, index: usize) -> Option<(TokenStream, TokenStream)> {
        let user = &self.signature.params[index];
        let ty = &user.ty;
        match (&user.shape, user.passing) {
            (Shape::Array(..), Passing::Value) => {
                Some((quote!(::core::borrow::Borrow<#ty>), quote!(::core::borrow::Borrow::borrow)))
            }
            (Shape::Vec(_), Passing::Value) if user.shape.kind().is_array() => {
                let slice = quote!(<#ty as ::core::ops::Deref>::Target);
                Some((quote!(::core::convert::AsRef<#slice>), quote!(::core::convert::AsRef::as_ref)))
            }
            _ => None,
        }
    }

    /// `let p: &[f64; 3] = Borrow::borrow(&p);` for each parameter with a name.
    pub(super) fn lent(&self, name: impl Fn(usize) -> Option<Ident>) -> TokenStream {
        let lets = (0..self.signature.params.len()).filter_map(|index| {
            let ((_, method), name, ty) = (self.lender(index)?, name(index)?, self.passed_again(index));
            Some(quote!(let #name: #ty = #method(&#name);))
        });
        lets.collect()
    }

    pub(super) fn seed_params(&self, emit: &Emit<'_>, tangents: Tangents, params: &mut Vec<TokenStream>) {
        let types = self.seed_types(tangents);
        for (dot, ty) in [false, true].into_iter().zip(types) {
            let name = |index| self.slot_name(emit, Role { what: What::Result(index), bar: true, dot });
            let names: Vec<TokenStream> = (0..self.components()).map(name).collect();
            let pattern = tuple(&names);
            params.push(quote!(#pattern: #ty));
        }
    }

    fn seed_type(&self, index: usize, scalar: &TokenStream) -> TokenStream {
        match self.component(index) {
            component if !component.is_real() => scalar.clone(),
            Shape::Array(inner, _) | Shape::Vec(inner) | Shape::Slice(inner) => {
                let inner = self.env.owned(inner, scalar);
                quote!(&[#inner])
            }
            other => self.env.owned(other, scalar),
        }
    }

    /// The type of the adjoints of the results, all in one argument, and of their tangents.
    pub(super) fn seed_types(&self, tangents: Tangents) -> Vec<TokenStream> {
        let scalars = std::iter::once(self.env.real()).chain(tangents.come().then(|| self.env.tangent()));
        let seeds = |scalar: TokenStream| {
            let types: Vec<TokenStream> =
                (0..self.components()).map(|index| self.seed_type(index, &scalar)).collect();
            tuple(&types)
        };
        scalars.map(seeds).collect()
    }

    /// The adjoint of each parameter that is a scalar or a tuple; nothing for others.
    pub(super) fn pulled_type(&self, tangents: Tangents) -> TokenStream {
        let parts = self.signature.params.iter().map(|param| match &param.shape {
            shape @ (Shape::Real | Shape::Tuple(_)) if shape.is_differentiable() => {
                let (bar, dot) =
                    (self.env.owned(shape, &self.env.real()), self.env.owned(shape, &self.env.tangent()));
                if tangents.come() { quote!((#bar, #dot)) } else { bar }
            }
            _ => quote!(()),
        });
        quote!((#(#parts,)*))
    }

    pub(super) fn pulled(
        &self,
        func: &Func,
        emit: &Emit<'_>,
        values: &[Atom],
        tangents: Tangents,
    ) -> TokenStream {
        let layout = Layout::of(func);
        let group = |index: usize, shape: &Shape, dot: bool| {
            let kind = if dot { Kind::Tangent } else { Kind::Real };
            match layout.bars.iter().find(|bar| bar.param == index && bar.dot == dot) {
                Some(bar) => {
                    let mut parts = bar.parts.iter().map(|part| emit.returned_atom(&values[*part], &kind));
                    rebuild(shape, &mut parts)
                }
                None => emit.nothing(),
            }
        };
        let parts = self.signature.params.iter().enumerate().map(|(index, param)| match &param.shape {
            shape @ (Shape::Real | Shape::Tuple(_)) if shape.is_differentiable() => {
                let (bar, dot) = (group(index, shape, false), group(index, shape, true));
                if tangents.come() { quote!((#bar, #dot)) } else { bar }
            }
            _ => quote!(()),
        });
        wrap(&self.signature.wrapper, &quote!((#(#parts,)*)))
    }
}
