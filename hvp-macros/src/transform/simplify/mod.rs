//! Makes derived functions as short as a person would write them.
//!
//! | pass | before | after |
//! |---|---|---|
//! | `copies` | `let b = a; f(b)` | `f(a)` |
//! | `fold` | `t * 1.0`, `-(-t)`, `2.0 * (3.0 * t)` | `t`, `t`, `6.0 * t` |
//! | `sums` | `a - c - c`, `t * c + u - t * d` | `a - 2.0 * c`, `t * (c - d) + u` |
//! | `carried` | a loop hands on what it was given | the value from before the loop |
//! | `common` | `let a = x * y; let b = x * y;` | `let a = x * y;` |
//! | `critical` | `(l * a) * b` where `l` waits for the iteration before | `l * (a * b)` |
//! | `join` | `if c { a } … if c { b }` | `if c { a; b }` |
//! | `coalesce` | `g[i] += a; g[i] += b;` | `g[i] += a + b;` |
//! | `counters` | `k -= 1;` in a reversed loop | `k` from the loop's variable, and a forward loop |
//! | `forward` | a reversed loop that only adds | a forward loop |
//! | `fuse` | the loop of the value, the loop of the gradient | one loop |
//! | `neighbours` | `g[i] += a; g[i + 1] += b;` in a loop | `g[i] += a + c;` with `c` the `b` of the last iteration |
//! | `promote` | `g[i] += a;` in a loop over `j` | `sum += a;`, and `g[i] += sum;` behind the loop |
//! | `skip` | a loop passes on an adjoint that the other choice left zero | `if c { for … }` |
//! | `spent` | an arm of a loop spreads an adjoint and leaves zero | the same, once |
//! | `records` | `push(a, a)` | `push(a)` |
//! | `dead` | what nobody reads | nothing |
//! | `leftover` | `a = s_bar[i]; s_bar[i] = 0.0;` at the end of `s_bar` | `a = s_bar[i];` |
//!
//! The user's arithmetic keeps its bits: where a value can reach a result of the user's, a condition or the user's own code
//! (`exact`), only rules that change no bit apply.

mod bounds;
mod carried;
mod coalesce;
mod common;
mod copies;
mod counters;
mod critical;
mod dead;
mod exact;
mod facts;
mod fold;
mod forward;
mod fuse;
mod indices;
mod join;
mod leftover;
mod neighbours;
mod promote;
mod records;
mod rewrite;
mod skip;
mod spent;
mod sums;
#[cfg(test)]
mod tests;
mod touched;
mod walk;

pub(super) use self::exact::exact;
use self::facts::Facts;
pub(super) use self::forward::is_sum;
pub(super) use self::indices::indices;
use crate::ir::{Func, verify};

/// The name of a pass, and the pass, which says whether it changed something.
type Pass = (&'static str, fn(&mut Func, &mut Facts) -> bool);

/// The passes in the order of application.
const PASSES: [Pass; 18] = [
    ("copies", copies::propagate),
    ("carried", carried::remove_invariant),
    ("common", common::share),
    ("fold", fold::fold),
    ("sums", sums::collect),
    ("critical", critical::shorten),
    ("join", join::join),
    ("records", records::share),
    ("dead", dead::eliminate),
    ("leftover", leftover::remove),
    ("coalesce", coalesce::coalesce),
    ("counters", counters::compute),
    ("forward", forward::turn),
    ("fuse", fuse::fuse),
    ("neighbours", neighbours::carry),
    ("promote", promote::promote),
    ("skip", skip::skip),
    ("spent", spent::guard),
];

/// The passes that change single operations, and leave loops where and as they are.
const OPERATIONS: [&str; 5] = ["copies", "common", "fold", "sums", "dead"];

/// Removes what nobody reads, and nothing else.
pub(crate) fn remove_unused(func: &mut Func) {
    while dead::eliminate(func, &mut Facts::default()) {}
}

/// Applies the passes in turn until none of them changes anything.
pub(crate) fn simplify(func: Func) -> Func {
    apply(func, &PASSES)
}

/// The same, but that what loops add to memory is added there: whose rows are looked for must show where they go.
pub(crate) fn simplify_in_place(func: Func) -> Func {
    let passes: Vec<Pass> = PASSES.into_iter().filter(|(name, _)| *name != "promote").collect();
    apply(func, &passes)
}

/// The same, but that loops stay as they are.
pub(crate) fn simplify_operations(func: Func) -> Func {
    let passes: Vec<Pass> = PASSES.into_iter().filter(|(name, _)| OPERATIONS.contains(name)).collect();
    apply(func, &passes)
}

fn apply(mut func: Func, passes: &[Pass]) -> Func {
    let mut facts = Facts::default();
    let mut idle = 0;
    // Each change makes the function smaller or its operations cheaper; the bound only guards against a cycle of rules.
    for (name, pass) in passes.iter().cycle().take(100 * passes.len()) {
        if changes(&mut func, &mut facts, name, *pass) {
            facts = Facts::default();
            idle = 0;
        } else {
            idle += 1;
        }
        if idle == passes.len() {
            return func;
        }
    }
    #[cfg(test)]
    panic!("the passes undo each other\n{func}");
    #[cfg(not(test))]
    func
}

/// Applies one pass; whether it changed something.
fn changes(func: &mut Func, facts: &mut Facts, name: &str, pass: fn(&mut Func, &mut Facts) -> bool) -> bool {
    if !cfg!(test) {
        return pass(func, facts);
    }
    let before = func.to_string();
    let changed = pass(func, facts);
    assert_eq!(verify(func), Ok(()), "after {name}");
    assert!(changed || func.to_string() == before, "{name} does not know that it changed\n{before}");
    changed
}
