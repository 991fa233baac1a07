//! From the IR in value form to Rust.

mod alloc;
mod call;
mod companion;
mod control;
mod core;
mod dense;
mod docs;
mod entries;
mod env;
mod expr;
mod flat;
mod fragment;
mod given;
mod inline;
mod item;
mod jacobian;
mod layout;
mod lifetimes;
mod linear;
mod names;
mod objective;
mod op;
mod outlines;
mod own;
mod public;
mod pull;
mod reads;
mod results;
mod room;
mod split;
mod stmt;
#[cfg(test)]
mod tests;
mod webs;
mod windows;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use self::companion::{Member, Owner};
pub(crate) use self::entries::{Calls, Sweeps};
use self::env::Env;
use self::expr::{Expr, Prec};
use self::flat::Flat;
use self::item::{Home, Item};
use self::webs::Webs;
use self::windows::Windows;
use crate::analysis::outlines::Outlines;
use crate::attr::{Companion, Options};
use crate::derivative::{Core, Derivative};
use crate::front::Source;
use crate::ir::{Atom, Func, Kind, Op, VarId, VarMap, VarSet};
use crate::transform::linearize::Linear;

/// The functions derived from one of the user's.
pub(crate) struct Derived {
    /// The user's function itself.
    pub(crate) primal: Func,
    pub(crate) grad: Option<Func>,
    pub(crate) value_and_grad: Option<Func>,
    pub(crate) jvp: Option<Func>,
    pub(crate) hvp: Option<Func>,
    pub(crate) grad_and_hvp: Option<Func>,
    pub(crate) vjp: Option<Func>,
    /// The Jacobian by rows; without it, by columns.
    pub(crate) jacobian: Option<Func>,
    /// `hvp` in two parts, for objectives.
    pub(crate) linear: Option<Linear>,
    /// Without a companion there are no entries for callers.
    pub(crate) calls: Option<Calls>,
    /// The functions for users.
    pub(crate) public: Vec<Derivative>,
}

