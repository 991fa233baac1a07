//! Structs that stand beside the function, as the file has them.
//!
//! ```text
//! struct Complex { re: f64, im: f64 }
//! impl Mul for Complex { … }
//! #[differentiable]
//! fn f(x: f64) -> f64 { let z = Complex { re: x, im: 1.0 }; (z * z).re }
//! ```
//!
//! The attribute on a module shows its functions what stands in it; without one, the structs and their `impl`s are read from the file.
//! They are what the text says only where no macro and no configuration changes it: the module's braces are no macro's, and
//! nothing in them that is used carries an attribute that is not known to leave it alone.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenTree};
use syn::visit::{self, Visit};
use syn::visit_mut::VisitMut;
use syn::{Attribute, ImplItem, Item, Meta, TraitItem};

use crate::module::{Aliases, aliases, is_ours};
use crate::neighbours::{declarations, until};
use crate::source_file::SourceFile;
use crate::surroundings::{head, item, scope_around};

/// The structs, their traits and `impl`s, those of floats and the names of types in the module that the function of this file stands in.
pub(crate) fn of(file: &SourceFile) -> Vec<Item> {
    let Some(module) = module_around(file).and_then(|text| syn::parse_file(text).ok()) else {
        return Vec::new();
    };
    let mut items: Vec<Item> = module.items.into_iter().filter(is_as_written).collect();
    let is_of_floats = |block: &syn::ItemImpl| matches!(&*block.self_ty, syn::Type::Path(path) if ["f64", "f32"].iter().any(|name| path.path.is_ident(name)));
    let counts = |item: &Item| match item {
        Item::Struct(_) => true,
        Item::Impl(block) => is_of_floats(block),
        _ => false,
    };
    if !items.iter().any(counts) {
        return Vec::new();
    }
    let mut names = Aliases(aliases(&items));
    items.iter_mut().for_each(|item| names.visit_item_mut(item));
    items
}

/// Whether `function` may make a struct that is declared somewhere in the file, name a function of one, or call a method of a trait.
pub(crate) fn may_be_made_in(function: &syn::ItemFn, file: &SourceFile) -> bool {
    let mut named = Named(BTreeSet::new());
    named.visit_block(&function.block);
    let mut called = Called(BTreeSet::new());
    called.visit_block(&function.block);
    let is_declared = |keyword: &str, name: &String| declarations(&file.bare, keyword, name).next().is_some();
    named.0.iter().any(|name| is_declared("struct", name))
        || called.0.iter().any(|name| is_declared("fn", name))
}

/// Whether `function` makes one of the structs among `items`, or calls a function of one that does not carry the attribute.
pub(crate) fn are_made_in(function: &syn::ItemFn, items: &[Item]) -> bool {
    let mut made = Made { items, found: false };
    made.visit_block(&function.block);
    made.found
}

/// Whether `function` gives what has one of the structs among `items` in it; `Self` is one where the function stands in an `impl`.
pub(crate) fn are_given_by(function: &syn::ItemFn, items: &[Item], in_impl: bool) -> bool {
    let mut named = Named(BTreeSet::new());
    named.visit_return_type(&function.sig.output);
    named.0.iter().any(|name| {
        in_impl && name == "Self"
            || items.iter().any(|item| matches!(item, Item::Struct(item) if item.ident == *name))
    })
}

/// Whether `ty` is one of the structs among `items`.
pub(crate) fn has(items: &[Item], ty: &syn::Type) -> bool {
    let syn::Type::Path(path) = ty else { return false };
    let name = path.path.get_ident();
    name.is_some_and(|name| {
        items.iter().any(|item| matches!(item, Item::Struct(item) if item.ident == *name))
    })
}

/// The first of the structs among `items` that implements the trait `name`.
pub(crate) fn implementor<'i>(items: &'i [Item], name: &Ident) -> Option<&'i syn::Type> {
    items.iter().find_map(|item| match item {
        Item::Impl(block) => {
            let (path, _) = block.trait_.as_ref()?;
            let is_of_it = path.segments.len() == 1 && path.segments[0].ident == *name;
            (is_of_it && has(items, &block.self_ty)).then_some(&*block.self_ty)
        }
        _ => None,
    })
}

/// `function` without its result, for what only its body shows.
pub(crate) fn without_result(function: &syn::ItemFn) -> syn::ItemFn {
    let (output, block) = (&function.sig.output, &function.block);
    let block = syn::parse_quote!({
        let result = || #output #block;
        let _ = result();
    });
    let sig = syn::Signature { output: syn::ReturnType::Default, ..function.sig.clone() };
    syn::ItemFn { sig, block: Box::new(block), ..function.clone() }
}

/// The text of the module around the function; nothing where a macro may change it.
fn module_around(file: &SourceFile) -> Option<&str> {
    let around = scope_around(&file.bare, file.at)?;
    let is_module = |brace: &usize| {
        let start = brace - head(&file.bare[..*brace]).len();
        let declared = format!("{};", &file.text[start..*brace]);
        item::<syn::ItemMod>(&declared).is_some_and(|module| module.attrs.iter().all(is_inert))
    };
    if !around.iter().all(is_module) {
        return None;
    }
    match around.last() {
        None => Some(&file.text),
        Some(brace) => {
            let start = brace + "{".len();
            let inside = until(&file.bare[start..], &['}'])?;
            Some(&file.text[start..start + inside.len()])
        }
    }
}

