//! Local memory.

use proc_macro2::TokenStream;
use quote::quote;

use super::Emit;
use crate::ir::{Elem, Init, Kind, Len, Row, Slice, VarId};

impl Emit<'_> {
    pub(super) fn alloc(&self, var: VarId, init: &Init) -> TokenStream {
        let (name, value) = (self.name(var), self.init(init, self.func.kind(var)));
        quote!(let mut #name = #value;)
    }

    fn init(&self, init: &Init, kind: &Kind) -> TokenStream {
        match init {
            Init::Repeat { value, len, vec } => {
                let by_copy = is_copy(value);
                let value = self.elem(value, kind.element(1));
                let len = match len {
                    Len::Const(code) => self.source.fragment(*code),
                    Len::Value(atom) => {
                        let len = self.atom(atom);
                        quote!(#len)
                    }
                };
                match (by_copy, *vec) {
                    (_, true) => quote!(::std::vec![#value; #len]),
                    (true, false) => quote!([#value; #len]),
                    (false, false) => quote!([(); #len].map(|()| #value)),
                }
            }
            Init::List { elems, vec } => {
                let elems = elems.iter().map(|elem| self.elem(elem, kind.element(1)));
                if *vec { quote!(::std::vec![#(#elems),*]) } else { quote!([#(#elems),*]) }
            }
            Init::CopyOf(slice) => self.copy_of(slice, kind),
            Init::ZerosLike(slice) => self.zeros_like(slice, kind),
            Init::Empty(rows) => self.empty(rows, kind),
        }
    }

    /// `Vec::new()`, with the type of its elements where it is known: rustc may meet an index before it meets an element.
    fn empty(&self, rows: &[Row], kind: &Kind) -> TokenStream {
        let scalar = kind.element(rows.len() + 1);
        if !matches!(scalar, Kind::Real | Kind::Tangent) {
            return quote!(::std::vec::Vec::new());
        }
        let element = rows.iter().rev().fold(self.scalar_type(scalar), |inner, row| match row {
            Row::Grown => quote!(::std::vec::Vec<#inner>),
            Row::Fixed(len) => {
                let len = self.source.fragment(*len);
                quote!([#inner; #len])
            }
        });
        quote!(::std::vec::Vec::<#element>::new())
    }

    fn elem(&self, elem: &Elem, kind: &Kind) -> TokenStream {
        match elem {
            Elem::Atom(atom) => self.typed(&self.atom_of(atom, kind), kind),
            Elem::Array(init) => self.init(init, kind),
        }
    }

    fn copy_of(&self, slice: &Slice, kind: &Kind) -> TokenStream {
        let owned = self.owned(self.region(slice));
        match self.guards.get(&slice.base).zip(self.model(slice)) {
            Some((guard, model)) => {
                let (private, ty) = (self.env.private(), &guard.ty);
                // The tangent or adjoint itself is a slice, also of an array.
                let (whole, scalar) =
                    (model.path.is_empty() && model.range.is_none(), self.scalar_type(kind));
                let region = self.region(&model);
                let model = if whole { quote!(&#region[..]) } else { self.borrow(&model) };
                let zeros = quote!(#private::zeros_like::<#scalar, _>(#model));
                quote!(if <#ty as #private::Activity>::ACTIVE { #owned } else { #zeros })
            }
            None => owned,
        }
    }

    fn zeros_like(&self, slice: &Slice, kind: &Kind) -> TokenStream {
        let slice = self.model(slice).unwrap_or_else(|| slice.clone());
        let (private, model, scalar) = (self.env.private(), self.borrow(&slice), self.scalar_type(kind));
        quote!(#private::zeros_like::<#scalar, _>(#model))
    }

    /// The same part of the argument itself, whose tangent or adjoint may be absent.
    fn model(&self, slice: &Slice) -> Option<Slice> {
        self.guards.get(&slice.base)?;
        Some(Slice { base: self.model_of(slice.base)?, ..slice.clone() })
    }

    /// The argument that the tangent or adjoint `var` belongs to.
    pub(super) fn model_of(&self, var: VarId) -> Option<VarId> {
        let param = self.func.params.iter().find(|param| param.var == var)?;
        let primal = self
            .func
            .params
            .iter()
            .find(|other| other.role.what == param.role.what && !other.role.bar && !other.role.dot)?;
        Some(primal.var)
    }
}

/// Whether `[elem; N]` can be written: of rows like a parameter's only rustc knows.
fn is_copy(elem: &Elem) -> bool {
    match elem {
        Elem::Atom(_) => true,
        Elem::Array(Init::Repeat { value, .. }) => is_copy(value),
        Elem::Array(Init::List { elems, .. }) => elems.iter().all(is_copy),
        Elem::Array(Init::CopyOf(_) | Init::ZerosLike(_) | Init::Empty(_)) => false,
    }
}
