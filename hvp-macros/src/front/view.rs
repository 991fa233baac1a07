//! Arrays and parts of them: `x[i]`, `&x[a..b]`, rows, and the same of passive data.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use super::lower::Lower;
use super::names;
use super::source::Shape;
use super::table_value::Table;
use super::types::{self, Ty};
use super::value::{Bounds, Code, Num, Target, Value, View};
use crate::ir::{Atom, Kind, Op, Place};

impl Lower<'_> {
    /// `base[index]` as a place.
    pub(super) fn index(&mut self, base: Value, index: &Expr) -> Value {
        let writing = std::mem::take(&mut self.writing);
        let place = self.index_of(base, index, writing);
        self.writing = writing;
        place
    }

    fn index_of(&mut self, base: Value, index: &Expr, writing: bool) -> Value {
        let span = index.span();
        match base {
            Value::Array(view) => match self.expr(index, None) {
                Value::Range(bounds) => {
                    let view = self.part(&view, &bounds, index);
                    Value::Array(view)
                }
                Value::Never => Value::Never,
                value if self.is_range(&value, index) => match self.ends_of(&value, span) {
                    Some(bounds) => Value::Array(self.part(&view, &bounds, index)),
                    None => Value::Poison,
                },
                value => {
                    let at = self.passive(value, index);
                    self.element(&view, at, span)
                }
            },
            Value::Num(Num { kind: Kind::Opaque, .. }) | Value::Code(_) => self.index_code(&base, index),
            Value::Table(table) => match self.expr(index, None) {
                Value::Range(bounds) => self.table_part(&table, &bounds, index),
                value @ (Value::Never | Value::Poison) => value,
                value => {
                    let at = self.passive(value, index);
                    let at = self.freeze(at, span);
                    self.row_at(&table, &at, span)
                }
            },
            Value::Never | Value::Poison => base,
            Value::Struct(..) => self.record_index(base, index, writing),
            other => self.error(
                index,
                format!("{} cannot be indexed; index a slice, an array or a `Vec`", other.what()),
            ),
        }
    }

    /// Whether an index is a range: its type tells, or a `clone`, which no integer needs.
    fn is_range(&self, value: &Value, index: &Expr) -> bool {
        let shape = match value {
            Value::Code(code) => code.shape.as_ref(),
            Value::Num(num) => num.atom.var().and_then(|var| self.known_shapes.get(&var)),
            _ => None,
        };
        let typed =
            matches!(shape, Some((_, Shape::Opaque(ty))) if types::argument_of(ty, "Range").is_some());
        let cloned = matches!(names::bare(index), Expr::MethodCall(call) if call.method == "clone");
        typed || cloned && value.kind() != Some(&Kind::Int)
    }

    /// The ends of a passive range of the user's.
    fn ends_of(&mut self, range: &Value, span: Span) -> Option<Bounds> {
        let code = self.code_of(range, span)?;
        let mut end = |name: &str| {
            let name = syn::Ident::new(name, span);
            let code = code.clone().wrap(Kind::Int, |range| quote!(#range.#name));
            Some(Box::new(Value::int(self.materialize(code, span).atom)))
        };
        Some(Bounds { lo: end("start"), hi: end("end"), inclusive: false })
    }

    fn index_code(&mut self, base: &Value, index: &Expr) -> Value {
        let span = index.span();
        let value = self.expr(index, None);
        let (Some(mut code), Some(at)) = (self.code_of(base, span), self.index_tokens(value, index)) else {
            return Value::Poison;
        };
        let element =
            code.shape.as_ref().and_then(|(_, shape)| shape.element()).map(|shape| (0, shape.clone()));
        let at = code.absorb(&at);
        let code = code.wrap(Kind::Opaque, |tokens| quote!(#tokens[#at]));
        Value::Code(Code { shape: element, ..code })
    }

    fn index_tokens(&mut self, value: Value, index: &Expr) -> Option<Code> {
        let span = index.span();
        let Value::Range(bounds) = value else {
            let code = self.code_of_arg(&value, index);
            if code.is_none() {
                self.error(index, format!("{} is no index; use an integer or a range", value.what()));
            }
            return code;
        };
        let mut whole = Code::constant(TokenStream::new(), Kind::Opaque);
        let mut end = |cx: &mut Self, value: Option<Box<Value>>| match value {
            Some(value) => {
                let code = cx.code_of(&value, span)?;
                Some(whole.absorb(&code))
            }
            None => Some(TokenStream::new()),
        };
        let lo = end(self, bounds.lo)?;
        let hi = end(self, bounds.hi)?;
        let dots = if bounds.inclusive { quote!(..=) } else { quote!(..) };
        Some(whole.wrap(Kind::Opaque, |_| quote_spanned!(span=> #lo #dots #hi)))
    }

    /// Element `at` of `view`, as a place.
    pub(super) fn element(&mut self, view: &View, at: Atom, span: Span) -> Value {
        let Some(inner) = view.shape.element().cloned() else {
            return Value::Poison;
        };
        let mut slice = view.slice.clone();
        let at = match slice.range.take() {
            Some((lo, _)) => self.add_int(lo, at, span),
            None => at,
        };
        slice.path.push(at);
        if inner.is_array() {
            let refs = u8::from(self.is_borrowed_row(&slice));
            return Value::Array(View { slice, shape: inner, refs, mutable: view.mutable, fresh: false });
        }
        Value::Ref(Target::Elem(Place { base: slice.base, path: slice.path }), inner.kind())
    }

    /// Element `at` of `view`, read.
    pub(super) fn load_element(&mut self, view: &View, at: Atom, span: Span) -> Value {
        match self.element(view, at, span) {
            Value::Ref(target, kind) => {
                let atom = self.load(&target, &kind, span);
                Value::num(atom, kind)
            }
            other => other,
        }
    }

    /// `view[lo..hi]`
    pub(super) fn part(&mut self, view: &View, bounds: &Bounds, node: &impl ToTokens) -> View {
        let span = node.to_token_stream().span();
        let lo =
            bounds.lo.as_ref().map_or(Atom::Int("0".to_owned()), |lo| self.passive((**lo).clone(), node));
        let hi = match &bounds.hi {
            Some(hi) => {
                let hi = self.passive((**hi).clone(), node);
                if bounds.inclusive { self.add_int(hi, Atom::Int("1".to_owned()), span) } else { hi }
            }
            None => self.len(view, span),
        };
        self.range_of(view, lo, hi, span)
    }

    pub(super) fn range_of(&mut self, view: &View, lo: Atom, hi: Atom, span: Span) -> View {
        let mut part = view.clone();
        part.slice = self.freeze_slice(part.slice, span);
        let (lo, hi) = match &part.slice.range {
            Some((start, _)) => {
                let start = start.clone();
                (self.add_int(start.clone(), lo, span), self.add_int(start, hi, span))
            }
            None => (lo, hi),
        };
        part.slice.range = Some((self.freeze(lo, span), self.freeze(hi, span)));
        if let Some(inner) = view.shape.element() {
            part.shape = Shape::slice_of(inner.clone());
        }
        part.refs = 0;
        part.fresh = false;
        part
    }

    pub(super) fn len(&mut self, view: &View, span: Span) -> Atom {
        match &view.slice.range {
            Some((lo, hi)) if lo.integer() == Some(0) => hi.clone(),
            Some((lo, hi)) => self.temp(Kind::Int, Op::Sub(hi.clone(), lo.clone()), span),
            None => self.temp(Kind::Int, Op::Len(view.slice.clone()), span),
        }
    }

    pub(super) fn add_int(&mut self, a: Atom, b: Atom, span: Span) -> Atom {
        if a.integer() == Some(0) {
            b
        } else if b.integer() == Some(0) {
            a
        } else {
            self.temp(Kind::Int, Op::Add(a, b), span)
        }
    }

    /// `a - b`
    pub(super) fn sub_int(&mut self, a: Atom, b: Atom, span: Span) -> Atom {
        if b.integer() == Some(0) { a } else { self.temp(Kind::Int, Op::Sub(a, b), span) }
    }

    /// A `usize` from hand-made tokens over `atoms`, of which the integers are `usize` too.
    pub(super) fn int_code(
        &mut self,
        atoms: &[Atom],
        span: Span,
        tokens: impl FnOnce(&[syn::Ident]) -> TokenStream,
    ) -> Atom {
        let typed: Vec<(Atom, Kind)> = atoms.iter().map(|atom| (atom.clone(), Kind::Int)).collect();
        let (code, idents) = super::code::holes(&typed, span);
        let integers = Some("usize".to_owned());
        self.materialize(Code { tokens: tokens(&idents), kind: Kind::Int, integers, ..code }, span).atom
    }

    /// A place expression, not yet read.
    pub(super) fn place(&mut self, expr: &Expr) -> Value {
        self.place_of(expr, None)
    }

    /// A place expression that is written.
    pub(super) fn place_to_write(&mut self, expr: &Expr) -> Value {
        let outer = std::mem::replace(&mut self.writing, true);
        let place = self.place(expr);
        self.writing = outer;
        place
    }

    /// A place expression, of which `hint` is the type where something tells it.
    pub(super) fn place_of(&mut self, expr: &Expr, hint: Option<&Ty>) -> Value {
        match expr {
            Expr::Paren(inner) => self.place_of(&inner.expr, hint),
            Expr::Group(inner) => self.place_of(&inner.expr, hint),
            Expr::Path(_) => {
                let value = self.expr(expr, None);
                self.slot_of(value)
            }
            Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Deref(_)) => match self.place(&unary.expr) {
                Value::Array(view) => Value::Array(View { refs: view.refs.saturating_sub(1), ..view }),
                Value::Code(code) => Value::Code(super::passive::deref_code(code)),
                Value::Num(num) if num.kind == Kind::Opaque && num.refs == 0 => {
                    let code = self.code_of(&Value::Num(num), unary.span());
                    code.map_or(Value::Poison, |code| Value::Code(super::passive::deref_code(code)))
                }
                Value::Num(num) => Value::Num(Num { refs: num.refs.saturating_sub(1), ..num }),
                Value::Struct(names, fields) => self.records.behind_reference(&names, *fields),
                other => other,
            },
            Expr::Index(index) => {
                let row = hint.map_or(Shape::Real, |ty| ty.shape.clone());
                let base = self.place_of(&index.expr, Some(&Ty::guess(Shape::slice_of(row))));
                let base = if names::may_assign(&index.index) { self.hold(base, expr.span()) } else { base };
                self.index(base, &index.index)
            }
            Expr::Field(field) => {
                let parts = match &field.member {
                    syn::Member::Unnamed(index) => vec![Shape::Real; index.index as usize + 1],
                    syn::Member::Named(_) => Vec::new(),
                };
                let hint = Ty::guess(Shape::Tuple(parts));
                let named = matches!(field.member, syn::Member::Named(_));
                let base = self.place_of(&field.base, if named { None } else { Some(&hint) });
                self.field(base, &field.member)
            }
            other => {
                let writing = std::mem::take(&mut self.writing);
                let value = self.expr(other, hint);
                self.writing = writing;
                value
            }
        }
    }

    /// The same place, whatever is assigned to the variables in its indices.
    fn hold(&mut self, place: Value, span: Span) -> Value {
        match place {
            Value::Array(view) => {
                let slice = self.freeze_slice(view.slice, span);
                Value::Array(View { slice, ..view })
            }
            Value::Code(code) => {
                let args = code.args.into_iter().map(|atom| self.freeze(atom, span)).collect();
                Value::Code(Code { args, ..code })
            }
            other => other,
        }
    }

    fn slot_of(&self, value: Value) -> Value {
        match &value {
            Value::Num(num) => match num.atom.var() {
                Some(var) if self.assigned.contains(&var) => Value::Ref(Target::Slot(var), num.kind.clone()),
                _ => value,
            },
            _ => value,
        }
    }

    fn field(&mut self, base: Value, member: &syn::Member) -> Value {
        match (base, member) {
            (Value::Tuple(parts), syn::Member::Unnamed(index)) => match parts.get(index.index as usize) {
                Some(part) => self.slot_of(part.clone()),
                None => self.error(member, "the tuple has no such component; count them from 0"),
            },
            (Value::Struct(names, fields), member) => {
                let Value::Tuple(parts) = *fields else { return Value::Poison };
                match self.field_of(&names, &parts, member) {
                    Some(part) => {
                        let part =
                            self.records.behind_field(&names, &member.to_token_stream().to_string(), part);
                        self.slot_of(part)
                    }
                    None => {
                        self.error(member, "the struct has no such field; name one that it was made with")
                    }
                }
            }
            (base @ (Value::Code(_) | Value::Num(Num { kind: Kind::Opaque, .. })), _) => {
                let Some(code) = self.code_of(&base, member.span()) else {
                    return Value::Poison;
                };
                Value::Code(code.wrap(Kind::Opaque, |tokens| quote!(#tokens.#member)))
            }
            (Value::Range(Bounds { lo: Some(end), inclusive: false, .. }), syn::Member::Named(name))
                if name == "start" =>
            {
                *end
            }
            (Value::Range(Bounds { hi: Some(end), inclusive: false, .. }), syn::Member::Named(name))
                if name == "end" =>
            {
                *end
            }
            (base @ (Value::Never | Value::Poison), _) => base,
            (other, _) => self.error(member, format!("{} has no fields; use it as it is", other.what())),
        }
    }

    /// A place expression, read.
    pub(super) fn read_place(&mut self, expr: &Expr) -> Value {
        match self.place(expr) {
            Value::Ref(target, kind) => {
                let atom = self.load(&target, &kind, expr.span());
                Value::num(atom, kind)
            }
            other => self.read_row(expr, other),
        }
    }

    /// The element type of a `Vec` that was found after it was made.
    pub(super) fn decide(&self, value: Value) -> Value {
        match value {
            Value::Array(mut view) if view.is_whole() => {
                if let Some(shape) = self.decided.get(&view.slice.base) {
                    view.shape = shape.clone();
                }
                view.fresh = false;
                Value::Array(view)
            }
            Value::Array(view) => Value::Array(View { fresh: false, ..view }),
            Value::Table(table) => {
                let columns = table.columns.into_iter().map(|column| self.decide(column)).collect();
                Value::Table(Table { columns, rows: table.rows })
            }
            other => other,
        }
    }
}
