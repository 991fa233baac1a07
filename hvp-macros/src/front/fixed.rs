//! Slices that become arrays: `let p: [f64; 3] = part.try_into().unwrap();`, whose length the annotation gives, and
//! `<[f64; 3]>::try_from(part)?`, which says it itself.

use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprCall, ExprMethodCall};

use super::absence::Absence;
use super::lower::Lower;
use super::names;
use super::source::Shape;
use super::types::{self, Ty};
use super::value::{Code, Maybe, Value, View};
use crate::ir::{Atom, Compare, Kind, Op, Slice};

/// The slice that becomes an array.
struct Conversion<'e> {
    slice: &'e Expr,
    ty: Ty,
}

impl Lower<'_> {
    /// The array, if `call` is such a conversion or a method of what one gives.
    pub(super) fn array_of_slice(&mut self, call: &ExprMethodCall, hint: Option<&Ty>) -> Option<Value> {
        if let Some(conversion) = Self::try_into(call, hint) {
            return Some(self.tried(&conversion, call));
        }
        let conversion = self.conversion(&call.receiver, hint)?;
        let unwraps =
            matches!((call.method.to_string().as_str(), call.args.len()), ("unwrap", 0) | ("expect", 1));
        if unwraps {
            return Some(match self.array_beside(&conversion, call) {
                Ok((part, array, fits)) => {
                    self.require(fits, "a slice of another length became an array");
                    self.copy_between(&Slice::whole(array.slice.base), &part, call.span());
                    Value::Array(array)
                }
                Err(value) => *value,
            });
        }
        Some(match self.tried(&conversion, call) {
            Value::Option(maybe) => self.option_method(*maybe, call),
            other => other,
        })
    }

    /// `<[f64; 3]>::try_from(part)`
    pub(super) fn array_tried_from(&mut self, call: &ExprCall) -> Option<Value> {
        let conversion = self.try_from(call)?;
        Some(self.tried(&conversion, call))
    }

    /// The `Result` of a conversion.
    fn tried(&mut self, conversion: &Conversion<'_>, node: &impl ToTokens) -> Value {
        let span = node.to_token_stream().span();
        let (part, array, fits) = match self.array_beside(conversion, node) {
            Ok(parts) => parts,
            Err(value) => return *value,
        };
        let whole = Slice::whole(array.slice.base);
        self.when(fits.clone(), span, |cx| cx.copy_between(&whole, &part, span), |_| {});
        let error = Code::hole(fits.clone(), Kind::Bool, span).wrap(Kind::Opaque, |fits| {
            quote_spanned!(span=> if #fits { ::core::option::Option::None } else {
                ::core::option::Option::Some(::core::result::Result::Err::<::core::convert::Infallible, _>(
                    <[::core::primitive::u8; 1] as ::core::convert::TryFrom<&[::core::primitive::u8]>>::try_from(&[]).unwrap_err()
                ))
            })
        });
        let absence = Absence::Held(self.materialize(Code { inert: true, ..error }, span).atom);
        Value::Option(Box::new(Maybe { present: fits, value: Value::Array(array), shared: false, absence }))
    }

    /// The part, an array of zeros for it, and whether they have one length.
    fn array_beside(
        &mut self,
        conversion: &Conversion<'_>,
        node: &impl ToTokens,
    ) -> Result<(View, View, Atom), Box<Value>> {
        let Conversion { slice, ty } = conversion;
        let span = node.to_token_stream().span();
        let guess = Ty::guess(Shape::slice_of(Shape::Real));
        let part = match self.place_of(slice, Some(&guess)) {
            Value::Array(part) => part,
            value @ (Value::Never | Value::Poison) => return Err(Box::new(value)),
            _ => {
                return Err(Box::new(self.error(
                    slice,
                    "this is not known to be a slice of numbers; fill the array in a loop, or by `std::array::from_fn`",
                )));
            }
        };
        if ty.mutable {
            let message =
                "a part of a slice is not changed through an array here; change its elements by index";
            return Err(Box::new(self.error(slice, message)));
        }
        let Some(init) = self.zeros(&ty.shape) else {
            let message = "an array of these elements is not made of a slice here; fill it in a loop, or by `std::array::from_fn`";
            return Err(Box::new(self.error(slice, message)));
        };
        let array = self.alloc(ty.shape.clone(), init, span);
        let (have, want) = (self.len(&part, span), self.len(&array, span));
        let fits = self.temp(Kind::Bool, Op::Compare(Compare::Eq, have, want), span);
        Ok((part, View { refs: ty.refs, fresh: ty.refs == 0, ..array }, fits))
    }

    fn conversion<'e>(&self, expr: &'e Expr, hint: Option<&Ty>) -> Option<Conversion<'e>> {
        match names::bare(expr) {
            Expr::MethodCall(call) => Self::try_into(call, hint),
            Expr::Call(call) => self.try_from(call),
            _ => None,
        }
    }

    fn try_into<'e>(call: &'e ExprMethodCall, hint: Option<&Ty>) -> Option<Conversion<'e>> {
        let ty = hint.filter(|ty| matches!(ty.shape, Shape::Array(..)))?;
        (call.method == "try_into" && call.args.is_empty())
            .then(|| Conversion { slice: &call.receiver, ty: ty.clone() })
    }

    fn try_from<'e>(&self, call: &'e ExprCall) -> Option<Conversion<'e>> {
        let Expr::Path(path) = names::bare(&call.func) else { return None };
        let last = path.path.segments.last().filter(|last| last.ident == "try_from")?;
        let own =
            path.qself.as_ref().filter(|_| last.arguments.is_none() && path.path.segments.len() == 1)?;
        let ty = types::read(&own.ty, &self.source.signature.scalar);
        matches!(ty.shape, Shape::Array(..)).then_some(Conversion { slice: call.args.first()?, ty })
    }
}
