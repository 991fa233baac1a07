//! Patterns: what they bind, and when they match.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Pat, PatIdent};

use super::condition::is_variant;
use super::lower::Lower;
use super::names;
use super::types::{self};
use super::value::{Code, Fields, Num, Value, View};
use crate::ir::{Atom, Kind};

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
            (Pat::Tuple(tuple), Value::Tuple(parts)) => self.bind_parts(tuple, &parts, mark),
            (Pat::Struct(pat), Value::Struct(names, fields)) => self.bind_fields(pat, &names, *fields, mark),
            (Pat::Slice(slice), Value::Array(view)) => self.bind_slice(slice, &view, mark),
            (Pat::TupleStruct(err), Value::Option(maybe)) if is_variant(&err.path, &["Err"]) => {
                for name in names::bound(pat) {
                    let value = self.error_of(&maybe.absence, name.span());
                    self.bind(&name, value);
                }
            }
            (Pat::TupleStruct(tuple), Value::Struct(_, fields)) => {
                let Value::Tuple(parts) = *fields else { return };
                let tuple = syn::PatTuple {
                    attrs: Vec::new(),
                    paren_token: tuple.paren_token,
                    elems: tuple.elems.clone(),
                };
                self.bind_parts(&tuple, &parts, mark);
            }
            (Pat::TupleStruct(some), Value::Option(maybe)) => {
                if let Some(inner) = some.elems.first() {
                    let value = self.content(*maybe, some.span());
                    self.bind_pat(inner, value, mark);
                }
            }
            (Pat::Wild(_), value) => {
                self.discard(value);
            }
            (Pat::Rest(_), _)
            | (
                Pat::Lit(_) | Pat::Range(_) | Pat::Path(_),
                Value::Num(_) | Value::Ref(..) | Value::Option(_),
            ) => {}
            (pat, value @ (Value::Code(_) | Value::Num(_))) => self.bind_passive(pat, &value, None),
            (Pat::Or(_), _) if names::bound(pat).is_empty() => {}
            (pat, other) => {
                self.error(
                    pat,
                    format!(
                        "this pattern is not understood for {}; bind a name and take it apart in the body",
                        other.what()
                    ),
                );
                self.bind_poison(pat);
            }
        }
    }

    fn bind_poison(&mut self, pat: &Pat) {
        for name in names::bound(pat) {
            self.bind(&name, Value::Poison);
        }
    }

    pub(super) fn pointee(&mut self, value: Value, span: Span) -> Value {
        match value {
            Value::Num(num) if num.refs > 0 || num.kind != Kind::Opaque => {
                Value::Num(Num { refs: num.refs.saturating_sub(1), ..num })
            }
            Value::Num(num) => {
                let code = Code::hole(num.atom, Kind::Opaque, span);
                Value::Code(super::passive::deref_code(code))
            }
            Value::Array(view) => Value::Array(View { refs: view.refs.saturating_sub(1), ..view }),
            Value::Ref(target, kind) => {
                let atom = self.load(&target, &kind, span);
                Value::num(atom, kind)
            }
            Value::Code(code) => Value::Code(super::passive::deref_code(code)),
            Value::Tuple(parts) => {
                Value::Tuple(parts.into_iter().map(|part| self.lender(part, span)).collect())
            }
            other => other,
        }
    }

    /// A component of `(a, b)` under `&(a, b)`, where the components are known by reference.
    fn lender(&mut self, part: Value, span: Span) -> Value {
        match part {
            Value::Num(Num { refs: 1.., .. }) | Value::Tuple(_) => self.pointee(part, span),
            Value::Code(code) if super::passive::is_lent(&code) => self.pointee(Value::Code(code), span),
            other => other,
        }
    }

    fn bind_parts(&mut self, tuple: &syn::PatTuple, parts: &[Value], mark: usize) {
        let named = tuple.elems.len();
        let fits =
            if tuple.elems.iter().any(is_rest) { named <= parts.len() + 1 } else { named == parts.len() };
        if !fits {
            self.error(tuple, format!("the tuple has {} components; name as many, or use `..`", parts.len()));
            return;
        }
        for (pat, part) in aligned(tuple, parts) {
            self.bind_pat(pat, part.clone(), mark);
        }
    }

    fn bind_fields(&mut self, pat: &syn::PatStruct, names: &Fields, fields: Value, mark: usize) {
        let Value::Tuple(fields) = fields else { return };
        for field in &pat.fields {
            match self.field_of(names, &fields, &field.member) {
                Some(value) => self.bind_pat(&field.pat, value, mark),
                None => {
                    self.error(&field.member, "the struct has no such field; name one that it was made with");
                }
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
        let Pat::Ident(PatIdent { subpat: Some(_), .. }) = pat else {
            return;
        };
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
                Value::Array(View { slice, refs: refs.max(inner.refs), ..inner })
            }
            other => other,
        }
    }

    fn bind_ident(&mut self, pat: &PatIdent, value: Value, mark: usize) {
        let mutable = pat.mutability.is_some();
        let is_place = match &value {
            Value::Array(view) => view.mutable,
            Value::Code(_) | Value::Num(Num { kind: Kind::Opaque, .. }) => true,
            other => other.refers(),
        };
        if mutable && pat.by_ref.is_some() && !is_place {
            self.error(
                pat,
                "`ref mut` is not understood here; match on `&mut` of the place, and leave out `ref mut`",
            );
        }
        let is_lent = pat.by_ref.is_some() && !mutable;
        let value = if is_lent { self.lend(value, pat.span()) } else { value };
        let value = self.settle(&pat.ident, value, mutable, mark);
        self.bind(&pat.ident, value);
    }
}

/// The parts that patterns stand for; a `..` among them stands for any number of parts.
pub(super) fn aligned<'p>(
    tuple: &'p syn::PatTuple,
    parts: &'p [Value],
) -> impl Iterator<Item = (&'p Pat, &'p Value)> {
    let rest = tuple.elems.iter().position(is_rest).unwrap_or(tuple.elems.len());
    let behind = tuple.elems.len().saturating_sub(rest + 1);
    let last = parts.get(parts.len().saturating_sub(behind)..).unwrap_or_default();
    tuple.elems.iter().zip(parts).take(rest).chain(tuple.elems.iter().skip(rest + 1).zip(last))
}

pub(super) fn is_rest(pat: &Pat) -> bool {
    match pat {
        Pat::Rest(_) => true,
        Pat::Ident(PatIdent { subpat: Some((_, sub)), .. }) => matches!(**sub, Pat::Rest(_)),
        _ => false,
    }
}
