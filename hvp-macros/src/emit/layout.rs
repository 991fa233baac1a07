//! What a derived function takes and gives, by the roles of its parameters and results.

use proc_macro2::TokenStream;
use quote::quote;

use super::env::Env;
use crate::front::{Shape, Signature, Wrapper};
use crate::ir::{Func, What};

/// The results of a derived function in groups: the value, its tangent, then the adjoint of each scalar parameter,
/// with its tangent behind it. Each group holds the numbers of its components.
#[derive(Default)]
pub(super) struct Layout {
    pub(super) value: Vec<usize>,
    pub(super) value_dot: Vec<usize>,
    pub(super) bars: Vec<Bar>,
    /// What the numbers passed by `&mut` are in the end: they are written, not returned.
    pub(super) finals: Vec<Bar>,
    /// Of a Jacobian: the rows of each component of the value.
    pub(super) rows: Vec<usize>,
}

pub(super) struct Bar {
    pub(super) param: usize,
    pub(super) dot: bool,
    pub(super) parts: Vec<usize>,
}

impl Layout {
    pub(super) fn of(func: &Func) -> Layout {
        let mut layout = Layout::default();
        for (index, role) in func.results.iter().enumerate() {
            match (role.what, role.bar) {
                (What::Param(param), true) => layout.bar(param, role.dot, index),
                (What::Param(param), false) => {
                    layout.finals.push(Bar { param, dot: role.dot, parts: vec![index] });
                }
                (What::Result(_), false) if role.dot => layout.value_dot.push(index),
                (What::Result(_), false) => layout.value.push(index),
                (What::Result(_), true) => layout.rows.push(index),
                (What::Record(_), _) => unreachable!("a record is taken, not given"),
            }
        }
        layout
    }

    fn bar(&mut self, param: usize, dot: bool, index: usize) {
        match self.bars.iter_mut().find(|bar| bar.param == param && bar.dot == dot) {
            Some(bar) => bar.parts.push(index),
            None => self.bars.push(Bar { param, dot, parts: vec![index] }),
        }
    }

    /// The groups as one expression, type or pattern.
    pub(super) fn assemble(
        &self,
        signature: &Signature,
        mut value: impl FnMut(&[usize], bool) -> TokenStream,
        mut bar: impl FnMut(&Bar, &Shape) -> TokenStream,
    ) -> TokenStream {
        let mut groups = Vec::new();
        if !self.value.is_empty() {
            groups.push(value(&self.value, false));
        }
        if !self.value_dot.is_empty() {
            groups.push(value(&self.value_dot, true));
        }
        if !self.rows.is_empty() {
            groups.push(value(&self.rows, false));
        }
        for entry in &self.bars {
            groups.push(bar(entry, &signature.params[entry.param].shape));
        }
        tuple(&groups)
    }

    /// The type of the results, without wrapper.
    pub(super) fn ty(&self, signature: &Signature, env: &Env) -> TokenStream {
        let scalar = |dot: bool| if dot { env.tangent() } else { env.real() };
        let parameter = signature.params.iter().find(|param| param.differentiated && !self.rows.is_empty());
        if let Some(parameter) = parameter {
            return rows_type(&signature.result, &env.owned(&parameter.shape, &scalar(false)));
        }
        self.assemble(
            signature,
            |_, dot| {
                if dot { env.tangent_of(&signature.result, &scalar(dot)) } else { signature.value_type() }
            },
            |bar, shape| env.owned(shape, &scalar(bar.dot)),
        )
    }
}

/// `a`, `(a, b)` or `()`.
pub(super) fn tuple(parts: &[TokenStream]) -> TokenStream {
    match parts {
        [part] => part.clone(),
        parts => quote!((#(#parts),*)),
    }
}

/// Puts components, in order, into the shape of a result.
pub(super) fn rebuild(shape: &Shape, parts: &mut impl Iterator<Item = TokenStream>) -> TokenStream {
    match shape {
        Shape::Tuple(shapes) => {
            let parts: Vec<TokenStream> = shapes.iter().map(|shape| rebuild(shape, parts)).collect();
            match parts.as_slice() {
                [part] => quote!((#part,)),
                parts => quote!((#(#parts),*)),
            }
        }
        Shape::Real
        | Shape::Int
        | Shape::Bool
        | Shape::Slice(_)
        | Shape::Array(..)
        | Shape::Vec(_)
        | Shape::Opaque(_) => {
            parts.next().unwrap_or_else(|| unreachable!("a result has as many components as its shape"))
        }
    }
}

/// The same for the tangents of a result.
pub(super) fn rebuild_dots(shape: &Shape, parts: &mut impl Iterator<Item = TokenStream>) -> TokenStream {
    match shape {
        Shape::Tuple(shapes) => {
            let parts: Vec<TokenStream> = shapes.iter().map(|shape| rebuild_dots(shape, parts)).collect();
            match parts.as_slice() {
                [part] => quote!((#part,)),
                parts => quote!((#(#parts),*)),
            }
        }
        leaf => {
            let part = rebuild(leaf, parts);
            if leaf.is_real() { part } else { quote!(()) }
        }
    }
}

/// The wrapper of the user's result around a type.
pub(super) fn wrap_type(wrapper: &Wrapper, inner: &TokenStream) -> TokenStream {
    let (Wrapper::Result(path) | Wrapper::Option(path)) = wrapper else {
        return inner.clone();
    };
    let mut path = path.clone();
    if let Some(last) = path.path.segments.last_mut()
        && let syn::PathArguments::AngleBracketed(arguments) = &mut last.arguments
        && let Some(first) =
            arguments.args.iter_mut().find(|argument| matches!(argument, syn::GenericArgument::Type(_)))
    {
        *first = syn::GenericArgument::Type(syn::Type::Verbatim(inner.clone()));
    }
    quote!(#path)
}

/// The wrapper around a value.
pub(super) fn wrap(wrapper: &Wrapper, value: &TokenStream) -> TokenStream {
    match wrapper {
        Wrapper::None => value.clone(),
        Wrapper::Result(_) => quote!(::core::result::Result::Ok(#value)),
        Wrapper::Option(_) => quote!(::core::option::Option::Some(#value)),
    }
}

/// `?` where there is a wrapper.
pub(super) fn question(wrapper: &Wrapper) -> Option<TokenStream> {
    match wrapper {
        Wrapper::None => None,
        Wrapper::Result(_) | Wrapper::Option(_) => Some(quote!(?)),
    }
}

/// The shape of a result with `gradient` in place of the real numbers, and nothing in place of others.
pub(super) fn rows_type(shape: &Shape, gradient: &TokenStream) -> TokenStream {
    match shape {
        Shape::Slice(inner) | Shape::Vec(inner) => {
            let inner = rows_type(inner, gradient);
            quote!(::std::vec::Vec<#inner>)
        }
        Shape::Array(inner, len) => {
            let inner = rows_type(inner, gradient);
            quote!([#inner; #len])
        }
        Shape::Tuple(parts) => {
            let parts = parts.iter().map(|part| rows_type(part, gradient));
            quote!((#(#parts,)*))
        }
        Shape::Real => gradient.clone(),
        Shape::Int | Shape::Bool | Shape::Opaque(_) => quote!(()),
    }
}
