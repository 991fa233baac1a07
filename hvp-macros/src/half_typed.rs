//! What an editor hands over while somebody types: real functions, cut off and mangled.
//!
//! Whatever comes, the macro does not panic, the user's function survives, and what is not understood is reported.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};

/// Functions as people write them, from the tests of the language.
const FILES: [&str; 8] = [
    include_str!("../../tests/suite/calls.rs"),
    include_str!("../../tests/suite/classics.rs"),
    include_str!("../../tests/suite/closures.rs"),
    include_str!("../../tests/suite/iterators.rs"),
    include_str!("../../tests/suite/matches.rs"),
    include_str!("../../tests/suite/memory.rs"),
    include_str!("../../tests/suite/results.rs"),
    include_str!("../../tests/suite/rules.rs"),
];

#[derive(Default)]
struct Functions(Vec<(TokenStream, TokenStream)>);

impl Functions {
    fn add(&mut self, attrs: &[syn::Attribute], item: &impl ToTokens) {
        let ours = attrs.iter().find(|attr| attr.path().is_ident("differentiable"));
        if let Some(attr) = ours {
            let options = match &attr.meta {
                syn::Meta::List(list) => list.tokens.clone(),
                syn::Meta::Path(_) | syn::Meta::NameValue(_) => TokenStream::new(),
            };
            self.0.push((options, item.to_token_stream()));
        }
    }
}

impl<'f> Visit<'f> for Functions {
    fn visit_item_fn(&mut self, item: &'f syn::ItemFn) {
        self.add(&item.attrs, &syn::ItemFn { attrs: Vec::new(), ..item.clone() });
        visit::visit_item_fn(self, item);
    }

    /// Most stand in `twin! { … }`.
    fn visit_macro(&mut self, mac: &'f syn::Macro) {
        if let Ok(file) = mac.parse_body::<syn::File>() {
            let mut inner = Functions::default();
            inner.visit_file(&file);
            self.0.append(&mut inner.0);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'f syn::ImplItemFn) {
        self.add(&item.attrs, &syn::ImplItemFn { attrs: Vec::new(), ..item.clone() });
        visit::visit_impl_item_fn(self, item);
    }
}

fn functions() -> Vec<(TokenStream, TokenStream)> {
    let mut functions = Functions::default();
    for file in FILES {
        functions.visit_file(&syn::parse_file(file).expect("a test file"));
    }
    functions.0
}

/// What happens to a token, counted through all groups.
#[derive(Clone, Copy, Debug)]
enum Mangle {
    /// It and all that follows in its group and the groups around it were not typed yet.
    Truncate,
    Delete,
    Double,
    /// It changes places with its successor.
    Swap,
    /// A parenthesis becomes a bracket, a brace a parenthesis; another token becomes a comma.
    Replace,
}

const MANGLES: [Mangle; 5] =
    [Mangle::Truncate, Mangle::Delete, Mangle::Double, Mangle::Swap, Mangle::Replace];

struct Mangler {
    how: Mangle,
    /// How many tokens come before the one that is meant.
    before: usize,
    done: bool,
}

impl Mangler {
    fn run(&mut self, tokens: TokenStream) -> TokenStream {
        let mut out = Vec::new();
        let mut tokens = tokens.into_iter();
        while let Some(token) = tokens.next() {
            if self.done && matches!(self.how, Mangle::Truncate) {
                break;
            }
            if !self.done && self.before == 0 {
                self.done = true;
                match self.how {
                    Mangle::Truncate => break,
                    Mangle::Delete => {}
                    Mangle::Double => out.extend([token.clone(), token]),
                    Mangle::Swap => {
                        out.extend(tokens.next());
                        out.push(token);
                    }
                    Mangle::Replace => out.push(replaced(&token)),
                }
                continue;
            }
            self.before = self.before.saturating_sub(usize::from(!self.done));
            out.push(match token {
                TokenTree::Group(group) => {
                    TokenTree::Group(Group::new(group.delimiter(), self.run(group.stream())))
                }
                other => other,
            });
        }
        out.into_iter().collect()
    }
}

fn replaced(token: &TokenTree) -> TokenTree {
    match token {
        TokenTree::Group(group) => {
            let delimiter = match group.delimiter() {
                Delimiter::Parenthesis => Delimiter::Bracket,
                Delimiter::Bracket | Delimiter::None => Delimiter::Brace,
                Delimiter::Brace => Delimiter::Parenthesis,
            };
            TokenTree::Group(Group::new(delimiter, group.stream()))
        }
        _ => TokenTree::Punct(proc_macro2::Punct::new(',', proc_macro2::Spacing::Alone)),
    }
}

fn count(tokens: &TokenStream) -> usize {
    let inner = |token| match token {
        TokenTree::Group(group) => 1 + count(&group.stream()),
        TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => 1,
    };
    tokens.clone().into_iter().map(inner).sum()
}

fn assert_survives(options: &TokenStream, item: &TokenStream) {
    let told = format!("#[differentiable({options})] {item}");
    let out = crate::complete(options.clone(), item.clone()).to_string();
    assert!(out.starts_with(&item.to_string()), "the function is gone: {told}");
    assert!(!out.contains("this is a bug in hvp"), "panicked on {told}\n{out}");
    if syn::parse2::<syn::ItemFn>(item.clone()).is_err() {
        assert!(out.contains("compile_error"), "nothing is reported of {told}");
    } else {
        assert!(syn::parse_file(&out).is_ok(), "what is generated is no Rust: {told}\n{out}");
    }
}

/// Every so many places are mangled, each function and each way to mangle it beginning elsewhere.
const STRIDE: usize = 59;

#[test]
fn half_typed_functions_survive() {
    for (number, (options, item)) in functions().iter().enumerate() {
        for (way, how) in MANGLES.into_iter().enumerate() {
            let first = (7 * number + 13 * way) % STRIDE;
            for before in (0..count(item)).skip(first).step_by(STRIDE) {
                let mangled = Mangler { how, before, done: false }.run(item.clone());
                assert_survives(options, &mangled);
            }
        }
    }
}

#[test]
fn half_typed_options_survive() {
    const OPTIONS: [&str; 3] = [
        "wrt(x), only(hvp, grad), name = stem, companion = Name, crate = ::hvp, recursive, floats(A, B)",
        "derivative = |x, y| { let t = 2.0; (t * x, 1.0) }, associated, companion = none",
        "jvp = module::f_jvp, vjp = Self::f_vjp, wrt(y, x)",
    ];
    let item: TokenStream = "fn f(x: f64, y: f64) -> f64 { x * y }".parse().expect("the test's own text");
    for text in OPTIONS {
        let options: TokenStream = text.parse().expect("the test's own text");
        for how in MANGLES {
            for before in 0..count(&options) {
                let mangled = Mangler { how, before, done: false }.run(options.clone());
                assert_survives(&mangled, &item);
            }
        }
    }
}
