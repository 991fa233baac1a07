//! The names of entries, and how the companions that carry them are found.
//!
//! The entries of `module::g` are on its companion type, which bears the same name and comes with it:
//!
//! ```text
//! use ::hvp::__private::Unmarked as __hvp_module__g;   // around the function
//! use module::g as __hvp_module__g;                    // inside
//! let (t1, state) = __hvp_module__g::forward(x);
//! ```
//!
//! The inner import hides the outer one if there is a companion. If not, what is there instead of entries makes rustc say
//! once, at the call, what is missing.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::item::{Home, Item};
use crate::ir::{Call, Callee, Entry, Func};

/// An entry of a function for its callers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    /// Takes no argument that the function holds passive; it is asked and never called.
    Accepts,
    Tangent,
    Forward,
    ForwardTangent,
    Pull,
    PullTangent,
}

impl Member {
    pub(super) const ALL: [Self; 6] =
        [Self::Accepts, Self::Tangent, Self::Forward, Self::ForwardTangent, Self::Pull, Self::PullTangent];

    fn name(self) -> &'static str {
        match self {
            Self::Accepts => "accepts",
            Self::Tangent => "tangent",
            Self::Forward => "forward",
            Self::ForwardTangent => "forward_tangent",
            Self::Pull => "pull",
            Self::PullTangent => "pull_tangent",
        }
    }

    pub(super) fn tangents(self) -> Tangents {
        match self {
            Self::Accepts | Self::Forward | Self::Pull => Tangents::Without,
            Self::Tangent | Self::ForwardTangent | Self::PullTangent => Tangents::With,
        }
    }
}

/// Whether the tangents of arguments and results come along.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tangents {
    Without,
    With,
}

impl Tangents {
    pub(super) fn come(self) -> bool {
        self == Self::With
    }

    /// With them where `come`.
    pub(super) fn if_they(come: bool) -> Self {
        if come { Self::With } else { Self::Without }
    }
}

/// Where an entry is found.
#[derive(Clone, Copy)]
pub(super) enum Owner<'n> {
    /// On the companion of a function.
    Companion,
    /// In the type of this method.
    Method(&'n Ident),
    /// In the type of this function, which has no receiver.
    Type(&'n Ident),
}

/// The name of an entry. Where rustc says that there is none, the name says why.
pub(super) fn entry_name(entry: Member, owner: Owner<'_>, span: Span) -> Ident {
    let entry = entry.name();
    match owner {
        Owner::Companion => Ident::new(entry, span),
        Owner::Method(name) => Ident::new(&format!("__hvp_{entry}_of_{}", plain(name)), span),
        Owner::Type(name) => {
            Ident::new(&format!("__hvp_{entry}_of_{}__is_it_marked_differentiable", plain(name)), span)
        }
    }
}

/// The name of a method that gives its own receiver. It stands before each entry of `name`, so that rustc says once for all of
/// them where there are none.
pub(super) fn mark_name(name: &Ident, span: Span) -> Ident {
    Ident::new(&format!("__hvp_is_{}_marked_differentiable", plain(name)), span)
}

fn plain(name: &Ident) -> String {
    name.to_string().trim_start_matches("r#").to_owned()
}

/// The name under which a called function's companion is imported: no item of the user's bears it, and no two paths have the
/// same. Items have no hygiene, so either would change what the user's words mean.
pub(super) fn alias(path: &syn::Path) -> Ident {
    let root = path.leading_colon.map(|_| String::new());
    let segments: Vec<String> =
        root.into_iter().chain(path.segments.iter().map(|segment| plain(&segment.ident))).collect();
    let mut name = format!("__hvp_{}", segments.join("__"));
    let ambiguous =
        |segment: &String| segment.contains("__") || segment.starts_with('_') || segment.ends_with('_');
    if segments.iter().any(ambiguous) {
        name.extend(segments.iter().map(|segment| format!("_{}", segment.len())));
    }
    let span = path.segments.last().map_or_else(Span::call_site, |last| last.ident.span());
    Ident::new(&name, span)
}

impl Item<'_> {
    /// `body`, written of `func`, with the companions of the functions that it calls in scope.
    pub(super) fn with_companions(&self, func: &Func, body: TokenStream) -> TokenStream {
        self.importing(&self.callees(func, |call| call.entry != Entry::Primal || call.tangent), body)
    }

    /// The same of the questions that `func` asks.
    pub(super) fn with_asked_companions(&self, func: &Func, body: TokenStream) -> TokenStream {
        self.importing(&self.callees(func, |call| call.args.iter().any(|arg| arg.active)), body)
    }

    fn importing(&self, callees: &BTreeMap<String, syn::Path>, body: TokenStream) -> TokenStream {
        if callees.is_empty() {
            return body;
        }
        let imports = callees.values().map(|path| {
            let alias = alias(path);
            quote!(use #path as #alias;)
        });
        match &self.home {
            Home::Companion(_) => quote!(#(#imports)* #body),
            Home::Impl | Home::Beside => {
                let unmarked = self.unmarked(callees);
                quote!(#unmarked { #(#imports)* #body })
            }
        }
    }

    /// What stands for the companions of functions without one, for all functions that are derived from `primal`.
    pub(super) fn all_unmarked(&self, primal: &Func) -> TokenStream {
        self.unmarked(&self.callees(primal, |_| true))
    }

    fn unmarked(&self, callees: &BTreeMap<String, syn::Path>) -> TokenStream {
        let private = self.env.private();
        let one = |path: &syn::Path| {
            let alias = alias(path);
            quote!(use #private::Unmarked as #alias;)
        };
        callees.values().map(one).collect()
    }

    /// The paths of the functions whose companions are used by the calls that `uses` picks.
    fn callees(&self, func: &Func, uses: impl Fn(&Call) -> bool) -> BTreeMap<String, syn::Path> {
        let mut callees = BTreeMap::new();
        if self.source.given.vjp.is_some() || self.source.given.jvp.is_some() {
            return callees;
        }
        crate::ir::each_call(&func.body, &mut |call| {
            if let Callee::Path { code, associated: false } = &call.callee
                && uses(call)
                && let Ok(syn::ExprPath { mut path, .. }) = syn::parse2(self.source.fragment(*code))
            {
                if let Some(last) = path.segments.last_mut() {
                    last.arguments = syn::PathArguments::None;
                }
                callees.insert(alias(&path).to_string(), path);
            }
        });
        callees
    }
}
