//! Arguments of macros.

use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, Lit, Pat, Token};

/// The arguments of a macro that takes expressions, separated by commas.
pub(super) fn arguments(mac: &syn::Macro) -> Option<Vec<Expr>> {
    let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
    parser.parse2(mac.tokens.clone()).ok().map(|args| args.into_iter().collect())
}

/// `value; len`
pub(super) fn repeat(mac: &syn::Macro) -> Option<(Expr, Expr)> {
    let parser = |input: ParseStream<'_>| {
        let value: Expr = input.parse()?;
        input.parse::<Token![;]>()?;
        let len: Expr = input.parse()?;
        Ok((value, len))
    };
    parser.parse2(mac.tokens.clone()).ok()
}

/// `value, pattern`
pub(super) fn matches(mac: &syn::Macro) -> Option<(Expr, Pat)> {
    let parser = |input: ParseStream<'_>| {
        let value: Expr = input.parse()?;
        input.parse::<Token![,]>()?;
        let mut pattern = Pat::parse_multi_with_leading_vert(input)?;
        if input.peek(Token![if]) {
            pattern = Pat::Guard(syn::PatGuard {
                attrs: Vec::new(),
                pat: Box::new(pattern),
                if_token: input.parse()?,
                guard: input.parse()?,
            });
        }
        input.parse::<Option<Token![,]>>()?;
        Ok((value, pattern))
    };
    parser.parse2(mac.tokens.clone()).ok()
}

/// The names that the format strings among `args` capture (`"{x:?}"`), each once, without those given as named arguments.
pub(super) fn captures(args: &[Expr]) -> Vec<Ident> {
    let mut found: Vec<Ident> = Vec::new();
    for arg in args {
        let Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. }) = arg else {
            continue;
        };
        for name in captured_in(&text.value()) {
            if let Ok(ident) = syn::parse_str::<Ident>(&name)
                && !found.contains(&ident)
            {
                found.push(Ident::new(&name, text.span()));
            }
        }
    }
    let given = |name: &Ident| {
        args.iter().any(|arg| match arg {
            Expr::Assign(assign) => super::names::ident_of(&assign.left).is_some_and(|left| left == name),
            _ => false,
        })
    };
    found.retain(|name| !given(name));
    found
}

/// Names in `{name}`, `{name:…}`, and widths and precisions `{:name$}`.
fn captured_in(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let text = text.replace("{{", "");
    for piece in text.split('{').skip(1) {
        let Some((inner, _)) = piece.split_once('}') else {
            continue;
        };
        let (name, spec) = inner.split_once(':').unwrap_or((inner, ""));
        names.push(name.to_owned());
        for width in spec.split('$').rev().skip(1) {
            let start = width.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
            names.push(width.get(start..).unwrap_or_default().to_owned());
        }
    }
    names
}
