//! Reads the signature: the scalar type, the parameters, the result.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{FnArg, GenericParam, Ident, Pat, ReturnType, Type, TypeParamBound, WherePredicate};

use super::source::{Passing, Scalar, Shape, SigParam, Signature, Wrapper};
use super::types::{self, Ty};
use crate::attr::Options;
use crate::diag::Diag;

/// The bounds that make a type parameter the scalar type.
const FLOATS: [&str; 4] = ["Float", "Real", "RealField", "FloatCore"];

pub(super) fn read(item: &syn::ItemFn, options: &Options, diag: &mut Diag) -> Signature {
    refuse_qualifiers(&item.sig, diag);
    refuse_home(item, options, diag);
    let scalar = scalar_of(&item.sig, options);
    let (sig, implied) = with_named_types(item);
    let params = params(&sig, &scalar, options, diag);
    let (wrapper, result) = result(&sig.output, &scalar);
    Signature {
        visibility: item.vis.clone(),
        receiver: sig.receiver().cloned(),
        item: sig,
        implied,
        params,
        scalar,
        wrapper,
        result,
    }
}

/// `f(weight: impl Fn(f64) -> f64)`  as  `f<ImplWeight: Fn(f64) -> f64>(weight: ImplWeight)`, and how many such parameters there are.
fn with_named_types(item: &syn::ItemFn) -> (syn::Signature, usize) {
    struct Naming<'t> {
        taken: &'t str,
        stem: String,
        named: Vec<syn::TypeParam>,
    }
    impl VisitMut for Naming<'_> {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            if let Type::ImplTrait(implied) = ty {
                let mut name = self.stem.clone();
                while self.taken.contains(&name) || self.named.iter().any(|param| param.ident == name) {
                    name.push('_');
                }
                let name = Ident::new(&name, syn::spanned::Spanned::span(&*implied));
                let bounds = &implied.bounds;
                self.named.push(syn::parse_quote!(#name: #bounds));
                *ty = syn::parse_quote!(#name);
                return;
            }
            visit_mut::visit_type_mut(self, ty);
        }
    }
    let text = item.to_token_stream().to_string();
    let mut sig = item.sig.clone();
    let mut naming = Naming { taken: &text, stem: String::new(), named: Vec::new() };
    for input in &mut sig.inputs {
        if let FnArg::Typed(typed) = input {
            let name = match &*typed.pat {
                Pat::Ident(pat) => pat.ident.to_string(),
                _ => String::new(),
            };
            naming.stem = format!("Impl{}", camel(name.trim_start_matches("r#")));
            naming.visit_type_mut(&mut typed.ty);
        }
    }
    let implied = naming.named.len();
    sig.generics.params.extend(naming.named.into_iter().map(GenericParam::Type));
    (sig, implied)
}

fn camel(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        })
        .collect()
}

fn refuse_qualifiers(sig: &syn::Signature, diag: &mut Diag) {
    if let Some(token) = &sig.asyncness {
        diag.error(token, "an `async` function cannot be differentiated; compute in a plain function");
    }
    if let syn::Safety::Unsafe(token) = &sig.safety {
        diag.error(
            token,
            "an `unsafe` function cannot be differentiated; put the attribute on a safe function that does the computing",
        );
    }
    if let ReturnType::Type(_, ty) = &sig.output
        && matches!(**ty, Type::Never(_))
    {
        diag.error(ty, "a function that never returns has no derivative; leave the attribute out");
    }
    if let Some(variadic) = &sig.variadic {
        diag.error(variadic, "a variadic function cannot be differentiated; take a slice");
    }
    if let Some(receiver) = sig.receiver()
        && receiver.mutability.is_some()
    {
        diag.error(
            receiver,
            "`mut self` cannot be differentiated; take `&self`, whose fields are held constant",
        );
    }
}

/// A companion type cannot stand in an `impl`.
fn refuse_home(item: &syn::ItemFn, options: &Options, diag: &mut Diag) {
    if let (false, Some(ident)) = (options.associated, own_type(item)) {
        let message = format!(
            "`{}` is in an `impl` and has no receiver; say `#[differentiable(associated)]`",
            item.sig.ident
        );
        diag.error(&ident, message);
    }
}

