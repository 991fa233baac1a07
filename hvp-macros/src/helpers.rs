//! Helpers whose bodies are inlined: marked functions that stand beside the caller.
//!
//! ```text
//! #[differentiable]
//! fn square(x: f64) -> f64 { x * x }
//! #[differentiable]
//! fn f(x: &[f64]) -> f64 { x.iter().map(|x| square(*x)).sum() }   // is seen as  { fn square(x: f64) -> f64 { x * x } x.iter()… }
//! ```
//!
//! An attribute sees its own item alone, so a helper is read from the file, and only where its name can mean nothing else: both
//! functions stand in the same braces of the file, in which no macro changes them. rustc then looks whether the function that is called
//! was made from the tokens that were read ([`witness`]). What is not understood here is called as any other function is.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use proc_macro2::{Group, Ident, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident};
use syn::visit::{self, Visit};
use syn::{Attribute, ItemFn, Meta};

use crate::bounds;
use crate::front::{names_of, plain_words, types};
use crate::neighbours::{Neighbours, declarations, is_word};
use crate::source_file::SourceFile;
use crate::surroundings::{impl_generics, in_scope, scope_around};

/// A function that is inlined, as it was read.
#[derive(Clone)]
pub(crate) struct Helper {
    pub(crate) function: ItemFn,
    /// See [`witness`].
    pub(crate) witness: Ident,
}

/// The helpers that `function` may inline, by way of others too.
pub(crate) fn of(function: &ItemFn, file: &SourceFile) -> Vec<Helper> {
    let (Some(scope), Some(around)) = (scope_around(&file.bare, file.at), impl_generics(file)) else {
        return Vec::new();
    };
    let mut found = BTreeMap::new();
    let mut own = Names::of(function);
    own.declared.extend(names_of_params(&around).map(Ident::to_string));
    let (mut open, mut seen) = (own.used.clone(), BTreeSet::new());
    while let Some(name) = open.pop_first() {
        if seen.insert(name.clone())
            && let Some(helper) = in_scope(file, &scope, &name).filter(|helper| is_plain(helper, file))
        {
            let mut names = Names::of(&helper);
            for constant in constants_of(&helper) {
                names.declared.remove(&constant.to_string());
            }
            open.extend(names.used.iter().cloned());
            found.insert(name, (helper, names));
        }
    }
    found.insert(function.sig.ident.to_string(), (function.clone(), own));
    let is_recursive = |name: &String| {
        let reached = reached(&found, name);
        reached.contains(name) || reached.contains(&function.sig.ident.to_string())
    };
    let keeps_apart = |helper: &ItemFn, names: &Names| {
        let words = words(helper.to_token_stream());
        found.values().filter(|(other, _)| other.sig.ident != helper.sig.ident).all(|(beside, other)| {
            let hides = |name: &String| other.bound.contains(name);
            // What the helper declares itself is its own, but stands in the body of the caller.
            let is_caller = beside.sig.ident == function.sig.ident;
            let own = |name: &String| !is_caller && names.declared.contains(name);
            !other.globs
                && other.declared.iter().all(|name| own(name) || !words.contains(name))
                && !names.used.iter().chain(&names.called).any(hides)
        })
    };
    let is_helper = |(name, (helper, names)): &(&String, &(ItemFn, Names))| {
        function.sig.ident != *name && !is_recursive(name) && keeps_apart(helper, names)
    };
    let helper =
        |(function, _): &(ItemFn, Names)| Helper { function: function.clone(), witness: witness(function) };
    found.iter().filter(is_helper).map(|(_, found)| helper(found)).collect()
}

