//! Whether a method of passive data can be called again in the reverse sweep and gives the same.
//!
//! A name alone does not tell: `data.get(i)` of a slice does, `dice.get(i)` may draw a number. So a name is believed where
//! it is that of a method which no type with a state has, or where the type of the receiver is one of the standard
//! library's. What is called once is recorded where it is needed again.

use syn::{Expr, ExprMethodCall};

use super::lower::Lower;
use super::names;
use super::source::Shape;
use super::table;
use super::value::Value;
use crate::ir::Kind;

impl Lower<'_> {
    /// Whether `call` changes nothing and gives the same each time.
    pub(super) fn repeats(&mut self, call: &ExprMethodCall) -> bool {
        if applies_closures(call) {
            return self.is_of_std(&call.receiver);
        }
        table::is_pure_method(call)
            && (!table::may_have_state(&call.method.to_string()) || self.is_of_std(&call.receiver))
    }

    /// Whether the type of a passive expression is known to be one of the language's or the standard library's that hold
    /// no state. What is in a collection may be anything.
    fn is_of_std(&mut self, expr: &Expr) -> bool {
        match names::bare(expr) {
            Expr::Lit(_)
            | Expr::Range(_)
            | Expr::Array(_)
            | Expr::Binary(_)
            | Expr::Cast(_)
            | Expr::Repeat(_) => true,
            Expr::Reference(reference) => self.is_of_std(&reference.expr),
            Expr::Unary(unary) => self.is_of_std(&unary.expr),
            Expr::MethodCall(call) => {
                let gives_item = [
                    "unwrap",
                    "expect",
                    "unwrap_or",
                    "unwrap_or_default",
                    "unwrap_or_else",
                    "map_or",
                    "map_or_else",
                    "fold",
                ];
                self.repeats(call)
                    && !gives_item.iter().any(|name| call.method == name)
                    && self.is_of_std(&call.receiver)
            }
            Expr::Index(index) if matches!(names::bare(&index.index), Expr::Range(_)) => {
                self.is_of_std(&index.expr)
            }
            other => {
                self.is_known_data(other)
                    || self.passive_shape(other).is_some_and(|(_, shape)| is_std(&shape))
            }
        }
    }

    /// A name of a number, or of a parameter whose type the signature tells.
    fn is_known_data(&self, expr: &Expr) -> bool {
        let value = names::ident_of(expr).and_then(|name| self.scopes.get(&name.to_string()));
        match value {
            Some(Value::Num(num)) if num.kind == Kind::Opaque => {
                let user = num.atom.var().and_then(|var| self.param_of(var));
                user.is_some_and(|user| is_std_type(&user.ty))
            }
            Some(Value::Num(_) | Value::Array(_) | Value::Ref(..) | Value::Iter(_) | Value::Range(_)) => true,
            _ => false,
        }
    }
}

/// Whether `call` does nothing but what closures that stand in it do, as `map` and `filter`. What these do is seen where they
/// stand.
fn applies_closures(call: &ExprMethodCall) -> bool {
    let mut args = call.args.iter().rev().map(names::bare);
    table::applies_a_closure(&call.method.to_string())
        && matches!(args.next(), Some(Expr::Closure(_)))
        && !args.any(|arg| matches!(arg, Expr::Path(_)))
}

/// The same of what is known of data.
fn is_std(shape: &Shape) -> bool {
    match shape {
        Shape::Opaque(ty) => is_std_type(ty),
        Shape::Real
        | Shape::Int
        | Shape::Bool
        | Shape::Slice(_)
        | Shape::Array(..)
        | Shape::Vec(_)
        | Shape::Tuple(_) => true,
    }
}

/// A type of the standard library without a state of its own.
fn is_std_type(ty: &syn::Type) -> bool {
    const STATELESS: [&str; 9] =
        ["str", "String", "Option", "HashMap", "BTreeMap", "HashSet", "BTreeSet", "VecDeque", "Range"];
    match ty {
        syn::Type::Reference(reference) => is_std_type(&reference.elem),
        syn::Type::Paren(inner) => is_std_type(&inner.elem),
        syn::Type::Slice(_) | syn::Type::Array(_) => true,
        syn::Type::Path(path) => {
            path.path.segments.last().is_some_and(|last| STATELESS.iter().any(|name| last.ident == name))
        }
        _ => false,
    }
}
