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
        self.sort_columns(std::slice::from_ref(view), call, |name| quote!(&__hvp_column_0[*#name]))
    }

    /// An array of tuples, by a comparison of them.
    pub(super) fn sort_table(&mut self, table: &Table, call: &ExprMethodCall) -> Value {
        let columns = table.columns.iter().map(|column| match column {
            Value::Array(view) if table.names.is_none() => Some(view.clone()),
            _ => None,
        });
        let Some(columns) = columns.collect::<Option<Vec<View>>>() else {
            return self.error(
                &call.method,
                "arrays of structs and of tuples within tuples cannot be sorted here; sort tuples of numbers, or indices",
            );
        };
        let names: Vec<Ident> = (0..columns.len()).map(column_name).collect();
        self.sort_columns(&columns, call, |place| quote!(&(#(#names[*#place],)*)))
    }

    /// Sorts several columns alike. `element` writes what stands at a place, as a reference.
    fn sort_columns(
        &mut self,
        columns: &[View],
        call: &ExprMethodCall,
        element: impl Fn(TokenStream) -> TokenStream,
    ) -> Value {
        let span = call.span();
        let Some(function) = call.args.first().and_then(|arg| self.function(arg)) else {
            return Value::Poison;
        };
        if columns.iter().any(|view| view.shape.element().is_some_and(Shape::is_array)) {
            return self.error(&call.method, "rows cannot be sorted; sort their numbers, or indices");
        }
        let copies: Vec<View> = columns.iter().map(|view| self.copy_of(view, span)).collect();
        let Some(len) = copies.first().map(|copy| self.len(copy, span)) else {
            return Value::Unit;
        };
        let args = [quote!(__hvp_a), quote!(__hvp_b)]
            .map(|place| Value::Code(Code::constant(element(place), Kind::Opaque)));
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
                __hvp_places.#method(|__hvp_a, __hvp_b| #order);
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
                let value = cx.load_element(copy, from.clone(), span);
                if let (Value::Num(num), Value::Ref(target, _)) = (value, cx.element(view, at.clone(), span))
                {
                    cx.store(&target, num.atom);
                }
            }
        });
        Value::Unit
    }

    /// A search gives an index, which is constant almost everywhere.
    pub(super) fn search(&mut self, call: &ExprMethodCall) -> Value {
        let whole = syn::Expr::MethodCall(call.clone());
        let kind = if call.method == "partition_point" { Kind::Int } else { Kind::Opaque };
        match self.substitute(&whole) {
            Some(code) => Value::Num(self.materialize(Code { kind, inert: true, ..code }, call.span())),
            None => Value::Poison,
        }
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

/// The name of a column where the places are sorted.
fn column_name(index: usize) -> Ident {
    Ident::new(&format!("__hvp_column_{index}"), Span::call_site())
}
