//! Iterators. They exist here only: a chain becomes counted loops.

use std::cell::RefCell;
use std::rc::Rc;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Pat};

use super::absence::AllThere;
use super::code::mentions;
use super::join::Lowered;
use super::lower::{Lower, Open};
use super::names;
use super::pattern::is_rest;
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
            | Iter::StepBy(inner, _)
            | Iter::Copied(inner) => inner.is_indexed(),
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

/// Whether an iterator of the user's is asked for items and used later, as often as its consumer happens to ask.
fn takes_items(tokens: &TokenStream) -> bool {
    let mut first = tokens.clone().into_iter().take(2).map(|tree| tree.to_string());
    let borrows =
        first.next().is_some_and(|tree| tree == "&") && first.next().is_some_and(|tree| tree == "mut");
    (borrows || mentions(tokens, &["by_ref"])) && !mentions(tokens, &["take", "collect"])
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

    /// References, and the type of the elements, of what is known to be a slice, an array or a `Vec`.
    pub(super) fn elements_of_data(&self, value: &Value) -> Option<(u8, Shape)> {
        let (refs, shape) = match value {
            Value::Code(code) => code.shape.as_ref()?,
            Value::Num(num) => self.known_shapes.get(&num.atom.var()?)?,
            _ => return None,
        };
        Some((*refs, shape.element()?.clone()))
    }

    pub(super) fn iterate_code(&mut self, value: &Value, span: Span) -> Option<Iter> {
        if let Value::Code(code) = value
            && takes_items(&code.tokens)
        {
            self.diag.error_at(
                span,
                "how many items are taken from this iterator is not known here; take a fixed number with `take`, or write the loop",
            );
            return None;
        }
        self.collect_items(value, None, span)
    }

    /// The same of what must be an iterator itself, and not only be made one.
    pub(super) fn iterate_iterator(&mut self, value: &Value, span: Span) -> Option<Iter> {
        let (code, krate) = (self.code_of(value, span)?, self.facade());
        let code = self.with_lender(code, span);
        let code =
            code.wrap(Kind::Opaque, |tokens| quote_spanned!(span=> #krate::__private::iterator(#tokens)));
        self.iterate_code(&Value::Code(code), span)
    }

    /// Whether a value is a variable of the body's, whose items are taken out of it.
    fn is_moved(&self, value: &Value) -> bool {
        match value {
            Value::Num(Num { atom: Atom::Var(var), refs: 0, .. }) => !self.is_param(*var),
            _ => false,
        }
    }

    /// What `zip` asks of `value` beside `inner`.
    pub(super) fn iterate_beside(&mut self, inner: &Iter, value: Value, node: &Expr) -> Option<Iter> {
        let limit = self.length_beside(inner, &value, node);
        match value {
            Value::Num(Num { kind: Kind::Opaque, .. }) | Value::Code(_) if limit.is_some() => {
                self.collect_items(&value, limit, node.to_token_stream().span())
            }
            value => self.iterate(value, node),
        }
    }

    /// All items of an iterator that only rustc knows, or the first `limit` of them.
    fn collect_items(&mut self, value: &Value, limit: Option<Atom>, span: Span) -> Option<Iter> {
        let mut code = self.code_of(value, span)?;
        if let Some((1.., element)) = self.elements_of_data(value) {
            return Some(Iter::Data { code: self.held_data(code, span), element });
        }
        // Numbers are copied out of what is asked again later.
        if let (true, Some((0, element @ (Shape::Real | Shape::Int | Shape::Bool)))) =
            (self.is_moved(value), self.elements_of_data(value))
        {
            let code = code.wrap(Kind::Opaque, |data| quote!((&#data)));
            return Some(Iter::Copied(Box::new(Iter::Data { code, element })));
        }
        code.pure &= !self.is_moved(value);
        code = self.with_lender(code, span);
        let limit = limit.map(|limit| code.absorb(&Code::hole(limit, Kind::Int, span)));
        let take = limit.map(|limit| quote!(.take(#limit)));
        let pure = code.pure;
        let code = code.wrap(Kind::Opaque, |tokens| {
            quote!(::core::iter::Iterator::collect::<::std::vec::Vec<_>>(::core::iter::IntoIterator::into_iter(#tokens) #take))
        });
        let items = self.materialize(Code { pure, ..code }, span);
        Some(Iter::Items(items.atom))
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
            ("peek", None) => match self.advance(inner, position, false, span) {
                Value::Option(maybe) => {
                    let value = referenced(maybe.value);
                    Some(Value::Option(Box::new(Maybe { value, ..*maybe })))
                }
                other => Some(other),
            },
            ("nth", Some(arg)) => {
                let n = self.count(arg);
                self.push(Stmt::Assign { var: position, op: Op::Add(position.into(), n) });
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

    /// How many items `iter` has, where the other side of a `zip` is an iterator that only rustc knows.
    fn length_beside(&mut self, iter: &Iter, other: &Value, node: &Expr) -> Option<Atom> {
        let unknown = matches!(other, Value::Code(_) | Value::Num(Num { kind: Kind::Opaque, .. }));
        let needed = unknown && iter.is_indexed() && !names::is_in_memory(node);
        if needed { self.prepare(iter, node.span())?.1 } else { None }
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

/// `&value`, as the parameter of `function` at `place` takes it apart: a tuple pattern binds references to the components.
pub(super) fn referenced_for(function: &Function, place: usize, value: Value) -> Value {
    match function {
        Function::Closure(closure) => match closure.params.get(place) {
            Some(pat) => referenced_by(pat, value),
            None => referenced(value),
        },
        Function::Path(_) | Function::Choice(_) => referenced(value),
    }
}

fn referenced_by(pat: &Pat, value: Value) -> Value {
    match (pat, value) {
        (Pat::Paren(inner), value) => referenced_by(&inner.pat, value),
        (Pat::Type(typed), value) => referenced_by(&typed.pat, value),
        (Pat::Reference(_), value) => referenced_within(value),
        (Pat::Tuple(tuple), Value::Tuple(parts)) => {
            let named = tuple.elems.len() - usize::from(tuple.elems.iter().any(is_rest));
            let rest = tuple.elems.iter().position(is_rest).unwrap_or(named);
            let skipped = parts.len().saturating_sub(named);
            let by_place = |(at, part): (usize, Value)| {
                let pat =
                    if at < rest { Some(at) } else { (at + 1).checked_sub(skipped).filter(|at| *at > rest) };
                match pat.and_then(|at| tuple.elems.get(at)) {
                    Some(pat) => referenced_by(pat, part),
                    None => referenced(part),
                }
            };
            Value::Tuple(parts.into_iter().enumerate().map(by_place).collect())
        }
        (_, value) => referenced(value),
    }
}

/// `&value`, whose components are known by reference: the pattern `&…` takes these away again.
fn referenced_within(value: Value) -> Value {
    match value {
        Value::Tuple(parts) => Value::Tuple(parts.into_iter().map(referenced_within).collect()),
        other => referenced(other),
    }
}

/// `&value`, as the closures of `filter` and its kin get their item.
pub(super) fn referenced(value: Value) -> Value {
    match value {
        Value::Num(num) => Value::Num(Num { refs: num.refs.saturating_add(1), ..num }),
        Value::Array(view) => Value::Array(View { refs: view.refs.saturating_add(1), ..view }),
        Value::Code(code) => {
            let shape = code.shape.clone().map(|(refs, shape)| (refs.saturating_add(1), shape));
            let kind = code.kind.clone();
            let code = code.wrap(kind, |tokens| quote!(&(#tokens)));
            Value::Code(Code { shape, ..code })
        }
        other => other,
    }
}
