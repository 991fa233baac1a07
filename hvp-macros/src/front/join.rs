//! Where the arms of an `if`, a `match` or the `break`s of a loop leave their value.
//!
//! `let y = if c { a } else { b };`  becomes  `t = if c { yield a } else { yield b }`  with `y` bound to `t`;
//! where an arm may also leave by `break`, `continue` or `return`, each arm assigns `t` instead.

use std::collections::BTreeMap;
use std::rc::Rc;

use proc_macro2::Span;
use quote::ToTokens;
use syn::spanned::Spanned;

use super::absence::Absence;
use super::chosen;
use super::dest::{Dest, read};
use super::exits;
use super::lower::{Lower, Open};
use super::source::Shape;
use super::table_value::Table;
use super::value::{Fields, Value, View};
use crate::ir::{Arm, Atom, Block, Branch, Elem, Init, Kind, Len, Op, Pattern, Selector, Stmt, Term, VarId};

/// A join whose arms come one by one: the first decides the kind.
#[derive(Clone, Default)]
pub(super) struct Join {
    pub(super) dest: Option<Dest>,
    /// The memory of the result, which is made before the loop that the arms leave.
    made: Vec<Stmt>,
}

/// An arm that has been lowered.
pub(super) struct Lowered {
    pub(super) open: Open,
    pub(super) value: Value,
    pub(super) span: Span,
}

