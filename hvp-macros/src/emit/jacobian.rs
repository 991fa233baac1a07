//! Dense Jacobians, several columns at once: the directions of one sweep share the values and whatever is dear in them.

use proc_macro2::TokenStream;
use quote::quote;

use super::Derived;
use super::env::OCTET;
use super::item::Item;
use super::layout::{rows_type, wrap};
use crate::derivative::{Core, Derivative};
use crate::front::Shape;
use crate::ir::Func;

/// The widest sweep over columns whose number is not known here.
const WIDEST: usize = OCTET;
/// An array of at most this length has all its columns in one sweep.
const LONGEST: usize = 16;

impl Item<'_> {
    /// The Jacobian; only of a function of one vector that returns all its outputs.
    pub(super) fn jacobian(&self, derived: &Derived) -> Option<TokenStream> {
        let (index, param) = self.only_vector()?;
        let func = derived.jvp.as_ref()?;
        let docs = self.docs("The Jacobian of", ": its result with each number replaced by the gradient");
        let real = self.env.real();
        let output = rows_type(&self.signature.result, &self.env.owned(&param.shape, &real));
        if let Some(rows) = &derived.jacobian {
            let returned =
                wrap(&self.signature.wrapper, &self.core_call(rows, Core::Of(Derivative::Jacobian)));
            return Some(self.public(Derivative::Jacobian, &docs, &self.user_params(), &output, &returned));
        }
        let body = match known_length(&param.shape) {
            Some(length) => self.columns_at_once(func, index, length),
            None => self.columns_in_blocks(func, index),
        };
        let returned = wrap(&self.signature.wrapper, &quote!(jacobian));
        let body = quote!(#body #returned);
        Some(self.public_with(
            Derivative::Jacobian,
            &docs,
            &self.user_params(),
            (&output, &self.clone_bounds()),
            &body,
        ))
    }

    /// All columns in one sweep.
    fn columns_at_once(&self, func: &Func, index: usize, length: usize) -> TokenStream {
        let (private, zeros) = (self.env.private(), self.zeros(index));
        let sweep = self.sweep(func, index, length, &quote!(0));
        quote! {
            let value_dot = #sweep;
            let mut jacobian = #private::Rows::rows(&value_dot, &#zeros);
            #private::Rows::store(&value_dot, &mut jacobian, 0);
        }
    }

    /// Sweeps of the widest kind, and for the columns that are left one just wide enough. The first sweep, which there is even
    /// without columns, tells the shape.
    fn columns_in_blocks(&self, func: &Func, index: usize) -> TokenStream {
        let (private, zeros, x) = (self.env.private(), self.zeros(index), self.param_name(index, ""));
        let start = quote!(start);
        let arms = [(1, quote!(0 | 1)), (2, quote!(2)), (4, quote!(3 | 4)), (WIDEST, quote!(_))].map(
            |(width, pattern)| {
                let sweep = self.sweep(func, index, width, &start);
                quote! {
                    #pattern => {
                        let value_dot = #sweep;
                        let rows = || #private::Rows::rows(&value_dot, &zeros);
                        let mut rows = jacobian.take().unwrap_or_else(rows);
                        #private::Rows::store(&value_dot, &mut rows, start);
                        start += #width;
                        rows
                    }
                }
            },
        );
        quote! {
            let zeros = #zeros;
            let mut jacobian = ::core::option::Option::None;
            let mut start = 0;
            let jacobian = loop {
                let rows = match #x.len() - start { #(#arms)* };
                if start >= #x.len() {
                    break rows;
                }
                jacobian = ::core::option::Option::Some(rows);
            };
        }
    }

    /// The derivatives along `width` unit directions from `start` on.
    fn sweep(&self, func: &Func, index: usize, width: usize, start: &TokenStream) -> TokenStream {
        let (krate, private, real) = (&self.env.krate, self.env.private(), self.env.real());
        let (x, dot) = (self.param_name(index, ""), self.param_name(index, "_dot"));
        let lanes = self.env.lanes(width);
        let zero = quote!(<#lanes as #krate::Tangent<#real>>::ZERO);
        let zeros = match &self.signature.params[index].shape {
            Shape::Array(_, len) => quote!([#zero; #len]),
            _ => quote!(::std::vec![#zero; #x.len()]),
        };
        let call = self.core_call_again(func, Core::Of(Derivative::Jvp), &lanes, |_| TokenStream::new());
        quote!({
            let mut units = #zeros;
            #private::set_units(&mut units[#start..]);
            let #dot = &units;
            let (_, value_dot) = #call;
            value_dot
        })
    }
}

/// The length of an array, if a literal says it and it is short.
fn known_length(shape: &Shape) -> Option<usize> {
    let Shape::Array(_, length) = shape else { return None };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(length), .. }) = &**length else { return None };
    length.base10_parse().ok().filter(|length| (1..=LONGEST).contains(length))
}
