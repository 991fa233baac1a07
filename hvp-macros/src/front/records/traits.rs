//! What belongs to which trait, and what traits declare with a body, for the structs that leave it so.

use proc_macro2::Span;
use syn::{ImplItem, ItemImpl, TraitItem};

use super::{Method, Records};
use crate::front::lower::Lower;
use crate::front::value::Value;
use crate::front::{table, types};
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

    /// The functions of one of these names that belong to this trait.
    pub(super) fn of_trait(&self, owner: Option<&str>, name: &str, of: &str) -> Vec<Method> {
        self.find(owner, name).filter(|method| method.of_trait.as_deref() == Some(of)).cloned().collect()
    }

    /// Whether a trait that is seen has functions of which it is not sure that `owner` means them by their names.
    pub(super) fn leaves_open(&self, owner: &str, of: &str) -> bool {
        let is_of = |method: &&Method| method.of_trait.as_deref() == Some(of);
        let names: Vec<&str> = self.methods.iter().filter(is_of).map(|method| method.name.as_str()).collect();
        let mut own = self.methods.iter().filter(|method| method.owner == owner);
        let means_it = own.clone().any(|method| is_of(&method))
            && own.all(|method| is_of(&method) || !names.contains(&method.name.as_str()));
        self.defaults.contains_key(of) && !means_it
    }
}

impl Lower<'_> {
    /// A struct that is passed where any of these traits is taken has the functions of these, and others of no such names.
    pub(in crate::front) fn check_traits(&mut self, value: &Value, traits: &[String], span: Span) -> bool {
        let Value::Struct(fields, _) = value else { return true };
        let Some(of) = traits.iter().find(|of| self.records.leaves_open(&fields.ty, of)) else { return true };
        let message = format!(
            "how `{}` implements `{of}` is not seen from here, or it has other functions of these names; write the `impl` beside the struct, and call the others by other names",
            fields.ty
        );
        self.diag.error_at(span, message);
        false
    }

    /// Whether a trait beside the function gives real numbers a method of this name, which they have not themselves.
    pub(in crate::front) fn is_of_a_trait(&self, name: &str) -> bool {
        let scalar = types::scalar_type(&self.source.signature.scalar).to_string();
        !table::is_inherent(name) && self.records.find(Some(&scalar), name).next().is_some()
    }
}
