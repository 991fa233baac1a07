//! Recorded arrays of which only the shape is used (`analysis::outlines`).
//!
//! The adjoint of an array that a call returned has the length that the call gave it. Of such an array the tape holds an
//! outline, which for an array of fixed length is nothing, and for a `Vec` its length:
//!
//! ```text
//! tape.push((::hvp::__private::outline(&k4), t));
//! …
//! let (k4, t) = tape.pop().expect("each iteration has left a record");
//! let mut k4_bar = ::hvp::__private::zeros_like::<f64, _>(&k4);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::Emit;
use crate::ir::{Operand, VarId};

impl Emit<'_> {
    /// The outline that is pushed in place of an array.
    pub(super) fn outline(&self, tape: VarId, index: usize, value: &Operand) -> Option<TokenStream> {
        let Operand::Array(slice) = value else { return None };
        self.outlines.has(tape, index).then(|| {
            let (private, model) = (self.env.private(), self.borrow(slice));
            quote!(#private::outline(#model))
        })
    }
}
