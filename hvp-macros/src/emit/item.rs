//! What stands beside one function of the user's: its generics, its names, where its hidden functions live.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;

use super::companion::Tangents;
use super::env::{Env, mentions};
use crate::attr::{Companion, Options};
use crate::front::{Scalar, Signature, Source, Wrapper};
use crate::helpers;

/// Where the hidden functions live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// On a type that bears this name.
    Companion(Ident),
    /// In the `impl` around the function.
    Impl,
    /// Beside the function.
    Beside,
}

pub(super) struct Item<'a> {
    pub(super) source: &'a Source,
    pub(super) signature: Signature,
    pub(super) env: Env,
    pub(super) home: Home,
    /// What stands on each generated item because of the function's own attributes: its `#[cfg]`s, and leave to call it
    /// where it is deprecated.
    pub(super) inherited: Vec<syn::Attribute>,
    /// What the generated names begin with.
    pub(super) stem: String,
    /// Whether the user tells the primitive types from types of the same names.
    pub(super) own_types: bool,
    /// The names of what belongs to the user's parameters, by parameter and suffix.
    names: BTreeMap<(usize, &'static str), String>,
}

/// What is added to a parameter's name.
const SUFFIXES: [&str; 12] = [
    "_dot",
    "_bar",
    "_bar_dot",
    "_weight",
    "_before",
    "_activity",
    "_zeros",
    "_ref",
    "_dot_ref",
    "_dot_scratch",
    "_bar_scratch",
    "_bar_dot_scratch",
];

/// Names that are neither the user's nor each other's.
fn param_names(signature: &Signature) -> BTreeMap<(usize, &'static str), String> {
    let users: Vec<String> = signature.params.iter().map(|param| param.name.unraw().to_string()).collect();
    let mut taken: BTreeSet<String> = users.iter().cloned().collect();
    let mut names = BTreeMap::new();
    for (index, user) in users.iter().enumerate() {
        for suffix in SUFFIXES {
            let mut name = format!("{user}{suffix}");
            while !taken.insert(name.clone()) {
                name.push('_');
            }
            names.insert((index, suffix), name);
        }
    }
    names
}

