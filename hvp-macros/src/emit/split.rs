//! Entries of a function whose reverse sweep runs later: its forward sweep returns it as a closure.
//!
//! `fn forward(x: &[f64]) -> (f64, Box<dyn FnOnce(&[f64], &mut [f64], f64)>) { primal sweep; (value, Box::new(move |x, x_bar, y_bar| { reverse sweep })) }`
//!
//! The closure owns what the primal sweep recorded; the arguments come once more. It takes tangents and adjoints of all
//! arguments: the passive ones get zeros to read from and scratch to write to, once for a whole recursion.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::Emit;
use super::companion::{Member, Tangents};
use super::item::Item;
use super::layout::{Layout, rebuild, rebuild_dots, wrap, wrap_type};
use super::lifetimes::kept_type;
use crate::front::{Passing, Shape, SigParam};
use crate::ir::{Atom, Func, Kind, Role, Stmt, Term, What};

impl Item<'_> {
    /// `forward` and `pull`, or with `tangents` their tangents. `func` is the reverse of the function, split.
    pub(super) fn split_entries(&self, func: &Func, tangents: Tangents, once: bool) -> [TokenStream; 2] {
        let returned = |_: &Emit<'_>, _: &[Atom]| TokenStream::new();
        let emit = Emit::new(func, self.source, &self.env, self.references(func, true), &returned);
        [self.split_forward(func, &emit, tangents, once), self.split_pull(tangents, once)]
    }

    fn split_forward(&self, func: &Func, emit: &Emit<'_>, tangents: Tangents, once: bool) -> TokenStream {
        let (mut params, mut zeros) = (Vec::new(), TokenStream::new());
        let kept = self.kept(func);
        let type_of = |user: &SigParam| match &kept {
            Some(_) => kept_type(user),
            None => user.ty.to_token_stream(),
        };
        for (index, user) in self.signature.params.iter().enumerate() {
            let what = What::Param(index);
            let value = self.slot(emit, Role::primal(what), &type_of(user));
            if tangents.come() {
                let (marker, marker_type) = (self.marker_name(index), self.marker_type(index));
                let dot = self.slot(emit, Role { what, bar: false, dot: true }, &self.dot_slot(index));
                params.extend([quote!(#marker: #marker_type), value, dot]);
                zeros.extend(self.scratch(emit, index, false, true));
            } else {
                params.push(value);
            }
        }
        let turn = func.body.stmts.iter().position(|stmt| matches!(stmt, Stmt::Turn)).unwrap_or(0);
        let (before, after) = func.body.stmts.split_at(turn);
        let values: &[Atom] = match &func.body.term {
            Term::Return(values) => values,
            Term::Yield(_)
            | Term::Continue(..)
            | Term::Break(..)
            | Term::Branch(_)
            | Term::Escape(_)
            | Term::Panic(_) => &[],
        };
        let arrays = if tangents.come() { self.arrays_again(emit) } else { TokenStream::new() };
        let term = &func.body.term;
        let (primal, reverse) = (emit.stmts(before, after, term), emit.stmts(after, &[], term));
        let pulled = self.pulled(func, emit, values, tangents);
        let leaving = self.leaving(func, emit, values);
        let value = self.forward_value(func, emit, values, tangents, &quote!(#leaving #reverse #pulled));
        let closure_params = self.closure_params(emit, tangents);
        let output = wrap_type(&self.signature.wrapper, &self.pulled_type(tangents));
        let items = &self.source.items;
        let names = if tangents.come() { quote!(value, value_dot) } else { quote!(value) };
        let pattern = if tangents.come() { quote!((value, value_dot)) } else { quote!(value) };
        let pullback = self.once(once, quote!(::std::boxed::Box::new(pullback)));
        let returned = wrap(&self.signature.wrapper, &quote!((#names, #pullback)));
        let (borrowed, entering) = (self.borrowed(emit), self.entering(emit));
        let body = quote! {
            #borrowed
            #entering
            #zeros
            #arrays
            #primal
            let #pattern = #value;
            #leaving
            let pullback = move |#(#closure_params),*| -> #output { #arrays #reverse #pulled };
            #returned
        };
        let body = self.with_companions(func, body);
        let body = quote!(#(#items)* #body);
        let state = self.closure_or_once(tangents, kept.as_ref(), once);
        let (value_type, dot_type) = self.pair_types();
        let output = if tangents.come() {
            quote!((#value_type, #dot_type, #state))
        } else {
            quote!((#value_type, #state))
        };
        let entry = if tangents.come() { Member::ForwardTangent } else { Member::Forward };
        self.declare_entry_keeping(kept.as_ref(), entry, &params, &output, &body)
    }

    /// Memory that is passed by value is borrowed at once, as the reverse sweep gets it.
    fn borrowed(&self, emit: &Emit<'_>) -> TokenStream {
        let mut tokens = TokenStream::new();
        for param in &emit.func.params {
            let What::Param(index) = param.role.what else { continue };
            let user = &self.signature.params[index];
            if user.passing == Passing::Value && param.role == Role::primal(param.role.what) {
                let name = emit.name(param.var);
                match user.shape {
                    Shape::Array(..) => tokens.extend(quote!(let #name = &#name;)),
                    Shape::Vec(_) if user.shape.kind().is_array() => {
                        tokens.extend(quote!(let #name = &#name[..];));
                    }
                    Shape::Vec(_)
                    | Shape::Real
                    | Shape::Int
                    | Shape::Bool
                    | Shape::Slice(_)
                    | Shape::Tuple(_)
                    | Shape::Opaque(_) => {}
                }
            }
        }
        tokens
    }

    /// The value, and with `tangents` its tangent behind a comma. What is used `behind` too is copied.
    fn forward_value(
        &self,
        func: &Func,
        emit: &Emit<'_>,
        values: &[Atom],
        tangents: Tangents,
        behind: &TokenStream,
    ) -> TokenStream {
        let layout = Layout::of(func);
        let part = |index: &usize, kind: &Kind| {
            let value = emit.returned_atom(&values[*index], kind);
            let is_used = |var| super::env::mentions(behind, &emit.name(var).to_string());
            let is_used = values[*index].var().is_some_and(is_used);
            if is_used { quote!(#value.clone()) } else { quote!(#value) }
        };
        let shape = &self.signature.result;
        let value = rebuild(shape, &mut layout.value.iter().map(|index| part(index, &Kind::Real)));
        if !tangents.come() {
            return value;
        }
        let dot = rebuild_dots(shape, &mut layout.value_dot.iter().map(|index| part(index, &Kind::Tangent)));
        quote!((#value, #dot))
    }

    fn closure_params(&self, emit: &Emit<'_>, tangents: Tangents) -> Vec<TokenStream> {
        let mut params = Vec::new();
        for (index, user) in self.signature.params.iter().enumerate() {
            let what = What::Param(index);
            if user.passing != Passing::RefMut {
                params.push(self.slot(emit, Role::primal(what), &self.value_again(index)));
                if tangents.come() {
                    params.push(self.slot(emit, Role { what, bar: false, dot: true }, &self.dot_slot(index)));
                }
            }
            params.push(self.slot(
                emit,
                Role { what, bar: true, dot: false },
                &self.bar_slot(index, &self.env.real()),
            ));
            if tangents.come() {
                let bar = self.bar_slot(index, &self.env.tangent());
                params.push(self.slot(emit, Role { what, bar: true, dot: true }, &bar));
            }
        }
        self.seed_params(emit, tangents, &mut params);
        params
    }

    /// The type of the closure: its parameters are those of [`Self::closure_params`], without names.
    /// The arguments that it keeps parts of live as long as `kept`.
    fn closure_type(&self, tangents: Tangents, kept: Option<&syn::Lifetime>) -> TokenStream {
        let mut types = Vec::new();
        for (index, user) in self.signature.params.iter().enumerate() {
            if user.passing != Passing::RefMut {
                types.push(self.value_again(index));
                types.extend(tangents.come().then(|| self.dot_slot(index)));
            }
            types.push(self.bar_slot(index, &self.env.real()));
            types.extend(tangents.come().then(|| self.bar_slot(index, &self.env.tangent())));
        }
        types.extend(self.seed_types(tangents));
        let output = wrap_type(&self.signature.wrapper, &self.pulled_type(tangents));
        let kept = kept.map(|lifetime| quote!(+ #lifetime));
        quote!(::std::boxed::Box<dyn ::core::ops::FnOnce(#(#types),*) -> #output #kept>)
    }

    /// The same of the state, which says whether the function must not run again.
    fn closure_or_once(&self, tangents: Tangents, kept: Option<&syn::Lifetime>, once: bool) -> TokenStream {
        let (private, closure) = (self.env.private(), self.closure_type(tangents, kept));
        if once { quote!(#private::Once<#closure>) } else { closure }
    }

    fn once(&self, once: bool, state: TokenStream) -> TokenStream {
        let private = self.env.private();
        if once { quote!(#private::Once(#state)) } else { state }
    }

    fn split_pull(&self, tangents: Tangents, once: bool) -> TokenStream {
        let state = self.closure_or_once(tangents, Some(&syn::parse_quote!('_)), once);
        let mut params = vec![quote!(state: #state)];
        let (mut args, mut scratch) = (Vec::new(), TokenStream::new());
        for (index, user) in self.signature.params.iter().enumerate() {
            let (marker, marker_type) = (self.marker_name(index), self.marker_type(index));
            params.push(quote!(#marker: #marker_type));
            let mut take = |suffix: &str, ty: TokenStream| {
                let name = self.param_name(index, suffix);
                params.push(quote!(#name: #ty));
                args.push(quote!(#name));
            };
            if user.passing != Passing::RefMut {
                take("", self.lent_type(index));
                if tangents.come() {
                    take("_dot", self.dot_slot(index));
                }
            }
            take("_bar", self.bar_slot(index, &self.env.real()));
            if tangents.come() {
                take("_bar_dot", self.bar_slot(index, &self.env.tangent()));
            }
            scratch.extend(self.scratch_named(index, tangents));
        }
        for (number, ty) in self.seed_types(tangents).into_iter().enumerate() {
            let name = quote::format_ident!("seed_{number}", span = proc_macro2::Span::mixed_site());
            params.push(quote!(#name: #ty));
            args.push(quote!(#name));
        }
        let entry = if tangents.come() { Member::PullTangent } else { Member::Pull };
        let lent = self.lent(|index| Some(self.param_name(index, "")));
        let closure = if once { quote!((state.0)) } else { quote!(state) };
        let body = quote!(#lent #scratch #closure(#(#args),*));
        self.declare_entry(entry, &params, &self.pulled_type(tangents), &body)
    }

    /// Zeros in place of the tangent of a passive array.
    pub(super) fn scratch(&self, emit: &Emit<'_>, index: usize, bar: bool, dot: bool) -> TokenStream {
        let user = &self.signature.params[index];
        let what = What::Param(index);
        let found = emit.func.params.iter().find(|param| param.role == Role { what, bar, dot });
        let primal = emit.func.params.iter().find(|param| param.role == Role::primal(what));
        match (found, primal) {
            (Some(found), Some(primal)) if is_scratch(user) => {
                let (name, model) = (emit.name(found.var), emit.name(primal.var));
                let zeros = self.param_name(index, "_zeros");
                let (private, marker) = (self.env.private(), self.marker_type(index));
                let scalar = self.env.tangent();
                quote! {
                    let #zeros;
                    let #name = if <#marker as #private::Activity>::ACTIVE {
                        #name
                    } else {
                        #zeros = #private::zeros_like::<#scalar, _>(&#model[..]);
                        &#zeros[..]
                    };
                }
            }
            _ => TokenStream::new(),
        }
    }

    /// The same for what a pullback reads and writes.
    fn scratch_named(&self, index: usize, tangents: Tangents) -> TokenStream {
        let user = &self.signature.params[index];
        if !is_scratch(user) {
            return TokenStream::new();
        }
        let (private, marker, model) =
            (self.env.private(), self.marker_type(index), self.param_name(index, ""));
        let (real, dots) = (self.env.real(), self.env.tangent());
        let one = |suffix: &str, scalar: &TokenStream, shared: bool| {
            let (name, own) =
                (self.param_name(index, suffix), self.param_name(index, &format!("{suffix}_scratch")));
            let (keep, borrow) = if shared {
                (quote!(let #own), quote!(&#own[..]))
            } else {
                (quote!(let mut #own), quote!(&mut #own[..]))
            };
            quote! {
                #keep;
                let #name = if <#marker as #private::Activity>::ACTIVE {
                    #name
                } else {
                    #own = #private::zeros_like::<#scalar, _>(&#model[..]);
                    #borrow
                };
            }
        };
        let mut tokens = one("_bar", &real, false);
        if tangents.come() {
            tokens.extend(one("_dot", &dots, true));
            tokens.extend(one("_bar_dot", &dots, false));
        }
        tokens
    }

    /// Tangents of arrays become arrays again.
    fn arrays_again(&self, emit: &Emit<'_>) -> TokenStream {
        let private = self.env.private();
        let dots = emit.func.params.iter().filter(|param| param.role.dot && !param.role.bar);
        let dots = dots.filter_map(|param| match param.role.what {
            What::Param(index) => Some((param, &self.signature.params[index])),
            What::Result(_) | What::Record(_) => None,
        });
        dots.filter_map(|(param, user)| match &user.shape {
            Shape::Array(_, len) if user.passing != Passing::RefMut => {
                let name = emit.name(param.var);
                Some(quote!(let #name = #private::fixed::<_, { #len }>(#name);))
            }
            _ => None,
        })
        .collect()
    }
}

/// Whether an argument may be passive memory.
fn is_scratch(user: &SigParam) -> bool {
    let memory =
        matches!(user.shape, Shape::Slice(_) | Shape::Array(..) | Shape::Vec(_)) && user.shape.is_real();
    memory && user.differentiated && user.passing != Passing::RefMut
}
