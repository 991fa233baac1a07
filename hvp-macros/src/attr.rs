//! The attribute's options: `#[differentiable(wrt(x), only(hvp), name = stem, …)]`.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Ident, Token};

use crate::derivative::Derivative;
use crate::diag::Diag;
use crate::helpers::Helper;
use crate::neighbours::Neighbours;

/// What the user chose.
#[derive(Clone, Default)]
pub(crate) struct Options {
    /// The differentiated parameters; without, every parameter of a real type.
    pub(crate) wrt: Option<Vec<Ident>>,
    /// The derived functions to generate; without, all that fit the result.
    pub(crate) only: Option<Vec<(Derivative, Span)>>,
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
    /// What stands beside the function in a module that carries the attribute.
    pub(crate) items: Vec<syn::Item>,
    /// What the file says of what stands beside it.
    pub(crate) neighbours: Neighbours,
    /// Functions of the same module that are inlined.
    pub(crate) helpers: Vec<Helper>,
    /// The parameters of the `impl` around the function, as far as they are known.
    pub(crate) impl_generics: syn::Generics,
    /// The name that tells callers from which tokens the function is made.
    pub(crate) witness: Option<Ident>,
    /// The names of types that it says what they stand for; they are written out.
    pub(crate) aliases: Vec<syn::ItemType>,
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Companion {
    /// Named as the function.
    #[default]
    OwnName,
    Named(Ident),
    None,
}

const OPTIONS: &str = "`wrt(…)`, `only(…)`, `name = …`, `companion = …`, `crate = …`, `recursive`, `associated`, \
                       `floats(…)`, `derivative = …`, `jvp = …` and `vjp = …`";

/// The words that options begin with.
const KEYS: [&str; 11] = [
    "crate",
    "wrt",
    "only",
    "floats",
    "name",
    "companion",
    "recursive",
    "associated",
    "derivative",
    "jvp",
    "vjp",
];

/// Reads the attribute's arguments; what cannot be read is reported and left out.
pub(crate) fn parse(tokens: TokenStream, diag: &mut Diag) -> Options {
    let mut options = Options::default();
    let mut seen = Vec::new();
    let mut errors = Vec::new();
    let parser =
        |input: ParseStream<'_>| {
            while !input.is_empty() {
                let read = option(input, &mut options, &mut seen, &mut errors);
                let read = read.and_then(|()| {
                    if input.is_empty() { Ok(()) } else { input.parse::<Token![,]>().map(|_| ()) }
                });
                if let Err(error) = read {
                    errors.push(error);
                    skip(input)?;
                }
            }
            Ok(())
        };
    if let Err(error) = parser.parse2(tokens) {
        errors.push(error);
    }
    errors.into_iter().for_each(|error| diag.push(error));
    options
}

/// Goes on behind the comma before the next option.
fn skip(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() {
        let comma = input.parse::<TokenTree>()?;
        let is_key = |name: Ident| KEYS.iter().any(|key| name == key);
        let at_option = input.fork().call(Ident::parse_any).is_ok_and(is_key);
        if matches!(&comma, TokenTree::Punct(punct) if punct.as_char() == ',') && at_option {
            break;
        }
    }
    Ok(())
}

fn option(
    input: ParseStream<'_>,
    options: &mut Options,
    seen: &mut Vec<String>,
    errors: &mut Vec<syn::Error>,
) -> syn::Result<()> {
    let key = input.call(Ident::parse_any)?;
    let text = key.to_string();
    let mut unused = Options::default();
    let options = if seen.contains(&text) {
        errors.push(syn::Error::new(key.span(), format!("`{key}` stands here twice; keep one of them")));
        &mut unused
    } else {
        seen.push(text.clone());
        options
    };
    match text.as_str() {
        "crate" => options.krate = Some(value(input, &key, "path")?),
        "wrt" => options.wrt = Some(list(input, &key)?),
        "only" => options.only = Some(derivatives(&list(input, &key)?)?),
        "floats" => options.floats = list(input, &key)?,
        "name" => options.name = Some(value(input, &key, "stem")?),
        "companion" => options.companion = companion(value(input, &key, "Name")?),
        "recursive" => options.recursive = true,
        "__hvp_items" => options.items = items(input)?,
        "__hvp_unoptimised" => options.unoptimised = true,
        "associated" => options.associated = true,
        "derivative" => options.derivative = Some(value(input, &key, "|x| …")?),
        "jvp" => options.jvp = Some(value(input, &key, "path")?),
        "vjp" => options.vjp = Some(value(input, &key, "path")?),
        _ => {
            let message = format!("`{key}` is no option of `differentiable`; the options are {OPTIONS}");
            return Err(syn::Error::new(key.span(), message));
        }
    }
    Ok(())
}

/// `{ struct … impl … }`, which the attribute on the module writes.
fn items(input: ParseStream<'_>) -> syn::Result<Vec<syn::Item>> {
    let content;
    syn::braced!(content in input);
    let mut items = Vec::new();
    while !content.is_empty() {
        items.push(content.parse()?);
    }
    Ok(items)
}

fn companion(name: Ident) -> Companion {
    if name == "none" { Companion::None } else { Companion::Named(name) }
}

/// `= value`; `example` shows one.
fn value<T: syn::parse::Parse>(input: ParseStream<'_>, key: &Ident, example: &str) -> syn::Result<T> {
    let usage = format!("`{key}` takes a value; write `{key} = {example}`");
    if !input.peek(Token![=]) {
        return Err(syn::Error::new(key.span(), usage));
    }
    input.parse::<Token![=]>()?;
    let begun = input.peek(Token![|]);
    let at = if input.is_empty() { key.span() } else { input.span() };
    // What is wrong inside a closure is said there.
    input.parse().map_err(|error| if begun { error } else { syn::Error::new(at, usage) })
}

/// `(a, b)`
fn list(input: ParseStream<'_>, key: &Ident) -> syn::Result<Vec<Ident>> {
    let usage = format!("`{key}` takes a list of names; write `{key}(a, b)`");
    if !input.peek(syn::token::Paren) {
        return Err(syn::Error::new(key.span(), usage));
    }
    let content;
    syn::parenthesized!(content in input);
    let names = Punctuated::<Ident, Token![,]>::parse_terminated(&content);
    let names = names.or_else(|error| {
        content.parse::<TokenStream>()?;
        Err(syn::Error::new(error.span(), usage))
    })?;
    if names.is_empty() {
        return Err(syn::Error::new(
            key.span(),
            format!("`{key}` names nothing; name something or leave it out"),
        ));
    }
    Ok(names.into_iter().collect())
}

fn derivatives(names: &[Ident]) -> syn::Result<Vec<(Derivative, Span)>> {
    let (mut known, mut errors) = (Vec::new(), None::<syn::Error>);
    for name in names {
        if let Some(derivative) = Derivative::ALL.into_iter().find(|derivative| name == derivative.name()) {
            known.push((derivative, name.span()));
            continue;
        }
        let all = Derivative::ALL.map(|derivative| format!("`{}`", derivative.name())).join(", ");
        let error = syn::Error::new(name.span(), format!("`{name}` is not generated; there are {all}"));
        match &mut errors {
            Some(errors) => errors.combine(error),
            None => errors = Some(error),
        }
    }
    errors.map_or(Ok(known), Err)
}
