//! Small questions about syntax.

use proc_macro2::{Literal, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, Ident, Pat};

use super::table;

/// The identifier that `expr` is.
pub(super) fn ident_of(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(path) if path.qself.is_none() => path.path.get_ident(),
        Expr::Paren(inner) => ident_of(&inner.expr),
        Expr::Group(inner) => ident_of(&inner.expr),
        _ => None,
    }
}

/// The variable that a place expression is a part of.
pub(super) fn root_of(expr: &Expr) -> Option<Expr> {
    match expr {
        Expr::Path(_) => Some(expr.clone()),
        Expr::Field(field) => root_of(&field.base),
        Expr::Index(index) => root_of(&index.expr),
        Expr::Paren(inner) => root_of(&inner.expr),
        Expr::Group(inner) => root_of(&inner.expr),
        Expr::Unary(unary) => root_of(&unary.expr),
        Expr::MethodCall(call) => root_of(&call.receiver),
        _ => None,
    }
}

/// Whether the place `expr` is an element, or a part of one.
pub(super) fn has_index(expr: &Expr) -> bool {
    match expr {
        Expr::Index(_) => true,
        Expr::Field(field) => has_index(&field.base),
        Expr::Paren(inner) => has_index(&inner.expr),
        Expr::Group(inner) => has_index(&inner.expr),
        Expr::Unary(unary) => has_index(&unary.expr),
        _ => false,
    }
}

/// `expr` without parentheses and invisible groups around it.
pub(super) fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(inner) => bare(&inner.expr),
        Expr::Group(inner) => bare(&inner.expr),
        other => other,
    }
}

/// The name of a macro as it is written, or of one of the standard library by its path.
pub(super) fn macro_name(mac: &syn::Macro) -> String {
    let segments: Vec<String> = mac.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    match segments.as_slice() {
        [root, name] if ["std", "core", "alloc"].contains(&root.as_str()) => name.clone(),
        _ => segments.join("::"),
    }
}

pub(super) fn is_compound(op: &BinOp) -> bool {
    matches!(
        op,
        BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_)
    )
}

/// The names that a pattern binds, as far as syntax tells: a capitalized identifier is taken for a constant.
pub(super) fn bound(pat: &Pat) -> Vec<Ident> {
    struct Idents(Vec<Ident>);
    impl<'ast> Visit<'ast> for Idents {
        fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
            if !is_constant(pat) && !self.0.contains(&pat.ident) {
                self.0.push(pat.ident.clone());
            }
            visit::visit_pat_ident(self, pat);
        }

        fn visit_expr(&mut self, _: &'ast Expr) {}
    }
    let mut idents = Idents(Vec::new());
    idents.visit_pat(pat);
    idents.0
}

/// Whether `pat` binds a name by value.
pub(super) fn moves(pat: &Pat) -> bool {
    struct ByValue(bool);
    impl<'ast> Visit<'ast> for ByValue {
        fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
            self.0 |= !is_constant(pat) && pat.by_ref.is_none();
            visit::visit_pat_ident(self, pat);
        }

        fn visit_expr(&mut self, _: &'ast Expr) {}
    }
    let mut by_value = ByValue(false);
    by_value.visit_pat(pat);
    by_value.0
}

/// Methods that give an iterator whatever they are called on.
const MAKERS: [&str; 16] = [
    "iter",
    "into_iter",
    "iter_mut",
    "chars",
    "bytes",
    "keys",
    "values",
    "lines",
    "windows",
    "chunks",
    "chunks_exact",
    "rchunks",
    "rchunks_exact",
    "enumerate",
    "split_whitespace",
    "drain",
];

/// Whether the outermost call of `expr` is an adaptor, by its name and by what it is called on.
pub(super) fn is_iterator(expr: &Expr) -> bool {
    let Expr::MethodCall(call) = bare(expr) else {
        return false;
    };
    let name = call.method.to_string();
    let adaptor = super::method::is_adaptor(&name) || name == "copied" || name == "cloned";
    adaptor && (matches!(bare(&call.receiver), Expr::Range(_)) || is_iterator_source(&call.receiver))
}

/// Whether `receiver` is an iterator, by its outermost call.
pub(super) fn is_iterator_source(receiver: &Expr) -> bool {
    match bare(receiver) {
        Expr::Range(_) => true,
        Expr::MethodCall(call) => MAKERS.contains(&call.method.to_string().as_str()) || is_iterator(receiver),
        Expr::Call(call) => match bare(&call.func) {
            Expr::Path(path) => path.path.segments.iter().any(|segment| segment.ident == "iter"),
            _ => false,
        },
        _ => false,
    }
}

