//! The types and paths that generated code of one function uses.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote;

use crate::front::{Passing, Scalar, Shape};

/// How many directions one sweep takes, where that pays.
pub(super) const OCTET: usize = 8;

pub(super) struct Env {
    /// The facade: `::hvp`, or what the user says.
    pub(super) krate: TokenStream,
    pub(super) scalar: Scalar,
    /// The type parameter that stands for the tangents.
    pub(super) tangent: Ident,
    /// What the type parameters begin with that say whether an argument is active.
    pub(super) marker: &'static str,
}

impl Env {
    /// `words` is all of the user's function: no name in it is taken.
    pub(super) fn new(krate: Option<&syn::Path>, scalar: Scalar, words: &TokenStream) -> Env {
        let krate = krate.map_or_else(|| quote!(::hvp), |path| quote!(#path));
        let name =
            ["T", "D", "Dot", "Tangent"].into_iter().find(|name| !mentions(words, name)).unwrap_or("__T");
        let marker = if mentions(words, "A0") { "__Activity" } else { "A" };
        Env { krate, scalar, tangent: Ident::new(name, Span::mixed_site()), marker }
    }

    /// The type of the real numbers.
    pub(super) fn real(&self) -> TokenStream {
        match &self.scalar {
            Scalar::F64 => quote!(::core::primitive::f64),
            Scalar::F32 => quote!(::core::primitive::f32),
            Scalar::Param(ident) => quote!(#ident),
        }
    }

    /// The tangent of `width` directions.
    pub(super) fn lanes(&self, width: usize) -> TokenStream {
        let (krate, private, real) = (&self.krate, self.private(), self.real());
        match &self.scalar {
            Scalar::F64 if width == OCTET => quote!(#private::Octet),
            Scalar::F64 | Scalar::F32 | Scalar::Param(_) => quote!(#krate::Lanes<#real, #width>),
        }
    }

    pub(super) fn tangent(&self) -> TokenStream {
        let tangent = &self.tangent;
        quote!(#tangent)
    }

    /// The suffix of literals, if the type is a primitive one.
    pub(super) fn suffix(&self) -> Option<&'static str> {
        match self.scalar {
            Scalar::F64 => Some("f64"),
            Scalar::F32 => Some("f32"),
            Scalar::Param(_) => None,
        }
    }

    pub(super) fn private(&self) -> TokenStream {
        let krate = &self.krate;
        quote!(#krate::__private)
    }

    /// `shape` with `real` in place of the real numbers, by value. A slice becomes a `Vec`.
    #[expect(clippy::self_only_used_in_recursion, reason = "types are asked of the environment")]
    pub(super) fn owned(&self, shape: &Shape, real: &TokenStream) -> TokenStream {
        match shape {
            Shape::Real => real.clone(),
            Shape::Slice(inner) | Shape::Vec(inner) => {
                let inner = self.owned(inner, real);
                quote!(::std::vec::Vec<#inner>)
            }
            Shape::Array(inner, len) => {
                let inner = self.owned(inner, real);
                quote!([#inner; #len])
            }
            Shape::Tuple(parts) => {
                let parts = parts.iter().map(|part| self.owned(part, real));
                quote!((#(#parts,)*))
            }
            Shape::Int => quote!(::core::primitive::usize),
            Shape::Bool => quote!(::core::primitive::bool),
            Shape::Opaque(ty) => quote!(#ty),
        }
    }

    /// The tangent of a result: what is no real number has none.
    pub(super) fn tangent_of(&self, shape: &Shape, real: &TokenStream) -> TokenStream {
        match shape {
            Shape::Tuple(parts) => {
                let parts = parts.iter().map(|part| self.tangent_of(part, real));
                quote!((#(#parts,)*))
            }
            other if other.is_real() => self.owned(other, real),
            _ => quote!(()),
        }
    }

    /// A direction for a parameter: scalars and tuples by value, memory by reference.
    pub(super) fn direction(&self, shape: &Shape, real: &TokenStream) -> TokenStream {
        match shape {
            Shape::Slice(inner) | Shape::Vec(inner) => {
                let inner = self.owned(inner, real);
                quote!(&[#inner])
            }
            Shape::Array(..) => {
                let array = self.owned(shape, real);
                quote!(&#array)
            }
            Shape::Real | Shape::Tuple(_) | Shape::Int | Shape::Bool | Shape::Opaque(_) => {
                self.owned(shape, real)
            }
        }
    }

    /// `&mut` of something with the shape of a parameter.
    pub(super) fn exclusive(&self, shape: &Shape, real: &TokenStream) -> TokenStream {
        match shape {
            Shape::Slice(inner) => {
                let inner = self.owned(inner, real);
                quote!(&mut [#inner])
            }
            other => {
                let owned = self.owned(other, real);
                quote!(&mut #owned)
            }
        }
    }

    /// Where the adjoint of a parameter is added to: a `Vec` does not change its length.
    pub(super) fn adjoint(&self, shape: &Shape, real: &TokenStream) -> TokenStream {
        match shape {
            Shape::Vec(inner) | Shape::Slice(inner) => {
                let inner = self.owned(inner, real);
                quote!(&mut [#inner])
            }
            other => self.exclusive(other, real),
        }
    }

    /// The tangent of a parameter, as it is passed.
    pub(super) fn dot(&self, shape: &Shape, passing: Passing, real: &TokenStream) -> TokenStream {
        match passing {
            Passing::Value | Passing::Ref => self.direction(shape, real),
            Passing::RefMut => self.exclusive(shape, real),
        }
    }
}

/// Whether an identifier occurs anywhere.
pub(super) fn mentions(words: &TokenStream, name: &str) -> bool {
    words.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(&group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
