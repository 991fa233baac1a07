//! The state of lowering: the function being written, the open block, the names in scope.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::spanned::Spanned;

use super::absence::PASSES_OUT;
use super::exchange::Exchanged;
use super::learned::{Content, Learned, Start};
use super::records::Records;
use super::renewed::Renewed;
use super::scope::Scopes;
use super::source::{Scalar, Shape, Source};
use super::table_value::Table;
use super::types::Ty;
use super::unseen::Unseen;
use super::value::{Bounds, Closure, Code, Maybe, Num, Target, Value, View};
use crate::diag::Diag;
use crate::ir::{
    Atom, Block, Func, Init, Kind, LoopId, Op, Opaque, Operand, Place, Slice, SpanId, Stmt, Term, Var, VarId,
};
use crate::neighbours::Neighbours;

/// A loop around the current place, as `break` and `continue` see it.
#[derive(Clone)]
pub(super) struct LoopFrame {
    pub(super) label: Option<String>,
    pub(super) on_break: LoopId,
    /// `None` for a labelled block.
    pub(super) on_continue: Option<LoopId>,
    /// Where `break value` leaves its value: the number of the join under way.
    pub(super) join: usize,
    /// Whether a `break` was met.
    pub(super) broken: bool,
}

/// Where `return` goes.
#[derive(Clone)]
pub(super) enum Exit {
    Function,
    /// Out of an inlined body, which is a loop that runs once.
    Inlined {
        on_return: LoopId,
        join: usize,
    },
    /// Out of a value that is computed on its own (a guard), where there is no way out.
    Nowhere,
}

/// Statements of a block that is not yet closed.
#[derive(Default)]
pub(super) struct Open {
    pub(super) stmts: Vec<Stmt>,
    pub(super) term: Option<Term>,
    /// The end cannot be reached, since all arms of a branch have left.
    pub(super) dead: bool,
}

impl Open {
    pub(super) fn reachable(&self) -> bool {
        self.term.is_none() && !self.dead
    }

    pub(super) fn close(self, otherwise: Term) -> Block {
        Block { stmts: self.stmts, term: self.term.unwrap_or(otherwise) }
    }
}

