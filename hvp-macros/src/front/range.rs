//! Ranges of integers whose type only uses tell.
//!
//! `x.iter().zip(1..).map(|(c, k)| c * t.powi(k))`: that `k` is an `i32` is known when the whole body is lowered. Until then its
//! place in the range is a marked fragment; where it is a `usize`, or nothing asks for its type, that becomes an addition.

use std::collections::BTreeSet;
use std::rc::Rc;

use proc_macro2::{Span, TokenStream};
use quote::quote;

use super::iter::{Access, Iter, one, zero};
use super::lower::Lower;
use super::source::Source;
use super::types;
use super::value::{Code, Value, blank};
use crate::ir::{Adaptor, Atom, Block, Fragment, Head, Kind, Loop, Op, Opaque, Operand, Stmt, Term, VarId};

/// What a marked fragment stands for.
#[derive(Clone, Copy)]
pub(crate) enum Mark {
    /// The first argument plus the last, which counts.
    Item,
    /// How many lie between the two arguments; of `usize`s, it is the integer that this gives.
    Len { usizes: Fragment, inclusive: bool },
    /// The greatest integer, which as a `usize` is this.
    End(Fragment),
}

/// How a range is known to be of `usize`.
enum Integers {
    Usize,
    Other,
    /// As the uses of its items tell.
    Open,
}

