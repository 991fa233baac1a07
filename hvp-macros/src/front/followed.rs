//! Which names get real numbers, by assignments that follow.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};
use syn::{Expr, Lit, Pat, Stmt as Syntax, Type};

use super::lower::Lower;
use super::source::Shape;
use super::value::Value;
use super::{arith, names, table, types};
use crate::ir::Kind;

impl Lower<'_> {
    /// Whether something real is assigned to `name`.
    pub(super) fn gets_real(&self, name: &syn::Ident, rest: &[Syntax]) -> bool {
        self.reals(name, rest).found
    }

    /// Whether something real is stored in an element of `name`.
    pub(super) fn gets_elements(&self, name: &syn::Ident, rest: &[Syntax]) -> bool {
        self.reals(name, rest).elements
    }

    /// The type of something real of which `Some` is assigned to `name`.
    pub(super) fn gets_some(&self, name: &syn::Ident, rest: &[Syntax]) -> Option<Type> {
        self.reals(name, rest).some
    }

    /// Whether something that depends on a differentiated number is assigned to the struct `pat`, or to a field of it.
    pub(super) fn gets_active(&self, pat: &Pat, rest: &[Syntax]) -> bool {
        match pat {
            Pat::Ident(ident) if ident.mutability.is_some() => {
                let real = self.follow(&ident.ident, false, rest);
                real.found || real.fields
            }
            _ => false,
        }
    }

    fn reals(&self, name: &syn::Ident, rest: &[Syntax]) -> Reals<'_, '_> {
        self.follow(name, true, rest)
    }

    fn follow(&self, name: &syn::Ident, literals: bool, rest: &[Syntax]) -> Reals<'_, '_> {
        let mut real = Reals {
            cx: self,
            names: BTreeSet::new(),
            target: name.to_string(),
            literals,
            found: false,
            integers: BTreeSet::new(),
            some: None,
            elements: false,
            fields: false,
        };
        for _ in 0..2 {
            for stmt in rest {
                real.visit_stmt(stmt);
            }
        }
        real
    }
}

/// Follows which names get real values.
#[expect(clippy::struct_excessive_bools, reason = "each is a piece of evidence of its own")]
struct Reals<'l, 'd> {
    cx: &'l Lower<'d>,
    names: BTreeSet<String>,
    target: String,
    /// Literals count as real.
    literals: bool,
    /// Names that count.
    integers: BTreeSet<String>,
    found: bool,
    /// The type of what is in a `Some` that is assigned to the target.
    some: Option<Type>,
    /// Something real is stored in an element of the target.
    elements: bool,
    /// Something real is stored in a field of the target.
    fields: bool,
}

