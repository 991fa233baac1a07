//! Iterators. They exist here only: a chain becomes counted loops.

use std::cell::RefCell;
use std::rc::Rc;

use proc_macro2::Span;
use quote::ToTokens;
use syn::Expr;
use syn::spanned::Spanned;

use super::absence::AllThere;
use super::join::Lowered;
use super::lower::{Lower, Open};
use super::referenced::referenced;
use super::source::Shape;
use super::table_value::Rows;
use super::value::{Changed, Code, Function, Maybe, Num, Value, View};
use crate::ir::{Adaptor, Atom, Compare, Kind, Op, Selector, Stmt, VarId};

#[derive(Clone)]
pub(super) enum Iter {
    /// The elements of an array: references if the view is one.
    Array(View),
    /// Integers, with what `rev` and `step_by` make of them.
    Range {
        lo: Atom,
        hi: Option<Atom>,
        inclusive: bool,
        adaptors: Vec<Adaptor>,
    },
    /// Passive data that can be indexed; the items are references to elements of this type.
    Data {
        code: Code,
        element: Shape,
    },
    /// The items of a passive iterator, collected before.
    Items(Atom),
    /// The rows of a table, or, if `whole`, tables of some rows each.
    Table {
        columns: Vec<Iter>,
        rows: Rows,
        whole: bool,
    },
    Windows {
        view: View,
        size: Atom,
    },
    Chunks {
        view: View,
        size: Atom,
        exact: bool,
        /// The first ends where the view ends.
        from_end: bool,
    },
    Repeat(Value),
    Once(Value),
    Cycle(Box<Iter>),
    /// An iterator in a variable: the items from the number in the variable on.
    Cursor(Box<Iter>, VarId),
    /// The same by reference (`by_ref`): each item that is asked for is gone from the variable.
    Rest(Box<Iter>, VarId),
    Zip(Box<Iter>, Box<Iter>),
    Chain(Box<Iter>, Box<Iter>),
    Enumerate(Box<Iter>),
    Rev(Box<Iter>),
    Skip(Box<Iter>, Atom),
    Take(Box<Iter>, Atom),
    StepBy(Box<Iter>, Atom),
    /// `copied` and `cloned`: items instead of references to them.
    Copied(Box<Iter>),
    Map(Box<Iter>, Function),
    Inspect(Box<Iter>, Function),
    Filter(Box<Iter>, Function),
    FilterMap(Box<Iter>, Function),
    TakeWhile(Box<Iter>, Function),
    SkipWhile(Box<Iter>, Function),
    MapWhile(Box<Iter>, Function),
    FlatMap(Box<Iter>, Function),
    Flatten(Box<Iter>),
    Scan(Box<Iter>, Box<Value>, Function),
    /// `iter::from_fn(f)`
    FromFn(Function),
    /// `iter::successors(first, f)`
    Successors(Box<Value>, Function),
    /// The contents of `Option`s and `Result`s, up to the first that is empty.
    Present(Box<Iter>, Rc<RefCell<AllThere>>),
    /// The contents of `Option`s and `Result`s, with `?` on each.
    Question(Box<Iter>),
}

