//! Method calls, by what the receiver is.

use proc_macro2::Span;
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Expr, ExprMethodCall};

use super::absence::PASSES_OUT;
use super::iter::{Iter, zero};
use super::lower::Lower;
use super::names;
use super::source::Shape;
use super::table;
use super::types::Ty;
use super::value::{Code, Maybe, Num, Target, Value, View};
use crate::bounds;
use crate::ir::{Atom, Binary, Compare, Kind, Op};

impl Lower<'_> {
    pub(super) fn method_call(&mut self, call: &ExprMethodCall, hint: Option<&Ty>) -> Value {
        if let Some(array) = self.array_of_slice(call, hint) {
            return array;
        }
        let iterated = std::mem::take(&mut self.iterated);
        let name = call.method.to_string();
        self.iterated = matches!(names::bare(&call.receiver), Expr::MethodCall(_))
            && (is_of_iterators(&name) || iterated && is_adaptor(&name));
        let receiver = self.receiver(call);
        self.iterated = false;
        let is_unknown = matches!(receiver, Value::Code(_) | Value::Num(Num { kind: Kind::Opaque, .. }));
        if is_unknown
            && !names::is_iterator_source(&call.receiver)
            && (iterated && is_adaptor(&name) || self.is_open_iterator(&call.receiver))
            && call.args.iter().any(|arg| !self.is_passive(arg))
        {
            return match self.iterate_iterator(&receiver, call.receiver.span()) {
                Some(iter) => self.iter_method(&iter, call, hint),
                None => Value::Poison,
            };
        }
        self.method_of(receiver, call, hint)
    }

    /// Whether an expression is a parameter `impl Iterator`, or of a type that has that bound.
    fn is_open_iterator(&self, expr: &Expr) -> bool {
        let name = names::ident_of(expr).map(ToString::to_string);
        name.is_some_and(|name| {
            let sig = &self.source.signature.item;
            bounds::of_input(sig, &name)
                .into_iter()
                .any(|of| bounds::ITERATORS.iter().any(|known| of == known))
        })
    }

    /// What a method is called on.
    fn receiver(&mut self, call: &ExprMethodCall) -> Value {
        if let Some(copy) = super::option::copy_that_is_used_at_once(call) {
            return match self.receiver(copy) {
                Value::Option(maybe) => {
                    let value = super::option::shallow(maybe.value);
                    Value::Option(Box::new(Maybe { value, shared: true, ..*maybe }))
                }
                other => self.method_of(other, copy, None),
            };
        }
        let array = super::lookahead::is_array_method(&call.method.to_string());
        let guess = Ty::guess(Shape::slice_of(Shape::Real));
        let mut receiver = self.place_of(&call.receiver, if array { Some(&guess) } else { None });
        if super::catch::is_outcome_method(&call.method.to_string()) && super::catch::is_call(&call.receiver)
        {
            receiver = self.catch(receiver, &call.receiver);
        }
        let scalar = matches!(receiver, Value::Ref(..) | Value::Num(_));
        if scalar && call.args.iter().any(names::may_assign) {
            receiver = self.freeze_receiver(receiver, call.receiver.span());
        }
        receiver
    }

    fn method_of(&mut self, receiver: Value, call: &ExprMethodCall, hint: Option<&Ty>) -> Value {
        if let Some(from) = self.conversion_of_into(call, hint) {
            let receiver = self.read(receiver, call.receiver.span());
            return self.record_call(&from, vec![receiver], &[&call.receiver]);
        }
        if call.method == "into"
            && matches!(hint, Some(Ty { shape: Shape::Real, .. }))
            && let Some(number) = self.real_of_record(&receiver, &call.receiver, call)
        {
            return number;
        }
        match receiver {
            Value::Never | Value::Poison => receiver,
            Value::Array(view) => self.array_method(&view, call),
            Value::Table(table) => self.table_method(&table, call),
            Value::Iter(iter) => self.method_of_iterator(&iter, call, hint),
            Value::Range(_) => self.range_method(receiver, call, hint),
            Value::Option(maybe) => self.option_method(*maybe, call),
            Value::Code(_) | Value::Num(Num { kind: Kind::Opaque, .. }) => {
                self.passive_method(&receiver, call, hint)
            }
            Value::Num(_) | Value::Ref(..) => self.scalar_method(receiver, call),
            Value::Tuple(parts) => match call.method.to_string().as_str() {
                "clone" | "to_owned" if call.args.is_empty() => self.cloned(Value::Tuple(parts), call.span()),
                _ => self
                    .error(&call.method, "this method of a tuple is not understood; work on its components"),
            },
            Value::Struct(..) => self.record_method(receiver, call),
            Value::Error(_) => self.error(&call.receiver, PASSES_OUT),
            other @ (Value::Func(_) | Value::Unit | Value::Late(_)) => {
                self.error(&call.method, format!("{} has no such method; use one that it has", other.what()))
            }
        }
    }

    fn method_of_iterator(&mut self, iter: &Iter, call: &ExprMethodCall, hint: Option<&Ty>) -> Value {
        if let Iter::Cursor(inner, position) = iter {
            if let Some(value) = self.cursor_method(inner, *position, call) {
                return value;
            }
        } else if !matches!(iter, Iter::Rest(..))
            && advances(&call.method.to_string())
            && names::ident_of(&call.receiver).is_some()
        {
            return self.stepped_iterator(&call.method);
        }
        self.iter_method(iter, call, hint)
    }

    pub(super) fn stepped_iterator(&mut self, node: &impl ToTokens) -> Value {
        self.error(node, "an iterator in a variable that is advanced step by step is not understood; use indices, or `split_first`")
    }

    /// What `chunks_exact` leaves over.
    fn remainder(&mut self, iter: &Iter, call: &ExprMethodCall) -> Option<Value> {
        if call.method != "remainder" && call.method != "into_remainder" {
            return None;
        }
        let span = call.span();
        match iter {
            Iter::Cursor(inner, _) => self.remainder(inner, call),
            Iter::Chunks { view, size, exact: true, from_end } => {
                let len = self.len(view, span);
                let over = self.temp(Kind::Int, Op::Rem(len.clone(), size.clone()), span);
                let (lo, hi) =
                    if *from_end { (zero(), over) } else { (self.sub_int(len.clone(), over, span), len) };
                let rest = self.range_of(view, lo, hi, span);
                Some(Value::Array(View { refs: 1, ..rest }))
            }
            _ => None,
        }
    }

    fn freeze_receiver(&mut self, receiver: Value, span: Span) -> Value {
        match receiver {
            Value::Ref(Target::Slot(var), kind) => {
                Value::num(self.temp(kind.clone(), Op::Copy(Atom::Var(var)), span), kind)
            }
            Value::Ref(Target::Elem(place), kind) => {
                Value::num(self.temp(kind.clone(), Op::Load(place), span), kind)
            }
            other => self.freeze_value(other, span),
        }
    }

    pub(super) fn iter_method(&mut self, iter: &Iter, call: &ExprMethodCall, hint: Option<&Ty>) -> Value {
        if let Some(rest) = self.remainder(iter, call) {
            return rest;
        }
        if let Some(value) = self.adaptor(iter.clone(), call) {
            return value;
        }
        let before = self.diag.has_errors();
        match self.consume(iter, call, hint) {
            Some(value) => value,
            None if self.diag.has_errors() && !before => Value::Poison,
            None => {
                let name = &call.method;
                self.error(name, format!("`{name}` of an iterator is not understood; write the loop"))
            }
        }
    }

    fn range_method(&mut self, receiver: Value, call: &ExprMethodCall, hint: Option<&Ty>) -> Value {
        if call.method == "contains"
            && let (Value::Range(bounds), Some(arg)) = (&receiver, call.args.first())
        {
            let value = self.expr(arg, None);
            return self.range_contains(bounds.clone(), &value, arg);
        }
        if call.method == "clone" && call.args.is_empty() {
            return receiver;
        }
        match self.iterate(receiver, &call.receiver) {
            Some(iter) => self.iter_method(&iter, call, hint),
            None => Value::Poison,
        }
    }

    fn range_contains(&mut self, bounds: super::value::Bounds, value: &Value, arg: &Expr) -> Value {
        let span = arg.span();
        let mut holds = Value::boolean(Atom::Bool(true));
        let ge: syn::BinOp = syn::parse_quote!(>=);
        let upper: syn::BinOp = if bounds.inclusive { syn::parse_quote!(<=) } else { syn::parse_quote!(<) };
        for (end, op) in [(bounds.lo, ge), (bounds.hi, upper)] {
            let Some(end) = end else { continue };
            let one = self.binary(&op, (value.clone(), arg), (*end, arg), arg);
            let (a, b) = (self.truth(holds, span), self.truth(one, span));
            holds = match a {
                Atom::Bool(true) => Value::boolean(b),
                a => Value::boolean(self.temp(Kind::Bool, Op::And(a, b), span)),
            };
        }
        holds
    }

    pub(super) fn method_args(&mut self, call: &ExprMethodCall) -> Vec<Value> {
        let exprs: Vec<&Expr> = call.args.iter().collect();
        self.exprs(&exprs, &[])
    }

    fn scalar_method(&mut self, receiver: Value, call: &ExprMethodCall) -> Value {
        let name = call.method.to_string();
        match receiver.kind() {
            Some(Kind::Real) => {
                let receiver = match receiver {
                    Value::Ref(target, kind) => {
                        let atom = self.load(&target, &kind, call.receiver.span());
                        Value::num(atom, kind)
                    }
                    other => other,
                };
                let exprs: Vec<&Expr> = call.args.iter().collect();
                let args = self.real_args(&name, &exprs);
                if args.iter().any(|arg| matches!(arg, Value::Never | Value::Poison)) {
                    return if self.reachable() { Value::Poison } else { Value::Never };
                }
                if self.is_of_a_trait(&name) {
                    return self.record_method_with(receiver, args, call);
                }
                match self.real_method(&name, receiver, &call.receiver, &args, &exprs, call) {
                    Some(value) => value,
                    None => self.unknown_real_method(&call.method),
                }
            }
            Some(Kind::Bool) => self.bool_method(receiver, call),
            _ => self.int_method(&receiver, call),
        }
    }

    /// The exponent of `powi`, an `i32` whatever else is known of it.
    fn exponent(&mut self, value: Value, node: &Expr) -> Atom {
        let atom = self.passive(value, node);
        if self.func.atom_kind(&atom) == Kind::Int {
            return atom;
        }
        let code = Code::hole(atom, Kind::Opaque, node.span());
        let code =
            code.wrap(Kind::Int, |power| quote!(::core::convert::identity::<::core::primitive::i32>(#power)));
        self.materialize(Code { integers: Some("i32".to_owned()), ..code }, node.span()).atom
    }

    pub(super) fn unknown_real_method(&mut self, name: &syn::Ident) -> Value {
        self.error(
            name,
            format!("`{name}` of a real number is not known to be differentiable; use a function marked `#[differentiable]`, or arithmetic"),
        )
    }

    /// A method of real numbers, or the function of the same name.
    pub(super) fn real_method(
        &mut self,
        name: &str,
        receiver: Value,
        node: &Expr,
        args: &[Value],
        exprs: &[&Expr],
        whole: &impl ToTokens,
    ) -> Option<Value> {
        let span = whole.to_token_stream().span();
        if let ([], Some(function)) = (args, table::unary(name)) {
            let x = self.real(receiver, node);
            return Some(Value::real(self.temp(Kind::Real, Op::Unary(function, x), span)));
        }
        if let ([], Some(question)) = (args, table::predicate(name)) {
            let x = self.real(receiver, node);
            return Some(Value::boolean(self.temp(Kind::Bool, Op::Test(question, x), span)));
        }
        if let ([arg], [expr], Some(function)) = (args, exprs, table::binary(name)) {
            let x = self.real(receiver, node);
            let y = if function == Binary::Powi {
                self.exponent(arg.clone(), expr)
            } else {
                self.real(arg.clone(), expr)
            };
            return Some(Value::real(self.temp(Kind::Real, Op::Binary(function, x, y), span)));
        }
        match (name, args, exprs) {
            ("mul_add" | "clamp", [a, b], [at, bt]) => {
                let x = self.real(receiver, node);
                let (a, b) = (self.real(a.clone(), at), self.real(b.clone(), bt));
                let op = if name == "clamp" { Op::Clamp(x, a, b) } else { Op::MulAdd(x, a, b) };
                Some(Value::real(self.temp(Kind::Real, op, span)))
            }
            ("sin_cos", [], _) => {
                let x = self.real(receiver, node);
                let sin = self.temp(Kind::Real, Op::Unary(crate::ir::Unary::Sin, x.clone()), span);
                let cos = self.temp(Kind::Real, Op::Unary(crate::ir::Unary::Cos, x), span);
                Some(Value::Tuple(vec![Value::real(sin), Value::real(cos)]))
            }
            ("clone" | "to_owned" | "into" | "borrow", [], _) => Some(Value::real(self.real(receiver, node))),
            ("neg", [], _) => {
                let x = self.real(receiver, node);
                Some(Value::real(self.temp(Kind::Real, Op::Neg(x), span)))
            }
            ("add" | "sub" | "mul" | "div", [arg], [expr]) => {
                let (x, y) = (self.real(receiver, node), self.real(arg.clone(), expr));
                let op = match name {
                    "add" => Op::Add(x, y),
                    "sub" => Op::Sub(x, y),
                    "mul" => Op::Mul(x, y),
                    _ => Op::Div(x, y),
                };
                Some(Value::real(self.temp(Kind::Real, op, span)))
            }
            ("total_cmp" | "partial_cmp", [arg], [expr]) => {
                let (x, y) = (self.real(receiver, node), self.real(arg.clone(), expr));
                let mut code = Code::hole(x, Kind::Real, span);
                let other = code.absorb(&Code::hole(y, Kind::Real, span));
                let name = syn::Ident::new(name, span);
                // An order is constant almost everywhere.
                let code = code.wrap(Kind::Opaque, |own| quote!(#own.#name(&#other)));
                Some(Value::Num(self.materialize(Code { inert: true, ..code }, span)))
            }
            ("lt" | "le" | "gt" | "ge" | "eq" | "ne", [arg], [expr]) => {
                let (x, y) = (self.real(receiver, node), self.real(arg.clone(), expr));
                let how = match name {
                    "lt" => Compare::Lt,
                    "le" => Compare::Le,
                    "gt" => Compare::Gt,
                    "ge" => Compare::Ge,
                    "eq" => Compare::Eq,
                    _ => Compare::Ne,
                };
                Some(Value::boolean(self.temp(Kind::Bool, Op::Compare(how, x, y), span)))
            }
            _ => None,
        }
    }

    fn bool_method(&mut self, receiver: Value, call: &ExprMethodCall) -> Value {
        let present = self.passive(receiver, &call.receiver);
        match (call.method.to_string().as_str(), call.args.first()) {
            ("then_some", Some(arg)) => {
                let value = self.expr(arg, None);
                let value = self.freeze_value(value, arg.span());
                Maybe::of(present, value)
            }
            ("then", Some(arg)) => {
                let Some(function) = self.function(arg) else {
                    return Value::Poison;
                };
                let span = arg.span();
                let some = self.arm(
                    |cx| {
                        let value = cx.apply(&function, Vec::new(), span);
                        Maybe::of(Atom::Bool(true), value)
                    },
                    span,
                );
                let none = super::join::Lowered {
                    open: super::lower::Open::default(),
                    value: Maybe::absent(),
                    span,
                };
                self.branch(crate::ir::Selector::Bool(present), vec![None, None], vec![some, none], call)
            }
            ("clone", None) => Value::boolean(present),
            _ => self.error(&call.method, "this method of a Boolean is not understood; use `if`"),
        }
    }

    fn int_method(&mut self, receiver: &Value, call: &ExprMethodCall) -> Value {
        let name = call.method.to_string();
        let Some(gives_int) = table::int_method(&name) else {
            return self.passive_call_of(receiver, call, Kind::Opaque, table::is_pure_method(call));
        };
        let kind = if gives_int { Kind::Int } else { Kind::Bool };
        self.passive_call_of(receiver, call, kind, true)
    }
}

/// Methods that take a part of an iterator and leave the rest.
fn advances(name: &str) -> bool {
    ["next", "nth", "by_ref", "any", "all", "find", "find_map", "position", "next_back", "peek", "try_fold"]
        .contains(&name)
}

/// Whether only iterators have a method of this name: what it is called on is no `Option`.
fn is_of_iterators(name: &str) -> bool {
    const SHARED: [&str; 5] = ["map", "filter", "zip", "inspect", "take"];
    const CONSUMERS: [&str; 20] = [
        "sum",
        "product",
        "fold",
        "try_fold",
        "reduce",
        "collect",
        "count",
        "last",
        "nth",
        "for_each",
        "any",
        "all",
        "position",
        "find",
        "find_map",
        "min_by",
        "max_by",
        "min_by_key",
        "max_by_key",
        "unzip",
    ];
    is_adaptor(name) && !SHARED.contains(&name) || CONSUMERS.contains(&name)
}

pub(super) fn is_adaptor(name: &str) -> bool {
    const NAMES: [&str; 17] = [
        "map",
        "filter",
        "filter_map",
        "take_while",
        "skip_while",
        "map_while",
        "flat_map",
        "inspect",
        "zip",
        "chain",
        "scan",
        "enumerate",
        "rev",
        "skip",
        "take",
        "step_by",
        "cycle",
    ];
    NAMES.contains(&name)
}