impl Reals<'_, '_> {
    fn is_real(&self, expr: &Expr) -> bool {
        struct Leaves<'r, 'l, 'd>(&'r Reals<'l, 'd>, bool);
        impl Leaves<'_, '_, '_> {
            fn tail(&mut self, block: &syn::Block) {
                if let Some(Syntax::Expr(tail, None)) = block.stmts.last() {
                    self.visit_expr(tail);
                }
            }
        }
        impl<'ast> Visit<'ast> for Leaves<'_, '_, '_> {
            /// What decides among values is not among them.
            fn visit_expr(&mut self, expr: &'ast Expr) {
                if let Some(name) = names::ident_of(expr) {
                    let name = name.to_string();
                    let value = self.0.cx.scopes.get(&name);
                    self.1 |= self.0.names.contains(&name) || value.is_some_and(Value::holds_real);
                }
                match expr {
                    Expr::Lit(syn::ExprLit { lit: Lit::Float(_), .. }) => self.1 |= self.0.literals,
                    Expr::MethodCall(call) if call.method == "len" => {}
                    Expr::MethodCall(call) => {
                        self.1 |= self.0.literals && table::is_float_only(&call.method.to_string());
                        visit::visit_expr_method_call(self, call);
                    }
                    Expr::Index(index) => self.visit_expr(&index.expr),
                    Expr::Block(node) if node.label.is_none() => self.tail(&node.block),
                    Expr::If(node) => {
                        if binds(&node.cond) {
                            self.visit_expr(&node.cond);
                        }
                        self.tail(&node.then_branch);
                        node.else_branch.iter().for_each(|(_, otherwise)| self.visit_expr(otherwise));
                    }
                    Expr::Match(node) => {
                        if node.arms.iter().any(|arm| !names::bound(&arm.pat).is_empty()) {
                            self.visit_expr(&node.expr);
                        }
                        node.arms.iter().for_each(|arm| self.visit_expr(&arm.body));
                    }
                    _ if decides(expr) => {}
                    _ => visit::visit_expr(self, expr),
                }
            }
        }
        let mut leaves = Leaves(self, false);
        leaves.visit_expr(expr);
        leaves.1
    }

    fn take(&mut self, left: &Expr, right: &Expr) {
        let part = matches!(names::bare(left), Expr::Index(_) | Expr::Field(_));
        if part && self.is_real(right) {
            let root = names::root_of(left);
            let own = root.as_ref().and_then(names::ident_of).is_some_and(|root| *root == self.target);
            self.elements |= own && matches!(names::bare(left), Expr::Index(_));
            self.fields |= own && matches!(names::bare(left), Expr::Field(_));
        }
        let Some(name) = names::ident_of(left).map(ToString::to_string) else {
            return;
        };
        if !self.is_real(right) {
            return;
        }
        let own = name == self.target;
        match content_of_some(right) {
            Some(content) if own => {
                let ty = self.type_of(content);
                self.some.get_or_insert(ty);
            }
            Some(_) => {}
            None => {
                self.found |= own;
                self.names.insert(name);
            }
        }
    }

    /// The type of a number or of a tuple of numbers, of which those that count are known.
    fn type_of(&self, expr: &Expr) -> Type {
        let scalar = types::scalar_type(&self.cx.source.signature.scalar);
        match names::bare(expr) {
            Expr::Tuple(tuple) => {
                let parts = tuple.elems.iter().map(|part| self.type_of(part));
                syn::parse_quote!((#(#parts,)*))
            }
            expr if decides(expr) => syn::parse_quote!(bool),
            expr if self.counts(expr) => syn::parse_quote!(usize),
            _ => syn::parse_quote!(#scalar),
        }
    }

    /// Whether `expr` is an integer, by what it is made of.
    fn counts(&self, expr: &Expr) -> bool {
        match names::bare(expr) {
            Expr::Lit(syn::ExprLit { lit: Lit::Int(_), .. }) => true,
            Expr::Binary(node) => self.counts(&node.left) && self.counts(&node.right),
            Expr::MethodCall(call) => call.method == "len",
            Expr::Cast(cast) => {
                let shape = types::read(&cast.ty, &self.cx.source.signature.scalar).shape;
                matches!(shape, Shape::Int)
            }
            other => names::ident_of(other).map(ToString::to_string).is_some_and(|name| {
                let value = self.cx.scopes.get(&name);
                self.integers.contains(&name) || value.is_some_and(|value| value.kind() == Some(&Kind::Int))
            }),
        }
    }
}

/// Whether names are bound where the condition `cond` holds.
fn binds(cond: &Expr) -> bool {
    match names::bare(cond) {
        Expr::Let(_) => true,
        Expr::Binary(node) => binds(&node.left) || binds(&node.right),
        _ => false,
    }
}

/// Whether `expr` is a Boolean, by what it is made of.
fn decides(expr: &Expr) -> bool {
    match names::bare(expr) {
        Expr::Lit(syn::ExprLit { lit: Lit::Bool(_), .. }) => true,
        Expr::Unary(unary) => matches!(unary.op, syn::UnOp::Not(_)),
        Expr::Binary(node) => {
            matches!(node.op, syn::BinOp::And(_) | syn::BinOp::Or(_)) || arith::compare(&node.op).is_some()
        }
        _ => false,
    }
}

/// What stands in `Some(…)`.
fn content_of_some(expr: &Expr) -> Option<&Expr> {
    match names::bare(expr) {
        Expr::Call(call) if names::ident_of(&call.func).is_some_and(|callee| callee == "Some") => {
            call.args.first()
        }
        _ => None,
    }
}

/// The names in `pat` that count the items of `over`: `i` in `for (i, x) in xs.iter().enumerate()`.
fn counters(pat: &Pat, over: &Expr) -> Vec<String> {
    let counter = match (pat, names::bare(over)) {
        (Pat::Tuple(tuple), Expr::MethodCall(call)) if call.method == "enumerate" => tuple.elems.first(),
        (Pat::Ident(_), Expr::Range(_)) => Some(pat),
        _ => None,
    };
    counter.map_or_else(Vec::new, |pat| names::bound(pat).iter().map(ToString::to_string).collect())
}

impl<'ast> Visit<'ast> for Reals<'_, '_> {
    fn visit_expr_assign(&mut self, assign: &'ast syn::ExprAssign) {
        self.take(&assign.left, &assign.right);
        visit::visit_expr_assign(self, assign);
    }

    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        if names::is_compound(&binary.op) {
            self.take(&binary.left, &binary.right);
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_for_loop(&mut self, node: &'ast syn::ExprForLoop) {
        self.integers.extend(counters(&node.pat, &node.expr));
        if self.is_real(&node.expr) {
            self.names.extend(names::bound(&node.pat).iter().map(ToString::to_string));
        }
        visit::visit_expr_for_loop(self, node);
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let Some(init) = &local.init
            && self.is_real(&init.expr)
        {
            self.names.extend(names::bound(&local.pat).iter().map(ToString::to_string));
        }
        visit::visit_local(self, local);
    }
}