/// The name by which the entries of a function tell that they are made from its tokens.
pub(crate) fn witness(function: &ItemFn) -> Ident {
    let mut hasher = DefaultHasher::new();
    let (signature, block) = (&function.sig, &function.block);
    flat(quote::quote!(#signature #block)).hash(&mut hasher);
    format_ident!("text_{:016x}", hasher.finish(), span = Span::mixed_site())
}

/// The tokens one by one, however they are grouped and spaced.
fn flat(tokens: TokenStream) -> Vec<String> {
    let of_tree = |tree: TokenTree| match tree {
        TokenTree::Group(group) => {
            let (open, close) = match group.delimiter() {
                proc_macro2::Delimiter::Parenthesis => ("(", ")"),
                proc_macro2::Delimiter::Brace => ("{", "}"),
                proc_macro2::Delimiter::Bracket => ("[", "]"),
                proc_macro2::Delimiter::None => ("", ""),
            };
            let inner = flat(group.stream());
            [open.to_owned()].into_iter().chain(inner).chain([close.to_owned()]).collect()
        }
        other => vec![other.to_string()],
    };
    tokens.into_iter().flat_map(of_tree).filter(|token| !token.is_empty()).collect()
}

fn words(tokens: TokenStream) -> BTreeSet<String> {
    flat(tokens).into_iter().filter(|token| token.starts_with(|first: char| is_word(first))).collect()
}

/// The functions that `name` calls, by way of others too.
fn reached(all: &BTreeMap<String, (ItemFn, Names)>, name: &str) -> BTreeSet<String> {
    let called = |name: &str| all.get(name).map(|(_, names)| names.used.clone()).unwrap_or_default();
    let (mut open, mut reached) = (called(name), BTreeSet::new());
    while let Some(next) = open.pop_first() {
        if all.contains_key(&next) && reached.insert(next.clone()) {
            open.extend(called(&next));
        }
    }
    reached
}

/// What a function says of names.
struct Names {
    /// Stands alone in an expression, and is bound nowhere in the function.
    used: BTreeSet<String>,
    /// Is called, and is no parameter.
    called: BTreeSet<String>,
    /// Bound by a pattern.
    bound: BTreeSet<String>,
    /// Declared by an item, or a parameter of the function's type or of the `impl` around it.
    declared: BTreeSet<String>,
    /// Whether a `use` brings in all names of something.
    globs: bool,
}

/// The names that patterns bind.
struct Bound(BTreeSet<String>);

impl<'ast> Visit<'ast> for Bound {
    fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
        self.0.insert(pat.ident.to_string());
        visit::visit_pat_ident(self, pat);
    }
}

impl Names {
    fn of(function: &ItemFn) -> Names {
        let mut names = Names {
            used: BTreeSet::new(),
            called: BTreeSet::new(),
            bound: BTreeSet::new(),
            declared: names_of_params(&function.sig.generics).map(ToString::to_string).collect(),
            globs: false,
        };
        names.visit_item_fn(function);
        names.used = &names.used - &names.bound;
        let mut params = Bound(BTreeSet::new());
        function.sig.inputs.iter().for_each(|input| params.visit_fn_arg(input));
        names.called = &names.called - &params.0;
        names
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        self.used.extend(path.path.get_ident().map(Ident::to_string));
        visit::visit_expr_path(self, path);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let syn::Expr::Path(path) = &*call.func {
            self.called.extend(path.path.get_ident().map(Ident::to_string));
        }
        visit::visit_expr_call(self, call);
    }

    /// What stands in a macro may be called there.
    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.used.extend(plain_words(&mac.tokens).iter().map(Ident::to_string));
    }

    fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
        self.bound.insert(pat.ident.to_string());
        visit::visit_pat_ident(self, pat);
    }

    fn visit_stmt(&mut self, stmt: &'ast syn::Stmt) {
        if let syn::Stmt::Item(item) = stmt {
            match names_of(item) {
                Some(declared) => self.declared.extend(declared.iter().map(Ident::to_string)),
                None => self.globs = true,
            }
        }
        visit::visit_stmt(self, stmt);
    }
}

