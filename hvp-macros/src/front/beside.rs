//! Types that the file tells: results of helpers, constants, fields of data, and what names of types stand for.
//!
//! The file may tell of another item of the same name, so rustc is asked: of a constant, a field and a name by a check, of
//! data that becomes an array by its conversion. What a helper gives is believed where real numbers are in it: what turns
//! out to be something else does not fit where a number and its tangent are expected, or where there is none.

use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprField, ExprPath, ReturnType, Type};

use super::call::tail_of;
use super::lower::Lower;
use super::names;
use super::source::Shape;
use super::types::{self, Ty};
use super::value::{Num, Value};

impl Lower<'_> {
    /// Has rustc look at what the file says that names of types stand for.
    pub(super) fn check_aliases(&mut self, aliases: &[syn::ItemType]) {
        for syn::ItemType { ident, generics, ty, .. } in aliases {
            let (params, arguments, _) = generics.split_for_impl();
            self.source.check(if generics.params.is_empty() {
                quote_spanned!(ident.span()=> let _: fn(#ident) -> #ty = |same| same;)
            } else {
                quote_spanned!(ident.span()=> { fn same #params(same: #ident #arguments) -> #ty { same } })
            });
        }
    }

    /// What the function at `path` gives, if it stands in this file, also in an `impl` or in a module.
    pub(super) fn result_beside(&self, path: &ExprPath) -> Option<Ty> {
        self.result_of_signature(self.signature_beside(path)?)
    }

    /// The type of an integer or a Boolean that a function gives.
    pub(super) fn plain_result(&self, signature: &syn::Signature) -> Option<Type> {
        let ReturnType::Type(_, ty) = &signature.output else { return None };
        let shape = types::read(ty, &self.source.signature.scalar).shape;
        matches!(shape, Shape::Int | Shape::Bool).then(|| (**ty).clone())
    }

    /// The range, or the rows of numbers, that the function at `path` gives of data.
    pub(super) fn data_beside(&self, path: &ExprPath) -> Option<Shape> {
        let ReturnType::Type(_, ty) = self.signature_beside(path)?.output else { return None };
        if types::argument_of(&ty, "Range").is_some() {
            return Some(Shape::Opaque(ty));
        }
        self.result_beside(path).map(|ty| ty.shape).filter(Shape::is_rows)
    }

    /// The signature of the method of this name without its receiver, if one stands in this file.
    pub(super) fn method_beside(&self, name: &str) -> Option<syn::Signature> {
        let mut signature = self.neighbours.function(name)?;
        signature.receiver()?;
        signature.inputs = signature.inputs.into_iter().skip(1).collect();
        Some(signature)
    }

    /// The signature of the function at `path`, if it stands in this file.
    pub(super) fn signature_beside(&self, path: &ExprPath) -> Option<syn::Signature> {
        let (owner, name) = tail_of(path);
        let of_file = ["", "self", "super", "crate"].contains(&owner.as_str());
        if of_file || owner.starts_with(char::is_uppercase) {
            self.neighbours.function(&name)
        } else {
            self.neighbours.function_of_module(&owner, &name)
        }
    }

    /// A `&mut` that goes where a function takes a `&` is a `&`.
    pub(super) fn reborrowed(args: &mut [Value], signature: &syn::Signature) {
        for (arg, param) in args.iter_mut().zip(&signature.inputs) {
            if let (Value::Array(view), syn::FnArg::Typed(param)) = (arg, param)
                && matches!(&*param.ty, Type::Reference(reference) if reference.mutability.is_none())
            {
                view.mutable = false;
            }
        }
    }

    /// The same of the function that an expression names.
    pub(super) fn result_of_callee(&self, callee: &Expr) -> Option<Ty> {
        match names::bare(callee) {
            Expr::Path(path) => self.result_beside(path),
            _ => None,
        }
    }

    /// What the function or method of this name gives: real numbers, or nothing is known.
    pub(super) fn result_of_name(&self, name: &str) -> Option<Ty> {
        self.result_of_signature(self.neighbours.function(name)?)
    }

    fn result_of_signature(&self, mut signature: syn::Signature) -> Option<Ty> {
        let ReturnType::Type(_, output) = &mut signature.output else { return None };
        let inside = types::argument_of(output, "Option").or_else(|| types::argument_of(output, "Result"));
        let mut output = inside.unwrap_or(output).clone();
        let floats = signature.generics.type_params().map(|param| param.ident.clone()).collect();
        Floats { params: floats, scalar: types::scalar_type(&self.source.signature.scalar) }
            .visit_type_mut(&mut output);
        let mut ty = types::read(&self.neighbours.written_out(output), &self.source.signature.scalar);
        ty.guessed |= self.forget_lengths(&mut ty.shape);
        self.is_of_reals_and_others(&ty.shape).then_some(ty)
    }

    /// Lets an array whose length means something in the helper only be any slice.
    fn forget_lengths(&self, shape: &mut Shape) -> bool {
        match shape {
            Shape::Array(inner, len) => {
                let mut forgotten = self.forget_lengths(inner);
                if !self.is_length(len) {
                    *shape = Shape::slice_of((**inner).clone());
                    forgotten = true;
                }
                forgotten
            }
            Shape::Slice(inner) | Shape::Vec(inner) => self.forget_lengths(inner),
            Shape::Tuple(parts) => {
                parts.iter_mut().map(|part| self.forget_lengths(part)).fold(false, std::ops::BitOr::bitor)
            }
            Shape::Real | Shape::Int | Shape::Bool | Shape::Opaque(_) => false,
        }
    }

    /// Real numbers, or a tuple of some and of what has no tangent: a count, a flag, data.
    fn is_of_reals_and_others(&self, shape: &Shape) -> bool {
        match shape {
            Shape::Tuple(parts) => {
                let plain = |part: &Shape| matches!(part, Shape::Int | Shape::Bool | Shape::Opaque(_));
                parts.iter().any(|part| !plain(part))
                    && parts.iter().all(|part| plain(part) || self.is_of_reals_and_others(part))
            }
            other => self.is_of_reals(other),
        }
    }

    /// The type of a constant that stands in this file, if it is an array of real numbers.
    pub(super) fn type_of_constant(&mut self, path: &ExprPath) -> Option<Ty> {
        let name = path.path.get_ident()?.to_string();
        let ty = self.neighbours.written_out(self.neighbours.constant(&name)?);
        let known = self.of_reals(ty.clone()).filter(|known| known.shape.is_array())?;
        self.source.check(quote!(let _: #ty = #path;));
        Some(known)
    }

    /// The type of a constant of this file that is an integer or a Boolean.
    pub(super) fn plain_constant(&self, path: &ExprPath) -> Option<Type> {
        let ty = self.neighbours.constant(&path.path.get_ident()?.to_string())?;
        let shape = types::read(&ty, &self.source.signature.scalar).shape;
        matches!(shape, Shape::Int | Shape::Bool).then_some(ty)
    }

    /// The same of a field of a parameter, or of `self`.
    pub(super) fn type_of_field(&mut self, field: &ExprField) -> Option<Ty> {
        let syn::Member::Named(name) = &field.member else { return None };
        let owner = self.type_of_place(&field.base)?;
        let ty = self.neighbours.written_out(self.neighbours.field(&owner, &name.to_string())?);
        let known = self.of_reals(ty.clone()).filter(|known| known.shape.is_array())?;
        let mut place = Expr::Field(field.clone());
        let root = renamed_root(&mut place)?;
        let owner = self.type_of_param(&root)?;
        let span = field.span();
        self.source.check(quote_spanned!(span=> let _ = |data: #owner| { let _: &#ty = &#place; };));
        Some(known)
    }

    /// The type of a parameter, of `self` or of a field of them, if the structs stand in this file.
    pub(super) fn type_of_place(&self, place: &Expr) -> Option<Type> {
        match names::bare(place) {
            Expr::Field(field) => {
                let syn::Member::Named(name) = &field.member else { return None };
                self.neighbours.field(&self.type_of_place(&field.base)?, &name.to_string())
            }
            Expr::Path(path) if path.path.is_ident("self") => {
                self.neighbours.owner(&self.source.signature.item.ident.to_string())
            }
            Expr::Path(path) => self.type_of_param(path.path.get_ident()?),
            _ => None,
        }
    }

    /// The type in which a parameter is passed that the name still means.
    fn type_of_param(&self, name: &syn::Ident) -> Option<Type> {
        if name == "self" {
            return self.source.signature.receiver.is_some().then(|| syn::parse_quote!(&Self));
        }
        let Value::Num(Num { atom, .. }) = self.scopes.get(&name.to_string())? else { return None };
        let user = self.param_of(atom.var()?)?;
        (!matches!(user.ty, Type::ImplTrait(_))).then(|| user.ty.clone())
    }

    fn of_reals(&self, ty: Type) -> Option<Ty> {
        let ty = types::read(&self.neighbours.written_out(ty), &self.source.signature.scalar);
        self.is_of_reals(&ty.shape).then_some(ty)
    }

    /// Real numbers, and nothing else, in memory whose lengths mean the same here.
    fn is_of_reals(&self, shape: &Shape) -> bool {
        match shape {
            Shape::Real => true,
            Shape::Slice(inner) | Shape::Vec(inner) => self.is_of_reals(inner),
            Shape::Array(inner, len) => self.is_length(len) && self.is_of_reals(inner),
            Shape::Tuple(parts) => !parts.is_empty() && parts.iter().all(|part| self.is_of_reals(part)),
            Shape::Int | Shape::Bool | Shape::Opaque(_) => false,
        }
    }

    /// A literal, a constant of this file, or what arithmetic makes of them.
    fn is_length(&self, len: &Expr) -> bool {
        match names::bare(len) {
            Expr::Lit(_) => true,
            Expr::Binary(node) => self.is_length(&node.left) && self.is_length(&node.right),
            other => names::ident_of(other)
                .is_some_and(|name| self.neighbours.constant(&name.to_string()).is_some()),
        }
    }
}

/// The name that a chain of fields begins with, which becomes `data`.
fn renamed_root(place: &mut Expr) -> Option<syn::Ident> {
    match place {
        Expr::Field(field) => renamed_root(&mut field.base),
        Expr::Path(path) => {
            let name = path.path.get_ident()?.clone();
            *place = syn::parse_quote_spanned!(name.span()=> data);
            Some(name)
        }
        _ => None,
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
