//! The user's text beside the IR: fragments, positions, and the signature for the emitter.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Ident;

use super::given::GivenPaths;
use super::range::Mark;
use super::types;
use crate::ir::{Fragment, SpanId, VarId, Wraps};

/// What the IR refers to by number.
pub(crate) struct Source {
    fragments: Vec<TokenStream>,
    spans: Vec<Span>,
    pub(crate) signature: Signature,
    /// Variables of unknown type that fragments change in place: they are declared `let mut`.
    pub(crate) changing: BTreeSet<VarId>,
    /// Items inside the body (`const`, `use`, …), which fragments may name: they stand first in each generated function.
    pub(crate) items: Vec<TokenStream>,
    /// The type of all integers that a fragment of our own takes and gives.
    pub(crate) integers: BTreeMap<Fragment, String>,
    /// How many arguments of a fragment, from the first, have the type of its result, an integer.
    pub(super) alike: BTreeMap<Fragment, usize>,
    /// Fragments that are integers of a range, until the type of that is known.
    pub(super) ranges: BTreeMap<Fragment, Mark>,
    /// Variables that are `&mut` of passive state.
    pub(crate) exclusive: BTreeSet<VarId>,
    /// Fragments of which more can be said than that they are not known.
    pub(crate) unknown: BTreeMap<Fragment, Unknown>,
    /// Statements that are never run, for rustc to look at.
    pub(crate) checks: Vec<TokenStream>,
    /// The user's own functions for the derivatives.
    pub(crate) given: GivenPaths,
}

/// Why the derivative of a fragment is not known, and what to write instead.
#[derive(Clone)]
pub(crate) struct Unknown {
    pub(crate) at: TokenStream,
    pub(crate) why: String,
    pub(crate) instead: &'static str,
}

impl Source {
    pub(crate) fn new(signature: Signature) -> Source {
        Source {
            fragments: Vec::new(),
            spans: Vec::new(),
            signature,
            changing: BTreeSet::new(),
            integers: BTreeMap::new(),
            alike: BTreeMap::new(),
            ranges: BTreeMap::new(),
            items: Vec::new(),
            unknown: BTreeMap::new(),
            checks: Vec::new(),
            exclusive: BTreeSet::new(),
            given: GivenPaths::default(),
        }
    }

    /// Adds an item of the body, of which a closure or nested function may be lowered several times.
    pub(crate) fn add_item(&mut self, item: TokenStream) {
        add_once(&mut self.items, item);
    }

    /// Has rustc look at a statement that is never run.
    pub(crate) fn check(&mut self, statement: TokenStream) {
        add_once(&mut self.checks, statement);
    }

