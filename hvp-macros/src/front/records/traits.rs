//! What traits declare with a body, for the structs that leave it so.

use syn::{ImplItem, ItemImpl, TraitItem};

use super::Records;
use crate::helpers::names_of_params;

impl Records {
    /// A trait without parameters of its own.
    pub(in crate::front) fn declare_trait(&mut self, item: &syn::ItemTrait) {
        let default = |part: &TraitItem| match part {
            TraitItem::Fn(func) => {
                let (attrs, sig, block) = (&func.attrs, &func.sig, func.default.as_ref()?);
                Some(syn::parse_quote!(#(#attrs)* #sig #block))
            }
            TraitItem::Const(constant) => {
                let (name, ty, (_, value)) = (&constant.ident, &constant.ty, constant.default.as_ref()?);
                Some(syn::parse_quote!(const #name: #ty = #value;))
            }
            _ => None,
        };
        if names_of_params(&item.generics).next().is_none() {
            self.defaults.insert(item.ident.to_string(), item.items.iter().filter_map(default).collect());
        }
    }

    /// What the `impl` leaves as the trait declares it.
    pub(super) fn left_to_the_trait(&self, item: &ItemImpl) -> Vec<ImplItem> {
        let name = |part: &ImplItem| match part {
            ImplItem::Fn(func) => Some(func.sig.ident.clone()),
            ImplItem::Const(constant) => Some(constant.ident.clone()),
            _ => None,
        };
        let own: Vec<_> = item.items.iter().filter_map(name).collect();
        let of_trait = item.trait_.as_ref().and_then(|(path, _)| path.get_ident());
        let defaults = of_trait.and_then(|of| self.defaults.get(&of.to_string())).into_iter().flatten();
        defaults.filter(|part| name(part).is_none_or(|name| !own.contains(&name))).cloned().collect()
    }
}
