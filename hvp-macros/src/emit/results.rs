//! What the value of a call is taken apart into.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::Emit;
use super::layout::tuple;
use crate::ir::{Arg, ArgValue, Call, Entry, Kind, VarId};

impl Emit<'_> {
    /// What a call's value is taken apart into; nothing where none of it is used.
    pub(super) fn call_pattern(&self, call: &Call) -> Option<TokenStream> {
        let results = &call.results[..];
        match call.entry {
            Entry::Pull => self.pull_pattern(call),
            Entry::Primal if !call.tangent => (!results.is_empty()).then(|| self.tuple_pattern(results)),
            Entry::Primal | Entry::Forward => {
                let (results, state) = match (call.entry, results.split_last()) {
                    (Entry::Forward, Some((state, results))) => (results, Some(*state)),
                    _ => (results, None),
                };
                let mut parts = Vec::new();
                if call.tangent {
                    let results = &results[..results.len() - dots_after(call).len()];
                    let is_dot = |var: &VarId| *self.func.kind(*var).scalar() == Kind::Tangent;
                    let values: Vec<VarId> = results.iter().copied().filter(|var| !is_dot(var)).collect();
                    parts.extend([self.tuple_pattern(&values), self.dots_pattern(results, &is_dot)]);
                } else {
                    parts.push(self.tuple_pattern(results));
                }
                parts.extend(state.map(|state| {
                    let name = self.name(state);
                    quote!(#name)
                }));
                Some(quote!((#(#parts),*)))
            }
        }
    }

    /// Nothing is known of results that are dropped.
    fn tuple_pattern(&self, vars: &[VarId]) -> TokenStream {
        let names: Vec<TokenStream> = vars.iter().map(|var| self.call_result(*var)).collect();
        if names.is_empty() { quote!(_) } else { tuple(&names) }
    }

    /// The tangents of the results; a result that is no real number has none.
    fn dots_pattern(&self, results: &[VarId], is_dot: &impl Fn(&VarId) -> bool) -> TokenStream {
        let mut names = Vec::new();
        for (at, _) in results.iter().enumerate().filter(|(_, var)| !is_dot(var)) {
            let dot = results.get(at + 1).filter(|next| is_dot(next));
            names.push(dot.map_or_else(|| quote!(_), |dot| self.call_result(*dot)));
        }
        if names.is_empty() { quote!(_) } else { tuple(&names) }
    }

    pub(super) fn call_result(&self, var: VarId) -> TokenStream {
        let name = self.name(var);
        if self.func.kind(var).is_array() { quote!(mut #name) } else { quote!(#name) }
    }

    fn pull_pattern(&self, call: &Call) -> Option<TokenStream> {
        if call.results.is_empty() {
            return None;
        }
        let mut results = call.results.iter().map(|var| self.name(*var).to_token_stream());
        let mut parts = Vec::new();
        for place in call.places() {
            let (mut bars, mut dots) = (Vec::new(), Vec::new());
            for arg in place {
                let mut next = || if is_pulled(arg) { results.next() } else { None };
                bars.push(next().unwrap_or_else(|| quote!(_)));
                if call.tangent {
                    dots.push(next().unwrap_or_else(|| quote!(_)));
                }
            }
            parts.push(match (place[0].tuple, call.tangent) {
                _ if !place.iter().any(is_pulled) => quote!(_),
                (Some(_), true) => quote!(((#(#bars,)*), (#(#dots,)*))),
                (Some(_), false) => quote!((#(#bars,)*)),
                (None, true) => quote!((#(#bars)*, #(#dots)*)),
                (None, false) => quote!(#(#bars)*),
            });
        }
        Some(quote!((#(#parts,)*)))
    }
}

/// Whether a pull gives the adjoint of the argument back.
fn is_pulled(arg: &Arg) -> bool {
    match &arg.value {
        ArgValue::Scalar(_) | ArgValue::ScalarGone => arg.active,
        ArgValue::Array(_)
        | ArgValue::ArrayMut(_)
        | ArgValue::ArrayByValue(_)
        | ArgValue::ScalarMut { .. }
        | ArgValue::ArrayGone => false,
    }
}

/// The variables of the tangents that `&mut` scalars have after the call.
pub(super) fn dots_after(call: &Call) -> Vec<VarId> {
    if !call.tangent || call.entry == Entry::Pull {
        return Vec::new();
    }
    let is_one = |arg: &&Arg| arg.active && matches!(arg.value, ArgValue::ScalarMut { .. });
    let count = call.args.iter().filter(is_one).count();
    let end = call.results.len() - usize::from(call.entry == Entry::Forward);
    call.results[end - count..end].to_vec()
}