pub(super) struct Lower<'d> {
    pub(super) func: Func,
    pub(super) source: Source,
    pub(super) diag: &'d mut Diag,
    pub(super) scopes: Scopes,
    pub(super) open: Open,
    pub(super) loops: Vec<LoopFrame>,
    pub(super) exit: Exit,
    /// Where every `return` leaves its value in one array, made before the body: the loop around the body, which they leave, and
    /// their join.
    pub(super) early: Option<(LoopId, usize)>,
    /// Variables that may be assigned after their declaration.
    pub(super) assigned: BTreeSet<VarId>,
    /// Results of `if`, `match` and `break` that are being collected.
    pub(super) joins: Vec<super::join::Join>,
    /// Where values meet of which the first was of unknown type and another is a real number.
    pub(super) raised: BTreeSet<VarId>,
    /// Whether the place that is being lowered is written.
    pub(super) writing: bool,
    /// Nested functions and closures being inlined, against endless recursion.
    pub(super) inlining: Vec<*const Closure>,
    pub(super) depth: usize,
    /// Local arrays declared `mut`.
    pub(super) mutable_arrays: BTreeSet<VarId>,
    /// The names that are assigned as a whole.
    pub(super) renewed: Renewed,
    /// Variables that one closure alone sees.
    pub(super) unseen: Unseen,
    /// Local arrays under such a name.
    pub(super) renewed_arrays: BTreeSet<VarId>,
    /// The names of `Vec`s whose rows are exchanged.
    pub(super) exchanged: Exchanged,
    /// `Vec`s whose rows were made with one length, which is no literal.
    pub(super) uniform: BTreeSet<VarId>,
    /// `Vec`s whose rows are likely to have different lengths.
    pub(super) ragged: BTreeSet<VarId>,
    /// Structs of which the fields and functions are known.
    pub(super) records: Records,
    /// Arrays whose rows are references in the user's types.
    pub(super) borrowed_rows: BTreeSet<VarId>,
    /// Element types of `Vec`s that were made without one, found later.
    pub(super) decided: BTreeMap<VarId, Shape>,
    /// `Vec`s whose element type the first `push` tells.
    pub(super) undecided: BTreeSet<VarId>,
    /// Names that the body changes in place.
    pub(super) in_place: BTreeSet<String>,
    /// Variables of data that the function made, and of what may refer to these.
    pub(super) own_data: BTreeSet<VarId>,
    /// Nested functions, inlined where they are called.
    pub(super) functions: BTreeMap<String, Rc<Closure>>,
    /// Functions of the same module that are inlined where differentiated numbers are passed to them.
    pub(super) helpers: BTreeMap<String, Rc<Closure>>,
    /// Types of integers, as annotations tell.
    pub(super) int_types: BTreeMap<VarId, String>,
    /// The whole body.
    pub(super) text: TokenStream,
    /// Where the facade is, if not at `::hvp`.
    pub(super) krate: Option<syn::Path>,
    pub(super) neighbours: Neighbours,
    /// The user's own bounds of floats.
    pub(super) floats: Vec<syn::Ident>,
    /// Whether what is lowered passes out, so that it may name errors.
    pub(super) errors_pass: bool,
    /// Whether the method call that is lowered next gives an iterator, as what follows it tells.
    pub(super) iterated: bool,
    /// The type of the errors of the inlined function, where it tells.
    pub(super) failure: Option<syn::Type>,
    /// What the closure that is called next must give, where the place tells.
    pub(super) expected: Option<Ty>,
    /// What variables hold that start as `None`, from earlier attempts.
    pub(super) learned: Learned,
    /// What this attempt has found of one more of them.
    pub(super) found: Option<(String, Content)>,
    /// The variables that start as `None`, by name.
    pub(super) nones: BTreeMap<VarId, Start>,
    /// What functions give, by their path, as far as the places tell where they are called.
    pub(super) results_of: BTreeMap<String, Ty>,
    /// Parameters that are references.
    pub(super) by_ref: BTreeSet<VarId>,
    /// Types of passive parameters, as far as the signature tells: references, then the type.
    pub(super) known_shapes: BTreeMap<VarId, (u8, Shape)>,
}

impl<'d> Lower<'d> {
    pub(super) fn new(func: Func, source: Source, diag: &'d mut Diag) -> Lower<'d> {
        Lower {
            func,
            source,
            diag,
            scopes: Scopes::new(),
            open: Open::default(),
            loops: Vec::new(),
            exit: Exit::Function,
            early: None,
            assigned: BTreeSet::new(),
            joins: Vec::new(),
            raised: BTreeSet::new(),
            writing: false,
            inlining: Vec::new(),
            depth: 0,
            mutable_arrays: BTreeSet::new(),
            renewed: Renewed::default(),
            unseen: Unseen::default(),
            renewed_arrays: BTreeSet::new(),
            exchanged: Exchanged::default(),
            uniform: BTreeSet::new(),
            ragged: BTreeSet::new(),
            records: Records::default(),
            borrowed_rows: BTreeSet::new(),
            decided: BTreeMap::new(),
            undecided: BTreeSet::new(),
            in_place: BTreeSet::new(),
            own_data: BTreeSet::new(),
            functions: BTreeMap::new(),
            helpers: BTreeMap::new(),
            int_types: BTreeMap::new(),
            text: TokenStream::new(),
            krate: None,
            neighbours: Neighbours::default(),
            floats: Vec::new(),
            errors_pass: false,
            iterated: false,
            failure: None,
            expected: None,
            learned: Learned::default(),
            found: None,
            nones: BTreeMap::new(),
            results_of: BTreeMap::new(),
            by_ref: BTreeSet::new(),
            known_shapes: BTreeMap::new(),
        }
    }
}

impl Lower<'_> {
    pub(super) fn error(&mut self, node: &impl ToTokens, message: impl std::fmt::Display) -> Value {
        self.diag.error(node, message);
        Value::Poison
    }

