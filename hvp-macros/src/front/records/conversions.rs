//! Functions of the standard library's traits that stand for a call of another name.

use quote::ToTokens;
use syn::{Expr, ExprMethodCall, ExprPath, Type};

use super::Method;
use super::paths::{name_of, spelled};
use crate::front::consume;
use crate::front::lower::Lower;
use crate::front::source::Shape;
use crate::front::types;
use crate::front::value::Value;

impl Lower<'_> {
    /// `Point::from`, where `p.into()` is to be a `Point`.
    pub(in crate::front) fn conversion_of_into(
        &self,
        call: &ExprMethodCall,
        hint: Option<&types::Ty>,
    ) -> Option<ExprPath> {
        let Shape::Opaque(ty) = &hint?.shape else { return None };
        (call.method == "into").then(|| self.function_of(ty, ("from", "From"), call))?
    }

    /// `f64::from(value)` of a struct that has such a conversion.
    pub(in crate::front) fn real_of_record(
        &mut self,
        value: &Value,
        expr: &Expr,
        node: &impl ToTokens,
    ) -> Option<Value> {
        let own = types::scalar_type(&self.source.signature.scalar).to_string();
        let from = self.type_name(value).filter(|_| matches!(value, Value::Struct(..)))?;
        let of_this = |method: &Method| method.other.as_ref() == Some(&from);
        let method = self.records.of_trait(Some(&own), "from", "From").into_iter().find(of_this)?;
        Some(self.call_method(&method, None, vec![(value.clone(), expr)], node))
    }

    /// `Point::sum`, where `iter.sum()` is to be a `Point`.
    pub(in crate::front) fn sum_of_records(
        &self,
        call: &ExprMethodCall,
        hint: Option<&types::Ty>,
    ) -> Option<ExprPath> {
        let hinted = match hint.map(|hint| &hint.shape) {
            Some(Shape::Opaque(ty)) => Some(&**ty),
            _ => None,
        };
        let ty = consume::turbofish(call).or(hinted)?;
        match call.method.to_string().as_str() {
            "sum" => self.function_of(ty, ("sum", "Sum"), call),
            "product" => self.function_of(ty, ("product", "Product"), call),
            _ => None,
        }
    }

    /// The function `name` of this trait of the struct `ty` that stands for `call`.
    fn function_of(&self, ty: &Type, (name, of): (&str, &str), call: &ExprMethodCall) -> Option<ExprPath> {
        let owner = name_of(ty);
        let is_known = !self.records.of_trait(Some(&owner), name, of).is_empty()
            && self.records.find(Some(&owner), name).all(|method| method.of_trait.as_deref() == Some(of));
        let span = call.method.span();
        let (owner, name) = (spelled(&owner, span)?, syn::Ident::new(name, span));
        (call.args.is_empty() && is_known).then(|| syn::parse_quote!(#owner::#name))
    }
}
