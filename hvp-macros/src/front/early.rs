//! Arrays that are returned early from where they were made.
//!
//! `for … { if c { return vec![a]; } } out`  becomes  `loop { for … { if c { swap r, [a]; break } } swap r, out; break } return r`,
//! since an exit that has to leave a loop first, or goes past the other arms of a branch, finds no memory that was made inside.

use std::collections::BTreeSet;

use crate::ir::{Atom, Block, Branch, Func, Name, Stmt, Term, VarId, each_name};

/// Whether an early `return` in `func`, in slot form, returns an array that is no longer there where the function ends.
pub(super) fn returns_what_it_made(func: &Func) -> bool {
    Made { func, arrays: BTreeSet::new() }.is_returned(&func.body, false)
}

struct Made<'f> {
    func: &'f Func,
    /// Arrays made in a loop, or in one of several arms behind which the function goes on.
    arrays: BTreeSet<VarId>,
}

impl Made<'_> {
    fn is_returned(&mut self, block: &Block, inside: bool) -> bool {
        for stmt in &block.stmts {
            let found = match stmt {
                Stmt::Loop(l) => self.is_returned(&l.body, true),
                Stmt::Branch { branch, .. } => self.is_returned_in(branch, inside),
                made => {
                    each_name(made, |name| match name {
                        Name::Def(var) if inside && self.func.kind(var).is_array() => {
                            self.arrays.insert(var);
                        }
                        Name::Def(_) | Name::Use(_) | Name::Array(..) => {}
                    });
                    false
                }
            };
            if found {
                return true;
            }
        }
        match &block.term {
            Term::Return(values) => values.iter().filter_map(Atom::var).any(|var| self.arrays.contains(&var)),
            Term::Branch(branch) => self.is_returned_in(branch, inside),
            Term::Yield(_) | Term::Continue(..) | Term::Break(..) | Term::Escape(_) | Term::Panic(_) => false,
        }
    }

    fn is_returned_in(&mut self, branch: &Branch, inside: bool) -> bool {
        let several = branch.arms.iter().filter(|arm| !ends(&arm.body)).count() > 1;
        branch.arms.iter().any(|arm| self.is_returned(&arm.body, inside || several))
    }
}

/// Whether nothing behind `block` is reached.
fn ends(block: &Block) -> bool {
    match &block.term {
        Term::Continue(..) | Term::Break(..) | Term::Return(_) | Term::Escape(_) | Term::Panic(_) => true,
        Term::Branch(branch) => branch.arms.iter().all(|arm| ends(&arm.body)),
        Term::Yield(_) => block.stmts.iter().any(|stmt| {
            matches!(stmt, Stmt::Branch { branch, .. } if branch.arms.iter().all(|arm| ends(&arm.body)))
        }),
    }
}
