//! Dense Hessians, several columns at once.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ReceiverKind;

use super::env::OCTET;
use super::item::Item;
use super::layout::wrap;
use super::lifetimes::{lifetime, name_elided};
use crate::derivative::{Core, Derivative};
use crate::front::{Passing, Shape, SigParam};
use crate::ir::{Func, Op, Role, Stmt, Unary, Visit, What};

impl Item<'_> {
    /// The one differentiated parameter, if it is a slice, `Vec` or array of reals.
    pub(super) fn only_vector(&self) -> Option<(usize, &SigParam)> {
        let mut all = self.signature.params.iter().enumerate().filter(|(_, param)| param.differentiated);
        let only = all.next().filter(|(_, param)| param.passing != Passing::RefMut)?;
        let is_vector = match &only.1.shape {
            Shape::Slice(inner) | Shape::Vec(inner) | Shape::Array(inner, _) => {
                matches!(**inner, Shape::Real)
            }
            _ => false,
        };
        (all.next().is_none() && is_vector).then_some(only)
    }

    /// The Hessian; only of a function of one vector.
    pub(super) fn hessian(&self, func: &Func) -> Option<TokenStream> {
        let (index, param) = self.only_vector()?;
        let docs = self.docs("The Hessian of", "");
        let real = self.env.real();
        let (output, body) = match &param.shape {
            Shape::Array(_, len) => (quote!([[#real; #len]; #len]), self.hessian_of_array(func, index, len)),
            _ => (quote!(::std::vec::Vec<#real>), self.hessian_of_slice(func, index)),
        };
        let bounds = self.clone_bounds();
        Some(self.public_with(Derivative::Hessian, &docs, &self.user_params(), (&output, &bounds), &body))
    }

    fn hessian_of_slice(&self, func: &Func, index: usize) -> TokenStream {
        let (private, real) = (self.env.private(), self.env.real());
        let (x, dot) = (self.param_name(index, ""), self.param_name(index, "_dot"));
        let bar_dot = self.param_name(index, "_bar_dot");
        let lanes = self.env.lanes(OCTET);
        let call = self.core_call_again(func, Core::Of(Derivative::Hvp), &lanes, |_| quote!(#bar_dot));
        let zero = self.zero();
        let returned = wrap(&self.signature.wrapper, &quote!(hessian));
        quote! {
            let n = #x.len();
            let mut hessian = ::std::vec![#zero; n * n];
            let mut columns = #private::Columns::<#real, #lanes>::new(n);
            while let ::core::option::Option::Some((#dot, #bar_dot)) = columns.next_units() {
                #call;
                columns.store(&mut hessian);
            }
            #returned
        }
    }

    fn hessian_of_array(&self, func: &Func, index: usize, len: &syn::Expr) -> TokenStream {
        let (krate, real) = (&self.env.krate, self.env.real());
        let dot = self.param_name(index, "_dot");
        let bar_dot = self.param_name(index, "_bar_dot");
        let call = self.core_call_again(func, Core::Of(Derivative::Hvp), &real, |_| quote!(&mut #bar_dot));
        let returned = wrap(&self.signature.wrapper, &quote!(hessian));
        let (zero, one) =
            (quote!(<#real as #krate::Real>::REAL_ZERO), quote!(<#real as #krate::Real>::REAL_ONE));
        quote! {
            let mut hessian = [[#zero; #len]; #len];
            for j in 0..hessian.len() {
                let mut unit = [#zero; #len];
                unit[j] = #one;
                let #dot = &unit;
                let mut #bar_dot = [#zero; #len];
                #call;
                for i in 0..hessian.len() {
                    hessian[i][j] = #bar_dot[i];
                }
            }
            #returned
        }
    }

    pub(super) fn zero(&self) -> TokenStream {
        let (krate, real) = (&self.env.krate, self.env.real());
        match self.env.suffix() {
            Some(suffix) => super::expr::Expr::real("0.0").suffixed(suffix),
            None => quote!(<#real as #krate::Real>::REAL_ZERO),
        }
    }

    /// The call of a core that is not the only one: what is passed by value is cloned.
    pub(super) fn core_call_again(
        &self,
        func: &Func,
        core: Core,
        tangent: &TokenStream,
        buffer: impl Fn(Role) -> TokenStream,
    ) -> TokenStream {
        self.core_call_with(func, core, tangent, (self.self_again(), |index| self.arg_again(index)), buffer)
    }

    /// The call of a core that gets `this` and `own` for the user's arguments.
    pub(super) fn core_call_with(
        &self,
        func: &Func,
        core: Core,
        tangent: &TokenStream,
        (this, own): (Option<TokenStream>, impl Fn(usize) -> TokenStream),
        buffer: impl Fn(Role) -> TokenStream,
    ) -> TokenStream {
        let arg = |role: Role| match role.what {
            What::Param(index) if !role.bar && !role.dot => own(index),
            What::Param(_) | What::Result(_) | What::Record(_) => self.core_arg(role, &buffer),
        };
        let args: Vec<TokenStream> = func.params.iter().map(|param| arg(param.role)).collect();
        self.core_call_of(func, core, tangent, (this, &args))
    }

    /// An argument of the user's, cloned if it would be moved.
    pub(super) fn arg_again(&self, index: usize) -> TokenStream {
        let name = self.param_name(index, "");
        if self.is_moved(index) { quote!(::core::clone::Clone::clone(&#name)) } else { quote!(#name) }
    }

    /// The receiver as an argument, with its comma, cloned if it would be moved.
    pub(super) fn self_again(&self) -> Option<TokenStream> {
        if self.moves_self() { Some(quote!(::core::clone::Clone::clone(&self),)) } else { self.self_arg() }
    }

    pub(super) fn moves_self(&self) -> bool {
        self.signature.receiver.as_ref().is_some_and(|receiver| match &receiver.kind {
            ReceiverKind::Value => true,
            ReceiverKind::Typed(_, ty) => !matches!(&**ty, syn::Type::Reference(_)),
            _ => false,
        })
    }

    pub(super) fn is_moved(&self, index: usize) -> bool {
        let param = &self.signature.params[index];
        let copied = matches!(param.shape, Shape::Int | Shape::Bool | Shape::Real) && !self.own_types;
        param.passing == Passing::Value && !copied
    }

    /// The bounds that cloning asks for. The lifetime makes them the business of callers, also where no type parameter
    /// occurs.
    pub(super) fn clone_bounds(&self) -> Vec<TokenStream> {
        let own = self.moves_self().then(|| match &self.signature.receiver {
            Some(syn::Receiver { kind: ReceiverKind::Typed(_, ty), .. }) => (**ty).clone(),
            _ => syn::parse_quote!(Self),
        });
        let moved = (0..self.signature.params.len()).filter(|index| self.is_moved(*index));
        own.into_iter()
            .chain(moved.map(|index| self.signature.params[index].ty.clone()))
            .map(|mut ty| {
                let mut lifetimes = vec![lifetime("0")];
                name_elided(&mut ty, || {
                    let fresh = lifetime(&lifetimes.len().to_string());
                    lifetimes.push(fresh.clone());
                    fresh
                });
                quote!(for<#(#lifetimes),*> #ty: ::core::clone::Clone)
            })
            .collect()
    }
}

/// Whether a block of directions is faster in one sweep than one after another: it is where what they share is dear.
pub(super) fn lanes_pay(func: &Func) -> bool {
    let mut dear = Dear { found: false };
    crate::ir::visit_block(&mut dear, &func.body);
    dear.found
}

struct Dear {
    found: bool,
}

impl Visit for Dear {
    fn atom(&mut self, _: &crate::ir::Atom) {}

    fn array(&mut self, _: &crate::ir::VarId, _: crate::ir::Touch) {}

    fn def(&mut self, _: &crate::ir::VarId) {}

    fn stmt(&mut self, stmt: &Stmt) {
        self.found |= match stmt {
            Stmt::Let { op: Op::Unary(function, _), .. } => {
                !matches!(function, Unary::Abs | Unary::Signum | Unary::Floor | Unary::Ceil | Unary::Trunc)
            }
            Stmt::Let { op: Op::Binary(..) | Op::Div(..), .. } | Stmt::Call(_) | Stmt::Push { .. } => true,
            _ => false,
        };
        crate::ir::visit_stmt(self, stmt);
    }
}
