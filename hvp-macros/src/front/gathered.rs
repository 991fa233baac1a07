//! Collections that are no `Vec`, gathered from data.

use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Type};

use super::call::tail_of;
use super::consume::turbofish;
use super::lower::Lower;
use super::names;
use super::source::Shape;
use super::types::{self, Ty};
use super::value::Value;
use crate::ir::Kind;

/// Collections that never hold differentiated numbers.
pub(super) const OTHERS: [&str; 6] = ["HashMap", "HashSet", "BTreeMap", "BTreeSet", "BinaryHeap", "String"];

impl Lower<'_> {
    /// A collection of what is no real number: `tags.iter().collect::<HashSet<_>>()`.
    pub(super) fn gathered(&mut self, expr: &Expr, hint: Option<&Ty>) -> Option<Value> {
        let is_other = match names::bare(expr) {
            Expr::MethodCall(call) if call.method == "into" => {
                return self.made_into(expr, hint);
            }
            Expr::MethodCall(call) if call.method == "collect" => {
                match (turbofish(call), hint.map(|hint| &hint.shape)) {
                    (Some(ty), _) => self.is_other_collection(ty),
                    (None, Some(Shape::Opaque(ty))) => self.is_other_collection(ty),
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

    /// `let table: HashMap<_, _> = [("a", 1), ("b", 2)].into();`
    fn made_into(&mut self, expr: &Expr, hint: Option<&Ty>) -> Option<Value> {
        let Shape::Opaque(ty) = &hint?.shape else { return None };
        if !self.is_other_collection(ty) || !self.names_no_real(expr) {
            return None;
        }
        let code = self.substitute(expr)?;
        let identity = quote_spanned!(expr.span()=> ::core::convert::identity);
        Some(Value::Code(code.wrap(Kind::Opaque, |made| quote!(#identity::<#ty>(#made)))))
    }

    fn is_other_collection(&self, ty: &Type) -> bool {
        let Type::Path(path) = ty else { return false };
        let is_known = |last: &syn::PathSegment| OTHERS.iter().any(|name| last.ident == name);
        // A queue of numbers is kept as a `Vec`.
        let queued = types::argument_of(ty, "VecDeque");
        let queued = queued.map(|item| types::read(item, &self.source.signature.scalar).shape);
        path.path.segments.last().is_some_and(is_known)
            || matches!(queued, Some(Shape::Int | Shape::Bool | Shape::Tuple(_)))
    }
}
