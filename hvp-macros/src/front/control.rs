//! Control flow: branches, loops and the ways out of them.

use proc_macro2::{Ident, Span};
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Expr, ExprIf, Lifetime};

use super::join::Lowered;
use super::lower::{Exit, LoopFrame, Lower, Open};
use super::names;
use super::types::Ty;
use super::value::{Code, Num, Value};
use crate::ir::{Adaptor, Atom, Head, Kind, Loop, LoopId, Selector, Stmt, Term};

/// The elements that a loop goes over, if `&mut` of variables are among them and it comes to each.
fn places_of(node: &syn::ExprForLoop) -> Option<Vec<&Expr>> {
    fn is_exclusive(elem: &Expr) -> bool {
        match names::bare(elem) {
            Expr::Reference(reference) => reference.mutability.is_some(),
            Expr::Tuple(tuple) => tuple.elems.iter().any(is_exclusive),
            _ => false,
        }
    }
    let Expr::Array(list) = names::bare(&node.expr) else { return None };
    let body = Expr::Block(syn::ExprBlock { attrs: Vec::new(), label: None, block: node.body.clone() });
    let unrolled = list.elems.iter().any(is_exclusive) && !names::exits(&body).breaks;
    unrolled.then(|| list.elems.iter().collect())
}

impl Lower<'_> {
    pub(super) fn control(&mut self, expr: &Expr, hint: Option<&Ty>) -> Value {
        match expr {
            Expr::If(node) => self.if_among(node, hint).unwrap_or_else(|| self.if_expr(node, hint)),
            Expr::Match(node) => self.match_among(node, hint).unwrap_or_else(|| self.match_expr(node, hint)),
            Expr::Block(node) => match &node.label {
                Some(label) => {
                    let label = label.name.ident.to_string();
                    self.run_once(Some(label), None, node, |cx| cx.block(&node.block, hint))
                }
                None => self.block(&node.block, hint),
            },
            Expr::Loop(node) => self.loop_expr(node),
            Expr::While(node) => self.while_expr(node),
            Expr::ForLoop(node) => self.for_among(node).unwrap_or_else(|| self.for_expr(node)),
            Expr::Break(node) => self.break_expr(node),
            Expr::Continue(node) => self.continue_expr(node),
            Expr::Return(node) => self.return_expr(node),
            _ => Value::Poison,
        }
    }

    fn if_expr(&mut self, node: &ExprIf, hint: Option<&Ty>) -> Value {
        let unit = Ty::unit();
        let hint = if node.else_branch.is_some() { hint } else { Some(&unit) };
        if let Expr::Let(test) = names::bare(&node.cond) {
            return self.if_let(test, node, hint);
        }
        if let Some(nested) = without_chain(node) {
            return self.let_chain(&nested, node, hint);
        }
        let cond = self.expr(&node.cond, None);
        if matches!(cond, Value::Never | Value::Poison) {
            let _ = self.nested(|cx| cx.block(&node.then_branch, hint));
            return cond;
        }
        let cond = self.passive(cond, &node.cond);
        let arms = vec![
            self.arm(|cx| cx.block(&node.then_branch, hint), node.then_branch.span()),
            self.else_arm(node, hint),
        ];
        self.branch(Selector::Bool(cond), vec![None, None], arms, node)
    }

    /// Lowers an arm in a block of its own.
    pub(super) fn arm(&mut self, body: impl FnOnce(&mut Self) -> Value, span: Span) -> Lowered {
        let (open, value) = self.nested(body);
        Lowered { open, value, span }
    }

    pub(super) fn else_arm(&mut self, node: &ExprIf, hint: Option<&Ty>) -> Lowered {
        match &node.else_branch {
            Some((_, otherwise)) => self.arm(|cx| cx.expr(otherwise, hint), otherwise.span()),
            None => Lowered { open: Open::default(), value: Value::Unit, span: node.span() },
        }
    }

    /// `if a && let p = e && b { … } else { … }` without the value of an arm: the arms are nested, and a flag tells whether one was taken.
    fn let_chain(&mut self, nested: &Expr, node: &ExprIf, hint: Option<&Ty>) -> Value {
        let label = "__hvp_chain".to_owned();
        self.run_once(Some(label), None, node, |cx| {
            let inner = cx.expr(nested, hint);
            if !matches!(inner, Value::Never | Value::Unit | Value::Poison) {
                return inner;
            }
            match &node.else_branch {
                Some((_, otherwise)) => cx.expr(otherwise, hint),
                None => Value::Unit,
            }
        })
    }

    /// A body in a loop that runs once, so that it can be left early; its value is joined with those of the exits.
    pub(super) fn run_once(
        &mut self,
        label: Option<String>,
        exit: Option<Exit>,
        node: &impl ToTokens,
        body: impl FnOnce(&mut Self) -> Value,
    ) -> Value {
        let id = self.func.fresh_loop();
        let join = self.open_join();
        let is_block = exit.is_none();
        let outer = exit.map(|_| std::mem::replace(&mut self.exit, Exit::Inlined { on_return: id, join }));
        if is_block {
            self.loops.push(LoopFrame { label, on_break: id, on_continue: None, join, broken: false });
        }
        let (open, ()) = self.nested(|cx| {
            let value = body(cx);
            cx.join_one(join, value, node.to_token_stream().span(), node);
            cx.leave(Term::Break(id, Vec::new()));
        });
        if is_block {
            self.loops.pop();
        }
        if let Some(outer) = outer {
            self.exit = outer;
        }
        let body = open.close(Term::Break(id, Vec::new()));
        self.make_joined(join);
        self.push(Stmt::Loop(Loop::new(id, Head::Forever, Vec::new(), body)));
        self.joined(join)
    }

    fn loop_expr(&mut self, node: &syn::ExprLoop) -> Value {
        let id = self.func.fresh_loop();
        let join = self.open_join();
        let label = node.label.as_ref().map(|label| label.name.ident.to_string());
        self.loops.push(LoopFrame { label, on_break: id, on_continue: Some(id), join, broken: false });
        let (open, _) = self.nested(|cx| cx.block(&node.body, Some(&Ty::unit())));
        let broken = self.loops.pop().is_some_and(|frame| frame.broken);
        let body = open.close(Term::Continue(id, Vec::new()));
        self.make_joined(join);
        self.push(Stmt::Loop(Loop::new(id, Head::Forever, Vec::new(), body)));
        if !broken {
            self.open.dead = true;
            return Value::Never;
        }
        match self.joined(join) {
            Value::Never => Value::Unit,
            value => value,
        }
    }

    /// `while c { b }`  becomes  `loop { if c {} else { break } b }`.
    fn while_expr(&mut self, node: &syn::ExprWhile) -> Value {
        let id = self.func.fresh_loop();
        let join = self.open_join();
        let label = node.label.as_ref().map(|label| label.name.ident.to_string());
        let (open, ()) = self.nested(|cx| {
            if let Expr::Let(test) = names::bare(&node.cond) {
                cx.while_let(test, node, label, id, join);
                return;
            }
            let cond = cx.expr(&node.cond, None);
            if matches!(cond, Value::Never | Value::Poison) {
                return;
            }
            let cond = cx.passive(cond, &node.cond);
            let on = Lowered { open: Open::default(), value: Value::Unit, span: node.cond.span() };
            let off = cx.arm(|cx| cx.leave(Term::Break(id, Vec::new())), node.cond.span());
            cx.branch(Selector::Bool(cond), vec![None, None], vec![on, off], node);
            cx.loops.push(LoopFrame { label, on_break: id, on_continue: Some(id), join, broken: false });
            let _ = cx.block(&node.body, Some(&Ty::unit()));
            cx.loops.pop();
        });
        let body = open.close(Term::Continue(id, Vec::new()));
        self.push(Stmt::Loop(Loop::new(id, Head::Forever, Vec::new(), body)));
        Value::Unit
    }

    /// `while let p = e { b }`  becomes  `loop { if let p = e { b } else { break } }`.
    fn while_let(
        &mut self,
        test: &syn::ExprLet,
        node: &syn::ExprWhile,
        label: Option<String>,
        id: LoopId,
        join: usize,
    ) {
        self.loops.push(LoopFrame { label, on_break: id, on_continue: Some(id), join, broken: false });
        let mark = self.func.vars.len();
        let value = self.expr(&test.expr, None);
        let value = self.caught_by(&test.expr, value, &[&*test.pat]);
        let _ = self.test(
            &test.pat,
            value,
            mark,
            node,
            |cx| {
                let _ = cx.block(&node.body, Some(&Ty::unit()));
                Value::Unit
            },
            |cx| cx.leave(Term::Break(id, Vec::new())),
        );
        self.loops.pop();
    }

    /// `for at in lo..hi { body(at) }` over indices that the user does not name.
    pub(super) fn counted(&mut self, lo: Atom, hi: Atom, span: Span, body: impl FnOnce(&mut Self, Atom)) {
        self.ranged(lo, hi, false, Vec::new(), span, |cx, _, at| body(cx, at));
    }

    /// A loop over a range of integers.
    pub(super) fn ranged(
        &mut self,
        lo: Atom,
        hi: Atom,
        inclusive: bool,
        adaptors: Vec<Adaptor>,
        span: Span,
        body: impl FnOnce(&mut Self, LoopId, Atom),
    ) {
        let id = self.func.fresh_loop();
        let var = self.fresh("i", Kind::Int, false, span);
        let (open, ()) = self.nested(|cx| body(cx, id, Atom::Var(var)));
        let body = open.close(Term::Continue(id, Vec::new()));
        let head = Head::Range { var, lo, hi, inclusive, adaptors };
        self.push(Stmt::Loop(Loop::new(id, head, Vec::new(), body)));
    }

    fn for_expr(&mut self, node: &syn::ExprForLoop) -> Value {
        if let Some(places) = places_of(node) {
            return self.for_places(&places, node);
        }
        self.iterated = matches!(names::bare(&node.expr), Expr::MethodCall(_));
        let value = self.expr(&node.expr, None);
        self.iterated = false;
        if matches!(value, Value::Never | Value::Poison) {
            let _ = self.nested(|cx| {
                cx.bind_pat(&node.pat, Value::Poison, 0);
                let join = cx.open_join();
                let id = cx.func.fresh_loop();
                cx.loops.push(LoopFrame {
                    label: None,
                    on_break: id,
                    on_continue: Some(id),
                    join,
                    broken: false,
                });
                let _ = cx.block(&node.body, Some(&Ty::unit()));
                cx.loops.pop();
            });
            return value;
        }
        if let Some(code) = self.stepped(&value, node) {
            return self.for_stepped(code, node);
        }
        let Some(iter) = self.iterate(value, &node.expr) else {
            return Value::Poison;
        };
        let label = node.label.as_ref().map(|label| label.name.ident.to_string());
        let join = self.open_join();
        let span = node.expr.span();
        self.drive(&iter, span, &mut |cx, item, ctl| {
            let mark = ctl.mark;
            let frame = LoopFrame {
                label: label.clone(),
                on_break: ctl.outer,
                on_continue: Some(ctl.inner),
                join,
                broken: false,
            };
            cx.loops.push(frame);
            cx.scopes.enter();
            cx.bind_pat(&node.pat, item, mark);
            let _ = cx.block(&node.body, Some(&Ty::unit()));
            cx.scopes.leave();
            cx.loops.pop();
        });
        Value::Unit
    }

    /// `for p in [&mut a, &mut b] { body }`  becomes  `{ let p = &mut a; body } { let p = &mut b; body }`.
    fn for_places(&mut self, places: &[&Expr], node: &syn::ExprForLoop) -> Value {
        let values = self.exprs(places, &[]);
        let values: Vec<Value> =
            values.into_iter().map(|value| self.freeze_value(value, node.expr.span())).collect();
        for value in values {
            self.scopes.enter();
            self.bind_pat(&node.pat, value, self.func.vars.len());
            let _ = self.block(&node.body, Some(&Ty::unit()));
            self.scopes.leave();
        }
        if self.reachable() { Value::Unit } else { Value::Never }
    }

    /// The iterator of a `for` loop, if only rustc knows it and its items must not be taken all at once: the body may leave the
    /// rest to others, or never end otherwise, or it runs between two changes.
    fn stepped(&mut self, value: &Value, node: &syn::ExprForLoop) -> Option<Code> {
        let unknown = matches!(value, Value::Code(_) | Value::Num(Num { kind: Kind::Opaque, .. }));
        if !unknown || self.elements_of_data(value).is_some() {
            return None;
        }
        let code = self.code_of(value, node.expr.span())?;
        let endless = names::leaves_its_loop(&node.body) && !names::is_in_memory(&node.expr);
        (!code.pure || endless).then_some(code)
    }

    /// `for p in e { b }`  becomes  `let mut items = e.into_iter(); while let Some(p) = items.next() { b }`.
    fn for_stepped(&mut self, code: Code, node: &syn::ExprForLoop) -> Value {
        let span = node.expr.span();
        let code = self.with_lender(code, span);
        let code = code.wrap(Kind::Opaque, |tokens| quote!(::core::iter::IntoIterator::into_iter(#tokens)));
        let op = self.evaluate(Code { pure: false, ..code }).0;
        let items = self.named("items", Kind::Opaque, op, span);
        self.source.changing.insert(items);
        self.scopes.enter();
        let name = Ident::new("__hvp_items", span);
        self.bind(&name, Value::num(items.into(), Kind::Opaque));
        let (label, pat, body) = (&node.label, &node.pat, &node.body);
        let next = quote!(::core::iter::Iterator::next(&mut #name));
        let value = self.expr(
            &syn::parse_quote!(#label while let ::core::option::Option::Some(#pat) = #next #body),
            None,
        );
        self.scopes.leave();
        value
    }

    fn frame(
        &mut self,
        label: Option<&Lifetime>,
        node: &impl ToTokens,
        continues: bool,
    ) -> Option<LoopFrame> {
        let wanted = label.map(|label| label.ident.to_string());
        let found = self.loops.iter_mut().rev().find(|frame| match &wanted {
            Some(label) => frame.label.as_ref() == Some(label),
            None => frame.on_continue.is_some(),
        });
        if let Some(frame) = found {
            frame.broken |= !continues;
            return Some(frame.clone());
        }
        self.error(node, "there is no such loop around this; leave a loop of the same function or closure");
        None
    }

    fn break_expr(&mut self, node: &syn::ExprBreak) -> Value {
        let value = node.expr.as_ref().map(|value| self.expr(value, None));
        let Some(frame) = self.frame(node.label.as_ref(), node, false) else {
            return Value::Poison;
        };
        if let Some(value) = value {
            self.join_one(frame.join, value, node.span(), node);
        } else if frame.on_continue.is_none() {
            self.join_one(frame.join, Value::Unit, node.span(), node);
        }
        self.leave(Term::Break(frame.on_break, Vec::new()))
    }

    fn continue_expr(&mut self, node: &syn::ExprContinue) -> Value {
        let Some(frame) = self.frame(node.label.as_ref(), node, true) else {
            return Value::Poison;
        };
        match frame.on_continue {
            Some(id) => self.leave(Term::Continue(id, Vec::new())),
            None => self.error(node, "a labelled block cannot be continued; leave it with `break`"),
        }
    }
}

/// `if a && let p = e && b { then }`  as  `if a { if let p = e { if b { break 'chain then } } }`.
fn without_chain(node: &ExprIf) -> Option<Expr> {
    let mut parts = Vec::new();
    split(&node.cond, &mut parts);
    if !parts.iter().any(|part| matches!(part, Expr::Let(_))) {
        return None;
    }
    let then = &node.then_branch;
    let label = Lifetime::new("'__hvp_chain", Span::call_site());
    let mut inner: Expr = syn::parse_quote!({ break #label #then });
    for part in parts.iter().rev() {
        inner = syn::parse_quote!(if #part { #inner });
    }
    super::spelling::spell_out_in(&mut inner);
    Some(inner)
}

fn split(cond: &Expr, parts: &mut Vec<Expr>) {
    match cond {
        Expr::Binary(binary) if matches!(binary.op, syn::BinOp::And(_)) => {
            split(&binary.left, parts);
            split(&binary.right, parts);
        }
        other => parts.push(other.clone()),
    }
}
