//! What statements name, and whether they can change places.

use std::collections::BTreeSet;

use super::walk::each_block;
use crate::ir::{Block, Name, Op, Stmt, Touch, Update, VarId, each_name};

/// What a statement names.
#[derive(Default)]
pub(super) struct Touched {
    pub(super) used: BTreeSet<VarId>,
    pub(super) defined: BTreeSet<VarId>,
    pub(super) read: BTreeSet<VarId>,
    pub(super) added: BTreeSet<VarId>,
    pub(super) changed: BTreeSet<VarId>,
}

impl Touched {
    pub(super) fn by(stmt: &Stmt) -> Touched {
        let mut touched = Touched::default();
        each_name(stmt, |name| match name {
            Name::Use(atom) => touched.used.extend(atom.var()),
            Name::Def(var) => {
                touched.defined.insert(var);
            }
            Name::Array(array, Touch::Read) => {
                touched.read.insert(array);
            }
            Name::Array(array, Touch::Set | Touch::Update | Touch::Grow) => {
                touched.changed.insert(array);
            }
        });
        let blocks = stmt.blocks().into_iter();
        touched.added = blocks.flat_map(|block| only_added(block, &touched)).collect();
        touched
    }

    pub(super) fn written(&self, array: VarId) -> bool {
        self.changed.contains(&array)
    }

    fn touches_any(&self, vars: &BTreeSet<VarId>) -> bool {
        self.read
            .iter()
            .chain(&self.changed)
            .any(|array| vars.contains(array))
    }
}

/// The arrays that `body` changes by additions only, and does not read.
fn only_added(body: &Block, touched: &Touched) -> BTreeSet<VarId> {
    let mut otherwise = touched.read.clone();
    each_block(body, &mut |block| {
        for stmt in &block.stmts {
            let adds = match stmt {
                Stmt::Store {
                    update: Update::Add, ..
                }
                | Stmt::AddSlice { .. } => true,
                Stmt::Branch { .. } | Stmt::Loop(_) => continue,
                _ => false,
            };
            each_name(stmt, |name| {
                if let Name::Array(array, Touch::Set | Touch::Update | Touch::Grow) = name
                    && !adds
                {
                    otherwise.insert(array);
                }
            });
        }
    });
    touched.changed.difference(&otherwise).copied().collect()
}

/// Which of the statements between two can stand before both; nothing, if the others cannot stand behind both.
pub(super) fn split_between(first: &Touched, second: &Touched, between: &[Stmt]) -> Option<Vec<bool>> {
    let mut late = first.defined.clone();
    let mut before = Vec::new();
    for stmt in between {
        let touched = Touched::by(stmt);
        let depends = touched.used.intersection(&late).next().is_some()
            || touched
                .read
                .iter()
                .any(|array| first.written(*array) || late.contains(array));
        if !is_pure(stmt) || depends && (touched.read.iter().any(|array| second.written(*array))) {
            return None;
        }
        if depends {
            late.extend(touched.defined);
        }
        before.push(!depends);
    }
    let late: BTreeSet<VarId> = late.difference(&first.defined).copied().collect();
    let waits = second.used.intersection(&late).next().is_some() || second.touches_any(&late);
    (!waits).then_some(before)
}

fn is_pure(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Let {
            op: Op::Opaque(opaque),
            ..
        } => opaque.repeatable,
        Stmt::Let { .. } | Stmt::Alloc { .. } | Stmt::NewTape { .. } => true,
        Stmt::Assign { .. }
        | Stmt::Effect(_)
        | Stmt::Store { .. }
        | Stmt::CopySlice { .. }
        | Stmt::AddSlice { .. }
        | Stmt::Fill { .. }
        | Stmt::Swap { .. }
        | Stmt::VecPush { .. }
        | Stmt::VecPop { .. }
        | Stmt::Branch { .. }
        | Stmt::Loop(_)
        | Stmt::Call(_)
        | Stmt::Turn
        | Stmt::Push { .. }
        | Stmt::Pop { .. } => false,
    }
}
