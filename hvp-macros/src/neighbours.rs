//! What the source file says of what stands beside a function: results of helpers, types of constants, names of types.
//!
//! An attribute sees its own item alone. That a helper gives `[f64; 3]`, or that `Vec3` is a name for it, stands a few
//! lines away, and a reader of the function knows it; so the macro looks it up. The text may mean another item of the same
//! name, so whoever uses it has rustc look at it too: what misleads ends in an error (`front/beside.rs`). Where there is no
//! file (a macro's output, some editors), or where declarations of one name differ, nothing is known.

use std::rc::Rc;

use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::visit_mut::VisitMut;

use crate::front::types;
use crate::module::Aliases;
use crate::source_file::SourceFile;

/// The text of the file that an item is in, without comments and strings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Neighbours {
    text: Rc<str>,
}

impl Neighbours {
    pub(crate) fn of(file: &SourceFile) -> Neighbours {
        Neighbours { text: Rc::clone(&file.bare) }
    }

    /// Whether the file has an enum of this name.
    pub(crate) fn has_enum(&self, name: &str) -> bool {
        self.declared("enum", name).next().is_some()
    }

    /// Whether the file has a function of this name.
    pub(crate) fn has_function(&self, name: &str) -> bool {
        self.declared("fn", name).next().is_some()
    }

    /// The signature of the function of this name.
    pub(crate) fn function(&self, name: &str) -> Option<syn::Signature> {
        let head = |rest| Some(format!("fn {name}{}", until(rest, &['{', ';'])?));
        alike(self.declared("fn", name).filter_map(|rest| syn::parse_str(&head(rest)?).ok()))
    }

    /// The signature of the function of this name in a module that stands in the file.
    pub(crate) fn function_of_module(&self, module: &str, name: &str) -> Option<syn::Signature> {
        let body = |rest: &'_ str| Some(until(rest.trim_start().strip_prefix('{')?, &['}'])?.into());
        alike(self.declared("mod", module).filter_map(|rest| Neighbours { text: body(rest)? }.function(name)))
    }

    /// The type of the constant of this name.
    pub(crate) fn constant(&self, name: &str) -> Option<syn::Type> {
        let all = self.declared("const", name).chain(self.declared("static", name));
        alike(
            all.filter_map(|rest| syn::parse_str(until(rest.trim_start().strip_prefix(':')?, &['='])?).ok()),
        )
    }

    /// The type of a field of the struct that `owner` names, if none of the struct's parameters is in it.
    pub(crate) fn field(&self, owner: &syn::Type, field: &str) -> Option<syn::Type> {
        let name = self.name_of(owner).filter(|name| !self.imports(name))?;
        let structs = self.declared("struct", &name).filter_map(|rest| {
            let head = until(rest, &['{', ';'])?;
            let fields = until(rest[head.len()..].strip_prefix('{')?, &['}'])?;
            syn::parse_str::<syn::ItemStruct>(&format!("struct {name}{head}{{{fields}}}")).ok()
        });
        let fields = structs.flat_map(|item| {
            let params: Vec<String> = item.generics.params.iter().filter_map(parameter).collect();
            let is_plain = move |field: &syn::Field| {
                let text = field.ty.to_token_stream().to_string();
                !text.split(|letter| !is_word(letter)).any(|word| params.iter().any(|param| param == word))
            };
            item.fields.into_iter().filter(is_plain)
        });
        let own = |of: &syn::Field| of.ident.as_ref().is_some_and(|own| own == field);
        let mut ty = alike(fields.filter(own).map(|field| field.ty))?;
        AnyLifetime.visit_type_mut(&mut ty);
        Some(ty)
    }

    /// Whether a `use` brings in something of this name that may stand elsewhere.
    fn imports(&self, name: &str) -> bool {
        self.text.match_indices("use ").any(|(at, _)| {
            let before = self.text[..at].chars().next_back();
            let Some(path) = until(&self.text[at + "use ".len()..], &[';']) else { return false };
            let mut words = path.split(|letter| !is_word(letter)).filter(|word| !word.is_empty()).peekable();
            let here = words.clone().all(|word| ["super", "self"].contains(&word) || word == name);
            !before.is_some_and(is_word) && !here && words.any(|word| word == name)
        })
    }

