//! How the function ends: its result taken apart, `Ok` and `Some` unwrapped, `Err` and `None` passed out.

use std::collections::BTreeMap;

use proc_macro2::Span;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Expr, Stmt as Syntax};

use super::lower::{Exit, Lower};
use super::source::{Shape, Signature, Wrapper};
use super::types::Ty;
use super::value::{Value, View};
use super::{Lowered, names};
use crate::ir::{Atom, Block, Func, Head, Kind, Loop, Role, Stmt, Term, VarId, What};

impl Lower<'_> {
    /// The body of the function.
    pub(super) fn body(&mut self, block: &syn::Block) {
        self.text.extend(block.to_token_stream());
        self.ended(block);
    }

    /// The body of a function every `return` of which leaves its value in one array (see `early`).
    pub(super) fn body_of_joined_returns(&mut self, block: &syn::Block) {
        self.text.extend(block.to_token_stream());
        let (id, join) = (self.func.fresh_loop(), self.open_join());
        self.early = Some((id, join));
        let (open, ()) = self.nested(|cx| cx.ended(block));
        self.early = None;
        let body = open.close(Term::Break(id, Vec::new()));
        self.make_joined(join);
        self.push(Stmt::Loop(Loop::new(id, Head::Forever, Vec::new(), body)));
        let value = self.joined(join);
        self.give(value, block);
    }

    /// The statements, and what the last expression gives.
    fn ended(&mut self, block: &syn::Block) {
        let hint = Ty::value(self.source.signature.result.clone());
        let value = match self.source.signature.wrapper {
            Wrapper::None => self.statements(&block.stmts, Some(&hint)),
            Wrapper::Result(_) | Wrapper::Option(_) => {
                let block = returning_block(block);
                self.statements(&block.stmts, None)
            }
        };
        if self.reachable() {
            match block.stmts.last() {
                Some(Syntax::Expr(last, None)) => self.give(value, last),
                Some(_) | None => self.give(value, block),
            };
        }
    }

    /// The function as far as it is lowered.
    pub(super) fn finish(mut self) -> Lowered {
        let open = std::mem::take(&mut self.open);
        let undefined = vec![Atom::Undef; self.func.results.len()];
        let mut body = open.close(Term::Return(undefined));
        self.convert_raised(&mut body);
        self.func.body = body;
        let mut known = self.integer_params();
        known.append(&mut self.int_types);
        super::integers::name_types(&mut self.func, &self.source, &known);
        Lowered { func: self.func, source: self.source }
    }

    /// The types of parameters that are integers, or arrays of them.
    pub(super) fn integer_params(&self) -> BTreeMap<VarId, String> {
        let of = |param: &crate::ir::Param| {
            let What::Param(index) = param.role.what else { return None };
            let user = self.source.signature.params.get(index)?;
            (*user.shape.kind().scalar() == Kind::Int)
                .then(|| super::types::integers_within(&user.ty).map(|ty| (param.var, ty)))?
        };
        self.func.params.iter().filter_map(of).collect()
    }

    pub(super) fn return_expr(&mut self, node: &syn::ExprReturn) -> Value {
        match self.exit.clone() {
            Exit::Nowhere => {
                self.error(node, "`return` is not understood here; let the value be the last expression")
            }
            Exit::Inlined { on_return, join } => {
                let value = node.expr.as_ref().map_or(Value::Unit, |value| self.expr(value, None));
                self.join_one(join, value, node.span(), node);
                self.leave(Term::Break(on_return, Vec::new()))
            }
            Exit::Function => match &node.expr {
                Some(value) => self.return_value(value),
                None => self.give(Value::Unit, node),
            },
        }
    }

    fn return_value(&mut self, expr: &Expr) -> Value {
        if matches!(self.source.signature.wrapper, Wrapper::None) {
            let hint = Ty::value(self.source.signature.result.clone());
            let value = self.expr(expr, Some(&hint));
            return self.give(value, expr);
        }
        self.return_wrapped(expr)
    }

    /// `return Ok(e)`, `return Err(e)`, `return helper(x)`
    fn return_wrapped(&mut self, expr: &Expr) -> Value {
        let (name, argument) = match names::bare(expr) {
            Expr::Call(call) => (last_name(&call.func), call.args.first()),
            other => (last_name(other), None),
        };
        match (name.as_deref(), argument) {
            (Some("Ok" | "Some"), Some(inner)) => {
                let hint = Ty::value(self.source.signature.result.clone());
                let value = self.expr(inner, Some(&hint));
                self.give(value, inner)
            }
            (Some("Err"), Some(_)) | (Some("None"), None) => self.escape(expr),
            _ => self.return_whole(expr),
        }
    }

    /// A wrapper made elsewhere.
    fn return_whole(&mut self, expr: &Expr) -> Value {
        if !self.source.signature.result.is_real() && self.is_passive(expr) {
            return self.escape(expr);
        }
        let hint = Ty::value(self.source.signature.result.clone());
        let value = match names::bare(expr) {
            Expr::Call(_) | Expr::MethodCall(_) => self.question_of(expr, Some(&hint)),
            _ => self.expr(expr, Some(&hint)),
        };
        match value {
            Value::Option(maybe) => {
                let code = self.residual(&maybe.absence, expr.span());
                let value = self.escape_unless(*maybe, code, expr);
                self.give(value, expr)
            }
            other => self.give(other, expr),
        }
    }

    fn escape(&mut self, expr: &Expr) -> Value {
        match self.passing_errors(|cx| cx.substitute(expr)) {
            Some(code) => {
                let opaque = self.opaque(code);
                self.leave(Term::Escape(opaque))
            }
            None => Value::Poison,
        }
    }

    /// Ends the function with `value`.
    pub(super) fn give(&mut self, value: Value, node: &impl ToTokens) -> Value {
        if matches!(value, Value::Never | Value::Poison) {
            return value;
        }
        if let Some((id, join)) = self.early {
            self.join_one(join, value, node.to_token_stream().span(), node);
            return self.leave(Term::Break(id, Vec::new()));
        }
        let mut atoms = Vec::new();
        let shape = self.source.signature.result.clone();
        self.components(value, &shape, node, &mut atoms);
        self.leave(Term::Return(atoms))
    }

    fn components(&mut self, value: Value, shape: &Shape, node: &impl ToTokens, atoms: &mut Vec<Atom>) {
        match (shape, value) {
            (_, Value::Never | Value::Poison) => {}
            (Shape::Real, value) => {
                let scalar = super::types::scalar_type(&self.source.signature.scalar);
                let value = Self::annotated(value, &syn::parse_quote!(#scalar));
                atoms.push(self.real(value, node));
            }
            (Shape::Tuple(shapes), Value::Tuple(parts)) if shapes.len() == parts.len() => {
                for (shape, part) in shapes.iter().zip(parts) {
                    self.components(part, shape, node, atoms);
                }
            }
            (Shape::Tuple(shapes), _) if shapes.is_empty() => {}
            (Shape::Slice(_) | Shape::Array(..) | Shape::Vec(_), Value::Array(view)) => {
                let atom = self.owned(&view, node.to_token_stream().span());
                atoms.push(atom);
            }
            (
                Shape::Slice(_) | Shape::Array(..) | Shape::Vec(_),
                value @ (Value::Code(_) | Value::Num(_)),
            ) => {
                let span = node.to_token_stream().span();
                let Some(code) = self.code_of(&value, span) else {
                    return;
                };
                if shape.is_differentiable() {
                    if let Value::Array(view) = self.array_from_code(code, shape, node) {
                        atoms.push(view.slice.base.into());
                    }
                } else {
                    atoms.push(self.materialize(code, span).atom);
                }
            }
            (Shape::Int | Shape::Bool, value) => atoms.push(self.passive(value, node)),
            (Shape::Opaque(_), value) => {
                let span = node.to_token_stream().span();
                match self.code_of(&value, span) {
                    Some(code) => atoms.push(self.materialize(code, span).atom),
                    None => {
                        self.error(
                            node,
                            format!(
                                "{} cannot be returned here; return numbers, arrays or a tuple of them",
                                value.what()
                            ),
                        );
                    }
                }
            }
            (Shape::Tuple(_) | Shape::Slice(_) | Shape::Array(..) | Shape::Vec(_), other) => {
                self.error(
                    node,
                    format!(
                        "this is {}, but the function returns another type; return what its signature says",
                        other.what()
                    ),
                );
            }
        }
    }

    /// An array that can be returned by value.
    pub(super) fn owned(&mut self, view: &View, span: Span) -> Atom {
        let whole = view.is_whole() && view.refs == 0 && !self.by_ref.contains(&view.slice.base);
        if whole { view.slice.base.into() } else { self.copy_of(view, span).slice.base.into() }
    }
}

/// A function that nothing is lowered into yet.
pub(super) fn empty(signature: &Signature) -> Func {
    Func {
        name: signature.item.ident.to_string(),
        vars: Vec::new(),
        params: Vec::new(),
        results: roles(&signature.result),
        body: Block { stmts: Vec::new(), term: Term::Return(Vec::new()) },
        n_loops: 0,
    }
}

/// One role for each component of the result.
fn roles(shape: &Shape) -> Vec<Role> {
    (0..count(shape)).map(|index| Role::primal(What::Result(index))).collect()
}

fn count(shape: &Shape) -> usize {
    match shape {
        Shape::Tuple(parts) => parts.iter().map(count).sum(),
        Shape::Real
        | Shape::Int
        | Shape::Bool
        | Shape::Slice(_)
        | Shape::Array(..)
        | Shape::Vec(_)
        | Shape::Opaque(_) => 1,
    }
}

/// The block with `return` before the expressions that give its value, so that each sees the `Ok` or `Err` around it.
fn returning_block(block: &syn::Block) -> syn::Block {
    let mut block = block.clone();
    if let Some(Syntax::Expr(last, semi @ None)) = block.stmts.last_mut() {
        *last = returning(last);
        *semi = None;
    }
    block
}

fn returning(expr: &Expr) -> Expr {
    match expr {
        Expr::Paren(inner) => returning(&inner.expr),
        Expr::Group(inner) => returning(&inner.expr),
        Expr::If(node) => {
            let mut node = node.clone();
            node.then_branch = returning_block(&node.then_branch);
            if let Some((_, otherwise)) = &mut node.else_branch {
                **otherwise = returning(otherwise);
            }
            Expr::If(node)
        }
        Expr::Match(node) => {
            let mut node = node.clone();
            for arm in &mut node.arms {
                *arm.body = returning(&arm.body);
            }
            Expr::Match(node)
        }
        Expr::Block(node) if node.label.is_none() => {
            let mut node = node.clone();
            node.block = returning_block(&node.block);
            Expr::Block(node)
        }
        Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => expr.clone(),
        Expr::Macro(mac) if super::table::is_panic_macro(&names::macro_name(&mac.mac)) => expr.clone(),
        other => {
            let span = other.span();
            Expr::Return(syn::ExprReturn {
                attrs: Vec::new(),
                return_token: syn::Token![return](span),
                expr: Some(Box::new(other.clone())),
            })
        }
    }
}

/// The last name of a path.
fn last_name(expr: &Expr) -> Option<String> {
    match names::bare(expr) {
        Expr::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}
