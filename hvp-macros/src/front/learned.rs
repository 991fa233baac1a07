//! What a variable holds that starts as `None`, where only what it gets later tells.
//!
//! `let mut best = None; … best = Some([a, b]);`: that the first guess is wrong shows where the variable is assigned. Then the
//! whole function is lowered again, with what was learned.

use std::collections::BTreeMap;
use std::rc::Rc;

use proc_macro2::Span;

use super::lower::Lower;
use super::source::Shape;
use super::table_value;
use super::value::{Fields, Maybe, Num, Value};
use crate::ir::{Atom, Init, Kind, VarId};

/// A variable that starts as `None`.
#[derive(Clone)]
pub(super) struct Start {
    name: String,
    /// No annotation tells its type.
    guessed: bool,
}

/// What is in an `Option`, without its value.
#[derive(Clone)]
pub(super) enum Content {
    Num {
        kind: Kind,
        refs: u8,
    },
    Array(Shape),
    Tuple(Vec<Content>),
    Struct(Rc<Fields>, Vec<Content>),
    /// A `Vec` that starts empty, of tuples or structs.
    List(Box<Content>),
}

/// By the name of the variable. A name that stands for two variables counts for both.
#[derive(Clone, Default)]
pub(super) struct Learned(BTreeMap<String, Content>);

impl Learned {
    pub(super) fn add(&mut self, (name, content): (String, Content)) {
        self.0.insert(name, content);
    }
}

impl Content {
    /// `None` where it cannot be kept in variables.
    fn of(value: &Value) -> Option<Content> {
        let all = |parts: &[Value]| parts.iter().map(Content::of).collect::<Option<Vec<_>>>();
        match value {
            Value::Num(num) => Some(Content::Num { kind: num.kind.clone(), refs: num.refs }),
            Value::Code(code) => match &code.shape {
                Some((refs, shape @ (Shape::Real | Shape::Int | Shape::Bool))) => {
                    Some(Content::Num { kind: shape.kind(), refs: *refs })
                }
                _ => Some(Content::Num { kind: code.kind.clone(), refs: 0 }),
            },
            Value::Ref(_, kind) => Some(Content::Num { kind: kind.clone(), refs: 1 }),
            Value::Array(view) if view.refs == 0 => Some(Content::Array(view.shape.clone())),
            Value::Tuple(parts) => Some(Content::Tuple(all(parts)?)),
            Value::Struct(names, fields) => match &**fields {
                Value::Tuple(parts) => Some(Content::Struct(Rc::clone(names), all(parts)?)),
                _ => None,
            },
            Value::Array(_)
            | Value::Table(_)
            | Value::Option(_)
            | Value::Func(_)
            | Value::Iter(_)
            | Value::Range(_)
            | Value::Late(_)
            | Value::Error(_)
            | Value::Unit
            | Value::Never
            | Value::Poison => None,
        }
    }

    /// Of a type of numbers, arrays of them, and tuples of these and of other types, some of them real.
    pub(super) fn of_shape(shape: &Shape) -> Option<Content> {
        match shape {
            Shape::Real | Shape::Int | Shape::Bool | Shape::Opaque(_) => {
                Some(Content::Num { kind: shape.kind(), refs: 0 })
            }
            Shape::Array(..) | Shape::Vec(_) if super::known::is_number(shape) => {
                Some(Content::Array(shape.clone()))
            }
            Shape::Tuple(parts) if !parts.is_empty() => {
                Some(Content::Tuple(parts.iter().map(Content::of_shape).collect::<Option<_>>()?))
            }
            Shape::Array(..) | Shape::Vec(_) | Shape::Slice(_) | Shape::Tuple(_) => None,
        }
    }

    /// Makes real numbers of the values of unknown type that are real in `other`. Whether there are any.
    fn raise(&mut self, other: &Content) -> bool {
        match (self, other) {
            (Content::Tuple(own), Content::Tuple(others))
            | (Content::Struct(_, own), Content::Struct(_, others)) => {
                own.iter_mut().zip(others).fold(false, |any, (own, other)| own.raise(other) || any)
            }
            (own @ Content::Num { kind: Kind::Opaque, .. }, Content::Num { kind: Kind::Real, .. }) => {
                *own = other.clone();
                true
            }
            _ => false,
        }
    }

    pub(super) fn holds_real(&self) -> bool {
        match self {
            Content::Num { kind, .. } => *kind == Kind::Real,
            Content::Array(shape) => *shape.kind().scalar() == Kind::Real,
            Content::Tuple(parts) | Content::Struct(_, parts) => parts.iter().any(Content::holds_real),
            Content::List(element) => element.holds_real(),
        }
    }
}

