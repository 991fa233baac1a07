//! Types that the file tells: results of helpers, and constants.

use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprPath, ReturnType, Type};

use super::call::tail_of;
use super::lower::Lower;
use super::names;
use super::source::Shape;
use super::types::{self, Ty};

impl Lower<'_> {
    /// What the function at `path` gives, if it stands in this file, also in an `impl`.
    pub(super) fn result_beside(&self, path: &ExprPath) -> Option<Ty> {
        let (owner, name) = tail_of(path);
        let here = owner.is_empty() || owner.starts_with(char::is_uppercase);
        if here { self.result_of_name(&name) } else { None }
    }

    /// The same of the function that an expression names.
    pub(super) fn result_of_callee(&self, callee: &Expr) -> Option<Ty> {
        match names::bare(callee) {
            Expr::Path(path) => self.result_beside(path),
            _ => None,
        }
    }

    /// What the one function or method of this name gives.
    pub(super) fn result_of_name(&self, name: &str) -> Option<Ty> {
        let mut signature = self.neighbours.function(name)?;
        let ReturnType::Type(_, output) = &mut signature.output else { return None };
        let inside = types::argument_of(output, "Option").or_else(|| types::argument_of(output, "Result"));
        let mut output = inside.unwrap_or(output).clone();
        let floats = signature.generics.type_params().map(|param| param.ident.clone()).collect();
        Floats { params: floats, scalar: types::scalar_type(&self.source.signature.scalar) }
            .visit_type_mut(&mut output);
        let ty = types::read(&self.neighbours.written_out(output), &self.source.signature.scalar);
        is_known(&ty.shape).then_some(ty)
    }

    /// The type of a constant that stands in this file.
    pub(super) fn type_of_constant(&self, path: &ExprPath) -> Option<Ty> {
        let name = path.path.get_ident()?;
        self.array_type(self.neighbours.constant(&name.to_string())?)
    }

    /// The type of a field of a struct that stands in this file.
    pub(super) fn type_of_field(&self, field: &syn::ExprField) -> Option<Ty> {
        let syn::Member::Named(name) = &field.member else { return None };
        self.array_type(self.neighbours.field(&name.to_string())?)
    }

    fn array_type(&self, ty: Type) -> Option<Ty> {
        let ty = types::read(&self.neighbours.written_out(ty), &self.source.signature.scalar);
        (is_known(&ty.shape) && ty.shape.is_array()).then_some(ty)
    }
}

fn is_known(shape: &Shape) -> bool {
    match shape {
        Shape::Real | Shape::Int | Shape::Bool => true,
        Shape::Slice(inner) | Shape::Vec(inner) | Shape::Array(inner, _) => is_known(inner),
        Shape::Tuple(parts) => parts.iter().all(is_known),
        Shape::Opaque(_) => false,
    }
}

/// A helper's type parameter stands for the scalar type of its caller.
struct Floats {
    params: Vec<syn::Ident>,
    scalar: syn::Ident,
}

impl VisitMut for Floats {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        if let Type::Path(path) = ty
            && path.path.get_ident().is_some_and(|name| self.params.contains(name))
        {
            let scalar = &self.scalar;
            *ty = syn::parse_quote!(#scalar);
        }
        visit_mut::visit_type_mut(self, ty);
    }
}
