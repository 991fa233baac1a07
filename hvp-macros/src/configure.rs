//! `#[cfg(…)]` inside a body: a macro cannot know what holds, so the function is differentiated for each case, and the compiler
//! takes the one that holds.
//!
//! `fn f(x: f64) -> f64 { #[cfg(a)] let x = 2.0 * x; x }`  is seen as  `{ let x = 2.0 * x; x }` under `#[cfg(a)]`
//! and as  `{ x }` under `#[cfg(not(a))]`.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Expr, Item, Stmt};

use crate::diag::Diag;

/// Two cases for each condition.
const MAX_CONDITIONS: usize = 3;

/// A function without conditions in its body, and the attributes under which it is the user's.
pub(crate) struct Case {
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) function: syn::ItemFn,
}

/// All cases of `function`; the function itself if its body has no conditions.
pub(crate) fn cases(function: &syn::ItemFn, diag: &mut Diag) -> Vec<Case> {
    let mut in_signature = First(None);
    in_signature.visit_signature(&function.sig);
    if let Some(attribute) = in_signature.0 {
        diag.error(
            attribute,
            "`#[cfg]` on a parameter is not understood; put it on a function of its own for each case",
        );
        return Vec::new();
    }
    let mut open = vec![Case { cfgs: Vec::new(), function: function.clone() }];
    let mut closed = Vec::new();
    while let Some(case) = open.pop() {
        let mut first = First(None);
        first.visit_block(&case.function.block);
        let Some(attribute) = first.0 else {
            closed.push(case);
            continue;
        };
        let (condition, _) = condition(attribute);
        if case.cfgs.iter().any(|cfg| self::condition(cfg).0.to_string() == condition.to_string()) {
            diag.error(
                attribute,
                "`#[cfg]` is not understood here; put it on a statement, or choose by `if cfg!(…)`",
            );
            return Vec::new();
        }
        if case.cfgs.len() >= MAX_CONDITIONS {
            diag.error(
                attribute,
                format!("more than {MAX_CONDITIONS} conditions in one body are not understood; choose by `if cfg!(…)`, or put them on functions"),
            );
            return Vec::new();
        }
        for holds in [true, false] {
            let mut case = Case { cfgs: case.cfgs.clone(), function: case.function.clone() };
            Assume { condition: condition.to_string(), holds }.visit_block_mut(&mut case.function.block);
            case.cfgs.push(if holds {
                syn::parse_quote!(#[cfg(#condition)])
            } else {
                syn::parse_quote!(#[cfg(not(#condition))])
            });
            open.push(case);
        }
    }
    closed
}

/// The condition without `not(…)` around it, and whether it must hold.
fn condition(attribute: &Attribute) -> (TokenStream, bool) {
    let mut tokens = match &attribute.meta {
        syn::Meta::List(list) => list.tokens.clone(),
        other @ (syn::Meta::Path(_) | syn::Meta::NameValue(_)) => other.to_token_stream(),
    };
    let mut holds = true;
    loop {
        let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
        match trees.as_slice() {
            [TokenTree::Ident(not), TokenTree::Group(inner)]
                if not == "not" && inner.delimiter() == Delimiter::Parenthesis =>
            {
                holds = !holds;
                tokens = inner.stream();
            }
            _ => return (quote!(#tokens), holds),
        }
    }
}

fn is_cfg(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
}

/// Finds a condition, wherever it stands.
struct First<'f>(Option<&'f Attribute>);

impl<'f> Visit<'f> for First<'f> {
    fn visit_attribute(&mut self, attribute: &'f Attribute) {
        if self.0.is_none() && is_cfg(attribute) {
            self.0 = Some(attribute);
        }
    }

    /// Other items go into the output with their attributes.
    fn visit_item(&mut self, item: &'f Item) {
        if let Item::Fn(_) | Item::Const(_) = item {
            visit::visit_item(self, item);
        }
    }
}

/// Removes what stands under a condition that does not hold, and the condition where it does.
struct Assume {
    condition: String,
    holds: bool,
}

impl Assume {
    /// Whether what has these attributes is there; its decided conditions are removed.
    fn keeps(&self, attributes: &mut Vec<Attribute>) -> bool {
        let mut keeps = true;
        attributes.retain(|attribute| {
            let decided = is_cfg(attribute) && {
                let (condition, wanted) = condition(attribute);
                let same = condition.to_string() == self.condition;
                keeps &= !same || wanted == self.holds;
                same
            };
            !decided
        });
        keeps
    }

    /// Leaves in `list` what is there.
    fn filter<T, P: Default>(
        &self,
        list: &mut Punctuated<T, P>,
        attributes: impl Fn(&mut T) -> Option<&mut Vec<Attribute>>,
    ) {
        let all = std::mem::take(list).into_iter();
        *list = all
            .filter_map(|mut one| {
                let keeps = attributes(&mut one).is_none_or(|attributes| self.keeps(attributes));
                keeps.then_some(one)
            })
            .collect();
    }
}

impl VisitMut for Assume {
    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        block.stmts.retain_mut(|stmt| of_statement(stmt).is_none_or(|attributes| self.keeps(attributes)));
        visit_mut::visit_block_mut(self, block);
    }

    fn visit_expr_match_mut(&mut self, node: &mut syn::ExprMatch) {
        node.arms.retain_mut(|arm| self.keeps(&mut arm.attrs));
        visit_mut::visit_expr_match_mut(self, node);
    }

    fn visit_expr_struct_mut(&mut self, node: &mut syn::ExprStruct) {
        self.filter(&mut node.fields, |field| Some(&mut field.attrs));
        visit_mut::visit_expr_struct_mut(self, node);
    }

    fn visit_pat_struct_mut(&mut self, pat: &mut syn::PatStruct) {
        self.filter(&mut pat.fields, |field| Some(&mut field.attrs));
        visit_mut::visit_pat_struct_mut(self, pat);
    }

    fn visit_expr_array_mut(&mut self, node: &mut syn::ExprArray) {
        self.filter(&mut node.elems, of_expression);
        visit_mut::visit_expr_array_mut(self, node);
    }
}

/// The attributes of a statement that the front end reads; other items go into the output with theirs.
fn of_statement(stmt: &mut Stmt) -> Option<&mut Vec<Attribute>> {
    match stmt {
        Stmt::Local(local) => Some(&mut local.attrs),
        Stmt::Macro(mac) => Some(&mut mac.attrs),
        Stmt::Item(Item::Fn(item)) => Some(&mut item.attrs),
        Stmt::Item(Item::Const(item)) => Some(&mut item.attrs),
        Stmt::Item(_) => None,
        Stmt::Expr(expr, _) => of_expression(expr),
    }
}

/// The attributes of an expression; what is not here keeps its condition, which is then refused.
fn of_expression(expr: &mut Expr) -> Option<&mut Vec<Attribute>> {
    Some(match expr {
        Expr::Assign(node) => &mut node.attrs,
        Expr::Binary(node) => &mut node.attrs,
        Expr::Block(node) => &mut node.attrs,
        Expr::Break(node) => &mut node.attrs,
        Expr::Call(node) => &mut node.attrs,
        Expr::Continue(node) => &mut node.attrs,
        Expr::ForLoop(node) => &mut node.attrs,
        Expr::If(node) => &mut node.attrs,
        Expr::Lit(node) => &mut node.attrs,
        Expr::Loop(node) => &mut node.attrs,
        Expr::Macro(node) => &mut node.attrs,
        Expr::Match(node) => &mut node.attrs,
        Expr::MethodCall(node) => &mut node.attrs,
        Expr::Paren(node) => &mut node.attrs,
        Expr::Path(node) => &mut node.attrs,
        Expr::Return(node) => &mut node.attrs,
        Expr::Struct(node) => &mut node.attrs,
        Expr::Try(node) => &mut node.attrs,
        Expr::Tuple(node) => &mut node.attrs,
        Expr::Unary(node) => &mut node.attrs,
        Expr::Unsafe(node) => &mut node.attrs,
        Expr::While(node) => &mut node.attrs,
        _ => return None,
    })
}
