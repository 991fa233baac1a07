//! The derived functions of a function that is refused.
//!
//! Their names and types are those of the real ones, since the signature tells these, so that the refusal is the only error that
//! the user sees. They are derived from a function that has the same signature and no body.

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};
use syn::visit::{self, Visit};
use syn::{Attribute, FnArg, ItemFn, Pat, Visibility};

use crate::attr::Options;
use crate::derivative::Derivative;
use crate::front;

/// The function of which `item` has the signature, whatever its body is.
pub(crate) fn shell(item: TokenStream) -> Option<ItemFn> {
    let parser = |input: ParseStream<'_>| {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis: Visibility = input.parse()?;
        let sig = input.parse()?;
        input.parse::<TokenStream>()?;
        Ok(ItemFn {
            attrs,
            vis,
            sig,
            ..syn::parse_quote!(
                fn shell() {}
            )
        })
    };
    parser.parse2(item).ok().map(|function| without_body(&function))
}

/// `function` with a body that never returns.
pub(crate) fn without_body(function: &ItemFn) -> ItemFn {
    let block = syn::parse_quote!({ ::core::panic!("this function is refused") });
    ItemFn { block: Box::new(block), ..function.clone() }
}

/// What of the options names and shapes the derived functions. Rules are gone with the body.
pub(crate) fn options(options: &Options, function: &ItemFn) -> Options {
    let is_param = |name: &proc_macro2::Ident| {
        function.sig.inputs.iter().any(|input| match input {
            FnArg::Typed(typed) => matches!(&*typed.pat, Pat::Ident(pat) if pat.ident == *name),
            FnArg::Receiver(_) => false,
        })
    };
    let wrt = options.wrt.as_ref().map(|wrt| wrt.iter().filter(|name| is_param(name)).cloned().collect());
    let associated = options.associated || front::own_type(function).is_some();
    Options { wrt, associated, derivative: None, jvp: None, vjp: None, ..options.clone() }
}

/// Whether the result's type is not all in the signature: it is inferred, or borrowed from one parameter alone.
pub(crate) fn leans_on_the_body(output: &syn::ReturnType) -> bool {
    struct Leans(bool);
    impl<'t> Visit<'t> for Leans {
        fn visit_type_reference(&mut self, reference: &'t syn::TypeReference) {
            self.0 |= reference.lifetime.is_none();
            visit::visit_type_reference(self, reference);
        }
        fn visit_type_impl_trait(&mut self, _: &'t syn::TypeImplTrait) {
            self.0 = true;
        }
    }
    let mut leans = Leans(false);
    leans.visit_return_type(output);
    leans.0
}

/// Whether the user gives the derived function `what` under its own name.
pub(crate) fn is_given(options: &Options, what: Derivative) -> bool {
    match what {
        Derivative::Jvp => options.jvp.is_some(),
        Derivative::Vjp => options.vjp.is_some(),
        Derivative::Grad
        | Derivative::ValueAndGrad
        | Derivative::Hvp
        | Derivative::GradAndHvp
        | Derivative::Hessian
        | Derivative::Jacobian => false,
    }
}
