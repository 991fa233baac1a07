//! Closures and nested functions: inlined where they are called.

use std::rc::Rc;

use proc_macro2::Span;
use syn::{Expr, ExprClosure, Pat, ReturnType};

use super::call::tail_of;
use super::destructors;
use super::lower::{Exit, Lower};
use super::names;
use super::records::Generics;
use super::rule::untyped;
use super::scope::Scopes;
use super::source::Shape;
use super::types::{self, Ty};
use super::value::{Closure, Code, Function, Value};

/// How many calls may be inlined into one another.
const MAX_INLINED: usize = 24;

impl Lower<'_> {
    pub(super) fn closure(&mut self, closure: &ExprClosure) -> Value {
        if let Some(token) = &closure.asyncness {
            return self.error(token, "an `async` closure cannot be differentiated; write a plain one");
        }
        let mut scopes = self.scopes.clone();
        if closure.capture.is_some() {
            self.capture_by_value(&closure.body, &mut scopes);
        }
        let closure = Closure {
            traits: Vec::new(),
            name: None,
            params: closure.inputs.iter().cloned().collect(),
            body: (*closure.body).clone(),
            output: closure.output.clone(),
            scopes,
            generics: Generics::default(),
        };
        Value::Func(Function::Closure(Rc::new(closure)))
    }

    /// A `move` closure has its own copies of what it names and what may change.
    fn capture_by_value(&mut self, body: &Expr, scopes: &mut Scopes) {
        for name in names::mentioned(body) {
            let own = match scopes.get(&name.to_string()).cloned() {
                Some(Value::Num(num)) => num.atom.var().is_some_and(|var| self.assigned.contains(&var)),
                Some(Value::Array(view)) => view.refs == 0 && self.may_change(view.slice.base),
                Some(Value::Table(_) | Value::Tuple(_) | Value::Struct(..) | Value::Option(_)) => true,
                Some(
                    Value::Code(_)
                    | Value::Ref(..)
                    | Value::Func(_)
                    | Value::Iter(_)
                    | Value::Range(_)
                    | Value::Late(_)
                    | Value::Unit
                    | Value::Never
                    | Value::Error(_)
                    | Value::Poison,
                )
                | None => false,
            };
            let Some(value) = scopes.get(&name.to_string()).cloned() else { continue };
            let mark = self.func.vars.len();
            let value = self.freeze_value(value, name.span());
            let value = if own { self.settle(&name, value, true, mark) } else { value };
            scopes.rebind(&name.to_string(), value);
        }
    }

    /// An argument that is called: a closure, a name bound to one, a nested function or a path.
    pub(super) fn function(&mut self, expr: &Expr) -> Option<Function> {
        match names::bare(expr) {
            Expr::Closure(closure) => match self.closure(closure) {
                Value::Func(function) => Some(function),
                _ => None,
            },
            Expr::Reference(reference) => self.function(&reference.expr),
            Expr::Path(path) => {
                if let Some(name) = path.path.get_ident() {
                    let name = name.to_string();
                    match self.scopes.get(&name).cloned() {
                        Some(Value::Func(function)) => return Some(function),
                        Some(Value::Poison) => return None,
                        Some(other) => {
                            self.error(
                                path,
                                format!(
                                    "`{name}` is {}, where a function is needed; write a closure",
                                    other.what()
                                ),
                            );
                            return None;
                        }
                        None => {}
                    }
                    if let Some(function) = self.functions.get(&name) {
                        return Some(Function::Closure(Rc::clone(function)));
                    }
                }
                Some(Function::Path(Rc::new(path.clone())))
            }
            other => {
                self.error(other, "this function is not known to the macro; write a closure here");
                None
            }
        }
    }

    /// Calls `function` with values.
    pub(super) fn apply(&mut self, function: &Function, args: Vec<Value>, span: Span) -> Value {
        if !self.reachable() {
            return Value::Never;
        }
        match function {
            Function::Closure(closure) => self.inline(&Rc::clone(closure), args, span),
            Function::Path(path) => self.call_path_with(path, args, span),
            Function::Choice(choice) => self.apply_chosen(&Rc::clone(choice), 0, args, span),
        }
    }

    pub(super) fn inline(&mut self, closure: &Rc<Closure>, args: Vec<Value>, span: Span) -> Value {
        let told = closure.params.iter().zip(&args);
        match self.with_generics(closure, told, span) {
            Some(closure) => self.inline_with(&closure, None, args, span),
            None => Value::Poison,
        }
    }

    /// A function with a `self`, or without.
    pub(super) fn inline_with(
        &mut self,
        closure: &Closure,
        receiver: Option<Value>,
        args: Vec<Value>,
        span: Span,
    ) -> Value {
        let inlined = std::ptr::from_ref(closure);
        // The function that it was given may call it as well.
        let is_given_another = args.iter().any(|arg| matches!(arg, Value::Func(_)));
        if let Some(name) = &closure.name
            && self.inlining.contains(&inlined)
            && (!is_given_another || names::mentioned(&closure.body).contains(name))
        {
            self.diag.error_at(
                span,
                format!("`{name}` calls itself and is not inlined; move a nested function out of this one and mark it `#[differentiable]`, and pass in what a method is called on"),
            );
            return Value::Poison;
        }
        if self.inlining.len() >= MAX_INLINED {
            self.diag.error_at(
                span,
                "calls of closures are nested too deeply here; write a function marked `#[differentiable]`",
            );
            return Value::Poison;
        }
        if args.len() != closure.params.len() {
            let n = closure.params.len();
            let message = format!("this takes {n} argument{}; give as many", if n == 1 { "" } else { "s" });
            self.diag.error_at(span, message);
            return Value::Poison;
        }
        if !closure.traits.iter().zip(&args).all(|(traits, arg)| self.check_traits(arg, traits, span)) {
            return Value::Poison;
        }
        let message =
            closure.name.as_ref().and_then(|_| destructors::of_inlined(&closure.body, &self.neighbours));
        if let Some(message) = message {
            self.diag.error_at(span, message);
            return Value::Poison;
        }
        self.inlining.push(inlined);
        let scopes = std::mem::replace(&mut self.scopes, closure.scopes.clone());
        let loops = std::mem::take(&mut self.loops);
        self.scopes.enter();
        if let Some(receiver) = receiver {
            self.scopes.bind("self", receiver);
        }
        let mark = self.func.vars.len();
        for (pat, arg) in closure.params.iter().zip(args) {
            self.bind_argument(pat, arg, mark);
        }
        let value = self.inlined_body(closure);
        self.scopes.leave();
        self.loops = loops;
        self.scopes = scopes;
        self.inlining.pop();
        value
    }

    /// An argument that cannot change needs no variable of its own.
    fn bind_argument(&mut self, pat: &Pat, arg: Value, mark: usize) {
        let arg = match pat {
            Pat::Type(typed) => self.typed_integer(arg, &typed.ty),
            _ => arg,
        };
        let arg = match (pat, arg) {
            (Pat::Type(typed), Value::Code(code)) => self.function_item(code, &typed.ty),
            (_, arg) => arg,
        };
        let name = match (pat, &arg) {
            (Pat::Type(typed), Value::Num(num))
                if types::read(&typed.ty, &self.source.signature.scalar).shape.kind() == num.kind =>
            {
                &*typed.pat
            }
            _ => pat,
        };
        if let (Pat::Ident(ident), Value::Num(num)) = (name, &arg)
            && ident.mutability.is_none()
            && ident.subpat.is_none()
            && let Some(var) = num.atom.var()
            && !self.assigned.contains(&var)
            && self.func.var(var).named
        {
            self.bind(&ident.ident, arg);
            return;
        }
        self.bind_pat(pat, arg, mark);
    }

    /// A function that is named where a function is taken: `f64::exp`, `&square`.
    fn function_item(&self, code: Code, ty: &syn::Type) -> Value {
        let shape = types::read(ty, &self.source.signature.scalar).shape;
        let named: Option<Expr> = match shape {
            Shape::Opaque(_) if code.args.is_empty() => syn::parse2(code.tokens.clone()).ok(),
            _ => None,
        };
        let mut named = named.as_ref().map(names::bare);
        while let Some(Expr::Reference(reference)) = named {
            named = Some(names::bare(&reference.expr));
        }
        match named {
            Some(Expr::Path(path)) if tail_of(path).1.starts_with(char::is_lowercase) => {
                Value::Func(Function::Path(Rc::new(path.clone())))
            }
            _ => Value::Code(code),
        }
    }

    fn inlined_body(&mut self, closure: &Closure) -> Value {
        let expected = self.expected.take();
        let hint = match &closure.output {
            ReturnType::Type(_, ty) => Some(types::read(ty, &self.source.signature.scalar)),
            ReturnType::Default => None,
        };
        let failure = match &closure.output {
            ReturnType::Type(_, ty) => types::error_of(ty),
            ReturnType::Default => None,
        };
        let failure = std::mem::replace(&mut self.failure, failure);
        let annotated = hint.as_ref();
        let hint: Option<&Ty> = annotated.or(expected.as_ref());
        let value = if names::exits(&closure.body).returns {
            let exit = Some(Exit::Nowhere);
            self.run_once(None, exit, &closure.body, |cx| cx.expr(&closure.body, hint))
        } else {
            let outer = std::mem::replace(&mut self.exit, Exit::Nowhere);
            let value = self.expr(&closure.body, hint);
            self.exit = outer;
            value
        };
        self.failure = failure;
        match (annotated, &closure.output) {
            (Some(read), ReturnType::Type(_, ty)) => {
                let value = self.typed_integer(value, ty);
                self.coerce(value, read, &closure.body)
            }
            (None, _) | (_, ReturnType::Default) => value,
        }
    }

    /// Whether a closure calls another one, or a nested function, so that its body is no code of rustc's.
    pub(super) fn calls_inlined(&self, function: &Function) -> bool {
        let closure = match function {
            Function::Closure(closure) => closure,
            Function::Path(_) => return false,
            Function::Choice(_) => return true,
        };
        names::mentioned(&closure.body).iter().any(|name| {
            let name = name.to_string();
            self.functions.contains_key(&name) || matches!(closure.scopes.get(&name), Some(Value::Func(_)))
        })
    }

    /// A call of `function` as the user wrote it, for a result that is constant almost everywhere, such as an order.
    pub(super) fn apply_as_code(&mut self, function: &Function, args: &[Value], span: Span) -> Option<Code> {
        let names: Vec<syn::Ident> =
            (0..args.len()).map(|index| syn::Ident::new(&format!("__hvp_argument_{index}"), span)).collect();
        let (scopes, call): (Scopes, Expr) = match function {
            Function::Path(path) => (self.scopes.clone(), syn::parse_quote!(#path(#(#names),*))),
            Function::Choice(_) => {
                self.diag.error_at(
                    span,
                    "an order by a function that is chosen among several is not understood; sort in each arm",
                );
                return None;
            }
            Function::Closure(closure) => {
                let (mut scopes, body) = (closure.scopes.clone(), &closure.body);
                scopes.enter();
                let (mut matched, mut params) = (Vec::new(), Vec::new());
                for ((pat, name), arg) in closure.params.iter().zip(&names).zip(args) {
                    match (untyped(pat), arg) {
                        // Its fields are named one by one.
                        (Pat::Ident(ident), Value::Struct(..) | Value::Tuple(_)) => {
                            scopes.bind(&ident.ident.to_string(), arg.clone());
                        }
                        (pat, _) => {
                            matched.push(name);
                            params.push(pat);
                        }
                    }
                }
                (scopes, syn::parse_quote!(match (#(#matched,)*) { (#(#params,)*) => #body }))
            }
        };
        let outer = std::mem::replace(&mut self.scopes, scopes);
        self.scopes.enter();
        for (name, arg) in names.iter().zip(args) {
            self.bind(name, arg.clone());
        }
        let code = self.substitute(&call);
        self.scopes = outer;
        code.map(|code| Code { inert: true, ..code })
    }
}
