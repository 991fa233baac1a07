//! Temporaries that an iterator borrows from.
//!
//! `for id in ids(n).iter()`  keeps what `ids` gives until the loop ends. Where the items are collected first, it is a variable:
//! `let t = ids(n); let items = t.iter().collect();`

use proc_macro2::Span;
use quote::{ToTokens, quote_spanned};
use syn::visit::{self, Visit};
use syn::{Expr, ExprMethodCall};

use super::lower::Lower;
use super::names;
use super::value::Code;
use crate::ir::Kind;

impl Lower<'_> {
    /// What the file says that a method gives, if that is a value of its own.
    fn type_of_method(&self, expr: &Expr) -> Option<syn::Type> {
        let Expr::MethodCall(call) = names::bare(expr) else { return None };
        let syn::ReturnType::Type(_, ty) = self.neighbours.function(&call.method.to_string())?.output else {
            return None;
        };
        let is_plain = matches!(&*ty, syn::Type::Path(path) if !path.path.is_ident("Self"));
        (is_plain && !super::code::mentions(&ty.to_token_stream(), &["impl", "Self"])).then_some(*ty)
    }

    /// Data that is asked for by index, in a variable if it is no place.
    pub(super) fn held_data(&mut self, code: Code, span: Span) -> Code {
        let Ok(expr) = syn::parse2::<Expr>(code.tokens.clone()) else { return code };
        let mut data = names::bare(&expr);
        while let Expr::Reference(reference) = data {
            data = names::bare(&reference.expr);
        }
        if !matches!(data, Expr::Call(_) | Expr::Macro(_) | Expr::MethodCall(_)) {
            return code;
        }
        let own =
            Code { tokens: data.to_token_stream(), shape: None, integers: None, kind: Kind::Opaque, ..code };
        let own = self.materialize(own, span);
        Code::hole(own.atom, Kind::Opaque, span)
    }

    /// `code` where what its methods borrow from, and nobody else holds, is in a variable.
    pub(super) fn with_lender(&mut self, code: Code, span: Span) -> Code {
        let Ok(mut expr) = syn::parse2::<Expr>(code.tokens.clone()) else { return code };
        let Some(lender) = lender_in(&mut expr) else { return code };
        let tokens = match self.type_of_method(lender) {
            Some(ty) => quote_spanned!(span=> ::core::convert::identity::<#ty>(#lender)),
            None => lender.to_token_stream(),
        };
        let own = Code { tokens, shape: None, integers: None, ..code.clone() };
        let own = self.materialize(Code { kind: Kind::Opaque, ..own }, span);
        let mut whole = Code { tokens: proc_macro2::TokenStream::new(), ..code.clone() };
        let hole = whole.absorb(&Code::hole(own.atom, Kind::Opaque, span));
        *lender = Expr::Verbatim(hole);
        let kind = code.kind.clone();
        Code { shape: code.shape, ..whole.wrap(kind, |_| expr.to_token_stream()) }
    }
}

/// What the first method that borrows is called on, or what is borrowed by `&`, if that is no place.
fn lender_in(expr: &mut Expr) -> Option<&mut Expr> {
    match expr {
        Expr::MethodCall(call) => {
            let is_lender = is_lending(call) && is_called(&call.receiver);
            if is_lender && lender_in(&mut call.receiver.clone()).is_none() {
                return Some(&mut call.receiver);
            }
            lender_in(&mut call.receiver)
        }
        Expr::Reference(reference) if is_called(&reference.expr) => Some(&mut reference.expr),
        Expr::Paren(inner) => lender_in(&mut inner.expr),
        _ => None,
    }
}

fn is_called(expr: &Expr) -> bool {
    matches!(names::bare(expr), Expr::Call(_) | Expr::Macro(_) | Expr::MethodCall(_))
}

/// Whether an expression makes a value, and names no part of another.
pub(crate) fn is_own(expr: &Expr) -> bool {
    const MAKERS: [&str; 4] = ["collect", "to_vec", "to_owned", "clone"];
    match names::bare(expr) {
        Expr::Call(_) | Expr::Macro(_) | Expr::Struct(_) | Expr::Array(_) | Expr::Repeat(_) => true,
        Expr::MethodCall(call) => MAKERS.iter().any(|name| call.method == name),
        _ => false,
    }
}

/// Whether what an expression gives may refer to what stands in it.
pub(crate) fn lends(expr: &Expr) -> bool {
    struct Lends(bool);
    impl<'ast> Visit<'ast> for Lends {
        fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
            self.0 |= is_lending(call);
            visit::visit_expr_method_call(self, call);
        }

        fn visit_expr_reference(&mut self, _: &'ast syn::ExprReference) {
            self.0 = true;
        }
    }
    let mut found = Lends(false);
    found.visit_expr(expr);
    found.0
}

fn is_lending(call: &ExprMethodCall) -> bool {
    const LENDING: [&str; 12] = [
        "iter",
        "windows",
        "chunks",
        "chunks_exact",
        "keys",
        "values",
        "as_slice",
        "as_str",
        "chars",
        "bytes",
        "lines",
        "split",
    ];
    LENDING.iter().any(|name| call.method == name)
}
