//! The attribute `#[differentiable]` of the crate `hvp`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use proc_macro::TokenStream;

/// Generates gradients and Hessian-vector products of the function it stands on.
#[proc_macro_attribute]
pub fn differentiable(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut out = item.clone();
    let (attribute, item) = (attribute.into(), proc_macro2::TokenStream::from(item));
    // The user's function is there whatever happens, so that an error of ours is the only one that the user sees.
    match catch_unwind(AssertUnwindSafe(|| driver::expand(attribute, item))) {
        Ok(derived) => out.extend(TokenStream::from(derived)),
        Err(panic) => out.extend(TokenStream::from(fallback::bug(panic.as_ref()))),
    }
    out
}

mod analysis;
mod attr;
mod configure;
mod diag;
mod driver;
mod emit;
mod fallback;
mod front;
mod ir;
mod rules;
mod transform;
