//! The attribute `#[differentiable]` of the crate `hvp`.

use proc_macro::TokenStream;

/// Generates gradients and Hessian-vector products of the function it stands on.
#[proc_macro_attribute]
pub fn differentiable(_attribute: TokenStream, item: TokenStream) -> TokenStream {
    item
}

mod analysis;
mod attr;
mod diag;
mod front;
mod ir;
mod rules;
mod transform;
