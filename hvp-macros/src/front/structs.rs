//! Structs by the names of their fields, which the front end takes apart.

use std::collections::BTreeMap;
use std::rc::Rc;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use super::lower::Lower;
use super::value::{Code, Fields, Num, Value, blank};
use super::{call, names, table_value, types};
use crate::ir::Kind;

/// The name under which a struct keeps the passive one that `..` takes the other fields from. No field has it.
const REST: &str = "0rest";

impl Lower<'_> {
    /// `Point { x: a, y: b }` with something real in it is taken apart.
    pub(super) fn struct_literal(&mut self, node: &syn::ExprStruct) -> Value {
        let owner = node.path.segments.iter().rev().nth(1);
        if owner.is_some_and(|owner| owner.ident.to_string().starts_with(char::is_uppercase)) {
            return self.variant(node);
        }
        let exprs: Vec<&Expr> = node.fields.iter().map(|field| &field.expr).collect();
        let hints = self.records.hints_of_fields(node, &self.source.signature.scalar);
        let mut values = self.exprs(&exprs, &hints);
        // What `None` may hold the declaration tells.
        let known = self.records.has(&node.path);
        for (value, expr) in values.iter_mut().zip(exprs) {
            match value {
                Value::Code(code) if !(known && code.is_none()) => {
                    *value = Value::Num(self.materialize(code.clone(), expr.span()));
                }
                _ => {}
            }
        }
        if values.iter().any(|value| matches!(value, Value::Never | Value::Poison)) {
            return if self.reachable() { Value::Poison } else { Value::Never };
        }
        let names = node.fields.iter().map(|field| field.member.to_token_stream().to_string());
        // Two literals of one struct may name its fields in different orders.
        let mut fields: BTreeMap<String, Value> = names.zip(values).collect();
        if let Some(rest) = &node.rest {
            let value = self.rest(rest, &node.path);
            let value = self.freeze_value(value, rest.span());
            if let Some((parts, Some(names))) = table_value::parts_of(&value) {
                for (name, part) in names.iter().zip(parts) {
                    fields.entry(name.clone()).or_insert_with(|| part.clone());
                }
            } else if let Value::Num(Num { kind: Kind::Opaque, .. }) = value {
                fields.insert(REST.to_owned(), value);
            } else if matches!(value, Value::Never | Value::Poison) {
                return value;
            } else {
                let what = value.what();
                return self.error(rest, format!("`..` is not understood with {what}; name each field"));
            }
        }
        if !self.type_fields(node, &mut fields) {
            self.check_is_struct(node, &fields);
        }
        let ty = super::records::name_of_path(&node.path);
        let (names, values): (Vec<String>, Vec<Value>) = fields.into_iter().unzip();
        Value::Struct(Rc::new(Fields { ty, names }), Box::new(Value::Tuple(values)))
    }

    /// `Held { since: i, near: x < 1.0 }`  is data where nothing real is in it.
    fn variant(&mut self, node: &syn::ExprStruct) -> Value {
        let exprs: Vec<&Expr> = node.fields.iter().map(|field| &field.expr).collect();
        let values = self.exprs(&exprs, &[]);
        if values.iter().any(|value| matches!(value, Value::Never | Value::Poison)) {
            return if self.reachable() { Value::Poison } else { Value::Never };
        }
        let mut whole = blank(Kind::Opaque);
        let mut fields = TokenStream::new();
        for ((field, value), expr) in node.fields.iter().zip(&values).zip(&exprs) {
            let code = if value.holds_real() { None } else { self.code_of(value, expr.span()) };
            let Some(code) = code.filter(|_| node.rest.is_none()) else {
                return self.error(
                    &node.path,
                    "a variant of differentiated numbers is not understood; keep them in a struct, a tuple or an array",
                );
            };
            let (member, piece) = (&field.member, whole.absorb(&code));
            fields.extend(quote!(#member: #piece,));
            // What is in a variable moves into it, so that it is made once.
            whole.pure &= !(self.is_moved(value) && value.kind() == Some(&Kind::Opaque));
        }
        let path = &node.path;
        Value::Code(whole.wrap(Kind::Opaque, |_| quote!(#path { #fields })))
    }

    /// What is taken apart must be of a type that has no other variants, which only rustc knows.
    fn check_is_struct(&mut self, node: &syn::ExprStruct, fields: &BTreeMap<String, Value>) {
        let scalar = types::scalar_type(&self.source.signature.scalar);
        let path = &node.path;
        let absent = |of: TokenStream| quote!(::core::option::Option #of::None.unwrap());
        let members = node.fields.iter().map(|field| {
            let member = &field.member;
            let value = fields.get(&member.to_token_stream().to_string());
            let value = absent(if value.is_some_and(Value::is_real) {
                quote!(::<#scalar>)
            } else {
                TokenStream::new()
            });
            quote!(#member: #value)
        });
        let rest = node.rest.as_ref().map(|_| {
            let whole = absent(TokenStream::new());
            quote!(..#whole)
        });
        let span = Span::mixed_site().located_at(path.span());
        self.source
            .check(quote_spanned!(span=> let _ = || { let #path { .. } = #path { #(#members,)* #rest }; };));
    }

    /// What the other fields are taken from: a struct that is taken apart itself, or a variable that holds passive data.
    fn rest(&mut self, rest: &Expr, path: &syn::Path) -> Value {
        let value = match names::bare(rest) {
            Expr::Call(node) if is_default(node) && self.records.has(path) => {
                self.expr(&syn::parse_quote!(#path::default()), None)
            }
            Expr::Call(node) if is_default(node) => {
                let default = quote_spanned!(rest.span()=> <#path as ::core::default::Default>::default());
                Value::Code(Code { pure: false, ..Code::constant(default, Kind::Opaque) })
            }
            other => self.expr(other, None),
        };
        match value {
            Value::Code(_) | Value::Num(Num { kind: Kind::Opaque, .. }) if self.records.has(path) => {
                self.of_type(value, &syn::parse_quote!(#path), rest)
            }
            Value::Code(code) => Value::Num(self.materialize(code, rest.span())),
            other => other,
        }
    }

    /// The field `member`, if the struct has it.
    pub(super) fn field_of(
        &mut self,
        names: &Fields,
        parts: &[Value],
        member: &syn::Member,
    ) -> Option<Value> {
        let name = member.to_token_stream().to_string();
        let at = |name: &str| names.iter().position(|known| known == name).and_then(|at| parts.get(at));
        if let Some(part) = at(&name) {
            return Some(part.clone());
        }
        let rest = self.code_of(at(REST)?, member.span())?;
        Some(Value::Code(rest.wrap(Kind::Opaque, |rest| quote!(#rest.#member))))
    }
}

/// `Default::default()`
fn is_default(node: &syn::ExprCall) -> bool {
    matches!(names::bare(&node.func), Expr::Path(path) if call::tail_of(path) == ("Default".to_owned(), "default".to_owned()))
}
