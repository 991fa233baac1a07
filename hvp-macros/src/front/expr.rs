//! Expressions.

use proc_macro2::Span;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{BinOp, Expr, Lit, UnOp};

use super::lower::Lower;
use super::names;
use super::source::{Scalar, Shape};
use super::table_value::Table;
use super::types::{self, Ty};
use super::value::{Bounds, Code, Num, Target, Value, View};
use crate::ir::{Atom, Kind, Op};

/// How deeply expressions and blocks may be nested.
const MAX_DEPTH: usize = 200;

impl Lower<'_> {
    /// Lowers `expr`, of which `hint` is the expected type where something tells it.
    pub(super) fn expr(&mut self, expr: &Expr, hint: Option<&Ty>) -> Value {
        if !self.reachable() {
            return Value::Never;
        }
        if self.depth > MAX_DEPTH {
            return self.error(expr, "this is nested too deeply; split it into several statements");
        }
        if let Some(value) = self.told_real(expr, hint).or_else(|| self.gathered(expr, hint)) {
            return value;
        }
        self.depth += 1;
        let value = match self.as_passive(expr) {
            Some(value) => value,
            None => self.dispatch(expr, hint),
        };
        self.depth -= 1;
        value
    }

    fn dispatch(&mut self, expr: &Expr, hint: Option<&Ty>) -> Value {
        match expr {
            Expr::Paren(inner) => self.expr(&inner.expr, hint),
            Expr::Group(inner) => self.expr(&inner.expr, hint),
            Expr::Lit(lit) => self.literal(&lit.lit),
            Expr::Path(path) => self.path(path),
            Expr::Unary(unary) => self.unary(unary, hint),
            Expr::Binary(binary) => self.binary_expr(binary),
            Expr::Cast(cast) => self.cast(cast),
            Expr::Tuple(tuple) => self.tuple(tuple, hint),
            Expr::Array(array) => {
                self.array(&array.elems.iter().cloned().collect::<Vec<_>>(), false, expr, hint)
            }
            Expr::Repeat(repeat) => self.repeat(&repeat.expr, &repeat.len, false, expr, hint),
            Expr::Reference(reference) => self.reference(reference),
            Expr::Field(_) | Expr::Index(_) => self.read_place(expr),
            Expr::Range(range) => self.range(range),
            Expr::Call(call) => self.call(call, hint),
            Expr::MethodCall(call) => self.method_call(call, hint),
            Expr::Closure(closure) => self.closure(closure),
            Expr::Macro(mac) => self.macro_call(&mac.mac, hint),
            Expr::Try(inner) => self.question(inner, hint),
            Expr::Assign(assign) => self.assign(assign),
            Expr::Struct(node) => self.struct_literal(node),
            Expr::If(_)
            | Expr::Match(_)
            | Expr::Block(_)
            | Expr::Loop(_)
            | Expr::While(_)
            | Expr::ForLoop(_)
            | Expr::Break(_)
            | Expr::Continue(_)
            | Expr::Return(_) => self.control(expr, hint),
            other => self.refuse(other),
        }
    }

    fn refuse(&mut self, expr: &Expr) -> Value {
        let message = match expr {
            Expr::Let(_) => {
                "`let` stands here in an expression that is not understood; use it as the condition of an `if`"
            }
            Expr::Unsafe(_) => {
                "`unsafe` code cannot be differentiated; compute its result before and pass it as data"
            }
            Expr::Async(_) | Expr::Await(_) => {
                "`async` code cannot be differentiated; compute its result before"
            }
            Expr::Const(_) => {
                "a `const` block is not understood here; name the constant outside the function"
            }
            Expr::Infer(_) => "`_` is understood on the left of `=` only; name the value",
            Expr::RawAddr(_) => "a raw pointer cannot be differentiated; use a reference",
            Expr::TryBlock(_) | Expr::Yield(_) | Expr::Verbatim(_) => {
                "this syntax is not understood; write it in stable Rust without macros"
            }
            _ => {
                "this expression is not understood; write it with the constructs of `hvp`'s page \"what you can write\""
            }
        };
        self.error(expr, message)
    }

    fn literal(&mut self, lit: &Lit) -> Value {
        match lit {
            Lit::Float(float) => self.float(float, lit),
            Lit::Int(int) if int.suffix().starts_with('f') => {
                self.suffixed(int.base10_digits(), int.suffix(), lit)
            }
            Lit::Int(int) => Value::int(Atom::Int(int.base10_digits().to_owned() + int.suffix())),
            Lit::Bool(bool) => Value::boolean(Atom::Bool(bool.value)),
            other => Value::Code(Code::constant(other.to_token_stream(), Kind::Opaque)),
        }
    }

    fn float(&mut self, float: &syn::LitFloat, lit: &Lit) -> Value {
        let text = float.to_string();
        let digits = text.strip_suffix(float.suffix()).unwrap_or(&text).trim_end_matches('_');
        self.suffixed(digits, float.suffix(), lit)
    }

    fn suffixed(&mut self, digits: &str, suffix: &str, lit: &Lit) -> Value {
        let ours = match &self.source.signature.scalar {
            Scalar::F64 => suffix.is_empty() || suffix == "f64",
            Scalar::F32 => suffix.is_empty() || suffix == "f32",
            Scalar::Param(_) => false,
        };
        if ours {
            let point = if digits.contains(['.', 'e', 'E']) { "" } else { ".0" };
            return Value::real(Atom::Real(format!("{digits}{point}")));
        }
        let code = Code::constant(lit.to_token_stream(), Kind::Opaque);
        let ty = syn::parse_str::<syn::Type>(suffix).ok().filter(types::is_float);
        Value::Code(Code { shape: ty.map(|ty| (0, Shape::Opaque(Box::new(ty)))), ..code })
    }

    fn path(&mut self, path: &syn::ExprPath) -> Value {
        if let Some(name) = path.path.get_ident()
            && let Some(value) = self.scopes.get(&name.to_string()).cloned()
        {
            return self.decide(value);
        }
        if let Some(value) = self.record_constant(path) {
            return value;
        }
        if let Some(unit) = self.records.unit(path) {
            return unit;
        }
        let kind = self.constant_kind(path);
        if let Some(ty) = self.plain_constant(path) {
            self.source.check(quote::quote!(let _: #ty = #path;));
        }
        let ty = if kind == Kind::Opaque { self.type_of_constant(path) } else { None };
        let shape = ty.map(|ty| (ty.refs, ty.shape));
        Value::Code(Code { shape, ..Code::constant(path.to_token_stream(), kind) })
    }

    fn unary(&mut self, unary: &syn::ExprUnary, hint: Option<&Ty>) -> Value {
        match unary.op {
            UnOp::Deref(_) => self.deref(&unary.expr),
            UnOp::Neg(_) => {
                let value = self.expr(&unary.expr, hint);
                self.negate(value, unary)
            }
            UnOp::Not(_) => {
                let value = self.expr(&unary.expr, hint);
                self.not(value, unary)
            }
            _ => self.error(unary, "this operator is not understood; use `-`, `!` or `*`"),
        }
    }

    fn negate(&mut self, value: Value, node: &syn::ExprUnary) -> Value {
        if matches!(value, Value::Struct(..)) {
            return self.operator_of("neg", vec![(value, &node.expr)], node);
        }
        let Some(num) = self.scalar(value, &node.expr) else {
            return Value::Poison;
        };
        match (&num.atom, &num.kind) {
            (Atom::Real(text), _) if !text.starts_with('-') => Value::real(Atom::Real(format!("-{text}"))),
            (Atom::Int(text), _) if !text.starts_with('-') => Value::int(Atom::Int(format!("-{text}"))),
            (_, Kind::Real | Kind::Int) => {
                Value::num(self.temp(num.kind.clone(), Op::Neg(num.atom), node.span()), num.kind)
            }
            _ => {
                let code = Code::hole(num.atom, num.kind.clone(), node.span());
                Value::Code(code.wrap(num.kind, |tokens| quote_spanned!(node.span()=> -#tokens)))
            }
        }
    }

    fn not(&mut self, value: Value, node: &syn::ExprUnary) -> Value {
        let Some(num) = self.scalar(value, &node.expr) else {
            return Value::Poison;
        };
        if num.kind == Kind::Bool {
            return Value::boolean(self.temp(Kind::Bool, Op::Not(num.atom), node.span()));
        }
        if num.kind == Kind::Real {
            return self.error(node, "`!` of a real number is not understood; compare it with a number");
        }
        let code = Code::hole(num.atom, num.kind.clone(), node.span());
        let code = code.wrap(num.kind.clone(), |tokens| quote_spanned!(node.span()=> !#tokens));
        if num.kind == Kind::Int { self.bitwise(code, 1, node.span()) } else { Value::Code(code) }
    }

    fn deref(&mut self, inner: &Expr) -> Value {
        match self.expr(inner, None) {
            Value::Num(num) if num.refs > 0 => Value::Num(Num { refs: num.refs - 1, ..num }),
            Value::Num(num) if num.kind == Kind::Opaque => {
                let code = Code::hole(num.atom, Kind::Opaque, inner.span());
                Value::Code(super::passive::deref_code(code))
            }
            Value::Array(mut view) => {
                view.refs = view.refs.saturating_sub(1);
                Value::Array(view)
            }
            Value::Code(code) => Value::Code(super::passive::deref_code(code)),
            Value::Ref(target, kind) => {
                let atom = self.load(&target, &kind, inner.span());
                Value::num(atom, kind)
            }
            Value::Struct(names, fields) => {
                let fields = self.read(*fields, inner.span());
                self.records.behind_reference(&names, fields)
            }
            parts @ Value::Tuple(_) => behind(self.read(parts, inner.span())),
            other => other,
        }
    }

    fn binary_expr(&mut self, binary: &syn::ExprBinary) -> Value {
        if names::is_compound(&binary.op) {
            return self.compound(binary);
        }
        if matches!(binary.op, BinOp::And(_) | BinOp::Or(_)) {
            return self.short_circuit(binary);
        }
        let left = self.expr(&binary.left, None);
        let left =
            if names::may_assign(&binary.right) { self.freeze_value(left, binary.left.span()) } else { left };
        let right = self.expr(&binary.right, None);
        self.binary(&binary.op, (left, &binary.left), (right, &binary.right), binary)
    }

    fn tuple(&mut self, tuple: &syn::ExprTuple, hint: Option<&Ty>) -> Value {
        if tuple.elems.is_empty() {
            return Value::Unit;
        }
        let exprs: Vec<&Expr> = tuple.elems.iter().collect();
        let hints: Vec<Option<Ty>> = match hint {
            Some(Ty { shape: Shape::Tuple(parts), guessed, .. }) => {
                parts.iter().map(|part| Some(Ty { guessed: *guessed, ..Ty::value(part.clone()) })).collect()
            }
            _ => Vec::new(),
        };
        Value::Tuple(self.exprs(&exprs, &hints))
    }

    /// Lowers several expressions in order; a value that a later one may change is copied.
    pub(super) fn exprs(&mut self, exprs: &[&Expr], hints: &[Option<Ty>]) -> Vec<Value> {
        let mut values = Vec::new();
        for (index, expr) in exprs.iter().enumerate() {
            let hint = hints.get(index).and_then(Option::as_ref);
            let value = self.expr(expr, hint);
            let mut value = self.evaluated(value, expr.span());
            if exprs.iter().skip(index + 1).any(|later| names::may_assign(later)) {
                value = self.freeze_value(value, expr.span());
            }
            values.push(value);
        }
        values
    }

    fn reference(&mut self, reference: &syn::ExprReference) -> Value {
        let span = reference.span();
        if reference.mutability.is_some() {
            return match self.place_to_write(&reference.expr) {
                Value::Ref(target, kind) => {
                    let target = match target {
                        Target::Elem(place) => Target::Elem(self.freeze_place(place, span)),
                        Target::Slot(var) => Target::Slot(var),
                    };
                    Value::Ref(target, kind)
                }
                Value::Array(view) => match self.borrow(view, span) {
                    Value::Array(view) => Value::Array(View { mutable: true, ..view }),
                    other => other,
                },
                Value::Table(table) => self.borrow_table(&table, true, span),
                Value::Option(maybe) => self.option_lent(*maybe, true, span),
                parts @ (Value::Struct(..) | Value::Tuple(_)) => self.lent(parts, true, span),
                Value::Iter(iter) => match *iter {
                    super::iter::Iter::Cursor(inner, position) => {
                        Value::Iter(Box::new(super::iter::Iter::Rest(inner, position)))
                    }
                    _ => self.stepped_iterator(reference),
                },
                state @ (Value::Code(_) | Value::Num(Num { kind: Kind::Opaque, .. })) => {
                    let Some(code) = self.code_of(&state, span) else {
                        return Value::Poison;
                    };
                    let code = code.wrap(Kind::Opaque, |tokens| quote!(&mut #tokens));
                    Value::Code(Code { pure: false, ..code })
                }
                other => other,
            };
        }
        let guess = Ty::guess(Shape::slice_of(Shape::Real));
        let value = self.expr(&reference.expr, Some(&guess));
        self.lend(value, span)
    }

    /// `&value`
    pub(super) fn lend(&mut self, value: Value, span: Span) -> Value {
        match value {
            Value::Num(num) => Value::Num(Num { refs: num.refs.saturating_add(1), ..num }),
            Value::Array(view) => self.borrow(view, span),
            Value::Table(table) => self.borrow_table(&table, false, span),
            Value::Option(maybe) => self.option_lent(*maybe, false, span),
            parts @ (Value::Struct(..) | Value::Tuple(_)) => self.shared(parts, span),
            Value::Code(code) => {
                let kind = code.kind.clone();
                let shape = code.shape.clone().map(|(refs, shape)| (refs.saturating_add(1), shape));
                let Some(code) = self.code_of(&Value::Code(code), span) else {
                    return Value::Poison;
                };
                Value::Code(Code { shape, ..code.wrap(kind, |tokens| quote!(&#tokens)) })
            }
            other => other,
        }
    }

    pub(super) fn borrow(&mut self, mut view: View, span: Span) -> Value {
        view.slice = self.freeze_slice(view.slice, span);
        view.refs = view.refs.saturating_add(1);
        view.mutable = false;
        Value::Array(view)
    }

    fn range(&mut self, range: &syn::ExprRange) -> Value {
        let end = |cx: &mut Self, expr: &Option<Box<Expr>>| {
            expr.as_ref().map(|expr| {
                let value = cx.expr(expr, None);
                let mut value = cx.freeze_value(value, expr.span());
                if let Some(ty) = types::cast_to(expr) {
                    cx.learn_integers(ty, &mut value);
                }
                Box::new(value)
            })
        };
        let lo = end(self, &range.start);
        let hi = end(self, &range.end);
        Value::Range(Bounds { lo, hi, inclusive: matches!(range.limits, syn::RangeLimits::Closed(_)) })
    }

    fn cast(&mut self, cast: &syn::ExprCast) -> Value {
        let to = types::read(&cast.ty, &self.source.signature.scalar).shape;
        let value = self.expr(&cast.expr, None);
        let Some(num) = self.scalar(value, &cast.expr) else {
            return Value::Poison;
        };
        if num.kind == Kind::Real && matches!(to, Shape::Real) {
            return Value::Num(num);
        }
        if num.kind == Kind::Real && matches!(to, Shape::Opaque(_)) && num.atom.var().is_some() {
            let scalar = types::scalar_type(&self.source.signature.scalar);
            return self.error(
                &cast.ty,
                format!("differentiated numbers are all of the type `{scalar}` here, and another float type among them is not understood; compute in `{scalar}` throughout"),
            );
        }
        let of_real = num.kind == Kind::Real;
        let inert = matches!(to, Shape::Int | Shape::Bool) || !of_real;
        let ty = &cast.ty;
        let code = Code::hole(num.atom, num.kind, cast.expr.span());
        let float = types::is_float(ty) && !matches!(to, Shape::Real);
        let code = code.wrap(to.kind(), |hole| quote!(#hole as #ty));
        let code = Code { inert, shape: float.then_some((0, to)), ..code };
        // What is made of an integer is not inert by itself.
        if of_real { Value::Num(self.materialize(code, cast.span())) } else { Value::Code(code) }
    }
}

pub(super) fn scalar_shape(kind: &Kind) -> Shape {
    match kind {
        Kind::Int => Shape::Int,
        Kind::Bool => Shape::Bool,
        _ => Shape::Real,
    }
}

/// What stands behind a reference to a tuple or a struct, as a value.
fn behind(value: Value) -> Value {
    match value {
        Value::Array(view) => match place_behind(Value::Array(view)) {
            Value::Array(view) => Value::Array(View { mutable: false, ..view }),
            other => other,
        },
        Value::Tuple(parts) => Value::Tuple(parts.into_iter().map(behind).collect()),
        Value::Struct(names, fields) => Value::Struct(names, Box::new(behind(*fields))),
        other => place_behind(other),
    }
}

/// What stands behind `&mut` of a tuple or a struct, as a place.
pub(super) fn place_behind(value: Value) -> Value {
    match value {
        Value::Tuple(parts) => Value::Tuple(parts.into_iter().map(place_behind).collect()),
        Value::Struct(names, fields) => Value::Struct(names, Box::new(place_behind(*fields))),
        Value::Array(view) => Value::Array(View { refs: view.refs.saturating_sub(1), ..view }),
        Value::Table(table) => {
            let columns = table.columns.into_iter().map(place_behind).collect();
            Value::Table(Table { columns, rows: table.rows })
        }
        other => other,
    }
}
