//! Which expressions are passive as a whole, by their leaves, and pass through as the user wrote them.

use proc_macro2::TokenTree;
use syn::{BinOp, Expr, UnOp};

use super::lower::{Exit, Lower};
use super::source::{Scalar, Shape};
use super::value::{Code, Num, Value};
use super::{names, table, types};
use crate::ir::{Compare, Kind, Op};

/// What the leaves of an expression are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaf {
    /// Literals, and variables known to be integers or Booleans.
    Known,
    /// Data of unknown type, constants, calls of unknown functions on such.
    Unknown,
    /// Something that the IR must see.
    Active,
}

fn both(a: Leaf, b: Leaf) -> Leaf {
    match (a, b) {
        (Leaf::Active, _) | (_, Leaf::Active) => Leaf::Active,
        (Leaf::Unknown, _) | (_, Leaf::Unknown) => Leaf::Unknown,
        (Leaf::Known, Leaf::Known) => Leaf::Known,
    }
}

/// A range, a tuple or an adaptor, which the front end takes apart itself.
fn is_taken_apart(expr: &Expr) -> bool {
    match names::bare(expr) {
        Expr::Range(_) | Expr::Tuple(_) => true,
        Expr::MethodCall(call) => {
            names::is_iterator(expr) || matches!(names::bare(&call.receiver), Expr::Range(_))
        }
        _ => false,
    }
}