/// An attribute of a module that leaves it as it is. That a condition holds shows the function in it.
fn is_inert(attr: &Attribute) -> bool {
    ["cfg", "doc", "allow", "expect", "warn", "deny", "forbid"].iter().any(|name| attr.path().is_ident(name))
}

/// Whether `item` is a struct, a trait, an `impl` or the name of a type, and what the compiler sees is its text.
fn is_as_written(item: &Item) -> bool {
    let mut unknown = Unknown(false);
    match item {
        Item::Struct(item) => {
            unknown.0 = !item.attrs.iter().all(leaves_alone);
            // Attributes of fields are conditions, or belong to what is derived.
            unknown.0 |= item.fields.iter().flat_map(|field| &field.attrs).any(is_condition);
        }
        Item::Impl(item) => unknown.visit_item_impl(item),
        Item::Trait(item) => unknown.visit_item_trait(item),
        Item::Type(item) => unknown.visit_item_type(item),
        _ => return false,
    }
    !unknown.0
}

fn is_condition(attr: &Attribute) -> bool {
    attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr")
}

fn leaves_alone(attr: &Attribute) -> bool {
    const KNOWN: [&str; 8] =
        ["derive", "doc", "allow", "expect", "inline", "must_use", "repr", "non_exhaustive"];
    let is_of_a_tool = attr
        .path()
        .segments
        .first()
        .is_some_and(|first| ["rustfmt", "clippy"].iter().any(|tool| first.ident == tool));
    is_of_a_tool || KNOWN.iter().any(|name| attr.path().is_ident(name)) || is_ours(attr) && !has_rule(attr)
}

/// Whether the derivative of a function is not that of its body.
fn has_rule(attr: &Attribute) -> bool {
    let is_rule = |tree: TokenTree| match tree {
        TokenTree::Ident(word) => ["derivative", "jvp", "vjp"].iter().any(|rule| word == rule),
        TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    };
    matches!(&attr.meta, Meta::List(list) if list.tokens.clone().into_iter().any(is_rule))
}

/// Whether there is an attribute that may change what it stands on, or a macro that may declare something.
struct Unknown(bool);

impl<'ast> Visit<'ast> for Unknown {
    fn visit_attribute(&mut self, attr: &'ast Attribute) {
        self.0 |= !leaves_alone(attr);
    }

    fn visit_impl_item_macro(&mut self, _: &'ast syn::ImplItemMacro) {
        self.0 = true;
    }

    fn visit_trait_item_macro(&mut self, _: &'ast syn::TraitItemMacro) {
        self.0 = true;
    }
}

/// The names in paths that may be those of types.
struct Named(BTreeSet<String>);

impl<'ast> Visit<'ast> for Named {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path.segments.iter().map(|segment| segment.ident.to_string());
        self.0.extend(names.filter(|name| name.starts_with(char::is_uppercase)));
        visit::visit_path(self, path);
    }
}

/// The names of methods that are called.
struct Called(BTreeSet<String>);

impl<'ast> Visit<'ast> for Called {
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.0.insert(call.method.to_string());
        visit::visit_expr_method_call(self, call);
    }
}

/// Whether a struct is made, or a function of one is called.
struct Made<'i> {
    items: &'i [Item],
    found: bool,
}

impl Made<'_> {
    fn is_struct(&self, name: &Ident) -> bool {
        self.is_named(&name.to_string())
    }

    fn is_named(&self, name: &str) -> bool {
        self.items.iter().any(|item| matches!(item, Item::Struct(item) if item.ident == name))
    }

    /// Whether a call of this function of the struct `owner` is one of a function that carries the attribute, and gives no struct.
    fn is_marked(&self, owner: &Ident, name: &Ident) -> bool {
        self.items.iter().any(|item| {
            let Item::Impl(item) = item else { return false };
            let of_owner = matches!(&*item.self_ty, syn::Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == *owner));
            let gives_struct = |sig: &syn::Signature| {
                let mut named = Named(BTreeSet::new());
                named.visit_return_type(&sig.output);
                named.0.iter().any(|name| name == "Self" || self.is_named(name))
            };
            let is_marked = |part: &ImplItem| matches!(part, ImplItem::Fn(func) if func.sig.ident == *name && func.attrs.iter().any(is_ours) && !gives_struct(&func.sig));
            of_owner && item.items.iter().any(is_marked)
        })
    }
}

impl<'ast> Visit<'ast> for Made<'_> {
    /// A method of a trait has no entries, and is inlined.
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.found |= self.items.iter().any(|item| match item {
            Item::Impl(block) if block.trait_.is_some() => {
                let is_called =
                    |part: &ImplItem| matches!(part, ImplItem::Fn(func) if func.sig.ident == call.method);
                block.items.iter().any(is_called)
            }
            Item::Trait(block) => {
                let is_called =
                    |part: &TraitItem| matches!(part, TraitItem::Fn(func) if func.sig.ident == call.method);
                block.items.iter().any(is_called)
            }
            _ => false,
        });
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_struct(&mut self, made: &'ast syn::ExprStruct) {
        self.found |= made.path.segments.last().is_some_and(|last| self.is_struct(&last.ident));
        visit::visit_expr_struct(self, made);
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        let mut names = path.path.segments.iter().rev().map(|segment| &segment.ident);
        if let Some(last) = names.next() {
            self.found |= self.is_struct(last)
                || names.next().is_some_and(|owner| self.is_struct(owner) && !self.is_marked(owner, last));
        }
        visit::visit_expr_path(self, path);
    }
}
