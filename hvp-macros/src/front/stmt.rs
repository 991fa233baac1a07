//! Blocks and statements.

use std::rc::Rc;

use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::visit_mut::VisitMut;
use syn::{Expr, Local, Pat, Stmt as Syntax};

use super::catch::{self, Case};
use super::chosen;
use super::join::Lowered;
use super::lent::is_own;
use super::lower::{Lower, Open};
use super::names;
use super::nested;
use super::source::Shape;
use super::types::{self, Ty};
use super::value::{Code, Num, Value};
use crate::ir::{Arm, Atom, Block, Branch, Kind, Pattern, Selector, Stmt, Term};

impl Lower<'_> {
    /// The statements of a block in a scope of their own, and the value of the last expression.
    pub(super) fn block(&mut self, block: &syn::Block, hint: Option<&Ty>) -> Value {
        self.items_stay_apart(block);
        self.scopes.enter();
        let value = self.statements(&block.stmts, hint);
        self.scopes.leave();
        value
    }

    pub(super) fn statements(&mut self, stmts: &[Syntax], hint: Option<&Ty>) -> Value {
        let kept = nested::kept(stmts);
        for stmt in stmts {
            if let Syntax::Item(syn::Item::Trait(item)) = stmt {
                self.records.declare_trait(item);
            }
        }
        for stmt in stmts {
            if let Syntax::Item(item) = stmt {
                self.item_in_body(item, &kept);
            }
        }
        let mut value = Value::Unit;
        for (index, stmt) in stmts.iter().enumerate() {
            if !self.reachable() {
                return Value::Never;
            }
            let rest = stmts.get(index + 1..).unwrap_or_default();
            value = match stmt {
                Syntax::Local(local) => {
                    self.local(local, rest);
                    Value::Unit
                }
                Syntax::Item(_) => Value::Unit,
                Syntax::Expr(expr, None) => {
                    let unit = Ty::unit();
                    let hint = if rest.is_empty() { hint } else { Some(&unit) };
                    self.expr(expr, hint)
                }
                Syntax::Expr(expr, Some(_)) => {
                    let unit = Ty::value(Shape::Tuple(Vec::new()));
                    let value = self.expr(expr, Some(&unit));
                    self.discard(value)
                }
                Syntax::Macro(mac) => {
                    let hint = if rest.is_empty() && mac.semi_token.is_none() { hint } else { None };
                    let value = self.macro_call(&mac.mac, hint);
                    if mac.semi_token.is_some() { self.discard(value) } else { value }
                }
            };
        }
        if self.reachable() { value } else { Value::Never }
    }

    /// A value that is not used; a call in it still happens.
    pub(super) fn discard(&mut self, value: Value) -> Value {
        match value {
            Value::Never => Value::Never,
            Value::Code(code) if !code.pure => {
                let effect = self.opaque(code);
                self.push(Stmt::Effect(effect));
                Value::Unit
            }
            _ => Value::Unit,
        }
    }

    /// The type of a local variable. A `VecDeque` of numbers is kept as a `Vec`.
    fn type_of_local(&mut self, ty: &syn::Type) -> Ty {
        let scalar = &self.source.signature.scalar;
        let element = types::argument_of(ty, "VecDeque").map(|element| types::read(element, scalar).shape);
        if !matches!(element, Some(Shape::Real)) {
            return types::read(ty, scalar);
        }
        let scalar = types::scalar_type(scalar);
        self.source.check(quote!(let _: fn(#ty) -> ::std::collections::VecDeque<#scalar> = |same| same;));
        Ty::value(Shape::vec_of(Shape::Real))
    }

    fn local(&mut self, local: &Local, rest: &[Syntax]) {
        if self.reference_among(local) {
            return;
        }
        match parts_with_none(local) {
            Some(parts) => parts.iter().for_each(|part| self.bind_local(part, rest)),
            None => self.bind_local(local, rest),
        }
    }

    fn bind_local(&mut self, local: &Local, rest: &[Syntax]) {
        let mark = self.func.vars.len();
        let (pat, annotation) = match &local.pat {
            Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
            other => (other, None),
        };
        let Some(init) = &local.init else {
            return self.late(pat, annotation);
        };
        let none = is_none(&init.expr).then_some(pat).and_then(mutable_name);
        if let Some(value) = none.and_then(|name| self.learned_none(name)) {
            self.bind_pat(pat, value, mark);
            none.into_iter().for_each(|name| self.starts_as_none(name, annotation));
            return;
        }
        if super::exchange::is_empty_row(&init.expr) {
            let list = mutable_name(pat).and_then(|name| self.learned_list(name));
            let list = list.or_else(|| self.empty_of(annotation?, pat.span()));
            if let Some(list) = list {
                return self.bind_pat(pat, list, mark);
            }
        }
        let init = &self.init_of_function(init, annotation);
        let typed = annotation.map(|ty| self.type_of_local(ty));
        let hint = typed.clone().or_else(|| self.look_ahead(pat, Some(&init.expr), rest));
        let mut value = match self.content_hint(&init.expr, pat, annotation, rest) {
            Some(content) => {
                let value = self.expr(&init.expr, Some(&content));
                self.catch(value, &init.expr)
            }
            None => match names::bare(&init.expr) {
                Expr::Struct(literal) if self.gets_active(pat, rest) => self.struct_literal(literal),
                _ => match annotation.and_then(|ty| self.told_by(&init.expr, ty)) {
                    Some(value) => value,
                    None => self.expr(&init.expr, hint.as_ref()),
                },
            },
        };
        if let (Some(ty), Some(written)) = (&typed, annotation) {
            value = Self::annotated(value, written);
            value = self.coerce(value, ty, &init.expr);
            value = self.refuse_other_float(value, written, &init.expr);
        } else if let (Some(ty), true, Value::Code(_) | Value::Num(_)) = (&hint, is_mutable(pat), &value) {
            value = self.coerce(value, ty, &init.expr);
        }
        if let Some(ty) = annotation {
            self.learn_integers(ty, &mut value);
        }
        match &init.diverge {
            Some((_, otherwise)) => self.let_else(pat, value, otherwise, mark),
            None => self.bind_pat(pat, value, mark),
        }
        if let Some(name) = none {
            self.starts_as_none(name, annotation);
        }
        if let Pat::Ident(ident) = pat
            && is_own(&init.expr)
            && let Some(Value::Num(Num { atom: Atom::Var(var), kind: Kind::Opaque, .. })) =
                self.scopes.get(&ident.ident.to_string())
        {
            self.own_data.insert(*var);
        }
        if let (Pat::Ident(ident), Some(ty)) = (pat, annotation.or_else(|| types::cast_to(&init.expr)))
            && let Some(mut value) = self.scopes.get(&ident.ident.to_string()).cloned()
        {
            self.learn_integers(ty, &mut value);
        }
    }

    /// What is chosen among functions of numbers, or is a pointer to one, as closures.
    fn init_of_function(&self, init: &syn::LocalInit, annotation: Option<&syn::Type>) -> syn::LocalInit {
        let mut init = init.clone();
        let chosen = matches!(names::bare(&init.expr), Expr::If(_) | Expr::Match(_));
        if let Some(ty) = annotation.filter(|ty| chosen || matches!(ty, syn::Type::FnPtr(_)))
            && let Some(n) = chosen::arguments_of(ty, &self.source.signature.scalar)
        {
            chosen::with_closures(&mut init.expr, n);
        }
        if let Some(ty) = annotation {
            collect_as(&mut init.expr, ty);
        }
        init
    }

    /// The type in the `Result` or `Option` that the call `init` gives, if the annotation, the pattern or later uses tell that
    /// it gives one.
    fn content_hint(
        &self,
        init: &Expr,
        pat: &Pat,
        annotation: Option<&syn::Type>,
        rest: &[Syntax],
    ) -> Option<Ty> {
        if !catch::is_call(init) || super::unfold::gathers(init) || self.is_passive(init) {
            return None;
        }
        if let Some(content) = annotation.and_then(catch::content_of) {
            return Some(types::read(content, &self.source.signature.scalar));
        }
        if let Some(case) = catch::outcome_pattern(pat) {
            let known = match case {
                Case::Present(content) => self.look_ahead(content, None, rest),
                Case::Absent => None,
            };
            return Some(known.unwrap_or_else(|| Ty::guess(Shape::Real)));
        }
        let Pat::Ident(ident) = pat else { return None };
        Self::is_matched(&ident.ident, rest).then(|| Ty::guess(Shape::Real))
    }

    fn late(&mut self, pat: &Pat, annotation: Option<&syn::Type>) {
        match pat {
            Pat::Ident(ident) => self.bind(&ident.ident, Value::Late(annotation.cloned().map(Rc::new))),
            Pat::Tuple(tuple) => {
                let types = annotation.map_or(Vec::new(), types::components);
                for (index, elem) in tuple.elems.iter().enumerate() {
                    self.late(elem, types.get(index).copied());
                }
            }
            other => {
                self.error(other, "a pattern needs a value; bind its names one by one");
            }
        }
    }

    fn let_else(&mut self, pat: &Pat, value: Value, otherwise: &Expr, mark: usize) {
        match value {
            Value::Never | Value::Poison => self.bind_pat(pat, value, mark),
            Value::Code(_) => self.bind_passive(pat, &value, Some(otherwise)),
            Value::Num(ref num) if num.kind == Kind::Opaque => {
                self.bind_passive(pat, &value, Some(otherwise));
            }
            value => {
                let cond = self.condition(pat, &value);
                let (open, _) = self.nested(|cx| cx.expr(otherwise, None));
                let on = Lowered { open: Open::default(), value: Value::Unit, span: pat.span() };
                let off = Lowered { open, value: Value::Never, span: otherwise.span() };
                self.branch(Selector::Bool(cond), vec![None, None], vec![on, off], otherwise);
                self.bind_pat(pat, value, mark);
            }
        }
    }

    /// `let pattern = data else { … };`  becomes  `(a, b) = match data { pattern => (a, b), _ => … }`.
    pub(super) fn bind_passive(&mut self, pat: &Pat, value: &Value, otherwise: Option<&Expr>) {
        let span = pat.span();
        let Some(code) = self.code_of(value, span) else {
            return;
        };
        if let (Pat::Tuple(tuple), Some((refs, Shape::Tuple(shapes)))) = (pat, &code.shape) {
            let (refs, shapes) = (*refs, shapes.clone());
            return self.bind_components(tuple, &code, refs, &shapes);
        }
        let names = names::bound(pat);
        if names.is_empty() && otherwise.is_none() {
            self.discard(Value::Code(code));
            return;
        }
        let (pattern, binds) = self.pattern(pat);
        let values = binds.iter().map(|var| Value::num(Atom::Var(*var), Kind::Opaque)).collect();
        let mut patterns = vec![Some(Pattern { code: pattern, binds, guard: None })];
        let mut arms = vec![Lowered { open: Open::default(), value: Value::Tuple(values), span }];
        if let Some(otherwise) = otherwise {
            let (open, _) = self.nested(|cx| cx.expr(otherwise, None));
            arms.push(Lowered { open, value: Value::Never, span: otherwise.span() });
            let any = self.source.add_fragment(quote!(_));
            patterns.push(Some(Pattern { code: any, binds: Vec::new(), guard: None }));
        }
        let mark = self.func.vars.len();
        let scrutinee = self.opaque(code);
        let bound = self.branch(Selector::Match(scrutinee), patterns, arms, pat);
        let Value::Tuple(values) = bound else { return };
        for (name, value) in names.iter().zip(values) {
            let mutable = is_mut_in(pat, name);
            let ident = syn::PatIdent {
                attrs: Vec::new(),
                by_ref: None,
                mutability: mutable.then(Default::default),
                ident: name.clone(),
                subpat: None,
            };
            self.bind_pat(&Pat::Ident(ident), value, mark);
        }
    }

    fn bind_components(&mut self, tuple: &syn::PatTuple, code: &Code, refs: u8, shapes: &[Shape]) {
        let mark = self.func.vars.len();
        let mut parts = Vec::new();
        for (index, shape) in shapes.iter().enumerate() {
            let member = syn::Index::from(index);
            let part = code.clone().wrap(Kind::Opaque, |tokens| quote!(#tokens.#member));
            parts.push(match shape {
                Shape::Real | Shape::Int | Shape::Bool => {
                    let part = Code { kind: shape.kind(), ..part };
                    let num = self.materialize(part, tuple.span());
                    Value::Num(Num { refs, ..num })
                }
                _ if refs == 0 => Value::Code(Code { shape: Some((0, shape.clone())), ..part }),
                _ => {
                    let part = part.wrap(Kind::Opaque, |tokens| quote!(&#tokens));
                    Value::Code(Code { shape: Some((1, shape.clone())), ..part })
                }
            });
        }
        self.bind_pat(&Pat::Tuple(tuple.clone()), Value::Tuple(parts), mark);
    }

    /// A pattern as it stands, and fresh variables for the names that it binds.
    pub(super) fn pattern(&mut self, pat: &Pat) -> (crate::ir::Fragment, Vec<crate::ir::VarId>) {
        let mut plain = pat.clone();
        StripMut.visit_pat_mut(&mut plain);
        let names = names::bound(pat);
        let binds =
            names.iter().map(|name| self.fresh(&name.to_string(), Kind::Opaque, true, name.span())).collect();
        (self.source.add_fragment(plain.to_token_stream()), binds)
    }

    /// `if cond { panic }` for a value that must be there.
    pub(super) fn require(&mut self, present: Atom, message: &str) {
        let code = Code::constant(quote!(::core::panic!(#message)), Kind::Opaque);
        self.require_or(present, code);
    }

    /// Goes on where `present` holds, else evaluates `panic`.
    pub(super) fn require_or(&mut self, present: Atom, panic: Code) {
        if present == Atom::Bool(true) {
            return;
        }
        let panic = self.opaque(panic);
        let arm = |term| Arm { pattern: None, body: Block { stmts: Vec::new(), term } };
        let arms = vec![arm(Term::Yield(Vec::new())), arm(Term::Panic(panic))];
        self.push(Stmt::Branch { branch: Branch { on: Selector::Bool(present), arms }, results: Vec::new() });
    }
}

/// `let (mut y, mut last) = (x[0], None);`  as a `let` for each part: what `None` stands for is learned by name.
fn parts_with_none(local: &Local) -> Option<Vec<Local>> {
    let init = local.init.as_ref().filter(|init| init.diverge.is_none())?;
    let (Pat::Tuple(pats), Expr::Tuple(exprs)) = (&local.pat, names::bare(&init.expr)) else { return None };
    let bound = names::bound(&local.pat);
    let sees_another =
        exprs.elems.iter().any(|expr| names::mentioned(expr).iter().any(|name| bound.contains(name)));
    if pats.elems.len() != exprs.elems.len() || sees_another || !exprs.elems.iter().any(is_none) {
        return None;
    }
    let part = |(pat, expr): (&Pat, &Expr)| Local {
        pat: pat.clone(),
        init: Some(syn::LocalInit { expr: Box::new(expr.clone()), ..init.clone() }),
        ..local.clone()
    };
    Some(pats.elems.iter().zip(&exprs.elems).map(part).collect())
}

/// Writes at a `collect` what an annotation says that it gives; so in a tuple.
fn collect_as(expr: &mut Expr, ty: &syn::Type) {
    if let (Expr::Tuple(tuple), syn::Type::Tuple(types)) = (&mut *expr, ty) {
        tuple.elems.iter_mut().zip(&types.elems).for_each(|(elem, ty)| collect_as(elem, ty));
    }
    if let Expr::MethodCall(call) = expr
        && call.method == "collect"
        && call.turbofish.is_none()
        && super::repeat::keeps_order(ty)
    {
        call.turbofish = Some(syn::parse_quote!(::<#ty>));
    }
}

struct StripMut;

impl VisitMut for StripMut {
    fn visit_pat_ident_mut(&mut self, pat: &mut syn::PatIdent) {
        pat.mutability = None;
        syn::visit_mut::visit_pat_ident_mut(self, pat);
    }
}

fn is_mutable(pat: &Pat) -> bool {
    mutable_name(pat).is_some()
}

fn mutable_name(pat: &Pat) -> Option<&syn::Ident> {
    match pat {
        Pat::Ident(ident) if ident.mutability.is_some() => Some(&ident.ident),
        _ => None,
    }
}

fn is_none(expr: &Expr) -> bool {
    names::ident_of(expr).is_some_and(|name| name == "None")
}

fn is_mut_in(pat: &Pat, name: &syn::Ident) -> bool {
    struct Finder<'n>(&'n syn::Ident, bool);
    impl<'ast> syn::visit::Visit<'ast> for Finder<'_> {
        fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
            self.1 |= pat.ident == *self.0 && pat.mutability.is_some();
            syn::visit::visit_pat_ident(self, pat);
        }
    }
    let mut finder = Finder(name, false);
    syn::visit::Visit::visit_pat(&mut finder, pat);
    finder.1
}
