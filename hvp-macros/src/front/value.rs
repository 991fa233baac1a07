//! What an expression is worth to the front end. Of these only scalars and arrays reach the IR.

use std::ops::Deref;
use std::rc::Rc;

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::quote;

use super::absence::Absence;
use super::chosen::Choice;
use super::iter::Iter;
use super::names;
use super::records::Generics;
use super::scope::Scopes;
use super::source::{Shape, Source};
use super::table_value::Table;
use super::types;
use crate::ir::{Atom, Kind, Place, Slice, VarId};

#[derive(Clone)]
pub(super) enum Value {
    Num(Num),
    Array(View),
    Tuple(Vec<Value>),
    /// A struct by the names of its fields; the values are a tuple.
    Struct(Rc<Fields>, Box<Value>),
    /// An array of tuples or structs.
    Table(Table),
    Code(Code),
    /// `&mut` of a scalar variable or of an element, or `&` of an element not yet read.
    Ref(Target, Kind),
    Option(Box<Maybe>),
    Func(Function),
    Iter(Box<Iter>),
    Range(Bounds),
    /// `let x;`, with the type that is written there.
    Late(Option<Rc<syn::Type>>),
    /// What is in an `Err`, and the variable that holds it, where the place may use it.
    Error(Option<Atom>),
    Unit,
    /// The expression does not come to an end.
    Never,
    /// An error was reported.
    Poison,
}

/// The fields of a struct, and the name of its type.
#[derive(PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) ty: String,
    pub(super) names: Vec<String>,
}

impl Deref for Fields {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.names
    }
}

/// A scalar, under `refs` references in the user's types.
#[derive(Clone)]
pub(super) struct Num {
    pub(super) atom: Atom,
    pub(super) kind: Kind,
    pub(super) refs: u8,
}

/// A part of an array; `refs` counts the references in the user's type, `fresh` marks a temporary that has no name yet.
#[derive(Clone)]
pub(super) struct View {
    pub(super) slice: Slice,
    pub(super) shape: Shape,
    pub(super) refs: u8,
    /// The reference is `&mut`.
    pub(super) mutable: bool,
    pub(super) fresh: bool,
}

impl View {
    pub(super) fn whole(base: VarId, shape: Shape, refs: u8) -> View {
        View { slice: Slice::whole(base), shape, refs, mutable: false, fresh: false }
    }

    pub(super) fn fresh(base: VarId, shape: Shape) -> View {
        View { slice: Slice::whole(base), shape, refs: 0, mutable: false, fresh: true }
    }

    /// The array itself, not a part of it.
    pub(super) fn is_whole(&self) -> bool {
        self.slice.path.is_empty() && self.slice.range.is_none()
    }
}

/// A memory location of a scalar.
#[derive(Clone)]
pub(super) enum Target {
    Slot(VarId),
    Elem(Place),
}

/// `lo..hi`; either end may be missing.
#[derive(Clone)]
pub(super) struct Bounds {
    pub(super) lo: Option<Box<Value>>,
    pub(super) hi: Option<Box<Value>>,
    pub(super) inclusive: bool,
}

/// An `Option` with something in it that the IR knows.
#[derive(Clone)]
pub(super) struct Maybe {
    pub(super) present: Atom,
    pub(super) value: Value,
    /// The value is a shared reference to an element: it is read as soon as it is known to be there.
    pub(super) shared: bool,
    pub(super) absence: Absence,
}

impl Maybe {
    /// An `Option` of the user's.
    pub(super) fn of(present: Atom, value: Value) -> Value {
        Value::Option(Box::new(Maybe { present, value, shared: false, absence: Absence::None }))
    }

    /// `None`
    pub(super) fn absent() -> Value {
        Maybe::of(Atom::Bool(false), Value::Never)
    }

    /// A `Result` or an `Option` with a value in it.
    pub(super) fn there(value: Value) -> Value {
        let present = Atom::Bool(true);
        Value::Option(Box::new(Maybe { present, value, shared: false, absence: Absence::Never }))
    }

    /// A `Result` or an `Option` without a value.
    pub(super) fn missing(absence: Absence) -> Value {
        let present = Atom::Bool(false);
        Value::Option(Box::new(Maybe { present, value: Value::Never, shared: false, absence }))
    }
}

/// Something that can be called and is inlined there.
#[derive(Clone)]
pub(super) enum Function {
    Closure(Rc<Closure>),
    /// A path to a function, such as `f64::max` handed to `fold`.
    Path(Rc<syn::ExprPath>),
    /// One of several, as the arm says that was taken.
    Choice(Rc<Choice>),
}

impl Function {
    /// Whether a call may do more than give a value, as far as names tell.
    pub(super) fn may_act(&self) -> bool {
        match self {
            Function::Closure(closure) => names::may_act(&closure.body),
            Function::Path(path) => names::may_act_by(path),
            Function::Choice(choice) => choice.of.iter().any(Function::may_act),
        }
    }