/// Whether variables that hold `into` can hold `from`; where they are only `guessed`, a real number is no place for a value of
/// unknown type.
fn fits(into: &Value, from: &Value, guessed: bool) -> bool {
    let all =
        |a: &[Value], b: &[Value]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| fits(a, b, guessed));
    match (into, from) {
        (_, Value::Never | Value::Poison) => true,
        (Value::Num(_), Value::Code(code)) if code.shape.is_some() => {
            match (Content::of(from), into.kind()) {
                (Some(Content::Num { kind, .. }), Some(own)) => kind == *own,
                _ => false,
            }
        }
        (Value::Num(_), from) => match (into.kind(), from.kind()) {
            (Some(Kind::Real | Kind::Int | Kind::Bool), Some(Kind::Opaque)) => !guessed,
            (Some(into), Some(from)) => into == from,
            _ => false,
        },
        (Value::Array(a), Value::Array(b)) => a.refs == b.refs && a.shape.kind() == b.shape.kind(),
        (Value::Tuple(a), Value::Tuple(b)) => all(a, b),
        (Value::Struct(names, a), Value::Struct(others, b)) => names == others && fits(a, b, guessed),
        _ => false,
    }
}

impl Lower<'_> {
    /// `None` under the name `name`, where what it will hold is known from an earlier attempt.
    pub(super) fn learned_none(&mut self, name: &syn::Ident) -> Option<Value> {
        let content = self.learned.0.get(&name.to_string()).cloned()?;
        self.none_of_content(&content, name.span())
    }

    /// `None` where `content` may be; `None` if no variable can hold that.
    pub(super) fn none_of_content(&mut self, content: &Content, span: Span) -> Option<Value> {
        let value = self.undefined(content, span)?;
        Some(Maybe::of(Atom::Bool(false), value))
    }

    /// What is never read before it is assigned.
    fn undefined(&mut self, content: &Content, span: Span) -> Option<Value> {
        Some(match content {
            Content::Num { kind, refs } => {
                Value::Num(Num { atom: Atom::Undef, kind: kind.clone(), refs: *refs })
            }
            Content::Array(shape) => {
                let init = match shape {
                    Shape::Vec(inner) => Init::Empty(self.rows(inner)),
                    fixed => self.zeros(fixed)?,
                };
                Value::Array(self.alloc(shape.clone(), init, span))
            }
            Content::Tuple(parts) => Value::Tuple(self.undefined_parts(parts, span)?),
            Content::List(element) => self.empty_column(element, span)?,
            Content::Struct(names, parts) => {
                let parts = self.undefined_parts(parts, span)?;
                Value::Struct(Rc::clone(names), Box::new(Value::Tuple(parts)))
            }
        })
    }

    fn undefined_parts(&mut self, parts: &[Content], span: Span) -> Option<Vec<Value>> {
        parts.iter().map(|part| self.undefined(part, span)).collect()
    }

    /// An empty `Vec` under the name `name`, of whose elements an earlier attempt has found that they are tuples or structs.
    pub(super) fn learned_list(&mut self, name: &syn::Ident) -> Option<Value> {
        let content = self.learned.0.get(&name.to_string()).cloned()?;
        matches!(content, Content::List(_)).then(|| self.undefined(&content, name.span()))?
    }

    /// Whether `row` is the first element of a `Vec` of which nothing tells that its elements are rows. That is learned.
    pub(super) fn learns_rows(&mut self, list: VarId, row: &Value) -> bool {
        let var = self.func.var(list);
        let (named, name) = (var.named, var.name.clone());
        if !named || table_value::parts_of(row).is_none() || self.learned.0.contains_key(&name) {
            return false;
        }
        let content = Content::of(row).filter(Content::holds_real);
        let new = content.is_some();
        if let Some(content) = content {
            self.found.get_or_insert((name, Content::List(Box::new(content))));
        }
        new
    }

    /// Remembers the variable `name`, which starts as `None`.
    pub(super) fn starts_as_none(&mut self, name: &syn::Ident, annotation: Option<&syn::Type>) {
        let var = match self.scopes.get(&name.to_string()) {
            Some(Value::Option(maybe)) => maybe.present.var(),
            Some(Value::Num(num)) => num.atom.var(),
            _ => None,
        };
        let guessed = annotation.is_none();
        self.nones.extend(var.map(|var| (var, Start { name: name.to_string(), guessed })));
    }

    /// Whether the variable `of`, which is `into`, started as `None` of another content than `from`. What it is instead is learned.
    pub(super) fn learns(&mut self, of: &Atom, into: Option<&Value>, from: &Value) -> bool {
        let start = of.var().and_then(|var| self.nones.get(&var)).cloned();
        let learned = start.as_ref().and_then(|start| self.learned.0.get(&start.name)).cloned();
        let guessed = start.as_ref().is_some_and(|start| start.guessed) && learned.is_none();
        if into.is_some_and(|into| fits(into, from, guessed)) {
            return false;
        }
        let (Some(Start { name, .. }), Some(content)) = (start, Content::of(from)) else {
            return false;
        };
        let (content, new) = match learned {
            Some(mut known) => {
                let new = known.raise(&content);
                (known, new)
            }
            None => {
                let new = into.is_some() || content.holds_real();
                (content, new)
            }
        };
        if new {
            self.found.get_or_insert((name, content));
        }
        new
    }
}