    /// The module of the standard library from which the file brings in a function under this name, and its own name there.
    pub(crate) fn of_std(&self, name: &str) -> Option<(String, String)> {
        if self.declared("fn", name).next().is_some() {
            return None;
        }
        let mut found = Vec::new();
        self.uses().for_each(|tree| leaves(&tree, &mut Vec::new(), name, &mut found));
        found.dedup();
        match found.as_slice() {
            [path] => match path.as_slice() {
                [root, module, own] if ["std", "core"].contains(&root.as_str()) => {
                    Some((module.clone(), own.clone()))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a name is one of `std::f64::consts` wherever the file brings it in.
    pub(crate) fn is_float_constant(&self, name: &str) -> bool {
        let mut found = Vec::new();
        self.uses().for_each(|tree| leaves(&tree, &mut Vec::new(), name, &mut found));
        let is_of_floats =
            |path: &Vec<String>| match path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["std" | "core", "f64" | "f32", "consts", own] => *own == name,
                _ => false,
            };
        let declared =
            ["const", "static"].into_iter().any(|keyword| self.declared(keyword, name).next().is_some());
        !declared && !found.is_empty() && found.iter().all(is_of_floats)
    }

    /// Whether the file gives a name of the standard library to another type.
    pub(crate) fn shadows(&self, name: &str) -> bool {
        let is_declared = |keyword| self.declared(keyword, name).next().is_some();
        let mut found = Vec::new();
        for tree in self.uses() {
            leaves(&tree, &mut Vec::new(), name, &mut found);
        }
        let is_of_std = |path: &Vec<String>| {
            path.first().is_some_and(|root| ["std", "core", "alloc"].contains(&root.as_str()))
        };
        ["struct", "enum", "type", "union"].into_iter().any(is_declared) || !found.iter().all(is_of_std)
    }

    /// All that the file brings in.
    fn uses(&self) -> impl Iterator<Item = syn::UseTree> {
        self.text.match_indices("use ").filter_map(|(at, _)| {
            let path = until(&self.text[at + "use ".len()..], &[';'])?;
            syn::parse_str::<syn::UseTree>(path).ok()
        })
    }

    /// The type that the method of this name belongs to.
    pub(crate) fn owner(&self, method: &str) -> Option<syn::Type> {
        alike(self.text.match_indices("impl").filter_map(|(at, _)| {
            let head = until(&self.text[at..], &['{', ';'])?;
            let body = until(self.text[at + head.len()..].strip_prefix('{')?, &['}'])?;
            Neighbours { text: body.into() }.function(method)?;
            Some(*syn::parse_str::<syn::ItemImpl>(&format!("{head}{{}}")).ok()?.self_ty)
        }))
    }

    /// Whether a trait of this name has a function of that name.
    pub(crate) fn declares(&self, of: &str, function: &str) -> bool {
        self.declared("trait", of).any(|rest| {
            let body = until(rest, &['{', ';'])
                .and_then(|head| until(rest[head.len()..].strip_prefix('{')?, &['}']));
            body.is_some_and(|body| declarations(body, "fn", function).next().is_some())
        })
    }

    /// Whether a type of this name has a `Drop`.
    pub(crate) fn drops(&self, ty: &str) -> bool {
        self.declared("Drop for", ty).next().is_some()
    }

    /// The plain name of a type behind references, or what it is another name for.
    fn name_of(&self, ty: &syn::Type) -> Option<String> {
        match ty {
            syn::Type::Reference(reference) => self.name_of(&reference.elem),
            syn::Type::Paren(inner) => self.name_of(&inner.elem),
            syn::Type::Group(inner) => self.name_of(&inner.elem),
            syn::Type::Path(path) if path.qself.is_none() && path.path.segments.len() == 1 => {
                let name = path.path.segments.last()?.ident.to_string();
                match self.alias(&name) {
                    Some(alias) if self.declared("struct", &name).next().is_none() => self.name_of(&alias.ty),
                    _ => Some(name),
                }
            }
            _ => None,
        }
    }

    /// The declaration of the name, if it is another name of a type.
    fn alias(&self, name: &str) -> Option<syn::ItemType> {
        let declaration = |rest| syn::parse_str(&format!("type {name}{};", until(rest, &[';'])?)).ok();
        alike(self.declared("type", name).filter_map(declaration))
    }

    /// `ty` without the names that this file gives to types.
    pub(crate) fn written_out(&self, mut ty: syn::Type) -> syn::Type {
        let mut names = TypeNames(Vec::new());
        names.visit_type(&ty);
        Aliases(self.named(names)).visit_type_mut(&mut ty);
        ty
    }

    /// The names of types that occur in `function`, and those in what they stand for: numbers in memory, a `Result` or an `Option`.
    pub(crate) fn aliases(&self, function: &syn::ItemFn) -> Vec<syn::ItemType> {
        let mut names = TypeNames(Vec::new());
        names.visit_item_fn(function);
        self.named(names)
    }

    fn named(&self, mut names: TypeNames) -> Vec<syn::ItemType> {
        let (mut found, mut seen) = (Vec::new(), Vec::new());
        while let Some(name) = names.0.pop() {
            if seen.contains(&name) {
                continue;
            }
            let alias = self
                .alias(&name.to_string())
                .filter(|alias| self.is_alias_of_numbers(alias) || is_alias_of_outcome(alias));
            if let Some(alias) = alias {
                names.visit_type(&alias.ty);
                found.push(syn::ItemType { ident: name.clone(), ..alias });
            }
            seen.push(name);
        }
        found
    }

    /// Whether an alias stands for numbers in memory, if its parameters do.
    fn is_alias_of_numbers(&self, alias: &syn::ItemType) -> bool {
        let params: Vec<&syn::Ident> = alias.generics.type_params().map(|param| &param.ident).collect();
        alias.generics.lifetimes().next().is_none() && self.is_of_numbers(&alias.ty, &params)
    }

    fn is_of_numbers(&self, ty: &syn::Type, params: &[&syn::Ident]) -> bool {
        match ty {
            syn::Type::Array(array) => self.is_of_numbers(&array.elem, params),
            syn::Type::Slice(slice) => self.is_of_numbers(&slice.elem, params),
            syn::Type::Paren(inner) => self.is_of_numbers(&inner.elem, params),
            syn::Type::Tuple(tuple) => tuple.elems.iter().all(|elem| self.is_of_numbers(elem, params)),
            syn::Type::Path(path) => match (path.path.segments.first(), types::argument_of(ty, "Vec")) {
                (_, Some(elem)) => self.is_of_numbers(elem, params),
                (Some(segment), None) if path.path.segments.len() == 1 => {
                    let name = segment.ident.to_string();
                    ["f64", "f32", "bool"].contains(&name.as_str())
                        || types::is_integer(&name)
                        || params.contains(&&segment.ident)
                        || self.alias(&name).is_some_and(|alias| self.is_alias_of_numbers(&alias))
                }
                (Some(_) | None, None) => false,
            },
            _ => false,
        }
    }

    /// What follows `keyword name` wherever it stands in the text.
    fn declared<'t>(&'t self, keyword: &'t str, name: &'t str) -> impl Iterator<Item = &'t str> {
        declarations(&self.text, keyword, name).map(|(_, rest)| rest)
    }
}

/// Where `keyword name` stands in `text`, and what follows.
pub(crate) fn declarations<'t>(
    text: &'t str,
    keyword: &'t str,
    name: &'t str,
) -> impl Iterator<Item = (usize, &'t str)> {
    text.match_indices(keyword).filter_map(move |(at, _)| {
        let before = text[..at].chars().next_back();
        let rest = text[at + keyword.len()..].strip_prefix(char::is_whitespace)?;
        let rest = rest.trim_start().strip_prefix(name)?;
        let whole = !before.is_some_and(is_word) && !rest.chars().next().is_some_and(is_word);
        whole.then_some((at, rest))
    })
}