/// All that stands beside the user's function.
pub(crate) fn items(
    item: &syn::ItemFn,
    source: &Source,
    options: &Options,
    derived: &Derived,
) -> TokenStream {
    let cx = Item::new(item, source, options);
    let public = cx.public_functions(derived);
    let hidden = cx.hidden_functions(derived);
    let objective = cx.objective(derived);
    let (visibility, inherited) = (&item.vis, &cx.inherited);
    match &cx.home {
        Home::Companion(companion) => {
            let docs = format!(
                "What belongs to the function [`{companion}`](fn@{companion}) and callers of it need."
            );
            let docs = if objective.is_some() { quote!(#[doc = #docs]) } else { quote!(#[doc(hidden)]) };
            let unmarked = cx.all_unmarked(&derived.primal);
            let witness = options.witness.as_ref().map(|witness| {
                quote! {
                    #[doc(hidden)]
                    #[allow(dead_code, non_upper_case_globals)]
                    #visibility const #witness: () = ();
                }
            });
            let mut hidden = quote!(impl #companion { #objective #witness #(#hidden)* });
            if !unmarked.is_empty() {
                hidden = quote!(#[allow(unused_imports)] const _: () = { #unmarked #hidden };);
            }
            quote! {
                #public
                #(#inherited)*
                #docs
                #[allow(dead_code)]
                #visibility enum #companion {}
                #(#inherited)*
                #hidden
            }
        }
        Home::Impl | Home::Beside => {
            let hidden = hidden.iter().map(|function| quote!(#(#inherited)* #function));
            let objective = objective.map(|function| quote!(#(#inherited)* #function));
            quote!(#public #objective #(#hidden)*)
        }
    }
}

/// What stands beside a function that is only inlined into others, which ask for the name of its text. Whoever calls its derivatives
/// is told that there are none.
pub(crate) fn mark(item: &syn::ItemFn, options: &Options) -> TokenStream {
    let companion = match &options.companion {
        _ if item.sig.receiver().is_some() || options.associated => return TokenStream::new(),
        Companion::None => return TokenStream::new(),
        Companion::OwnName => &item.sig.ident,
        Companion::Named(name) => name,
    };
    let (visibility, witness) = (&item.vis, &options.witness);
    let cfgs: Vec<_> = item.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect();
    let krate = options.krate.clone().unwrap_or_else(|| syn::parse_quote!(::hvp));
    let absent = Derivative::ALL.map(|what| {
        let name = format_ident!("{}_{}", item.sig.ident, what.name(), span = item.sig.ident.span());
        quote! {
            #(#cfgs)*
            #[doc(hidden)]
            #[allow(dead_code, non_upper_case_globals)]
            #visibility const #name: #krate::__private::OnlyInlinedIntoItsCallers =
                #krate::__private::OnlyInlinedIntoItsCallers;
        }
    });
    let entries = Member::ALL.map(|entry| {
        let name = companion::entry_name(entry, Owner::Companion, item.sig.ident.span());
        quote! {
            #[doc(hidden)]
            #[allow(dead_code, non_upper_case_globals)]
            #visibility const #name: #krate::__private::OnlyInlinedIntoFunctionsBesideIt =
                #krate::__private::OnlyInlinedIntoFunctionsBesideIt;
        }
    });
    quote! {
        #(#absent)*
        #(#cfgs)*
        #[doc(hidden)]
        #[allow(dead_code, non_camel_case_types)]
        #visibility enum #companion {}
        #(#cfgs)*
        impl #companion {
            #[doc(hidden)]
            #[allow(dead_code, non_upper_case_globals)]
            #visibility const #witness: () = ();
            #(#entries)*
        }
    }
}

impl Item<'_> {
    fn public_functions(&self, derived: &Derived) -> TokenStream {
        let one = |what: &Derivative| {
            self.given_public(*what).or_else(|| match what {
                Derivative::Grad => derived.grad.as_ref().map(|func| self.grad(func)),
                Derivative::ValueAndGrad => {
                    derived.value_and_grad.as_ref().map(|func| self.value_and_grad(func))
                }
                Derivative::Jvp => derived.jvp.as_ref().map(|func| self.jvp(func)),
                Derivative::Hvp => derived.hvp.as_ref().map(|func| self.hvp(func)),
                Derivative::GradAndHvp => derived.grad_and_hvp.as_ref().map(|func| self.grad_and_hvp(func)),
                Derivative::Hessian => derived.hvp.as_ref().and_then(|func| self.hessian(func)),
                Derivative::Jacobian => self.jacobian(derived),
                Derivative::Vjp => derived.vjp.as_ref().map(|func| self.vjp(func, &derived.primal)),
            })
        };
        derived.public.iter().filter_map(one).collect()
    }

    fn hidden_functions(&self, derived: &Derived) -> Vec<TokenStream> {
        let cores = [
            (Derivative::Grad, &derived.grad),
            (Derivative::ValueAndGrad, &derived.value_and_grad),
            (Derivative::Jvp, &derived.jvp),
            (Derivative::Hvp, &derived.hvp),
            (Derivative::GradAndHvp, &derived.grad_and_hvp),
            (Derivative::Vjp, &derived.vjp),
            (Derivative::Jacobian, &derived.jacobian),
        ];
        let cores = cores.into_iter().filter_map(|(what, func)| Some((Core::Of(what), func.as_ref()?)));
        let parts = derived
            .linear
            .iter()
            .flat_map(|linear| [(Core::Record, &linear.record), (Core::Replay, &linear.replay)]);
        let mut hidden: Vec<TokenStream> =
            cores.chain(parts).map(|(core, func)| self.core(func, core)).collect();
        hidden.extend(self.questions(&derived.primal));
        hidden.extend(derived.calls.iter().flat_map(|calls| self.entries(calls)));
        hidden
    }
}

/// The body of one function on its way to tokens.
struct Emit<'a> {
    func: &'a Func,
    source: &'a Source,
    env: &'a Env,
    webs: Webs,
    /// Temporaries that are written where they are used.
    inlined: VarMap<Op>,
    names: VarMap<Ident>,
    /// How often each variable is used.
    uses: VarMap<usize>,
    /// Arrays that are references: parameters.
    references: VarSet,
    /// Tangents and adjoints of arguments that may be passive, with the type that says so.
    guards: BTreeMap<VarId, Guard>,
    windows: Windows,
    flat: Flat,
    /// Tapes whose records are plain numbers and conditions.
    plain_tapes: BTreeSet<VarId>,
    outlines: Outlines,
    /// How many loops stand around what is being written.
    depth: Cell<usize>,
    /// The traits whose methods have been called.
    traits: Traits,
    returned: &'a dyn Fn(&Emit<'_>, &[Atom]) -> TokenStream,
}

/// Traits that a module without a prelude does not have.
#[derive(Default)]
struct Traits {
    iterator: Cell<bool>,
    to_owned: Cell<bool>,
}

/// The marker of an argument: its type and the value.
#[derive(Clone, Debug)]
struct Guard {
    ty: Ident,
    value: Ident,
}

impl<'a> Emit<'a> {
    fn new(
        func: &'a Func,
        source: &'a Source,
        env: &'a Env,
        references: VarSet,
        returned: &'a dyn Fn(&Emit<'_>, &[Atom]) -> TokenStream,
    ) -> Emit<'a> {
        let webs = webs::find(func);
        let uses = inline::count(func);
        let inlined = inline::plan(func, source, &webs);
        let names = names::assign(func, source, &webs, &inlined, &BTreeMap::new());
        let (guards, traits) = (BTreeMap::new(), Traits::default());
        let (windows, flat, outlines) = (Windows::find(func), Flat::find(func), Outlines::find(func));
        Emit {
            func,
            source,
            env,
            webs,
            inlined,
            names,
            uses,
            references,
            guards,
            windows,
            flat,
            plain_tapes: flat::plain_tapes(func),
            outlines,
            depth: Cell::new(0),
            traits,
            returned,
        }
    }

    fn name(&self, var: VarId) -> &Ident {
        match self.names.get(self.webs.of(var)) {
            Some(name) => name,
            None => unreachable!("{var} of `{}` is used and not defined", self.func.name),
        }
    }

    /// `region.to_owned()`
    fn owned(&self, region: impl quote::ToTokens) -> TokenStream {
        self.traits.to_owned.set(true);
        quote!(#region.to_owned())
    }

    /// The traits whose methods the tokens so far call.
    fn imports(&self) -> TokenStream {
        let mut imports = TokenStream::new();
        if self.traits.iterator.get() {
            imports.extend(quote!(
                use ::core::iter::Iterator as _;
            ));
        }
        if self.traits.to_owned.get() {
            imports.extend(quote!(
                use ::std::borrow::ToOwned as _;
            ));
        }
        imports
    }

    fn is_used(&self, var: VarId) -> bool {
        self.uses.contains(var)
    }

    /// What is read of a tangent or adjoint that may be absent: then it is zero.
    fn guarded(&self, base: VarId, value: Expr, kind: &Kind) -> Expr {
        let Some(Guard { ty, .. }) = self.guards.get(&base) else {
            return value;
        };
        let private = self.env.private();
        let zero = self.atom(&Atom::zero(kind));
        Expr::new(quote!(if <#ty as #private::Activity>::ACTIVE { #value } else { #zero }), Prec::Loose)
    }

    /// A statement that writes a tangent or adjoint that may be absent.
    fn guarded_stmt(&self, base: VarId, stmt: TokenStream) -> TokenStream {
        let Some(Guard { ty, .. }) = self.guards.get(&base) else {
            return stmt;
        };
        let private = self.env.private();
        quote!(if <#ty as #private::Activity>::ACTIVE { #stmt })
    }
}
