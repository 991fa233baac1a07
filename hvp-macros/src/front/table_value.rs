//! `Vec`s and arrays of tuples and structs: a column for each component.
//!
//! `let mut path = vec![(x, y)]; path.push((a, b)); path[i].0`  becomes  `path_0 = vec![x]; path_1 = vec![y]; path_0.push(a);
//! path_1.push(b); path_0[i]`.

use std::rc::Rc;

use proc_macro2::Span;
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Expr, ExprMethodCall};

use super::iter::Iter;
use super::lower::Lower;
use super::referenced::referenced;
use super::source::Shape;
use super::types::Ty;
use super::value::{Bounds, Code, Fields, Maybe, Num, Target, Value, View};
use crate::ir::{Atom, Init, Kind, Len, VarId};

/// The columns, each an array or a table again, and what its rows are.
#[derive(Clone)]
pub(super) struct Table {
    pub(super) columns: Vec<Value>,
    pub(super) rows: Rows,
}

/// Tuples, or structs of these fields; or arrays of them, as many around each other as the depth says.
#[derive(Clone, Default)]
pub(super) struct Rows {
    pub(super) names: Option<Rc<Fields>>,
    depth: u8,
}

impl Rows {
    /// An element of such components.
    pub(super) fn row(&self, parts: Vec<Value>) -> Value {
        match (self.depth.checked_sub(1), &self.names) {
            (Some(depth), _) => Value::Table(Table { columns: parts, rows: Rows { depth, ..self.clone() } }),
            (None, Some(names)) => Value::Struct(Rc::clone(names), Box::new(Value::Tuple(parts))),
            (None, None) => Value::Tuple(parts),
        }
    }

    /// What an iterator over such elements, or over parts of the table if `whole`, gives, and whether these are tables.
    fn items(&self, whole: bool) -> (Rows, bool) {
        match self.depth.checked_sub(1) {
            Some(depth) if !whole => (Rows { depth, ..self.clone() }, true),
            Some(_) | None => (self.clone(), whole),
        }
    }

    /// Structs of these fields, or tuples.
    pub(super) fn of(names: Option<Rc<Fields>>) -> Rows {
        Rows { names, depth: 0 }
    }

    /// Whether the elements are tuples or structs themselves.
    pub(super) fn are_flat(&self) -> bool {
        self.depth == 0
    }
}

impl Table {
    fn with(&self, columns: Vec<Value>) -> Value {
        Value::Table(Table { columns, rows: self.rows.clone() })
    }

    /// The same as an array of this length.
    pub(super) fn fixed(self, length: &Expr) -> Table {
        let columns = self.columns.into_iter().map(|column| match column {
            Value::Array(view) => match view.shape.element().cloned() {
                Some(inner) => {
                    let shape = Shape::Array(Box::new(inner), Box::new(length.clone()));
                    Value::Array(View { shape, ..view })
                }
                None => Value::Array(view),
            },
            Value::Table(inner) => Value::Table(inner.fixed(length)),
            other => other,
        });
        Table { columns: columns.collect(), rows: self.rows }
    }

    /// The column of a component or a field.
    pub(super) fn column(&self, member: &syn::Member) -> Option<&Value> {
        let at = match (member, &self.rows.names) {
            (syn::Member::Unnamed(index), None) => index.index as usize,
            (member, Some(names)) => {
                let name = member.to_token_stream().to_string();
                names.iter().position(|known| *known == name)?
            }
            (syn::Member::Named(_), None) => return None,
        };
        self.columns.get(at).filter(|_| self.rows.are_flat())
    }

    /// The first column that is an array.
    pub(super) fn first(&self) -> Option<&View> {
        match self.columns.first()? {
            Value::Array(view) => Some(view),
            Value::Table(inner) => inner.first(),
            _ => None,
        }
    }

    /// A row of these components.
    pub(super) fn row(&self, parts: Vec<Value>) -> Value {
        self.rows.row(parts)
    }
}

