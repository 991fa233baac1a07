//! Functions whose tangent and adjoint are the user's own.
//!
//! `vjp` is called as any function in the first order. In the second order it is asked for its own tangent, which it has only
//! where it is marked `#[differentiable]`. A macro cannot know, so both are written:
//!
//! ```text
//! mod __hvp_fallback { pub enum __hvp_rule {} impl __hvp_rule { pub fn tangent(…) { const { panic!("`solve_vjp` is not marked …") } } } }
//! use __hvp_fallback::*;
//! use solve_vjp as __hvp_rule;
//! ```
//!
//! The function brings its companion type along if it has one, and that hides what the glob imports. If not, the panic is an
//! error of the compiler, as soon as and only where a second derivative is used.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::spanned::Spanned;

use super::Emit;
use super::call::respan;
use super::companion::{Member, Owner, Tangents, entry_name};
use super::item::Item;
use super::layout::{question, tuple, wrap};
use crate::derivative::Derivative;
use crate::front::Shape;
use crate::ir::{Call, Callee, Role, What};

impl Item<'_> {
    /// The body of the tangent, if the user gives it: the value and the derivative along each lane of the directions. Its own
    /// variables are those of `quote!`, which hide no parameter.
    pub(super) fn given_tangent(&self, emit: &Emit<'_>) -> Option<TokenStream> {
        let given = &self.source.given;
        let parts = match (&given.jvp, &given.vjp) {
            (Some(jvp), _) => respan(self.lane_by_lane(emit, jvp), jvp.span()),
            (None, Some(vjp)) if matches!(self.signature.result, Shape::Real) => {
                respan(self.along_gradient(emit, vjp), vjp.span())
            }
            (None, _) => return None,
        };
        let returned = wrap(&self.signature.wrapper, &quote!((value, value_dot)));
        Some(quote!(#parts #returned))
    }

    fn lane_by_lane(&self, emit: &Emit<'_>, jvp: &syn::Path) -> TokenStream {
        let (private, krate, tangent) = (self.env.private(), &self.env.krate, self.env.tangent());
        let (real, question) = (self.env.real(), question(&self.signature.wrapper));
        let value = self.signature.value_type();
        let call = |lane: TokenStream| {
            let mut args = self.given_args(emit);
            for (index, param) in self.signature.params.iter().enumerate().filter(|(_, p)| p.differentiated) {
                let dot = self.dot_name(emit, index);
                args.push(match &param.shape {
                    Shape::Real => quote!(#private::lane(&#dot, #lane)),
                    _ => quote!(&#private::lane(#dot, #lane)),
                });
            }
            self.given_call(jvp, &args)
        };
        let (first, other) = (call(quote!(0)), call(quote!(k)));
        quote! {
            let (value, dot): (#value, #value) = #first #question;
            let mut value_dot = #private::first_lane::<#tangent, _>(&dot);
            for k in 1..<#tangent as #krate::Tangent<#real>>::LANES {
                let (_, dot): (#value, #value) = #other #question;
                #private::put_lane::<#tangent, _>(&dot, k, &mut value_dot);
            }
        }
    }

    fn along_gradient(&self, emit: &Emit<'_>, vjp: &syn::Path) -> TokenStream {
        let (private, krate, tangent) = (self.env.private(), &self.env.krate, self.env.tangent());
        let (real, question) = (self.env.real(), question(&self.signature.wrapper));
        let mut args = self.given_args(emit);
        let (function, this) = (self.function_path(), self.self_arg());
        let value = quote!(#function(#this #(#args),*) #question);
        args.push(quote!(<#real as #krate::Real>::REAL_ONE));
        let call = self.given_call(vjp, &args);
        let differentiated: Vec<(usize, &Shape)> = self.differentiated_shapes();
        let names: Vec<Ident> =
            differentiated.iter().map(|(index, _)| self.param_name(*index, "_bar")).collect();
        let types: Vec<TokenStream> =
            differentiated.iter().map(|(_, shape)| self.env.owned(shape, &real)).collect();
        let pattern = tuple(&names.iter().map(ToTokens::to_token_stream).collect::<Vec<_>>());
        let ty = tuple(&types);
        let sums = differentiated.iter().zip(&names).map(|((index, shape), part)| {
            let dot = self.dot_name(emit, *index);
            let dot = if matches!(shape, Shape::Real) { quote!(&#dot) } else { quote!(#dot) };
            quote!(let value_dot = #private::along(&#part, #dot, value_dot);)
        });
        quote! {
            let value = #value;
            let #pattern: #ty = #call #question;
            let value_dot = <#tangent as #krate::Tangent<#real>>::ZERO;
            #(#sums)*
        }
    }

    fn differentiated_shapes(&self) -> Vec<(usize, &Shape)> {
        let params = self.signature.params.iter().enumerate();
        params.filter(|(_, param)| param.differentiated).map(|(index, param)| (index, &param.shape)).collect()
    }

    fn given_args(&self, emit: &Emit<'_>) -> Vec<TokenStream> {
        let own = |index: usize| {
            let name = self.role_name(emit, Role::primal(What::Param(index)));
            if self.is_moved(index) {
                return quote!(::core::clone::Clone::clone(&#name));
            }
            let lent = self.signature.params[index].is_lent_real().then(|| quote!(&));
            quote!(#lent #name)
        };
        (0..self.signature.params.len()).map(own).collect()
    }

    fn dot_name(&self, emit: &Emit<'_>, index: usize) -> Ident {
        self.role_name(emit, Role { what: What::Param(index), bar: false, dot: true })
    }

    fn role_name(&self, emit: &Emit<'_>, role: Role) -> Ident {
        match emit.func.params.iter().find(|param| param.role == role) {
            Some(param) => emit.name(param.var).clone(),
            None => unreachable!("the tangent of `{}` takes all its parameters", self.stem),
        }
    }

    /// A call of a rule, which is a method where the function is one.
    fn given_call(&self, path: &syn::Path, args: &[TokenStream]) -> TokenStream {
        let this = self.self_arg();
        respan(quote!(#path(#this #(#args),*)), path.span())
    }

    /// The functions `f_jvp` and `f_vjp` for users: the rules themselves, under their usual names.
    pub(super) fn given_public(&self, what: Derivative) -> Option<TokenStream> {
        let (path, docs) = match what {
            Derivative::Jvp => (
                self.source.given.jvp.as_ref()?,
                self.docs("The value and the directional derivative of", ""),
            ),
            Derivative::Vjp => (
                self.source.given.vjp.as_ref()?,
                self.docs("The gradient of the components of", ", added with the weights"),
            ),
            Derivative::Grad
            | Derivative::ValueAndGrad
            | Derivative::Hvp
            | Derivative::GradAndHvp
            | Derivative::Hessian
            | Derivative::Jacobian => return None,
        };
        if self.is_own_name(path, what) {
            return Some(TokenStream::new());
        }
        let real = self.env.real();
        let mut params = self.user_params();
        let mut args: Vec<TokenStream> = (0..self.signature.params.len())
            .map(|index| self.param_name(index, "").into_token_stream())
            .collect();
        let value = self.signature.value_type();
        let output = if what == Derivative::Jvp {
            for (index, shape) in self.differentiated_shapes() {
                let (name, ty) = (self.param_name(index, "_dot"), self.env.direction(shape, &real));
                params.push(quote!(#name: #ty));
                args.push(quote!(#name));
            }
            quote!((#value, #value))
        } else {
            let (weight, ty) = (self.weight(), self.env.direction(&self.signature.result, &real));
            params.push(quote!(#weight: #ty));
            args.push(quote!(#weight));
            self.gradient_type()
        };
        let call = self.given_call(path, &args);
        Some(self.public(what, &docs, &params, &output, &call))
    }

    /// Whether the rule bears the name that the generated function would have.
    fn is_own_name(&self, path: &syn::Path, what: Derivative) -> bool {
        let name = self.public_name(what.name());
        let mut segments = path.segments.iter();
        match (segments.next(), segments.next(), segments.next()) {
            (Some(only), None, None) => only.ident == name,
            (Some(this), Some(last), None) => this.ident == "Self" && last.ident == name,
            _ => false,
        }
    }

    /// In the entries of a function with a rule, the arguments in the types that the rule takes them in.
    pub(super) fn given_arguments(&self, emit: &Emit<'_>) -> TokenStream {
        let mut tokens = TokenStream::new();
        if self.source.given.vjp.is_none() {
            return tokens;
        }
        let private = self.env.private();
        for param in emit.func.params.iter().filter(|param| !param.role.dot) {
            let name = emit.name(param.var);
            match (param.role.what, param.role.bar) {
                (What::Param(index), false) if self.is_memory(index) && self.is_moved(index) => {
                    tokens.extend(quote!(let #name = ::std::borrow::ToOwned::to_owned(#name);));
                }
                (What::Result(_), true) => {
                    if let Shape::Array(_, len) = &self.signature.result {
                        tokens.extend(quote!(let #name = #private::fixed::<_, { #len }>(#name);));
                    }
                }
                (What::Param(_) | What::Result(_) | What::Record(_), _) => {}
            }
        }
        tokens
    }
}

impl Emit<'_> {
    /// The tangent of the user's `vjp`, if `call` is one.
    pub(super) fn given_pull(&self, call: &Call) -> Option<TokenStream> {
        let path = self.source.given.vjp.as_ref()?;
        let code = match &call.callee {
            Callee::Path { code, .. } => *code,
            Callee::Method { name, .. } => *name,
        };
        if self.source.given.vjp_code != Some(code) {
            return None;
        }
        let (pattern, question) = (self.call_pattern(call), question(&self.source.signature.wrapper));
        let (args, ty) = (self.call_args(call), self.gradient_type(Tangents::if_they(call.tangent)));
        let (before, function) = if call.tangent {
            self.second_order(call, path)
        } else {
            (TokenStream::new(), self.callee(call, None))
        };
        let value = quote!(let #pattern: #ty = #function(#(#args),*) #question;);
        let value = respan(value, path.span());
        Some(quote!(#before #value))
    }

    /// The gradient's type, for a second derivative with its tangent.
    fn gradient_type(&self, tangents: Tangents) -> TokenStream {
        let params = self.source.signature.params.iter().filter(|param| param.differentiated);
        let shapes: Vec<&Shape> = params.map(|param| &param.shape).collect();
        let one = |scalar: &TokenStream| {
            tuple(&shapes.iter().map(|shape| self.env.owned(shape, scalar)).collect::<Vec<_>>())
        };
        let (real, dots) = (one(&self.env.real()), one(&self.env.tangent()));
        if tangents.come() { quote!((#real, #dots)) } else { real }
    }

    /// What finds the tangent of `vjp` or reports that there is none, with the question whether it takes active arguments, and
    /// the tangent's name.
    fn second_order(&self, call: &Call, path: &syn::Path) -> (TokenStream, TokenStream) {
        let span = Span::mixed_site().located_at(path.span());
        let owner = match (&call.callee, path.segments.last()) {
            (Callee::Path { associated: false, .. }, _) | (_, None) => Owner::Companion,
            (Callee::Path { .. }, Some(last)) => Owner::Type(&last.ident),
            (Callee::Method { .. }, Some(last)) => Owner::Method(&last.ident),
        };
        let is_method = matches!(call.callee, Callee::Method { .. });
        let is_path = matches!(owner, Owner::Companion);
        let entry = entry_name(Member::Tangent, owner, span);
        let tangent = missing_tangent(call, &entry, is_method);
        let missing = self.missing(path);
        if is_path {
            let accepts = entry_name(Member::Accepts, owner, span);
            let rule = format_ident!("__hvp_rule", span = span);
            let mut importable = path.clone();
            if let Some(last) = importable.segments.last_mut() {
                last.arguments = syn::PathArguments::None;
            }
            let markers: Vec<TokenStream> =
                call.args.iter().map(|arg| self.plain_marker(arg.active)).collect();
            let kinds = (0..markers.len()).map(|index| format_ident!("A{index}"));
            let kinds: Vec<Ident> = kinds.collect();
            let question = respan(quote!(#rule::#accepts(#(#markers),*);), path.span());
            let before = quote! {
                mod __hvp_fallback {
                    pub enum #rule {}
                    impl #rule {
                        pub fn #accepts<#(#kinds),*>(#(_: #kinds),*) {}
                        pub #tangent
                    }
                    #missing
                }
                #[allow(unused_imports)]
                use __hvp_fallback::*;
                use #importable as #rule;
                #question
            };
            (before, quote!(#rule::#entry))
        } else {
            let before = quote! {
                trait Fallback: ::core::marker::Sized { #tangent }
                impl<Any> Fallback for Any {}
                #missing
            };
            (before, if is_method { quote!(self.#entry) } else { quote!(Self::#entry) })
        }
    }

    /// What the compiler refuses where it is used.
    fn missing(&self, path: &syn::Path) -> TokenStream {
        let name = path.to_token_stream().to_string().replace(' ', "");
        let message = format!(
            "`{name}` is not marked `#[differentiable]`, so `{}` has no second derivative; put `#[differentiable]` on `{name}`",
            self.source.signature.item.ident
        );
        let panic = respan(quote!(const { ::core::panic!(#message) };), path.span());
        quote!(fn missing<R>() -> R { #panic ::core::unreachable!() })
    }

    fn plain_marker(&self, active: bool) -> TokenStream {
        let private = self.env.private();
        let marker = if active { quote!(Active) } else { quote!(Passive) };
        quote!(#private::#marker)
    }
}

/// Takes the place of the tangent of `vjp` where that has none.
fn missing_tangent(call: &Call, entry: &Ident, method: bool) -> TokenStream {
    let mut generics = Vec::new();
    let mut params: Vec<TokenStream> = method.then(|| quote!(self)).into_iter().collect();
    for (index, arg) in call.args.iter().enumerate() {
        let one = |letter: &str| format_ident!("{letter}{index}");
        let (marker, value, dot) = (one("A"), one("V"), one("D"));
        params.extend([quote!(_: #marker), quote!(_: #value)]);
        generics.extend([marker, value]);
        if arg.active {
            params.push(quote!(_: #dot));
            generics.push(dot);
        } else {
            params.push(quote!(_: ()));
        }
    }
    quote!(fn #entry<R, #(#generics),*>(#(#params),*) -> R { missing() })
}