    pub(super) fn span(&mut self, span: Span) -> SpanId {
        self.source.add_span(span)
    }

    /// Appends a statement, unless the place cannot be reached.
    pub(super) fn push(&mut self, stmt: Stmt) {
        if self.reachable() {
            self.open.stmts.push(stmt);
        }
    }

    /// Ends the open block.
    pub(super) fn leave(&mut self, term: Term) -> Value {
        if self.reachable() {
            self.open.term = Some(term);
        }
        Value::Never
    }

    pub(super) fn reachable(&self) -> bool {
        self.open.reachable()
    }

    /// Runs `body` with a block of its own and gives that back.
    pub(super) fn nested<R>(&mut self, body: impl FnOnce(&mut Self) -> R) -> (Open, R) {
        let outer = std::mem::take(&mut self.open);
        self.scopes.enter();
        let result = body(self);
        self.scopes.leave();
        (std::mem::replace(&mut self.open, outer), result)
    }

    pub(super) fn fresh(&mut self, name: &str, kind: Kind, named: bool, span: Span) -> VarId {
        let span = self.span(span);
        self.func.fresh(Var { name: name.to_owned(), kind, named, span, element: false })
    }

    /// `let t = op;`
    pub(super) fn temp(&mut self, kind: Kind, op: Op, span: Span) -> Atom {
        let var = self.fresh("t", kind, false, span);
        self.push(Stmt::Let { var, op });
        Atom::Var(var)
    }

    /// `let name = op;`
    pub(super) fn named(&mut self, name: &str, kind: Kind, op: Op, span: Span) -> VarId {
        let var = self.fresh(name, kind, true, span);
        self.push(Stmt::Let { var, op });
        var
    }

    pub(super) fn opaque(&mut self, code: Code) -> Opaque {
        let fragment = self.source.add_fragment(code.tokens);
        self.source.integers.extend(code.integers.map(|integers| (fragment, integers)));
        let operand = |arg: Atom| match arg.var() {
            Some(array) if self.func.kind(array).is_array() => Operand::Array(Slice::whole(array)),
            Some(_) | None => Operand::Atom(arg),
        };
        let args = code.args.into_iter().map(operand).collect();
        Opaque { code: fragment, args, repeatable: code.pure, inert: code.inert }
    }

    /// The operation that evaluates `code`, and the kind of its result.
    pub(super) fn evaluate(&mut self, code: Code) -> (Op, Kind) {
        let kind = code.kind.clone();
        (Op::Opaque(self.opaque(code)), kind)
    }

    pub(super) fn materialize(&mut self, code: Code, span: Span) -> Num {
        let refs = code.shape.as_ref().map_or(0, |(refs, _)| *refs);
        let of_own_data = code.args.iter().any(|arg| self.is_own_data(arg));
        let (op, kind) = self.evaluate(code);
        let atom = self.temp(kind.clone(), op, span);
        if kind == Kind::Opaque && of_own_data {
            self.own_data.extend(atom.var());
        }
        Num { atom, kind, refs }
    }

    /// Whether what a variable holds was made by the function, or may refer to that.
    pub(super) fn is_own_data(&self, atom: &Atom) -> bool {
        atom.var().is_some_and(|var| self.own_data.contains(&var))
    }

    pub(super) fn load(&mut self, target: &Target, kind: &Kind, span: Span) -> Atom {
        match target {
            Target::Slot(var) => Atom::Var(*var),
            Target::Elem(place) => self.temp(kind.clone(), Op::Load(place.clone()), span),
        }
    }

