//! Types as far as they can be read from their syntax.

use quote::ToTokens;
use syn::{GenericArgument, Ident, PathArguments, Type};

use super::source::{Scalar, Shape};
use crate::ir::Kind;

/// A type without its references.
#[derive(Clone)]
pub(super) struct Ty {
    pub(super) refs: u8,
    pub(super) mutable: bool,
    pub(super) shape: Shape,
    /// Only guessed from how the value is used.
    pub(super) guessed: bool,
}

impl Ty {
    pub(super) fn value(shape: Shape) -> Ty {
        Ty { refs: 0, mutable: false, shape, guessed: false }
    }

    /// `()`
    pub(super) fn unit() -> Ty {
        Ty::value(Shape::Tuple(Vec::new()))
    }

    pub(super) fn guess(shape: Shape) -> Ty {
        Ty { guessed: true, ..Ty::value(shape) }
    }

    /// The element type, if it is known for certain.
    pub(super) fn element(&self) -> Option<&Shape> {
        if self.guessed { None } else { self.shape.element() }
    }
}

/// Reads `ty`; `scalar` tells which type is the real scalar.
pub(super) fn read(ty: &Type, scalar: &Scalar) -> Ty {
    match ty {
        Type::Reference(reference) => {
            let inner = read(&reference.elem, scalar);
            Ty { refs: inner.refs.saturating_add(1), mutable: reference.mutability.is_some(), ..inner }
        }
        Type::Paren(inner) => read(&inner.elem, scalar),
        Type::Group(inner) => read(&inner.elem, scalar),
        other => Ty::value(shape(other, scalar)),
    }
}

fn shape(ty: &Type, scalar: &Scalar) -> Shape {
    let opaque = || Shape::Opaque(Box::new(ty.clone()));
    match ty {
        Type::Paren(inner) => shape(&inner.elem, scalar),
        Type::Group(inner) => shape(&inner.elem, scalar),
        Type::Slice(slice) => Shape::Slice(Box::new(shape(&slice.elem, scalar))),
        Type::Array(array) => Shape::Array(Box::new(shape(&array.elem, scalar)), Box::new(array.len.clone())),
        Type::Tuple(tuple) => Shape::Tuple(tuple.elems.iter().map(|elem| shape(elem, scalar)).collect()),
        Type::Path(path) => {
            if let Some(inner) = argument_of(ty, "Vec") {
                return Shape::Vec(Box::new(shape(inner, scalar)));
            }
            match primitive(path) {
                Some(name) if is_scalar(&name, scalar) => Shape::Real,
                Some(name) if INTEGERS.contains(&name.to_string().as_str()) => Shape::Int,
                Some(name) if name == "bool" => Shape::Bool,
                _ => opaque(),
            }
        }
        _ => opaque(),
    }
}

const INTEGERS: [&str; 12] =
    ["usize", "isize", "u8", "u16", "u32", "u64", "u128", "i8", "i16", "i32", "i64", "i128"];

pub(crate) fn is_integer(name: &str) -> bool {
    INTEGERS.contains(&name)
}

/// What `ty` tells of integers, if it is a type of these.
pub(super) fn integers(ty: &Type) -> Option<String> {
    let name = ty.to_token_stream().to_string();
    is_integer(&name).then_some(name)
}

/// The type of the integers in `ty`, where it is one, or a slice, array or `Vec` of them.
pub(super) fn integers_within(ty: &Type) -> Option<String> {
    match ty {
        Type::Reference(reference) => integers_within(&reference.elem),
        Type::Slice(slice) => integers_within(&slice.elem),
        Type::Array(array) => integers_within(&array.elem),
        other => argument_of(other, "Vec").map_or_else(|| integers(other), integers_within),
    }
}

/// The types of the components of a tuple.
pub(super) fn components(ty: &Type) -> Vec<&Type> {
    match ty {
        Type::Reference(reference) => components(&reference.elem),
        Type::Paren(inner) => components(&inner.elem),
        Type::Tuple(tuple) => tuple.elems.iter().collect(),
        _ => Vec::new(),
    }
}

/// Whether `ty` is `f32` or `f64`.
pub(super) fn is_float(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if primitive(path).is_some_and(|name| name == "f32" || name == "f64"))
}

/// The type in `e as T`.
pub(super) fn cast_to(expr: &syn::Expr) -> Option<&Type> {
    match super::names::bare(expr) {
        syn::Expr::Cast(cast) => Some(&cast.ty),
        _ => None,
    }
}

/// The type of an integer literal that says it.
pub(super) fn suffix_of(literal: &str) -> Option<&'static str> {
    let prefixed = ["0x", "0o", "0b"].iter().any(|radix| literal.starts_with(radix));
    let plain = !prefixed || literal.contains(['u', 'i']);
    INTEGERS.into_iter().find(|name| plain && literal.ends_with(name))
}

