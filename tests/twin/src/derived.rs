//! `derived!(|x| f(…x…))`: everything that is generated for an objective, as functions of one flat point.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{format_ident, quote};

/// What is called: a function by its path, or a method of a receiver.
enum Callee {
    Path(syn::ExprPath),
    Method(Box<syn::Expr>, Ident),
}

impl Callee {
    fn call(&self, suffix: &str, args: &[syn::Expr]) -> TokenStream {
        match self {
            Callee::Path(path) => {
                let mut path = path.clone();
                if let Some(last) = path.path.segments.last_mut() {
                    last.ident = format_ident!("{}{suffix}", last.ident);
                }
                quote!(#path(#(#args),*))
            }
            Callee::Method(receiver, name) => {
                let name = format_ident!("{name}{suffix}");
                quote!(#receiver.#name(#(#args),*))
            }
        }
    }

    /// The objective, where the point is passed as it is: as the one slice among the arguments.
    fn objective(&self, args: &[syn::Expr]) -> TokenStream {
        let is_point = |arg: &&syn::Expr| matches!(arg, syn::Expr::Path(path) if path.path.is_ident("x"));
        let (points, others): (Vec<&syn::Expr>, Vec<&syn::Expr>) = args.iter().partition(is_point);
        let objective = match self {
            _ if points.len() != 1 || others.iter().any(|arg| mentions(arg)) => return quote!(None),
            Callee::Path(path) if is_associated(path) => {
                let mut path = path.clone();
                if let Some(last) = path.path.segments.last_mut() {
                    last.ident = format_ident!("{}_objective", last.ident);
                }
                quote!(#path(#(#others),*))
            }
            Callee::Path(path) => quote!(#path::objective(#(#others),*)),
            Callee::Method(receiver, name) => {
                let name = format_ident!("{name}_objective");
                quote!(#receiver.#name(#(#others),*))
            }
        };
        quote!(Some(Box::new(|x: &[f64], v: &[f64]| crate::support::linearized(&#objective, x, v))))
    }

    fn twin(&self, alone: bool, args: &[syn::Expr]) -> TokenStream {
        match self {
            Callee::Path(path) if !alone => {
                let mut path = path.clone();
                let place = path.path.segments.len() - 1;
                path.path.segments.insert(place, syn::parse_quote!(twin));
                quote!(Some(Box::new(|x: &[crate::support::HyperDual]| #path(#(#args),*))))
            }
            Callee::Path(_) | Callee::Method(..) => quote!(None),
        }
    }
}

/// Whether a path leads to a function of a type.
fn is_associated(path: &syn::ExprPath) -> bool {
    let type_name = path.path.segments.iter().rev().nth(1).map(|segment| segment.ident.to_string());
    type_name.is_some_and(|name| name.starts_with(char::is_uppercase))
}

/// `|x| f(…)`, or `alone |x| f(…)` where there is no second copy, `functions |x| f(…)` where there is no objective.
struct Input {
    alone: bool,
    functions: bool,
    closure: syn::ExprClosure,
}

impl syn::parse::Parse for Input {
    fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Input> {
        let mut words = Vec::new();
        while input.peek(syn::Ident) {
            words.push(input.parse::<Ident>()?.to_string());
        }
        let says = |word: &str| words.iter().any(|other| other == word);
        Ok(Input { alone: says("alone"), functions: says("functions"), closure: input.parse()? })
    }
}

pub(crate) fn expand(input: TokenStream) -> syn::Result<TokenStream> {
    let Input { alone, functions, closure } = syn::parse2(input)?;
    let (callee, args) = match *closure.body {
        syn::Expr::Call(call) => match *call.func {
            syn::Expr::Path(path) => (Callee::Path(path), call.args),
            other => return Err(syn::Error::new_spanned(other, "expected a path")),
        },
        syn::Expr::MethodCall(call) => (Callee::Method(call.receiver, call.method), call.args),
        other => return Err(syn::Error::new_spanned(other, "expected a call")),
    };
    let plain: Vec<syn::Expr> = args.into_iter().collect();
    let directions: syn::Result<Vec<syn::Expr>> =
        plain.iter().filter(|arg| mentions(arg)).map(direction).collect();
    let linearized = if functions { quote!(None) } else { callee.objective(&plain) };
    Ok(view(&callee, &plain, &directions?, alone, &linearized))
}

fn view(
    callee: &Callee,
    plain: &[syn::Expr],
    directions: &[syn::Expr],
    alone: bool,
    linearized: &TokenStream,
) -> TokenStream {
    let with_directions = [plain, directions].concat();
    let lifted: Vec<syn::Expr> =
        plain.iter().map(|arg| if mentions(arg) { arg.clone() } else { lift(arg) }).collect();
    let value = callee.call("", plain);
    let grad = callee.call("_grad", plain);
    let value_and_grad = callee.call("_value_and_grad", plain);
    let jvp = callee.call("_jvp", &with_directions);
    let hvp = callee.call("_hvp", &with_directions);
    let grad_and_hvp = callee.call("_grad_and_hvp", &with_directions);
    let twin = callee.twin(alone, &lifted);
    let name = value.to_string();
    quote! {{
        use crate::support::{Flat as _, Lift as _};
        crate::support::Derived {
            name: #name,
            value: Box::new(|x: &[f64]| #value),
            grad: Box::new(|x: &[f64]| #grad.flat()),
            value_and_grad: Box::new(|x: &[f64]| {
                let (value, grad) = #value_and_grad;
                (value, grad.flat())
            }),
            jvp: Box::new(|x: &[f64], v: &[f64]| #jvp),
            hvp: Box::new(|x: &[f64], v: &[f64]| #hvp.flat()),
            grad_and_hvp: Box::new(|x: &[f64], v: &[f64]| {
                let (grad, hvp) = #grad_and_hvp;
                (grad.flat(), hvp.flat())
            }),
            linearized: #linearized,
            twin: #twin,
        }
    }}
}

fn mentions(arg: &syn::Expr) -> bool {
    fn any(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|tree| match tree {
            TokenTree::Ident(ident) => ident == "x",
            TokenTree::Group(group) => any(group.stream()),
            _ => false,
        })
    }
    any(quote!(#arg))
}

/// The same expression of `v`.
fn direction(arg: &syn::Expr) -> syn::Result<syn::Expr> {
    fn rename(tokens: TokenStream) -> TokenStream {
        let rename_tree = |tree| match tree {
            TokenTree::Ident(ident) if ident == "x" => Ident::new("v", ident.span()).into(),
            TokenTree::Group(group) => {
                TokenTree::from(proc_macro2::Group::new(group.delimiter(), rename(group.stream())))
            }
            other => other,
        };
        tokens.into_iter().map(rename_tree).collect()
    }
    let renamed: syn::Expr = syn::parse2(rename(quote!(#arg)))?;
    Ok(match renamed {
        // An array or `Vec` by value has a direction by reference.
        syn::Expr::Call(_) | syn::Expr::MethodCall(_) => syn::parse_quote!(&#renamed),
        // A number by reference has a direction by value.
        syn::Expr::Reference(reference) if is_element(&reference.expr) => *reference.expr,
        other => other,
    })
}

/// Whether this is `v[0]`.
fn is_element(expr: &syn::Expr) -> bool {
    matches!(expr, syn::Expr::Index(index) if matches!(*index.index, syn::Expr::Lit(_)))
}

fn lift(arg: &syn::Expr) -> syn::Expr {
    match arg {
        syn::Expr::Reference(reference) => {
            let inner = &reference.expr;
            syn::parse_quote!(&(#inner).lift())
        }
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(_) | syn::Lit::Bool(_), .. }) => arg.clone(),
        other => syn::parse_quote!((#other).lift()),
    }
}
