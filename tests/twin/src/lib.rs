//! Test support: a second copy of a program over hyper-dual numbers, and a flat view of what `#[differentiable]` generates.

use proc_macro::TokenStream;

mod derived;
mod programs;
mod twin;

/// The items as they stand, and a module `twin` with the same items over hyper-dual numbers.
///
/// ```text
/// twin! { fn f(x: f64) -> f64 { 2.0 * x } }
/// fn f(x: f64) -> f64 { 2.0 * x }
/// pub mod twin {
///     use super::*;
///     use crate::support::HyperDual as f64;
///     pub fn f(x: f64) -> f64 { f64::constant(2.0) * x }
/// }
/// ```
#[proc_macro]
pub fn twin(input: TokenStream) -> TokenStream {
    twin::expand(&input.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// The second copy of `twin!` alone, of functions that stand where the compiler sees them in their file.
#[proc_macro]
pub fn twin_of(input: TokenStream) -> TokenStream {
    twin::second(&input.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// `random_programs!(core 1..10, wide 1..10)`: a module and a test for each random program with such a seed.
#[proc_macro]
pub fn random_programs(input: TokenStream) -> TokenStream {
    programs::expand(input.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// `#[differentiable]` without any optimisation.
#[proc_macro_attribute]
pub fn unoptimised(options: TokenStream, item: TokenStream) -> TokenStream {
    let (options, item) = (proc_macro2::TokenStream::from(options), proc_macro2::TokenStream::from(item));
    quote::quote!(#[::hvp::optimised::differentiable(__hvp_unoptimised, #options)] #item).into()
}

/// All that is generated for an objective, as functions of one flat point.
///
/// `derived!(|x| f(&x[1..], x[0], &data))` calls `f_grad`, `f_hvp` and so on with these arguments; those that mention `x` are
/// differentiated, and the same expressions of `v` are the directions.
#[proc_macro]
pub fn derived(input: TokenStream) -> TokenStream {
    derived::expand(input.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
