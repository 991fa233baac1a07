//! Functions inside the body. Most are inlined where they are called; some cannot be.

use std::collections::BTreeMap;

use syn::{Expr, Ident, Item, ReturnType, Stmt};

use super::{attributes, names, types};

/// Why a nested function is differentiated on its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// It calls itself, by whatever way.
    Recursive,
    /// It gives a `Result`.
    Fails,
    /// It has the attribute already, with options of its own.
    Marked,
    /// One of the others calls it. It can be inlined too.
    Called,
}

/// The nested functions that are differentiated on their own.
pub(super) fn kept(stmts: &[Stmt]) -> BTreeMap<Ident, Why> {
    let (mut functions, mut marked) = (BTreeMap::<Ident, (Vec<Ident>, bool)>::new(), Vec::new());
    for stmt in stmts {
        if let Stmt::Item(Item::Fn(func)) = stmt {
            let block = &func.block;
            let body: Expr = syn::parse_quote!(#block);
            let fails = match &func.sig.output {
                ReturnType::Type(_, ty) => types::argument_of(ty, "Result").is_some(),
                ReturnType::Default => false,
            };
            functions.insert(func.sig.ident.clone(), (names::mentioned(&body), fails));
            let has_options = |attribute: &syn::Attribute| {
                attributes::is_ours(attribute) && !matches!(attribute.meta, syn::Meta::Path(_))
            };
            marked.extend(func.attrs.iter().any(has_options).then(|| func.sig.ident.clone()));
        }
    }
    let calls = |name: &Ident| {
        functions
            .get(name)
            .map_or(&[][..], |(called, _)| called)
            .iter()
            .filter(|called| functions.contains_key(called))
    };
    let reached = |name: &Ident| {
        let mut reached: Vec<Ident> = calls(name).cloned().collect();
        let mut at = 0;
        while let Some(next) = reached.get(at).cloned() {
            let more: Vec<Ident> = calls(&next).filter(|called| !reached.contains(called)).cloned().collect();
            reached.extend(more);
            at += 1;
        }
        reached
    };
    let mut kept = BTreeMap::new();
    for (name, (_, fails)) in &functions {
        if marked.contains(name) {
            kept.insert(name.clone(), Why::Marked);
        } else if reached(name).contains(name) {
            kept.insert(name.clone(), Why::Recursive);
        } else if *fails {
            kept.insert(name.clone(), Why::Fails);
        }
    }
    let helpers: Vec<Ident> = kept.keys().flat_map(reached).collect();
    for helper in helpers {
        kept.entry(helper).or_insert(Why::Called);
    }
    kept
}
