//! What variables of a struct begin with: empty `Vec`s, and defaults.

use std::collections::BTreeMap;
use std::rc::Rc;

use proc_macro2::Span;
use quote::ToTokens;
use syn::Type;
use syn::spanned::Spanned;

use super::{Record, made, name_of};
use crate::front::known::is_number;
use crate::front::learned::Content;
use crate::front::lower::Lower;
use crate::front::source::Shape;
use crate::front::table_value::{Rows, Table};
use crate::front::types;
use crate::front::value::{Fields, Value};
use crate::ir::{Atom, Init, Kind};

impl Lower<'_> {
    /// An empty `Vec` of structs.
    pub(in crate::front) fn empty_of(&mut self, ty: &Type, span: Span) -> Option<Value> {
        match self.content_of(types::argument_of(ty, "Vec")?)? {
            content @ Content::Struct(..) => self.empty_column(&content, span),
            Content::Num { .. } | Content::Array(_) | Content::Tuple(_) | Content::List(_) => None,
        }
    }

    /// A `Vec` of what `content` says.
    pub(in crate::front) fn empty_column(&mut self, content: &Content, span: Span) -> Option<Value> {
        let (parts, names) = match content {
            Content::Num { kind: Kind::Real, .. } => return Some(self.empty_vec(Shape::Real, span)),
            Content::Num { kind: Kind::Int, .. } => return Some(self.empty_vec(Shape::Int, span)),
            Content::Num { kind: Kind::Bool, .. } => return Some(self.empty_vec(Shape::Bool, span)),
            Content::Num { .. } | Content::List(_) => return None,
            Content::Array(shape) => return Some(self.empty_vec(shape.clone(), span)),
            Content::Tuple(parts) => (parts, None),
            // Nothing would tell how many there are.
            Content::Struct(_, parts) if parts.is_empty() => return None,
            Content::Struct(names, parts) => (parts, Some(Rc::clone(names))),
        };
        let columns: Option<Vec<Value>> = parts.iter().map(|part| self.empty_column(part, span)).collect();
        Some(Value::Table(Table { columns: columns?, rows: Rows::of(names) }))
    }

    fn empty_vec(&mut self, element: Shape, span: Span) -> Value {
        let rows = self.rows(&element);
        Value::Array(self.alloc(Shape::vec_of(element), Init::Empty(rows), span))
    }

    /// What variables of the type `ty` hold: numbers, arrays of them, and structs and tuples of these.
    pub(in crate::front) fn content_of(&self, ty: &Type) -> Option<Content> {
        if let (Type::Path(_), Some(record)) = (ty, self.records.structs.get(&name_of(ty))) {
            let mut fields: Vec<&(String, Type)> = record.fields.iter().collect();
            fields.sort_by_key(|(name, _)| name);
            let parts: Option<Vec<Content>> = fields.iter().map(|(_, ty)| self.content_of(ty)).collect();
            let names = fields.into_iter().map(|(name, _)| name.clone()).collect();
            return Some(Content::Struct(Rc::new(Fields { ty: name_of(ty), names }), parts?));
        }
        match types::read(ty, &self.source.signature.scalar) {
            types::Ty { refs: 0, shape, .. } => Content::of_shape(&shape),
            _ => None,
        }
    }

    pub(super) fn default_of(&mut self, ty: &str, record: &Record, node: &impl ToTokens) -> Value {
        let mut parts = BTreeMap::new();
        for (name, ty) in &record.fields {
            let known = self.records.structs.get(&name_of(ty)).cloned();
            let value = if let Some(inner) = known {
                self.default_of(&name_of(ty), &inner, node)
            } else {
                let shape = types::read(ty, &self.source.signature.scalar).shape;
                match shape {
                    Shape::Real => Value::real(Atom::real(0.0)),
                    Shape::Int => Value::int(Atom::Int("0".to_owned())),
                    Shape::Bool => Value::boolean(Atom::Bool(false)),
                    Shape::Vec(_)
                    | Shape::Array(..)
                    | Shape::Slice(_)
                    | Shape::Tuple(_)
                    | Shape::Opaque(_) => match self.default_of_memory(ty, shape, node) {
                        Some(value) => value,
                        None => {
                            return self
                                .error(node, "the default of this struct is not known; name each field");
                        }
                    },
                }
            };
            parts.insert(name.clone(), value);
        }
        made(ty, parts)
    }

    /// Of an array, a `Vec` or an `Option`.
    fn default_of_memory(&mut self, ty: &Type, shape: Shape, node: &impl ToTokens) -> Option<Value> {
        let span = node.to_token_stream().span();
        if let Some(inner) = types::argument_of(ty, "Option") {
            let content = self.content_of(inner).filter(Content::holds_real)?;
            return self.none_of_content(&content, span);
        }
        if let Some(table) = self.empty_of(ty, span) {
            return Some(table);
        }
        match shape {
            Shape::Vec(element) if is_number(&element) => Some(self.empty_vec(*element, span)),
            fixed => {
                let init = self.zeros(&fixed)?;
                Some(Value::Array(self.alloc(fixed, init, span)))
            }
        }
    }
}
