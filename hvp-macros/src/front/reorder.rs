//! Methods that put the elements of an array into another order, or find one.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::ExprMethodCall;
use syn::spanned::Spanned;

use super::iter::{one, zero};
use super::lower::Lower;
use super::source::Shape;
use super::table_value::Table;
use super::value::{Code, Value, View, blank};
use crate::ir::{Atom, Kind, Op, Stmt};

impl Lower<'_> {
    /// The order is constant almost everywhere: the places are sorted, then the numbers follow.
    pub(super) fn sort(&mut self, view: &View, call: &ExprMethodCall) -> Value {
        let element = |place| data(quote!(&__hvp_column_0[*#place]));
        self.sort_columns(std::slice::from_ref(view), call, element)
    }

    /// An array of tuples or structs, by a comparison of them.
    pub(super) fn sort_table(&mut self, table: &Table, call: &ExprMethodCall) -> Value {
        let mut columns = Vec::new();
        if !table.rows.are_flat() || !arrays_of(table, &mut columns) {
            return self.error(
                &call.method,
                "an array of rows, or of tuples and structs with more than numbers and arrays in them, cannot be sorted here; sort indices",
            );
        }
        let is_simple = table.rows.names.is_none() && columns.len() == table.columns.len();
        let names: Vec<Ident> = (0..columns.len()).map(column_name).collect();
        self.sort_columns(&columns, call, |place| {
            if is_simple {
                return data(quote!(&(#(#names[*#place],)*)));
            }
            row_at(table, &place, &mut names.iter())
        })
    }

    /// `sort` of integers.
    pub(super) fn sort_integers(&mut self, view: &View, call: &ExprMethodCall) -> Value {
        if !matches!(view.shape.element(), Some(Shape::Int)) {
            return self.error(
                &call.method,
                "only integers are sorted without an order; write `sort_by` with `total_cmp`",
            );
        }
        let by_value: syn::Expr = syn::parse_quote!(|value| *value);
        let mut by_key = call.clone();
        by_key.method = Ident::new("sort_by_key", call.method.span());
        by_key.args.push(by_value);
        self.sort(view, &by_key)
    }

    /// Sorts several columns alike. `element` writes what stands at a place, as a reference.
    fn sort_columns(
        &mut self,
        columns: &[View],
        call: &ExprMethodCall,
        element: impl Fn(TokenStream) -> Value,
    ) -> Value {
        let span = call.span();
        let Some(function) = call.args.first().and_then(|arg| self.function(arg)) else {
            return Value::Poison;
        };
        let of_any_length =
            |row: &Shape| row.is_array() && !matches!(row, Shape::Array(inner, _) if !inner.is_array());
        if columns.iter().any(|view| view.shape.element().is_some_and(of_any_length)) {
            return self.error(&call.method, "rows cannot be sorted; sort their numbers, or indices");
        }
        let copies: Vec<View> = columns.iter().map(|view| self.copy_of(view, span)).collect();
        let Some(len) = copies.first().map(|copy| self.len(copy, span)) else {
            return Value::Unit;
        };
        let places = if call.method.to_string().ends_with("key") {
            vec![quote!(__hvp_a)]
        } else {
            vec![quote!(__hvp_a), quote!(__hvp_b)]
        };
        let args: Vec<Value> = places.iter().map(|place| element(place.clone())).collect();
        let Some(order) = self.apply_as_code(&function, &args, span) else {
            return Value::Poison;
        };
        let mut code = blank(Kind::Opaque);
        let data: Vec<TokenStream> = copies
            .iter()
            .map(|copy| code.absorb(&Code::hole(copy.slice.base.into(), Kind::Opaque, span)))
            .collect();
        let (order, method) = (code.absorb(&order), &call.method);
        let names: Vec<Ident> = (0..columns.len()).map(column_name).collect();
        let code = code.wrap(Kind::Opaque, |_| {
            quote! {{
                #(let #names = &#data;)*
                let mut __hvp_places: ::std::vec::Vec<::core::primitive::usize> = (0..__hvp_column_0.len()).collect();
                __hvp_places.#method(|#(#places),*| #order);
                __hvp_places
            }}
        });
        let places = self.materialize(Code { inert: true, ..code }, span).atom;
        self.counted(zero(), len, span, |cx, at| {
            let from = cx.int_code(&[places, at.clone()], span, |idents| {
                let [places, at] = idents else { return quote!() };
                quote!(#places[#at])
            });
            for (view, copy) in columns.iter().zip(&copies) {
                match (cx.load_element(copy, from.clone(), span), cx.element(view, at.clone(), span)) {
                    (Value::Num(num), Value::Ref(target, _)) => cx.store(&target, num.atom),
                    (Value::Array(row), Value::Array(place)) => {
                        cx.push(Stmt::CopySlice { dst: place.slice, src: row.slice });
                    }
                    _ => {}
                }
            }
        });
        Value::Unit
    }

    /// A search gives an index, which is constant almost everywhere.
    pub(super) fn search(&mut self, call: &ExprMethodCall) -> Value {
        let whole = syn::Expr::MethodCall(call.clone());
        match self.substitute(&whole) {
            Some(code) => self.found(code, call),
            None => Value::Poison,
        }
    }

    /// The same in data, which rustc takes for a slice or refuses.
    pub(super) fn search_in_data(&mut self, receiver: &Value, call: &ExprMethodCall) -> Value {
        let Some(mut code) = self.code_of(receiver, call.receiver.span()) else { return Value::Poison };
        let mut args = Vec::new();
        for arg in &call.args {
            let Some(arg) = self.substitute(arg) else { return Value::Poison };
            args.push(code.absorb(&arg));
        }
        let name = &call.method;
        self.found(code.wrap(Kind::Opaque, |own| quote!(<[_]>::#name(&#own, #(#args),*))), call)
    }

    fn found(&mut self, code: Code, call: &ExprMethodCall) -> Value {
        let kind = if call.method == "partition_point" { Kind::Int } else { Kind::Opaque };
        Value::Num(self.materialize(Code { kind, inert: true, ..code }, call.span()))
    }

    pub(super) fn reverse(&mut self, view: &View, span: Span) -> Value {
        let len = self.len(view, span);
        let half = self.temp(Kind::Int, Op::Div(len.clone(), Atom::Int("2".to_owned())), span);
        let node = Ident::new("reverse", span);
        self.counted(zero(), half, span, |cx, at| {
            let last = cx.sub_int(len, one(), span);
            let other = cx.sub_int(last, at.clone(), span);
            let (a, b) = (cx.element(view, at, span), cx.element(view, other, span));
            cx.swap_values(&a, &b, &node);
        });
        Value::Unit
    }

    /// By a copy and two moves back.
    pub(super) fn rotate(&mut self, view: &View, call: &ExprMethodCall) -> Value {
        let Some(arg) = call.args.first() else {
            return Value::Poison;
        };
        let span = call.span();
        let by = self.expr(arg, None);
        if matches!(by, Value::Never | Value::Poison) {
            return by;
        }
        let by = self.passive(by, arg);
        let len = self.len(view, span);
        let rest = self.sub_int(len.clone(), by.clone(), span);
        let (first, second) = if call.method == "rotate_left" { (by, rest) } else { (rest, by) };
        let copy = self.copy_of(view, span);
        let head = self.range_of(&copy, zero(), first.clone(), span);
        let tail = self.range_of(&copy, first, len.clone(), span);
        let front = self.range_of(view, zero(), second.clone(), span);
        let back = self.range_of(view, second, len, span);
        self.push(Stmt::CopySlice { dst: front.slice, src: tail.slice });
        self.push(Stmt::CopySlice { dst: back.slice, src: head.slice });
        Value::Unit
    }

    /// `v.copy_within(1..4, 0)`
    pub(super) fn copy_within(&mut self, view: &View, call: &ExprMethodCall) -> Value {
        let span = call.span();
        let (Some(range), Some(to)) = (call.args.first(), call.args.last()) else {
            return Value::Poison;
        };
        let bounds = match self.expr(range, None) {
            Value::Range(bounds) => bounds,
            stop @ (Value::Never | Value::Poison) => return stop,
            _ => return self.error(range, "`copy_within` takes a range; write its ends here"),
        };
        let part = self.part(view, &bounds, range);
        let copy = self.copy_of(&part, span);
        let to = match self.expr(to, None) {
            stop @ (Value::Never | Value::Poison) => return stop,
            value => self.passive(value, to),
        };
        let len = self.len(&copy, span);
        let end = self.add_int(to.clone(), len, span);
        let dst = self.range_of(view, to, end, span).slice;
        self.push(Stmt::CopySlice { dst, src: copy.slice });
        Value::Unit
    }

    /// `a.swap_with_slice(&mut b)`
    pub(super) fn swap_with_slice(&mut self, view: &View, call: &ExprMethodCall) -> Value {
        let span = call.span();
        let Some(arg) = call.args.first() else {
            return Value::Poison;
        };
        match self.expr(arg, None) {
            Value::Array(other) => {
                let copy = self.copy_of(view, span);
                self.copy_between(&view.slice, &other, span);
                self.push(Stmt::CopySlice { dst: other.slice, src: copy.slice });
                Value::Unit
            }
            stop @ (Value::Never | Value::Poison) => stop,
            other => self.error(
                arg,
                format!(
                    "this is {}, where a slice is needed; give `&mut` of a part of an array",
                    other.what()
                ),
            ),
        }
    }

    /// Whether neighbours are in order: `v.windows(2).all(|w| w[0] <= w[1])`, or with what the function says of them.
    pub(super) fn is_sorted(&mut self, view: &View, call: &ExprMethodCall) -> Value {
        let in_order: syn::Expr = match (call.method.to_string().as_str(), call.args.first()) {
            ("is_sorted_by", Some(function)) => {
                syn::parse_quote!((#function)(&__hvp_pair[0], &__hvp_pair[1]))
            }
            ("is_sorted_by_key", Some(key)) => {
                syn::parse_quote!((#key)(&__hvp_pair[0]) <= (#key)(&__hvp_pair[1]))
            }
            _ => syn::parse_quote!(__hvp_pair[0] <= __hvp_pair[1]),
        };
        let all: syn::Expr = syn::parse_quote!(__hvp_sorted.windows(2).all(|__hvp_pair| #in_order));
        self.scopes.enter();
        let sorted = Ident::new("__hvp_sorted", call.span());
        self.bind(&sorted, Value::Array(View { refs: 1, mutable: false, ..view.clone() }));
        let value = self.expr(&all, None);
        self.scopes.leave();
        value
    }

    pub(super) fn swap_elements(&mut self, view: &View, call: &ExprMethodCall) -> Value {
        let span = call.span();
        let mut ends = Vec::new();
        for (at, arg) in self.method_args(call).into_iter().zip(&call.args) {
            if matches!(at, Value::Never | Value::Poison) {
                return at;
            }
            let at = self.passive(at, arg);
            ends.push(self.element(view, at, span));
        }
        let [a, b] = ends.as_slice() else {
            return Value::Poison;
        };
        self.swap_values(a, b, call)
    }
}

/// The arrays of all columns, of tables in them too; false if one is no array.
fn arrays_of(table: &Table, arrays: &mut Vec<View>) -> bool {
    table.columns.iter().all(|column| match column {
        Value::Array(view) => {
            arrays.push(view.clone());
            true
        }
        Value::Table(inner) => inner.rows.are_flat() && arrays_of(inner, arrays),
        _ => false,
    })
}

/// The row at `place`, each number of it as an element of the column of its name.
fn row_at(table: &Table, place: &TokenStream, names: &mut std::slice::Iter<Ident>) -> Value {
    let mut parts = Vec::new();
    for column in &table.columns {
        parts.push(match column {
            Value::Table(inner) => row_at(inner, place, names),
            _ => {
                let name = names.next();
                data(quote!(#name[*#place]))
            }
        });
    }
    table.row(parts)
}

fn data(tokens: TokenStream) -> Value {
    Value::Code(Code::constant(tokens, Kind::Opaque))
}

/// The name of a column where the places are sorted.
fn column_name(index: usize) -> Ident {
    Ident::new(&format!("__hvp_column_{index}"), Span::call_site())
}
