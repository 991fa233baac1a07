//! What consumes an iterator: sums, folds, searches, collections.

use proc_macro2::Span;
use quote::quote;
use syn::{Expr, ExprMethodCall, GenericArgument, Type};

use super::iter::{Iter, one, reversed, zero};
use super::join::Lowered;
use super::lower::{Lower, Open};
use super::names;
use super::referenced::{referenced, referenced_for};
use super::source::Shape;
use super::types::Ty;
use super::value::{Code, Function, Maybe, Num, Target, Value, blank};
use crate::ir::{Atom, Compare, Kind, Op, Selector, Stmt, Term, VarId};

impl Lower<'_> {
    /// The value of `iter.name(…)`; `None` if the method is not known.
    pub(super) fn consume(&mut self, iter: &Iter, call: &ExprMethodCall, hint: Option<&Ty>) -> Option<Value> {
        let name = call.method.to_string();
        let span = call.method.span();
        if let Some(sum) = self.sum_of_records(call, hint) {
            return Some(self.record_call(
                &sum,
                vec![Value::Iter(Box::new(iter.clone()))],
                &[&call.receiver],
            ));
        }
        Some(match (name.as_str(), call.args.len()) {
            ("sum" | "product" | "collect", 0) => self.gather(iter, call, hint),
            ("fold", 2) => self.fold(iter, call, hint)?,
            ("rfold", 2) => self.fold(&reversed(iter.clone()), call, hint)?,
            ("reduce", 1) => self.reduce(iter, call)?,
            ("for_each", 1) => {
                let function = self.function(call.args.first()?)?;
                self.drive(iter, span, &mut |cx, item, _| {
                    let _ = cx.apply(&function, vec![item], span);
                });
                Value::Unit
            }
            ("count", 0) => self.count_items(iter, span),
            ("len", 0) => {
                let (_, len) = self.prepare(&iter.unmapped(), span)?;
                Value::int(len?)
            }
            ("last", 0) => self.keep_last(iter, span),
            ("next", 0) => self.first_item(iter, span),
            ("nth", 1) => {
                let n = self.count(call.args.first()?);
                self.first_item(&Iter::Skip(Box::new(iter.clone()), n), span)
            }
            ("try_fold", 2) => self.try_fold(iter, call)?,
            ("unzip", 0) => self.unzip(iter, call, hint),
            ("partition", 1) => self.partition(iter, call, hint)?,
            ("find_map", 1) => {
                let function = self.function(call.args.first()?)?;
                self.first_item(&Iter::FilterMap(Box::new(iter.clone()), function), span)
            }
            ("any" | "all", 1) => self.any(iter, call, name == "any")?,
            ("position", 1) => self.position(&Iter::Enumerate(Box::new(iter.clone())), call)?,
            ("rposition", 1) => {
                let numbered = Box::new(Iter::Enumerate(Box::new(iter.clone())));
                self.position(&Iter::Rev(numbered), call)?
            }
            ("find", 1) => self.find(iter, call)?,
            ("rfind", 1) => self.find(&reversed(iter.clone()), call)?,
            ("min_by" | "max_by", 1) => self.extreme(iter, call, name == "max_by")?,
            ("min_by_key" | "max_by_key", 1) => self.extreme_by_key(iter, call, name == "max_by_key")?,
            ("min" | "max", 0) => self.int_extreme(iter, &call.method, name == "max"),
            _ => return None,
        })
    }

    /// `sum` starts at -0.0, `product` at 1.0, as the standard library does.
    pub(super) fn accumulate(
        &mut self,
        iter: &Iter,
        call: &ExprMethodCall,
        wanted: Option<Ty>,
        sum: bool,
    ) -> Value {
        let span = call.method.span();
        let wanted = wanted.map(|ty| ty.shape.kind()).filter(|kind| matches!(kind, Kind::Real | Kind::Int));
        let var = self.fresh("t", wanted.clone().unwrap_or(Kind::Real), false, span);
        let at = self.open.stmts.len();
        self.push(Stmt::Let { var, op: Op::Copy(Atom::Undef) });
        let mut kind = wanted;
        self.drive(iter, span, &mut |cx, item, _| {
            let known = kind.get_or_insert_with(|| match item.kind() {
                Some(Kind::Int) => Kind::Int,
                _ => Kind::Real,
            });
            let item = cx.element_atom(item, &known.clone(), &call.method);
            let op = if sum { Op::Add(var.into(), item) } else { Op::Mul(var.into(), item) };
            cx.push(Stmt::Assign { var, op });
        });
        let kind = kind.unwrap_or(Kind::Real);
        let start = match (&kind, sum) {
            (Kind::Int, true) => zero(),
            (Kind::Int, false) => one(),
            (_, true) => Atom::Real("-0.0".to_owned()),
            (_, false) => Atom::Real("1.0".to_owned()),
        };
        self.set_kind(var, kind.clone());
        if let Some(Stmt::Let { op, .. }) = self.open.stmts.get_mut(at) {
            *op = Op::Copy(start);
        }
        Value::num(var.into(), kind)
    }

    fn fold(&mut self, iter: &Iter, call: &ExprMethodCall, hint: Option<&Ty>) -> Option<Value> {
        let span = call.method.span();
        let first = call.args.first()?;
        let init = self.expr(first, hint);
        let function = self.function(call.args.last()?)?;
        let init = self.first_of_fold(init, first);
        let name = syn::Ident::new("acc", span);
        let acc = self.slots(&name, init);
        self.drive(iter, span, &mut |cx, item, _| {
            let next = cx.apply(&function, vec![acc.clone(), item], span);
            cx.store_into(&acc, next, &call.method);
        });
        Some(acc)
    }

    /// What a fold starts with: data is an array of numbers where the file or the signature tells, else a number.
    fn first_of_fold(&mut self, init: Value, node: &Expr) -> Value {
        match init {
            Value::Code(code) if code.kind == Kind::Opaque => match self.shape_of_first(node) {
                Some((0, shape)) if shape.is_array() && shape.is_differentiable() => {
                    self.array_from_code(code, &shape, node)
                }
                _ => Value::real(self.real(Value::Code(code), node)),
            },
            Value::Num(num) if num.kind == Kind::Opaque => Value::real(self.real(Value::Num(num), node)),
            other => other,
        }
    }

    fn shape_of_first(&mut self, node: &Expr) -> Option<(u8, Shape)> {
        if let Expr::Call(call) = names::bare(node)
            && let Expr::Path(path) = names::bare(&call.func)
            && let Some(ty) = self.result_beside(path)
        {
            return Some((ty.refs, ty.shape));
        }
        self.passive_shape(node)
    }

    /// The function gives `None` where the rest does not matter.
    fn try_fold(&mut self, iter: &Iter, call: &ExprMethodCall) -> Option<Value> {
        let span = call.method.span();
        let first = call.args.first()?;
        let init = self.expr(first, None);
        let function = self.function(call.args.last()?)?;
        let init = self.first_of_fold(init, first);
        let acc = self.slots(&syn::Ident::new("acc", span), init);
        let mut all = self.all_there(span);
        let node = &*call.receiver;
        self.drive(iter, span, &mut |cx, item, ctl| {
            let next = cx.apply(&function, vec![acc.clone(), item], span);
            let next = cx.as_option(next, span);
            let next = cx.catch(next, node);
            let Value::Option(maybe) = next else {
                if !matches!(next, Value::Never | Value::Poison) {
                    cx.error(&call.method, "`try_fold` is understood with a closure that gives a `Result` or an `Option` of numbers; write the loop");
                }
                return;
            };
            let absence = maybe.absence.clone();
            let go_on = |cx: &mut Lower<'_>, next| cx.store_into(&acc, next, &call.method);
            cx.when_some(Value::Option(maybe), span, go_on, |cx| {
                cx.one_missing(&mut all, absence);
                cx.leave(Term::Break(ctl.outer, Vec::new()));
            });
        });
        Some(all.of(acc))
    }

    /// Assigns a value to variables made by [`Lower::slots`].
    pub(super) fn store_into(&mut self, slots: &Value, value: Value, node: &syn::Ident) {
        if matches!(value, Value::Never | Value::Poison) {
            return;
        }
        match slots {
            Value::Num(num) => {
                if let Some(var) = num.atom.var() {
                    self.assign_target(Target::Slot(var), &num.kind, value, node);
                }
            }
            Value::Tuple(parts) => {
                self.assign_tuple(parts, value, node);
            }
            Value::Struct(names, fields) => match value {
                Value::Struct(others, from) if *names == others => self.store_into(fields, *from, node),
                other => {
                    self.error(
                        node,
                        format!(
                            "this is {}, where a struct is needed; give one of the same type",
                            other.what()
                        ),
                    );
                }
            },
            Value::Array(view) => {
                let same = matches!(&value, Value::Array(from) if from.slice == view.slice);
                if !same {
                    self.assign_array(view, value, node);
                }
            }
            Value::Option(maybe) => {
                self.assign_option(maybe, value, node);
            }
            Value::Never | Value::Poison => {}
            other => {
                self.error(
                    node,
                    format!("{} cannot be accumulated; fold numbers, tuples or arrays", other.what()),
                );
            }
        }
    }

    fn reduce(&mut self, iter: &Iter, call: &ExprMethodCall) -> Option<Value> {
        let span = call.method.span();
        let function = self.function(call.args.first()?)?;
        let (found, best) = self.candidate(span);
        self.drive(iter, span, &mut |cx, item, _| {
            let fresh = cx.not_atom(found.into(), span);
            let again = item.clone();
            cx.when(
                fresh,
                span,
                |cx| cx.take(found, best, item, &call.method),
                |cx| {
                    let old = cx.kept(best, &again, span);
                    let next = cx.apply(&function, vec![old, again], span);
                    cx.keep(best, next, &call.method);
                },
            );
        });
        Some(self.candidate_found(found, best))
    }

    /// A flag that starts as false, and the number of a join for the item that is kept.
    fn candidate(&mut self, span: Span) -> (VarId, usize) {
        let found = self.fresh("found", Kind::Bool, false, span);
        self.push(Stmt::Let { var: found, op: Op::Copy(Atom::Bool(false)) });
        (found, self.open_join())
    }

    /// Keeps `item`.
    fn take(&mut self, found: VarId, best: usize, item: Value, node: &syn::Ident) {
        self.keep(best, item, node);
        self.push(Stmt::Assign { var: found, op: Op::Copy(Atom::Bool(true)) });
    }

    fn keep(&mut self, best: usize, item: Value, node: &syn::Ident) {
        let item = self.keepable(item, node.span());
        self.join_one(best, item, node.span(), node);
    }

    /// An item of the user's own type has no value to begin with; it is kept as an `Option` of that type.
    fn keepable(&mut self, item: Value, span: Span) -> Value {
        if !any_kind(&item, &Kind::Opaque) || any_kind(&item, &Kind::Real) {
            return item;
        }
        match self.code_of(&item, span) {
            Some(code) => {
                Value::Code(code.wrap(Kind::Opaque, |item| quote!(::core::option::Option::Some(#item))))
            }
            None => item,
        }
    }

    /// The item kept so far, which is there; `like` tells its type.
    fn kept(&mut self, best: usize, like: &Value, span: Span) -> Value {
        let kept = self.joined(best);
        if !matches!(kept, Value::Num(Num { kind: Kind::Opaque, .. })) {
            return kept;
        }
        let (Some(mut code), Some(like)) = (self.code_of(&kept, span), self.code_of(like, span)) else {
            return Value::Poison;
        };
        let like = code.absorb(&like);
        Value::Code(code.wrap(Kind::Opaque, |kept| quote!(::core::option::Option::unwrap_or(#kept, #like))))
    }

    fn candidate_found(&self, found: VarId, best: usize) -> Value {
        match self.joined(best) {
            kept @ Value::Num(Num { kind: Kind::Opaque, .. }) => kept,
            kept => Maybe::of(found.into(), kept),
        }
    }

    fn keep_last(&mut self, iter: &Iter, span: Span) -> Value {
        if iter.is_indexed()
            && let Some((access, Some(len))) = self.prepare(iter, span)
        {
            return self.item_if_any(len.clone(), span, |cx| {
                let last = cx.sub_int(len, one(), span);
                cx.pass_over(iter, &access, (zero(), last.clone()), None, span);
                access(cx, last)
            });
        }
        let (found, best) = self.candidate(span);
        let node = syn::Ident::new("last", span);
        self.drive(iter, span, &mut |cx, item, _| cx.take(found, best, item, &node));
        self.candidate_found(found, best)
    }

    fn first_item(&mut self, iter: &Iter, span: Span) -> Value {
        if iter.is_indexed()
            && let Some((access, Some(len))) = self.prepare(iter, span)
        {
            return self.item_if_any(len, span, |cx| access(cx, zero()));
        }
        let (found, best) = self.candidate(span);
        let node = syn::Ident::new("next", span);
        self.drive(iter, span, &mut |cx, item, ctl| {
            cx.take(found, best, item, &node);
            cx.leave(Term::Break(ctl.outer, Vec::new()));
        });
        self.candidate_found(found, best)
    }

    fn item_if_any(&mut self, len: Atom, span: Span, item: impl FnOnce(&mut Self) -> Value) -> Value {
        let present = self.temp(Kind::Bool, Op::Compare(Compare::Gt, len, zero()), span);
        let some = self.arm(|cx| Maybe::of(Atom::Bool(true), item(cx)), span);
        let none = Lowered { open: Open::default(), value: Maybe::absent(), span };
        let node = syn::Ident::new("item", span);
        self.branch(Selector::Bool(present), vec![None, None], vec![some, none], &node)
    }

    fn find(&mut self, iter: &Iter, call: &ExprMethodCall) -> Option<Value> {
        let span = call.method.span();
        let function = self.function(call.args.first()?)?;
        let (found, best) = self.candidate(span);
        self.drive(iter, span, &mut |cx, item, ctl| {
            let cond = cx.asked(&function, item.clone(), span);
            cx.when(
                cond,
                span,
                |cx| {
                    cx.take(found, best, item, &call.method);
                    cx.leave(Term::Break(ctl.outer, Vec::new()));
                },
                |_| {},
            );
        });
        Some(self.candidate_found(found, best))
    }

    /// The number of the first of the `numbered` items of which the function says so.
    fn position(&mut self, numbered: &Iter, call: &ExprMethodCall) -> Option<Value> {
        let span = call.method.span();
        let function = self.function(call.args.first()?)?;
        let (found, best) = self.candidate(span);
        self.drive(numbered, span, &mut |cx, item, ctl| {
            let Value::Tuple(parts) = item else { return };
            let [at, item] = parts.as_slice() else { return };
            let answer = cx.apply(&function, vec![item.clone()], span);
            let cond = cx.truth(answer, span);
            cx.when(
                cond,
                span,
                |cx| {
                    cx.take(found, best, at.clone(), &call.method);
                    cx.leave(Term::Break(ctl.outer, Vec::new()));
                },
                |_| {},
            );
        });
        Some(self.candidate_found(found, best))
    }

    pub(super) fn any(&mut self, iter: &Iter, call: &ExprMethodCall, any: bool) -> Option<Value> {
        let span = call.method.span();
        let function = self.function(call.args.first()?)?;
        let var = self.fresh("t", Kind::Bool, false, span);
        self.push(Stmt::Let { var, op: Op::Copy(Atom::Bool(!any)) });
        self.drive(iter, span, &mut |cx, item, ctl| {
            let answer = cx.apply(&function, vec![item], span);
            let mut cond = cx.truth(answer, span);
            if !any {
                cond = cx.not_atom(cond, span);
            }
            cx.when(
                cond,
                span,
                |cx| {
                    cx.push(Stmt::Assign { var, op: Op::Copy(Atom::Bool(any)) });
                    cx.leave(Term::Break(ctl.outer, Vec::new()));
                },
                |_| {},
            );
        });
        Some(Value::boolean(var.into()))
    }

    fn count_items(&mut self, iter: &Iter, span: Span) -> Value {
        if iter.is_indexed()
            && let Some((access, Some(len))) = self.prepare(iter, span)
        {
            self.pass_over(iter, &access, (zero(), len.clone()), None, span);
            return Value::int(len);
        }
        let var = self.fresh("t", Kind::Int, false, span);
        self.push(Stmt::Let { var, op: Op::Copy(Atom::Int("0usize".to_owned())) });
        self.drive(iter, span, &mut |cx, _, _| {
            cx.push(Stmt::Assign { var, op: Op::Add(var.into(), one()) });
        });
        Value::int(var.into())
    }

    /// `min_by` and `max_by`: the first least, the last greatest, by the user's own order.
    fn extreme(&mut self, iter: &Iter, call: &ExprMethodCall, greatest: bool) -> Option<Value> {
        let span = call.method.span();
        let function = self.function(call.args.first()?)?;
        Some(self.keep_by(iter, &call.method, |cx, old, new| {
            let order = if cx.calls_inlined(&function) {
                let args = vec![referenced_for(&function, 0, old), referenced_for(&function, 1, new)];
                let order = cx.apply(&function, args, span);
                cx.code_of(&order, span)?
            } else {
                let args = [cx.referenced_code(old, span)?, cx.referenced_code(new, span)?];
                cx.apply_as_code(&function, &args, span)?
            };
            let greater = order.wrap(Kind::Bool, |order| quote!((#order) == ::core::cmp::Ordering::Greater));
            let greater = cx.materialize(greater, span).atom;
            Some(if greatest { cx.not_atom(greater, span) } else { greater })
        }))
    }

    /// `&item` for code of the user's.
    fn referenced_code(&mut self, item: Value, span: Span) -> Option<Value> {
        let Value::Tuple(_) = item else {
            return Some(referenced(item));
        };
        Some(referenced(Value::Code(self.code_of(&item, span)?)))
    }

    /// `min_by_key` and `max_by_key`: which item is kept is constant almost everywhere. Its key is kept with it, since asking for
    /// a key may do something.
    fn extreme_by_key(&mut self, iter: &Iter, call: &ExprMethodCall, greatest: bool) -> Option<Value> {
        let (name, span) = (&call.method, call.method.span());
        let function = self.function(call.args.first()?)?;
        let (found, best) = self.candidate(span);
        let none = self.opaque(Code::constant(quote!(::core::option::Option::None), Kind::Opaque));
        let kept_key = self.fresh("key", Kind::Opaque, false, span);
        self.push(Stmt::Let { var: kept_key, op: Op::Opaque(none) });
        self.drive(iter, span, &mut |cx, item, _| {
            let Some(key) = cx.key_of(&function, item.clone(), span) else { return };
            let fresh = cx.not_atom(found.into(), span);
            let keeps_key = Stmt::Assign { var: kept_key, op: Op::Copy(key.clone()) };
            let (again, keeps_too) = (item.clone(), keeps_key.clone());
            cx.when(
                fresh,
                span,
                |cx| {
                    cx.push(keeps_key);
                    cx.take(found, best, item, name);
                },
                |cx| {
                    let replace = cx.is_replaced(kept_key.into(), key, greatest, span);
                    let keep = |cx: &mut Lower<'_>| {
                        cx.push(keeps_too);
                        cx.keep(best, again, name);
                    };
                    cx.when(replace, span, keep, |_| {});
                },
            );
        });
        Some(self.candidate_found(found, best))
    }

    /// The key of an item, in an `Option`, since there is none to begin with.
    fn key_of(&mut self, function: &Function, item: Value, span: Span) -> Option<Atom> {
        let item = self.referenced_code(item, span)?;
        let key = self.apply_as_code(function, &[item], span)?;
        let key = key.wrap(Kind::Opaque, |key| quote!(::core::option::Option::Some(#key)));
        Some(self.materialize(key, span).atom)
    }

    /// Whether an item of the key `new` is kept instead of one of the key `old`.
    fn is_replaced(&mut self, old: Atom, new: Atom, greatest: bool, span: Span) -> Atom {
        let mut code = blank(Kind::Bool);
        let old = code.absorb(&Code::hole(old, Kind::Opaque, span));
        let new = code.absorb(&Code::hole(new, Kind::Opaque, span));
        let greater = code.wrap(Kind::Bool, |_| quote!(::core::cmp::PartialOrd::gt(&#old, &#new)));
        let greater = self.materialize(Code { inert: true, ..greater }, span).atom;
        if greatest { self.not_atom(greater, span) } else { greater }
    }

    /// `min` and `max` of integers.
    fn int_extreme(&mut self, iter: &Iter, name: &syn::Ident, greatest: bool) -> Value {
        self.keep_by(iter, name, |cx, old, new| {
            let (old, new) = (cx.passive(old, name), cx.passive(new, name));
            let how = if greatest { Compare::Le } else { Compare::Gt };
            Some(cx.temp(Kind::Bool, Op::Compare(how, old, new), name.span()))
        })
    }

    /// Keeps the first item, and each that replaces the one kept.
    fn keep_by(
        &mut self,
        iter: &Iter,
        name: &syn::Ident,
        replaces: impl Fn(&mut Lower<'_>, Value, Value) -> Option<Atom>,
    ) -> Value {
        let span = name.span();
        let (found, best) = self.candidate(span);
        self.drive(iter, span, &mut |cx, item, _| {
            let fresh = cx.not_atom(found.into(), span);
            let again = item.clone();
            cx.when(
                fresh,
                span,
                |cx| cx.take(found, best, item, name),
                |cx| {
                    let old = cx.kept(best, &again, span);
                    let Some(replace) = replaces(cx, old, again.clone()) else {
                        return;
                    };
                    cx.when(replace, span, |cx| cx.keep(best, again, name), |_| {});
                },
            );
        });
        self.candidate_found(found, best)
    }
}

/// The type in `name::<T>()`.
pub(super) fn turbofish(call: &ExprMethodCall) -> Option<&Type> {
    call.turbofish.as_ref()?.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

fn any_kind(item: &Value, kind: &Kind) -> bool {
    match item {
        Value::Tuple(parts) => parts.iter().any(|part| any_kind(part, kind)),
        other => other.kind() == Some(kind),
    }
}