impl Lower<'_> {
    /// Writes a branch and gives the joint value of its arms. `patterns` stand beside `arms` where it is a `match`.
    pub(super) fn branch(
        &mut self,
        on: Selector,
        patterns: Vec<Option<Pattern>>,
        arms: Vec<Lowered>,
        node: &impl ToTokens,
    ) -> Value {
        let ends = arms.iter().all(|arm| !arm.open.reachable());
        let mut arms = arms;
        if arms.iter().any(|arm| matches!(arm.value, Value::Option(_))) {
            for arm in &mut arms {
                self.arm_as_option(arm);
            }
        }
        self.arms_as_functions(&patterns, &mut arms);
        let values: Vec<Value> = arms.iter().map(|arm| arm.value.clone()).collect();
        let dest = self.dest_for(&values, node);
        let direct = !arms.iter().any(|arm| exits::leaves_open(&arm.open));
        let results = if direct { dest.vars() } else { Vec::new() };
        let blocks: Vec<Block> =
            arms.into_iter().map(|arm| self.close_arm(arm, &dest, direct, node)).collect();
        let arms = patterns.into_iter().zip(blocks).map(|(pattern, body)| Arm { pattern, body }).collect();
        self.push(Stmt::Branch { branch: Branch { on, arms }, results });
        if ends {
            self.open.dead = true;
            return Value::Never;
        }
        read(&dest)
    }

    /// The value of an arm beside one that gives a `Result` or an `Option`.
    fn arm_as_option(&mut self, arm: &mut Lowered) {
        std::mem::swap(&mut self.open, &mut arm.open);
        let value = std::mem::replace(&mut arm.value, Value::Never);
        let node = syn::Ident::new("arm", arm.span);
        let value = self.as_option(value, arm.span);
        arm.value = self.catch(value, &syn::parse_quote!(#node));
        std::mem::swap(&mut self.open, &mut arm.open);
    }

    /// An arm with the assignment of its value, or with its value at its end.
    fn close_arm(&mut self, arm: Lowered, dest: &Dest, direct: bool, node: &impl ToTokens) -> Block {
        let outer = std::mem::replace(&mut self.open, arm.open);
        let mut ops = BTreeMap::new();
        self.deliver(dest, arm.value, arm.span, node, &mut ops);
        let mut yields = Vec::new();
        if direct {
            for var in dest.vars() {
                yields.push(match ops.remove(&var) {
                    None => Atom::Undef,
                    Some(Op::Copy(atom)) => atom,
                    Some(op) => self.temp(self.func.kind(var).clone(), op, arm.span),
                });
            }
        }
        self.assign_all(ops);
        std::mem::replace(&mut self.open, outer).close(Term::Yield(yields))
    }

    fn assign_all(&mut self, ops: BTreeMap<VarId, Op>) {
        for (var, op) in ops {
            self.push(Stmt::Assign { var, op });
        }
    }

    /// Takes in the value of one more `break`.
    pub(super) fn join_one(&mut self, index: usize, value: Value, span: Span, node: &impl ToTokens) {
        let value = self.as_option(value, span);
        let mark = self.open.stmts.len();
        let dest = match self.joins.get(index).and_then(|join| join.dest.clone()) {
            Some(dest) => self.widened(dest, &value, node),
            None => self.first_dest(&value, node),
        };
        let made = self.open.stmts.split_off(mark.min(self.open.stmts.len()));
        if let Some(join) = self.joins.get_mut(index) {
            join.made.extend(made);
            if !matches!(dest, Dest::Never) {
                join.dest = Some(dest.clone());
            }
        }
        let mut ops = BTreeMap::new();
        self.deliver(&dest, value, span, node, &mut ops);
        for (var, op) in &mut ops {
            if *self.func.kind(*var) == Kind::Opaque && !matches!(op, Op::Copy(_)) {
                let value = std::mem::replace(op, Op::Copy(Atom::Undef));
                *op = Op::Copy(self.temp(Kind::Opaque, value, span));
            }
        }
        self.assign_all(ops);
    }

    /// Makes the memory of a result; the loop that gives it follows.
    pub(super) fn make_joined(&mut self, index: usize) {
        let made = self.joins.get_mut(index).map(|join| std::mem::take(&mut join.made));
        self.open.stmts.extend(made.into_iter().flatten());
    }

    /// After `None` comes the first `Some`, which tells what is in it; after a value of unknown type a real number, which tells that
    /// the other is one.
    fn widened(&mut self, dest: Dest, value: &Value, node: &impl ToTokens) -> Dest {
        match (dest, value) {
            (Dest::Num { var, kind: Kind::Opaque, refs }, value) if value.holds_real() => {
                if let Some(info) = self.func.vars.get_mut(var.0 as usize) {
                    info.kind = Kind::Real;
                }
                self.raised.insert(var);
                Dest::Num { var, kind: Kind::Real, refs }
            }
            (Dest::Tuple(dests), Value::Tuple(parts)) if dests.len() == parts.len() => {
                let widened = dests.into_iter().zip(parts).map(|(dest, part)| self.widened(dest, part, node));
                Dest::Tuple(widened.collect())
            }
            (Dest::Struct(names, inner), Value::Struct(_, fields)) => {
                Dest::Struct(names, Box::new(self.widened(*inner, fields, node)))
            }
            (Dest::Option { present, value, absence }, Value::Option(maybe)) => {
                let value = match *value {
                    Dest::Never => self.first_dest(&maybe.value, node),
                    known => self.widened(known, &maybe.value, node),
                };
                let absence = match (absence, &maybe.absence) {
                    (Absence::Held(held), Absence::Held(_) | Absence::Never) => Absence::Held(held),
                    (own, other) => self.absence_dest(&own.joined(other), node),
                };
                Dest::Option { present, value: Box::new(value), absence }
            }
            (dest, _) => dest,
        }
    }

    /// Makes real numbers of the values of unknown type that stand in `raised` variables.
    pub(super) fn convert_raised(&self, block: &mut Block) {
        for stmt in &mut block.stmts {
            if let Stmt::Assign { var, op } = stmt
                && self.raised.contains(var)
                && let Op::Copy(Atom::Var(from)) = op
                && *self.func.kind(*from) == Kind::Opaque
            {
                *op = Op::ToReal(Atom::Var(*from));
            }
            for inner in stmt.blocks_mut() {
                self.convert_raised(inner);
            }
        }
        if let Term::Branch(branch) = &mut block.term {
            for inner in branch.blocks_mut() {
                self.convert_raised(inner);
            }
        }
    }

    /// Where the first of several values goes that come one by one: after a whole slice a part of it may come.
    fn first_dest(&mut self, value: &Value, node: &impl ToTokens) -> Dest {
        let dest = self.dest_for(std::slice::from_ref(value), node);
        self.with_ends(dest, node.to_token_stream().span())
    }

    fn with_ends(&mut self, dest: Dest, span: Span) -> Dest {
        match dest {
            Dest::View { base, path, range: None, shape, refs } if !matches!(shape, Shape::Array(..)) => {
                let range = Some(self.ends(span));
                Dest::View { base, path, range, shape: as_part(&shape), refs }
            }
            Dest::Tuple(dests) => {
                Dest::Tuple(dests.into_iter().map(|dest| self.with_ends(dest, span)).collect())
            }
            Dest::Struct(names, inner) => Dest::Struct(names, Box::new(self.with_ends(*inner, span))),
            Dest::Option { present, value, absence } => {
                Dest::Option { present, value: Box::new(self.with_ends(*value, span)), absence }
            }
            other @ (Dest::Never
            | Dest::Unit
            | Dest::Num { .. }
            | Dest::Table(..)
            | Dest::View { .. }
            | Dest::Func { .. }
            | Dest::Array { .. }) => other,
        }
    }

    /// Variables for where a part begins and ends.
    fn ends(&mut self, span: Span) -> (VarId, VarId) {
        (self.fresh("t", Kind::Int, false, span), self.fresh("t", Kind::Int, false, span))
    }

    pub(super) fn open_join(&mut self) -> usize {
        self.joins.push(Join::default());
        self.joins.len() - 1
    }

    pub(super) fn joined(&self, index: usize) -> Value {
        self.joins.get(index).and_then(|join| join.dest.as_ref()).map_or(Value::Never, read)
    }

    fn dest_for(&mut self, values: &[Value], node: &impl ToTokens) -> Dest {
        let span = node.to_token_stream().span();
        let live: Vec<&Value> =
            values.iter().filter(|value| !matches!(value, Value::Never | Value::Poison)).collect();
        let array = live.iter().find(|value| matches!(value, Value::Array(_)));
        let Some(first) = live.first().map(|first| array.filter(|_| is_data(first)).unwrap_or(first)) else {
            return Dest::Never;
        };
        let dest = match first {
            Value::Unit => live.iter().all(|value| matches!(value, Value::Unit)).then_some(Dest::Unit),
            Value::Num(_) | Value::Code(_) | Value::Ref(..) => self.num_dest(&live, span),
            Value::Tuple(parts) => self.tuple_dest(parts.len(), &live, node),
            Value::Struct(names, _) => self.struct_dest(names, &live, node),
            Value::Table(table) => self.table_dest(table, &live, node),
            Value::Array(view) => self.array_dest(view, &live, span),
            Value::Option(_) => self.option_dest(&live, node),
            Value::Func(_) => self.function_dest(&live, span),
            Value::Iter(_)
            | Value::Range(_)
            | Value::Late(_)
            | Value::Error(_)
            | Value::Never
            | Value::Poison => None,
        };
        dest.unwrap_or_else(|| {
            let what = first.what();
            self.error(node, format!("the arms give {what} that cannot be joined; use it inside each arm"));
            Dest::Never
        })
    }

    fn num_dest(&mut self, live: &[&Value], span: Span) -> Option<Dest> {
        let kinds: Option<Vec<&Kind>> = live.iter().map(|value| value.kind()).collect();
        let kinds = kinds?;
        let first = kinds.first()?;
        let kind = if kinds.contains(&&Kind::Real) {
            Kind::Real
        } else if kinds.iter().all(|kind| kind == first) {
            (*first).clone()
        } else {
            Kind::Opaque
        };
        let refs = match live.first()? {
            Value::Num(num) => num.refs,
            _ => 0,
        };
        let var = self.fresh("t", kind.clone(), false, span);
        Some(Dest::Num { var, kind, refs })
    }

    fn tuple_dest(&mut self, len: usize, live: &[&Value], node: &impl ToTokens) -> Option<Dest> {
        let mut columns = vec![Vec::new(); len];
        for value in live {
            let Value::Tuple(parts) = value else { return None };
            if parts.len() != len {
                return None;
            }
            for (column, part) in columns.iter_mut().zip(parts) {
                column.push(part.clone());
            }
        }
        Some(Dest::Tuple(columns.iter().map(|column| self.dest_for(column, node)).collect()))
    }

    fn struct_dest(&mut self, names: &Rc<Fields>, live: &[&Value], node: &impl ToTokens) -> Option<Dest> {
        let mut values = Vec::new();
        for value in live {
            match value {
                Value::Struct(other, fields) if other == names => values.push((**fields).clone()),
                _ => return None,
            }
        }
        Some(Dest::Struct(Rc::clone(names), Box::new(self.dest_for(&values, node))))
    }

    fn table_dest(&mut self, first: &Table, live: &[&Value], node: &impl ToTokens) -> Option<Dest> {
        let mut columns = vec![Vec::new(); first.columns.len()];
        for value in live {
            let Value::Table(table) = value else { return None };
            if table.columns.len() != columns.len() {
                return None;
            }
            for (column, part) in columns.iter_mut().zip(&table.columns) {
                column.push(part.clone());
            }
        }
        let dests = columns.iter().map(|column| self.dest_for(column, node)).collect();
        Some(Dest::Table(first.rows.clone(), dests))
    }

    fn option_dest(&mut self, live: &[&Value], node: &impl ToTokens) -> Option<Dest> {
        let mut values = Vec::new();
        let mut absence = Absence::Never;
        for value in live {
            let Value::Option(maybe) = value else { return None };
            values.push(maybe.value.clone());
            absence = absence.joined(&maybe.absence);
        }
        let value = Box::new(self.dest_for(&values, node));
        let present = self.fresh("t", Kind::Bool, false, node.to_token_stream().span());
        Some(Dest::Option { present, value, absence: self.absence_dest(&absence, node) })
    }

    /// A variable of its own for what is missing.
    fn absence_dest(&mut self, absence: &Absence, node: &impl ToTokens) -> Absence {
        match absence {
            Absence::Held(_) => {
                Absence::Held(self.fresh("t", Kind::Opaque, false, node.to_token_stream().span()).into())
            }
            Absence::None | Absence::Never => absence.clone(),
        }
    }

    fn array_dest(&mut self, first: &View, live: &[&Value], span: Span) -> Option<Dest> {
        let (data, arrays): (Vec<&Value>, Vec<&Value>) =
            live.iter().copied().partition(|value| is_data(value));
        let passive = !data.is_empty();
        if passive && !(first.shape.is_differentiable() && self.zeros(&first.shape).is_some()) {
            return None;
        }
        let views: Option<Vec<&View>> = arrays
            .iter()
            .map(|value| match value {
                Value::Array(view) => Some(view),
                _ => None,
            })
            .collect();
        let views = views?;
        let same = views.iter().all(|view| {
            view.slice.base == first.slice.base && view.slice.path.len() == first.slice.path.len()
        });
        if same && first.refs > 0 && !passive {
            // A part may stand beside the whole.
            let part = views.iter().find(|view| view.slice.range.is_some());
            return Some(self.view_dest(part.unwrap_or(&first), span));
        }
        if views.iter().any(|view| view.refs > 0) {
            let shared = views.iter().all(|view| view.refs > 0 && !view.mutable) && !passive;
            return shared.then(|| self.copy_dest(&views, span)).flatten();
        }
        let shape = first.shape.clone();
        let zeros = self.zeros(&shape);
        let copied = zeros.is_some();
        let view = self.alloc(shape, zeros.unwrap_or(Init::Empty(Vec::new())), span);
        Some(Dest::Array { view, copied })
    }

    /// What is borrowed of different arrays is copied, since it cannot change while the reference lives.
    fn copy_dest(&mut self, views: &[&View], span: Span) -> Option<Dest> {
        let first = views.first()?;
        if views.iter().any(|view| self.is_borrowed_row(&view.slice)) {
            return None;
        }
        let fixed = |view: &&View| matches!(view.shape, Shape::Array(..));
        let (shape, seen) = if views.iter().all(fixed) {
            (first.shape.clone(), first.shape.clone())
        } else {
            let inner = first.shape.element()?.clone();
            (Shape::vec_of(inner.clone()), Shape::slice_of(inner))
        };
        let zeros = self.zeros(&shape);
        let copied = zeros.is_some();
        if !copied && matches!(shape, Shape::Array(..)) {
            return None;
        }
        let own = self.alloc(shape, zeros.unwrap_or(Init::Empty(Vec::new())), span);
        Some(Dest::Array { view: View { shape: seen, refs: 1, fresh: false, ..own }, copied })
    }

    fn view_dest(&mut self, view: &View, span: Span) -> Dest {
        let path = view.slice.path.iter().map(|_| self.fresh("t", Kind::Int, false, span)).collect();
        let range = view.slice.range.is_some().then(|| self.ends(span));
        Dest::View { base: view.slice.base, path, range, shape: view.shape.clone(), refs: view.refs }
    }

    /// How to make an array of this shape, if its length is a constant.
    pub(super) fn zeros(&mut self, shape: &Shape) -> Option<Init> {
        let Shape::Array(inner, len) = shape else {
            return None;
        };
        let value = match &**inner {
            Shape::Real => Elem::Atom(Atom::real(0.0)),
            Shape::Int => Elem::Atom(Atom::Int("0".to_owned())),
            Shape::Bool => Elem::Atom(Atom::Bool(false)),
            Shape::Slice(_) | Shape::Vec(_) | Shape::Tuple(_) | Shape::Opaque(_) => return None,
            Shape::Array(..) => Elem::Array(self.zeros(inner)?),
        };
        let len = Len::Const(self.source.add_fragment(len.to_token_stream()));
        Some(Init::Repeat { value: Box::new(value), len, vec: false })
    }

    /// Finds what each variable of `dest` gets; arrays are filled at once.
    fn deliver(
        &mut self,
        dest: &Dest,
        value: Value,
        span: Span,
        node: &impl ToTokens,
        ops: &mut BTreeMap<VarId, Op>,
    ) {
        if !self.reachable() {
            return;
        }
        match (dest, value) {
            (_, Value::Never | Value::Poison) | (Dest::Never | Dest::Unit, _) => {}
            (Dest::Num { var, kind, .. }, value) => {
                if let Some(op) = self.op_of(value, kind, node) {
                    ops.insert(*var, op);
                }
            }
            (Dest::Tuple(dests), Value::Tuple(parts)) => {
                for (dest, part) in dests.iter().zip(parts) {
                    self.deliver(dest, part, span, node, ops);
                }
            }
            (Dest::Table(_, dests), Value::Table(table)) => {
                for (dest, part) in dests.iter().zip(table.columns) {
                    self.deliver(dest, part, span, node, ops);
                }
            }
            (Dest::Struct(names, inner), Value::Struct(others, fields)) if *names == others => {
                self.deliver(inner, *fields, span, node, ops);
            }
            (Dest::Option { present, value: inner, absence }, Value::Option(maybe)) => {
                let maybe = self.option_read(*maybe, span);
                ops.insert(*present, Op::Copy(maybe.present));
                if let (Absence::Held(Atom::Var(to)), Absence::Held(from)) = (absence, maybe.absence) {
                    ops.insert(*to, Op::Copy(from));
                }
                self.deliver(inner, maybe.value, span, node, ops);
            }
            (Dest::Func { which, of }, Value::Func(function)) => match chosen::number_of(&function, of) {
                Some(number) => {
                    ops.insert(*which, number);
                }
                None => self.refuse_arm(&Value::Func(function), node),
            },
            (Dest::View { base, path, range, .. }, Value::Array(view))
                if view.slice.base == *base
                    && view.slice.path.len() == path.len()
                    && (range.is_some() || view.slice.range.is_none()) =>
            {
                self.deliver_view(path, *range, &view, span, ops);
            }
            (Dest::Array { view, copied }, Value::Array(from)) => self.fill_array(view, *copied, from, span),
            (Dest::Array { view, copied: true }, value)
                if is_data(&value) && view.shape.is_differentiable() =>
            {
                let code = self.code_of(&value, span);
                match code.map(|code| self.array_from_code(code, &view.shape, node)) {
                    Some(Value::Array(from)) => self.fill_array(view, true, from, span),
                    _ => self.refuse_arm(&value, node),
                }
            }
            (
                Dest::Tuple(_)
                | Dest::Struct(..)
                | Dest::Table(..)
                | Dest::Option { .. }
                | Dest::Func { .. }
                | Dest::View { .. }
                | Dest::Array { .. },
                other,
            ) => self.refuse_arm(&other, node),
        }
    }

    fn refuse_arm(&mut self, value: &Value, node: &impl ToTokens) {
        let what = value.what();
        self.error(node, format!("the arms give {what} and something else; give each the same type"));
    }

    /// The operation whose result is `value` as a scalar of `kind`.
    pub(super) fn op_of(&mut self, value: Value, kind: &Kind, node: &impl ToTokens) -> Option<Op> {
        match value {
            Value::Code(code) if code.kind == *kind => Some(self.evaluate(code).0),
            Value::Ref(super::value::Target::Elem(place), of) if of == *kind => Some(Op::Load(place)),
            other if *kind == Kind::Real => Some(Op::Copy(self.real(other, node))),
            other if other.holds_real() => {
                self.error(
                    node,
                    "the type of this place is not known to the macro; annotate it: `let y: f64 = …`",
                );
                None
            }
            other => self.scalar(other, node).map(|num| Op::Copy(num.atom)),
        }
    }

    fn deliver_view(
        &mut self,
        path: &[VarId],
        range: Option<(VarId, VarId)>,
        view: &View,
        span: Span,
        ops: &mut BTreeMap<VarId, Op>,
    ) {
        for (var, atom) in path.iter().zip(&view.slice.path) {
            ops.insert(*var, Op::Copy(atom.clone()));
        }
        let Some((lo, hi)) = range else { return };
        let (from, to) = match &view.slice.range {
            Some(ends) => ends.clone(),
            None => (Atom::Int("0usize".to_owned()), self.len(view, span)),
        };
        ops.insert(lo, Op::Copy(from));
        ops.insert(hi, Op::Copy(to));
    }

    fn fill_array(&mut self, into: &View, copied: bool, from: View, span: Span) {
        if copied {
            self.push(Stmt::CopySlice { dst: into.slice.clone(), src: from.slice });
            return;
        }
        let from = match (from.fresh, into.refs) {
            (true, _) => from,
            (false, 0) => self.copy_of(&from, span),
            (false, _) => self.copy_as_vec(&from, span),
        };
        self.push(Stmt::Swap { a: into.slice.base, b: from.slice.base });
    }

    /// A new array with the contents of `view`.
    pub(super) fn copy_of(&mut self, view: &View, span: Span) -> View {
        let copy = self.alloc(view.shape.clone(), Init::CopyOf(view.slice.clone()), span);
        let uniform = view.is_whole() && self.uniform.contains(&view.slice.base);
        self.uniform.extend(uniform.then_some(copy.slice.base));
        copy
    }
}

/// Passive data of the user's, which may be an array.
fn is_data(value: &Value) -> bool {
    match value {
        Value::Code(code) => code.kind == Kind::Opaque,
        Value::Num(num) => num.kind == Kind::Opaque,
        _ => false,
    }
}

/// The type of a part of an array of this type.
fn as_part(shape: &Shape) -> Shape {
    shape.element().map_or_else(|| shape.clone(), |inner| Shape::slice_of(inner.clone()))
}