impl Lower<'_> {
    /// The type of an integer, as far as a literal, a parameter, an annotation or a cast tells.
    fn integer_type(&self, atom: &Atom) -> Option<String> {
        match atom {
            Atom::Int(text) => types::suffix_of(text).map(str::to_owned),
            other => {
                let var = other.var()?;
                self.int_types.get(&var).cloned().or_else(|| self.integer_params().remove(&var))
            }
        }
    }

    fn integers_of(&self, lo: &Atom, hi: Option<&Atom>) -> Integers {
        let ends = || std::iter::once(lo).chain(hi);
        if let Some(ty) = ends().find_map(|end| self.integer_type(end)) {
            return if ty == "usize" { Integers::Usize } else { Integers::Other };
        }
        let negative = ends().any(|end| matches!(end, Atom::Int(text) if text.starts_with('-')));
        if negative { Integers::Other } else { Integers::Open }
    }

    pub(super) fn prepare_range(
        &mut self,
        lo: &Atom,
        hi: Option<&Atom>,
        inclusive: bool,
        span: Span,
    ) -> (Access, Option<Atom>) {
        let integers = self.integers_of(lo, hi);
        let len = hi.map(|hi| match integers {
            Integers::Usize => self.count_of_usizes(lo, hi, inclusive, span),
            Integers::Open if matches!((lo, hi), (Atom::Int(_), Atom::Int(_))) => {
                self.count_of_usizes(lo, hi, inclusive, span)
            }
            Integers::Open | Integers::Other => {
                let count = self.count_of_integers(lo, hi, inclusive, span);
                if matches!(integers, Integers::Open) {
                    let usizes = self.usizes_between(inclusive, span);
                    self.source.ranges.insert(count.code, Mark::Len { usizes, inclusive });
                }
                self.temp(Kind::Int, Op::Opaque(count), span)
            }
        });
        let (lo, hi) = (lo.clone(), hi.cloned());
        let item = move |cx: &mut Lower<'_>, at: Atom| {
            if matches!(integers, Integers::Usize) {
                return Value::int(cx.add_int(lo.clone(), at, span));
            }
            let code = item_code(&lo, hi.as_ref(), inclusive, at, span);
            let item = cx.opaque(code);
            if matches!(integers, Integers::Open) {
                cx.source.ranges.insert(item.code, Mark::Item);
            }
            Value::int(cx.temp(Kind::Int, Op::Opaque(item), span))
        };
        (Rc::new(item), len)
    }

    fn count_of_usizes(&mut self, lo: &Atom, hi: &Atom, inclusive: bool, span: Span) -> Atom {
        let hi = if inclusive { self.add_int(hi.clone(), one(), span) } else { hi.clone() };
        if *lo == zero() {
            return hi;
        }
        self.int_code(&[hi, lo.clone()], span, |idents| {
            let [hi, lo] = idents else { return quote!() };
            quote!(::core::primitive::usize::saturating_sub(#hi, #lo))
        })
    }

    fn usizes_between(&mut self, inclusive: bool, span: Span) -> Fragment {
        let (lo, hi) = (Source::hole(0, span), Source::hole(1, span));
        let end = if inclusive { quote!(#hi + 1) } else { quote!(#hi) };
        let fragment = self.source.add_fragment(quote!(::core::primitive::usize::saturating_sub(#end, #lo)));
        self.source.integers.insert(fragment, "usize".to_owned());
        fragment
    }

    fn count_of_integers(&mut self, lo: &Atom, hi: &Atom, inclusive: bool, span: Span) -> Opaque {
        let range = range_code(lo, Some(hi), inclusive, span);
        self.opaque(range.wrap(Kind::Int, |range| quote!(::core::iter::Iterator::size_hint(&(#range)).0)))
    }

    /// The end of `lo..`, and whether it belongs to it.
    pub(super) fn last_of(&mut self, lo: &Atom, span: Span) -> (Atom, bool) {
        let integers = self.integers_of(lo, None);
        if matches!(integers, Integers::Usize) {
            return (self.endless(span), false);
        }
        let krate = self.facade();
        let code = Code::constant(quote!(#krate::__private::greatest()), Kind::Int);
        let end = self.opaque(code);
        if matches!(integers, Integers::Open) {
            let usize = self.source.add_fragment(quote!(::core::primitive::usize::MAX));
            self.source.ranges.insert(end.code, Mark::End(usize));
        }
        (self.temp(Kind::Int, Op::Opaque(end), span), matches!(integers, Integers::Other))
    }
}

/// A range whose adaptors are iterators of their own.
pub(super) fn without_adaptors(iter: Iter) -> Iter {
    let Iter::Range { lo, hi, inclusive, adaptors } = iter else { return iter };
    let range = Iter::Range { lo, hi, inclusive, adaptors: Vec::new() };
    adaptors.into_iter().fold(range, |inner, adaptor| match adaptor {
        Adaptor::Rev => Iter::Rev(Box::new(inner)),
        Adaptor::StepBy(n) => Iter::StepBy(Box::new(inner), n),
    })
}

fn range_code(lo: &Atom, hi: Option<&Atom>, inclusive: bool, span: Span) -> Code {
    let mut code = blank(Kind::Opaque);
    let lo = code.absorb(&Code::hole(lo.clone(), Kind::Int, span));
    let hi: Option<TokenStream> = hi.map(|hi| code.absorb(&Code::hole(hi.clone(), Kind::Int, span)));
    code.wrap(Kind::Opaque, |_| if inclusive { quote!(#lo..=#hi) } else { quote!(#lo..#hi) })
}

fn item_code(lo: &Atom, hi: Option<&Atom>, inclusive: bool, at: Atom, span: Span) -> Code {
    let mut code = range_code(lo, hi, inclusive, span);
    let at = code.absorb(&Code::hole(at, Kind::Int, span));
    code.wrap(
        Kind::Int,
        |range| quote!(::core::option::Option::unwrap(::core::iter::Iterator::nth(&mut (#range), #at))),
    )
}

/// Makes plain integers of the marked ones that are `usize`. A range to the greatest of another type has that as its last item.
pub(super) fn settle(block: &mut Block, source: &Source, is_usize: &impl Fn(VarId) -> bool) {
    let mut others = BTreeSet::new();
    for stmt in &mut block.stmts {
        if let Stmt::Let { var, op } = stmt
            && let Op::Opaque(opaque) = op
            && let Some(mark) = source.ranges.get(&opaque.code)
        {
            if opaque.vars().chain([*var]).all(is_usize) {
                *op = plain(opaque, *mark);
            } else if let Mark::End(_) = mark {
                others.insert(*var);
            }
        } else if let Stmt::Loop(Loop { head: Head::Range { hi, inclusive, .. }, .. }) = stmt {
            *inclusive |= hi.var().is_some_and(|hi| others.contains(&hi));
        }
        stmt.blocks_mut().into_iter().for_each(|inner| settle(inner, source, is_usize));
    }
    if let Term::Branch(branch) = &mut block.term {
        branch.blocks_mut().into_iter().for_each(|inner| settle(inner, source, is_usize));
    }
}

/// What the marked `opaque` is of `usize`s.
fn plain(opaque: &Opaque, mark: Mark) -> Op {
    let numbers: Vec<&Atom> = opaque.args.iter().filter_map(Operand::atom).collect();
    match (mark, numbers.as_slice()) {
        (Mark::Item, [lo, .., at]) if **lo == zero() => Op::Copy((*at).clone()),
        (Mark::Item, [lo, .., at]) => Op::Add((*lo).clone(), (*at).clone()),
        (Mark::Len { inclusive: true, .. }, [lo, hi]) if **lo == zero() => Op::Add((*hi).clone(), one()),
        (Mark::Len { inclusive: false, .. }, [lo, hi]) if **lo == zero() => Op::Copy((*hi).clone()),
        (Mark::Len { usizes, .. }, _) => Op::Opaque(Opaque { code: usizes, ..opaque.clone() }),
        (Mark::End(greatest), _) => Op::Opaque(Opaque { code: greatest, ..opaque.clone() }),
        (Mark::Item, _) => Op::Opaque(opaque.clone()),
    }
}
