//! The attribute `#[differentiable]` of the crate `hvp`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use proc_macro::TokenStream;

/// The crate `hvp` re-exports this attribute and documents it.
#[proc_macro_attribute]
pub fn differentiable(attribute: TokenStream, item: TokenStream) -> TokenStream {
    TokenStream::from(complete(attribute.into(), item.into()))
}

/// The user's function, which is there whatever happens, and what stands beside it.
fn complete(attribute: proc_macro2::TokenStream, item: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    if let Some(module) = module::read(&item) {
        return module::expand(&attribute, module);
    }
    let mut out = item.clone();
    out.extend(beside(attribute, item));
    out
}

fn beside(attribute: proc_macro2::TokenStream, item: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    let derived = catch_unwind(AssertUnwindSafe(|| driver::expand(attribute.clone(), item.clone())));
    derived.unwrap_or_else(|panic| {
        let mut out = fallback::bug(panic.as_ref());
        out.extend(catch_unwind(AssertUnwindSafe(|| driver::stubs(attribute, item))).unwrap_or_default());
        out
    })
}

mod analysis;
mod attr;
mod bounds;
mod configure;
mod derivative;
mod diag;
mod driver;
mod emit;
#[cfg(test)]
mod expansions;
mod fallback;
mod front;
#[cfg(test)]
mod half_typed;
mod helpers;
mod ir;
mod module;
mod neighbours;
mod only_inlined;
mod pipeline;
#[cfg(test)]
mod refusals;
mod rules;
mod siblings;
mod source_file;
mod stubs;
mod surroundings;
mod trace;
mod transform;
mod uncommented;
