//! From syntax to the IR in slot form. Every construct is known or refused; an error never stops the search for more.

mod absence;
mod among;
mod arith;
mod array;
mod array_method;
mod assign;
mod attributes;
mod beside;
mod call;
mod catch;
mod chosen;
mod closure;
mod code;
mod collect;
mod compound;
mod condition;
mod consume;
mod control;
mod data;
mod data_forms;
mod dest;
mod destructors;
mod drive;
mod early;
mod exchange;
mod exits;
mod expr;
mod fixed;
mod followed;
mod format;
mod gathered;
mod given;
mod hygiene;
mod integers;
mod items;
mod iter;
mod join;
mod known;
mod late;
mod learned;
mod lent;
mod lookahead;
mod lower;
mod macros;
mod matching;
mod meant;
mod method;
mod names;
mod nested;
mod option;
mod other_float;
mod params;
mod passive;
mod passive_method;
mod pattern;
mod prepare;
mod question;
mod range;
mod records;
mod referenced;
mod renewed;
mod reorder;
mod repeat;
mod returns;
mod rule;
mod scope;
mod settle;
mod signature;
mod source;
mod spelling;
mod stmt;
mod structs;
mod table;
mod table_value;
#[cfg(test)]
mod tests;
mod told;
pub(crate) mod types;
mod unfold;
mod unseen;
mod value;
mod vec_method;
mod view;

pub(crate) use given::{lower_given, missing_for};
pub(crate) use items::names_of;
pub(crate) use lent::{is_own, lends};
pub(crate) use names::plain_words;
pub(crate) use records::Named;
pub(crate) use rule::lower_rule;
pub(crate) use signature::{own_type, unknown_scalar};
pub(crate) use source::{Passing, Scalar, Shape, SigParam, Signature, Source, Unknown, Wrapper};

use syn::visit::Visit;

use self::learned::{Content, Learned};
use self::lower::Lower;
use crate::attr::Options;
use crate::diag::Diag;
use crate::ir::Func;

/// A function in slot form and the user's text that it refers to.
pub(crate) struct Lowered {
    pub(crate) func: Func,
    pub(crate) source: Source,
}

/// Lowers `item`; `None` where errors were reported.
pub(crate) fn lower(item: &syn::ItemFn, options: &Options, diag: &mut Diag) -> Option<Lowered> {
    hygiene::check(item, diag);
    attributes::check(&item.block, diag);
    destructors::check(&item.block, &options.neighbours, diag);
    let mut lowered = lower_with(item, options, diag, Returns::Apart);
    if !diag.has_errors() && early::returns_what_it_made(&lowered.func) {
        lowered = lower_with(item, options, diag, Returns::Joined);
    }
    (!diag.has_errors()).then_some(lowered)
}

/// Where the `return`s of a function leave their value.
#[derive(Clone, Copy)]
enum Returns {
    Apart,
    /// In one array, which is made before the body.
    Joined,
}

/// Lowers `item`, and again whenever an attempt has found what a variable holds that starts as `None`.
fn lower_with(item: &syn::ItemFn, options: &Options, diag: &mut Diag, returns: Returns) -> Lowered {
    let (mut learned, reported) = (Learned::default(), diag.count());
    loop {
        let (lowered, found) = lower_body(item, options, diag, returns, learned.clone());
        let Some(found) = found else {
            return lowered;
        };
        learned.add(found);
        diag.forget(reported);
    }
}

fn lower_body(
    item: &syn::ItemFn,
    options: &Options,
    diag: &mut Diag,
    returns: Returns,
    learned: Learned,
) -> (Lowered, Option<(String, Content)>) {
    let signature = signature::read(item, options, diag);
    let mut cx = Lower::new(returns::empty(&signature), Source::new(signature), diag);
    let mut body = (*item.block).clone();
    spelling::spell_out(&mut body);
    cx.in_place = lookahead::in_place(&body);
    cx.renewed.visit_block(&body);
    cx.unseen.visit_signature(&item.sig);
    cx.unseen.visit_block(&body);
    options.helpers.iter().for_each(|helper| cx.unseen.visit_item_fn(&helper.function));
    options.items.iter().for_each(|item| cx.unseen.visit_item(item));
    cx.exchanged.visit_block(&body);
    cx.krate.clone_from(&options.krate);
    cx.floats.clone_from(&options.floats);
    cx.learned = learned;
    cx.beside(&options.items);
    cx.beside_stays_apart(item, options);
    cx.neighbours.clone_from(&options.neighbours);
    cx.check_aliases(&options.aliases);
    options.helpers.iter().for_each(|helper| cx.helper(helper));
    cx.parameters(&item.sig);
    match returns {
        Returns::Apart => cx.body(&body),
        Returns::Joined => cx.body_of_joined_returns(&body),
    }
    let found = cx.found.take();
    (cx.finish(), found)
}
