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
use super::source::{Scalar, Shape};
use super::types::{self, Ty};
use super::value::{Code, Num, Value};
use crate::ir::Kind;

impl Lower<'_> {
    /// `expr` as a value of the type `ty`, if its own tokens tell none and it is passive.
    pub(super) fn told(&mut self, expr: &Expr, ty: &TokenStream, kind: Kind) -> Option<Value> {
        if !is_open(expr) || !self.is_passive(expr) {
            return None;
        }
        let code = self.substitute(expr)?;
        let identity = quote_spanned!(expr.span()=> ::core::convert::identity);
        Some(Value::Code(code.wrap(kind, |open| quote!(#identity::<#ty>(#open)))))
    }

    /// The same of what an annotation tells. Numbers of the other float type are data, and rustc computes with them.
    pub(super) fn told_by(&mut self, expr: &Expr, ty: &syn::Type) -> Option<Value> {
        let mentions = |other| super::code::mentions(&ty.to_token_stream(), &[other]);
        if !self.other_float_name().is_some_and(mentions) || !self.names_no_real(expr) {
            return self.told(expr, &quote!(#ty), Kind::Opaque);
        }
        let shape = types::read(ty, &self.source.signature.scalar);
        let code = self.substitute(expr)?;
        let identity = quote_spanned!(expr.span()=> ::core::convert::identity);
        let code = code.wrap(Kind::Opaque, |data| quote!(#identity::<#ty>(#data)));
        Some(Value::Code(Code { shape: Some((shape.refs, shape.shape)), ..code }))
    }

    /// What became numbers of this function's float type, where the other one is written, would have other last digits.
    pub(super) fn refuse_other_float(&mut self, value: Value, ty: &syn::Type, node: &impl ToTokens) -> Value {
        let is_real = match &value {
            Value::Array(view) => view.shape.is_real(),
            other => other.is_real(),
        };
        match self.other_float_name() {
            Some(other) if is_real && super::code::mentions(&ty.to_token_stream(), &[other]) => self.error(
                node,
                format!("numbers of the type `{other}` are data in this function, and this is not understood as such; write the type at its literals, `0.1{other}`, or pass it as data"),
            ),
            _ => value,
        }
    }

    /// The float type that is not differentiated here.
    fn other_float_name(&self) -> Option<&'static str> {
        match self.source.signature.scalar {
            Scalar::F64 => Some("f32"),
            Scalar::F32 => Some("f64"),
            Scalar::Param(_) => None,
        }
    }

    /// The same where a real number is expected.
    pub(super) fn told_real(&mut self, expr: &Expr, hint: Option<&Ty>) -> Option<Value> {
        let scalar = types::scalar_type(&self.source.signature.scalar);
        matches!(hint, Some(Ty { shape: Shape::Real, refs: 0, .. }))
            .then(|| self.told(expr, &quote!(#scalar), Kind::Real))?
    }

    /// A collection that is no `Vec`, gathered from what is no real number: `tags.iter().collect::<HashSet<_>>()`.
    pub(super) fn gathered(&mut self, expr: &Expr, hint: Option<&Ty>) -> Option<Value> {
        let is_other = match names::bare(expr) {
            Expr::MethodCall(call) if call.method == "collect" => {
                match (super::consume::turbofish(call), hint.map(|hint| &hint.shape)) {
                    (Some(ty), _) => is_other_collection(ty),
                    (None, Some(Shape::Opaque(ty))) => is_other_collection(ty),
                    (None, _) => false,
                }
            }
            Expr::Call(call) => match names::bare(&call.func) {
                Expr::Path(path) => {
                    let (owner, name) = tail_of(path);
                    OTHERS.contains(&owner.as_str()) && ["from", "from_iter"].contains(&name.as_str())
                }
                _ => false,
            },
            _ => false,
        };
        if !is_other || !self.names_no_real(expr) {
            return None;
        }
        Some(self.substitute(expr).map_or(Value::Poison, Value::Code))
    }

    /// Whether no variable in an expression holds differentiated numbers, or may.
    pub(super) fn names_no_real(&self, expr: &Expr) -> bool {
        names::is_plain(expr)
            && names::free(expr).iter().all(|name| {
                let name = name.to_string();
                !self.functions.contains_key(&name)
                    && self.scopes.get(&name).is_none_or(|value| match value {
                        Value::Num(Num { kind, .. }) | Value::Code(Code { kind, .. }) => *kind != Kind::Real,
                        Value::Array(view) => !view.shape.is_real(),
                        _ => false,
                    })
            })
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

/// Collections that never hold differentiated numbers.
pub(super) const OTHERS: [&str; 6] = ["HashMap", "HashSet", "BTreeMap", "BTreeSet", "BinaryHeap", "String"];

fn is_other_collection(ty: &syn::Type) -> bool {
    matches!(ty, syn::Type::Path(path) if path.path.segments.last().is_some_and(|last| OTHERS.iter().any(|name| last.ident == name)))
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
