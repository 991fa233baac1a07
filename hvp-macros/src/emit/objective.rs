//! `f::objective(…)`: the function with its derivatives as a value that solvers take.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::Derived;
use super::companion::Tangents;
use super::dense;
use super::env::OCTET;
use super::item::{Home, Item};
use crate::derivative::{Core, Derivative};
use crate::front::SigParam;
use crate::ir::Func;
use crate::transform::linearize::Linear;

impl Item<'_> {
    /// Present for an f64 function of one slice, whose other parameters can be bound.
    pub(super) fn objective(&self, derived: &Derived) -> Option<TokenStream> {
        let index = self.signature.objective_param().filter(|_| self.home != Home::Beside)?;
        let bound: Vec<(usize, &SigParam)> =
            self.signature.params.iter().enumerate().filter(|(other, _)| *other != index).collect();
        let arms = self.arms(derived, index)?;
        let docs = self.docs("An objective:", ", with its derivatives, for solvers and estimators");
        let name = match self.home {
            Home::Companion(_) => format_ident!("objective", span = self.span()),
            Home::Impl | Home::Beside => self.public_name("objective"),
        };
        let params = bound.iter().map(|(index, param)| {
            let (name, ty) = (self.param_name(*index, ""), &param.ty);
            quote!(#name: #ty)
        });
        Some(self.objective_function(&name, &docs, &params.collect::<Vec<_>>(), &arms))
    }

    fn objective_function(
        &self,
        name: &Ident,
        docs: &TokenStream,
        params: &[TokenStream],
        arms: &TokenStream,
    ) -> TokenStream {
        let (generics, where_clause) = self.generics_with(Tangents::Without, None, &[], &self.clone_bounds());
        let (krate, private) = (&self.env.krate, self.env.private());
        let (visibility, receiver) = (&self.signature.visibility, self.receiver());
        quote! {
            #docs
            #[allow(dead_code, clippy::all, clippy::pedantic)]
            #[must_use]
            #[inline]
            #visibility fn #name #generics (#receiver #(#params),*) -> impl #krate::Objective #where_clause {
                #private::FnObjective(move |request: #private::Request<'_>| {
                    match request { #arms }
                    0.0
                })
            }
        }
    }

    /// One arm for each thing that an objective is asked for.
    fn arms(&self, derived: &Derived, index: usize) -> Option<TokenStream> {
        let private = self.env.private();
        let x = self.param_name(index, "");
        let dot = self.param_name(index, "_dot");
        let real = self.env.real();
        let buffer = |role: crate::ir::Role| if role.dot { quote!(hv) } else { quote!(grad) };
        let (value_and_grad, hvp) = (derived.value_and_grad.as_ref()?, derived.hvp.as_ref()?);
        let grad = derived.grad.as_ref()?;
        let both = derived.grad_and_hvp.as_ref()?;
        let call = |func, core: Derivative| self.core_call_again(func, Core::Of(core), &real, buffer);
        let (grad, value_and_grad, single, both) = (
            call(grad, Derivative::Grad),
            call(value_and_grad, Derivative::ValueAndGrad),
            call(hvp, Derivative::Hvp),
            call(both, Derivative::GradAndHvp),
        );
        let (function, this) = (self.function_path(), self.self_again());
        let args = (0..self.signature.params.len()).map(|index| self.arg_again(index));
        let block = self.block_arm((hvp, Core::Of(Derivative::Hvp)), index, &single);
        let linear = match &derived.linear {
            Some(linear) => self.linear_arms(linear, index),
            None => quote! {
                #private::Request::Record(..) | #private::Request::Replay(..) | #private::Request::ReplayBlock(..) => {}
            },
        };
        Some(quote! {
            #private::Request::Value(#x) => return #function(#this #(#args),*),
            #private::Request::Grad(#x, grad) => { #grad; }
            #private::Request::ValueAndGrad(#x, grad) => return #value_and_grad,
            #private::Request::Hvp(#x, #dot, hv) => { #single; }
            #private::Request::GradAndHvp(#x, #dot, grad, hv) => { #both; }
            #private::Request::HvpBlock(#x, v, hv) => { #block }
            #linear
        })
    }

    /// What is done once at a point, and each product.
    fn linear_arms(&self, linear: &Linear, index: usize) -> TokenStream {
        let (private, real) = (self.env.private(), self.env.real());
        let (x, dot) = (self.param_name(index, ""), self.param_name(index, "_dot"));
        let record = self.core_call_again(&linear.record, Core::Record, &real, |_| quote!(grad));
        let single = self.core_call_again(&linear.replay, Core::Replay, &real, |_| quote!(hv));
        let block = self.block_arm((&linear.replay, Core::Replay), index, &single);
        let [reals, flags] = [0, 1].map(Self::record_name);
        quote! {
            #private::Request::Record(#x, record) => {
                let #private::Record { reals: #reals, flags: #flags } = record.insert(::core::default::Default::default());
                #record;
            }
            #private::Request::Replay(#x, #private::Record { reals: #reals, flags: #flags }, #dot, hv) => { #single; }
            #private::Request::ReplayBlock(#x, #private::Record { reals: #reals, flags: #flags }, v, hv) => { #block }
        }
    }

    /// Several directions: in lanes where that pays, what is left over one by one.
    fn block_arm(&self, (product, core): (&Func, Core), index: usize, single: &TokenStream) -> TokenStream {
        let (private, real) = (self.env.private(), self.env.real());
        let (x, dot) = (self.param_name(index, ""), self.param_name(index, "_dot"));
        let lanes = (core == Core::Replay || dense::lanes_pay(product)).then(|| {
            let octet = self.env.lanes(OCTET);
            let call = self.core_call_again(product, core, &octet, |_| quote!(products));
            quote! {
                let mut columns = #private::Columns::<#real, #octet>::new(if v.len() < #OCTET * n { 0 } else { n });
                while v.len() >= #OCTET * n && n > 0 {
                    let (block, rest) = v.split_at(#OCTET * n);
                    let (into, left) = ::core::mem::take(&mut hv).split_at_mut(#OCTET * n);
                    let (#dot, products) = columns.interleave(block);
                    #call;
                    columns.separate(into);
                    (v, hv) = (rest, left);
                }
            }
        });
        let mutable = lanes.is_some().then(|| quote!(let (mut v, mut hv) = (v, hv);));
        quote! {
            let n = #x.len();
            #mutable
            #lanes
            for (#dot, hv) in #private::columns(n, v, hv) {
                #single;
            }
        }
    }
}
