//! The type of a variable from the way in which it is used later, where its initial value does not tell.

use std::collections::BTreeSet;

use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, Lit, Pat, Stmt as Syntax};

use super::call::tail_of;
use super::catch;
use super::lower::Lower;
use super::names;
use super::source::Shape;
use super::table;
use super::types::Ty;

/// What uses of a name tell.
#[expect(clippy::struct_excessive_bools, reason = "each is a piece of evidence of its own")]
#[derive(Default)]
struct Uses {
    /// Indices in a row: `q[i][j]` has two.
    indexed: usize,
    array: bool,
    components: usize,
    named_field: bool,
    real: bool,
    int: bool,
    bool: bool,
    referenced: bool,
    /// A tuple of this many components is pushed.
    pushed: Option<Shape>,
    /// Whatever is pushed.
    items: Vec<Expr>,
    /// Used as a `Result` or an `Option`.
    outcome: bool,
}

impl Lower<'_> {
    /// The type of what `pat` binds to `init`, from the statements that follow.
    pub(super) fn look_ahead(&self, pat: &Pat, init: Option<&Expr>, rest: &[Syntax]) -> Option<Ty> {
        match pat {
            Pat::Ident(ident) => {
                let mutable = ident.mutability.is_some();
                self.look_for(&ident.ident, mutable, init.map_or(Made::Unknown, made), rest)
            }
            Pat::Tuple(tuple) => {
                let parts = tuple
                    .elems
                    .iter()
                    .map(|pat| self.look_ahead(pat, None, rest).map_or(Shape::Real, |ty| ty.shape));
                Some(Ty::guess(Shape::Tuple(parts.collect())))
            }
            Pat::Slice(slice) => Some(Ty::guess(Shape::array_of(Shape::Real, slice.elems.len()))),
            Pat::Paren(inner) => self.look_ahead(&inner.pat, init, rest),
            _ => None,
        }
    }

    fn look_for(&self, name: &syn::Ident, mutable: bool, made: Made, rest: &[Syntax]) -> Option<Ty> {
        if made == Made::Other {
            return None;
        }
        let mut finder = Finder { name, uses: Uses::default() };
        for stmt in rest {
            finder.visit_stmt(stmt);
            if let Syntax::Local(local) = stmt
                && names::bound(&local.pat).contains(name)
            {
                break;
            }
        }
        let uses = finder.uses;
        let scalar = || {
            if uses.int {
                Some(Shape::Int)
            } else if uses.bool {
                Some(Shape::Bool)
            } else if uses.real || mutable && self.gets_real(name, rest) {
                Some(Shape::Real)
            } else {
                None
            }
        };
        if let Some(row) = uses.pushed {
            return Some(Ty::guess(Shape::vec_of(row)));
        }
        if let Some(ty) = uses.items.iter().find_map(|item| self.data_type(item)) {
            return Some(Ty::value(Shape::vec_of(Shape::Opaque(Box::new(ty)))));
        }
        if (uses.indexed > 0 || uses.array) && made != Made::Struct {
            // Whether this is a slice, an array or a `Vec` is not known: a copy is right for each.
            let mut shape = Shape::Real;
            for _ in 0..uses.indexed.max(1) {
                shape = Shape::slice_of(shape);
            }
            let certain = mutable && self.gets_elements(name, rest);
            return Some(if certain { Ty::value(shape) } else { Ty::guess(shape) });
        }
        if uses.components > 0 {
            return Some(Ty::guess(Shape::Tuple(vec![Shape::Real; uses.components])));
        }
        if uses.named_field {
            let ty: syn::Type = syn::parse_quote!(_);
            return Some(Ty::guess(Shape::Opaque(Box::new(ty))));
        }
        if let Some(shape) = self.moved_into(name, rest) {
            return Some(Ty::guess(shape));
        }
        if let Some(shape) = scalar() {
            return Some(Ty::guess(shape));
        }
        if mutable && let Some(content) = self.gets_some(name, rest) {
            let ty: syn::Type = syn::parse_quote!(Option<#content>);
            return Some(Ty::guess(Shape::Opaque(Box::new(ty))));
        }
        if Self::is_returned(name, rest) {
            return Some(Ty::guess(self.source.signature.result.clone()));
        }
        (uses.referenced && made == Made::Unknown).then(|| Ty::guess(Shape::slice_of(Shape::Real)))
    }

    /// The type of the place that `name` is moved into: `rows.push(name)`, `rows[i] = name`.
    fn moved_into(&self, name: &syn::Ident, rest: &[Syntax]) -> Option<Shape> {
        struct Moves<'l, 'd>(&'l Lower<'d>, &'l syn::Ident, Option<Shape>);
        impl<'ast> Visit<'ast> for Moves<'_, '_> {
            fn visit_expr(&mut self, expr: &'ast Expr) {
                let is = |expr: &Expr| names::ident_of(expr).is_some_and(|ident| ident == self.1);
                let found = match expr {
                    Expr::MethodCall(call) if call.method == "push" && call.args.first().is_some_and(is) => {
                        self.0.hint_of_place(&call.receiver).and_then(|ty| ty.shape.element().cloned())
                    }
                    Expr::Assign(assign) if is(&assign.right) => {
                        self.0.hint_of_place(&assign.left).map(|ty| ty.shape)
                    }
                    _ => None,
                };
                self.2 = self.2.take().or(found.filter(Shape::is_array));
                visit::visit_expr(self, expr);
            }
        }
        let mut moves = Moves(self, name, None);
        rest.iter().for_each(|stmt| moves.visit_stmt(stmt));
        moves.2
    }

    /// Whether later uses tell that `name` is a `Result` or an `Option`.
    pub(super) fn is_matched(name: &syn::Ident, rest: &[Syntax]) -> bool {
        let mut finder = Finder { name, uses: Uses::default() };
        rest.iter().for_each(|stmt| finder.visit_stmt(stmt));
        finder.uses.outcome
    }

    fn is_returned(name: &syn::Ident, rest: &[Syntax]) -> bool {
        match rest.last() {
            Some(Syntax::Expr(expr, None)) => names::ident_of(expr).is_some_and(|last| last == name),
            _ => false,
        }
    }
}

/// What the first value of a variable tells of its type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Made {
    /// `Rng(seed)`, which is no array whatever methods it has.
    Struct,
    /// `Rng::new(seed)` is likely to be an `Rng`.
    Associated,
    /// A text, a map, a variant of an enum.
    Other,
    Unknown,
}

