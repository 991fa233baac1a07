//! Whether a method of passive data can be called again in the reverse sweep and gives the same.
//!
//! A name alone does not tell: `data.get(i)` of a slice does, `dice.get(i)` may draw a number. So a name is believed where
//! it is that of a method which no type with a state has, and the file has no function of that name, or where the type of the
//! receiver is one of the standard library's. What is called once is recorded where it is needed again.

use quote::ToTokens;
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
        // Another `HashMap` of the same keys has them in another order.
        if call.method == "collect" && !super::consume::turbofish(call).is_some_and(keeps_order) {
            return false;
        }
        let name = call.method.to_string();
        let may_be_another = table::may_have_state(&name) || self.neighbours.has_function(&name);
        table::is_pure_method(call) && (!may_be_another || self.is_of_std(&call.receiver))
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
                    || self.passive_shape(other).is_some_and(|(_, shape)| self.is_std(&shape))
            }
        }
    }

    /// A name of a number, or of a parameter whose type the signature tells.
    fn is_known_data(&self, expr: &Expr) -> bool {
        let value = names::ident_of(expr).and_then(|name| self.scopes.get(&name.to_string()));
        match value {
            Some(Value::Num(num)) if num.kind == Kind::Opaque => {
                let user = num.atom.var().and_then(|var| self.param_of(var));
                user.is_some_and(|user| self.is_std_type(&user.ty))
            }
            Some(Value::Num(_) | Value::Array(_) | Value::Ref(..) | Value::Iter(_) | Value::Range(_)) => true,
            _ => false,
        }
    }

    /// The same of what is known of data.
    fn is_std(&self, shape: &Shape) -> bool {
        match shape {
            Shape::Opaque(ty) => self.is_std_type(ty),
            Shape::Slice(inner) | Shape::Array(inner, _) | Shape::Vec(inner) => !changes_within(inner),
            Shape::Real | Shape::Int | Shape::Bool | Shape::Tuple(_) => true,
        }
    }

    /// A type of the standard library without a state of its own.
    fn is_std_type(&self, ty: &syn::Type) -> bool {
        const STATELESS: [&str; 9] =
            ["str", "String", "Option", "HashMap", "BTreeMap", "HashSet", "BTreeSet", "VecDeque", "Range"];
        if is_changed_within(ty) {
            return false;
        }
        match ty {
            syn::Type::Reference(reference) => self.is_std_type(&reference.elem),
            syn::Type::Paren(inner) => self.is_std_type(&inner.elem),
            syn::Type::Slice(_) | syn::Type::Array(_) => true,
            syn::Type::Path(path) => {
                let (first, last) = (path.path.segments.first(), path.path.segments.last());
                let is_own = path.path.segments.len() == 1;
                let is_root = first
                    .is_some_and(|first| ["std", "core", "alloc"].iter().any(|root| first.ident == root));
                last.is_some_and(|last| {
                    let name = last.ident.to_string();
                    STATELESS.contains(&name.as_str())
                        && (is_root || is_own && !self.neighbours.shadows(&name))
                })
            }
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

/// Whether a type gives what is collected in it in the same order each time.
pub(super) fn keeps_order(ty: &syn::Type) -> bool {
    const ORDERED: [&str; 5] = ["Vec", "BTreeMap", "BTreeSet", "String", "Box"];
    matches!(ty, syn::Type::Path(path) if path.path.segments.last().is_some_and(|last| ORDERED.iter().any(|name| last.ident == name)))
}

/// Whether what a collection holds may change behind a shared reference.
fn changes_within(shape: &Shape) -> bool {
    match shape {
        Shape::Opaque(ty) => is_changed_within(ty),
        Shape::Slice(inner) | Shape::Array(inner, _) | Shape::Vec(inner) => changes_within(inner),
        Shape::Tuple(parts) => parts.iter().any(changes_within),
        Shape::Real | Shape::Int | Shape::Bool => false,
    }
}

fn is_changed_within(ty: &syn::Type) -> bool {
    const HOLDERS: [&str; 6] = ["Cell", "RefCell", "OnceCell", "UnsafeCell", "Mutex", "RwLock"];
    let text = ty.to_token_stream();
    super::code::mentions(&text, &HOLDERS) || text.to_string().contains("Atomic")
}
