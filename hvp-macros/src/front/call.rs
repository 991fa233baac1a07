//! Calls: of known functions, of closures, of other differentiable functions, and of anything on passive data.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::spanned::Spanned;
use syn::{Expr, ExprCall, ExprPath};

use super::lower::{Exit, Lower};
use super::names;
use super::source::{Passing, Scalar, Shape, Unknown};
use super::table;
use super::types::{self, Ty};
use super::value::{Code, Maybe, Num, Target, Value, View, blank};
use crate::ir::{Arg, ArgValue, Atom, Call, Callee, Entry, Init, Kind, Op, Outcome, Slice, Stmt, VarId};

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

/// Whether a tuple can be passed component by component.
fn is_of_scalars(parts: &[Value]) -> bool {
    let is_scalar = |part: &Value| matches!(part, Value::Num(_) | Value::Ref(..) | Value::Code(_));
    parts.iter().any(Value::holds_real) && parts.iter().all(is_scalar)
}

/// Whether an argument is `&x` of a real number.
fn is_lent_real(arg: &Value) -> bool {
    matches!(arg, Value::Num(Num { kind: Kind::Real, refs: 1.., .. }))
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
        if let Some(error) = call.args.first().filter(|_| path.path.is_ident("Err")) {
            return self.err(error);
        }
        if let Some(value) = self.known_call(path, call, hint) {
            return value;
        }
        let exprs: Vec<&Expr> = call.args.iter().collect();
        let hints: Vec<Option<Ty>> = exprs.iter().map(|arg| self.hint_of_argument(arg, path, hint)).collect();
        let args = self.exprs(&exprs, &hints);
        self.call_path(path, args, &exprs, call, hint)
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
        mut args: Vec<Value>,
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
        let writes = |arg: &Value| match arg {
            Value::Array(view) => view.mutable,
            Value::Ref(..) => true,
            _ => false,
        };
        let plain = args.iter().any(writes) && known.is_none();
        let plain = if plain { self.plain_result_beside(path) } else { None };
        let known = known.or_else(|| Some(types::read(plain.as_ref()?, &self.source.signature.scalar)));
        self.reborrowed(&mut args, path);
        let associated = owner.starts_with(char::is_uppercase);
        let code = self.source.add_fragment(path.to_token_stream());
        let callee = Callee::Path { code, associated };
        let value = self.differentiable_call(callee, args, exprs, node, known.as_ref());
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
            let Some(arg_code) = self.code_of(arg, span).filter(|_| !changes_array(arg)) else {
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

    /// A call of another function that carries the attribute.
    pub(super) fn differentiable_call(
        &mut self,
        callee: Callee,
        args: Vec<Value>,
        exprs: &[&Expr],
        node: &impl ToTokens,
        hint: Option<&Ty>,
    ) -> Value {
        if hint.is_some_and(|ty| ty.guessed && matches!(&ty.shape, Shape::Tuple(parts) if parts.len() == 1)) {
            return self.error(node, "how many numbers this call gives is not known here; take its result apart by a pattern, `let (a, b) = …`");
        }
        let mut after = Vec::new();
        let (mut values, mut places) = (Vec::new(), Vec::new());
        for (place, (arg, expr)) in args.into_iter().zip(exprs).enumerate() {
            let (parts, tuple) = match arg {
                Value::Tuple(parts) if is_of_scalars(&parts) => {
                    let parts = parts.into_iter().map(|part| self.component(part, expr.span()));
                    (parts.collect(), Some(place))
                }
                whole => (vec![whole], None),
            };
            for part in parts {
                let lent = tuple.is_none() && is_lent_real(&part);
                match self.argument(part, expr, &mut after) {
                    Some(value) => values.push(value),
                    None => return Value::Poison,
                }
                places.push((tuple, lent));
            }
        }
        let span = node.to_token_stream().span();
        let back = self.keep_apart(&mut values, span);
        let list = values
            .into_iter()
            .zip(places)
            .map(|(value, (tuple, lent))| Arg {
                value,
                tuple,
                lent,
                active: false,
                dot: None,
                bar: None,
                bar_dot: None,
            })
            .collect();
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
            outcome: Outcome::Plain,
            span,
        }));
        for (target, value) in after {
            self.store(&target, value);
        }
        for (dst, copy) in back {
            self.push(Stmt::CopySlice { dst, src: Slice::whole(copy) });
        }
        value
    }

    /// Parts of one array, such as the two halves of `split_at_mut`, cannot be borrowed together if one of them is written: all
    /// but one go by way of a copy. Gives the copies that go back after the call.
    fn keep_apart(&mut self, values: &mut [ArgValue], span: Span) -> Vec<(Slice, VarId)> {
        let base = |value: &ArgValue| match value {
            ArgValue::Array(slice) | ArgValue::ArrayMut(slice) => Some(slice.base),
            _ => None,
        };
        let written: Vec<VarId> =
            values.iter().filter(|value| matches!(value, ArgValue::ArrayMut(_))).filter_map(base).collect();
        let mut kept: Vec<VarId> = Vec::new();
        let mut back = Vec::new();
        for value in values {
            let Some(base) = base(value).filter(|base| written.contains(base)) else {
                continue;
            };
            match value {
                ArgValue::ArrayMut(_) if !kept.contains(&base) => kept.push(base),
                ArgValue::ArrayMut(slice) => {
                    let copy = self.copy_of_slice(slice, span);
                    back.push((slice.clone(), copy));
                    *value = ArgValue::ArrayMut(Slice::whole(copy));
                }
                ArgValue::Array(slice) => {
                    let copy = self.copy_of_slice(slice, span);
                    *value = ArgValue::Array(Slice::whole(copy));
                }
                ArgValue::Scalar(_)
                | ArgValue::ArrayByValue(_)
                | ArgValue::ScalarMut { .. }
                | ArgValue::ArrayGone
                | ArgValue::ScalarGone => {}
            }
        }
        back
    }

    fn copy_of_slice(&mut self, slice: &Slice, span: Span) -> VarId {
        let kind = self.func.kind(slice.base).element(slice.path.len()).clone();
        let copy = self.fresh("part", kind, false, span);
        self.push(Stmt::Alloc { var: copy, init: Init::CopyOf(slice.clone()) });
        copy
    }

    /// Whether `var` is a parameter that is `&mut` of passive state.
    fn is_exclusive_param(&self, var: VarId) -> bool {
        self.param_of(var).is_some_and(|user| user.passing == Passing::RefMut)
    }

    /// A component of a tuple, read where the tuple is behind a reference.
    fn component(&mut self, part: Value, span: Span) -> Value {
        match self.read(part, span) {
            Value::Num(num) if num.kind != Kind::Opaque => Value::num(num.atom, num.kind),
            other => other,
        }
    }

    fn argument(&mut self, arg: Value, expr: &Expr, after: &mut Vec<(Target, Atom)>) -> Option<ArgValue> {
        let span = expr.span();
        match arg {
            Value::Num(num) if num.refs > 0 && num.kind != Kind::Real => {
                let code = self.code_of(&Value::Num(num), span)?;
                let code = code.wrap(Kind::Opaque, Clone::clone);
                Some(ArgValue::Scalar(self.materialize(code, span).atom))
            }
            Value::Num(num) => {
                if let Some(var) = num.atom.var().filter(|var| self.is_exclusive_param(*var)) {
                    self.source.exclusive.insert(var);
                }
                Some(ArgValue::Scalar(num.atom))
            }
            Value::Code(code) if code.is_real_array() => {
                let shape = code.shape.clone().map_or(Shape::Real, |(_, shape)| shape);
                match self.array_from_code(code, &shape, expr) {
                    Value::Array(view) => Some(ArgValue::ArrayByValue(view.slice.base)),
                    other => self.argument(other, expr, after),
                }
            }
            Value::Code(code) => {
                let atom = self.materialize(code, span).atom;
                self.source.exclusive.extend(atom.var().filter(|_| is_exclusive(expr)));
                Some(ArgValue::Scalar(atom))
            }
            Value::Array(view) if view.refs == 0 => {
                let atom = self.owned(&view, span);
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
                self.error(expr, format!("{what} cannot be passed to a differentiable function; pass numbers, tuples of numbers, slices and arrays"));
                None
            }
        }
    }

    /// Variables for what a call returns.
    fn results(&mut self, shape: &Shape, span: Span, vars: &mut Vec<VarId>) -> Value {
        match shape {
            Shape::Tuple(parts) if parts.is_empty() => Value::Unit,
            Shape::Tuple(parts) => {
                Value::Tuple(parts.iter().map(|part| self.results(part, span, vars)).collect())
            }
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
}