    /// What keeps a value in an `Option`, and takes it out again.
    pub(crate) fn wraps(&mut self) -> Wraps {
        let hole = Source::hole(0, Span::mixed_site());
        let copy = quote!(::core::clone::Clone::clone(&#hole));
        let keep = self.add_fragment(quote!(::core::option::Option::Some(#copy)));
        let take = self.add_fragment(quote!(::core::option::Option::unwrap(#copy)));
        let numbered = (0..).map(Fragment).zip(&self.fragments);
        let options = numbered.filter(|(_, tokens)| is_some(tokens)).map(|(fragment, _)| fragment).collect();
        let fixed = self.changing.iter().chain(&self.exclusive).copied().collect();
        Wraps { keep, take, options, fixed }
    }

    /// The tokens of a fragment; hole `k` is the identifier `__hvp_hole_k` ([`Source::hole`]).
    pub(crate) fn fragment(&self, id: Fragment) -> TokenStream {
        self.fragments.get(id.0 as usize).cloned().unwrap_or_default()
    }

    pub(crate) fn span(&self, id: SpanId) -> Span {
        self.spans.get(id.0 as usize).copied().unwrap_or_else(Span::call_site)
    }

    /// The line of a position in the user's file, where the compiler tells it.
    pub(crate) fn line(&self, id: SpanId) -> Option<usize> {
        let span = self.span(id);
        proc_macro::is_available().then(|| span.unwrap().line())
    }

    pub(crate) fn add_fragment(&mut self, tokens: TokenStream) -> Fragment {
        self.fragments.push(tokens);
        Fragment(u32::try_from(self.fragments.len() - 1).unwrap_or(u32::MAX))
    }

    pub(crate) fn add_span(&mut self, span: Span) -> SpanId {
        self.spans.push(span);
        SpanId(u32::try_from(self.spans.len() - 1).unwrap_or(u32::MAX))
    }

    /// All fragments, for tests.
    #[cfg(test)]
    pub(crate) fn fragments(&self) -> &[TokenStream] {
        &self.fragments
    }

    /// The identifier that stands for argument `index` in a fragment.
    pub(crate) fn hole(index: usize, span: Span) -> Ident {
        Ident::new(&format!("__hvp_hole_{index}"), span)
    }

    /// The argument that `ident` stands for in a fragment, if it is a hole.
    pub(crate) fn hole_index(ident: &Ident) -> Option<usize> {
        ident.to_string().strip_prefix("__hvp_hole_")?.parse().ok()
    }
}

/// `::core::option::Option::Some(…)`, as our own fragments write it.
fn is_some(tokens: &TokenStream) -> bool {
    let written: Vec<String> = tokens
        .clone()
        .into_iter()
        .filter(|tree| !matches!(tree, TokenTree::Punct(_)))
        .take(4)
        .map(|tree| tree.to_string())
        .collect();
    written == ["core", "option", "Option", "Some"]
}

fn add_once(list: &mut Vec<TokenStream>, one: TokenStream) {
    let text = one.to_string();
    if list.iter().all(|other| other.to_string() != text) {
        list.push(one);
    }
}

/// The real scalar type of a function.
#[derive(Clone, Debug)]
pub(crate) enum Scalar {
    F64,
    F32,
    /// A type parameter with a float bound.
    Param(Ident),
}

/// How a parameter is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passing {
    Value,
    Ref,
    RefMut,
}

/// The type of a parameter (without its reference) or of a result (without `Result` or `Option`).
#[derive(Clone)]
pub(crate) enum Shape {
    /// The scalar type.
    Real,
    /// An integer of a primitive type.
    Int,
    Bool,
    /// `[T]`
    Slice(Box<Shape>),
    /// `[T; N]`, with `N` as the user wrote it.
    Array(Box<Shape>, Box<syn::Expr>),
    /// `Vec<T>`
    Vec(Box<Shape>),
    /// `(A, B)`; without components the type of a function that returns nothing.
    Tuple(Vec<Shape>),
    /// Any other type.
    Opaque(Box<syn::Type>),
}

impl Shape {
    /// Whether it is a `Vec` of rows of real numbers.
    pub(crate) fn is_rows(&self) -> bool {
        matches!(self, Shape::Vec(row) if row.is_array()) && self.is_differentiable()
    }

    /// Whether a real number is in it anywhere.
    pub(crate) fn is_real(&self) -> bool {
        match self {
            Shape::Real => true,
            Shape::Slice(inner) | Shape::Array(inner, _) | Shape::Vec(inner) => inner.is_real(),
            Shape::Tuple(parts) => parts.iter().any(Shape::is_real),
            Shape::Int | Shape::Bool | Shape::Opaque(_) => false,
        }
    }
}

/// A parameter of the user's, the receiver excluded; its number is the `usize` of `What::Param`.
#[derive(Clone)]
pub(crate) struct SigParam {
    /// The identifier of the user's pattern, or one made up where the pattern is none (`_`, a tuple).
    pub(crate) name: Ident,
    /// The type as the user wrote it.
    pub(crate) ty: syn::Type,
    pub(crate) passing: Passing,
    pub(crate) shape: Shape,
    pub(crate) differentiated: bool,
}

impl SigParam {
    /// Whether it is `&f64`: a number that is read through once, where the body begins.
    pub(crate) fn is_lent_real(&self) -> bool {
        self.passing == Passing::Ref && matches!(self.shape, Shape::Real)
    }
}

/// What wraps the result.
#[derive(Clone)]
pub(crate) enum Wrapper {
    None,
    /// `Result<_, E>` under the path that the user wrote, with its other arguments: the result type with its first
    /// type argument replaced is the type of a generated function.
    Result(Box<syn::TypePath>),
    Option(Box<syn::TypePath>),
}

/// The user's signature, read.
#[derive(Clone)]
pub(crate) struct Signature {
    pub(crate) visibility: syn::Visibility,
    /// `ident`, `generics`, `output` and all else as the user wrote it, but a type parameter in the place of each `impl Trait`.
    pub(crate) item: syn::Signature,
    /// How many type parameters stand in such places: they are the last.
    pub(crate) implied: usize,
    /// `&self`, `self`, …
    pub(crate) receiver: Option<syn::Receiver>,
    pub(crate) params: Vec<SigParam>,
    pub(crate) scalar: Scalar,
    pub(crate) wrapper: Wrapper,
    /// The result inside the wrapper.
    /// Its leaves (scalars and arrays, a tuple taken apart from left to right) are the components that `What::Result` counts.
    pub(crate) result: Shape,
}

impl Signature {
    /// The type of the result inside the wrapper, as the user wrote it.
    pub(crate) fn value_type(&self) -> TokenStream {
        let syn::ReturnType::Type(_, ty) = &self.item.output else { return quote!(()) };
        let inside = match &self.wrapper {
            Wrapper::None => None,
            Wrapper::Result(_) => types::argument_of(ty, "Result"),
            Wrapper::Option(_) => types::argument_of(ty, "Option"),
        };
        inside.unwrap_or(ty).to_token_stream()
    }

    /// The one parameter of an objective as solvers take it: an `f64` function of one slice, whose other parameters can be
    /// bound.
    pub(crate) fn objective_param(&self) -> Option<usize> {
        let mut all = self.params.iter().enumerate().filter(|(_, param)| param.differentiated);
        let (index, vector) = all.next()?;
        let is_slice = match (&vector.shape, vector.passing) {
            (Shape::Slice(inner), Passing::Ref) => matches!(**inner, Shape::Real),
            _ => false,
        };
        let fits = all.next().is_none()
            && is_slice
            && matches!(self.scalar, Scalar::F64)
            && matches!(self.result, Shape::Real)
            && matches!(self.wrapper, Wrapper::None)
            && self.params.iter().all(|param| param.passing != Passing::RefMut)
            && !self.changes_receiver()
            && self.may_end_with_the_call(&vector.ty);
        fits.then_some(index)
    }

    /// Whether what `ty` refers to may live as short as a call: it names no lifetime of the `impl`, nor `'static`.
    fn may_end_with_the_call(&self, ty: &syn::Type) -> bool {
        let syn::Type::Reference(reference) = ty else { return true };
        let is_own =
            |name: &syn::Lifetime| self.item.generics.lifetimes().any(|param| param.lifetime == *name);
        reference.lifetime.as_ref().is_none_or(|name| name.ident == "_" || is_own(name))
    }

    fn changes_receiver(&self) -> bool {
        let is_exclusive =
            |receiver: &syn::Receiver| matches!(receiver.kind, syn::ReceiverKind::Reference(_, _, Some(_)));
        self.receiver.as_ref().is_some_and(is_exclusive)
    }

    /// The user's type and const parameters as arguments.
    pub(crate) fn type_arguments(&self) -> impl Iterator<Item = TokenStream> {
        self.item.generics.params.iter().filter_map(|param| match param {
            syn::GenericParam::Type(param) => Some(param.ident.to_token_stream()),
            syn::GenericParam::Const(param) => Some(param.ident.to_token_stream()),
            syn::GenericParam::Lifetime(_) => None,
        })
    }
}
