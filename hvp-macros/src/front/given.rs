//! `jvp = path, vjp = path`: functions of the user's that stand for the derivatives of an opaque body.

use proc_macro2::{Ident, Span};
use quote::{ToTokens, quote, quote_spanned};
use syn::{ItemFn, Path};

use super::lower::Lower;
use super::source::{Passing, Shape, Signature, Source, Wrapper};
use super::{returns, signature};
use crate::attr::Options;
use crate::derivative::Derivative;
use crate::diag::Diag;
use crate::ir::{Callee, Fragment, Given, Opaque};

/// The paths that the user gives.
#[derive(Clone, Default)]
pub(crate) struct GivenPaths {
    pub(crate) jvp: Option<Path>,
    pub(crate) vjp: Option<Path>,
    /// The fragment that names `vjp` in the IR.
    pub(crate) vjp_code: Option<Fragment>,
}

/// Lowers the rules of `item`; `None` where errors were reported.
pub(crate) fn lower_given(item: &ItemFn, options: &Options, diag: &mut Diag) -> Option<(Given, Source)> {
    let paths = GivenPaths { jvp: options.jvp.clone(), vjp: options.vjp.clone(), vjp_code: None };
    let signature = signature::read(item, options, diag);
    check_signature(&signature, diag);
    check_paths(&signature, options, &paths, diag);
    check_only(options, &signature.result, diag);
    if diag.has_errors() {
        return None;
    }
    let source = Source::new(signature.clone());
    let mut cx = Lower::new(returns::empty(&signature), source, diag);
    for (index, param) in signature.params.iter().enumerate() {
        cx.declare(index, param);
    }
    let name = &signature.item.ident;
    let itself = if options.associated { syn::parse_quote!(Self::#name) } else { Path::from(name.clone()) };
    let itself = cx.callee(&signature, &itself);
    let vjp = paths.vjp.as_ref().map(|path| cx.callee(&signature, path));
    let missing = |what: Derivative| missing_for(what, options, &signature.result);
    let (no_jvp, no_vjp) = (missing(Derivative::Jvp), missing(Derivative::Vjp));
    let no_jvp = no_jvp.map(|rule| cx.missing_rule(&signature, rule));
    let no_vjp = no_vjp.map(|rule| cx.missing_rule(&signature, rule));
    let mut lowered = cx.finish();
    lowered.source.given = GivenPaths { vjp_code: vjp.as_ref().map(name_of), ..paths };
    let by_value = lowered.func.params.iter().zip(&signature.params);
    let by_value = by_value.filter(|(_, param)| param.passing == Passing::Value).map(|(param, _)| param.var);
    let given = Given {
        by_value: by_value.collect(),
        result: signature.result.kind(),
        itself,
        vjp,
        no_jvp,
        no_vjp,
        question: !matches!(signature.wrapper, Wrapper::None),
        shell: lowered.func,
    };
    Some((given, lowered.source))
}

impl Lower<'_> {
    /// An expression that the compiler refuses where a derivative is used for which there is no rule.
    fn missing_rule(&mut self, signature: &Signature, rule: &str) -> Opaque {
        let name = &signature.item.ident;
        let message = format!("`{name}` has no rule `{rule}`; give `{rule} = …` beside the other one");
        let code = quote_spanned!(Span::mixed_site().located_at(name.span())=> {
            const { ::core::panic!(#message) };
            ::core::unreachable!()
        });
        Opaque { code: self.source.add_fragment(code), args: Vec::new(), repeatable: true, inert: true }
    }

    fn callee(&mut self, signature: &Signature, path: &Path) -> Callee {
        if signature.receiver.is_some() {
            let this = self.source.add_fragment(quote!(self));
            let receiver = Opaque { code: this, args: Vec::new(), repeatable: true, inert: true };
            let name = path.segments.last().map(|segment| &segment.ident);
            return Callee::Method { receiver, name: self.source.add_fragment(name.to_token_stream()) };
        }
        let owner = path.segments.iter().rev().nth(1).map(|segment| segment.ident.to_string());
        let associated = owner.is_some_and(|owner| owner.starts_with(char::is_uppercase));
        Callee::Path { code: self.source.add_fragment(path.to_token_stream()), associated }
    }
}

fn name_of(callee: &Callee) -> Fragment {
    match callee {
        Callee::Path { code: name, .. } | Callee::Method { name, .. } => *name,
    }
}

fn check_signature(signature: &Signature, diag: &mut Diag) {
    const REMEDY: &str = "leave `jvp` and `vjp` out, so that the body is differentiated";
    for param in &signature.params {
        let name = &param.name;
        if param.passing == Passing::RefMut {
            let message = format!(
                "a function with `jvp` or `vjp` cannot take `{name}` by `&mut`; return the result, or {REMEDY}"
            );
            diag.error(&param.ty, message);
        } else if param.differentiated && matches!(param.shape, Shape::Tuple(_)) {
            let message = format!(
                "a function with `jvp` or `vjp` cannot differentiate the tuple `{name}`; take its parts one by one, or hold it constant with `wrt(…)`"
            );
            diag.error(&param.ty, message);
        }
    }
    if !signature.params.iter().any(|param| param.differentiated) {
        let message =
            format!("`{0}` has no differentiated parameter; leave `jvp` and `vjp` out", signature.item.ident);
        diag.error(&signature.item.ident, message);
    }
    let fits = match &signature.result {
        Shape::Real => true,
        Shape::Vec(_) | Shape::Array(..) => signature.result.is_differentiable(),
        Shape::Int | Shape::Bool | Shape::Slice(_) | Shape::Tuple(_) | Shape::Opaque(_) => false,
    };
    if !fits {
        let message = format!("a function with `jvp` or `vjp` gives a number, a `Vec` or an array; {REMEDY}");
        match &signature.item.output {
            syn::ReturnType::Default => diag.error(&signature.item.ident, message),
            syn::ReturnType::Type(_, ty) => diag.error(ty, message),
        }
    }
}

fn check_paths(signature: &Signature, options: &Options, paths: &GivenPaths, diag: &mut Diag) {
    if let Some(partials) = &options.derivative {
        diag.error(partials, "`derivative` stands beside `jvp` or `vjp`; keep one of them");
    }
    let name = &signature.item.ident;
    for path in [&paths.jvp, &paths.vjp].into_iter().flatten() {
        let last = path.segments.last().map(|segment| segment.ident.to_string());
        if last.is_none_or(|last| ["self", "Self", "super", "crate"].contains(&last.as_str())) {
            diag.error(path, "this names no function; name one that gives the derivative");
            continue;
        }
        if signature.receiver.is_some() && method_of_self(path).is_none() {
            let message = format!("`{name}` is a method, and so must this be; name it as `Self::method`");
            diag.error(path, message);
        }
        if path.segments.iter().any(|segment| !segment.arguments.is_none()) {
            diag.error(path, "a rule is named without type arguments; leave them out, they are inferred");
        }
        if path.is_ident(name) {
            let message = format!("`{name}` cannot be its own rule; name another function");
            diag.error(path, message);
        }
    }
}

/// `name` of `Self::name`.
fn method_of_self(path: &Path) -> Option<&Ident> {
    let mut segments = path.segments.iter();
    match (segments.next(), segments.next(), segments.next()) {
        (Some(this), Some(name), None) if this.ident == "Self" => Some(&name.ident),
        _ => None,
    }
}

/// What `only` names must follow from the rules that there are.
fn check_only(options: &Options, result: &Shape, diag: &mut Diag) {
    for (asked, span) in options.only.iter().flatten() {
        let Some(missing) = missing_for(*asked, options, result) else {
            continue;
        };
        let message = format!(
            "`{}` needs the rule `{missing}`; give `{missing} = …`, or do not ask for it",
            asked.name()
        );
        diag.error_at(*span, message);
    }
}

/// The rule that is missing for the derived function `what`, where there is another.
pub(crate) fn missing_for(what: Derivative, options: &Options, result: &Shape) -> Option<&'static str> {
    match (what, &options.jvp, &options.vjp) {
        (_, None, None) | (_, Some(_), Some(_)) => None,
        (Derivative::Jvp | Derivative::Jacobian, None, Some(_)) => {
            (!matches!(result, Shape::Real)).then_some("jvp")
        }
        (Derivative::Jvp | Derivative::Jacobian, Some(_), None) | (_, None, Some(_)) => None,
        (_, Some(_), None) => Some("vjp"),
    }
}
