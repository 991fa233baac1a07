//! Calls: of known functions, of closures, of other differentiable functions, and of anything on passive data.

use proc_macro2::Span;
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Expr, ExprCall, ExprPath};

use super::lower::Lower;
use super::names;
use super::source::{Scalar, Shape};
use super::types::{self, Ty};
use super::value::{Code, Maybe, Num, Target, Value, View, blank};
use super::{iter::Iter, table};
use crate::ir::{
    Arg, ArgValue, Atom, Call, Callee, Entry, Init, Kind, Op, Stmt, Update, VarId,
};

/// The last two segments of a path.
fn tail_of(path: &ExprPath) -> (String, String) {
    let mut names = path.path.segments.iter().rev().map(|segment| segment.ident.to_string());
    let last = names.next().unwrap_or_default();
    (names.next().unwrap_or_default(), last)
}

impl Lower<'_> {
    /// Functions that the front end understands itself, whatever their arguments are.
    pub(super) fn is_known_call(&self, path: &ExprPath) -> bool {
        if let Some(name) = path.path.get_ident()
            && self.functions.contains_key(&name.to_string())
        {
            return true;
        }
        let (owner, name) = tail_of(path);
        matches!(
            (owner.as_str(), name.as_str()),
            ("Vec", "new" | "with_capacity")
                | ("mem", "swap" | "replace" | "take")
                | ("array", "from_fn")
                | ("iter", "repeat" | "once" | "zip" | "repeat_n")
                | ("hvp", "stop_gradient")
                | ("", "stop_gradient" | "drop")
                | ("mem", "drop")
        )
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
                _ => self.error(&call.func, "this is not known to be a function; call it by its name"),
            };
        };
        if let Some(name) = path.path.get_ident() {
            let bound = self.scopes.get(&name.to_string()).map(|binding| binding.value.clone());
            if let Some(Value::Func(function)) = bound {
                let args = self.call_args(call);
                return self.apply(&function, args, call.span());
            }
            if let Some(bound) = bound {
                return self.call_value(bound, call);
            }
            if let Some(function) = self.functions.get(&name.to_string()).cloned() {
                let args = self.call_args(call);
                return self.inline(&function, args, call.span());
            }
        }
        if let Some(value) = self.known_call(path, call, hint) {
            return value;
        }
        let args = self.call_args(call);
        let exprs: Vec<&Expr> = call.args.iter().collect();
        self.call_path(path, args, &exprs, call, hint)
    }

    /// A call of a function that is passed in.
    fn call_value(&mut self, callee: Value, call: &ExprCall) -> Value {
        if matches!(callee, Value::Never | Value::Poison) {
            return callee;
        }
        let name = call.func.to_token_stream();
        if !matches!(callee, Value::Num(Num { kind: Kind::Opaque, .. }) | Value::Code(_)) {
            return self.error(&call.func, format!("`{name}` is {}, not a function", callee.what()));
        }
        if !call.args.iter().all(|arg| self.is_passive(arg)) {
            return self.error(
                &call.func,
                format!("`{name}` is passed in, so its derivative is not known; call a function marked `#[differentiable]` by its name"),
            );
        }
        match self.substitute(&Expr::Call(call.clone())) {
            Some(code) => Value::Num(self.materialize(Code { pure: false, ..code }, call.span())),
            None => Value::Poison,
        }
    }

    fn call_args(&mut self, call: &ExprCall) -> Vec<Value> {
        let exprs: Vec<&Expr> = call.args.iter().collect();
        self.exprs(&exprs, &[])
    }

    /// A path handed over as a function and called with values.
    pub(super) fn call_path_with(&mut self, path: &ExprPath, args: Vec<Value>, span: Span) -> Value {
        let node = syn::Ident::new("argument", span);
        let placeholder: Expr = syn::parse_quote!(#node);
        let exprs = vec![&placeholder; args.len()];
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
            return value;
        }
        if let Some(value) = self.wrapping(&owner, &name, &args, exprs) {
            return value;
        }
        if !args.iter().any(Value::holds_real) {
            return self.passive_call(path, &args, node);
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
        let associated = owner.starts_with(char::is_uppercase);
        let code = self.source.add_fragment(path.to_token_stream());
        self.differentiable_call(Callee::Path { code, associated }, args, exprs, node, hint)
    }

    fn is_float_path(&self, owner: &str) -> bool {
        let scalar = match &self.source.signature.scalar {
            Scalar::F64 => owner == "f64",
            Scalar::F32 => owner == "f32",
            Scalar::Param(param) => param == owner,
        };
        scalar || ["Float", "Real", "RealField", "FloatCore"].contains(&owner)
    }

    /// `f64::max(a, b)`, `T::from(…)`.
    fn float_function(&mut self, name: &str, args: &[Value], exprs: &[&Expr], node: &impl ToTokens) -> Option<Value> {
        if name == "from"
            && let ([value], [expr]) = (args, exprs)
        {
            return match value.kind() {
                Some(Kind::Real) if self.scalar_param().is_none() => Some(Value::real(self.real(value.clone(), expr))),
                _ => None,
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
    fn wrapping(&mut self, owner: &str, name: &str, args: &[Value], exprs: &[&Expr]) -> Option<Value> {
        let ([value], [expr]) = (args, exprs) else { return None };
        match (owner, name) {
            ("" | "Option", "Some") if value.holds_real() || value.is_real() => {
                let value = self.freeze_value(value.clone(), expr.span());
                Some(Maybe::of(Atom::Bool(true), value))
            }
            ("Box", "new") | ("convert" | "", "identity") | ("hint", "black_box") => Some(value.clone()),
            _ => None,
        }
    }

    fn passive_call(&mut self, path: &ExprPath, args: &[Value], node: &impl ToTokens) -> Value {
        let span = node.to_token_stream().span();
        let mut code = blank(Kind::Opaque);
        let mut pieces = Vec::new();
        for arg in args {
            let Some(arg_code) = self.code_of(arg, span) else {
                return self.error(
                    path,
                    format!("{} cannot be passed to this function; call it on numbers, slices and arrays", arg.what()),
                );
            };
            pieces.push(code.absorb(&arg_code));
        }
        let call: Expr = syn::parse_quote!(#path());
        let pure = matches!(&call, Expr::Call(call) if table::is_pure_call(call));
        let code = code.wrap(Kind::Opaque, |_| quote!(#path(#(#pieces),*)));
        let pure = pure && code.pure;
        if pure { Value::Code(code) } else { Value::Num(self.materialize(Code { pure, ..code }, span)) }
    }

    fn known_call(&mut self, path: &ExprPath, call: &ExprCall, hint: Option<&Ty>) -> Option<Value> {
        if !self.is_known_call(path) {
            return None;
        }
        let (owner, name) = tail_of(path);
        let span = call.span();
        Some(match (owner.as_str(), name.as_str()) {
            ("Vec", _) => self.new_vec(path, call, hint),
            (_, "swap") => self.swap(call),
            (_, "drop") => {
                let _ = self.call_args(call);
                Value::Unit
            }
            (_, "replace" | "take") => self.replace(call),
            (_, "from_fn") => self.from_fn(call, hint),
            ("iter", "repeat") => {
                let value = self.expr(call.args.first()?, None);
                Value::Iter(Box::new(Iter::Repeat(self.freeze_value(value, span))))
            }
            ("iter", "once") => {
                let value = self.expr(call.args.first()?, None);
                Value::Iter(Box::new(Iter::Once(self.freeze_value(value, span))))
            }
            ("iter", "zip") => {
                let (first, second) = (call.args.first()?, call.args.last()?);
                let value = self.expr(first, None);
                let a = self.iterate(value, first)?;
                let value = self.expr(second, None);
                let b = self.iterate(value, second)?;
                Value::Iter(Box::new(Iter::Zip(Box::new(a), Box::new(b))))
            }
            ("iter", "repeat_n") => {
                let value = self.expr(call.args.first()?, None);
                let value = self.freeze_value(value, span);
                let n = self.expr(call.args.last()?, None);
                let n = self.passive(n, call);
                Value::Iter(Box::new(Iter::Take(Box::new(Iter::Repeat(value)), n)))
            }
            (_, "stop_gradient") => self.stop_gradient(call.args.first()?),
            _ => return None,
        })
    }

    /// `hvp::stop_gradient(e)` is `e` as a constant.
    fn stop_gradient(&mut self, expr: &Expr) -> Value {
        match self.expr(expr, None) {
            Value::Num(num) if num.kind == Kind::Real => {
                let code = Code::hole(num.atom, Kind::Real, expr.span());
                let code = Code { inert: true, ..code.wrap(Kind::Real, |hole| quote!((#hole))) };
                Value::Num(self.materialize(code, expr.span()))
            }
            Value::Array(_) => self.error(expr, "`stop_gradient` takes a number; stop each element where it is used"),
            other => other,
        }
    }

    fn new_vec(&mut self, path: &ExprPath, call: &ExprCall, hint: Option<&Ty>) -> Value {
        let turbofish = path.path.segments.iter().find(|segment| segment.ident == "Vec").and_then(|segment| {
            let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
            arguments.args.iter().find_map(|argument| match argument {
                syn::GenericArgument::Type(ty) => Some(types::read(ty, &self.source.signature.scalar).shape),
                _ => None,
            })
        });
        let element = turbofish.or_else(|| hint.and_then(Ty::element).cloned());
        let known = element.is_some();
        let element = element.unwrap_or(Shape::Real);
        if matches!(element, Shape::Opaque(_) | Shape::Tuple(_)) {
            return Value::Code(Code { pure: true, ..Code::constant(quote!(::std::vec::Vec::new()), Kind::Opaque) });
        }
        let view = self.alloc(Shape::vec_of(element), Init::Empty, call.span());
        if !known {
            self.undecided.insert(view.slice.base);
        }
        Value::Array(view)
    }

    /// `mem::swap(&mut a, &mut b)`
    fn swap(&mut self, call: &ExprCall) -> Value {
        let args = self.call_args(call);
        let [a, b] = args.as_slice() else { return Value::Poison };
        self.swap_values(a, b, call)
    }

    pub(super) fn swap_values(&mut self, a: &Value, b: &Value, node: &impl ToTokens) -> Value {
        let span = node.to_token_stream().span();
        match (a, b) {
            (Value::Ref(first, kind), Value::Ref(second, _)) => {
                let old = self.load(first, kind, span);
                let old = if matches!(first, Target::Slot(_)) { self.temp(kind.clone(), Op::Copy(old), span) } else { old };
                let other = self.load(second, kind, span);
                self.store(first, other);
                self.store(second, old);
            }
            (Value::Array(first), Value::Array(second)) if first.is_whole() && second.is_whole() => {
                self.push(Stmt::Swap { a: first.slice.base, b: second.slice.base });
            }
            (Value::Array(first), Value::Array(second)) => {
                let copy = self.copy_of(first, span);
                self.copy_between(&first.slice, second, span);
                self.push(Stmt::CopySlice { dst: second.slice.clone(), src: copy.slice });
            }
            (Value::Never | Value::Poison, _) | (_, Value::Never | Value::Poison) => {}
            _ => {
                self.error(node, "only two variables, elements or arrays can be swapped; exchange them by a third variable");
            }
        }
        Value::Unit
    }

    pub(super) fn store(&mut self, target: &Target, value: Atom) {
        match target {
            Target::Slot(var) => self.push(Stmt::Assign { var: *var, op: Op::Copy(value) }),
            Target::Elem(place) => self.push(Stmt::Store { place: place.clone(), value, update: Update::Set }),
        }
    }

    /// `mem::replace(&mut a, b)`, `mem::take(&mut a)`
    fn replace(&mut self, call: &ExprCall) -> Value {
        let args = self.call_args(call);
        match args.as_slice() {
            [Value::Ref(target, kind), value] => {
                let old = self.load(target, kind, call.span());
                let old = self.temp(kind.clone(), Op::Copy(old), call.span());
                let value = self.element_atom(value.clone(), kind, call);
                self.store(target, value);
                Value::num(old, kind.clone())
            }
            [Value::Array(view)] if view.is_whole() && matches!(view.shape, Shape::Vec(_)) => {
                let fresh = self.alloc(view.shape.clone(), Init::Empty, call.span());
                self.push(Stmt::Swap { a: view.slice.base, b: fresh.slice.base });
                Value::Array(fresh)
            }
            [Value::Array(view), Value::Array(new)] if view.is_whole() && new.is_whole() && new.fresh => {
                self.push(Stmt::Swap { a: view.slice.base, b: new.slice.base });
                Value::Array(new.clone())
            }
            [Value::Poison | Value::Never, ..] => Value::Poison,
            _ => self.error(call, "this exchange is not understood; do it by a third variable"),
        }
    }

    /// `std::array::from_fn(|i| e)`, whose length the annotation gives.
    fn from_fn(&mut self, call: &ExprCall, hint: Option<&Ty>) -> Value {
        let span = call.span();
        let Some(function) = call.args.first().and_then(|arg| self.function(arg)) else { return Value::Poison };
        let Some(shape @ Shape::Array(..)) = hint.map(|ty| ty.shape.clone()) else {
            return self.error(call, "the length of this array is not known to the macro; annotate it: `let a: [f64; 3] = …`");
        };
        let Some(init) = self.zeros(&shape) else {
            return self.error(call, "the elements of this array are not known to be numbers; annotate it: `let a: [f64; 3] = …`");
        };
        let view = self.alloc(shape, init, span);
        let len = self.len(&view, span);
        self.counted(Atom::Int("0".to_owned()), len, span, |cx, at| {
            let value = cx.apply(&function, vec![Value::int(at.clone())], span);
            match cx.element(&view, at, span) {
                Value::Ref(target, kind) => {
                    let value = cx.element_atom(value, &kind, call);
                    cx.store(&target, value);
                }
                Value::Array(row) => {
                    cx.assign_array(&row, value, call);
                }
                _ => {}
            }
        });
        Value::Array(view)
    }

    /// A call of another function that carries the attribute.
    pub(super) fn differentiable_call(
        &mut self,
        callee: Callee,
        args: Vec<Value>,
        exprs: &[&Expr],
        node: &impl ToTokens,
        hint: Option<&Ty>,
    ) -> Value {
        let mut after = Vec::new();
        let mut list = Vec::new();
        for (arg, expr) in args.into_iter().zip(exprs) {
            match self.argument(arg, expr, &mut after) {
                Some(value) => {
                    list.push(Arg { value, active: false, dot: None, bar: None, bar_dot: None });
                }
                None => return Value::Poison,
            }
        }
        let span = node.to_token_stream().span();
        let shape = hint.map_or(Shape::Real, |ty| ty.shape.clone());
        let mut results = Vec::new();
        let value = self.results(&shape, span, &mut results);
        let span = self.span(span);
        self.push(Stmt::Call(Call {
            callee,
            entry: Entry::Primal,
            tangent: false,
            args: list,
            pullback: None,
            seeds: Vec::new(),
            results,
            question: false,
            span,
        }));
        for (target, value) in after {
            self.store(&target, value);
        }
        value
    }

    fn argument(&mut self, arg: Value, expr: &Expr, after: &mut Vec<(Target, Atom)>) -> Option<ArgValue> {
        let span = expr.span();
        match arg {
            Value::Num(num) if num.refs > 0 && num.kind != Kind::Real => {
                let code = self.code_of(&Value::Num(num), span)?;
                let code = code.wrap(Kind::Opaque, Clone::clone);
                Some(ArgValue::Scalar(self.materialize(code, span).atom))
            }
            Value::Num(num) => Some(ArgValue::Scalar(num.atom)),
            Value::Code(code) => Some(ArgValue::Scalar(self.materialize(code, span).atom)),
            Value::Array(view) if view.refs == 0 => {
                let atom = self.owned(view, span);
                atom.var().map(ArgValue::ArrayByValue)
            }
            Value::Array(View { slice, mutable: true, .. }) => Some(ArgValue::ArrayMut(slice)),
            Value::Array(view) => Some(ArgValue::Array(view.slice)),
            Value::Ref(Target::Slot(var), _) => Some(ArgValue::ScalarMut { before: var.into(), after: var }),
            Value::Ref(Target::Elem(place), kind) => {
                let var = self.fresh("t", kind.clone(), false, span);
                self.push(Stmt::Let { var, op: Op::Load(place.clone()) });
                self.assigned.insert(var);
                after.push((Target::Elem(place), var.into()));
                Some(ArgValue::ScalarMut { before: var.into(), after: var })
            }
            Value::Never | Value::Poison => None,
            other => {
                if !other.holds_real()
                    && let Some(code) = self.code_of(&other, span)
                {
                    return Some(ArgValue::Scalar(self.materialize(code, span).atom));
                }
                let what = other.what();
                self.error(expr, format!("{what} cannot be passed to a differentiable function; pass numbers, slices and arrays"));
                None
            }
        }
    }

    /// Variables for what a call returns.
    fn results(&mut self, shape: &Shape, span: Span, vars: &mut Vec<VarId>) -> Value {
        match shape {
            Shape::Tuple(parts) if parts.is_empty() => Value::Unit,
            Shape::Tuple(parts) => Value::Tuple(parts.iter().map(|part| self.results(part, span, vars)).collect()),
            Shape::Real | Shape::Int | Shape::Bool | Shape::Opaque(_) => {
                let kind = shape.kind();
                let var = self.fresh("t", kind.clone(), false, span);
                vars.push(var);
                Value::Num(Num { atom: var.into(), kind, refs: 0 })
            }
            Shape::Slice(_) | Shape::Array(..) | Shape::Vec(_) => {
                let var = self.fresh("t", shape.kind(), false, span);
                vars.push(var);
                Value::Array(View::fresh(var, shape.clone()))
            }
        }
    }

    /// `e?`
    pub(super) fn question(&mut self, node: &syn::ExprTry, hint: Option<&Ty>) -> Value {
        self.question_of(&node.expr, hint)
    }

    /// The content of `maybe`; if it is absent the function returns `code`.
    fn escape_unless(&mut self, maybe: Maybe, code: Code, node: &Expr) -> Value {
        let span = node.span();
        let escape = self.opaque(code);
        let absent = self.arm(|cx| cx.leave(crate::ir::Term::Escape(escape)), span);
        let open = super::lower::Open::default();
        let present = super::join::Lowered { open, value: Value::Unit, span };
        let on = crate::ir::Selector::Bool(maybe.present.clone());
        self.branch(on, vec![None, None], vec![present, absent], node);
        self.content(maybe, span)
    }

    /// `option.ok_or(error)?`
    fn question_of_ok_or(&mut self, inner: &Expr) -> Option<Value> {
        let Expr::MethodCall(call) = names::bare(inner) else { return None };
        if call.method != "ok_or" && call.method != "ok_or_else" || self.is_passive(inner) {
            return None;
        }
        let error = call.args.first()?;
        let error = match names::bare(error) {
            Expr::Closure(closure) if call.method == "ok_or_else" => &closure.body,
            _ if call.method == "ok_or" => error,
            _ => return None,
        };
        let code = self.substitute(error)?;
        let code = code.wrap(Kind::Opaque, |error| {
            quote!(::core::result::Result::Err(::core::convert::From::from(#error)))
        });
        match self.expr(&call.receiver, None) {
            Value::Option(maybe) => Some(self.escape_unless(*maybe, code, inner)),
            value @ (Value::Never | Value::Poison) => Some(value),
            other => Some(self.error(&call.method, format!("`ok_or` is not understood on {}; use `match`", other.what()))),
        }
    }

    /// The passive call that the last statement makes, if its result is `num`.
    fn last_opaque(&self, num: &Num) -> Option<Code> {
        match self.open.stmts.last()? {
            Stmt::Let { var, op: Op::Opaque(opaque) } if num.atom.var() == Some(*var) => Some(Code {
                tokens: self.source.fragment(opaque.code),
                args: opaque.args.clone(),
                pure: false,
                ..blank(Kind::Opaque)
            }),
            _ => None,
        }
    }

    pub(super) fn question_of(&mut self, inner: &Expr, hint: Option<&Ty>) -> Value {
        if let Some(value) = self.question_of_ok_or(inner) {
            return value;
        }
        let before = self.open.stmts.len();
        match self.expr(inner, hint) {
            Value::Option(maybe) => {
                let code = Code::constant(quote!(::core::option::Option::None), Kind::Opaque);
                self.escape_unless(*maybe, code, inner)
            }
            Value::Code(code) => {
                let code = code.wrap(Kind::Opaque, |tokens| quote!(#tokens?));
                Value::Num(self.materialize(Code { pure: false, ..code }, inner.span()))
            }
            value @ (Value::Never | Value::Poison) => value,
            Value::Num(num) if num.kind == Kind::Opaque && self.last_opaque(&num).is_some() => {
                let code = self.last_opaque(&num).unwrap_or_else(|| blank(Kind::Opaque));
                self.open.stmts.pop();
                let code = code.wrap(Kind::Opaque, |tokens| quote!(#tokens?));
                Value::Num(self.materialize(code, inner.span()))
            }
            value => {
                let called = self.open.stmts.iter_mut().skip(before).rev().find_map(|stmt| match stmt {
                    Stmt::Call(call) => Some(call),
                    _ => None,
                });
                match called {
                    Some(call) => {
                        call.question = true;
                        value
                    }
                    None => self.error(inner, format!("`?` is not understood on {}", value.what())),
                }
            }
        }
    }
}
