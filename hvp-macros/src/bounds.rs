//! What the types that a signature leaves open stand for: functions, iterators and structs, as their bounds tell.
//!
//! ```text
//! fn step<S: System>(system: &S, rate: impl Fn(f64) -> f64, y: f64) -> f64   // `system` is any struct of `System`, `rate` any function
//! ```

use proc_macro2::Ident;
use syn::{FnArg, Generics, Pat, Signature, Type, TypeParam, TypeParamBound, WherePredicate};

use crate::front::types;

const FUNCTIONS: [&str; 3] = ["Fn", "FnMut", "FnOnce"];

pub(crate) const ITERATORS: [&str; 4] =
    ["Iterator", "IntoIterator", "DoubleEndedIterator", "ExactSizeIterator"];

/// Whether a trait is one of those that a type parameter of an inlined helper stands for, beside structs: functions and iterators.
pub(crate) fn is_inlined(name: &Ident) -> bool {
    FUNCTIONS.iter().chain(&ITERATORS).any(|known| name == known)
}

/// Whether a parameter is a function: a closure of any type, a reference to one, or a pointer to a function.
pub(crate) fn is_function(input: &FnArg, generics: &Generics) -> bool {
    matches!(input, FnArg::Typed(typed) if is_type_of_functions(&typed.ty, generics))
}

/// Whether a function gives one, boxed or not.
pub(crate) fn gives_function(signature: &Signature) -> bool {
    let syn::ReturnType::Type(_, ty) = &signature.output else { return false };
    is_type_of_functions(types::argument_of(ty, "Box").unwrap_or(ty), &signature.generics)
}

fn is_type_of_functions(ty: &Type, generics: &Generics) -> bool {
    match ty {
        Type::Reference(reference) => is_type_of_functions(&reference.elem, generics),
        Type::Paren(inner) => is_type_of_functions(&inner.elem, generics),
        Type::FnPtr(_) => true,
        other => traits_of(other, generics).iter().any(|name| FUNCTIONS.iter().any(|known| *name == known)),
    }
}

pub(crate) fn behind_reference(ty: &Type) -> &Type {
    match ty {
        Type::Reference(reference) => behind_reference(&reference.elem),
        ty => ty,
    }
}

/// The last names of the traits that bound a type: of `impl System`, `dyn System`, and `S` where `S: System`.
pub(crate) fn traits_of<'t>(ty: &'t Type, generics: &'t Generics) -> Vec<&'t Ident> {
    match ty {
        Type::Paren(inner) => traits_of(&inner.elem, generics),
        Type::ImplTrait(open) => open.bounds.iter().filter_map(name).collect(),
        Type::TraitObject(open) => open.bounds.iter().filter_map(name).collect(),
        Type::Path(path) => {
            let own = path
                .path
                .get_ident()
                .and_then(|own| generics.type_params().find(|param| param.ident == *own));
            own.into_iter().flat_map(|param| of_param(param, generics)).collect()
        }
        _ => Vec::new(),
    }
}

/// The same of the type of the parameter `name`, behind references.
pub(crate) fn of_input<'s>(signature: &'s Signature, name: &str) -> Vec<&'s Ident> {
    let ty = signature.inputs.iter().find_map(|input| match input {
        FnArg::Typed(typed) if matches!(&*typed.pat, Pat::Ident(own) if own.ident == name) => {
            Some(&*typed.ty)
        }
        FnArg::Typed(_) | FnArg::Receiver(_) => None,
    });
    ty.map_or_else(Vec::new, |ty| traits_of(behind_reference(ty), &signature.generics))
}

/// The last names of the traits that bound a type parameter, in the list or in `where`.
pub(crate) fn of_param<'g>(param: &'g TypeParam, generics: &'g Generics) -> impl Iterator<Item = &'g Ident> {
    let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let of_where = predicates.filter_map(|predicate| match predicate {
        WherePredicate::Type(ty) => match &ty.bounded_ty {
            Type::Path(path) if path.path.is_ident(&param.ident) => Some(&ty.bounds),
            _ => None,
        },
        _ => None,
    });
    param.bounds.iter().chain(of_where.flatten()).filter_map(name)
}

/// The name of a trait of this module, or of one that is known wherever it stands.
fn name(bound: &TypeParamBound) -> Option<&Ident> {
    let TypeParamBound::Trait(bound) = bound else { return None };
    let last = bound.path.segments.last().map(|last| &last.ident)?;
    (bound.path.segments.len() == 1 || is_inlined(last)).then_some(last)
}
