//! `collect`

use proc_macro2::Span;
use quote::quote;
use syn::{Expr, ExprMethodCall, Type};

use super::expr::scalar_shape;
use super::iter::{Iter, zero};
use super::lower::Lower;
use super::names;
use super::source::Shape;
use super::table_value::{self, Rows, Table};
use super::types::{self, Ty};
use super::value::{Code, Num, Value, View};
use crate::ir::{Atom, Elem, Init, Kind, Len, Op, Operand, Stmt, Update, VarId};

impl Lower<'_> {
    pub(super) fn collect(&mut self, iter: &Iter, call: &ExprMethodCall, wanted: Option<Ty>) -> Value {
        let span = call.method.span();
        let wanted = wanted.map(|ty| self.unboxed(ty));
        if let Some(Ty { shape: Shape::Opaque(ty), .. }) = &wanted
            && types::argument_of(ty, "Vec").is_none()
        {
            return self
                .error(&call.method, "numbers are collected into a `Vec` only; write `collect::<Vec<_>>()`");
        }
        let element = wanted.and_then(|ty| ty.element().cloned());
        let told = match &element {
            Some(Shape::Opaque(ty)) if self.is_data_type(ty) => Some((**ty).clone()),
            _ => self.data_mapped_to(&call.receiver),
        };
        if let Some(ty) = told {
            return self.collect_data(iter, ty, span);
        }
        self.collect_into(iter, element.filter(|shape| !matches!(shape, Shape::Opaque(_))), span)
    }

    /// The type of the items of `….map(f)`, if `f` gives data.
    fn data_mapped_to(&self, items: &Expr) -> Option<Type> {
        let Expr::MethodCall(call) = names::bare(items) else { return None };
        match names::bare(call.args.first().filter(|_| call.method == "map")?) {
            Expr::Closure(closure) => self.data_type(&closure.body),
            Expr::Path(path) => self.data_given_by(path),
            _ => None,
        }
    }

    /// Items of data, which may be chosen by what is differentiated.
    fn collect_data(&mut self, iter: &Iter, ty: Type, span: Span) -> Value {
        let node = syn::Ident::new("collect", span);
        let new = self.opaque(Code::constant(quote!(::std::vec::Vec::new()), Kind::Opaque));
        let items = self.fresh("items", Kind::Opaque, false, span);
        self.push(Stmt::Let { var: items, op: Op::Opaque(new) });
        self.source.changing.insert(items);
        self.drive(iter, span, &mut |cx, item, _| {
            cx.append_data(items, &item, &node);
        });
        let whole = self.temp(Kind::Opaque, Op::Copy(items.into()), span);
        let shape = Shape::vec_of(Shape::Opaque(Box::new(ty)));
        self.known_shapes.extend(whole.var().map(|var| (var, (0, shape))));
        Value::num(whole, Kind::Opaque)
    }

    /// A `Box<[f64]>` is kept as a `Vec`.
    fn unboxed(&self, ty: Ty) -> Ty {
        let Shape::Opaque(boxed) = &ty.shape else { return ty };
        match types::argument_of(boxed, "Box")
            .map(|inner| types::read(inner, &self.source.signature.scalar).shape)
        {
            Some(Shape::Slice(element)) => Ty { shape: Shape::Vec(element), ..ty },
            _ => ty,
        }
    }

    /// Pairs into two `Vec`s.
    pub(super) fn unzip(&mut self, iter: &Iter, call: &ExprMethodCall, hint: Option<&Ty>) -> Value {
        let span = call.method.span();
        let (a, b) = (self.two_vecs(hint, 0, span), self.two_vecs(hint, 1, span));
        self.drive(iter, span, &mut |cx, item, _| match item {
            Value::Tuple(parts) => {
                for (view, part) in [&a, &b].into_iter().zip(parts) {
                    cx.append(view, part, &call.method);
                }
            }
            Value::Never | Value::Poison => {}
            other => {
                cx.error(
                    &call.method,
                    format!(
                        "this is {}, where a pair is needed; let the closure give `(a, b)`",
                        other.what()
                    ),
                );
            }
        });
        Value::Tuple(vec![Value::Array(a), Value::Array(b)])
    }

    /// What a predicate holds of, and the rest.
    pub(super) fn partition(
        &mut self,
        iter: &Iter,
        call: &ExprMethodCall,
        hint: Option<&Ty>,
    ) -> Option<Value> {
        let span = call.method.span();
        let function = self.function(call.args.first()?)?;
        let at = self.open.stmts.len();
        let (a, b) = (self.two_vecs(hint, 0, span), self.two_vecs(hint, 1, span));
        let (mut held, mut rest) = (None, None);
        self.drive(iter, span, &mut |cx, item, _| {
            let cond = cx.asked(&function, item.clone(), span);
            let again = item.clone();
            if table_value::columns_of(&item).is_some() {
                let held = |cx: &mut Lower<'_>| cx.collect_row(&mut held, item, &call.method);
                return cx.when(cond, span, held, |cx| cx.collect_row(&mut rest, again, &call.method));
            }
            cx.when(
                cond,
                span,
                |cx| cx.append(&a, item, &call.method),
                |cx| cx.append(&b, again, &call.method),
            );
        });
        let (Some(held), Some(rest)) = (held, rest) else {
            return Some(Value::Tuple(vec![Value::Array(a), Value::Array(b)]));
        };
        // The second first, since each takes the place of one statement.
        let rest = self.collected_rows(&rest, at + 1);
        Some(Value::Tuple(vec![self.collected_rows(&held, at), rest]))
    }

    /// An empty `Vec` of the type that the hint, a pair, has at `index`.
    fn two_vecs(&mut self, hint: Option<&Ty>, index: usize, span: Span) -> View {
        let element = match hint.map(|ty| &ty.shape) {
            Some(Shape::Tuple(parts)) => parts.get(index).and_then(Shape::element).cloned(),
            _ => None,
        };
        let known = element.filter(|shape| matches!(shape, Shape::Real | Shape::Int | Shape::Bool));
        let decided = known.is_some();
        let view = self.alloc(Shape::vec_of(known.unwrap_or(Shape::Real)), Init::Empty(Vec::new()), span);
        if !decided {
            self.undecided.insert(view.slice.base);
        }
        view
    }

    /// With a known length the array is made at once and filled; else it grows.
    pub(super) fn collect_into(&mut self, iter: &Iter, element: Option<Shape>, span: Span) -> Value {
        let node = syn::Ident::new("collect", span);
        let var = self.fresh("t", Kind::array(Kind::Real), false, span);
        let prepared = if iter.is_indexed() { self.prepare(iter, span) } else { None };
        let at = self.open.stmts.len();
        self.push(Stmt::Alloc { var, init: Init::Empty(Vec::new()) });
        let mut shape = element;
        let mut rows = None;
        if let Some((access, Some(len))) = prepared {
            let mut init = None;
            self.ranged(zero(), len.clone(), false, Vec::new(), span, |cx, _, index| {
                let item = access(cx, index.clone());
                if table_value::columns_of(&item).is_some() {
                    return cx.collect_row(&mut rows, item, &node);
                }
                init = cx.fill_item(var, index, item, &mut shape, &node);
            });
            if let (Some(value), Some(Stmt::Alloc { init, .. })) = (init, self.open.stmts.get_mut(at)) {
                *init = Init::Repeat { value: Box::new(value), len: Len::Value(len), vec: true };
            }
        } else {
            self.drive(iter, span, &mut |cx, item, _| {
                if table_value::columns_of(&item).is_some() {
                    return cx.collect_row(&mut rows, item, &node);
                }
                if let Value::Array(row) = item {
                    let own = cx.row_shape(var, &row);
                    shape.get_or_insert(own);
                    cx.push(Stmt::VecPush { array: var, value: Operand::Array(row.slice) });
                    return;
                }
                let kind = item.kind().cloned();
                let Some(kind) = shape.as_ref().map(Shape::kind).or(kind) else {
                    if !matches!(item, Value::Never | Value::Poison) {
                        cx.error(&node, "arrays of a number not known before cannot be collected; make a `Vec` of the right size and fill it");
                    }
                    return;
                };
                shape.get_or_insert_with(|| scalar_shape(&kind));
                let value = cx.element_atom(item, &kind, &node);
                cx.push(Stmt::VecPush { array: var, value: Operand::Atom(value) });
            });
        }
        if let Some(table) = rows {
            return self.collected_rows(&table, at);
        }
        let shape = Shape::vec_of(shape.unwrap_or(Shape::Real));
        self.set_kind(var, shape.kind());
        Value::Array(View::fresh(var, shape))
    }

    /// The columns are made where statement `at` made one array.
    pub(super) fn collected_rows(&mut self, table: &Table, at: usize) -> Value {
        let mut made: Vec<Stmt> = table_value::bases(table)
            .into_iter()
            .map(|var| Stmt::Alloc { var, init: Init::Empty(Vec::new()) })
            .collect();
        let columns = table.columns.iter().map(|column| self.collected_column(column, &mut made)).collect();
        self.open.stmts.splice(at..=at, made);
        Value::Table(Table { columns, rows: table.rows.clone() })
    }

    /// A column of data becomes a value, which stays the same.
    fn collected_column(&mut self, column: &Value, made: &mut Vec<Stmt>) -> Value {
        let Value::Num(Num { atom: Atom::Var(items), .. }) = column else { return column.clone() };
        let (items, span) = (*items, Span::call_site());
        let new = self.opaque(Code::constant(quote!(::std::vec::Vec::new()), Kind::Opaque));
        made.push(Stmt::Let { var: items, op: Op::Opaque(new) });
        let whole = self.temp(Kind::Opaque, Op::Copy(items.into()), span);
        let shape = self.known_shapes.get(&items).cloned();
        self.known_shapes.extend(whole.var().zip(shape));
        Value::num(whole, Kind::Opaque)
    }

    /// Appends a row to the columns, which the first row tells.
    pub(super) fn collect_row(&mut self, rows: &mut Option<Table>, item: Value, node: &syn::Ident) {
        let table = rows.get_or_insert_with(|| self.columns_like(&item, node.span())).clone();
        let expr: Expr = syn::parse_quote!(#node);
        self.append_row(&table, item, &expr);
    }

    /// Columns of unknown types for rows like `row`; their memory is made by the caller.
    fn columns_like(&mut self, row: &Value, span: Span) -> Table {
        let (parts, rows) = table_value::columns_of(row).unwrap_or_default();
        let columns = parts.iter().enumerate().map(|(index, part)| {
            if table_value::columns_of(part).is_some() {
                return Value::Table(self.columns_like(part, span));
            }
            if let Some(ty) = self.data_field(&rows, index).filter(|_| part.kind() == Some(&Kind::Opaque)) {
                let items = self.fresh("items", Kind::Opaque, false, span);
                self.source.changing.insert(items);
                self.known_shapes.insert(items, (0, Shape::vec_of(Shape::Opaque(Box::new(ty)))));
                return Value::num(items.into(), Kind::Opaque);
            }
            let var = self.fresh("t", Kind::array(Kind::Real), false, span);
            self.undecided.insert(var);
            Value::Array(View::fresh(var, Shape::vec_of(Shape::Real)))
        });
        Table { columns: columns.collect(), rows }
    }

    /// The type of a field that is declared as data.
    fn data_field(&self, rows: &Rows, index: usize) -> Option<Type> {
        let fields = rows.names.as_ref()?;
        let name = fields.names.get(index)?;
        self.records.type_of(&fields.ty, name).filter(|ty| self.is_data_type(ty)).cloned()
    }

    /// Puts `item` behind the data that the variable `items` holds.
    pub(super) fn append_data(&mut self, items: VarId, item: &Value, node: &syn::Ident) {
        let span = node.span();
        let Some(piece) = self.code_of(item, span) else {
            self.error(node, format!("{} cannot be collected as data; collect numbers apart", item.what()));
            return;
        };
        let mut code = Code::hole(items.into(), Kind::Opaque, span);
        let piece = code.absorb(&piece);
        let code = code.wrap(Kind::Opaque, |items| quote!(#items.push(#piece)));
        let effect = self.opaque(Code { pure: false, ..code });
        self.push(Stmt::Effect(effect));
    }

    /// Stores `item` at `index`; gives what the array must be filled with at first.
    pub(super) fn fill_item(
        &mut self,
        array: VarId,
        index: Atom,
        item: Value,
        shape: &mut Option<Shape>,
        node: &syn::Ident,
    ) -> Option<Elem> {
        let span = node.span();
        if let Value::Array(row) = item {
            let own = self.row_shape(array, &row);
            let elem = match shape {
                Some(known) if known.is_array() => known.clone(),
                _ => own,
            };
            *shape = Some(elem.clone());
            let Some(zeros) = self.row_of_zeros(&row) else {
                // The rows come one by one.
                self.push(Stmt::VecPush { array, value: Operand::Array(row.slice) });
                return None;
            };
            let whole = View::whole(array, Shape::vec_of(elem), 0);
            if let Value::Array(dst) = self.element(&whole, index, span) {
                self.push(Stmt::CopySlice { dst: dst.slice, src: row.slice });
            }
            return Some(Elem::Array(zeros));
        }
        let kind = shape.as_ref().map(Shape::kind).or_else(|| item.kind().cloned())?;
        let kind = if kind == Kind::Opaque { Kind::Real } else { kind };
        *shape = Some(scalar_shape(&kind));
        let value = self.element_atom(item, &kind, node);
        let place = crate::ir::Place { base: array, path: vec![index] };
        self.push(Stmt::Store { place, value, update: Update::Set });
        Some(Elem::Atom(match kind {
            Kind::Int => zero(),
            Kind::Bool => Atom::Bool(false),
            _ => Atom::real(0.0),
        }))
    }

    /// Zeros of the shape of `row`, whose length must not depend on the iteration.
    pub(super) fn row_of_zeros(&mut self, row: &View) -> Option<Init> {
        if let Some(zeros) = self.zeros(&row.shape) {
            return Some(zeros);
        }
        let made = self.open.stmts.iter().find_map(|stmt| match stmt {
            Stmt::Alloc { var, init: Init::Repeat { value, len: Len::Value(len), vec } }
                if *var == row.slice.base =>
            {
                Some((value.clone(), len.clone(), *vec))
            }
            _ => None,
        });
        let inside = |atom: &Atom, stmts: &[Stmt]| {
            stmts.iter().any(|stmt| {
                let mut found = false;
                crate::ir::each_name(stmt, |name| {
                    found |= name == crate::ir::Name::Def(atom.var().unwrap_or(VarId(u32::MAX)));
                });
                found
            })
        };
        match made {
            Some((value, len, vec))
                if !inside(&len, &self.open.stmts)
                    && matches!(*value, Elem::Atom(ref atom) if atom.var().is_none()) =>
            {
                Some(Init::Repeat { value, len: Len::Value(len), vec })
            }
            _ => None,
        }
    }
}
