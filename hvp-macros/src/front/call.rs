//! Calls: of known functions, of closures, of other differentiable functions, and of anything on passive data.

mod differentiable;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::spanned::Spanned;
use syn::{Expr, ExprCall, ExprPath};

use super::lower::{Exit, Lower};
use super::names;
use super::source::{Scalar, Unknown};
use super::table;
use super::types::{self, Ty};
use super::value::{Code, Function, Maybe, Num, Target, Value, View, blank};
use crate::ir::{Atom, Callee, Kind, Op};

/// The last two segments of a path.
pub(super) fn tail_of(path: &ExprPath) -> (String, String) {
    let mut names = path.path.segments.iter().rev().map(|segment| segment.ident.to_string());
    let last = names.next().unwrap_or_default();
    (names.next().unwrap_or_default(), last)
}

/// Integers and Booleans that a passive call gets by `&mut`.
#[derive(Default)]
struct Changed {
    targets: Vec<(Target, Kind)>,
    /// `let mut i = i;` for each.
    lets: TokenStream,
    names: Vec<Ident>,
}

impl Changed {
    /// The argument.
    fn add(&mut self, target: &Target, kind: &Kind, before: &TokenStream, span: Span) -> TokenStream {
        let name = format_ident!("__hvp_changed_{}", self.names.len(), span = span);
        self.lets.extend(quote!(let mut #name = #before;));
        self.targets.push((target.clone(), kind.clone()));
        self.names.push(name.clone());
        quote!(&mut #name)
    }
}

fn is_exclusive(expr: &Expr) -> bool {
    matches!(names::bare(expr), Expr::Reference(reference) if reference.mutability.is_some())
}

/// Whether an argument is an array that the function may change, out of the IR's sight.
fn changes_array(arg: &Value) -> bool {
    matches!(arg, Value::Array(View { mutable: true, .. }))
}

impl Lower<'_> {
    /// Functions that the front end understands itself, whatever their arguments are.
    pub(super) fn is_known_call(&self, path: &ExprPath) -> bool {
        if let Some(name) = path.path.get_ident()
            && self.functions.contains_key(&name.to_string())
        {
            return true;
        }
        if self.records.knows(path) {
            return true;
        }
        let (owner, name) = self.known_name(path);
        matches!(
            (owner.as_str(), name.as_str()),
            ("Vec" | "VecDeque", "new" | "with_capacity")
                | ("mem", "swap" | "replace" | "take" | "drop")
                | ("array", "from_fn")
                | ("iter", "repeat" | "once" | "zip" | "repeat_n" | "successors" | "from_fn")
                | (_, "stop_gradient")
                | ("", "drop")
        )
    }

    /// The last two segments of a path, or those of the function of the standard library that the file brings in under a bare
    /// name: `zip` is `iter::zip` after `use std::iter::zip`.
    pub(super) fn known_name(&self, path: &ExprPath) -> (String, String) {
        const BROUGHT: [(&str, &str); 10] = [
            ("mem", "swap"),
            ("mem", "replace"),
            ("mem", "take"),
            ("array", "from_fn"),
            ("iter", "from_fn"),
            ("iter", "repeat"),
            ("iter", "repeat_n"),
            ("iter", "once"),
            ("iter", "successors"),
            ("iter", "zip"),
        ];
        let (owner, name) = tail_of(path);
        let brought = if owner.is_empty() { self.neighbours.of_std(&name) } else { None };
        brought
            .filter(|(module, own)| BROUGHT.contains(&(module.as_str(), own.as_str())))
            .unwrap_or((owner, name))
    }

    pub(super) fn call(&mut self, call: &ExprCall, hint: Option<&Ty>) -> Value {
        let Expr::Path(path) = names::bare(&call.func) else {
            let callee = self.expr(&call.func, None);
            return match callee {
                Value::Func(function) => {
                    let args = self.call_args(call);
                    self.apply(&function, args, call.span())
                }
                Value::Never | Value::Poison => callee,
                Value::Code(_) | Value::Num(Num { kind: Kind::Opaque, .. }) => self.call_value(callee, call),
                _ => self.error(&call.func, "this is not known to be a function; call it by its name"),
            };
        };
        if let Some(name) = path.path.get_ident() {
            let bound = self.scopes.get(&name.to_string()).cloned();
            if let Some(Value::Func(function)) = bound {
                let hints = match &function {
                    Function::Closure(closure) => closure.hints(&self.source.signature.scalar),
                    Function::Path(_) | Function::Choice(_) => Vec::new(),
                };
                let exprs: Vec<&Expr> = call.args.iter().collect();
                let args = self.exprs(&exprs, &hints);
                return self.apply(&function, args, call.span());
            }
            if let Some(bound) = bound {
                return self.call_value(bound, call);
            }
            if let Some(function) = self.functions.get(&name.to_string()).cloned() {
                let exprs: Vec<&Expr> = call.args.iter().collect();
                let args = self.exprs(&exprs, &function.hints(&self.source.signature.scalar));
                return self.inline(&function, args, call.span());
            }
        }
        if let Some(value) = self.array_tried_from(call) {
            return value;
        }
        if let Some(error) = call.args.first().filter(|_| path.path.is_ident("Err")) {
            return self.err(error);
        }
        if let Some(value) = self.known_call(path, call, hint) {
            return value;
        }
        let exprs: Vec<&Expr> = call.args.iter().collect();
        let declared = self.declared_hints(path);
        let of = |(at, arg): (usize, &&Expr)| {
            self.hint_of_argument(arg, path, hint).or_else(|| declared.get(at).cloned().flatten())
        };
        let hints: Vec<Option<Ty>> = exprs.iter().enumerate().map(of).collect();
        let args = self.exprs(&exprs, &hints);
        self.call_path(path, args, &exprs, call, hint)
    }

    /// The types of the parameters of a function that is inlined.
    fn declared_hints(&self, path: &ExprPath) -> Vec<Option<Ty>> {
        let helper = path.path.get_ident().and_then(|name| self.helpers.get(&name.to_string()));
        helper.map_or_else(Vec::new, |helper| helper.hints(&self.source.signature.scalar))
    }

    /// What `multiply(multiply(a, b), c)` and earlier calls of a function tell of its result.
    fn hint_of_argument(&self, arg: &Expr, outer: &ExprPath, hint: Option<&Ty>) -> Option<Ty> {
        let Expr::Call(inner) = names::bare(arg) else {
            return None;
        };
        let name = inner.func.to_token_stream().to_string();
        if name == outer.to_token_stream().to_string() {
            return hint.cloned();
        }
        self.result_of_callee(&inner.func).or_else(|| self.results_of.get(&name).cloned())
    }

    /// A call of a function that is passed in.
    fn call_value(&mut self, callee: Value, call: &ExprCall) -> Value {
        if matches!(callee, Value::Never | Value::Poison) {
            return callee;
        }
        let name = call.func.to_token_stream();
        if !matches!(callee, Value::Num(Num { kind: Kind::Opaque, .. }) | Value::Code(_)) {
            return self.error(
                &call.func,
                format!("`{name}` is {}, not a function; call a function by its name", callee.what()),
            );
        }
        let Some(code) = self.substitute(&Expr::Call(call.clone())) else {
            return Value::Poison;
        };
        let opaque = self.opaque(Code { pure: false, ..code });
        let passed =
            matches!(&callee, Value::Num(num) if num.atom.var().is_some_and(|var| self.is_param(var)));
        let (why, instead) = if passed {
            (
                format!("`{name}` is passed in, so its derivative is not known"),
                "call a function marked `#[differentiable]` by its name",
            )
        } else {
            (
                format!("which function `{name}` is, is not known"),
                "annotate a name that is bound to a function marked `#[differentiable]`, `let f: fn(f64) -> f64 = …`, or call the function by its name",
            )
        };
        self.source.unknown.insert(opaque.code, Unknown { at: name, why, instead });
        Value::num(self.temp(Kind::Opaque, Op::Opaque(opaque), call.span()), Kind::Opaque)
    }

    pub(super) fn call_args(&mut self, call: &ExprCall) -> Vec<Value> {
        let exprs: Vec<&Expr> = call.args.iter().collect();
        self.exprs(&exprs, &[])
    }

    /// A path handed over as a function and called with values.
    pub(super) fn call_path_with(&mut self, path: &ExprPath, args: Vec<Value>, span: Span) -> Value {
        let node = Ident::new("argument", span);
        let placeholder: Expr = syn::parse_quote!(#node);
        let exprs = vec![&placeholder; args.len()];
        if self.records.knows(path) {
            return self.record_call(path, args, &exprs);
        }
        self.call_path(path, args, &exprs, path, None)
    }

    fn call_path(
        &mut self,
        path: &ExprPath,
        args: Vec<Value>,
        exprs: &[&Expr],
        node: &impl ToTokens,
        hint: Option<&Ty>,
    ) -> Value {
        if args.iter().any(|arg| matches!(arg, Value::Never | Value::Poison)) {
            return if self.reachable() { Value::Poison } else { Value::Never };
        }
        let (owner, name) = tail_of(path);
        if self.is_float_path(&owner)
            && let Some(value) = self.float_function(&name, &args, exprs, node)
        {
            self.check_float(path);
            return value;
        }
        if let Some(value) = self.wrapping(path, &args, exprs) {
            return value;
        }
        let helper = path.path.get_ident().and_then(|name| self.helpers.get(&name.to_string()));
        if let Some(helper) = helper.filter(|_| args.iter().any(|arg| matches!(arg, Value::Func(_)))) {
            let helper = std::rc::Rc::clone(helper);
            return self.inline(&helper, args, node.to_token_stream().span());
        }
        if !args.iter().any(Value::holds_real) {
            return self.passive_call(path, &args, exprs, node);
        }
        if name.starts_with(char::is_uppercase) {
            return self.error(
                path,
                format!("`{name}` makes a struct or variant of differentiated numbers, which is not understood; keep them in variables, a tuple or an array"),
            );
        }
        if ["Cell", "RefCell", "Rc", "Arc", "Mutex", "RwLock", "OnceCell"].contains(&owner.as_str()) {
            return self.error(path, format!("a differentiated number in a `{owner}` is not understood; keep it in a variable or an array"));
        }
        if let Some(helper) = path.path.get_ident().and_then(|name| self.helpers.get(&name.to_string())) {
            let helper = std::rc::Rc::clone(helper);
            return self.inline(&helper, args, node.to_token_stream().span());
        }
        let name = path.to_token_stream().to_string();
        let hint = match hint {
            Some(hint) if !hint.guessed => Some(hint.clone()),
            _ => self.result_beside(path).or_else(|| hint.cloned()),
        };
        let known = match hint {
            Some(hint) => {
                self.results_of.insert(name, hint.clone());
                Some(hint)
            }
            None => self.results_of.get(&name).cloned(),
        };
        let associated = owner.starts_with(char::is_uppercase);
        let code = self.source.add_fragment(path.to_token_stream());
        let callee = Callee::Path { code, associated };
        let signature = self.signature_beside(path);
        self.call_beside(callee, signature.as_ref(), args, exprs, node, known.as_ref())
    }

    /// A call of a function that carries the attribute, with what the file says of it.
    pub(super) fn call_beside(
        &mut self,
        callee: Callee,
        signature: Option<&syn::Signature>,
        mut args: Vec<Value>,
        exprs: &[&Expr],
        node: &impl ToTokens,
        known: Option<&Ty>,
    ) -> Value {
        let writes = |arg: &Value| match arg {
            Value::Array(view) => view.mutable,
            Value::Ref(..) => true,
            _ => false,
        };
        let plain = args.iter().any(writes) && known.is_none();
        let plain = signature.filter(|_| plain).and_then(|signature| self.plain_result(signature));
        let of_plain = plain.as_ref().map(|ty| types::read(ty, &self.source.signature.scalar));
        if let Some(signature) = signature {
            Self::reborrowed(&mut args, signature);
        }
        let value = self.differentiable_call(callee, args, exprs, node, known.or(of_plain.as_ref()));
        match plain {
            Some(ty) => self.of_plain_type(value, &ty),
            None => value,
        }
    }

    /// `value`, an integer or a Boolean, where rustc sees that it is of type `ty` and no real number.
    fn of_plain_type(&mut self, value: Value, ty: &syn::Type) -> Value {
        let Value::Num(Num { atom, kind, refs: 0 }) = value else {
            return value;
        };
        let code = Code::hole(atom, kind.clone(), ty.span());
        let code = code.wrap(kind, |hole| quote!(::core::convert::identity::<#ty>(#hole)));
        Value::Num(self.materialize(Code { integers: types::integers(ty), ..code }, ty.span()))
    }

    pub(super) fn is_float_path(&self, owner: &str) -> bool {
        let scalar = match &self.source.signature.scalar {
            Scalar::F64 => owner == "f64",
            Scalar::F32 => owner == "f32",
            Scalar::Param(param) => param == owner,
        };
        scalar || ["Float", "Real", "RealField", "FloatCore"].contains(&owner)
    }

    /// `f64::max(a, b)`, `T::from(…)`.
    fn float_function(
        &mut self,
        name: &str,
        args: &[Value],
        exprs: &[&Expr],
        node: &impl ToTokens,
    ) -> Option<Value> {
        if name == "from"
            && let ([value], [expr]) = (args, exprs)
        {
            return match value.kind() {
                Some(Kind::Real) if self.scalar_param().is_none() => {
                    Some(Value::real(self.real(value.clone(), expr)))
                }
                _ => self.real_of_record(value, expr, node),
            };
        }
        let (receiver, rest) = args.split_first()?;
        let (first, others) = exprs.split_first()?;
        if !table::is_real_method(name) && table::predicate(name).is_none() {
            return None;
        }
        self.real_method(name, receiver.clone(), first, rest, others, node)
    }

    /// `Some(x)`, and wrappers that change nothing.
    fn wrapping(&mut self, path: &ExprPath, args: &[Value], exprs: &[&Expr]) -> Option<Value> {
        let ([value], [expr]) = (args, exprs) else {
            return None;
        };
        let (owner, name) = tail_of(path);
        match (owner.as_str(), name.as_str()) {
            ("" | "Option", "Some")
                if value.holds_real() || value.is_real() || matches!(self.exit, Exit::Inlined { .. }) =>
            {
                let value = self.freeze_value(value.clone(), expr.span());
                Some(Maybe::of(Atom::Bool(true), value))
            }
            ("" | "Result", "Ok")
                if value.holds_real() || value.is_real() || matches!(self.exit, Exit::Inlined { .. }) =>
            {
                let value = self.freeze_value(value.clone(), expr.span());
                Some(Maybe::there(value))
            }
            ("VecDeque", "from") => match value {
                Value::Array(view) => {
                    self.check_known(path);
                    Some(Value::Array(self.copy_as_vec(view, expr.span())))
                }
                _ => None,
            },
            ("Box", "new") | ("convert", "identity") | ("hint", "black_box") => {
                self.check_known(path);
                Some(value.clone())
            }
            _ => None,
        }
    }

    fn passive_call(
        &mut self,
        path: &ExprPath,
        args: &[Value],
        exprs: &[&Expr],
        node: &impl ToTokens,
    ) -> Value {
        let span = node.to_token_stream().span();
        let mut code = blank(Kind::Opaque);
        let (mut pieces, mut changed) = (Vec::new(), Changed::default());
        for (arg, expr) in args.iter().zip(exprs) {
            if let (Value::Ref(target, kind), true) = (arg, is_exclusive(expr)) {
                let before = self.load(target, kind, span);
                let before = code.absorb(&Code::hole(before, kind.clone(), span));
                pieces.push(changed.add(target, kind, &before, span));
                continue;
            }
            let Some(arg_code) = self.code_of_arg(arg, expr).filter(|_| !changes_array(arg)) else {
                return self.error(
                    path,
                    format!(
                        "{} cannot be passed to this function; call it on numbers, slices and arrays",
                        if changes_array(arg) { "`&mut` of an array" } else { arg.what() }
                    ),
                );
            };
            pieces.push(code.absorb(&arg_code));
        }
        let call: Expr = syn::parse_quote!(#path());
        let pure = matches!(&call, Expr::Call(call) if table::is_pure_call(call));
        let code = code.wrap(Kind::Opaque, |_| quote!(#path(#(#pieces),*)));
        if !changed.targets.is_empty() {
            return self.changing_call(code, changed, span);
        }
        let pure = pure && code.pure;
        if pure { Value::Code(code) } else { Value::Num(self.materialize(Code { pure, ..code }, span)) }
    }

    /// `r = f(&mut i)`  becomes  `(r, i) = { let mut i = i; let r = f(&mut i); (r, i) }`.
    fn changing_call(&mut self, call: Code, changed: Changed, span: Span) -> Value {
        let Changed { targets, lets, names } = changed;
        let code = call.wrap(
            Kind::Opaque,
            |call| quote!({ #lets let __hvp_result = #call; (__hvp_result, #(#names),*) }),
        );
        let all = self.materialize(Code { pure: false, ..code }, span).atom;
        let part = |cx: &mut Self, index: usize, kind: Kind| {
            let index = syn::Index::from(index);
            let code = Code::hole(all.clone(), Kind::Opaque, span).wrap(kind, |all| quote!(#all.#index));
            cx.materialize(Code { pure: false, ..code }, span)
        };
        let result = part(self, 0, Kind::Opaque);
        for (index, (target, kind)) in targets.into_iter().enumerate() {
            let after = part(self, index + 1, kind);
            self.store(&target, after.atom);
        }
        Value::Num(result)
    }
}
