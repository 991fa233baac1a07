//! What the primal sweep needs for its own sake: `assert!(s > 0.0)` reads `s`, and `if found {} else { panic!() }` reads `found`.

use super::facts::{head_vars, selector_vars};
use super::record::{has_effects, tail_blocks};
use crate::ir::{Atom, Block, Op, Opaque, Stmt, Term, VarId};

/// Adds to `found` the variables that the effects in `block`, and the branches and loops around them, read.
pub(crate) fn read_by_effects(block: &Block, found: &mut Vec<VarId>) {
    for stmt in &block.stmts {
        match stmt {
            Stmt::Effect(opaque) => read(opaque, found),
            Stmt::Let { op: Op::Opaque(opaque), .. } if !opaque.repeatable => read(opaque, found),
            Stmt::Branch { branch, .. } if branch.blocks().into_iter().any(has_effects) => {
                found.extend(selector_vars(branch));
            }
            Stmt::Loop(l) if has_effects(&l.body) => found.extend(head_vars(&l.head)),
            _ => {}
        }
        stmt.blocks().into_iter().for_each(|inner| read_by_effects(inner, found));
    }
    match &block.term {
        Term::Escape(opaque) | Term::Panic(opaque) => read(opaque, found),
        Term::Branch(branch) if branch.blocks().into_iter().any(has_effects) => found.extend(selector_vars(branch)),
        Term::Branch(_) | Term::Yield(_) | Term::Continue(..) | Term::Break(..) | Term::Return(_) => {}
    }
    tail_blocks(&block.term).into_iter().for_each(|inner| read_by_effects(inner, found));
}

fn read(opaque: &Opaque, found: &mut Vec<VarId>) {
    found.extend(opaque.args.iter().filter_map(Atom::var));
}
