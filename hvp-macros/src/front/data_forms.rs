//! Values that are no numbers by their form: texts, variants of enums, and what functions of the file give.

use quote::quote;
use syn::{Expr, ReturnType, Type};

use super::call::tail_of;
use super::gathered::OTHERS;
use super::lower::Lower;
use super::names;
use super::source::Shape;
use super::types::{self, Ty};

/// `HashMap::new()`
fn makes_collection(path: &syn::ExprPath) -> bool {
    let (owner, name) = tail_of(path);
    OTHERS.contains(&owner.as_str()) && ["new", "with_capacity", "from"].contains(&name.as_str())
}

impl Lower<'_> {
    /// The type of `expr`, or `_`, if its form or the file tells that it is no number: `'a'`, `"b"`, `Kind::Free`, `Kind::Held(3)`.
    pub(super) fn data_type(&self, expr: &Expr) -> Option<Type> {
        match names::bare(expr) {
            Expr::Lit(literal) => match literal.lit {
                syn::Lit::Char(_) => Some(syn::parse_quote!(char)),
                syn::Lit::Str(_) => Some(syn::parse_quote!(&str)),
                _ => None,
            },
            Expr::Path(path) => self.is_variant(path).then(|| syn::parse_quote!(_)),
            Expr::Call(call) => match names::bare(&call.func) {
                Expr::Path(path) if self.is_variant(path) || makes_collection(path) => {
                    Some(syn::parse_quote!(_))
                }
                Expr::Path(path) => self.data_given_by(path),
                _ => None,
            },
            Expr::Macro(node) if names::macro_name(&node.mac) == "vec" => {
                let (value, _) = super::format::repeat(&node.mac)?;
                self.data_type(&value).map(|element| syn::parse_quote!(::std::vec::Vec<#element>))
            }
            Expr::Repeat(node) => {
                let (element, n) = (self.data_type(&node.expr)?, &node.len);
                Some(syn::parse_quote!([#element; #n]))
            }
            Expr::If(node) => self.data_type_of_block(&node.then_branch),
            Expr::Match(node) => node.arms.iter().find_map(|arm| self.data_type(&arm.body)),
            Expr::Block(node) => self.data_type_of_block(&node.block),
            _ => None,
        }
    }

    /// The type of `None` as an element, but where it stands for a real number.
    pub(super) fn missing_data(&self, value: &Expr, array: Option<&Ty>) -> Option<Type> {
        let element = match array.and_then(|array| array.shape.element()) {
            Some(Shape::Opaque(ty)) => types::argument_of(ty, "Option"),
            _ => None,
        };
        let content = element.map(|content| types::read(content, &self.source.signature.scalar).shape);
        let is_none = matches!(names::bare(value), Expr::Path(path) if path.path.is_ident("None"));
        (is_none && !matches!(content, Some(Shape::Real))).then(|| syn::parse_quote!(_))
    }

    fn data_type_of_block(&self, block: &syn::Block) -> Option<Type> {
        match block.stmts.last()? {
            syn::Stmt::Expr(tail, None) => self.data_type(tail),
            _ => None,
        }
    }

    /// The type of what a function of the file gives, if that is data.
    pub(super) fn data_given_by(&self, path: &syn::ExprPath) -> Option<Type> {
        let ReturnType::Type(_, ty) = self.signature_beside(path)?.output else { return None };
        let names_self = super::code::mentions(&quote!(#ty), &["Self", "impl"]);
        (!names_self && self.is_data_type(&ty)).then_some(*ty)
    }

    /// A type by its name, which is neither a number's nor that of a struct that is taken apart: an enum, say.
    pub(super) fn is_data_type(&self, ty: &Type) -> bool {
        let Type::Path(path) = ty else { return false };
        let is_opaque = matches!(types::read(ty, &self.source.signature.scalar).shape, Shape::Opaque(_));
        let is_plain = path.qself.is_none() && path.path.segments.iter().all(|part| part.arguments.is_none());
        is_opaque && is_plain && !self.records.has(&path.path)
    }

    /// `Kind::Free`: by the case of its letters, or since the file has an enum of that name.
    fn is_variant(&self, path: &syn::ExprPath) -> bool {
        let (owner, name) = tail_of(path);
        let is_camel = name.starts_with(char::is_uppercase) && name.chars().any(char::is_lowercase);
        let is_other = !["Option", "Result"].contains(&owner.as_str())
            && !["Some", "None", "Ok", "Err"].contains(&name.as_str())
            && !self.records.knows(path)
            && !self.records.has(&path.path);
        let is_known = path.path.segments.len() > 1 && self.neighbours.has_enum(&owner);
        path.qself.is_none() && is_other && (is_camel || is_known)
    }
}