impl Lower<'_> {
    /// The expression as it stands, if nothing in it is real and something is of a type that only rustc knows.
    pub(super) fn as_passive(&mut self, expr: &Expr) -> Option<Value> {
        let bound = names::ident_of(expr).is_some_and(|name| self.scopes.get(&name.to_string()).is_some());
        if bound || is_taken_apart(expr) || self.is_inner_some(expr) || self.leaves(expr) != Leaf::Unknown {
            return None;
        }
        if let Some(iter) = self.data_iter(expr) {
            return Some(iter);
        }
        let shape = self.passive_shape(expr);
        let kind = match &shape {
            Some((0, known @ (Shape::Real | Shape::Int | Shape::Bool))) => known.kind(),
            _ => self.passive_kind(expr),
        };
        Some(match self.substitute(expr) {
            Some(code) => Value::Code(Code { kind, shape, ..code }),
            None => Value::Poison,
        })
    }

    /// `Some(…)` or `Ok(…)` in an inlined function that is left early: one way out may give real numbers, and all must give the same.
    fn is_inner_some(&self, expr: &Expr) -> bool {
        let Expr::Call(call) = names::bare(expr) else {
            return false;
        };
        matches!(self.exit, Exit::Inlined { .. })
            && names::ident_of(&call.func).is_some_and(|name| name == "Some" || name == "Ok")
    }

    /// Whether nothing in `expr` needs the IR, known integers included.
    pub(super) fn is_passive(&self, expr: &Expr) -> bool {
        self.leaves(expr) != Leaf::Active
    }

    fn leaves(&self, expr: &Expr) -> Leaf {
        match expr {
            Expr::Lit(_) => Leaf::Known,
            Expr::Path(path) => self.path_leaf(path),
            Expr::Paren(inner) => self.leaves(&inner.expr),
            Expr::Group(inner) => self.leaves(&inner.expr),
            Expr::Field(field) => both(self.leaves(&field.base), Leaf::Unknown),
            Expr::Index(index) => {
                both(both(self.leaves(&index.expr), self.leaves(&index.index)), Leaf::Unknown)
            }
            Expr::Unary(unary) => self.leaves(&unary.expr),
            Expr::Binary(binary) if !names::is_compound(&binary.op) => {
                both(self.leaves(&binary.left), self.leaves(&binary.right))
            }
            Expr::Cast(cast) => self.leaves(&cast.expr),
            Expr::Reference(reference) if reference.mutability.is_none() => self.leaves(&reference.expr),
            Expr::Tuple(tuple) => {
                tuple.elems.iter().fold(Leaf::Known, |leaf, elem| both(leaf, self.leaves(elem)))
            }
            Expr::Range(range) => {
                let ends = [&range.start, &range.end];
                ends.into_iter().flatten().fold(Leaf::Known, |leaf, end| both(leaf, self.leaves(end)))
            }
            Expr::MethodCall(call) => {
                let receiver = self.leaves(&call.receiver);
                call.args.iter().fold(receiver, |leaf, arg| both(leaf, self.leaves(arg)))
            }
            Expr::Call(call) => self.call_leaf(call),
            // Out of a closure that is inlined, the way is not rustc's.
            Expr::Try(_) if !matches!(self.exit, Exit::Function) => Leaf::Active,
            Expr::Try(inner) => both(self.leaves(&inner.expr), Leaf::Unknown),
            Expr::Closure(closure) if self.is_passive_closure(closure) => Leaf::Known,
            Expr::Struct(node) if self.records.has(&node.path) => Leaf::Active,
            Expr::Struct(node) => {
                let rest = node.rest.as_ref().map_or(Leaf::Unknown, |rest| self.leaves(rest));
                node.fields
                    .iter()
                    .fold(both(rest, Leaf::Unknown), |leaf, field| both(leaf, self.leaves(&field.expr)))
            }
            _ => Leaf::Active,
        }
    }

    fn path_leaf(&self, path: &syn::ExprPath) -> Leaf {
        let Some(value) = path.path.get_ident().and_then(|name| self.scopes.get(&name.to_string())) else {
            let is_seen = self.records.has_constant(path) || self.records.unit(path).is_some();
            return if is_seen { Leaf::Active } else { Leaf::Unknown };
        };
        match value {
            Value::Num(num) => match num.kind {
                Kind::Int | Kind::Bool => Leaf::Known,
                Kind::Opaque => Leaf::Unknown,
                Kind::Real
                | Kind::Tangent
                | Kind::Array(_)
                | Kind::Tuple(_)
                | Kind::Tape
                | Kind::Pullback => Leaf::Active,
            },
            Value::Code(code) => match code.kind {
                Kind::Int | Kind::Bool => Leaf::Known,
                _ => Leaf::Unknown,
            },
            Value::Unit => Leaf::Known,
            Value::Array(_)
            | Value::Tuple(_)
            | Value::Struct(..)
            | Value::Table(_)
            | Value::Ref(..)
            | Value::Option(_)
            | Value::Func(_)
            | Value::Iter(_)
            | Value::Range(_)
            | Value::Late(_)
            | Value::Error(_)
            | Value::Never
            | Value::Poison => Leaf::Active,
        }
    }

    /// Whether a closure sees and changes passive values only, so that it can stay as it is.
    fn is_passive_closure(&self, closure: &syn::ExprClosure) -> bool {
        let passive = |name: &syn::Ident| {
            let path: syn::ExprPath = syn::parse_quote!(#name);
            self.path_leaf(&path) != Leaf::Active && !self.functions.contains_key(&name.to_string())
        };
        names::is_plain(&closure.body) && names::free(&Expr::Closure(closure.clone())).iter().all(passive)
    }

    fn call_leaf(&self, call: &syn::ExprCall) -> Leaf {
        let Expr::Path(path) = names::bare(&call.func) else {
            return Leaf::Active;
        };
        if self.path_leaf(path) == Leaf::Active || self.is_known_call(path) {
            return Leaf::Active;
        }
        call.args.iter().fold(Leaf::Unknown, |leaf, arg| both(leaf, self.leaves(arg)))
    }

    /// The kind of a passive expression, as far as its outermost operation tells.
    fn passive_kind(&self, expr: &Expr) -> Kind {
        match names::bare(expr) {
            Expr::Binary(binary) => match binary.op {
                BinOp::And(_) | BinOp::Or(_) => Kind::Bool,
                op if super::arith::compare(&op).is_some() => Kind::Bool,
                _ => Kind::Opaque,
            },
            Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_) | UnOp::Not(_)) => {
                self.passive_kind(&unary.expr)
            }
            Expr::Cast(cast) => types::read(&cast.ty, &self.source.signature.scalar).shape.kind(),
            Expr::MethodCall(call) => self.passive_method_kind(call),
            Expr::Call(call) => self.passive_call_kind(call),
            Expr::Path(path) => self.constant_kind(path),
            _ => Kind::Opaque,
        }
    }

    fn passive_method_kind(&self, call: &syn::ExprMethodCall) -> Kind {
        let name = call.method.to_string();
        match name.as_str() {
            "len" | "count" | "nrows" | "ncols" => Kind::Int,
            "sum" | "product" if call.turbofish.is_some() => super::consume::turbofish(call)
                .map_or(Kind::Opaque, |ty| types::read(ty, &self.source.signature.scalar).shape.kind()),
            "is_empty" | "is_some" | "is_none" | "is_ok" | "is_err" | "contains" | "starts_with" => {
                Kind::Bool
            }
            "unwrap" | "expect" if matches!(names::bare(&call.receiver), Expr::Call(call) if self.is_scalar_call(call)) => {
                Kind::Real
            }
            _ if table::predicate(&name).is_some() => Kind::Bool,
            _ => Kind::Opaque,
        }
    }

    /// `T::from(…)` and its kin, for the scalar type parameter `T`.
    pub(super) fn is_scalar_call(&self, call: &syn::ExprCall) -> bool {
        let Expr::Path(path) = names::bare(&call.func) else {
            return false;
        };
        let owner = path.path.segments.first().map(|segment| &segment.ident);
        path.path.segments.len() == 2 && owner == self.scalar_param() && owner.is_some()
    }

    fn passive_call_kind(&self, call: &syn::ExprCall) -> Kind {
        let Expr::Path(path) = names::bare(&call.func) else {
            return Kind::Opaque;
        };
        let last = path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let owner = path
            .path
            .segments
            .iter()
            .rev()
            .nth(1)
            .map(|segment| segment.ident.to_string())
            .unwrap_or_default();
        if call.args.is_empty() && self.is_scalar_call(call) && table::is_scalar_constant(&last) {
            return Kind::Real;
        }
        let real = match &self.source.signature.scalar {
            Scalar::F64 => owner == "f64",
            Scalar::F32 => owner == "f32",
            Scalar::Param(_) => false,
        };
        if real && (last == "from" || table::is_real_method(&last)) { Kind::Real } else { Kind::Opaque }
    }

    /// A constant of the scalar type (`f64::EPSILON`, `std::f64::consts::PI`), or of integers or Booleans in this file.
    pub(super) fn constant_kind(&self, path: &syn::ExprPath) -> Kind {
        if let Some(ty) = self.plain_constant(path) {
            return types::read(&ty, &self.source.signature.scalar).shape.kind();
        }
        let segments = &path.path.segments;
        let last = segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let named = last.chars().all(|c| c.is_uppercase() || c.is_numeric() || c == '_');
        // `usize::MAX`
        let owner = segments.iter().nth_back(1).map(|owner| owner.ident.to_string());
        if named && owner.is_some_and(|owner| types::is_integer(&owner)) {
            return Kind::Int;
        }
        let scalar = match &self.source.signature.scalar {
            Scalar::F64 => "f64",
            Scalar::F32 => "f32",
            Scalar::Param(_) => return Kind::Opaque,
        };
        let integer =
            ["DIGITS", "MANTISSA_DIGITS", "RADIX", "MAX_EXP", "MIN_EXP", "MAX_10_EXP", "MIN_10_EXP"];
        let owned = segments.iter().rev().skip(1).any(|segment| segment.ident == scalar);
        if owned && named && !integer.contains(&last.as_str()) { Kind::Real } else { Kind::Opaque }
    }

    /// The type of a part of a passive parameter, where the signature tells.
    pub(super) fn passive_shape(&mut self, expr: &Expr) -> Option<(u8, Shape)> {
        match names::bare(expr) {
            Expr::Path(path) => {
                let name = path.path.get_ident()?.to_string();
                match self.scopes.get(&name) {
                    Some(Value::Code(code)) => code.shape.clone(),
                    Some(Value::Num(num)) => self.known_shapes.get(&num.atom.var()?).cloned(),
                    Some(_) => None,
                    None => self.type_of_constant(path).map(|ty| (ty.refs, ty.shape)),
                }
            }
            Expr::Index(index) if !matches!(names::bare(&index.index), Expr::Range(_)) => {
                let (_, shape) = self.passive_shape(&index.expr)?;
                Some((0, shape.element()?.clone()))
            }
            Expr::Field(field) => {
                let part = match (&field.member, self.passive_shape(&field.base)) {
                    (syn::Member::Unnamed(at), Some((_, Shape::Tuple(parts)))) => {
                        parts.get(at.index as usize).cloned()
                    }
                    _ => None,
                };
                part.map(|part| (0, part)).or_else(|| self.type_of_field(field).map(|ty| (ty.refs, ty.shape)))
            }
            Expr::Call(call) => match names::bare(&call.func) {
                Expr::Path(path) => self.data_beside(path).map(|shape| (0, shape)),
                _ => None,
            },
            Expr::Reference(reference) => {
                let (refs, shape) = self.passive_shape(&reference.expr)?;
                Some((refs.saturating_add(1), shape))
            }
            Expr::MethodCall(call)
                if ["to_vec", "to_owned", "clone"].iter().any(|name| call.method == name) =>
            {
                let (_, shape) = self.passive_shape(&call.receiver)?;
                let element = shape.element().filter(|_| call.method != "clone");
                Some((0, element.map_or_else(|| shape.clone(), |element| Shape::vec_of(element.clone()))))
            }
            // `items.collect::<Vec<_>>()`
            Expr::MethodCall(call) if call.method == "collect" => {
                let ty = types::read(super::consume::turbofish(call)?, &self.source.signature.scalar);
                matches!(ty.shape, Shape::Vec(_)).then_some((0, ty.shape))
            }
            _ => None,
        }
    }

    /// `data.iter()` of data that is known to be a slice, an array or a `Vec`.
    fn data_iter(&mut self, expr: &Expr) -> Option<Value> {
        let Expr::MethodCall(call) = names::bare(expr) else {
            return None;
        };
        if call.method != "iter" || !call.args.is_empty() {
            return None;
        }
        let (_, shape) = self.passive_shape(&call.receiver)?;
        let element = shape.element()?.clone();
        let code = self.substitute(&call.receiver)?;
        let code = self.held_data(code, syn::spanned::Spanned::span(expr));
        Some(Value::Iter(Box::new(super::iter::Iter::Data { code, element })))
    }

    /// The smaller of two lengths.
    pub(super) fn least(
        &mut self,
        a: crate::ir::Atom,
        b: crate::ir::Atom,
        span: proc_macro2::Span,
    ) -> crate::ir::Atom {
        if a == b {
            return a;
        }
        let less = self.temp(Kind::Bool, Op::Compare(Compare::Lt, a.clone(), b.clone()), span);
        self.temp(Kind::Int, Op::Select(less, a, b), span)
    }

    /// Whether no variable in an expression holds differentiated numbers, or may.
    pub(super) fn names_no_real(&self, expr: &Expr) -> bool {
        names::is_plain(expr) && self.is_free_of_reals(expr)
    }

    /// The same of what may also assign and leave.
    pub(super) fn is_free_of_reals(&self, expr: &Expr) -> bool {
        names::free(expr).iter().all(|name| {
            let name = name.to_string();
            !self.functions.contains_key(&name)
                && self.scopes.get(&name).is_none_or(|value| match value {
                    Value::Num(Num { kind, .. }) | Value::Code(Code { kind, .. }) => *kind != Kind::Real,
                    Value::Array(view) => !view.shape.is_real(),
                    _ => false,
                })
        })
    }
}

/// Whether a passive value is `&place`.
pub(super) fn is_lent(code: &Code) -> bool {
    let first = code.tokens.clone().into_iter().next();
    matches!(first, Some(TokenTree::Punct(first)) if first.as_char() == '&')
}

/// `*value` of a passive value; of `&place` and `&mut place` the place.
pub(super) fn deref_code(code: Code) -> Code {
    let shape = code.shape.clone().map(|(refs, shape)| (refs.saturating_sub(1), shape));
    let kind = code.kind.clone();
    let lent = is_lent(&code);
    let wrapped = code.wrap(kind, |tokens| {
        let is_mut = |tree: &TokenTree| matches!(tree, TokenTree::Ident(word) if word == "mut");
        let place = || tokens.clone().into_iter().skip(1).skip_while(is_mut).collect();
        if lent { place() } else { quote::quote!(*#tokens) }
    });
    Code { shape, ..wrapped }
}
