//! From syntax to the IR in slot form. Every construct is known or refused; an error never stops the search for more.

mod arith;
mod array;
mod array_method;
mod assign;
mod call;
mod closure;
mod code;
mod collect;
mod condition;
mod consume;
mod control;
mod drive;
mod exits;
mod expr;
mod format;
mod hygiene;
mod iter;
mod join;
mod known;
mod lookahead;
mod lower;
mod macros;
mod matching;
mod method;
mod names;
mod option;
mod params;
mod passive;
mod passive_method;
mod pattern;
mod prepare;
mod question;
mod reorder;
mod returns;
mod scope;
mod settle;
mod signature;
mod source;
mod stmt;
mod table;
#[cfg(test)]
mod tests;
mod types;
mod value;
mod view;

pub(crate) use source::{Passing, Scalar, Shape, SigParam, Signature, Source, Wrapper};

use crate::attr::Options;
use crate::diag::Diag;
use crate::ir::{Atom, Block, Func, Term};

/// A function in slot form and the user's text that it refers to.
pub(crate) struct Lowered {
    pub(crate) func: Func,
    pub(crate) source: Source,
}

/// Lowers `item`; `None` where errors were reported.
pub(crate) fn lower(item: &syn::ItemFn, options: &Options, diag: &mut Diag) -> Option<Lowered> {
    refuse_rules(options, diag);
    hygiene::check(item, diag);
    let signature = signature::read(item, options, diag);
    let results = returns::roles(&signature.result);
    let n_results = results.len();
    let func = Func {
        name: item.sig.ident.to_string(),
        vars: Vec::new(),
        params: Vec::new(),
        results,
        body: Block {
            stmts: Vec::new(),
            term: Term::Return(Vec::new()),
        },
        n_loops: 0,
    };
    let mut cx = lower::Lower::new(func, Source::new(signature), diag);
    cx.in_place = lookahead::in_place(&item.block);
    cx.parameters(&item.sig);
    cx.body(&item.block);
    let open = std::mem::take(&mut cx.open);
    cx.func.body = open.close(Term::Return(vec![Atom::Undef; n_results]));
    let (func, source) = (cx.func, cx.source);
    (!diag.has_errors()).then_some(Lowered { func, source })
}

/// Rules of the user's own would be ignored.
fn refuse_rules(options: &Options, diag: &mut Diag) {
    if let Some(rule) = &options.derivative {
        diag.error(
            rule,
            "`derivative = …` is not supported; leave it out where the body can be differentiated",
        );
    }
    for rule in [&options.jvp, &options.vjp].into_iter().flatten() {
        diag.error(
            rule,
            "`jvp = …` and `vjp = …` are not supported; leave them out where the body can be differentiated",
        );
    }
}