/// `Self` in a function without a receiver: a macro sees by it that the function is in an `impl`.
pub(crate) fn own_type(item: &syn::ItemFn) -> Option<Ident> {
    fn find(tokens: TokenStream) -> Option<Ident> {
        tokens.into_iter().find_map(|token| match token {
            TokenTree::Ident(ident) => (ident == "Self").then_some(ident),
            TokenTree::Group(group) => find(group.stream()),
            TokenTree::Punct(_) | TokenTree::Literal(_) => None,
        })
    }
    // It may be the type of an `impl` in the body.
    let has_items = item.block.stmts.iter().any(|stmt| matches!(stmt, syn::Stmt::Item(_)));
    if has_items || item.sig.receiver().is_some() {
        return None;
    }
    find(syn::ItemFn { attrs: Vec::new(), ..item.clone() }.to_token_stream())
}

/// The type parameter, also of the `impl`, with a float bound that the differentiated parameters use, else `f64` or `f32`, whichever
/// stands first.
fn scalar_of(sig: &syn::Signature, options: &Options) -> Scalar {
    let mut floats = float_params(&sig.generics, &options.floats);
    floats.extend(float_params(&options.impl_generics, &options.floats));
    let chosen = |name: &Ident| options.wrt.as_ref().is_none_or(|wrt| wrt.contains(name));
    let mut types: Vec<&Type> = Vec::new();
    let mut others: Vec<&Type> = Vec::new();
    for input in &sig.inputs {
        if let FnArg::Typed(typed) = input {
            match &*typed.pat {
                Pat::Ident(pat) if chosen(&pat.ident) => types.push(&typed.ty),
                _ => others.push(&typed.ty),
            }
        }
    }
    if let ReturnType::Type(_, ty) = &sig.output {
        types.push(ty);
    }
    types.extend(others);
    types.into_iter().find_map(|ty| scalar_in(ty, &floats)).unwrap_or(Scalar::F64)
}

fn scalar_in(ty: &Type, floats: &[Ident]) -> Option<Scalar> {
    let found = |scalar: &Scalar| {
        let read = types::read(ty, scalar);
        read.shape.is_real()
            || [types::argument_of(ty, "Result"), types::argument_of(ty, "Option")]
                .into_iter()
                .flatten()
                .any(|inner| types::read(inner, scalar).shape.is_real())
    };
    let mut candidates: Vec<Scalar> = floats.iter().cloned().map(Scalar::Param).collect();
    candidates.extend([Scalar::F64, Scalar::F32]);
    candidates.into_iter().find(found)
}

pub(super) fn float_params(generics: &syn::Generics, floats: &[Ident]) -> Vec<Ident> {
    let is_float = |bound: &TypeParamBound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|segment| {
            FLOATS.iter().any(|name| segment.ident == name) || floats.contains(&segment.ident)
        }),
        _ => false,
    };
    let mut found = Vec::new();
    for param in &generics.params {
        if let GenericParam::Type(param) = param
            && (param.bounds.iter().any(is_float)
                || in_where(generics.where_clause.as_ref(), &param.ident, is_float))
        {
            found.push(param.ident.clone());
        }
    }
    found
}

fn in_where(
    clause: Option<&syn::WhereClause>,
    param: &Ident,
    is_float: impl Fn(&TypeParamBound) -> bool,
) -> bool {
    clause.into_iter().flat_map(|clause| &clause.predicates).any(|predicate| match predicate {
        WherePredicate::Type(predicate) => match &predicate.bounded_ty {
            Type::Path(path) => path.path.is_ident(param) && predicate.bounds.iter().any(&is_float),
            _ => false,
        },
        _ => false,
    })
}

