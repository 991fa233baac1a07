//! Functions that carry the attribute and have no derivatives of their own: what they take, give or change is known to their callers
//! only, which inline them.

use quote::quote;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};

use crate::attr::Options;
use crate::bounds;
use crate::diag::Diag;
use crate::driver::{derive_with_helpers, derive_with_siblings};
use crate::front;
use crate::helpers;
use crate::siblings;
use crate::source_file::SourceFile;
use crate::surroundings;

/// Whether a function takes and gives integers and flags alone, and what holds these. All calls of it are passive.
pub(crate) fn is_of_counts(sig: &syn::Signature) -> bool {
    const PLAIN: [&str; 7] = ["bool", "char", "str", "String", "Vec", "Option", "Range"];
    struct Plain(bool);
    impl<'ast> Visit<'ast> for Plain {
        fn visit_path_segment(&mut self, segment: &'ast syn::PathSegment) {
            let name = segment.ident.to_string();
            self.0 &= front::types::is_integer(&name) || PLAIN.contains(&name.as_str());
            visit::visit_path_segment(self, segment);
        }
    }
    let mut plain = Plain(sig.receiver().is_none());
    sig.inputs.iter().for_each(|input| plain.visit_fn_arg(input));
    plain.visit_return_type(&sig.output);
    plain.0
}

/// Whether `function` gives a struct that stands beside it, and its body is understood.
pub(crate) fn gives_struct(function: &syn::ItemFn, options: &Options, file: &SourceFile) -> bool {
    let siblings = siblings::of(file);
    let (function, _) = of_implementors(function.clone(), &siblings);
    let body = siblings::without_result(&function);
    siblings::are_given_by(&function, &siblings, surroundings::is_in_impl(file))
        && derive_with_siblings(&body, options, siblings, &mut Diag::new()).is_some()
}

/// Whether `function` takes or gives functions, or changes the length of a `Vec` of its caller, and its body is understood.
pub(crate) fn is_understood(function: &syn::ItemFn, options: &Options) -> bool {
    takes_functions(function, options) || grows_a_vec(function, options) || gives_function(function, options)
}

/// Whether `function` changes structs that stand beside it, takes any struct of a trait, or is a method of one, and its body is
/// understood.
pub(crate) fn is_understood_beside_structs(
    function: &syn::ItemFn,
    options: &Options,
    file: &SourceFile,
) -> bool {
    let siblings = siblings::of(file);
    let called = if function.sig.receiver().is_some() { called_on_its_own(function, file) } else { None };
    let is_method = called.is_some();
    let (body, is_open) = of_implementors(called.unwrap_or_else(|| function.clone()), &siblings);
    let (body, changes) = with_own_structs(body, &siblings);
    (is_method || is_open || changes)
        && derive_with_siblings(&body, options, siblings, &mut Diag::new()).is_some()
}

