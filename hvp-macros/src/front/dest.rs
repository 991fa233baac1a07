//! Variables that take the value of whichever arm is executed, and the value in them.

use std::rc::Rc;

use super::absence::Absence;
use super::chosen::Choice;
use super::source::Shape;
use super::table_value::{Rows, Table};
use super::value::{Fields, Function, Maybe, Num, Value, View};
use crate::ir::{Atom, Kind, Slice, VarId};

/// Variables that take the value of whichever arm is executed.
#[derive(Clone)]
pub(super) enum Dest {
    /// No arm comes to an end.
    Never,
    Unit,
    Num {
        var: VarId,
        kind: Kind,
        refs: u8,
    },
    Tuple(Vec<Dest>),
    Struct(Rc<Fields>, Box<Dest>),
    Table(Rows, Vec<Dest>),
    Option {
        present: VarId,
        value: Box<Dest>,
        absence: Absence,
    },
    /// Parts of one array: the indices and ends differ.
    View {
        base: VarId,
        path: Vec<VarId>,
        range: Option<(VarId, VarId)>,
        shape: Shape,
        refs: u8,
    },
    /// The number of one of several functions.
    Func {
        which: VarId,
        of: Vec<Function>,
    },
    /// An array of its own, filled by copying (if `copied`) or by exchange.
    Array {
        view: View,
        copied: bool,
    },
}

impl Dest {
    pub(super) fn vars(&self) -> Vec<VarId> {
        match self {
            Dest::Never | Dest::Unit | Dest::Array { .. } => Vec::new(),
            Dest::Num { var, .. } | Dest::Func { which: var, .. } => vec![*var],
            Dest::Tuple(dests) | Dest::Table(_, dests) => dests.iter().flat_map(Dest::vars).collect(),
            Dest::Struct(_, inner) => inner.vars(),
            Dest::Option { present, value, absence } => {
                let held = match absence {
                    Absence::Held(held) => held.var(),
                    Absence::None | Absence::Never => None,
                };
                std::iter::once(*present).chain(held).chain(value.vars()).collect()
            }
            Dest::View { path, range, .. } => {
                path.iter().copied().chain(range.iter().flat_map(|(lo, hi)| [*lo, *hi])).collect()
            }
        }
    }
}

/// The value in the variables.
pub(super) fn read(dest: &Dest) -> Value {
    match dest {
        Dest::Never => Value::Never,
        Dest::Unit => Value::Unit,
        Dest::Num { var, kind, refs } => {
            Value::Num(Num { atom: Atom::Var(*var), kind: kind.clone(), refs: *refs })
        }
        Dest::Tuple(dests) => Value::Tuple(dests.iter().map(read).collect()),
        Dest::Struct(names, inner) => Value::Struct(Rc::clone(names), Box::new(read(inner))),
        Dest::Table(rows, dests) => {
            Value::Table(Table { columns: dests.iter().map(read).collect(), rows: rows.clone() })
        }
        Dest::Option { present, value, absence } => Value::Option(Box::new(Maybe {
            present: Atom::Var(*present),
            value: read(value),
            shared: false,
            absence: absence.clone(),
        })),
        Dest::View { base, path, range, shape, refs } => {
            let slice = Slice {
                base: *base,
                path: path.iter().map(|var| Atom::Var(*var)).collect(),
                range: range.map(|(lo, hi)| (Atom::Var(lo), Atom::Var(hi))),
            };
            Value::Array(View { slice, shape: shape.clone(), refs: *refs, mutable: false, fresh: false })
        }
        Dest::Func { which, of } => {
            Value::Func(Function::Choice(Rc::new(Choice { which: *which, of: of.clone() })))
        }
        Dest::Array { view, .. } => Value::Array(view.clone()),
    }
}
