//! The generated functions that users call. Each makes buffers, calls a hidden function and arranges what it gives.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::companion::Tangents;
use super::item::Item;
use super::layout::{Layout, question, tuple, wrap, wrap_type};
use crate::derivative::{Core, Derivative};
use crate::front::{Passing, Shape, SigParam};
use crate::ir::{Func, Param, Role, Stmt, What};

impl Item<'_> {
    /// The user's parameters under the names of the user's.
    pub(super) fn user_params(&self) -> Vec<TokenStream> {
        let param = |(index, param): (usize, &SigParam)| {
            let (name, ty) = (self.param_name(index, ""), &param.ty);
            quote!(#name: #ty)
        };
        self.signature.params.iter().enumerate().map(param).collect()
    }

    fn differentiated(&self) -> impl Iterator<Item = (usize, &SigParam)> {
        self.signature.params.iter().enumerate().filter(|(_, param)| param.differentiated)
    }

    /// One direction for each differentiated parameter that is no `&mut`.
    fn directions(&self) -> Vec<TokenStream> {
        let is_input = |(_, param): &(usize, &SigParam)| param.passing != Passing::RefMut;
        let direction = |(index, param): (usize, &SigParam)| {
            let (name, ty) =
                (self.param_name(index, "_dot"), self.env.direction(&param.shape, &self.env.real()));
            quote!(#name: #ty)
        };
        self.differentiated().filter(is_input).map(direction).collect()
    }

    /// The type of a gradient (with respect to what is no `&mut`, if there is a choice).
    pub(super) fn gradient_type(&self) -> TokenStream {
        let real = self.env.real();
        let parts: Vec<TokenStream> =
            self.differentiated().map(|(_, p)| self.env.owned(&p.shape, &real)).collect();
        tuple(&parts)
    }

    fn gradient(&self, suffix: &str) -> TokenStream {
        let parts: Vec<TokenStream> = self
            .differentiated()
            .map(|(index, _)| {
                let name = self.param_name(index, suffix);
                quote!(#name)
            })
            .collect();
        tuple(&parts)
    }

    /// Zeros of the shape of a parameter.
    pub(super) fn zeros(&self, index: usize) -> TokenStream {
        let (param, name) = (&self.signature.params[index], self.param_name(index, ""));
        let (private, real) = (self.env.private(), self.env.real());
        let flat = |inner: &Shape| matches!(inner, Shape::Real);
        match (&param.shape, self.env.suffix()) {
            (Shape::Slice(inner) | Shape::Vec(inner), Some(suffix)) if flat(inner) => {
                let zero = super::expr::Expr::real("0.0").suffixed(suffix);
                quote!(::std::vec![#zero; #name.len()])
            }
            (Shape::Array(inner, len), Some(suffix)) if flat(inner) => {
                let zero = super::expr::Expr::real("0.0").suffixed(suffix);
                quote!([#zero; #len])
            }
            _ if param.passing == Passing::Value => quote!(#private::zeros_like::<#real, _>(&#name)),
            _ => quote!(#private::zeros_like::<#real, _>(#name)),
        }
    }

    pub(super) fn is_memory(&self, index: usize) -> bool {
        matches!(self.signature.params[index].shape, Shape::Slice(_) | Shape::Array(..) | Shape::Vec(_))
    }

    /// The buffers that a core writes adjoints into.
    fn buffers(&self, func: &Func) -> TokenStream {
        let mut tokens = TokenStream::new();
        for Param { role, .. } in &func.params {
            let What::Param(index) = role.what else { continue };
            if role.bar && self.is_memory(index) {
                let name = self.param_name(index, suffix(*role));
                let zeros = if self.signature.params[index].passing == Passing::RefMut {
                    let weight = self.param_name(index, "_weight");
                    quote!(::std::borrow::ToOwned::to_owned(#weight))
                } else {
                    self.zeros(index)
                };
                tokens.extend(quote!(let mut #name = #zeros;));
            }
        }
        tokens
    }

    /// The call of a core with the user's arguments, directions, weights and buffers under their usual names.
    pub(super) fn core_call(&self, func: &Func, core: Core) -> TokenStream {
        let buffer = |role: Role| {
            let What::Param(index) = role.what else { unreachable!("only parameters have buffers") };
            let name = self.param_name(index, suffix(role));
            quote!(&mut #name)
        };
        let args: Vec<TokenStream> =
            func.params.iter().map(|param| self.core_arg(param.role, &buffer)).collect();
        self.core_call_of(func, core, &self.env.real(), (self.self_arg(), &args))
    }

    /// The call of a core with tangents of a given type.
    pub(super) fn core_call_of(
        &self,
        func: &Func,
        core: Core,
        tangent: &TokenStream,
        (this, args): (Option<TokenStream>, &[TokenStream]),
    ) -> TokenStream {
        let dotted = func.params.iter().any(|param| param.role.dot);
        let turbofish = self.turbofish(dotted.then_some(tangent));
        let path = self.hidden_path(&self.hidden_name(core.name()));
        let question = question(&self.signature.wrapper);
        quote!(#path #turbofish(#this #(#args),*) #question)
    }

    /// What stands for a parameter of a core; `buffer` says where the adjoint of memory goes.
    pub(super) fn core_arg(&self, role: Role, buffer: &impl Fn(Role) -> TokenStream) -> TokenStream {
        match role.what {
            What::Param(index) if role.bar && self.is_memory(index) => buffer(role),
            What::Param(index) => {
                let output = role.bar && self.signature.params[index].passing == Passing::RefMut;
                let name = self.param_name(index, if output { "_weight" } else { suffix(role) });
                quote!(#name)
            }
            What::Result(index) => self.weight_part(index),
            What::Record(index) => Self::record_name(index),
        }
    }

    /// The call, and names for what it gives.
    fn core_let(&self, func: &Func, core: Core) -> TokenStream {
        let (layout, call) = (Layout::of(func), self.core_call(func, core));
        let pattern = layout.assemble(
            &self.signature,
            |_, dot| if dot { quote!(value_dot) } else { quote!(value) },
            |bar, _| {
                let role = Role { what: What::Param(bar.param), bar: true, dot: bar.dot };
                let name = self.param_name(bar.param, suffix(role));
                quote!(#name)
            },
        );
        if pattern.to_string() == "()" { quote!(#call;) } else { quote!(let #pattern = #call;) }
    }

    pub(super) fn public(
        &self,
        what: Derivative,
        docs: &TokenStream,
        params: &[TokenStream],
        output: &TokenStream,
        body: &TokenStream,
    ) -> TokenStream {
        self.public_with(what, docs, params, (output, &[]), body)
    }

    /// A function for users, with more bounds than the user's own function has.
    pub(super) fn public_with(
        &self,
        what: Derivative,
        docs: &TokenStream,
        params: &[TokenStream],
        (output, bounds): (&TokenStream, &[TokenStream]),
        body: &TokenStream,
    ) -> TokenStream {
        let (name, visibility, receiver) =
            (self.public_name(what.name()), &self.signature.visibility, self.receiver());
        let (generics, where_clause) = self.generics_with(Tangents::Without, None, &[], bounds);
        let output = wrap_type(&self.signature.wrapper, output);
        let (inherited, unit) = (&self.inherited, output.to_string() == "()");
        let must_use = (!unit && !self.is_wrapped()).then(|| quote!(#[must_use]));
        let output = (!unit).then(|| quote!(-> #output));
        quote! {
            #(#inherited)*
            #docs
            #[allow(dead_code, clippy::all, clippy::pedantic)]
            #must_use
            #[inline]
            #visibility fn #name #generics (#receiver #(#params),*) #output #where_clause { #body }
        }
    }

    /// A function that calls one core.
    fn derived(
        &self,
        what: Derivative,
        docs: &TokenStream,
        func: &Func,
        more: &[TokenStream],
        gives: &[Part],
    ) -> TokenStream {
        let mut params = self.user_params();
        params.extend(more.iter().cloned());
        let types: Vec<TokenStream> = gives.iter().map(|part| self.part_type(*part)).collect();
        let values: Vec<TokenStream> = gives.iter().map(|part| self.part_value(*part)).collect();
        let (buffers, call) = (self.buffers(func), self.core_let(func, Core::Of(what)));
        let returned = wrap(&self.signature.wrapper, &tuple(&values));
        self.public(what, docs, &params, &tuple(&types), &quote!(#buffers #call #returned))
    }

    fn part_type(&self, part: Part) -> TokenStream {
        match part {
            Part::Value => self.signature.value_type(),
            Part::ValueDot => self.env.tangent_of(&self.signature.result, &self.env.real()),
            Part::Gradient | Part::Product => self.gradient_type(),
        }
    }

    fn part_value(&self, part: Part) -> TokenStream {
        match part {
            Part::Value => quote!(value),
            Part::ValueDot => quote!(value_dot),
            Part::Gradient => self.gradient("_bar"),
            Part::Product => self.gradient("_bar_dot"),
        }
    }

    pub(super) fn grad(&self, func: &Func) -> TokenStream {
        self.derived(
            Derivative::Grad,
            &self.docs_of("The gradient of", "", func),
            func,
            &[],
            &[Part::Gradient],
        )
    }

    pub(super) fn value_and_grad(&self, func: &Func) -> TokenStream {
        let docs = self.docs_of("The value and the gradient of", "", func);
        self.derived(Derivative::ValueAndGrad, &docs, func, &[], &[Part::Value, Part::Gradient])
    }

    pub(super) fn hvp(&self, func: &Func) -> TokenStream {
        let docs = self.docs_of("The Hessian of", ", times the directions", func);
        self.derived(Derivative::Hvp, &docs, func, &self.directions(), &[Part::Product])
    }

    pub(super) fn grad_and_hvp(&self, func: &Func) -> TokenStream {
        let docs =
            self.docs_of("The gradient and the Hessian of", ", the Hessian times the directions", func);
        self.derived(
            Derivative::GradAndHvp,
            &docs,
            func,
            &self.directions(),
            &[Part::Gradient, Part::Product],
        )
    }

    pub(super) fn jvp(&self, func: &Func) -> TokenStream {
        let docs = self.docs_of("The value and the directional derivative of", "", func);
        let mut params = Vec::new();
        for (index, param) in self.signature.params.iter().enumerate() {
            let (name, ty) = (self.param_name(index, ""), &param.ty);
            params.push(quote!(#name: #ty));
            if param.differentiated && param.passing == Passing::RefMut {
                let dot = self.param_name(index, "_dot");
                let ty = self.env.exclusive(&param.shape, &self.env.real());
                params.push(quote!(#dot: #ty));
            }
        }
        params.extend(self.directions());
        let call = self.core_let(func, Core::Of(Derivative::Jvp));
        let gives = if self.components() == 0 { Vec::new() } else { vec![Part::Value, Part::ValueDot] };
        let types: Vec<TokenStream> = gives.iter().map(|part| self.part_type(*part)).collect();
        let values: Vec<TokenStream> = gives.iter().map(|part| self.part_value(*part)).collect();
        let returned = if gives.is_empty() && !self.is_wrapped() {
            TokenStream::new()
        } else {
            wrap(&self.signature.wrapper, &tuple(&values))
        };
        self.public(Derivative::Jvp, &docs, &params, &tuple(&types), &quote!(#call #returned))
    }

    /// How many components the result has.
    pub(super) fn components(&self) -> usize {
        count(&self.signature.result)
    }

    pub(super) fn weight(&self) -> Ident {
        let mut name = "weight".to_owned();
        while self.signature.params.iter().any(|param| param.name == name) {
            name.push('_');
        }
        Ident::new(&name, self.span())
    }

    /// The weight of a component of the result.
    fn weight_part(&self, index: usize) -> TokenStream {
        let weight = self.weight();
        match &self.signature.result {
            _ if !self.component(index).is_real() => {
                let (real, krate) = (self.env.real(), &self.env.krate);
                quote!(<#real as #krate::Real>::REAL_ZERO)
            }
            shape @ Shape::Tuple(_) => {
                let path = leaf_path(shape, index).into_iter().map(syn::Index::from);
                let borrow = (!matches!(self.component(index), Shape::Real)).then(|| quote!(&));
                quote!(#borrow #weight #(.#path)*)
            }
            _ => quote!(#weight),
        }
    }

    pub(super) fn vjp(&self, func: &Func, primal: &Func) -> TokenStream {
        let docs = self.docs_of("The gradient of the components of", ", added with the weights", func);
        let real = self.env.real();
        let mut params = self.user_params();
        if self.components() > 0 {
            let ty = match &self.signature.result {
                shape if matches!(shape, Shape::Tuple(_)) || !shape.is_real() => {
                    self.env.tangent_of(shape, &real)
                }
                shape => self.env.direction(shape, &real),
            };
            let weight = self.weight();
            params.push(quote!(#weight: #ty));
        }
        let outputs: Vec<(usize, &SigParam)> =
            self.differentiated().filter(|(_, param)| param.passing == Passing::RefMut).collect();
        for (index, param) in &outputs {
            let (weight, ty) = (self.param_name(*index, "_weight"), self.env.direction(&param.shape, &real));
            params.push(quote!(#weight: #ty));
        }
        let is_input = |(index, param): &(usize, &SigParam)| {
            param.passing != Passing::RefMut || super::reads::before_write(primal, *index)
        };
        let inputs: Vec<(usize, &SigParam)> = self.differentiated().filter(is_input).collect();
        let types: Vec<TokenStream> = inputs.iter().map(|(_, p)| self.env.owned(&p.shape, &real)).collect();
        let values: Vec<TokenStream> = inputs
            .iter()
            .map(|(index, _)| {
                let name = self.param_name(*index, "_bar");
                quote!(#name)
            })
            .collect();
        let (buffers, call) = (self.buffers(func), self.core_let(func, Core::Of(Derivative::Vjp)));
        let run = if Self::leaves_outputs(func) { TokenStream::new() } else { self.run_on_outputs() };
        let bounds = if run.is_empty() { Vec::new() } else { self.clone_bounds() };
        let call = quote!(#run #call);
        let returned = wrap(&self.signature.wrapper, &tuple(&values));
        self.public_with(
            Derivative::Vjp,
            &docs,
            &params,
            (&tuple(&types), &bounds),
            &quote!(#buffers #call #returned),
        )
    }

    /// Whether the core of an `f_vjp` leaves the user's outputs as `f` does.
    fn leaves_outputs(func: &Func) -> bool {
        func.body.stmts.iter().any(|stmt| matches!(stmt, Stmt::Turn))
    }

    /// The user's outputs get what `f` leaves in them; the core then works on copies of what was there before.
    fn run_on_outputs(&self) -> TokenStream {
        let params = self.signature.params.iter().enumerate();
        let copied: Vec<usize> =
            params.filter(|(_, param)| param.passing == Passing::RefMut).map(|(index, _)| index).collect();
        if copied.is_empty() {
            return TokenStream::new();
        }
        let names: Vec<Ident> = copied.iter().map(|index| self.param_name(*index, "")).collect();
        let copies: Vec<Ident> = copied.iter().map(|index| self.param_name(*index, "_before")).collect();
        let (function, this) = (self.function_path(), self.self_again());
        let args = (0..self.signature.params.len()).map(|index| self.arg_again(index));
        let question = question(&self.signature.wrapper);
        quote! {
            #(let mut #copies = ::std::borrow::ToOwned::to_owned(&*#names);)*
            let _ = #function(#this #(#args),*) #question;
            #(let #names = &mut #copies;)*
        }
    }
}

/// The way to a leaf of a tuple, from outside.
fn leaf_path(shape: &Shape, mut leaf: usize) -> Vec<usize> {
    let Shape::Tuple(parts) = shape else { return Vec::new() };
    for (at, part) in parts.iter().enumerate() {
        let leaves = count(part);
        if leaf < leaves {
            let mut path = vec![at];
            path.extend(leaf_path(part, leaf));
            return path;
        }
        leaf -= leaves;
    }
    unreachable!("a result has as many components as its shape")
}

/// How many components a result has.
fn count(shape: &Shape) -> usize {
    match shape {
        Shape::Tuple(parts) => parts.iter().map(count).sum(),
        _ => 1,
    }
}

#[derive(Clone, Copy)]
enum Part {
    Value,
    ValueDot,
    Gradient,
    Product,
}

fn suffix(role: Role) -> &'static str {
    match (role.bar, role.dot) {
        (false, false) => "",
        (false, true) => "_dot",
        (true, false) => "_bar",
        (true, true) => "_bar_dot",
    }
}
