//! The attribute on a module: the functions in it see the structs and types beside them.
//!
//! `#[differentiable] mod model { struct P { x: f64 } impl P { … } #[differentiable] fn f(x: &[f64]) -> f64 { … } }`  becomes
//! `mod model { struct P { x: f64 } impl P { … } #[differentiable(__hvp_items { struct P { x: f64 } impl P { … } })] fn f… }`.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, ImplItem, Item, ItemMod, Meta};

use crate::helpers::replaced;

/// `item` as a module with a body, if it is one.
pub(crate) fn read(item: &TokenStream) -> Option<ItemMod> {
    match syn::parse2(item.clone()).ok()? {
        Item::Mod(module) if module.content.is_some() => Some(module),
        _ => None,
    }
}

/// The module, in which each function that carries the attribute is told what stands beside it.
pub(crate) fn expand(attribute: &TokenStream, mut module: ItemMod) -> TokenStream {
    let Some((_, items)) = &mut module.content else {
        return module.to_token_stream();
    };
    let seen: TokenStream = items.iter().filter_map(seen).collect();
    for item in items.iter_mut() {
        if let Item::Fn(func) = item {
            func.attrs.iter_mut().for_each(|attr| tell(attr, &seen));
        } else if let Item::Impl(block) = item {
            for part in &mut block.items {
                if let ImplItem::Fn(func) = part {
                    func.attrs.iter_mut().for_each(|attr| tell(attr, &seen));
                }
            }
        }
    }
    // Each function says on its own that it is not optimised.
    let options = attribute.to_string().replace("__hvp_unoptimised ,", "").replace("__hvp_unoptimised,", "");
    let error = (!options.is_empty()).then(|| {
        let message = "the attribute takes no options on a module; write them on the functions in it";
        syn::Error::new_spanned(attribute, message).to_compile_error()
    });
    quote!(#module #error)
}

/// An item that functions may see, without attributes but `derive` and ours. What is configured may not be there.
fn seen(item: &Item) -> Option<TokenStream> {
    let is_configured = |attrs: &[Attribute]| attrs.iter().any(|attr| attr.path().is_ident("cfg"));
    let mut item = item.clone();
    let attrs = match &item {
        Item::Struct(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Fn(item) if !item.attrs.iter().any(is_ours) => &item.attrs,
        _ => return None,
    };
    if is_configured(attrs) {
        return None;
    }
    Plain.visit_item_mut(&mut item);
    Some(item.into_token_stream())
}

struct Plain;

impl VisitMut for Plain {
    fn visit_attributes_mut(&mut self, attrs: &mut Vec<Attribute>) {
        attrs.retain(|attr| attr.path().is_ident("derive") || is_ours(attr));
    }
}

pub(crate) fn is_ours(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|last| last.ident == "differentiable")
}

/// Adds what is seen to the options of the attribute.
fn tell(attr: &mut Attribute, seen: &TokenStream) {
    if !is_ours(attr) {
        return;
    }
    let told = match &attr.meta {
        Meta::Path(path) => quote!(#path(__hvp_items { #seen })),
        Meta::List(list) => {
            let (path, options) = (&list.path, &list.tokens);
            let comma = (!ends_in_comma(options) && !options.is_empty()).then(|| quote!(,));
            quote!(#path(#options #comma __hvp_items { #seen }))
        }
        Meta::NameValue(_) => return,
    };
    if let Ok(meta) = syn::parse2(told) {
        attr.meta = meta;
    }
}

fn ends_in_comma(tokens: &TokenStream) -> bool {
    let last = tokens.clone().into_iter().last();
    matches!(last, Some(proc_macro2::TokenTree::Punct(punct)) if punct.as_char() == ',')
}

/// The names that `items` give to types.
pub(crate) fn aliases(items: &[Item]) -> Vec<syn::ItemType> {
    let aliases = items.iter().filter_map(|item| match item {
        Item::Type(item) => Some(item.clone()),
        _ => None,
    });
    aliases.collect()
}

/// What `alias` stands for where `segment` names it: with `type Grid<const N: usize> = [[f64; N]; N]`, `Grid<3>` is `[[f64; 3]; 3]`.
fn meant(alias: &syn::ItemType, segment: &syn::PathSegment) -> Option<syn::Type> {
    let given: Vec<TokenStream> = match &segment.arguments {
        syn::PathArguments::AngleBracketed(given) => {
            given.args.iter().map(ToTokens::to_token_stream).collect()
        }
        syn::PathArguments::None | syn::PathArguments::Parenthesized(_) => Vec::new(),
    };
    let mut known = BTreeMap::new();
    for (at, param) in alias.generics.params.iter().enumerate() {
        let (name, default) = match param {
            syn::GenericParam::Type(param) => {
                (&param.ident, param.default.as_ref().map(|(_, ty)| ty.to_token_stream()))
            }
            syn::GenericParam::Const(param) => {
                (&param.ident, param.default.as_ref().map(|(_, value)| value.to_token_stream()))
            }
            syn::GenericParam::Lifetime(_) => return None,
        };
        known.insert(name.to_string(), given.get(at).cloned().or(default)?);
    }
    syn::parse2(replaced(alias.ty.to_token_stream(), &known)).ok()
}

/// Writes out the types that names stand for.
pub(crate) struct Aliases(pub(crate) Vec<syn::ItemType>);

impl VisitMut for Aliases {
    fn visit_type_mut(&mut self, ty: &mut syn::Type) {
        // A name may stand for one that stands for another.
        for _ in 0..self.0.len() {
            let known = match &*ty {
                syn::Type::Path(path) if path.qself.is_none() && path.path.segments.len() == 1 => {
                    let segment = path.path.segments.first();
                    segment.and_then(|segment| {
                        let alias = self.0.iter().find(|alias| alias.ident == segment.ident)?;
                        meant(alias, segment)
                    })
                }
                _ => None,
            };
            let Some(known) = known else { break };
            *ty = known;
        }
        visit_mut::visit_type_mut(self, ty);
    }
}
