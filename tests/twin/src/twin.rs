//! The second copy of a program: literals and casts become hyper-dual numbers, and the name `f64` means them.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::parse::Parse;
use syn::parse_quote;
use syn::visit_mut::{self, VisitMut};

/// The functions and their second copy.
pub(crate) fn expand(input: &TokenStream) -> syn::Result<TokenStream> {
    let copy = second(input)?;
    Ok(quote!(#input #copy))
}

/// The second copy alone.
pub(crate) fn second(input: &TokenStream) -> syn::Result<TokenStream> {
    let items: Vec<syn::Item> = syn::parse::Parser::parse2(parse_items, input.clone())?;
    let copies = items.into_iter().map(copy);
    Ok(quote! {
        #[allow(dead_code, unused, unused_parens, clippy::all, clippy::pedantic)]
        pub mod twin {
            use super::*;
            use crate::support::{CastReal as _, HyperDual as f64, HyperDual as f32, Plain as _};
            #(#copies)*
        }
    })
}

fn parse_items(input: syn::parse::ParseStream<'_>) -> syn::Result<Vec<syn::Item>> {
    let mut items = Vec::new();
    while !input.is_empty() {
        items.push(syn::Item::parse(input)?);
    }
    Ok(items)
}

fn copy(mut item: syn::Item) -> TokenStream {
    if let syn::Item::Macro(_) = item {
        return TokenStream::new();
    }
    Twin.visit_item_mut(&mut item);
    publish(&mut item);
    item.into_token_stream()
}

/// The copy is reached from the module outside.
fn publish(item: &mut syn::Item) {
    match item {
        syn::Item::Fn(item) => item.vis = parse_quote!(pub),
        syn::Item::Const(item) => item.vis = parse_quote!(pub),
        syn::Item::Struct(item) => item.vis = parse_quote!(pub),
        syn::Item::Enum(item) => item.vis = parse_quote!(pub),
        syn::Item::Mod(item) => {
            item.vis = parse_quote!(pub);
            if let Some((_, content)) = &mut item.content {
                content.iter_mut().for_each(publish);
                content.insert(
                    0,
                    parse_quote!(
                        use crate::support::{CastReal as _, HyperDual as f64, Plain as _};
                    ),
                );
            }
        }
        _ => {}
    }
}

struct Twin;

fn is_real(ty: &syn::Type) -> bool {
    matches!(ty, syn::Type::Path(path) if path.path.is_ident("f64") || path.path.is_ident("f32"))
}

fn is_assignment(op: &syn::BinOp) -> bool {
    use syn::BinOp::{AddAssign, DivAssign, MulAssign, RemAssign, SubAssign};
    matches!(op, AddAssign(_) | DivAssign(_) | MulAssign(_) | RemAssign(_) | SubAssign(_))
}

fn digits(literal: &syn::LitFloat) -> syn::LitFloat {
    syn::LitFloat::new(literal.base10_digits(), literal.span())
}

impl VisitMut for Twin {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<syn::Attribute>) {
        attributes.retain(|attribute| {
            attribute.path().segments.last().is_none_or(|last| last.ident != "differentiable")
        });
    }

    fn visit_expr_mut(&mut self, expr: &mut syn::Expr) {
        if let syn::Expr::Unary(syn::ExprUnary { op: syn::UnOp::Neg(_), expr: operand, .. }) = expr
            && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Float(literal), .. }) = &**operand
        {
            let literal = digits(literal);
            *expr = parse_quote!(crate::support::HyperDual::constant(-#literal));
            return;
        }
        visit_mut::visit_expr_mut(self, expr);
        match expr {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Float(literal), .. }) => {
                let literal = digits(literal);
                *expr = parse_quote!(crate::support::HyperDual::constant(#literal));
            }
            // Of the primitive types, the right-hand side is evaluated first; of others, the place is.
            syn::Expr::Binary(syn::ExprBinary { left, op, right, .. }) if is_assignment(op) => {
                *expr = parse_quote!({
                    let right = #right;
                    #left #op right;
                });
            }
            syn::Expr::Cast(cast) if is_real(&cast.ty) => {
                let operand = &cast.expr;
                *expr = parse_quote!((#operand).cast_real());
            }
            syn::Expr::Cast(cast) => {
                let operand = &cast.expr;
                *cast.expr = parse_quote!((#operand).plain());
            }
            _ => {}
        }
    }

    /// Literals in patterns stay; guards are expressions.
    fn visit_pat_mut(&mut self, pattern: &mut syn::Pat) {
        if let syn::Pat::Guard(guarded) = pattern {
            self.visit_expr_mut(&mut guarded.guard);
        }
    }

    /// The arguments of the standard macros are expressions.
    fn visit_macro_mut(&mut self, invocation: &mut syn::Macro) {
        let parser = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        if let Ok(mut arguments) = invocation.parse_body_with(parser) {
            arguments.iter_mut().for_each(|argument| self.visit_expr_mut(argument));
            invocation.tokens = arguments.into_token_stream();
        } else if let Ok(Repeat { mut value, count }) = invocation.parse_body::<Repeat>() {
            self.visit_expr_mut(&mut value);
            invocation.tokens = quote!(#value; #count);
        }
    }
}

/// `value; count` of `vec!`.
struct Repeat {
    value: syn::Expr,
    count: syn::Expr,
}

impl Parse for Repeat {
    fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Repeat> {
        let value = input.parse()?;
        input.parse::<syn::Token![;]>()?;
        Ok(Repeat { value, count: input.parse()? })
    }
}
