//! `match`, `if let` and their kin. Passive data is matched by the user's own patterns; what the IR knows, by conditions.

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Expr, ExprIf, ExprLet, ExprMatch, Pat};

use super::join::Lowered;
use super::lower::{Exit, Lower, Open};
use super::names;
use super::types::Ty;
use super::value::{Code, Num, Value};
use crate::ir::{self, Atom, Block, Kind, Name, Op, Pattern, Selector, Term, Touch};

impl Lower<'_> {
    pub(super) fn if_let(&mut self, test: &ExprLet, node: &ExprIf, hint: Option<&Ty>) -> Value {
        let mark = self.func.vars.len();
        let then = &node.then_branch;
        let body: Expr = syn::parse_quote!(#then);
        let content = self.hint_of_outcome(&test.expr, std::iter::once((&*test.pat, Some(&body))));
        let value = self.expr(&test.expr, content.as_ref());
        let value = self.caught_by(&test.expr, value, &[&*test.pat]);
        self.test(
            &test.pat,
            value,
            mark,
            node,
            |cx| cx.block(&node.then_branch, hint),
            |cx| match &node.else_branch {
                Some((_, otherwise)) => cx.expr(otherwise, hint),
                None => Value::Unit,
            },
        )
    }

    /// `then` with the names of `pat` bound if `value` matches it, else `otherwise`.
    pub(super) fn test(
        &mut self,
        pat: &Pat,
        value: Value,
        mark: usize,
        node: &impl ToTokens,
        then: impl FnOnce(&mut Self) -> Value,
        otherwise: impl FnOnce(&mut Self) -> Value,
    ) -> Value {
        let span = pat.span();
        if matches!(value, Value::Never | Value::Poison) {
            let _ = self.arm(
                |cx| {
                    cx.bind_pat(pat, Value::Poison, mark);
                    then(cx)
                },
                span,
            );
            return value;
        }
        if let Some(code) = self.scrutinee(&value) {
            let code = self.still_there(code, &[pat]);
            let (pattern, first) = self.passive_arm(pat, None, &value, |cx| then(cx));
            let second = self.arm(otherwise, span);
            let any = self.source.add_fragment(quote::quote!(_));
            let patterns = vec![Some(pattern), Some(Pattern { code: any, binds: Vec::new(), guard: None })];
            let scrutinee = self.opaque(code);
            return self.branch(Selector::Match(scrutinee), patterns, vec![first, second], node);
        }
        let cond = self.condition(pat, &value);
        let first = self.arm(
            |cx| {
                cx.bind_pat(pat, value, mark);
                then(cx)
            },
            span,
        );
        let second = self.arm(otherwise, span);
        self.branch(Selector::Bool(cond), vec![None, None], vec![first, second], node)
    }

    /// The scrutinee as passive tokens, if nothing real is in it.
    fn scrutinee(&mut self, value: &Value) -> Option<Code> {
        let passive = match value {
            Value::Code(code) => code.kind != Kind::Real,
            Value::Num(num) => num.kind != Kind::Real,
            Value::Tuple(parts) => {
                return if parts
                    .iter()
                    .all(|part| matches!(part, Value::Code(_) | Value::Num(_)) && !part.is_real())
                {
                    self.code_of(value, proc_macro2::Span::call_site())
                } else {
                    None
                };
            }
            _ => false,
        };
        if passive { self.code_of(value, proc_macro2::Span::call_site()) } else { None }
    }

    /// What a pattern moves out of a variable that starts as `None` is there again in the reverse sweep, and for a record.
    fn still_there(&self, code: Code, pats: &[&Pat]) -> Code {
        let [Atom::Var(var)] = &*code.args else { return code };
        let is_variable = syn::parse2::<syn::Ident>(code.tokens.clone()).is_ok();
        if !is_variable || !self.nones.contains_key(var) || !pats.iter().any(|pat| names::moves(pat)) {
            return code;
        }
        let kind = code.kind.clone();
        code.wrap(kind, |hole| quote::quote!(::core::clone::Clone::clone(&#hole)))
    }

    pub(super) fn match_expr(&mut self, node: &ExprMatch, hint: Option<&Ty>) -> Value {
        let mark = self.func.vars.len();
        let content =
            self.hint_of_outcome(&node.expr, node.arms.iter().map(|arm| (&arm.pat, Some(&*arm.body))));
        let value = self.expr(&node.expr, content.as_ref());
        let pats: Vec<&Pat> = node.arms.iter().map(|arm| &arm.pat).collect();
        let value = self.caught_by(&node.expr, value, &pats);
        if matches!(value, Value::Never | Value::Poison) {
            for arm in &node.arms {
                let _ = self.arm(
                    |cx| {
                        cx.bind_pat(unguarded(&arm.pat).0, Value::Poison, mark);
                        cx.expr(&arm.body, hint)
                    },
                    arm.span(),
                );
            }
            return value;
        }
        if let Some(code) = self.scrutinee(&value) {
            let code = self.still_there(code, &pats);
            return self.passive_match(node, code, &value, hint);
        }
        let value = self.freeze_value(value, node.expr.span());
        self.match_from(node, 0, &value, mark, hint)
    }

    fn passive_match(&mut self, node: &ExprMatch, code: Code, value: &Value, hint: Option<&Ty>) -> Value {
        let mut patterns = Vec::new();
        let mut arms = Vec::new();
        for arm in &node.arms {
            let (pat, guard) = unguarded(&arm.pat);
            let (pattern, lowered) = self.passive_arm(pat, guard, value, |cx| cx.expr(&arm.body, hint));
            patterns.push(Some(pattern));
            arms.push(lowered);
        }
        let scrutinee = self.opaque(code);
        self.branch(Selector::Match(scrutinee), patterns, arms, node)
    }

    /// An arm under the user's own pattern.
    fn passive_arm(
        &mut self,
        pat: &Pat,
        guard: Option<&Expr>,
        value: &Value,
        body: impl FnOnce(&mut Self) -> Value,
    ) -> (Pattern, Lowered) {
        let (code, binds) = self.pattern(pat);
        let names = names::bound(pat);
        let whole = matches!(pat, Pat::Ident(ident) if ident.subpat.is_none());
        let kind = if whole { value.kind().cloned().unwrap_or(Kind::Opaque) } else { Kind::Opaque };
        for bind in &binds {
            self.set_kind(*bind, kind.clone());
        }
        self.scopes.enter();
        for (name, bind) in names.iter().zip(&binds) {
            let num = Num { atom: Atom::Var(*bind), kind: kind.clone(), refs: 0 };
            self.bind(name, Value::Num(num));
        }
        let guard = guard.map(|guard| self.guard(guard));
        let (open, value) = self.nested(|cx| {
            cx.own_mutable_binds(pat, &names);
            body(cx)
        });
        self.scopes.leave();
        let lowered = Lowered { open, value, span: pat.span() };
        (Pattern { code, binds, guard }, lowered)
    }

    /// Names bound by `mut` get a variable that can be assigned.
    fn own_mutable_binds(&mut self, pat: &Pat, names: &[syn::Ident]) {
        let Pat::Ident(ident) = pat else { return };
        if ident.mutability.is_none() {
            return;
        }
        for name in names {
            if let Some(Value::Num(num)) = self.scopes.get(&name.to_string()).cloned() {
                let var =
                    self.named(&name.to_string(), num.kind.clone(), Op::Copy(num.atom.clone()), name.span());
                self.assigned.insert(var);
                self.bind(name, Value::Num(Num { atom: Atom::Var(var), ..num }));
            }
        }
    }

    /// A guard is a block that yields one Boolean; there is no way out of it.
    fn guard(&mut self, guard: &Expr) -> Block {
        let outer = std::mem::replace(&mut self.exit, Exit::Nowhere);
        let loops = std::mem::take(&mut self.loops);
        let mark = self.func.vars.len();
        let (open, atom) = self.nested(|cx| {
            let value = cx.expr(guard, None);
            if matches!(value, Value::Never | Value::Poison) {
                Atom::Bool(true)
            } else {
                cx.passive(value, guard)
            }
        });
        self.loops = loops;
        self.exit = outer;
        let block = open.close(Term::Yield(vec![atom]));
        if changes_older(&block, mark) {
            self.error(guard, "a guard that changes a variable is not understood here; change it before the `match`, or write `if`");
        }
        block
    }

    /// The arms from number `index` on as nested choices.
    fn match_from(
        &mut self,
        node: &ExprMatch,
        index: usize,
        value: &Value,
        mark: usize,
        hint: Option<&Ty>,
    ) -> Value {
        let Some(arm) = node.arms.get(index) else {
            let code = Code::constant(quote::quote!(::core::unreachable!()), Kind::Opaque);
            let panic = self.opaque(code);
            return self.leave(Term::Panic(panic));
        };
        let (pat, guard) = unguarded(&arm.pat);
        let mut cond = self.condition(pat, value);
        if let Some(guard) = guard {
            cond = self.guarded(cond, pat, value, guard);
        }
        let body = |cx: &mut Self| {
            cx.bind_pat(pat, value.clone(), mark);
            cx.expr(&arm.body, hint)
        };
        let is_last = index + 1 == node.arms.len();
        if cond == Atom::Bool(true) || is_last && guard.is_none() {
            self.scopes.enter();
            let value = body(self);
            self.scopes.leave();
            return value;
        }
        let first = self.arm(body, arm.body.span());
        let second = self.arm(|cx| cx.match_from(node, index + 1, value, mark, hint), arm.body.span());
        self.branch(Selector::Bool(cond), vec![None, None], vec![first, second], node)
    }

    /// `cond && guard`, the guard with the names of the pattern.
    fn guarded(&mut self, cond: Atom, pat: &Pat, value: &Value, guard: &Expr) -> Atom {
        let test = |cx: &mut Self| {
            cx.bind_pat(pat, value.clone(), usize::MAX);
            let value = cx.expr(guard, None);
            if matches!(value, Value::Never | Value::Poison) {
                return Value::boolean(Atom::Bool(true));
            }
            Value::boolean(cx.passive(value, guard))
        };
        if cond == Atom::Bool(true) {
            self.scopes.enter();
            let value = test(self);
            self.scopes.leave();
            return self.passive(value, guard);
        }
        let tested = self.arm(test, guard.span());
        let failed =
            Lowered { open: Open::default(), value: Value::boolean(Atom::Bool(false)), span: guard.span() };
        let value = self.branch(Selector::Bool(cond), vec![None, None], vec![tested, failed], guard);
        self.passive(value, guard)
    }
}

/// Whether `block` changes one of the first `mark` variables.
fn changes_older(block: &Block, mark: usize) -> bool {
    let mut found = false;
    ir::each_name_in(block, |name| {
        found |= match name {
            Name::Def(var) => (var.0 as usize) < mark,
            Name::Array(array, touch) => touch != Touch::Read && (array.0 as usize) < mark,
            Name::Use(_) => false,
        };
    });
    found
}

fn unguarded(pat: &Pat) -> (&Pat, Option<&Expr>) {
    match pat {
        Pat::Guard(guard) => (&guard.pat, Some(&guard.guard)),
        other => (other, None),
    }
}
