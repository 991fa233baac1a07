//! The attribute's options: `#[differentiable(wrt(x), only(hvp), name = stem, …)]`.

use proc_macro2::{Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Ident, Token};

use crate::diag::Diag;

/// What the user chose.
#[derive(Default)]
pub(crate) struct Options {
    /// The differentiated parameters; without, every parameter of a real type.
    pub(crate) wrt: Option<Vec<Ident>>,
    /// The derived functions to generate; without, all that fit the result.
    pub(crate) only: Option<Vec<Ident>>,
    /// The stem of the generated names, if it is not the function's own name.
    pub(crate) name: Option<Ident>,
    pub(crate) companion: Companion,
    /// Where the facade is, if it is not `::hvp`.
    pub(crate) krate: Option<syn::Path>,
    /// The function takes part in a mutual recursion.
    pub(crate) recursive: bool,
    /// The function is in an `impl` and has no receiver.
    pub(crate) associated: bool,
    /// More bounds that mark a type parameter as the scalar type.
    pub(crate) floats: Vec<Ident>,
    /// The partial derivatives as expressions; the body is then opaque.
    pub(crate) derivative: Option<syn::ExprClosure>,
    /// The user's own `f_jvp`.
    pub(crate) jvp: Option<syn::Path>,
    /// The user's own `f_vjp`.
    pub(crate) vjp: Option<syn::Path>,
    /// Nothing is optimised: no choice of what to record, no simplification. For tests, which expect the same numbers.
    pub(crate) unoptimised: bool,
}

/// The type that carries the entry points for calls.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Companion {
    /// Named as the function.
    #[default]
    OwnName,
    Named(Ident),
    None,
}

/// The functions that `only` may name.
const DERIVED: [&str; 8] =
    ["grad", "value_and_grad", "jvp", "hvp", "grad_and_hvp", "hessian", "vjp", "jacobian"];

const OPTIONS: &str = "`wrt(…)`, `only(…)`, `name = …`, `companion = …`, `crate = …`, `recursive`, `associated`, \
                       `floats(…)`, `derivative = …`, `jvp = …` and `vjp = …`";

/// Reads the attribute's arguments; what cannot be read is reported and left out.
pub(crate) fn parse(tokens: TokenStream, diag: &mut Diag) -> Options {
    let mut options = Options::default();
    let mut seen = Vec::new();
    let parser = |input: ParseStream<'_>| {
        while !input.is_empty() {
            option(input, &mut options, &mut seen)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    };
    if let Err(error) = parser.parse2(tokens) {
        diag.push(error);
    }
    options
}

fn option(input: ParseStream<'_>, options: &mut Options, seen: &mut Vec<String>) -> syn::Result<()> {
    if input.peek(Token![crate]) {
        let span = input.parse::<Token![crate]>()?.span;
        once("crate", span, seen)?;
        options.krate = Some(value(input)?);
        return Ok(());
    }
    let key: Ident = input.parse()?;
    let text = key.to_string();
    once(&text, key.span(), seen)?;
    match text.as_str() {
        "wrt" => options.wrt = Some(list(input, &key)?),
        "only" => options.only = Some(derived(list(input, &key)?)?),
        "floats" => options.floats = list(input, &key)?,
        "name" => options.name = Some(value(input)?),
        "companion" => options.companion = companion(value(input)?),
        "recursive" => options.recursive = true,
        "unoptimised" => options.unoptimised = true,
        "associated" => options.associated = true,
        "derivative" => options.derivative = Some(value(input)?),
        "jvp" => options.jvp = Some(value(input)?),
        "vjp" => options.vjp = Some(value(input)?),
        _ => {
            let message = format!("`{key}` is no option of `differentiable`; the options are {OPTIONS}");
            return Err(syn::Error::new(key.span(), message));
        }
    }
    Ok(())
}

fn once(key: &str, span: Span, seen: &mut Vec<String>) -> syn::Result<()> {
    if seen.iter().any(|earlier| earlier == key) {
        return Err(syn::Error::new(span, format!("`{key}` stands here twice; keep one of them")));
    }
    seen.push(key.to_owned());
    Ok(())
}

fn companion(name: Ident) -> Companion {
    if name == "none" { Companion::None } else { Companion::Named(name) }
}

/// `= value`
fn value<T: syn::parse::Parse>(input: ParseStream<'_>) -> syn::Result<T> {
    input.parse::<Token![=]>()?;
    input.parse()
}

/// `(a, b)`
fn list(input: ParseStream<'_>, key: &Ident) -> syn::Result<Vec<Ident>> {
    if !input.peek(syn::token::Paren) {
        let message = format!("`{key}` takes a list of names: `{key}(a, b)`");
        return Err(syn::Error::new(key.span(), message));
    }
    let content;
    syn::parenthesized!(content in input);
    let names = Punctuated::<Ident, Token![,]>::parse_terminated(&content)?;
    if names.is_empty() {
        return Err(syn::Error::new(
            key.span(),
            format!("`{key}` names nothing; name something or leave it out"),
        ));
    }
    Ok(names.into_iter().collect())
}

fn derived(names: Vec<Ident>) -> syn::Result<Vec<Ident>> {
    let mut errors: Option<syn::Error> = None;
    for name in names.iter().filter(|name| !DERIVED.contains(&name.to_string().as_str())) {
        let message =
            format!("`{name}` is not generated; there are {}", DERIVED.map(|d| format!("`{d}`")).join(", "));
        let error = syn::Error::new(name.span(), message);
        match &mut errors {
            Some(all) => all.combine(error),
            None => errors = Some(error),
        }
    }
    errors.map_or(Ok(names), Err)
}
