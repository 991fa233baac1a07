//! Mutable references into data: an entry of a map, the last of a queue.
//!
//! `let n = counts.entry(k).or_insert(0); *n += 1;`  becomes  `counts.entry(k).or_insert(0); *counts.get_mut(&k).unwrap() += 1;`,
//! with a copy of `k`. While the reference lives nobody else changes the map, so it is found at the same place each time.

use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprIf, ExprMatch, ExprMethodCall, Ident, Local, Pat, PatIdent};

use super::lower::Lower;
use super::names;
use super::types::Ty;
use super::value::{Code, Value};
use crate::ir::{Kind, Stmt};

/// Methods that give a mutable reference to an item, if there is one.
const GIVE_AN_ITEM: [&str; 6] = ["get_mut", "first_mut", "last_mut", "front_mut", "back_mut", "as_mut"];

/// Methods that give a mutable reference to the value of a map's entry.
const GIVE_AN_ENTRY: [&str; 4] = ["or_insert", "or_insert_with", "or_insert_with_key", "or_default"];

impl Lower<'_> {
    /// A `let` of such a reference, which is done then.
    pub(super) fn reference_among(&mut self, local: &Local) -> bool {
        let pat = match &local.pat {
            Pat::Type(typed) => &*typed.pat,
            other => other,
        };
        let Some(init) = &local.init else { return false };
        if let Some((_, otherwise)) = &init.diverge {
            return self.item_or_else(pat, &init.expr, otherwise);
        }
        let Pat::Ident(PatIdent { by_ref: None, mutability: None, ident, subpat: None, .. }) = pat else {
            return false;
        };
        let Some((first, again)) = self.ways_to_item(&init.expr) else { return false };
        if let (Some(first), Some(again)) = (self.substitute(&first), self.substitute(&again)) {
            let asked = Code { pure: false, ..first }.wrap(Kind::Opaque, |first| quote!(let _ = #first));
            let effect = self.opaque(asked);
            self.push(Stmt::Effect(effect));
            self.bind(ident, Value::Code(Code { pure: false, ..again }));
        } else {
            self.bind(ident, Value::Poison);
        }
        true
    }

    /// `let Some(n) = counts.get_mut(&k) else { … };`
    fn item_or_else(&mut self, pat: &Pat, asked: &Expr, otherwise: &Expr) -> bool {
        let Some(name) = content_of(pat).filter(|_| self.asks_for_item(asked)) else { return false };
        let again = self.fixed(asked);
        self.expr(&syn::parse_quote!(if #again.is_none() #otherwise), Some(&Ty::unit()));
        let again = self.substitute(&syn::parse_quote!(#again.unwrap()));
        self.bind(name, again.map_or(Value::Poison, |again| Value::Code(Code { pure: false, ..again })));
        true
    }

    /// `if let Some(n) = counts.get_mut(&k) { … }`
    pub(super) fn if_among(&mut self, node: &ExprIf, hint: Option<&Ty>) -> Option<Value> {
        let Expr::Let(test) = names::bare(&node.cond) else { return None };
        let name = content_of(&test.pat)?;
        let (then, otherwise) =
            (&node.then_branch, node.else_branch.as_ref().map(|(_, otherwise)| otherwise));
        self.item_or(&test.expr, (name, &syn::parse_quote!(#then)), otherwise.map(|expr| &**expr), hint)
    }

    /// `match counts.get_mut(&k) { Some(n) => …, None => … }`
    pub(super) fn match_among(&mut self, node: &ExprMatch, hint: Option<&Ty>) -> Option<Value> {
        let [one, other] = node.arms.as_slice() else { return None };
        let (some, none) = if content_of(&one.pat).is_some() { (one, other) } else { (other, one) };
        let is_none = matches!(&none.pat, Pat::Ident(PatIdent { ident, .. }) if ident == "None")
            || matches!(&none.pat, Pat::Path(path) if path.path.is_ident("None"))
            || matches!(none.pat, Pat::Wild(_)) && std::ptr::eq(none, other);
        if !is_none {
            return None;
        }
        self.item_or(&node.expr, (content_of(&some.pat)?, &some.body), Some(&none.body), hint)
    }

    /// `for n in counts.values_mut() { *n += 1; }`  stands as it is where it is about data alone.
    pub(super) fn for_among(&mut self, node: &syn::ExprForLoop) -> Option<Value> {
        let over = match names::bare(&node.expr) {
            Expr::Reference(lent) if lent.mutability.is_some() => Some(&*lent.expr),
            Expr::MethodCall(call) => lent_by(call),
            _ => None,
        };
        let whole = Expr::ForLoop(node.clone());
        let leaves = names::leaves_its_loop(&syn::parse_quote!({ #node }));
        if leaves || !over.is_some_and(|over| self.is_changing(over)) || !self.is_free_of_reals(&whole) {
            return None;
        }
        let Some(code) = self.substitute(&whole) else { return Some(Value::Poison) };
        let effect = self.opaque(Code { pure: false, ..code });
        self.push(Stmt::Effect(effect));
        Some(Value::Unit)
    }

    /// `then` with `name` for the item that `asked` gives, if there is one.
    fn item_or(
        &mut self,
        asked: &Expr,
        (name, then): (&Ident, &Expr),
        otherwise: Option<&Expr>,
        hint: Option<&Ty>,
    ) -> Option<Value> {
        if !self.asks_for_item(asked) {
            return None;
        }
        let again = self.fixed(asked);
        let otherwise = otherwise.map(|expr| quote!(else { #expr }));
        let taken = syn::parse_quote!(if #again.is_some() { let #name = #again.unwrap(); #then } #otherwise);
        Some(self.expr(&taken, hint))
    }

    /// How the item is asked for first, and how it is found again; `None` if `init` gives no reference into a variable that changes.
    fn ways_to_item(&mut self, init: &Expr) -> Option<(Expr, Expr)> {
        let again = match names::bare(init) {
            Expr::Reference(reference) if reference.mutability.is_some() => {
                let is_item = names::has_index(&reference.expr) && self.is_place_among(&reference.expr);
                is_item.then(|| self.fixed(init))?
            }
            Expr::MethodCall(call) if is_one_of(call, &["unwrap", "expect"]) => {
                self.asks_for_item(&call.receiver).then(|| self.fixed(init))?
            }
            Expr::MethodCall(call) if is_one_of(call, &["get_or_insert", "get_or_insert_with"]) => {
                let place = self.is_place_among(&call.receiver).then(|| self.fixed_place(&call.receiver))?;
                let first = ExprMethodCall { receiver: Box::new(place.clone()), ..call.clone() };
                return Some((Expr::MethodCall(first), syn::parse_quote!(#place.as_mut().unwrap())));
            }
            Expr::MethodCall(call) if is_one_of(call, &GIVE_AN_ENTRY) => return self.ways_to_entry(call),
            _ => return None,
        };
        Some((again.clone(), again))
    }

    /// The same of `map.entry(key).or_insert(value)`, be there `and_modify` between.
    fn ways_to_entry(&mut self, call: &ExprMethodCall) -> Option<(Expr, Expr)> {
        let mut first = call.clone();
        let mut part = &mut first;
        while part.method != "entry" {
            let Expr::MethodCall(inner) = &mut *part.receiver else { return None };
            part = inner;
        }
        let map = self.is_place_among(&part.receiver).then(|| self.fixed_place(&part.receiver))?;
        let (key, krate) = (self.fixed_value(part.args.first()?), self.facade());
        let again = syn::parse_quote!(#map.get_mut(&#key).unwrap());
        part.args = syn::parse_quote!(#krate::__private::again(&#key));
        *part.receiver = map;
        Some((Expr::MethodCall(first), again))
    }

    /// Whether `asked` gives a mutable reference to an item, if there is one.
    fn asks_for_item(&self, asked: &Expr) -> bool {
        matches!(names::bare(asked), Expr::MethodCall(call) if is_one_of(call, &GIVE_AN_ITEM) && self.is_place_among(&call.receiver))
    }

    /// Whether `place` is a part of a variable of data that changes, which nothing is called for.
    fn is_place_among(&self, place: &Expr) -> bool {
        fn calls(place: &Expr) -> bool {
            match names::bare(place) {
                Expr::Field(field) => calls(&field.base),
                Expr::Index(index) => calls(&index.expr),
                Expr::Unary(unary) => calls(&unary.expr),
                Expr::Path(_) => false,
                _ => true,
            }
        }
        !calls(place) && self.is_changing(place)
    }

    /// `expr` with names for the indices and arguments on the way to an item, so that it is the same one each time.
    fn fixed(&mut self, expr: &Expr) -> Expr {
        match expr {
            Expr::MethodCall(call) if is_one_of(call, &["unwrap", "expect"]) => {
                let receiver = Box::new(self.fixed(&call.receiver));
                Expr::MethodCall(ExprMethodCall { receiver, ..call.clone() })
            }
            Expr::MethodCall(call) => {
                let receiver = Box::new(self.fixed_place(&call.receiver));
                let args = call.args.iter().map(|arg| self.fixed_value(arg)).collect();
                Expr::MethodCall(ExprMethodCall { receiver, args, ..call.clone() })
            }
            Expr::Reference(lent) => {
                let part = Box::new(self.fixed_part(&lent.expr));
                Expr::Reference(syn::ExprReference { expr: part, ..lent.clone() })
            }
            Expr::Paren(inner) => self.fixed(&inner.expr),
            Expr::Group(inner) => self.fixed(&inner.expr),
            other => other.clone(),
        }
    }

    /// The same of a collection, which is one of the standard library's.
    fn fixed_place(&mut self, place: &Expr) -> Expr {
        let (place, krate) = (self.fixed_part(place), self.facade());
        let check = quote_spanned!(place.span()=> #krate::__private::keeps_items(&#place));
        if let Some(code) = syn::parse2(check).ok().and_then(|check| self.substitute(&check)) {
            let effect = self.opaque(Code { pure: false, ..code });
            self.push(Stmt::Effect(effect));
        }
        place
    }

    fn fixed_part(&mut self, place: &Expr) -> Expr {
        match place {
            Expr::Field(field) => {
                let base = Box::new(self.fixed_part(&field.base));
                Expr::Field(syn::ExprField { base, ..field.clone() })
            }
            Expr::Index(index) => {
                let (expr, at) = (self.fixed_place(&index.expr), self.fixed_value(&index.index));
                Expr::Index(syn::ExprIndex { expr: Box::new(expr), index: Box::new(at), ..index.clone() })
            }
            Expr::Unary(unary) => {
                let expr = Box::new(self.fixed_part(&unary.expr));
                Expr::Unary(syn::ExprUnary { expr, ..unary.clone() })
            }
            Expr::Paren(inner) => self.fixed_part(&inner.expr),
            Expr::Group(inner) => self.fixed_part(&inner.expr),
            other => other.clone(),
        }
    }

    /// `expr`, or a name for its value.
    fn fixed_value(&mut self, expr: &Expr) -> Expr {
        match names::bare(expr) {
            Expr::Lit(_) => expr.clone(),
            Expr::Reference(lent) if lent.mutability.is_none() => {
                let inner = Box::new(self.fixed_value(&lent.expr));
                Expr::Reference(syn::ExprReference { expr: inner, ..lent.clone() })
            }
            Expr::Range(range) => {
                let mut end =
                    |end: &Option<Box<Expr>>| end.as_ref().map(|end| Box::new(self.fixed_value(end)));
                let (start, end) = (end(&range.start), end(&range.end));
                Expr::Range(syn::ExprRange { start, end, ..range.clone() })
            }
            _ => {
                let value = self.expr(expr, None);
                let value = self.freeze_value(value, expr.span());
                let name = format_ident!("__hvp_key_{}", self.func.vars.len(), span = expr.span());
                self.bind(&name, value);
                syn::parse_quote!(#name)
            }
        }
    }
}

fn is_one_of(call: &ExprMethodCall, names: &[&str]) -> bool {
    names.iter().any(|name| call.method == name)
}

/// What an iterator of mutable references goes over.
fn lent_by(call: &ExprMethodCall) -> Option<&Expr> {
    if is_one_of(call, &["iter_mut", "values_mut"]) {
        return Some(&call.receiver);
    }
    match names::bare(&call.receiver) {
        Expr::MethodCall(inner) => lent_by(inner),
        _ => None,
    }
}

/// `n` of the pattern `Some(n)`.
fn content_of(pat: &Pat) -> Option<&Ident> {
    let Pat::TupleStruct(some) = pat else { return None };
    let mut content = some.elems.iter();
    match (content.next(), content.next()) {
        (Some(Pat::Ident(PatIdent { by_ref: None, mutability: None, ident, subpat: None, .. })), None)
            if some.path.is_ident("Some") =>
        {
            Some(ident)
        }
        _ => None,
    }
}
