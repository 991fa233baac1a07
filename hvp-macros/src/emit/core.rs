//! Derived functions as hidden functions that write into given buffers.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::companion::Tangents;
use super::item::Item;
use super::layout::{Layout, rebuild, rebuild_dots, wrap, wrap_type};
use super::{Emit, Guard, names};
use crate::derivative::{Core, Derivative};
use crate::front::{Passing, Shape, SigParam};
use crate::ir::{Atom, Func, Kind, Param, Role, VarId, VarSet, What};

impl Item<'_> {
    /// The hidden function of a derived function.
    pub(super) fn core(&self, func: &Func, core: Core) -> TokenStream {
        let returned = |emit: &Emit<'_>, values: &[Atom]| self.returned(func, emit, values);
        let emit = Emit::new(func, self.source, &self.env, self.references(func, false), &returned);
        let params: Vec<TokenStream> =
            func.params.iter().map(|param| self.core_param(&emit, param)).collect();
        let asserts: TokenStream = func.params.iter().map(|param| self.length_assert(&emit, param)).collect();
        let given = if core == Core::Of(Derivative::Jvp) { self.given_tangent(&emit) } else { None };
        let body = given.unwrap_or_else(|| emit.block(&func.body, super::control::Target::Function));
        let (imports, entering) = (emit.imports(), self.entering(&emit));
        let reading = emit.reading();
        let body = self.with_companions(func, quote!(#asserts #entering #reading #body));
        let layout = Layout::of(func);
        let output = self.output(&layout);
        let tangent = func.params.iter().any(|param| param.role.dot);
        let (generics, where_clause) = self.generics(Tangents::if_they(tangent), &[]);
        let (visibility, receiver, items) = (&self.signature.visibility, self.receiver(), &self.source.items);
        let name = self.hidden_name(core.name());
        quote! {
            #[doc(hidden)]
            #[allow(dead_code, unused_imports, unused_parens, clippy::all, clippy::pedantic)]
            #visibility fn #name #generics (#receiver #(#params),*) #output #where_clause {
                #(#items)*
                #imports
                #body
            }
        }
    }

    /// A function that is never called and says whether the calls in the user's function are allowed.
    pub(super) fn questions(&self, primal: &Func) -> Option<TokenStream> {
        let returned = |_: &Emit<'_>, _: &[Atom]| TokenStream::new();
        let emit = Emit::new(primal, self.source, &self.env, VarSet::default(), &returned);
        let mut questions = emit.questions(&primal.body);
        questions.extend(self.source.checks.iter().cloned());
        let (name, items) = (self.hidden_name("calls"), &self.source.items);
        let asked = self.with_asked_companions(primal, questions.clone());
        let (generics, where_clause) = self.generics(Tangents::Without, &[]);
        (!questions.is_empty()).then(|| {
            quote! {
                #[doc(hidden)]
                #[allow(dead_code, unused_imports, unused_parens, clippy::all, clippy::pedantic)]
                fn #name #generics () #where_clause { #(#items)* #asked }
            }
        })
    }

    pub(super) fn output(&self, layout: &Layout) -> TokenStream {
        let ty = layout.ty(&self.signature, &self.env);
        let ty = wrap_type(&self.signature.wrapper, &ty);
        if ty.to_string() == "()" { TokenStream::new() } else { quote!(-> #ty) }
    }

    /// The arrays that are references in a core, or in an entry to which arrays by value are passed again.
    pub(super) fn references(&self, func: &Func, again: bool) -> VarSet {
        let is_reference = |param: &&Param| match (param.role.what, param.role.bar, param.role.dot) {
            (What::Param(index), false, false) => {
                again || self.signature.params[index].passing != Passing::Value
            }
            (What::Param(_) | What::Result(_) | What::Record(_), _, _) => true,
        };
        func.params
            .iter()
            .filter(|param| matches!(func.kind(param.var), Kind::Array(_) | Kind::Tape))
            .filter(is_reference)
            .map(|p| p.var)
            .collect()
    }

    fn core_param(&self, emit: &Emit<'_>, param: &Param) -> TokenStream {
        let ty = self.core_param_type(param);
        match self.reference_name(param.role) {
            Some(name) => quote!(#name: #ty),
            None => {
                let name = emit.name(param.var);
                quote!(#name: #ty)
            }
        }
    }

    /// The name of the reference by which a number is passed, of which the body knows the value.
    pub(super) fn reference_name(&self, role: Role) -> Option<Ident> {
        let What::Param(index) = role.what else {
            return None;
        };
        let user = &self.signature.params[index];
        if user.is_lent_real() && role == Role::primal(role.what) {
            return Some(self.param_name(index, "_ref"));
        }
        let by_reference = !role.bar && user.passing == Passing::RefMut && matches!(user.shape, Shape::Real);
        // The derivative of what is held constant is asked of nobody.
        let by_reference = by_reference && (user.differentiated || !role.dot);
        by_reference.then(|| self.param_name(index, if role.dot { "_dot_ref" } else { "_ref" }))
    }

    /// `let total = *total_ref;` for each number that is passed by reference.
    pub(super) fn entering(&self, emit: &Emit<'_>) -> TokenStream {
        self.read_through(emit, |_| true)
    }

    /// The same for those passed by `&`.
    pub(super) fn entering_shared(&self, emit: &Emit<'_>) -> TokenStream {
        self.read_through(emit, SigParam::is_lent_real)
    }

    fn read_through(&self, emit: &Emit<'_>, wanted: impl Fn(&SigParam) -> bool) -> TokenStream {
        let lets = emit.func.params.iter().filter_map(|param| {
            let What::Param(index) = param.role.what else { return None };
            let (reference, name) = (self.reference_name(param.role)?, emit.name(param.var));
            wanted(&self.signature.params[index]).then(|| quote!(let #name = *#reference;))
        });
        lets.collect()
    }

    /// `*total_ref = total;`
    pub(super) fn leaving(&self, func: &Func, emit: &Emit<'_>, values: &[Atom]) -> TokenStream {
        let layout = Layout::of(func);
        let stores = layout.finals.iter().filter_map(|last| {
            let role = Role { what: What::Param(last.param), bar: false, dot: last.dot };
            let kind = if last.dot { Kind::Tangent } else { Kind::Real };
            let reference = self.reference_name(role)?;
            let value = last.parts.iter().map(|part| emit.returned_atom(&values[*part], &kind));
            Some(quote!(*#reference = #(#value)*;))
        });
        stores.collect()
    }

    fn core_param_type(&self, param: &Param) -> TokenStream {
        let (role, env) = (param.role, &self.env);
        let scalar = if role.dot { env.tangent() } else { env.real() };
        match role.what {
            What::Param(index) => {
                let user = &self.signature.params[index];
                match (role.bar, role.dot) {
                    (false, false) => {
                        let ty = &user.ty;
                        quote!(#ty)
                    }
                    (false, true) => env.dot(&user.shape, user.passing, &scalar),
                    (true, _) if matches!(user.shape, Shape::Real) => scalar,
                    (true, _) => env.adjoint(&user.shape, &scalar),
                }
            }
            What::Result(index) => match self.component(index) {
                component if component.is_real() => env.direction(component, &scalar),
                _ => scalar,
            },
            What::Record(index) => self.record_type(index, param.mutable),
        }
    }

    /// The shape of a component of the result.
    pub(super) fn component(&self, index: usize) -> &Shape {
        fn leaves<'s>(shape: &'s Shape, out: &mut Vec<&'s Shape>) {
            match shape {
                Shape::Tuple(parts) => parts.iter().for_each(|part| leaves(part, out)),
                other => out.push(other),
            }
        }
        let mut all = Vec::new();
        leaves(&self.signature.result, &mut all);
        all.get(index)
            .copied()
            .unwrap_or_else(|| unreachable!("a result has as many components as its shape"))
    }

    /// Tangents and adjoints of slices must have the length of what they belong to.
    fn length_assert(&self, emit: &Emit<'_>, param: &Param) -> TokenStream {
        let What::Param(index) = param.role.what else {
            return TokenStream::new();
        };
        let user = &self.signature.params[index];
        let (Shape::Slice(inner) | Shape::Vec(inner)) = &user.shape else {
            return TokenStream::new();
        };
        let model = emit.func.params.iter().find(|other| {
            other.role.what == param.role.what && !other.role.bar && !other.role.dot && other.var != param.var
        });
        let Some(model) = model else {
            return TokenStream::new();
        };
        let (given, primal) = (emit.name(param.var), emit.name(model.var));
        let what = match (param.role.bar, param.role.dot) {
            (false, _) => "direction",
            (true, false) => "gradient",
            (true, true) => "Hessian-vector product",
        };
        let message = format!("the {what} of `{0}` has another length than `{0}`", user.name);
        let private = self.env.private();
        if matches!(**inner, Shape::Vec(_)) {
            let borrow = (user.passing == Passing::Value).then(|| quote!(&));
            quote!(#private::same_shape(#given, #borrow #primal, #message);)
        } else {
            quote!(#private::same_length(#given.len(), #primal.len(), #message);)
        }
    }

    /// The results in the shape of the layout, wrapped as the user's.
    pub(super) fn returned(&self, func: &Func, emit: &Emit<'_>, values: &[Atom]) -> TokenStream {
        let layout = Layout::of(func);
        let part = |index: &usize, dot: bool| {
            let kind = if dot { Kind::Tangent } else { Kind::Real };
            emit.returned_atom(&values[*index], &kind)
        };
        let value = layout.assemble(
            &self.signature,
            |parts, dot| {
                let mut parts = parts.iter().map(|index| part(index, dot));
                let shape = &self.signature.result;
                if dot { rebuild_dots(shape, &mut parts) } else { rebuild(shape, &mut parts) }
            },
            |bar, shape| {
                let mut parts = bar.parts.iter().map(|index| part(index, bar.dot));
                rebuild(shape, &mut parts)
            },
        );
        let value = if value.to_string() == "()" && !self.is_wrapped() { TokenStream::new() } else { value };
        let (leaving, value) = (self.leaving(func, emit, values), wrap(&self.signature.wrapper, &value));
        quote!(#leaving #value)
    }
}

impl Emit<'_> {
    pub(super) fn returned_atom(&self, atom: &Atom, kind: &Kind) -> TokenStream {
        match atom {
            Atom::Var(var) if self.func.kind(*var).is_array() => {
                let name = self.name(*var);
                if self.references.contains(*var) { self.owned(name) } else { quote!(#name) }
            }
            other => {
                let value = self.atom_of(other, kind);
                quote!(#value)
            }
        }
    }

    pub(super) fn with_guards(mut self, mut guards: BTreeMap<VarId, Guard>) -> Self {
        self.windows.guard(&mut guards);
        self.guards = guards;
        let models: BTreeMap<VarId, VarId> = self
            .guards
            .keys()
            .filter_map(|guarded| self.model_of(*guarded).map(|model| (*guarded, model)))
            .collect();
        self.names = names::assign(self.func, self.source, &self.webs, &self.inlined, &models);
        self
    }
}
