//! Variables that get their first value in the arms of the next statement.
//!
//! `let v; if c { v = a; } else { v = b; }`  becomes  `let v = if c { a } else { b };`, so that what is no number can begin so.

use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Ident, Pat, Stmt};

use super::names;

/// Joins each such declaration in `body` with the statement that follows.
pub(super) fn join(body: &mut Block) {
    Join.visit_block_mut(body);
}

struct Join;

impl VisitMut for Join {
    fn visit_block_mut(&mut self, block: &mut Block) {
        let mut at = 0;
        while at + 1 < block.stmts.len() {
            if let Some(joined) = joined(&block.stmts[at], &block.stmts[at + 1]) {
                block.stmts.splice(at..at + 2, [joined]);
            }
            at += 1;
        }
        visit_mut::visit_block_mut(self, block);
    }
}

fn joined(declaration: &Stmt, next: &Stmt) -> Option<Stmt> {
    let Stmt::Local(local) = declaration else { return None };
    let pat = match &local.pat {
        Pat::Type(typed) => &*typed.pat,
        other => other,
    };
    let (Pat::Ident(name), None, Stmt::Expr(choice @ (Expr::If(_) | Expr::Match(_)), _)) =
        (pat, &local.init, next)
    else {
        return None;
    };
    let value = value_of(choice, &name.ident)?;
    let init = syn::LocalInit { eq_token: syn::token::Eq::default(), expr: Box::new(value), diverge: None };
    Some(Stmt::Local(syn::Local { init: Some(init), ..local.clone() }))
}

/// `expr` with the values that it gives to `name`, which has none before, as its value; `None` if it does anything else with it.
fn value_of(expr: &Expr, name: &Ident) -> Option<Expr> {
    match expr {
        Expr::Assign(assign) => {
            (names::ident_of(&assign.left) == Some(name)).then(|| (*assign.right).clone())
        }
        Expr::Block(block) if block.label.is_none() => {
            Some(Expr::Block(syn::ExprBlock { block: last_of(&block.block, name)?, ..block.clone() }))
        }
        Expr::If(choice) => {
            let (els, otherwise) = choice.else_branch.as_ref()?;
            let else_branch = Some((*els, Box::new(value_of(otherwise, name)?)));
            let then_branch = last_of(&choice.then_branch, name)?;
            Some(Expr::If(syn::ExprIf { then_branch, else_branch, ..choice.clone() }))
        }
        Expr::Match(choice) => {
            let mut choice = choice.clone();
            for arm in &mut choice.arms {
                *arm.body = value_of(&arm.body, name)?;
            }
            Some(Expr::Match(choice))
        }
        Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => Some(expr.clone()),
        _ => None,
    }
}

/// The same of a block, whose last statement alone names it.
fn last_of(block: &Block, name: &Ident) -> Option<Block> {
    let (last, before) = block.stmts.split_last()?;
    let Stmt::Expr(last, _) = last else { return None };
    let before: Expr = syn::parse_quote!({ #(#before)* });
    if names::mentioned(&before).contains(name) {
        return None;
    }
    let mut block = block.clone();
    *block.stmts.last_mut()? = Stmt::Expr(value_of(last, name)?, None);
    Some(block)
}
