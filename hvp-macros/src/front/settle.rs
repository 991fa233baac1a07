//! Gives values a home under the user's names and the types of annotations.

use std::rc::Rc;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::absence::Absence;
use super::iter::Iter;
use super::learned::Content;
use super::lower::Lower;
use super::range;
use super::source::Shape;
use super::table_value::Table;
use super::types::{self, Ty};
use super::value::{Code, Maybe, Num, Value, View};
use crate::ir::{Atom, Init, Kind, Op, Place, Slice, Stmt, VarId};

/// `point_x` for the field `x` of `point`; the name of neither, where it is a keyword, makes one of it.
fn part_name(of: &syn::Ident, part: &str) -> syn::Ident {
    let name = format!("{of}_{part}").replace("r#", "");
    syn::Ident::new(&name, of.span())
}

impl Lower<'_> {
    /// Gives the value a home of its own under the user's name.
    pub(super) fn settle(&mut self, name: &syn::Ident, value: Value, mutable: bool, mark: usize) -> Value {
        let settled = self.settle_parts(name, value, mutable, mark);
        if mutable && self.renewed.contains(name) {
            self.mark_renewed(&settled);
        }
        self.mark_ragged(name, &settled);
        settled
    }

    /// The variable that holds `value` is assigned a new one somewhere.
    pub(super) fn mark_renewed(&mut self, value: &Value) {
        match value {
            Value::Array(view) if view.refs == 0 => {
                self.renewed_arrays.insert(view.slice.base);
            }
            Value::Tuple(parts) => parts.iter().for_each(|part| self.mark_renewed(part)),
            Value::Table(table) => table.columns.iter().for_each(|column| self.mark_renewed(column)),
            Value::Struct(_, fields) => self.mark_renewed(fields),
            Value::Option(maybe) => self.mark_renewed(&maybe.value),
            Value::Array(_)
            | Value::Num(_)
            | Value::Code(_)
            | Value::Ref(..)
            | Value::Func(_)
            | Value::Iter(_)
            | Value::Range(_)
            | Value::Late(_)
            | Value::Error(_)
            | Value::Unit
            | Value::Never
            | Value::Poison => {}
        }
    }

    fn settle_parts(&mut self, name: &syn::Ident, value: Value, mutable: bool, mark: usize) -> Value {
        match value {
            Value::Num(num) => match self.rows_of_data(&num).filter(|_| mutable) {
                Some(shape) => {
                    let code = Code::hole(num.atom, Kind::Opaque, name.span());
                    let array = self.rows_from(&code, &shape, name);
                    self.settle_parts(name, array, mutable, mark)
                }
                None => self.settle_num(name, num, mutable, mark),
            },
            Value::Code(code) if mutable && code.is_real_array() => {
                let shape = code.shape.clone().map_or(Shape::Real, |(_, shape)| shape);
                let array = self.array_from_code(code, &shape, name);
                self.settle_parts(name, array, mutable, mark)
            }
            Value::Code(code) => {
                let refs = code.shape.as_ref().map_or(0, |(refs, _)| *refs);
                let shape = code.shape.clone();
                let num = self.materialize(code, name.span());
                let opaque = num.kind == Kind::Opaque;
                let num = Num { refs: if opaque { 0 } else { refs }, ..num };
                if let (Some(var), Some(shape)) = (num.atom.var(), shape) {
                    self.known_shapes.insert(var, shape);
                }
                self.settle_num(name, num, mutable, mark)
            }
            Value::Array(view) => self.settle_array(name, view, mutable),
            Value::Table(table) => {
                let columns = table.columns.into_iter().enumerate().map(|(index, column)| {
                    let name = part_name(name, &index.to_string());
                    self.settle_parts(&name, column, mutable, mark)
                });
                Value::Table(Table { columns: columns.collect(), rows: table.rows })
            }
            Value::Tuple(parts) => {
                let parts = parts.into_iter().enumerate().map(|(index, part)| {
                    let name = part_name(name, &index.to_string());
                    self.settle_parts(&name, part, mutable, mark)
                });
                Value::Tuple(parts.collect())
            }
            Value::Struct(names, fields) => {
                let Value::Tuple(parts) = *fields else {
                    return Value::Poison;
                };
                let settled = names.iter().zip(parts).map(|(field, part)| {
                    let name = part_name(name, field);
                    if self.in_place.contains(&format!(".{field}")) {
                        self.in_place.insert(name.to_string());
                    }
                    self.settle_parts(&name, part, mutable, mark)
                });
                let settled = Value::Tuple(settled.collect());
                Value::Struct(Rc::clone(&names), Box::new(settled))
            }
            Value::Range(bounds) if mutable && bounds.lo.is_some() => {
                match self.iterate(Value::Range(bounds), name) {
                    Some(iter) => self.settle_parts(name, Value::Iter(Box::new(iter)), true, mark),
                    None => Value::Poison,
                }
            }
            Value::Iter(iter) if mutable && iter.is_numbered() && !iter.skips_what_acts() => {
                let iter = Box::new(range::without_adaptors(*iter));
                let position = self.named(
                    &format!("{name}_at"),
                    Kind::Int,
                    Op::Copy(Atom::Int("0usize".to_owned())),
                    name.span(),
                );
                self.assigned.insert(position);
                Value::Iter(Box::new(Iter::Cursor(iter, position)))
            }
            Value::Option(maybe) if mutable => {
                let present =
                    self.named(&format!("{name}_is_some"), Kind::Bool, Op::Copy(maybe.present), name.span());
                self.assigned.insert(present);
                let value = match maybe.value {
                    // Never read before it is assigned.
                    Value::Num(Num { atom: Atom::Undef, kind, .. }) => {
                        let var = self.fresh(&name.to_string(), kind.clone(), true, name.span());
                        self.assigned.insert(var);
                        Value::num(var.into(), kind)
                    }
                    value => self.settle_parts(name, value, true, mark),
                };
                let absence = match maybe.absence {
                    Absence::Held(held) => {
                        let error =
                            self.named(&format!("{name}_error"), Kind::Opaque, Op::Copy(held), name.span());
                        self.assigned.insert(error);
                        Absence::Held(error.into())
                    }
                    other @ (Absence::None | Absence::Never) => other,
                };
                Value::Option(Box::new(Maybe { present: present.into(), value, shared: false, absence }))
            }
            other => self.freeze_value(other, name.span()),
        }
    }

    pub(super) fn settle_num(&mut self, name: &syn::Ident, num: Num, mutable: bool, mark: usize) -> Value {
        let own = num.atom.var().filter(|var| {
            let info = self.func.var(*var);
            // A name changes nothing; but only a variable that no one else holds may be assigned.
            !info.named
                && !self.assigned.contains(var)
                && (!mutable || var.0 as usize >= mark && self.is_made_here(*var))
        });
        let var = match own {
            Some(var) => {
                self.rename(var, name);
                var
            }
            None => self.named(&name.to_string(), num.kind.clone(), Op::Copy(num.atom.clone()), name.span()),
        };
        if let Some(shape) = num.atom.var().and_then(|old| self.known_shapes.get(&old)).cloned() {
            self.known_shapes.insert(var, shape);
        }
        if num.atom.var().is_some_and(|old| self.source.changing.contains(&old)) {
            self.source.changing.insert(var);
        }
        if num.kind == Kind::Opaque && self.is_own_data(&num.atom) {
            self.own_data.insert(var);
        }
        if mutable && num.kind == Kind::Opaque && self.in_place.contains(&name.to_string()) {
            self.source.changing.insert(var);
        } else if mutable {
            self.assigned.insert(var);
        }
        Value::Num(Num { atom: Atom::Var(var), ..num })
    }

    /// Whether a statement of the open block defines `var`.
    pub(super) fn is_made_here(&self, var: VarId) -> bool {
        self.open.stmts.iter().rev().any(|stmt| match stmt {
            Stmt::Let { var: made, .. } => *made == var,
            Stmt::Branch { results, .. } => results.contains(&var),
            Stmt::Call(call) => call.results.contains(&var),
            _ => false,
        })
    }

    pub(super) fn rename(&mut self, var: VarId, name: &syn::Ident) {
        let span = self.span(name.span());
        if let Some(info) = self.func.vars.get_mut(var.0 as usize) {
            info.name = name.to_string();
            info.named = true;
            info.span = span;
        }
    }

    pub(super) fn settle_array(&mut self, name: &syn::Ident, view: View, mutable: bool) -> Value {
        if view.refs > 0 {
            return if mutable {
                self.slice_variable(name, view)
            } else {
                Value::Array(self.freeze_array(view, name.span()))
            };
        }
        let slice = self.freeze_slice(view.slice, name.span());
        let view = View { slice, ..view };
        let base = view.slice.base;
        let moved =
            matches!(view.shape, Shape::Vec(_)) && view.is_whole() && !(mutable && self.is_param(base));
        let constant = !mutable && !self.may_change(base);
        let view = if view.fresh {
            self.rename(base, name);
            view
        } else if moved && self.renewed_arrays.contains(&base) {
            let taken = self.taken(&view, name.span());
            self.rename(taken.slice.base, name);
            taken
        } else if moved || constant {
            view
        } else {
            let copy = self.copy_of(&view, name.span());
            self.rename(copy.slice.base, name);
            copy
        };
        if mutable {
            self.mutable_arrays.insert(view.slice.base);
        }
        Value::Array(View { fresh: false, ..view })
    }

    /// What is moved out of a variable that gets another value later, in memory of its own: an empty `Vec` stays behind.
    pub(super) fn taken(&mut self, view: &View, span: Span) -> View {
        let base = view.slice.base;
        let rows = view.shape.element().cloned().map_or_else(Vec::new, |element| self.rows(&element));
        let taken = self.alloc(view.shape.clone(), Init::Empty(rows), span);
        let own = taken.slice.base;
        self.set_kind(own, self.func.kind(base).clone());
        if self.undecided.contains(&base) {
            self.undecided.insert(own);
        }
        if self.borrowed_rows.contains(&base) {
            self.borrowed_rows.insert(own);
        }
        self.push(Stmt::Swap { a: own, b: base });
        taken
    }

    /// `let mut rest = &x[..];` is the array `x` and two numbers that may be assigned: where the part begins and ends. Of a row, its
    /// indices may be.
    fn slice_variable(&mut self, name: &syn::Ident, view: View) -> Value {
        let span = name.span();
        let slot = |cx: &mut Self, part: &str, atom: Atom| {
            let atom = if let Atom::Int(text) = atom {
                Atom::Int(text.trim_end_matches("usize").to_owned() + "usize")
            } else {
                atom
            };
            let var = cx.named(&part_name(name, part).to_string(), Kind::Int, Op::Copy(atom), span);
            cx.assigned.insert(var);
            Atom::Var(var)
        };
        let ends = match (&view.slice.range, &view.shape) {
            (Some(ends), _) => Some(ends.clone()),
            (None, Shape::Array(..)) => None,
            (None, _) => Some((Atom::Int("0".to_owned()), self.len(&view, span))),
        };
        let path = view.slice.path.into_iter().map(|at| slot(self, "at", at)).collect();
        let range = ends.map(|(lo, hi)| (slot(self, "from", lo), slot(self, "to", hi)));
        let shape = match (&range, view.shape.element()) {
            (Some(_), Some(inner)) => Shape::slice_of(inner.clone()),
            _ => view.shape.clone(),
        };
        let slice = Slice { base: view.slice.base, path, range };
        Value::Array(View { slice, shape, ..view })
    }

    pub(super) fn is_written_param(&self, var: VarId) -> bool {
        self.func.params.iter().any(|param| param.var == var && param.mutable)
    }

    /// Passive code whose type rustc could only tell from the annotation.
    pub(super) fn annotated(value: Value, ty: &syn::Type) -> Value {
        const FREE: [&str; 14] = [
            "partition",
            "unzip",
            "sum",
            "product",
            "collect",
            "into",
            "try_into",
            "parse",
            "default",
            "from_iter",
            "new",
            "None",
            "from_fn",
            "with_capacity",
        ];
        match value {
            // `None` may hold real numbers; then it is no code.
            Value::Code(code)
                if !code.is_none()
                    && (super::code::mentions(&code.tokens, &FREE)
                        || has_literal(&code.tokens) && names_integer(&ty.to_token_stream())) =>
            {
                let (kind, shape) = (code.kind.clone(), code.shape.clone());
                let code = code.wrap(kind, |tokens| quote!(::core::convert::identity::<#ty>(#tokens)));
                Value::Code(Code { shape, ..code })
            }
            other => other,
        }
    }

    /// `value` under a type annotation.
    pub(super) fn coerce(&mut self, value: Value, ty: &Ty, node: &impl ToTokens) -> Value {
        match (value, &ty.shape) {
            (Value::Code(code), Shape::Real | Shape::Int | Shape::Bool)
                if ty.refs == 0 && code.kind == Kind::Opaque && !code.is_of_other_float() =>
            {
                Value::Code(Code { kind: ty.shape.kind(), ..code })
            }
            (Value::Num(num), Shape::Real) if ty.refs == 0 && num.kind == Kind::Opaque => {
                Value::real(self.real(Value::Num(num), node))
            }
            (Value::Num(num), Shape::Int | Shape::Bool) if ty.refs == 0 && num.kind == Kind::Opaque => {
                let kind = ty.shape.kind();
                Value::num(self.temp(kind.clone(), Op::Copy(num.atom), node.to_token_stream().span()), kind)
            }
            (Value::Code(code), Shape::Opaque(ty)) => self.none_of(code, ty),
            (Value::Num(Num { atom: Atom::Real(text), .. }), Shape::Opaque(other))
                if types::is_float(other) =>
            {
                Self::literal_of(&text, other)
            }
            (Value::Code(code), shape)
                if shape.is_array() && shape.is_differentiable() && ty.refs == 0 && !code.is_of_data() =>
            {
                self.array_from_code(code, shape, node)
            }
            (Value::Code(code), shape) if shape.is_array() && !shape.is_differentiable() && ty.refs == 0 => {
                Value::Code(Code { shape: Some((0, shape.clone())), ..code })
            }
            (Value::Array(mut view), shape) if shape.is_array() && view.is_whole() && view.fresh => {
                if let Some(known) = typed_shape(&view.shape, shape) {
                    view.shape = known;
                    self.set_kind(view.slice.base, view.shape.kind());
                }
                Value::Array(view)
            }
            (Value::Code(code), Shape::Tuple(shapes))
                if ty.refs == 0 && shapes.iter().all(super::known::is_number) =>
            {
                let whole =
                    self.materialize(Code { kind: Kind::Opaque, ..code }, node.to_token_stream().span());
                let parts = shapes.iter().enumerate().map(|(at, shape)| {
                    let at = syn::Index::from(at);
                    let hole = Code::hole(whole.atom.clone(), Kind::Opaque, node.to_token_stream().span());
                    let part = hole.wrap(Kind::Opaque, |whole| quote!(#whole.#at));
                    let ty = Ty::value(shape.clone());
                    let part = Code { shape: Some((0, shape.clone())), ..part };
                    self.coerce(Value::Code(part), &ty, node)
                });
                Value::Tuple(parts.collect())
            }
            (Value::Tuple(parts), Shape::Tuple(shapes)) if ty.refs == 0 && parts.len() == shapes.len() => {
                let typed = parts
                    .into_iter()
                    .zip(shapes)
                    .map(|(part, shape)| self.coerce(part, &Ty::value(shape.clone()), node));
                Value::Tuple(typed.collect())
            }
            (value, _) => value,
        }
    }

    /// A literal of a float type that is not differentiated.
    pub(super) fn literal_of(text: &str, ty: &syn::Type) -> Value {
        let digits: TokenStream = text.parse().unwrap_or_default();
        let code = Code::constant(quote!(::core::convert::identity::<#ty>(#digits)), Kind::Opaque);
        Value::Code(Code { shape: Some((0, Shape::Opaque(Box::new(ty.clone())))), ..code })
    }

    /// `None` of a type `Option<f64>`, `Option<[f64; 2]>` and the like.
    pub(super) fn none_of(&mut self, code: Code, ty: &syn::Type) -> Value {
        if !code.is_none() {
            return Value::Code(code);
        }
        let content = types::argument_of(ty, "Option").and_then(|inner| self.content_of(inner));
        let content = content.filter(Content::holds_real);
        let none = content.and_then(|content| self.none_of_content(&content, ty.span()));
        none.unwrap_or_else(|| {
            let tokens = |tokens: &TokenStream| quote!(::core::convert::identity::<#ty>(#tokens));
            Value::Code(code.wrap(Kind::Opaque, tokens))
        })
    }

    pub(super) fn set_kind(&mut self, var: VarId, kind: Kind) {
        if let Some(info) = self.func.vars.get_mut(var.0 as usize) {
            info.kind = kind;
        }
    }

    /// A local array of reals with the contents of passive data; a `Vec` where the data may be one.
    pub(super) fn array_from_code(&mut self, code: Code, shape: &Shape, node: &impl ToTokens) -> Value {
        let span = node.to_token_stream().span();
        let (shape, certain) = match (&code.shape, shape) {
            (Some((0, known)), _) if known.is_array() => (known.clone(), true),
            (_, Shape::Slice(inner)) => (Shape::Vec(inner.clone()), false),
            _ => (shape.clone(), false),
        };
        let data = self.materialize(code, span);
        let code = Code::hole(data.atom.clone(), Kind::Opaque, span);
        let init = match (self.zeros(&shape), shape.element()) {
            (Some(init), _) => init,
            (None, Some(Shape::Real)) => {
                let zero = crate::ir::Elem::Atom(Atom::real(0.0));
                let numbers = if certain { code.clone() } else { self.as_numbers(&code, span) };
                let len = crate::ir::Len::Value(self.length_of(numbers, span));
                Init::Repeat { value: Box::new(zero), len, vec: true }
            }
            (None, _) if certain && shape.is_rows() => return self.rows_from(&code, &shape, node),
            (None, _) => return Value::Num(data),
        };
        let view = self.alloc(shape, init, span);
        self.fill_from(&view, &code, span);
        Value::Array(view)
    }

    /// The type of data that is known to be rows of real numbers, by value.
    fn rows_of_data(&self, data: &Num) -> Option<Shape> {
        let (refs, shape) = self.known_shapes.get(&data.atom.var()?)?;
        (*refs == 0 && shape.is_rows()).then(|| shape.clone())
    }

    /// A `Vec` of what is in `data`, row by row.
    fn rows_from(&mut self, data: &Code, shape: &Shape, node: &impl ToTokens) -> Value {
        let span = node.to_token_stream().span();
        let Some(row) = shape.element().cloned() else { return Value::Poison };
        let rows = self.rows(&row);
        let view = self.alloc(shape.clone(), Init::Empty(rows), span);
        let len = self.length_of(data.clone(), span);
        self.counted(Atom::Int("0".to_owned()), len, span, |cx, at| {
            let mut part = data.clone();
            let index = part.absorb(&Code::hole(at, Kind::Int, span));
            let part = part.wrap(Kind::Opaque, |data| quote!(#data[#index]));
            let item = if matches!(&row, Shape::Vec(inner) if inner.is_array()) {
                cx.rows_from(&part, &row, node)
            } else {
                let lent = part.wrap(Kind::Opaque, |part| quote!(&#part));
                cx.array_from_code(Code { shape: Some((0, row.clone())), ..lent }, &row, node)
            };
            cx.append(&view, item, node);
        });
        Value::Array(view)
    }

    /// `data` as a slice. A type of the user's that looks like one may do something else with what is put into it.
    fn as_numbers(&self, data: &Code, span: Span) -> Code {
        let (krate, scalar) = (self.facade(), types::scalar_type(&self.source.signature.scalar));
        data.clone().wrap(
            Kind::Opaque,
            |data| quote_spanned!(span=> #krate::__private::numbers::<#scalar, _>(&#data)),
        )
    }

    fn length_of(&mut self, data: Code, span: Span) -> Atom {
        let len = data.wrap(Kind::Int, |data| quote!(#data.len()));
        self.materialize(len, span).atom
    }

    /// `for i in 0..data.len() { view[i] = data[i]; }`, in all dimensions.
    fn fill_from(&mut self, view: &View, data: &Code, span: Span) {
        let len = self.length_of(data.clone(), span);
        self.counted(Atom::Int("0".to_owned()), len, span, |cx, at| {
            let mut code = data.clone();
            let index = code.absorb(&Code::hole(at.clone(), Kind::Int, span));
            let code = code.wrap(Kind::Real, |data| quote!(#data[#index]));
            if let Value::Array(row) = cx.element(view, at.clone(), span) {
                return cx.fill_from(&row, &Code { kind: Kind::Opaque, ..code }, span);
            }
            let value = cx.materialize(code, span).atom;
            let place =
                Place { base: view.slice.base, path: view.slice.path.iter().cloned().chain([at]).collect() };
            cx.push(Stmt::Store { place, value, update: crate::ir::Update::Set });
        });
    }
}

/// What the annotation `ty` adds to the type of a new array.
fn typed_shape(shape: &Shape, ty: &Shape) -> Option<Shape> {
    match (shape, ty) {
        (Shape::Vec(_), Shape::Vec(inner)) if !matches!(**inner, Shape::Opaque(_)) => Some(ty.clone()),
        _ => None,
    }
}

/// Whether an integer without a type of its own stands among the tokens.
fn has_literal(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|tree| match tree {
        TokenTree::Literal(literal) => literal.to_string().chars().all(|c| c.is_ascii_digit() || c == '_'),
        TokenTree::Group(group) => has_literal(&group.stream()),
        TokenTree::Ident(_) | TokenTree::Punct(_) => false,
    })
}

fn names_integer(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|tree| match tree {
        TokenTree::Ident(name) => types::is_integer(&name.to_string()),
        TokenTree::Group(group) => names_integer(&group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
