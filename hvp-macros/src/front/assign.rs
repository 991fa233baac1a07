//! Assignments: `x = e`, `x[i] += e`, `(a, b) = (b, a)`.

use proc_macro2::Span;
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{BinOp, Expr, ExprAssign};

use super::absence::Absence;
use super::lower::Lower;
use super::names;
use super::source::Shape;
use super::table_value::Table;
use super::types::Ty;
use super::value::{Code, Maybe, Num, Target, Value, View, blank};
use crate::ir::{Atom, Kind, Op, Slice, Stmt, Update, VarId};

impl Lower<'_> {
    pub(super) fn assign(&mut self, assign: &ExprAssign) -> Value {
        if matches!(names::bare(&assign.left), Expr::Infer(_)) {
            let value = self.expr(&assign.right, None);
            return self.discard(value);
        }
        let value = match self.content_for(assign) {
            Some(content) => {
                let content = self.expr(content, None);
                match content {
                    Value::Never | Value::Poison => content,
                    content => Maybe::of(Atom::Bool(true), self.freeze_value(content, assign.right.span())),
                }
            }
            None => {
                let hint = self.hint_of_place(&assign.left);
                self.expr(&assign.right, hint.as_ref())
            }
        };
        if matches!(value, Value::Never | Value::Poison) {
            return value;
        }
        if value.refers() && !matches!(names::bare(&assign.right), Expr::Unary(_)) {
            return self.error(
                assign,
                "this lets a reference refer to another place, which is not understood; bind a new name with `let`, or keep an index",
            );
        }
        let value = self.before_place(value, &assign.left);
        self.assign_to(&assign.left, value, assign)
    }

    /// What is in `o = Some(…)` of data, where `o` is an `Option` that is taken apart.
    fn content_for<'e>(&self, assign: &'e ExprAssign) -> Option<&'e Expr> {
        let place = self.scopes.get(&names::ident_of(&assign.left)?.to_string())?;
        let (Value::Option(_), Expr::Call(call)) = (place, names::bare(&assign.right)) else { return None };
        let some = names::ident_of(&call.func).is_some_and(|name| name == "Some");
        call.args.first().filter(|_| some && self.is_passive(&assign.right))
    }

    /// The type of a place that already has a value.
    pub(super) fn hint_of_place(&self, left: &Expr) -> Option<Ty> {
        match names::bare(left) {
            Expr::Tuple(tuple) => {
                let part = |elem| self.hint_of_place(elem).map_or(Shape::Real, |ty| ty.shape);
                Some(Ty::guess(Shape::Tuple(tuple.elems.iter().map(part).collect())))
            }
            Expr::Array(array) => Some(Ty::guess(Shape::array_of(Shape::Real, array.elems.len()))),
            Expr::Index(index) if matches!(names::bare(&index.index), Expr::Range(_)) => None,
            Expr::Index(index) => self.hint_of_place(&index.expr)?.shape.element().cloned().map(Ty::value),
            Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Deref(_)) => self.hint_of_place(&unary.expr),
            other => self.hint_of_variable(names::ident_of(other)?),
        }
    }

    fn hint_of_variable(&self, name: &syn::Ident) -> Option<Ty> {
        match self.scopes.get(&name.to_string())? {
            Value::Array(view) => {
                let decided = self.decided.get(&view.slice.base).filter(|_| view.is_whole());
                Some(Ty::value(decided.unwrap_or(&view.shape).clone()))
            }
            Value::Num(num) => match num.kind {
                Kind::Real => Some(Ty::value(Shape::Real)),
                Kind::Int => Some(Ty::value(Shape::Int)),
                Kind::Bool => Some(Ty::value(Shape::Bool)),
                Kind::Opaque
                | Kind::Tangent
                | Kind::Array(_)
                | Kind::Tuple(_)
                | Kind::Tape
                | Kind::Pullback => None,
            },
            _ => None,
        }
    }

    fn assign_to(&mut self, left: &Expr, value: Value, node: &impl ToTokens) -> Value {
        match names::bare(left) {
            Expr::Infer(_) => Value::Unit,
            Expr::Tuple(tuple) => self.destructure(tuple, value, node),
            Expr::Array(array) => self.destructure_array(array, value, node),
            place => self.assign_to_place(place, value, node),
        }
    }

    fn assign_to_place(&mut self, left: &Expr, value: Value, node: &impl ToTokens) -> Value {
        if let Some(name) = names::ident_of(left)
            && let Some(Value::Late(ty)) = self.scopes.get(&name.to_string()).cloned()
        {
            return self.first_value(name, ty.as_deref(), value, node);
        }
        let place = self.place_to_write(left);
        let value = match &place {
            // Their parts are assigned one after another.
            Value::Table(_) | Value::Tuple(_) | Value::Struct(..) | Value::Option(_) => {
                self.freeze_value(value, node.to_token_stream().span())
            }
            _ => value,
        };
        match place {
            Value::Ref(target, kind) => self.assign_target(target, &kind, value, node),
            Value::Array(row) if self.may_change_length(left, &row) => {
                if let Expr::Index(index) = names::bare(left) {
                    self.put_row(&index.expr, &row, value, node);
                }
                Value::Unit
            }
            Value::Array(row) => self.assign_row(left, &row, value, node),
            Value::Table(table) if Self::is_row(left, &table) => self.put_rows(&table, &value, node),
            Value::Table(table) => self.assign_table(&table, &value, node),
            Value::Tuple(parts) => self.assign_tuple(&parts, value, node),
            slots @ Value::Struct(..) => {
                let name = syn::Ident::new("field", node.to_token_stream().span());
                self.store_into(&slots, value, &name);
                Value::Unit
            }
            place @ (Value::Code(_) | Value::Num(_)) => self.assign_code(&place, &value, left, None),
            Value::Option(maybe) => self.assign_option(&maybe, value, node),
            other @ (Value::Never | Value::Poison) => other,
            other @ (Value::Func(_)
            | Value::Iter(_)
            | Value::Range(_)
            | Value::Unit
            | Value::Late(_)
            | Value::Error(_)) => self
                .error(left, format!("{} cannot be assigned to; bind a new name with `let`", other.what())),
        }
    }

    fn destructure(&mut self, tuple: &syn::ExprTuple, value: Value, node: &impl ToTokens) -> Value {
        let parts = match self.freeze_value(value, tuple.span()) {
            Value::Tuple(parts) => parts,
            value @ (Value::Code(_) | Value::Num(Num { kind: Kind::Opaque, .. })) => {
                let Some(parts) = self.parts_of_data(&value, tuple) else { return Value::Poison };
                parts
            }
            _ => {
                return self
                    .error(node, "only a tuple can be taken apart by assignment; bind its parts with `let`");
            }
        };
        for (left, part) in tuple.elems.iter().zip(parts) {
            self.assign_to(left, part, left);
        }
        Value::Unit
    }

    /// The components of a tuple among data, one for each place in `tuple`.
    fn parts_of_data(&mut self, value: &Value, tuple: &syn::ExprTuple) -> Option<Vec<Value>> {
        let span = tuple.span();
        let whole = self.code_of(value, span)?;
        let whole = self.materialize(Code { kind: Kind::Opaque, ..whole }, span).atom;
        let part = |at: usize| {
            let (at, whole) = (syn::Index::from(at), Code::hole(whole.clone(), Kind::Opaque, span));
            Value::Code(whole.wrap(Kind::Opaque, |whole| quote!(#whole.#at)))
        };
        Some((0..tuple.elems.len()).map(part).collect())
    }

    /// `[a, b] = [b, a]`: every element is read before the first is assigned.
    fn destructure_array(&mut self, array: &syn::ExprArray, value: Value, node: &impl ToTokens) -> Value {
        let Value::Array(view) = value else {
            return self.error(
                node,
                format!(
                    "this is {}, where an array is needed; give one, or bind a new name with `let`",
                    value.what()
                ),
            );
        };
        if array.elems.iter().any(|elem| matches!(elem, Expr::Range(_))) {
            return self.error(array, "`..` is not understood on the left of `=`; name each element");
        }
        let span = array.span();
        let parts: Vec<Value> = (0..array.elems.len())
            .map(|at| self.load_element(&view, Atom::Int(at.to_string()), span))
            .collect();
        for (left, part) in array.elems.iter().zip(parts) {
            self.assign_to(left, part, left);
        }
        Value::Unit
    }

    /// The first value of `let x;`.
    fn first_value(
        &mut self,
        name: &syn::Ident,
        ty: Option<&syn::Type>,
        value: Value,
        node: &impl ToTokens,
    ) -> Value {
        let Some(kind) = value.kind().cloned() else {
            if let Value::Array(view) = &value
                && view.fresh
                && self.scopes.is_own(&name.to_string())
            {
                self.rename(view.slice.base, name);
                self.mutable_arrays.insert(view.slice.base);
                self.renewed_arrays.insert(view.slice.base);
                self.scopes.rebind(&name.to_string(), Value::Array(View { fresh: false, ..view.clone() }));
                return Value::Unit;
            }
            return self
                .error(name, "only a number can get its first value after `let`; give it one in the `let`");
        };
        let var = self.fresh(&name.to_string(), kind.clone(), true, name.span());
        if let Some(op) = self.op_of(value, &kind, node) {
            self.push(Stmt::Assign { var, op });
        }
        self.assigned.insert(var);
        let mut own = Value::num(var.into(), kind);
        if let Some(ty) = ty {
            self.learn_integers(ty, &mut own);
        }
        self.scopes.rebind(&name.to_string(), own);
        Value::Unit
    }

    pub(super) fn assign_target(
        &mut self,
        target: Target,
        kind: &Kind,
        value: Value,
        node: &impl ToTokens,
    ) -> Value {
        match target {
            Target::Slot(var) => {
                let value = self.like_other_float(var, value);
                if *kind == Kind::Opaque && value.is_real() {
                    return self.ask_type(var, node);
                }
                if let (Kind::Opaque, Value::Option(maybe)) = (kind, &value) {
                    if self.learns(&var.into(), None, &maybe.value) {
                        return Value::Poison;
                    }
                    if maybe.value.holds_real() {
                        let message = "what is kept here beside differentiated numbers is of a type that no variable starts with; keep its index, or each part in a variable of its own";
                        return self.error(node, message);
                    }
                }
                if let Some(op) = self.op_of(value, kind, node) {
                    self.push(Stmt::Assign { var, op });
                }
            }
            Target::Elem(place) => {
                let value = self.element_atom(value, kind, node);
                self.push(Stmt::Store { place, value, update: Update::Set });
            }
        }
        Value::Unit
    }

    pub(super) fn ask_type(&mut self, var: VarId, node: &impl ToTokens) -> Value {
        let name = self.func.var(var).name.clone();
        self.error(
            node,
            format!("the type of `{name}` is not known to the macro; annotate it: `let mut {name}: f64 = …`"),
        )
    }

    /// What stands for a value that is missing, in a variable that may be assigned.
    fn assign_absence(&mut self, into: &Absence, from: Absence, node: &impl ToTokens) {
        match (into, from) {
            (Absence::Held(Atom::Var(var)), Absence::Held(held)) => {
                self.push(Stmt::Assign { var: *var, op: Op::Copy(held) });
            }
            (Absence::Held(Atom::Var(var)), Absence::None) => {
                let none = quote!(::core::option::Option::Some(::core::option::Option::None));
                let none = self.opaque(Code::constant(none, Kind::Opaque));
                self.push(Stmt::Assign { var: *var, op: Op::Opaque(none) });
            }
            (Absence::Never, Absence::Held(_)) => {
                self.error(node, "a variable that starts as `Ok(…)` does not take an error; give it its value in one `let`");
            }
            (Absence::None | Absence::Held(_), _) | (Absence::Never, Absence::None | Absence::Never) => {}
        }
    }

    pub(super) fn assign_option(&mut self, into: &Maybe, value: Value, node: &impl ToTokens) -> Value {
        let called = syn::Ident::new("called", node.to_token_stream().span());
        let value = self.as_option(value, called.span());
        let value = self.catch(value, &syn::parse_quote!(#called));
        let Value::Option(from) = value else {
            return self.error(
                node,
                format!(
                    "this is {}, where an `Option` is needed; write `Some(…)`, or bind a new name with `let`",
                    value.what()
                ),
            );
        };
        if self.learns(&into.present, Some(&into.value), &from.value) {
            return Value::Poison;
        }
        let from = self.option_read(*from, called.span());
        if let Some(present) = into.present.var() {
            self.push(Stmt::Assign { var: present, op: Op::Copy(from.present) });
        }
        self.assign_absence(&into.absence, from.absence, node);
        self.store_into(&into.value, from.value, &called);
        Value::Unit
    }

    pub(super) fn assign_tuple(&mut self, parts: &[Value], value: Value, node: &impl ToTokens) -> Value {
        let value = self.freeze_value(value, node.to_token_stream().span());
        let Value::Tuple(values) = value else {
            return self.error(
                node,
                format!(
                    "this is {}, where a tuple is needed; give one, or bind a new name with `let`",
                    value.what()
                ),
            );
        };
        for (part, value) in parts.iter().zip(values) {
            match (part, value) {
                (Value::Num(num), value)
                    if num.atom.var().is_some_and(|var| self.assigned.contains(&var)) =>
                {
                    if let Some(var) = num.atom.var() {
                        self.assign_target(Target::Slot(var), &num.kind, value, node);
                    }
                }
                (Value::Array(view), value) => {
                    self.assign_array(view, value, node);
                }
                (Value::Ref(target, kind), value) => {
                    self.assign_target(target.clone(), kind, value, node);
                }
                (Value::Table(table), value) => {
                    self.assign_table(table, &value, node);
                }
                (Value::Tuple(inner), value) => {
                    self.assign_tuple(inner, value, node);
                }
                (slots @ (Value::Struct(..) | Value::Option(_)), value) => {
                    let name = syn::Ident::new("part", node.to_token_stream().span());
                    self.store_into(slots, value, &name);
                }
                (other, _) => {
                    let message = format!(
                        "{} in a tuple cannot be assigned; keep it in a variable of its own",
                        other.what()
                    );
                    self.error(node, message);
                }
            }
        }
        Value::Unit
    }

    pub(super) fn assign_table(&mut self, table: &Table, value: &Value, node: &impl ToTokens) -> Value {
        if !self.fits(&table.rows, value, node) {
            return Value::Poison;
        }
        match value {
            Value::Table(from) if from.columns.len() == table.columns.len() => {
                self.assign_tuple(&table.columns, Value::Tuple(from.columns.clone()), node)
            }
            other => self.error(
                node,
                format!(
                    "this is {}, where an array of tuples is needed; give one, or bind a new name with `let`",
                    other.what()
                ),
            ),
        }
    }

    /// `row = [a, b]`, `buffer = next_buffer`.
    pub(super) fn assign_array(&mut self, view: &View, value: Value, node: &impl ToTokens) -> Value {
        let span = node.to_token_stream().span();
        let Value::Array(from) = value else {
            return match value {
                Value::Never | Value::Poison => value,
                other => self.error(
                    node,
                    format!(
                        "this is {}, where an array is needed; give one, or bind a new name with `let`",
                        other.what()
                    ),
                ),
            };
        };
        if from.refs > 0 || view.refs > 0 {
            return self.assign_slice(view, &from, node);
        }
        let whole = view.is_whole() && !self.by_ref.contains(&view.slice.base);
        let fixed = matches!(view.shape, Shape::Array(..));
        let movable = match (&view.shape, &from.shape) {
            (_, Shape::Vec(_)) => true,
            (Shape::Vec(_), _) => false,
            _ => from.fresh,
        };
        if whole && !fixed && movable && from.is_whole() && !self.is_param(from.slice.base) {
            self.push(Stmt::Swap { a: view.slice.base, b: from.slice.base });
        } else if whole && !fixed {
            let vec = matches!(view.shape, Shape::Vec(_));
            let from = if vec { self.copy_as_vec(&from, span) } else { self.copy_of(&from, span) };
            self.push(Stmt::Swap { a: view.slice.base, b: from.slice.base });
        } else {
            self.copy_between(&view.slice, &from, span);
        }
        Value::Unit
    }

    /// `rest = &rest[1..]`: another part of the same array.
    fn assign_slice(&mut self, view: &View, from: &View, node: &impl ToTokens) -> Value {
        let span = node.to_token_stream().span();
        let variable = |cx: &Self, atom: &Atom| atom.var().filter(|var| cx.assigned.contains(var));
        let slots: Option<Vec<VarId>> = view
            .slice
            .path
            .iter()
            .chain(view.slice.range.iter().flat_map(|(lo, hi)| [lo, hi]))
            .map(|atom| variable(self, atom))
            .collect();
        let fits = view.refs > 0
            && from.refs > 0
            && view.slice.base == from.slice.base
            && view.slice.path.len() == from.slice.path.len()
            && (view.slice.range.is_some() || from.slice.range.is_none());
        let (Some(slots), true) = (slots.filter(|slots| !slots.is_empty()), fits) else {
            let name = self.func.var(view.slice.base).name.clone();
            let message = format!(
                "a slice variable holds parts of one array, here of `{name}`; bind another name with `let`, or copy into an array"
            );
            return self.error(node, message);
        };
        let from_slice = self.freeze_slice(from.slice.clone(), span);
        let mut atoms = from_slice.path.clone();
        if view.slice.range.is_some() {
            match from_slice.range {
                Some((lo, hi)) => atoms.extend([lo, hi]),
                None => {
                    let len = self.len(from, span);
                    atoms.extend([Atom::Int("0".to_owned()), len]);
                }
            }
        }
        for (var, atom) in slots.into_iter().zip(atoms) {
            self.push(Stmt::Assign { var, op: Op::Copy(atom) });
        }
        Value::Unit
    }

    /// `dst.copy_from_slice(src)`; two parts of one array are kept apart by a copy.
    pub(super) fn copy_between(&mut self, dst: &Slice, src: &View, span: Span) {
        let src = if src.slice.base == dst.base { self.copy_of(src, span).slice } else { src.slice.clone() };
        self.push(Stmt::CopySlice { dst: dst.clone(), src });
    }

    pub(super) fn is_param(&self, var: VarId) -> bool {
        self.func.params.iter().any(|param| param.var == var)
    }

    /// Whether a place is a part of data that the user's own code changes: of a variable, or of a field that is one.
    pub(super) fn is_changing(&self, place: &Expr) -> bool {
        let held = match names::bare(place) {
            Expr::Path(path) => path.path.get_ident().and_then(|name| self.scopes.get(&name.to_string())),
            Expr::Field(field) => match self.field_among(field) {
                Some(field) => Some(field),
                None => return self.is_changing(&field.base),
            },
            Expr::Index(index) => return self.is_changing(&index.expr),
            Expr::Unary(unary) => return self.is_changing(&unary.expr),
            Expr::MethodCall(call) => return self.is_changing(&call.receiver),
            _ => None,
        };
        let changes = |atom: &Atom| atom.var().is_some_and(|var| self.source.changing.contains(&var));
        match held {
            Some(Value::Num(num)) => changes(&num.atom),
            // A reference that is found again.
            Some(Value::Code(code)) => !code.pure && code.args.iter().any(changes),
            _ => false,
        }
    }

    /// A field of a struct that is taken apart.
    fn field_among(&self, field: &syn::ExprField) -> Option<&Value> {
        let whole = match names::bare(&field.base) {
            Expr::Field(base) => self.field_among(base)?,
            base => self.scopes.get(&names::ident_of(base)?.to_string())?,
        };
        let (Value::Struct(names, fields), name) = (whole, field.member.to_token_stream().to_string()) else {
            return None;
        };
        let Value::Tuple(parts) = &**fields else { return None };
        names.iter().position(|known| *known == name).and_then(|at| parts.get(at))
    }

    /// Passive state that the user's own code changes in place.
    pub(super) fn assign_code(
        &mut self,
        place: &Value,
        value: &Value,
        left: &Expr,
        op: Option<&BinOp>,
    ) -> Value {
        if !self.is_changing(left) {
            return self.error(
                left,
                "this is not known to be a mutable local variable or `&mut` parameter; assign to one",
            );
        }
        if value.is_real() && value.holds_real() {
            return self.error(left, "the type of this place is not known, so a real number cannot be stored in it; use an array or a variable");
        }
        let span = left.span();
        let (Some(place), Some(value)) = (self.code_of(place, span), self.code_of(value, span)) else {
            return self.error(
                left,
                "this value cannot be stored in data of unknown type; keep it in a variable or an array",
            );
        };
        let mut code = blank(Kind::Opaque);
        let (place, value) = (code.absorb(&place), code.absorb(&value));
        code.pure = false;
        let tokens = op.map_or_else(|| quote!(#place = #value), |op| quote!(#place #op #value));
        let effect = self.opaque(Code { tokens, ..code });
        self.push(Stmt::Effect(effect));
        Value::Unit
    }

    /// What is assigned, which the indices of the place may change: they are evaluated after it.
    pub(super) fn before_place(&mut self, value: Value, left: &Expr) -> Value {
        if names::may_assign(left) { self.freeze_value(value, left.span()) } else { value }
    }
}
