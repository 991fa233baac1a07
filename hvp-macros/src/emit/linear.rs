//! The two parts of a linearised objective: what is done once at a point, and each product.

use proc_macro2::TokenStream;
use quote::quote;

use super::Emit;
use super::item::Item;
use crate::ir::{VarId, What};

impl Item<'_> {
    /// A part of the record as an argument.
    pub(super) fn record_name(index: usize) -> TokenStream {
        if index == 0 { quote!(reals) } else { quote!(flags) }
    }

    /// The type of a part of the record: a `Vec` to fill, or a slice to read.
    pub(super) fn record_type(&self, index: usize, filled: bool) -> TokenStream {
        let inner = if index == 0 { self.env.real() } else { quote!(::core::primitive::bool) };
        if filled { quote!(&mut ::std::vec::Vec<#inner>) } else { quote!(&[#inner]) }
    }
}

impl Emit<'_> {
    /// `let mut reals = reals.iter();`
    pub(super) fn reading(&self) -> TokenStream {
        let read = self
            .func
            .params
            .iter()
            .filter(|param| matches!(param.role.what, What::Record(_)) && !param.mutable);
        let lets = read.map(|param| {
            let name = self.name(param.var);
            quote!(let mut #name = #name.iter();)
        });
        lets.collect()
    }

    /// The next items of a record.
    pub(super) fn recall(&self, record: VarId, vars: &[VarId]) -> TokenStream {
        self.traits.iterator.set(true);
        let record = self.name(record);
        let lets = vars.iter().map(|var| {
            let name = self.name(*var);
            quote!(let #name = *#record.next().expect("a replay takes the way of its record");)
        });
        lets.collect()
    }
}
