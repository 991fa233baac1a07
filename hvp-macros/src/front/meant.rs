//! What is understood by its name must be what is meant: functions of the standard library, and `stop_gradient`.
//!
//! `mem::swap(&mut a, &mut b)`  has rustc look at  `same(::core::mem::swap::<u8>, mem::swap)`,  which it takes only if both paths
//! lead to one function.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ExprPath;
use syn::spanned::Spanned;

use super::call::tail_of;
use super::lower::Lower;
use super::source::Scalar;
use super::types;

impl Lower<'_> {
    /// `path` must lead to the function that it is understood as.
    pub(super) fn check_known(&mut self, path: &ExprPath) {
        let (owner, name) = self.known_name(path);
        let last = syn::Ident::new(&name, path.span());
        let byte = quote!(::core::primitive::u8);
        let known = match (owner.as_str(), name.as_str()) {
            ("Vec", _) => quote!(::std::vec::Vec::<#byte>::#last),
            ("VecDeque", "from") => {
                quote!(<::std::collections::VecDeque<#byte> as ::core::convert::From<::std::vec::Vec<#byte>>>::from)
            }
            ("VecDeque", _) => quote!(::std::collections::VecDeque::<#byte>::#last),
            ("Box", _) => quote!(::std::boxed::Box::<#byte>::#last),
            ("mem", _) => quote!(::core::mem::#last::<#byte>),
            ("", "drop") => quote!(::core::mem::drop::<#byte>),
            ("array", _) => {
                quote!(::core::array::from_fn::<#byte, 1, fn(::core::primitive::usize) -> #byte>)
            }
            ("iter", "zip") => quote!(::core::iter::zip::<[#byte; 1], [#byte; 1]>),
            ("iter", "from_fn") => {
                quote!(::core::iter::from_fn::<#byte, fn() -> ::core::option::Option<#byte>>)
            }
            ("iter", "successors") => {
                quote!(::core::iter::successors::<#byte, fn(&#byte) -> ::core::option::Option<#byte>>)
            }
            ("iter", _) => quote!(::core::iter::#last::<#byte>),
            ("convert", _) => quote!(::core::convert::identity::<#byte>),
            ("hint", _) => quote!(::core::hint::black_box::<#byte>),
            (_, "stop_gradient") => {
                let krate = self.facade();
                quote!(#krate::stop_gradient::<#byte>)
            }
            (_, other) => unreachable!(
                "`{other}` is understood by its name, and what it is called elsewhere stands here"
            ),
        };
        self.check_same(&known, path);
    }

    /// `f64::max` must be a method of the scalar type, `Float::max` one of a trait that it has.
    pub(super) fn check_float(&mut self, path: &ExprPath) {
        let (owner, name) = tail_of(path);
        let last = path.path.segments.last().map(|segment| &segment.ident);
        let scalar = types::scalar_type(&self.source.signature.scalar);
        let is_param = matches!(self.source.signature.scalar, Scalar::Param(_));
        match (scalar == owner, name.as_str()) {
            (true, _) if is_param => {}
            (true, "from") => {
                let scalar = quote!(::core::primitive::#scalar);
                self.check_same(&quote!(<#scalar as ::core::convert::From<#scalar>>::from), path);
            }
            (true, _) => self.check_same(&quote!(<::core::primitive::#scalar>::#last), path),
            (false, _) => {
                let mut owner = without_arguments(path).path;
                owner.segments.pop();
                owner.segments.pop_punct();
                self.source.check(quote!(let _ = <#scalar as #owner>::#last;));
            }
        }
    }

    fn check_same(&mut self, known: &TokenStream, path: &ExprPath) {
        let (krate, path) = (self.facade(), without_arguments(path));
        self.source
            .check(quote!(#krate::__private::rename_yours_since_this_name_means_another(#known, #path);));
    }

    pub(super) fn facade(&self) -> TokenStream {
        self.krate.as_ref().map_or_else(|| quote!(::hvp), ToTokens::to_token_stream)
    }
}

fn without_arguments(path: &ExprPath) -> ExprPath {
    let mut path = path.clone();
    for segment in &mut path.path.segments {
        segment.arguments = syn::PathArguments::None;
    }
    path
}
