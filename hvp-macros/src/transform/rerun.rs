//! Calls that run where they have run before.
//!
//! A called function that draws a number must not draw another one for its adjoints. Where the same call runs twice, the generated code
//! asks whether it may, and rustc says no if it may not.

use std::collections::BTreeMap;

use crate::ir::{
    Atom, Entry, Func, Rewrite, SpanId, Stmt, Touch, VarId, each_call, rewrite_block, rewrite_stmt,
};

/// `func`, whose calls have all run before: it computes again what another function has computed.
pub(crate) fn again(func: Func) -> Func {
    marked(func, |_| true)
}

/// `func`, with a mark at the calls that stand in it twice.
pub(crate) fn mark_repeated(func: Func) -> Func {
    let mut times: BTreeMap<SpanId, usize> = BTreeMap::new();
    each_call(&func.body, &mut |call| {
        if call.entry != Entry::Pull {
            *times.entry(call.span).or_default() += 1;
        }
    });
    marked(func, |span| times.get(&span).is_some_and(|times| *times > 1))
}

fn marked(mut func: Func, is_again: impl Fn(SpanId) -> bool) -> Func {
    let mut body = std::mem::take(&mut func.body);
    rewrite_block(&mut Marks(is_again), &mut body);
    Func { body, ..func }
}

struct Marks<F>(F);

impl<F: Fn(SpanId) -> bool> Rewrite for Marks<F> {
    fn atom(&mut self, _: &mut Atom) {}
    fn array(&mut self, _: &mut VarId, _: Touch) {}
    fn def(&mut self, _: &mut VarId) {}

    fn stmt(&mut self, stmt: &mut Stmt) {
        rewrite_stmt(self, stmt);
        if let Stmt::Call(call) = stmt {
            call.again |= (self.0)(call.span);
        }
    }
}
