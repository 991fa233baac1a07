//! What the parameters of an `impl` stand for where its functions are inlined.
//!
//! With `impl<const N: usize> Filter<N> { fn mean(&self) -> f64 { self.taps.iter().sum::<f64>() / N as f64 } }` and taps of the
//! type `[f64; 3]`, `N`  becomes  `3`.

use std::collections::BTreeMap;
use std::rc::Rc;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::{Parse, Parser};
use syn::{Expr, ExprPath, GenericArgument, Pat, PathArguments, Type};

use super::{Constant, Method, Record, words};
use crate::front::lower::Lower;
use crate::front::signature::float_params;
use crate::front::source::Shape;
use crate::front::types;
use crate::front::value::{Closure, Value};
use crate::helpers::{names_of_params, replaced};

/// What stands for parameters, by their names.
type Known = BTreeMap<String, TokenStream>;

/// The parameters of types and constants that a function names.
#[derive(Clone, Default)]
pub(in crate::front) struct Generics {
    constants: Vec<String>,
    floats: Vec<String>,
}

impl Generics {
    pub(in crate::front) fn constants(&self) -> &[String] {
        &self.constants
    }
}

/// The parameters of constants and, if `bounds` tell which these are, of floats that a function names; `None` if its body names others.
pub(in crate::front) fn named_in(
    sig: &syn::Signature,
    block: &syn::Block,
    around: Option<&syn::Generics>,
    bounds: Option<&[syn::Ident]>,
) -> Option<Generics> {
    let mut params = Generics::default();
    let in_body = words(&block.to_token_stream());
    let in_signature = words(&sig.inputs.to_token_stream());
    for generics in around.into_iter().chain([&sig.generics]) {
        let floats = bounds.map_or_else(Vec::new, |bounds| float_params(generics, bounds));
        let constants: Vec<&syn::Ident> = generics.const_params().map(|param| &param.ident).collect();
        for param in names_of_params(generics) {
            let is_in = |words: &[String]| words.iter().any(|word| param == word);
            if constants.contains(&param) {
                params.constants.extend((is_in(&in_body) || is_in(&in_signature)).then(|| param.to_string()));
            } else if is_in(&in_body) {
                floats.contains(param).then(|| params.floats.push(param.to_string()))?;
            }
        }
    }
    Some(params)
}

/// The arguments of the last segment of `path` but `skipped`.
fn arguments(path: &syn::Path, skipped: usize) -> Vec<TokenStream> {
    match path.segments.iter().rev().nth(skipped).map(|segment| &segment.arguments) {
        Some(PathArguments::AngleBracketed(arguments)) => {
            let plain = |argument: &&GenericArgument| !matches!(argument, GenericArgument::Lifetime(_));
            arguments.args.iter().filter(plain).map(ToTokens::to_token_stream).collect()
        }
        Some(PathArguments::None | PathArguments::Parenthesized(_)) | None => Vec::new(),
    }
}

fn arguments_of(ty: &Type) -> Vec<TokenStream> {
    match ty {
        Type::Reference(reference) => arguments_of(&reference.elem),
        Type::Path(path) => arguments(&path.path, 0),
        _ => Vec::new(),
    }
}

/// What `Matrix::<2, 3>::zeros` says of the parameters in the type `of` of the `impl`.
fn written(of: &Type, path: &ExprPath) -> Known {
    let names = arguments_of(of).into_iter().map(|name| name.to_string());
    names.zip(arguments(&path.path, 1)).filter(|(_, value)| value.to_string() != "_").collect()
}

/// `zeros` of `Matrix::<2, 3>::zeros()`, with `2` and `3` in the place of the parameters of the `impl`.
pub(super) fn as_written(mut method: Method, path: &ExprPath) -> Method {
    if let Some(closure) = with(&method.closure, &written(&method.of, path)) {
        method.closure = Rc::new(closure);
    }
    method
}

/// The value of `ORDER` in `Filter::<5>::ORDER`; `None` if it depends on what the path does not say.
pub(super) fn value_at(constant: &Constant, path: &ExprPath) -> Option<Expr> {
    let known = written(&constant.of, path);
    let value = constant.value.to_token_stream();
    let used = words(&value);
    let is_open = |param: &String| used.contains(param) && !known.contains_key(param);
    if constant.params.iter().any(is_open) {
        return None;
    }
    syn::parse2(replaced(value, &known)).ok()
}

/// `closure` with what is known in the place of names.
fn with(closure: &Closure, known: &Known) -> Option<Closure> {
    fn parsed<T>(node: &impl ToTokens, known: &Known, parser: impl Parser<Output = T>) -> Option<T> {
        parser.parse2(replaced(node.to_token_stream(), known)).ok()
    }
    let unknown =
        |params: &[String]| params.iter().filter(|param| !known.contains_key(*param)).cloned().collect();
    let param = |pat: &Pat| match pat {
        Pat::Type(typed) => {
            let ty = Box::new(parsed(&typed.ty, known, Type::parse)?);
            Some(Pat::Type(syn::PatType { ty, ..typed.clone() }))
        }
        other => Some(other.clone()),
    };
    Some(Closure {
        name: closure.name.clone(),
        params: closure.params.iter().map(param).collect::<Option<_>>()?,
        body: parsed(&closure.body, known, Expr::parse)?,
        output: parsed(&closure.output, known, syn::ReturnType::parse)?,
        scopes: closure.scopes.clone(),
        traits: closure.traits.clone(),
        generics: Generics {
            constants: unknown(&closure.generics.constants),
            floats: unknown(&closure.generics.floats),
        },
    })
}