/// The names that patterns inside an expression bind.
pub(super) fn bound_in(expr: &Expr) -> Vec<Ident> {
    struct Pats(Vec<Ident>);
    impl<'ast> Visit<'ast> for Pats {
        fn visit_pat(&mut self, pat: &'ast Pat) {
            self.0.extend(bound(pat));
        }
    }
    let mut pats = Pats(Vec::new());
    pats.visit_expr(expr);
    pats.0
}

/// Whether an expression neither assigns, nor leaves, nor calls a macro other than `format!` and `vec!`.
pub(super) fn is_plain(expr: &Expr) -> bool {
    struct Finder(bool);
    impl<'ast> Visit<'ast> for Finder {
        fn visit_expr(&mut self, expr: &'ast Expr) {
            self.0 &= match expr {
                Expr::Macro(node) if node.mac.path.is_ident("format") => {
                    super::format::arguments(&node.mac).is_some_and(|args| args.iter().all(is_plain))
                }
                Expr::Macro(node) if node.mac.path.is_ident("vec") => {
                    match super::format::repeat(&node.mac) {
                        Some((value, len)) => is_plain(&value) && is_plain(&len),
                        None => {
                            super::format::arguments(&node.mac).is_some_and(|args| args.iter().all(is_plain))
                        }
                    }
                }
                Expr::Assign(_)
                | Expr::Macro(_)
                | Expr::Return(_)
                | Expr::Break(_)
                | Expr::Continue(_)
                | Expr::Try(_) => false,
                Expr::Binary(binary) => !is_compound(&binary.op),
                Expr::Reference(reference) => reference.mutability.is_none(),
                _ => true,
            };
            visit::visit_expr(self, expr);
        }
    }
    let mut finder = Finder(true);
    finder.visit_expr(expr);
    finder.0
}

/// The names that `expr` takes from around it. A name in a macro counts, whatever the macro binds.
pub(super) fn free(expr: &Expr) -> Vec<Ident> {
    struct Finder {
        bound: Vec<Ident>,
        free: Vec<Ident>,
    }
    impl Finder {
        fn add(&mut self, ident: &Ident) {
            if !self.bound.contains(ident) && !self.free.contains(ident) {
                self.free.push(ident.clone());
            }
        }

        fn scoped(&mut self, visit: impl FnOnce(&mut Self)) {
            let depth = self.bound.len();
            visit(self);
            self.bound.truncate(depth);
        }
    }
    impl<'ast> Visit<'ast> for Finder {
        fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
            if let Some(ident) = path.path.get_ident() {
                self.add(ident);
            }
        }

        fn visit_macro(&mut self, mac: &'ast syn::Macro) {
            plain_words(&mac.tokens).iter().for_each(|word| self.add(word));
        }

        fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
            self.scoped(|this| {
                closure.inputs.iter().for_each(|pat| this.visit_pat(pat));
                this.visit_expr(&closure.body);
            });
        }

        fn visit_expr_if(&mut self, node: &'ast syn::ExprIf) {
            self.scoped(|this| {
                this.visit_expr(&node.cond);
                this.visit_block(&node.then_branch);
            });
            if let Some((_, otherwise)) = &node.else_branch {
                self.visit_expr(otherwise);
            }
        }

        fn visit_expr_while(&mut self, node: &'ast syn::ExprWhile) {
            self.scoped(|this| visit::visit_expr_while(this, node));
        }

        fn visit_expr_for_loop(&mut self, node: &'ast syn::ExprForLoop) {
            self.visit_expr(&node.expr);
            self.scoped(|this| {
                this.visit_pat(&node.pat);
                this.visit_block(&node.body);
            });
        }

        fn visit_arm(&mut self, arm: &'ast syn::Arm) {
            self.scoped(|this| visit::visit_arm(this, arm));
        }

        fn visit_block(&mut self, block: &'ast syn::Block) {
            self.scoped(|this| visit::visit_block(this, block));
        }

        fn visit_expr_let(&mut self, node: &'ast syn::ExprLet) {
            self.visit_expr(&node.expr);
            self.visit_pat(&node.pat);
        }

        fn visit_local(&mut self, local: &'ast syn::Local) {
            if let Some(init) = &local.init {
                visit::visit_local_init(self, init);
            }
            self.visit_pat(&local.pat);
        }

        fn visit_pat(&mut self, pat: &'ast Pat) {
            self.bound.extend(bound(pat));
            visit::visit_pat(self, pat);
        }

        fn visit_item(&mut self, _: &'ast syn::Item) {}
    }
    let mut finder = Finder { bound: Vec::new(), free: Vec::new() };
    finder.visit_expr(expr);
    finder.free
}