fn params(sig: &syn::Signature, scalar: &Scalar, options: &Options, diag: &mut Diag) -> Vec<SigParam> {
    let mut params = Vec::new();
    for input in &sig.inputs {
        if let FnArg::Typed(typed) = input {
            let name = match &*typed.pat {
                Pat::Ident(pat) => pat.ident.clone(),
                other => Ident::new(&format!("arg{}", params.len()), syn::spanned::Spanned::span(other)),
            };
            let param = param(name, &typed.ty, scalar, options);
            if options.wrt.is_none() && !param.differentiated && is_of_other_float(&typed.ty, scalar) {
                let message = format!(
                    "`{}` is of another float type than the rest, and would be held constant; say `wrt(…)` without it, or use one type",
                    param.name
                );
                diag.error(&typed.ty, message);
            }
            params.push(param);
        }
    }
    for chosen in options.wrt.iter().flatten() {
        match params.iter().find(|param| param.name == *chosen) {
            None => diag.error(
                chosen,
                format!("`{chosen}` is no parameter of `{}`; name one of its parameters", sig.ident),
            ),
            Some(param) if !param.differentiated => diag.error(chosen, not_real(param, sig)),
            Some(_) => {}
        }
    }
    params
}

/// What is said of a chosen parameter that is no memory of real numbers. What looks like a type parameter may be the `impl`'s.
fn not_real(param: &SigParam, sig: &syn::Signature) -> String {
    let name = &param.name;
    match unknown_scalar(&param.shape) {
        Some(ty) => format!(
            "`{name}` is made of `{ty}`, which the macro does not know to be real; write `f64`, or give the function a type parameter of its own: `fn {}<{ty}: Float>(…)`",
            sig.ident
        ),
        None => format!("`{name}` is not of a real type; only real parameters can be differentiated"),
    }
}

/// The type of the numbers, if it is a name of one letter, as type parameters have.
pub(crate) fn unknown_scalar(shape: &Shape) -> Option<Ident> {
    match shape {
        Shape::Slice(inner) | Shape::Array(inner, _) | Shape::Vec(inner) => unknown_scalar(inner),
        Shape::Opaque(ty) => match &**ty {
            Type::Path(path) => path.path.get_ident().filter(|name| name.to_string().len() == 1).cloned(),
            _ => None,
        },
        Shape::Real | Shape::Int | Shape::Bool | Shape::Tuple(_) => None,
    }
}

/// Whether `ty` is made of `f32` in a function of `f64`, or the other way round.
fn is_of_other_float(ty: &Type, scalar: &Scalar) -> bool {
    let other = match scalar {
        Scalar::F64 => Scalar::F32,
        Scalar::F32 => Scalar::F64,
        Scalar::Param(_) => return false,
    };
    types::read(ty, &other).shape.is_differentiable()
}

fn param(name: Ident, ty: &Type, scalar: &Scalar, options: &Options) -> SigParam {
    let Ty { refs, mutable, shape, .. } = types::read(ty, scalar);
    let shape = if refs > 1 { Shape::Opaque(Box::new(ty.clone())) } else { shape };
    let passing = match (refs, mutable) {
        (0, _) => Passing::Value,
        (_, true) => Passing::RefMut,
        (_, false) => Passing::Ref,
    };
    let plain = !matches!((&shape, passing), (Shape::Tuple(_), Passing::RefMut));
    let chosen = options.wrt.as_ref().is_none_or(|wrt| wrt.contains(&name));
    let differentiated = plain && chosen && shape.is_differentiable();
    SigParam { name, ty: ty.clone(), passing, shape, differentiated }
}

fn result(output: &ReturnType, scalar: &Scalar) -> (Wrapper, Shape) {
    let ReturnType::Type(_, ty) = output else {
        return (Wrapper::None, Shape::Tuple(Vec::new()));
    };
    let read = |ty: &Type| {
        let Ty { refs, shape, .. } = types::read(ty, scalar);
        if refs == 0 { shape } else { Shape::Opaque(Box::new(ty.clone())) }
    };
    if let Type::Path(path) = &**ty {
        if let Some(inner) = types::argument_of(ty, "Result") {
            return (Wrapper::Result(Box::new(path.clone())), read(inner));
        }
        if let Some(inner) = types::argument_of(ty, "Option") {
            return (Wrapper::Option(Box::new(path.clone())), read(inner));
        }
    }
    (Wrapper::None, read(ty))
}
