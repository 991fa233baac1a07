//! Collections that are no `Vec`, gathered from data, and structs of data that stay whole.

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
    /// A collection of what is no real number: `tags.iter().collect::<HashSet<_>>()`, and
    /// `let table: HashMap<_, _> = [("a", 1), ("b", 2)].into();`, which only its place tells; a struct whose methods call themselves.
    pub(super) fn gathered(&mut self, expr: &Expr, hint: Option<&Ty>) -> Option<Value> {
        let hinted = match hint.map(|hint| &hint.shape) {
            Some(Shape::Opaque(ty)) => Some(&**ty),
            _ => None,
        };
        let (is_other, told) = match names::bare(expr) {
            Expr::MethodCall(call) if call.method == "into" => (self.is_other_collection(hinted?), hinted),
            Expr::MethodCall(call) if call.method == "collect" => {
                (self.is_other_collection(turbofish(call).or(hinted)?), None)
            }
            // Its methods are called, and cannot be inlined.
            Expr::Struct(node) => (self.records.calls_itself(&node.path), None),
            Expr::Call(call) => match names::bare(&call.func) {
                Expr::Path(path) => {
                    let (owner, name) = tail_of(path);
                    let makes = ["from", "from_iter"].contains(&name.as_str());
                    (makes && OTHERS.contains(&owner.as_str()), None)
                }
                _ => (false, None),
            },
            _ => (false, None),
        };
        if !is_other || !self.names_no_real(expr) {
            return None;
        }
        let code = match told {
            Some(ty) => self.stated(expr, ty, Kind::Opaque),
            None => self.substitute(expr),
        };
        Some(code.map_or(Value::Poison, Value::Code))
    }

    fn is_other_collection(&self, ty: &Type) -> bool {
        let Type::Path(path) = ty else { return false };
        let is_known = |last: &syn::PathSegment| OTHERS.iter().any(|name| last.ident == name);
        // A queue of numbers is kept as a `Vec`.
        let queued = types::argument_of(ty, "VecDeque");
        let queued = queued.map(|item| types::read(item, &self.source.signature.scalar).shape);
        path.path.segments.last().is_some_and(is_known)
            || matches!(queued, Some(Shape::Int | Shape::Bool | Shape::Tuple(_)))
            || types::argument_of(ty, "Vec").is_some_and(|item| self.is_data_type(item))
    }
}