/// Gives the item of a number.
pub(super) type Access = Rc<dyn Fn(&mut Lower<'_>, Atom) -> Value>;

impl Iter {
    /// Whether each item can be had by its number.
    pub(super) fn is_indexed(&self) -> bool {
        match self {
            Iter::Array(_)
            | Iter::Data { .. }
            | Iter::Items(_)
            | Iter::Windows { .. }
            | Iter::Chunks { .. }
            | Iter::Repeat(_) => true,
            Iter::Table { columns, .. } => columns.iter().all(Iter::is_indexed),
            Iter::Range { adaptors, .. } => adaptors.is_empty(),
            Iter::Zip(a, b) => a.is_indexed() && b.is_indexed(),
            Iter::Cycle(inner)
            | Iter::Cursor(inner, _)
            | Iter::Enumerate(inner)
            | Iter::Rev(inner)
            | Iter::Skip(inner, _)
            | Iter::Take(inner, _)
            | Iter::Copied(inner) => inner.is_indexed(),
            // What it steps over is asked for too.
            Iter::StepBy(inner, _) => inner.is_indexed() && !inner.may_act(),
            // What a closure changes, it changes once for each item that is asked for.
            Iter::Map(inner, function) | Iter::Inspect(inner, function) => {
                inner.is_indexed() && !function.changes_its_surroundings()
            }
            Iter::Once(_)
            | Iter::Rest(..)
            | Iter::Chain(..)
            | Iter::Filter(..)
            | Iter::FilterMap(..)
            | Iter::TakeWhile(..)
            | Iter::SkipWhile(..)
            | Iter::MapWhile(..)
            | Iter::FlatMap(..)
            | Iter::Flatten(_)
            | Iter::Scan(..)
            | Iter::FromFn(_)
            | Iter::Successors(..)
            | Iter::Present(..)
            | Iter::Question(_) => false,
        }
    }
}

impl Iter {
    /// Whether each item can be had by its number, once a range is without adaptors.
    pub(super) fn is_numbered(&self) -> bool {
        matches!(self, Iter::Range { .. }) || self.is_indexed()
    }

    /// Whether items that are asked for are gone from an iterator of the user's.
    fn takes_from_a_variable(&self) -> bool {
        matches!(self, Iter::Rest(..)) || self.inner().into_iter().any(Iter::takes_from_a_variable)
    }

    /// The variables that its functions may change.
    fn changed(&self) -> Vec<Changed> {
        let own = self.function().map(Function::changed).unwrap_or_default();
        own.into_iter().chain(self.inner().into_iter().flat_map(Iter::changed)).collect()
    }

    /// The iterators that this one asks for items.
    fn inner(&self) -> Vec<&Iter> {
        match self {
            Iter::Array(_)
            | Iter::Range { .. }
            | Iter::Data { .. }
            | Iter::Items(_)
            | Iter::Windows { .. }
            | Iter::Chunks { .. }
            | Iter::Repeat(_)
            | Iter::Once(_)
            | Iter::FromFn(_)
            | Iter::Successors(..) => Vec::new(),
            Iter::Table { columns, .. } => columns.iter().collect(),
            Iter::Zip(a, b) | Iter::Chain(a, b) => vec![a, b],
            Iter::Cycle(inner)
            | Iter::Cursor(inner, _)
            | Iter::Rest(inner, _)
            | Iter::Enumerate(inner)
            | Iter::Rev(inner)
            | Iter::Skip(inner, _)
            | Iter::Take(inner, _)
            | Iter::StepBy(inner, _)
            | Iter::Copied(inner)
            | Iter::Map(inner, _)
            | Iter::Inspect(inner, _)
            | Iter::Filter(inner, _)
            | Iter::FilterMap(inner, _)
            | Iter::TakeWhile(inner, _)
            | Iter::SkipWhile(inner, _)
            | Iter::MapWhile(inner, _)
            | Iter::FlatMap(inner, _)
            | Iter::Flatten(inner)
            | Iter::Present(inner, _)
            | Iter::Question(inner)
            | Iter::Scan(inner, ..) => vec![inner],
        }
    }

    /// Whether a function that it calls may do more than give a value.
    fn may_act(&self) -> bool {
        self.function().is_some_and(Function::may_act) || self.inner().into_iter().any(Iter::may_act)
    }

    /// Whether items that are skipped before the first one act, which they do once, whatever is asked for later.
    pub(super) fn skips_what_acts(&self) -> bool {
        let here = matches!(self, Iter::Skip(inner, _) if inner.may_act());
        here || self.inner().into_iter().any(Iter::skips_what_acts)
    }

    /// As many items, without the functions that make others of them: what is asked for their number alone calls none.
    pub(super) fn unmapped(&self) -> Iter {
        let inner = |inner: &Iter| Box::new(inner.unmapped());
        match self {
            Iter::Map(one, _) | Iter::Inspect(one, _) => one.unmapped(),
            Iter::Skip(one, n) => Iter::Skip(inner(one), n.clone()),
            Iter::Take(one, n) => Iter::Take(inner(one), n.clone()),
            Iter::StepBy(one, n) => Iter::StepBy(inner(one), n.clone()),
            Iter::Rev(one) => Iter::Rev(inner(one)),
            Iter::Enumerate(one) => Iter::Enumerate(inner(one)),
            Iter::Copied(one) => Iter::Copied(inner(one)),
            Iter::Cycle(one) => Iter::Cycle(inner(one)),
            Iter::Cursor(one, position) => Iter::Cursor(inner(one), *position),
            Iter::Zip(a, b) => Iter::Zip(inner(a), inner(b)),
            other => other.clone(),
        }
    }

    /// Whether it calls functions.
    pub(super) fn calls(&self) -> bool {
        self.function().is_some() || self.inner().into_iter().any(Iter::calls)
    }

    /// The function that it calls for each item.
    fn function(&self) -> Option<&Function> {
        match self {
            Iter::Map(_, function)
            | Iter::Inspect(_, function)
            | Iter::Filter(_, function)
            | Iter::FilterMap(_, function)
            | Iter::TakeWhile(_, function)
            | Iter::SkipWhile(_, function)
            | Iter::MapWhile(_, function)
            | Iter::FlatMap(_, function)
            | Iter::Scan(_, _, function)
            | Iter::FromFn(function)
            | Iter::Successors(_, function) => Some(function),
            Iter::Array(_)
            | Iter::Range { .. }
            | Iter::Data { .. }
            | Iter::Items(_)
            | Iter::Windows { .. }
            | Iter::Chunks { .. }
            | Iter::Repeat(_)
            | Iter::Once(_)
            | Iter::Table { .. }
            | Iter::Zip(..)
            | Iter::Chain(..)
            | Iter::Cycle(_)
            | Iter::Cursor(..)
            | Iter::Rest(..)
            | Iter::Enumerate(_)
            | Iter::Rev(_)
            | Iter::Skip(..)
            | Iter::Take(..)
            | Iter::StepBy(..)
            | Iter::Copied(_)
            | Iter::Flatten(_)
            | Iter::Present(..)
            | Iter::Question(_) => None,
        }
    }
}

pub(super) fn zero() -> Atom {
    Atom::Int("0".to_owned())
}

pub(super) fn one() -> Atom {
    Atom::Int("1".to_owned())
}

impl Lower<'_> {
    /// What `for … in value` goes over.
    pub(super) fn iterate(&mut self, value: Value, node: &impl ToTokens) -> Option<Iter> {
        let span = node.to_token_stream().span();
        match value {
            Value::Array(view) => Some(Iter::Array(self.freeze_array(view, span))),
            Value::Table(table) => self.iterate_table(&table, false, node),
            Value::Iter(iter) => Some(*iter),
            Value::Range(bounds) => {
                let Some(lo) = bounds.lo else {
                    self.error(node, "a range without a start cannot be iterated; start it at 0");
                    return None;
                };
                let lo = self.passive(*lo, node);
                let hi = bounds.hi.map(|hi| self.passive(*hi, node));
                Some(Iter::Range { lo, hi, inclusive: bounds.inclusive, adaptors: Vec::new() })
            }
            Value::Num(Num { kind: Kind::Opaque, .. }) | Value::Code(_) => self.iterate_code(&value, span),
            Value::Never | Value::Poison => None,
            other => {
                self.error(
                    node,
                    format!(
                        "{} cannot be iterated; iterate over a range, a slice, an array or a `Vec`",
                        other.what()
                    ),
                );
                None
            }
        }
    }

    /// A method that takes items of an iterator in a variable and leaves the rest; `None` if it is another.
    pub(super) fn cursor_method(
        &mut self,
        inner: &Iter,
        position: VarId,
        call: &syn::ExprMethodCall,
    ) -> Option<Value> {
        let span = call.span();
        let rest = || Iter::Rest(Box::new(inner.clone()), position);
        match (call.method.to_string().as_str(), call.args.first()) {
            ("next", None) => Some(self.advance(inner, position, true, span)),
            ("peek", None) if inner.may_act() => Some(self.stepped_iterator(&call.method)),
            ("peek", None) => match self.advance(inner, position, false, span) {
                Value::Option(maybe) => {
                    let value = referenced(maybe.value);
                    Some(Value::Option(Box::new(Maybe { value, ..*maybe })))
                }
                other => Some(other),
            },
            ("nth", Some(arg)) => {
                let n = self.count(arg);
                let from = self.temp(Kind::Int, Op::Copy(position.into()), span);
                self.push(Stmt::Assign { var: position, op: Op::Add(position.into(), n) });
                if inner.calls()
                    && let Some((access, len)) = self.prepare(inner, span)
                {
                    let to = self.temp(Kind::Int, Op::Copy(position.into()), span);
                    self.pass_over(inner, &access, (from, to), len.as_ref(), span);
                }
                Some(self.advance(inner, position, true, span))
            }
            ("any" | "all" | "find" | "find_map" | "position" | "try_fold", Some(_)) => {
                let value = self.iter_method(&rest(), call, None);
                Some(value)
            }
            ("next_back" | "nth_back" | "next_if" | "next_if_eq" | "peek_mut", _) => {
                Some(self.stepped_iterator(&call.method))
            }
            _ => None,
        }
    }

    /// The item at which the variable stands; with `passes`, the variable goes on.
    fn advance(&mut self, inner: &Iter, position: VarId, passes: bool, span: Span) -> Value {
        let Some((access, len)) = self.prepare(inner, span) else {
            return Value::Poison;
        };
        let at = self.temp(Kind::Int, Op::Copy(position.into()), span);
        let present = match len {
            Some(len) => self.temp(Kind::Bool, Op::Compare(Compare::Lt, at.clone(), len), span),
            None => Atom::Bool(true),
        };
        let some = self.arm(
            |cx| {
                if passes {
                    cx.push(Stmt::Assign { var: position, op: Op::Add(position.into(), one()) });
                }
                Maybe::of(Atom::Bool(true), access(cx, at))
            },
            span,
        );
        let none = Lowered { open: Open::default(), value: Maybe::absent(), span };
        let node = syn::Ident::new("next", span);
        self.branch(Selector::Bool(present), vec![None, None], vec![some, none], &node)
    }

    /// The adaptor `name` on `inner`; `None` if it is none.
    pub(super) fn adaptor(&mut self, inner: Iter, call: &syn::ExprMethodCall) -> Option<Value> {
        let name = call.method.to_string();
        let inner = Box::new(inner);
        let iter = match (name.as_str(), call.args.len()) {
            ("iter" | "into_iter" | "fuse" | "peekable", 0) => *inner,
            ("by_ref", 0) => match *inner {
                Iter::Cursor(inner, position) => Iter::Rest(inner, position),
                other => other,
            },
            ("clone", 0) => match *inner {
                Iter::Cursor(inner, _) if inner.may_act() => {
                    return Some(self.stepped_iterator(&call.method));
                }
                Iter::Cursor(inner, position) => {
                    let at = self.freeze(position.into(), call.method.span());
                    Iter::Skip(inner, at)
                }
                other => other,
            },
            ("cycle", 0) => Iter::Cycle(inner),
            ("copied" | "cloned", 0) => Iter::Copied(inner),
            ("enumerate", 0) => Iter::Enumerate(inner),
            ("rev", 0) => reversed(*inner),
            ("flatten", 0) => Iter::Flatten(inner),
            ("skip" | "take" | "step_by", 1) => {
                let n = self.count(call.args.first()?);
                match name.as_str() {
                    "skip" => Iter::Skip(inner, n),
                    "take" => Iter::Take(inner, n),
                    _ => stepped(*inner, n),
                }
            }
            ("zip" | "chain", 1) => {
                let other = call.args.first()?;
                let value = self.expr(other, None);
                if name == "zip" {
                    return Some(match self.iterate_beside(&inner, value, other) {
                        Some(second) => self.zipped(*inner, second, other),
                        None => Value::Poison,
                    });
                }
                match self.iterate(value, other) {
                    Some(second) => Iter::Chain(inner, Box::new(second)),
                    None => return Some(Value::Poison),
                }
            }
            ("scan", 2) => {
                let init = self.expr(call.args.first()?, None);
                let Some(function) = self.function(call.args.last()?) else {
                    return Some(Value::Poison);
                };
                Iter::Scan(inner, Box::new(init), function)
            }
            (
                "map" | "filter" | "filter_map" | "take_while" | "skip_while" | "map_while" | "flat_map"
                | "inspect",
                1,
            ) => {
                let Some(function) = self.function(call.args.first()?) else {
                    return Some(Value::Poison);
                };
                match name.as_str() {
                    "map" => Iter::Map(inner, function),
                    "filter" => Iter::Filter(inner, function),
                    "filter_map" => Iter::FilterMap(inner, function),
                    "take_while" => Iter::TakeWhile(inner, function),
                    "skip_while" => Iter::SkipWhile(inner, function),
                    "map_while" => Iter::MapWhile(inner, function),
                    "flat_map" => Iter::FlatMap(inner, function),
                    _ => Iter::Inspect(inner, function),
                }
            }
            _ => return None,
        };
        Some(Value::Iter(Box::new(iter)))
    }

    pub(super) fn zipped(&mut self, a: Iter, b: Iter, node: &Expr) -> Value {
        if b.takes_from_a_variable() {
            let message =
                "an iterator by reference is understood on the left of `zip` only; exchange the two";
            return self.error(node, message);
        }
        // The right one is asked where the left one has an item; the left one may be asked once more than the right one has items.
        let is_seen = |changed: &&Changed| !changed.is_local || !self.unseen.contains(&changed.name);
        if let Some(Changed { name: seen, .. }) = a.changed().iter().find(is_seen) {
            let message = format!(
                "how often `zip` calls the closure on its left, which changes `{seen}`, is not fixed where the lengths differ; write the loop, or let `{seen}` be used in that closure alone"
            );
            return self.error(node, message);
        }
        Value::Iter(Box::new(Iter::Zip(Box::new(a), Box::new(b))))
    }

    pub(super) fn count(&mut self, expr: &Expr) -> Atom {
        let value = self.expr(expr, None);
        if matches!(value, Value::Never | Value::Poison) {
            return Atom::Undef;
        }
        let atom = self.passive(value, expr);
        self.freeze(atom, expr.span())
    }
}

pub(super) fn reversed(iter: Iter) -> Iter {
    let inside = |inner: Box<Iter>| Box::new(reversed(*inner));
    match iter {
        Iter::Range { lo, hi: Some(hi), inclusive, mut adaptors } => {
            adaptors.push(Adaptor::Rev);
            Iter::Range { lo, hi: Some(hi), inclusive, adaptors }
        }
        Iter::Map(inner, function) => Iter::Map(inside(inner), function),
        Iter::Filter(inner, function) => Iter::Filter(inside(inner), function),
        Iter::FilterMap(inner, function) => Iter::FilterMap(inside(inner), function),
        Iter::Copied(inner) => Iter::Copied(inside(inner)),
        Iter::Chain(a, b) => Iter::Chain(inside(b), inside(a)),
        other => Iter::Rev(Box::new(other)),
    }
}

fn stepped(iter: Iter, n: Atom) -> Iter {
    match iter {
        Iter::Range { lo, hi: Some(hi), inclusive, mut adaptors } => {
            adaptors.push(Adaptor::StepBy(n));
            Iter::Range { lo, hi: Some(hi), inclusive, adaptors }
        }
        other => Iter::StepBy(Box::new(other), n),
    }
}
