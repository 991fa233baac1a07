//! Room on a tape for the records of a whole loop.
//!
//! `for i in 0..n { …; tape.push(record); }`  →  `for i in ::hvp::__private::with_room(0..n, &mut tape) { … }`
//!
//! Only where each iteration is known to leave a record, so that no more is taken than will be used: a loop that may end
//! early makes room as it goes.

use proc_macro2::TokenStream;
use quote::quote;

use super::Emit;
use crate::ir::{Block, Call, Head, Loop, Outcome, Stmt, Term, VarId};

impl Emit<'_> {
    /// `range`, which on its way makes room on the tapes that `l` fills.
    pub(super) fn with_room(&self, l: &Loop, range: TokenStream) -> TokenStream {
        if self.depth.get() > 0 || !matches!(l.head, Head::Range { .. }) || !runs_to_its_end(&l.body) {
            return range;
        }
        let private = self.env.private();
        let filled =
            tapes_of(&l.body).filter(|tape| !self.is_flat(*tape) && !self.references.contains(*tape));
        filled.fold(range, |range, tape| {
            let tape = self.name(tape);
            quote!(#private::with_room(#range, &mut #tape))
        })
    }
}

/// The tapes that get one record in each execution of `block`.
fn tapes_of(block: &Block) -> impl Iterator<Item = VarId> + '_ {
    block.stmts.iter().filter_map(|stmt| match stmt {
        Stmt::Push { tape, .. } => Some(*tape),
        Stmt::Let { .. }
        | Stmt::Assign { .. }
        | Stmt::Effect(_)
        | Stmt::Alloc { .. }
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
        | Stmt::NewTape { .. }
        | Stmt::Turn
        | Stmt::Pop { .. } => None,
    })
}

/// Whether nothing in the body of a loop ends the loop or the function.
fn runs_to_its_end(block: &Block) -> bool {
    let ends = |stmt: &Stmt| matches!(stmt, Stmt::Call(Call { outcome: Outcome::Question(_), .. }));
    let goes_on = |stmt: &Stmt| !ends(stmt) && stmt.blocks().into_iter().all(runs_to_its_end);
    let end = match &block.term {
        Term::Yield(_) | Term::Continue(..) => true,
        Term::Branch(branch) => branch.blocks().into_iter().all(runs_to_its_end),
        Term::Break(..) | Term::Return(_) | Term::Escape(_) | Term::Panic(_) => false,
    };
    end && block.stmts.iter().all(goes_on)
}
