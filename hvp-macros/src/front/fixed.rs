//! Slices that become arrays: `let p: [f64; 3] = part.try_into().unwrap();`, whose length the annotation gives, and
//! `<[f64; 3]>::try_from(part).unwrap()`, which says it itself.

use syn::spanned::Spanned;
use syn::{Expr, ExprMethodCall};

use super::lower::Lower;
use super::names;
use super::source::Shape;
use super::types::{self, Ty};
use super::value::{Value, View};
use crate::ir::{Compare, Kind, Op, Slice};

/// The slice that becomes an array.
struct Conversion<'e> {
    slice: &'e Expr,
    ty: Ty,
}

impl Lower<'_> {
    /// The array, if `call` unwraps such a conversion.
    pub(super) fn array_of_slice(&mut self, call: &ExprMethodCall, hint: Option<&Ty>) -> Option<Value> {
        let unwraps =
            matches!((call.method.to_string().as_str(), call.args.len()), ("unwrap", 0) | ("expect", 1));
        let Conversion { slice, ty } = self.conversion(&call.receiver, hint).filter(|_| unwraps)?;
        let span = call.span();
        let guess = Ty::guess(Shape::slice_of(Shape::Real));
        let part = match self.place_of(slice, Some(&guess)) {
            Value::Array(part) => part,
            value @ (Value::Never | Value::Poison) => return Some(value),
            _ => {
                return Some(self.error(
                    slice,
                    "this is not known to be a slice of numbers; fill the array in a loop, or by `std::array::from_fn`",
                ));
            }
        };
        if ty.mutable {
            let message =
                "a part of a slice is not changed through an array here; change its elements by index";
            return Some(self.error(&call.receiver, message));
        }
        let Some(init) = self.zeros(&ty.shape) else {
            let message = "an array of these elements is not made of a slice here; fill it in a loop, or by `std::array::from_fn`";
            return Some(self.error(&call.receiver, message));
        };
        let array = self.alloc(ty.shape.clone(), init, span);
        let (have, want) = (self.len(&part, span), self.len(&array, span));
        let fits = self.temp(Kind::Bool, Op::Compare(Compare::Eq, have, want), span);
        self.require(fits, "a slice of another length became an array");
        self.copy_between(&Slice::whole(array.slice.base), &part, span);
        Some(Value::Array(View { refs: ty.refs, fresh: ty.refs == 0, ..array }))
    }

    fn conversion<'e>(&self, expr: &'e Expr, hint: Option<&Ty>) -> Option<Conversion<'e>> {
        let is_array = |ty: &Ty| matches!(ty.shape, Shape::Array(..));
        match names::bare(expr) {
            Expr::MethodCall(call) if call.method == "try_into" && call.args.is_empty() => {
                let ty = hint.cloned().filter(is_array)?;
                Some(Conversion { slice: &call.receiver, ty })
            }
            Expr::Call(call) => {
                let Expr::Path(path) = names::bare(&call.func) else { return None };
                let last = path.path.segments.last().filter(|last| last.ident == "try_from")?;
                let own = path
                    .qself
                    .as_ref()
                    .filter(|_| last.arguments.is_none() && path.path.segments.len() == 1)?;
                let ty = Some(types::read(&own.ty, &self.source.signature.scalar)).filter(is_array)?;
                Some(Conversion { slice: call.args.first()?, ty })
            }
            _ => None,
        }
    }
}