/// The first of `all`, if the others are the same.
fn alike<T: ToTokens>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let text = |item: &T| item.to_token_stream().to_string();
    let first = all.next()?;
    all.all(|other| text(&other) == text(&first)).then_some(first)
}

/// The name of a parameter that is no lifetime.
fn parameter(param: &syn::GenericParam) -> Option<String> {
    match param {
        syn::GenericParam::Type(param) => Some(param.ident.to_string()),
        syn::GenericParam::Const(param) => Some(param.ident.to_string()),
        syn::GenericParam::Lifetime(_) => None,
    }
}

/// `'a` becomes `'_`.
struct AnyLifetime;

impl VisitMut for AnyLifetime {
    fn visit_lifetime_mut(&mut self, lifetime: &mut syn::Lifetime) {
        if lifetime.ident != "static" {
            lifetime.ident = syn::Ident::new("_", lifetime.ident.span());
        }
    }
}

/// The paths that `tree` gives this name.
fn leaves(tree: &syn::UseTree, path: &mut Vec<String>, name: &str, found: &mut Vec<Vec<String>>) {
    let whole = |path: &[String], own: &syn::Ident| path.iter().cloned().chain([own.to_string()]).collect();
    match tree {
        syn::UseTree::Path(inner) => {
            path.push(inner.ident.to_string());
            leaves(&inner.tree, path, name, found);
            path.pop();
        }
        syn::UseTree::Name(leaf) if leaf.ident == name => found.push(whole(path, &leaf.ident)),
        syn::UseTree::Rename(leaf) if leaf.rename == name => found.push(whole(path, &leaf.ident)),
        syn::UseTree::Group(group) => group.items.iter().for_each(|item| leaves(item, path, name, found)),
        syn::UseTree::Name(_) | syn::UseTree::Rename(_) | syn::UseTree::Glob(_) => {}
    }
}