    /// The value as a scalar, whatever its kind; reported at `node` if it is none.
    pub(super) fn scalar(&mut self, value: Value, node: &impl ToTokens) -> Option<Num> {
        let span = node.to_token_stream().span();
        match value {
            Value::Num(num) => Some(num),
            Value::Code(code) => Some(self.materialize(code, span)),
            Value::Ref(target, kind) => {
                let atom = self.load(&target, &kind, span);
                Some(Num { atom, kind, refs: 0 })
            }
            Value::Never | Value::Poison => None,
            Value::Error(_) => {
                self.error(node, PASSES_OUT);
                None
            }
            other @ (Value::Array(_)
            | Value::Tuple(_)
            | Value::Struct(..)
            | Value::Table(_)
            | Value::Option(_)
            | Value::Func(_)
            | Value::Iter(_)
            | Value::Range(_)
            | Value::Late(_)
            | Value::Unit) => {
                self.error(
                    node,
                    format!("this is {}, where a single value is needed; give a number", other.what()),
                );
                None
            }
        }
    }

    /// The value as a real number.
    pub(super) fn real(&mut self, value: Value, node: &impl ToTokens) -> Atom {
        let Some(num) = self.scalar(value, node) else {
            return Atom::Undef;
        };
        match num.kind {
            Kind::Real => num.atom,
            Kind::Opaque => self.temp(Kind::Real, Op::ToReal(num.atom), node.to_token_stream().span()),
            Kind::Int | Kind::Bool => {
                let what = if num.kind == Kind::Int { "an integer" } else { "a Boolean" };
                self.error(
                    node,
                    format!("this is {what}, where a real number is needed; convert it with `as` or `from`"),
                );
                Atom::Undef
            }
            Kind::Tangent | Kind::Array(_) | Kind::Tuple(_) | Kind::Tape | Kind::Pullback => Atom::Undef,
        }
    }

    /// The value as an index, a length or a condition: passed on as it is.
    pub(super) fn passive(&mut self, value: Value, node: &impl ToTokens) -> Atom {
        self.scalar(value, node).map_or(Atom::Undef, |num| num.atom)
    }

    /// A copy of `atom` if the variable may change later.
    pub(super) fn freeze(&mut self, atom: Atom, span: Span) -> Atom {
        match atom.var() {
            Some(var) if self.assigned.contains(&var) => {
                let kind = self.func.kind(var).clone();
                self.temp(kind, Op::Copy(atom), span)
            }
            _ => atom,
        }
    }

    pub(super) fn freeze_place(&mut self, place: Place, span: Span) -> Place {
        let path = place.path.into_iter().map(|atom| self.freeze(atom, span)).collect();
        Place { base: place.base, path }
    }

    pub(super) fn freeze_slice(&mut self, slice: Slice, span: Span) -> Slice {
        let path = slice.path.into_iter().map(|atom| self.freeze(atom, span)).collect();
        let range = slice.range.map(|(lo, hi)| (self.freeze(lo, span), self.freeze(hi, span)));
        Slice { base: slice.base, path, range }
    }

    /// A value that stays the same whatever is assigned later: what Rust copies or moves is a copy, and a reference stays at its
    /// place.
    pub(super) fn freeze_value(&mut self, value: Value, span: Span) -> Value {
        match value {
            Value::Num(num) => Value::Num(Num { atom: self.freeze(num.atom, span), ..num }),
            Value::Code(code) if !code.args.is_empty() || !code.pure => {
                Value::Num(self.materialize(code, span))
            }
            Value::Array(view) => Value::Array(self.freeze_array(view, span)),
            Value::Table(table) => {
                Value::Table(Table { columns: self.freeze_all(table.columns, span), ..table })
            }
            Value::Tuple(parts) => Value::Tuple(self.freeze_all(parts, span)),
            Value::Struct(names, fields) => Value::Struct(names, Box::new(self.freeze_value(*fields, span))),
            Value::Option(maybe) => {
                let present = self.freeze(maybe.present, span);
                let value = self.freeze_value(maybe.value, span);
                Value::Option(Box::new(Maybe { present, value, ..*maybe }))
            }
            Value::Ref(Target::Elem(place), kind) => {
                Value::Ref(Target::Elem(self.freeze_place(place, span)), kind)
            }
            Value::Range(bounds) => {
                let mut end =
                    |end: Option<Box<Value>>| end.map(|end| Box::new(self.freeze_value(*end, span)));
                let (lo, hi) = (end(bounds.lo), end(bounds.hi));
                Value::Range(Bounds { lo, hi, ..bounds })
            }
            other @ (Value::Code(_)
            | Value::Ref(Target::Slot(_), _)
            | Value::Func(_)
            | Value::Iter(_)
            | Value::Late(_)
            | Value::Unit
            | Value::Never
            | Value::Error(_)
            | Value::Poison) => other,
        }
    }

