//! Scratch memory: arrays of which each iteration of a loop overwrites all before it reads any.

use std::collections::BTreeSet;

use super::facts::Facts;
use super::record::is_plain_range;
use crate::ir::{Adaptor, Atom, Block, Head, Loop, Op, Place, Slice, Stmt, Update, VarId, any_stmt, touches};

/// Whether every iteration of `l` overwrites all of `array` before it reads any of it.
pub(super) fn is_private(l: &Loop, array: VarId, facts: &Facts) -> bool {
    if facts.resized.contains(&array) {
        return false;
    }
    let in_loops = |stmt: &Stmt| {
        if let Stmt::Loop(inner) = stmt { is_private(inner, array, facts) } else { !touches(stmt, array) }
    };
    if l.body.stmts.iter().all(in_loops) && !touched_at_the_end(&l.body, array) {
        return true;
    }
    let Some(first) = l.body.stmts.iter().find(|stmt| touches(stmt, array)) else { return false };
    if let Stmt::Fill { dst, value: _ } = first {
        *dst == Slice::whole(array)
    } else if let Stmt::CopySlice { dst, src } = first {
        *dst == Slice::whole(array) && src.base != array
    } else if let Stmt::Loop(inner) = first {
        fills(inner, array, facts)
    } else {
        matches!(first, Stmt::Store { .. }) && stores_each(&l.body.stmts, array, facts)
    }
}

fn touched_at_the_end(block: &Block, array: VarId) -> bool {
    block.term.blocks().into_iter().any(|arm| any_stmt(arm, &mut |stmt| touches(stmt, array)))
}

/// `for i in 0..len { …; array[i] = …; … }`, nothing read from `array` before.
fn fills(l: &Loop, array: VarId, facts: &Facts) -> bool {
    let Head::Range { var, lo, hi, inclusive: false, adaptors } = &l.head else {
        return false;
    };
    if lo.integer() != Some(0)
        || adaptors.iter().any(|adaptor| *adaptor != Adaptor::Rev)
        || !is_plain_range(l)
        || facts.lengths(array).as_ref() != Some(hi)
    {
        return false;
    }
    let at = |place: &Place| place.base == array && place.path == [Atom::Var(*var)];
    let mut touching = l.body.stmts.iter().filter(|stmt| touches(stmt, array));
    let stored = matches!(touching.next(), Some(Stmt::Store { place, update: Update::Set, .. }) if at(place));
    let own = |stmt: &Stmt| matches!(stmt, Stmt::Let { op: Op::Load(place), .. } | Stmt::Store { place, .. } if at(place));
    stored && !touched_at_the_end(&l.body, array) && touching.all(own)
}

/// `array[0] = …; array[1] = …;` up to its constant length, before anything is read from it.
fn stores_each(stmts: &[Stmt], array: VarId, facts: &Facts) -> bool {
    let Some(len) = facts.lengths(array).and_then(|len| len.integer()) else { return false };
    let mut stored = BTreeSet::new();
    for stmt in stmts.iter().filter(|stmt| touches(stmt, array)) {
        let Stmt::Store { place, update: Update::Set, .. } = stmt else { break };
        if place.base != array {
            break;
        }
        if let [index] = place.path.as_slice() {
            stored.extend(index.integer());
        }
    }
    (0..len).all(|index| stored.contains(&index))
}