impl Lower<'_> {
    /// The function with what its parameters of types and constants stand for, as the receiver and the arguments tell.
    pub(in crate::front) fn with_generics<'a>(
        &mut self,
        closure: &Rc<Closure>,
        told: impl Iterator<Item = (&'a Pat, &'a Value)>,
        span: Span,
    ) -> Option<Rc<Closure>> {
        self.with_generics_of(closure, Known::new(), told, span)
    }

    /// The same of a method.
    pub(super) fn with_generics_of_method(
        &mut self,
        method: &Method,
        receiver: Option<&Value>,
        args: &[(Value, &Expr)],
        span: Span,
    ) -> Option<Rc<Closure>> {
        let mut known = Known::new();
        if let Some(receiver) = receiver {
            self.tell(&method.of, receiver, &mut known);
        }
        let told = method.closure.params.iter().zip(args.iter().map(|(value, _)| value));
        self.with_generics_of(&method.closure, known, told, span)
    }

    fn with_generics_of<'a>(
        &mut self,
        closure: &Rc<Closure>,
        mut known: Known,
        told: impl Iterator<Item = (&'a Pat, &'a Value)>,
        span: Span,
    ) -> Option<Rc<Closure>> {
        let Generics { constants, floats } = &closure.generics;
        if constants.is_empty() && floats.is_empty() {
            return Some(Rc::clone(closure));
        }
        for (pat, value) in told {
            if let Pat::Type(typed) = pat {
                self.tell(&typed.ty, value, &mut known);
            }
        }
        // The float is that of the caller, which is generic as well.
        let scalar = self.scalar_param().map(ToTokens::to_token_stream);
        known.extend(floats.iter().filter_map(|param| Some((param.clone(), scalar.clone()?))));
        if let Some(param) = constants.iter().find(|param| !known.contains_key(*param)) {
            let name = closure.name.as_ref().map(ToString::to_string).unwrap_or_default();
            self.diag.error_at(span, format!("what `{param}` of `{name}` stands for here is not known to the macro; pass an array of that length, or write it: `Type::<…>::{name}`"));
            return None;
        }
        with(closure, &known).map(Rc::new)
    }

    /// What `value` tells of the names in its type.
    fn tell(&self, ty: &Type, value: &Value, known: &mut Known) {
        match (ty, value) {
            (Type::Reference(reference), value) => self.tell(&reference.elem, value, known),
            (Type::Path(_), Value::Struct(fields, parts)) => {
                let (Some(Record { fields: types, params, .. }), Value::Tuple(parts)) =
                    (self.records.structs.get(&fields.ty), &**parts)
                else {
                    return;
                };
                let mut own = Known::new();
                for (name, ty) in types {
                    let part =
                        fields.names.iter().position(|field| field == name).and_then(|at| parts.get(at));
                    part.into_iter().for_each(|part| self.tell(ty, part, &mut own));
                }
                for (param, argument) in params.iter().zip(arguments_of(ty)) {
                    if let Some(value) = own.get(param) {
                        known.entry(argument.to_string()).or_insert_with(|| value.clone());
                    }
                }
            }
            (ty, Value::Array(view)) => tell_lengths(ty, &view.shape, known),
            (ty, Value::Table(table)) => {
                table.first().into_iter().for_each(|view| tell_lengths(ty, &view.shape, known));
            }
            // Other values tell nothing: a parameter that nothing tells is refused.
            (
                _,
                Value::Num(_)
                | Value::Code(_)
                | Value::Tuple(_)
                | Value::Struct(..)
                | Value::Option(_)
                | Value::Iter(_)
                | Value::Ref(..)
                | Value::Func(_)
                | Value::Range(_)
                | Value::Late(_)
                | Value::Error(_)
                | Value::Unit
                | Value::Never
                | Value::Poison,
            ) => {}
        }
    }
}

fn tell_lengths(ty: &Type, shape: &Shape, known: &mut Known) {
    let Some(inner) = shape.element() else { return };
    if let (Type::Array(array), Shape::Array(_, len)) = (ty, shape) {
        let value = match &**len {
            Expr::Lit(_) | Expr::Path(_) => len.to_token_stream(),
            len => quote!({ #len }),
        };
        known.entry(array.len.to_token_stream().to_string()).or_insert(value);
        tell_lengths(&array.elem, inner, known);
    } else if let Some(element) = types::element_of(ty) {
        tell_lengths(element, inner, known);
    }
}
