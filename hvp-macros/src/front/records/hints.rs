//! What declarations tell of the types of fields and arguments.

use quote::ToTokens;
use syn::{ExprPath, Pat, Type};

use super::paths::{own_name, words};
use super::{Method, Receiver, Records};
use crate::front::call::tail_of;
use crate::front::known;
use crate::front::source::Scalar;
use crate::front::types;
use crate::front::value::Closure;

impl Records {
    /// The types of the fields of a literal, as far as the declaration tells.
    pub(in crate::front) fn hints_of_fields(
        &self,
        node: &syn::ExprStruct,
        scalar: &Scalar,
    ) -> Vec<Option<types::Ty>> {
        let record = own_name(&node.path).and_then(|name| self.structs.get(&name));
        let hint = |field: &syn::FieldValue| {
            let name = field.member.to_token_stream().to_string();
            let (_, ty) = record?.fields.iter().find(|(own, _)| *own == name)?;
            hint_of(ty, &record?.params, scalar)
        };
        node.fields.iter().map(hint).collect()
    }

    /// The same of the arguments of `Point(x, y)`, and of a function of a struct, `Point::new(x, y)`.
    pub(in crate::front) fn hints_of_call(&self, path: &ExprPath, scalar: &Scalar) -> Vec<Option<types::Ty>> {
        let (owner, name) = tail_of(path);
        if let Some(record) = self.structs.get(&name).filter(|record| record.is_tuple) {
            return record.fields.iter().map(|(_, ty)| hint_of(ty, &record.params, scalar)).collect();
        }
        let receiver = |method: &Method| (method.receiver != Receiver::None).then_some(None);
        let method = self.only(&owner, &name);
        let hints = method.map(|method| receiver(method).into_iter().chain(method.closure.hints(scalar)));
        hints.into_iter().flatten().collect()
    }

    /// The same of a method of the struct `owner`.
    pub(super) fn hints_of_method(&self, owner: &str, name: &str, scalar: &Scalar) -> Vec<Option<types::Ty>> {
        self.only(owner, name).map_or_else(Vec::new, |method| method.closure.hints(scalar))
    }
}

impl Closure {
    /// The types of its parameters, as far as they are annotated.
    pub(in crate::front) fn hints(&self, scalar: &Scalar) -> Vec<Option<types::Ty>> {
        let hint = |pat: &Pat| match pat {
            Pat::Type(typed) => hint_of(&typed.ty, self.generics.constants(), scalar),
            _ => None,
        };
        self.params.iter().map(hint).collect()
    }
}

/// A type of numbers that names none of `params`.
fn hint_of(ty: &Type, params: &[String], scalar: &Scalar) -> Option<types::Ty> {
    let names = words(&ty.to_token_stream());
    let is_told = params.iter().all(|param| !names.contains(param));
    Some(types::read(ty, scalar)).filter(|ty| is_told && known::is_number(&ty.shape))
}
