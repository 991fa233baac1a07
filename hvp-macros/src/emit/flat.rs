//! Tapes of numbers one after another.
//!
//! What a tape only takes to restore the same array later needs no array of its own for each record:
//!
//! ```text
//! tape.extend_from_slice(&xc);
//! …
//! ::hvp::__private::restore(&mut xc, &mut tape);
//! ```

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::quote;

use super::Emit;
use crate::ir::{Block, Func, Kind, Name, Operand, Slice, Stmt, Term, VarId, any_stmt, each_name};

/// The flat tapes of a function.
#[derive(Debug, Default)]
pub(super) struct Flat {
    /// How many arrays a record of each has.
    tapes: BTreeMap<VarId, usize>,
    /// What is taken out: of which tape, at which place of a record.
    popped: BTreeMap<VarId, (VarId, usize)>,
}

impl Flat {
    pub(super) fn find(func: &Func) -> Flat {
        let mut walk = Walk { func, flat: Flat::default(), refused: BTreeSet::new() };
        walk.block(&func.body);
        walk.refused.extend(func.params.iter().map(|param| param.var));
        let Walk { mut flat, refused, .. } = walk;
        flat.tapes.retain(|tape, _| !refused.contains(tape));
        flat.popped.retain(|_, (tape, _)| !refused.contains(tape));
        flat
    }
}

struct Walk<'f> {
    func: &'f Func,
    flat: Flat,
    refused: BTreeSet<VarId>,
}

impl Walk<'_> {
    fn block(&mut self, block: &Block) {
        for (at, stmt) in block.stmts.iter().enumerate() {
            match stmt {
                Stmt::Push { tape, values } => {
                    let flat = values.iter().all(|value| self.is_flat(value));
                    if !flat || self.flat.tapes.insert(*tape, values.len()).is_some() {
                        self.refused.insert(*tape);
                    }
                }
                Stmt::Pop { tape, vars } => self.pop(*tape, vars, &block.stmts[at + 1..]),
                other => other.blocks().into_iter().for_each(|inner| self.block(inner)),
            }
        }
        if let Term::Branch(branch) = &block.term {
            branch.blocks().into_iter().for_each(|inner| self.block(inner));
        }
    }

    /// An array of numbers that do not own memory.
    fn is_flat(&self, value: &Operand) -> bool {
        match value {
            Operand::Array(Slice { base, path, .. }) => match self.func.kind(*base).element(path.len()) {
                Kind::Array(inner) => matches!(**inner, Kind::Real | Kind::Tangent),
                _ => false,
            },
            Operand::Atom(_) => false,
        }
    }

    /// Each array that is taken out must restore another at once, and serve nothing else.
    fn pop(&mut self, tape: VarId, vars: &[VarId], rest: &[Stmt]) {
        let mut open: BTreeSet<VarId> = vars.iter().copied().collect();
        for stmt in rest {
            match stmt {
                Stmt::CopySlice { src, .. } if *src == Slice::whole(src.base) && open.remove(&src.base) => {}
                other => each_name(other, |name| {
                    if matches!(name, Name::Array(array, _) if vars.contains(&array)) {
                        self.refused.insert(tape);
                    }
                }),
            }
        }
        if !open.is_empty() {
            self.refused.insert(tape);
        }
        for (index, var) in vars.iter().enumerate() {
            self.flat.popped.insert(*var, (tape, index));
        }
    }
}

/// The tapes of `func` whose records can be copied and borrow nothing, whatever they are.
pub(super) fn plain_tapes(func: &Func) -> BTreeSet<VarId> {
    let (mut plain, mut others) = (BTreeSet::new(), BTreeSet::new());
    let is_plain = |value: &Operand| match value {
        Operand::Atom(atom) => {
            matches!(func.atom_kind(atom), Kind::Real | Kind::Tangent | Kind::Int | Kind::Bool)
        }
        Operand::Array(_) => false,
    };
    any_stmt(&func.body, &mut |stmt| {
        if let Stmt::Push { tape, values } = stmt {
            let tapes = if values.iter().all(is_plain) { &mut plain } else { &mut others };
            tapes.insert(*tape);
        }
        false
    });
    &plain - &others
}

impl Emit<'_> {
    pub(super) fn is_flat(&self, tape: VarId) -> bool {
        self.flat.tapes.contains_key(&tape)
    }

    fn part(&self, tape: VarId, index: usize) -> TokenStream {
        let name = self.name(tape);
        if self.flat.tapes.get(&tape) == Some(&1) {
            return quote!(#name);
        }
        let index = syn::Index::from(index);
        quote!(#name.#index)
    }

    pub(super) fn new_flat(&self, tape: VarId) -> TokenStream {
        let (name, private) = (self.name(tape), self.env.private());
        match self.flat.tapes.get(&tape) {
            Some(1) | None => quote!(let mut #name = #private::Tape::new();),
            Some(count) => {
                let parts = (0..*count).map(|_| quote!(#private::Tape::new()));
                quote!(let mut #name = (#(#parts),*);)
            }
        }
    }

    pub(super) fn push_flat(&self, tape: VarId, values: &[Operand]) -> TokenStream {
        let one = |(index, value): (usize, &Operand)| {
            let Operand::Array(slice) = value else { unreachable!("flat tapes take arrays") };
            let (part, region) = (self.part(tape, index), self.region(slice));
            quote!(#part.extend_from_slice(&#region[..]);)
        };
        values.iter().enumerate().map(one).collect()
    }

    /// `dst.copy_from_slice(src)` where `src` is the end of a flat tape.
    pub(super) fn restore(&self, dst: &Slice, src: &Slice) -> Option<TokenStream> {
        let (tape, index) = self.flat.popped.get(&src.base)?;
        let (private, part, region) = (self.env.private(), self.part(*tape, *index), self.region(dst));
        Some(quote!(#private::restore(&mut #region[..], &mut #part);))
    }
}