fn is_scalar(name: &Ident, scalar: &Scalar) -> bool {
    match scalar {
        Scalar::F64 => name == "f64",
        Scalar::F32 => name == "f32",
        Scalar::Param(param) => name == param,
    }
}

/// The scalar type as it is written.
pub(super) fn scalar_type(scalar: &Scalar) -> Ident {
    match scalar {
        Scalar::F64 => Ident::new("f64", proc_macro2::Span::call_site()),
        Scalar::F32 => Ident::new("f32", proc_macro2::Span::call_site()),
        Scalar::Param(param) => param.clone(),
    }
}

/// The name of a type that is a plain identifier, or a primitive by its full path.
fn primitive(path: &syn::TypePath) -> Option<Ident> {
    let last = path.path.segments.last()?;
    let plain = path.qself.is_none() && last.arguments.is_none();
    let first = path.path.segments.first()?;
    let full = path.path.segments.len() > 1 && ["std", "core"].iter().any(|root| first.ident == root);
    (plain && (path.path.segments.len() == 1 || full)).then(|| last.ident.clone())
}

/// `T` of a type `name<T>`.
pub(crate) fn argument_of<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    arguments_of(ty, name).into_iter().next()
}

/// The type of the elements of a slice or a `Vec`.
pub(crate) fn element_of(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Slice(slice) => Some(&slice.elem),
        other => argument_of(other, "Vec"),
    }
}

/// `E` of a type `Result<T, E>`.
pub(super) fn error_of(ty: &Type) -> Option<Type> {
    arguments_of(ty, "Result").get(1).copied().cloned()
}

fn arguments_of<'t>(ty: &'t Type, name: &str) -> Vec<&'t Type> {
    let Type::Path(path) = ty else { return Vec::new() };
    let arguments = match path.path.segments.last() {
        Some(last) if last.ident == name => &last.arguments,
        Some(_) | None => return Vec::new(),
    };
    let PathArguments::AngleBracketed(arguments) = arguments else {
        return Vec::new();
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}

impl Shape {
    /// The kind of a variable of this type.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Shape::Real => Kind::Real,
            Shape::Int => Kind::Int,
            Shape::Bool => Kind::Bool,
            Shape::Slice(inner) | Shape::Array(inner, _) | Shape::Vec(inner) => match inner.kind() {
                kind @ (Kind::Real | Kind::Int | Kind::Bool | Kind::Array(_)) => Kind::array(kind),
                Kind::Opaque | Kind::Tuple(_) | Kind::Tangent | Kind::Tape | Kind::Pullback => Kind::Opaque,
            },
            Shape::Tuple(parts) => {
                let kinds: Vec<Kind> = parts.iter().map(Shape::kind).collect();
                let plain = kinds.iter().all(|kind| matches!(kind, Kind::Real | Kind::Int | Kind::Bool));
                if plain && !kinds.is_empty() { Kind::Tuple(kinds) } else { Kind::Opaque }
            }
            Shape::Opaque(_) => Kind::Opaque,
        }
    }

    /// Whether a parameter of this type can be differentiated.
    pub(crate) fn is_differentiable(&self) -> bool {
        match self {
            Shape::Real => true,
            Shape::Slice(inner) | Shape::Array(inner, _) | Shape::Vec(inner) => {
                !matches!(**inner, Shape::Tuple(_)) && inner.is_differentiable()
            }
            Shape::Tuple(parts) => !parts.is_empty() && parts.iter().all(|part| matches!(part, Shape::Real)),
            Shape::Int | Shape::Bool | Shape::Opaque(_) => false,
        }
    }

    /// The type of an element, if this is an array.
    pub(super) fn element(&self) -> Option<&Shape> {
        match self {
            Shape::Slice(inner) | Shape::Array(inner, _) | Shape::Vec(inner) => Some(inner),
            Shape::Real | Shape::Int | Shape::Bool | Shape::Tuple(_) | Shape::Opaque(_) => None,
        }
    }

    pub(super) fn is_array(&self) -> bool {
        self.element().is_some()
    }

    pub(super) fn slice_of(inner: Shape) -> Shape {
        Shape::Slice(Box::new(inner))
    }

    pub(super) fn vec_of(inner: Shape) -> Shape {
        Shape::Vec(Box::new(inner))
    }

    /// `[inner; n]` of a known number of elements.
    pub(super) fn array_of(inner: Shape, n: usize) -> Shape {
        let len = syn::LitInt::new(&n.to_string(), proc_macro2::Span::call_site());
        let len = syn::Expr::Lit(syn::ExprLit { attrs: Vec::new(), lit: syn::Lit::Int(len) });
        Shape::Array(Box::new(inner), Box::new(len))
    }

    /// The number of elements, where it is a literal.
    pub(super) fn literal_len(&self) -> Option<usize> {
        let Shape::Array(_, len) = self else { return None };
        let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(int), .. }) = &**len else {
            return None;
        };
        int.base10_parse().ok()
    }
}
