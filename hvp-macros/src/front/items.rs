//! Items inside the body: they stand first in each generated function.

use std::collections::BTreeMap;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{Expr, Ident, Item, Pat, Stmt, UseTree};

use super::attributes;
use super::lower::Lower;
use super::nested::Why;
use super::records::named_in;
use super::value::{Closure, Code, Value};
use super::{lookahead, names, spelling, types};
use crate::attr::Options;
use crate::bounds;
use crate::helpers::{self, Helper};
use crate::ir::Kind;

impl Lower<'_> {
    /// The items of an inner block are seen by the whole body, so it must not use their names for anything else.
    pub(super) fn items_stay_apart(&mut self, block: &syn::Block) {
        let items = block.stmts.iter().filter_map(|stmt| match stmt {
            Stmt::Item(item) => Some(item),
            Stmt::Local(_) | Stmt::Expr(..) | Stmt::Macro(_) => None,
        });
        for item in items {
            let Some(names) = names_of(item) else {
                self.error(item, "`use` of all names is not understood in an inner block; name them, or put it first in the function");
                continue;
            };
            for name in names {
                if occurrences(&self.text, &name) != occurrences(&block.to_token_stream(), &name) {
                    let message = format!(
                        "`{name}` is something else outside of this block, which is not understood; give one another name"
                    );
                    self.error(&name, message);
                }
            }
        }
    }

    /// What stands beside the function must not mean something else in it.
    pub(super) fn beside_stays_apart(&mut self, function: &syn::ItemFn, options: &Options) {
        let params = helpers::names_of_params(&function.sig.generics)
            .chain(helpers::names_of_params(&options.impl_generics))
            .cloned();
        let is_inlined = |item: &&Item| matches!(item, Item::Impl(_) | Item::Fn(_));
        let inlined: Vec<&Item> = options.items.iter().filter(is_inlined).collect();
        let mut items = Items::default();
        items.visit_block(&function.block);
        let mut names: Vec<Ident> = params.collect();
        for item in &items.0 {
            match (names_of(item), Glob::of(item)) {
                (Some(own), _) => names.extend(own),
                (None, Some(Glob::Constants(span))) => {
                    let brought = FLOAT_CONSTANTS.map(|name| Ident::new(name, span)).into_iter();
                    names.extend(
                        brought.filter(|name| !options.neighbours.is_float_constant(&name.to_string())),
                    );
                }
                (None, Some(Glob::Variants)) => {}
                (None, None) if inlined.is_empty() => {}
                (None, None) => {
                    self.error(
                        item,
                        "`use` of all names is not understood where functions beside this one are inlined, which may mean others; name them",
                    );
                }
            }
        }
        for name in names {
            let uses = |item: &Item| {
                let mut own = Params(Vec::new());
                own.visit_item(item);
                !own.0.contains(&name) && occurrences(&item.to_token_stream(), &name) > 0
            };
            if inlined.iter().copied().any(uses) {
                let message = format!(
                    "`{name}` is something else beside this function, in what is inlined into it; give one another name"
                );
                self.error(&name, message);
            }
        }
    }

    /// What stands beside the function is seen as what stands in it is, but stays where it is.
    pub(super) fn beside(&mut self, items: &[Item]) {
        for item in items {
            if let Item::Trait(item) = item {
                self.records.declare_trait(item);
            }
        }
        for item in items {
            self.renewed.visit_item(item);
            self.exchanged.visit_item(item);
            if let Item::Struct(item) = item {
                self.records.declare(item);
            } else if let Item::Impl(item) = item {
                self.implement(item);
                for part in &item.items {
                    if let syn::ImplItem::Fn(func) = part {
                        self.in_place.extend(lookahead::in_place(&func.block));
                    }
                }
            }
        }
        for item in items {
            if let Item::Fn(func) = item
                && self.records.in_signature(&func.sig)
            {
                let mut func = func.clone();
                spelling::spell_out(&mut func.block);
                self.in_place.extend(lookahead::in_place(&func.block));
                self.nested_fn(&func);
            }
        }
    }

    pub(super) fn item_in_body(&mut self, item: &Item, kept: &BTreeMap<Ident, Why>) {
        match item {
            Item::Fn(func) => {
                let why = kept.get(&func.sig.ident);
                if let Some(why) = why {
                    self.keep_fn(func, *why);
                }
                if matches!(why, None | Some(Why::Called)) {
                    self.nested_fn(func);
                }
            }
            Item::Const(item) => {
                let ty = types::read(&item.ty, &self.source.signature.scalar);
                let ident = &item.ident;
                let kind = if ty.refs == 0 { ty.shape.kind() } else { Kind::Opaque };
                let kind =
                    if matches!(kind, Kind::Real | Kind::Int | Kind::Bool) { kind } else { Kind::Opaque };
                let shape = Some((ty.refs, ty.shape));
                let code = Code { shape, ..Code::constant(quote!(#ident), kind) };
                self.bind(ident, Value::Code(code));
                self.source.add_item(item.to_token_stream());
            }
            Item::Struct(item) => {
                self.records.declare(item);
                self.source.add_item(item.to_token_stream());
            }
            Item::Impl(item) => {
                self.implement(item);
                self.source.add_item(item.to_token_stream());
            }
            Item::Static(_) | Item::Use(_) | Item::Enum(_) | Item::Type(_) | Item::Trait(_) => {
                self.source.add_item(item.to_token_stream());
            }
            other => {
                self.error(
                    other,
                    "this item is not understood inside a differentiated body; put it outside the function",
                );
            }
        }
    }

    fn implement(&mut self, item: &syn::ItemImpl) {
        let floats = self.scalar_param().map(|_| self.floats.clone());
        self.records.implement(item, floats.as_deref());
    }

    /// A function of the same module, whose body is inlined where differentiated numbers are passed to it.
    pub(super) fn helper(&mut self, helper: &Helper) {
        let renamed = helpers::with_own_constants(&helper.function);
        self.text.extend(renamed.iter().map(|function| function.block.to_token_stream()));
        let mut func = renamed.unwrap_or_else(|| helper.function.clone());
        spelling::spell_out(&mut func.block);
        self.in_place.extend(lookahead::in_place(&func.block));
        self.renewed.visit_block(&func.block);
        self.exchanged.visit_block(&func.block);
        let (name, witness) = (&func.sig.ident, &helper.witness);
        self.source.check(quote!(let _ = #name::#witness;));
        let inlined = self.inlined(&func);
        self.helpers.insert(name.to_string(), std::rc::Rc::new(inlined));
    }

    fn nested_fn(&mut self, func: &syn::ItemFn) {
        let inlined = self.inlined(func);
        self.functions.insert(func.sig.ident.to_string(), std::rc::Rc::new(inlined));
    }

    /// A function as a closure that captures nothing.
    fn inlined(&self, func: &syn::ItemFn) -> Closure {
        let params = func.sig.inputs.iter().filter_map(|input| match input {
            syn::FnArg::Typed(typed) => Some(Pat::Type(typed.clone())),
            syn::FnArg::Receiver(_) => None,
        });
        let floats = self.scalar_param().map(|_| &self.floats[..]);
        let traits = |input: &syn::FnArg| match input {
            syn::FnArg::Typed(typed) => {
                let all = bounds::traits_of(bounds::behind_reference(&typed.ty), &func.sig.generics);
                let of_structs = all.into_iter().filter(|name| !bounds::is_inlined(name));
                Some(of_structs.map(ToString::to_string).collect())
            }
            syn::FnArg::Receiver(_) => None,
        };
        Closure {
            name: Some(func.sig.ident.clone()),
            params: params.collect(),
            body: body_of((*func.block).clone()),
            output: func.sig.output.clone(),
            scopes: super::scope::Scopes::new(),
            generics: named_in(&func.sig, &func.block, None, floats).unwrap_or_default(),
            traits: func.sig.inputs.iter().filter_map(traits).collect(),
        }
    }

    /// A nested function that cannot be inlined is differentiated on its own, beside each generated function's body.
    fn keep_fn(&mut self, func: &syn::ItemFn, why: Why) {
        let krate = self.facade();
        let floats = &self.floats;
        let floats = (!floats.is_empty()).then(|| quote!(floats(#(#floats),*),));
        let recursive = (why == Why::Recursive).then(|| quote!(recursive,));
        self.functions.remove(&func.sig.ident.to_string());
        if why == Why::Marked {
            return self.source.add_item(func.to_token_stream());
        }
        let mut func = func.clone();
        func.attrs.retain(|attribute| !attributes::is_ours(attribute));
        self.source.add_item(quote! {
            #[#krate::differentiable(#recursive #floats only(jvp), crate = #krate)]
            #func
        });
    }
}

/// The parameters of types and functions.
struct Params(Vec<Ident>);

impl<'ast> Visit<'ast> for Params {
    fn visit_generics(&mut self, generics: &'ast syn::Generics) {
        self.0.extend(helpers::names_of_params(generics).cloned());
    }
}

/// The block as it is: parsed again, its patterns would lose what is known of constants.
pub(super) fn body_of(block: syn::Block) -> Expr {
    Expr::Block(syn::ExprBlock { attrs: Vec::new(), label: None, block })
}

/// The names that `item` declares; `None` if only the compiler knows.
pub(crate) fn names_of(item: &Item) -> Option<Vec<Ident>> {
    let mut names = Vec::new();
    match item {
        Item::Fn(item) => names.push(item.sig.ident.clone()),
        Item::Const(item) => names.push(item.ident.clone()),
        Item::Static(item) => names.push(item.ident.clone()),
        Item::Enum(item) => names.push(item.ident.clone()),
        Item::Struct(item) => names.push(item.ident.clone()),
        Item::Type(item) => names.push(item.ident.clone()),
        Item::Trait(item) => names.push(item.ident.clone()),
        Item::Use(item) => used(&item.tree, &mut names)?,
        // An `impl` declares no name; all others are refused where the block's items are collected.
        _ => return Some(Vec::new()),
    }
    Some(names)
}

fn used(tree: &UseTree, names: &mut Vec<Ident>) -> Option<()> {
    match tree {
        UseTree::Path(path) => match &*path.tree {
            UseTree::Name(name) if name.ident == "self" => names.push(path.ident.clone()),
            tree => {
                used(tree, names)?;
                let of_self = |tree: &UseTree| matches!(tree, UseTree::Name(name) if name.ident == "self");
                if matches!(tree, UseTree::Group(group) if group.items.iter().any(of_self)) {
                    names.push(path.ident.clone());
                }
            }
        },
        UseTree::Name(name) if name.ident == "self" => {}
        UseTree::Name(name) => names.push(name.ident.clone()),
        UseTree::Rename(rename) => names.push(rename.rename.clone()),
        UseTree::Group(group) => group.items.iter().try_for_each(|tree| used(tree, names).ok_or(())).ok()?,
        UseTree::Glob(_) => return None,
    }
    Some(())
}

/// How often `name` stands in `tokens`, but for fields, methods and the ends of paths.
fn occurrences(tokens: &TokenStream, name: &Ident) -> usize {
    names::plain_words(tokens).iter().filter(|word| *word == name).count()
}

/// `use …::*` of which is known what it may bring in.
enum Glob {
    /// `use Kind::*`: names that begin with capitals.
    Variants,
    /// `use std::f64::consts::*`
    Constants(Span),
}

impl Glob {
    fn of(item: &Item) -> Option<Glob> {
        let Item::Use(item) = item else { return None };
        let (mut tree, mut path) = (&item.tree, Vec::new());
        while let UseTree::Path(part) = tree {
            path.push(part.ident.to_string());
            tree = &part.tree;
        }
        let UseTree::Glob(glob) = tree else { return None };
        match path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["std" | "core", "f64" | "f32", "consts"] => Some(Glob::Constants(glob.span())),
            [.., last] if last.starts_with(char::is_uppercase) => Some(Glob::Variants),
            _ => None,
        }
    }
}

/// What `std::f64::consts` declares.
const FLOAT_CONSTANTS: [&str; 19] = [
    "E",
    "FRAC_1_PI",
    "FRAC_1_SQRT_2",
    "FRAC_2_PI",
    "FRAC_2_SQRT_PI",
    "FRAC_PI_2",
    "FRAC_PI_3",
    "FRAC_PI_4",
    "FRAC_PI_6",
    "FRAC_PI_8",
    "LN_10",
    "LN_2",
    "LOG10_2",
    "LOG10_E",
    "LOG2_10",
    "LOG2_E",
    "PI",
    "SQRT_2",
    "TAU",
];

/// All items in a body, in inner blocks too.
#[derive(Default)]
struct Items(Vec<Item>);

impl<'ast> Visit<'ast> for Items {
    fn visit_item(&mut self, item: &'ast Item) {
        self.0.push(item.clone());
    }
}
