//! Arrays and `Vec`s from their elements.

use proc_macro2::Span;
use quote::{ToTokens, quote};
use syn::Expr;
use syn::spanned::Spanned;

use super::exchange;
use super::expr::scalar_shape;
use super::lower::Lower;
use super::names;
use super::source::Shape;
use super::table_value;
use super::types::Ty;
use super::value::{Code, Value, View};
use crate::ir::{Atom, Elem, Init, Kind, Len};

const OPTIONS: &str = "an array of `Option`s is not understood; keep the numbers that are there in a `Vec`";

impl Lower<'_> {
    /// `[a, b]` or `vec![a, b]`
    pub(super) fn array(
        &mut self,
        elems: &[Expr],
        vec: bool,
        node: &impl ToTokens,
        hint: Option<&Ty>,
    ) -> Value {
        let inner = hint.and_then(Ty::element).cloned().map(Ty::value);
        let exprs: Vec<&Expr> = elems.iter().collect();
        let hints = vec![inner.clone(); elems.len()];
        let values = self.exprs(&exprs, &hints);
        if values.iter().any(|value| matches!(value, Value::Poison | Value::Never)) {
            return if self.reachable() { Value::Poison } else { Value::Never };
        }
        if values.is_empty() {
            let guess = || hint.and_then(|ty| ty.shape.element()).cloned().map(Ty::value);
            let Some(inner) = inner.or_else(guess) else {
                return self.error(
                    node,
                    "the type of an empty array is not known; annotate it: `let a: Vec<f64> = …`",
                );
            };
            let init = match inner.shape {
                Shape::Real if self.scalar_param().is_none() => {
                    let zero = Box::new(Elem::Atom(Atom::real(0.0)));
                    let len = Len::Const(self.source.add_fragment(quote!(0)));
                    Init::Repeat { value: zero, len, vec }
                }
                _ => Init::List { elems: Vec::new(), vec },
            };
            let shape = Shape::array_of(inner.shape, 0);
            return Value::Array(self.alloc(shape, init, node.to_token_stream().span()));
        }
        let real = inner.is_some_and(|ty| matches!(ty.shape, Shape::Real));
        self.list(&values, elems, vec, real, node)
    }

    pub(super) fn list(
        &mut self,
        values: &[Value],
        exprs: &[Expr],
        vec: bool,
        real: bool,
        node: &impl ToTokens,
    ) -> Value {
        let span = node.to_token_stream().span();
        let known = |value: &Value| match table_value::columns_of(value) {
            Some((parts, _)) => parts.iter().all(is_of_a_column),
            None => false,
        };
        if values.iter().all(known)
            && let Some(table) = self.table_list(values, exprs, vec, node)
        {
            return table;
        }
        if values.iter().any(|value| matches!(value, Value::Option(_))) {
            return self.error(node, OPTIONS);
        }
        if let Some(Value::Array(first)) = values.first() {
            let first = first.clone();
            let mut elems = Vec::new();
            for (value, expr) in values.iter().zip(exprs) {
                match self.init_of(value.clone(), expr) {
                    Some(init) => elems.push(Elem::Array(init)),
                    None => return Value::Poison,
                }
            }
            let (len, ragged) = (elems.len(), vec && !are_alike(&elems));
            let mut made = self.alloc(first.shape.clone(), Init::List { elems, vec }, span);
            let ragged = ragged && matches!(first.shape, Shape::Vec(_)) && first.refs == 0;
            self.ragged.extend(ragged.then_some(made.slice.base));
            let inner = self.row_shape(made.slice.base, &first);
            made.shape = if vec { Shape::vec_of(inner) } else { Shape::array_of(inner, len) };
            self.set_kind(made.slice.base, made.shape.kind());
            return Value::Array(made);
        }
        if !real
            && values.iter().all(|value| matches!(value, Value::Code(_) | Value::Num(_)) && !value.is_real())
            && values.iter().any(|value| value.kind() == Some(&Kind::Opaque))
        {
            return self.opaque_list(values, vec, span);
        }
        let kind = if real || values.iter().any(Value::is_real) {
            Kind::Real
        } else {
            values.first().and_then(Value::kind).cloned().unwrap_or(Kind::Real)
        };
        let elems = values
            .iter()
            .zip(exprs)
            .map(|(value, expr)| Elem::Atom(self.element_atom(value.clone(), &kind, expr)))
            .collect::<Vec<_>>();
        let inner = scalar_shape(&kind);
        let shape = if vec { Shape::vec_of(inner) } else { Shape::array_of(inner, elems.len()) };
        Value::Array(self.alloc(shape, Init::List { elems, vec }, span))
    }

    /// An array of passive data of unknown type. What is in variables moves into it, so that it is made once.
    pub(super) fn opaque_list(&mut self, values: &[Value], vec: bool, span: Span) -> Value {
        let mut whole = super::value::blank(Kind::Opaque);
        let mut tokens = proc_macro2::TokenStream::new();
        for value in values {
            let Some(code) = self.code_of(value, span) else {
                return Value::Poison;
            };
            let piece = whole.absorb(&code);
            tokens.extend(quote!(#piece,));
            whole.pure &= !(self.is_moved(value) && value.kind() == Some(&Kind::Opaque));
        }
        Value::Code(
            whole.wrap(Kind::Opaque, |_| if vec { quote!(::std::vec![#tokens]) } else { quote!([#tokens]) }),
        )
    }

    /// `view[at] = value`, for an element that is a number or a row.
    pub(super) fn put(&mut self, view: &View, at: Atom, value: Value, node: &impl ToTokens, span: Span) {
        match self.element(view, at, span) {
            Value::Ref(target, kind) => {
                let value = self.element_atom(value, &kind, node);
                self.store(&target, value);
            }
            Value::Array(row) => {
                self.assign_array(&row, value, node);
            }
            _ => self.diag.error(node, "the elements of this array are not understood; fill it in a loop"),
        }
    }

    pub(super) fn element_atom(&mut self, value: Value, kind: &Kind, node: &impl ToTokens) -> Atom {
        if *kind == Kind::Real { self.real(value, node) } else { self.passive(value, node) }
    }

    /// How to make the array `value` anew, as an element of another. A temporary's own statement is taken back.
    pub(super) fn init_of(&mut self, value: Value, node: &impl ToTokens) -> Option<Init> {
        match value {
            Value::Array(view) => {
                if view.fresh
                    && let Some(init) = self.take_alloc(view.slice.base)
                {
                    return Some(init);
                }
                Some(Init::CopyOf(view.slice))
            }
            Value::Never | Value::Poison => None,
            other => {
                self.error(
                    node,
                    format!(
                        "this is {}, where an array is needed; give one, or annotate the type",
                        other.what()
                    ),
                );
                None
            }
        }
    }

    /// Removes the statement that makes the array `var`, if it is the last of this block and nothing has touched it since.
    pub(super) fn take_alloc(&mut self, var: crate::ir::VarId) -> Option<Init> {
        let at = self
            .open
            .stmts
            .iter()
            .position(|stmt| matches!(stmt, crate::ir::Stmt::Alloc { var: made, .. } if *made == var))?;
        let touched = self.open.stmts.iter().skip(at + 1).any(|stmt| {
            let mut found = false;
            crate::ir::each_name(stmt, |name| {
                found |= match name {
                    crate::ir::Name::Array(array, _) => array == var,
                    crate::ir::Name::Use(atom) => atom.var() == Some(var),
                    crate::ir::Name::Def(_) => false,
                };
            });
            found
        });
        if touched {
            return None;
        }
        match self.open.stmts.remove(at) {
            crate::ir::Stmt::Alloc { init, .. } => Some(init),
            other => {
                self.open.stmts.insert(at, other);
                None
            }
        }
    }

    /// `[e; N]` or `vec![e; n]`
    pub(super) fn repeat(
        &mut self,
        value: &Expr,
        len: &Expr,
        vec: bool,
        node: &impl ToTokens,
        hint: Option<&Ty>,
    ) -> Value {
        let told = self.data_type(value).or_else(|| self.missing_data(value, hint));
        if let Some(element) = told {
            let Some(mut code) = self.substitute(value) else { return Value::Poison };
            let n = if vec {
                let n = self.expr(len, None);
                let n = self.passive(n, len);
                code.absorb(&Code::hole(n, Kind::Int, len.span()))
            } else {
                len.to_token_stream()
            };
            let code = code.wrap(Kind::Opaque, |value| {
                if vec { quote!(::std::vec![#value; #n]) } else { quote!([#value; #n]) }
            });
            let shape = Some((0, Shape::slice_of(Shape::Opaque(Box::new(element)))));
            return Value::Code(Code { shape, ..code });
        }
        let value_of = match names::bare(value) {
            Expr::Struct(literal) => self.struct_literal(literal),
            row if exchange::is_empty_row(row) => {
                let inner = hint.and_then(Ty::element).cloned().map(Ty::value);
                let new = syn::parse_quote_spanned!(row.span()=> ::std::vec::Vec::new());
                self.expr(if matches!(row, Expr::Macro(_)) { &new } else { row }, inner.as_ref())
            }
            _ => self.expr(value, None),
        };
        if matches!(value_of, Value::Poison | Value::Never) {
            return value_of;
        }
        if matches!(value_of.clone().none_as_option(), Value::Option(_)) {
            return self.error(value, OPTIONS);
        }
        let length = if vec {
            let n = self.expr(len, None);
            let n = self.passive(n, len);
            (Len::Value(self.freeze(n, len.span())), None)
        } else {
            (self.constant_length(len), Some(len.clone()))
        };
        if table_value::columns_of(&value_of).is_some() {
            let value_of = self.freeze_value(value_of, value.span());
            return self.table_repeat(&value_of, &length, vec, value);
        }
        self.repeated(value_of, value, &length, vec, node)
    }

    /// The length of an array: a literal, or a constant expression that only rustc knows.
    fn constant_length(&mut self, len: &Expr) -> Len {
        match names::bare(len) {
            Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(literal), .. }) => {
                Len::Value(Atom::Int(literal.to_string()))
            }
            _ => Len::Const(self.source.add_fragment(len.to_token_stream())),
        }
    }

    /// An array of one value; of a constant length, its expression goes along.
    pub(super) fn repeated(
        &mut self,
        value_of: Value,
        value: &Expr,
        length: &(Len, Option<Expr>),
        vec: bool,
        node: &impl ToTokens,
    ) -> Value {
        let span = node.to_token_stream().span();
        let (elem, inner) = if let Value::Array(view) = &value_of {
            let inner = view.shape.clone();
            let Some(init) = self.init_of(value_of, value) else {
                return Value::Poison;
            };
            (Elem::Array(init), inner)
        } else {
            let kind = match value_of.kind() {
                Some(Kind::Int) => Kind::Int,
                Some(Kind::Bool) => Kind::Bool,
                _ => Kind::Real,
            };
            (Elem::Atom(self.element_atom(value_of, &kind, value)), scalar_shape(&kind))
        };
        let (len, expr) = length.clone();
        let shape = match expr {
            Some(len) => Shape::Array(Box::new(inner), Box::new(len)),
            None => Shape::vec_of(inner),
        };
        let uniform =
            matches!(&elem, Elem::Array(Init::Repeat { len: Len::Const(_) | Len::Value(Atom::Var(_)), .. }));
        let made = self.alloc(shape, Init::Repeat { value: Box::new(elem), len, vec }, span);
        self.uniform.extend(uniform.then_some(made.slice.base));
        Value::Array(made)
    }
}

/// Whether rows are sure to have one length.
fn are_alike(rows: &[Elem]) -> bool {
    let length = |row: &Elem| match row {
        Elem::Array(Init::List { elems, .. }) => Some(elems.len().to_string()),
        Elem::Array(Init::Repeat { len: Len::Value(len), .. }) => Some(format!("{len:?}")),
        Elem::Array(_) | Elem::Atom(_) => None,
    };
    let first = rows.first().and_then(length);
    first.is_some() && rows.iter().all(|row| length(row) == first)
}

/// Whether a component of a tuple can be an element of a column.
fn is_of_a_column(value: &Value) -> bool {
    match value {
        Value::Num(_) | Value::Code(_) | Value::Array(_) => true,
        _ => table_value::columns_of(value).is_some_and(|(parts, _)| parts.iter().all(is_of_a_column)),
    }
}
