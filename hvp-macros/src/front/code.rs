//! Passive expressions as the user wrote them: every free name that the IR knows becomes a hole.
//!
//! `self.pair(r2) < cut[i]`  with `i` a variable becomes  `self.pair(__hvp_hole_0) < cut[__hvp_hole_1]`.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Pat, Stmt};

use super::absence::PASSES_OUT;
use super::lower::{Exit, Lower};
use super::names;
use super::records::spelled;
use super::source::Source;
use super::value::{Code, Maybe, Target, Value, View, blank};
use super::{format, table};
use crate::ir::{Atom, Kind, Place};

impl Lower<'_> {
    /// `expr` with holes; an error is reported where that cannot be.
    pub(super) fn substitute(&mut self, expr: &Expr) -> Option<Code> {
        let mut expr = expr.clone();
        let mut visitor = Substitution::new(self);
        visitor.visit_expr_mut(&mut expr);
        visitor.finish(quote!(#expr))
    }

    /// Macro arguments with holes; pure if the arguments are.
    pub(super) fn substitute_macro(&mut self, mac: &syn::Macro) -> Option<Code> {
        let mut mac = mac.clone();
        let mut visitor = Substitution::new(self);
        visitor.visit_macro_mut(&mut mac);
        let pure = visitor.args_are_pure;
        visitor.finish(quote!(#mac)).map(|code| Code { pure, ..code })
    }

    /// The value as tokens of the user's own type.
    pub(super) fn code_of(&mut self, value: &Value, span: Span) -> Option<Code> {
        match value {
            Value::Code(code) => {
                let plain = is_postfix(&code.tokens);
                let code = code.clone();
                let (kind, shape) = (code.kind.clone(), code.shape.clone());
                Some(if plain {
                    code
                } else {
                    Code { shape, ..code.wrap(kind, |tokens| quote_spanned!(span=> (#tokens))) }
                })
            }
            Value::Num(num) => {
                let changing = num.atom.var().is_some_and(|var| self.source.changing.contains(&var));
                let code = Code::hole(num.atom.clone(), num.kind.clone(), span);
                Some(Code { pure: !changing, ..referenced(code, num.refs, span) })
            }
            Value::Ref(target, kind) => {
                let place = match target {
                    Target::Slot(var) => Code::hole(Atom::Var(*var), kind.clone(), span),
                    Target::Elem(place) => place_code(place, kind, span),
                };
                Some(referenced(place, 1, span))
            }
            Value::Array(view) => Some(self.view_code(view, span)),
            Value::Tuple(parts) => self.tuple_code(parts, span),
            Value::Unit => Some(Code::constant(quote_spanned!(span=> ()), Kind::Opaque)),
            Value::Option(maybe) => self.option_code(maybe, span),
            Value::Struct(names, _) if names.is_empty() => {
                Some(Code::constant(spelled(&names.ty, span)?.to_token_stream(), Kind::Opaque))
            }
            Value::Struct(..)
            | Value::Table(_)
            | Value::Func(_)
            | Value::Iter(_)
            | Value::Range(_)
            | Value::Late(_)
            | Value::Never
            | Value::Poison => None,
            Value::Error(error) => {
                let error = error.as_ref().filter(|_| self.errors_pass)?;
                Some(Code::hole(error.clone(), Kind::Opaque, span))
            }
        }
    }

    /// An argument as it is passed: `&(a, b)` of a tuple whose components are known is a reference to it.
    pub(super) fn code_of_arg(&mut self, arg: &Value, expr: &Expr) -> Option<Code> {
        let span = expr.span();
        let code = self.code_of(arg, span)?;
        let is_lent = matches!(names::bare(expr), Expr::Reference(lent) if lent.mutability.is_none());
        Some(if is_lent && matches!(arg, Value::Tuple(_)) { referenced(code, 1, span) } else { code })
    }

    fn option_code(&mut self, maybe: &Maybe, span: Span) -> Option<Code> {
        if matches!(maybe.value, Value::Never) {
            return Some(Code::constant(quote_spanned!(span=> ::core::option::Option::None), Kind::Opaque));
        }
        let mut code = Code::hole(maybe.present.clone(), Kind::Bool, span);
        let value = self.code_of(&maybe.value, span)?;
        let value = code.absorb(&value);
        Some(code.wrap(Kind::Opaque, |present| {
            quote_spanned!(span=> (if #present { ::core::option::Option::Some(#value) } else { ::core::option::Option::None }))
        }))
    }

    fn tuple_code(&mut self, parts: &[Value], span: Span) -> Option<Code> {
        let mut whole = blank(Kind::Opaque);
        let mut tokens = TokenStream::new();
        for part in parts {
            let part = self.code_of(part, span)?;
            let piece = whole.absorb(&part);
            tokens.extend(quote!(#piece,));
        }
        Some(whole.wrap(Kind::Opaque, |_| quote_spanned!(span=> (#tokens))))
    }

    pub(super) fn view_code(&mut self, view: &View, span: Span) -> Code {
        let slice = &view.slice;
        let mut code = place_code(&Place { base: slice.base, path: slice.path.clone() }, &Kind::Opaque, span);
        if let Some((lo, hi)) = &slice.range {
            let lo = code.absorb(&Code::hole(lo.clone(), Kind::Int, span));
            let hi = code.absorb(&Code::hole(hi.clone(), Kind::Int, span));
            code = code.wrap(Kind::Opaque, |base| quote_spanned!(span=> #base[#lo..#hi]));
        }
        let native = u8::from(view.is_whole() && self.by_ref.contains(&slice.base));
        if view.refs < native {
            return code.wrap(Kind::Opaque, |base| quote_spanned!(span=> (*#base)));
        }
        referenced(code, view.refs - native, span)
    }
}

/// Whether one of the words `names` is among the tokens.
pub(super) fn mentions(tokens: &TokenStream, names: &[&str]) -> bool {
    tokens.clone().into_iter().any(|tree| match tree {
        TokenTree::Ident(ident) => names.iter().any(|name| ident == name),
        TokenTree::Group(group) => mentions(&group.stream(), names),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Whether tokens can stand before `.` or `[` without parentheses.
fn is_postfix(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().all(|tree| match tree {
        TokenTree::Ident(ident) => ident != "as" && ident != "if" && ident != "match" && ident != "move",
        TokenTree::Punct(punct) => matches!(punct.as_char(), '.' | ':'),
        TokenTree::Group(group) => group.delimiter() != Delimiter::Brace,
        TokenTree::Literal(_) => true,
    })
}

fn place_code(place: &Place, kind: &Kind, span: Span) -> Code {
    let mut code = Code::hole(Atom::Var(place.base), kind.clone(), span);
    for index in &place.path {
        let index = code.absorb(&Code::hole(index.clone(), Kind::Int, span));
        code = code.wrap(kind.clone(), |base| quote_spanned!(span=> #base[#index]));
    }
    code
}

fn referenced(code: Code, refs: u8, span: Span) -> Code {
    if refs == 0 {
        return code;
    }
    let kind = code.kind.clone();
    let mut tokens = code.tokens.clone();
    for _ in 0..refs {
        tokens = quote_spanned!(span=> &#tokens);
    }
    code.wrap(kind, |_| quote_spanned!(span=> (#tokens)))
}

/// `?` would leave the differentiated function instead of the inlined one.
pub(super) const INNER_QUESTION: &str = "`?` inside a closure or nested function is not understood; use `match`, or mark the function `#[differentiable]` outside";

/// Rewrites an expression in place, collecting the arguments of its holes.
struct Substitution<'l, 'd> {
    cx: &'l mut Lower<'d>,
    code: Code,
    /// Names that the expression itself binds.
    locals: Vec<String>,
    closures: usize,
    failed: bool,
    /// Whether the arguments of the macro that was visited last are pure.
    args_are_pure: bool,
}

impl<'l, 'd> Substitution<'l, 'd> {
    fn new(cx: &'l mut Lower<'d>) -> Substitution<'l, 'd> {
        Substitution {
            cx,
            code: blank(Kind::Opaque),
            locals: Vec::new(),
            closures: 0,
            failed: false,
            args_are_pure: true,
        }
    }

    fn finish(mut self, tokens: TokenStream) -> Option<Code> {
        self.code.tokens = tokens;
        (!self.failed).then_some(self.code)
    }

    fn fail(&mut self, node: &impl ToTokens, message: &str) {
        self.failed = true;
        self.cx.error(node, message);
    }

    fn scoped(&mut self, visit: impl FnOnce(&mut Self)) {
        let depth = self.locals.len();
        visit(self);
        self.locals.truncate(depth);
    }

    fn bind(&mut self, pat: &Pat) {
        self.locals.extend(names::bound(pat).iter().map(ToString::to_string));
    }

    /// The binding of a free name in the surrounding function.
    fn free(&self, expr: &Expr) -> Option<Value> {
        let name = names::ident_of(expr)?.to_string();
        if self.locals.contains(&name) {
            return None;
        }
        self.cx.scopes.get(&name).cloned()
    }

    /// A field of a struct that the surrounding function takes apart.
    fn field(&mut self, expr: &Expr) -> Option<Value> {
        let Expr::Field(field) = expr else { return None };
        let base = names::bare(&field.base);
        let whole = match self.free(base) {
            Some(value) => value,
            None => self.field(base)?,
        };
        match whole {
            Value::Struct(names, fields) => match *fields {
                Value::Tuple(fields) => self.cx.field_of(&names, &fields, &field.member),
                _ => None,
            },
            _ => None,
        }
    }

    /// `v[i].time`, where `v` is kept as an array for each field: the array and the index.
    fn field_of_element(&self, expr: &Expr) -> Option<(Value, Expr)> {
        let Expr::Field(field) = names::bare(expr) else { return None };
        let (of, index) = match names::bare(&field.base) {
            Expr::Index(index) => (self.free(&index.expr)?, (*index.index).clone()),
            base => self.field_of_element(base)?,
        };
        let Value::Table(table) = of else { return None };
        Some((table.column(&field.member)?.clone(), index))
    }

    fn replacement(&mut self, value: &Value, node: &impl ToTokens) -> TokenStream {
        let span = node.to_token_stream().span();
        match self.cx.code_of(value, span) {
            Some(code) => self.code.absorb(&code),
            None if matches!(value, Value::Poison | Value::Never) => {
                self.failed = true;
                TokenStream::new()
            }
            None if matches!(value, Value::Error(_)) => {
                self.fail(node, PASSES_OUT);
                TokenStream::new()
            }
            None => {
                let message = format!(
                    "{} cannot stand in an expression that is not understood; compute it before",
                    value.what()
                );
                self.fail(node, &message);
                TokenStream::new()
            }
        }
    }

    /// `expr` is assigned to, or borrowed mutably.
    fn changed(&mut self, expr: &Expr) {
        self.code.pure = false;
        let root = names::root_of(expr);
        match root.and_then(|root| self.free(&root)) {
            Some(Value::Num(num)) if num.atom.var().is_some_and(|var| self.cx.source.changing.contains(&var)) => {}
            Some(_) => self.fail(expr, "this changes a variable inside an expression that is not understood; do it in a statement of its own"),
            None => {}
        }
    }

    fn condition_and(&mut self, cond: &mut Expr, then: &mut syn::Block) {
        self.scoped(|this| {
            this.visit_expr_mut(cond);
            this.visit_block_mut(then);
        });
    }

    /// Why `expr` cannot stand in text that passes through, if it leaves that text.
    fn leaves(&self, expr: &Expr) -> Option<&'static str> {
        let inside = self.closures == 0;
        match expr {
            Expr::Try(_) if inside && !matches!(self.cx.exit, Exit::Function) => Some(INNER_QUESTION),
            Expr::Return(_) | Expr::Await(_) | Expr::Yield(_) | Expr::Break(_) | Expr::Continue(_)
                if inside =>
            {
                Some("this leaves an expression that is not understood; put it in a statement of its own")
            }
            _ => None,
        }
    }

    fn format_captures(&mut self, args: &[Expr]) -> TokenStream {
        let mut extra = TokenStream::new();
        for name in format::captures(args) {
            let path: Expr = syn::parse_quote!(#name);
            if let Some(value) = self.free(&path) {
                let tokens = self.replacement(&value, &name);
                extra.extend(quote!(, #name = #tokens));
            }
        }
        extra
    }
}

impl VisitMut for Substitution<'_, '_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Some(value) = self.free(expr) {
            let tokens = self.replacement(&value, expr);
            *expr = Expr::Verbatim(tokens);
            return;
        }
        if let Some(why) = self.leaves(expr) {
            return self.fail(expr, why);
        }
        if let Some(value) = self.field(expr) {
            let tokens = self.replacement(&value, expr);
            *expr = Expr::Verbatim(tokens);
            return;
        }
        if let Some((column @ Value::Array(_), mut index)) = self.field_of_element(expr) {
            let tokens = self.replacement(&column, expr);
            self.visit_expr_mut(&mut index);
            *expr = Expr::Verbatim(quote!(#tokens[#index]));
            return;
        }
        visit_mut::visit_expr_mut(self, expr);
    }

    fn visit_expr_assign_mut(&mut self, assign: &mut syn::ExprAssign) {
        self.changed(&assign.left.clone());
        visit_mut::visit_expr_assign_mut(self, assign);
    }

    fn visit_expr_binary_mut(&mut self, binary: &mut syn::ExprBinary) {
        if names::is_compound(&binary.op) {
            self.changed(&binary.left.clone());
        }
        visit_mut::visit_expr_binary_mut(self, binary);
    }

    fn visit_expr_reference_mut(&mut self, reference: &mut syn::ExprReference) {
        if reference.mutability.is_some() {
            self.changed(&reference.expr.clone());
        }
        visit_mut::visit_expr_reference_mut(self, reference);
    }

    fn visit_expr_call_mut(&mut self, call: &mut syn::ExprCall) {
        self.code.pure &= table::is_pure_call(call) || self.cx.is_scalar_call(call);
        visit_mut::visit_expr_call_mut(self, call);
    }

    fn visit_expr_method_call_mut(&mut self, call: &mut syn::ExprMethodCall) {
        self.code.pure &= self.cx.repeats(call);
        visit_mut::visit_expr_method_call_mut(self, call);
    }

    fn visit_expr_try_mut(&mut self, node: &mut syn::ExprTry) {
        self.code.pure = false;
        visit_mut::visit_expr_try_mut(self, node);
    }

    fn visit_expr_struct_mut(&mut self, node: &mut syn::ExprStruct) {
        for field in &mut node.fields {
            field.colon_token.get_or_insert_with(Default::default);
        }
        visit_mut::visit_expr_struct_mut(self, node);
    }

    fn visit_expr_closure_mut(&mut self, closure: &mut syn::ExprClosure) {
        self.closures += 1;
        self.scoped(|this| {
            closure.inputs.iter().for_each(|pat| this.bind(pat));
            this.visit_expr_mut(&mut closure.body);
        });
        self.closures -= 1;
    }

    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        self.scoped(|this| block.stmts.iter_mut().for_each(|stmt| this.visit_stmt_mut(stmt)));
    }

    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        visit_mut::visit_stmt_mut(self, stmt);
        if let Stmt::Local(local) = stmt {
            self.bind(&local.pat);
        }
    }

    fn visit_expr_let_mut(&mut self, node: &mut syn::ExprLet) {
        self.visit_expr_mut(&mut node.expr);
        self.bind(&node.pat);
    }

    fn visit_expr_if_mut(&mut self, node: &mut syn::ExprIf) {
        self.condition_and(&mut node.cond, &mut node.then_branch);
        if let Some((_, otherwise)) = &mut node.else_branch {
            self.visit_expr_mut(otherwise);
        }
    }

    fn visit_expr_while_mut(&mut self, node: &mut syn::ExprWhile) {
        self.condition_and(&mut node.cond, &mut node.body);
    }

    fn visit_expr_for_loop_mut(&mut self, node: &mut syn::ExprForLoop) {
        self.visit_expr_mut(&mut node.expr);
        self.scoped(|this| {
            this.bind(&node.pat);
            this.visit_block_mut(&mut node.body);
        });
    }

    fn visit_arm_mut(&mut self, arm: &mut syn::Arm) {
        self.scoped(|this| {
            this.bind(&arm.pat);
            if let Pat::Guard(guard) = &mut arm.pat {
                this.visit_expr_mut(&mut guard.guard);
            }
            this.visit_expr_mut(&mut arm.body);
        });
    }

    fn visit_pat_mut(&mut self, _: &mut Pat) {}

    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
        let name = names::macro_name(mac);
        let before = self.code.pure;
        self.macro_args(mac, &name);
        self.args_are_pure = self.code.pure;
        self.code.pure &= before && table::is_pure_macro(&name);
    }
}

impl Substitution<'_, '_> {
    fn macro_args(&mut self, mac: &mut syn::Macro, name: &str) {
        if name == "vec"
            && let Some((mut value, mut len)) = format::repeat(mac)
        {
            self.visit_expr_mut(&mut value);
            self.visit_expr_mut(&mut len);
            mac.tokens = quote!(#value; #len);
            return;
        }
        if name == "matches"
            && let Some((mut value, mut pattern)) = format::matches(mac)
        {
            self.visit_expr_mut(&mut value);
            self.scoped(|this| {
                this.bind(&pattern);
                if let Pat::Guard(guard) = &mut pattern {
                    this.visit_expr_mut(&mut guard.guard);
                }
            });
            mac.tokens = quote!(#value, #pattern);
            return;
        }
        let Some(mut args) = format::arguments(mac) else {
            return self.fail(
                &mac.path,
                "the arguments of this macro are not understood; call it on values bound before",
            );
        };
        let captures =
            if table::is_format_macro(name) { self.format_captures(&args) } else { TokenStream::new() };
        for arg in &mut args {
            // A named argument, `name = value`, is no assignment.
            if let Expr::Assign(named) = arg {
                self.visit_expr_mut(&mut named.right);
            } else {
                self.visit_expr_mut(arg);
            }
        }
        mac.tokens = quote!(#(#args),* #captures);
    }
}

/// A hole for each of `atoms`, for hand-made fragments.
pub(super) fn holes(atoms: &[(Atom, Kind)], span: Span) -> (Code, Vec<syn::Ident>) {
    let mut code = blank(Kind::Opaque);
    let mut idents = Vec::new();
    for (index, (atom, _)) in atoms.iter().enumerate() {
        code.args.push(atom.clone());
        idents.push(Source::hole(index, span));
    }
    (code, idents)
}
