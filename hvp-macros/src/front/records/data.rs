//! Structs among passive data, taken apart.

use std::collections::{BTreeMap, BTreeSet};

use quote::{ToTokens, quote, quote_spanned};
use syn::ExprMethodCall;
use syn::spanned::Spanned;

use super::paths::{name_of, spelled};
use super::{Record, made};
use crate::front::lower::Lower;
use crate::front::value::Value;
use crate::ir::Kind;

impl Lower<'_> {
    /// Passive data, field by field, if one struct alone has the method that is called; rustc looks whether it is that.
    pub(in crate::front) fn as_record(&mut self, value: &Value, call: &ExprMethodCall) -> Value {
        let name = call.method.to_string();
        let mut owners: BTreeSet<&str> =
            self.records.find(None, &name).map(|method| method.owner.as_str()).collect();
        if let Some(told) =
            self.type_of_place(&call.receiver).map(|ty| name_of(&ty)).filter(|told| told != "Self")
        {
            owners.retain(|owner| *owner == told);
        }
        let (Some(owner), None) = (owners.pop_first(), owners.pop_first()) else { return value.clone() };
        let owner = owner.to_owned();
        let Some(record) = self.records.structs.get(&owner).cloned() else { return value.clone() };
        let span = call.receiver.span();
        let value = match value.clone() {
            Value::Code(code) if !code.pure => Value::Num(self.materialize(code, span)),
            other => other,
        };
        let Some(code) = self.code_of(&value, span) else { return Value::Poison };
        let ty = spelled(&owner, span);
        let code = code.wrap(
            Kind::Opaque,
            |tokens| quote_spanned!(span=> (::core::convert::identity::<&#ty>(&#tokens))),
        );
        self.taken_apart(&Value::Code(code), &owner, &record, &call.receiver)
    }

    /// A struct among passive data, field by field.
    pub(super) fn taken_apart(
        &mut self,
        value: &Value,
        ty: &str,
        record: &Record,
        node: &impl ToTokens,
    ) -> Value {
        let span = node.to_token_stream().span();
        let Some(code) = self.code_of(value, span) else {
            return Value::Poison;
        };
        let mut parts = BTreeMap::new();
        for (name, ty) in &record.fields {
            let member: syn::Member = match name.parse::<usize>() {
                Ok(index) => syn::Member::Unnamed(index.into()),
                Err(_) => syn::Member::Named(syn::Ident::new(name, span)),
            };
            let part = code.clone().wrap(Kind::Opaque, |tokens| quote!(#tokens.#member));
            let part = self.of_type(Value::Code(part), ty, node);
            parts.insert(name.clone(), part);
        }
        made(ty, parts)
    }
}
