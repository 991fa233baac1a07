//! Patterns: what they bind, and when they match.

use proc_macro2::Span;
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Pat, PatIdent};

use super::iter::Iter;
use super::lower::Lower;
use super::source::Shape;
use super::types::{self, Ty};
use super::value::{Code, Maybe, Num, Value, View};
use crate::ir::{Atom, Compare, Init, Kind, Op, Stmt, VarId};

impl Lower<'_> {
    /// Binds the names of `pat`. Temporaries from number `mark` on were made for `value` and may take the user's name.
    pub(super) fn bind_pat(&mut self, pat: &Pat, value: Value, mark: usize) {
        match (pat, value) {
            (_, Value::Never | Value::Poison) => self.bind_poison(pat),
            (Pat::Ident(ident), value) => {
                if let Some((_, sub)) = &ident.subpat {
                    self.bind_pat(sub, value.clone(), mark);
                }
                self.bind_ident(ident, value, mark);
            }
            (Pat::Wild(_) | Pat::Rest(_), _) => {}
            (Pat::Paren(inner), value) => self.bind_pat(&inner.pat, value, mark),
            (Pat::Type(typed), value) => {
                let ty = types::read(&typed.ty, &self.source.signature.scalar);
                let value = self.coerce(value, &ty, &typed.pat);
                self.bind_pat(&typed.pat, value, mark);
            }
            (Pat::Reference(inner), value) => {
                let value = self.pointee(value, inner.span());
                self.bind_pat(&inner.pat, value, mark);
            }
            (Pat::Tuple(tuple), Value::Tuple(parts)) => self.bind_parts(tuple, parts, mark),
            (Pat::Slice(slice), Value::Array(view)) => self.bind_slice(slice, &view, mark),
            (Pat::TupleStruct(some), Value::Option(maybe)) => {
                if let Some(inner) = some.elems.first() {
                    let value = self.content(*maybe, some.span());
                    self.bind_pat(inner, value, mark);
                }
            }
            (Pat::Lit(_) | Pat::Range(_) | Pat::Path(_), Value::Num(_) | Value::Ref(..) | Value::Option(_)) => {}
            (pat, value @ (Value::Code(_) | Value::Num(_))) => self.bind_passive(pat, value, None),
            (pat, other) => {
                self.error(pat, format!("this pattern is not understood for {}", other.what()));
                self.bind_poison(pat);
            }
        }
    }

    fn bind_poison(&mut self, pat: &Pat) {
        for name in super::names::bound(pat) {
            self.bind(&name, Value::Poison, true);
        }
    }

    pub(super) fn pointee(&mut self, value: Value, span: Span) -> Value {
        match value {
            Value::Num(num) if num.refs > 0 || num.kind != Kind::Opaque => {
                Value::Num(Num { refs: num.refs.saturating_sub(1), ..num })
            }
            Value::Num(num) => {
                let code = Code::hole(num.atom, Kind::Opaque, span);
                Value::Code(self.deref_code(code))
            }
            Value::Array(view) => Value::Array(View { refs: view.refs.saturating_sub(1), ..view }),
            Value::Ref(target, kind) => {
                let atom = self.load(&target, &kind, span);
                Value::num(atom, kind)
            }
            Value::Code(code) => Value::Code(self.deref_code(code)),
            other => other,
        }
    }

    fn bind_parts(&mut self, tuple: &syn::PatTuple, parts: Vec<Value>, mark: usize) {
        let pats: Vec<&Pat> = tuple.elems.iter().collect();
        let rest = pats.iter().position(|pat| matches!(pat, Pat::Rest(_)));
        let fits = if rest.is_some() { pats.len() <= parts.len() + 1 } else { pats.len() == parts.len() };
        if !fits {
            self.error(tuple, format!("the tuple has {} components", parts.len()));
            return;
        }
        let skipped = parts.len() + 1 - pats.len();
        for (index, pat) in pats.iter().enumerate() {
            let at = match rest {
                Some(rest) if index == rest => continue,
                Some(rest) if index > rest => index + skipped - 1,
                _ => index,
            };
            if let Some(part) = parts.get(at) {
                self.bind_pat(pat, part.clone(), mark);
            }
        }
    }

    fn bind_slice(&mut self, slice: &syn::PatSlice, view: &View, mark: usize) {
        let span = slice.span();
        let total = slice.elems.len();
        let rest = slice.elems.iter().position(is_rest);
        for (index, pat) in slice.elems.iter().enumerate() {
            if Some(index) == rest {
                let after = total - index - 1;
                self.bind_rest(pat, view, index, after, mark);
                continue;
            }
            let at = if rest.is_some_and(|rest| index > rest) {
                let len = self.len(view, span);
                self.sub_int(len, Atom::Int((total - index).to_string()), span)
            } else {
                Atom::Int(index.to_string())
            };
            let value = self.item(view, at, pat.span());
            self.bind_pat(pat, value, mark);
        }
    }

    fn bind_rest(&mut self, pat: &Pat, view: &View, before: usize, after: usize, mark: usize) {
        let Pat::Ident(PatIdent { subpat: Some(_), .. }) = pat else { return };
        let span = pat.span();
        let len = self.len(view, span);
        let hi = self.sub_int(len, Atom::Int(after.to_string()), span);
        let mut part = self.range_of(view, Atom::Int(before.to_string()), hi, span);
        part.refs = 1;
        if let Pat::Ident(ident) = pat {
            self.bind_ident(ident, Value::Array(part), mark);
        }
    }

    /// An element as a pattern or iterator over `view` gives it: by reference if `view` is one.
    pub(super) fn item(&mut self, view: &View, at: Atom, span: Span) -> Value {
        if view.mutable {
            return match self.element(view, at, span) {
                Value::Array(view) => Value::Array(View { refs: 1, mutable: true, ..view }),
                other => other,
            };
        }
        let refs = u8::from(view.refs > 0);
        match self.load_element(view, at, span) {
            Value::Num(num) => Value::Num(Num { refs, ..num }),
            Value::Array(inner) => {
                let slice = self.freeze_slice(inner.slice, span);
                Value::Array(View { slice, refs, ..inner })
            }
            other => other,
        }
    }

    fn bind_ident(&mut self, pat: &PatIdent, value: Value, mark: usize) {
        let mutable = pat.mutability.is_some();
        let value = self.settle(&pat.ident, value, mutable, mark);
        self.bind(&pat.ident, value, mutable);
    }

    /// Gives the value a home of its own under the user's name.
    fn settle(&mut self, name: &syn::Ident, value: Value, mutable: bool, mark: usize) -> Value {
        match value {
            Value::Num(num) => self.settle_num(name, num, mutable, mark),
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
            Value::Tuple(parts) => {
                let parts = parts.into_iter().enumerate().map(|(index, part)| {
                    let name = syn::Ident::new(&format!("{name}_{index}"), name.span());
                    self.settle(&name, part, mutable, mark)
                });
                Value::Tuple(parts.collect())
            }
            Value::Iter(iter) if mutable && iter.is_indexed() && !matches!(*iter, Iter::Range { .. }) => {
                let position = self.named(&format!("{name}_at"), Kind::Int, Op::Copy(Atom::Int("0usize".to_owned())), name.span());
                self.assigned.insert(position);
                Value::Iter(Box::new(Iter::Cursor(iter, position)))
            }
            Value::Option(maybe) if mutable => {
                let present = self.named(&format!("{name}_is_some"), Kind::Bool, Op::Copy(maybe.present), name.span());
                self.assigned.insert(present);
                let value = match maybe.value {
                    // Never read before it is assigned.
                    Value::Num(Num { atom: Atom::Undef, kind, .. }) => {
                        let var = self.fresh(&name.to_string(), kind.clone(), true, name.span());
                        self.assigned.insert(var);
                        Value::num(var.into(), kind)
                    }
                    value => self.settle(name, value, true, mark),
                };
                Maybe::of(present.into(), value)
            }
            other => other,
        }
    }

    fn settle_num(&mut self, name: &syn::Ident, num: Num, mutable: bool, mark: usize) -> Value {
        let own = num.atom.var().filter(|var| {
            let info = self.func.var(*var);
            // A name changes nothing; but only a variable that no one else holds may be assigned.
            !info.named && !self.assigned.contains(var) && (!mutable || var.0 as usize >= mark && self.is_made_here(*var))
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
        if mutable && num.kind == Kind::Opaque && self.in_place.contains(&name.to_string()) {
            self.source.changing.insert(var);
        } else if mutable {
            self.assigned.insert(var);
        }
        Value::Num(Num { atom: Atom::Var(var), ..num })
    }

    /// Whether a statement of the open block defines `var`.
    fn is_made_here(&self, var: VarId) -> bool {
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

    fn settle_array(&mut self, name: &syn::Ident, view: View, mutable: bool) -> Value {
        if view.refs > 0 {
            return Value::Array(view);
        }
        let slice = self.freeze_slice(view.slice, name.span());
        let view = View { slice, ..view };
        let base = view.slice.base;
        let moved = matches!(view.shape, Shape::Vec(_)) && view.is_whole() && !(mutable && self.is_param(base));
        let constant = !mutable && !self.mutable_arrays.contains(&base) && !self.is_written_param(base);
        let view = if view.fresh || moved {
            if view.fresh {
                self.rename(base, name);
            }
            view
        } else if constant {
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

    fn is_written_param(&self, var: VarId) -> bool {
        self.func.params.iter().any(|param| param.var == var && param.mutable)
    }

    /// Passive code whose type rustc could only tell from the annotation.
    pub(super) fn annotated(&mut self, value: Value, ty: &syn::Type) -> Value {
        const FREE: [&str; 12] = [
            "sum", "product", "collect", "into", "try_into", "parse", "default", "from_iter", "new", "None", "from_fn",
            "with_capacity",
        ];
        match value {
            Value::Code(code) if super::code::mentions(&code.tokens, &FREE) => {
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
            (Value::Code(code), Shape::Real | Shape::Int | Shape::Bool) if ty.refs == 0 && code.kind == Kind::Opaque => {
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
            (Value::Code(code), shape) if shape.is_array() && shape.is_differentiable() && ty.refs == 0 => {
                self.array_from_code(code, shape, node)
            }
            (Value::Array(mut view), shape) if shape.is_array() && view.is_whole() && view.fresh => {
                if let Some(known) = typed_shape(&view.shape, shape) {
                    view.shape = known;
                    self.set_kind(view.slice.base, view.shape.kind());
                }
                Value::Array(view)
            }
            (Value::Tuple(parts), Shape::Tuple(shapes)) if ty.refs == 0 && parts.len() == shapes.len() => {
                let typed = parts.into_iter().zip(shapes).map(|(part, shape)| self.coerce(part, &Ty::value(shape.clone()), node));
                Value::Tuple(typed.collect())
            }
            (value, _) => value,
        }
    }

    /// `None` of a type `Option<f64>`.
    fn none_of(&mut self, code: Code, ty: &syn::Type) -> Value {
        let content = types::argument_of(ty, "Option").map(|inner| types::read(inner, &self.source.signature.scalar));
        match content {
            Some(Ty { refs: 0, shape: Shape::Real, .. }) if code.tokens.to_string() == "None" => {
                Maybe::of(Atom::Bool(false), Value::real(Atom::Undef))
            }
            _ => Value::Code(code),
        }
    }

    pub(super) fn set_kind(&mut self, var: VarId, kind: Kind) {
        if let Some(info) = self.func.vars.get_mut(var.0 as usize) {
            info.kind = kind;
        }
    }

    /// A local array of reals with the contents of passive data.
    pub(super) fn array_from_code(&mut self, code: Code, shape: &Shape, node: &impl ToTokens) -> Value {
        let span = node.to_token_stream().span();
        let data = self.materialize(code, span);
        let Some(Shape::Real) = shape.element() else {
            return Value::Num(data);
        };
        let len = self.int_code(std::slice::from_ref(&data.atom), span, |idents| quote!(#(#idents)*.len()));
        let zero = crate::ir::Elem::Atom(Atom::real(0.0));
        let init = match self.zeros(shape) {
            Some(init) => init,
            None => Init::Repeat { value: Box::new(zero), len: crate::ir::Len::Value(len.clone()), vec: true },
        };
        let view = self.alloc(shape.clone(), init, span);
        self.counted(Atom::Int("0".to_owned()), len, span, |cx, at| {
            let mut code = Code::hole(data.atom.clone(), Kind::Opaque, span);
            let index = code.absorb(&Code::hole(at.clone(), Kind::Int, span));
            let code = code.wrap(Kind::Real, |data| quote!(#data[#index]));
            let value = cx.materialize(code, span).atom;
            if let Value::Ref(super::value::Target::Elem(place), _) = cx.element(&view, at, span) {
                cx.push(Stmt::Store { place, value, update: crate::ir::Update::Set });
            }
        });
        Value::Array(view)
    }

    /// The condition under which `value` matches `pat`, `true` if it always does.
    pub(super) fn condition(&mut self, pat: &Pat, value: &Value) -> Atom {
        match (pat, value) {
            (Pat::Wild(_) | Pat::Rest(_), _) => Atom::Bool(true),
            (Pat::Ident(ident), value) => match &ident.subpat {
                Some((_, sub)) => self.condition(sub, value),
                None if ident.ident == "None" => match value {
                    Value::Option(maybe) => self.not_atom(maybe.present.clone(), pat.span()),
                    _ => Atom::Bool(true),
                },
                None => Atom::Bool(true),
            },
            (Pat::Paren(inner), value) => self.condition(&inner.pat, value),
            (Pat::Type(inner), value) => self.condition(&inner.pat, value),
            (Pat::Reference(inner), value) => self.condition(&inner.pat, value),
            (Pat::Tuple(tuple), Value::Tuple(parts)) => {
                let mut all = Atom::Bool(true);
                for (pat, part) in tuple.elems.iter().zip(parts) {
                    let one = self.condition(pat, part);
                    all = self.and(all, one, pat.span());
                }
                all
            }
            (Pat::Or(or), value) => {
                let mut any = Atom::Bool(false);
                for case in &or.cases {
                    let one = self.condition(case, value);
                    any = self.or(any, one, case.span());
                }
                any
            }
            (Pat::TupleStruct(some), Value::Option(maybe)) if some.path.is_ident("Some") => {
                let present = maybe.present.clone();
                match some.elems.first() {
                    Some(inner) => {
                        let inner_holds = self.condition(inner, &maybe.value);
                        self.and(present, inner_holds, pat.span())
                    }
                    None => present,
                }
            }
            (Pat::Slice(slice), Value::Array(view)) => self.slice_condition(slice, view),
            (Pat::Lit(lit), value) => {
                let expr = syn::Expr::Lit(lit.clone());
                self.compare_with(Compare::Eq, value, &expr)
            }
            (Pat::Range(range), value) => self.range_condition(range, value),
            (Pat::Path(path), Value::Num(_) | Value::Ref(..)) => {
                let expr = syn::Expr::Path(path.clone());
                self.compare_with(Compare::Eq, value, &expr)
            }
            (pat, value) => {
                self.error(pat, format!("this pattern is not understood for {}", value.what()));
                Atom::Bool(true)
            }
        }
    }

    fn slice_condition(&mut self, slice: &syn::PatSlice, view: &View) -> Atom {
        let span = slice.span();
        let rest = slice.elems.iter().any(is_rest);
        let n = slice.elems.len() - usize::from(rest);
        if view.shape.literal_len().is_some_and(|len| len == n || rest && len >= n) {
            return Atom::Bool(true);
        }
        if slice.elems.iter().any(|pat| matches!(pat, Pat::Lit(_) | Pat::Range(_))) {
            self.error(slice, "a number in a slice pattern is not understood; compare the element in a guard");
        }
        let len = self.len(view, span);
        let how = if rest { Compare::Ge } else { Compare::Eq };
        self.temp(Kind::Bool, Op::Compare(how, len, Atom::Int(n.to_string())), span)
    }

    fn range_condition(&mut self, range: &syn::PatRange, value: &Value) -> Atom {
        let mut holds = Atom::Bool(true);
        if let Some(lo) = &range.start {
            holds = self.compare_with(Compare::Ge, value, lo);
        }
        if let Some(hi) = &range.end {
            let how = if matches!(range.limits, syn::RangeLimits::Closed(_)) { Compare::Le } else { Compare::Lt };
            let below = self.compare_with(how, value, hi);
            holds = self.and(holds, below, range.span());
        }
        holds
    }

    fn compare_with(&mut self, how: Compare, value: &Value, expr: &syn::Expr) -> Atom {
        let bound = self.expr(expr, None);
        let op: syn::BinOp = match how {
            Compare::Eq => syn::parse_quote!(==),
            Compare::Ge => syn::parse_quote!(>=),
            Compare::Le => syn::parse_quote!(<=),
            Compare::Lt => syn::parse_quote!(<),
            Compare::Gt => syn::parse_quote!(>),
            Compare::Ne => syn::parse_quote!(!=),
        };
        let result = self.binary(&op, (value.clone(), expr), (bound, expr), expr);
        self.passive(result, expr)
    }

    fn and(&mut self, a: Atom, b: Atom, span: Span) -> Atom {
        match (a, b) {
            (Atom::Bool(true), other) | (other, Atom::Bool(true)) => other,
            (a, b) => self.temp(Kind::Bool, Op::And(a, b), span),
        }
    }

    fn or(&mut self, a: Atom, b: Atom, span: Span) -> Atom {
        match (a, b) {
            (Atom::Bool(false), other) | (other, Atom::Bool(false)) => other,
            (Atom::Bool(true), _) | (_, Atom::Bool(true)) => Atom::Bool(true),
            (a, b) => self.temp(Kind::Bool, Op::Or(a, b), span),
        }
    }

    pub(super) fn not_atom(&mut self, a: Atom, span: Span) -> Atom {
        match a {
            Atom::Bool(value) => Atom::Bool(!value),
            other => self.temp(Kind::Bool, Op::Not(other), span),
        }
    }
}

fn is_rest(pat: &Pat) -> bool {
    match pat {
        Pat::Rest(_) => true,
        Pat::Ident(PatIdent { subpat: Some((_, sub)), .. }) => matches!(**sub, Pat::Rest(_)),
        _ => false,
    }
}

/// What the annotation `ty` adds to the type of a new array.
fn typed_shape(shape: &Shape, ty: &Shape) -> Option<Shape> {
    match (shape, ty) {
        (Shape::Vec(_), Shape::Vec(inner)) if !matches!(**inner, Shape::Opaque(_)) => Some(ty.clone()),
        _ => None,
    }
}
