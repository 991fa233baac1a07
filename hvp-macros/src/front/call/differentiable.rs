//! Calls of functions that carry the attribute: how arguments and results pass.

use proc_macro2::Span;
use quote::ToTokens;
use syn::Expr;
use syn::spanned::Spanned;

use super::is_exclusive;
use crate::front::lower::Lower;
use crate::front::passive::is_lent;
use crate::front::source::{Passing, Shape};
use crate::front::types::Ty;
use crate::front::value::{Code, Num, Target, Value, View};
use crate::ir::{
    Arg, ArgValue, Atom, Call, Callee, Entry, Init, Kind, Op, Operand, Outcome, Slice, Stmt, VarId,
};

/// Whether a tuple can be passed component by component.
fn is_of_scalars(parts: &[Value]) -> bool {
    let is_scalar = |part: &Value| matches!(part, Value::Num(_) | Value::Ref(..) | Value::Code(_));
    parts.iter().any(Value::holds_real) && parts.iter().all(is_scalar)
}

/// Whether an argument is `&x` of a real number.
fn is_lent_real(arg: &Value) -> bool {
    matches!(arg, Value::Num(Num { kind: Kind::Real, refs: 1.., .. }))
}

impl Lower<'_> {
    /// A call of another function that carries the attribute.
    pub(in crate::front) fn differentiable_call(
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
        let args: Vec<Value> =
            args.into_iter().zip(exprs).map(|(arg, expr)| self.in_a_variable(arg, expr.span())).collect();
        let of_receiver = match &callee {
            Callee::Method { receiver, .. } => {
                receiver.args.iter().any(|arg| matches!(arg, Operand::Atom(atom) if self.is_own_data(atom)))
            }
            Callee::Path { .. } => false,
        };
        let lends = of_receiver || args.iter().any(|arg| self.lends_own_data(arg));
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
            again: false,
            lends,
        }));
        for (target, value) in after {
            self.store(&target, value);
        }
        for (dst, copy) in back {
            self.push(Stmt::CopySlice { dst, src: Slice::whole(copy) });
        }
        value
    }

    /// `&made()` as a reference to a variable.
    fn in_a_variable(&mut self, arg: Value, span: Span) -> Value {
        let code = match arg {
            Value::Code(code) if is_lent(&code) && !code.is_real_array() => code,
            other => return other,
        };
        let before = self.func.vars.len();
        let shape = code.shape.clone();
        let code = Code { shape, ..self.with_lender(code, span) };
        let made = code.args.iter().filter_map(Atom::var).filter(|var| var.0 as usize >= before);
        self.own_data.extend(made);
        Value::Code(code)
    }

    /// Whether an argument may refer to data that this function made.
    fn lends_own_data(&self, arg: &Value) -> bool {
        match arg {
            Value::Num(num) => self.is_own_data(&num.atom),
            Value::Code(code) => code.args.iter().any(|arg| self.is_own_data(arg)),
            _ => false,
        }
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