/// A function that calls the method `function` on a struct of its own.
fn called_on_its_own(function: &syn::ItemFn, file: &SourceFile) -> Option<syn::ItemFn> {
    let block = surroundings::impl_around(file)?;
    let owner = &block.self_ty;
    let mut called = function.clone();
    let mut args = Vec::new();
    for input in &mut called.sig.inputs {
        if let syn::FnArg::Typed(typed) = input {
            let name = quote::format_ident!("__hvp_argument_{}", args.len());
            typed.pat = syn::parse_quote!(#name);
            args.push(name);
        } else {
            *input = syn::parse_quote!(__hvp_self: &mut #owner);
        }
    }
    let name = &function.sig.ident;
    called.block = syn::parse_quote!({ let _ = __hvp_self.#name(#(#args),*); });
    called.sig.output = syn::ReturnType::Default;
    front::Named::of(&block).visit_item_fn_mut(&mut called);
    Some(called)
}

/// The same of a function that takes functions, whose derivatives only its callers know.
fn takes_functions(function: &syn::ItemFn, options: &Options) -> bool {
    let mut body = function.clone();
    let is_number = |input: &syn::FnArg| !bounds::is_function(input, &function.sig.generics);
    body.sig.inputs = function.sig.inputs.iter().filter(|input| is_number(input)).cloned().collect();
    body.sig.inputs.len() < function.sig.inputs.len()
        && derive_with_helpers(&body, options, &mut Diag::new()).is_some()
}

/// The same of a function that gives one.
fn gives_function(function: &syn::ItemFn, options: &Options) -> bool {
    bounds::gives_function(&function.sig)
        && derive_with_helpers(&siblings::without_result(function), options, &mut Diag::new()).is_some()
}

/// The same of a function that changes the length of a `Vec` of its caller.
fn grows_a_vec(function: &syn::ItemFn, options: &Options) -> bool {
    let mut body = function.clone();
    let mut made: Vec<syn::Stmt> = Vec::new();
    let mut kept = Vec::new();
    for input in &function.sig.inputs {
        match grown(input) {
            Some((name, ty)) => made.push(syn::parse_quote!(let mut #name: #ty = ::std::vec::Vec::new();)),
            None => kept.push(input.clone()),
        }
    }
    if made.is_empty() {
        return false;
    }
    body.sig.inputs = kept.into_iter().collect();
    made.append(&mut body.block.stmts);
    body.block.stmts = made;
    derive_with_helpers(&body, options, &mut Diag::new()).is_some()
}

/// `function` with a struct that implements it in the place of each trait that its parameters leave open, and whether there are such.
fn of_implementors(mut function: syn::ItemFn, siblings: &[syn::Item]) -> (syn::ItemFn, bool) {
    struct Closed<'a> {
        generics: syn::Generics,
        siblings: &'a [syn::Item],
        any: bool,
    }
    impl VisitMut for Closed<'_> {
        fn visit_type_mut(&mut self, ty: &mut syn::Type) {
            let struct_of = |name| siblings::implementor(self.siblings, name);
            let closed = bounds::traits_of(ty, &self.generics).into_iter().find_map(struct_of).cloned();
            if let Some(closed) = closed {
                *ty = closed;
                self.any = true;
            }
            visit_mut::visit_type_mut(self, ty);
        }
    }
    let mut closed = Closed { generics: function.sig.generics.clone(), siblings, any: false };
    closed.visit_signature_mut(&mut function.sig);
    (function, closed.any)
}

/// `body` with structs of its own where it takes structs of its caller by `&mut`, and whether it does.
fn with_own_structs(mut body: syn::ItemFn, siblings: &[syn::Item]) -> (syn::ItemFn, bool) {
    let mut made: Vec<syn::Stmt> = Vec::new();
    for input in &mut body.sig.inputs {
        let syn::FnArg::Typed(typed) = input else { continue };
        let (syn::Pat::Ident(name), syn::Type::Reference(reference)) = (&*typed.pat, &*typed.ty) else {
            continue;
        };
        let (name, behind) = (name.ident.clone(), &*reference.elem);
        let ty = front::types::element_of(behind).unwrap_or(behind).clone();
        if reference.mutability.is_none() || !siblings::has(siblings, &ty) {
            continue;
        }
        let [passed, own] = ["passed", "own"].map(|part| quote::format_ident!("__hvp_{part}_{name}"));
        if matches!(behind, syn::Type::Path(path) if path.path.get_ident().is_some()) {
            made.push(syn::parse_quote!(let mut #own = #ty { ..#passed };));
            made.push(syn::parse_quote!(let #name = &mut #own;));
        } else {
            made.push(syn::parse_quote!(let mut #own = ::std::vec![#ty { ..#passed }];));
            let parts = matches!(behind, syn::Type::Slice(_)).then(|| quote!([..]));
            made.push(syn::parse_quote!(let #name = &mut #own #parts;));
        }
        *input = syn::parse_quote!(#passed: #ty);
    }
    let changes = !made.is_empty();
    made.append(&mut body.block.stmts);
    body.block.stmts = made;
    (body, changes)
}

/// The name of a parameter `&mut Vec<…>`, and the type behind the reference.
fn grown(input: &syn::FnArg) -> Option<(&syn::Ident, &syn::Type)> {
    let syn::FnArg::Typed(typed) = input else { return None };
    let (syn::Pat::Ident(name), syn::Type::Reference(reference)) = (&*typed.pat, &*typed.ty) else {
        return None;
    };
    let is_vec =
        reference.mutability.is_some() && front::types::argument_of(&reference.elem, "Vec").is_some();
    is_vec.then_some((&name.ident, &*reference.elem))
}

/// Whether `helper` may lengthen a `Vec` of its caller, or takes a function or any struct of a trait, so that it cannot be called.
pub(crate) fn is_never_called(helper: &helpers::Helper) -> bool {
    let signature = &helper.function.sig;
    let is_open = |input: &syn::FnArg| match input {
        syn::FnArg::Typed(typed) => {
            let traits = bounds::traits_of(bounds::behind_reference(&typed.ty), &signature.generics);
            traits.into_iter().any(|name| !bounds::is_inlined(name))
        }
        syn::FnArg::Receiver(_) => false,
    };
    let takes_a_function = |input: &syn::FnArg| bounds::is_function(input, &signature.generics);
    signature.inputs.iter().any(|input| grown(input).is_some() || is_open(input) || takes_a_function(input))
}
