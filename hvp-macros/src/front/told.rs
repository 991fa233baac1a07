//! Passive expressions whose type only their place tells.
//!
//! `x.powf(n.into())`  needs  `identity::<f64>(n.into())`, since the number that is made of it may be of any type.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use super::call::tail_of;
use super::lower::Lower;
use super::names;
use super::source::Shape;
use super::types::{self, Ty};
use super::value::{Code, Value};
use crate::ir::Kind;

impl Lower<'_> {
    /// `expr` as a value of the type `ty`, if its own tokens tell none and it is passive.
    pub(super) fn told(&mut self, expr: &Expr, ty: &TokenStream, kind: Kind) -> Option<Value> {
        if !is_open(expr) || !self.is_passive(expr) {
            return None;
        }
        self.stated(expr, ty, kind).map(Value::Code)
    }

    /// The user's tokens, of which rustc is told that they are of the type `ty`.
    pub(super) fn stated(&mut self, expr: &Expr, ty: &impl ToTokens, kind: Kind) -> Option<Code> {
        let code = self.substitute(expr)?;
        let identity = quote_spanned!(expr.span()=> ::core::convert::identity);
        Some(code.wrap(kind, |open| quote!(#identity::<#ty>(#open))))
    }

    /// The same of what an annotation tells.
    pub(super) fn told_by(&mut self, expr: &Expr, ty: &syn::Type) -> Option<Value> {
        if super::code::mentions(&quote!(#ty), &["dyn"]) && self.names_no_real(expr) {
            return self.stated(expr, ty, Kind::Opaque).map(Value::Code);
        }
        self.data_of_other_float(expr, ty).or_else(|| self.told(expr, &quote!(#ty), Kind::Opaque))
    }

    /// The same where a real number is expected.
    pub(super) fn told_real(&mut self, expr: &Expr, hint: Option<&Ty>) -> Option<Value> {
        let scalar = types::scalar_type(&self.source.signature.scalar);
        matches!(hint, Some(Ty { shape: Shape::Real, refs: 0, .. }))
            .then(|| self.told(expr, &quote!(#scalar), Kind::Real))?
    }

    /// The arguments of a method of real numbers.
    pub(super) fn real_args(&mut self, name: &str, args: &[&Expr]) -> Vec<Value> {
        if let (["powi"], [power]) = ([name], args)
            && let Some(power) = self.told(power, &quote!(::core::primitive::i32), Kind::Int)
        {
            return vec![power];
        }
        let real = Some(Ty::value(Shape::Real));
        self.exprs(args, &vec![real; if name == "powi" { 0 } else { args.len() }])
    }
}

/// Whether an expression is of the type that its place asks for.
fn is_open(expr: &Expr) -> bool {
    match names::bare(expr) {
        Expr::MethodCall(call) if call.turbofish.is_none() => match call.method.to_string().as_str() {
            "into" | "parse" | "try_into" => true,
            "unwrap" | "expect" | "unwrap_or" | "unwrap_or_default" => is_open(&call.receiver),
            _ => false,
        },
        Expr::Call(call) => match names::bare(&call.func) {
            Expr::Path(path) => {
                path.qself.is_none() && tail_of(path) == ("Default".to_owned(), "default".to_owned())
            }
            _ => false,
        },
        _ => false,
    }
}