    /// Whether a call may change a variable that is not the function's own.
    pub(super) fn changes_its_surroundings(&self) -> bool {
        !self.changed().is_empty()
    }

    /// The variables that a call may change and that are not the function's own.
    pub(super) fn changed(&self) -> Vec<Changed> {
        match self {
            Function::Closure(closure) => {
                let variable = |name: &syn::Ident| Changed {
                    is_local: closure.scopes.get(&name.to_string()).is_some_and(is_local),
                    name: name.clone(),
                };
                let changes = names::changes(&closure.body, closure.params.iter().flat_map(names::bound));
                let of_called = |name: &syn::Ident| match closure.scopes.get(&name.to_string()) {
                    Some(Value::Func(function)) => function.changed(),
                    _ => Vec::new(),
                };
                let by_others = changes.called.iter().flat_map(of_called);
                changes.outside.iter().map(variable).chain(by_others).collect()
            }
            Function::Path(_) => Vec::new(),
            Function::Choice(choice) => choice.of.iter().flat_map(Function::changed).collect(),
        }
    }
}

/// A variable that a closure changes.
pub(super) struct Changed {
    pub(super) name: syn::Ident,
    /// It is a number or an array, not a reference to one.
    pub(super) is_local: bool,
}

fn is_local(value: &Value) -> bool {
    match value {
        Value::Num(num) => num.refs == 0 && num.kind != Kind::Opaque,
        Value::Array(view) => view.refs == 0,
        _ => false,
    }
}

/// A closure or nested function with the names that its body sees.
pub(super) struct Closure {
    pub(super) name: Option<syn::Ident>,
    pub(super) params: Vec<syn::Pat>,
    pub(super) body: syn::Expr,
    pub(super) output: syn::ReturnType,
    pub(super) scopes: Scopes,
    pub(super) generics: Generics,
    /// The traits whose structs each parameter takes.
    pub(super) traits: Vec<Vec<String>>,
}

/// A passive expression in the user's tokens, with holes.
#[derive(Clone)]
pub(super) struct Code {
    pub(super) tokens: TokenStream,
    pub(super) args: Vec<Atom>,
    /// No call, no macro, nothing that changes.
    pub(super) pure: bool,
    /// Constant almost everywhere in its arguments.
    pub(super) inert: bool,
    pub(super) kind: Kind,
    /// The type, where it is known.
    pub(super) shape: Option<(u8, Shape)>,
    /// The type of its integers, where these tokens tell it.
    pub(super) integers: Option<String>,
}

impl Code {
    /// Tokens without holes, with the same value each time.
    pub(super) fn constant(tokens: TokenStream, kind: Kind) -> Code {
        Code { tokens, args: Vec::new(), pure: true, inert: false, kind, shape: None, integers: None }
    }

    /// `&data`, `*data`: what a variable might keep too long, or cannot hold.
    pub(super) fn is_place(&self) -> bool {
        let first = self.tokens.clone().into_iter().next();
        matches!(first, Some(TokenTree::Punct(sign)) if ['&', '*'].contains(&sign.as_char()))
    }

    /// Whether it is the word `None`.
    pub(super) fn is_none(&self) -> bool {
        self.args.is_empty() && self.tokens.to_string() == "None"
    }

    /// Known to be an array or a `Vec` of real numbers, by value.
    pub(super) fn is_real_array(&self) -> bool {
        self.shape
            .as_ref()
            .is_some_and(|(refs, shape)| *refs == 0 && shape.is_array() && shape.is_differentiable())
    }

    /// Known to be an array or a `Vec` of what is no number.
    pub(super) fn is_of_data(&self) -> bool {
        self.shape.as_ref().is_some_and(|(_, shape)| shape.is_array() && !shape.is_differentiable())
    }

    /// Known to be a float of another type than the differentiated numbers.
    pub(super) fn is_of_other_float(&self) -> bool {
        matches!(&self.shape, Some((_, Shape::Opaque(ty))) if types::is_float(ty))
    }

