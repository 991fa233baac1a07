//! From the tokens of an attribute and its function to what stands beside the function.

use std::cell::LazyCell;
use std::time::Instant;

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit_mut::VisitMut;

use crate::analysis::record;
use crate::analysis::refuse::{self, At, Refusal};
use crate::attr::{self, Companion, Options};
use crate::bounds;
use crate::configure::{self, Case};
use crate::derivative::Derivative;
use crate::diag::Diag;
use crate::emit::{self, Derived};
use crate::front::{self, Lowered, Passing, Shape, Signature, Source, Unknown};
use crate::helpers;
use crate::ir::{self, Callee, Func};
use crate::module::{self, Aliases};
use crate::neighbours::Neighbours;
use crate::only_inlined;
use crate::pipeline::{self, Pipeline};
use crate::siblings;
use crate::source_file::SourceFile;
use crate::stubs;
use crate::surroundings;
use crate::trace::{dump, dump_code, time};
use crate::transform::{Origin, reverse};

/// A function with more statements of the IR than this calls its helpers.
const LONG: usize = 500;

/// What stands beside `item`: the derived functions, or the errors.
pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut diag = Diag::new();
    let mut options = attr::parse(attribute, &mut diag);
    let function: syn::ItemFn = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            match syn::parse2::<syn::Item>(item.clone()) {
                Ok(syn::Item::Verbatim(tokens)) if stubs::shell(tokens.clone()).is_some() => {
                    diag.error(&tokens, "there is no body here to differentiate; put the attribute on a function that has one");
                    return errors(diag);
                }
                Ok(other) => {
                    diag.error(&other, "only a function can be differentiated; put the attribute on one");
                }
                Err(_) => diag.push(error),
            }
            let stubs = stubs::shell(item).map(|function| stubs_of(&function, &options));
            return errors(diag).into_iter().chain(stubs.into_iter().flatten()).collect();
        }
    };
    let mut function = function;
    let file = SourceFile::of(function.sig.ident.span());
    options.neighbours = file.as_ref().map(Neighbours::of).unwrap_or_default();
    options.impl_generics = file.as_ref().and_then(surroundings::impl_generics).unwrap_or_default();
    let in_impl = file.as_ref().is_some_and(surroundings::is_in_impl);
    options.associated |= in_impl && function.sig.receiver().is_none();
    options.witness = Some(helpers::witness(&function));
    Aliases(module::aliases(&options.items)).visit_item_fn_mut(&mut function);
    options.aliases = options.neighbours.aliases(&function);
    Aliases(options.aliases.clone()).visit_item_fn_mut(&mut function);
    let cases = configure::cases(&function, &mut diag);
    if diag.has_errors() {
        if let Some(case) = cases.first() {
            let _ = derive(&case.function, &options, &mut diag);
        }
        return errors(diag).into_iter().chain(stubs_of(&function, &options)).collect();
    }
    let file = file.filter(|_| inlines(&options));
    if let Some(file) = &file {
        options.helpers = helpers::of(&function, file);
        for helper in &mut options.helpers {
            let aliases = options.neighbours.aliases(&helper.function);
            Aliases(aliases.clone()).visit_item_fn_mut(&mut helper.function);
            options.aliases.extend(aliases);
        }
    }
    cases.into_iter().map(|case| expand_case(case, &options, file.as_ref())).collect()
}

/// Whether a function has more statements than this.
fn is_longer(func: &Func, most: usize) -> bool {
    let mut statements = 0;
    ir::any_stmt(&func.body, &mut |_| {
        statements += 1;
        statements > most
    })
}

/// Whether helpers are inlined into a function with these options.
fn inlines(options: &Options) -> bool {
    is_of_its_body(options) && options.items.is_empty()
}

/// Whether it is the body that is differentiated, and not what the user gives in its place.
fn is_of_its_body(options: &Options) -> bool {
    options.derivative.is_none() && options.jvp.is_none() && options.vjp.is_none()
}