/// Whether a function is marked without options, and its body can stand anywhere in its module.
fn is_plain(function: &ItemFn, file: &SourceFile) -> bool {
    let signature = &function.sig;
    let is_marked = function.attrs.iter().any(is_mark);
    let fails = match &signature.output {
        syn::ReturnType::Type(_, ty) => {
            let ty = Neighbours::of(file).written_out((**ty).clone());
            types::argument_of(&ty, "Result").is_some()
        }
        syn::ReturnType::Default => false,
    };
    let (head, words) = (words(signature.to_token_stream()), words(function.block.to_token_stream()));
    let takes_functions =
        signature.inputs.iter().any(|input| bounds::is_function(input, &signature.generics));
    let takes_structs = signature.inputs.iter().any(|input| is_of_structs(input, &signature.generics, file));
    // What cannot be called is inlined whatever it does; a loop that is not counted is recorded, which a call does for one call at
    // a time, and of a call rustc knows what constants stand for.
    let is_called = !takes_functions && !takes_structs;
    let counted = !is_called || ["while", "loop"].iter().all(|word| !words.contains(*word));
    let is_told = |param: &syn::GenericParam| !is_called && matches!(param, syn::GenericParam::Const(_));
    let keeps = ["cfg", "macro_rules", "impl", "unsafe", "async"];
    let is_inlined = |bound: &Ident| {
        bounds::is_inlined(bound) || declarations(&file.bare, "trait", &bound.to_string()).next().is_some()
    };
    let stands_for_what_is_passed = |param: &syn::GenericParam| matches!(param, syn::GenericParam::Type(own) if !words.contains(&own.ident.to_string()) && bounds::of_param(own, &signature.generics).any(is_inlined));
    let mut inner = Inner(false);
    let is_constant = |stmt: &&syn::Stmt| matches!(stmt, syn::Stmt::Item(syn::Item::Const(_)));
    let others = function.block.stmts.iter().filter(|stmt| !is_constant(stmt));
    others.for_each(|stmt| inner.visit_stmt(stmt));
    is_marked
        && function.attrs.iter().all(|attr| is_mark(attr) || changes_nothing(attr))
        && signature.generics.params.iter().all(|param| is_told(param) || stands_for_what_is_passed(param))
        && ["unsafe", "async"].iter().all(|word| !head.contains(*word))
        && signature.variadic.is_none()
        && signature.abi.is_none()
        && !fails
        && !inner.0
        && counted
        && keeps.iter().all(|word| !words.contains(*word))
}

/// Whether a parameter is a struct of this file that is changed or passed by value, a slice or `Vec` of these, or any struct of a trait
/// of this file.
fn is_of_structs(input: &syn::FnArg, generics: &syn::Generics, file: &SourceFile) -> bool {
    let syn::FnArg::Typed(typed) = input else { return false };
    let is_declared =
        |keyword, name: &Ident| declarations(&file.bare, keyword, &name.to_string()).next().is_some();
    let is_struct = |ty: &syn::Type| matches!(ty, syn::Type::Path(path) if path.path.get_ident().is_some_and(|name| is_declared("struct", name)));
    let behind = bounds::behind_reference(&typed.ty);
    let lent = matches!(&*typed.ty, syn::Type::Reference(reference) if reference.mutability.is_none());
    types::element_of(behind).is_some_and(is_struct)
        || !lent && is_struct(behind)
        || bounds::traits_of(behind, generics).into_iter().any(|name| is_declared("trait", name))
}

/// Whether there are items in a body.
struct Inner(bool);

impl<'ast> Visit<'ast> for Inner {
    fn visit_item(&mut self, _: &'ast syn::Item) {
        self.0 = true;
    }
}

/// The constants that a body begins with, or that stand among its statements.
fn constants_of(function: &ItemFn) -> impl Iterator<Item = &Ident> {
    function.block.stmts.iter().filter_map(|stmt| match stmt {
        syn::Stmt::Item(syn::Item::Const(item)) => Some(&item.ident),
        syn::Stmt::Item(_) | syn::Stmt::Local(_) | syn::Stmt::Expr(..) | syn::Stmt::Macro(_) => None,
    })
}

/// `function` with names for its constants that no other function has; `None` if it has no constants.
pub(crate) fn with_own_constants(function: &ItemFn) -> Option<ItemFn> {
    let owner = function.sig.ident.to_string().to_uppercase();
    let own = |name: &Ident| {
        let own = format_ident!("{name}_OF_{owner}", span = name.span());
        (name.to_string(), own.into_token_stream())
    };
    let known: BTreeMap<String, TokenStream> = constants_of(function).map(own).collect();
    let block = syn::parse2(replaced(function.block.to_token_stream(), &known)).ok()?;
    (!known.is_empty()).then(|| ItemFn { block: Box::new(block), ..function.clone() })
}

