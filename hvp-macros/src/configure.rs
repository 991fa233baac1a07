//! `#[cfg(…)]` inside a body: a macro cannot know what holds, so the function is differentiated for each case, and the compiler
//! takes the one that holds.
//!
//! `fn f(x: f64) -> f64 { #[cfg(a)] let x = 2.0 * x; x }`  is seen as  `{ let x = 2.0 * x; x }` under `#[cfg(a)]`
//! and as  `{ x }` under `#[cfg(not(a))]`.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};
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
    let mut open = vec![Case { cfgs: Vec::new(), function: function.clone() }];
    let mut closed = Vec::new();
    while let Some(case) = open.pop() {
        let mut first = First(None);
        first.visit_block_mut(&mut case.function.block.clone());
        let Some(attribute) = first.0 else {
            closed.push(case);
            continue;
        };
        if case.cfgs.len() >= MAX_CONDITIONS {
            diag.error(
                &attribute,
                format!("more than {MAX_CONDITIONS} conditions in one body are not understood; choose by `if cfg!(…)`, or put them on functions"),
            );
            return Vec::new();
        }
        let (condition, _) = condition(&attribute);
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

/// Finds a condition on a statement, an arm or a field.
struct First(Option<Attribute>);

impl First {
    fn look(&mut self, attributes: &[Attribute]) {
        if self.0.is_none() {
            self.0 = attributes.iter().find(|attribute| is_cfg(attribute)).cloned();
        }
    }
}

impl VisitMut for First {
    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        if let Some(attributes) = of_statement(stmt) {
            self.look(attributes);
        }
        visit_mut::visit_stmt_mut(self, stmt);
    }

    fn visit_arm_mut(&mut self, arm: &mut syn::Arm) {
        self.look(&arm.attrs);
        visit_mut::visit_arm_mut(self, arm);
    }

    fn visit_field_value_mut(&mut self, field: &mut syn::FieldValue) {
        self.look(&field.attrs);
        visit_mut::visit_field_value_mut(self, field);
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
        let fields = std::mem::take(&mut node.fields);
        node.fields = fields
            .into_iter()
            .filter_map(|mut field| self.keeps(&mut field.attrs).then_some(field))
            .collect();
        visit_mut::visit_expr_struct_mut(self, node);
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

fn of_expression(expr: &mut Expr) -> Option<&mut Vec<Attribute>> {
    Some(match expr {
        Expr::If(node) => &mut node.attrs,
        Expr::Match(node) => &mut node.attrs,
        Expr::ForLoop(node) => &mut node.attrs,
        Expr::While(node) => &mut node.attrs,
        Expr::Loop(node) => &mut node.attrs,
        Expr::Block(node) => &mut node.attrs,
        Expr::Assign(node) => &mut node.attrs,
        Expr::Binary(node) => &mut node.attrs,
        Expr::Call(node) => &mut node.attrs,
        Expr::MethodCall(node) => &mut node.attrs,
        Expr::Macro(node) => &mut node.attrs,
        Expr::Return(node) => &mut node.attrs,
        Expr::Path(node) => &mut node.attrs,
        Expr::Lit(node) => &mut node.attrs,
        Expr::Tuple(node) => &mut node.attrs,
        Expr::Paren(node) => &mut node.attrs,
        _ => return None,
    })
}
