//! Structs behind references: the arrays that a struct owns are lent with it, and are places again where the reference is followed.

use std::rc::Rc;

use proc_macro2::Span;
use syn::Type;

use super::Records;
use crate::front::lower::Lower;
use crate::front::table_value::Table;
use crate::front::value::{Fields, Num, Value, View};

/// An array of a struct that is borrowed.
fn borrowed(view: View) -> View {
    View { refs: 1, mutable: false, ..view }
}

/// An array of a struct behind a reference.
fn place(view: View) -> View {
    View { refs: view.refs.saturating_sub(1), ..view }
}

impl Records {
    /// The field `name` of a struct that may stand behind a reference: what the struct owns is a place.
    pub(in crate::front) fn behind_field(&self, fields: &Fields, name: &str, part: Value) -> Value {
        match self.with_field(fields, name, part, place) {
            Value::Num(num) if self.owns(fields, name) => Value::Num(Num { refs: 0, ..num }),
            other => other,
        }
    }

    /// The struct itself, of which `fields` stand behind a reference.
    pub(in crate::front) fn behind_reference(&self, names: &Rc<Fields>, fields: Value) -> Value {
        self.with_fields(names, fields, place)
    }

    /// The struct with the arrays that it owns changed.
    fn with_fields(&self, names: &Rc<Fields>, fields: Value, change: fn(View) -> View) -> Value {
        let fields = match fields {
            Value::Tuple(parts) => {
                let parts = names.names.iter().zip(parts);
                Value::Tuple(parts.map(|(name, part)| self.with_field(names, name, part, change)).collect())
            }
            other => other,
        };
        Value::Struct(Rc::clone(names), Box::new(fields))
    }

    fn with_field(&self, fields: &Fields, name: &str, part: Value, change: fn(View) -> View) -> Value {
        let owns = self.owns(fields, name);
        match part {
            Value::Array(view) if owns => Value::Array(change(view)),
            Value::Table(table) if owns => {
                let columns = table.columns.into_iter();
                let columns = columns.map(|column| self.with_field(fields, name, column, change));
                Value::Table(Table { columns: columns.collect(), rows: table.rows })
            }
            Value::Struct(names, inner) if owns => self.with_fields(&names, *inner, change),
            other => other,
        }
    }

    /// Whether the declaration of a struct says that its field `name` is no reference.
    fn owns(&self, fields: &Fields, name: &str) -> bool {
        self.structs.get(&fields.ty).is_some_and(|record| {
            record.fields.iter().any(|(own, ty)| own == name && !matches!(ty, Type::Reference(_)))
        })
    }
}

impl Lower<'_> {
    /// `&value` of a struct or a tuple: nothing changes what is borrowed.
    pub(in crate::front) fn shared(&mut self, value: Value, span: Span) -> Value {
        let value = match value {
            Value::Struct(names, fields) => self.records.with_fields(&names, *fields, borrowed),
            other => other,
        };
        self.freeze_value(value, span)
    }
}