/// `tokens` with what is known in the place of names; a name behind `.` or `::` is another one.
pub(crate) fn replaced(tokens: TokenStream, known: &BTreeMap<String, TokenStream>) -> TokenStream {
    let (mut joint, mut behind) = (false, false);
    let replace = |tree: TokenTree| {
        let is_behind = behind;
        (joint, behind) = match &tree {
            TokenTree::Punct(punct) if punct.as_char() == '.' => (punct.spacing() == Spacing::Joint, !joint),
            TokenTree::Punct(punct) if punct.as_char() == ':' => (punct.spacing() == Spacing::Joint, joint),
            _ => (false, false),
        };
        match tree {
            TokenTree::Ident(name) if !is_behind => {
                known.get(&name.to_string()).cloned().unwrap_or_else(|| name.into_token_stream())
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), replaced(group.stream(), known));
                inner.set_span(group.span());
                inner.into_token_stream()
            }
            other => other.into_token_stream(),
        }
    };
    tokens.into_iter().flat_map(replace).collect()
}

fn is_mark(attr: &Attribute) -> bool {
    let last = attr.path().segments.last();
    matches!(attr.meta, Meta::Path(_)) && last.is_some_and(|last| last.ident == "differentiable")
}

fn changes_nothing(attr: &Attribute) -> bool {
    let known = ["doc", "inline", "allow", "expect", "must_use"];
    let never = matches!(&attr.meta, Meta::List(list) if list.tokens.to_string() == "never");
    known.iter().any(|known| attr.path().is_ident(known)) && !never
}