    /// A value whose code, where that may do something, has run, whether or not anyone asks for the value.
    pub(super) fn evaluated(&mut self, value: Value, span: Span) -> Value {
        match value {
            Value::Code(code) if !code.pure && !code.is_place() => {
                let shape = code.shape.clone();
                let num = self.materialize(code, span);
                self.known_shapes.extend(num.atom.var().zip(shape));
                Value::Num(num)
            }
            other => other,
        }
    }

    /// What `clone` gives: arrays that the value owns are made anew, even where nothing is known to change them yet.
    pub(super) fn cloned(&mut self, value: Value, span: Span) -> Value {
        match value {
            Value::Array(view) if view.refs == 0 => {
                let shape = view.shape.clone();
                Value::Array(View { shape, ..self.copy_of(&view, span) })
            }
            Value::Tuple(parts) => {
                Value::Tuple(parts.into_iter().map(|part| self.cloned(part, span)).collect())
            }
            Value::Struct(names, fields) => Value::Struct(names, Box::new(self.cloned(*fields, span))),
            Value::Table(table) => {
                let columns = table.columns.into_iter().map(|column| self.cloned(column, span)).collect();
                Value::Table(Table { columns, ..table })
            }
            other => self.freeze_value(other, span),
        }
    }

    fn freeze_all(&mut self, values: Vec<Value>, span: Span) -> Vec<Value> {
        values.into_iter().map(|value| self.freeze_value(value, span)).collect()
    }

    /// Whether the elements of an array may be assigned.
    pub(super) fn may_change(&self, array: VarId) -> bool {
        self.mutable_arrays.contains(&array) || self.is_written_param(array)
    }

    /// A copy of an array that may change later; a slice keeps the bounds that it has now.
    pub(super) fn freeze_array(&mut self, view: View, span: Span) -> View {
        let base = view.slice.base;
        let view = View { slice: self.freeze_slice(view.slice, span), ..view };
        if !view.fresh && self.may_change(base) && (view.refs == 0 || self.is_borrowed_row(&view.slice)) {
            View { refs: view.refs, ..self.copy_of(&view, span) }
        } else {
            view
        }
    }

    /// Whether `slice` is (a part of) a row that is a reference in the user's types: `rows[i]` of a `Vec<&[f64]>`, which is
    /// kept as a copy of the rows.
    pub(super) fn is_borrowed_row(&self, slice: &Slice) -> bool {
        !slice.path.is_empty() && self.borrowed_rows.contains(&slice.base)
    }

    /// The type of the rows of `array`, of which `row` is one.
    pub(super) fn row_shape(&mut self, array: VarId, row: &View) -> Shape {
        if row.refs == 0 {
            return row.shape.clone();
        }
        self.borrowed_rows.insert(array);
        match &row.shape {
            Shape::Vec(inner) => Shape::Slice(inner.clone()),
            other => other.clone(),
        }
    }

    /// A new local array.
    pub(super) fn alloc(&mut self, shape: Shape, init: Init, span: Span) -> View {
        let var = self.fresh("t", shape.kind(), false, span);
        self.push(Stmt::Alloc { var, init });
        View::fresh(var, shape)
    }

    /// The type parameter that is the scalar type.
    pub(super) fn scalar_param(&self) -> Option<&syn::Ident> {
        match &self.source.signature.scalar {
            Scalar::Param(param) => Some(param),
            Scalar::F64 | Scalar::F32 => None,
        }
    }

    pub(super) fn bind(&mut self, name: &syn::Ident, value: Value) {
        self.scopes.bind(&name.to_string(), value);
    }
}
