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
use crate::ir::{Func, Role};
use crate::transform::linearize::Linear;

impl Item<'_> {
    /// Present for an f64 function of one slice, whose other parameters can be bound.
    pub(super) fn objective(&self, derived: &Derived) -> Option<TokenStream> {
        let index = self.signature.objective_param().filter(|_| self.home != Home::Beside)?;
        let answers = Answers { item: self, index }.all(derived)?;
        let docs = self.docs("An objective:", ", with its derivatives, for solvers and estimators");
        let name = match self.home {
            Home::Companion(_) => format_ident!("objective", span = self.span()),
            Home::Impl | Home::Beside => self.public_name("objective"),
        };
        let params = self.others(index).map(|(index, param)| {
            let (name, ty) = (self.param_name(index, ""), &param.ty);
            quote!(#name: #ty)
        });
        let (generics, where_clause) = self.generics_with(Tangents::Without, None, &[], &self.clone_bounds());
        let (krate, visibility, receiver) = (&self.env.krate, &self.signature.visibility, self.receiver());
        Some(quote! {
            #docs
            #[allow(dead_code, unused_variables, clippy::all, clippy::pedantic)]
            #[must_use]
            #[inline]
            #visibility fn #name #generics (#receiver #(#params),*) -> impl #krate::Objective #where_clause {
                #answers
            }
        })
    }

    /// The parameters that an objective of the one at `index` binds.
    fn others(&self, index: usize) -> impl Iterator<Item = (usize, &SigParam)> {
        self.signature.params.iter().enumerate().filter(move |(other, _)| *other != index)
    }
}

/// What an objective answers with, as a function of the slice at `index`.
struct Answers<'i> {
    item: &'i Item<'i>,
    index: usize,
}

impl Answers<'_> {
    /// One closure for each thing that an objective is asked for.
    fn all(&self, derived: &Derived) -> Option<TokenStream> {
        let (item, private, real) = (self.item, self.item.env.private(), self.item.env.real());
        let (x, dot) = (self.name(""), self.name("_dot"));
        let (values, bound) = (self.values(), self.pattern());
        let call = |func, derivative| self.call(func, Core::Of(derivative), &real, buffer);
        let (function, this) = (item.function_path(), self.this());
        let args = (0..item.signature.params.len()).map(|index| self.arg(index));
        let grad = call(derived.grad.as_ref()?, Derivative::Grad);
        let value_and_grad = call(derived.value_and_grad.as_ref()?, Derivative::ValueAndGrad);
        let both = call(derived.grad_and_hvp.as_ref()?, Derivative::GradAndHvp);
        let product = derived.hvp.as_ref()?;
        let hvp = call(product, Derivative::Hvp);
        let block = self.block(product, Core::Of(Derivative::Hvp), &hvp);
        let linear = match &derived.linear {
            Some(linear) => self.linear(linear),
            None => quote!(#private::Whole),
        };
        Some(quote! {
            #private::Answers {
                bound: #values,
                value: |#bound, #x| #function(#this #(#args),*),
                grad: |#bound, #x, grad| { #grad; },
                value_and_grad: |#bound, #x, grad| #value_and_grad,
                hvp: |#bound, #x, #dot, hv| { #hvp; },
                grad_and_hvp: |#bound, #x, #dot, grad, hv| { #both; },
                hvp_block: |#bound, #x, v, hv| { #block },
                linear: #linear,
            }
        })
    }

    /// What is done once at a point, and each product.
    fn linear(&self, linear: &Linear) -> TokenStream {
        let (private, real) = (self.item.env.private(), self.item.env.real());
        let (x, dot, bound) = (self.name(""), self.name("_dot"), self.pattern());
        let record = self.call(&linear.record, Core::Record, &real, buffer);
        let single = self.call(&linear.replay, Core::Replay, &real, buffer);
        let block = self.block(&linear.replay, Core::Replay, &single);
        let [reals, flags] = [0, 1].map(Item::record_name);
        let parts = quote!(#private::Record { reals: #reals, flags: #flags });
        quote! {
            #private::Apart {
                record: |#bound: &_, #x: &[#real], #parts: &mut #private::Record| { #record; },
                replay: |#bound: &_, #x: &[#real], #parts: &#private::Record, #dot: &[#real], hv: &mut [#real]| { #single; },
                replay_block: |#bound: &_, #x: &[#real], #parts: &#private::Record, v: &[#real], hv: &mut [#real]| { #block },
            }
        }
    }

    /// Several directions: in lanes where that pays, what is left over one by one.
    fn block(&self, product: &Func, core: Core, single: &TokenStream) -> TokenStream {
        let (private, real) = (self.item.env.private(), self.item.env.real());
        let (x, dot) = (self.name(""), self.name("_dot"));
        let lanes = (core == Core::Replay || dense::lanes_pay(product)).then(|| {
            let octet = self.item.env.lanes(OCTET);
            let call = self.call(product, core, &octet, |_| quote!(products));
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

    fn call(
        &self,
        func: &Func,
        core: Core,
        tangent: &TokenStream,
        buffer: impl Fn(Role) -> TokenStream,
    ) -> TokenStream {
        self.item.core_call_with(func, core, tangent, (self.this(), |index| self.arg(index)), buffer)
    }

    fn name(&self, suffix: &str) -> Ident {
        self.item.param_name(self.index, suffix)
    }

    /// The receiver and the arguments that are bound.
    fn values(&self) -> TokenStream {
        let this = self.item.self_arg();
        let names = self.item.others(self.index).map(|(index, _)| self.item.param_name(index, ""));
        quote!((#this #(#names,)*))
    }

    /// Takes them apart; those that a call would move stay where they are.
    fn pattern(&self) -> TokenStream {
        let by_reference = |moved: bool| moved.then(|| quote!(ref));
        let this = self.item.signature.receiver.as_ref().map(|_| {
            let by = by_reference(self.item.moves_self());
            quote!(#by this,)
        });
        let names = self.item.others(self.index).map(|(index, _)| {
            let (by, name) = (by_reference(self.item.is_moved(index)), self.item.param_name(index, ""));
            quote!(#by #name,)
        });
        quote!(&(#this #(#names)*))
    }

    /// The receiver as an argument, with its comma.
    fn this(&self) -> Option<TokenStream> {
        let moved = self.item.moves_self();
        let this = if moved { quote!(::core::clone::Clone::clone(this),) } else { quote!(this,) };
        self.item.signature.receiver.as_ref().map(|_| this)
    }

    fn arg(&self, index: usize) -> TokenStream {
        let name = self.item.param_name(index, "");
        if self.item.is_moved(index) { quote!(::core::clone::Clone::clone(#name)) } else { quote!(#name) }
    }
}

/// Where the adjoint of the slice, or its tangent, goes.
fn buffer(role: Role) -> TokenStream {
    if role.dot { quote!(hv) } else { quote!(grad) }
}