impl<'a> Item<'a> {
    pub(super) fn new(item: &syn::ItemFn, source: &'a Source, options: &Options) -> Item<'a> {
        let signature = source.signature.clone();
        let mut words = item.to_token_stream();
        helpers::names_of_params(&options.impl_generics).for_each(|param| param.to_tokens(&mut words));
        let own_types = mentions(&words, "primitive");
        let env = Env::new(options.krate.as_ref(), signature.scalar.clone(), &words);
        let home = if signature.receiver.is_some() || options.associated {
            Home::Impl
        } else {
            match &options.companion {
                Companion::OwnName => Home::Companion(located(&signature.item.ident)),
                Companion::Named(name) => Home::Companion(located(name)),
                Companion::None => Home::Beside,
            }
        };
        let has = |name: &'static str| item.attrs.iter().filter(move |attr| attr.path().is_ident(name));
        let deprecated = has("deprecated").map(|_| syn::parse_quote!(#[allow(deprecated)]));
        let inherited = has("cfg").cloned().chain(deprecated).collect();
        let stem = options.name.as_ref().unwrap_or(&signature.item.ident).unraw().to_string();
        let names = param_names(&signature);
        Item { source, signature, env, home, inherited, stem, own_types, names }
    }

    /// The name of a generated function for users.
    pub(super) fn public_name(&self, suffix: &str) -> Ident {
        Ident::new(&format!("{}_{suffix}", self.stem), self.span())
    }

    /// Generated items name no place of their own: lints of unused code stay quiet.
    pub(super) fn span(&self) -> Span {
        Span::mixed_site().located_at(self.signature.item.ident.span())
    }

    /// The name of a hidden function.
    pub(super) fn hidden_name(&self, what: &str) -> Ident {
        let name = match &self.home {
            Home::Companion(_) => format!("{what}_core"),
            Home::Impl | Home::Beside => format!("__hvp_{}_{what}_core", self.function_name()),
        };
        Ident::new(&name, self.span())
    }

    /// The path of a hidden function.
    pub(super) fn hidden_path(&self, name: &Ident) -> TokenStream {
        match &self.home {
            Home::Companion(companion) => quote!(#companion::#name),
            Home::Impl => quote!(Self::#name),
            Home::Beside => quote!(#name),
        }
    }

    pub(super) fn function_name(&self) -> String {
        self.signature.item.ident.unraw().to_string()
    }

    /// The user's own function.
    pub(super) fn function_path(&self) -> TokenStream {
        let name = &self.signature.item.ident;
        let own: Vec<TokenStream> = self.signature.type_arguments().collect();
        let written = &own[..own.len() - self.signature.implied];
        let generics = (!written.is_empty()).then(|| quote!(::<#(#written),*>));
        if self.home == Home::Impl { quote!(Self::#name #generics) } else { quote!(#name #generics) }
    }

    pub(super) fn is_wrapped(&self) -> bool {
        !matches!(self.signature.wrapper, Wrapper::None)
    }

    /// The receiver as a parameter, with its comma.
    pub(super) fn receiver(&self) -> Option<TokenStream> {
        self.signature.receiver.as_ref().map(|receiver| quote!(#receiver,))
    }

    /// The receiver as an argument, with its comma.
    pub(super) fn self_arg(&self) -> Option<TokenStream> {
        self.signature.receiver.as_ref().map(|_| quote!(self,))
    }

    /// The user's generics with `hvp::Real`, a tangent's parameter and `more`, and the `where` clause.
    pub(super) fn generics(&self, tangents: Tangents, more: &[TokenStream]) -> (TokenStream, TokenStream) {
        self.generics_with(tangents, None, more, &[])
    }

    /// The same with a lifetime, and with more bounds in the `where` clause.
    pub(super) fn generics_with(
        &self,
        tangents: Tangents,
        lifetime: Option<&syn::Lifetime>,
        more: &[TokenStream],
        bounds: &[TokenStream],
    ) -> (TokenStream, TokenStream) {
        let mut generics = self.signature.item.generics.clone();
        let krate = &self.env.krate;
        if let Scalar::Param(ident) = &self.signature.scalar {
            generics.make_where_clause().predicates.push(syn::parse_quote!(#ident: #krate::Real));
        }
        for bound in bounds {
            generics.make_where_clause().predicates.push(syn::parse_quote!(#bound));
        }
        let own = generics.params.iter().map(|param| {
            let mut param = param.clone();
            match &mut param {
                syn::GenericParam::Type(param) => param.default = None,
                syn::GenericParam::Const(param) => param.default = None,
                syn::GenericParam::Lifetime(_) => {}
            }
            quote!(#param)
        });
        let mut params: Vec<TokenStream> =
            lifetime.map(|name| quote!(#name)).into_iter().chain(own).collect();
        if tangents.come() {
            let (tangent, real) = (&self.env.tangent, self.env.real());
            params.push(quote!(#tangent: #krate::Tangent<#real>));
        }
        params.extend(more.iter().cloned());
        let where_clause = &generics.where_clause;
        let generics = if params.is_empty() { TokenStream::new() } else { quote!(<#(#params),*>) };
        (generics, quote!(#where_clause))
    }

    /// The user's type and const parameters as arguments, with a tangent behind them.
    pub(super) fn turbofish(&self, tangent: Option<&TokenStream>) -> TokenStream {
        let own = self.signature.type_arguments();
        let all: Vec<TokenStream> = own.chain(tangent.cloned()).collect();
        if all.is_empty() { TokenStream::new() } else { quote!(::<#(#all),*>) }
    }

    /// The identifier of a user's parameter in generated functions, with a suffix.
    pub(super) fn param_name(&self, index: usize, suffix: &str) -> Ident {
        let name = &self.signature.params[index].name;
        let span = Span::mixed_site().located_at(name.span());
        if suffix.is_empty() {
            return super::names::ident(&name.to_string(), span);
        }
        let known = SUFFIXES.into_iter().find(|known| *known == suffix);
        match known.and_then(|suffix| self.names.get(&(index, suffix))) {
            Some(text) => super::names::ident(text, span),
            None => unreachable!("`{suffix}` is none of the suffixes"),
        }
    }
}

/// `name` as an item of ours at the user's place.
fn located(name: &Ident) -> Ident {
    let mut name = name.clone();
    name.set_span(Span::mixed_site().located_at(name.span()));
    name
}