fn made(init: &Expr) -> Made {
    let capital = |name: &str| name.starts_with(char::is_uppercase);
    let call = match names::bare(init) {
        Expr::Call(call) => call,
        Expr::Path(path) => {
            let (owner, name) = tail_of(path);
            let is_variant = capital(&owner) && capital(&name) && name.contains(char::is_lowercase);
            return if is_variant { Made::Other } else { Made::Unknown };
        }
        Expr::MethodCall(call) if call.method == "to_string" => return Made::Other,
        Expr::Macro(text) if names::macro_name(&text.mac) == "format" => return Made::Other,
        _ => return Made::Unknown,
    };
    let Expr::Path(path) = names::bare(&call.func) else { return Made::Unknown };
    let (owner, name) = tail_of(path);
    if super::gathered::OTHERS.contains(&owner.as_str()) {
        return Made::Other;
    }
    if capital(&name) && !["Some", "Ok", "Err"].contains(&name.as_str()) {
        Made::Struct
    } else if capital(&owner) && !["Vec", "Box", "Self"].contains(&owner.as_str()) {
        Made::Associated
    } else {
        Made::Unknown
    }
}

/// The components are numbers, unless they are tuples themselves.
fn shape_of_tuple(tuple: &syn::ExprTuple) -> Shape {
    let part = |elem: &Expr| match names::bare(elem) {
        Expr::Tuple(inner) => shape_of_tuple(inner),
        _ => Shape::Real,
    };
    Shape::Tuple(tuple.elems.iter().map(part).collect())
}

/// Methods of slices and `Vec`s that numbers do not have.
pub(super) fn is_array_method(name: &str) -> bool {
    const ARRAY: [&str; 29] = [
        "iter",
        "iter_mut",
        "len",
        "into_iter",
        "push",
        "windows",
        "chunks",
        "chunks_exact",
        "rchunks",
        "rchunks_exact",
        "to_vec",
        "is_empty",
        "first",
        "last",
        "swap",
        "fill",
        "copy_from_slice",
        "split_at",
        "split_at_mut",
        "as_slice",
        "extend",
        "get",
        "pop",
        "clear",
        "extend_from_slice",
        "truncate",
        "resize",
        "swap_remove",
        "split_off",
    ];
    ARRAY.contains(&name)
}

/// Whether a function is one of those that exchange what they are given by `&mut`.
fn exchanges(function: &Expr) -> bool {
    let Expr::Path(path) = names::bare(function) else { return false };
    let (owner, name) = tail_of(path);
    matches!((owner.as_str(), name.as_str()), ("mem", "swap" | "replace" | "take"))
}