pub(crate) fn names_of_params(generics: &syn::Generics) -> impl Iterator<Item = &Ident> {
    generics.params.iter().filter_map(|param| match param {
        syn::GenericParam::Type(param) => Some(&param.ident),
        syn::GenericParam::Const(param) => Some(&param.ident),
        syn::GenericParam::Lifetime(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attr::Options;
    use crate::diag::Diag;
    use crate::ir::{self, Stmt};

    const TEXT: &str = "
        const RATE: f64 = 0.5;
        /// A square; { is no brace.
        #[differentiable] #[inline] pub fn square(x: f64) -> f64 { x * x }
        #[differentiable] fn norm(x: &[f64]) -> f64 { x.iter().map(|x| square(*x)).sum() }
        #[hvp::differentiable] pub(crate) fn scaled(x: f64) -> f64 { rate(3) * x }
        #[differentiable] fn listed(x: f64) -> f64 { vec![rate(3); 2][1] * x }
        #[differentiable(wrt(x))] fn held(x: f64, k: f64) -> f64 { k * x }
        #[differentiable] #[inline(never)] fn called(x: f64) -> f64 { x }
        #[differentiable] #[cfg(unix)] fn configured(x: f64) -> f64 { x }
        #[differentiable] fn even(x: f64) -> f64 { if x < 1.0 { x } else { odd(x - 1.0) } }
        #[differentiable] fn odd(x: f64) -> f64 { if x < 1.0 { 0.0 } else { even(x - 1.0) } }
        #[differentiable] fn back(x: f64) -> f64 { f(x) }
        #[differentiable] fn fails(x: f64) -> Result<f64, ()> { Ok(x) }
        #[differentiable] fn generic<T: Float>(x: T) -> T { x }
        #[differentiable] fn newton(x: f64) -> f64 { while x > 1.0 {} x }
        fn unmarked(x: f64) -> f64 { x }
        mod inner { #[differentiable] fn within(x: f64) -> f64 { x } struct Model; impl<'a> Model { #[differentiable] fn f(x: f64) -> f64 { BODY } } }
        mod other { #[differentiable] fn elsewhere(x: f64) -> f64 { x } }
        fn main() { #[differentiable] fn local(x: f64) -> f64 { x } #[differentiable] fn f(x: f64) -> f64 { BODY } }
        made! { #[differentiable] fn made(x: f64) -> f64 { x } #[differentiable] fn f(x: f64) -> f64 { BODY } }
        #[differentiable] fn f(x: f64) -> f64 { BODY }
    ";

    fn function(body: &str) -> ItemFn {
        syn::parse_str(&format!("fn f(x: f64) -> f64 {{ {body} }}")).expect("a function")
    }

    /// The helpers of one of the functions `f`, whose body is `body`.
    fn of_place(place: usize, body: &str) -> Vec<Helper> {
        let text = TEXT.replace("BODY", body);
        let (at, _) = declarations(&text, "fn", "f").nth(place).expect("a function");
        let before = &text[..at + "fn ".len()];
        let (line, column) =
            (before.matches('\n').count() + 1, before.len() - before.rfind('\n').expect("a line"));
        let file = SourceFile::at_line(text.clone(), line, column).expect("the name's position");
        of(&function(body), &file)
    }

    fn helpers(place: usize, body: &str) -> Vec<String> {
        of_place(place, body).iter().map(|helper| helper.function.sig.ident.to_string()).collect()
    }

    #[test]
    fn only_data_is_passed_in_calls() {
        let body = "square(scaled(x)) + norm(&[x, 1.0]) * square(3.0)";
        let options = Options { helpers: of_place(3, body), ..Options::default() };
        let lowered =
            crate::front::lower(&function(body), &options, &mut Diag::new()).expect("it is understood");
        assert!(!ir::any_stmt(&lowered.func.body, &mut |stmt| matches!(stmt, Stmt::Call(_))));
        // `rate(3)` and `square(3.0)`
        assert_eq!(lowered.func.to_string().matches(": Opaque = #").count(), 2, "{}", lowered.func);
    }

    #[test]
    fn marked_functions_of_the_module_are_seen() {
        assert_eq!(helpers(3, "norm(&[x])"), ["norm", "square"]);
        assert_eq!(helpers(3, "[x].map(square)[0] + scaled(x) + RATE"), ["scaled", "square"]);
        assert_eq!(helpers(0, "within(x)"), ["within"]);
        for other in ["within", "elsewhere", "local", "made", "unmarked", "missing"] {
            assert!(helpers(3, &format!("{other}(x)")).is_empty(), "{other}");
        }
        assert_eq!(helpers(1, "local(x) + square(x)"), ["local"]);
        assert!(helpers(0, "square(x)").is_empty() && helpers(2, "made(x) + square(x)").is_empty());
    }

    #[test]
    fn the_first_item_of_a_file_is_seen() {
        let text =
            "//! Squares.\n#![allow(dead_code)]\n#[differentiable] fn square(x: f64) -> f64 { x * x }\nfn f";
        let file = SourceFile::at_line(text.to_owned(), 4, 4).expect("the name's position");
        assert_eq!(of(&function("square(x)"), &file).len(), 1);
    }

    #[test]
    fn what_must_stay_a_call_is_not() {
        for called in ["held", "called", "configured", "even", "back", "fails", "generic", "newton"] {
            assert!(helpers(3, &format!("{called}(x)")).is_empty(), "{called}");
        }
    }

    #[test]
    fn names_mean_the_same_in_both_bodies() {
        assert_eq!(helpers(3, "let rate = x; square(rate) + scaled(x) + listed(x)"), ["square"]);
        assert!(helpers(3, "const RATE: f64 = 2.0; fn square(x: f64) -> f64 { x } square(x)").is_empty());
        assert!(helpers(3, "use far::*; square(x)").is_empty());
    }

    #[test]
    fn parameters_hide_names() {
        let hidden = |declared: &str| {
            let text = format!(
                "const RATE: usize = 3; #[differentiable] fn g(x: f64) -> f64 {{ x * RATE as f64 }} {declared}"
            );
            let (at, _) = declarations(&text, "fn", "f").next().expect("a function");
            let file =
                SourceFile::at_line(text.clone(), 1, at + "fn ".len() + 1).expect("the name's position");
            let end = text[at..].find('}').expect("an end");
            of(&syn::parse_str(&text[at..=at + end]).expect("a function"), &file).is_empty()
        };
        assert!(!hidden("fn f(x: f64) -> f64 { g(x) }"));
        assert!(hidden("fn f<const RATE: usize>(x: f64) -> f64 { g(x) }"));
        assert!(!hidden("impl<'a, T: Copy> Model<'a, T> { fn f(x: f64) -> f64 { g(x) } }"));
        assert!(hidden("impl<const RATE: usize> Model<RATE> { fn f(x: f64) -> f64 { g(x) } }"));
        assert!(hidden("trait Model<const RATE: usize> { fn f(x: f64) -> f64 { g(x) } }"));
    }

    #[test]
    fn a_witness_is_of_the_tokens_alone() {
        let of = |text| witness(&syn::parse_str(text).expect("a function")).to_string();
        assert_eq!(of("fn f(x: f64) -> f64 { x+1.0 }"), of("/// f\nfn f ( x : f64 )->f64 {x + 1.0}"));
        assert_ne!(of("fn f(x: f64) -> f64 { x+1.0 }"), of("fn f(x: f64) -> f64 { x+2.0 }"));
    }
}
