//! Rules of the user's own.
//!
//! `derivative = |x, y| (p, q)` on `f` is lowered as a function of `f`'s parameters that gives the partial derivatives, beside
//! a fragment that calls `f` itself.

use quote::quote;
use syn::visit::Visit;
use syn::{Expr, ExprClosure, ItemFn, Pat};

use super::lower::Lower;
use super::source::{Passing, Shape, Signature, Source, Wrapper};
use super::value::{Value, blank};
use super::{Lowered, lookahead, names, returns, signature};
use crate::attr::Options;
use crate::diag::Diag;
use crate::ir::{Kind, Opaque, Rule};

/// Lowers the closure that gives the partial derivatives of `item`; `None` where errors were reported.
pub(crate) fn lower_rule(
    item: &ItemFn,
    closure: &ExprClosure,
    options: &Options,
    diag: &mut Diag,
) -> Option<(Rule, Source)> {
    let signature = signature::read(item, options, diag);
    check_signature(&signature, diag);
    check_closure(&signature, closure, diag);
    if diag.has_errors() {
        return None;
    }
    let result = partials_shape(&signature, &closure.body);
    let of_partials = Signature { result, wrapper: Wrapper::None, ..signature.clone() };
    let body = &closure.body;
    let mut body: syn::Block = syn::parse_quote!({ #body });
    super::spelling::spell_out(&mut body);
    super::attributes::check(&body, diag);
    let mut cx = Lower::new(returns::empty(&of_partials), Source::new(of_partials), diag);
    cx.in_place = lookahead::in_place(&body);
    cx.renewed.visit_block(&body);
    let pats: Vec<&Pat> = closure.inputs.iter().map(untyped).collect();
    let params = cx.parameters_as(&item.sig, &pats);
    let value = cx.call_of_itself(&signature, &params, options)?;
    cx.body(&body);
    let Lowered { func: partials, mut source } = cx.finish();
    let may_fail = !matches!(signature.wrapper, Wrapper::None);
    source.signature = signature;
    (!diag.has_errors()).then_some((Rule { partials, value, may_fail }, source))
}

impl Lower<'_> {
    /// `f(params)` for the function `f` under the attribute.
    fn call_of_itself(
        &mut self,
        signature: &Signature,
        params: &[Value],
        options: &Options,
    ) -> Option<Opaque> {
        let name = &signature.item.ident;
        let mut code = blank(Kind::Real);
        let mut args = Vec::new();
        for param in params {
            let arg = self.code_of(param, name.span())?;
            args.push(code.absorb(&arg));
        }
        let generics: Vec<_> = signature.type_arguments().collect();
        let generics = (!generics.is_empty()).then(|| quote!(::<#(#generics),*>));
        let function = match &signature.receiver {
            Some(_) => quote!(self.#name #generics),
            None if options.associated => quote!(Self::#name #generics),
            None => quote!(#name #generics),
        };
        let question = (!matches!(signature.wrapper, Wrapper::None)).then(|| quote!(?));
        code.tokens = quote!(#function(#(#args),*) #question);
        code.pure = false;
        code.inert = true;
        Some(self.opaque(code))
    }
}

pub(super) fn untyped(pat: &Pat) -> &Pat {
    match pat {
        Pat::Type(typed) => &typed.pat,
        other => other,
    }
}

fn check_signature(signature: &Signature, diag: &mut Diag) {
    const REMEDY: &str = "leave `derivative` out, so that the body is differentiated";
    for param in &signature.params {
        let name = &param.name;
        if param.differentiated && !matches!(param.shape, Shape::Real) {
            let message = format!(
                "`derivative` is for functions of numbers, and `{name}` is none; hold it constant with `wrt(…)`, or {REMEDY}"
            );
            diag.error(&param.ty, message);
        } else if param.passing == Passing::RefMut {
            let message = format!(
                "`derivative` is for functions that only give a number, and `{name}` is `&mut`; {REMEDY}"
            );
            diag.error(&param.ty, message);
        }
    }
    if !matches!(signature.result, Shape::Real) {
        let message = format!("`derivative` is for functions that give one number; {REMEDY}");
        diag.error(&signature.item.output, message);
    }
}

fn check_closure(signature: &Signature, closure: &ExprClosure, diag: &mut Diag) {
    let (given, wanted) = (closure.inputs.len(), signature.params.len());
    if given != wanted {
        let message = format!(
            "`{}` has {}, so this takes as many, passive ones too; it takes {given}",
            signature.item.ident,
            counted(wanted, "parameter"),
        );
        diag.error(closure, message);
        return;
    }
    let names: Vec<String> = differentiated(signature);
    if names.is_empty() {
        diag.error(
            closure,
            format!("`{}` has no differentiated parameter; leave `derivative` out", signature.item.ident),
        );
        return;
    }
    for end in ends(&closure.body) {
        let given = match end {
            Expr::Tuple(tuple) => tuple.elems.len(),
            // These may be a tuple, or never give a value.
            Expr::Call(_) | Expr::MethodCall(_) | Expr::Macro(_) | Expr::Return(_) | Expr::Path(_) => {
                continue;
            }
            _ => 1,
        };
        if given != names.len() {
            let message = format!(
                "here must stand {}, with respect to {}, in this order; there {} {given}",
                counted(names.len(), "partial derivative"),
                names.join(", "),
                if given == 1 { "is" } else { "are" },
            );
            diag.error(end, message);
        }
    }
}

fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

fn differentiated(signature: &Signature) -> Vec<String> {
    signature
        .params
        .iter()
        .filter(|param| param.differentiated)
        .map(|param| format!("`{}`", param.name))
        .collect()
}

/// One partial derivative stands alone, or in a tuple of one.
fn partials_shape(signature: &Signature, body: &Expr) -> Shape {
    let n = differentiated(signature).len();
    let in_tuple = n > 1 || ends(body).iter().any(|end| matches!(end, Expr::Tuple(_)));
    if in_tuple { Shape::Tuple(vec![Shape::Real; n]) } else { Shape::Real }
}

/// The expressions that the value of `expr` comes from.
fn ends(expr: &Expr) -> Vec<&Expr> {
    match names::bare(expr) {
        Expr::Block(node) => block_ends(&node.block),
        Expr::If(node) => {
            let mut ends_of = block_ends(&node.then_branch);
            ends_of.extend(node.else_branch.iter().flat_map(|(_, otherwise)| ends(otherwise)));
            ends_of
        }
        Expr::Match(node) => node.arms.iter().flat_map(|arm| ends(&arm.body)).collect(),
        other => vec![other],
    }
}

fn block_ends(block: &syn::Block) -> Vec<&Expr> {
    match block.stmts.last() {
        Some(syn::Stmt::Expr(last, None)) => ends(last),
        Some(_) | None => Vec::new(),
    }
}
