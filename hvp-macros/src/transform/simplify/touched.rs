//! What statements name, and whether they can change places.

use super::walk::each_block;
use crate::ir::{Block, Name, Op, Stmt, Term, Touch, Update, VarSet, each_name};

/// More statements than this between two are not looked through, so that the time does not grow with the square of a
/// function's length.
const FAR: usize = 48;

/// What a statement names, nested blocks included.
#[derive(Default)]
pub(super) struct Touched {
    used: VarSet,
    defined: VarSet,
    pub(super) read: VarSet,
    changed: VarSet,
    /// Of the changed arrays, those that are not only added to in an order that does not matter.
    replaced: VarSet,
    /// Something happens that the user sees.
    acts: bool,
    /// Memory changes that the user may see.
    shows: bool,
    /// The primal sweep ends here: nothing crosses.
    turns: bool,
}

impl Touched {
    pub(super) fn by(stmt: &Stmt, exact: &VarSet) -> Touched {
        let mut touched =
            Touched { acts: acts(stmt), turns: matches!(stmt, Stmt::Turn), ..Touched::default() };
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
        touched.shows = touched.changed.meets(exact);
        if !touched.changed.is_empty() {
            let mut otherwise = touched.read.clone();
            otherwise.unite(exact);
            not_added(stmt, &mut otherwise);
            touched.replaced = touched.changed.common(&otherwise);
        }
        touched
    }

    /// Whether the two statements cannot change places.
    pub(super) fn conflicts(&self, other: &Touched) -> bool {
        self.feeds(other)
            || other.feeds(self)
            || self.replaced.meets(&other.changed)
            || other.replaced.meets(&self.changed)
            || self.acts && (other.acts || other.shows)
            || other.acts && self.shows
    }

    /// Whether `other` uses what this statement makes.
    fn feeds(&self, other: &Touched) -> bool {
        let uses = [&other.used, &other.read];
        uses.into_iter().any(|used| used.meets(&self.defined) || used.meets(&self.changed))
            || other.changed.meets(&self.defined)
    }
}

/// Adds the arrays that `stmt` changes otherwise than by additions.
fn not_added(stmt: &Stmt, otherwise: &mut VarSet) {
    match stmt {
        Stmt::Store { update: Update::Add, .. } | Stmt::AddSlice { .. } => {}
        Stmt::Branch { .. } | Stmt::Loop(_) => {
            for block in stmt.blocks() {
                block.stmts.iter().for_each(|inner| not_added(inner, otherwise));
                each_tail(block, &mut |inner| {
                    inner.stmts.iter().for_each(|inner| not_added(inner, otherwise));
                });
            }
        }
        Stmt::Let { .. }
        | Stmt::Assign { .. }
        | Stmt::Effect(_)
        | Stmt::Alloc { .. }
        | Stmt::Store { update: Update::Set, .. }
        | Stmt::CopySlice { .. }
        | Stmt::Fill { .. }
        | Stmt::Swap { .. }
        | Stmt::VecPush { .. }
        | Stmt::VecPop { .. }
        | Stmt::Call(_)
        | Stmt::NewTape { .. }
        | Stmt::Turn
        | Stmt::Push { .. }
        | Stmt::Pop { .. } => each_name(stmt, |name| {
            if let Name::Array(array, Touch::Set | Touch::Update | Touch::Grow) = name {
                otherwise.insert(array);
            }
        }),
    }
}

/// The arms in which `block` goes on.
fn each_tail(block: &Block, visit: &mut dyn FnMut(&Block)) {
    if let Term::Branch(branch) = &block.term {
        for inner in branch.blocks() {
            visit(inner);
            each_tail(inner, visit);
        }
    }
}

/// Whether the user sees when `stmt` happens.
pub(super) fn acts(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Effect(_) | Stmt::Turn | Stmt::Assign { .. } => true,
        Stmt::Let { op: Op::Opaque(opaque), .. } => !opaque.repeatable,
        Stmt::Call(call) => call.leaves() || call.results.is_empty(),
        Stmt::Branch { .. } | Stmt::Loop(_) => stmt.blocks().into_iter().any(block_acts),
        Stmt::Let { .. }
        | Stmt::Alloc { .. }
        | Stmt::Store { .. }
        | Stmt::CopySlice { .. }
        | Stmt::AddSlice { .. }
        | Stmt::Fill { .. }
        | Stmt::Swap { .. }
        | Stmt::VecPush { .. }
        | Stmt::VecPop { .. }
        | Stmt::NewTape { .. }
        | Stmt::Push { .. }
        | Stmt::Pop { .. } => false,
    }
}

fn block_acts(block: &Block) -> bool {
    let mut found = false;
    each_block(block, &mut |inner| {
        found |= matches!(inner.term, Term::Escape(_) | Term::Panic(_) | Term::Return(_));
        found |= inner.stmts.iter().any(|stmt| stmt.blocks().is_empty() && acts(stmt));
    });
    found
}

/// Which of the statements between two can stand before both; nothing, if the others cannot stand behind both.
pub(super) fn split_between(first: &Touched, second: &Touched, between: &[Touched]) -> Option<Vec<bool>> {
    if between.len() > FAR || between.iter().any(|touched| touched.turns) {
        return None;
    }
    let mut late: Vec<&Touched> = Vec::new();
    let mut before = Vec::new();
    for touched in between {
        let waits = touched.conflicts(first) || late.iter().any(|earlier| touched.conflicts(earlier));
        before.push(!waits);
        if waits {
            if touched.conflicts(second) {
                return None;
            }
            late.push(touched);
        }
    }
    Some(before)
}
