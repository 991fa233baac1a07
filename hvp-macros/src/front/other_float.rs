//! Numbers of the float type that a function does not differentiate: data, with which rustc computes.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{BinOp, Expr};

use super::arith::{Operand, compare};
use super::code::mentions;
use super::lower::Lower;
use super::source::{Scalar, Shape};
use super::types;
use super::value::{Code, Num, Value};
use crate::ir::{Atom, Kind, VarId};

impl Lower<'_> {
    /// The float type that is not differentiated here.
    fn other_float_name(&self) -> Option<&'static str> {
        match self.source.signature.scalar {
            Scalar::F64 => Some("f32"),
            Scalar::F32 => Some("f64"),
            Scalar::Param(_) => None,
        }
    }

    /// What an annotation says to be of that type: rustc computes with it.
    pub(super) fn data_of_other_float(&mut self, expr: &Expr, ty: &syn::Type) -> Option<Value> {
        let other = self.other_float_name()?;
        if !mentions(&ty.to_token_stream(), &[other]) || !self.names_no_real(expr) {
            return None;
        }
        let shape = types::read(ty, &self.source.signature.scalar);
        let code = self.stated(expr, ty, Kind::Opaque)?;
        Some(Value::Code(Code { shape: Some((shape.refs, shape.shape)), ..code }))
    }

    /// What became numbers of this function's float type, where the other one is written, would have other last digits.
    pub(super) fn refuse_other_float(&mut self, value: Value, ty: &syn::Type, node: &impl ToTokens) -> Value {
        let is_real = match &value {
            Value::Array(view) => view.shape.is_real(),
            other => other.is_real(),
        };
        match self.other_float_name() {
            Some(other) if is_real && mentions(&ty.to_token_stream(), &[other]) => self.error(
                node,
                format!("numbers of the type `{other}` are data in this function, and this is not understood as such; write the type at its literals, `0.1{other}`, or pass it as data"),
            ),
            _ => value,
        }
    }

    /// Whether one is a literal and the other a passive number of the float type that the function does not differentiate.
    pub(super) fn beside_other_float(&self, literal: &Value, other: &Value) -> bool {
        matches!(literal, Value::Num(Num { atom: Atom::Real(_), .. })) && self.other_float(other).is_some()
    }

    /// The type of a passive number, if it is known to be a float, but not that of the differentiated numbers.
    fn other_float(&self, value: &Value) -> Option<Shape> {
        let shape = match value {
            Value::Code(code) => &code.shape.as_ref()?.1,
            Value::Num(num) => &self.known_shapes.get(&num.atom.var()?)?.1,
            _ => return None,
        };
        matches!(shape, Shape::Opaque(ty) if types::is_float(ty)).then(|| shape.clone())
    }

    /// A literal for the variable `var`, in the type of that.
    pub(super) fn like_other_float(&self, var: VarId, value: Value) -> Value {
        let Value::Num(Num { atom: Atom::Real(text), .. }) = &value else { return value };
        match self.other_float(&Value::num(var.into(), Kind::Opaque)) {
            Some(Shape::Opaque(ty)) => Self::literal_of(text, &ty),
            _ => value,
        }
    }

    pub(super) fn of_other_float(
        &mut self,
        op: &BinOp,
        left: &Operand<'_>,
        right: &Operand<'_>,
        span: Span,
        node: &impl ToTokens,
    ) -> Value {
        let shape = self.other_float(&left.0).or_else(|| self.other_float(&right.0));
        match self.opaque_binary(op, left, right, span, node) {
            Value::Code(code) if compare(op).is_none() => {
                Value::Code(Code { shape: shape.map(|shape| (0, shape)), ..code })
            }
            other => other,
        }
    }
}
