//! `f::objective(…)`: the function with its derivatives as a value that solvers take.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::item::{Home, Item};
use super::{Derived, dense};
use crate::front::{Passing, Scalar, Shape, SigParam};

const LANES: usize = 8;

impl Item<'_> {
    /// Present for an f64 function of one slice, whose other parameters can be bound.
    pub(super) fn objective(&self, derived: &Derived) -> Option<TokenStream> {
        let (index, vector) = self.only_vector()?;
        let bound: Vec<(usize, &SigParam)> =
            self.signature.params.iter().enumerate().filter(|(other, _)| *other != index).collect();
        let fits = matches!(self.signature.scalar, Scalar::F64)
            && matches!((&vector.shape, vector.passing), (Shape::Slice(_), Passing::Ref))
            && matches!(self.signature.result, Shape::Real)
            && !self.is_wrapped()
            && bound.iter().all(|(_, param)| param.passing != Passing::RefMut);
        if !fits || self.home == Home::Beside {
            return None;
        }
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
        Some(self.objective_function(&name, &docs, params.collect(), &self.clones(&bound), &arms))
    }

    fn objective_function(
        &self,
        name: &Ident,
        docs: &TokenStream,
        params: Vec<TokenStream>,
        clones: &[(TokenStream, TokenStream)],
        arms: &TokenStream,
    ) -> TokenStream {
        let (generics, where_clause) = self.generics(false, &[]);
        let (krate, private) = (&self.env.krate, self.env.private());
        let (visibility, receiver) = (&self.signature.visibility, self.receiver());
        let (lets, bounds): (Vec<_>, Vec<_>) = clones.iter().cloned().unzip();
        let bounds: TokenStream = bounds.into_iter().collect();
        let where_clause = match (where_clause.is_empty(), bounds.is_empty()) {
            (_, true) => where_clause,
            (true, false) => quote!(where #bounds),
            (false, false) => quote!(#where_clause, #bounds),
        };
        quote! {
            #docs
            #[allow(clippy::all, clippy::pedantic)]
            #[must_use]
            #visibility fn #name #generics (#receiver #(#params),*) -> impl #krate::Objective #where_clause {
                #private::FnObjective(move |request: #private::Request<'_>| {
                    #(#lets)*
                    match request { #arms }
                    0.0
                })
            }
        }
    }

    /// What is passed by value is cloned at each call.
    fn clones(&self, bound: &[(usize, &SigParam)]) -> Vec<(TokenStream, TokenStream)> {
        let by_value = bound.iter().filter(|(_, param)| param.passing == Passing::Value);
        by_value
            .map(|(index, param)| {
                let (name, ty) = (self.param_name(*index, ""), &param.ty);
                let copied = matches!(param.shape, Shape::Int | Shape::Bool | Shape::Real);
                if copied {
                    (TokenStream::new(), TokenStream::new())
                } else {
                    (
                        quote!(let #name = ::core::clone::Clone::clone(&#name);),
                        quote!(for<'hvp> #ty: ::core::clone::Clone,),
                    )
                }
            })
            .collect()
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
        let call = |func, core: &str| self.core_call_with(func, core, &real, buffer);
        let (grad, value_and_grad, single, both) = (
            call(grad, "grad"),
            call(value_and_grad, "value_and_grad"),
            call(hvp, "hvp"),
            call(both, "grad_and_hvp"),
        );
        let (function, this) = (self.function_path(), self.self_arg());
        let args = (0..self.signature.params.len()).map(|index| self.param_name(index, ""));
        let block = self.block_arm(hvp, index, &single);
        Some(quote! {
            #private::Request::Value(#x) => return #function(#this #(#args),*),
            #private::Request::Grad(#x, grad) => { #grad; }
            #private::Request::ValueAndGrad(#x, grad) => return #value_and_grad,
            #private::Request::Hvp(#x, #dot, hv) => { #single; }
            #private::Request::GradAndHvp(#x, #dot, grad, hv) => { #both; }
            #private::Request::HvpBlock(#x, v, hv) => { #block }
        })
    }

    /// Several directions: in lanes where that pays, what is left over one by one.
    fn block_arm(&self, hvp: &crate::ir::Func, index: usize, single: &TokenStream) -> TokenStream {
        let (private, krate, real) = (self.env.private(), &self.env.krate, self.env.real());
        let (x, dot) = (self.param_name(index, ""), self.param_name(index, "_dot"));
        let lanes = dense::lanes_pay(hvp).then(|| {
            let call = self.core_call_with(hvp, "hvp", &quote!(#krate::Lanes<#real, #LANES>), |_| quote!(products));
            quote! {
                let mut columns = #private::Columns::<#real, #LANES>::new(if v.len() < #LANES * n { 0 } else { n });
                while v.len() >= #LANES * n && n > 0 {
                    let (block, rest) = v.split_at(#LANES * n);
                    let (into, left) = ::core::mem::take(&mut hv).split_at_mut(#LANES * n);
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
            for (#dot, hv) in v.chunks_exact(n.max(1)).zip(hv.chunks_exact_mut(n.max(1))) {
                #single;
            }
        }
    }
}