/// What stands beside the function where it is configured as in `case`.
fn expand_case(case: Case, options: &Options, file: Option<&SourceFile>) -> TokenStream {
    let (start, mut diag) = (Instant::now(), Diag::new());
    let Case { cfgs, mut function } = case;
    function.attrs.extend(cfgs.iter().cloned());
    // Who chooses what is differentiated or generated wants derivatives of this function.
    let is_chosen = options.wrt.is_some() || options.only.is_some() || options.name.is_some();
    let is_helper = !is_chosen && is_of_its_body(options);
    if file.is_some_and(surroundings::is_of_a_trait) {
        if is_helper {
            // Nothing can stand beside it. Whoever calls it inlines it.
            return TokenStream::new();
        }
        let message = "nothing can stand beside a function in the `impl` of a trait; write a function of its own that calls it, and put the attribute there";
        return syn::Error::new_spanned(&function.sig.ident, message).to_compile_error();
    }
    let gives_struct =
        LazyCell::new(|| file.is_some_and(|file| only_inlined::gives_struct(&function, options, file)));
    let made = file
        .filter(|file| siblings::may_be_made_in(&function, file))
        .map(siblings::of)
        .filter(|siblings| siblings::are_made_in(&function, siblings));
    // The errors of the first attempt are reported.
    let derived = match made {
        Some(siblings) => {
            let derived = derive_with_siblings(&function, options, siblings, &mut diag);
            if derived.is_none() && is_helper && *gives_struct {
                return emit::mark(&function, options);
            }
            derived.or_else(|| derive_with_helpers(&function, options, &mut Diag::new()))
        }
        None => derive_with_helpers(&function, options, &mut diag)
            .or_else(|| derive_with_siblings(&function, options, siblings::of(file?), &mut Diag::new())),
    };
    let is_inlined = || {
        *gives_struct
            || only_inlined::is_understood(&function, options)
            || file.is_some_and(|file| only_inlined::is_understood_beside_structs(&function, options, file))
    };
    if derived.is_none() && is_helper && (only_inlined::is_of_counts(&function.sig) || is_inlined()) {
        return emit::mark(&function, options);
    }
    if let Some((source, derived)) = derived {
        let tokens = emit::items(&function, &source, options, &derived);
        dump_code(&function, &tokens);
        time(&function, start);
        return tokens;
    }
    let all = diag.into_error().into_iter().flatten().map(|error| error.to_compile_error());
    all.map(|error| quote!(#(#cfgs)* #error)).chain([stubs_of(&function, options)]).collect()
}

/// Derives `function` with its helpers inlined, unless that becomes too long to be worth the time to compile it; else as it
/// stands, with the errors of that in `diag`. A long one is better than none: not all helpers can be called. Where nothing is
/// optimised, calls come first.
pub(crate) fn derive_with_helpers(
    function: &syn::ItemFn,
    options: &Options,
    diag: &mut Diag,
) -> Option<(Source, Derived)> {
    if options.helpers.is_empty() {
        return derive(function, options, diag);
    }
    let with = |helpers: Vec<helpers::Helper>| Options { helpers, ..options.clone() };
    let inlined = options.helpers.iter().filter(|helper| only_inlined::is_never_called(helper));
    let called = with(inlined.cloned().collect());
    if options.unoptimised {
        return derive(function, &called, &mut Diag::new()).or_else(|| derive(function, options, diag));
    }
    derive_up_to(LONG, function, options, &mut Diag::new())
        .or_else(|| derive(function, &called, diag))
        .or_else(|| derive(function, options, &mut Diag::new()))
}

/// Derives `function` where it sees the structs that stand beside it.
pub(crate) fn derive_with_siblings(
    function: &syn::ItemFn,
    options: &Options,
    siblings: Vec<syn::Item>,
    diag: &mut Diag,
) -> Option<(Source, Derived)> {
    if siblings.is_empty() {
        return None;
    }
    let mut function = function.clone();
    Aliases(module::aliases(&siblings)).visit_item_fn_mut(&mut function);
    let options = Options { items: siblings, ..options.clone() };
    derive_with_helpers(&function, &options, diag)
}

/// What stands for the derived functions of `item`, which cannot be differentiated.
pub(crate) fn stubs(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let options = attr::parse(attribute, &mut Diag::new());
    stubs::shell(item).map_or_else(TokenStream::new, |function| stubs_of(&function, &options))
}

/// Nothing where the signature or an option is what is refused.
fn stubs_of(function: &syn::ItemFn, options: &Options) -> TokenStream {
    let mut diag = Diag::new();
    if stubs::leans_on_the_body(&function.sig.output) {
        return TokenStream::new();
    }
    let mut reduced = stubs::options(options, function);
    let function = stubs::without_body(function);
    match derive(&function, &reduced, &mut diag) {
        Some((source, mut derived)) if !diag.has_errors() => {
            derived.public.retain(|what| !stubs::is_given(options, *what));
            let is_state =
                |param: &front::SigParam| param.passing == Passing::RefMut && !param.shape.is_real();
            if source.signature.params.iter().any(is_state) {
                // An entry would copy it, of which only a body tells whether it may.
                (derived.calls, reduced.companion) = (None, Companion::None);
            }
            emit::items(&function, &source, &reduced, &derived)
        }
        Some(_) | None => TokenStream::new(),
    }
}

fn errors(diag: Diag) -> TokenStream {
    diag.into_error().map_or_else(TokenStream::new, |error| error.to_compile_error())
}

pub(crate) fn derive(
    function: &syn::ItemFn,
    options: &Options,
    diag: &mut Diag,
) -> Option<(Source, Derived)> {
    derive_up_to(usize::MAX, function, options, diag)
}

/// Derives `function` if it has no more statements of the IR than `most`.
fn derive_up_to(
    most: usize,
    function: &syn::ItemFn,
    options: &Options,
    diag: &mut Diag,
) -> Option<(Source, Derived)> {
    let (origin, mut source) = lower(function, options, diag)?;
    refuse_unknown_numbers(function, &source.signature, options, diag)?;
    refuse_numbers_of_the_impl(function, &source.signature, options, diag)?;
    dump(function, "front", || origin.written().to_string());
    let wraps = source.wraps();
    let origin = origin.map(|func| pipeline::value_form(function, options, &wraps, func));
    let primal = origin.written();
    if is_longer(primal, most) {
        return None;
    }
    for refusal in refuse::check(primal) {
        refuse(primal, &source, &refusal, diag);
    }
    refuse_exclusive_state(primal, &source, diag);
    refuse_methods_of_open_structs(function, primal, &source, options, diag);
    refuse_mixed_tuples(primal, &source, diag);
    if diag.has_errors() {
        return None;
    }
    let public = public(&source.signature, options);
    let keeps = keeps_record(function, options, &source, &origin);
    if keeps && !reverse::can_split(primal) && !record::is_repeatable(primal) {
        let message = "an array that is returned early, beside calls of passive functions, is not understood; return it at the end";
        diag.error(&function.sig.ident, message);
        return None;
    }
    let pipeline =
        Pipeline { function, options, signature: &source.signature, origin: &origin, public, keeps };
    let derived = pipeline.run();
    Some((source, derived))
}

/// What the user gives to differentiate.
fn lower(function: &syn::ItemFn, options: &Options, diag: &mut Diag) -> Option<(Origin, Source)> {
    if options.jvp.is_some() || options.vjp.is_some() {
        let (given, source) = front::lower_given(function, options, diag)?;
        return Some((Origin::Given(given), source));
    }
    if let Some(partials) = &options.derivative {
        let (rule, source) = front::lower_rule(function, partials, options, diag)?;
        return Some((Origin::Partials(rule), source));
    }
    let Lowered { func, source } = front::lower(function, options, diag)?;
    Some((Origin::Body(func), source))
}

/// A parameter that is a tuple is differentiated where all its components are real numbers.
fn refuse_mixed_tuples(primal: &Func, source: &Source, diag: &mut Diag) {
    let is_other = |arg: &ir::Arg| match &arg.value {
        ir::ArgValue::Scalar(atom) => matches!(primal.atom_kind(atom), ir::Kind::Int | ir::Kind::Bool),
        ir::ArgValue::Array(_)
        | ir::ArgValue::ArrayMut(_)
        | ir::ArgValue::ArrayByValue(_)
        | ir::ArgValue::ScalarMut { .. }
        | ir::ArgValue::ArrayGone
        | ir::ArgValue::ScalarGone => false,
    };
    ir::each_call(&primal.body, &mut |call| {
        let mut tuples = call.places().filter(|place| place[0].tuple.is_some());
        if tuples.any(|place| place.iter().any(|arg| arg.active) && place.iter().any(is_other)) {
            diag.error_at(
                source.span(call.span),
                "a differentiated number is passed in one tuple with an integer or a Boolean, which the called function holds constant; pass the number as an argument of its own",
            );
        }
    });
}

/// The reverse sweep of a call gets the arguments once more; state that the callee changes is no longer what it was.
fn refuse_exclusive_state(primal: &Func, source: &Source, diag: &mut Diag) {
    let is_exclusive = |arg: &ir::Arg| match &arg.value {
        ir::ArgValue::Scalar(atom) => atom.var().is_some_and(|var| source.exclusive.contains(&var)),
        ir::ArgValue::Array(_)
        | ir::ArgValue::ArrayMut(_)
        | ir::ArgValue::ArrayByValue(_)
        | ir::ArgValue::ScalarMut { .. }
        | ir::ArgValue::ArrayGone
        | ir::ArgValue::ScalarGone => false,
    };
    ir::each_call(&primal.body, &mut |call| {
        if call.args.iter().any(|arg| arg.active) && call.args.iter().any(is_exclusive) {
            diag.error_at(
                source.span(call.span),
                "`&mut` of passive state cannot be passed together with differentiated numbers; change the state before, in a call of its own, and pass what comes of it",
            );
        }
    });
}

/// What a trait declares has no derivatives of its own: it is inlined, and of `S: System` only a caller knows which struct it is.
fn refuse_methods_of_open_structs(
    function: &syn::ItemFn,
    primal: &Func,
    source: &Source,
    options: &Options,
    diag: &mut Diag,
) {
    ir::each_call(&primal.body, &mut |call| {
        let Callee::Method { receiver, name } = &call.callee else { return };
        if call.args.iter().all(|arg| !arg.active) {
            return;
        }
        let method = source.fragment(*name).to_string();
        let mut bounds =
            receiver.vars().flat_map(|var| bounds::of_input(&function.sig, &primal.var(var).name));
        if let Some(of) = bounds.find(|of| options.neighbours.declares(&of.to_string(), &method)) {
            let message = format!(
                "`{method}` is a function of the trait `{of}`, and which one is known only where a struct is passed; take derivatives of a function beside this one that passes it"
            );
            diag.error_at(source.span(call.span), message);
        }
    });
}

/// A result of a type parameter that is not known to stand for real numbers would be a constant, and nothing would be generated.
fn refuse_unknown_numbers(
    function: &syn::ItemFn,
    signature: &Signature,
    options: &Options,
    diag: &mut Diag,
) -> Option<()> {
    let syn::ReturnType::Type(_, ty) = &function.sig.output else {
        return Some(());
    };
    let syn::Type::Path(path) = &**ty else {
        return Some(());
    };
    let is_parameter =
        |name: &syn::Ident| function.sig.generics.type_params().any(|param| param.ident == *name);
    let name = path.path.get_ident().filter(|name| is_parameter(name));
    match name {
        Some(name) if public(signature, options).is_empty() => {
            let message = format!(
                "`{name}` is not known to be a real number, so nothing here can be differentiated; say `floats(…)` with the trait that bounds it"
            );
            diag.error(name, message);
            None
        }
        _ => Some(()),
    }
}

/// Of a type parameter of the `impl` a macro sees no bounds: it would hold all constant, and generate nothing.
fn refuse_numbers_of_the_impl(
    function: &syn::ItemFn,
    signature: &Signature,
    options: &Options,
    diag: &mut Diag,
) -> Option<()> {
    let in_impl = signature.receiver.is_some() || options.associated;
    if !in_impl || !public(signature, options).is_empty() {
        return Some(());
    }
    let Some(result) = front::unknown_scalar(&signature.result) else {
        return Some(());
    };
    let is_own = function.sig.generics.type_params().any(|param| param.ident == result);
    let is_taken = |param: &front::SigParam| front::unknown_scalar(&param.shape).as_ref() == Some(&result);
    if is_own || !signature.params.iter().any(is_taken) {
        return Some(());
    }
    let message = format!(
        "`{result}` is not declared by this function, so the macro does not know it to be real, and nothing here can be differentiated; write `f64`, or a function beside the `impl` with a type parameter of its own: `fn {}<{result}: Float>(…)`",
        function.sig.ident
    );
    match &function.sig.output {
        syn::ReturnType::Type(_, ty) => diag.error(ty, message),
        syn::ReturnType::Default => diag.error(&function.sig.ident, message),
    }
    None
}

/// Whether the forward sweep of a call must keep what the reverse sweep needs: computing it again would take quadratic time
/// in a recursion, and is not the same where a passive function is called.
fn keeps_record(function: &syn::ItemFn, options: &Options, source: &Source, origin: &Origin) -> bool {
    let primal = match origin {
        Origin::Body(primal) => primal,
        Origin::Partials(_) | Origin::Given(_) => return false,
    };
    let name = function.sig.ident.to_string();
    let mut calls_itself = false;
    ir::each_call(&primal.body, &mut |call| {
        let callee = match &call.callee {
            Callee::Path { code, .. } | Callee::Method { name: code, .. } => source.fragment(*code),
        };
        let last = callee.into_iter().filter_map(|token| match token {
            proc_macro2::TokenTree::Ident(ident) => Some(ident.to_string()),
            _ => None,
        });
        calls_itself |= last.last().is_some_and(|last| last == name);
    });
    options.recursive || calls_itself || !record::is_repeatable(primal)
}

/// The functions for users that fit the result, or those of them that the user wants.
fn public(signature: &Signature, options: &Options) -> Vec<Derivative> {
    let outputs =
        signature.params.iter().any(|param| param.differentiated && param.passing == Passing::RefMut);
    let inputs = signature.params.iter().any(|param| param.differentiated);
    let all: &[Derivative] = match &signature.result {
        _ if !inputs => &[],
        Shape::Real if !outputs => &Derivative::OF_AN_OBJECTIVE,
        result if outputs || result.is_real() => &Derivative::OF_A_VECTOR,
        _ => &[],
    };
    let wanted = |what: &Derivative| {
        options.only.as_ref().is_none_or(|only| only.iter().any(|(asked, _)| asked == what))
    };
    let possible = |what: &Derivative| front::missing_for(*what, options, &signature.result).is_none();
    all.iter().copied().filter(wanted).filter(possible).collect()
}

fn refuse(func: &Func, source: &Source, refusal: &Refusal, diag: &mut Diag) {
    let (active, root) = (func.var(refusal.active), &func.var(refusal.root).name);
    let because = if refusal.active == refusal.root {
        format!("`{root}` is differentiated")
    } else if active.named {
        let line = source.line(active.span).map_or_else(String::new, |line| format!(" through line {line}"));
        format!("`{}` depends on `{root}`{line}", active.name)
    } else {
        format!("it depends on `{root}`")
    };
    match refusal.at {
        At::Unknown(code) => {
            let unknown = source.unknown.get(&code).cloned().unwrap_or_else(|| Unknown {
                at: source.fragment(code),
                why: "this is not known to be differentiable".to_owned(),
                instead: "mark the called function `#[differentiable]`, or compute this before the call and pass it as data",
            });
            diag.error_in(&unknown.at, format!("{}, and {because}; {}", unknown.why, unknown.instead));
        }
        At::Scrutinee(code) => {
            let message =
                format!("a `match` cannot look at a differentiated number, and {because}; use `if`");
            diag.error_in(&source.fragment(code), message);
        }
        At::Held => {
            let message = format!(
                "`{}` is held constant, and what is stored in it depends on `{root}`; \
                 list it in `wrt(…)` as well, or store in memory made in the function",
                active.name
            );
            diag.error_at(source.span(active.span), message);
        }
    }
}