    pub(super) fn hole(atom: Atom, kind: Kind, span: Span) -> Code {
        let hole = Source::hole(0, span);
        Code {
            tokens: quote!(#hole),
            args: vec![atom],
            pure: true,
            inert: false,
            kind,
            shape: None,
            integers: None,
        }
    }

    /// Takes in another piece: its arguments are appended, its holes renumbered. Gives its tokens.
    pub(super) fn absorb(&mut self, other: &Code) -> TokenStream {
        let tokens = shift(&other.tokens, self.args.len());
        self.args.extend(other.args.iter().cloned());
        self.pure &= other.pure;
        tokens
    }

    /// An expression of this one alone.
    pub(super) fn wrap(mut self, kind: Kind, wrap: impl FnOnce(&TokenStream) -> TokenStream) -> Code {
        self.tokens = wrap(&self.tokens);
        self.kind = kind;
        self.shape = None;
        self.integers = None;
        self
    }
}

/// An empty piece to [`Code::absorb`] others.
pub(super) fn blank(kind: Kind) -> Code {
    Code::constant(TokenStream::new(), kind)
}

fn shift(tokens: &TokenStream, by: usize) -> TokenStream {
    if by == 0 {
        return tokens.clone();
    }
    let shifted = tokens.clone().into_iter().map(|tree| match tree {
        TokenTree::Ident(ident) => match Source::hole_index(&ident) {
            Some(index) => TokenTree::Ident(Source::hole(index + by, ident.span())),
            None => TokenTree::Ident(ident),
        },
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), shift(&group.stream(), by));
            inner.set_span(group.span());
            TokenTree::Group(inner)
        }
        other @ (TokenTree::Punct(_) | TokenTree::Literal(_)) => other,
    });
    shifted.collect()
}

impl Value {
    pub(super) fn num(atom: Atom, kind: Kind) -> Value {
        Value::Num(Num { atom, kind, refs: 0 })
    }

    pub(super) fn real(atom: Atom) -> Value {
        Value::num(atom, Kind::Real)
    }

    pub(super) fn int(atom: Atom) -> Value {
        Value::num(atom, Kind::Int)
    }

    pub(super) fn boolean(atom: Atom) -> Value {
        Value::num(atom, Kind::Bool)
    }

    /// The kind of a scalar, if this is one.
    pub(super) fn kind(&self) -> Option<&Kind> {
        match self {
            Value::Num(num) => Some(&num.kind),
            Value::Code(code) => Some(&code.kind),
            Value::Ref(_, kind) => Some(kind),
            Value::Array(_)
            | Value::Tuple(_)
            | Value::Struct(..)
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

    pub(super) fn is_real(&self) -> bool {
        self.kind() == Some(&Kind::Real)
    }

    /// Whether a real variable (not a mere constant) is in it.
    pub(super) fn holds_real(&self) -> bool {
        match self {
            Value::Num(num) => num.kind == Kind::Real && num.atom.var().is_some(),
            Value::Ref(_, kind) => *kind == Kind::Real,
            Value::Array(view) => view.shape.is_real(),
            Value::Tuple(parts) => parts.iter().any(Value::holds_real),
            Value::Struct(_, fields) => fields.holds_real(),
            Value::Table(table) => table.columns.iter().any(Value::holds_real),
            Value::Option(maybe) => maybe.value.holds_real(),
            Value::Iter(_) => true,
            Value::Code(_)
            | Value::Func(_)
            | Value::Range(_)
            | Value::Late(_)
            | Value::Error(_)
            | Value::Unit
            | Value::Never
            | Value::Poison => false,
        }
    }

    /// Whether it is the place of a number behind `&mut`, or holds one.
    pub(super) fn refers(&self) -> bool {
        match self {
            Value::Ref(..) => true,
            Value::Tuple(parts) => parts.iter().any(Value::refers),
            Value::Struct(_, fields) => fields.refers(),
            Value::Table(table) => table.columns.iter().any(Value::refers),
            Value::Option(maybe) => maybe.value.refers(),
            Value::Num(_)
            | Value::Code(_)
            | Value::Array(_)
            | Value::Func(_)
            | Value::Iter(_)
            | Value::Range(_)
            | Value::Late(_)
            | Value::Error(_)
            | Value::Unit
            | Value::Never
            | Value::Poison => false,
        }
    }

    /// `None`, as an `Option` that may hold real numbers; any other value as it is.
    pub(super) fn none_as_option(self) -> Value {
        match self {
            Value::Code(code) if code.is_none() => Maybe::absent(),
            other => other,
        }
    }

    /// What the value is, for messages.
    pub(super) fn what(&self) -> &'static str {
        match self {
            Value::Num(num) => match num.kind {
                Kind::Real => "a real number",
                Kind::Int => "an integer",
                Kind::Bool => "a Boolean",
                Kind::Tangent
                | Kind::Opaque
                | Kind::Array(_)
                | Kind::Tuple(_)
                | Kind::Tape
                | Kind::Pullback => "a value of unknown type",
            },
            Value::Array(_) => "an array",
            Value::Tuple(_) => "a tuple",
            Value::Struct(..) => "a struct of differentiated numbers",
            Value::Table(_) => "an array of tuples",
            Value::Code(_) => "a value of unknown type",
            Value::Ref(..) => "a reference",
            Value::Option(_) => "an `Option`",
            Value::Func(_) => "a function",
            Value::Iter(_) => "an iterator",
            Value::Range(_) => "a range",
            Value::Late(_) => "a variable without a value",
            Value::Error(_) => "the error of a call",
            Value::Unit => "`()`",
            Value::Never => "an expression that does not return",
            Value::Poison => "an error",
        }
    }
}