pub(crate) fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The text before the first of `ends` that is in no parentheses.
pub(crate) fn until<'t>(text: &'t str, ends: &[char]) -> Option<&'t str> {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        if depth == 0 && ends.contains(&letter) {
            return Some(&text[..at]);
        }
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    None
}

/// Whether an alias stands for a `Result` or an `Option`, under another name.
fn is_alias_of_outcome(alias: &syn::ItemType) -> bool {
    let is = |name: &str| alias.ident != name && types::argument_of(&alias.ty, name).is_some();
    alias.generics.lifetimes().next().is_none() && (is("Result") || is("Option"))
}

/// Types that are one name, with arguments or without.
struct TypeNames(Vec<syn::Ident>);

impl<'ast> Visit<'ast> for TypeNames {
    fn visit_type_path(&mut self, path: &'ast syn::TypePath) {
        if let (None, [segment]) = (&path.qself, &path.path.segments.iter().collect::<Vec<_>>()[..]) {
            self.0.push(segment.ident.clone());
        }
        visit::visit_type_path(self, path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_text(text: &str) -> Neighbours {
        Neighbours { text: crate::uncommented::uncommented(text).into() }
    }

    const TEXT: &str = "
        type Vec3 = [f64; 3];
        pub(crate) type Pose = (Vec3, Vec3);
        const EYE: [[f64; 2]; 2] = [[1.0, 0.0], [0.0, 1.0]];
        pub fn scaled<const N: usize>(a: &[f64; N], by: f64) -> [f64; N] where [f64; N]: Sized { a.map(|v| v * by) }
        mod again { type Vec3 = [f64; 3]; }
        trait Norm { fn norm(&self) -> f64; }
        fn twice(x: f64) -> f64 { x } mod inner { fn twice(x: f64) -> [f64; 1] { [x] } }
        struct Model<'a> { start: [f64; 2], names: &'a [&'a str], rate: f64 }
        struct Other { rate: Vec<f64>, start: [f64; 2] }
        impl Drop for Other { fn drop(&mut self) {} } impl Norm for Other { fn norm(&self) -> f64 { 1.0 } fn measure(&self) -> f64 { 2.0 } }
        impl Norm for Model<'_> { fn norm(&self) -> f64 { 1.0 } }
        struct Generic<T> { open: [T; 2], fixed: [f64; 2] }
        type Alike = Model<'static>;
        use super::Other; use far::{Brought, near::Nearer as Near}; mod inner { struct Brought { start: [f64; 2] } }
        use std::{iter::{once, zip as pair}, mem}; use std::mem::swap; use core::mem::take; mod own { fn take() {} }
        // The struct Model { start: f64 } isn't meant, nor is \"struct Model { start: f64 }\".
        type Vector = Vec<f64>; type Vector2 = Vec<f64>;
    ";

    fn tokens(item: Option<impl ToTokens>) -> Option<String> {
        item.map(|item| item.to_token_stream().to_string().replace(' ', ""))
    }

    #[test]
    fn what_is_declared_is_known() {
        let file = in_text(TEXT);
        assert_eq!(tokens(file.constant("EYE")).as_deref(), Some("[[f64;2];2]"));
        assert_eq!(tokens(file.alias("Vec3").map(|alias| alias.ty)).as_deref(), Some("[f64;3]"));
        assert_eq!(tokens(file.alias("Vector").map(|alias| alias.ty)).as_deref(), Some("Vec<f64>"));
        let output = |name| file.function(name).map(|signature| signature.output);
        assert_eq!(tokens(output("scaled")).as_deref(), Some("->[f64;N]"));
        assert_eq!(tokens(output("norm")).as_deref(), Some("->f64"));
        let inside = |module, name| file.function_of_module(module, name).map(|signature| signature.output);
        assert_eq!(tokens(inside("inner", "twice")).as_deref(), Some("->[f64;1]"));
        assert!(inside("inner", "scaled").is_none() && inside("outer", "twice").is_none());
        let field = |owner: &str, name| tokens(file.field(&syn::parse_str(owner).expect("a type"), name));
        assert_eq!(field("&Model<'_>", "start").as_deref(), Some("[f64;2]"));
        assert_eq!(field("&mut Alike", "rate").as_deref(), Some("f64"));
        assert_eq!(field("Model", "names").as_deref(), Some("&'_[&'_str]"));
        assert_eq!(field("Other", "rate").as_deref(), Some("Vec<f64>"));
        assert_eq!(field("Generic<f64>", "fixed").as_deref(), Some("[f64;2]"));
        assert_eq!(tokens(file.owner("measure")).as_deref(), Some("Other"));
    }

    #[test]
    fn what_is_declared_in_two_ways_or_not_at_all_is_not() {
        let file = in_text(TEXT);
        assert!(file.function("twice").is_none());
        assert!(file.function("scale").is_none());
        assert!(file.drops("Other") && !file.drops("Oth") && !file.drops("Model"));
        let field = |owner: &str, name| file.field(&syn::parse_str(owner).expect("a type"), name);
        assert!(field("Model", "end").is_none() && field("Generic<f64>", "open").is_none());
        assert!(field("far::Model", "start").is_none() && field("Range<usize>", "start").is_none());
        assert!(field("Brought", "start").is_none() && file.owner("norm").is_none());
        assert!(file.constant("EY").is_none() && file.alias("Vec").is_none());
        assert!(Neighbours::default().constant("EYE").is_none());
    }

    #[test]
    fn what_is_brought_in_from_the_standard_library_is_known() {
        let file = in_text(TEXT);
        let from = |name| file.of_std(name).map(|(module, own)| format!("{module}::{own}"));
        assert_eq!(from("once").as_deref(), Some("iter::once"));
        assert_eq!(from("pair").as_deref(), Some("iter::zip"));
        assert_eq!(from("swap").as_deref(), Some("mem::swap"));
        assert!(["zip", "take", "mem", "Other", "scaled"].into_iter().all(|name| from(name).is_none()));
    }

    #[test]
    fn names_of_names_are_found() {
        let function = syn::parse_quote!(
            fn f(p: Pose, k: usize) -> f64 {
                p.0[0]
            }
        );
        let found = in_text(TEXT).aliases(&function);
        let found: Vec<_> = found
            .into_iter()
            .map(|alias| (alias.ident.to_string(), tokens(Some(alias.ty)).unwrap_or_default()))
            .collect();
        let expected = [("Pose", "(Vec3,Vec3)"), ("Vec3", "[f64;3]")];
        assert_eq!(found, expected.map(|(name, ty)| (name.to_owned(), ty.to_owned())));
    }
}