/// The plain identifiers in an expression, those in its macros among them, each once.
pub(super) fn mentioned(expr: &Expr) -> Vec<Ident> {
    struct Idents(Vec<Ident>);
    impl Idents {
        fn add(&mut self, ident: Ident) {
            if !self.0.contains(&ident) {
                self.0.push(ident);
            }
        }
    }
    impl<'ast> Visit<'ast> for Idents {
        fn visit_expr(&mut self, expr: &'ast Expr) {
            if let Expr::Path(path) = expr
                && let Some(ident) = path.path.get_ident()
            {
                self.add(ident.clone());
            }
            visit::visit_expr(self, expr);
        }

        fn visit_macro(&mut self, mac: &'ast syn::Macro) {
            plain_words(&mac.tokens).into_iter().for_each(|word| self.add(word));
        }
    }
    let mut idents = Idents(Vec::new());
    idents.visit_expr(expr);
    idents.0
}

/// The words in `tokens` but for fields, methods and the ends of paths, and those that `"{name}"` captures.
pub(crate) fn plain_words(tokens: &TokenStream) -> Vec<Ident> {
    let (mut words, mut before) = (Vec::new(), [' ', ' ']);
    for tree in tokens.clone() {
        let last = match &tree {
            TokenTree::Punct(punct) => punct.as_char(),
            TokenTree::Ident(_) | TokenTree::Group(_) | TokenTree::Literal(_) => ' ',
        };
        match tree {
            TokenTree::Ident(ident) if !matches!(before, [':', ':'] | [' ', '.']) => words.push(ident),
            TokenTree::Group(group) => words.extend(plain_words(&group.stream())),
            TokenTree::Literal(literal) => words.extend(captured(&literal)),
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
        before = [before[1], last];
    }
    words
}

/// The names behind the braces of a text.
fn captured(literal: &Literal) -> Vec<Ident> {
    let name = |text: &str| {
        let end = text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let name = &text[..end.unwrap_or(text.len())];
        name.starts_with(|first: char| !first.is_ascii_digit()).then(|| Ident::new(name, literal.span()))
    };
    literal.to_string().split('{').skip(1).filter_map(name).collect()
}

/// An identifier pattern that by its spelling is a constant or a unit variant.
pub(super) fn is_constant(pat: &syn::PatIdent) -> bool {
    let plain = pat.by_ref.is_none() && pat.mutability.is_none() && pat.subpat.is_none();
    plain && pat.ident.to_string().starts_with(char::is_uppercase)
}

/// Whether evaluating `expr` may assign a variable of the surrounding function.
pub(super) fn may_assign(expr: &Expr) -> bool {
    struct Finder(bool);
    impl<'ast> Visit<'ast> for Finder {
        fn visit_expr(&mut self, expr: &'ast Expr) {
            let here = match expr {
                Expr::Assign(_) | Expr::Call(_) | Expr::Macro(_) | Expr::Block(_) | Expr::Closure(_) => true,
                Expr::MethodCall(call) => {
                    let calls = |arg: &Expr| matches!(bare(arg), Expr::Closure(_) | Expr::Path(_));
                    !table::is_pure_method(call) || call.args.iter().any(calls)
                }
                Expr::Binary(binary) => is_compound(&binary.op),
                Expr::Reference(reference) => reference.mutability.is_some(),
                _ => false,
            };
            self.0 |= here;
            visit::visit_expr(self, expr);
        }
    }
    let mut finder = Finder(false);
    finder.visit_expr(expr);
    finder.0
}

/// What a closure changes that is not its own.
#[derive(Default)]
pub(super) struct Changes {
    /// Variables of the surrounding function.
    pub(super) outside: Vec<Ident>,
    /// What it calls by a plain name may do so too.
    pub(super) called: Vec<Ident>,
}

pub(super) fn changes(body: &Expr, params: impl Iterator<Item = Ident>) -> Changes {
    struct Finder {
        own: Vec<Ident>,
        found: Changes,
    }
    impl Finder {
        fn changed(&mut self, place: &Expr) {
            let root = root_of(place);
            let outside = root.as_ref().and_then(ident_of).filter(|root| !self.own.contains(root));
            self.found.outside.extend(outside.cloned());
        }
    }
    impl<'ast> Visit<'ast> for Finder {
        fn visit_expr_assign(&mut self, assign: &'ast syn::ExprAssign) {
            self.changed(&assign.left);
            visit::visit_expr_assign(self, assign);
        }

        fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
            if is_compound(&binary.op) {
                self.changed(&binary.left);
            }
            visit::visit_expr_binary(self, binary);
        }

        fn visit_expr_reference(&mut self, reference: &'ast syn::ExprReference) {
            if reference.mutability.is_some() {
                self.changed(&reference.expr);
            }
            visit::visit_expr_reference(self, reference);
        }

        fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
            if !table::is_pure_method(call) && !table::takes_whole(call) {
                self.changed(&call.receiver);
            }
            visit::visit_expr_method_call(self, call);
        }

        fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
            self.found.called.extend(ident_of(&call.func).cloned());
            visit::visit_expr_call(self, call);
        }
    }
    let mut own: Vec<Ident> = params.collect();
    // A name that the body binds somewhere may also stand there for a variable from around it.
    let free = free(body);
    own.extend(bound_in(body).into_iter().filter(|name| !free.contains(name)));
    let mut finder = Finder { own, found: Changes::default() };
    finder.visit_expr(body);
    finder.found
}

