//! When a value that the IR knows matches a pattern.

use proc_macro2::Span;
use quote::{ToTokens, quote, quote_spanned};
use syn::Pat;
use syn::spanned::Spanned;

use super::lower::Lower;
use super::pattern::{aligned, is_rest};
use super::source::Shape;
use super::value::{Code, Num, Value, View};
use crate::ir::{Atom, Compare, Kind, Op};

impl Lower<'_> {
    /// The condition under which `value` matches `pat`, `true` if it always does.
    pub(super) fn condition(&mut self, pat: &Pat, value: &Value) -> Atom {
        match (pat, value) {
            (Pat::Wild(_) | Pat::Rest(_), _) => Atom::Bool(true),
            (Pat::Ident(ident), value) => match &ident.subpat {
                Some((_, sub)) => self.condition(sub, value),
                None => {
                    self.check_binding(&ident.ident);
                    Atom::Bool(true)
                }
            },
            (Pat::Paren(inner), value) => self.condition(&inner.pat, value),
            (Pat::Type(inner), value) => self.condition(&inner.pat, value),
            (Pat::Reference(inner), value) => self.condition(&inner.pat, value),
            (Pat::Tuple(tuple), Value::Tuple(parts)) => {
                let mut all = Atom::Bool(true);
                for (pat, part) in aligned(tuple, parts) {
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
            (Pat::TupleStruct(err), Value::Option(maybe)) if is_variant(&err.path, &["Err"]) => {
                for content in err.elems.iter().filter(|content| !is_irrefutable(content, None)) {
                    self.refuse_error(content);
                }
                self.not_atom(maybe.present.clone(), pat.span())
            }
            (Pat::Path(none), Value::Option(maybe)) if is_variant(&none.path, &["None"]) => {
                self.not_atom(maybe.present.clone(), pat.span())
            }
            (Pat::TupleStruct(some), Value::Option(maybe)) if is_variant(&some.path, &["Some", "Ok"]) => {
                let present = maybe.present.clone();
                match some.elems.first() {
                    Some(inner) => {
                        let inner_holds = self.condition(inner, &maybe.value);
                        self.and(present, inner_holds, pat.span())
                    }
                    None => present,
                }
            }
            (Pat::Struct(pat), Value::Struct(names, fields)) => {
                let mut all = Atom::Bool(true);
                let Value::Tuple(fields) = &**fields else {
                    return all;
                };
                for field in &pat.fields {
                    if let Some(value) = self.field_of(names, fields, &field.member) {
                        let one = self.condition(&field.pat, &value);
                        all = self.and(all, one, pat.span());
                    }
                }
                all
            }
            (Pat::Slice(slice), Value::Array(view)) => self.slice_condition(slice, view),
            (
                pat @ (Pat::Lit(_) | Pat::Range(_) | Pat::Path(_)),
                Value::Num(Num { kind: Kind::Opaque, .. }) | Value::Code(Code { kind: Kind::Opaque, .. }),
            ) => self.matches_code(pat, value),
            (Pat::Lit(lit), value) => {
                let expr = syn::Expr::Lit(lit.clone());
                self.compare_with(Compare::Eq, value, &expr)
            }
            (Pat::Range(range), value) => self.range_condition(range, value),
            (Pat::Path(path), Value::Num(_) | Value::Code(_) | Value::Ref(..)) => {
                let expr = syn::Expr::Path(path.clone());
                self.compare_with(Compare::Eq, value, &expr)
            }
            (pat, value) => {
                self.error(
                    pat,
                    format!(
                        "this pattern is not understood for {}; compare in a guard, or use `if`",
                        value.what()
                    ),
                );
                Atom::Bool(true)
            }
        }
    }

    /// The error of a call is matched by a pattern that asks for it.
    pub(super) fn refuse_error(&mut self, pat: &impl ToTokens) {
        self.error(pat, "the error of a call is not understood; write `Err(_)`, or let it pass out with `?`");
    }

    /// What is taken for a new name must not be a constant, which only rustc knows.
    fn check_binding(&mut self, name: &syn::Ident) {
        let mut name = name.clone();
        name.set_span(Span::mixed_site().located_at(name.span()));
        self.source.check(quote!({ let #name = (); let _ = #name; }));
    }

    /// A value that only rustc knows matches a pattern that binds nothing.
    fn matches_code(&mut self, pat: &Pat, value: &Value) -> Atom {
        let span = pat.span();
        let Some(code) = self.code_of(value, span) else {
            return Atom::Bool(true);
        };
        let code = code.wrap(Kind::Bool, |value| quote_spanned!(span=> ::core::matches!(#value, #pat)));
        self.materialize(code, span).atom
    }

    pub(super) fn slice_condition(&mut self, slice: &syn::PatSlice, view: &View) -> Atom {
        let span = slice.span();
        let element = view.shape.element();
        if !slice.elems.iter().all(|pat| is_irrefutable(pat, element)) {
            self.error(
                slice,
                "a number in a slice pattern is not understood; compare the element in a guard",
            );
        }
        if has_room(slice, &view.shape) == Some(true) {
            return Atom::Bool(true);
        }
        let (rest, n) = named_in(slice);
        let len = self.len(view, span);
        let how = if rest { Compare::Ge } else { Compare::Eq };
        self.temp(Kind::Bool, Op::Compare(how, len, Atom::Int(n.to_string())), span)
    }

    pub(super) fn range_condition(&mut self, range: &syn::PatRange, value: &Value) -> Atom {
        let mut holds = Atom::Bool(true);
        if let Some(lo) = &range.start {
            holds = self.compare_with(Compare::Ge, value, lo);
        }
        if let Some(hi) = &range.end {
            let how =
                if matches!(range.limits, syn::RangeLimits::Closed(_)) { Compare::Le } else { Compare::Lt };
            let below = self.compare_with(how, value, hi);
            holds = self.and(holds, below, range.span());
        }
        holds
    }

    pub(super) fn compare_with(&mut self, how: Compare, value: &Value, expr: &syn::Expr) -> Atom {
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

    pub(super) fn and(&mut self, a: Atom, b: Atom, span: Span) -> Atom {
        match (a, b) {
            (Atom::Bool(true), other) | (other, Atom::Bool(true)) => other,
            (a, b) => self.temp(Kind::Bool, Op::And(a, b), span),
        }
    }

    pub(super) fn or(&mut self, a: Atom, b: Atom, span: Span) -> Atom {
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

/// Whether a pattern matches whatever it is compared with, if its type does; `shape` is that of an array.
fn is_irrefutable(pat: &Pat, shape: Option<&Shape>) -> bool {
    match pat {
        Pat::Wild(_) | Pat::Rest(_) => true,
        Pat::Ident(ident) => ident.subpat.as_ref().is_none_or(|(_, sub)| is_irrefutable(sub, shape)),
        Pat::Paren(inner) => is_irrefutable(&inner.pat, shape),
        Pat::Reference(inner) => is_irrefutable(&inner.pat, shape),
        Pat::Tuple(tuple) => tuple.elems.iter().all(|pat| is_irrefutable(pat, None)),
        Pat::Slice(slice) => {
            let element = shape.and_then(Shape::element);
            shape.is_some_and(|shape| has_room(slice, shape) == Some(true))
                && slice.elems.iter().all(|pat| is_irrefutable(pat, element))
        }
        _ => false,
    }
}

/// Whether arrays of this shape have as many elements as `slice` names; nothing where only a run tells.
fn has_room(slice: &syn::PatSlice, shape: &Shape) -> Option<bool> {
    let (rest, n) = named_in(slice);
    shape.literal_len().map(|len| len == n || rest && len >= n)
}

/// Whether there is a `..` in a pattern, and how many other elements it names.
fn named_in(slice: &syn::PatSlice) -> (bool, usize) {
    let rest = slice.elems.iter().any(is_rest);
    (rest, slice.elems.len() - usize::from(rest))
}

pub(super) fn is_variant(path: &syn::Path, names: &[&str]) -> bool {
    path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name))
}