/// The components of a row, and the names of its fields.
type Parts<'v> = (&'v [Value], Option<&'v Rc<Fields>>);

pub(super) fn parts_of(value: &Value) -> Option<Parts<'_>> {
    match value {
        Value::Tuple(parts) => Some((parts, None)),
        Value::Struct(names, fields) => match &**fields {
            Value::Tuple(parts) => Some((parts, Some(names))),
            _ => None,
        },
        _ => None,
    }
}

/// The components of an element of a table, and what its rows are.
pub(super) fn columns_of(value: &Value) -> Option<(&[Value], Rows)> {
    match value {
        Value::Table(Table { columns, rows }) => {
            Some((columns, Rows { depth: rows.depth.saturating_add(1), ..rows.clone() }))
        }
        row => parts_of(row).map(|(parts, names)| (parts, Rows { names: names.cloned(), depth: 0 })),
    }
}

/// The arrays of all columns.
pub(super) fn bases(table: &Table) -> Vec<VarId> {
    let of = |column: &Value| match column {
        Value::Array(view) => vec![view.slice.base],
        Value::Table(inner) => bases(inner),
        _ => Vec::new(),
    };
    table.columns.iter().flat_map(of).collect()
}

/// The components of a tuple, or of those in `Vec`s of them, and how many of these are around each other.
pub(super) fn tuples_in(element: &Shape) -> Option<(&[Shape], u8)> {
    match element {
        Shape::Tuple(parts) if !parts.is_empty() => Some((parts, 0)),
        Shape::Vec(inner) => tuples_in(inner).map(|(parts, depth)| (parts, depth + 1)),
        _ => None,
    }
}

/// What the column `index` of `columns` gets of an argument.
fn part_for(arg: &Value, index: usize, columns: usize) -> &Value {
    let parts = match arg {
        Value::Table(table) => Some(table.columns.as_slice()),
        row => parts_of(row).map(|(parts, _)| parts),
    };
    parts.filter(|parts| parts.len() == columns).and_then(|parts| parts.get(index)).unwrap_or(arg)
}

fn argument_name(index: usize, span: Span) -> syn::Ident {
    syn::Ident::new(&format!("__hvp_argument_{index}"), span)
}