/// What a body does that leaves it.
#[derive(Default)]
pub(super) struct Exits {
    pub(super) returns: bool,
    pub(super) breaks: bool,
}

/// Looks for `return`, `break` and `?` outside of closures in it.
pub(super) fn exits(expr: &Expr) -> Exits {
    struct Finder(Exits);
    impl<'ast> Visit<'ast> for Finder {
        fn visit_expr(&mut self, expr: &'ast Expr) {
            self.0.returns |= matches!(expr, Expr::Return(_) | Expr::Try(_));
            self.0.breaks |= matches!(expr, Expr::Break(_) | Expr::Continue(_));
            if !matches!(expr, Expr::Closure(_)) {
                visit::visit_expr(self, expr);
            }
        }

        fn visit_item(&mut self, _: &'ast syn::Item) {}
    }
    let mut finder = Finder(Exits::default());
    finder.visit_expr(expr);
    finder.0
}

/// Whether the body of a loop may leave it before its end.
pub(super) fn leaves_its_loop(body: &syn::Block) -> bool {
    struct Finder {
        inner: usize,
        found: bool,
    }
    impl<'ast> Visit<'ast> for Finder {
        fn visit_expr(&mut self, expr: &'ast Expr) {
            match expr {
                Expr::Closure(_) => {}
                Expr::Loop(_) | Expr::While(_) | Expr::ForLoop(_) => {
                    self.inner += 1;
                    visit::visit_expr(self, expr);
                    self.inner -= 1;
                }
                Expr::Return(_) | Expr::Try(_) => self.found = true,
                Expr::Break(exit) => self.found |= exit.label.is_some() || self.inner == 0,
                Expr::Continue(exit) => self.found |= exit.label.is_some(),
                other => visit::visit_expr(self, other),
            }
        }

        fn visit_item(&mut self, _: &'ast syn::Item) {}
    }
    let mut finder = Finder { inner: 0, found: false };
    finder.visit_block(body);
    finder.found
}

/// Whether `expr` goes over what is in memory, so that there is an end: `&data.rows`, `data.values().rev()`.
pub(super) fn is_in_memory(expr: &Expr) -> bool {
    match bare(expr) {
        Expr::Reference(reference) => reference.mutability.is_none(),
        Expr::MethodCall(call) => {
            call.method != "into_iter"
                && MAKERS.contains(&call.method.to_string().as_str())
                && call.method != "enumerate"
                || call.method != "cycle" && is_in_memory(&call.receiver)
        }
        _ => false,
    }
}

/// Whether evaluating `expr` may do more than give a value: it calls what is not known by its name.
pub(super) fn may_act(expr: &Expr) -> bool {
    struct Calls(bool);
    impl<'ast> Visit<'ast> for Calls {
        fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
            self.0 |= match bare(&call.func) {
                Expr::Path(path) => may_act_by(path),
                _ => true,
            };
            visit::visit_expr_call(self, call);
        }

        fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
            let name = call.method.to_string();
            self.0 |= !table::is_pure_method(call) && !table::applies_a_closure(&name);
            visit::visit_expr_method_call(self, call);
        }

        fn visit_macro(&mut self, mac: &'ast syn::Macro) {
            self.0 |= macro_name(mac) != "vec";
        }
    }
    let mut calls = Calls(false);
    calls.visit_expr(expr);
    calls.0
}

/// The same of a call of the function at `path`.
pub(super) fn may_act_by(path: &syn::ExprPath) -> bool {
    let call: Expr = syn::parse_quote!(#path());
    !matches!(&call, Expr::Call(call) if table::is_pure_call(call))
}
