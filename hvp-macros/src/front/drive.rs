//! From iterator chains to loops.
//!
//! `for (i, v) in x.iter().enumerate().filter(f) { b }`  becomes  `for i in 0..x.len() { v = x[i]; if f(&(i, v)) { b } }`.

use proc_macro2::Span;
use syn::spanned::Spanned;

use super::exits;
use super::iter::{Iter, one, zero};
use super::join::Lowered;
use super::lower::{Lower, Open};
use super::referenced::referenced_for;
use super::value::{Function, Num, Target, Value};
use crate::ir::{Adaptor, Atom, Compare, Head, Kind, Loop, LoopId, Op, Selector, Stmt, Term, VarId};

/// The loops that an item comes from.
#[derive(Clone, Copy)]
pub(super) struct Ctl {
    /// To leave the whole iteration.
    pub(super) outer: LoopId,
    /// To go on to the next item.
    pub(super) inner: LoopId,
    /// Variables from this number on were made for the item.
    pub(super) mark: usize,
}

/// What is done with each item.
pub(super) type Body<'b> = &'b mut dyn FnMut(&mut Lower<'_>, Value, Ctl);

impl Lower<'_> {
    /// Runs `body` for each item of `iter`.
    pub(super) fn drive(&mut self, iter: &Iter, span: Span, body: Body<'_>) {
        match iter {
            Iter::Range { lo, hi, inclusive, adaptors } => {
                let (hi, inclusive) = match hi {
                    Some(hi) => (hi.clone(), *inclusive),
                    None => self.last_of(lo, span),
                };
                let mark = self.func.vars.len();
                self.ranged(lo.clone(), hi, inclusive, adaptors.clone(), span, |cx, id, at| {
                    body(cx, Value::int(at), Ctl { outer: id, inner: id, mark });
                });
            }
            Iter::Once(value) => {
                let mark = self.func.vars.len();
                self.ranged(zero(), one(), false, Vec::new(), span, |cx, id, _| {
                    body(cx, value.clone(), Ctl { outer: id, inner: id, mark });
                });
            }
            Iter::Chain(a, b) => self.drive_chain(a, b, span, body),
            Iter::Rest(inner, position) => self.drive_rest(inner, *position, span, body),
            Iter::Map(inner, function) => self.drive(inner, span, &mut |cx, item, ctl| {
                let value = cx.apply(function, vec![item], span);
                let value = cx.evaluated(value, span);
                cx.go_on(value, ctl, body);
            }),
            Iter::Copied(inner) => self.drive(inner, span, &mut |cx, item, ctl| {
                let value = cx.copied(item, span);
                cx.go_on(value, ctl, body);
            }),
            Iter::Filter(inner, function) => self.drive(inner, span, &mut |cx, item, ctl| {
                let cond = cx.asked(function, item.clone(), span);
                cx.when(cond, span, |cx| body(cx, item, ctl), |_| {});
            }),
            Iter::TakeWhile(inner, function) => self.drive(inner, span, &mut |cx, item, ctl| {
                let cond = cx.asked(function, item.clone(), span);
                cx.when(
                    cond,
                    span,
                    |cx| body(cx, item, ctl),
                    |cx| {
                        cx.leave(Term::Break(ctl.outer, Vec::new()));
                    },
                );
            }),
            Iter::FilterMap(inner, function) => self.drive(inner, span, &mut |cx, item, ctl| {
                let value = cx.apply(function, vec![item], span);
                cx.when_some(value, span, |cx, item| body(cx, item, ctl), |_| {});
            }),
            Iter::MapWhile(inner, function) => self.drive(inner, span, &mut |cx, item, ctl| {
                let value = cx.apply(function, vec![item], span);
                cx.when_some(
                    value,
                    span,
                    |cx, item| body(cx, item, ctl),
                    |cx| {
                        cx.leave(Term::Break(ctl.outer, Vec::new()));
                    },
                );
            }),
            Iter::FlatMap(inner, function) => self.drive(inner, span, &mut |cx, item, outer| {
                let value = cx.apply(function, vec![item], span);
                cx.drive_inner(value, span, outer, body);
            }),
            Iter::Flatten(inner) => self.drive(inner, span, &mut |cx, item, outer| {
                cx.drive_inner(item, span, outer, body);
            }),
            Iter::SkipWhile(inner, function) => self.drive_skip_while(inner, function, span, body),
            Iter::Scan(inner, init, function) => self.drive_scan(inner, init, function, span, body),
            Iter::FromFn(function) => self.drive_from_fn(function, span, body),
            Iter::Successors(first, function) => self.drive_successors(first, function, span, body),
            Iter::Present(inner, all) => self.drive_present(inner, all, span, body),
            Iter::Question(inner) => self.drive_question(inner, span, body),
            Iter::Inspect(inner, function) => {
                self.drive(inner, span, &mut |cx, item, ctl| {
                    let _ = cx.apply(function, vec![referenced_for(function, 0, item.clone())], span);
                    body(cx, item, ctl);
                });
            }
            indexed if indexed.is_indexed() => self.drive_indexed(indexed, span, body),
            Iter::Enumerate(_) | Iter::Skip(..) | Iter::Take(..) | Iter::StepBy(..) | Iter::Zip(..) => {
                self.drive_counting(iter, span, body);
            }
            _ => {
                self.diag
                    .error_at(span, "this iterator cannot be reversed here; collect it into a `Vec` first");
            }
        }
    }

    /// The rest of an iteration, unless the item did not come about.
    fn go_on(&mut self, value: Value, ctl: Ctl, body: Body<'_>) {
        if self.reachable() {
            body(self, value, ctl);
        }
    }

    /// An end that is not reached.
    pub(super) fn endless(&mut self, span: Span) -> Atom {
        self.int_code(&[], span, |_| quote::quote!(::core::primitive::usize::MAX))
    }

    fn drive_indexed(&mut self, iter: &Iter, span: Span, body: Body<'_>) {
        let (inner, lo, adaptors) = match iter {
            Iter::Rev(inner) => (&**inner, zero(), vec![Adaptor::Rev]),
            Iter::StepBy(inner, n) => (&**inner, zero(), vec![Adaptor::StepBy(n.clone())]),
            Iter::Skip(inner, n) => (&**inner, n.clone(), Vec::new()),
            other => (other, zero(), Vec::new()),
        };
        let prepared = match iter {
            Iter::Rev(_) => self.prepare_backwards(inner, span),
            _ => self.prepare(inner, span),
        };
        let Some((access, len)) = prepared else {
            self.diag
                .error_at(span, "an iterator without an end cannot be reversed; give it one with `take`");
            return;
        };
        if matches!(iter, Iter::Skip(..)) {
            self.pass_over(inner, &access, (zero(), lo.clone()), len.as_ref(), span);
        }
        let len = len.unwrap_or_else(|| self.endless(span));
        let mark = self.func.vars.len();
        self.ranged(lo, len, false, adaptors, span, |cx, id, at| {
            let item = access(cx, at);
            cx.go_on(item, Ctl { outer: id, inner: id, mark }, body);
        });
    }

    /// One after the other; to leave the first is to leave both.
    fn drive_chain(&mut self, a: &Iter, b: &Iter, span: Span, body: Body<'_>) {
        let id = self.func.fresh_loop();
        let (open, ()) = self.nested(|cx| {
            for part in [a, b] {
                cx.drive(part, span, &mut |cx, item, ctl| body(cx, item, Ctl { outer: id, ..ctl }));
            }
        });
        if open.term.is_none() && !open.stmts.iter().any(|stmt| exits::breaks(stmt, id)) {
            self.open.stmts.extend(open.stmts);
            self.open.dead |= open.dead;
            return;
        }
        let body = open.close(Term::Break(id, Vec::new()));
        self.push(Stmt::Loop(Loop::new(id, Head::Forever, Vec::new(), body)));
    }

    /// An iterator by reference: the variable is behind each item before anything is done with it.
    fn drive_rest(&mut self, inner: &Iter, position: VarId, span: Span, body: Body<'_>) {
        let Some((access, len)) = self.prepare(inner, span) else {
            self.diag.error_at(
                span,
                "this iterator is not understood by reference; collect it into a `Vec` first",
            );
            return;
        };
        let start = self.temp(Kind::Int, Op::Copy(position.into()), span);
        let len = len.unwrap_or_else(|| self.endless(span));
        let mark = self.func.vars.len();
        self.ranged(start, len, false, Vec::new(), span, |cx, id, at| {
            cx.push(Stmt::Assign { var: position, op: Op::Add(at.clone(), one()) });
            let item = access(cx, at);
            cx.go_on(item, Ctl { outer: id, inner: id, mark }, body);
        });
    }

    /// Adaptors that count, over items that have no number.
    fn drive_counting(&mut self, iter: &Iter, span: Span, body: Body<'_>) {
        let inner = match iter {
            Iter::Enumerate(inner) | Iter::Skip(inner, _) | Iter::StepBy(inner, _) => inner,
            Iter::Take(inner, n) => {
                return self.drive_limited(inner, n, span, &mut |cx, item, _, ctl| body(cx, item, ctl));
            }
            Iter::Zip(a, b) => return self.drive_zip(a, b, span, body),
            _ => return,
        };
        let counter = self.counter(span);
        self.drive(inner, span, &mut |cx, item, ctl| {
            let at = cx.temp(Kind::Int, Op::Copy(counter.into()), span);
            let next = Op::Add(counter.into(), one());
            match iter {
                Iter::Enumerate(_) => {
                    cx.push(Stmt::Assign { var: counter, op: next });
                    body(cx, Value::Tuple(vec![Value::int(at), item]), ctl);
                }
                Iter::Skip(_, n) => {
                    let more = cx.temp(Kind::Bool, Op::Compare(Compare::Ge, at, n.clone()), span);
                    cx.when(
                        more,
                        span,
                        |cx| body(cx, item, ctl),
                        |cx| {
                            cx.push(Stmt::Assign { var: counter, op: next });
                        },
                    );
                }
                Iter::StepBy(_, n) => {
                    cx.push(Stmt::Assign { var: counter, op: next });
                    let rest = cx.temp(Kind::Int, Op::Rem(at, n.clone()), span);
                    let hit = cx.temp(Kind::Bool, Op::Compare(Compare::Eq, rest, zero()), span);
                    cx.when(hit, span, |cx| body(cx, item, ctl), |_| {});
                }
                _ => cx
                    .diag
                    .error_at(span, "this iterator is not understood here; collect it into a `Vec` first"),
            }
        });
    }

    /// The first `n` items, with their numbers. No more are asked for, since asking may do something.
    fn drive_limited(
        &mut self,
        inner: &Iter,
        n: &Atom,
        span: Span,
        body: &mut dyn FnMut(&mut Lower<'_>, Value, Atom, Ctl),
    ) {
        let counter = self.counter(span);
        let some = self.temp(Kind::Bool, Op::Compare(Compare::Gt, n.clone(), zero()), span);
        self.when(
            some,
            span,
            |cx| {
                cx.drive(inner, span, &mut |cx, item, ctl| {
                    let at = cx.temp(Kind::Int, Op::Copy(counter.into()), span);
                    let next = cx.add_int(at.clone(), one(), span);
                    cx.push(Stmt::Assign { var: counter, op: Op::Copy(next.clone()) });
                    // A loop of one iteration, so that what follows comes after `continue` too.
                    cx.ranged(zero(), one(), false, Vec::new(), span, |cx, id, _| {
                        body(cx, item, at, Ctl { inner: id, ..ctl });
                    });
                    let last = cx.temp(Kind::Bool, Op::Compare(Compare::Ge, next, n.clone()), span);
                    let leave = |cx: &mut Lower<'_>| {
                        cx.leave(Term::Break(ctl.outer, Vec::new()));
                    };
                    cx.when(last, span, leave, |_| {});
                });
            },
            |_| {},
        );
    }

    fn counter(&mut self, span: Span) -> VarId {
        let var = self.fresh("count", Kind::Int, false, span);
        self.assigned.insert(var);
        self.push(Stmt::Let { var, op: Op::Copy(Atom::Int("0usize".to_owned())) });
        var
    }

    /// One side has no numbers: the other is read by a counter. The left one is asked first.
    fn drive_zip(&mut self, a: &Iter, b: &Iter, span: Span, body: Body<'_>) {
        let prepared = if b.is_indexed() { self.prepare(b, span) } else { None };
        if let Some((access, len)) = prepared {
            let counter = self.counter(span);
            return self.drive(a, span, &mut |cx, item, ctl| {
                let at = cx.temp(Kind::Int, Op::Copy(counter.into()), span);
                if let Some(len) = &len {
                    let over = cx.temp(Kind::Bool, Op::Compare(Compare::Ge, at.clone(), len.clone()), span);
                    let leave = |cx: &mut Lower<'_>| {
                        cx.leave(Term::Break(ctl.outer, Vec::new()));
                    };
                    cx.when(over, span, leave, |_| {});
                }
                cx.push(Stmt::Assign { var: counter, op: Op::Add(counter.into(), one()) });
                let other = access(cx, at);
                body(cx, Value::Tuple(vec![item, other]), ctl);
            });
        }
        let prepared = if a.is_indexed() { self.prepare(a, span) } else { None };
        let Some((access, len)) = prepared else {
            self.diag.error_at(span, "these two iterators cannot be zipped; collect one into a `Vec` first");
            return;
        };
        let len = len.unwrap_or_else(|| self.endless(span));
        self.drive_limited(b, &len, span, &mut |cx, item, at, ctl| {
            let other = access(cx, at);
            body(cx, Value::Tuple(vec![other, item]), ctl);
        });
    }

    fn drive_inner(&mut self, value: Value, span: Span, outer: Ctl, body: Body<'_>) {
        let at = syn::Ident::new("iterator", span);
        let value = self.as_option(value, span);
        // A number is no iterator: it comes of a call that may fail.
        let value = if value.is_real() { self.catch(value, &syn::parse_quote!(#at)) } else { value };
        if matches!(value, Value::Option(_)) {
            return self.when_some(value, span, |cx, item| body(cx, item, outer), |_| {});
        }
        let Some(inner) = self.iterate(value, &at) else {
            return;
        };
        self.drive(&inner, span, &mut |cx, item, ctl| {
            body(cx, item, Ctl { outer: outer.outer, ..ctl });
        });
    }

    fn drive_skip_while(&mut self, inner: &Iter, function: &Function, span: Span, body: Body<'_>) {
        let skipping = self.fresh("skipping", Kind::Bool, false, span);
        self.assigned.insert(skipping);
        self.push(Stmt::Let { var: skipping, op: Op::Copy(Atom::Bool(true)) });
        self.drive(inner, span, &mut |cx, item, ctl| {
            let asked = item.clone();
            cx.when(
                skipping.into(),
                span,
                |cx| {
                    let cond = cx.asked(function, asked, span);
                    cx.push(Stmt::Assign { var: skipping, op: Op::Copy(cond) });
                },
                |_| {},
            );
            let over = cx.not_atom(skipping.into(), span);
            cx.when(over, span, |cx| body(cx, item, ctl), |_| {});
        });
    }

    fn drive_scan(&mut self, inner: &Iter, init: &Value, function: &Function, span: Span, body: Body<'_>) {
        let name = syn::Ident::new("state", span);
        let state = by_reference(self.slots(&name, init.clone()));
        self.drive(inner, span, &mut |cx, item, ctl| {
            let value = cx.apply(function, vec![state.clone(), item], span);
            cx.when_some(
                value,
                span,
                |cx, item| body(cx, item, ctl),
                |cx| {
                    cx.leave(Term::Break(ctl.outer, Vec::new()));
                },
            );
        });
    }

    /// The answer of a predicate that takes its item by reference.
    pub(super) fn asked(&mut self, function: &Function, item: Value, span: Span) -> Atom {
        let answer = self.apply(function, vec![referenced_for(function, 0, item)], span);
        self.truth(answer, span)
    }

    pub(super) fn truth(&mut self, answer: Value, span: Span) -> Atom {
        if matches!(answer, Value::Never | Value::Poison) {
            return Atom::Bool(true);
        }
        let node = syn::Ident::new("condition", span);
        self.passive(answer, &node)
    }

    /// `if cond { then } else { otherwise }` for its effects.
    pub(super) fn when(
        &mut self,
        cond: Atom,
        span: Span,
        then: impl FnOnce(&mut Self),
        otherwise: impl FnOnce(&mut Self),
    ) {
        if cond == Atom::Bool(true) {
            return then(self);
        }
        let unit = |body: (Open, ())| Lowered { open: body.0, value: Value::Unit, span };
        let first = unit(self.nested(then));
        let second = unit(self.nested(otherwise));
        let node = syn::Ident::new("branch", span);
        self.branch(Selector::Bool(cond), vec![None, None], vec![first, second], &node);
    }

    /// `if let Some(item) = value { then(item) } else { otherwise }` for its effects.
    pub(super) fn when_some(
        &mut self,
        value: Value,
        span: Span,
        then: impl FnOnce(&mut Self, Value),
        otherwise: impl FnOnce(&mut Self),
    ) {
        let called = syn::Ident::new("called", span);
        match self.catch(value, &syn::parse_quote!(#called)) {
            Value::Option(maybe) => {
                let present = maybe.present.clone();
                let then = |cx: &mut Self| {
                    let value = cx.content(*maybe, span);
                    then(cx, value);
                };
                self.when(present, span, then, otherwise);
            }
            Value::Never | Value::Poison => {}
            value => {
                let item = syn::Ident::new("item", span);
                let pat: syn::Pat = syn::parse_quote_spanned!(span.span()=> Some(#item));
                let mark = self.func.vars.len();
                let node = item.clone();
                self.test(
                    &pat,
                    value,
                    mark,
                    &node,
                    |cx| {
                        let item = cx.scopes.get("item").cloned().unwrap_or(Value::Poison);
                        then(cx, item);
                        Value::Unit
                    },
                    |cx| {
                        otherwise(cx);
                        Value::Unit
                    },
                );
            }
        }
    }

    /// Variables that start as `value` and may be assigned.
    pub(super) fn slots(&mut self, name: &syn::Ident, value: Value) -> Value {
        let mark = self.func.vars.len();
        let pat = syn::PatIdent {
            attrs: Vec::new(),
            by_ref: None,
            mutability: Some(syn::Token![mut](name.span())),
            ident: name.clone(),
            subpat: None,
        };
        self.scopes.enter();
        self.bind_pat(&syn::Pat::Ident(pat), value, mark);
        let slots = self.scopes.get(&name.to_string()).cloned().unwrap_or(Value::Poison);
        self.scopes.leave();
        slots
    }
}

/// `&mut` of variables: of each number in a tuple.
fn by_reference(slots: Value) -> Value {
    match slots {
        Value::Num(Num { atom: Atom::Var(var), kind, .. }) => Value::Ref(Target::Slot(var), kind),
        Value::Tuple(parts) => Value::Tuple(parts.into_iter().map(by_reference).collect()),
        other => other,
    }
}