impl Lower<'_> {
    /// `[(a, b), (c, d)]`; `None` if the elements are no tuples of numbers.
    pub(super) fn table_list(
        &mut self,
        values: &[Value],
        exprs: &[Expr],
        vec: bool,
        node: &impl ToTokens,
    ) -> Option<Value> {
        let (first, rows) = columns_of(values.first()?)?;
        if values.iter().any(|value| !self.fits(&rows, value, node)) {
            return Some(Value::Poison);
        }
        let mut columns = Vec::new();
        for index in 0..first.len() {
            let column: Option<Vec<Value>> =
                values.iter().map(|value| columns_of(value)?.0.get(index).cloned()).collect();
            let Some(column) = column else {
                return Some(
                    self.error(node, "the elements of this array are not alike; give each the same type"),
                );
            };
            columns.push(match self.list(&column, exprs, vec, false, node) {
                Value::Code(data) => {
                    let span = node.to_token_stream().span();
                    let element = Shape::Opaque(syn::parse_quote!(_));
                    let shape =
                        if vec { Shape::vec_of(element) } else { Shape::array_of(element, values.len()) };
                    let made = Code::hole(self.materialize(data, span).atom, Kind::Opaque, span);
                    Value::Code(Code { shape: Some((0, shape)), ..made })
                }
                column => column,
            });
        }
        Some(Value::Table(Table { columns, rows }))
    }

    /// `[(a, b); N]`
    pub(super) fn table_repeat(
        &mut self,
        value: &Value,
        len: &(Len, Option<Expr>),
        vec: bool,
        node: &Expr,
    ) -> Value {
        let Some((parts, rows)) = columns_of(value) else {
            return self.repeated(value.clone(), node, len, vec, node);
        };
        if !self.fits(&rows, value, node) {
            return Value::Poison;
        }
        let parts = parts.to_vec();
        let columns = parts.iter().map(|part| self.table_repeat(part, len, vec, node)).collect();
        Value::Table(Table { columns, rows })
    }

    /// Whether `value` is a row among `rows`, or reported. Structs of several types can only stand together behind a trait, and what
    /// has no fields has no column that tells how many there are.
    pub(super) fn fits(&mut self, rows: &Rows, value: &Value, node: &impl ToTokens) -> bool {
        let Some((parts, own)) = columns_of(value) else { return true };
        if parts.is_empty() {
            self.error(node, "an array of structs without fields is not understood; make an enum of them, or a struct with a field that tells them apart");
            return false;
        }
        let is_same = rows.names == own.names;
        if !is_same {
            self.error(node, "structs of several types in one array are not understood; make an enum of them, or keep an array for each type");
        }
        is_same
    }

    /// `Vec::new()` of tuples; a column of unknown type is decided by what is pushed first.
    pub(super) fn table_new(&mut self, (parts, depth): (&[Shape], u8), known: bool, span: Span) -> Value {
        let columns = parts.iter().map(|part| match part {
            Shape::Tuple(parts) if !parts.is_empty() => self.table_new((parts, depth), known, span),
            other => {
                let element = (0..depth).fold(other.clone(), |element, _| Shape::vec_of(element));
                let rows = self.rows(&element);
                let view = self.alloc(Shape::vec_of(element), Init::Empty(rows), span);
                if !known {
                    self.undecided.insert(view.slice.base);
                }
                Value::Array(view)
            }
        });
        Value::Table(Table { columns: columns.collect(), rows: Rows { names: None, depth } })
    }

    /// Element `at`, as a place.
    pub(super) fn row_at(&mut self, table: &Table, at: &Atom, span: Span) -> Value {
        let parts = table.columns.iter().map(|column| self.column_at(column, at, span)).collect();
        table.row(parts)
    }

    fn column_at(&mut self, column: &Value, at: &Atom, span: Span) -> Value {
        match column {
            Value::Array(view) => match self.element(view, at.clone(), span) {
                Value::Ref(Target::Elem(place), kind) => {
                    Value::Ref(Target::Elem(self.freeze_place(place, span)), kind)
                }
                other => other,
            },
            Value::Table(table) => self.row_at(table, at, span),
            data => match self.code_of(data, span) {
                Some(mut code) => {
                    let at = code.absorb(&Code::hole(at.clone(), Kind::Int, span));
                    Value::Code(code.wrap(Kind::Opaque, |tokens| quote!(#tokens[#at])))
                }
                None => Value::Poison,
            },
        }
    }

    /// `table[lo..hi]`
    pub(super) fn table_part(&mut self, table: &Table, bounds: &Bounds, node: &impl ToTokens) -> Value {
        let part = |column: &Value| match column {
            Value::Array(view) => Value::Array(self.part(view, bounds, node)),
            Value::Table(table) => self.table_part(table, bounds, node),
            other => other.clone(),
        };
        let columns = table.columns.iter().map(part).collect();
        table.with(columns)
    }

    /// The columns by reference.
    pub(super) fn borrow_table(&mut self, table: &Table, mutable: bool, span: Span) -> Value {
        let borrow = |column: &Value| match column {
            Value::Array(view) => match self.borrow(view.clone(), span) {
                Value::Array(view) => Value::Array(View { mutable, ..view }),
                other => other,
            },
            Value::Table(table) => self.borrow_table(table, mutable, span),
            other => referenced(other.clone()),
        };
        let columns = table.columns.iter().map(borrow).collect();
        table.with(columns)
    }

    pub(super) fn iterate_table(&mut self, table: &Table, whole: bool, node: &impl ToTokens) -> Option<Iter> {
        let columns: Option<Vec<Iter>> =
            table.columns.iter().map(|column| self.iterate_column(column, node)).collect();
        let (rows, whole) = table.rows.items(whole);
        Some(Iter::Table { columns: columns?, rows, whole })
    }

    /// The items of data are copied out of it, since the reverse sweep may need it again.
    fn iterate_column(&mut self, column: &Value, node: &impl ToTokens) -> Option<Iter> {
        let Some((refs, element)) = self.elements_of_data(column) else {
            return self.iterate(column.clone(), node);
        };
        let code = self.code_of(column, node.to_token_stream().span())?;
        let lent = matches!(column, Value::Num(num) if num.refs > 0);
        if lent || refs > 0 {
            return Some(Iter::Data { code, element });
        }
        let code = code.wrap(Kind::Opaque, |data| quote!((&#data)));
        Some(Iter::Copied(Box::new(Iter::Data { code, element })))
    }

    pub(super) fn table_method(&mut self, table: &Table, call: &ExprMethodCall) -> Value {
        let name = call.method.to_string();
        match (name.as_str(), call.args.len()) {
            ("push", 1) => {
                let Some(arg) = call.args.first() else { return Value::Poison };
                let value = self.expr(arg, None);
                if table.first().is_some_and(View::is_whole) {
                    self.append_row(table, value, arg);
                } else {
                    let value = self.freeze_value(value, arg.span());
                    self.grow_row(table, &value, arg);
                }
                Value::Unit
            }
            ("extend", 1) => {
                let Some(arg) = call.args.first() else { return Value::Poison };
                let value = self.expr(arg, None);
                let Some(iter) = self.iterate(value, arg) else { return Value::Poison };
                self.drive(&iter, arg.span(), &mut |cx, item, _| cx.append_row(table, item, arg));
                Value::Unit
            }
            ("len" | "is_empty", 0) => self.of_first_column(table, call),
            ("map", 1) => self.map_table(table, call),
            (
                "sort_by"
                | "sort_unstable_by"
                | "sort_by_key"
                | "sort_unstable_by_key"
                | "sort_by_cached_key",
                1,
            ) => self.sort_table(table, call),
            (
                "iter" | "iter_mut" | "into_iter" | "windows" | "chunks" | "chunks_exact" | "first" | "last"
                | "first_mut" | "last_mut" | "get_mut" | "get" | "pop" | "clear" | "reverse" | "swap"
                | "clone" | "to_vec" | "as_slice" | "reserve" | "split_at" | "rotate_left" | "rotate_right"
                | "copy_within" | "truncate" | "resize" | "insert" | "remove" | "swap_remove" | "fill"
                | "drain" | "split_off" | "extend_from_slice" | "copy_from_slice" | "clone_from_slice",
                _,
            ) => self.of_each_column(table, call),
            _ => {
                let method = &call.method;
                self.error(
                    method,
                    format!(
                        "`{method}` of an array of tuples is not understood; keep a `Vec` for each component"
                    ),
                )
            }
        }
    }

    fn map_table(&mut self, table: &Table, call: &ExprMethodCall) -> Value {
        let span = call.span();
        let Some(first @ View { shape: Shape::Array(_, length), .. }) = table.first() else {
            return self.error(&call.method, "`map` is understood on arrays; write `.iter().map(…)`");
        };
        let n = self.len(first, span);
        self.map_items(length, n, call, |cx, index| {
            let row = cx.row_at(table, &index, span);
            cx.read(row, span)
        })
    }

    pub(super) fn append_row(&mut self, table: &Table, value: Value, node: &Expr) {
        if matches!(value, Value::Never | Value::Poison) {
            return;
        }
        let value = self.freeze_value(value, node.span());
        if !self.fits(&table.rows, &value, node) {
            return;
        }
        let fits = |(parts, rows): &(&[Value], Rows)| {
            parts.len() == table.columns.len() && rows.depth == table.rows.depth
        };
        let Some((parts, _)) = columns_of(&value).filter(fits) else {
            self.error(
                node,
                format!(
                    "this is {}, where a tuple is needed; give one with a value for each column",
                    value.what()
                ),
            );
            return;
        };
        for (column, part) in table.columns.iter().zip(parts.to_vec()) {
            match column {
                Value::Array(view) => self.append(view, part, node),
                Value::Table(inner) => self.append_row(inner, part, node),
                Value::Num(Num { atom: Atom::Var(items), .. }) if self.source.changing.contains(items) => {
                    self.append_data(*items, &part, &syn::Ident::new("push", node.span()));
                }
                _ => {
                    self.error(node, "a constant table cannot grow; make it a `Vec` of numbers");
                }
            }
        }
    }

    /// `rows[i].push((a, b))`: a copy of the row grows, which then takes its place.
    fn grow_row(&mut self, table: &Table, value: &Value, node: &Expr) {
        let span = node.span();
        for (index, column) in table.columns.iter().enumerate() {
            let part = part_for(value, index, table.columns.len());
            match column {
                Value::Array(view) => {
                    let own = View { fresh: false, ..self.copy_of(view, span) };
                    self.append(&own, part.clone(), node);
                    self.put_column(view, Value::Array(own), node);
                }
                Value::Table(inner) => self.grow_row(inner, part, node),
                _ => {
                    self.error(node, "a constant table cannot grow; make it a `Vec` of numbers");
                }
            }
        }
    }

    /// `rows[i] = row`, which may be of another length.
    pub(super) fn put_rows(&mut self, table: &Table, value: &Value, node: &impl ToTokens) -> Value {
        let Value::Table(Table { columns, .. }) = value else {
            return self.assign_table(table, value, node);
        };
        if !self.fits(&table.rows, value, node) {
            return Value::Poison;
        }
        for (column, part) in table.columns.iter().zip(columns) {
            match column {
                Value::Array(view) if self.uniform.contains(&view.slice.base) => {
                    self.assign_array(view, part.clone(), node);
                }
                Value::Array(view) => self.put_column(view, part.clone(), node),
                Value::Table(inner) => {
                    self.put_rows(inner, part, node);
                }
                _ => {
                    self.error(node, "a constant table cannot change; make it a `Vec` of numbers");
                }
            }
        }
        Value::Unit
    }

    /// Puts `value` in the place of the row `view` of a column.
    fn put_column(&mut self, view: &View, value: Value, node: &impl ToTokens) {
        let span = node.to_token_stream().span();
        let ([at], None) = (view.slice.path.as_slice(), &view.slice.range) else {
            self.error(
                node,
                "only rows of one `Vec` change their length; keep the row in a variable, and assign it",
            );
            return;
        };
        let rows = View::whole(view.slice.base, Shape::vec_of(view.shape.clone()), 0);
        let at = self.freeze(at.clone(), span);
        self.with_row(&rows, at, value, span);
    }

    /// Whether `table` is `rows[i]`.
    pub(super) fn is_row(left: &Expr, table: &Table) -> bool {
        matches!(super::names::bare(left), Expr::Index(_))
            && table.first().is_some_and(|view| !view.is_whole() && matches!(view.shape, Shape::Vec(_)))
    }

    fn of_first_column(&mut self, table: &Table, call: &ExprMethodCall) -> Value {
        match table.columns.first() {
            Some(Value::Array(view)) => self.array_method(&view.clone(), call),
            Some(Value::Table(inner)) => self.of_first_column(&inner.clone(), call),
            Some(data) => self.passive_call_of(data, call, Kind::Int, true),
            None => Value::Poison,
        }
    }

    /// The arguments are evaluated once, and the results are put together. Of a row or a table each column gets its part.
    fn of_each_column(&mut self, table: &Table, call: &ExprMethodCall) -> Value {
        let args = self.method_args(call);
        if args.iter().any(|arg| matches!(arg, Value::Never | Value::Poison)) {
            return if self.reachable() { Value::Poison } else { Value::Never };
        }
        let mut again = call.clone();
        let mut values = Vec::new();
        for (index, (arg, value)) in again.args.iter_mut().zip(args).enumerate() {
            let value = self.freeze_value(value, arg.span());
            if !self.fits(&table.rows, &value, arg) {
                return Value::Poison;
            }
            values.push(value);
            let name = argument_name(index, arg.span());
            *arg = syn::parse_quote!(#name);
        }
        let results = self.column_results(table, &again, &values);
        if call.method == "remove" || call.method == "swap_remove" {
            return if results.iter().any(|result| matches!(result, Value::Poison)) {
                Value::Poison
            } else {
                table.row(results)
            };
        }
        let whole = ["windows", "chunks", "chunks_exact"].iter().any(|name| call.method == name);
        self.together(table, results, whole, call)
    }

    fn column_results(&mut self, table: &Table, call: &ExprMethodCall, args: &[Value]) -> Vec<Value> {
        let mut results = Vec::new();
        for (index, column) in table.columns.iter().enumerate() {
            let args: Vec<Value> =
                args.iter().map(|arg| part_for(arg, index, table.columns.len()).clone()).collect();
            self.scopes.enter();
            for (index, arg) in args.iter().enumerate() {
                self.bind(&argument_name(index, call.span()), arg.clone());
            }
            results.push(match column {
                Value::Array(view) => self.array_method(view, call),
                Value::Table(inner) => {
                    let results = self.column_results(inner, call, &args);
                    let whole = ["windows", "chunks", "chunks_exact"].iter().any(|name| call.method == name);
                    self.together(inner, results, whole, call)
                }
                data if call.method == "iter" || call.method == "into_iter" => {
                    let data = if call.method == "iter" { referenced(data.clone()) } else { data.clone() };
                    match self.iterate_column(&data, &call.method) {
                        Some(iter) => Value::Iter(Box::new(iter)),
                        None => Value::Poison,
                    }
                }
                _ => {
                    self.error(&call.method, "this method is not understood on a table with constant columns; keep a `Vec` for each component")
                }
            });
            self.scopes.leave();
        }
        results
    }

    fn together(&mut self, table: &Table, results: Vec<Value>, whole: bool, call: &ExprMethodCall) -> Value {
        match results.first() {
            Some(Value::Unit) => Value::Unit,
            Some(Value::Array(_) | Value::Table(_)) => table.with(results),
            Some(Value::Iter(_)) => {
                let columns = results.into_iter().filter_map(|result| match result {
                    Value::Iter(iter) => Some(*iter),
                    _ => None,
                });
                let (rows, whole) = table.rows.items(whole);
                Value::Iter(Box::new(Iter::Table { columns: columns.collect(), rows, whole }))
            }
            Some(Value::Option(first)) => {
                let (present, shared, absence) = (first.present.clone(), first.shared, first.absence.clone());
                let parts = results.into_iter().filter_map(|result| match result {
                    Value::Option(maybe) => Some(maybe.value),
                    _ => None,
                });
                let value = table.row(parts.collect());
                Value::Option(Box::new(Maybe { present, value, shared, absence }))
            }
            Some(Value::Tuple(halves)) => {
                let half = |at: usize| {
                    let columns = results.iter().filter_map(|result| match result {
                        Value::Tuple(parts) => parts.get(at).cloned(),
                        _ => None,
                    });
                    table.with(columns.collect())
                };
                Value::Tuple((0..halves.len()).map(half).collect())
            }
            Some(Value::Never | Value::Poison) | None => Value::Poison,
            Some(other) => {
                let what = other.what();
                self.error(&call.method, format!("{what} of each component cannot be put together here; keep a `Vec` for each component"))
            }
        }
    }

    /// A row by value: what is read of it later is what it held now.
    pub(super) fn read_row(&mut self, expr: &Expr, value: Value) -> Value {
        match &value {
            Value::Tuple(_) | Value::Struct(..) if super::names::has_index(expr) => {
                self.read(value, expr.span())
            }
            _ => value,
        }
    }

    /// The components that `collect` or an annotation asks for, if the elements are tuples, or `Vec`s of these, and how many of
    /// these are around each other.
    pub(super) fn tuple_element(ty: &Ty) -> Option<(&[Shape], u8)> {
        tuples_in(ty.shape.element()?)
    }
}