/// `r` of `&r`.
fn behind(expr: &Expr) -> &Expr {
    match names::bare(expr) {
        Expr::Reference(reference) => behind(&reference.expr),
        other => other,
    }
}

struct Finder<'n> {
    name: &'n syn::Ident,
    uses: Uses,
}

impl Finder<'_> {
    fn is(&self, expr: &Expr) -> bool {
        match names::bare(expr) {
            Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Deref(_)) => self.is(&unary.expr),
            other => names::ident_of(other).is_some_and(|ident| ident == self.name),
        }
    }

    /// Whether the name is a term of the integer `expr`: `k` in `j + k - 1`.
    fn is_term(&self, expr: &Expr) -> bool {
        match names::bare(expr) {
            Expr::Binary(node) => self.is_term(&node.left) || self.is_term(&node.right),
            other => self.is(other),
        }
    }

    /// How many indices follow the name in `expr`; a range of them leaves an array.
    fn depth(&self, expr: &Expr) -> Option<usize> {
        match names::bare(expr) {
            Expr::Index(index) => self.depth_of(index),
            Expr::Reference(reference) => self.depth(&reference.expr),
            other => self.is(other).then_some(0),
        }
    }

    fn depth_of(&self, index: &syn::ExprIndex) -> Option<usize> {
        let one = usize::from(!matches!(names::bare(&index.index), Expr::Range(_)));
        self.depth(&index.expr).map(|depth| depth + one)
    }

    fn binary(&mut self, node: &syn::ExprBinary) {
        let (left, right) = (self.is(&node.left), self.is(&node.right));
        if !left && !right {
            return;
        }
        let other = if left { &node.right } else { &node.left };
        match (&node.op, names::bare(other)) {
            (_, Expr::Lit(syn::ExprLit { lit: Lit::Int(int), .. })) if !int.suffix().starts_with('f') => {
                self.uses.int = true;
            }
            (BinOp::And(_) | BinOp::Or(_), _)
            | (BinOp::Eq(_) | BinOp::Ne(_), Expr::Lit(syn::ExprLit { lit: Lit::Bool(_), .. })) => {
                self.uses.bool = true;
            }
            (
                BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_),
                other,
            ) => {
                self.uses.real |= matches!(other, Expr::Lit(_));
            }
            _ => self.uses.real = true,
        }
    }

    fn method(&mut self, call: &syn::ExprMethodCall) {
        let name = call.method.to_string();
        if self.is(&call.receiver) {
            self.uses.array |= is_array_method(&name);
            self.uses.outcome |= name != "map" && catch::is_outcome_method(&name);
            self.uses.real |=
                table::is_float_only(&name) || table::predicate(&name).is_some() || name == "abs";
        } else if let Some(depth) = self.depth(&call.receiver) {
            let nested = is_array_method(&name);
            self.uses.indexed = self.uses.indexed.max(depth + usize::from(nested));
        }
        if name == "push" && self.is(&call.receiver) {
            if let Some(Expr::Tuple(tuple)) = call.args.first().map(names::bare) {
                self.uses.pushed.get_or_insert_with(|| shape_of_tuple(tuple));
            }
            self.uses.items.extend(call.args.iter().cloned());
        }
        for arg in &call.args {
            if self.is(arg) && table::is_real_method(&name) && name != "powi" {
                self.uses.real = true;
            }
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_expr_index(&mut self, index: &'ast syn::ExprIndex) {
        let depth = self.depth_of(index);
        self.uses.indexed = self.uses.indexed.max(depth.unwrap_or(0));
        self.uses.array |= depth.is_some();
        self.uses.int |= self.is_term(&index.index);
        visit::visit_expr_index(self, index);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.method(call);
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_field(&mut self, field: &'ast syn::ExprField) {
        if self.is(&field.base) {
            match &field.member {
                syn::Member::Unnamed(index) => {
                    self.uses.components = self.uses.components.max(index.index as usize + 1);
                }
                syn::Member::Named(_) => self.uses.named_field = true,
            }
        }
        visit::visit_expr_field(self, field);
    }

    fn visit_expr_binary(&mut self, node: &'ast syn::ExprBinary) {
        self.binary(node);
        visit::visit_expr_binary(self, node);
    }

    fn visit_expr_unary(&mut self, unary: &'ast syn::ExprUnary) {
        if self.is(&unary.expr) {
            self.uses.bool |= matches!(unary.op, syn::UnOp::Not(_));
            self.uses.real |= matches!(unary.op, syn::UnOp::Neg(_));
        }
        visit::visit_expr_unary(self, unary);
    }

    fn visit_expr_match(&mut self, node: &'ast syn::ExprMatch) {
        self.uses.outcome |= self.is(behind(&node.expr))
            && node.arms.iter().any(|arm| catch::outcome_pattern(&arm.pat).is_some());
        visit::visit_expr_match(self, node);
    }

    fn visit_expr_let(&mut self, test: &'ast syn::ExprLet) {
        self.uses.outcome |= self.is(behind(&test.expr)) && catch::outcome_pattern(&test.pat).is_some();
        visit::visit_expr_let(self, test);
    }

    fn visit_expr_if(&mut self, node: &'ast syn::ExprIf) {
        self.uses.bool |= self.is(&node.cond);
        visit::visit_expr_if(self, node);
    }

    fn visit_expr_while(&mut self, node: &'ast syn::ExprWhile) {
        self.uses.bool |= self.is(&node.cond);
        visit::visit_expr_while(self, node);
    }

    fn visit_expr_range(&mut self, range: &'ast syn::ExprRange) {
        self.uses.int |= [&range.start, &range.end].into_iter().flatten().any(|end| self.is_term(end));
        visit::visit_expr_range(self, range);
    }

    fn visit_expr_for_loop(&mut self, node: &'ast syn::ExprForLoop) {
        let over = match names::bare(&node.expr) {
            Expr::Reference(reference) => &reference.expr,
            other => other,
        };
        self.uses.array |= self.is(over);
        visit::visit_expr_for_loop(self, node);
    }

    /// `mem::swap(&mut a, &mut b)` takes numbers as well as arrays.
    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let told = self.uses.referenced;
        visit::visit_expr_call(self, call);
        if exchanges(&call.func) {
            self.uses.referenced = told;
        }
    }

    fn visit_expr_reference(&mut self, reference: &'ast syn::ExprReference) {
        self.uses.referenced |= self.is(&reference.expr);
        visit::visit_expr_reference(self, reference);
    }
}

/// The names that a body changes in place: by a method that is not known to be pure, by a call of what they are, by `&mut`, or by
/// assignment to a part. A name that has methods and is never assigned is changed by one of these, if it is mutable. Fields are
/// among them as `.field`.
pub(super) fn in_place(block: &syn::Block) -> BTreeSet<String> {
    #[derive(Default)]
    struct Changes {
        changed: BTreeSet<String>,
        receivers: BTreeSet<String>,
        assigned: BTreeSet<String>,
    }
    /// The variable and the fields that hold `place`.
    fn holders(place: &Expr) -> Vec<String> {
        match place {
            Expr::Field(field) => {
                let mut holders = holders(&field.base);
                holders.push(format!(".{}", field.member.to_token_stream()));
                holders
            }
            Expr::Index(index) => holders(&index.expr),
            Expr::Paren(inner) => holders(&inner.expr),
            Expr::Group(inner) => holders(&inner.expr),
            Expr::Unary(unary) => holders(&unary.expr),
            Expr::MethodCall(call) => holders(&call.receiver),
            other => names::ident_of(other).map(ToString::to_string).into_iter().collect(),
        }
    }
    impl Changes {
        fn assign(&mut self, left: &Expr) {
            match names::bare(left) {
                Expr::Path(_) => self.assigned.extend(holders(left)),
                // The field gets another value, and what holds it changes.
                Expr::Field(field) => self.changed.extend(holders(&field.base)),
                _ => self.changed.extend(holders(left)),
            }
        }
    }
    impl<'ast> Visit<'ast> for Changes {
        fn visit_expr_assign(&mut self, assign: &'ast syn::ExprAssign) {
            self.assign(&assign.left);
            visit::visit_expr_assign(self, assign);
        }

        fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
            if names::is_compound(&binary.op) {
                self.assign(&binary.left);
            }
            visit::visit_expr_binary(self, binary);
        }

        fn visit_expr_reference(&mut self, reference: &'ast syn::ExprReference) {
            if reference.mutability.is_some() {
                self.changed.extend(holders(&reference.expr));
            }
            visit::visit_expr_reference(self, reference);
        }

        fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
            self.changed.extend(holders(&call.func));
            visit::visit_expr_call(self, call);
        }

        fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
            if table::is_pure_method(call) || table::takes_whole(call) {
                self.receivers
                    .extend(holders(&call.receiver).into_iter().find(|name| !name.starts_with('.')));
            } else {
                self.changed.extend(holders(&call.receiver));
            }
            visit::visit_expr_method_call(self, call);
        }
    }
    let mut changes = Changes::default();
    changes.visit_block(block);
    let unassigned = changes.receivers.difference(&changes.assigned).cloned();
    changes.changed.into_iter().chain(unassigned).collect()
}
