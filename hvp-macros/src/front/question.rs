//! `e?`

use quote::quote;
use syn::Expr;
use syn::spanned::Spanned;

use super::absence::Absence;
use super::code::INNER_QUESTION;
use super::lower::{Exit, Lower};
use super::names;
use super::types::Ty;
use super::value::{Code, Maybe, Num, Value, blank};
use crate::ir::{Kind, LoopId, Op, Operand, Outcome, Stmt, Term};

impl Lower<'_> {
    /// The content of `maybe`; if it is absent the function returns `code`.
    pub(super) fn escape_unless(&mut self, maybe: Maybe, code: Code, node: &Expr) -> Value {
        let span = node.span();
        let escape = self.opaque(code);
        let absent = self.arm(|cx| cx.leave(Term::Escape(escape)), span);
        let open = super::lower::Open::default();
        let present = super::join::Lowered { open, value: Value::Unit, span };
        let on = crate::ir::Selector::Bool(maybe.present.clone());
        self.branch(on, vec![None, None], vec![present, absent], node);
        self.content(maybe, span)
    }

    /// The `Err` of `option.ok_or(error)?`.
    pub(super) fn error_of_ok_or(&mut self, call: &syn::ExprMethodCall) -> Option<Code> {
        let error = call.args.first()?;
        let error = match names::bare(error) {
            Expr::Closure(closure) if call.method == "ok_or_else" => &closure.body,
            _ if call.method == "ok_or" => error,
            _ => return None,
        };
        let code = self.substitute(error)?;
        Some(code.wrap(
            Kind::Opaque,
            |error| quote!(::core::result::Result::Err(::core::convert::From::from(#error))),
        ))
    }

    /// `option.ok_or(error)?`
    pub(super) fn question_of_ok_or(&mut self, inner: &Expr) -> Option<Value> {
        let Expr::MethodCall(call) = names::bare(inner) else {
            return None;
        };
        if call.method != "ok_or" && call.method != "ok_or_else" || self.is_passive(inner) {
            return None;
        }
        let code = self.error_of_ok_or(call)?;
        match self.expr(&call.receiver, None) {
            Value::Option(maybe) => Some(self.escape_unless(*maybe, code, inner)),
            value @ (Value::Never | Value::Poison) => Some(value),
            other => {
                Some(self.error(
                    &call.method,
                    format!("`ok_or` is not understood on {}; use `match`", other.what()),
                ))
            }
        }
    }

    /// The passive call that the last statement makes, if its result is `num`.
    pub(super) fn last_opaque(&self, num: &Num) -> Option<Code> {
        match self.open.stmts.last()? {
            Stmt::Let { var, op: Op::Opaque(opaque) } if num.atom.var() == Some(*var) => Some(Code {
                tokens: self.source.fragment(opaque.code),
                args: opaque.args.iter().map(Operand::name).collect(),
                pure: false,
                ..blank(Kind::Opaque)
            }),
            _ => None,
        }
    }

    /// `e?` in an inlined function, which gives an `Option`.
    fn inner_question(&mut self, value: Value, inner: &Expr, on_return: LoopId, join: usize) -> Value {
        let span = inner.span();
        let value = self.catch(value, inner);
        let absent = |cx: &mut Self, absence: Absence| {
            let absence = cx.passed(absence, span);
            cx.join_one(join, Maybe::missing(absence), span, inner);
            cx.leave(Term::Break(on_return, Vec::new()))
        };
        match value {
            Value::Option(maybe) => {
                let absent = self.arm(|cx| absent(cx, maybe.absence.clone()), span);
                let open = super::lower::Open::default();
                let present = super::join::Lowered { open, value: Value::Unit, span };
                let on = crate::ir::Selector::Bool(maybe.present.clone());
                self.branch(on, vec![None, None], vec![present, absent], inner);
                self.content(*maybe, span)
            }
            value @ (Value::Code(_) | Value::Num(Num { kind: Kind::Opaque, .. })) => {
                let some: syn::Pat = syn::parse_quote_spanned!(span=> Some(content));
                let mark = self.func.vars.len();
                let content = |cx: &mut Self| cx.scopes.get("content").cloned().unwrap_or(Value::Poison);
                self.test(&some, value, mark, inner, content, |cx| absent(cx, Absence::None))
            }
            value @ (Value::Never | Value::Poison) => value,
            other => self.error(
                inner,
                format!("`?` is not understood on {}; use it on a call, or `match`", other.what()),
            ),
        }
    }

    /// `e?`
    pub(super) fn question(&mut self, node: &syn::ExprTry, hint: Option<&Ty>) -> Value {
        self.question_of(&node.expr, hint)
    }

    pub(super) fn question_of(&mut self, inner: &Expr, hint: Option<&Ty>) -> Value {
        // What is in the `Option` tells nothing of the `map` that gives it.
        let maps = matches!(names::bare(inner), Expr::MethodCall(call) if call.method == "map");
        let hint = hint.filter(|_| !maps);
        match self.exit.clone() {
            Exit::Function => {}
            Exit::Inlined { .. } => {
                let value = match self.question_of_items(inner, hint) {
                    Some(value) => return value,
                    None => self.expr(inner, hint),
                };
                return self.question_on(value, inner);
            }
            Exit::Nowhere => return self.error(inner, INNER_QUESTION),
        }
        if let Some(value) = self.question_behind(inner, hint) {
            return value;
        }
        if let Some(value) = self.question_of_ok_or(inner) {
            return value;
        }
        if let Some(value) = self.question_of_items(inner, hint) {
            return value;
        }
        let value = self.expr(inner, hint);
        self.question_on(value, inner)
    }

    /// `value?`, where `value` is what `inner` gives.
    pub(super) fn question_on(&mut self, value: Value, inner: &Expr) -> Value {
        match self.exit.clone() {
            Exit::Function => {}
            Exit::Inlined { on_return, join } => return self.inner_question(value, inner, on_return, join),
            Exit::Nowhere => return self.error(inner, INNER_QUESTION),
        }
        match value {
            Value::Option(maybe) => {
                let code = self.residual(&maybe.absence, inner.span());
                self.escape_unless(*maybe, code, inner)
            }
            Value::Code(code) => {
                let code = code.wrap(Kind::Opaque, |tokens| quote!(#tokens?));
                Value::Num(self.materialize(Code { pure: false, ..code }, inner.span()))
            }
            value @ (Value::Never | Value::Poison) => value,
            Value::Num(num) if num.kind == Kind::Opaque && self.last_opaque(&num).is_some() => {
                let code = self.last_opaque(&num).unwrap_or_else(|| blank(Kind::Opaque));
                self.open.stmts.pop();
                let code = code.wrap(Kind::Opaque, |tokens| quote!(#tokens?));
                Value::Num(self.materialize(code, inner.span()))
            }
            Value::Num(Num { atom, kind: Kind::Opaque, .. }) => {
                let code = Code::hole(atom, Kind::Opaque, inner.span());
                let code = code.wrap(Kind::Opaque, |tokens| quote!(#tokens?));
                Value::Num(self.materialize(Code { pure: false, ..code }, inner.span()))
            }
            value => {
                let called = self.call_of(&value).and_then(|at| self.open.stmts.get_mut(at));
                match called {
                    Some(Stmt::Call(call)) => {
                        call.outcome = Outcome::Question(None);
                        value
                    }
                    _ => self.error(
                        inner,
                        format!("`?` is not understood on {}; use it on a call, or `match`", value.what()),
                    ),
                }
            }
        }
    }
}
